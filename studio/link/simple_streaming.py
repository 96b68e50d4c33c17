"""SensiML's Simple Streaming Interface, versions 1 and 2, of boards with its firmware: int16 rows after a JSON line.

The board repeats the line until it is told `connect`. Version 1 is rows and nothing else; version 2 has packets of
FF, length (little-endian, of what follows up to the checksum), 0, channel, sequence (4 bytes), rows, XOR.
After "Describing Output Data" and "Sending Output Data" of SensiML's specification.
"""

import functools
import json
import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.link.row_events import Described, Discarded, RowEvent, Rows, usable_names

CONNECT, DISCONNECT = b"connect", b"disconnect"
MOST_DESCRIPTION = 4096
MOST_HELD = 16_384  # a packet, or a description and what is before it
SYNC = 0xFF
HEAD, SEQUENCE_AT, ROWS_AT = 3, 5, 9  # bytes: sync and length; where the sequence and the rows begin
_COUNTED = ROWS_AT - HEAD  # of the head that the length counts
USUAL_ROWS = 6  # a packet, where the description does not say
MOST_JUMP = 10_000  # packets missing at once; beyond that the board was reset
_TURN = 1 << 32


def description_in(line: bytes) -> dict[str, Any] | None:
    """The description that a line is, if it is one that can be used."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(columns := found.get("column_location"), dict):
        return None
    rate, rows, version = (found.get(key, usual) for key, usual in _USUAL)
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in (*columns.values(), rows, version))
    ordered = whole and sorted(columns.values()) == list(range(len(columns)))
    rated = isinstance(rate, int | float) and 0 < rate < 1e6
    if not (ordered and rated and 0 < rows <= 1024 and version in (1, 2) and usable_names(tuple(columns))):
        return None
    return found


_USUAL = (("sample_rate", 0), ("samples_per_packet", USUAL_ROWS), ("version", 1))


def packet_at(data: bytes, at: int) -> bytes | None:
    """The packet of version 2 that begins there, without sync, length and checksum; b"" where more bytes are needed to
    know; None where there is none.
    """
    if data[at] != SYNC:
        return None
    if at + HEAD + 1 > len(data):
        return b""
    size = int.from_bytes(data[at + 1 : at + HEAD], "little")
    if not _COUNTED < size <= MOST_HELD // 2 or data[at + HEAD] != 0:
        return None
    end = at + HEAD + size
    if end + 1 > len(data):
        return b""
    body = data[at + HEAD : end]
    return body if functools.reduce(operator.xor, body) == data[end] else None


class SimpleStreaming:
    """From the description on. Where packets come without one, it asks the board to begin anew."""

    name = "SensiML Simple Streaming"
    farewell = DISCONNECT
    time_unit_us: float | None = None

    def __init__(self) -> None:
        self._held = b""
        self._line = b""  # the description, with its ending
        self._columns = 0
        self._packet_rows = 0
        self._version = 0
        self._streaming = False
        self._expected: int | None = None
        self._failed = 0  # packets that looked like some, since the last good one

    def feed(self, data: bytes) -> list[RowEvent]:
        self._held += data
        events: list[RowEvent] = []
        if not self._version:
            self._find_description(events)
        if self._version and not self._streaming:
            self._pass_repeats()
        if self._streaming and self._version == 1:
            self._take_rows(events)
        elif self._streaming:
            self._take_packets(events)
        return events

    def answer(self) -> bytes:
        if self._streaming:
            return b""
        return CONNECT if self._version else DISCONNECT

    def _find_description(self, events: list[RowEvent]) -> None:
        while not self._version and b"\n" in self._held:
            line, _, self._held = self._held.partition(b"\n")
            begin = max(0, line.find(b"{"))
            found = description_in(line[begin:]) if len(line) - begin <= MOST_DESCRIPTION else None
            if found is None:
                events.append(Discarded(len(line) + 1, "no description"))
                continue
            if begin:
                events.append(Discarded(begin, "before the description"))
            columns = sorted(found["column_location"], key=found["column_location"].__getitem__)
            self._line = line[begin:] + b"\n"
            self._version = found.get("version", 1)
            self._columns = len(columns)
            self._packet_rows = found.get("samples_per_packet", USUAL_ROWS)
            events.append(Described(tuple(name.strip() for name in columns), float(found["sample_rate"])))
        if not self._version and len(self._held) > MOST_DESCRIPTION:
            excess = len(self._held) - MOST_DESCRIPTION
            self._held = self._held[excess:]
            events.append(Discarded(excess, "no description"))

    def _pass_repeats(self) -> None:
        """The description, as often as it comes again; whatever else comes are the data."""
        while self._held:
            if self._held.startswith(self._line):
                self._held = self._held[len(self._line) :]
            elif self._line.startswith(self._held):
                return
            else:
                self._streaming = True
                return

    def _take_rows(self, events: list[RowEvent]) -> None:
        row_bytes = 2 * self._columns
        whole = len(self._held) // row_bytes * row_bytes
        if whole:
            events.append(Rows(self._values(self._held[:whole])))
            self._held = self._held[whole:]

    def _take_packets(self, events: list[RowEvent]) -> None:
        held, at, noise = self._held, 0, 0
        while at < len(held):
            body = packet_at(held, at)
            if body == b"":
                break
            if body is None or not self._fits(body):
                self._failed += body is None and self._looks_like_packet(held, at)
                noise += 1
                at += 1
                continue
            if noise:
                events.append(Discarded(noise, "no packet"))
                noise = 0
            self._take_packet(body, events)
            at += HEAD + len(body) + 1
        if noise:
            events.append(Discarded(noise, "no packet"))
        self._held = held[at:]

    def _take_packet(self, body: bytes, events: list[RowEvent]) -> None:
        if body[1]:
            return  # another channel, such as what the board recognises
        sequence = int.from_bytes(body[SEQUENCE_AT - HEAD : _COUNTED], "little")
        jump = 0 if self._expected is None else (sequence - self._expected) % _TURN
        jump = jump if jump <= MOST_JUMP else 0
        spoilt = min(self._failed, jump)
        rows = self._values(body[_COUNTED:])
        events.append(Rows(rows, missing=(jump - spoilt) * self._packet_rows, spoilt=spoilt * self._packet_rows))
        self._expected = (sequence + 1) % _TURN
        self._failed = 0

    def _fits(self, body: bytes) -> bool:
        rows, rest = divmod(len(body) - _COUNTED, 2 * self._columns)
        return bool(body[1]) or (not rest and 0 < rows <= self._packet_rows)

    def _looks_like_packet(self, held: bytes, at: int) -> bool:
        """Whether only its checksum is wrong."""
        size = int.from_bytes(held[at + 1 : at + HEAD], "little")
        whole = _COUNTED + self._packet_rows * self._columns * 2
        return held[at] == SYNC and size == whole and held[at + HEAD] == 0 and held[at + HEAD + 1] == 0

    def _values(self, data: bytes) -> NDArray[np.float64]:
        return np.frombuffer(data, "<i2").reshape(-1, self._columns).astype(np.float64)
