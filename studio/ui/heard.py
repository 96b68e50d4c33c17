"""One source that is heard: how it stands with it, what has come of it, and the thread that opens and closes it."""

import contextlib
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from studio.capture.link_state import LinkState
from studio.core.errors import StudioError
from studio.core.samples import CAMERA, KINDS, Item, Picture

if TYPE_CHECKING:
    from studio.capture.onsets import Onsets
    from studio.capture.recorder import Recorder, Recording
    from studio.capture.resumed import Absence, ResumedSource
    from studio.capture.source import Origin, Source
    from studio.dataset.project import Project
    from studio.ui.hearing import Listening

log = logging.getLogger(__name__)

ITEMS_HELD = 500  # 10 s of sound, for a display that does not come to draw them
PICTURES_HZ = 10  # that are looked at; a model may be asked less often
TRY_AGAIN_S = 2.0  # after a source could not be reached
LOOK_EVERY_S = 0.1  # how soon the source's end is noticed
END_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Wanted:
    """A source to be heard. kind: the name of what is sensed of it; "": what the project senses."""

    address: str
    kind: str = ""


@dataclass(frozen=True)
class Hearing:
    """How it stands with a source. origin: once it was reached. problem: why it is LOST, or could not be reached."""

    state: LinkState = LinkState.ENDED
    address: str = ""
    origin: "Origin | None" = None
    problem: StudioError | None = None


class Heard:
    """One source as it is heard and recorded. What it tells is written by its thread, `Ear`. is_first: whether it is
    what the project senses.
    """

    def __init__(self, wanted: Wanted, *, is_first: bool = False) -> None:
        self.wanted, self.is_first = wanted, is_first
        self.hearing = Hearing()
        self.recording: Recording | None = None
        self.recording_from: int | None = None  # index of its first sample in the stream, once that is heard
        self.lost = self.seen = 0  # samples of the source since it was opened
        self.picture_bytes_per_s = 0.0  # of a camera, at most
        self.onsets: Onsets | None = None
        self.ear: Ear | None = None
        self._items: deque[Item] = deque(maxlen=ITEMS_HELD)
        self._newest: tuple[int, int] | None = None  # index behind the newest sample, and when it came

    @property
    def kind(self) -> str:
        """Of its sensor; "" while that is not known."""
        origin = self.hearing.origin
        return "" if origin is None else origin.format.kind.name

    @property
    def is_on(self) -> bool:
        return self.hearing.state is LinkState.STREAMING

    @property
    def has_button(self) -> bool:
        """Whether it is a virtual board that streams, whose button can be pressed from here."""
        origin = self.hearing.origin
        return self.is_on and origin is not None and origin.address.startswith("virtual:")

    @property
    def is_recording(self) -> bool:
        return self.recording is not None and not self.recording.ended

    def take_items(self) -> list[Item]:
        """What has come since the last call, oldest first."""
        items: list[Item] = []
        while self._items:
            items.append(self._items.popleft())
        return items

    def came_ns(self, index: int) -> int | None:
        """When a sample of the stream came, by the host's monotonic clock, as its rate tells."""
        origin = self.hearing.origin
        if self._newest is None or origin is None:
            return None
        newest, arrived_ns = self._newest
        return arrived_ns - round((newest - index) * 1e9 / origin.format.rate_hz)

    def hear(self, item: Item) -> None:
        index, count = (item.index, 1) if isinstance(item, Picture) else (item.first_index, len(item.samples))
        if self.recording_from is None and self.is_recording:
            self.recording_from = index
        self._newest = index + count, item.arrived_ns
        if isinstance(item, Picture) and self.hearing.origin is not None:
            self.picture_bytes_per_s = item.pixels.nbytes * self.hearing.origin.format.rate_hz
        self.lost += item.lost_before.total
        self.seen += item.lost_before.total + count
        self._items.append(item)


class Ear(threading.Thread):
    """A source's life, from being looked for to being closed."""

    def __init__(self, heard: Heard, project: "Project", before: "list[Ear]", owner: "Listening") -> None:
        super().__init__(name=f"listening to {heard.wanted.address.partition('?')[0]}", daemon=True)
        self.project = project
        self._heard, self._owner = heard, owner
        self._before = before
        self._ended = threading.Event()
        self._asked: queue.SimpleQueue[Callable[[Recorder | None], object]] = queue.SimpleQueue()
        self._turn = threading.Lock()  # nothing is asked once it was looked for the last time
        self._serves = False
        self._source: ResumedSource | None = None  # once it serves

    def ask(self, work: "Callable[[Recorder | None], object]") -> bool:
        """Has its thread do that with the recorder, after what was asked before; None in its place: the source went
        meanwhile. False: there is none.
        """
        with self._turn:
            if self._serves:
                self._asked.put(work)
            return self._serves

    def press(self) -> None:
        """The button of a virtual board; on this thread, for a pipe may be full."""
        self.ask(self._press)

    def end(self) -> None:
        self._ended.set()
        self.ask(lambda _recorder: None)  # so that it looks

    def run(self) -> None:
        for ear in self._before:  # a port is open once only
            ear.join(END_TIMEOUT_S)
        address = self._heard.wanted.address
        while not self._ended.is_set():
            problem = self._listen()
            if problem is None:
                self._tell(Hearing(address=address))
                return
            self._tell(Hearing(LinkState.LOST, address, problem=problem))
            self._ended.wait(TRY_AGAIN_S)

    def _listen(self) -> StudioError | None:
        """Until `end`, or until the source is lost for good: then what happened."""
        from studio.capture.recorder import Recorder
        from studio.capture.resumed import ResumedSource
        from studio.capture.source import SourceLost

        address = self._heard.wanted.address
        try:
            source = ResumedSource(address, self._make)
            source.away.connect(self._away)
            with Recorder(source, self.project.recordings_folder) as recorder:
                recorder.heard.connect(self._hear)
                recorder.seen.connect(self._hear)
                recorder.listen()
                self._serve(recorder, source)
                return recorder.problem
        except StudioError as error:
            log.info("%s: %r", address, error)
            return error
        except Exception:  # a fault of ours must not leave it looked for for ever
            log.exception("%s failed", address)
            return SourceLost(address, 0.0)

    def _serve(self, recorder: "Recorder", source: "ResumedSource") -> None:
        """Until `end`, or until the source is lost for good."""
        with self._turn:
            self._serves, self._source = True, source
        self._tell(Hearing(LinkState.STREAMING, self._heard.wanted.address, recorder.origin))
        source.changed.connect(lambda state: self._changed(state, recorder.origin))
        try:
            while not self._ended.is_set() and recorder.listening:
                with contextlib.suppress(queue.Empty):
                    self._asked.get(timeout=LOOK_EVERY_S)(recorder)
        finally:  # before the source is closed, which may take long
            with self._turn:
                self._serves = False
            while not self._asked.empty():
                self._asked.get()(None)

    def _press(self, recorder: "Recorder | None") -> None:
        if recorder is not None and self._source is not None:
            self._source.press()

    def _make(self, address: str) -> "Source":
        from studio.capture.source import make_source

        settings = self.project.settings
        kind = KINDS[self._heard.wanted.kind or settings.sensor.kind]
        rate_hz = settings.rate_hz if kind.name == settings.sensor.kind else None
        rate_hz = PICTURES_HZ if kind is CAMERA else rate_hz
        # Two virtual boards cannot share a flash file, and one that only senses needs no model.
        folder = self.project.folder if self._heard.is_first else None
        return make_source(address, rate_hz=rate_hz, folder=folder, kind=kind)

    @property
    def _is_wanted(self) -> bool:
        return self._heard.ear is self

    def _hear(self, item: Item) -> None:
        """On the recorder's thread."""
        if self._is_wanted:
            self._owner.heard(self._heard, item)

    def _away(self, absence: "Absence") -> None:
        if self._is_wanted and absence.seconds is None:
            self._owner.lost(self._heard, replace(self._heard.hearing, state=LinkState.LOST, problem=absence.problem))

    def _changed(self, state: LinkState, origin: "Origin") -> None:
        hearing = self._heard.hearing
        if hearing.state is LinkState.STREAMING or state is LinkState.ENDED:
            return  # that it is lost comes with its reason, by `away`
        problem = None if state is LinkState.STREAMING else hearing.problem
        self._tell(Hearing(state, hearing.address, origin, problem))

    def _tell(self, hearing: Hearing) -> None:
        if self._is_wanted and hearing != self._heard.hearing:
            self._owner.tell(self._heard, hearing)
