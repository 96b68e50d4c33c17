"""The front end for pictures once more, in NumPy, as logmel_reference.py is for sound. Slow."""

import numpy as np
from numpy.typing import NDArray

from studio.features.logmel_reference import Integers, int16, number, quantised


def gray(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """pixels: (height, width, 3)."""
    red, green, blue = np.moveaxis(pixels.astype(np.int64), -1, 0)
    brightness: NDArray[np.uint8] = ((77 * red + 150 * green + 29 * blue + 128) >> 8).astype(np.uint8)
    return brightness


def fit_picture(pixels: NDArray[np.uint8], section: bytes) -> NDArray[np.uint8]:
    """pixels: (height, width) of any size. Returns the window."""
    width, height = number(section, 12, "<u2"), number(section, 14, "<u2")
    part = _centre(pixels, width, height) if section[16] == 1 else pixels
    area = part.shape[0] * part.shape[1]
    total = _shares(part.shape[0], height) @ part.astype(np.int64) @ _shares(part.shape[1], width).T
    window: NDArray[np.uint8] = ((2 * total + area) // (2 * area)).astype(np.uint8)
    return window


def brightness(windows: NDArray[np.uint8], section: bytes) -> NDArray[np.int16]:
    """windows: (n, height, width). Returns the features, of the same shape."""
    pixels = windows.astype(np.int64)
    middle: Integers | int = 2048
    if section[17] == 1:
        count = pixels.shape[1] * pixels.shape[2]
        middle = (32 * pixels.sum(axis=(1, 2), keepdims=True) + count) // (2 * count)
    return int16(16 * pixels - middle)


def quantise(features: NDArray[np.int16], section: bytes) -> NDArray[np.int8]:
    """The model's int8 input, of the same shape."""
    return quantised(features, section[18], number(section, 19, "i1"))


def _centre(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    h, w = pixels.shape
    if w * height > h * width:
        columns = max(1, h * width // height)
        left = (w - columns) // 2
        return pixels[:, left : left + columns]
    rows = max(1, w * height // width)
    top = (h - rows) // 2
    return pixels[top : top + rows]


def _shares(length: int, wanted: int) -> Integers:
    """(wanted, length): how much of each pixel, of which one is `wanted` long, lies in each that is `length` long."""
    start, end = np.arange(wanted)[:, None] * length, np.arange(1, wanted + 1)[:, None] * length
    first, last = np.arange(length) * wanted, np.arange(1, length + 1) * wanted
    shares: Integers = np.maximum(0, np.minimum(end, last) - np.maximum(start, first))
    return shares
