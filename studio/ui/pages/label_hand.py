"""The segment in hand on Label: its recording read for the editor, and what is known of it told by the inspector."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.ui.bridge import when_done
from studio.ui.pages.label_editor import EditorPanel
from studio.ui.pages.label_inspector import HISTORY_SHOWN, SegmentInspector
from studio.ui.pages.label_rows import reader_of
from studio.ui.session import Session
from studio.ui.widgets.sample_reader import SampleReader

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.segments import ListedSegment


class SegmentInHand(QObject):
    """Reads beside the GUI thread; of several asked for meanwhile only the last is shown.

    `opened` when the editor shows another recording, or why it cannot; `measured(row)` when more is known of one.
    """

    opened = Signal()
    measured = Signal(object)

    def __init__(
        self, session: Session, editor: EditorPanel, inspector: SegmentInspector, files: ThreadPoolExecutor
    ) -> None:
        super().__init__(editor)
        self._session, self._editor, self._inspector, self._files = session, editor, inspector, files
        self.row: ListedSegment | None = None
        self.recording = ""  # id of the one in the editor, or of the one that it says why it cannot show
        self.zoom: tuple[float, float] | None = None  # to be shown of the recording that comes next
        self._number = 0
        self._awaits_new = False

    def let_go(self) -> None:
        """Nothing is in hand, and what is on its way is not shown."""
        self._number += 1
        self.row, self.recording, self.zoom = None, "", None

    def take(self, row: "ListedSegment") -> None:
        """Another one is in hand; its recording comes into the editor if it is not there yet."""
        self.row = row
        if row.recording == self.recording:
            self._show(row)
        elif (project := self._session.project) is not None:
            self._open(row, project)

    def edited(self, row: "ListedSegment") -> None:
        """The same one after an edit: the view stays where it is."""
        self.row = row
        self._look_closer(row)

    def await_new(self) -> None:
        """The next segment that comes into the recording is the one in hand then."""
        self._awaits_new = True

    def read_again(self) -> None:
        """After an edit, whoever made it: the recording's segments as they are now."""
        recording = self.recording
        if not recording or not self._editor.rows:
            return

        def show(rows: "list[ListedSegment]") -> None:
            if recording != self.recording or not rows:
                return
            known = {row.id for row in self._editor.rows}
            self._editor.show_rows(rows)
            new = [row for row in rows if row.id not in known and not row.whole]
            if self._awaits_new and new:
                self._awaits_new = False
                self._editor.plots.tool.select(new[0].id)

        read = self._session.ask(lambda project: project.catalogue.segments_of(recording))
        when_done(read, show, owner=self, failed=self._session.fail)

    def _show(self, row: "ListedSegment") -> None:
        tool = self._editor.plots.tool
        tool.select(row.id if any(band.id == row.id for band in tool.bands) else "")
        self._editor.bring_into_view(row)
        self._look_closer(row)

    def _open(self, row: "ListedSegment", project: "Project") -> None:
        self._number += 1
        number = self._number

        def read() -> "tuple[list[ListedSegment], SampleReader] | None":
            if number != self._number:
                return None
            return project.catalogue.segments_of(row.recording), reader_of(row)

        def show(found: "tuple[list[ListedSegment], SampleReader] | None") -> None:
            if found is None or number != self._number or not found[0]:
                return
            self.recording = row.recording
            self._editor.open(*found)
            self._show(row)
            if self.zoom is not None:
                self._editor.plots.axis.show(*self.zoom)
            self.zoom = None
            self.opened.emit()

        def fail(error: StudioError) -> None:
            if number == self._number:
                self.recording = row.recording
                self._editor.show_error(error, row.path.stem)
                self.opened.emit()

        when_done(self._read(read), show, owner=self, failed=fail)

    def _read(self, work: Callable[[], Any]) -> "Future[Any]":
        try:
            return self._files.submit(work)
        except RuntimeError:  # the window closes
            refused: Future[Any] = Future()
            refused.cancel()
            return refused

    def _look_closer(self, row: "ListedSegment") -> None:
        """What was done to the segment, and, the first time, what can be measured of its recording."""

        def show_history(changes: Any) -> None:
            if self.row == row:
                self._inspector.show_history(changes)

        history = self._session.ask(lambda project: project.catalogue.changes_of(row.id, HISTORY_SHOWN))
        when_done(history, show_history, owner=self, failed=self._session.fail)
        project = self._session.project
        if row.measured is not None or project is None or not self._editor.rows:
            return

        rows = self._editor.rows

        def look() -> "list[ListedSegment]":
            from studio.dataset.measuring import measure
            from studio.dataset.segments import quality_of

            known = measure(row.path)
            if project.writable and self._session.project is project:
                project.catalogue.keep_measurements({row.recording: known.as_dict()})
            return [replace(each, measured=known, quality=quality_of(known, each.lost_inside)) for each in rows]

        def show(known: "list[ListedSegment]") -> None:
            for each in known:
                self.measured.emit(each)

        when_done(self._session.in_background(look), show, owner=self, failed=lambda _error: None)
