"""What Collect listens to: what the project senses, and what is recorded beside it. Each source is opened and closed
on a thread of its own; what all of them recorded of a take is entered in the catalogue as one edit.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.capture.link_state import LinkState
from studio.core.errors import StudioError
from studio.core.samples import CAMERA, Item, Picture
from studio.core.signal import Signal
from studio.ui.heard import END_TIMEOUT_S, Ear, Heard, Hearing, Wanted
from studio.ui.together import TakeMade, Together, Wish

if TYPE_CHECKING:
    from studio.capture.recorder import Recorder, Recording, Take
    from studio.dataset.project import Project
    from studio.ui.session import Session

log = logging.getLogger(__name__)

WAITED_FOR_S = 30.0  # a take that is to be longer, or has no end, goes on when a lost source is back


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
        self._ending: list[Ear] = []
        self._begun: list[Together] = []
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
        heard.ear = Ear(heard, project, [ear for ear in self._ending if ear.is_alive()], self)
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
        from studio.dataset.recordings import new_id

        heard = [each for each in self.sources if each is self.main or each.is_on]
        take = replace(take, take=new_id(), session=new_id() if len(heard) > 1 else take.session)
        from_ns = None if from_index is None else self.main.came_ns(from_index)
        self._wish = Wish(take, seconds, every_s, instead_of, from_index, from_ns, threading.Event())
        together = Together(self._wish, heard)
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

    def begin_one(self, heard: Heard, project: "Project", recorder: "Recorder", together: Together) -> None:
        """Making a file waits for the disk."""
        wish, is_first = together.wish, heard is self.main
        from_index = wish.from_index
        if not is_first:
            from_index = None if wish.from_ns is None else recorder.index_at(wish.from_ns)
        heard.recording_from = from_index
        try:
            recording = recorder.begin(
                wish.take if is_first else replace(wish.take, beside=True),
                wish.seconds if is_first else wish.beside_s,
                lambda recording: self._ended(heard, project, together, recording),
                every_s=wish.every_s if is_first else None,
                from_index=from_index,
            )
        except StudioError as error:
            log.info("%s: %r", heard.wanted.address, error)
            self._ended(heard, project, together, None, error)
        else:
            heard.recording = recording
            together.began(heard, recording)

    def _ended(
        self,
        heard: Heard,
        project: "Project",
        together: Together,
        recording: "Recording | None",
        problem: StudioError | None = None,
    ) -> None:
        """On a file's thread, or the ear's own."""

        def enter(opened: "Project") -> None:
            if opened is project:  # else its files are marked as unfinished, and offered when it is opened
                self.take_made.emit(together.enter(opened))

        if together.ended(heard, recording, problem):
            self._session.ask(enter).add_done_callback(lambda _future: together.entered.set())

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
