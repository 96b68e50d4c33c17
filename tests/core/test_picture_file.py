"""Pictures as files: the same pixels back, and nothing that claims too much or is cut short."""

import contextlib
import struct
import zlib
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core import picture_file
from studio.core.errors import InvalidInput
from studio.core.picture_file import decode, picture_size, png, read_picture

COLOURS = np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype=np.uint8)


def _encoded(suffix: str) -> bytes:
    import cv2

    return cv2.imencode(suffix, np.ascontiguousarray(COLOURS[..., ::-1]))[1].tobytes()


def test_a_png_gives_its_pixels_back_in_gray_and_in_colour(tmp_path):
    (tmp_path / "a.png").write_bytes(png(COLOURS))
    assert np.array_equal(read_picture(tmp_path / "a.png", colour=True), COLOURS)
    gray = COLOURS @ np.array([0.299, 0.587, 0.114])
    assert np.abs(read_picture(tmp_path / "a.png") - gray).max() < 2
    assert np.array_equal(decode(png(COLOURS[..., 0])), COLOURS[..., 0])


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_the_size_is_read_without_decoding(suffix):
    assert picture_size(_encoded(suffix)) == (32, 24, suffix)


def test_a_picture_that_claims_gigabytes_is_refused_before_it_is_decoded():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(InvalidInput, match="60,000 x 60,000"):
        decode(bomb)


def test_a_jpeg_that_is_cut_short_is_refused():
    whole = _encoded(".jpg")
    assert decode(whole).shape == (24, 32)
    with pytest.raises(InvalidInput, match="cut short"):
        decode(whole[: len(whole) // 2])


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([".png", ".jpg", ".bmp"]), st.data())
def test_whatever_is_changed_in_a_picture_it_is_pixels_or_refused(suffix, data):
    content = bytearray(_encoded(suffix))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content) - 1, 200)))] = data.draw(st.integers(0, 255))
    with patch.object(picture_file, "LARGEST_PIXELS", 100_000), contextlib.suppress(InvalidInput):
        assert decode(bytes(content)).ndim == 2


def test_no_picture_is_named_by_its_path(tmp_path):
    path: Path = tmp_path / "a.png"
    path.write_text("not a picture")
    with pytest.raises(InvalidInput, match=r"a\.png"):
        read_picture(path)
