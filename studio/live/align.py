"""The board's sample stream held for a while, so that any window the board used can be looked up by its index."""

import numpy as np
from numpy.typing import NDArray

from studio.core.samples import Block

INDEX_BITS = 32  # the link's sample index wraps here


class SampleRing:
    """The last `capacity` samples of one stream, mono, by index since the stream began.

    Samples lost on the way are remembered as absent: a window that touches one is not given.
    """

    def __init__(self, capacity: int) -> None:
        self._samples = np.zeros(capacity, dtype=np.int16)
        self._present = np.zeros(capacity, dtype=np.bool_)
        self._end = 0

    @property
    def end(self) -> int:
        """Index after the newest sample."""
        return self._end

    def append(self, block: Block) -> None:
        """block.samples: int16 (n, 1). A block that begins before the end is not the same stream: the ring restarts."""
        samples = block.samples[:, 0]
        if block.first_index < self._end:
            self._present[:] = False
        elif block.first_index > self._end:
            self._forget(self._end, block.first_index)
        positions = np.arange(block.first_index, block.first_index + len(samples)) % len(self._samples)
        self._samples[positions] = samples
        self._present[positions] = True
        self._end = block.first_index + len(samples)

    def window(self, first: int, count: int) -> NDArray[np.int16] | None:
        """The samples [first, first + count), a copy; None where any of them is lost, too old or not here yet."""
        if first < 0 or first + count > self._end or first < self._end - len(self._samples):
            return None
        positions = np.arange(first, first + count) % len(self._samples)
        return self._samples[positions].copy() if self._present[positions].all() else None

    def unwrap(self, index: int) -> int:
        """The full index nearest to the newest sample, of which the link carries the low 32 bits."""
        period = 1 << INDEX_BITS
        nearest = index + round((self._end - index) / period) * period
        return max(nearest, index)

    def _forget(self, first: int, end: int) -> None:
        if end - first >= len(self._samples):
            self._present[:] = False
        else:
            self._present[np.arange(first, end) % len(self._samples)] = False
