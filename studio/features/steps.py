"""One window on its way from samples to the model's int8 input, for looking at."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.features.blocks import LogMel
from studio.features.windows import Floats, Samples
from studio.native.frontend import log_mel, quantise

_LEAST_POWER = 1e-14  # -140 dB: silence has a logarithm


@dataclass(frozen=True, eq=False)
class Steps:
    """All but `spectrum_db` are what a board computes, to the bit.

    samples: int16 (clip,). spectrum_db: float32 (frames, fft / 2 + 1), a full-scale sine is 0, computed in floating
    point. raw: int16 (frames, mels), before a mean is taken away. features: int16 and input: int8, of the same shape.
    """

    samples: Samples
    spectrum_db: Floats
    raw: NDArray[np.int16]
    features: NDArray[np.int16]
    input: NDArray[np.int8]


def steps(samples: Samples, spec: LogMel) -> Steps:
    """samples: int16 (spec.clip_samples,)."""
    raw = log_mel(samples, replace(spec, normalise="none"))
    features = log_mel(samples, spec)
    return Steps(samples, spectrum_db(samples, spec), raw, features, quantise(features, spec))


def spectrum_db(samples: Samples, spec: LogMel) -> Floats:
    """The power spectrum of each frame: float32 (frames, fft / 2 + 1), in dB over a full-scale sine."""
    starts = np.arange(spec.frames) * spec.stride_samples
    angle = 2 * np.pi * np.arange(spec.window_samples) / spec.window_samples
    window = (1 - np.cos(angle)) / 2
    frames = samples[starts[:, None] + np.arange(spec.window_samples)].astype(np.float64) / 32768 * window
    amplitude = np.abs(np.fft.rfft(frames, spec.fft, axis=1)) * (2 / window.sum())
    decibels: Floats = (10 * np.log10(np.maximum(amplitude**2, _LEAST_POWER))).astype(np.float32)
    return decibels
