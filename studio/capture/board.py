"""A board's samples as a source: a jump in their index is a loss, and whose it was is told."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.boards.address import Address
from studio.boards.connection import Board, BoardLost, Delivery, open_board
from studio.capture.source import Origin
from studio.core.errors import InvalidInput, StudioError
from studio.core.samples import KINDS, MICROPHONE, NOTHING_LOST, Block, Lost, SampleFormat
from studio.core.text import gettext, mark
from studio.link.messages import Hello, SensorDescription
from studio.link.sample_block import SamplesBlock

SILENT_BOARD_S = 4.0
LOOK_EVERY_S = 0.1  # how soon `stop` and silence are noticed
DISAGREE_S = 1.0  # by so much index and device time differ only if the board began anew
_TURN = 1 << 32  # indices and counts are the low 32 bits


@dataclass(eq=False)
class BoardBeganAnew(StudioError):
    """Its samples count from the beginning again, so that what lies between is unknown."""

    address: str
    message = mark("The board on {address} was reset, or began its samples anew.")
    remedy = mark("Repeat the command; if it happens again, look at its power and its cable.")


class SampleStream:
    """SAMPLES messages to blocks. No board, thread or clock."""

    def __init__(self, address: str, rate_hz: float) -> None:
        self._address = address
        self._rate_hz = rate_hz
        self._next_index = 0
        self._lost_board = 0
        self._first_us: int | None = None  # device time of sample 0

    def block(self, message: SamplesBlock, arrived_ns: int, *, dropped: bool) -> Block:
        """dropped: whether this process had no room for a message since the last one. Raises BoardBeganAnew."""
        jump = (message.first_index - self._next_index) % _TURN
        index = self._next_index + jump
        if self._first_us is None:
            self._first_us = message.time_us - round(index * 1e6 / self._rate_hz)
        due_us = self._first_us + index * 1e6 / self._rate_hz
        if abs(message.time_us - due_us) > DISAGREE_S * 1e6 + 0.01 * abs(message.time_us - self._first_us):
            raise BoardBeganAnew(self._address)
        own = min(jump, (message.lost_board - self._lost_board) % _TURN)
        rest = jump - own
        self._next_index = index + len(message.samples)
        self._lost_board = message.lost_board
        lost = Lost(board=own, host=rest) if dropped else Lost(board=own, link=rest)
        return Block(message.samples, index, message.time_us, arrived_ns, lost if jump else NOTHING_LOST)


class BoardSource:
    """Opens the board that `address` names; or takes one that is open, which it leaves open."""

    def __init__(self, address: Address, folder: Path | None, rate_hz: int, *, board: Board | None = None) -> None:
        """folder: the project's, in which a virtual board keeps its flash."""
        self._address = address
        self._folder = folder
        self._wanted_hz = rate_hz
        self._board = board
        self._owns = board is None
        self._sensor: SensorDescription | None = None
        self._origin: Origin | None = None
        self._stopped = threading.Event()

    @property
    def origin(self) -> Origin:
        assert self._origin is not None  # noqa: S101  asked inside `with` only
        return self._origin

    @property
    def board(self) -> Board:
        assert self._board is not None  # noqa: S101  asked inside `with` only
        return self._board

    def __enter__(self) -> Self:
        """Raises what open_board raises; InvalidInput for a board without a microphone."""
        if self._board is None:
            self._board = open_board(self._address, self._folder)
        try:
            hello = self._board.hello
            self._sensor = _microphone_of(hello, self._address.shown)
            self._origin = Origin(
                address=self._address.shown,
                format=SampleFormat(KINDS[self._sensor.kind], _nearest_rate(self._sensor, self._wanted_hz)),
                board=hello.board,
                board_id=hello.id.hex(),
                firmware=hello.firmware,
            )
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        self._close()

    def blocks(self) -> Iterator[Block]:
        assert self._sensor is not None  # noqa: S101  called inside `with` only
        rate_hz = round(self.origin.format.rate_hz)
        stream = SampleStream(self._address.shown, rate_hz)
        self.board.command("start", sensor=self._sensor.id, rate=rate_hz)
        dropped = False
        for delivery in self._deliveries():
            dropped = dropped or delivery.dropped_before > 0
            message = delivery.message
            if isinstance(message, SamplesBlock) and message.sensor == self._sensor.id:
                yield stream.block(message, delivery.arrived_ns, dropped=dropped)
                dropped = False

    def stop(self) -> None:
        self._stopped.set()

    def _deliveries(self) -> Iterator[Delivery]:
        """Until `stop`, and then what the board had sent by the time it stopped. Raises BoardLost."""
        heard_s = time.monotonic()
        while not self._stopped.is_set():
            for delivery in self.board.deliveries(LOOK_EVERY_S):
                if isinstance(delivery.message, SamplesBlock):
                    heard_s = time.monotonic()
                yield delivery
                if self._stopped.is_set():
                    break
            else:
                silent_s = time.monotonic() - heard_s
                if silent_s > SILENT_BOARD_S:
                    raise BoardLost(self._address.named, silent_s)
        with contextlib.suppress(BoardLost):  # told below, after what had arrived
            self.board.command("stop")
        yield from self.board.deliveries(0)  # after its reply to `stop` there is nothing more

    def _close(self) -> None:
        if self._owns and self._board is not None:
            self._board.close()


def _microphone_of(hello: Hello, address: str) -> SensorDescription:
    for sensor in hello.sensors:
        if sensor.kind == MICROPHONE.name and len(sensor.channels) == len(MICROPHONE.channels) and sensor.rates_hz:
            return sensor
    raise InvalidInput(address, gettext("the board has no microphone"), mark("Record from another board, or from mic."))


def _nearest_rate(sensor: SensorDescription, wanted_hz: int) -> int:
    """The rate wanted, else the lowest one above it, else the highest."""
    return min((r for r in sensor.rates_hz if r >= wanted_hz), default=max(sensor.rates_hz))
