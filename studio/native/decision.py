"""The decision rule of the C core on the host: what a board decides from a run of scores."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.native.engine import RefusedImage
from studio.native.library import load

_CDEF = """
int stu_host_decide(const uint8_t *section, uint32_t section_bytes, const int8_t *scores, const uint64_t *times_us,
                    uint32_t windows, uint32_t classes, uint8_t *decided_class, uint8_t *decided_score);
"""
_NO_CLASS = 255


class Decided(NamedTuple):
    window: int
    class_index: int
    score: int  # 0..255


def decide(section: bytes, scores: NDArray[np.int8], times_us: NDArray[np.uint64]) -> list[Decided]:
    """Decisions in order. section: "DECI" of a model image. scores: (windows, classes), consecutive windows.
    times_us: the end of each. Raises RefusedImage where the section is not a rule, or there are too many classes.
    """
    windows, classes = scores.shape
    core = load(_CDEF)
    chosen, score = np.full(windows, _NO_CLASS, np.uint8), np.zeros(windows, np.uint8)
    rows, times = np.ascontiguousarray(scores, np.int8), np.ascontiguousarray(times_us, np.uint64)
    status = core.lib.stu_host_decide(
        section,
        len(section),
        core.ffi.cast("const int8_t *", rows.ctypes.data),
        core.ffi.cast("const uint64_t *", times.ctypes.data),
        windows,
        classes,
        core.ffi.cast("uint8_t *", chosen.ctypes.data),
        core.ffi.cast("uint8_t *", score.ctypes.data),
    )
    if status != 0:
        raise RefusedImage(status)
    return [Decided(int(i), int(chosen[i]), int(score[i])) for i in np.flatnonzero(chosen != _NO_CLASS)]
