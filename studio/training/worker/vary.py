"""Chance on a batch of features: what differs between people, takes and microphones, drawn anew in each epoch.

All take (batch, frames, mels) in units of a feature and return as much; each example is drawn for by itself.
"""

import numpy as np
from numpy.typing import NDArray

from studio.features.blocks import LogMel

Floats = NDArray[np.float32]


def stretched(features: Floats, most: float, rng: np.random.Generator) -> Floats:
    """Said up to `most` times as fast or as slowly, about the window's middle, at the pitch it was; its ends go on."""
    frames = features.shape[1]
    middle = (frames - 1) / 2
    return _moved(features, (np.arange(frames) - middle) * _ratios(len(features), most, rng) + middle, axis=1)


def warped(features: Floats, most: float, spec: LogMel, rng: np.random.Generator) -> Floats:
    """By a vocal tract up to `most` times as long or as short (Jaitly and Hinton 2013), at the pace it was."""
    edges = _mel(spec.band_edges_hz)
    width = edges[1] - edges[0]
    source = _mel(spec.band_edges_hz[1:-1] * _ratios(len(features), most, rng))
    return _moved(features, (source - edges[1]) / width, axis=2)


def at_other_levels(features: Floats, most_db: float, spec: LogMel, rng: np.random.Generator) -> Floats:
    """Up to `most_db` up or down: normalisation by the window's mean leaves that much to how quiet the room is."""
    return features + (rng.uniform(-most_db, most_db, (len(features), 1, 1)) / spec.scale).astype(np.float32)


def masked(inputs: Floats, time_mask: int, band_mask: int, rng: np.random.Generator) -> Floats:
    """Two stretches of frames and two of bands hidden (SpecAugment, Park et al. 2019). Changes its argument."""
    _batch, frames, mels = inputs.shape
    for axis, size, longest in ((1, frames, time_mask), (2, mels, band_mask)):
        for _ in range(2):
            length = rng.integers(0, longest + 1, (len(inputs), 1))
            start = rng.integers(0, size - length + 1)
            place = np.arange(size)
            hidden = (place >= start) & (place < start + length)
            inputs[np.broadcast_to(np.expand_dims(hidden, 3 - axis), inputs.shape)] = 0
    return inputs


def mixed(inputs: Floats, targets: Floats, share: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A share of them with another take of the batch in them, and so with two classes (mixup, Zhang et al. 2018)."""
    other = rng.permutation(len(inputs))
    weight = np.where(rng.random(len(inputs)) < share, rng.beta(0.4, 0.4, len(inputs)), 1).astype(np.float32)
    inputs = inputs * weight[:, None, None] + inputs[other] * (1 - weight[:, None, None])
    return inputs, targets * weight[:, None] + targets[other] * (1 - weight[:, None])


def _ratios(count: int, most: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """(count, 1), as often above 1 as below."""
    return np.exp(rng.uniform(-np.log(most), np.log(most), (count, 1)))


def _moved(features: Floats, source: NDArray[np.float64], axis: int) -> Floats:
    """Each example read along an axis at its own places (batch, size), between two by a straight line."""
    source = np.clip(source, 0, features.shape[axis] - 1)
    before = np.minimum(source.astype(np.int64), features.shape[axis] - 2)
    part = np.expand_dims((source - before).astype(np.float32), 3 - axis)
    at = np.expand_dims(before, 3 - axis)
    left = np.take_along_axis(features, at, axis=axis)
    moved: Floats = left + (np.take_along_axis(features, at + 1, axis=axis) - left) * part
    return moved


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return 2595 * np.log10(1 + hz / 700)
