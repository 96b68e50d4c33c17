"""Link bytes in, typed events out: no port, thread or clock."""

import zlib
from dataclasses import dataclass

from studio.link.encoder import CRC, DELIMITER, HEADER, MAX_DECODED, MAX_ENCODED, Frame, unstuff


@dataclass(frozen=True)
class Discarded:
    """Bytes up to a delimiter that were no frame: line noise, a cut frame, a boot message."""

    count: int
    reason: str


Event = Frame | Discarded


class Decoder:
    """Never raises on what a board sends, holds at most MAX_ENCODED bytes, and gives the same events however
    the input is cut up.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._excess = 0

    def feed(self, data: bytes) -> list[Event]:
        *endings, rest = data.split(DELIMITER)
        events: list[Event] = []
        for ending in endings:
            self._hold(ending)
            if self._held:  # a lone delimiter is idle filler
                events.append(self._close())
        self._hold(rest)
        return events

    def _hold(self, data: bytes) -> None:
        room = MAX_ENCODED - len(self._held)
        self._held += data[:room]
        self._excess += max(0, len(data) - room)

    def _close(self) -> Event:
        held, excess = bytes(self._held), self._excess
        self._held.clear()
        self._excess = 0
        if excess:
            return Discarded(len(held) + excess, "longer than a frame")
        decoded = unstuff(held)
        if decoded is None or not HEADER.size + CRC.size <= len(decoded) <= MAX_DECODED:
            return Discarded(len(held), "not a frame")
        body, crc = decoded[: -CRC.size], CRC.unpack(decoded[-CRC.size :])[0]
        if zlib.crc32(body) != crc:
            return Discarded(len(held), "checksum differs")
        kind, sequence, time_us = HEADER.unpack_from(body)
        return Frame(kind, sequence, time_us, body[HEADER.size :])
