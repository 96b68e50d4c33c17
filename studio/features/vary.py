"""Chance on features: what differs between people, takes and microphones, drawn anew for each epoch of training.

Those of sound take float32 (batch, frames, mels) and return as much; each example is drawn for by itself.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.features.blocks import LogMel
from studio.features.front_ends import AnyFrontEnd
from studio.features.picture import PictureInput
from studio.features.vary_pictures import PictureChance, seen_so

Floats = NDArray[np.float32]
Drawn = NDArray[np.float64]


@dataclass(frozen=True)
class Chance:
    """How far each may go.

    tempo: so many times as fast or as slowly. vocal_tract: so many times as long or as short. level_db: up or down.
    strength: of these three, as of Augmentation.scaled. time_mask and band_mask: the longest stretch of frames and of
    bands that is hidden, two of each.
    """

    tempo: float = 1.4
    vocal_tract: float = 1.12
    level_db: float = 3.0
    strength: float = 1.0
    time_mask: int = 6
    band_mask: int = 4


@dataclass(frozen=True)
class NoChance:
    """Of rows: what is stored of them is varied enough."""


AnyChance = Chance | PictureChance | NoChance


def chance_for(spec: AnyFrontEnd, strength: float) -> AnyChance:
    """strength: of augmentation, over the usual."""
    if isinstance(spec, LogMel):
        return Chance(strength=strength)
    return PictureChance(strength=strength) if isinstance(spec, PictureInput) else NoChance()


def varied(rows: NDArray[np.int16], spec: AnyFrontEnd, chance: AnyChance, rng: np.random.Generator) -> Floats:
    """The model's input for features (batch, *spec.shape) as another epoch has them, with nothing hidden."""
    if isinstance(spec, LogMel) and isinstance(chance, Chance):
        return said_so(rows, draw(len(rows), chance, rng), spec)
    return spec.to_float(seen_so(rows, chance, rng) if isinstance(chance, PictureChance) else rows)


class Said(NamedTuple):
    """How other people would have said each example: float64 (batch, 1) each. tempo: above 1 is faster."""

    tempo: Drawn
    vocal_tract: Drawn
    level_db: Drawn


def draw(count: int, chance: Chance, rng: np.random.Generator) -> Said:
    tempo = _ratios(count, chance.tempo**chance.strength, rng)
    vocal_tract = _ratios(count, chance.vocal_tract**chance.strength, rng)
    most_db = chance.level_db * chance.strength
    return Said(tempo, vocal_tract, rng.uniform(-most_db, most_db, (count, 1)))


def said_so(features: NDArray[np.int16], said: Said, spec: LogMel) -> Floats:
    """The model's input for features that were said so."""
    moved = warped(stretched(features.astype(np.float32), said.tempo), said.vocal_tract, spec)
    # Normalisation by the window's mean leaves so much of a level to how quiet the room is.
    return spec.to_float(moved + (said.level_db[..., None] / spec.scale).astype(np.float32))


def stretched(features: Floats, tempo: Drawn) -> Floats:
    """Said so many times as fast, about the window's middle, at the pitch it was; its ends go on."""
    frames = features.shape[1]
    middle = (frames - 1) / 2
    return _moved(features, (np.arange(frames) - middle) * tempo + middle, axis=1)


def warped(features: Floats, vocal_tract: Drawn, spec: LogMel) -> Floats:
    """By a vocal tract so many times as long (Jaitly and Hinton 2013), at the pace it was."""
    edges = _mel(spec.band_edges_hz)
    width = edges[1] - edges[0]
    source = _mel(spec.band_edges_hz[1:-1] * vocal_tract)
    return _moved(features, (source - edges[1]) / width, axis=2)


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
    for_each = weight.reshape(-1, *(1,) * (inputs.ndim - 1))
    inputs = inputs * for_each + inputs[other] * (1 - for_each)
    return inputs, targets * weight[:, None] + targets[other] * (1 - weight[:, None])


def _ratios(count: int, most: float, rng: np.random.Generator) -> Drawn:
    """(count, 1), as often above 1 as below."""
    return np.exp(rng.uniform(-np.log(most), np.log(most), (count, 1)))


def _moved(features: Floats, source: Drawn, axis: int) -> Floats:
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
