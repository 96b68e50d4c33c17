"""A row of small windows, one of them chosen: of each class, to walk through."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.icons import NORMAL, draw_icon
from studio.ui.widgets.painted import (
    ClassStyle,
    Painted,
    draw_box,
    draw_swatch,
    draw_text,
    px,
)
from studio.ui.widgets.window_thumb import Thumb

_GAP = 8
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True, eq=False)
class StripCell:
    """thumb: None where it cannot be read."""

    style: ClassStyle
    title: str  # for screen readers and tool tips
    thumb: Thumb | None


class PictureStrip(Painted):
    """Arrows or a click choose: `chosen(index)`."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Windows of each label"))
        self._cells: list[StripCell] = []
        self.index = 0
        self.setFixedHeight(px(84))

    def sizeHint(self) -> QSize:
        return QSize(px(600), px(84))

    def show_cells(self, cells: Sequence[StripCell], index: int) -> None:
        self._cells, self.index = list(cells), index
        self._tell()
        self.update()

    def choose(self, index: int) -> None:
        """Ends are walls."""
        index = min(max(index, 0), len(self._cells) - 1)
        if self._cells and index != self.index:
            self.index = index
            self._tell()
            self.update()
            self.chosen.emit(index)

    def cell_rect(self, index: int) -> QRectF:
        width = (self.width() + _GAP) / max(len(self._cells), 8) - _GAP
        return QRectF(index * (width + _GAP), 3, width, self.height() - 6)

    def paint(self, painter: QPainter) -> None:
        for index, cell in enumerate(self._cells):
            box = self.cell_rect(index)
            if index == self.index:
                width = 2.0 if not self.hasFocus() else 3.0
                draw_box(painter, box, ground="surface", edge="accent", width=width)
            inner = box.adjusted(5, 5, -5, -px(23))
            if cell.thumb is None:
                draw_icon(
                    painter, "warn", QRectF(inner.center().x() - 10, inner.center().y() - 10, NORMAL, NORMAL), "warn"
                )
            else:
                cell.thumb.paint(painter, inner, full_scale=1.0, ratio=self.devicePixelRatioF())
            name = QRectF(box.left() + 6, box.bottom() - px(21), box.width() - 10, px(18))
            draw_swatch(painter, name.left(), name.center().y(), cell.style, 8.0)
            name.setLeft(name.left() + px(13))
            role = "text" if index == self.index else "muted"
            weight = theme.TITLE if index == self.index else theme.TEXT
            draw_text(painter, name, cell.style.name, role=role, size=theme.CAPTION, weight=weight)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for index in range(len(self._cells)):
            if self.cell_rect(index).contains(event.position()):
                self.choose(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            self.choose(self.index + _STEPS[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.choose(0 if key == Qt.Key.Key_Home else len(self._cells) - 1)
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        if self._cells:
            self.describe(
                gettext("{title}, {place} of {count}").format(
                    title=self._cells[self.index].title, place=self.index + 1, count=len(self._cells)
                )
            )
