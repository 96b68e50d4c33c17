"""Numbers as lines of text, one row a line, as sketches print them for a serial monitor or plotter.

Separated by comma, semicolon, tab or blanks; with or without a header line, a time column first, or a name before each
value (`ax:0.1`). A line that is no row is spoilt, and the next one is read.
"""

import re
from collections import Counter
from typing import NamedTuple

import numpy as np

from studio.link.row_events import (
    MOST_CHANNELS,
    Described,
    Discarded,
    RowEvent,
    Rows,
    channel_names,
    usable_names,
)

MOST_LINE = 2048  # bytes; a longer line is no row
LEARN_ROWS = 8  # before the form of a line is settled
MOST_LEARNT = 64  # lines looked at for it

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_NAMED = re.compile(r"(?P<name>[^:]*[^:\d\s.+-][^:]*):(?P<value>.*)")
_BLANKS = re.compile(r"\s+")
_TIME_UNITS_US = {
    "us": 1.0, "micros": 1.0, "microseconds": 1.0, "ms": 1e3, "millis": 1e3, "milliseconds": 1e3,
    "s": 1e6, "sec": 1e6, "seconds": 1e6,
}  # fmt: skip
_TIME_NAMES = {"t", "time", "timestamp", "ts", "clock"}


class Form(NamedTuple):
    """How a row is written. separator: "" is blanks. names: before each value, where there are such."""

    separator: str
    columns: int
    names: tuple[str, ...] = ()


def row_of(line: str, form: Form) -> list[float] | None:
    """The values of a line, or None where it is no row of that form."""
    found = _read(line, form.separator)
    if found is None or found[1] != form.names or len(found[0]) != form.columns:
        return None
    return found[0]


def form_of(line: str) -> Form | None:
    """How a line of numbers is written; None for any other line."""
    for separator in (",", ";", "\t", ""):
        found = _read(line, separator)
        if found is not None:
            return Form(separator, len(found[0]), found[1])
    return None


def _fields(line: str, separator: str) -> list[str]:
    if not separator:
        return _BLANKS.split(line)
    fields = [part.strip() for part in line.split(separator)]
    if len(fields) > 1 and not fields[-1]:
        del fields[-1]  # many sketches end each line with a separator
    return fields


def _read(line: str, separator: str) -> tuple[list[float], tuple[str, ...]] | None:
    values: list[float] = []
    names: list[str] = []
    fields = _fields(line, separator)
    if len(fields) > MOST_CHANNELS + 1:
        return None
    for part in fields:
        text = part
        if ":" in part:
            named = _NAMED.fullmatch(part)
            if named is None:
                return None
            names.append(named["name"].strip())
            text = named["value"].strip()
        if not _NUMBER.fullmatch(text) or not np.isfinite(value := float(text)):
            return None
        values.append(value)
    if names and (len(names) != len(values) or not usable_names(tuple(names))):
        return None
    return values, tuple(names)


class TextLines:
    """What is before the first line's end is left out, since it may be the rest of a row; so are blank lines, a header
    that comes again and, until the form of the rows is known, what else a board says as it starts.
    """

    name = "text lines"
    farewell = b""

    def __init__(self) -> None:
        self.time_unit_us: float | None = None
        self._held = bytearray()
        self._excess = 0
        self._began = False
        self._learning: list[str] | None = []
        self._form = Form("", 0)
        self._header: tuple[str, ...] = ()
        self._timed = False
        self._spoilt = 0

    def feed(self, data: bytes) -> list[RowEvent]:
        *lines, rest = data.split(b"\n")
        events: list[RowEvent] = []
        rows: list[list[float]] = []
        for line in lines:
            self._hold(line)
            self._close(events, rows)
        self._hold(rest)
        self._give(events, rows)
        return events

    def answer(self) -> bytes:
        return b""

    def _hold(self, data: bytes) -> None:
        room = MOST_LINE - len(self._held)
        self._held += data[:room]
        self._excess += max(0, len(data) - room)

    def _close(self, events: list[RowEvent], rows: list[list[float]]) -> None:
        """A line has ended."""
        size = len(self._held) + self._excess
        line = "" if self._excess else bytes(self._held).decode("ascii", "replace").strip()
        too_long, self._excess = self._excess > 0, 0
        self._held.clear()
        first, self._began = not self._began, True
        if first and (too_long or form_of(line) is not None):
            events.append(Discarded(size, "the rest of a line"))
        elif self._learning is not None:
            if line:
                self._learn(line, events, rows)
        elif too_long:
            self._spoil(events, rows)
        elif line:
            self._take(line, events, rows)

    def _learn(self, line: str, events: list[RowEvent], rows: list[list[float]]) -> None:
        """Holds lines until enough of them are of one form, then takes them."""
        assert self._learning is not None  # noqa: S101  called while learning only
        self._learning.append(line)
        forms = Counter(form for held in self._learning if (form := form_of(held)) is not None)
        if not forms or forms.most_common(1)[0][1] < LEARN_ROWS:
            if len(self._learning) >= MOST_LEARNT:
                events.append(Discarded(len(self._learning.pop(0)), "no row of numbers"))
            return
        self._form = forms.most_common(1)[0][0]
        held, self._learning = self._learning, None
        begin = next(at for at, text in enumerate(held) if form_of(text) == self._form)
        names = self._form.names
        if not names and begin:
            heading = tuple(_fields(held[begin - 1], self._form.separator))
            timed = len(heading) > 1 and _time_heading(heading[0])[0]
            if len(heading) == self._form.columns and usable_names(heading[timed:]):
                names = self._header = heading
        self._describe(names, [row for text in held if (row := row_of(text, self._form)) is not None], events)
        before = held[: begin - bool(self._header)]
        events.extend(Discarded(len(text), "before the first row") for text in before)
        for text in held[begin:]:
            self._take(text, events, rows)

    def _describe(self, names: tuple[str, ...], rows: list[list[float]], events: list[RowEvent]) -> None:
        if self._form.columns > 1:
            if names:
                self._timed, self.time_unit_us = _time_heading(names[0])
            else:
                self._timed = _looks_like_time([row[0] for row in rows])
        channels = names[self._timed :] or channel_names(self._form.columns - self._timed)
        events.append(Described(channels))

    def _take(self, line: str, events: list[RowEvent], rows: list[list[float]]) -> None:
        row = row_of(line, self._form)
        if row is not None:
            rows.append(row)
        elif not self._header or tuple(_fields(line, self._form.separator)) != self._header:
            self._spoil(events, rows)

    def _spoil(self, events: list[RowEvent], rows: list[list[float]]) -> None:
        if rows:
            self._give(events, rows)
        self._spoilt += 1

    def _give(self, events: list[RowEvent], rows: list[list[float]]) -> None:
        """What has been read, as one event, and what was spoilt before it."""
        if not rows and not self._spoilt:
            return
        table = np.array(rows, np.float64).reshape(len(rows), self._form.columns)
        rows.clear()
        times = table[:, 0] if self._timed else None
        events.append(Rows(table[:, int(self._timed) :], times, spoilt=self._spoilt))
        self._spoilt = 0


def _time_heading(name: str) -> tuple[bool, float | None]:
    """Whether a first column's heading says time, and the microseconds of its unit where it says that."""
    words = re.findall(r"[a-z]+", name.lower().replace("_", " "))
    unit = next((_TIME_UNITS_US[word] for word in words if word in _TIME_UNITS_US), None)
    only_time = all(word in _TIME_NAMES or word in _TIME_UNITS_US for word in words)
    return bool(words) and only_time, unit


def _looks_like_time(values: list[float]) -> bool:
    """Whether a first column without a heading rises evenly."""
    steps = np.diff(values)
    middle = float(np.median(steps))
    return middle > 0 and bool(np.all((steps > 0) & (np.abs(steps - middle) <= 0.5 * middle)))
