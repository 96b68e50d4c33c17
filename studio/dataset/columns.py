"""Which column of a table is what: time, label, or a channel of a sensor, by the names that tools give them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from studio.core.csv_file import TIME
from studio.core.errors import InvalidInput
from studio.core.samples import COLOUR, ENVIRONMENT, IMU, SensorKind
from studio.core.text import gettext as _
from studio.dataset.formats.table import Table

Floats = NDArray[np.float64]

_LABELS = ("label", "class", "activity", "gesture", "target")
_VALUES = (*_LABELS, "value", "y")  # where labels are numbers
_TIME = re.compile(r"(?:t|time|timestamp|time ?stamp|datetime|date|ts|millis|micros|elapsed|seconds)", re.IGNORECASE)
_UNIT_S = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "micros": 1e-6, "ms": 1e-3, "millis": 1e-3,
    "s": 1.0, "sec": 1.0, "seconds": 1.0,
}  # fmt: skip
_GUESSED_S = (1.0, 1e-3, 1e-6, 1e-9)
_COUNTERS = {"", "index", "unnamed: 0", "sample", "row"}  # of rows
_BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")
_UNIT_WORDS = r"(?:g|mg|ms2|mss|dps|degs|rads|c|degc|pct|hpa)?"
# By kind and channel: what is left of a column's name in lower case, without units in brackets and but for letters.
_NAMES: Mapping[str, Mapping[str, str]] = {
    IMU.name: {
        **{f"a{axis}": rf"(?:a|acc|accel|acceleration|accelerometer|accl)?{axis}{_UNIT_WORDS}" for axis in "xyz"},
        **{f"g{axis}": rf"(?:g|gyr|gyro|gyroscope|rotation|rotationrate|angularvelocity){axis}{_UNIT_WORDS}"
           for axis in "xyz"},
    },
    ENVIRONMENT.name: {
        "temperature": rf"(?:t|temp|temperature){_UNIT_WORDS}",
        "humidity": rf"(?:rh|hum|humidity|relativehumidity){_UNIT_WORDS}",
        "pressure": rf"(?:p|press|pressure|baro|barometer|barometricpressure){_UNIT_WORDS}",
    },
    COLOUR.name: {"r": "r|red", "g": "g|green", "b": "b|blue", "clear": "c|clear|w|white|ambient"},
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Columns:
    """time_s: (rows,) from 0, None where there is no column of time. labels: (rows,) texts, None where there is none.
    channels: name of the sensor kind's channel, or the file's own, to (rows,). units: as the file's header has them, in
    brackets; "" where it has none; label_unit: likewise. unused: columns that are none of these.
    """

    time_s: Floats | None
    labels: list[str] | None
    channels: dict[str, Floats]
    units: dict[str, str]
    label_unit: str
    unused: tuple[str, ...]


def read_columns(
    table: Table,
    kind: SensorKind,
    rates_hz: tuple[float, float],
    *,
    predicts_value: bool = False,
    label_column: str | None = None,
) -> Columns:
    """rates_hz: between which the rate lies, where the header does not say what unit time has.

    predicts_value: whether labels are numbers. label_column: its name, if it is none of the usual ones. Channels that
    the kind knows are taken alone; where there is none, all columns of numbers are channels under their own names.
    Raises InvalidInput where there is none at all.
    """
    left = list(table.columns) if table.has_header else []
    time = next((name for name in (*left, *table.texts) if _is_time(name)), None)
    label = next((n for n in (*left, *table.texts) if n != time and _is_label(n, label_column, predicts_value)), None)
    if label_column is not None and label is None:
        raise InvalidInput(_("The table"), _("it has no column {name}").format(name=label_column))
    left = [name for name in left if name not in (time, label) and name.strip().casefold() not in _COUNTERS]
    by_channel = _known(left, kind) if table.has_header else _by_place(table, kind)
    if not by_channel:
        by_channel = _as_named(left)
    if not by_channel:
        raise InvalidInput(_("The table"), _("there is no channel in it"))
    numbers = {name: table.numbers[:, column] for column, name in enumerate(table.columns)}
    used = {time, label, *by_channel.values()}
    return Columns(
        None if time is None else _seconds(time, table, numbers, rates_hz),
        None if label is None else table.texts.get(label) or [f"{value:.6g}" for value in numbers[label]],
        {channel: numbers[name] for channel, name in by_channel.items()},
        {channel: _unit(name) for channel, name in by_channel.items()},
        _unit(label or ""),
        tuple(name for name in (*left, *table.texts) if name not in used),
    )


def _is_label(name: str, asked: str | None, predicts_value: bool) -> bool:  # noqa: FBT001
    bare = _BRACKETS.sub("", name).strip().casefold()
    if asked is not None:
        return asked.strip().casefold() in (bare, name.strip().casefold())
    return bare in (_VALUES if predicts_value else _LABELS)


def _known(names: list[str], kind: SensorKind) -> dict[str, str]:
    """Columns by the kind's channels, in its order."""
    found: dict[str, str] = {}
    for channel, pattern in _NAMES.get(kind.name, {}).items():
        for name in names:
            bare = re.sub(r"[^a-z]", "", _BRACKETS.sub("", name).casefold())
            if name not in found.values() and re.fullmatch(pattern, bare):
                found[channel] = name
                break
    return found


def _as_named(names: list[str]) -> dict[str, str]:
    """Columns by names that a recording's header can have: no numbers, no quotes needed, each once."""
    found: dict[str, str] = {}
    for place, name in enumerate(names, 1):
        plain = re.sub(r'[,"\s]+', " ", name).strip()
        free = plain if re.search(r"[^\W\d]", plain) and not _is_number(plain) else f"column {place}"
        count, wanted = 1, free
        while free in found or free == TIME:
            count += 1
            free = f"{wanted} {count}"
        found[free] = name
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _by_place(table: Table, kind: SensorKind) -> dict[str, str]:
    """Without a header: the kind's channels, or its first three, where there are as many columns."""
    count = len(table.columns)
    names = kind.channels if count == len(kind.channels) else kind.channels[:3] if count == 3 else table.columns
    return dict(zip(names, table.columns, strict=True))


def _is_time(name: str) -> bool:
    bare = re.sub(r"[\s_]+", " ", _BRACKETS.sub("", name)).strip()
    words = bare.split(" ")
    while len(words) > 1 and words[-1].casefold() in (*_UNIT_S, "utc", "elapsed"):
        words.pop()
    return _TIME.fullmatch(" ".join(words)) is not None


def _unit(name: str) -> str:
    found = _BRACKETS.search(name)
    return found[1].strip() if found else ""


def _seconds(name: str, table: Table, numbers: dict[str, Floats], rates_hz: tuple[float, float]) -> Floats:
    if name in table.texts:
        return _moments(table.texts[name])
    values = numbers[name]
    values = values - values[0] if len(values) else values
    words = [word.casefold() for word in re.split(r"[\s_()\[\]]+", name)]
    unit_s = next((_UNIT_S[word] for word in words[::-1] if word in _UNIT_S), None)
    steps = np.diff(values)
    steps = steps[steps > 0]
    if unit_s is None and len(steps):
        step = float(np.median(steps))
        fits = [unit for unit in _GUESSED_S if rates_hz[0] <= 1 / (step * unit) <= rates_hz[1]]
        unit_s = fits[0] if fits else 1.0
    return values * (unit_s or 1.0)


def _moments(texts: list[str]) -> Floats:
    """Seconds from the first, of dates and times as ISO 8601 writes them."""
    try:
        moments = [datetime.fromisoformat(text.strip()) for text in texts]
    except ValueError as error:
        raise InvalidInput(_("The table"), _("its times are no numbers and no dates")) from error
    aware = [moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in moments]
    return np.array([(moment - aware[0]).total_seconds() for moment in aware], np.float64)
