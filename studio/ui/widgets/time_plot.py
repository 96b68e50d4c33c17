"""A plot over a time axis: gutter, grid, playhead, zoom and pan, and the segments drawn through it."""

import functools

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    Painted,
    clip_to_well,
    draw_dashes,
    draw_focus,
    draw_hatch,
    draw_text,
    draw_well,
    line_height,
    px,
    text_width,
)
from studio.ui.widgets.segments import Band, Grip, SegmentTool
from studio.ui.widgets.ticks import clock_text, multiples, time_step
from studio.ui.widgets.time_axis import PAN_STEP, ZOOM_STEP, TimeAxis

GUTTER_GAP = 10  # px between its text and the plot
GRIP_PX = 6  # how near an edge the mouse takes hold of it
_PLAYHEAD_REACH = 8  # px beside the playhead that its triangle needs
_STEP_PX = 10  # an arrow key
_HANDLE = (8, 28)


def gutter() -> int:
    """Width of the axis text left of every linked plot, so that their columns stand above each other."""
    return _gutter(theme.font(theme.CAPTION).pixelSize())


@functools.cache
def _gutter(_caption_px: int) -> int:
    return text_width(theme.font(theme.CAPTION), "+0.25") + px(GUTTER_GAP + 4)


class TimePlot(Painted):
    """Base of waveform, spectrogram, lane and ruler. The plot's columns are those of `plot()`; time is the axis's."""

    def __init__(self, axis: TimeAxis, tool: SegmentTool | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.axis = axis
        self.tool = tool
        self.gap = 0  # px below the plot that still belong to it: lines run through to the next
        self._playhead_x: float | None = None
        self._pressed_x: float | None = None
        self.setMouseTracking(True)
        axis.range_changed.connect(self._range_changed)
        axis.playhead_changed.connect(self._playhead_moved)
        if tool is not None:
            tool.changed.connect(self.update)

    def plot(self) -> QRect:
        """Where time runs."""
        return QRect(gutter(), 0, max(self.width() - gutter() - 1, 1), max(self.height() - self.gap, 1))

    def x_of(self, seconds: float) -> float:
        plot = self.plot()
        return plot.left() + (seconds - self.axis.first_s) / self.axis.span_s * plot.width()

    def s_of(self, x: float) -> float:
        plot = self.plot()
        return self.axis.first_s + (x - plot.left()) / plot.width() * self.axis.span_s

    def paint_content(self, painter: QPainter, plot: QRect) -> None:
        """What the plot shows, between the grid and the segments' edges."""

    def paint_gutter(self, painter: QPainter, plot: QRect) -> None:
        """The vertical axis's text."""

    def paint(self, painter: QPainter) -> None:
        plot = self.plot()
        draw_well(painter, plot)
        painter.save()
        clip_to_well(painter, plot)
        self._paint_grid(painter, plot)
        for band in self._bands():
            self.paint_band(painter, plot, band)
        self.paint_content(painter, plot)
        painter.restore()
        self.paint_gutter(painter, plot)
        painter.save()
        painter.setClipRect(plot.adjusted(-_HANDLE[0], 0, _HANDLE[0], self.gap), Qt.ClipOperation.IntersectClip)
        for band in self._bands():
            self.paint_edges(painter, plot, band)
        self.paint_playhead(painter, plot)
        painter.restore()
        if self.hasFocus():
            draw_focus(painter, plot, 4)

    def paint_band(self, painter: QPainter, plot: QRect, band: Band) -> None:
        """The ground of a segment."""
        rect = self.band_rect(plot, band)
        colour = band.style.colour
        chosen = self.tool is not None and band.id == self.tool.selected_id
        colour.setAlphaF(0.05 if band.proposed else 0.20 if chosen else 0.11)
        painter.fillRect(rect, colour)
        if band.proposed:
            colour.setAlphaF(0.30)
            draw_hatch(painter, rect, colour)

    def paint_edges(self, painter: QPainter, plot: QRect, band: Band) -> None:
        rect = self.band_rect(plot, band).adjusted(0, 0, 0, self.gap)
        chosen = self.tool is not None and band.id == self.tool.selected_id
        colour = band.style.colour
        for x in (rect.left(), rect.right()):
            if band.proposed and not chosen:
                ends = QPointF(round(x), rect.top()), QPointF(round(x), rect.bottom())
                draw_dashes(painter, *ends, colour, on=3, off=2)
            else:
                width = 2 if chosen else 1
                painter.fillRect(QRectF(round(x) - width // 2, rect.top(), width, rect.height()), colour)

    def paint_handles(self, painter: QPainter, plot: QRect, band: Band) -> None:
        """What one takes hold of, on the selected segment's edges."""
        rect = self.band_rect(plot, band)
        width, height = _HANDLE
        height = min(height, plot.height() - 8)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(band.style.colour, 2))
        painter.setBrush(theme.current().role("surface"))
        for x in (rect.left(), rect.right()):
            painter.drawRoundedRect(QRectF(x - width / 2 + 1, plot.center().y() - height / 2, width - 2, height), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def paint_playhead(self, painter: QPainter, plot: QRect) -> None:
        if self.axis.playhead_s is None:
            return
        x = self.x_of(self.axis.playhead_s)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # it moves by less than a pixel
        painter.fillRect(QRectF(x - 0.75, plot.top(), 1.5, plot.height() + self.gap), theme.current().role("text"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def band_rect(self, plot: QRect, band: Band) -> QRectF:
        left, right = self.x_of(band.start_s), self.x_of(band.end_s)
        return QRectF(left, plot.top(), max(right - left, 1), plot.height())

    def _bands(self) -> list[Band]:
        return [] if self.tool is None else self.tool.between(self.axis.first_s, self.axis.last_s)

    def _paint_grid(self, painter: QPainter, plot: QRect) -> None:
        painter.setPen(QPen(theme.current().tint("text", 0.07), 1))
        for at in multiples(self.axis.first_s, self.axis.last_s, grid_step(self.axis, plot)):
            x = round(self.x_of(at)) + 0.5
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _range_changed(self) -> None:
        self._playhead_x = None
        self.update()

    def _playhead_moved(self) -> None:
        """Repaints the two strips that the playhead left and entered."""
        new = None if self.axis.playhead_s is None else self.x_of(self.axis.playhead_s)
        for x in (self._playhead_x, new):
            if x is not None:
                self.update(int(x) - self.playhead_reach(), 0, 2 * self.playhead_reach() + 2, self.height())
        self._playhead_x = new

    def playhead_reach(self) -> int:
        return _PLAYHEAD_REACH

    # Mouse and keys

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Up and down zooms about the mouse; sideways, or with Shift, pans."""
        across, up = event.angleDelta().x(), event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not across:
            across, up = up, 0
        if across:
            self.axis.pan(-across / 120 * PAN_STEP * self.axis.span_s)
        elif up:
            self.axis.zoom(ZOOM_STEP ** (up / 120), self.s_of(event.position().x()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._pressed_x = event.position().x()
        if self.tool is not None:
            self.tool.press(self.s_of(self._pressed_x), self._reach_s())
        self.axis.set_playhead(self.s_of(self._pressed_x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._pressed_x is None:
            edge = self.tool is not None and self.tool.grip_at(self.s_of(x), self._reach_s())[0] in (
                Grip.START,
                Grip.END,
            )
            self.setCursor(Qt.CursorShape.SizeHorCursor if edge else Qt.CursorShape.IBeamCursor)
            return
        if self.tool is None:
            self.axis.set_playhead(self.s_of(x))
        elif abs(x - self._pressed_x) >= 4 or self.tool.dragging:
            self.tool.drag(self.s_of(x))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._pressed_x is not None:
            self._pressed_x = None
            if self.tool is not None:
                self.tool.release()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._navigate(event) and not (self.tool is not None and self.tool.key(event, self.axis.playhead_s)):
            super().keyPressEvent(event)

    def _navigate(self, event: QKeyEvent) -> bool:
        key, axis = event.key(), self.axis
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        if way and shift:
            axis.pan(way * PAN_STEP * axis.span_s)
        elif way:
            at = axis.playhead_s if axis.playhead_s is not None else axis.first_s
            axis.follow(min(max(at + way * _STEP_PX * axis.span_s / self.plot().width(), 0.0), axis.length_s))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Up):
            axis.zoom(ZOOM_STEP)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Down):
            axis.zoom(1 / ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            axis.show_all()
        elif key == Qt.Key.Key_Home:
            axis.follow(0.0)
        elif key == Qt.Key.Key_End:
            axis.follow(axis.length_s)
        else:
            return False
        return True

    def _reach_s(self) -> float:
        return GRIP_PX * self.axis.span_s / self.plot().width()


class TimeRuler(TimePlot):
    """The times below linked plots, and the playhead's own time as a badge."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, None, parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedHeight(px(26))

    def restyle(self) -> None:
        self.setFixedHeight(px(26))

    def playhead_reach(self) -> int:
        return px(48)

    def paint(self, painter: QPainter) -> None:
        plot, axis = self.plot(), self.axis
        step = grid_step(axis, plot)
        at_s = axis.playhead_s
        badge = None if at_s is None or not axis.first_s <= at_s <= axis.last_s else self._badge(plot, at_s)
        for at in multiples(axis.first_s, axis.last_s, step):
            text = clock_text(at, step)
            width = text_width(theme.font(theme.CAPTION), text) + 2
            left = min(max(self.x_of(at) - width / 2, plot.left()), plot.right() - width)
            rect = QRectF(left, 4, width, px(18))
            if badge is None or not rect.adjusted(-4, 0, 4, 0).intersects(badge):  # half a time reads as another one
                draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=CENTRE)
        if badge is not None and at_s is not None:
            self._paint_badge(painter, badge, clock_text(at_s))

    def _badge(self, plot: QRect, at_s: float) -> QRectF:
        font = theme.font(theme.CAPTION, theme.TITLE)
        width, height = text_width(font, clock_text(at_s)) + px(12), max(px(20), line_height(font))
        left = min(max(self.x_of(at_s) - width / 2, plot.left()), plot.right() + 1 - width)
        return QRectF(left, 3, width, height)

    @staticmethod
    def _paint_badge(painter: QPainter, badge: QRectF, text: str) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().role("text"))
        painter.drawRoundedRect(badge, 4, 4)
        draw_text(painter, badge, text, role="surface", size=theme.CAPTION, weight=theme.TITLE, align=CENTRE)


def grid_step(axis: TimeAxis, plot: QRect) -> float:
    return time_step(axis.span_s, max(plot.width() // px(92), 1))


def paint_playhead_top(painter: QPainter, x: float, top: float) -> None:
    """The triangle that the playhead hangs from, 11 wide."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.current().role("text"))
    painter.drawPolygon(QPolygonF([QPointF(x - 5.5, top), QPointF(x + 5.5, top), QPointF(x, top + 7)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
