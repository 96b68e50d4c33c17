"""What Collect listens to: what the project senses, and what is recorded beside it. Each source is opened and closed
on a thread of its own; what all of them recorded of a take is entered in the catalogue as one edit.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from studio.capture.link_state import LinkState
from studio.core.errors import StudioError
from studio.core.samples import CAMERA, Item, Picture
from studio.core.signal import Signal
from studio.core.text import gettext as _
from studio.ui.heard import END_TIMEOUT_S, Ear, Heard, Hearing, Wanted
from studio.ui.session import Notice
from studio.ui.together import TakeMade, Together, Wish

if TYPE_CHECKING:
    from concurrent.futures import Future

    from studio.capture.recorder import Recorder, Recording, Take
    from studio.dataset.project import Project
    from studio.ui.session import Session

log = logging.getLogger(__name__)


class Listening:
    """The sources that are heard, the first of which is what the project senses. Its signals are emitted on other
    threads. Everything here returns at once but `close`.

    hearing_changed: a source is reached, lost or back. onset: at this sample something begins in the first one, while
    `find_onsets` is on.
    """

    def __init__(self, session: "Session") -> None:
        self.main = Heard(Wanted(""), is_first=True)
        self.beside: list[Heard] = []
        self.newest: str | None = None  # key of the take that was begun last
        self.hearing_changed: Signal[Heard] = Signal()
        self.take_made: Signal[TakeMade] = Signal()
        self.onset: Signal[int] = Signal()
        self._session = session
        self._ending: list[Ear] = []
        self._begun: list[Together] = []
        self._finds_onsets = False
        session.on_leave(self._leave)

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
        heard = Heard(wanted, is_first=heard.is_first)
        self._find_onsets(heard)
        heard.ear = Ear(heard, project, [ear for ear in self._ending if ear.is_alive()], self)
        self.tell(heard, Hearing(LinkState.CONNECTING, wanted.address))
        heard.ear.start()
        return heard

    def stop(self) -> None:
        """Ends the take that is on, and lets all sources go."""
        self.end()
        for heard in self.sources:
            self._let_go(heard)
        self.main, self.beside = Heard(Wanted(""), is_first=True), []

    def _let_go(self, heard: Heard) -> None:
        self._with_recordings(lambda recording: recording.end(), [heard])  # before the source, which may be slow
        ear, heard.ear = heard.ear, None
        if ear is not None:
            self._ending = [old for old in self._ending if old.is_alive()] + [ear]
            ear.end()
            heard.hearing = Hearing(address=heard.wanted.address)
            self.hearing_changed.emit(heard)
            self._session.show_link(heard.wanted.address, None, heard.wanted.kind)

    def close(self) -> None:
        """As `stop`, and waits until the take is in the catalogue and the sources are closed."""
        self.stop()
        deadline_s = time.monotonic() + END_TIMEOUT_S
        for together in self._begun:
            together.entered.wait(max(0.0, deadline_s - time.monotonic()))
        for ear in self._ending:
            ear.join(max(0.0, deadline_s - time.monotonic()))

    def begin(
        self,
        take: "Take",
        seconds: float | None,
        *,
        every_s: float | None = None,
        instead_of: str | None = None,
        from_index: int | None = None,
    ) -> str | None:
        """Records a take by all sources as soon as its files are made, some milliseconds, and gives its key. every_s,
        from_index: as Recorder.begin has them, of the first source. instead_of: key of the take that goes, with what
        was recorded beside it, once this one is there. Without the first source nothing happens, which gives None.
        """
        from studio.dataset.recordings import new_id

        ear = self.main.ear
        if ear is None or not self.main.is_on:
            return None
        heard = [each for each in self.sources if each is self.main or each.is_on]
        self.newest = new_id()
        take = replace(take, take=self.newest, session=new_id() if len(heard) > 1 else take.session)
        from_ns = None if from_index is None else self.main.came_ns(from_index)
        wish = Wish(take, seconds, every_s, instead_of, from_index, from_ns, threading.Event())
        together = Together(wish, heard, ear.project)
        self._begun = [each for each in self._begun if not each.entered.is_set()] + [together]
        for each in heard:
            begin = partial(self._begin_one, each, together)
            if each.ear is None or not each.ear.ask(begin):
                begin(None)
        return self.newest

    def mark(self) -> bool:
        """The take that is on is marked here, by all. False: none is on."""
        self._with_recordings(lambda recording: recording.mark())
        return any(each.is_recording for each in self.sources)

    @property
    def button(self) -> Heard | None:
        """Whose can be pressed: the first source's, else that of the first one beside it that is a virtual board."""
        return next((each for each in self.sources if each.has_button), None)

    def press(self) -> None:
        """That button, which the board tells of by a mark in its stream; nothing where there is none."""
        heard = self.button
        if heard is not None and heard.ear is not None:
            heard.ear.press()

    def hold(self, label: str) -> None:
        """What comes is labelled so until `release`, in the recordings of all."""
        self._with_recordings(lambda recording: recording.hold(label))

    def release(self, label: str) -> None:
        self._with_recordings(lambda recording: recording.release(label))

    def end(self) -> None:
        """The take that is on ends here, by all."""
        for together in self._begun:
            together.wish.ended.set()
        self._with_recordings(lambda recording: recording.end())

    def _with_recordings(self, work: "Callable[[Recording], object]", of: Sequence[Heard] | None = None) -> None:
        """On the ears' threads: a recording that is writing a long gap lets nobody near. of: None: of all."""
        for each in self.sources if of is None else of:
            if each.recording is not None and each.ear is not None:
                each.ear.ask(partial(_with, work, each.recording))

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

    def _begin_one(self, heard: Heard, together: Together, recorder: "Recorder | None") -> None:
        """Making a file waits for the disk. recorder: None where the source is gone."""
        from studio.capture.source import SourceLost

        wish = together.wish
        if recorder is None:
            problem = None if wish.ended.is_set() else SourceLost(heard.wanted.address, 0.0)
            self._ended(heard, together, None, problem)
            return
        from_index = wish.from_index
        if not heard.is_first:
            from_index = None if wish.from_ns is None else recorder.index_at(wish.from_ns)
        heard.recording_from = from_index
        try:
            recording = recorder.begin(
                replace(wish.take, beside=not heard.is_first),
                wish.seconds if heard.is_first else wish.beside_s,
                lambda recording: self._ended(heard, together, recording),
                every_s=wish.every_s if heard.is_first else None,
                from_index=from_index,
            )
        except StudioError as error:
            log.info("%s: %r", heard.wanted.address, error)
            self._ended(heard, together, None, error)
        else:
            heard.recording = recording
            together.began(heard, recording)

    def _ended(
        self, heard: Heard, together: Together, recording: "Recording | None", problem: StudioError | None = None
    ) -> None:
        """On a file's thread, or the ear's own."""
        if together.ended(heard, recording, problem):
            asked = self._session.ask(partial(self._enter, together))
            asked.add_done_callback(partial(self._asked, together))

    def _enter(self, together: Together, project: "Project") -> None:
        """On the catalogue's thread."""
        if project is together.project and not together.entered.is_set():
            self.take_made.emit(together.enter(project))
            together.entered.set()

    def _asked(self, together: Together, asked: "Future[None]") -> None:
        if not together.entered.is_set():  # the project was closed meanwhile, which did not wait so long
            log.warning("a take was not entered: %s", "closed" if asked.cancelled() else asked.exception())
            told = _("Its files are kept, and offered when the project is opened again.")
            self._session.notify(Notice(_("A take ended after its project was closed."), told, "warn"))
            together.entered.set()

    def _leave(self) -> None:
        """On the catalogue's thread, while the project is still open: its take ends, and is entered."""
        self.end()
        for together in self._begun:
            if together.finished.wait(END_TIMEOUT_S):
                self._enter(together, together.project)

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
        self._session.show_link(hearing.address, hearing.state, heard.wanted.kind)

    def lost(self, heard: Heard, hearing: Hearing) -> None:
        """It is away, and may come back: what of a take does not wait for it ends."""
        heard.hearing = hearing
        for together in self._begun:
            together.look()
        self.tell(heard, hearing)


def _with(work: "Callable[[Recording], object]", recording: "Recording", _recorder: "Recorder | None") -> None:
    work(recording)
