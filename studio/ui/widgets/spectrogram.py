"""A recording's spectrogram over a time axis, from pieces that are made in the background."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import RIGHT, device_size, draw_text, indexed_image, line_height, px
from studio.ui.widgets.segments import Band, SegmentTool
from studio.ui.widgets.signal_data import SignalData
from studio.ui.widgets.ticks import multiples, nice_step, number_text
from studio.ui.widgets.time_axis import TimeAxis
from studio.ui.widgets.time_plot import GUTTER_GAP, TimePlot, gutter


class SpectrogramView(TimePlot):
    """One recording, from 0 to half its sample rate. Its levels are fixed for the recording, not for the view."""

    def __init__(self, axis: TimeAxis, tool: SegmentTool | None = None, parent: QWidget | None = None) -> None:
        super().__init__(axis, tool, parent)
        self.setAccessibleName(gettext("Spectrogram"))
        self.setMinimumHeight(px(64))
        self._data: SignalData | None = None
        self._picture: NDArray[np.uint8] | None = None
        self._picture_key: tuple[object, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(140))

    def set_data(self, data: SignalData | None) -> None:
        if self._data is not None:
            self._data.spectrogram_changed.disconnect(self._data_changed)
        self._data = data
        if data is not None:
            data.spectrogram_changed.connect(self._data_changed)
            self.describe(gettext("0 to {hz} Hz").format(hz=number_text(data.reader.rate_hz / 2)))
        self._data_changed()

    def restyle(self) -> None:
        self._picture_key = ()

    def paint_band(self, painter: QPainter, plot: QRect, band: Band) -> None:
        """None: over a spectrogram a segment has edges only."""

    def paint_content(self, painter: QPainter, plot: QRect) -> None:
        if self._data is None:
            return
        ratio = self.devicePixelRatioF()
        size = device_size(plot, ratio)
        key = (self.axis.first_s, self.axis.last_s, size, ratio)
        if key != self._picture_key or self._picture is None:
            columns = self._data.spectrogram(self.axis.first_s, self.axis.last_s, size.width())
            self._picture = as_picture(columns, size.height())
            self._picture_key = key
        painter.drawImage(plot.topLeft(), indexed_image(self._picture, theme.current().spectrogram, ratio))

    def paint_gutter(self, painter: QPainter, plot: QRect) -> None:
        if self._data is not None:
            paint_frequencies(painter, plot, self._data.reader.rate_hz / 2)

    def _data_changed(self) -> None:
        self._picture_key = ()
        self.update()


def as_picture(columns: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """Columns of levels, low first: uint8 (width, bins), as rows of an image, high first: uint8 (height, width)."""
    bins = columns.shape[1]
    rows = (height - 1 - np.arange(height)) * bins // height
    return np.ascontiguousarray(columns.T[rows])


def paint_frequencies(painter: QPainter, plot: QRect, top_hz: float) -> None:
    """Kilohertz in the gutter, the unit on the uppermost alone."""
    height = line_height(theme.font(theme.CAPTION))
    step = nice_step(top_hz / 1000, max(plot.height() // px(32), 1))
    marks = multiples(0, top_hz / 1000, step)
    for at in marks:
        y = plot.bottom() - at * 1000 / top_hz * plot.height()
        top = min(max(y - height / 2, plot.top() - 2), plot.bottom() + 3 - height)
        text = number_text(at, step) + (" kHz" if at == marks[-1] else "")
        rect = QRectF(0, top, gutter() - px(GUTTER_GAP), height)
        draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=RIGHT)
