"""What Label works on, without a widget: the filter, the segment in hand with its recording, and the acts on them.

Each act is one edit of the catalogue and one undo step, worded for Undo.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.text import counted
from studio.core.text import gettext as _
from studio.ui.bridge import when_done
from studio.ui.class_styles import shown_label
from studio.ui.pages.label_filter import Counts
from studio.ui.pages.label_kinds import reader_of
from studio.ui.session import Session

if TYPE_CHECKING:
    from studio.dataset.edits import Edit
    from studio.dataset.project import Project
    from studio.dataset.segments import ListedSegment
    from studio.dataset.selection import Selection
    from studio.ui.widgets.sample_reader import SampleReader

T = TypeVar("T")
HISTORY_SHOWN = 5


@dataclass(frozen=True)
class Target:
    """What an act is about. chosen: asked on the catalogue's thread. name: of a single segment's recording."""

    chosen: "Callable[[Project], Selection]"
    count: int
    name: str

    @property
    def words(self) -> str:
        return self.name if self.count == 1 and self.name else counted("{n:,} segment", "{n:,} segments", self.count)


class Labelling(QObject):
    """Reads beside the GUI thread; of several recordings asked for meanwhile only the last comes.

    `counted(counts, labels)`: how segments spread, and labels that are to come. `opened(rows, reader)`: another
    recording, with all its segments. `refused(error, row)`: why it cannot be shown. `in_view(row)`: the segment in hand
    is to be seen. `rows_changed(rows)`: the recording's segments after an edit. `made(id)`: the segment that was just
    made. `history(changes)`: of the segment in hand. `measured(row)`: more is known of one.
    """

    counted = Signal(object, object)
    opened = Signal(object, object)
    refused = Signal(object, object)
    in_view = Signal(object)
    rows_changed = Signal(object)
    made = Signal(str)
    history = Signal(object)
    measured = Signal(object)

    def __init__(self, session: Session, files: ThreadPoolExecutor, owner: QObject) -> None:
        super().__init__(owner)
        self._session, self._files = session, files
        self.selection: Selection | None = None  # what the filter lets through
        self.row: ListedSegment | None = None  # in hand
        self.recording = ""  # id of the one that is open, or of the one that cannot be
        self.rows: list[ListedSegment] = []  # its segments; empty where it cannot be shown
        self._number = 0
        self._awaits_new = False

    @property
    def unreadable(self) -> bool:
        """Whether the recording in hand cannot be shown."""
        return bool(self.recording) and not self.rows

    # What is in hand

    def let_go(self) -> None:
        """Nothing is in hand, and what is on its way is not shown."""
        self._number += 1
        self.row, self.recording, self.rows = None, "", []

    def take(self, row: "ListedSegment") -> None:
        """Another one is in hand; its recording is opened if it is not yet."""
        self.row = row
        if row.recording != self.recording:
            self._open(row)
        elif self.rows:
            self._show(row)

    def edited(self, row: "ListedSegment") -> None:
        """The same one after an edit: the view stays where it is."""
        self.row = row
        self._look_closer(row)

    def read_again(self) -> None:
        """After an edit, whoever made it: the recording's segments as they are now."""
        recording = self.recording
        if not self.rows:
            return

        def show(rows: "list[ListedSegment]") -> None:
            if recording != self.recording or not rows:
                return
            known = {row.id for row in self.rows}
            self._keep(rows)
            new = [row for row in rows if row.id not in known and not row.whole]
            if self._awaits_new and new:
                self._awaits_new = False
                self.made.emit(new[0].id)

        self._ask(lambda project: project.catalogue.segments_of(recording), show)

    def count_all(self) -> None:
        """How segments spread, and which classes and people there are: `counted` comes of it."""

        def read(project: "Project") -> tuple[Counts, set[str]]:
            from studio.dataset.script import script_labels

            catalogue = project.catalogue
            with_background = project.settings.row.has_background
            counts = Counts(  # of all that is listed
                catalogue.label_counts(beside=True), catalogue.counts_by("person"), catalogue.counts_by("session")
            )
            return counts, {*project.settings.labels, *script_labels(catalogue, with_background=with_background)}

        self._ask(read, lambda found: self.counted.emit(*found))

    def next_unlabelled(self, after: str, go: "Callable[[ListedSegment | None], None]") -> None:
        """The first after a row, by its key, and from the top again after the last."""
        from studio.dataset.selection import unlabelled

        if self.selection is None:
            return
        wanted = self.selection.and_also(unlabelled())

        def find(project: "Project") -> "list[ListedSegment]":
            catalogue = project.catalogue
            return catalogue.segments(wanted, limit=1, after=after or None) or catalogue.segments(wanted, limit=1)

        self._ask(find, lambda rows: go(rows[0] if rows else None))

    def _keep(self, rows: "list[ListedSegment]") -> None:
        self.rows = rows
        self.rows_changed.emit(rows)

    def _show(self, row: "ListedSegment") -> None:
        self.in_view.emit(row)
        self._look_closer(row)

    def _open(self, row: "ListedSegment") -> None:
        project = self._session.project
        if project is None:
            return
        self._number += 1
        number = self._number

        def read() -> "tuple[list[ListedSegment], SampleReader] | None":
            return None if number != self._number else (project.catalogue.segments_of(row.recording), reader_of(row))

        def show(found: "tuple[list[ListedSegment], SampleReader] | None") -> None:
            if found is not None and number == self._number and found[0]:
                self.recording, self.rows = row.recording, found[0]
                self.opened.emit(*found)
                self._show(row)

        def refuse(error: StudioError) -> None:
            if number == self._number:
                self.recording, self.rows = row.recording, []
                self.refused.emit(error, row)

        when_done(self._read(read), show, owner=self, failed=refuse)

    def _read(self, work: Callable[[], Any]) -> "Future[Any]":
        try:
            return self._files.submit(work)
        except RuntimeError:  # the window closes
            return _cancelled()

    def _look_closer(self, row: "ListedSegment") -> None:
        """What was done to the segment, and, the first time, what can be measured of its recording."""

        def told(changes: Any) -> None:
            if self.row == row:
                self.history.emit(changes)

        self._ask(lambda project: project.catalogue.changes_of(row.id, HISTORY_SHOWN), told)
        project, rows = self._session.project, self.rows
        is_known = row.measured is not None or row.quality not in ("", "gaps")
        if is_known or project is None or not rows or not project.writable:
            return

        def look() -> "list[ListedSegment]":
            from studio.dataset.quality import measured

            if self._session.project is project:
                project.catalogue.keep_measurements({row.recording: measured(row.path)})
            return project.catalogue.segments_of(row.recording)

        def show(known: "list[ListedSegment]") -> None:
            for each in known:
                self.measured.emit(each)

        when_done(self._session.in_background(look), show, owner=self, failed=lambda _error: None)

    # Acts

    def target_of_one(self, segment_id: str, otherwise: "ListedSegment | None") -> Target | None:
        """A segment of the recording that is open, or of the one that cannot be."""
        from studio.dataset.selection import of_segments

        row = next((row for row in self.rows if row.id == segment_id), otherwise)
        return None if row is None else Target(lambda _project: of_segments([row.id]), 1, row.path.stem)

    def target_of_rows(self, spans: Sequence[tuple[int, int]], listed: int) -> Target | None:
        """Rows of the list of `listed` segments. spans: first row and count; those not at hand are asked for then."""
        from studio.dataset.selection import of_segments

        selection, count = self.selection, sum(height for _first, height in spans)
        if selection is None or count == listed:
            return None if selection is None else Target(lambda _project: selection, count, "")

        def chosen(project: "Project") -> "Selection":
            return of_segments(i for first, n in spans for i in project.catalogue.segment_ids(selection, first, n))

        return Target(chosen, count, "")

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

    def remove_recording(self) -> None:
        """The one in hand, with all its segments; the file, if there is one, stays where it is."""
        from studio.dataset.selection import of_recordings

        row = self.row
        if row is not None:
            title = _("Remove {name}").format(name=row.path.stem)
            self._edit(title, lambda edit, _project: edit.remove(of_recordings([row.recording])))

    def create(self, start_s: float, end_s: float) -> None:
        """A segment without a label in the recording that is open; `made` when it is there."""
        from studio.dataset.edits import Span

        if self.rows:
            self._awaits_new = True
            row, span = self.rows[0], Span(None, self._samples(start_s), self._samples(end_s))
            title = _("New segment in {name}").format(name=row.path.stem)
            self._edit(title, lambda edit, _project: edit.add_segments(row.recording, [span]))

    def trim(self, segment_id: str, start_s: float, end_s: float) -> None:
        """Shown at once, and as it was again where the catalogue refuses."""
        start, end = self._samples(start_s), self._samples(end_s)
        self._keep(
            [replace(r, start=start, end=end, whole=False) if r.id == segment_id else r for r in self.rows],
        )
        done = self._edit(_("Trim a segment"), lambda edit, _project: edit.set_span(segment_id, start, end))
        when_done(done, lambda _count: None, owner=self, failed=lambda _error: self.read_again())

    def split(self, segment_id: str, at_s: float) -> None:
        at = self._samples(at_s)
        self._edit(_("Split a segment"), lambda edit, _project: edit.split_segment(segment_id, at))

    def join(self, first: str, second: str) -> None:
        self._edit(_("Join two segments"), lambda edit, _project: edit.join_segments(first, second))

    def _samples(self, at_s: float) -> int:
        row = self.rows[0]
        return min(max(round(at_s * row.rate_hz), 0), row.samples)

    def _ask(self, read: "Callable[[Project], T]", show: Callable[[T], None]) -> None:
        when_done(self._session.ask(read), show, owner=self, failed=self._session.fail)

    def _edit(self, title: str, change: "Callable[[Edit, Project], T]") -> "Future[T]":
        """Failure is told by the session, and undo offered."""
        project = self._session.project
        return _cancelled() if project is None else self._session.edit(title, lambda edit: change(edit, project))


def _cancelled() -> "Future[Any]":
    refused: Future[Any] = Future()
    refused.cancel()
    return refused
