"""A recording's waveform over a time axis: peaks and RMS by column, the samples themselves when near."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    RIGHT,
    Painted,
    device_size,
    draw_curve,
    draw_text,
    indexed_image,
    line_height,
    px,
)
from studio.ui.widgets.pyramid import columns_of
from studio.ui.widgets.segments import SegmentTool
from studio.ui.widgets.signal_data import SignalData
from studio.ui.widgets.ticks import clock_text, nice_step, share_text
from studio.ui.widgets.time_axis import TimeAxis
from studio.ui.widgets.time_plot import GUTTER_GAP, TimePlot, gutter, paint_playhead_top
from studio.ui.widgets.waveform_image import waveform_levels

HEADROOM = 1.15  # the loudest sample reaches so much less than the edge
FINEST_STEP = 0.001  # of full scale, between marks
_TRACE_BELOW = 2.0  # samples a pixel: nearer, a line through the samples
_ZERO_OPACITY = 0.45


class WaveformView(TimePlot):
    """One recording. Click sets the playhead; with a SegmentTool, drags make and trim segments."""

    def __init__(self, axis: TimeAxis, tool: SegmentTool | None = None, parent: QWidget | None = None) -> None:
        super().__init__(axis, tool, parent)
        self.setAccessibleName(gettext("Waveform"))
        self.setMinimumHeight(px(64))
        self._data: SignalData | None = None
        self._full_scale = 1.0  # share of full scale at the upper edge
        self._fixed_scale: float | None = None
        self._picture: NDArray[np.uint8] | None = None
        self._picture_key: tuple[object, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(110))

    def set_data(self, data: SignalData | None, *, full_scale: float | None = None) -> None:
        """Shows a recording. full_scale: share of full scale at the upper edge; None: what the recording needs."""
        if self._data is not None:
            self._data.wave_ready.disconnect(self._data_changed)
        self._data = data
        if data is not None:
            data.wave_ready.connect(self._data_changed)
        self._fixed_scale = full_scale
        self._data_changed()

    def restyle(self) -> None:
        self._picture_key = ()
        self.setMinimumHeight(px(64))

    def paint_content(self, painter: QPainter, plot: QRect) -> None:
        if self._data is None:
            return
        ratio = self.devicePixelRatioF()
        if self.axis.span_s * self._data.reader.rate_hz < _TRACE_BELOW * plot.width() * ratio:
            self._paint_trace(painter, plot, self._data)
            return
        size = device_size(plot, ratio)
        key = (self.axis.first_s, self.axis.last_s, size, ratio, self._full_scale, self._data.ready, id(self._data))
        if key != self._picture_key:
            columns = self._data.columns(self.axis.first_s, self.axis.last_s, size.width())
            self._picture = (
                None if columns is None else waveform_levels(columns, size.height(), self._full_scale * 32768)
            )
            self._picture_key = key
        if self._picture is None:
            text = gettext("Reading the recording…")
            draw_text(painter, plot, text, role="muted", size=theme.CAPTION, align=CENTRE)
        else:
            painter.drawImage(plot.topLeft(), indexed_image(self._picture, wave_colours(), ratio))

    def paint_gutter(self, painter: QPainter, plot: QRect) -> None:
        edge = self._full_scale * 0.9
        step = min(nice_step(2 * self._full_scale, max(plot.height() // px(26), 2)), nice_step(edge / 2.5, 1))
        step = max(step, FINEST_STEP)
        half = line_height(theme.font(theme.CAPTION)) / 2
        for place in (-1, 0, 1):
            at = place * step * max(1, int(edge / step))
            y = plot.center().y() - at / self._full_scale * plot.height() / 2
            rect = QRectF(0, y - half, gutter() - px(GUTTER_GAP), 2 * half)
            text = share_text(at, step)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=RIGHT)

    def paint_playhead(self, painter: QPainter, plot: QRect) -> None:
        super().paint_playhead(painter, plot)
        if self.axis.playhead_s is not None:
            paint_playhead_top(painter, self.x_of(self.axis.playhead_s), plot.top())
        if self.tool is not None and self.tool.draft is not None:
            left, right = (self.x_of(s) for s in self.tool.draft)
            painter.fillRect(
                QRectF(left, plot.top(), right - left, plot.height()), theme.current().tint("accent", 0.18)
            )
        for band in self._bands():
            if self.tool is not None and band.id == self.tool.selected_id:
                self.paint_handles(painter, plot, band)

    def _paint_trace(self, painter: QPainter, plot: QRect, data: SignalData) -> None:
        rate = data.reader.rate_hz
        first = max(int(self.axis.first_s * rate) - 1, 0)
        samples = data.reader.read(first, int(self.axis.span_s * rate) + 4)
        times = (first + np.arange(len(samples))) / rate
        x = plot.left() + (times - self.axis.first_s) / self.axis.span_s * plot.width()
        y = plot.center().y() - samples * (plot.height() / 2 / (self._full_scale * 32768))
        draw_curve(painter, x, y, QPen(theme.current().role("wave"), 1.5))

    def _data_changed(self) -> None:
        self._picture_key = ()
        if self._data is not None:
            fixed = self._fixed_scale
            self._full_scale = fixed or min(1.0, max(self._data.peak() / 32768 * HEADROOM, 0.002))
            self.describe(gettext("{length} long").format(length=clock_text(self._data.length_s)))
        self.update()


class WaveThumbnail(Painted):
    """A short recording, small. Thumbnails shown together share a full_scale, so that a silent one looks silent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples = np.zeros(0, np.int16)
        self._full_scale = 1.0
        self._hue: QColor | None = None
        self._cursor: float | None = None
        self.setMinimumSize(40, 20)

    def sizeHint(self) -> QSize:
        return QSize(px(230), px(36))

    def show_samples(
        self, samples: NDArray[np.int16], *, full_scale: float = 1.0, colour: QColor | None = None
    ) -> None:
        """samples: int16 (n,). full_scale: share of full scale at the edge. colour: a class's; None: the waves' own."""
        self._samples, self._full_scale, self._hue = samples, full_scale, colour
        self.update()

    def set_cursor(self, share: float | None) -> None:
        """A line at a share (0..1) of its length: where playing has come to, or what another picture points at."""
        if share != self._cursor:
            self._cursor = share
            self.update()

    def paint(self, painter: QPainter) -> None:
        ratio = self.devicePixelRatioF()
        paint_wave(painter, self.rect(), self._samples, full_scale=self._full_scale, colour=self._hue, ratio=ratio)
        if self._cursor is not None:
            painter.setPen(QPen(theme.current().role("text"), 1))
            x = round(self._cursor * (self.width() - 1)) + 0.5
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))


def paint_wave(
    painter: QPainter,
    rect: QRect,
    samples: NDArray[np.int16],
    *,
    full_scale: float,
    colour: QColor | None,
    ratio: float,
) -> None:
    """samples: int16 (n,), n at least 1 to be seen; in the waves' colours or a class's."""
    if len(samples) == 0 or rect.isEmpty():
        return
    size = device_size(rect, ratio)
    picture = waveform_levels(columns_of(samples, size.width()), size.height(), full_scale * 32768)
    image: QImage = indexed_image(picture, wave_colours(colour), ratio)
    painter.drawImage(rect.topLeft(), image)


def wave_colours(colour: QColor | None = None) -> list[int]:
    """The colour table of waveform pictures; colour: a class's instead of the theme's."""
    at = theme.current()
    strong, soft = at.role("wave"), at.role("wave_soft")
    if colour is not None:
        strong, soft = QColor(colour), QColor(colour)
        soft.setAlphaF(0.55)
    zero = QColor(strong)
    zero.setAlphaF(_ZERO_OPACITY)
    return [0, soft.rgba(), strong.rgba(), zero.rgba()]
