"""The tables of a spectrum: window, sine, logarithm, and overlapping triangular bands with a floor of noise.

resources/firmware/FRONT_END.md, 2 and 3, says what each integer means. Sound has its bands on the mel scale, movement
on one of its own.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_FFT, MAX_BANDS = 1024, 128
PASSBAND = 0.95  # of the Nyquist frequency: above lies the slope of resamplers and of converters' filters

_LOG_STEPS = 64
_POWER_SHIFT = 13
_MAX_U32 = 2**32 - 1
_LEAST_WEIGHT = 2**12  # of a band's bins together, Q15


def spaced_hz(low_hz: float, high_hz: float, bands: int, corner_hz: float) -> tuple[float, ...]:
    """Bands + 2 edges, equally spaced in log(1 + f / corner_hz): with 700 Hz that is mel (O'Shaughnessy 1987)."""
    low, high = (math.log10(1 + hz / corner_hz) for hz in (low_hz, high_hz))
    return tuple((corner_hz * (10 ** np.linspace(low, high, bands + 2) - 1)).tolist())


def fft_for(window_samples: int) -> int:
    """The shortest transform that holds so many samples, at least 64."""
    return 1 << max(6, (window_samples - 1).bit_length())


@dataclass(frozen=True)
class Bands:
    """edges_hz: (bands + 2,): band b rises from edge b to its middle at edge b + 1 and falls to edge b + 2.

    window_samples: of a frame, at most fft. floor_db: white noise of this level (dBFS rms) is added, as energy.
    """

    rate_hz: int
    window_samples: int
    fft: int
    edges_hz: tuple[float, ...]
    floor_db: int

    @property
    def count(self) -> int:
        return len(self.edges_hz) - 2

    @property
    def are_wide_enough(self) -> bool:
        """Whether each has enough of the transform's bins."""
        _, rise, _ = self.bins
        return len(rise) > 0 and int(self._weights().min()) >= _LEAST_WEIGHT

    @functools.cached_property
    def bins(self) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
        """(first bin, rise of each bin within its interval as Q15, interval of each bin)."""
        edges = np.array(self.edges_hz)
        hz = np.arange(self.fft // 2) * (self.rate_hz / self.fft)
        kept = np.flatnonzero((hz > edges[0]) & (hz < edges[-1]))
        if len(kept) == 0:
            return 1, np.zeros(0, np.int64), np.zeros(0, np.int64)
        interval = np.clip(np.searchsorted(edges, hz[kept], side="right") - 1, 0, self.count)
        share = (hz[kept] - edges[interval]) / (edges[interval + 1] - edges[interval])
        return int(kept[0]), _rounded(32768 * np.clip(share, 0, 1)), interval.astype(np.int64)

    @property
    def reference(self) -> int:
        """What a full-scale sine in the middle of a band has, in 1/256 log2 of power."""
        return math.floor(256 * (2 * math.log2(2**14 * int(self._window().sum()) / self.fft) + 15 - _POWER_SHIFT) + 0.5)

    def tables(self) -> bytes:
        """As they lie in a section, one after another."""
        _, rise, interval = self.bins
        return b"".join(
            (
                self._floor().astype("<u4").tobytes(),
                self._window().astype("<u2").tobytes(),
                _sine(self.fft).astype("<i2").tobytes(),
                _logarithm().astype("<u2").tobytes(),
                rise.astype("<u2").tobytes(),
                interval.astype("u1").tobytes(),
            )
        )

    def _window(self) -> NDArray[np.int64]:
        angle = 2 * math.pi * np.arange(self.window_samples) / self.window_samples
        return np.minimum(_rounded(32768 * (1 - np.cos(angle)) / 2), 32767)

    def _weights(self) -> NDArray[np.int64]:
        """Sum of each band's weights, Q15."""
        _, rise, interval = self.bins
        sums = np.zeros(self.count + 2, np.int64)
        np.add.at(sums, interval + 1, rise)
        np.add.at(sums, interval, 32768 - rise)
        return sums[1:-1]

    def _floor(self) -> NDArray[np.int64]:
        variance = (32768 * 10 ** (self.floor_db / 20)) ** 2
        power = variance * float(np.sum(self._window() ** 2)) / self.fft**2 / 2**_POWER_SHIFT
        return np.clip(_rounded(power * self._weights()), 1, _MAX_U32)


def _sine(length: int) -> NDArray[np.int64]:
    return np.clip(_rounded(32768 * np.sin(2 * math.pi * np.arange(length) / length)), -32767, 32767)


def _logarithm() -> NDArray[np.int64]:
    return _rounded(32768 * np.log2(1 + np.arange(_LOG_STEPS + 1) / _LOG_STEPS))


def _rounded(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.floor(values + 0.5).astype(np.int64)
