"""The spectrum of one frame: power over frequency, and the band that is pointed at."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import LEFT, RIGHT, Painted, clip_to_well, draw_curve, draw_text, draw_well, px

_TOP_DB, _BOTTOM_DB = 0.0, -120.0
_GRID_DB = (-30, -60, -90)
_GRID_OPACITY = 0.07


class SpectrumView(Painted):
    """From 0 Hz at the left to half the sample rate; a full-scale sine is 0 dB, at the upper edge."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(gettext("Spectrum of one frame"))
        self._decibels: NDArray[np.float32] = np.zeros(0, np.float32)
        self._top_hz = 1.0
        self._band: tuple[float, float, float] | None = None
        self.setMinimumSize(40, 40)

    def sizeHint(self) -> QSize:
        return QSize(px(168), px(150))

    def show_spectrum(
        self, decibels: NDArray[np.float32], top_hz: float, band: tuple[float, float, float] | None
    ) -> None:
        """decibels: float32 (bins,), from 0 to top_hz. band: where it begins, peaks and ends, in Hz."""
        self._decibels, self._top_hz, self._band = decibels, top_hz, band
        if len(decibels):
            peak = int(decibels.argmax()) * top_hz / max(len(decibels) - 1, 1)
            self.describe(gettext("Loudest at {hz:,.0f} Hz, {db:.0f} dB").format(hz=peak, db=float(decibels.max())))
        self.update()

    def paint(self, painter: QPainter) -> None:
        draw_well(painter, self.rect())
        if len(self._decibels) < 2:
            return
        painter.save()
        clip_to_well(painter, self.rect())
        for db in _GRID_DB:
            y = round(self._y(db))
            painter.fillRect(QRectF(1, y, self.width() - 2, 1), theme.current().tint("text", _GRID_OPACITY))
        if self._band is not None:
            low, middle, high = (self._x(hz) for hz in self._band)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.current().role("accent"), 1))
            painter.setBrush(theme.current().tint("accent", 0.18))
            top, bottom = px(16), self._foot
            painter.drawPolygon(QPolygonF([QPointF(low, bottom), QPointF(middle, top), QPointF(high, bottom)]))
        across = np.linspace(1, self.width() - 1, len(self._decibels))
        up = (_TOP_DB - self._decibels) / (_TOP_DB - _BOTTOM_DB) * (self._foot - 2)
        draw_curve(painter, across, np.clip(1 + up, 1, self._foot), QPen(theme.current().role("wave"), 1.3))
        foot = QRectF(6, self._foot, self.width() - 12, px(16))
        draw_text(painter, foot, "0", role="muted", size=theme.CAPTION, align=LEFT)
        end = gettext("{khz:g} kHz").format(khz=round(self._top_hz / 1000, 1))
        draw_text(painter, foot, end, role="muted", size=theme.CAPTION, align=RIGHT)
        painter.restore()

    def _x(self, hz: float) -> float:
        return 1 + hz / self._top_hz * (self.width() - 2)

    def _y(self, db: float) -> float:
        return 1 + (_TOP_DB - db) / (_TOP_DB - _BOTTOM_DB) * (self._foot - 2)

    @property
    def _foot(self) -> int:
        """Where the plot ends, and the axis is named."""
        return self.height() - px(18)
