"""Takes from a source: `Recorder` listens and feeds whichever take is on; `Recording` is one of them, in one or more
files. No window and no command line in here; both use it.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from studio.capture.filing import ROLL_OVER_BYTES, file_away, first_of
from studio.capture.filing import Take as Take  # noqa: PLC0414  of those who record
from studio.capture.recording_file import Recorded
from studio.capture.source import Origin, Source, SourceLost
from studio.core.errors import StudioError
from studio.core.samples import NOTHING_LOST, Block, Item, Lost, Picture
from studio.core.signal import Signal
from studio.core.text import gettext, mark
from studio.dataset.catalogue import spans_as_json
from studio.dataset.edits import NewRecording, Span
from studio.dataset.project import Project
from studio.dataset.recordings import settle
from studio.dataset.selection import Selection

_log = logging.getLogger(__name__)

END_TIMEOUT_S = 10.0
HELD_S = 1.5  # that a take may begin before it is asked for


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


class Recording:
    """A take being recorded: what a source gives in, files out. Ends by itself after `seconds`; a gap counts as time.

    finished: emitted once, on another thread, when all files are; then `recorded` and `problem` say how it went.
    """

    def __init__(
        self,
        folder: Path,
        origin: Origin,
        take: Take,
        *,
        seconds: float | None = None,
        every_s: float | None = None,
        roll_over_bytes: int = ROLL_OVER_BYTES,
        from_start: bool = True,
    ) -> None:
        """from_start: the stream begins with it; otherwise what was lost before its first block is none of its own.
        every_s: of pictures, one so often, by the source's clock; what comes between is left out, and none of
        `seconds`. None: all.

        Raises StorageFailed.
        """
        self.origin = origin
        self.take = take
        self.samples = 0  # or pictures; what was lost included
        self.problem: StudioError | None = None
        self.finished: Signal[Recording] = Signal()
        self._most = None if seconds is None else max(1, round(seconds * origin.format.rate_hz))
        # less half a picture's time: the one that is nearest is taken
        self._every_us = 0 if every_s is None else round((every_s - 0.5 / origin.format.rate_hz) * 1e6)
        self._due_us: int | None = None
        self._counts_loss = from_start
        self._lock = threading.RLock()
        self._ended = False
        self._done = threading.Event()
        self._filing = file_away(folder, origin, take, roll_over_bytes=roll_over_bytes, ended=self._filed)

    @property
    def seconds(self) -> float:
        """Recorded until now."""
        return self.samples / self.origin.format.rate_hz

    @property
    def ended(self) -> bool:
        """Whether it takes no more blocks; its files may still be being finished."""
        return self._ended

    @property
    def is_whole(self) -> bool:
        """Whether it has all of its `seconds`; never where it was begun without."""
        return self._left() == 0

    @property
    def lost(self) -> Lost:
        return self._filing.lost

    @property
    def recorded(self) -> list[Recorded]:
        """Files that are finished."""
        return self._filing.recorded

    def append(self, item: Item) -> bool:
        """False: it has ended. Never raises: what goes wrong ends it."""
        with self._lock:
            if self._ended:
                return False
            if isinstance(item, Picture) and not self._is_due(item):
                return True
            try:
                self._file(item)
            except StudioError as error:
                self._end(error)
            finally:
                self.samples = self._filing.instants
            if self._left() == 0:
                self.end()
            return not self._ended

    def mark(self) -> bool:
        """Notes this moment in the sidecar, for whoever labels it. False: it has ended."""
        with self._lock:
            if not self._ended:
                self._filing.mark()
            return not self._ended

    def hold(self, label: str) -> bool:
        """What comes is labelled so until `release`, or until another label is held: a segment, once it is in the
        catalogue, and of pictures the label of each. False: it has ended.
        """
        with self._lock:
            if not self._ended:
                self._filing.hold(label)
            return not self._ended

    def release(self, label: str) -> None:
        """It ends here; what is still held at the end of the recording ends with it. Twice does no harm."""
        with self._lock:
            if not self._ended:
                self._filing.release(label)

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

    def _is_due(self, picture: Picture) -> bool:
        if self._due_us is not None and picture.device_time_us < self._due_us:
            return False
        self._due_us = picture.device_time_us + self._every_us
        return True

    def _file(self, item: Item) -> None:
        if self._counts_loss:
            self._filing.append_gap(first_of(item.lost_before, self._left()))
            self.samples = self._filing.instants
        elif isinstance(item, Block):
            item = replace(item, marks=tuple(mark for mark in item.marks if mark >= 0))
        self._counts_loss = True
        self._filing.append(item, self._left())

    def _end(self, problem: StudioError | None) -> None:
        self._ended, self.problem = True, problem
        self._filing.close(problem)

    def _filed(self) -> None:
        """On a thread of the files."""
        with self._lock:
            if self.problem is None:
                self.problem = self._filing.problem
            self._done.set()
            self.finished.emit(self)  # under the lock, for which `end` waits


class Recorder:
    """Listens to a source, which it opens and closes, on a thread of its own; records takes from what it hears.

    With `begin` before `listen` a take has the stream from its first sample on. heard: every block, and seen: every
    picture, after it was recorded. lost: the source has gone, and why; the take that was on has ended with what was
    saved.
    """

    def __init__(self, source: Source, folder: Path, *, roll_over_bytes: int = ROLL_OVER_BYTES) -> None:
        """folder: a project's `recordings`."""
        self.heard: Signal[Block] = Signal()
        self.seen: Signal[Picture] = Signal()
        self.lost: Signal[StudioError] = Signal()
        self.problem: StudioError | None = None
        self._source = source
        self._folder = folder
        self._roll_over_bytes = roll_over_bytes
        self._recording: Recording | None = None
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()  # a take that begins in what is held misses nothing, and has nothing twice
        self._recent: deque[Block] = deque()

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
        self,
        take: Take,
        seconds: float | None = None,
        finished: Callable[[Recording], None] | None = None,
        *,
        every_s: float | None = None,
        from_index: int | None = None,
    ) -> Recording:
        """Begins a take, from the next block on; one that is on ends. finished: connected before it can end. every_s:
        as Recording has it. from_index: sample of the stream that it begins with, which may have been heard HELD_S ago;
        of what is older it has none.

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
            every_s=every_s,
            roll_over_bytes=self._roll_over_bytes,
            from_start=self._thread is None,
        )
        if finished is not None:
            recording.finished.connect(finished)
        with self._turn:
            for block in self._recent:
                if from_index is not None and block.first_index + len(block.samples) > from_index:
                    recording.append(_from(block, from_index, self.origin.format.rate_hz))
            self._recording = recording
        self.listen()
        if not self.listening:  # the stream ended meanwhile, and may have missed this take
            recording.end(self.problem)
        return recording

    def index_at(self, host_ns: int) -> int | None:
        """The sample of the stream that came at that time of the host's monotonic clock, as near as its blocks' arrival
        tells; None while nothing is held. So takes of several recorders begin together, in what each holds.
        """
        with self._turn:
            blocks = list(self._recent)
        if not blocks:
            return None
        nearest = min(blocks, key=lambda block: abs(block.arrived_ns - host_ns))
        before = round((nearest.arrived_ns - host_ns) * 1e-9 * self.origin.format.rate_hz)
        return nearest.first_index + len(nearest.samples) - before

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
            for item in self._source.blocks():
                with self._turn:
                    if self._recording is not None:
                        self._recording.append(item)
                    self._hold_back(item)
                self._tell(item)
        except StudioError as error:
            self.problem = error
        except Exception:  # noqa: BLE001  a fault of ours must not cost what was recorded
            _log.exception("%s failed", self.origin.address)
            self.problem = SourceLost(self.origin.address, 0.0)
        if self._recording is not None:
            self._recording.end(self.problem)
        if self.problem is not None:
            self.lost.emit(self.problem)

    def _hold_back(self, item: Item) -> None:
        """The newest HELD_S of samples, for a take that begins before now; of pictures none."""
        if isinstance(item, Block):
            self._recent.append(item)
            oldest = item.first_index - HELD_S * self.origin.format.rate_hz
            while self._recent[0].first_index + len(self._recent[0].samples) < oldest:
                self._recent.popleft()

    def _tell(self, item: Item) -> None:
        try:
            if isinstance(item, Picture):
                self.seen.emit(item)
            else:
                self.heard.emit(item)
        except Exception:  # noqa: BLE001  a fault of whoever looks on must not end a recording
            _log.exception("a listener to %s failed", self.origin.address)


def _from(block: Block, index: int, rate_hz: float) -> Block:
    """What of a block is not before a sample of the stream."""
    skipped = max(index - block.first_index, 0)
    if not skipped:
        return block
    return replace(
        block,
        samples=block.samples[skipped:],
        first_index=block.first_index + skipped,
        device_time_us=block.device_time_us + round(skipped * 1e6 / rate_hz),
        lost_before=NOTHING_LOST,
        printed=block.printed and block.printed.part(skipped, len(block.samples)),
        marks=tuple(mark - skipped for mark in block.marks if mark >= skipped),
    )


def enter(project: Project, recorded: Iterable[Recorded], title: str, *, instead_of: Selection | None = None) -> None:
    """Enters finished recordings in the catalogue, with their labels, as one edit. Raises StorageFailed, ReadOnly;
    then they stay marked as unfinished, and `check` enters them. instead_of: recordings that go for them.
    """
    found = list(recorded)
    with project.catalogue.edit(title) as edit:
        if instead_of is not None:
            edit.remove(instead_of)
        edit.add([entry(project, each) for each in found])
    for each in found:
        settle(each.path)


def entry(project: Project, recorded: Recorded) -> NewRecording:
    path = recorded.path.relative_to(project.folder).as_posix()
    spans = [Span(label, start, end) for start, end, label in recorded.sidecar.spans]
    return NewRecording(path, recorded.sidecar, spans_as_json(recorded.sidecar.gaps), spans)
