"""Makes the regression starter data: a simulated board reads temperature and humidity, and the dew point is predicted.

Nothing of it is shipped: it is made on the user's machine, within seconds, into the user's cache, and found there the
next time. Everything follows from one seed. CARD.md says what it is, and what it is not good for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from studio_datasets.cached import cached

from studio.core.files import write_text
from studio.core.job import Report, silent
from studio.core.text import gettext as _

Floats = NDArray[np.float64]

UNIT = "C"
GROUP_FROM = r"^([A-Z]\d+)_"  # a session's place, of its path
RATE_HZ = 1
_HEADER = "t_us,temperature,humidity,pressure"
_MAGNUS_B, _MAGNUS_C = 17.62, 243.12  # over water, -45 to 60 C (WMO-No. 8)
_SETTLES_S = 8.0  # of the air around the sensor


@dataclass(frozen=True)
class Starter:
    """Where the data lies. The two folders hold PLACE_SESSION.csv: t_us, three channels and `value`, the dew point in
    UNIT, a row a second; group_from finds the place. stream_csv: of a place kept apart, without the value; truth_csv:
    t_us, value.
    """

    takes_folder: Path
    held_out_folder: Path
    stream_csv: Path
    truth_csv: Path
    unit: str = UNIT
    group_from: str = GROUP_FROM


@dataclass(frozen=True)
class Amount:
    places: int
    places_apart: int
    sessions: int  # in each place
    session_s: int
    stream_s: int
    seed: int = 1


FULL = Amount(places=20, places_apart=6, sessions=4, session_s=90, stream_s=240)
QUICK = Amount(places=10, places_apart=4, sessions=3, session_s=50, stream_s=60)


@dataclass(frozen=True)
class _Place:
    """celsius, humidity: what is usual there. warmth: degrees by which the board warms its sensor. offsets: of the
    sensors, C and %.
    """

    celsius: float
    humidity: float
    warmth: float
    offsets: tuple[float, float]
    pressure: float


def make(*, quick: bool = False, report: Report = silent) -> Starter:
    """The starter data, made if it is not in the cache yet; `quick` is less of the same. Raises StorageFailed."""
    amount = QUICK if quick else FULL
    folder = cached(Path(__file__), amount, lambda made: _make_in(made, amount, report))
    return Starter(folder / "takes", folder / "held_out", folder / "stream.csv", folder / "truth.csv")


def dew_point(celsius: Floats, humidity: Floats) -> Floats:
    """In C, of air of so many C and % relative humidity, by Magnus."""
    gamma = np.log(humidity / 100) + _MAGNUS_B * celsius / (_MAGNUS_C + celsius)
    return _MAGNUS_C * gamma / (_MAGNUS_B - gamma)


def _make_in(folder: Path, amount: Amount, report: Report) -> None:
    rng = np.random.default_rng(amount.seed)
    for name, letter, count in (("takes", "P", amount.places), ("held_out", "H", amount.places_apart)):
        (folder / name).mkdir()
        for number in range(1, count + 1):
            report((number - 1) / count, _("Reading a simulated sensor: {count:,}").format(count=number))
            place = _draw_place(rng)
            for session in range(amount.sessions):
                rows, value = _session(place, amount.session_s, rng)
                _write(folder / name / f"{letter}{number:02d}_{session}.csv", f"{_HEADER},value", [*rows, value])
    rng = np.random.default_rng((amount.seed, 1))
    rows, value = _session(_draw_place(rng), amount.stream_s, rng)
    _write(folder / "stream.csv", _HEADER, rows)
    _write(folder / "truth.csv", "t_us,value", [value])


def _draw_place(rng: np.random.Generator) -> _Place:
    return _Place(
        celsius=rng.uniform(4, 34),
        humidity=rng.uniform(25, 90),
        warmth=rng.uniform(0.5, 2.5),
        offsets=(rng.normal(0, 0.15), rng.normal(0, 1.0)),
        pressure=rng.uniform(960, 1035),
    )


def _session(place: _Place, seconds: int, rng: np.random.Generator) -> tuple[list[Floats], Floats]:
    """What the board reads, channel by channel, and the dew point of the room: a row a second."""
    warm = np.clip(place.celsius + rng.normal(0, 3) + _drift(seconds, 3.0, rng), -5, 45)
    damp = np.clip(place.humidity + rng.normal(0, 10) + _drift(seconds, 15.0, rng), 8, 98)
    value = dew_point(warm, damp)
    at_sensor = _settling(warm + place.warmth)
    vapour = np.exp(_MAGNUS_B * value / (_MAGNUS_C + value))
    relative = 100 * _settling(vapour) / np.exp(_MAGNUS_B * at_sensor / (_MAGNUS_C + at_sensor))
    temperature = at_sensor + place.offsets[0] + rng.normal(0, 0.03, seconds)
    humidity = np.clip(relative + place.offsets[1] + rng.normal(0, 0.3, seconds), 0, 100)
    pressure = place.pressure + _drift(seconds, 0.3, rng) + rng.normal(0, 0.05, seconds)
    return [temperature, humidity, pressure], value + rng.normal(0, 0.05, seconds)


def _drift(seconds: int, size: float, rng: np.random.Generator) -> Floats:
    """Slow waves, and now and then a door that is opened."""
    t_s = np.arange(seconds, dtype=np.float64)
    total = np.zeros(seconds)
    for period_s in rng.uniform(90, 900, 3):
        total += rng.normal(0, size / 2) * np.sin(2 * np.pi * t_s / period_s + rng.uniform(0, 2 * np.pi))
    if rng.random() < 0.5:
        total += rng.normal(0, size) / (1 + np.exp(-(t_s - rng.uniform(0, seconds)) / 6))
    return total


def _settling(air: Floats) -> Floats:
    """What comes to the sensor of it, some seconds late."""
    late = np.empty_like(air)
    held, share = float(air[0]), 1 - float(np.exp(-1 / (RATE_HZ * _SETTLES_S)))
    for second, value in enumerate(air.tolist()):
        held += share * (value - held)
        late[second] = held
    return late


def _write(path: Path, header: str, columns: Sequence[Floats]) -> None:
    lines = (
        f"{row * 1_000_000 // RATE_HZ},{','.join(f'{value:.2f}' for value in values)}\n"
        for row, values in enumerate(zip(*(column.tolist() for column in columns), strict=True))
    )
    write_text(path, f"{header}\n{''.join(lines)}")
