"""What Collect listens to: one source at a time, opened and closed on a thread, its takes entered in the catalogue."""

import contextlib
import logging
import queue
import threading
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from studio.core.errors import StudioError
from studio.core.samples import CAMERA, KINDS, Item, Picture
from studio.core.signal import Signal
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.capture.recorder import Recorder, Recording, Take
    from studio.capture.recording_file import Recorded
    from studio.capture.source import Origin
    from studio.dataset.project import Project
    from studio.ui.session import Session

log = logging.getLogger(__name__)

ITEMS_HELD = 500  # 10 s of sound, for a display that does not come to draw them
PICTURES_HZ = 10  # that are looked at; a model may be asked less often
TRY_AGAIN_S = 2.0  # after a source was lost or could not be reached
LOOK_EVERY_S = 0.1  # how soon the source's end is noticed
END_TIMEOUT_S = 5.0


class State(Enum):
    OFF = "off"
    OPENING = "opening"
    ON = "on"
    LOST = "lost"  # tried again every TRY_AGAIN_S


@dataclass(frozen=True)
class Hearing:
    """problem: why it is LOST."""

    state: State = State.OFF
    address: str = ""
    origin: "Origin | None" = None
    problem: StudioError | None = None


@dataclass(frozen=True)
class TakeMade:
    """A take that has ended. recorded: empty where nothing was; cut: what ended it before its time, or kept it out of
    the catalogue.
    """

    take: "Take"
    recorded: "tuple[Recorded, ...]"
    cut: StudioError | None


@dataclass(frozen=True)
class _Wish:
    """A take to be begun. every_s: of pictures. instead_of: key of the take that goes once this one is there."""

    take: "Take"
    seconds: float | None
    every_s: float | None
    instead_of: str | None
    entered: threading.Event


class Listening:
    """Its signals are emitted on other threads. Everything here returns at once but `close`."""

    def __init__(self, session: "Session") -> None:
        self.hearing = Hearing()
        self.hearing_changed: Signal[Hearing] = Signal()
        self.take_made: Signal[TakeMade] = Signal()
        self.recording: Recording | None = None
        self.recording_from: int | None = None  # index of its first sample in the stream, once that is heard
        self.lost = self.seen = 0  # samples of the source since it was opened
        self._session = session
        self._ear: _Ear | None = None
        self._ending: list[_Ear] = []
        self._begun: list[_Wish] = []
        self._items: deque[Item] = deque(maxlen=ITEMS_HELD)

    def listen(self, address: str, project: "Project") -> None:
        """Opens a source, in place of the present one; until it is there, it is tried again and again."""
        ear = self._ear
        if ear is not None and ear.is_alive() and (ear.address, ear.project) == (address, project):
            return
        self.stop()
        self._items.clear()
        self.lost = self.seen = 0
        before = [ear for ear in self._ending if ear.is_alive()]
        self._ear = _Ear(address, project, before, self)
        self._tell(self._ear, Hearing(State.OPENING, address))
        self._ear.start()

    def stop(self) -> None:
        """Lets the source go, and ends the take that is on."""
        ear, self._ear = self._ear, None
        if ear is not None:
            self._ending = [old for old in self._ending if old.is_alive()] + [ear]
            ear.end()
            self.hearing = Hearing()
            self.hearing_changed.emit(self.hearing)

    def close(self) -> None:
        """As `stop`, and waits until the source is closed and the take is in the catalogue."""
        self.stop()
        for ear in self._ending:
            ear.join(END_TIMEOUT_S)
        for wish in self._begun:
            wish.entered.wait(END_TIMEOUT_S)

    @property
    def is_recording(self) -> bool:
        return self.recording is not None and not self.recording.ended

    def take_items(self) -> list[Item]:
        """What has come since the last call, oldest first."""
        items: list[Item] = []
        while self._items:
            items.append(self._items.popleft())
        return items

    def begin(
        self, take: "Take", seconds: float | None, *, every_s: float | None = None, instead_of: str | None = None
    ) -> None:
        """Records a take as soon as its file is made, some milliseconds. every_s: as Recorder.begin has it. instead_of:
        key of the take that goes once this one is there. Without a source nothing happens.
        """
        if self._ear is not None and self.hearing.state is State.ON:
            self._ear.wishes.put(_Wish(take, seconds, every_s, instead_of, threading.Event()))

    def mark(self) -> int | None:
        """The take that is on is marked here: returns how many samples of it there are, None where none is on."""
        recording = self.recording
        return recording.samples if recording is not None and recording.mark() else None

    def end(self) -> None:
        """The take that is on ends here."""
        if self.recording is not None:
            self.recording.end()

    def _begin(self, project: "Project", recorder: "Recorder", wish: _Wish) -> None:
        """On the ear's thread: making a file waits for the disk."""
        self._begun = [each for each in self._begun if not each.entered.is_set()] + [wish]
        self.recording_from = None
        try:
            self.recording = recorder.begin(
                wish.take,
                wish.seconds,
                lambda recording: self._enter(project, recording, wish),
                every_s=wish.every_s,
            )
        except StudioError as error:
            wish.entered.set()
            self.take_made.emit(TakeMade(wish.take, (), error))

    def _enter(self, project: "Project", recording: "Recording", wish: _Wish) -> None:
        """On the file's thread: to the catalogue's."""
        recorded, cut = tuple(recording.recorded), recording.cut()

        def enter_it(opened: "Project") -> None:
            from studio.capture.recorder import enter
            from studio.ui.class_styles import shown_label

            if opened is not project:  # its files are marked as unfinished, and offered when it is opened
                return
            words = _("Record {label} again") if wish.instead_of else _("Record {label}")
            label = wish.take.label
            problem = cut
            try:
                if recorded:
                    title = words.format(label=shown_label(label)) if label else _("Record")
                    enter(project, recorded, title, instead_of=[wish.instead_of] if wish.instead_of else [])
            except StudioError as error:
                problem = error
            self.take_made.emit(TakeMade(wish.take, recorded, problem))

        self._session.ask(enter_it).add_done_callback(lambda _future: wish.entered.set())

    def _heard(self, ear: "_Ear", item: Item) -> None:
        """On the recorder's thread."""
        if ear is self._ear:
            index, count = (item.index, 1) if isinstance(item, Picture) else (item.first_index, len(item.samples))
            if self.recording_from is None and self.is_recording:
                self.recording_from = index
            self.lost += item.lost_before.total
            self.seen += item.lost_before.total + count
            self._items.append(item)

    def _tell(self, ear: "_Ear", hearing: Hearing) -> None:
        if ear is self._ear:
            self.hearing = hearing
            self.hearing_changed.emit(hearing)


class _Ear(threading.Thread):
    """A source's life, from being looked for to being closed."""

    def __init__(self, address: str, project: "Project", before: "list[_Ear]", owner: Listening) -> None:
        super().__init__(name=f"listening to {address.partition('?')[0]}", daemon=True)
        self.address, self.project = address, project
        self.wishes: queue.SimpleQueue[_Wish | None] = queue.SimpleQueue()  # None: see whether it is to end
        self._tell, self._heard, self._begin = owner._tell, owner._heard, owner._begin  # noqa: SLF001  it is its part
        self._before = before
        self._ended = threading.Event()

    def end(self) -> None:
        self._ended.set()
        self.wishes.put(None)

    def run(self) -> None:
        for ear in self._before:  # a port is open once only
            ear.join(END_TIMEOUT_S)
        while not self._ended.is_set():
            problem = self._listen()
            if problem is None:
                self._tell(self, Hearing())
                return
            self._tell(self, Hearing(State.LOST, self.address, problem=problem))
            self._ended.wait(TRY_AGAIN_S)

    def _listen(self) -> StudioError | None:
        """Until `end`, or until the source is lost: then what happened."""
        from studio.capture.recorder import Recorder
        from studio.capture.source import make_source

        settings = self.project.settings
        kind = KINDS[settings.sensor.kind]
        rate_hz = PICTURES_HZ if kind is CAMERA else settings.rate_hz
        try:
            source = make_source(self.address, rate_hz=rate_hz, folder=self.project.folder, kind=kind)
            with Recorder(source, self.project.recordings_folder) as recorder:
                recorder.heard.connect(lambda block: self._heard(self, block))
                recorder.seen.connect(lambda picture: self._heard(self, picture))
                recorder.listen()
                self._tell(self, Hearing(State.ON, self.address, recorder.origin))
                while not self._ended.is_set() and recorder.listening:
                    with contextlib.suppress(queue.Empty):
                        wish = self.wishes.get(timeout=LOOK_EVERY_S)
                        if wish is not None:
                            self._begin(self.project, recorder, wish)
                return recorder.problem
        except StudioError as error:
            log.info("%s: %r", self.address, error)
            return error
