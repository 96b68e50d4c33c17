"""What Collect shows of the catalogue, read on its thread: script, counts, newest takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.dataset.people import Consent
from studio.dataset.script import Progress, read_progress
from studio.dataset.settings import BrokenSettings
from studio.ui.bridge import when_done
from studio.ui.widgets.looks import Look, look_at

if TYPE_CHECKING:
    from studio.dataset.catalogue import Listed
    from studio.dataset.project import Project
    from studio.dataset.quality import TakeCheck
    from studio.ui.session import Session

SHOWN = 24
COMPARED = 100  # takes before them that a copy is looked for among


@dataclass(frozen=True, eq=False)
class ShownTake:
    """label: "" for none, and where it has several segments, whose labels are in `labels`. number: its place among its
    label's, 0 without. like: the number of the take that it repeats. kind: of its sensor.
    """

    id: str
    path: Path
    label: str
    person: str | None
    number: int
    seconds: float
    check: "TakeCheck"
    like: int | None
    kind: str
    look: Look
    labels: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Its check in a word or two."""
        if self.check.kind == "copy":
            number = self.like
            return _("like take {number}").format(number=number) if number is not None else _("like an earlier one")
        words = {
            "good": _("good"),
            "clipped": _("clipped"),
            "silent": _("silent"),
            "short": _("short"),
            "gaps": _("gaps"),
            "dc-offset": _("off centre"),
            "missing": _("no file"),
            "unreadable": _("unreadable"),
            "changed": _("changed"),
            "flat": _("stands still"),
            "rate": _("other rate"),
            "irregular": _("irregular"),
            "dark": _("dark"),
            "bright": _("too bright"),
            "blurred": _("blurred"),
            "small": _("small"),
        }
        return words.get(self.check.kind, self.check.kind)


def look_at_takes(project: "Project", made: Mapping[str, int], known: Mapping[str, ShownTake]) -> list[ShownTake]:
    """The newest takes, on the catalogue's thread. made: takes by label. known: what was looked at before."""
    from studio.dataset.quality import check_takes

    rows = project.catalogue.newest(SHOWN + COMPARED)
    left = dict(made)
    numbers: dict[str, int] = {}
    for row in rows:
        label = _label_of(row)
        numbers[row.id] = left.get(label, 0) if label else 0
        for each in row.labels:
            left[each or ""] = left.get(each or "", 0) - 1
    shown = rows[:SHOWN]
    new = [row for row in shown if row.id not in known]
    checks = check_takes(project.catalogue, new, rows) if new else {}
    takes = []
    for row in shown:
        before = known.get(row.id)
        look = before.look if before is not None else look_at(row.kind, row.path)
        check = before.check if before is not None else checks[row.id]
        label = _label_of(row)
        like = numbers.get(check.like) if check.like is not None else None
        labels = tuple(dict.fromkeys(each for each in row.labels if each))
        number, kind = numbers[row.id], row.kind
        takes.append(
            ShownTake(row.id, row.path, label, row.person, number, row.seconds, check, like, kind, look, labels)
        )
    return takes


def _label_of(row: "Listed") -> str:
    return (row.labels[0] or "") if len(row.labels) == 1 else ""


def _people_of(project: "Project") -> tuple[dict[str, str], dict[str, Consent]]:
    """Their names and consents, by code. None of them where the ledger is broken, which is told when a person is
    entered: takes are shown all the same.
    """
    try:
        people = project.people()
    except BrokenSettings:
        return {}, {}
    return people.names, people.consents


@dataclass(frozen=True)
class Seen:
    """names, consents: of the people, by code."""

    project: "Project"
    progress: Progress
    takes: list[ShownTake]
    names: dict[str, str]
    consents: dict[str, Consent]


class SeenReader(QObject):
    """One reading at a time; what is asked for meanwhile is one more, afterwards."""

    seen = Signal(object)  # Seen

    def __init__(self, session: "Session", parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._reading = False
        self._next: tuple[Project | None, dict[str, ShownTake]] | None = None

    def read(self, project: "Project | None", takes: Sequence[ShownTake]) -> None:
        """takes: as seen last, whose files are not read again. Nothing for no project."""
        known = {take.id: take for take in takes}
        if project is None:
            return
        if self._reading:
            self._next = (project, known)
            return
        self._reading = True

        def look(opened: "Project") -> Seen:
            row = opened.settings.row
            progress = read_progress(
                opened.catalogue, with_background=row.has_background, with_recorded=not row.predicts_value
            )
            made: dict[str, int] = {}
            for (label, _person), count in progress.counts.items():
                made[label] = made.get(label, 0) + count
            return Seen(opened, progress, look_at_takes(opened, made, known), *_people_of(opened))

        when_done(self._session.ask(look), self._done, owner=self, failed=self._failed)

    def _done(self, seen: Seen) -> None:
        self.seen.emit(seen)
        self._again()

    def _failed(self, error: StudioError) -> None:
        self._session.fail(error)
        self._again()

    def _again(self) -> None:
        self._reading = False
        following, self._next = self._next, None
        if following is not None:
            self.read(following[0], list(following[1].values()))
