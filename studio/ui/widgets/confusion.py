"""What was said against what was heard, with counts and rates; each cell can be opened."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    KEY_FOCUS,
    RIGHT,
    ClassStyle,
    Painted,
    draw_box,
    draw_swatch,
    draw_text,
    line_height,
    px,
    text_width,
)

_GAP = 1.5
_KEYS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ConfusionMatrix(Painted):
    """Arrows move the chosen cell, Enter or a click opens it: `cell_opened(true, said)`."""

    cell_opened = Signal(int, int)
    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Said against heard"))
        self._words = (gettext("said"), gettext("heard as"), gettext("Said {true}, heard {said}"))
        self._classes: list[ClassStyle] = []
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._chosen: tuple[int, int] | None = None
        self._opened: tuple[int, int] | None = None
        self._hovered: tuple[int, int] | None = None
        self._name_width = 0
        self.setMouseTracking(True)

    def set_words(self, title: str, true: str, said: str, cell: str) -> None:
        """true, said: at the two axes; cell: of one of them, with {true} and {said}."""
        self.setAccessibleName(title)
        self._words = (true, said, cell)
        self.update()

    def show_counts(self, classes: Sequence[ClassStyle], counts: NDArray[np.int64]) -> None:
        """counts: int (classes, classes), [true][said]."""
        self._classes, self._counts = list(classes), counts
        self._chosen = self._opened = self._hovered = None
        self.restyle()
        right, total = int(np.trace(counts)), int(counts.sum())
        self.describe(gettext("{right} of {total} right").format(right=f"{right:,}", total=f"{total:,}"))
        self.updateGeometry()
        self.update()

    @property
    def opened(self) -> tuple[int, int] | None:
        return self._opened

    def sizeHint(self) -> QSize:
        side = self._name_width + px(50) + px(61) * max(len(self._classes), 2)
        return QSize(side, self._top() + px(61) * max(len(self._classes), 2))

    def minimumSizeHint(self) -> QSize:
        cells = max(len(self._classes), 2)
        return QSize(self._name_width + px(50) + px(34) * cells, self._top() + px(30) * cells)

    def cell(self, true: int, said: int) -> QRectF:
        """Where a cell is."""
        count = max(len(self._classes), 1)
        width = min((self.width() - self._name_width - px(50)) / count, px(96))
        height = min((self.height() - self._top()) / count, width, px(61))
        return QRectF(self._name_width + said * width, self._top() + true * height, width, height)

    def paint(self, painter: QPainter) -> None:
        if not self._classes:
            return
        caption = line_height(theme.font(theme.CAPTION))
        first = self.cell(0, 0)
        draw_text(painter, QRectF(first.left(), 0, px(120), caption), self._words[1], role="muted", size=theme.CAPTION)
        head = QRectF(0, caption + 2, self._name_width, px(22))
        draw_text(painter, head, self._words[0], role="muted", size=theme.CAPTION)
        for place, style in enumerate(self._classes):
            self._paint_heads(painter, place, style)
        for true in range(len(self._classes)):
            for said in range(len(self._classes)):
                self._paint_cell(painter, true, said)
        if self.hasFocus() and self._chosen is not None:
            ring = self.cell(*self._chosen).adjusted(-2, -2, 2, 2)
            draw_box(painter, ring, ground=None, edge="accent", radius=6, width=2)

    def _paint_heads(self, painter: QPainter, place: int, style: ClassStyle) -> None:
        above, beside = self.cell(0, place), self.cell(place, 0)
        caption = line_height(theme.font(theme.CAPTION))
        room = above.width() - px(14)
        width = min(text_width(theme.font(theme.CAPTION, theme.HEAD), style.name), max(room, 0)) + 2
        left = above.center().x() - (width + px(13)) / 2
        line = QRectF(left + px(13), caption + 2, width, px(22))
        draw_swatch(painter, left, line.center().y(), style, 8)
        draw_text(painter, line, style.name, size=theme.CAPTION, weight=theme.HEAD)
        draw_swatch(painter, 0, beside.center().y(), style)
        name = QRectF(px(17), beside.top(), self._name_width - px(20), beside.height())
        draw_text(painter, name, style.name, weight=theme.HEAD)
        total = QRectF(self.cell(place, len(self._classes) - 1).right(), beside.top(), px(46), beside.height())
        draw_text(painter, total, f"{int(self._counts[place].sum()):,}", role="muted", align=RIGHT)
        if place == 0:
            corner = QRectF(total.left(), caption + 2, px(46), px(22))
            draw_text(painter, corner, gettext("total"), role="muted", size=theme.CAPTION, align=RIGHT)

    def _paint_cell(self, painter: QPainter, true: int, said: int) -> None:
        count, total = int(self._counts[true, said]), int(self._counts[true].sum())
        rate = count / total if total else 0.0
        cell = self.cell(true, said).adjusted(_GAP, _GAP, -_GAP, -_GAP)
        ground = QColor(theme.current().role("accent" if true == said else "err"))
        ground.setAlphaF(0.0 if count == 0 else 0.12 + 0.33 * rate if true == said else min(0.10 + 2.6 * rate, 0.36))
        draw_box(painter, cell, ground="well" if (true, said) != self._hovered else "hover", radius=4)
        if count:
            draw_box(painter, cell, ground=ground, radius=4)
        if (true, said) == self._opened:
            draw_box(painter, cell.adjusted(-1, -1, 1, 1), ground=None, edge="text", radius=5, width=2)
        if true == said and count:
            weight, height = theme.TITLE, line_height(theme.font(theme.SECTION))
            middle = cell.center().y()
            if cell.height() < height * 1.9:
                draw_text(painter, cell, f"{count:,}", weight=weight, align=CENTRE)
                return
            upper = QRectF(cell.left(), middle - height * 0.92, cell.width(), height)
            draw_text(painter, upper, f"{count:,}", size=theme.SECTION, weight=weight, align=CENTRE)
            lower = QRectF(cell.left(), middle + height * 0.02, cell.width(), height * 0.9)
            draw_text(painter, lower, f"{rate:.0%}".replace("%", " %"), size=theme.CAPTION, align=CENTRE)
            return
        strong = count and rate >= 0.04
        draw_text(
            painter,
            cell,
            f"{count:,}",
            role="text" if count else "muted",
            size=theme.SECTION if strong else theme.CAPTION,
            weight=theme.TITLE if strong else theme.HEAD if count else 400,
            align=CENTRE,
        )

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._chosen is None and self._classes and event.reason() in KEY_FOCUS:
            self._chosen = (0, 0)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self._at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            self.setCursor(Qt.CursorShape.PointingHandCursor if hovered else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, _event: object) -> None:
        self._hovered = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position())
        if at is not None:
            self._choose(at)
            self.open_cell(*at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = Qt.Key(event.key()), len(self._classes)
        if key in _KEYS and count:
            true, said = self._chosen or (0, 0)
            step = _KEYS[key] if self._chosen else (0, 0)
            self._choose((min(max(true + step[0], 0), count - 1), min(max(said + step[1], 0), count - 1)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._chosen is not None:
            self.open_cell(*self._chosen)
        else:
            super().keyPressEvent(event)

    def open_cell(self, true: int, said: int) -> None:
        self._opened = (true, said)
        self.update()
        self.cell_opened.emit(true, said)

    def _choose(self, at: tuple[int, int]) -> None:
        self._chosen = at
        true, said = (self._classes[i].name for i in at)
        count = int(self._counts[at])
        words = self._words[2].format(true=true, said=said)
        self.describe(gettext("{words}: {count}").format(words=words, count=f"{count:,}"))
        self.cell_chosen.emit(*at)
        self.update()

    def _at(self, where: QPointF) -> tuple[int, int] | None:
        count = len(self._classes)
        return next(
            ((t, s) for t in range(count) for s in range(count) if self.cell(t, s).contains(where)),
            None,
        )

    def restyle(self) -> None:
        font = theme.font(theme.BODY, theme.HEAD)
        widest = max((text_width(font, style.name) for style in self._classes), default=0)
        self._name_width = min(widest + px(30), px(150))

    def _top(self) -> int:
        return line_height(theme.font(theme.CAPTION)) + px(26)
