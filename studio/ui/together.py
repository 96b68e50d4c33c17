"""A take by several sources: asked for once, recorded by each, entered in the catalogue as one edit."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.ui.heard import Heard

if TYPE_CHECKING:
    from studio.capture.recorder import Recording, Take
    from studio.capture.recording_file import Recorded
    from studio.dataset.project import Project


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
    def beside_s(self) -> float | None:
        """How long the others record; None: until the first one ends, which counts no time between pictures."""
        return None if self.every_s is not None else self.seconds


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


class Together:
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

    def ended(self, heard: Heard, recording: "Recording | None", problem: StudioError | None = None) -> bool:
        """recording: None where it never began, because of `problem`. True: this was the last. What is beside the first
        one ends with it, unless it is about to end by itself.
        """
        with self._lock:
            self._left -= 1
            if recording is not None:  # it may have ended before `began` was told
                self._recordings[heard] = recording
            if heard is self._heard[0]:
                self.problem = problem
            over, last = heard is self._heard[0] and self._is_over, self._left == 0
            others = [each for of, each in self._recordings.items() if of is not self._heard[0]]
        for other in others if over else ():
            other.end()
        return last

    @property
    def _is_over(self) -> bool:
        """Whether the first one ended before its time, or had none."""
        first = self._recordings.get(self._heard[0])
        if first is None:
            return self.problem is not None
        return first.ended and (first.problem is not None or self.wish.beside_s is None or self.wish.ended.is_set())

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
        problem = first.cut() if first is not None else self.problem
        beside = tuple(each for recording in self.beside for each in recording.recorded)
        beside_cut = next((cut for recording in self.beside if (cut := recording.cut()) is not None), None)
        words = _("Record {label} again") if wish.instead_of else _("Record {label}")
        title = words.format(label=shown_label(wish.take.label)) if wish.take.label else _("Record")
        try:
            if recorded or beside:
                goes = taken_with(wish.instead_of) if wish.instead_of and recorded else None
                enter(project, (*recorded, *beside), title, instead_of=goes)
        except StudioError as error:
            problem = error
        return TakeMade(wish.take, recorded, problem, beside, beside_cut)
