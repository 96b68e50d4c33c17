"""An arm that holds a board: how it moves, and what the board's accelerometer and gyroscope measure of it.

A movement is a track of the hand's place and of turns of the wrist, in fine steps of time; all tracks begin and end at
rest where the arm was. The accelerometer feels gravity and the hand's acceleration, the gyroscope how the arm turns.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATE_HZ = 119
_FINE = 4  # steps of a track for a row
_FINE_HZ = RATE_HZ * _FINE
_GRAVITY = 9.80665
_MOST_G, _MOST_DPS = 4.0, 2000.0
_STEP_G, _STEP_DPS = _MOST_G / 32768, _MOST_DPS / 32768
_NEAR = 0.01  # metres
_RISE_S = 0.15  # in which a movement that goes on begins and ends


@dataclass(frozen=True)
class Track:
    """place: (steps, 3) in metres from where the hand rests: right, away, up. turn: (steps, 3), radians of the wrist.

    shape: steps of a gesture before the hand goes home; 0 for what is none.
    """

    place: Floats
    turn: Floats
    shape: int = 0

    @property
    def rows(self) -> int:
        return len(self.place) // _FINE

    @property
    def shape_rows(self) -> int:
        return self.shape // _FINE


@dataclass(frozen=True)
class Arm:
    """Of one person. length: metres from elbow to hand. reach, tempo: of movements, about 1. mirrored: a left hand's.

    grip: (3,), radians by which the board is turned in the hand. tremor_g: of 8 to 12 Hz. bias_g, bias_dps, gain: (3,)
    and (6,), of the sensor. noise_g, noise_dps: rms.
    """

    length: float
    reach: float
    tempo: float
    roundness: float
    mirrored: bool
    grip: Floats
    tremor_g: float
    bias_g: Floats
    bias_dps: Floats
    gain: Floats
    noise_g: float = 0.004
    noise_dps: float = 0.15


def draw_arm(rng: np.random.Generator) -> Arm:
    """Of a person whom nobody has met."""
    return Arm(
        length=rng.uniform(0.32, 0.5),
        reach=rng.uniform(0.6, 1.5),
        tempo=rng.uniform(0.7, 1.4),
        roundness=rng.uniform(0.6, 1.4),
        mirrored=rng.random() < 0.15,
        grip=rng.normal(0, (0.35, 0.35, 0.45)),
        tremor_g=rng.uniform(0.004, 0.02),
        bias_g=rng.normal(0, 0.02, 3),
        bias_dps=rng.normal(0, 1.5, 3),
        gain=1 + rng.normal(0, 0.01, 6),
    )


def rest(seconds: float) -> Track:
    steps = max(_FINE, round(seconds * RATE_HZ) * _FINE)
    return Track(np.zeros((steps, 3)), np.zeros((steps, 3)))


def joined(tracks: Sequence[Track]) -> Track:
    return Track(np.concatenate([t.place for t in tracks]), np.concatenate([t.turn for t in tracks]))


def circle(arm: Arm, rng: np.random.Generator) -> Track:
    """One turn, beginning at its top."""
    phase = _eased(rng.uniform(0.8, 1.15) / arm.tempo)
    radius = 0.14 * arm.reach * rng.uniform(0.85, 1.15)
    angle = 2 * np.pi * phase * (1 + rng.normal(0, 0.03))
    place = np.zeros((len(phase), 3))
    place[:, 0] = radius * arm.roundness * np.sin(angle)
    place[:, 1] = 0.03 * arm.reach * np.sin(angle / 2) ** 2
    place[:, 2] = radius * (np.cos(angle) - 1)
    return _gesture(place, arm)


def zigzag(arm: Arm, rng: np.random.Generator) -> Track:
    """Right, down to the left, right again: a Z; then home."""
    width, height = (0.24 * arm.reach * rng.uniform(0.85, 1.15), 0.2 * arm.reach * rng.uniform(0.85, 1.15))
    corners = np.array([(0, 0, 0), (width, 0, 0), (0, 0.02, -height), (width, 0, -height)])
    corners[1:] += rng.normal(0, 0.012, (3, 3))
    strokes = []
    for start, end in itertools.pairwise(corners):
        phase = _eased(rng.uniform(0.26, 0.36) / arm.tempo)
        strokes.append(start + phase[:, None] * (end - start))
    return _gesture(np.concatenate(strokes), arm)


def push(arm: Arm, rng: np.random.Generator) -> Track:
    """Away from the body and back, briskly."""
    far = 0.26 * arm.reach * rng.uniform(0.85, 1.15)
    out, back = (_eased(rng.uniform(0.3, 0.42) / arm.tempo) for _ in range(2))
    along = np.concatenate([out, 1 - back])
    place = np.zeros((len(along), 3))
    place[:, 1] = far * along
    place[:, 2] = 0.04 * arm.reach * rng.uniform(-1, 1) * np.sin(np.pi * along)
    return _gesture(place, arm)


def wander(arm: Arm, rng: np.random.Generator, seconds: float) -> Track:
    """To and fro without any shape, as hands do that speak, wipe or look for something."""
    rise = _rise(seconds)
    t_s = np.arange(len(rise)) / _FINE_HZ
    place, turn = np.zeros((len(rise), 3)), np.zeros((len(rise), 3))
    for axis in range(3):
        for _wave in range(3):
            hz, phase = rng.uniform(0.2, 2.5), rng.uniform(0, 2 * np.pi)
            place[:, axis] += rng.uniform(0.01, 0.09) * np.sin(2 * np.pi * hz * t_s + phase)
            turn[:, axis] += rng.uniform(0, 0.25) * np.sin(2 * np.pi * hz * t_s + phase + 1)
    return Track(place * rise[:, None] * arm.reach, turn * rise[:, None])


def walk(arm: Arm, rng: np.random.Generator, seconds: float) -> Track:
    """A swinging arm, and a step twice a swing."""
    rise = _rise(seconds)
    t_s = np.arange(len(rise)) / _FINE_HZ
    swing = 2 * np.pi * rng.uniform(0.8, 1.1) * arm.tempo * t_s + rng.uniform(0, 2 * np.pi)
    place, turn = np.zeros((len(rise), 3)), np.zeros((len(rise), 3))
    place[:, 1] = rng.uniform(0.05, 0.12) * np.sin(swing)
    place[:, 2] = rng.uniform(0.01, 0.025) * np.sin(2 * swing)
    turn[:, 0] = rng.uniform(0.1, 0.3) * np.sin(swing)
    return Track(place * rise[:, None], turn * rise[:, None])


def turned(arm: Arm, rng: np.random.Generator, seconds: float) -> Track:
    """The board is turned over, looked at, and turned back."""
    rise = _rise(seconds, seconds / 3)
    angles = rng.normal(0, 1.0, 3)
    return Track(np.outer(rise, rng.normal(0, 0.03, 3) * arm.reach), np.outer(rise, angles))


def measured(track: Track, arm: Arm, rng: np.random.Generator) -> Floats:
    """What the board's IMU gives: (rows, 6), g and degrees/s, of three decimals as sketches print them."""
    place = _smooth(track.place) + _sway(len(track.place), rng)
    velocity = np.gradient(place, 1 / _FINE_HZ, axis=0)
    acceleration = np.gradient(velocity, 1 / _FINE_HZ, axis=0) / _GRAVITY
    hand = _rotations(_smooth(track.turn) + _of_arm(place, arm)) @ _rotations((arm.grip + rng.normal(0, 0.1, 3))[None])
    force = np.einsum("nji,nj->ni", hand, acceleration + np.array([0.0, 0.0, 1.0]))
    turning = np.einsum("nji,njk->nik", hand[:-1], hand[1:])
    rates = np.stack([turning[:, 2, 1] - turning[:, 1, 2], turning[:, 0, 2] - turning[:, 2, 0],
                      turning[:, 1, 0] - turning[:, 0, 1]], axis=1) / 2  # fmt: skip
    rates = np.degrees(np.concatenate([rates, rates[-1:]]) * _FINE_HZ)
    fine = np.concatenate([force, rates], axis=1)
    rows = fine[: len(fine) // _FINE * _FINE].reshape(-1, _FINE, 6).mean(axis=1) * arm.gain
    rows[:, :3] += arm.bias_g + rng.normal(0, arm.noise_g, (len(rows), 3)) + _tremor(len(rows), arm, rng)
    rows[:, 3:] += arm.bias_dps + rng.normal(0, arm.noise_dps, (len(rows), 3))
    steps = np.array([_STEP_G] * 3 + [_STEP_DPS] * 3)
    counts = np.clip(np.rint(rows / steps), -32768, 32767)
    values: Floats = np.round(counts * steps, 3)
    return values


def _eased(seconds: float) -> Floats:
    """From 0 to 1 with the least jerk, as arms reach (Flash and Hogan, 1985)."""
    t = np.linspace(0, 1, max(2 * _FINE, round(seconds * RATE_HZ) * _FINE))
    return 10 * t**3 - 15 * t**4 + 6 * t**5


def _rise(seconds: float, within_s: float = _RISE_S) -> Floats:
    """0, up to 1, and down to 0 again."""
    whole = max(8 * _FINE, round(seconds * RATE_HZ) * _FINE)
    edge = _eased(min(within_s, seconds / 3))
    flat = np.ones(max(0, whole - 2 * len(edge)))
    return np.concatenate([edge, flat, 1 - edge])


def _gesture(place: Floats, arm: Arm) -> Track:
    """With the way home, at its leisure, where it ends elsewhere; mirrored of a left hand."""
    far = float(np.linalg.norm(place[-1]))
    way = _eased(0.5 + far if far > _NEAR else 0.1)
    whole = np.concatenate([place, np.outer(1 - way, place[-1])])
    if arm.mirrored:
        whole *= np.array([-1.0, 1.0, 1.0])
    return Track(whole, np.zeros_like(whole), len(place))


def _of_arm(place: Floats, arm: Arm) -> Floats:
    """How the forearm is turned when its hand is there: (steps, 3), radians about right, away and up."""
    aside, up = place[:, 0] / arm.length, place[:, 2] / arm.length
    return np.stack([up, 0.4 * aside, -aside], axis=1)


def _rotations(angles: Floats) -> Floats:
    """(n, 3, 3) from (n, 3): about the axes right, away and up, in this order."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles).T, np.sin(angles).T
    return np.stack(
        [
            np.stack([cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz], axis=1),
            np.stack([cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz], axis=1),
            np.stack([-sy, sx * cy, cx * cy], axis=1),
        ],
        axis=1,
    )


def _smooth(track: Floats) -> Floats:
    """Muscles make no corners: a mean over 40 ms, twice."""
    size = round(0.04 * _FINE_HZ)
    kernel = np.convolve(np.ones(size) / size, np.ones(size) / size)
    padded = np.pad(track, ((len(kernel) // 2, len(kernel) - 1 - len(kernel) // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(padded[:, axis], kernel, mode="valid") for axis in range(3)], axis=1)


def _sway(steps: int, rng: np.random.Generator) -> Floats:
    """Nobody holds an arm still: slow waves of a few millimetres."""
    t_s = np.arange(steps) / _FINE_HZ
    waves = np.zeros((steps, 3))
    for hz in rng.uniform(0.1, 0.7, 3):
        waves += rng.normal(0, 0.002, 3) * np.sin(2 * np.pi * hz * t_s + rng.uniform(0, 2 * np.pi))[:, None]
    return waves


def _tremor(rows: int, arm: Arm, rng: np.random.Generator) -> Floats:
    t_s = np.arange(rows) / RATE_HZ
    wave = np.sin(2 * np.pi * rng.uniform(8, 12) * t_s + rng.uniform(0, 2 * np.pi))
    return np.outer(wave, rng.normal(0, arm.tremor_g / 2, 3))
