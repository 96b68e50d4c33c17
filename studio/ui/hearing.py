"""What Collect listens to: what the project senses, and what is recorded beside it. Each source is opened and closed
on a thread of its own; what all of them recorded of a take is entered in the catalogue as one edit.
"""

import contextlib
import logging
import queue
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from studio.capture.link_state import LinkState
from studio.core.errors import StudioError
from studio.core.samples import CAMERA, KINDS, Item, Picture
from studio.core.signal import Signal
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.capture.onsets import Onsets
    from studio.capture.recorder import Recorder, Recording, Take
    from studio.capture.recording_file import Recorded
    from studio.capture.resumed import Absence
    from studio.capture.source import Origin, Source
    from studio.dataset.project import Project
    from studio.ui.session import Session

log = logging.getLogger(__name__)

ITEMS_HELD = 500  # 10 s of sound, for a display that does not come to draw them
PICTURES_HZ = 10  # that are looked at; a model may be asked less often
TRY_AGAIN_S = 2.0  # after a source could not be reached
LOOK_EVERY_S = 0.1  # how soon the source's end is noticed
END_TIMEOUT_S = 5.0
WAITED_FOR_S = 30.0  # a take that is to be longer, or has no end, goes on when a lost source is back


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


@dataclass(frozen=True)
class TakeMade:
    """A take that has ended. recorded: by the first source, empty where nothing was; cut: what ended it before its
    time, or kept it out of the catalogue. beside, beside_cut: the same of the others.
    """

    take: "Take"
    recorded: "tuple[Recorded, ...]"
    cut: StudioError | None
    beside: "tuple[Recorded, ...]" = ()
    beside_cut: StudioError | None = None


class Heard:
    """One source as it is heard and recorded. What it tells is written by its thread, `_Ear`."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.hearing = Hearing()
        self.recording: Recording | None = None
        self.recording_from: int | None = None  # index of its first sample in the stream, once that is heard
        self.lost = self.seen = 0  # samples of the source since it was opened
        self.onsets: Onsets | None = None
        self.ear: _Ear | None = None
        self._items: deque[Item] = deque(maxlen=ITEMS_HELD)
        self._newest: tuple[int, int] | None = None  # index behind the newest sample, and when it came

    @property
    def is_on(self) -> bool:
        return self.hearing.state is LinkState.STREAMING

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
        self.lost += item.lost_before.total
        self.seen += item.lost_before.total + count
        self._items.append(item)


class _Together:
    """The recordings of one take, by all sources. They are entered as one edit, once the last is finished."""

    def __init__(self, wish: "Wish", heard: Sequence[Heard]) -> None:
        self.wish = wish
        self.entered = threading.Event()
        self.problem: StudioError | None = None  # why the first source's could not begin
        self._heard = list(heard)
        self._left = len(self._heard)
        self._recordings: dict[Heard, Recording] = {}
        self._lock = threading.Lock()

    def began(self, heard: Heard, recording: "Recording") -> None:
        with self._lock:
            self._recordings[heard] = recording
            over = heard is not self._heard[0] and self._is_over
        if over:
            recording.end()

    def has_ended(self, heard: Heard, problem: StudioError | None = None) -> bool:
        """problem: why it never began. True: this was the last. What is beside the first one ends with it, unless it is
        about to end by itself.
        """
        with self._lock:
            self._left -= 1
            if heard is self._heard[0]:
                self.problem = problem
            over, last = heard is self._heard[0] and self._is_over, self._left == 0
            others = [each for of, each in self._recordings.items() if of is not self._heard[0]]
        for recording in others if over else ():
            recording.end()
        return last

    @property
    def _is_over(self) -> bool:
        """Whether the first one ended before its time, or had none."""
        first = self._recordings.get(self._heard[0])
        if first is None:
            return self.problem is not None
        return first.ended and (first.problem is not None or self.wish.seconds is None or self.wish.ended.is_set())

    @property
    def first(self) -> "Recording | None":
        return self._recordings.get(self._heard[0])

    @property
    def beside(self) -> "list[Recording]":
        return [self._recordings[each] for each in self._heard[1:] if each in self._recordings]


@dataclass(frozen=True, eq=False)
class Wish:
    """A take to be begun. every_s: of pictures. instead_of: key of the take that goes once this one is there.
    from_index: sample of the first source's stream with which it begins; from_ns: when that came. ended: set when it
    was stopped by hand.
    """

    take: "Take"
    seconds: float | None
    every_s: float | None
    instead_of: str | None
    from_index: int | None
    from_ns: int | None
    ended: threading.Event


class Listening:
    """The sources that are heard, the first of which is what the project senses. Its signals are emitted on other
    threads. Everything here returns at once but `close`.

    hearing_changed: a source is reached, lost or back. onset: at this sample something begins in the first one, while
    `find_onsets` is on.
    """

    def __init__(self, session: "Session") -> None:
        self.main = Heard(Wanted(""))
        self.beside: list[Heard] = []
        self.hearing_changed: Signal[Heard] = Signal()
        self.take_made: Signal[TakeMade] = Signal()
        self.onset: Signal[int] = Signal()
        self._session = session
        self._ending: list[_Ear] = []
        self._begun: list[_Together] = []
        self._wish: Wish | None = None
        self._finds_onsets = False

    # The first source

    @property
    def hearing(self) -> Hearing:
        return self.main.hearing

    @property
    def recording(self) -> "Recording | None":
        return self.main.recording

    @property
    def recording_from(self) -> int | None:
        return self.main.recording_from

    @property
    def is_recording(self) -> bool:
        return self.main.is_recording

    @property
    def sources(self) -> list[Heard]:
        """All of them, the first one first."""
        return [self.main, *self.beside]

    def listen(self, address: str, project: "Project") -> None:
        """Opens the first source, in place of the present one; until it is there, it is tried again and again."""
        self.main = self._change(self.main, Wanted(address), project)

    def listen_beside(self, wanted: Sequence[Wanted], project: "Project") -> None:
        """Opens these, and closes what is not among them."""
        before = {heard.wanted: heard for heard in self.beside}
        for heard in self.beside:
            if heard.wanted not in wanted:
                self._let_go(heard)
        self.beside = [self._change(before.get(each, Heard(each)), each, project) for each in wanted]

    def _change(self, heard: Heard, wanted: Wanted, project: "Project") -> Heard:
        ear = heard.ear
        if ear is not None and ear.is_alive() and (heard.wanted, ear.project) == (wanted, project):
            return heard
        self._let_go(heard)
        heard = Heard(wanted)
        self._find_onsets(heard)
        heard.ear = _Ear(heard, project, [ear for ear in self._ending if ear.is_alive()], self)
        self.tell(heard, Hearing(LinkState.CONNECTING, wanted.address))
        heard.ear.start()
        return heard

    def stop(self) -> None:
        """Lets all sources go, and ends the take that is on."""
        for heard in self.sources:
            self._let_go(heard)
        self.main, self.beside = Heard(Wanted("")), []

    def _let_go(self, heard: Heard) -> None:
        ear, heard.ear = heard.ear, None
        if ear is not None:
            self._ending = [old for old in self._ending if old.is_alive()] + [ear]
            ear.end()
            heard.hearing = Hearing(address=heard.wanted.address)
            self.hearing_changed.emit(heard)
            self._session.show_link(heard.wanted.address, None)

    def close(self) -> None:
        """As `stop`, and waits until the sources are closed and the take is in the catalogue."""
        self.stop()
        for ear in self._ending:
            ear.join(END_TIMEOUT_S)
        for together in self._begun:
            together.entered.wait(END_TIMEOUT_S)

    def begin(
        self,
        take: "Take",
        seconds: float | None,
        *,
        every_s: float | None = None,
        instead_of: str | None = None,
        from_index: int | None = None,
    ) -> None:
        """Records a take by all sources as soon as its files are made, some milliseconds. every_s, from_index: as
        Recorder.begin has them, of the first source. instead_of: key of the take that goes, with what was recorded
        beside it, once this one is there. Without the first source nothing happens.
        """
        if not self.main.is_on:
            return
        heard = [each for each in self.sources if each is self.main or each.is_on]
        if len(heard) > 1:
            from studio.dataset.recordings import new_id

            take = replace(take, session=new_id())
        from_ns = None if from_index is None else self.main.came_ns(from_index)
        self._wish = Wish(take, seconds, every_s, instead_of, from_index, from_ns, threading.Event())
        together = _Together(self._wish, heard)
        self._begun = [each for each in self._begun if not each.entered.is_set()] + [together]
        for each in heard:
            if each.ear is not None:
                each.ear.wishes.put(together)

    def mark(self) -> bool:
        """The take that is on is marked here, by all. False: none is on."""
        marked = [each.recording.mark() for each in self.sources if each.recording is not None]
        return any(marked)

    def hold(self, label: str) -> None:
        """What comes is labelled so until `release`, in the recordings of all."""
        for each in self.sources:
            if each.recording is not None:
                each.recording.hold(label)

    def release(self, label: str) -> None:
        for each in self.sources:
            if each.recording is not None:
                each.recording.release(label)

    def end(self) -> None:
        """The take that is on ends here, by all."""
        if self._wish is not None:
            self._wish.ended.set()
        for heard in self.sources:
            if heard.recording is not None:
                heard.recording.end()

    def find_onsets(self, on: bool) -> None:  # noqa: FBT001
        """Whether `onset` is told where something begins."""
        self._finds_onsets = on
        self._find_onsets(self.main)

    def _find_onsets(self, heard: Heard) -> None:
        from studio.capture.onsets import Onsets

        origin = heard.hearing.origin
        wanted = self._finds_onsets and heard is self.main and origin is not None and origin.format.kind is not CAMERA
        heard.onsets = Onsets(origin.format) if wanted and origin is not None else None

    # On the ears' threads

    def begin_one(self, heard: Heard, project: "Project", recorder: "Recorder", together: _Together) -> None:
        """Making a file waits for the disk."""
        wish, is_first = together.wish, heard is self.main
        from_index = wish.from_index
        if not is_first:
            from_index = None if wish.from_ns is None else recorder.index_at(wish.from_ns)
        heard.recording_from = from_index
        try:
            recording = recorder.begin(
                wish.take,
                wish.seconds,
                lambda _recording: self._ended(heard, project, together),
                every_s=wish.every_s,
                from_index=from_index,
            )
        except StudioError as error:
            log.info("%s: %r", heard.wanted.address, error)
            self._ended(heard, project, together, error)
        else:
            heard.recording = recording
            together.began(heard, recording)

    def _ended(self, heard: Heard, project: "Project", together: _Together, problem: StudioError | None = None) -> None:
        """On a file's thread, or the ear's own."""
        if together.has_ended(heard, problem):
            entering = self._session.ask(partial(self._enter, together, project))
            entering.add_done_callback(lambda _future: together.entered.set())

    def _enter(self, together: _Together, project: "Project", opened: "Project") -> None:
        """On the catalogue's thread."""
        from studio.capture.recorder import enter
        from studio.dataset.selection import taken_with
        from studio.ui.class_styles import shown_label

        if opened is not project:  # its files are marked as unfinished, and offered when it is opened
            return
        wish, first = together.wish, together.first
        recorded = tuple(first.recorded) if first is not None else ()
        problem = first.cut() if first is not None else together.problem
        beside = tuple(each for recording in together.beside for each in recording.recorded)
        beside_cut = next((cut for recording in together.beside if (cut := recording.cut()) is not None), None)
        words = _("Record {label} again") if wish.instead_of else _("Record {label}")
        title = words.format(label=shown_label(wish.take.label)) if wish.take.label else _("Record")
        try:
            if recorded or beside:
                goes = taken_with(wish.instead_of) if wish.instead_of and recorded else None
                enter(opened, (*recorded, *beside), title, instead_of=goes)
        except StudioError as error:
            problem = error
        self.take_made.emit(TakeMade(wish.take, recorded, problem, beside, beside_cut))

    def heard(self, heard: Heard, item: Item) -> None:
        heard.hear(item)
        onsets = heard.onsets
        if onsets is not None and not isinstance(item, Picture):
            for index in onsets.hear(item):
                self.onset.emit(index)

    def tell(self, heard: Heard, hearing: Hearing) -> None:
        heard.hearing = hearing
        self._find_onsets(heard)
        self.hearing_changed.emit(heard)
        self._session.show_link(hearing.address, hearing.state)

    def lost(self, heard: Heard, problem: StudioError) -> None:
        """A take that is short ends where its source is lost; a longer one waits for it."""
        recording, wish = heard.recording, self._wish
        if recording is not None and wish is not None and wish.seconds is not None and wish.seconds <= WAITED_FOR_S:
            recording.end(problem)


class _Ear(threading.Thread):
    """A source's life, from being looked for to being closed."""

    def __init__(self, heard: Heard, project: "Project", before: "list[_Ear]", owner: Listening) -> None:
        super().__init__(name=f"listening to {heard.wanted.address.partition('?')[0]}", daemon=True)
        self.project = project
        self.wishes: queue.SimpleQueue[_Together | None] = queue.SimpleQueue()  # None: see whether it is to end
        self._heard, self._owner = heard, owner
        self._before = before
        self._ended = threading.Event()

    def end(self) -> None:
        self._ended.set()
        self.wishes.put(None)

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

        address = self._heard.wanted.address
        try:
            source = ResumedSource(address, self._make)
            source.away.connect(self._away)
            with Recorder(source, self.project.recordings_folder) as recorder:
                recorder.heard.connect(self._hear)
                recorder.seen.connect(self._hear)
                recorder.listen()
                self._tell(Hearing(LinkState.STREAMING, address, recorder.origin))
                source.changed.connect(lambda state: self._changed(state, recorder.origin))
                while not self._ended.is_set() and recorder.listening:
                    with contextlib.suppress(queue.Empty):
                        wish = self.wishes.get(timeout=LOOK_EVERY_S)
                        if wish is not None:
                            self._owner.begin_one(self._heard, self.project, recorder, wish)
                return recorder.problem
        except StudioError as error:
            log.info("%s: %r", address, error)
            return error

    def _make(self, address: str) -> "Source":
        from studio.capture.source import make_source

        settings = self.project.settings
        kind = KINDS[self._heard.wanted.kind or settings.sensor.kind]
        rate_hz = settings.rate_hz if kind.name == settings.sensor.kind else None
        rate_hz = PICTURES_HZ if kind is CAMERA else rate_hz
        # Two virtual boards cannot share a flash file, and one that only senses needs no model.
        folder = self.project.folder if self._heard is self._owner.main else None
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
            hearing = self._heard.hearing
            self._owner.lost(self._heard, absence.problem)
            self._tell(replace(hearing, state=LinkState.LOST, problem=absence.problem))

    def _changed(self, state: LinkState, origin: "Origin") -> None:
        hearing = self._heard.hearing
        if hearing.state is LinkState.STREAMING or state is LinkState.ENDED:
            return  # that it is lost comes with its reason, by `away`
        problem = None if state is LinkState.STREAMING else hearing.problem
        self._tell(Hearing(state, hearing.address, origin, problem))

    def _tell(self, hearing: Hearing) -> None:
        if self._is_wanted and hearing != self._heard.hearing:
            self._owner.tell(self._heard, hearing)
