"""One window on its way from samples to the model's int8 input, for looking at."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.features.blocks import LogMel
from studio.features.front_ends import AnyFrontEnd, front_end_from_dict
from studio.features.windows import Floats, Samples
from studio.native.frontend import features, quantise

_LEAST_POWER = 1e-14  # -140 dB: silence has a logarithm


@dataclass(frozen=True, eq=False)
class Computed:
    """What a board computes of a window, to the bit: samples, as window_dtype and window_shape have them; raw: int16,
    before a mean is taken away; features: int16 and input: int8, all three of the front end's shape.
    """

    samples: NDArray[Any]
    raw: NDArray[np.int16]
    features: NDArray[np.int16]
    input: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Steps(Computed):
    """Of sound. spectrum_db: float32 (frames, fft / 2 + 1), a full-scale sine is 0, computed in floating point."""

    spectrum_db: Floats


def computed(window: NDArray[Any], spec: AnyFrontEnd) -> Computed:
    """window: one, as spec has it. Raises InvalidInput for another shape or dtype."""
    seen = features(window, spec)
    values = spec.to_dict()
    normalises = values.get("normalise", "none") != "none"
    raw = features(window, front_end_from_dict(values | {"normalise": "none"})) if normalises else seen
    return Computed(window, raw, seen, quantise(seen, spec))


def steps(samples: Samples, spec: LogMel) -> Steps:
    """samples: int16 (spec.clip_samples,)."""
    found = computed(samples, spec)
    return Steps(found.samples, found.raw, found.features, found.input, spectrum_db(samples, spec))


def spectrum_db(samples: Samples, spec: LogMel) -> Floats:
    """The power spectrum of each frame: float32 (frames, fft / 2 + 1), in dB over a full-scale sine."""
    starts = np.arange(spec.frames) * spec.stride_samples
    angle = 2 * np.pi * np.arange(spec.window_samples) / spec.window_samples
    window = (1 - np.cos(angle)) / 2
    frames = samples[starts[:, None] + np.arange(spec.window_samples)].astype(np.float64) / 32768 * window
    amplitude = np.abs(np.fft.rfft(frames, spec.fft, axis=1)) * (2 / window.sum())
    decibels: Floats = (10 * np.log10(np.maximum(amplitude**2, _LEAST_POWER))).astype(np.float32)
    return decibels
