"""A board that has said who it is: commands and their replies, and whatever else it sends, in order.

A thread reads the port, decodes, and notes when each message came. Replies go to whoever waits for them; all else
waits in a bounded queue for `messages`.
"""

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from studio.boards.address import Address
from studio.boards.obstacles import BoardNotReached, Case
from studio.boards.transport import Transport, VirtualLink, open_transport
from studio.boards.virtual import VirtualBoard
from studio.core.errors import StudioError
from studio.core.text import gettext, mark
from studio.link.decoder import Decoder
from studio.link.encoder import DELIMITER, Frame, encode
from studio.link.messages import (
    COMMAND,
    IMAGE_CHUNK,
    Hello,
    Malformed,
    Message,
    OtherVersion,
    Reply,
    command,
    image_chunk,
    parse,
)

_log = logging.getLogger(__name__)

HELLO_TIMEOUT_S = 3.0
HELLO_EVERY_S = 0.5  # a board that resets when its port is opened misses the first question
COMMAND_TIMEOUT_S = 5.0
REPEATABLE = frozenset({"stop", "halt", "echo", "selftest"})  # twice is as good as once
REPEAT_S = 1.0
CHUNK_TIMEOUT_S = 1.5  # the longest that a board's flash keeps it from answering
CHUNK_ATTEMPTS = 4
READ_WAIT_S = 0.05  # how soon the reader sees that it is to end
QUEUE_MESSAGES = 2048  # 40 s of a microphone
WAITING_MESSAGES = 256  # of a board that waits for room, and loses nothing by it
CLOSE_TIMEOUT_S = 2.0
FIRST_ID = 1 << 31  # commands are counted from here: a chunk's reply carries its offset, which is smaller
E_ARGUMENT = -5  # of stu_status


@dataclass(eq=False)
class BoardLost(StudioError):
    """silent_s: how long the board had sent nothing, or nothing that was waited for."""

    address: str
    silent_s: float
    message = mark("The board on {address} stopped answering {silent_s:.0f} s ago.")
    gone = mark("The board on {address} is gone: its link has ended.")
    remedy = mark("Plug it in again and start again; what had arrived is kept.")
    virtual_remedy = mark("Its process ended or hangs. Start again; what had arrived is kept.")

    def __str__(self) -> str:
        return gettext(self.message if self.silent_s >= 1 else self.gone).format(**vars(self))

    def advice(self) -> str:
        return gettext(self.virtual_remedy if self.address.startswith("virtual") else self.remedy)


# What a negative stu_status means to a user, and what to do about it.
_REFUSALS: dict[int, tuple[str, str]] = {
    -1: (mark("there is no sound model on it"), mark("Deploy the model.")),
    -2: (mark("the model needs more arena than it has"), mark("Choose a smaller architecture on Train.")),
    -3: (mark("its firmware is older than the model's format"), mark("Update the board's firmware.")),
    -4: (mark("the model arrived damaged"), mark("Deploy once more; try another cable if it happens again.")),
    -5: (mark("it has no such sensor, rate or setting"), mark("Use a sensor and a rate that the board lists.")),
    -6: (mark("its flash cannot be written"), mark("Reset the board and deploy once more.")),
    -7: (mark("it is too large for the board"), mark("Choose a smaller architecture, or a shorter window.")),
    -8: (mark("its firmware cannot do that"), mark("Update the board's firmware.")),
    -9: (mark("its sensor did not start"), mark("Reset the board and try again.")),
    -10: (mark("it cannot do that now"), mark("Deploy the model first, or reset the board.")),
    -11: (mark("the token is missing or wrong"), mark("Add ?token= with what the board printed when it started.")),
}
_OTHER_REFUSAL = (mark("it answered with status {status}"), mark("Update this program, or the board's firmware."))


@dataclass(eq=False)
class BoardRefused(StudioError):
    """The board answered `do` with a negative stu_status."""

    address: str
    do: str
    status: int
    message = mark("The board on {address} refused `{do}`: {why}.")

    def __str__(self) -> str:
        why = gettext(_REFUSALS.get(self.status, _OTHER_REFUSAL)[0]).format(status=self.status)
        return gettext(self.message).format(address=self.address, do=self.do, why=why)

    def advice(self) -> str:
        return gettext(_REFUSALS.get(self.status, _OTHER_REFUSAL)[1])


@dataclass(eq=False)
class OtherProtocol(StudioError):
    """The board speaks our protocol in a version that we do not."""

    address: str
    version: str
    message = mark("The board on {address} speaks version {version} of the protocol, which this program does not.")
    remedy = mark("Update the older of the two: this program, or the board's firmware.")


@dataclass(frozen=True)
class Delivery:
    """A message as it came. arrived_ns: host monotonic clock. dropped_before: messages that this process had no room
    for between the previous delivery and this one.
    """

    message: Message
    arrived_ns: int
    dropped_before: int = 0


@dataclass
class LinkCounts:
    """What did not come through, since the link was opened."""

    discarded_bytes: int = 0  # that were no frame
    frames_missing: int = 0  # by their sequence numbers
    malformed: int = 0  # whole frames that made no sense
    dropped: int = 0  # messages for which the queue had no room
    _expected: int | None = field(default=None, repr=False)

    def saw(self, sequence: int) -> None:
        if self._expected is not None:
            jump = (sequence - self._expected) & 0xFFFF
            # Half the range back is a board that was reset, not 60,000 frames lost.
            self.frames_missing += jump if jump < 1 << 15 else 0
        self._expected = (sequence + 1) & 0xFFFF


class Board:
    """Made by `open_board`. Commands and messages may be used on different threads."""

    def __init__(self, address: Address, transport: Transport) -> None:
        """Takes over `transport`. Raises BoardNotReached, OtherProtocol, BoardLost."""
        self.address = address
        self.counts = LinkCounts()
        self._transport = transport
        # Samples of a board that is as fast as we are wait there; those of a real one would be lost there instead.
        self._board_waits = address.options.get("pace") == "fast"
        self._queue: deque[Delivery] = deque()
        self._owed = 0
        self._replies: dict[int, Reply | None] = {}  # by id; None while it is waited for
        self._greeting: Hello | OtherVersion | None = None
        self._ids = itertools.count(FIRST_ID)
        self._sequence = itertools.count()
        self._chunks: dict[int, bytes] = {}  # sent and not answered
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._closing = self._ended = False
        self._heard_s = time.monotonic()
        self._reader = threading.Thread(target=self._read, name=f"board {address.shown}", daemon=True)
        self._reader.start()
        try:
            self._greet()
        except BaseException:
            self.close()
            raise

    @property
    def hello(self) -> Hello:
        """How the board introduced itself, last: it does so again when its model has changed."""
        assert isinstance(self._greeting, Hello)  # noqa: S101  or there would be no Board
        return self._greeting

    @property
    def discarded(self) -> int:
        """Bytes that were no frame: line noise, boot messages, what was cut."""
        return self.counts.discarded_bytes

    @property
    def virtual(self) -> VirtualBoard | None:
        """The simulated one, whose button can be pressed; None where the board is real."""
        return self._transport.board if isinstance(self._transport, VirtualLink) else None

    def command(self, do: str, *, timeout_s: float = COMMAND_TIMEOUT_S, **fields: Any) -> Reply:
        """Sends a command and waits for its reply; a worn cable may cost one that is REPEATABLE a second, no more.
        Raises BoardRefused for a negative status, BoardLost.
        """
        number = next(self._ids)
        self._expect(number)
        end_s = time.monotonic() + timeout_s
        reply: Reply | None = None
        try:
            while reply is None and (left_s := end_s - time.monotonic()) > 0:
                self._send(COMMAND, command(number, do, **fields))
                reply = self._reply(number, min(left_s, REPEAT_S) if do in REPEATABLE else left_s)
        finally:
            self._forget(number)
        if reply is None:
            raise BoardLost(self.address.named, timeout_s)
        if reply.status < 0:
            raise BoardRefused(self.address.shown, do, reply.status)
        return reply

    def messages(self, timeout_s: float) -> Iterator[Message]:
        """Messages in order; ends after timeout_s of silence, or when the board is closed here. Raises BoardLost when
        the link ends, after what had arrived.
        """
        return (delivery.message for delivery in self.deliveries(timeout_s))

    def deliveries(self, timeout_s: float) -> Iterator[Delivery]:
        """As `messages`, with when each came and what was dropped before it."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._ended or self._closing, timeout_s)
                if not self._queue:
                    if self._ended and not self._closing:
                        raise self._lost()
                    return
                delivery = self._queue.popleft()
                self._changed.notify_all()
            yield delivery

    def send_chunk(self, offset: int, data: bytes) -> None:
        """Sends a piece of the image that `upload` announced, without waiting. Raises BoardLost."""
        self._chunks[offset] = data
        self._expect(offset)
        self._send(IMAGE_CHUNK, image_chunk(offset, data))

    def chunk_accepted(self, offset: int) -> None:
        """Waits until the board has a chunk that was sent, the oldest first. One that was damaged on the way is sent
        again, and so are those after it, which the board then refused. Raises BoardRefused, BoardLost.
        """
        reply: Reply | None = None
        for attempt in range(CHUNK_ATTEMPTS):
            if attempt:
                self._send_again()
            reply = self._reply(offset, CHUNK_TIMEOUT_S)
            if reply is not None and reply.status != E_ARGUMENT:
                break
        if reply is not None and reply.status >= 0:
            self._forget(offset)
            del self._chunks[offset]
            return
        for unanswered in self._chunks:
            self._forget(unanswered)
        self._chunks.clear()
        if reply is None:
            raise BoardLost(self.address.named, CHUNK_TIMEOUT_S * CHUNK_ATTEMPTS)
        raise BoardRefused(self.address.shown, "upload", reply.status)

    def take_over(self) -> None:
        """Ends what another host may have left running, and drops what came of it. Raises BoardLost."""
        self.command("stop")
        with self._changed:
            self._queue.clear()
            self._owed = 0
            self.counts = LinkCounts()
            self._changed.notify_all()

    def close(self) -> None:
        """Ends the link, and a virtual board with it. Never hangs, and may be called twice."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._reader.join(CLOSE_TIMEOUT_S)
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _greet(self) -> None:
        """Asks for the board's HELLO until it comes: what opening the port has reset is not listening yet."""
        self._write(DELIMITER)  # ends what a host before us may have left half sent
        end_s = time.monotonic() + HELLO_TIMEOUT_S
        while time.monotonic() < end_s:
            number = next(self._ids)
            self._send(COMMAND, command(number, "hello"))
            with self._changed:
                self._changed.wait_for(lambda: self._greeting or self._ended, HELLO_EVERY_S)
                if isinstance(self._greeting, OtherVersion):
                    raise OtherProtocol(self.address.shown, ".".join(map(str, self._greeting.version)))
                if self._greeting is not None:
                    return
                if self._ended:
                    raise self._lost()
        if self.discarded or self.counts.malformed:
            why = gettext("what is there speaks another protocol")
            advise = gettext("Put this program's firmware on the board, or choose another port: see `boards`.")
            case = Case.FOREIGN
        else:
            why = gettext("it did not answer within {seconds:.0f} s").format(seconds=HELLO_TIMEOUT_S)
            advise = gettext("Reset the board, close other programs that use it, and see that it has our firmware.")
            case = Case.SILENT
        raise BoardNotReached(self.address.shown, why, advise, case)

    def _expect(self, number: int) -> None:
        with self._changed:
            self._replies[number] = None
            self._changed.notify_all()

    def _forget(self, number: int) -> None:
        with self._changed:
            self._replies.pop(number, None)

    def _reply(self, number: int, timeout_s: float) -> Reply | None:
        with self._changed:
            self._changed.wait_for(lambda: self._replies.get(number) or self._ended or self._closing, timeout_s)
            reply = self._replies.get(number)
            if reply is None and (self._ended or self._closing):
                raise self._lost()
            return reply

    def _send_again(self) -> None:
        for offset, data in list(self._chunks.items()):
            self._expect(offset)
            self._send(IMAGE_CHUNK, image_chunk(offset, data))

    def _send(self, kind: int, payload: bytes) -> None:
        with self._writing:
            self._write(encode(Frame(kind, next(self._sequence) & 0xFFFF, 0, payload)))

    def _write(self, data: bytes) -> None:
        try:
            self._transport.write(data)
        except OSError as error:
            _log.info("%s takes nothing: %s", self.address.shown, error)
            raise self._lost() from error

    def _lost(self) -> BoardLost:
        return BoardLost(self.address.named, time.monotonic() - self._heard_s)

    def _read(self) -> None:
        decoder = Decoder()
        try:
            while not self._closing:
                data = self._transport.read(READ_WAIT_S)
                if data:
                    self._heard_s = time.monotonic()
                    self._take(decoder, data, time.monotonic_ns())
        except OSError as error:
            _log.info("%s: the link ended: %s", self.address.shown, error)
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _take(self, decoder: Decoder, data: bytes, arrived_ns: int) -> None:
        for event in decoder.feed(data):
            with self._changed:
                if isinstance(event, Frame):
                    self.counts.saw(event.sequence)
                    self._sort(parse(event), arrived_ns)
                else:
                    self.counts.discarded_bytes += event.count
                    _log.debug("%s: %d bytes discarded: %s", self.address.shown, event.count, event.reason)

    def _sort(self, message: Message, arrived_ns: int) -> None:
        """Where a message belongs. Called with the condition held."""
        if isinstance(message, Reply):
            if message.id in self._replies:
                self._replies[message.id] = message
        elif isinstance(message, Hello | OtherVersion):
            self._greeting = message
        elif isinstance(message, Malformed):
            self.counts.malformed += 1
            _log.info("%s: a malformed message of type %d: %s", self.address.shown, message.type, message.reason)
        else:
            self._offer(message, arrived_ns)
        self._changed.notify_all()

    def _offer(self, message: Message, arrived_ns: int) -> None:
        if self._board_waits:
            # Not while a reply is waited for: it may stand behind what there is no room for.
            self._changed.wait_for(
                lambda: len(self._queue) < WAITING_MESSAGES or None in self._replies.values() or self._closing
            )
        elif len(self._queue) >= QUEUE_MESSAGES:
            self._owed += 1
            self.counts.dropped += 1
            return
        self._queue.append(Delivery(message, arrived_ns, self._owed))
        self._owed = 0


def open_board(address: Address, folder: Path | None) -> Board:
    """Opens the link and asks who is there, within HELLO_TIMEOUT_S.

    folder: the project's, in which a virtual board keeps its flash; without one it forgets. Raises BoardNotReached,
    OtherProtocol, BoardLost; for a virtual board NotFound, VirtualBoardFailed.
    """
    return board_on(address, open_transport(address, folder))


def board_on(address: Address, transport: Transport) -> Board:
    """The board at the end of an open link, which it takes over. Raises as `open_board` does."""
    board = Board(address, transport)
    try:
        board.take_over()
    except BaseException:
        board.close()
        raise
    return board


def ask_hello(address: Address) -> Hello:
    """Who is there, without disturbing what it does. Raises as `open_board` does."""
    with Board(address, open_transport(address, None)) as board:
        return board.hello
