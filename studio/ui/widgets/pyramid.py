"""Least, greatest and mean square of samples over any span, from blocks of blocks.

What one paint of a waveform needs, whatever its length.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 64  # samples of the finest level; closer than two blocks a column, samples themselves are read
FACTOR = 4  # blocks of one level that make one of the next
_LEVELS = 12  # the coarsest block is 64 * 4**11 samples, 4 h 39 min at 16 kHz

ReadSamples = Callable[[int, int], NDArray[np.int16]]


@dataclass(frozen=True, eq=False)
class Columns:
    """Spans of samples [edges[i], edges[i + 1]), ascending: int64 (n + 1,). A span without samples has low > high.

    low, high: int16 (n,); rms: float32 (n,), in counts.
    """

    edges: NDArray[np.int64]
    low: NDArray[np.int16]
    high: NDArray[np.int16]
    rms: NDArray[np.float32]


class Pyramid:
    """Grows by `append` and is asked by `columns`; both cost little whatever its length. Not for two threads at once.

    One byte of it stands for about four of samples, which it does not keep.
    """

    def __init__(self) -> None:
        self.count = 0
        self._tail = np.zeros(0, np.int16)  # of the last block, which is not full
        self._levels = [_Level(BLOCK * FACTOR**i) for i in range(_LEVELS)]

    def append(self, samples: NDArray[np.int16]) -> None:
        """samples: int16 (n,), the next ones."""
        if len(samples) == 0:
            return
        first = self.count // BLOCK
        open_block = np.concatenate((self._tail, samples))
        self.count += len(samples)
        self._tail = open_block[self.count // BLOCK * BLOCK - first * BLOCK :].copy()
        starts = np.arange(0, len(open_block), BLOCK)
        squares = np.square(open_block.astype(np.int64))
        below = self._levels[0]
        below.put(
            first,
            np.minimum.reduceat(open_block, starts),
            np.maximum.reduceat(open_block, starts),
            np.add.reduceat(squares, starts),
        )
        for level in self._levels[1:]:
            first //= FACTOR
            span = slice(first * FACTOR, below.length)
            starts = np.arange(0, below.length - first * FACTOR, FACTOR)
            level.put(
                first,
                np.minimum.reduceat(below.low[span], starts),
                np.maximum.reduceat(below.high[span], starts),
                np.add.reduceat(below.squares[span], starts),
            )
            below = level

    def columns(self, first: float, last: float, count: int, read: ReadSamples) -> Columns:
        """`count` spans of equal width over the samples from first to last, which may lie outside what there is.

        Their edges are moved to the nearest block of the level that is read, and so by a quarter of a column at most;
        read(start, count) is asked for samples where blocks are too coarse.
        """
        width = (last - first) / count
        fitting = [level for level in self._levels if 4 * level.size <= width]
        size = fitting[-1].size if fitting else 1
        edges = np.clip(np.rint(np.linspace(first, last, count + 1) / size).astype(np.int64) * size, 0, self.count)
        if fitting:
            level, start = fitting[-1], 0
            low, high, squares = level.low[: level.length], level.high[: level.length], level.squares[: level.length]
            at = -(-edges // size)  # the last edge may lie within the last block, which ends there
        else:
            start = int(edges[0])
            low = high = read(start, int(edges[-1]) - start)
            squares = np.square(low.astype(np.int64))
            at = edges - start
        return _reduced(edges, at, low, high, squares)


def columns_of(samples: NDArray[np.int16], count: int) -> Columns:
    """`count` spans over all of a short array, without a pyramid: for thumbnails. samples: int16 (n,)."""
    edges = np.rint(np.linspace(0, len(samples), count + 1)).astype(np.int64)
    return _reduced(edges, edges, samples, samples, np.square(samples.astype(np.int64)))


def _reduced(
    edges: NDArray[np.int64],
    at: NDArray[np.int64],
    low: NDArray[np.int16],
    high: NDArray[np.int16],
    squares: NDArray[np.int64],
) -> Columns:
    """low, high, squares: of blocks; at: int64 (n + 1,), the block where each span begins."""
    count = len(edges) - 1
    lows, highs = np.full(count, 1, np.int16), np.full(count, -1, np.int16)
    rms = np.zeros(count, np.float32)
    filled = np.flatnonzero(at[1:] > at[:-1])
    if len(filled):
        starts, end = at[filled], int(at[filled[-1] + 1])
        lows[filled] = np.minimum.reduceat(low[:end], starts)
        highs[filled] = np.maximum.reduceat(high[:end], starts)
        samples = edges[filled + 1] - edges[filled]
        rms[filled] = np.sqrt(np.add.reduceat(squares[:end], starts) / samples)
    return Columns(edges, lows, highs, rms)


class _Level:
    """Blocks of `size` samples, the last perhaps not full, in arrays that double."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.length = 0
        self.low = np.zeros(16, np.int16)
        self.high = np.zeros(16, np.int16)
        self.squares = np.zeros(16, np.int64)

    def put(self, first: int, low: NDArray[np.int16], high: NDArray[np.int16], squares: NDArray[np.int64]) -> None:
        """Replaces the blocks from `first` on."""
        self.length = first + len(low)
        if self.length > len(self.low):
            room = max(self.length, 2 * len(self.low))
            self.low, self.high, self.squares = (_grown(a, room) for a in (self.low, self.high, self.squares))
        self.low[first : self.length] = low
        self.high[first : self.length] = high
        self.squares[first : self.length] = squares


def _grown(array: NDArray, room: int) -> NDArray:  # type: ignore[type-arg]
    grown = np.zeros(room, array.dtype)
    grown[: len(array)] = array
    return grown
