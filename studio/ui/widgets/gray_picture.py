"""A gray picture in its own shape, its pixels unsmoothed where they are few; what of it the model sees is framed."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui.widgets.painted import Painted, draw_box, draw_focus, draw_well, px

_KEYS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_RING = 12.0


class GrayPicture(Painted):
    """Arrows or a click point at a pixel: `pointed(column, row)`."""

    pointed = Signal(int, int)

    def __init__(self, parent: QWidget | None = None, *, focusable: bool = False) -> None:
        super().__init__(parent, focusable=focusable)
        self._pixels: NDArray[np.uint8] | None = None
        self._frame: tuple[float, float, float, float] | None = None
        self._pixel: tuple[int, int] | None = None
        self.setMinimumSize(40, 40)

    def sizeHint(self) -> QSize:
        return QSize(px(168), px(164))

    def show_pixels(
        self, pixels: NDArray[np.uint8] | None, *, frame: tuple[float, float, float, float] | None = None
    ) -> None:
        """pixels: (height, width), 0 black. frame: of what is seen of it, in pixels: left, top, width, height."""
        self._pixels = None if pixels is None or not pixels.size else np.ascontiguousarray(pixels)
        self._frame, self._pixel = frame, None
        words = gettext("{width} × {height} pixels")
        shape = (0, 0) if self._pixels is None else self._pixels.shape
        self.describe(words.format(width=shape[1], height=shape[0]) if shape[0] else "")
        self.update()

    def set_pixel(self, column: int, row: int) -> None:
        """Rings a pixel, in step with other pictures of the same window."""
        self._pixel = (column, row)
        self.update()

    def picture_rect(self) -> QRectF:
        """Where the picture is: as large as there is room for, in its own shape."""
        return fitted(QRectF(self.rect()).adjusted(1, 1, -1, -1), self._pixels)

    def paint(self, painter: QPainter) -> None:
        draw_well(painter, self.rect())
        if self._pixels is None:
            return
        box = self.picture_rect()
        paint_pixels(painter, box, self._pixels)
        height, width = self._pixels.shape
        if self._frame is not None:
            left, top, wide, high = self._frame
            across, down = box.width() / width, box.height() / height
            seen = QRectF(box.left() + left * across, box.top() + top * down, wide * across, high * down)
            draw_box(painter, seen, ground=None, edge="accent", radius=1, width=2)
        if self._pixel is not None:
            column, row = self._pixel
            ring = QRectF(0, 0, max(box.width() / width + 4, _RING), max(box.height() / height + 4, _RING))
            ring.moveCenter(
                QPointF(
                    box.left() + (column + 0.5) * box.width() / width, box.top() + (row + 0.5) * box.height() / height
                )
            )
            draw_box(painter, ring, ground=None, edge="surface", radius=1, width=4)
            draw_box(painter, ring.adjusted(1, 1, -1, -1), ground=None, edge="text", radius=1, width=2)
        if self.hasFocus():
            draw_focus(painter, self.rect(), 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        box = self.picture_rect()
        if self._pixels is None or not box.contains(event.position()):
            return
        height, width = self._pixels.shape
        column = int((event.position().x() - box.left()) / box.width() * width)
        row = int((event.position().y() - box.top()) / box.height() * height)
        self.pointed.emit(min(column, width - 1), min(row, height - 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _KEYS.get(Qt.Key(event.key()))
        if step is None or self._pixels is None:
            super().keyPressEvent(event)
            return
        height, width = self._pixels.shape
        column, row = self._pixel or (width // 2, height // 2)
        self.pointed.emit(min(max(column + step[0], 0), width - 1), min(max(row + step[1], 0), height - 1))


def fitted(room: QRectF, pixels: NDArray[np.uint8] | None) -> QRectF:
    """The largest rectangle in the middle of room that has the picture's shape."""
    if pixels is None or room.isEmpty():
        return QRectF()
    height, width = pixels.shape
    scale = min(room.width() / width, room.height() / height)
    box = QRectF(0, 0, width * scale, height * scale)
    box.moveCenter(room.center())
    return box


def paint_pixels(painter: QPainter, box: QRectF, pixels: NDArray[np.uint8]) -> None:
    """pixels: uint8 (height, width), contiguous. Smoothed only where several of them come to one on the screen."""
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_Grayscale8)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, box.width() < width)
    painter.drawImage(box, image)
    painter.restore()
