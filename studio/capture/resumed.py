"""A source that may go away and come back: pulled and plugged in again, asleep, or killed. Then its stream goes on,
with a gap as long as it was away.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from studio.capture.link_state import TRANSITIONS, LinkState
from studio.capture.source import Origin, Source
from studio.core.errors import StudioError
from studio.core.samples import Block, Item, Lost
from studio.core.signal import Signal

_log = logging.getLogger(__name__)

TRY_EVERY_S = 0.5
LEAST_SLEEP_NS = 100_000_000  # less is what lies between the readings of two clocks
OTHER_RATE = 0.1  # by so much of it a rate differs only if it is another stream; a measured one wanders


@dataclass(frozen=True)
class Absence:
    """problem: why it is away; seconds: how long it was, None while it is."""

    address: str
    problem: StudioError
    seconds: float | None = None


class ResumedSource:
    """What `make` makes, opened anew whenever it is lost, until `stop`; by what board it is and not by its port's name.

    away: told when it is lost and when it is back; changed: each `state` as it is entered; both on the thread of
    `blocks`. When it is stopped while it is away, it ends with what it was lost by.
    """

    def __init__(self, address: str, make: Callable[[str], Source]) -> None:
        """make: of an address, the source there, not open yet."""
        self.away: Signal[Absence] = Signal()
        self.changed: Signal[LinkState] = Signal()
        self.state = LinkState.CONNECTING
        self._address = address
        self._make = make
        self._source = make(address)
        self._origin: Origin | None = None
        self._join = _Join()
        self._stopped = threading.Event()

    @property
    def origin(self) -> Origin:
        """As it was opened first."""
        assert self._origin is not None  # noqa: S101  asked inside `with` only
        return self._origin

    def __enter__(self) -> Self:
        """Raises what the source does: what was never there is not waited for."""
        self._source.__enter__()
        self._origin = self._source.origin
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        self._source.__exit__(kind, error, traceback)

    def blocks(self) -> Iterator[Item]:
        try:
            yield from self._blocks()
        finally:
            self._enter(LinkState.ENDED)

    def _blocks(self) -> Iterator[Item]:
        heard = False  # since it was opened last
        absence: Absence | None = None
        while True:
            try:
                for item in self._source.blocks():
                    self._enter(LinkState.STREAMING)
                    if absence is not None:
                        self.away.emit(replace(absence, seconds=self._join.resume(item, self.origin.format.rate_hz)))
                    heard, absence = True, None
                    yield self._join.joined(item)
            except StudioError as error:
                if not heard and absence is None:
                    raise
                self._enter(LinkState.LOST)
                if absence is None:
                    absence = Absence(self._address, error)
                    self.away.emit(absence)
            else:
                if absence is not None:
                    raise absence.problem
                return
            heard = False
            self._source.__exit__(None, None, None)
            if not self._reopen():
                raise absence.problem

    def stop(self) -> None:
        self._stopped.set()
        self._source.stop()

    def press(self) -> None:
        """As BoardSource.press, where that is what streams now."""
        from studio.capture.board import BoardSource

        source = self._source
        if isinstance(source, BoardSource):
            source.press()

    def _enter(self, state: LinkState) -> None:
        if state in TRANSITIONS[self.state]:
            self.state = state
            self.changed.emit(state)

    def _reopen(self) -> bool:
        """Waits until it is there again; False: stopped."""
        while not self._stopped.wait(TRY_EVERY_S):
            for address in (self._address, *_elsewhere(self._address, self.origin.board_id)):
                source = self._make(address)
                self._enter(LinkState.RECONNECTING)
                try:
                    source.__enter__()
                except StudioError as error:
                    _log.info("%s is not back: %s", address, error)
                    self._enter(LinkState.LOST)
                    continue
                if _is_same(source.origin, self.origin):
                    self._source = source
                    if self._stopped.is_set():
                        source.stop()
                    return True
                source.__exit__(None, None, None)
                self._enter(LinkState.LOST)
                _log.info("%s is another: %s", address, source.origin)
        return False


class _Join:
    """The stream after a loss behind the one before it: index, device time and a board's own time go on."""

    def __init__(self) -> None:
        self._last: Item | None = None  # as it was handed on
        self._asleep_ns = 0
        self._index = 0  # added to the source's own
        self._device_us = 0
        self._printed_us = 0
        self._missing = 0  # before the next item

    def resume(self, first: Item, rate_hz: float) -> float:
        """`first`: of the new stream. Returns for how many seconds nothing came."""
        last = self._last
        assert last is not None  # noqa: S101  one that was never heard is not resumed
        asleep_ns = _asleep_ns() - self._asleep_ns
        asleep_ns = asleep_ns if asleep_ns > LEAST_SLEEP_NS else 0
        away_s = (first.arrived_ns - last.arrived_ns + asleep_ns) / 1e9 - _count(first) / rate_hz
        self._missing = max(first.lost_before.total, round(away_s * rate_hz), 0)
        missing_us = round(self._missing * 1e6 / rate_hz)
        self._index = _end(last) + self._missing - _index(first)
        self._device_us = last.device_time_us + round(_count(last) * 1e6 / rate_hz) + missing_us - first.device_time_us
        if isinstance(first, Block) and isinstance(last, Block) and first.printed and last.printed:
            before_us, after_us = last.printed.t_us, first.printed.t_us
            if before_us is not None and after_us is not None and len(before_us) and len(after_us):
                step_us = round(1e6 / rate_hz)
                self._printed_us = int(before_us[-1]) + step_us + missing_us - int(after_us[0])
        return max(0.0, away_s)

    def joined(self, item: Item) -> Item:
        """item: as the source has it; returned as one of the whole stream."""
        lost = item.lost_before
        if self._missing:
            lost, self._missing = lost + Lost(link=self._missing - lost.total), 0
        device_us = item.device_time_us + self._device_us
        if isinstance(item, Block):
            printed = item.printed
            if printed is not None and printed.t_us is not None:
                printed = replace(printed, t_us=printed.t_us + self._printed_us)
            joined: Item = replace(
                item,
                first_index=item.first_index + self._index,
                device_time_us=device_us,
                lost_before=lost,
                printed=printed,
            )
        else:
            joined = replace(item, index=item.index + self._index, device_time_us=device_us, lost_before=lost)
        self._last, self._asleep_ns = joined, _asleep_ns()
        return joined


def _index(item: Item) -> int:
    return item.first_index if isinstance(item, Block) else item.index


def _count(item: Item) -> int:
    return len(item.samples) if isinstance(item, Block) else 1


def _end(item: Item) -> int:
    return _index(item) + _count(item)


def _asleep_ns() -> int:
    """How long this machine has slept: its monotonic clock does not count that."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return 0 if clock is None else time.clock_gettime_ns(clock) - time.monotonic_ns()


def _is_same(found: Origin, first: Origin) -> bool:
    """Whether a stream may go on in the files of the first."""
    its_own = first.address.startswith("virtual:")  # without a flash to keep it in, its id is another at each start
    if (not its_own and found.board_id != first.board_id) or found.stream != first.stream:
        return False
    now, then = found.format, first.format
    same_kind = (now.kind.name, now.kind.channels) == (then.kind.name, then.kind.channels)
    return same_kind and abs(now.rate_hz / then.rate_hz - 1) < OTHER_RATE


def _elsewhere(address: str, board_id: str | None) -> Iterator[str]:
    """Where a board that was at a serial port may have come back: the other ports, if it is what answers there."""
    if not address.startswith("serial:") or board_id is None:
        return
    from studio.boards.address import Address, parse_address
    from studio.boards.connection import ask_hello
    from studio.boards.ports import usb_ports

    known = parse_address(address)
    for port in usb_ports():
        other = Address("serial", port.device, known.options)
        if port.device == known.target:
            continue
        try:
            hello = ask_hello(other)
        except StudioError as error:
            _log.info("%s is not it: %s", other.shown, error)
            continue
        if hello.id.hex() == board_id:
            yield str(other)
