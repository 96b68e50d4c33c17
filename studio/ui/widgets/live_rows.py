"""Movement and slow readings as they come in: a lane an axis, running from right to left."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.widgets.lanes import (
    Well,
    fit_scale,
    lane_rect,
    paint_ghost_lanes,
    paint_lane_gutter,
    paint_lane_lines,
    paint_span,
    shades,
    unit_text,
    value_text,
    wells_of,
)
from studio.ui.widgets.live_plot import LiveFrame, LivePlot, paint_ring
from studio.ui.widgets.live_stream import LiveTimeline
from studio.ui.widgets.painted import device_size, draw_box, draw_text, indexed_image, px, text_width

Values = NDArray[np.float64]
_STROKE = 1.5  # px
_CALM = 0.6  # of the scale that is shown: what needs no more of it brings the scale nearer


class LiveRows(LiveTimeline):
    """Rows of all channels, in their units, as far back as is shown. Channels are in the order of the source."""

    def __init__(
        self,
        rate_hz: float,
        seconds: float,
        channels: Sequence[str],
        units: Sequence[str],
        scales: Sequence[float],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(rate_hz, seconds, parent)
        self.channels, self.units = tuple(channels), tuple(units)
        self._scales = np.asarray(scales, np.float64)
        self._end = 0
        self.index = np.zeros(0, np.int64)  # of each row that is held, in the stream
        self.values = np.zeros((0, len(self.channels)))  # float64 (n, channels)

    @property
    def end(self) -> int:
        return self._end

    def append(self, samples: NDArray[np.int16], first_index: int) -> None:
        """samples: int16 (n, channels) counts. first_index: past the end where rows were lost, before it: anew."""
        if first_index < self._end:
            self.index, self.values = self.index[:0], self.values[:0]
            self.remade.emit()
        self._end = first_index + len(samples)
        first = self._end - round(self.rate_hz * self.seconds) - 2
        kept = int(np.searchsorted(self.index, first))
        added = np.arange(first_index, self._end)
        self.index = np.concatenate((self.index[kept:], added))
        self.values = np.concatenate((self.values[kept:], samples * self._scales))
        self.advanced.emit()

    def skip_to(self, index: int) -> None:
        self.append(np.zeros((0, len(self.channels)), np.int16), index)

    def x_of(self, index: float, plot: QRect, ratio: float) -> float:
        return plot.right() + 1 - (self._end + self.lead - index) / (self.rate_hz * self.seconds) * plot.width()

    def columns(self, first: int, last: int, per_row: float) -> tuple[Values, Values]:
        """Least and greatest of each channel in columns first..last of the stream, per_row of them a row, the values
        between two rows on the line through them: float64 (channels, n). NaN where rows are lost, or not held.
        """
        edges = np.clip(np.arange(first, last + 1) / per_row, 0, self._end - 1)
        after = np.clip(np.searchsorted(self.index, edges), 1, max(len(self.index) - 1, 1))
        low = np.full((len(self.channels), last - first), np.nan)
        high = low.copy()
        if len(self.index) < 2:
            return low, high
        within = (edges >= self.index[0]) & (self.index[after] - self.index[after - 1] <= 1)
        seen = within[1:] & within[:-1]
        inside = np.searchsorted(self.index, edges[0])
        rows, places = self.values[inside:], (self.index[inside:] * per_row).astype(np.int64) - first
        fits = (places >= 0) & (places < last - first)  # the newest row lies before what is beyond the stream's end
        for channel in range(len(self.channels)):
            at_edges = np.interp(edges, self.index, self.values[:, channel])
            least, most = np.minimum(at_edges[1:], at_edges[:-1]), np.maximum(at_edges[1:], at_edges[:-1])
            np.minimum.at(least, places[fits], rows[fits, channel])
            np.maximum.at(most, places[fits], rows[fits, channel])
            low[channel, seen], high[channel, seen] = least[seen], most[seen]
        return low, high


class LiveLanes(LivePlot):
    """One well. Its scale goes out at once, and nearer when all that is shown has been calm."""

    stream: LiveRows

    def __init__(self, stream: LiveRows, well: Well, parent: QWidget | None = None) -> None:
        super().__init__(stream, parent)
        self.well = well
        self.scale = fit_scale(well, 0.0, 0.0)
        self._is_new = True
        self._picture: NDArray[np.uint8] | None = None
        self._done = 0  # the stream's column from which the picture is not up to date
        self.setMinimumHeight(px(20 * len(well.channels) + 8))
        self.set_title(well.title, unit_text(well.unit))

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(60 * len(self.well.channels)))

    def restyle(self) -> None:
        super().restyle()
        self.setMinimumHeight(px(20 * len(self.well.channels) + 8))

    def paint_stream(self, painter: QPainter, plot: QRect) -> None:
        stream = self.stream
        values = stream.values[:, self.well.channels]
        self._fit(values)
        paint_lane_lines(painter, plot, self.well, self.scale)
        self._paint_lanes(painter, plot)
        if len(self.well.channels) == 1 and len(values):
            self._paint_newest(painter, plot, float(values[-1, 0]))

    def _paint_lanes(self, painter: QPainter, plot: QRect) -> None:
        """New columns alone are drawn, into a picture that is never moved: all anew takes twice as long."""
        stream, ratio = self.stream, self.devicePixelRatioF()
        size = device_size(plot, ratio)
        if self._picture is None or self._picture.shape != (size.height(), size.width()):
            self._picture = np.zeros((size.height(), size.width()), np.uint8)
            self._done = 0
        per_row = size.width() / (stream.rate_hz * stream.seconds)
        newest = int((stream.end - 1) * per_row)
        first = max(self._done, newest + 1 - size.width())
        places = np.arange(first, newest + 1) % size.width()
        low, high = stream.columns(first, newest + 1, per_row)
        strip = np.zeros((size.height(), len(places)), np.uint8)
        for lane, channel in enumerate(self.well.channels):
            rect = lane_rect(QRect(0, 0, size.width(), size.height()), self.well, lane)
            top, bottom = self.scale.y_of(high[channel], rect), self.scale.y_of(low[channel], rect)
            paint_span(strip, top, bottom, _STROKE * ratio)
        self._picture[:, places] = strip
        self._done = newest  # the newest is not full: it is painted again
        image = indexed_image(self._picture, shades(theme.current().role("wave")))
        paint_ring(painter, plot, image, newest, ratio, stream.lead_px(plot, ratio))

    def begin_anew(self) -> None:
        self._picture = None
        super().begin_anew()

    def paint_gutter(self, painter: QPainter, plot: QRect) -> None:
        paint_lane_gutter(painter, plot, self.well, self.scale)

    def paint_ghost(self, painter: QPainter, plot: QRect) -> None:
        paint_ghost_lanes(painter, plot, self.well)

    def _paint_newest(self, painter: QPainter, plot: QRect, value: float) -> None:
        """Of a slow quantity its figure is read, and its trace says where it goes."""
        text = value_text(value, self.well.unit, 4)
        font = theme.font(theme.PAGE, theme.TITLE)
        room = QRectF(plot.left() + 8, plot.top() + px(32), text_width(font, text) + 16, px(30))
        if room.bottom() <= plot.bottom():
            draw_box(painter, room, ground=theme.current().tint("well", 0.85), radius=4)
            draw_text(painter, room.adjusted(6, 0, 0, 0), text, size=theme.PAGE, weight=theme.TITLE)
        self.describe(text)

    def _fit(self, values: NDArray[np.float64]) -> None:
        if not len(values):
            return
        fitting = fit_scale(self.well, float(values.min()), float(values.max()))
        now, wanted = self.scale, fitting
        beyond = wanted.low < now.low or wanted.high > now.high
        calm = wanted.high - wanted.low <= _CALM * (now.high - now.low)
        if self._is_new or beyond or calm:
            self._is_new = False
            if wanted != self.scale:
                self.scale, self._picture = wanted, None


class RowTraces(LiveFrame):
    """All wells of a stream above each other."""

    def __init__(self, stream: LiveRows, parent: QWidget | None = None) -> None:
        self.stream = stream
        self.lanes = [LiveLanes(stream, well) for well in wells_of(stream.channels, stream.units)]
        rate = _("{rate:g} Hz").format(rate=stream.rate_hz)
        for lane in self.lanes:
            lane.set_title(lane.title, f"{lane.detail}, {rate}".removeprefix(", "))
        self.lanes[0].has_flags = True
        self.lanes[-1].has_names = self.lanes[-1].tells_silence = True
        super().__init__(stream, [(lane, len(lane.well.channels)) for lane in self.lanes], parent)
