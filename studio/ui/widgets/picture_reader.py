"""A picture for a view; as a SampleReader it is one moment."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.picture_file import read_picture


class PictureSamples:
    """pixels: uint8 (height, width). Raises InvalidInput, OSError."""

    def __init__(self, path: Path) -> None:
        self.pixels = read_picture(path)
        self.rate_hz = 1.0
        self.count = 1
        self.marks: tuple[int, ...] = ()

    def read(self, start: int, count: int) -> NDArray[np.int16]:
        return np.zeros(min(max(start + count, 0), 1) - min(max(start, 0), 1), np.int16)
