"""Chance on features of pictures, drawn anew for each epoch of training: see vary.py."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.features.picture import UNITS

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class PictureChance:
    """How far each may go. flip: share that is mirrored. shift: pixels to either side. contrast: so many times as much
    or as little. brightness: levels of gray. strength: of all four, as of PictureAugmentation.scaled.
    """

    flip: float = 0.5
    shift: int = 3
    contrast: float = 1.15
    brightness: float = 10.0
    strength: float = 1.0


def seen_so(features: NDArray[np.int16], chance: PictureChance, rng: np.random.Generator) -> Floats:
    """float32 feature units (batch, height, width), each picture drawn for by itself."""
    count, height, width = features.shape
    most = round(chance.shift * chance.strength)
    flipped = np.flatnonzero(rng.random(count) < min(0.5, chance.flip * chance.strength)).tolist()
    moves = rng.integers(0, 2 * most + 1, (count, 2))
    padded = np.pad(features, ((0, 0), (most, most), (most, most)), mode="reflect") if most else features
    moved = np.empty(features.shape, np.float32)
    for number, (down, right) in enumerate(moves.tolist()):
        seen = padded[number, down : down + height, right : right + width]
        moved[number] = seen[:, ::-1] if number in flipped else seen
    bend = chance.strength * np.log(chance.contrast)
    lift = chance.strength * chance.brightness * UNITS
    moved *= np.exp(rng.uniform(-bend, bend, (count, 1, 1))).astype(np.float32)
    moved += rng.uniform(-lift, lift, (count, 1, 1)).astype(np.float32)
    return moved
