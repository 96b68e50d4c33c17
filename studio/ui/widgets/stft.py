"""Power spectra as a picture shows them: levels 0 to 255 between a floor and a ceiling in decibels."""

import numpy as np
from numpy.typing import NDArray

ABOVE_NOISE_DB = 5.0  # the floor of a picture lies so far above the noise, which then is nearly blank
RANGE_DB = 60.0
_SILENCE_DB = -120.0
_DIGITAL_SILENCE_DB = -112.0
_LOWEST_FLOOR_DB = -95.0


class Spectrum:
    """Hann-windowed power spectra of int16 samples. fft: samples of one frame, a power of two."""

    def __init__(self, fft: int = 512) -> None:
        self.fft = fft
        self.bins = fft // 2
        angle = 2 * np.pi * np.arange(fft, dtype=np.float32) / fft
        self._window = ((1 - np.cos(angle)) / 2).astype(np.float32)
        self._full_scale = 32768.0 * float(self._window.sum()) / 2

    def decibels(self, samples: NDArray[np.int16], starts: NDArray[np.int64]) -> NDArray[np.float32]:
        """Frames that begin at starts, which lie from 0 to len(samples) - fft: float32 (len(starts), bins).

        A full-scale sine is 0 dB in its bin; the bin of half the sample rate is left out.
        """
        if len(starts) == 0:
            return np.zeros((0, self.bins), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(samples, self.fft)[starts] * self._window
        spectrum = np.fft.rfft(frames)[:, : self.bins]
        power = (spectrum.real**2 + spectrum.imag**2) / np.float32(self._full_scale**2)
        decibels: NDArray[np.float32] = 10 * np.log10(np.maximum(power, np.float32(10 ** (_SILENCE_DB / 10))))
        return decibels


def limits_of(decibels: NDArray[np.float32]) -> tuple[float, float]:
    """Floor and range in dB for pictures of a recording, from some of its frames: float32 (frames, bins).

    Digital silence, as where samples were lost, says nothing of the noise and is left out.
    """
    heard = decibels[decibels > _DIGITAL_SILENCE_DB]
    if heard.size == 0:
        return _LOWEST_FLOOR_DB, RANGE_DB
    quiet, loud = np.percentile(heard, (30, 99.8)).tolist()
    floor = max(quiet + ABOVE_NOISE_DB, _LOWEST_FLOOR_DB)
    return floor, min(max(loud - floor, RANGE_DB * 0.6), RANGE_DB * 1.3)


def levels(decibels: NDArray[np.float32], floor_db: float, range_db: float = RANGE_DB) -> NDArray[np.uint8]:
    """0 at the floor and below, 255 from range_db above it; of any shape."""
    shares: NDArray[np.uint8] = np.clip((decibels - floor_db) * (255.0 / range_db), 0, 255).astype(np.uint8)
    return shares
