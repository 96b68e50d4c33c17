"""Shares with their 95 % intervals, a row for each person: how it does on people it has and has not met."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    KEY_FOCUS,
    RIGHT,
    Painted,
    draw_box,
    draw_dot,
    draw_focus,
    draw_text,
    line_height,
    px,
    text_width,
)
from studio.ui.widgets.ticks import multiples, nice_step
from studio.ui.widgets.wilson import wilson

INSET = 8  # px at both ends, so that a chosen row has room around its text; a layout lets it stand out by so much


@dataclass(frozen=True)
class Share:
    """A row. note: such as `unheard`; strong: in accent (people it never met), others muted."""

    name: str
    right: int
    total: int
    note: str = ""
    strong: bool = True


class IntervalBars(Painted):
    """`chosen(name)` comes on a click, or Enter on the row that arrows have moved to."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("By person"))
        self._rows: list[Share] = []
        self._current = -1

    def show_rows(self, rows: Sequence[Share]) -> None:
        self._rows, self._current = list(rows), -1
        self.describe("; ".join(self._said(row) for row in self._rows[:12]))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(320), px(46) * max(len(self._rows), 1) + px(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(240), px(24) * max(len(self._rows), 1) + px(24))

    def paint(self, painter: QPainter) -> None:
        if not self._rows:
            return
        low = self._lowest()
        caption = line_height(theme.font(theme.CAPTION))
        foot = self.height() - px(22)
        area = self._area()
        step = nice_step(1 - low, max(int(area.width() // px(38)), 1))
        marks = multiples(low, 1, step)
        painter.setPen(QPen(theme.current().tint("text", 0.08), 1))
        for at in marks:
            x = round(self._x_of(at, low)) + 0.5
            painter.setPen(QPen(theme.current().tint("text", 0.08), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, foot))
            text = f"{at * 100:.0f}" + (" %" if at == marks[0] else "")
            width = text_width(theme.font(theme.CAPTION), text) + 2
            rect = QRectF(x - width / 2, foot + px(3), width, caption)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=CENTRE)
        for i, row in enumerate(self._rows):
            self._paint_row(painter, i, row, low)
        if self.hasFocus():
            draw_focus(painter, self._row_rect(max(self._current, 0)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._current < 0 and self._rows and event.reason() in KEY_FOCUS:
            self._current = 0
        self.update()

    def _paint_row(self, painter: QPainter, index: int, row: Share, low: float) -> None:
        rect = self._row_rect(index)
        if index == self._current:
            draw_box(painter, rect, ground="sel")
        weight = theme.TITLE if row.strong else theme.TEXT
        names, notes = self._widths()
        draw_text(painter, QRectF(rect.left() + INSET, rect.top(), names, rect.height()), row.name, weight=weight)
        note = QRectF(rect.left() + INSET + names + px(12), rect.top(), notes, rect.height())
        draw_text(painter, note, row.note, role="muted", size=theme.CAPTION)
        share = row.right / row.total if row.total else 0.0
        value = QRectF(rect.right() - px(60) - INSET, rect.top(), px(60), rect.height())
        text = f"{share * 100:.1f} %" if row.total else "–"
        draw_text(painter, value, text, role="text" if row.strong else "muted", weight=weight, align=RIGHT)
        if row.total:
            lower, upper = wilson(row.right, row.total)
            colour = "accent" if row.strong else "neutral"
            painter.setPen(QPen(theme.current().tint(colour, 0.5), 3))
            y = rect.center().y()
            painter.drawLine(QPointF(self._x_of(max(lower, low), low), y), QPointF(self._x_of(upper, low), y))
            draw_dot(painter, QPointF(self._x_of(share, low), y), 5, colour)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = next((i for i in range(len(self._rows)) if self._row_rect(i).contains(event.position())), None)
        if at is not None:
            self._current = at
            self.update()
            self.chosen.emit(self._rows[at].name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._rows:
            way = 1 if key == Qt.Key.Key_Down else -1
            self._current = min(max(self._current + way, 0), len(self._rows) - 1)
            self.describe(self._said(self._rows[self._current]))
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current >= 0:
            self.chosen.emit(self._rows[self._current].name)
        else:
            super().keyPressEvent(event)

    def _said(self, row: Share) -> str:
        lower, upper = wilson(row.right, row.total)
        return gettext("{name}: {right} of {total} right, {low} to {high} % at 95 % confidence").format(
            name=row.name, right=row.right, total=row.total, low=f"{lower * 100:.1f}", high=f"{upper * 100:.1f}"
        )

    def _lowest(self) -> float:
        lowest = min((wilson(row.right, row.total)[0] for row in self._rows if row.total), default=0.0)
        return max(math.floor(lowest * 10 - 0.01) / 10, 0.0)

    def _widths(self) -> tuple[int, int]:
        names = max(text_width(theme.font(theme.BODY, theme.TITLE), row.name) for row in self._rows) + 4
        notes = max(text_width(theme.font(theme.CAPTION), row.note) for row in self._rows) + 4
        return min(names, px(110)), min(notes, px(90))

    def _area(self) -> QRectF:
        names, notes = self._widths()
        left = INSET + names + notes + px(32)
        return QRectF(left, 0, max(self.width() - left - INSET - px(72), 10), self.height())

    def _row_rect(self, index: int) -> QRectF:
        height = min((self.height() - px(24)) / max(len(self._rows), 1), px(48))
        return QRectF(0, index * height, self.width(), height)

    def _x_of(self, share: float, low: float) -> float:
        area = self._area()
        return area.left() + (share - low) / max(1 - low, 1e-9) * area.width()
