"""The rows of a LazyTable as small pictures, beside which the same selection holds."""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.bridge import when_done
from studio.ui.controls import draw_chip
from studio.ui.widgets.lazy_table import ChipText, LazyTable
from studio.ui.widgets.looks import Look
from studio.ui.widgets.painted import ClassStyle, draw_box, draw_focus, draw_swatch, draw_text, draw_well, px

_PICTURES_KEPT = 600
GAP = 12
_WIDTH, _HEIGHT = 172, 104


@dataclass(frozen=True)
class Thumbnail:
    """What a cell says of a row. key: of its picture."""

    key: str
    title: str
    detail: str = ""
    style: ClassStyle | None = None
    chip: ChipText | None = None


class ThumbnailGrid(QAbstractScrollArea):
    """Only what is in view is asked for and painted. Arrows move, Shift and Ctrl select as in lists, Enter opens."""

    opened = Signal(int)

    def __init__(
        self,
        model: LazyTable[Any],
        thumbnail: Callable[[Any], Thumbnail],
        picture: "Callable[[Any], Future[Look]]",
        selection: QItemSelectionModel | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """picture: how a row looks; asked for once and kept for a while."""
        super().__init__(parent)
        self.setAccessibleName(gettext("Thumbnails"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._model, self._thumbnail, self._picture = model, thumbnail, picture
        self.selection = selection or QItemSelectionModel(model, self)
        self._pictures: OrderedDict[str, tuple[Look, Any]] = OrderedDict()  # with its scale
        self._asked: set[str] = set()
        model.modelReset.connect(self._relayout)
        model.rowsInserted.connect(self._relayout)
        model.dataChanged.connect(self.viewport().update)
        self.selection.selectionChanged.connect(self.viewport().update)
        self.selection.currentChanged.connect(self._current_changed)
        theme.current().changed.connect(self._relayout)

    def across(self) -> int:
        """Cells in a row of the grid."""
        return max((self.viewport().width() - GAP) // (px(_WIDTH) + GAP), 1)

    def cell_rect(self, row: int) -> QRect:
        """Where a row's cell is in the viewport."""
        line, place = divmod(row, self.across())
        width = (self.viewport().width() - GAP * (self.across() + 1)) // self.across()
        top = GAP + line * (px(_HEIGHT) + GAP) - self.verticalScrollBar().value()
        return QRect(GAP + place * (width + GAP), top, width, px(_HEIGHT))

    def row_at(self, x: float, y: float) -> int:
        """The row whose cell is there, or -1."""
        line = int((y + self.verticalScrollBar().value() - GAP) // (px(_HEIGHT) + GAP))
        for place in range(self.across()):
            row = line * self.across() + place
            if 0 <= row < self._model.rowCount() and self.cell_rect(row).contains(int(x), int(y)):
                return row
        return -1

    def sizeHint(self) -> QSize:
        return QSize(px(760), px(260))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.current().role("surface"))
        top = self.verticalScrollBar().value()
        first = max((top - GAP) // (px(_HEIGHT) + GAP), 0) * self.across()
        last = ((top + self.viewport().height()) // (px(_HEIGHT) + GAP) + 1) * self.across()
        for row in range(first, min(last, self._model.rowCount())):
            self._paint_cell(painter, row)
        painter.end()

    def _paint_cell(self, painter: QPainter, row: int) -> None:
        rect, value = self.cell_rect(row), self._model.row_at(row)
        index = self._model.index(row, 0)
        chosen = self.selection.isSelected(index)
        edge, width = ("accent", 2.0) if chosen else ("line2", 1.0)
        draw_box(painter, rect, ground="sel" if chosen else "surface", edge=edge, radius=theme.CARD_RADIUS, width=width)
        if value is None:
            draw_box(painter, QRectF(rect).adjusted(12, 12, -60, -rect.height() + 20), ground="fill", radius=4)
            return
        shown = self._thumbnail(value)
        head = QRectF(rect).adjusted(10, 6, -10, -rect.height() + 6 + px(20))
        if shown.style is not None:
            draw_swatch(painter, head.left(), head.center().y(), shown.style)
            head.setLeft(head.left() + px(16))
        if shown.chip is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            head.setRight(head.right() - px(70))
            draw_chip(painter, head.right() + 2, head.center().y(), shown.chip.text, shown.chip.icon, shown.chip.tone)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        draw_text(painter, head, shown.title, weight=theme.TITLE)
        well = rect.adjusted(10, 8 + px(20), -10, -8 - px(18))
        draw_well(painter, well)
        found = self._look(shown.key, value)
        if found is not None:
            look, scale = found
            colour = shown.style.colour if shown.style is not None else None
            look.paint(painter, well.adjusted(1, 1, -1, -1), colour, scale, self.devicePixelRatioF())
        foot = QRectF(rect.left() + 10, rect.bottom() - 6 - px(18), rect.width() - 20, px(18))
        draw_text(painter, foot, shown.detail, role="muted", size=theme.CAPTION)
        if self.hasFocus() and row == self.selection.currentIndex().row():
            draw_focus(painter, QRectF(rect).adjusted(2, 2, -2, -2))

    def _look(self, key: str, row: Any) -> tuple[Look, Any] | None:
        found = self._pictures.get(key)
        if found is None and key not in self._asked:
            self._asked.add(key)

            def take(look: Look) -> None:
                self._asked.discard(key)
                self._pictures[key] = look, look.scale_of([look])
                while len(self._pictures) > _PICTURES_KEPT:
                    self._pictures.popitem(last=False)
                self.viewport().update()

            when_done(self._picture(row), take, owner=self, failed=lambda _error: None)
        return found

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._relayout()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().x(), event.position().y())
        if row >= 0:
            self._select(row, event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().x(), event.position().y())
        if row >= 0:
            self.opened.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count, current = self._model.rowCount(), self.selection.currentIndex().row()
        page = max(self.viewport().height() // (px(_HEIGHT) + GAP), 1) * self.across()
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.across(),
            Qt.Key.Key_Down: self.across(),
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -count,
            Qt.Key.Key_End: count,
        }
        key = Qt.Key(event.key())
        if key in steps and count:
            self._select(0 if current < 0 else min(max(current + steps[key], 0), count - 1), event.modifiers())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current >= 0:
            self.opened.emit(current)
        else:
            super().keyPressEvent(event)

    def _select(self, row: int, held: Qt.KeyboardModifier) -> None:
        flags = QItemSelectionModel.SelectionFlag
        index, current = self._model.index(row, 0), self.selection.currentIndex()
        if held & Qt.KeyboardModifier.ShiftModifier and current.isValid():
            low, high = sorted((current.row(), row))
            span = QItemSelection(self._model.index(low, 0), self._model.index(high, 0))
            self.selection.select(span, flags.Select | flags.Rows)
            self.selection.setCurrentIndex(index, flags.NoUpdate)
        elif held & Qt.KeyboardModifier.ControlModifier:
            self.selection.setCurrentIndex(index, flags.Toggle | flags.Rows)
        else:
            self.selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _current_changed(self) -> None:
        row = self.selection.currentIndex().row()
        if row >= 0:
            rect, bar = self.cell_rect(row), self.verticalScrollBar()
            if rect.top() < GAP:
                bar.setValue(bar.value() + rect.top() - GAP)
            elif rect.bottom() > self.viewport().height() - GAP:
                bar.setValue(bar.value() + rect.bottom() - self.viewport().height() + GAP)
            value = self._model.row_at(row)
            if value is not None:
                shown = self._thumbnail(value)
                self.setAccessibleDescription(f"{shown.title} {shown.detail}".strip())
        self.viewport().update()

    def _relayout(self) -> None:
        lines = -(-self._model.rowCount() // self.across())
        height = GAP + lines * (px(_HEIGHT) + GAP)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(height - self.viewport().height(), 0))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(px(_HEIGHT) // 2)
        self.viewport().update()
