"""Files of pictures: PNG, JPEG and BMP, read with a limit on what they may unfold to; PNG written.

A few kilobytes can claim a picture of gigabytes, so the size in the header is looked at before anything is decoded.
"""

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext as _

Pixels = NDArray[np.uint8]

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp"})
LARGEST_BYTES = 64_000_000
LARGEST_SIDE = 16_384
LARGEST_PIXELS = 50_000_000  # of 8 bits and three colours: 150 MB
_PNG = b"\x89PNG\r\n\x1a\n"
_OLD_BMP_HEADER = 12  # bytes
_SIZED_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # of JPEG: the frame headers
_BARE_MARKERS = frozenset((0x01, *range(0xD0, 0xD9)))  # have no length
_JPEG_END = b"\xff\xd9"  # stands in no compressed data


class PictureSize(NamedTuple):
    """In pixels, as stored; a JPEG may be turned when it is read. suffix: of its kind, such as .png."""

    width: int
    height: int
    suffix: str


def picture_size(data: bytes) -> PictureSize:
    """Of a file's content, without decoding it. Raises InvalidInput for what is no picture, or too large a one."""
    what = _("The picture")
    try:
        size = _size(data)
    except (struct.error, IndexError) as error:
        raise InvalidInput(what, _("it is cut short")) from error
    if size is None:
        raise InvalidInput(what, _("it is no PNG, JPEG or BMP"))
    width, height = size.width, size.height
    if width < 1 or height < 1:
        raise InvalidInput(what, _("it has no pixels"))
    if max(width, height) > LARGEST_SIDE or width * height > LARGEST_PIXELS:
        why = _("it is too large ({width:,} x {height:,} pixels)").format(width=width, height=height)
        raise InvalidInput(what, why)
    return size


def read_content(path: Path) -> bytes:
    """All of a file that may be a picture. Raises InvalidInput where it is too long, OSError."""
    if path.stat().st_size > LARGEST_BYTES:
        raise InvalidInput(str(path), _("it is too long for a picture"))
    return path.read_bytes()


def read_picture(path: Path, *, colour: bool = False) -> Pixels:
    """uint8 (height, width), gray by ITU-R BT.601, or with `colour` (height, width, 3) in the order red, green, blue;
    turned upright as a JPEG notes it. Raises InvalidInput, OSError.
    """
    try:
        return decode(read_content(path), colour=colour)
    except InvalidInput as error:
        raise InvalidInput(str(path), error.why) from error


def decode(data: bytes, *, colour: bool = False) -> Pixels:
    """As read_picture, of a file's content. Raises InvalidInput."""
    import cv2

    size = picture_size(data)
    if size.suffix == ".jpg" and data.find(_JPEG_END, _frame_of_jpeg(data)) < 0:
        raise InvalidInput(_("The picture"), _("it is cut short"))
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # what is wrong with the file is told here
    mode = cv2.IMREAD_COLOR if colour else cv2.IMREAD_GRAYSCALE
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), mode)
    except cv2.error as error:
        raise InvalidInput(_("The picture"), _("it is damaged")) from error
    if pixels is None:
        raise InvalidInput(_("The picture"), _("it is damaged"))
    values: Pixels = np.ascontiguousarray(pixels[..., ::-1] if colour else pixels, dtype=np.uint8)
    return values


def png(pixels: Pixels) -> bytes:
    """The content of a PNG file. pixels: uint8 (height, width), or (height, width, 3) in red, green, blue."""
    import cv2

    ordered = np.ascontiguousarray(pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    done, content = cv2.imencode(".png", ordered)
    if not done:
        raise InvalidInput(_("The picture"), _("it cannot be written as PNG"))
    return content.tobytes()


def gray(pixels: Pixels) -> Pixels:
    """uint8 (height, width) of what OpenCV's cameras and videos give: (height, width) or blue, green and red."""
    import cv2

    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)


def fitted(pixels: Pixels, width: int, height: int) -> Pixels:
    """The middle of a picture, as large as its shape allows, at width x height, averaged over areas; as it is where it
    has that size already.
    """
    import cv2

    rows, columns = pixels.shape
    if (columns, rows) == (width, height):
        return pixels
    wide, high = min(columns, rows * width // height), min(rows, columns * height // width)
    left, top = (columns - wide) // 2, (rows - high) // 2
    middle = pixels[top : top + max(1, high), left : left + max(1, wide)]
    return np.asarray(cv2.resize(middle, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _size(data: bytes) -> PictureSize | None:
    if data.startswith(_PNG):
        width, height = struct.unpack_from(">II", data, 16)
        return PictureSize(width, height, ".png")
    if data.startswith(b"BM"):
        form = "<HH" if struct.unpack_from("<I", data, 14)[0] == _OLD_BMP_HEADER else "<ii"
        width, height = struct.unpack_from(form, data, 18)
        return PictureSize(width, abs(height), ".bmp")
    if data.startswith(b"\xff\xd8\xff"):
        height, width = struct.unpack_from(">HH", data, _frame_of_jpeg(data) + 3)
        return PictureSize(width, height, ".jpg")
    return None


def _frame_of_jpeg(data: bytes) -> int:
    """Where the frame header begins, stepping over what stands before it: a small picture of it too, perhaps."""
    at = 2
    while True:
        while data[at] != 0xFF:
            at += 1
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if marker in _SIZED_MARKERS:
            return at
        if marker not in _BARE_MARKERS:
            at += struct.unpack_from(">H", data, at)[0]
