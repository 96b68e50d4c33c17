"""Who is at the end of a link that has just been opened: our firmware, or a board that prints rows in another way."""

import contextlib
import itertools
import time
from dataclasses import dataclass, field

from studio.boards.address import Address
from studio.boards.connection import HELLO_EVERY_S, HELLO_TIMEOUT_S
from studio.boards.obstacles import BoardNotReached, Case
from studio.boards.ports import BOOTLOADER_WORDS, in_bootloader, in_use, usb_port, users_of
from studio.boards.transport import SerialPort, Transport
from studio.core.text import gettext
from studio.link.encoder import DELIMITER, Frame, encode
from studio.link.messages import COMMAND, command
from studio.link.recognise import Ours, Recogniser
from studio.link.row_events import Described, RowDecoder, RowEvent, Rows
from studio.link.simple_streaming import DISCONNECT

READ_WAIT_S = 0.05
SENSE_S = 1.5  # for what comes to make sense, before it is tried otherwise
ANSWER_EVERY_S = 0.5
DESCRIBED_S = 20.0  # for a stream that was recognised to say, or show, what its rows are: 8 lines at 1 Hz
RATE_S = 2.0  # of rows, to tell their rate by the host's clock: a line or two of jitter are 1 % of it then
USUAL_SPEEDS = (115_200, 9600, 460_800, 57_600, 230_400, 38_400, 19_200, 1_000_000)


@dataclass(frozen=True)
class Heard:
    """arrived_ns: host monotonic clock."""

    event: RowEvent
    arrived_ns: int


@dataclass
class RowStream:
    """A board with other firmware, and what it sent before anyone asked. speed: the serial one, where there is one."""

    transport: Transport
    decoder: RowDecoder
    speed: int | None = None
    waiting: list[Heard] = field(default_factory=list)
    ended: OSError | None = None
    _answered_s: float = 0.0

    @property
    def described(self) -> Described | None:
        return next((heard.event for heard in self.waiting if isinstance(heard.event, Described)), None)

    def read(self, timeout_s: float) -> list[Heard]:
        """What has come; nothing where nothing does within timeout_s. Raises OSError when the link has ended."""
        if self.waiting:
            heard, self.waiting = self.waiting, []
            return heard
        if self.ended is not None:
            raise self.ended
        answer = self.decoder.answer()
        if answer and time.monotonic() >= self._answered_s + ANSWER_EVERY_S:
            self.transport.write(answer)
            self._answered_s = time.monotonic()
        return self.take(self.transport.read(timeout_s))

    def take(self, data: bytes) -> list[Heard]:
        arrived_ns = time.monotonic_ns()
        return [Heard(event, arrived_ns) for event in self.decoder.feed(data)]

    def close(self) -> None:
        """Never raises, never hangs."""
        with contextlib.suppress(OSError):
            self.transport.write(self.decoder.farewell)
        self.transport.close()

    def listen_on(self) -> None:
        """Until the stream is described, and its rate can be told. What comes is `waiting`."""
        end_s = time.monotonic() + DESCRIBED_S
        while self.ended is None and time.monotonic() < end_s and not self._is_understood():
            before, self.waiting = self.waiting, []
            try:
                self.waiting = before + self.read(READ_WAIT_S)
            except OSError as error:  # told again by `read`, after what had come
                self.waiting, self.ended = before, error

    def _is_understood(self) -> bool:
        if (described := self.described) is None:
            return False
        if described.rate_hz is not None:
            return True
        rows = [heard for heard in self.waiting if isinstance(heard.event, Rows)]
        now_ns = time.monotonic_ns()
        return bool(rows) and now_ns - rows[0].arrived_ns > RATE_S * 1e9 and (len(rows) > 1 or self._is_still(now_ns))

    def _is_still(self, now_ns: int) -> bool:
        """Whether it sent all that it had at once."""
        return now_ns - self.waiting[-1].arrived_ns > 2 * RATE_S * 1e9


def recognise(address: Address, transport: Transport) -> RowStream | None:
    """Asks for our firmware, and listens meanwhile. None: it is ours, and has been asked nothing that lasts.

    Takes milliseconds where our firmware or a stream answers, else up to HELLO_TIMEOUT_S, and some seconds more where
    what comes makes no sense. Raises BoardNotReached, telling why; OSError where the link ends.
    """
    port = transport if isinstance(transport, SerialPort) else None
    asked = port.speed if port is not None and "baud" in address.options else None
    garbled = False
    heard = b""
    for speed in (None, *USUAL_SPEEDS) if port is not None else (None,):
        if port is not None and speed is not None:
            port.set_speed(speed)
        found, recogniser = _listen(transport, HELLO_TIMEOUT_S if speed is None else SENSE_S)
        if found is not None and asked is not None and port is not None and port.speed != asked:
            raise _other_speed(address, port.speed)
        if found is Ours.LINK:
            return None
        if found is not None:
            return _stream(address, transport, found, recogniser)
        heard = bytes(recogniser.heard) or heard
        if _boots(heard):
            break
        garbled = garbled or recogniser.garbled
        if not recogniser.garbled and (recogniser.heard or not garbled):
            break  # silence is the same at every speed, and what is text is not garbled
    raise _obstacle(address, heard, garbled=recogniser.garbled or (garbled and not recogniser.heard))


def _obstacle(address: Address, heard: bytes, *, garbled: bool) -> BoardNotReached:
    """Why what was heard is of no use."""
    usb = usb_port(address.target) if address.scheme == "serial" else None
    if _boots(heard) or (usb is not None and usb.usb is not None and usb.usb.bootloader):
        name = usb.usb.name if usb is not None and usb.usb is not None else gettext("the board")
        return in_bootloader(address.shown, name)
    users = users_of(address.target) if address.scheme == "serial" else []
    if users:  # they take what was meant for us
        return in_use(address.shown, users)
    if not heard:
        return silent(address)
    if garbled:
        return BoardNotReached(
            address.shown,
            gettext("what comes is garbled at every usual speed"),
            gettext("Add ?baud= with the speed that its sketch gives to Serial.begin, or put our firmware on it."),
            Case.WRONG_SPEED,
        )
    return foreign(address)


def _boots(heard: bytes) -> bool:
    return any(word in heard.lower() for word in BOOTLOADER_WORDS)


def _other_speed(address: Address, speed: int) -> BoardNotReached:
    return BoardNotReached(
        address.shown,
        gettext("what comes is garbled; the board talks at {speed} baud").format(speed=speed),
        gettext("Write ?baud={speed}, or leave ?baud= out.").format(speed=speed),
        Case.WRONG_SPEED,
    )


def silent(address: Address) -> BoardNotReached:
    """Nothing comes, whatever was asked."""
    return BoardNotReached(
        address.shown,
        gettext("the port opens, but nothing came within {seconds:.0f} s").format(seconds=HELLO_TIMEOUT_S),
        gettext("Press its reset button once; if it stays silent, put this program's firmware on it."),
        Case.SILENT,
    )


def foreign(address: Address) -> BoardNotReached:
    """Something comes that is neither ours nor a stream of rows."""
    return BoardNotReached(
        address.shown,
        gettext("what is there speaks another protocol"),
        gettext("Put this program's firmware on the board, or have its sketch print a row of numbers a line."),
        Case.FOREIGN,
    )


def _listen(transport: Transport, patience_s: float) -> tuple[Ours | RowDecoder | None, Recogniser]:
    """At one speed. Ends early when what comes makes no sense, even after the board was asked to begin anew."""
    recogniser = Recogniser()
    numbers = itertools.count(1)
    began_s = time.monotonic()
    asked_s: float | None = None
    first_s: float | None = None
    restarted = False
    while (now_s := time.monotonic()) < began_s + patience_s + (SENSE_S if first_s is not None else 0):
        if asked_s is None or now_s >= asked_s + HELLO_EVERY_S:
            frame = encode(Frame(COMMAND, 0, 0, command(next(numbers), "hello")))
            transport.write(DELIMITER + frame)
            asked_s = now_s
        if first_s is not None and now_s > first_s + SENSE_S:
            if restarted or not recogniser.garbled:
                break
            transport.write(DISCONNECT)  # bytes without a frame may be Simple Streaming's first version
            first_s, restarted = now_s, True
        data = transport.read(READ_WAIT_S)
        if data:
            first_s = first_s or now_s
            found = recogniser.feed(data)
            if found is not None or recogniser.full:
                return found, recogniser
    return None, recogniser


def _stream(address: Address, transport: Transport, decoder: RowDecoder, recogniser: Recogniser) -> RowStream:
    stream = RowStream(transport, decoder, transport.speed if isinstance(transport, SerialPort) else None)
    stream.waiting = stream.take(bytes(recogniser.heard))
    stream.listen_on()
    if stream.described is None:
        raise foreign(address)
    return stream
