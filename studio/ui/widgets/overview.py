"""The whole of a recording in one strip, with the part in view as a box to drag."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    Painted,
    clip_to_well,
    device_size,
    draw_box,
    draw_focus,
    draw_text,
    draw_well,
    indexed_image,
    px,
    text_width,
)
from studio.ui.widgets.segments import SegmentTool
from studio.ui.widgets.signal_data import SignalData
from studio.ui.widgets.ticks import clock_text, multiples, time_step
from studio.ui.widgets.time_axis import PAN_STEP, ZOOM_STEP, TimeAxis
from studio.ui.widgets.time_plot import gutter
from studio.ui.widgets.waveform_image import waveform_levels

_HEIGHT = 36
_EDGE_PX = 5
_NARROWEST_BOX = 6


class OverviewStrip(Painted):
    """Labelled parts in full ink, the rest soft; class ticks below, gaps in red, marks as
    flags. The box moves and widens the view.
    """

    def __init__(self, axis: TimeAxis, tool: SegmentTool | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Overview"))
        self.axis, self.tool = axis, tool
        self._data: SignalData | None = None
        self._gaps_s: list[tuple[float, float]] = []
        self._marks_s: list[float] = []
        self._picture: NDArray[np.uint8] | None = None
        self._picture_key: tuple[object, ...] = ()
        self._hold: tuple[str, float] | None = None  # which part of the box, and where in it, in seconds
        self.setMouseTracking(True)
        self.restyle()
        axis.range_changed.connect(self._range_changed)
        axis.playhead_changed.connect(self.update)
        if tool is not None:
            tool.changed.connect(self.update)

    def restyle(self) -> None:
        self.setFixedHeight(_HEIGHT + px(20))
        self._picture_key = ()

    def set_data(self, data: SignalData | None, gaps_s: Iterable[tuple[float, float]] = ()) -> None:
        """gaps_s: start and length of each gap."""
        if self._data is not None:
            self._data.wave_ready.disconnect(self._data_changed)
        self._data, self._gaps_s = data, list(gaps_s)
        self._marks_s = [] if data is None else [mark / data.reader.rate_hz for mark in data.reader.marks]
        self.describe(_marks_text(self._marks_s))
        if data is not None:
            data.wave_ready.connect(self._data_changed)
        self._data_changed()

    def plot(self) -> QRect:
        return QRect(gutter(), 0, max(self.width() - gutter() - 1, 1), _HEIGHT)

    def box(self) -> QRectF:
        """The part in view."""
        left, right = self._x_of(self.axis.first_s), self._x_of(self.axis.last_s)
        wider = max(_NARROWEST_BOX - (right - left), 0) / 2
        return QRectF(left - wider, 0.75, right - left + 2 * wider, _HEIGHT - 1.5)

    def paint(self, painter: QPainter) -> None:
        plot = self.plot()
        draw_well(painter, plot)
        painter.save()
        clip_to_well(painter, plot)
        self._paint_wave(painter, plot)
        for start_s, length_s in self._gaps_s:
            width = max(length_s / self.axis.length_s * plot.width(), 3)
            painter.fillRect(QRectF(self._x_of(start_s), 0, width, _HEIGHT), theme.current().tint("err", 0.7))
        self._paint_ticks(painter)
        for mark_s in self._marks_s:
            _paint_flag(painter, self._x_of(mark_s))
        painter.restore()
        if self.axis.span_s < self.axis.length_s:
            draw_box(
                painter, self.box(), ground=theme.current().tint("accent", 0.18), edge="accent", radius=3, width=1.5
            )
        if self.axis.playhead_s is not None:
            x = self._x_of(self.axis.playhead_s)
            painter.setPen(QPen(theme.current().role("text"), 1))
            painter.drawLine(QPointF(x, 1), QPointF(x, _HEIGHT - 1))
        self._paint_times(painter, plot)
        if self.hasFocus():
            draw_focus(painter, plot, 4)

    def _paint_wave(self, painter: QPainter, plot: QRect) -> None:
        if self._data is None:
            return
        ratio = self.devicePixelRatioF()
        band = plot.adjusted(0, 2, 0, -8)
        size = device_size(band, ratio)
        key = (size, ratio, self._data.ready, id(self._data))
        if key != self._picture_key:
            columns = self._data.columns(0, self.axis.length_s, size.width())
            full_scale = max(float(self._data.peak()), 100.0)
            self._picture = None if columns is None else waveform_levels(columns, size.height(), full_scale)
            if self._picture is not None:
                self._picture[self._picture > 0] = 1
            self._picture_key = key
        if self._picture is None:
            return
        at = theme.current()
        painter.drawImage(band.topLeft(), indexed_image(self._picture, [0, at.role("wave_soft").rgba()], ratio))
        strong = indexed_image(self._picture, [0, at.role("wave").rgba()], ratio)
        for segment in [] if self.tool is None else self.tool.bands:
            if not segment.proposed:
                left, right = int(self._x_of(segment.start_s)), int(self._x_of(segment.end_s)) + 1
                source = QRectF((left - band.left()) * ratio, 0, (right - left) * ratio, size.height())
                painter.drawImage(QRectF(left, band.top(), right - left, band.height()), strong, source)

    def _paint_ticks(self, painter: QPainter) -> None:
        for segment in [] if self.tool is None else self.tool.bands:
            colour = segment.style.colour
            colour.setAlphaF(0.4 if segment.proposed else 1.0)
            painter.fillRect(QRectF(round(self._x_of(segment.start_s)), _HEIGHT - 6, 3, 4), colour)

    def _paint_times(self, painter: QPainter, plot: QRect) -> None:
        step = time_step(self.axis.length_s, max(plot.width() // px(130), 1))
        for at in multiples(0, self.axis.length_s, step):
            text = clock_text(at, step)
            width = text_width(theme.font(theme.CAPTION), text) + 2
            left = min(max(self._x_of(at) - width / 2, plot.left()), plot.right() - width)
            rect = QRectF(left, _HEIGHT + 2, width, px(17))
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=CENTRE)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at_s, part = self._s_of(event.position().x()), self._part_at(event.position().x())
        if part == "outside":
            self.axis.show(at_s - self.axis.span_s / 2, at_s + self.axis.span_s / 2)
            part = "inside"
        self._hold = (part, at_s - self.axis.first_s)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at_s = self._s_of(event.position().x())
        if self._hold is None:
            edge = self._part_at(event.position().x()) in ("start", "end")
            self.setCursor(Qt.CursorShape.SizeHorCursor if edge else Qt.CursorShape.ArrowCursor)
            return
        part, offset_s = self._hold
        if part == "inside":
            self.axis.show(at_s - offset_s, at_s - offset_s + self.axis.span_s)
        elif part == "start":
            self.axis.show(min(at_s, self.axis.last_s), self.axis.last_s)
        else:
            self.axis.show(self.axis.first_s, max(at_s, self.axis.first_s))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._hold = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, axis = event.key(), self.axis
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            axis.pan((1 if key == Qt.Key.Key_Right else -1) * PAN_STEP * axis.span_s)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            axis.pan((1 if key == Qt.Key.Key_PageDown else -1) * axis.span_s)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            axis.zoom(1 / ZOOM_STEP if key == Qt.Key.Key_Minus else ZOOM_STEP)
        elif key == Qt.Key.Key_Home:
            axis.show(0, axis.span_s)
        elif key == Qt.Key.Key_End:
            axis.show(axis.length_s - axis.span_s, axis.length_s)
        else:
            super().keyPressEvent(event)

    def _part_at(self, x: float) -> str:
        box = self.box()
        if abs(x - box.left()) <= _EDGE_PX and x < box.center().x():
            return "start"
        if abs(x - box.right()) <= _EDGE_PX:
            return "end"
        return "inside" if box.left() <= x <= box.right() else "outside"

    def _x_of(self, seconds: float) -> float:
        return self.plot().left() + seconds / self.axis.length_s * self.plot().width()

    def _s_of(self, x: float) -> float:
        return (x - self.plot().left()) / self.plot().width() * self.axis.length_s

    def _range_changed(self) -> None:
        first, last = clock_text(self.axis.first_s), clock_text(self.axis.last_s)
        self.describe(gettext("{first} to {last} in view").format(first=first, last=last))
        self.update()

    def _data_changed(self) -> None:
        self._picture_key = ()
        self._range_changed()


def _marks_text(marks_s: list[float]) -> str:
    return gettext("Marked at {times}").format(times=", ".join(f"{at:.1f} s" for at in marks_s)) if marks_s else ""


def _paint_flag(painter: QPainter, x: float) -> None:
    """A mark that was set while it was recorded: a staff over the whole height, and its flag."""
    colour = theme.current().role("warn")
    painter.fillRect(QRectF(x, 0, 1.5, _HEIGHT), colour)
    painter.fillRect(QRectF(x, 2, 9, 7), colour)
