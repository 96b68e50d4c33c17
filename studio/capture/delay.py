"""By how much one recording of a sound lies behind another, and how that changes: delay and drift.

Generalised cross-correlation with the phase transform (Knapp and Carter, "The generalized correlation method for
estimation of time delay", 1976), of pieces; their correlations are added up along straight lines, one for each drift
(a slant stack), as two clocks that differ make the delay a line over time.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PIECE_S = 1.0  # in which 500 ppm blur the peak by half a millisecond
MOST_PIECES = 64
MOST_DRIFT_PPM = 500.0  # crystals are within 100, and what no fit corrected is two of them
LEAST_HZ = 100.0  # below is hum, wind and handling
TOP = 0.95  # of half the rate; above are the filters of whoever made the samples
NEAR = 4  # samples about the line in which a piece's own peak is sought
STANDS_OUT = 8.0  # times a correlation's rms; of noise the highest among NEAR is below 4


class Line(NamedTuple):
    """Which sample of one recording was at the time of a sample of the other: at(i) = begin + slope * i."""

    begin: float
    slope: float

    def at(self, index: float) -> float:
        return self.begin + self.slope * index


@dataclass(frozen=True)
class Track:
    """What is left of a delay once both are on one clock. line: the delay in it. delay: in samples, in the middle of
    what was compared, above 0 where the other heard it later; drift_ppm: above 0 where its clock is the faster one.
    """

    line: Line
    delay: float
    drift_ppm: float


def find_delay(
    reference: NDArray[np.float64],
    other: NDArray[np.float64],
    rate_hz: float,
    expected: Line,
    *,
    starts: NDArray[np.int64],
    search_s: float,
) -> Track:
    """The delay that explains most. It always finds one: whether anything common was heard, coherence says.

    reference, other: (n,) and (m,), of about rate_hz. expected: the sample of `other` at one of `reference`, as the
    clocks have it. starts: of pieces of PIECE_S of `reference` that may be looked at, at least one. search_s: how far
    the delay may be from what is expected.
    """
    size = round(PIECE_S * rate_hz)
    if len(starts) > MOST_PIECES:
        starts = starts[np.linspace(0, len(starts) - 1, MOST_PIECES).astype(np.int64)]
    middle = float(starts[0] + starts[-1] + size) / 2
    from_middle = starts.astype(np.float64) + size / 2 - middle
    most_bend = MOST_DRIFT_PPM * 1e-6 * float(np.abs(from_middle).max())
    reach = round(search_s * rate_hz) + int(np.ceil(most_bend)) + NEAR
    due = np.array([expected.at(start + size / 2) - size / 2 for start in starts])
    correlations = np.stack(
        [
            _correlation(reference[start : start + size], _part(other, round(at) - reach, size + 2 * reach), rate_hz)
            for start, at in zip(starts, due, strict=True)
        ]
    )
    whole = np.round(due)
    lag, slope = _stacked(correlations, from_middle, most_bend, NEAR)
    line = lag + slope * from_middle
    lags, weights = _peaks(correlations, np.round(line).astype(np.int64))
    lags += whole - due  # a piece of `other` began at a whole sample
    good = weights >= STANDS_OUT
    if np.count_nonzero(good) >= 2 and np.ptp(from_middle[good]) > 0:
        slope, lag = np.polyfit(from_middle[good], lags[good], 1, w=weights[good])
    elif good.any():
        lag = float(np.average(lags[good], weights=weights[good]))
    delay = float(lag) - reach
    found = Line(expected.begin + delay - float(slope) * middle, expected.slope + float(slope))
    return Track(found, delay, float(slope) * 1e6)


def _correlation(piece: NDArray[np.float64], section: NDArray[np.float64], rate_hz: float) -> NDArray[np.float32]:
    """Of a piece with a longer section, one value a lag, whitened and of rms 1; zeros where one is silent."""
    from scipy import fft

    size = fft.next_fast_len(len(section) + len(piece), real=True)
    cross = fft.rfft(section, size) * np.conj(fft.rfft(piece * np.hanning(len(piece)), size))
    frequencies = np.arange(len(cross)) * rate_hz / size
    cross[(frequencies < LEAST_HZ) | (frequencies > TOP * rate_hz / 2)] = 0
    strength = np.abs(cross)
    # What is far below the rest is rounding, which the transform must not raise to the same height.
    cross /= strength + 1e-3 * max(float(strength.mean()), 1e-12)
    found = fft.irfft(cross, size)[: len(section) - len(piece) + 1]
    rms = float(np.sqrt(np.mean(found**2)))
    return (found / rms if rms > 0 else found).astype(np.float32)


def _stacked(
    correlations: NDArray[np.float32], from_middle: NDArray[np.float64], most_bend: float, margin: int
) -> tuple[float, float]:
    """Lag in the middle and slope of the line that gathers the most of the squared correlations."""
    from scipy.ndimage import maximum_filter1d

    # A peak that is a sample wide must not fall between two of the lines.
    squares = maximum_filter1d(np.square(correlations), 3, axis=1)
    margin += int(np.ceil(most_bend))
    width = squares.shape[1] - 2 * margin
    best, found = -1.0, (0.0, 0.0)
    furthest = max(float(np.abs(from_middle).max()), 1.0)
    bends = np.arange(-(most_bend // 2), most_bend // 2 + 1) * 2  # in samples, at the piece that is furthest
    for bend in bends:
        slope = float(bend) / furthest
        offsets = margin + np.round(slope * from_middle).astype(np.int64)
        stack = np.zeros(width, np.float32)
        for row, offset in zip(squares, offsets.tolist(), strict=True):
            stack += row[offset : offset + width]
        at = int(np.argmax(stack))
        if stack[at] > best:
            best, found = float(stack[at]), (float(at + margin), slope)
    return found


def _peaks(
    correlations: NDArray[np.float32], near: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each piece the lag of its highest peak within NEAR samples, between samples by a parabola; and its height."""
    lags, heights = np.zeros(len(near)), np.zeros(len(near))
    for place, (row, middle) in enumerate(zip(np.abs(correlations), near.tolist(), strict=True)):
        first = min(max(middle - NEAR, 1), len(row) - 2 * NEAR - 2)
        at = first + int(np.argmax(row[first : first + 2 * NEAR + 1]))
        before, peak, after = (float(value) for value in row[at - 1 : at + 2])
        bow = before - 2 * peak + after
        lags[place] = at + (0.5 * (before - after) / bow if bow < 0 else 0.0)
        heights[place] = peak
    return lags, heights


def _part(samples: NDArray[np.float64], first: int, count: int) -> NDArray[np.float64]:
    """`count` of them from `first` on, zeros where there are none."""
    found = np.zeros(count)
    begin, end = max(first, 0), min(first + count, len(samples))
    if begin < end:
        found[begin - first : end - first] = samples[begin:end]
    return found
