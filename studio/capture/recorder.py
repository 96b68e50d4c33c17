"""Takes from a source: `Recorder` listens and feeds whichever take is on; `Recording` is one of them, in one or more
files. No window and no command line in here; both use it.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from studio.capture.recording_file import Recorded, RecordingFile
from studio.capture.source import Origin, Source, SourceLost
from studio.capture.wav_file import LARGEST_BYTES, WavFormat
from studio.core.clock import ClockFit, fit_clock
from studio.core.errors import StudioError
from studio.core.files import safe_name
from studio.core.samples import NOTHING_LOST, Block, Lost
from studio.core.signal import Signal
from studio.core.text import gettext, mark
from studio.dataset.catalogue import spans_as_json
from studio.dataset.edits import NewRecording
from studio.dataset.holder import this_process, utc_now
from studio.dataset.project import Project
from studio.dataset.recordings import Sidecar, settle
from studio.dataset.selection import of_recordings

_log = logging.getLogger(__name__)

ROLL_OVER_BYTES = 1_000_000_000
LEAST_CLOCK_S = 5.0  # in less time arrival's jitter says more about the rate than the clock does
CLOCK_EVERY_S = 10.0  # it is told to the sidecar, for what a kill may leave
MOST_DRIFT_PPM = 50_000.0  # what is further off than 5 % is no clock: a file, or a board that is as fast as we are
END_TIMEOUT_S = 10.0
UNLABELLED = "recording"
LONGEST_PART_BYTES = 30  # of a label or a person, in a file's name


@dataclass(eq=False)
class RecordingCut(StudioError):
    """A recording that ended before its time, and what of it is saved."""

    problem: StudioError
    seconds: float
    saved = mark("{seconds:.1f} s are saved.")

    def __str__(self) -> str:
        return f"{self.problem} {gettext(self.saved).format(seconds=self.seconds)}"

    def advice(self) -> str:
        return self.problem.advice()


@dataclass(frozen=True)
class Take:
    """What is recorded. person, group: codes such as P01, never names. session: the same for what belongs together."""

    label: str | None = None
    person: str | None = None
    group: str | None = None
    session: str | None = None
    consent: str | None = None
    station: str | None = None

    def name(self, started_utc: str) -> str:
        """yes_P01_20261124T231502Z, never longer than a file's name may be."""
        stamp = started_utc.replace("-", "").replace(":", "")
        parts = (_shortened(part) for part in (self.label or UNLABELLED, self.person) if part)
        return safe_name("_".join((*parts, stamp)))


def _shortened(part: str) -> str:
    return part.encode()[:LONGEST_PART_BYTES].decode(errors="ignore")


@dataclass(frozen=True)
class Level:
    """Of a block, by channel or over all of them: 0..1 of full scale."""

    peak: float
    rms: float
    clipped: int  # samples at either end of the range


def level_of(block: Block) -> Level:
    samples = block.samples.astype(np.float64) / 32768
    if not samples.size:
        return Level(0.0, 0.0, 0)
    at_end = (block.samples == np.iinfo(np.int16).max) | (block.samples == np.iinfo(np.int16).min)
    return Level(float(np.abs(samples).max()), float(np.sqrt(np.mean(samples**2))), int(np.count_nonzero(at_end)))


class ClockPairs:
    """When samples came, thinned out so that a day of them is a few thousand."""

    MOST = 4096

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._pairs: list[tuple[int, int, int]] = []  # index, device time, arrival
        self._every_ns = 20_000_000

    def add(self, block: Block) -> None:
        if self._pairs and block.arrived_ns < self._pairs[-1][2] + self._every_ns:
            return
        self._pairs.append((block.first_index, block.device_time_us, block.arrived_ns))
        if len(self._pairs) > self.MOST:
            self._pairs = self._pairs[::2]
            self._every_ns *= 2

    def fit(self) -> tuple[ClockFit | None, float | None]:
        """The device's clock, and the rate measured in Hz; None of what cannot be told."""
        if not self._pairs or self._pairs[-1][2] - self._pairs[0][2] < LEAST_CLOCK_S * 1e9:
            return None, None
        indices, device_us, arrived_ns = zip(*self._pairs, strict=True)
        clock = fit_clock(device_us, arrived_ns)
        by_index = fit_clock([round(i * 1e6 / self._rate_hz) for i in indices], arrived_ns)
        if by_index is None or abs(by_index.drift_ppm) > MOST_DRIFT_PPM:
            return None, None
        return clock, self._rate_hz / (1 + by_index.drift_ppm / 1e6)


class Recording:
    """A take being recorded: blocks in, files out. Ends by itself after `seconds`; a gap counts as time.

    finished: emitted once, on another thread, when all files are; then `recorded` and `problem` say how it went.
    """

    def __init__(
        self,
        folder: Path,
        origin: Origin,
        take: Take,
        *,
        seconds: float | None = None,
        roll_over_bytes: int = ROLL_OVER_BYTES,
        from_start: bool = True,
    ) -> None:
        """from_start: the stream begins with it; otherwise what was lost before its first block is none of its own.

        Raises StorageFailed.
        """
        form = origin.format
        self.origin = origin
        self.take = take
        self.samples = 0  # zeros for what was lost included
        self.problem: StudioError | None = None
        self.finished: Signal[Recording] = Signal()
        self._folder = folder
        self._wav = WavFormat(round(form.rate_hz), len(form.kind.channels))
        self._most = None if seconds is None else max(1, round(seconds * form.rate_hz))
        self._part_samples = max(1, min(roll_over_bytes, LARGEST_BYTES) // self._wav.frame_bytes)
        self._counts_loss = from_start
        self._lock = threading.RLock()
        self._ended = False
        self._files_open = 0
        self._done = threading.Event()
        self._files: list[RecordingFile] = []
        self._begin_file()

    @property
    def seconds(self) -> float:
        """Recorded until now."""
        return self.samples / self.origin.format.rate_hz

    @property
    def ended(self) -> bool:
        """Whether it takes no more blocks; its files may still be being finished."""
        return self._ended

    @property
    def lost(self) -> Lost:
        return sum((file.lost for file in self._files), NOTHING_LOST)

    @property
    def recorded(self) -> list[Recorded]:
        return [file.recorded for file in self._files if file.recorded is not None]

    def append(self, block: Block) -> bool:
        """False: it has ended. Never raises: what goes wrong ends it."""
        with self._lock:
            if self._ended:
                return False
            try:
                if self._counts_loss:
                    self._append_gap(block.lost_before)
                self._counts_loss = True
                self._append_samples(block)
            except StudioError as error:
                self._end(error)
            if self._left() == 0:
                self.end()
            return not self._ended

    def end(self, problem: StudioError | None = None) -> None:
        """It ends here, because of `problem` if there is one. Twice does no harm."""
        with self._lock:
            if not self._ended:
                self._end(problem)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until all its files are finished; False: they are not, after timeout_s."""
        return self._done.wait(timeout_s)

    def cut(self) -> StudioError | None:
        """What ended it before its time, and how much is saved; None if it is whole."""
        if self.problem is None:
            return None
        seconds = sum(recorded.seconds for recorded in self.recorded)
        return RecordingCut(self.problem, seconds) if seconds else self.problem

    def _left(self) -> int | None:
        return None if self._most is None else self._most - self.samples

    def _append_gap(self, lost: Lost) -> None:
        lost = _first(lost, self._left())
        while lost.total:
            now = _first(lost, self._room())
            try:
                self._files[-1].append_gap(now)
            finally:
                self._count()
            lost = _without(lost, now)

    def _append_samples(self, block: Block) -> None:
        samples = block.samples[: self._left()]
        self._clock.add(block)
        while len(samples):
            now: NDArray[np.int16] = samples[: self._room()]
            try:
                self._files[-1].append(now)
            finally:
                self._count()
            samples = samples[len(now) :]
        if self.samples >= self._clock_due:
            self._tell_clock()

    def _count(self) -> None:
        self.samples = sum(file.samples for file in self._files)

    def _room(self) -> int:
        """Samples that the last file has room for; begins the next where there is none."""
        if self._files[-1].samples >= self._part_samples:
            self._close_file(None)
            self._begin_file()
        return self._part_samples - self._files[-1].samples

    def _begin_file(self) -> None:
        started_utc = utc_now()
        kind = self.origin.format.kind
        sidecar = Sidecar(
            source=self.origin.address,
            rate_hz=self.origin.format.rate_hz,
            kind=kind.name,
            channels=kind.channels,
            unit=kind.unit,
            scale=kind.scale,
            label=self.take.label,
            person=self.take.person,
            group=self.take.group,
            session=self.take.session,
            station=self.take.station,
            consent=self.take.consent,
            board=self.origin.board,
            board_id=self.origin.board_id,
            firmware=self.origin.firmware,
            started_utc=started_utc,
            writer=this_process(),
        )
        self._clock = ClockPairs(self.origin.format.rate_hz)
        self._clock_due = self.samples + round(CLOCK_EVERY_S * self.origin.format.rate_hz)
        file = RecordingFile(self._folder, self.take.name(started_utc), sidecar, self._wav, self._file_ended)
        self._files.append(file)
        self._files_open += 1

    def _close_file(self, problem: StudioError | None) -> None:
        self._tell_clock()
        self._files[-1].know(cut_short=None if problem is None else str(problem))
        self._files[-1].close()

    def _tell_clock(self) -> None:
        clock, measured_hz = self._clock.fit()
        self._files[-1].know(clock=clock, measured_rate_hz=measured_hz)
        self._clock_due = self.samples + round(CLOCK_EVERY_S * self.origin.format.rate_hz)

    def _end(self, problem: StudioError | None) -> None:
        self._ended, self.problem = True, problem
        self._close_file(problem)
        self._look_whether_done()

    def _file_ended(self) -> None:
        """On the file's own thread."""
        with self._lock:
            self._files_open -= 1
            if self.problem is None:
                self.problem = next((file.problem for file in self._files if file.problem is not None), None)
            self._look_whether_done()

    def _look_whether_done(self) -> None:
        if self._ended and not self._files_open and not self._done.is_set():
            self._done.set()
            self.finished.emit(self)


class Recorder:
    """Listens to a source, which it opens and closes, on a thread of its own; records takes from what it hears.

    With `begin` before `listen` a take has the stream from its first sample on. heard: every block, after it was
    recorded. lost: the source has gone, and why; the take that was on has ended with what was saved.
    """

    def __init__(self, source: Source, folder: Path, *, roll_over_bytes: int = ROLL_OVER_BYTES) -> None:
        """folder: a project's `recordings`."""
        self.heard: Signal[Block] = Signal()
        self.lost: Signal[StudioError] = Signal()
        self.problem: StudioError | None = None
        self._source = source
        self._folder = folder
        self._roll_over_bytes = roll_over_bytes
        self._recording: Recording | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Raises StudioError where the source cannot be opened."""
        self._source.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        self._source.__exit__(kind, error, traceback)

    @property
    def origin(self) -> Origin:
        return self._source.origin

    @property
    def listening(self) -> bool:
        """Whether the stream is on."""
        return self._thread is not None and self._thread.is_alive()

    def listen(self) -> None:
        """Starts the stream. Twice does no harm."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name=f"recorder of {self.origin.address}", daemon=True)
            self._thread.start()

    def begin(
        self, take: Take, seconds: float | None = None, finished: Callable[[Recording], None] | None = None
    ) -> Recording:
        """Begins a take, from the next block on; one that is on ends. finished: connected before it can end.

        Raises StorageFailed, and what `lost` told.
        """
        if self.problem is not None:
            raise self.problem
        if self._recording is not None:
            self._recording.end()
        recording = Recording(
            self._folder,
            self.origin,
            take,
            seconds=seconds,
            roll_over_bytes=self._roll_over_bytes,
            from_start=self._thread is None,
        )
        if finished is not None:
            recording.finished.connect(finished)
        self._recording = recording
        self.listen()
        if not self.listening:  # the stream ended meanwhile, and may have missed this take
            recording.end(self.problem)
        return recording

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until the stream has ended; False: it has not, after timeout_s."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.listening

    def stop(self) -> None:
        """Ends the stream, and the take that is on with what had arrived. Twice does no harm."""
        self._source.stop()
        self.wait(END_TIMEOUT_S)
        if self._recording is not None:
            self._recording.end()
            self._recording.wait(END_TIMEOUT_S)

    def _listen(self) -> None:
        try:
            for block in self._source.blocks():
                if self._recording is not None:
                    self._recording.append(block)
                self._tell(block)
        except StudioError as error:
            self.problem = error
        except Exception:  # noqa: BLE001  a fault of ours must not cost what was recorded
            _log.exception("%s failed", self.origin.address)
            self.problem = SourceLost(self.origin.address, 0.0)
        if self._recording is not None:
            self._recording.end(self.problem)
        if self.problem is not None:
            self.lost.emit(self.problem)

    def _tell(self, block: Block) -> None:
        try:
            self.heard.emit(block)
        except Exception:  # noqa: BLE001  a fault of whoever looks on must not end a recording
            _log.exception("a listener to %s failed", self.origin.address)


def enter(project: Project, recorded: Iterable[Recorded], title: str, *, instead_of: Iterable[str] = ()) -> None:
    """Enters finished recordings in the catalogue, with their labels, as one edit. Raises StorageFailed, ReadOnly;
    then they stay marked as unfinished, and `check` enters them. instead_of: keys of those that go for them.
    """
    found, gone = list(recorded), list(instead_of)
    with project.catalogue.edit(title) as edit:
        if gone:
            edit.remove(of_recordings(gone))
        edit.add([entry(project, each) for each in found])
    for each in found:
        settle(each.path)


def entry(project: Project, recorded: Recorded) -> NewRecording:
    path = recorded.path.relative_to(project.folder).as_posix()
    return NewRecording(path, recorded.sidecar, spans_as_json(recorded.sidecar.gaps))


def _first(lost: Lost, count: int | None) -> Lost:
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
