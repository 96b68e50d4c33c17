"""What Label asks of the catalogue: one edit and one undo step an act, worded for Undo."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from studio.core.text import gettext as _
from studio.ui.class_styles import shown_label
from studio.ui.session import Session

if TYPE_CHECKING:
    from studio.dataset.edits import Edit
    from studio.dataset.project import Project
    from studio.dataset.segments import ListedSegment
    from studio.dataset.selection import Selection

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """What an act is about. chosen: asked on the catalogue's thread. name: of a single segment's recording."""

    chosen: "Callable[[Project], Selection]"
    count: int
    name: str

    @property
    def words(self) -> str:
        return self.name if self.count == 1 else _("{count:,} segments").format(count=self.count)


def target_of_one(row: "ListedSegment") -> Target:
    from studio.dataset.selection import of_segments

    return Target(lambda _project: of_segments([row.id]), 1, row.path.stem)


def target_of_rows(spans: Sequence[tuple[int, int]], selection: "Selection", listed: int) -> Target:
    """Rows of a list of `listed` segments. spans: first row and how many; those not at hand are asked for then."""
    from studio.dataset.selection import of_segments

    count = sum(height for _first, height in spans)
    if count == listed:
        return Target(lambda _project: selection, count, "")

    def chosen(project: "Project") -> "Selection":
        return of_segments(i for first, n in spans for i in project.catalogue.segment_ids(selection, first, n))

    return Target(chosen, count, "")


class LabelEdits:
    """Each returns the future of its edit; failure is told by the session, and undo offered."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def relabel(self, target: Target, label: str) -> "Future[int]":
        """label: "" takes it off."""
        name = shown_label(label.strip())
        title = _("Label {what} as {label}") if label else _("Take the label off {what}")
        return self._edit(
            title.format(what=target.words, label=name),
            lambda edit, project: edit.set_label(target.chosen(project), label or None),
        )

    def set_person(self, target: Target, who: str) -> "Future[int]":
        """who: a code, or a name, which goes into the ledger; "" for nobody."""

        def change(edit: "Edit", project: "Project") -> int:
            people = project.people()
            changed = edit.set_person(target.chosen(project), people.enter(who) if who else None)
            people.save()
            return changed

        title = _("Give {what} to a person") if who else _("Take the person off {what}")
        return self._edit(title.format(what=target.words), change)

    def discard(self, target: Target) -> "Future[tuple[int, int]]":
        title = _("Remove {what}").format(what=target.words)
        return self._edit(title, lambda edit, project: edit.discard(target.chosen(project)))

    def remove_recording(self, row: "ListedSegment") -> "Future[int]":
        """With all its segments; the file, if there is one, stays where it is."""
        from studio.dataset.selection import of_recordings

        title = _("Remove {name}").format(name=row.path.stem)
        return self._edit(title, lambda edit, _project: edit.remove(of_recordings([row.recording])))

    def create(self, row: "ListedSegment", start: int, end: int) -> "Future[int]":
        """A segment without a label, in the recording that `row` is of."""
        from studio.dataset.edits import Span

        title = _("New segment in {name}").format(name=row.path.stem)
        return self._edit(title, lambda edit, _project: edit.add_segments(row.recording, [Span(None, start, end)]))

    def trim(self, segment_id: str, start: int, end: int) -> "Future[int]":
        return self._edit(_("Trim a segment"), lambda edit, _project: edit.set_span(segment_id, start, end))

    def split(self, segment_id: str, at: int) -> "Future[str]":
        return self._edit(_("Split a segment"), lambda edit, _project: edit.split_segment(segment_id, at))

    def join(self, first: str, second: str) -> "Future[int]":
        return self._edit(_("Join two segments"), lambda edit, _project: edit.join_segments(first, second))

    def _edit(self, title: str, change: "Callable[[Edit, Project], T]") -> "Future[T]":
        project = self._session.project
        if project is None:
            refused: Future[T] = Future()
            refused.cancel()
            return refused
        return self._session.edit(title, lambda edit: change(edit, project))
