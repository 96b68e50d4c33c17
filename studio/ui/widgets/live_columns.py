"""The newest seconds of a stream as columns of a picture that is never moved: a new one takes the oldest's place."""

import numpy as np
from numpy.typing import NDArray

from studio.ui.widgets.stft import RANGE_DB, Spectrum, levels, limits_of

_FLOOR_AFTER = 64  # columns that the spectrogram's floor is taken from
_FLOOR_AGAIN = 256


class LiveColumns:
    """Least, greatest, RMS and spectrum of each `hop` samples. Column c of the stream lies at place c % columns.

    Columns are fixed to the stream's index, so that a picture scrolls without flicker. Not for two threads at once.
    """

    def __init__(self, rate_hz: float, seconds: float, columns: int, *, fft: int = 512) -> None:
        """columns: about as many as the picture is wide, in device pixels."""
        self.rate_hz, self.seconds = rate_hz, seconds
        self.hop = max(1, -int(-rate_hz * seconds // max(columns, 1)))
        self.columns = max(1, -int(-rate_hz * seconds // self.hop))
        self.end = 0  # index after the newest sample
        self.spectrum = Spectrum(fft)
        self.low = np.ones(self.columns, np.int16)
        self.high = np.full(self.columns, -1, np.int16)  # low > high: nothing there
        self.rms = np.zeros(self.columns, np.float32)
        self.levels = np.zeros((self.columns, self.spectrum.bins), np.uint8)
        self._decibels = np.zeros((_FLOOR_AGAIN, self.spectrum.bins), np.float32)
        self._measured = 0
        self.floor_db = -75.0
        self._held = np.zeros(0, np.int16)  # the newest samples, as far back as the open column or a frame needs
        self._column = 0  # of the stream: the first that is not full

    @property
    def newest(self) -> int:
        """The stream's column that holds the newest sample."""
        return max(self.end - 1, 0) // self.hop

    def append(self, samples: NDArray[np.int16], first_index: int | None = None) -> tuple[int, int]:
        """samples: int16 (n,). first_index: of the first; where it is past the end, samples were lost and stay empty.

        Returns the stream's columns that changed: [first, last).
        """
        if first_index is not None and first_index != self.end:
            self._skip(first_index)
        if len(samples) == 0:
            return self._column, self._column
        self._held = np.concatenate((self._held, samples))
        self.end += len(samples)
        last = self.newest + 1
        first = max(self._column, last - self.columns)
        begin = self.end - len(self._held)  # index of the oldest held
        starts = np.maximum(np.arange(first, last) * self.hop - begin, 0)  # a stream may begin within a column
        places = np.arange(first, last) % self.columns
        squares = np.square(self._held.astype(np.int64))
        ends = np.append(starts[1:], len(self._held))
        self.low[places] = np.minimum.reduceat(self._held, starts)
        self.high[places] = np.maximum.reduceat(self._held, starts)
        self.rms[places] = np.sqrt(np.add.reduceat(squares, starts) / (ends - starts))
        self._transform(first, last, begin)
        self._column = self.end // self.hop
        keep = max(self.end - self._column * self.hop, self.spectrum.fft + self.hop)
        self._held = self._held[-keep:]
        return first, last

    def _transform(self, first: int, last: int, begin: int) -> None:
        """Spectra that end with each column; those without a whole frame behind them stay dark."""
        fft = self.spectrum.fft
        columns = np.arange(first, last)
        starts = np.minimum((columns + 1) * self.hop, self.end) - fft - begin
        whole = starts >= 0
        decibels = self.spectrum.decibels(self._held, starts[whole])
        full = (columns[whole] + 1) * self.hop <= self.end
        for row in decibels[full]:
            self._decibels[self._measured % _FLOOR_AGAIN] = row
            self._measured += 1
            if self._measured in {_FLOOR_AFTER, _FLOOR_AGAIN}:
                self.floor_db = limits_of(self._decibels[: self._measured])[0]
        places = columns % self.columns
        self.levels[places[~whole]] = 0
        self.levels[places[whole]] = levels(decibels, self.floor_db, RANGE_DB)

    def _skip(self, first_index: int) -> None:
        """Leaves what was lost empty; an index before the end is another stream."""
        if first_index < self.end:
            self.high[:], self.low[:] = -1, 1
            self.levels[:] = 0
        else:
            gone = np.arange(
                max(self._column + 1, first_index // self.hop + 1 - self.columns), first_index // self.hop + 1
            )
            self.high[gone % self.columns], self.low[gone % self.columns] = -1, 1
            self.levels[gone % self.columns] = 0
        self.end = first_index
        self._column = first_index // self.hop
        self._held = np.zeros(0, np.int16)
