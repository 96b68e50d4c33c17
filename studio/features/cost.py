"""What a front end asks of a board: its arithmetic, counted from the specification, and the bytes of its tables.

Counted are the multiplications and additions (subtractions among them) of resources/firmware/FRONT_END.md, as they
stand there. Shifts, comparisons, the few divisions and roots, and reading and writing memory are not, nor is what the
compiler makes of it all: it is the work, not the time. Nor is fitting a picture, which goes by the camera's size.
"""

import math
from typing import NamedTuple

import numpy as np

from studio.core.energy import ADD_32_BIT_PJ, MULTIPLY_32_BIT_PJ
from studio.features.blocks import LogMel
from studio.features.front_ends import AnyFrontEnd
from studio.features.logmel_reference import Spectrum, read_section
from studio.features.motion import MotionStatistics
from studio.features.picture import PictureInput
from studio.features.rows_reference import read_statistics


class Work(NamedTuple):
    """Multiplications and additions, all of 32 bits or taken as such."""

    multiplications: int
    additions: int

    def __mul__(self, times: object) -> "Work":
        """That work, so many times over."""
        if not isinstance(times, int):
            return NotImplemented
        return Work(self.multiplications * times, self.additions * times)

    def plus(self, other: "Work") -> "Work":
        return Work(self.multiplications + other.multiplications, self.additions + other.additions)

    @property
    def energy_pj(self) -> float:
        """3.1 pJ a multiplication and 0.1 pJ an addition. Memory and leakage, the larger part, are not in it."""
        return self.multiplications * MULTIPLY_32_BIT_PJ + self.additions * ADD_32_BIT_PJ


_SCALED = Work(1, 2)  # one value of a row: its offset, its multiplier, and rounded


class Cost(NamedTuple):
    """frame: of one; of rows that is one row, of statistics and of a picture the window. window: of all its frames, and
    of what follows them. table_bytes: of the section in flash.
    """

    frame: Work
    window: Work
    table_bytes: int


def cost(spec: AnyFrontEnd) -> Cost:
    """Exact for these numbers and any samples. `native.engine.listening` tells the RAM."""
    packed = spec.pack()
    values = math.prod(spec.shape)
    frames = 1
    if isinstance(spec, LogMel):
        frame, frames = _frame(read_section(packed)), spec.frames
        means = {"none": 0, "level": 1, "band": spec.mels}[spec.normalise]
    elif isinstance(spec, MotionStatistics):
        frame, means = _statistics(spec, packed), 0
    elif isinstance(spec, PictureInput):
        frame, means = Work(0, values + (values + 1 if spec.normalise == "mean" else 0)), 0
    else:
        frame, frames = _SCALED * spec.channels, spec.clip_samples
        means = spec.channels if getattr(spec, "normalise", "none") == "channel" else 0
    # Each value is summed up and its mean taken away; each doubled sum has half its divisor added. Then to int8.
    finish = Work(0, (2 * values + means if means else 0) + (2 if spec.input_shift else 1) * values)
    return Cost(frame, (frame * frames).plus(finish), len(packed))


def _statistics(spec: MotionStatistics, packed: bytes) -> Work:
    rows = spec.clip_samples
    # Scaled; summed up, the mean taken away; squared and summed up. One more: the mean is rounded.
    each = _SCALED.plus(Work(0, 2)).plus(Work(1, 1)) * rows
    return each.plus(Work(0, 1)).plus(_frame(read_statistics(packed))) * spec.channels


def _frame(section: Spectrum) -> Work:
    bins = len(section.rise)
    kept = int(np.count_nonzero(section.interval < section.mels) + np.count_nonzero(section.interval > 0))
    parts = (
        Work(1, 1) * section.window_samples,  # times the window, rounded
        _transform(section.fft // 2),
        Work(4, 10) * bins,  # the real spectrum
        Work(2, 1) * bins,  # power
        Work(1, 1) * bins,  # shared between two bands
        Work(0, 1) * kept,  # and added to those that are kept
        Work(1, 8) * section.mels,  # the floor, and the logarithm
    )
    return Work(*(sum(column) for column in zip(*parts, strict=True)))


def _transform(length: int) -> Work:
    """A complex DFT by decimation in time, radix 4."""
    if length == 1:
        return Work(0, 0)
    if length == 2:
        return Work(0, 4)
    quarter = length // 4
    turns = Work(4, 4) * (3 * (quarter - 1))  # the first of each needs none
    butterflies = Work(0, 16) * quarter
    return (_transform(quarter) * 4).plus(turns).plus(butterflies)
