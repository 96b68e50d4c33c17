"""Nordic's data forwarder: CBOR maps between COBS delimiters, {t: "si", d: how it is} and {t: "sd", d: rows}.

si has sid, hz, ch, ch_n (the channels' names) and name; sd has seq, ts (ms) and val: one row, or several one after
another. Each sid is a sensor; the first that describes itself is read.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.link.encoder import DELIMITER, unstuff
from studio.link.messages import NOT_PLAIN, plain_map
from studio.link.row_events import (
    MOST_CHANNELS,
    MOST_NAME,
    Described,
    Discarded,
    RowEvent,
    Rows,
    channel_names,
    usable_names,
)

MOST_MESSAGE = 4096  # encoded bytes
MOST_ROWS = 1024  # a message
MOST_UNDESCRIBED = 32  # messages of rows after which we no longer wait for a description
MOST_JUMP = 10_000  # messages missing at once; beyond that the board was reset
_TURN = 1 << 32


def message_in(encoded: bytes) -> tuple[str, dict[str, Any]] | None:
    """The kind and content of what is between two delimiters, if it is a message."""
    decoded = unstuff(encoded) if encoded else None
    if not decoded:
        return None
    try:
        found = plain_map(decoded, allow_indefinite=True)
    except NOT_PLAIN:
        return None
    kind, content = found.get("t"), found.get("d")
    return (kind, content) if kind in ("si", "sd") and isinstance(content, dict) else None


class NordicForwarder:
    name = "Nordic data forwarder"
    farewell = b""
    time_unit_us: float | None = None

    def __init__(self) -> None:
        self._held = bytearray()
        self._excess = 0
        self._began = False
        self._columns = 0
        self._sensor: object = None
        self._expected: int | None = None
        self._failed = 0  # pieces that were no message, since the last good one
        self._undescribed = 0

    def feed(self, data: bytes) -> list[RowEvent]:
        *pieces, rest = data.split(DELIMITER)
        events: list[RowEvent] = []
        for piece in pieces:
            self._hold(piece)
            if self._held:  # a lone delimiter is idle filler
                self._close(events)
            self._began = True
        self._hold(rest)
        return events

    def answer(self) -> bytes:
        return b""

    def _hold(self, data: bytes) -> None:
        room = MOST_MESSAGE - len(self._held)
        self._held += data[:room]
        self._excess += max(0, len(data) - room)

    def _close(self, events: list[RowEvent]) -> None:
        size = len(self._held) + self._excess
        message = None if self._excess else message_in(bytes(self._held))
        self._held.clear()
        self._excess = 0
        if message is None:
            self._failed += self._began  # what comes before the first delimiter is the rest of one
            events.append(Discarded(size, "no message"))
        elif message[0] == "si":
            self._describe(message[1], events)
        else:
            self._take(message[1], size, events)

    def _describe(self, content: dict[str, Any], events: list[RowEvent]) -> None:
        self._failed = 0
        if self._columns:
            return  # it is told from time to time, for those who came later
        count, names, rate = content.get("ch"), content.get("ch_n"), content.get("hz")
        named = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if not isinstance(count, int) or isinstance(count, bool):
            count = len(names) if named and names is not None else 0
        if not 0 < count <= MOST_CHANNELS:
            return
        channels = tuple(name.strip() for name in names) if named and names is not None else ()
        if len(channels) != count or not usable_names(channels):
            channels = channel_names(count)
        board = content.get("name")
        self._columns, self._sensor = count, content.get("sid")
        events.append(
            Described(
                channels,
                float(rate) if isinstance(rate, int | float) and 0 < rate < 1e6 else None,
                board[:MOST_NAME] if isinstance(board, str) and board.isprintable() else None,
            )
        )

    def _take(self, content: dict[str, Any], size: int, events: list[RowEvent]) -> None:
        if not self._columns:
            self._guess(content, events)
        rows = self._rows(content.get("val"))
        if rows is None:
            self._failed += bool(self._columns)
            events.append(Discarded(size, "no rows that fit"))
            return
        if content.get("sid", self._sensor) != self._sensor:
            return
        sequence = content.get("seq")
        jump = 0
        if isinstance(sequence, int) and not isinstance(sequence, bool):
            jump = 0 if self._expected is None else (sequence - self._expected) % _TURN
            jump = jump if jump <= MOST_JUMP else 0
            self._expected = (sequence + 1) % _TURN
        spoilt = min(self._failed, jump)
        self._failed = 0
        events.append(Rows(rows, missing=(jump - spoilt) * len(rows), spoilt=spoilt * len(rows)))

    def _guess(self, content: dict[str, Any], events: list[RowEvent]) -> None:
        """A board that does not describe itself again, long after it did: one row a message, without names."""
        self._undescribed += 1
        value = content.get("val")
        if self._undescribed > MOST_UNDESCRIBED and isinstance(value, list) and 0 < len(value) <= MOST_CHANNELS:
            self._columns, self._sensor = len(value), content.get("sid")
            events.append(Described(channel_names(self._columns)))

    def _rows(self, value: object) -> NDArray[np.float64] | None:
        """(n, channels), or None where they do not fit."""
        if not isinstance(value, list) or not 0 < len(value) <= MOST_ROWS * MOST_CHANNELS:
            return None
        nested = all(isinstance(row, list) for row in value)
        flat: list[Any] = [each for row in value for each in row] if nested else value
        if not all(_is_number(each) for each in flat) or not self._columns or len(flat) % self._columns:
            return None
        if nested and any(len(row) != self._columns for row in value):
            return None
        return np.array(flat, np.float64).reshape(-1, self._columns)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
