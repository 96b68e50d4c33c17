"""A board with other firmware as a source: its rows to blocks, by its own time where it tells one."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from studio.boards.address import Address
from studio.boards.connection import BoardLost
from studio.boards.row_stream import RowStream
from studio.capture.source import BlockQueue, Origin
from studio.core.errors import InvalidInput
from studio.core.samples import (
    CAMERA,
    IMU,
    MICROPHONE,
    NOTHING_LOST,
    Block,
    Item,
    Lost,
    Printed,
    SampleFormat,
    SensorKind,
    to_counts,
)
from studio.core.text import gettext, mark
from studio.link.row_events import Rows, channel_names
from studio.link.simple_streaming import SimpleStreaming

_log = logging.getLogger(__name__)

MOST_WAITING = 65_536  # rows
READ_WAIT_S = 0.1
SILENT_S = 4.0
TIME_UNITS_US = (1.0, 1e3, 1e6)
SAME_UNIT = 1.3  # as far may a board's clock seem off the host's, for its unit to be known
AS_PRINTED = "as printed"  # the unit of values that say none
HEADROOM, LEAST_SHOWN = 4, 1e-3  # of what is shown live, over the largest value heard at first
LEAST_SOUND_HZ = 4000
SOUND_NAMES = frozenset({"microphone", "mic", "audio", "sound"})
UNTOLD = mark("its rate is neither told nor seen")
GIVE_RATE = mark("Have it print a row at each sample, with a first column of milliseconds if it sends many at once.")

Arrived = tuple[Rows, int]  # and the host's monotonic clock, ns


def time_unit_us(arrived: Sequence[Arrived], told_us: float | None) -> float | None:
    """What one of the rows' own time is in microseconds: as told, else by the host's clock. None: they have no time, or
    what looked like it is none.
    """
    timed = [(rows.times, ns) for rows, ns in arrived if rows.times is not None and len(rows.times)]
    if not timed or told_us is not None:
        return told_us if timed else None
    passed = float(timed[-1][0][-1] - timed[0][0][-1])
    if passed <= 0:
        return None
    unit_us = (timed[-1][1] - timed[0][1]) / 1e3 / passed
    return next((unit for unit in TIME_UNITS_US if unit / SAME_UNIT < unit_us < unit * SAME_UNIT), None)


def rate_of(arrived: Sequence[Arrived], unit_us: float | None) -> float | None:
    """Rows a second by their own time, else by the host's clock; None where it cannot be told."""
    if unit_us is not None:
        steps = np.diff(np.concatenate([rows.times for rows, _ns in arrived if rows.times is not None]))
        steps = steps[steps > 0]
        return float(f"{1e6 / (float(np.median(steps)) * unit_us):.6g}") if len(steps) else None
    span_s = (arrived[-1][1] - arrived[0][1]) / 1e9 if arrived else 0.0
    if span_s <= 0:
        return None
    count = sum(len(rows.values) + rows.spoilt + rows.missing for rows, _ns in arrived[1:])
    return float(f"{count / span_s:.3g}") or None  # three digits are what two seconds can tell


class RowBlocks:
    """Rows to blocks. No port, thread or clock."""

    def __init__(self, rate_hz: float, scales: Sequence[float], unit_us: float | None, *, whole: bool) -> None:
        """unit_us: of the rows' own time; without, they are evenly apart, and what looked like time is their first
        channel. whole: values are counts, and no decimals are kept.
        """
        self._rate_hz = rate_hz
        self._scales = scales
        self._unit_us = unit_us
        self._whole = whole
        self._index = 0
        self._zero_us: float | None = None
        self._last_us = 0

    def block(self, rows: Rows, arrived_ns: int) -> Block:
        values = values_of(rows, self._unit_us)
        self._index += rows.missing + rows.spoilt
        t_us = None
        if rows.times is not None and self._unit_us is not None:
            t_us = self._own_time(rows.times * self._unit_us)
        device_us = round(self._index * 1e6 / self._rate_hz) if t_us is None or not len(t_us) else int(t_us[0])
        lost = Lost(link=rows.missing, parser=rows.spoilt) if rows.missing or rows.spoilt else NOTHING_LOST
        if self._whole:
            block = Block(values.astype(np.int16), self._index, device_us, arrived_ns, lost)
        else:
            counts, _beyond = to_counts(values, self._scales)
            block = Block(counts, self._index, device_us, arrived_ns, lost, Printed(values, t_us))
        self._index += len(values)
        return block

    def _own_time(self, time_us: NDArray[np.float64]) -> NDArray[np.int64]:
        """From 0 on. Where it runs back (a reset, a counter that is full) the next row is one later."""
        found = np.empty(len(time_us), np.int64)
        for place, now_us in enumerate(time_us.tolist()):
            if self._zero_us is None:
                self._zero_us = now_us
            elif now_us - self._zero_us < self._last_us:
                self._zero_us = now_us - self._last_us - 1e6 / self._rate_hz
            found[place] = self._last_us = round(now_us - self._zero_us)
        return found


def values_of(rows: Rows, unit_us: float | None) -> NDArray[np.float64]:
    """(n, channels), with what looked like time and is none."""
    if rows.times is None or unit_us is not None:
        return rows.values
    return np.column_stack([rows.times, rows.values])


class ForeignSource:
    """Rows that a board with other firmware sends. Made when its stream is understood, which it takes over."""

    def __init__(self, address: Address, stream: RowStream, wanted_hz: float | None, kind: SensorKind) -> None:
        """wanted_hz: the rate where the stream shows none. kind: what rows are of. Raises InvalidInput."""
        described = stream.described
        assert described is not None  # noqa: S101  it is understood
        arrived = [(each.event, each.arrived_ns) for each in stream.waiting if isinstance(each.event, Rows)]
        unit_us = time_unit_us(arrived, stream.decoder.time_unit_us)
        rate_hz = described.rate_hz or rate_of(arrived, unit_us) or wanted_hz
        if rate_hz is None:
            raise InvalidInput(address.shown, gettext(UNTOLD), GIVE_RATE)
        whole = isinstance(stream.decoder, SimpleStreaming)
        found = np.concatenate([values_of(rows, unit_us) for rows, _ns in arrived]) if arrived else None
        channels = described.channels
        if found is not None and found.shape[1] > len(channels):
            plain = channels == channel_names(len(channels))
            channels = channel_names(found.shape[1]) if plain else ("time", *channels)
        form = _kind(kind, channels, None if whole else found, rate_hz)
        self.origin = Origin(
            address=address.shown,
            format=SampleFormat(form, rate_hz),
            board=described.board,
            stream=stream.decoder.name,
            declared_rate_hz=described.rate_hz,
        )
        self._address = address
        self._stream = stream
        self._blocks = RowBlocks(rate_hz, form.scales, unit_us, whole=whole)
        self._silent_s = SILENT_S + 3 / rate_hz
        self._stopped = threading.Event()
        self._queue = BlockQueue(MOST_WAITING)
        self._reader = threading.Thread(target=self._read, name=f"rows of {address.shown}", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self._reader.is_alive():
            self._reader.join()
        self._stream.close()

    def blocks(self) -> Iterator[Item]:
        self._reader.start()
        yield from self._queue.blocks()

    def stop(self) -> None:
        self._stopped.set()

    def _read(self) -> None:
        heard_s = time.monotonic()
        try:
            while not self._stopped.is_set():
                for heard in self._stream.read(READ_WAIT_S):
                    if isinstance(heard.event, Rows):
                        heard_s = time.monotonic()
                        self._queue.offer(self._blocks.block(heard.event, heard.arrived_ns))
                silent_s = time.monotonic() - heard_s
                if silent_s > self._silent_s:
                    self._queue.close(BoardLost(self._address.named, silent_s))
                    return
        except OSError as error:
            _log.info("%s: the link ended: %s", self._address.shown, error)
            self._queue.close(BoardLost(self._address.named, 0.0))
        finally:
            self._queue.close()


def _kind(
    wanted: SensorKind, channels: tuple[str, ...], found: NDArray[np.float64] | None, rate_hz: float
) -> SensorKind:
    """found: decimals (n, channels) heard until now; None where there are none, but int16 as it is."""
    if found is None and len(channels) == 1 and channels[0].lower() in SOUND_NAMES and rate_hz >= LEAST_SOUND_HZ:
        return MICROPHONE
    name = IMU.name if wanted.name in (MICROPHONE.name, CAMERA.name) else wanted.name
    units = (AS_PRINTED,) * len(channels)
    if found is None:
        return SensorKind(name, channels, units, (1.0,) * len(channels))
    if channels == wanted.channels:
        return wanted
    largest = np.maximum(np.abs(found).max(axis=0, initial=0.0), LEAST_SHOWN)
    return SensorKind(name, channels, units, tuple((HEADROOM * largest / 32768).tolist()))
