"""How a take becomes files: samples as one WAV or CSV that rolls over, pictures as a PNG each."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Protocol

from studio.capture.clock_pairs import ClockPairs
from studio.capture.picture_files import PictureFiles
from studio.capture.recording_file import Recorded, RecordingFile, form_of
from studio.capture.source import Origin
from studio.capture.wav_file import LARGEST_BYTES
from studio.core.clock import ClockFit
from studio.core.errors import StudioError
from studio.core.files import safe_name
from studio.core.samples import CAMERA, NOTHING_LOST, Block, Item, Lost, Picture
from studio.dataset.holder import this_process, utc_now
from studio.dataset.recordings import Sidecar, new_id

ROLL_OVER_BYTES = 1_000_000_000
CLOCK_EVERY_S = 10.0  # it is told to the sidecar, for what a kill may leave
UNLABELLED = "recording"
LONGEST_PART_BYTES = 30  # of a label or a person, in a file's name
_FOLDERS = re.compile("^(file:|camera:(?=/)|virtual:.*?play=).*/")


@dataclass(frozen=True)
class Take:
    """What is recorded. person, group: codes such as P01, never names. session: the same for what belongs together.
    consent: what that person had agreed to by then. place: where it is, such as kitchen. take: a key that all its
    recordings have, of all its sources; beside: whether it is of another source than the first one.
    """

    label: str | None = None
    person: str | None = None
    group: str | None = None
    session: str | None = None
    consent: str | None = None
    station: str | None = None
    place: str | None = None
    take: str | None = None
    beside: bool = False

    def shares(self, sources: int) -> "list[Take]":
        """It as each of its sources records it, the first one first, with a key of its own."""
        first = replace(self, take=new_id())
        return [first, *[replace(first, beside=True)] * (sources - 1)]

    def name(self, started_utc: str) -> str:
        """yes_P01_20261124T231502Z, never longer than a file's name may be."""
        stamp = started_utc.replace("-", "").replace(":", "")
        parts = (_shortened(part) for part in (self.label or UNLABELLED, self.person) if part)
        return safe_name("_".join((*parts, stamp)))


def _shortened(part: str) -> str:
    return part.encode()[:LONGEST_PART_BYTES].decode(errors="ignore")


class Filing(Protocol):
    """The files of one take. `append` and `append_gap` raise StorageFailed; what got there by then counts."""

    @property
    def instants(self) -> int:
        """Samples, or pictures, that were recorded and that were lost."""

    @property
    def lost(self) -> Lost: ...

    @property
    def recorded(self) -> list[Recorded]:
        """Those files that are finished."""

    @property
    def problem(self) -> StudioError | None:
        """Of the disk, met while files were being finished."""

    def append_gap(self, lost: Lost) -> None: ...

    def append(self, item: Item, most: int | None) -> None:
        """most: samples that are still wanted of it."""

    def mark(self) -> None:
        """What was appended last is marked; of pictures nothing is."""

    def hold(self, label: str) -> None:
        """What comes is `label`, and no other, until `release`."""

    def release(self, label: str) -> None: ...

    def close(self, problem: StudioError | None) -> None:
        """No more comes, because of `problem` if there is one. Finishes on other threads."""


def file_away(folder: Path, origin: Origin, take: Take, *, roll_over_bytes: int, ended: Callable[[], None]) -> Filing:
    """By what the sensor gives. ended: called once, when all is finished after `close`. Raises StorageFailed."""
    if origin.format.kind.name == CAMERA.name:
        return PictureFiling(folder, origin, take, ended)
    return SampleFiling(folder, origin, take, roll_over_bytes, ended)


class SampleFiling:
    def __init__(
        self, folder: Path, origin: Origin, take: Take, roll_over_bytes: int, ended: Callable[[], None]
    ) -> None:
        """Raises StorageFailed."""
        self._folder = folder
        self._origin = origin
        self._take = take
        self._rate_hz = origin.format.rate_hz
        self._form = form_of(origin.format)
        self._part = max(1, min(roll_over_bytes, LARGEST_BYTES) // self._form.sample_bytes)
        self._ended = ended
        self._lock = threading.RLock()
        self._closed = False
        self._open = 0
        self._files: list[RecordingFile] = []
        self._began_index: int | None = None  # of the stream, with which the last file begins
        self._begin_file()

    @property
    def instants(self) -> int:
        return sum(file.instants for file in self._files)

    @property
    def lost(self) -> Lost:
        return sum((file.lost for file in self._files), NOTHING_LOST)

    @property
    def recorded(self) -> list[Recorded]:
        return [file.recorded for file in self._files if file.recorded is not None]

    @property
    def problem(self) -> StudioError | None:
        return next((file.problem for file in self._files if file.problem is not None), None)

    def append_gap(self, lost: Lost) -> None:
        while lost.total:
            now = first_of(lost, self._room() if self._form.gaps_fill else None)
            self._files[-1].append_gap(now)
            lost = _without(lost, now)

    def append(self, item: Item, most: int | None) -> None:
        assert isinstance(item, Block)  # noqa: S101  of a sensor that gives samples
        samples, start = item.samples[:most], 0
        end_us = item.device_time_us + round(len(item.samples) * 1e6 / self._rate_hz)
        self._clock.add(item.first_index + len(item.samples), end_us, item.arrived_ns)
        while start < len(samples):
            stop = min(len(samples), start + self._room())
            if self._began_index is None:
                self._began_index = item.first_index + start - self._files[-1].instants
            before = self._files[-1].samples
            self._files[-1].append(samples[start:stop], item.printed and item.printed.part(start, stop))
            for mark in item.marks:
                if start <= mark < stop:
                    self._files[-1].mark(before + mark - start)
                elif mark < 0 == start:  # rows that were lost are not in the file
                    self._files[-1].mark(max(0, before + (mark if self._form.gaps_fill else 0)))
            start = stop
        if self.instants >= self._clock_due:
            self._tell_clock()

    def mark(self) -> None:
        self._files[-1].mark()

    def hold(self, label: str) -> None:
        self._files[-1].hold(label)

    def release(self, label: str) -> None:
        self._files[-1].release(label)

    def close(self, problem: StudioError | None) -> None:
        self._close_file(problem)
        with self._lock:
            self._closed = True
            over = not self._open
        if over:
            self._ended()

    def _room(self) -> int:
        """Samples that the last file has room for; begins the next where there is none."""
        if self._files[-1].samples >= self._part:
            self._close_file(None)
            held = self._files[-1].held
            self._begin_file()
            if held is not None:
                self._files[-1].hold(held)
        return self._part - self._files[-1].samples

    def _begin_file(self) -> None:
        sidecar = sidecar_of(self._origin, self._take)
        self._clock = ClockPairs(self._rate_hz, trusted=self._origin.stream is None)
        self._clock_due = self.instants + round(CLOCK_EVERY_S * self._rate_hz)
        self._began_index = None
        name = self._take.name(sidecar.started_utc or "")
        file = RecordingFile(self._folder, name, sidecar, self._form, self._file_ended)
        with self._lock:
            self._files.append(file)
            self._open += 1

    def _close_file(self, problem: StudioError | None) -> None:
        self._tell_clock()
        self._files[-1].know(cut_short=None if problem is None else str(problem))
        self._files[-1].close()

    def _tell_clock(self) -> None:
        timing = self._clock.timing()
        began_ns = None
        if timing.by_index is not None and self._began_index is not None:
            began_ns = timing.by_index.host_ns(self._began_index * 1e6 / self._rate_hz)
        self._files[-1].know(clock=timing.clock, measured_rate_hz=timing.rate_hz, began_ns=began_ns)
        self._clock_due = self.instants + round(CLOCK_EVERY_S * self._rate_hz)

    def _file_ended(self) -> None:
        """On the file's own thread."""
        with self._lock:
            self._open -= 1
            over = self._closed and not self._open
        if over:
            self._ended()


class PictureFiling:
    def __init__(self, folder: Path, origin: Origin, take: Take, ended: Callable[[], None]) -> None:
        """Raises StorageFailed."""
        self._origin = origin
        self._take = take
        self._name = take.name(utc_now())
        self._files = PictureFiles(folder, ended)
        self._owed = NOTHING_LOST  # before the next picture, whose sidecar says so
        self._taken = 0
        self._pairs = ClockPairs(origin.format.rate_hz)
        self._clock: ClockFit | None = None
        self._clock_due_ns = 0
        self._held: str | None = None

    @property
    def instants(self) -> int:
        return self._taken + self.lost.total

    @property
    def lost(self) -> Lost:
        return self._files.lost + self._owed

    @property
    def recorded(self) -> list[Recorded]:
        return list(self._files.recorded)

    @property
    def problem(self) -> StudioError | None:
        return self._files.problem

    def append_gap(self, lost: Lost) -> None:
        self._owed += lost

    def append(self, item: Item, most: int | None) -> None:
        assert isinstance(item, Picture)  # noqa: S101  of a camera
        if most == 0:
            return
        name = f"{self._name}_{self.instants + 1:05}"
        self._look_at_clock(item)
        began_ns = item.arrived_ns if self._clock is None else self._clock.host_ns(item.device_time_us)
        take = self._take if self._held is None else replace(self._take, label=self._held)
        marks = (0,) if item.marked else ()
        sidecar = replace(sidecar_of(self._origin, take, self._owed), clock=self._clock, began_ns=began_ns, marks=marks)
        self._owed = NOTHING_LOST
        self._files.add(name, sidecar, item.pixels)
        self._taken += 1

    def mark(self) -> None:
        """A picture is a moment already."""

    def hold(self, label: str) -> None:
        """Pictures that are taken meanwhile are of it."""
        self._held = label

    def release(self, label: str) -> None:
        if label == self._held:
            self._held = None

    def close(self, problem: StudioError | None) -> None:  # noqa: ARG002  what was taken is whole
        self._files.close()

    def _look_at_clock(self, picture: Picture) -> None:
        self._pairs.add(picture.index, picture.device_time_us, picture.arrived_ns)
        if picture.arrived_ns >= self._clock_due_ns:
            self._clock = self._pairs.timing().clock
            self._clock_due_ns = picture.arrived_ns + round(CLOCK_EVERY_S * 1e9)


def sidecar_of(origin: Origin, take: Take, lost: Lost = NOTHING_LOST) -> Sidecar:
    """What is known when a file is begun. Of a file that was played it keeps the name, and not where it lies."""
    kind = origin.format.kind
    several = len(kind.channels) > 1
    return Sidecar(
        source=_FOLDERS.sub(r"\1", origin.address),
        rate_hz=origin.format.rate_hz,
        kind=kind.name,
        channels=kind.channels,
        unit=kind.unit,
        scale=kind.scale,
        units=kind.units if several else (),
        scales=kind.scales if several else (),
        label=take.label,
        person=take.person,
        group=take.group,
        session=take.session,
        station=take.station,
        consent=take.consent,
        place=take.place,
        take=take.take,
        beside=take.beside,
        board=origin.board,
        board_id=origin.board_id,
        firmware=origin.firmware,
        stream=origin.stream,
        declared_rate_hz=origin.declared_rate_hz,
        lost=lost,
        started_utc=utc_now(),
        writer=this_process(),
    )


def first_of(lost: Lost, count: int | None) -> Lost:
    """As much of it as is in the first `count` samples."""
    if count is None or lost.total <= count:
        return lost
    kept: dict[str, int] = {}
    for f in fields(Lost):
        kept[f.name] = min(getattr(lost, f.name), count)
        count -= kept[f.name]
    return Lost(**kept)


def _without(lost: Lost, part: Lost) -> Lost:
    return Lost(*(getattr(lost, f.name) - getattr(part, f.name) for f in fields(Lost)))
