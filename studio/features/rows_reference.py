"""The front ends for movement and slow sensors once more, in NumPy, as logmel_reference.py is for sound. Slow."""

import math

import numpy as np
from numpy.typing import NDArray

from studio.features.logmel_reference import (
    Integers,
    Spectrum,
    int16,
    normalised,
    number,
    quantised,
    raw_frames,
    read_spectrum,
)

_RAW_HEADER, _STATISTICS_HEADER = 24, 40


def scaled(windows: NDArray[np.int16], section: bytes) -> NDArray[np.int16]:
    """motion_raw, readings. windows: (n, clip_samples, channels). Returns the features, of the same shape."""
    return normalised(_rows(windows, section, _RAW_HEADER), section[18])


def statistics(windows: NDArray[np.int16], section: bytes) -> NDArray[np.int16]:
    """motion_statistics. windows: (n, clip_samples, channels). Returns the features (n, channels, 5 + bands)."""
    spectrum = read_statistics(section)
    x = _rows(windows, section, _STATISTICS_HEADER).transpose(0, 2, 1)
    n, channels, count = x.shape
    mean = (2 * x.sum(axis=2) + count) // (2 * count)
    d = int16(x - mean[..., None]).astype(np.int64)
    deviation = np.array([math.isqrt(int(v)) for v in ((d * d).sum(axis=2) // count).ravel()]).reshape(n, channels)
    negative = d < 0
    crossings = (negative[..., 1:] ^ negative[..., :-1]).sum(axis=2) * 8192 // (count - 1)
    bands = raw_frames(int16(d).reshape(-1, count), spectrum).reshape(n, channels, -1)
    figures = np.stack([mean, deviation, x.min(axis=2), x.max(axis=2), crossings], axis=2)
    return np.concatenate([int16(figures), bands], axis=2)


def read_statistics(section: bytes) -> Spectrum:
    """Of a section of statistics. Believes it, as read_section does."""
    at = _STATISTICS_HEADER + 7 * section[16]
    return Spectrum(**read_spectrum(section, at, fields_at=(12, 24, 26, 28, 30, 38)))


def quantise(features: NDArray[np.int16], section: bytes) -> NDArray[np.int8]:
    """The model's int8 input, of the same shape."""
    return quantised(features, section[19], number(section, 20, "i1"))


def _rows(windows: NDArray[np.int16], section: bytes, at: int) -> Integers:
    """Each channel in the model's range: (n, clip_samples, channels). at: where the tables begin."""
    channels = section[16]
    offset = np.frombuffer(section, "<i2", channels, at).astype(np.int64)
    multiplier = np.frombuffer(section, "<u2", channels, at + 2 * channels).astype(np.int64)
    shift = np.frombuffer(section, "u1", channels, at + 6 * channels).astype(np.int64)
    half = (np.int64(1) << shift) >> 1
    return int16(((windows - offset) * multiplier + half) >> shift).astype(np.int64)
