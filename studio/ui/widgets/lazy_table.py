"""Rows of a catalogue in a table, a page at a time: a hundred thousand of them cost what is in view."""

import bisect
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.bridge import when_done
from studio.ui.controls import draw_chip
from studio.ui.widgets.painted import LEFT, RIGHT, ClassStyle, draw_box, draw_hatch, draw_swatch, draw_text, px

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex

PAGE_ROWS = 200
_PAGES_KEPT = 30
_ROW_HEIGHT, _HEAD_HEIGHT = 30, 28
_PADDING = 12  # as the sheet has it for a wide table's header

ROW_ROLE = Qt.ItemDataRole.UserRole + 1  # the row itself, None while it is on its way
COLUMN_ROLE = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True)
class ChipText:
    text: str
    icon: str = ""
    tone: str = "plain"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """text: of a row's cell. style: a class's swatch before it; proposed: hatched, with its chip after it."""

    title: str
    text: Callable[[Row], str]
    width: int = 110
    right: bool = False
    muted: bool = False
    style: Callable[[Row], ClassStyle | None] | None = None
    chip: Callable[[Row], ChipText | None] | None = None  # in place of the text, or beside a swatch
    proposed: Callable[[Row], bool] | None = None


@dataclass(frozen=True)
class RowSource(Generic[Row]):
    """Where rows are, by ascending keys; both run elsewhere and give a future.

    keys(every): how many rows there are, and the key of each every-th of them. page(after, limit): the rows whose keys
    come after that one (None: from the first).
    """

    keys: "Callable[[int], Future[tuple[int, list[str]]]]"
    page: "Callable[[str | None, int], Future[list[Row]]]"
    key_of: Callable[[Row], str]


class LazyTable(QAbstractTableModel, Generic[Row]):
    """Asks for the pages that are looked at, and forgets those that were not for long. For one thread, the GUI's."""

    loaded = Signal()  # rows that were asked for are here
    counted = Signal(int)

    def __init__(self, columns: Sequence[Column[Row]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self._source: RowSource[Row] | None = None
        self._count = 0
        self._ends: list[str] = []  # key of each page's last row, but the last page's
        self._pages: OrderedDict[int, list[Row]] = OrderedDict()
        self._stale: set[int] = set()
        self._asked: set[int] = set()
        self._generation = 0
        self._only_begun = False  # the first page is here, and nobody has counted yet
        self._wanted: set[int] = set()
        self._timer = QTimer(self)  # one paint asks for many cells: their pages are asked for together
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._ask_wanted)

    def set_source(self, source: RowSource[Row] | None) -> None:
        """Another filter, or another project."""
        self.beginResetModel()
        self._source, self._count, self._ends, self._only_begun = source, 0, [], False
        self._pages.clear()
        self._stale.clear()
        self._forget_asked()
        self.endResetModel()
        if source is not None:  # the first rows are there long before all are counted
            generation = self._generation
            when_done(source.page(None, PAGE_ROWS), lambda rows: self._begin(generation, rows), owner=self)
            self._count_rows()

    def refresh(self) -> None:
        """After an edit: rows in view are asked for again, and shown as they were until they come."""
        self._forget_asked()
        self._count_rows()

    def row_at(self, row: int) -> Row | None:
        """The row if it is here; otherwise it is asked for."""
        page, at = divmod(row, PAGE_ROWS)
        rows = self._pages.get(page)
        if rows is None or page in self._stale:
            self._want(page)
        if rows is None or at >= len(rows):
            return None
        self._pages.move_to_end(page)
        return rows[at]

    def find(self, key: str) -> int | None:
        """Where the row with a key is; None where there is none, or its page is only asked for now."""
        page = bisect.bisect_left(self._ends, key)
        rows = self._pages.get(page)
        if self._source is None or rows is None:
            self._want(page)
            return None
        return next((page * PAGE_ROWS + i for i, r in enumerate(rows) if self._source.key_of(r) == key), None)

    def put(self, row: Row) -> None:
        """A row that is known better than when its page was asked for; of a page that is not here, nothing."""
        at = self.find(self._source.key_of(row)) if self._source is not None else None
        if at is not None:
            self._pages[at // PAGE_ROWS][at % PAGE_ROWS] = row
            self._changed(at, at)

    def holds(self, key: str) -> bool:
        """Whether the page in which a key would be is here: what `find` does not find then is nowhere."""
        return not self._only_begun and bisect.bisect_left(self._ends, key) in self._pages

    # What Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self.columns[section].right else LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, ROW_ROLE, COLUMN_ROLE):
            return None
        if role == COLUMN_ROLE:
            return self.columns[index.column()]
        row = self.row_at(index.row())
        if role == ROW_ROLE:
            return row
        return "…" if row is None else self.columns[index.column()].text(row)

    # Pages

    def _want(self, page: int) -> None:
        if page not in self._asked:
            self._wanted.add(page)
            if not self._timer.isActive():
                self._timer.start()

    def _ask_wanted(self) -> None:
        wanted, self._wanted = self._wanted, set()
        for page in sorted(wanted):
            if self._source is None or page in self._asked or page > len(self._ends):
                continue
            self._asked.add(page)
            generation = self._generation
            after = self._ends[page - 1] if page else None

            def take(rows: list[Row], page: int = page, generation: int = generation) -> None:
                self._take(generation, page, rows)

            when_done(self._source.page(after, PAGE_ROWS), take, owner=self)

    def _count_rows(self) -> None:
        if self._source is not None:
            generation = self._generation
            when_done(self._source.keys(PAGE_ROWS), lambda found: self._counted(generation, *found), owner=self)

    def _begin(self, generation: int, rows: list[Row]) -> None:
        """The first rows of a new source, while the rest is being counted."""
        if generation == self._generation and not self._count and rows:
            self.beginInsertRows(QModelIndex(), 0, len(rows) - 1)
            self._count, self._pages[0], self._only_begun = len(rows), rows, True
            self.endInsertRows()
            self.loaded.emit()

    def _counted(self, generation: int, count: int, ends: list[str]) -> None:
        if generation != self._generation:
            return
        pages = max(-(-count // PAGE_ROWS), 1)
        ends = ends[: pages - 1]
        if (count, ends) == (self._count, self._ends):
            self._stale = set() if self._only_begun else set(self._pages)
            self._changed(0, max(count - 1, 0))
        elif self._only_begun and count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count, self._ends = count, ends
            self.endInsertRows()
        else:
            self.beginResetModel()
            self._count, self._ends = count, ends
            self._pages.clear()
            self._stale.clear()
            self.endResetModel()
        self._only_begun = False
        self.counted.emit(count)

    def _take(self, generation: int, page: int, rows: list[Row]) -> None:
        if generation != self._generation:
            return
        self._asked.discard(page)
        self._stale.discard(page)
        self._pages[page] = rows
        self._pages.move_to_end(page)
        while len(self._pages) > _PAGES_KEPT:
            self._stale.discard(self._pages.popitem(last=False)[0])
        self._changed(page * PAGE_ROWS, min((page + 1) * PAGE_ROWS, self._count) - 1)
        self.loaded.emit()

    def _changed(self, first: int, last: int) -> None:
        if 0 <= first <= last < self._count:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _forget_asked(self) -> None:
        """What is on its way belongs to the past."""
        self._generation += 1
        self._asked.clear()
        self._wanted.clear()


class RowDelegate(QStyledItemDelegate):
    """Cells with swatches, hatches and chips; a selected row has a bar of accent at its left."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        at, rect = theme.current(), QRect(option.rect)
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.fillRect(rect, at.role("sel" if chosen else "hover" if hovered else "surface"))
        painter.setPen(QPen(at.role("line"), 1))
        painter.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
        if chosen and index.column() == 0:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), at.role("accent"))
        row, column = index.data(ROW_ROLE), index.data(COLUMN_ROLE)
        table = self.parent()
        lead = table.lead if isinstance(table, RowTable) and index.column() == 0 else _PADDING
        inner = QRectF(rect).adjusted(lead, 0, -_PADDING, -1)
        if row is None:
            room = min(inner.width(), px(70))
            draw_box(painter, QRectF(inner.left(), inner.center().y() - 4, room, 8), ground="fill", radius=4)
        else:
            self._paint_cell(painter, inner, row, column, chosen=chosen)
        if state & QStyle.StateFlag.State_HasFocus:
            draw_box(painter, QRectF(rect).adjusted(1, 1, -1, -2), ground=None, edge="accent", radius=4, width=2)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(px(80), px(_ROW_HEIGHT))

    @staticmethod
    def _paint_cell(painter: QPainter, inner: QRectF, row: Any, column: Column[Any], *, chosen: bool) -> None:
        style = column.style(row) if column.style is not None else None
        chip = column.chip(row) if column.chip is not None else None
        proposed = column.proposed is not None and column.proposed(row)
        if style is not None:
            if proposed:
                box = QRectF(inner.left(), inner.center().y() - px(5), px(10), px(10))
                draw_hatch(painter, box, style.colour, 1.5)
                draw_box(painter, box, ground=None, edge=style.colour, radius=3)
            else:
                draw_swatch(painter, inner.left(), inner.center().y(), style)
            inner = inner.adjusted(px(18), 0, 0, 0)
        if chip is not None and style is None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_chip(painter, inner.left() - 4, inner.center().y(), chip.text, chip.icon, chip.tone)
            return
        weight = theme.TITLE if chosen and style is not None else theme.TEXT
        role = "muted" if (column.muted and not chosen) or proposed else "text"
        align = RIGHT if column.right else LEFT
        width = draw_text(painter, inner, column.text(row), role=role, weight=weight, align=align)
        if chip is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_chip(painter, inner.left() + width + px(10), inner.center().y(), chip.text, chip.icon, chip.tone)


class RowTable(QTableView):
    """A LazyTable as rows of 30 px. Enter and double clicks `opened(row number)`."""

    opened = Signal(int)

    def __init__(self, model: LazyTable[Any], parent: QWidget | None = None, *, lead: int = 0) -> None:
        """lead: px before the first column's text, where rows run to the edges of a page."""
        super().__init__(parent)
        self.lead = max(lead, _PADDING)
        self.setProperty("wide", bool(lead))  # the sheet sets the header's text likewise
        self.setAccessibleName(gettext("Recordings"))
        self.setModel(model)
        self.setItemDelegate(RowDelegate(self))
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)  # rows are in the order of their keys
        header.setMinimumSectionSize(px(40))
        for i, column in enumerate(model.columns):
            self.setColumnWidth(i, px(column.width) + (self.lead - _PADDING if i == 0 else 0))
        header.setStretchLastSection(True)
        self._fit_heights()
        theme.current().changed.connect(self._fit_heights)
        self.activated.connect(lambda index: self.opened.emit(index.row()))

    def chosen_rows(self) -> list[int]:
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def _fit_heights(self) -> None:
        self.verticalHeader().setDefaultSectionSize(px(_ROW_HEIGHT))
        self.verticalHeader().setMinimumSectionSize(px(_ROW_HEIGHT))
        self.horizontalHeader().setFixedHeight(px(_HEAD_HEIGHT))
        self.viewport().update()
