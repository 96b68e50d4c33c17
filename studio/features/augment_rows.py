"""Variants of movements and of readings such as other people, other boards and other days would have given.

Everything is drawn from one generator, so the same seed gives the same rows. int16 in, int16 out; what is beyond int16
is limited, as a sensor limits it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RowCounts = NDArray[np.int16]
Floats = NDArray[np.float64]

_LIMITS = np.iinfo(np.int16)


@dataclass(frozen=True)
class RowAugmentation:
    """How far each may go, drawn uniformly.

    rotation_deg: about any axis, of accelerometer and gyroscope alike: the board is held otherwise. scale: so many
    times as strong or as weak, each channel by itself. speed: so many times as fast or as slow. shift, warp: shares of
    the window, by which all of it comes earlier or later, and parts of it, smoothly. jitter: highest rms of
    white noise, offset: of what is added to all rows; shares of `full`, for each channel.
    """

    rotation_deg: float = 30.0
    scale: float = 1.25
    speed: float = 1.35
    shift: float = 0.10
    warp: float = 0.08
    jitter: float = 0.015
    offset: float = 0.04

    @classmethod
    def of_readings(cls) -> "RowAugmentation":
        """What a slow sensor gives, it gives a little otherwise at another time, and no faster or stronger."""
        return cls(rotation_deg=0, scale=1, speed=1, shift=0, warp=0, jitter=0.01, offset=0.01)

    def scaled(self, strength: float) -> "RowAugmentation":
        """Ranges of another strength: at 1 these, at 0 none at all, between and beyond in proportion."""
        strength = max(0.0, strength)
        return replace(
            self,
            rotation_deg=self.rotation_deg * strength,
            scale=self.scale**strength,
            speed=self.speed**strength,
            shift=self.shift * strength,
            warp=self.warp * strength,
            jitter=self.jitter * strength,
            offset=self.offset * strength,
        )

    def margin_rows(self, clip: int) -> int:
        """How much more than a window of `clip` rows on each side every variant can draw on."""
        return int(np.ceil(((self.speed - 1) / 2 + self.shift + 2 * self.warp) * clip)) + 1


class DrawnRows(NamedTuple):
    """What one variant was made with. rotation_deg: about some axis. scale: the mean over channels. speed: above 1 is
    faster. shift: of the window, positive where it comes later. warp: of the window, the furthest that a part moves.
    """

    rotation_deg: float
    scale: float
    speed: float
    shift: float
    warp: float


class RowVariant(NamedTuple):
    samples: RowCounts  # (clip, channels)
    drawn: DrawnRows


def augment_rows(
    rows: RowCounts,
    augmentation: RowAugmentation,
    rng: np.random.Generator,
    *,
    length: int,
    full: NDArray[np.float64],
    axes: Sequence[Sequence[int]] = (),
) -> RowVariant:
    """One variant: int16 (length, channels).

    rows: a window with margins on both sides. full: counts (channels,) that jitter and offset are shares of. axes:
    places of channels that are three axes of one thing, which turn together.
    """
    moved, speed, shift, warp = _moved(rows, length, augmentation, rng)
    degrees = float(rng.uniform(-augmentation.rotation_deg, augmentation.rotation_deg))
    turn = _rotation(degrees, rng)
    for three in axes:
        moved[:, three] = moved[:, three] @ turn.T
    channels = rows.shape[1]
    most = np.log(augmentation.scale)
    scale = np.exp(rng.uniform(-most, most, channels))
    moved *= scale
    moved += rng.standard_normal(moved.shape) * (rng.uniform(0, augmentation.jitter) * full)
    moved += rng.uniform(-augmentation.offset, augmentation.offset, channels) * full
    counts = np.clip(np.rint(moved), _LIMITS.min, _LIMITS.max).astype(np.int16)
    return RowVariant(counts, DrawnRows(degrees, float(scale.mean()), speed, shift, warp))


def _moved(
    rows: RowCounts, length: int, augmentation: RowAugmentation, rng: np.random.Generator
) -> tuple[Floats, float, float, float]:
    """Another pace and place, between two rows by a straight line: (rows, speed, shift, warp)."""
    most = np.log(augmentation.speed)
    speed = float(np.exp(rng.uniform(-most, most)))
    shift = float(rng.uniform(-augmentation.shift, augmentation.shift))
    at = np.linspace(0, 1, length)
    warps = rng.uniform(-augmentation.warp, augmentation.warp, 2)
    warp = warps[0] * np.sin(np.pi * at) + warps[1] * np.sin(2 * np.pi * at)
    middle = (len(rows) - 1) / 2
    source = np.clip(middle + ((at - 0.5) * speed - shift + warp) * (length - 1), 0, len(rows) - 1)
    before = np.minimum(source.astype(np.int64), max(0, len(rows) - 2))
    part = (source - before)[:, None]
    left, right = rows[before].astype(np.float64), rows[np.minimum(before + 1, len(rows) - 1)]
    return left + (right - left) * part, speed, shift, float(np.max(np.abs(warp), initial=0))


def _rotation(degrees: float, rng: np.random.Generator) -> Floats:
    """(3, 3), about an axis of any direction (Rodrigues)."""
    axis = rng.standard_normal(3)
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(degrees)
    turn: Floats = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return turn
