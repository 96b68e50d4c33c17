"""Features as a picture, each value a rectangle, unsmoothed; and the difference between two of them."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    Painted,
    clip_to_well,
    draw_box,
    draw_focus,
    draw_text,
    draw_tick,
    draw_well,
    indexed_image,
    px,
)

Features = NDArray[np.int16] | NDArray[np.int8] | NDArray[np.float32]

_LEAST_RANGE = {("i", 1): 48.0, ("i", 2): 1500.0, ("f", 4): 20.0}  # silence is not to be stretched into a picture
_RING = 12.0


class FeaturePicture(Painted):
    """Time runs to the right, low bands are below. Arrows or a click point at a value: `pointed(frame, band)`."""

    pointed = Signal(int, int)

    def __init__(self, parent: QWidget | None = None, *, focusable: bool = True) -> None:
        super().__init__(parent, focusable=focusable)
        self.setAccessibleName(gettext("Features"))
        self._values: Features = np.zeros((0, 0), np.int8)
        self._levels: NDArray[np.uint8] | None = None
        self._difference = False
        self._frame: int | None = None
        self._cell: tuple[int, int] | None = None
        self.setMinimumSize(40, 40)

    def sizeHint(self) -> QSize:
        return QSize(px(168), px(164))

    def show_values(self, values: Features, low: float | None = None, high: float | None = None) -> None:
        """values: (frames, bands). low, high: shown as quietest and loudest; None: what is in it."""
        self._difference = False
        self._take(values)
        if values.size == 0:
            return
        if low is None or high is None:
            low, high = np.percentile(values, (5, 99.7)).tolist()
            high = max(high, low + _LEAST_RANGE[values.dtype.kind, values.dtype.itemsize])
        shares = (values.astype(np.float32) - low) * (255 / max(high - low, 1e-6))
        self._levels = self._rows(np.clip(shares, 0, 255))
        self.update()

    def show_difference(self, board: Features, host: Features) -> None:
        """board, host: (frames, bands). The first value that differs is ringed; equal ones make an `identical`."""
        self._difference = True
        difference = board.astype(np.float32) - host.astype(np.float32)
        self._take(difference)
        largest = float(np.abs(difference).max()) if difference.size else 0.0
        count = int(np.count_nonzero(difference))
        self._levels = None if largest == 0 else self._rows(np.clip(128 + difference * (127 / largest), 1, 255))
        if count:
            first = int(np.flatnonzero(difference.ravel())[0])
            self._cell = divmod(first, difference.shape[1])
            self.describe(gettext("{count} of {total} differ").format(count=f"{count:,}", total=f"{difference.size:,}"))
        else:
            self.describe(gettext("identical"))
        self.update()

    def set_frame(self, frame: int | None) -> None:
        """A line at a frame, in step with other pictures of the same window."""
        if frame != self._frame:
            self._frame = frame
            self.update()

    @property
    def cell(self) -> tuple[int, int] | None:
        """(frame, band) that is pointed at."""
        return self._cell

    def cell_rect(self, frame: int, band: int) -> QRectF:
        frames, bands = max(self._values.shape[0], 1), max(self._values.shape[1], 1)
        width, height = (self.width() - 2) / frames, (self.height() - 2) / bands
        return QRectF(1 + frame * width, 1 + (bands - 1 - band) * height, width, height)

    def paint(self, painter: QPainter) -> None:
        draw_well(painter, self.rect())
        if self._levels is not None:
            painter.save()
            clip_to_well(painter, self.rect())
            at = theme.current()
            image = indexed_image(self._levels, at.difference if self._difference else at.spectrogram)
            painter.drawImage(QRectF(self.rect()).adjusted(1, 1, -1, -1), image)
            painter.restore()
        elif self._difference:
            centre = QPointF(self.width() / 2, self.height() / 2 - px(12))
            draw_tick(painter, centre, 22, "ok", 2)
            below = QRectF(0, centre.y() + px(16), self.width(), px(20))
            draw_text(painter, below, gettext("identical"), role="ok", weight=theme.VALUE, align=CENTRE)
        if self._frame is not None and self._values.shape[0]:
            x = round(self.cell_rect(self._frame, 0).center().x()) + 0.5
            painter.setPen(QPen(theme.current().role("text"), 1))
            painter.drawLine(QPointF(x, 1), QPointF(x, self.height() - 1))
        if self._cell is not None:
            cell = self.cell_rect(*self._cell)
            ring = QRectF(0, 0, max(cell.width() + 4, _RING), max(cell.height() + 4, _RING))
            ring.moveCenter(cell.center())
            ring.moveLeft(min(max(ring.left(), 1), self.width() - 1 - ring.width()))
            ring.moveTop(min(max(ring.top(), 1), self.height() - 1 - ring.height()))
            draw_box(painter, ring, ground=None, edge="text", radius=1, width=2)
        if self.hasFocus():
            draw_focus(painter, self.rect(), 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._values.size == 0:
            return
        frames, bands = self._values.shape
        frame = int((event.position().x() - 1) / (self.width() - 2) * frames)
        band = bands - 1 - int((event.position().y() - 1) / (self.height() - 2) * bands)
        self._point(min(max(frame, 0), frames - 1), min(max(band, 0), bands - 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._values.size == 0:
            super().keyPressEvent(event)
            return
        frames, bands = self._values.shape
        frame, band = self._cell or (0, 0)
        self._point(min(max(frame + step[0], 0), frames - 1), min(max(band + step[1], 0), bands - 1))

    def _point(self, frame: int, band: int) -> None:
        self._cell = (frame, band)
        value = self._values[frame, band]
        self.describe(
            gettext("Frame {frame}, band {band}: {value:g}").format(frame=frame, band=band, value=float(value))
        )
        self.pointed.emit(frame, band)
        self.update()

    def _take(self, values: Features) -> None:
        self._values, self._cell, self._levels = values, None, None
        if values.size:
            self.describe(gettext("{frames} × {bands}").format(frames=values.shape[0], bands=values.shape[1]))
        self.update()

    @staticmethod
    def _rows(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
        return np.ascontiguousarray(levels.T[::-1]).astype(np.uint8)
