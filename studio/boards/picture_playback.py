"""What a virtual board's camera sees: pictures and videos at its own size and rate."""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from studio.boards.camera import VIDEO_ENDINGS, frames_per_second, read_video
from studio.core.errors import InvalidInput
from studio.core.picture_file import Pixels, fitted, read_picture

_log = logging.getLogger(__name__)

ALMOST = 1e-6  # of a frame: rates that are the same need not be so to the last bit


def pictures(files: list[Path], size: tuple[int, int], rate_hz: int, *, again: bool) -> Iterator[Pixels]:
    """uint8 (height, width) of `size`, one for each moment at rate_hz: a picture for one moment, a video at its own
    speed. again: from the first file on when all were seen, without end; one that cannot be read is left out, and
    logged.

    A picture of that size is seen exactly, another one cut to its shape and averaged. Raises InvalidInput, OSError.
    """
    while True:
        seen = False
        for file in files:
            try:
                for picture in _of_file(file, rate_hz):
                    seen = True
                    yield fitted(picture, *size)
            except InvalidInput:
                if not again:
                    raise
                _log.warning("left out %s", file.name)
        if not again or not seen:
            return


def dark(size: tuple[int, int]) -> Iterator[Pixels]:
    """Black pictures without end: a lens with its cap on."""
    width, height = size
    return itertools.repeat(np.zeros((height, width), np.uint8))


def _of_file(file: Path, rate_hz: int) -> Iterator[Pixels]:
    if file.suffix.lower() not in VIDEO_ENDINGS:
        yield read_picture(file)
        return
    frames_a_moment = frames_per_second(file) / rate_hz
    moment = 0
    for number, frame in enumerate(read_video(file)):
        while int(moment * frames_a_moment + ALMOST) == number:  # more than once where the video is slower
            yield frame
            moment += 1
