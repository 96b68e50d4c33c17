"""How many counts of int16 a table's numbers are: fixed by a project's first import, so that a board's are the same.

Our boards' accelerometers count 4 g, their gyroscopes 2000 degrees/s. Numbers in other units get the scale by which
they come to the same counts: gravity is in all of them, and tells g from m/s2. What is larger than that is clipped, as
a board would clip it; only where much is larger, the scale is.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.core.samples import ENVIRONMENT, IMU, KINDS
from studio.dataset.settings import SensorSettings

FULL_SCALE = 32768  # one more than int16 holds: a sensor at its limit is rounded there, and not beyond it
_MOST_CLIPPED = 0.02  # of the values, before a scale is widened
_GRAVITY = 9.80665
_COUNTS_PER_G = (16384, 8192, 4096, 2048)  # of the usual IMUs at 2, 4, 8 and 16 g


class _Unit(NamedTuple):
    """from_norm: of three axes, in its own unit, that a typical row has at least."""

    from_norm: float
    name: str
    per_g: float


_ACCELERATION = (_Unit(0, "g", 1.0), _Unit(5, "m/s2", _GRAVITY), _Unit(300, "mg", 1000.0))
_NAMED = {"g": "g", "m/s2": "m/s2", "m/s^2": "m/s2", "m/s²": "m/s2", "mg": "mg"}
_COUNTS_FROM = 1_800  # a norm of so much is in an IMU's own counts
_TOGETHER = (("ax", "ay", "az"), ("gx", "gy", "gz"))  # axes that have one scale
_IN_SI = {"g": _GRAVITY, "m/s2": 1.0, "mg": _GRAVITY / 1000, "degrees/s": math.radians(1), "rad/s": 1.0}
_RADIANS = {"rad/s", "rads"}
_MOST_RADIANS = math.radians(2000) * 1.2


def fit_sensor(kind: str, values: Mapping[str, NDArray[np.float64]], units: Mapping[str, str]) -> SensorSettings:
    """kind: of a SensorKind. values: by channel, all that is imported first. units: as headers name them, or ""."""
    row = KINDS[kind]
    usual = {c: (unit, scale) for c, unit, scale in zip(row.channels, row.units, row.scales, strict=True)}
    found = {channel: usual.get(channel, (units.get(channel, ""), 0.0)) for channel in values}
    if kind == IMU.name:
        found |= _movement(values, units, found)
    names = tuple(values)
    times = {name: _times(values[name], found[name][1], kind) for name in names}
    for axes in _TOGETHER if kind == IMU.name else ():
        most = max((times[name] for name in axes if name in times), default=1)
        times |= {name: most for name in axes if name in times}
    scales = tuple((found[name][1] or _round_scale(values[name])) * times[name] for name in names)
    return SensorSettings(kind, names, tuple(found[name][0] for name in names), scales)


def clipped_rows(values: NDArray[np.float64], scales: tuple[float, ...]) -> int:
    """How many rows of (rows, channels) have a value beyond what int16 counts of these scales reach."""
    return int(np.count_nonzero(np.any(np.abs(values) > (FULL_SCALE + 0.5) * np.array(scales), axis=1)))


def foreign_units(found: SensorSettings, known: SensorSettings) -> dict[str, str]:
    """By channel, the unit of what was found where it is another than the one that is known, and can become it."""
    theirs, ours = (dict(zip(sensor.channels, sensor.units, strict=True)) for sensor in (found, known))
    return {
        name: unit
        for name, unit in theirs.items()
        if name in ours and unit != ours[name] and unit in _IN_SI and ours[name] in _IN_SI
    }


def brought_to(values: NDArray[np.float64], foreign: Mapping[str, str], known: SensorSettings) -> NDArray[np.float64]:
    """(rows, channels) of which some are in foreign units, all in the known ones; six decimals."""
    factors = [
        _IN_SI[foreign[name]] / _IN_SI[unit] if name in foreign else 1.0
        for name, unit in zip(known.channels, known.units, strict=True)
    ]
    brought: NDArray[np.float64] = np.round(values * np.array(factors), 6)
    return brought


def _movement(
    values: Mapping[str, NDArray[np.float64]], units: Mapping[str, str], usual: Mapping[str, tuple[str, float]]
) -> dict[str, tuple[str, float]]:
    axes = [name for name in ("ax", "ay", "az") if name in values]
    turns = [name for name in ("gx", "gy", "gz") if name in values]
    found: dict[str, tuple[str, float]] = {}
    acceleration = _acceleration(values, units, axes) if axes else _ACCELERATION[0]
    found |= {name: (acceleration.name, usual[name][1] * acceleration.per_g) for name in axes}
    largest = max((float(np.max(np.abs(values[name]), initial=0)) for name in turns), default=0.0)
    if acceleration.name == "counts":
        found |= dict.fromkeys(turns, ("counts", 1.0))
    elif turns and (
        units.get(turns[0], "").casefold() in _RADIANS
        or (acceleration.name == "m/s2" and not units.get(turns[0]) and largest <= _MOST_RADIANS)
    ):  # the units of ROS and of telephones go together
        found |= {name: ("rad/s", math.radians(usual[name][1])) for name in turns}
    return found


def _acceleration(values: Mapping[str, NDArray[np.float64]], units: Mapping[str, str], axes: list[str]) -> _Unit:
    named = _NAMED.get(units.get(axes[0], "").casefold())
    if named:
        return next(unit for unit in _ACCELERATION if unit.name == named)
    norm = float(np.median(np.sqrt(sum(values[name] ** 2 for name in axes)))) if len(values[axes[0]]) else 0.0
    if norm >= _COUNTS_FROM:
        return _Unit(0, "counts", float(min(_COUNTS_PER_G, key=lambda per_g: abs(math.log(per_g / norm)))))
    return next(unit for unit in reversed(_ACCELERATION) if norm >= unit.from_norm)


def _times(values: NDArray[np.float64], scale: float, kind: str) -> int:
    """How many times as wide the scale has to be so that few values are beyond it."""
    step, times = 10 if kind == ENVIRONMENT.name else 2, 1
    while scale > 0 and len(values) and np.mean(np.abs(values) > FULL_SCALE * scale * times) > _MOST_CLIPPED:
        times *= step
    return times


def _round_scale(values: NDArray[np.float64]) -> float:
    """Of a channel that nobody knows: a power of ten by which all values fit."""
    peak = float(np.max(np.abs(values), initial=0.0))
    return 10.0 ** math.ceil(math.log10(peak / FULL_SCALE)) if peak > 0 else 1.0
