"""What a front end asks of a board: its arithmetic, counted from the specification, and the bytes of its tables.

Counted are the multiplications and additions (subtractions among them) of resources/firmware/FRONT_END.md, sections 2
and 4, as they stand there. Shifts, comparisons, the few divisions, and reading and writing memory are not, nor is what
the compiler makes of it all: it is the work, not the time.
"""

from typing import NamedTuple

import numpy as np

from studio.core.energy import ADD_32_BIT_PJ, MULTIPLY_32_BIT_PJ
from studio.features.blocks import LogMel
from studio.features.logmel_reference import Section, read_section


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


class Cost(NamedTuple):
    """frame: of one. window: of all its frames, and of what follows them. table_bytes: of the section in flash."""

    frame: Work
    window: Work
    table_bytes: int


def cost(spec: LogMel) -> Cost:
    """Exact for these numbers and any samples. `native.engine.listening` tells the RAM."""
    packed = spec.pack()
    section = read_section(packed)
    frame = _frame(section)
    values = spec.frames * spec.mels
    means = {"none": 0, "level": 1, "band": spec.mels}[spec.normalise]
    # Each value is summed up and its mean taken away; each doubled sum has half its divisor added. Then to int8.
    finish = Work(0, (2 * values + means if means else 0) + (2 if spec.input_shift else 1) * values)
    return Cost(frame, (frame * spec.frames).plus(finish), len(packed))


def _frame(section: Section) -> Work:
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
