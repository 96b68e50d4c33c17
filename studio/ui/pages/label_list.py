"""Label's list: the segments that the filter lets through, as rows or as pictures, with one selection over both."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from studio.core.text import gettext as _
from studio.core.text import mark
from studio.ui import theme
from studio.ui.class_styles import shown_label
from studio.ui.widgets.lazy_table import ChipText, Column, LazyTable, RowSource, RowTable
from studio.ui.widgets.looks import look_at
from studio.ui.widgets.painted import ClassStyle, px
from studio.ui.widgets.thumbnail_grid import GAP, Thumbnail, ThumbnailGrid
from studio.ui.widgets.ticks import clock_text

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.segments import ListedSegment
    from studio.dataset.selection import Selection

Ask = Callable[[Callable[["Project"], Any]], Future[Any]]
NO_LABEL = ClassStyle("", ring=True)
# By kind of finding: the word, and the chip's tone.
QUALITIES = {
    "good": (mark("good"), ""),
    "silent": (mark("silent"), "warn"),
    "clipped": (mark("clipped"), "warn"),
    "gaps": (mark("gaps"), "warn"),
    "flat": (mark("flat"), "warn"),
    "dark": (mark("dark"), "warn"),
    "bright": (mark("too bright"), "warn"),
    "blurred": (mark("blurred"), "warn"),
    "small": (mark("small"), "warn"),
    "rate": (mark("other rate"), "warn"),
    "irregular": (mark("irregular"), "warn"),
}
_PICTURE_SAMPLES = 1 << 19  # of a long segment, its beginning
MOST_LOOKED_AT = 200  # selected rows that `chosen` gives
_LEAST_HEIGHT = 28 + 3 * 30  # the head and three rows
_LEAST = (7, 5, 6, 2)  # columns: who set it, session, quality, start
_TIMES = (2, 3)  # columns: start and length
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
        self._never: tuple[int, ...] = ()  # columns that this project has no use for
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
        self._fit_columns()

    def _fit_columns(self) -> None:
        shown = {place: column for place, column in enumerate(self.model.columns) if place not in self._never}
        needed = sum(px(column.width) for column in shown.values()) + theme.PAGE_MARGIN
        left_out = set(self._never)
        for place in _LEAST:
            if needed > self.width() and place in shown:
                left_out.add(place)
                needed -= px(shown[place].width)
        for place in range(len(self.model.columns)):
            self.table.setColumnHidden(place, place in left_out)

    def show_times(self, shown: bool) -> None:  # noqa: FBT001
        """Whether segments have a place in time: pictures have none."""
        self._never = () if shown else _TIMES
        self._fit_columns()

    def step(self, by: int) -> None:
        """Takes the next in hand, or one before; ends are walls."""
        at = self.table.selectionModel().currentIndex().row() + by
        if 0 <= at < self.model.rowCount():
            self._choose(at)

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
            end = min(row.end, row.start + _PICTURE_SAMPLES)
            return self._files.submit(look_at, row.kind, row.path, row.start, end)
        except RuntimeError:  # the window closes
            refused: Future[Any] = Future()
            refused.cancel()
            return refused


class TabWithin(QObject):
    """Tab is a command's key in these parts; elsewhere it moves the focus, as always."""

    def __init__(self, *parts: QWidget) -> None:
        super().__init__(parts[0])
        self._parts = parts

    def listen(self) -> None:
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def let_be(self) -> None:
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Tab
        ):
            focus = QApplication.focusWidget()
            if focus is None or not any(part.isAncestorOf(focus) for part in self._parts):
                event.accept()
                return True
        return False


def segment_source(ask: Ask, selection: "Selection") -> "RowSource[ListedSegment]":
    """ask: runs work on the catalogue's thread."""
    return RowSource(
        keys=lambda every: ask(lambda project: project.catalogue.segment_ends(every, selection)),
        page=lambda after, limit: ask(lambda project: project.catalogue.segments(selection, limit=limit, after=after)),
        key_of=lambda row: row.key,
    )


def segment_columns(styles: Mapping[str, ClassStyle]) -> "list[Column[ListedSegment]]":
    """styles: by label; looked at when a cell is painted."""
    return [
        Column(_("Label"), label_text, 180, style=lambda row: style_of(styles, row.label)),
        Column(_("Recording"), lambda row: row.path.stem, 200, muted=True),
        Column(_("Start"), lambda row: clock_text(row.start / row.rate_hz), 96, right=True),
        Column(_("Length"), lambda row: f"{row.seconds:.3f} s", 96, right=True),
        Column(_("Person"), lambda row: row.person or "–", 84),
        Column(_("Session"), lambda row: row.session or "–", 104, muted=True),
        Column(_("Quality"), quality_text, 96, muted=True, chip=_quality_chip),
        Column(_("Set by"), lambda row: row.annotator or "–", 100, muted=True),
    ]


def segment_thumbnail(styles: Mapping[str, ClassStyle]) -> "Callable[[ListedSegment], Thumbnail]":
    def shown(row: "ListedSegment") -> Thumbnail:
        seconds = f"{row.seconds:.2f} s" if row.samples > 1 else ""
        detail = " · ".join(filter(None, (row.person, seconds, row.path.stem)))
        return Thumbnail(row.id, label_text(row), detail, style_of(styles, row.label), _quality_chip(row))

    return shown


def style_of(styles: Mapping[str, ClassStyle], label: str | None) -> ClassStyle:
    if label is None:
        return NO_LABEL
    return styles.get(label) or ClassStyle(shown_label(label))


def label_text(row: "ListedSegment") -> str:
    return _("no label yet") if row.label is None else shown_label(row.label)


def quality_text(row: "ListedSegment") -> str:
    """One word; a dash before anything was measured."""
    return _(QUALITIES[row.quality][0]) if row.quality in QUALITIES else "–"


def _quality_chip(row: "ListedSegment") -> ChipText | None:
    tone = QUALITIES.get(row.quality, ("", ""))[1]
    return ChipText(quality_text(row), "", tone) if tone else None
