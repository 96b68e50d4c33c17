"""Pictures that come from elsewhere: PNG and JPEG byte for byte, BMP as PNG; crops of photographs as PNG."""

import functools
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.picture_file import decode, picture_size, png, read_content
from studio.core.samples import CAMERA
from studio.core.text import gettext as _
from studio.dataset.contents import Brought, Content
from studio.dataset.formats.layout import Found

LONGEST_CROP = 320  # pixels; no front end of ours looks at more, and a telephone's photograph has ten times as many
_KEPT = (".png", ".jpg")


class PictureIntake:
    """Brings pictures in. One is a recording with a single instant. As Intake has it.

    Each is decoded once, so that none comes in that could not be read later.
    """

    def in_place(self, found: Found) -> Brought | None:
        if found.crop is not None:
            return None
        try:
            decode(read_content(found.path))
        except InvalidInput as error:
            raise InvalidInput(str(found.path), error.why) from error
        return Brought(found.path, "", Content(CAMERA.name, 1.0, 1, CAMERA.channels), label=found.label)

    def bring_in(self, found: Found, target: Path) -> Brought:
        try:
            content, suffix = _crop(found) if found.crop else _whole(found.path)
        except InvalidInput as error:
            raise InvalidInput(str(found.path), error.why) from error
        path = target.with_suffix(suffix)
        path.write_bytes(content)
        held = Content(CAMERA.name, 1.0, 1, CAMERA.channels)
        return Brought(path, hashlib.sha256(content).hexdigest(), held, label=found.label)


def _whole(path: Path) -> tuple[bytes, str]:
    content = read_content(path)
    suffix = picture_size(content).suffix
    if suffix in _KEPT:
        decode(content)
        return content, suffix
    return png(_without_colour(decode(content, colour=True))), ".png"


def _crop(found: Found) -> tuple[bytes, str]:
    import cv2

    x, y, width, height = found.crop or (0, 0, 0, 0)
    pixels = _photograph(found.path, found.path.stat().st_mtime_ns)
    cut = pixels[y : y + height, x : x + width]
    if not cut.size:
        raise InvalidInput(_("The picture"), _("the crop lies outside it"))
    longest = max(cut.shape[:2])
    if longest > LONGEST_CROP:
        size = [max(1, side * LONGEST_CROP // longest) for side in cut.shape[1::-1]]
        cut = np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)
    return png(_without_colour(cut)), ".png"


@functools.lru_cache(maxsize=1)  # it is asked for crop after crop
def _photograph(path: Path, _changed_ns: int) -> NDArray[np.uint8]:
    return decode(read_content(path), colour=True)


def _without_colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width) of what is gray throughout; else as it is."""
    gray = np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 1], pixels[..., 2])
    return pixels[..., 0] if gray else pixels
