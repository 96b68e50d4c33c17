"""What the decoders of other tools' streams give: how the stream describes itself, its rows, and what made no sense."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MOST_CHANNELS = 64
MOST_NAME = 40  # characters of a channel's or a board's name


@dataclass(frozen=True)
class Described:
    """channels: in the order of the values. rate_hz: as the board declares it, None where it does not."""

    channels: tuple[str, ...]
    rate_hz: float | None = None
    board: str | None = None


@dataclass(frozen=True, eq=False)
class Rows:
    """values: float64 (n, channels), finite. times: float64 (n,), the board's own, in `time_unit_us` where the stream
    says it, else in an unknown unit; None where it has no time. missing: rows before these that did not come, by the
    stream's own numbering. spoilt: rows before these that came and made no sense.
    """

    values: NDArray[np.float64]
    times: NDArray[np.float64] | None = None
    missing: int = 0
    spoilt: int = 0


@dataclass(frozen=True)
class Discarded:
    """Bytes that were no row and stand for none: noise between packets, a start in the middle, a board's greeting."""

    count: int
    reason: str


RowEvent = Described | Rows | Discarded


class RowDecoder(Protocol):
    """Bytes in, events out: no port, thread or clock. Never raises on what a board sends, holds a bounded count of
    bytes, and gives the same rows however the input is cut up.
    """

    name: str  # of the stream, for people and sidecars
    time_unit_us: float | None  # of `Rows.times`, where the stream says it
    farewell: bytes  # what the board is told when nobody listens any more

    def feed(self, data: bytes) -> list[RowEvent]: ...

    def answer(self) -> bytes:
        """What the board wants to be told now, such as to begin; empty where nothing."""


def channel_names(count: int) -> tuple[str, ...]:
    """For a stream that names none."""
    return tuple(f"c{number}" for number in range(1, count + 1))


def usable_names(names: tuple[str, ...]) -> bool:
    """Whether they can head the columns of a CSV beside its time."""
    cleaned = {name.strip().lower() for name in names}
    sizes = all(0 < len(name.strip()) <= MOST_NAME and name.isprintable() for name in names)
    return 0 < len(names) <= MOST_CHANNELS and len(cleaned) == len(names) and sizes and "t_us" not in cleaned
