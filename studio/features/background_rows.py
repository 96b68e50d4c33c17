"""What an IMU measures when no gesture is made: windows for the class `_background_`."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext
from studio.features.augment_rows import RowCounts
from studio.features.motion import MotionRaw, MotionStatistics
from studio.features.readings import Readings
from studio.features.row_windows import Stretch, centres, cut_rows

Floats = NDArray[np.float64]

_RECORDED_SHARE = 0.6  # of the windows, where there are recordings: the rest keeps what they do not contain
_PART_SHARE = 0.25  # of all windows, where there are gestures: a board's windows do not wait for a gesture's middle
_PART_AT = (0.75, 1.0)  # of a window's length, from its middle to the gesture's
_STILL_SHARE = 0.5  # of the synthetic ones
_NOISE = (0.5, 40.0)  # counts, rms, of a sensor that lies still
_HANDLED = (0.02, 0.2)  # of the deviation of what is told apart, that handling without a gesture has
_HANDLED_HZ = (0.3, 3.0)
_TILT = 0.5  # of gravity, at most, that a resting board is turned from how it was held in a gesture
_SIGMAS = 4.0  # of a range, to either side: rows.range_of


def background_rows(
    recorded: Sequence[Stretch],
    gestures: Sequence[Stretch],
    spec: MotionRaw | MotionStatistics | Readings,
    count: int,
    seed: int,
    *,
    first: int = 0,
    axes: Sequence[Sequence[int]] = (),
    vary: Callable[[RowCounts, np.random.Generator], RowCounts],
) -> RowCounts:
    """int16 (count, *spec.window_shape): windows first..first + count of an endless list.

    recorded: of background; windows are cut from them at random places and varied. gestures: some windows have the end
    or the beginning of one at their edge; without a recording, the rest is a board that lies still or is handled. axes:
    as augment_rows has them, the accelerometer's first. Window i depends on seed and i alone. Raises InvalidInput for a
    negative count.
    """
    if count < 0:
        raise InvalidInput(gettext("The number of background windows"), gettext("it is negative"))
    windows = np.empty((count, *spec.window_shape), np.int16)
    length = spec.clip_samples
    for index, window in enumerate(windows, start=first):
        rng = np.random.default_rng((seed, index, 0, 1))
        if gestures and rng.random() < _PART_SHARE:
            window[:] = _part(gestures[int(rng.integers(len(gestures)))], spec, rng, vary)
        elif recorded and rng.random() < _RECORDED_SHARE:
            stretch = recorded[int(rng.integers(len(recorded)))]
            centre = int(rng.integers(stretch.start, stretch.end))
            window[:] = vary(cut_rows(stretch, centre, 2 * length), rng)
        else:
            rest = _rest(gestures, spec, axes, rng)
            still = np.clip(np.rint(rest + _moving(spec, rng)), -32768, 32767).astype(np.int16)
            window[:] = vary(still, rng)  # as noisy as takes are made: or a faint gesture in quiet would be none
    return windows


def _part(
    stretch: Stretch,
    spec: MotionRaw | MotionStatistics | Readings,
    rng: np.random.Generator,
    vary: Callable[[RowCounts, np.random.Generator], RowCounts],
) -> RowCounts:
    """A window at whose edge a gesture has just begun, or not quite ended; before and after it the board rests."""
    away = int(rng.uniform(*_PART_AT) * spec.clip_samples) * (1 if rng.random() < 0.5 else -1)
    centre = int(rng.choice(centres(stretch, spec))) + away
    return vary(cut_rows(stretch, centre, 2 * spec.clip_samples), rng)


def _rest(
    gestures: Sequence[Stretch],
    spec: MotionRaw | MotionStatistics | Readings,
    axes: Sequence[Sequence[int]],
    rng: np.random.Generator,
) -> Floats:
    """What a board measures that rests, (channels,): as held around a gesture, or turned anyhow."""
    rest = np.array(spec.offsets, np.float64)
    if gestures:
        stretch = gestures[int(rng.integers(len(gestures)))]
        rest = np.median(stretch.rows[stretch.start : stretch.end].astype(np.float64), axis=0)
    for number, three in enumerate(axes):
        if number == 0:
            strength = np.linalg.norm(rest[three])
            way = rng.standard_normal(3)
            turned = rest[three] + rng.uniform(0, _TILT) * strength * way / np.linalg.norm(way)
            rest[three] = turned * strength / max(float(np.linalg.norm(turned)), 1.0)
        else:
            rest[three] = rng.uniform(-1, 1, 3) * 2 * _NOISE[1]  # a gyroscope at rest measures its bias
    return rest


def _moving(spec: MotionRaw | MotionStatistics | Readings, rng: np.random.Generator) -> Floats:
    """Around it, (clip, channels): a sensor's noise alone, or a hand that does something else, slowly and smoothly."""
    rows, channels = spec.window_shape
    noise = rng.standard_normal((rows, channels)) * rng.uniform(*_NOISE)
    if rng.random() < _STILL_SHARE:
        return noise
    deviation = np.array(spec.spans, np.float64) / _SIGMAS
    at_s = np.arange(rows)[:, None] / spec.rate_hz
    moved = np.zeros((rows, channels))
    for _ in range(3):
        hz, phase = rng.uniform(*_HANDLED_HZ, channels), rng.uniform(0, 2 * np.pi, channels)
        moved += np.sin(2 * np.pi * hz * at_s + phase) * rng.uniform(0, 1, channels)
    return noise + moved * deviation * rng.uniform(*_HANDLED)
