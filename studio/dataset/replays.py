"""Whether one recording is another played again through a loudspeaker: other noise, level, beginning and room.

A room and a loudspeaker are linear: the phase between the two is the same at all times in each band, whatever they do
to the spectrum, where two takes of one word by one person differ in it. Likeness of envelopes or of log-mel cannot tell
them apart: takes of one digit by one person reach a correlation of 0.98 in it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.features.windows import read_clip

if TYPE_CHECKING:
    from studio.features.windows import Clip

RATE_HZ = 8_000
LOW_HZ, HIGH_HZ = 200.0, 3_400.0  # what small loudspeakers give back
MOST_SHIFT_S = 0.5
_FRAME, _HOP = 512, 128
_SMOOTH = 65  # bins of the whole spectrum, over which it is made flat
_SAME = 0.7  # see is_replay
_LEAST_FRAMES = 24  # fewer agree by chance
_LEAST_POWER = 1.0  # counts squared

Values = NDArray[np.float64]


def replayed_among(take: "Clip", others: "Sequence[Clip]") -> int | None:
    """The place among others of the first that `take` is a replay of. Raises UnreadableRecording."""
    heard = _read(take)
    return next((place for place, other in enumerate(others) if is_replay(heard, _read(other))), None)


def is_replay(first: Values, second: Values) -> bool:
    """first, second: samples at RATE_HZ.

    By the mean coherence of the two, once aligned, over the bands of speech. Measured: other takes of a word by the
    same person reach 0.68 (1,800 pairs of spoken digits), other words by the same person 0.59 (972 pairs of commands).
    Of 140 commands played again, 100 ppm off: with a room of 50 ms and noise 30 dB below 0.88 in the median and 95 %
    found; with 100 ms and 25 dB 0.76 and 71 %; with 150 ms and 20 dB 0.64 and 24 %.
    """
    if not len(first) or not len(second) or min(np.var(first), np.var(second)) < _LEAST_POWER:
        return False
    first, second = _aligned(first, second)
    return coherence(first, second) >= _SAME


def coherence(first: Values, second: Values) -> float:
    """0..1, the mean over LOW_HZ..HIGH_HZ, of two that are aligned; 0 for what is too short to tell."""
    count = min(len(first), len(second))
    if count < _FRAME + (_LEAST_FRAMES - 1) * _HOP:
        return 0.0
    a, b = _spectra(first[:count]), _spectra(second[:count])
    hz = np.fft.rfftfreq(_FRAME, 1 / RATE_HZ)
    bands = (hz > LOW_HZ) & (hz < HIGH_HZ)
    together = np.abs((a * b.conj()).sum(axis=0))
    alone = np.sqrt((np.abs(a) ** 2).sum(axis=0) * (np.abs(b) ** 2).sum(axis=0))
    return float(np.mean((together / np.maximum(alone, 1e-9))[bands]))


def _aligned(first: Values, second: Values) -> tuple[Values, Values]:
    """What both have, shifted by where they agree best, up to MOST_SHIFT_S, by the phase of each band alike."""
    size = 1 << (len(first) + len(second) - 1).bit_length()
    agreement = np.abs(np.fft.irfft(_flat(first, size) * _flat(second, size).conj(), size))
    most = min(round(MOST_SHIFT_S * RATE_HZ), len(first) - 1, len(second) - 1)
    shifts = np.concatenate([np.arange(most + 1), np.arange(-most, 0)])
    shift = int(shifts[np.argmax(agreement[shifts])])
    return (first[shift:], second) if shift >= 0 else (first, second[-shift:])


def _flat(samples: Values, size: int) -> NDArray[np.complex128]:
    """The spectrum with its fine structure and without its shape."""
    spectrum = np.fft.rfft(samples, size)
    spectrum /= np.convolve(np.abs(spectrum), np.ones(_SMOOTH) / _SMOOTH, mode="same") + 1e-9
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    spectrum[(hz < LOW_HZ) | (hz > HIGH_HZ)] = 0
    return spectrum


def _spectra(samples: Values) -> NDArray[np.complex128]:
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    return np.fft.rfft(frames * np.hanning(_FRAME), axis=1)


def _read(clip: "Clip") -> Values:
    return read_clip(clip, RATE_HZ).astype(np.float64)
