"""A take by several sources: asked for once, recorded by each, entered in the catalogue as one edit."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.errors import StorageFailed, StudioError
from studio.core.text import gettext as _
from studio.ui.heard import Heard

if TYPE_CHECKING:
    from studio.capture.recorder import Recording, Take
    from studio.capture.recording_file import Recorded
    from studio.dataset.project import Project

log = logging.getLogger(__name__)

WAITED_FOR_S = 30.0  # a take that is to be longer, or has no end, goes on when a lost source is back


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

    @property
    def is_short(self) -> bool:
        """Whether it ends where its source is lost."""
        return self.seconds is not None and self.seconds <= WAITED_FOR_S

    @property
    def beside_s(self) -> float | None:
        """How long the others record; None: until the first one ends, which counts no time between pictures."""
        return None if self.every_s is not None else self.seconds


@dataclass(frozen=True)
class TakeMade:
    """A take that has ended. recorded: by the first source, empty where nothing was; cut: what ended it before its
    time, or kept it out of the catalogue. beside, beside_cut: the same of the others. instead_of: as Wish has it.
    entered: whether what was recorded is in the catalogue.
    """

    take: "Take"
    recorded: "tuple[Recorded, ...]"
    cut: StudioError | None
    beside: "tuple[Recorded, ...]" = ()
    beside_cut: StudioError | None = None
    instead_of: str | None = None
    entered: bool = True


class Together:
    """The recordings of one take, by all sources. They are entered as one edit, once the last is finished."""

    def __init__(self, wish: "Wish", heard: Sequence[Heard], project: "Project") -> None:
        """heard: the first source, and those beside it."""
        self.wish, self.project = wish, project
        self.finished = threading.Event()  # all have ended
        self.entered = threading.Event()
        self._heard = list(heard)
        self._left = set(self._heard)
        self._recordings: dict[Heard, Recording] = {}
        self._problems: dict[Heard, StudioError] = {}  # of those that could not begin
        self._lock = threading.Lock()

    def began(self, heard: Heard, recording: "Recording") -> None:
        with self._lock:
            self._recordings[heard] = recording
        self.look()

    def ended(self, heard: Heard, recording: "Recording | None", problem: StudioError | None = None) -> bool:
        """recording: None where it never began, because of `problem` if there is one. True: this was the last."""
        with self._lock:
            self._left.remove(heard)
            if recording is not None:  # it may have ended before `began` was told
                self._recordings[heard] = recording
            if problem is not None:
                self._problems[heard] = problem
            last = not self._left
        self.look()
        if last:
            self.finished.set()
        return last

    def look(self) -> None:
        """Ends what is to end as things stand."""
        with self._lock:
            over = [(heard, each) for heard, each in self._recordings.items() if self._is_to_end(heard)]
        for heard, recording in over:
            recording.end(None if heard.is_on else heard.hearing.problem)

    def _is_to_end(self, heard: Heard) -> bool:
        """All end when they are stopped by hand, and a short one when its source is lost. What is beside the first one
        ends with it, unless it is about to end by itself.
        """
        if heard not in self._left:
            return False
        away, of = not heard.is_on, self._heard[0]
        if self.wish.ended.is_set() or (away and self.wish.is_short):
            return True
        first = self._recordings.get(of)
        if heard is of or first is None:
            return of not in self._left
        return first.ended and (first.problem is not None or self.wish.beside_s is None or away)

    @property
    def first(self) -> "Recording | None":
        return self._recordings.get(self._heard[0])

    @property
    def beside(self) -> "list[Recording]":
        return [self._recordings[each] for each in self._heard[1:] if each in self._recordings]

    def enter(self, project: "Project") -> "TakeMade":
        """Once all have ended, on the catalogue's thread."""
        from studio.capture.recorder import enter
        from studio.dataset.selection import taken_with
        from studio.ui.class_styles import shown_label

        wish, first = self.wish, self.first
        recorded = tuple(first.recorded) if first is not None else ()
        problem = first.cut() if first is not None else self._problems.get(self._heard[0])
        beside = tuple(each for recording in self.beside for each in recording.recorded)
        cuts = [recording.cut() for recording in self.beside]
        not_begun = [self._problems.get(each) for each in self._heard[1:]]
        beside_cut = next((cut for cut in (*cuts, *not_begun) if cut is not None), None)
        words = _("Record {label} again") if wish.instead_of else _("Record {label}")
        title = words.format(label=shown_label(wish.take.label)) if wish.take.label else _("Record")
        entered = True
        try:
            if recorded or beside:
                goes = taken_with(wish.instead_of) if wish.instead_of and recorded else None
                enter(project, (*recorded, *beside), title, instead_of=goes)
        except StudioError as error:
            problem, entered = error, False
        except Exception as error:  # a fault of ours must not leave the take without an end
            log.exception("a take could not be entered")
            problem, entered = StorageFailed(str(project.folder), str(error) or type(error).__name__), False
        return TakeMade(wish.take, recorded, problem, beside, beside_cut, wish.instead_of, entered)
