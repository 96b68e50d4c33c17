"""Rows of a recording over a time axis: one well, a lane a channel, with the segments through it as for sound."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from studio.ui import theme
from studio.ui.widgets.lanes import (
    Well,
    fit_scale,
    lane_rect,
    paint_curve,
    paint_lane_gutter,
    paint_lane_lines,
    unit_text,
)
from studio.ui.widgets.painted import device_size, draw_box, draw_text, indexed_image, px, text_width
from studio.ui.widgets.pyramid import Columns
from studio.ui.widgets.row_reader import RowSamples
from studio.ui.widgets.segments import SegmentTool
from studio.ui.widgets.time_axis import TimeAxis
from studio.ui.widgets.time_plot import TimePlot, paint_playhead_top

_CURVE_BELOW = 1.5  # rows a pixel: nearer, a line through the rows


class LanesView(TimePlot):
    """Click sets the playhead; drags make and trim segments. first: whether the playhead hangs from it."""

    def __init__(
        self,
        axis: TimeAxis,
        rows: RowSamples,
        well: Well,
        tool: SegmentTool | None = None,
        *,
        first: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(axis, tool, parent)
        self.well, self._rows, self._first = well, rows, first
        self.scale = fit_scale(well, *rows.limits(well.channels))
        self._pictures: list[NDArray[np.uint8]] = []
        self._key: tuple[object, ...] = ()
        self.setAccessibleName(well.title)
        self.describe(f"{self.scale.low:g} … {self.scale.high:g} {unit_text(well.unit)}")
        self.restyle()

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(36 * len(self.well.channels)))

    def restyle(self) -> None:
        self._key = ()
        self.setMinimumHeight(px(16 * len(self.well.channels) + 8))

    def paint_content(self, painter: QPainter, plot: QRect) -> None:
        paint_lane_lines(painter, plot, self.well, self.scale)
        ratio = self.devicePixelRatioF()
        if self.axis.span_s * self._rows.rate_hz < _CURVE_BELOW * plot.width() * ratio:
            self._paint_curves(painter, plot)
        else:
            self._paint_columns(painter, plot, ratio)
        self._paint_title(painter, plot)

    def paint_gutter(self, painter: QPainter, plot: QRect) -> None:
        paint_lane_gutter(painter, plot, self.well, self.scale)

    def paint_playhead(self, painter: QPainter, plot: QRect) -> None:
        super().paint_playhead(painter, plot)
        if self._first and self.axis.playhead_s is not None:
            paint_playhead_top(painter, self.x_of(self.axis.playhead_s), plot.top())
        if self.tool is not None and self.tool.draft is not None:
            left, right = (self.x_of(s) for s in self.tool.draft)
            draft = QRectF(left, plot.top(), right - left, plot.height())
            painter.fillRect(draft, theme.current().tint("accent", 0.18))
        for band in self._bands():
            if self._first and self.tool is not None and band.id == self.tool.selected_id:
                self.paint_handles(painter, plot, band)

    def _paint_curves(self, painter: QPainter, plot: QRect) -> None:
        rate = self._rows.rate_hz
        first = max(int(self.axis.first_s * rate) - 1, 0)
        values = self._rows.rows.values[first : int(self.axis.last_s * rate) + 3].astype(np.float64)
        times = (first + np.arange(len(values))) / rate
        x = plot.left() + (times - self.axis.first_s) / self.axis.span_s * plot.width()
        for lane, channel in enumerate(self.well.channels):
            paint_curve(painter, lane_rect(plot, self.well, lane), self.scale, x, values[:, channel])

    def _paint_columns(self, painter: QPainter, plot: QRect, ratio: float) -> None:
        rects = [lane_rect(plot, self.well, lane).toRect() for lane in range(len(self.well.channels))]
        key = (self.axis.first_s, self.axis.last_s, plot.width(), plot.height(), ratio)
        if key != self._key:
            self._key = key
            self._pictures = [
                self._picture(channel, rect, ratio) for channel, rect in zip(self.well.channels, rects, strict=True)
            ]
        ink = [0, theme.current().role("wave").rgba()]
        for rect, picture in zip(rects, self._pictures, strict=True):
            painter.drawImage(rect.topLeft(), indexed_image(picture, ink, ratio))

    def _picture(self, channel: int, rect: QRect, ratio: float) -> NDArray[np.uint8]:
        """1 from the least to the greatest of each column: uint8 (height, width)."""
        size = device_size(rect, ratio)
        columns = self._rows.columns(channel, self.axis.first_s, self.axis.last_s, size.width())
        step, span = float(self._rows.steps[channel]), self.scale.high - self.scale.low
        top, bottom = (np.rint((self.scale.high - each * step) / span * (size.height() - 1)) for each in _ends(columns))
        rows = np.arange(size.height())[:, None]
        picture = ((rows >= top) & (rows <= bottom)).astype(np.uint8)
        picture[:, columns.low > columns.high] = 0
        return np.ascontiguousarray(picture)

    def _paint_title(self, painter: QPainter, plot: QRect) -> None:
        font, detail = theme.font(theme.CAPTION, theme.VALUE), unit_text(self.well.unit)
        width, more = text_width(font, self.well.title), text_width(theme.font(theme.CAPTION), detail) + px(6)
        box = QRectF(plot.left() + 6, plot.top() + 4, width + more + 10, px(18))
        draw_box(painter, box, ground=theme.current().tint("well", 0.85), radius=4)
        draw_text(painter, box.adjusted(5, 0, 0, 0), self.well.title, size=theme.CAPTION, weight=theme.VALUE)
        draw_text(painter, box.adjusted(5 + width + px(6), 0, 0, 0), detail, role="muted", size=theme.CAPTION)


def _ends(columns: Columns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Greatest and least of each column, reaching to those of the one before, so that a steep trace has no holes."""
    high, low = columns.high.astype(np.float64), columns.low.astype(np.float64)
    filled = low <= high
    joined = filled[1:] & filled[:-1]
    reach_high, reach_low = high.copy(), low.copy()
    reach_high[1:][joined] = np.maximum(high[1:], low[:-1])[joined]
    reach_low[1:][joined] = np.minimum(low[1:], high[:-1])[joined]
    return reach_high, reach_low
