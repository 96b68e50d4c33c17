"""Label's editor of a picture: large, with the one label that it has; next and previous by key."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Label
from studio.ui.widgets.gray_picture import fitted, paint_pixels
from studio.ui.widgets.painted import ClassStyle, Painted, draw_focus, draw_swatch, draw_text, draw_well, px


class PicturePanel(QWidget):
    """`stepped(by)`: another picture of the list is wanted."""

    stepped = Signal(int)

    def __init__(self, previous_key: str, next_key: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.PAGE_MARGIN, 0, theme.PAGE_MARGIN, 8)
        row.setSpacing(theme.COLUMN_GAP)
        self.view = _Picture()
        self.view.stepped.connect(self.stepped)
        row.addWidget(self.view, 1)
        beside = QVBoxLayout()
        beside.setSpacing(8)
        beside.addWidget(Label(_("Label"), theme.CAPTION, kind="muted"))
        self._label = _Name()
        beside.addWidget(self._label)
        self._size = Label("", kind="muted")
        beside.addWidget(self._size)
        beside.addStretch(1)
        for words, icon, key, by in (
            (_("Previous"), "left", previous_key, -1),
            (_("Next"), "right", next_key, 1),
        ):
            button = Button(words, icon, key=key)
            button.clicked.connect(lambda _checked=False, by=by: self.stepped.emit(by))
            beside.addWidget(button)
        row.addLayout(beside)

    def show_picture(self, pixels: NDArray[np.uint8]) -> None:
        self.view.show_pixels(pixels)
        self._size.setText(_("{width} × {height} pixels").format(width=pixels.shape[1], height=pixels.shape[0]))

    def show_label(self, style: ClassStyle) -> None:
        self._label.show_style(style)
        self.view.setAccessibleName(_("Picture of {label}").format(label=style.name))


class _Picture(Painted):
    """Left and Right ask for another one."""

    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__(focusable=True)
        self._pixels = np.zeros((0, 0), np.uint8)
        self.setMinimumSize(px(120), px(100))

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(360))

    def show_pixels(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = np.ascontiguousarray(pixels)
        self.describe(_("{width} × {height} pixels").format(width=pixels.shape[1], height=pixels.shape[0]))
        self.update()

    def paint(self, painter: QPainter) -> None:
        draw_well(painter, self.rect())
        if self._pixels.size:
            paint_pixels(painter, fitted(QRectF(self.rect()).adjusted(4, 4, -4, -4), self._pixels), self._pixels)
        if self.hasFocus():
            draw_focus(painter, self.rect(), 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(by)


class _Name(Painted):
    """A class, large."""

    def __init__(self) -> None:
        super().__init__()
        self._style = ClassStyle("")
        self.restyle()

    def restyle(self) -> None:
        self.setFixedSize(px(200), px(34))

    def show_style(self, style: ClassStyle) -> None:
        self._style = style
        self.setAccessibleName(style.name)
        self.update()

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_swatch(painter, 1, self.height() / 2, self._style, 14)
        room = QRectF(px(24), 0, self.width() - px(24), self.height())
        draw_text(painter, room, self._style.name, size=theme.PAGE, weight=theme.TITLE)
