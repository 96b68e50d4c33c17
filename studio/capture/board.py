"""A board's samples or pictures as a source: a jump in their index is a loss, and whose it was is told."""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from studio.boards.address import Address
from studio.boards.connection import Board, BoardLost, Delivery, open_board
from studio.capture.source import Origin
from studio.core.errors import InvalidInput, StudioError
from studio.core.samples import CAMERA, MICROPHONE, NOTHING_LOST, Block, Item, Lost, Picture, SampleFormat, SensorKind
from studio.core.text import gettext, mark
from studio.link.messages import Hello, Mark, PicturePart, SensorDescription
from studio.link.sample_block import SamplesBlock

_log = logging.getLogger(__name__)

SILENT_BOARD_S = 4.0
LOOK_EVERY_S = 0.1  # how soon `stop` and silence are noticed
MARKS_AHEAD = 256  # that wait for their samples: more than anybody presses; a broken board may send them without end
DISAGREE_S = 1.0  # by so much index and device time differ only if the board began anew
_TURN = 1 << 32  # indices and counts are the low 32 bits


@dataclass(eq=False)
class BoardBeganAnew(StudioError):
    """Its samples count from the beginning again, so that what lies between is unknown."""

    address: str
    message = mark("The board on {address} was reset, or began its samples anew.")
    remedy = mark("Repeat the command; if it happens again, look at its power and its cable.")


class IndexCount:
    """Which samples, or pictures, did not come, and whose loss that was."""

    def __init__(self, address: str, rate_hz: float) -> None:
        self._address = address
        self._rate_hz = rate_hz
        self.next_index = 0  # one after the last that came
        self._lost_board = 0
        self._first_us: int | None = None  # device time of sample 0

    def came(self, index: int, count: int, lost_board: int, time_us: int, *, dropped: bool) -> tuple[int, Lost]:
        """`count` of them, from `index` on, whose upper bits are missing. Returns the whole index, and what was lost
        before it. dropped: whether this process had no room for a message since the last one. Raises BoardBeganAnew.
        """
        jump = (index - self.next_index) % _TURN
        index = self.next_index + jump
        if self._first_us is None:
            self._first_us = time_us - round(index * 1e6 / self._rate_hz)
        due_us = self._first_us + index * 1e6 / self._rate_hz
        if abs(time_us - due_us) > DISAGREE_S * 1e6 + 0.01 * abs(time_us - self._first_us):
            raise BoardBeganAnew(self._address)
        own = min(jump, (lost_board - self._lost_board) % _TURN)
        rest = jump - own
        self.next_index = index + count
        self._lost_board = lost_board
        lost = Lost(board=own, host=rest) if dropped else Lost(board=own, link=rest)
        return index, lost if jump else NOTHING_LOST


class MarksAhead:
    """MARKs that wait for their samples, or pictures: MARKS_AHEAD at most."""

    def __init__(self, address: str, count: IndexCount) -> None:
        self._address = address
        self._count = count
        self._marks: list[int] = []  # by whole index
        self._presses = 0
        self._is_full = False

    def add(self, message: Mark) -> None:
        if message.number != self._presses + 1:
            _log.warning("%s: marks before its %d. did not come", self._address, message.number)
        self._presses = message.number
        if len(self._marks) >= MARKS_AHEAD:
            if not self._is_full:
                _log.warning("%s: marks without their samples come by the hundred; no more are kept", self._address)
            self._is_full = True
            return
        ahead = (message.index - self._count.next_index + _TURN // 2) % _TURN - _TURN // 2
        self._marks.append(self._count.next_index + ahead)

    def due(self) -> list[int]:
        """Those up to what came last, in order; they wait no longer."""
        end = self._count.next_index
        due = sorted(mark for mark in self._marks if mark < end)
        self._marks = [mark for mark in self._marks if mark >= end]
        return due


class SampleStream:
    """SAMPLES messages, and the MARKs that come before their samples, to blocks. No board, thread or clock."""

    def __init__(self, address: str, rate_hz: float) -> None:
        self._count = IndexCount(address, rate_hz)
        self._marks = MarksAhead(address, self._count)

    def mark(self, message: Mark) -> None:
        """The next block up to whose end it lies has it."""
        self._marks.add(message)

    def block(self, message: SamplesBlock, arrived_ns: int, *, dropped: bool) -> Block:
        """dropped, and what it raises: as for IndexCount."""
        index, lost = self._count.came(
            message.first_index, len(message.samples), message.lost_board, message.time_us, dropped=dropped
        )
        marks = tuple(mark - index for mark in self._marks.due())
        return Block(message.samples, index, message.time_us, arrived_ns, lost, marks=marks)


class PictureStream:
    """PICTURE and MARK messages to pictures; one of which a part is missing is lost, as the next whole one says."""

    def __init__(self, address: str, rate_hz: float) -> None:
        self._count = IndexCount(address, rate_hz)
        self._marks = MarksAhead(address, self._count)
        self._parts = bytearray()
        self._of: tuple[int, int, int] | None = None  # index, width and height of the picture that they are of

    def mark(self, message: Mark) -> None:
        """The picture that it names is marked, or where that is out already, or is lost, the next one."""
        self._marks.add(message)

    def picture(self, part: PicturePart, arrived_ns: int, *, dropped: bool) -> Picture | None:
        """The picture that `part` completes, if it does. dropped, and what it raises: as for IndexCount."""
        of = (part.index, part.width, part.height)
        if part.offset == 0:
            self._parts.clear()
            self._of = of
        if self._of != of or part.offset != len(self._parts):
            self._of = None  # what is left of it is of no use
            return None
        self._parts += part.data
        if len(self._parts) < part.width * part.height:
            return None
        pixels = np.frombuffer(bytes(self._parts), np.uint8).reshape(part.height, part.width)
        self._of = None
        index, lost = self._count.came(part.index, 1, part.lost_board, part.time_us, dropped=dropped)
        return Picture(pixels, index, part.time_us, arrived_ns, lost, marked=bool(self._marks.due()))


class BoardSource:
    """One sensor of the board that `address` names, which it opens; or of one that is open, which it leaves open."""

    def __init__(
        self,
        address: Address,
        folder: Path | None,
        rate_hz: int | None,
        *,
        kind: SensorKind = MICROPHONE,
        board: Board | None = None,
    ) -> None:
        """folder: the project's, in which a virtual board keeps its flash. rate_hz: wanted; None: what is usual."""
        self._address = address
        self._folder = folder
        self._wanted_hz = rate_hz
        self._kind = kind
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
        """Raises what open_board raises; InvalidInput for a board without such a sensor."""
        if self._board is None:
            self._board = open_board(self._address, self._folder)
        try:
            hello = self._board.hello
            self._sensor = _sensor_of(hello, self._kind, self._address.shown)
            self._origin = Origin(
                address=self._address.shown,
                format=SampleFormat(_kind_on(self._sensor, self._kind), _nearest_rate(self._sensor, self._wanted_hz)),
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

    def blocks(self) -> Iterator[Item]:
        assert self._sensor is not None  # noqa: S101  called inside `with` only
        rate_hz = round(self.origin.format.rate_hz)
        samples = SampleStream(self._address.shown, rate_hz)
        pictures = PictureStream(self._address.shown, rate_hz)
        self.board.command("start", sensor=self._sensor.id, rate=rate_hz)
        dropped = False
        for delivery in self._deliveries():
            dropped = dropped or delivery.dropped_before > 0
            message = delivery.message
            item: Item | None = None
            if isinstance(message, PicturePart) and message.sensor == self._sensor.id:
                item = pictures.picture(message, delivery.arrived_ns, dropped=dropped)
            elif isinstance(message, SamplesBlock) and message.sensor == self._sensor.id:
                item = samples.block(message, delivery.arrived_ns, dropped=dropped)
            elif isinstance(message, Mark) and message.sensor == self._sensor.id:
                (pictures if self._kind.name == CAMERA.name else samples).mark(message)
            if item is not None:
                yield item
                dropped = False

    def stop(self) -> None:
        self._stopped.set()

    def press(self) -> None:
        """The button of a virtual board, now; nothing where the board is a real one, or has gone. From any thread."""
        virtual = None if self._board is None else self._board.virtual
        if virtual is not None:
            with contextlib.suppress(OSError, ValueError):  # ValueError: its pipe was closed by us
                virtual.press()

    def _deliveries(self) -> Iterator[Delivery]:
        """Until `stop`, and then what the board had sent by the time it stopped. Raises BoardLost."""
        heard_s = time.monotonic()
        while not self._stopped.is_set():
            for delivery in self.board.deliveries(LOOK_EVERY_S):
                if isinstance(delivery.message, SamplesBlock | PicturePart):
                    heard_s = time.monotonic()
                yield delivery
                if self._stopped.is_set():
                    break
            else:
                silent_s = time.monotonic() - heard_s
                if silent_s > SILENT_BOARD_S + 1 / self.origin.format.rate_hz:
                    raise BoardLost(self._address.named, silent_s)
        with contextlib.suppress(BoardLost):  # told below, after what had arrived
            self.board.command("stop")
        yield from self.board.deliveries(0)  # after its reply to `stop` there is nothing more

    def _close(self) -> None:
        if self._owns and self._board is not None:
            self._board.close()


def _sensor_of(hello: Hello, kind: SensorKind, address: str) -> SensorDescription:
    for sensor in hello.sensors:
        if sensor.kind == kind.name and sensor.channels == kind.channels and sensor.rates_hz:
            return sensor
    why = gettext("the board has no sensor of kind {kind}").format(kind=kind.name)
    raise InvalidInput(address, why, mark("Record from another board; `boards` lists those in reach."))


def _kind_on(sensor: SensorDescription, kind: SensorKind) -> SensorKind:
    """The kind with this board's units and scales."""
    return replace(kind, units=sensor.units, scales=tuple(num / den for num, den in sensor.scales))


def _nearest_rate(sensor: SensorDescription, wanted_hz: int | None) -> int:
    """The rate wanted, else the lowest one above it, else the highest; the usual one where none is wanted."""
    if wanted_hz is None:
        return sensor.rates_hz[0]
    return min((r for r in sensor.rates_hz if r >= wanted_hz), default=max(sensor.rates_hz))
