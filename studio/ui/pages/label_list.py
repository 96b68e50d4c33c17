"""Label's list: the segments that the filter lets through, as rows or as pictures, with one selection over both."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelectionModel, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.pages.label_rows import picture_of, segment_columns, segment_thumbnail
from studio.ui.widgets.lazy_table import LazyTable, RowSource, RowTable
from studio.ui.widgets.painted import ClassStyle, px
from studio.ui.widgets.thumbnail_grid import GAP, ThumbnailGrid

if TYPE_CHECKING:
    from studio.dataset.segments import ListedSegment

MOST_LOOKED_AT = 200  # selected rows that `chosen` gives
_LEAST_HEIGHT = 28 + 3 * 30  # the head and three rows
_LEAST = (7, 5, 6, 2)  # columns: who set it, session, quality, start
_SETTLE_MS = 30  # holding an arrow key down tells of the last row only
_FLAGS = QItemSelectionModel.SelectionFlag


class SegmentList(QStackedWidget):
    """`current_changed(row)` when another row is in hand, `current_edited(row)` when the same one has changed;
    `chosen_changed` when more or fewer are selected.

    What is in hand stays so through edits: by its key, or else by its place.
    """

    current_changed = Signal(object)
    current_edited = Signal(object)
    chosen_changed = Signal()
    opened = Signal()
    counted = Signal(int)

    def __init__(self, styles: Mapping[str, ClassStyle], files: ThreadPoolExecutor) -> None:
        super().__init__()
        self._wanted = ""  # key of the row to choose as soon as it is here
        self._place = 0  # of the row in hand
        self._told: ListedSegment | None = None
        self._files = files
        self.model: LazyTable[ListedSegment] = LazyTable(segment_columns(styles), self)
        self.table = RowTable(self.model, lead=theme.PAGE_MARGIN)
        self.table.setAccessibleName(_("Segments"))
        self.grid = ThumbnailGrid(self.model, segment_thumbnail(styles), self._picture, self.table.selectionModel())
        self.grid.setViewportMargins(theme.PAGE_MARGIN - GAP, 0, 0, 0)  # the first card begins where the table does
        self.addWidget(self.table)
        self.addWidget(self.grid)
        self.setMinimumHeight(px(_LEAST_HEIGHT))
        self._timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._timer.timeout.connect(self._tell_current)
        self.model.modelReset.connect(self._seek)
        self.model.loaded.connect(self._seek)
        self.model.loaded.connect(self._look_again)
        self.model.counted.connect(lambda _count: self._seek())
        self.model.counted.connect(self.counted)
        selection = self.table.selectionModel()
        selection.selectionChanged.connect(lambda *_changed: self.chosen_changed.emit())
        selection.currentRowChanged.connect(lambda *_rows: self._timer.start())
        for view in (self.table, self.grid):
            view.opened.connect(lambda _row: self.opened.emit())

    @property
    def view(self) -> RowTable | ThumbnailGrid:
        """The one that is shown."""
        return self.grid if self.currentIndex() else self.table

    @property
    def key(self) -> str:
        """Of the row in hand, or of the one that is on its way."""
        return self._wanted

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where all columns have no room, those that say least are left out."""
        super().resizeEvent(event)
        needed = sum(px(column.width) for column in self.model.columns) + theme.PAGE_MARGIN
        for column in _LEAST:
            hidden = needed > self.width()
            self.table.setColumnHidden(column, hidden)
            needed -= px(self.model.columns[column].width) if hidden else 0

    def show_source(self, source: "RowSource[ListedSegment] | None", key: str = "") -> None:
        """Another filter or project. key: the row to be in hand; the first, where that is not there."""
        self._wanted, self._place = key, 0
        self.model.set_source(source)

    def show_view(self, view: int) -> None:
        focused = self.view.hasFocus()
        self.setCurrentIndex(view)
        if focused:
            self.view.setFocus()

    def go_to(self, key: str) -> None:
        """Takes a row in hand, wherever in the list it is."""
        self._wanted = key
        at = self.model.find(key)
        if at is not None:
            self._choose(at)
        else:
            self.table.selectionModel().clearSelection()  # until its page is here

    def current(self) -> "ListedSegment | None":
        index = self.table.selectionModel().currentIndex()
        return self.model.row_at(index.row()) if index.isValid() else None

    def spans(self) -> list[tuple[int, int]]:
        """What is selected: first rows, and how many follow each with it."""
        selection = self.table.selectionModel().selection()
        return [(span.top(), span.height()) for span in map(selection.at, range(selection.count()))]

    def chosen(self) -> "list[ListedSegment]":
        """The selected rows that are at hand, a bounded number."""
        rows: list[ListedSegment] = []
        for first, count in self.spans():
            for number in range(first, first + min(count, MOST_LOOKED_AT - len(rows))):
                row = self.model.row_at(number)
                if row is not None:
                    rows.append(row)
        return rows

    def _seek(self) -> None:
        """Chooses the row that is wanted; where it is gone, the one that came in its place."""
        count = self.model.rowCount()
        if not count or self.table.selectionModel().hasSelection():
            return
        at = self.model.find(self._wanted) if self._wanted else 0
        if at is None and self.model.holds(self._wanted):
            at = min(self._place, count - 1)
        if at is not None and self.model.row_at(at) is not None:
            self._choose(at)

    def _choose(self, row: int) -> None:
        index = self.model.index(row, 0)
        self.table.selectionModel().setCurrentIndex(index, _FLAGS.ClearAndSelect | _FLAGS.Rows)
        self.table.scrollTo(index)

    def _tell_current(self) -> None:
        row = self.current()
        if row is not None:
            self._wanted, self._place, self._told = row.key, self.table.selectionModel().currentIndex().row(), row
            self.current_changed.emit(row)

    def _look_again(self) -> None:
        """After an edit, undo included."""
        row, told = self.current(), self._told
        if row is not None and told is not None and row.id == told.id and row != told:
            self._wanted, self._told = row.key, row
            self.current_edited.emit(row)

    def _picture(self, row: "ListedSegment") -> "Future[Any]":
        try:
            return self._files.submit(picture_of, row)
        except RuntimeError:  # the window closes
            refused: Future[Any] = Future()
            refused.cancel()
            return refused
