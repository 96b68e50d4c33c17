"""What every view of a running stream has around it: grid, marks, the take that is on, and its axis of time."""

from abc import abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.live_stream import LiveTimeline
from studio.ui.widgets.painted import (
    CENTRE,
    Painted,
    clip_to_well,
    draw_box,
    draw_hatch,
    draw_text,
    draw_well,
    line_height,
    px,
    text_width,
)
from studio.ui.widgets.time_plot import gutter

_TITLE_SHARE = 0.6  # of a plot's width
_FRAME_OUTSIDE = 5
_FRAME = 2


class LivePlot(Painted):
    """Base: grid, what is marked, the take that is on, the end of the source, around what a view makes of the stream.

    Of plots above each other one has the flags, one the names of what is marked, and one tells of silence.
    """

    recording_tint = 0.06  # opacity over what has been recorded
    has_flags = has_names = tells_silence = False

    def __init__(self, stream: LiveTimeline, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stream = stream
        self.title = ""
        self.detail = ""
        stream.advanced.connect(self._advanced)
        stream.remade.connect(self.begin_anew)

    def set_title(self, title: str, detail: str = "") -> None:
        """What is heard here, and at which rate."""
        self.title, self.detail = title, detail
        self.setAccessibleName(f"{title} {detail}".strip())
        self.update()

    def plot(self) -> QRect:
        return QRect(gutter(), 0, max(self.width() - gutter() - 1, 1), max(self.height(), 1))

    def x_of(self, index: float) -> float:
        """Where a sample of the stream is now."""
        return self.stream.x_of(index, self.plot(), self.devicePixelRatioF())

    def restyle(self) -> None:
        self.begin_anew()
        if self.isVisible():  # its plot's width in device pixels may be another
            self._tell_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.begin_anew()
        self._tell_width()

    @abstractmethod
    def paint_stream(self, painter: QPainter, plot: QRect) -> None:
        """What has come, with its newest at the right edge."""

    def paint(self, painter: QPainter) -> None:
        plot = self.plot()
        draw_well(painter, plot)
        painter.save()
        clip_to_well(painter, plot)
        self._paint_grid(painter, plot)
        for mark in self.stream.marks:
            if mark.window:
                colour = mark.style.colour
                colour.setAlphaF(0.11)
                left, right = self.x_of(mark.first), self.x_of(mark.last)
                painter.fillRect(QRectF(left, plot.top(), right - left, plot.height()), colour)
        if self.stream.end:
            self.paint_stream(painter, plot)
        else:
            self.paint_ghost(painter, plot)
        if self.stream.recording_from is not None:
            left = max(self.x_of(self.stream.recording_from), plot.left())
            since = QRectF(left, plot.top(), plot.right() + 1 - left, plot.height())
            painter.fillRect(since, theme.current().tint("record", self.recording_tint))
            painter.setPen(QPen(theme.current().role("record"), 2))
            painter.drawLine(QPointF(left, plot.top()), QPointF(left, plot.bottom() + 1))
        self._paint_end(painter, plot)
        self._paint_edges(painter, plot)
        if self.has_names:
            self._paint_names(painter, plot)
        if self.has_flags:
            self._paint_flags(painter, plot)
        self._paint_title(painter, plot)
        painter.restore()
        self.paint_gutter(painter, plot)

    def _paint_edges(self, painter: QPainter, plot: QRect) -> None:
        """Of windows."""
        for mark in self.stream.marks:
            if mark.window:
                painter.setPen(QPen(mark.style.colour, 2))
                for index in (mark.first, mark.last):
                    x = round(self.x_of(index))
                    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom() + 1))

    def _paint_names(self, painter: QPainter, plot: QRect) -> None:
        height = line_height(theme.font(theme.CAPTION))
        for mark in self.stream.marks:
            left, right = self.x_of(mark.first), self.x_of(mark.last)
            if mark.window:
                width = text_width(theme.font(theme.CAPTION, theme.HEAD), mark.text) + 8
                label = QRectF(min(left + 4, plot.right() - width - 2), plot.top() + 6, width, px(20))
                draw_box(painter, label, ground=theme.current().tint("well", 0.85), radius=3)
                draw_text(painter, label, mark.text, size=theme.CAPTION, weight=theme.HEAD, align=CENTRE)
                continue
            painter.fillRect(QRectF(left, plot.bottom() - 2, right - left, 2.5), mark.style.colour)
            if right < plot.left():
                continue
            where = QRectF(max(left, plot.left() + 4), plot.bottom() - 4 - height, max(right - left, px(80)), height)
            draw_text(painter, where, mark.text, size=theme.CAPTION, weight=theme.HEAD)

    def _paint_flags(self, painter: QPainter, plot: QRect) -> None:
        for index, text, role in (
            (self.stream.recording_from, gettext("start"), "record"),
            (self.stream.ended_at, gettext("gone"), "err"),
        ):
            if index is not None and self.x_of(index) >= plot.left():
                width = text_width(theme.font(theme.CAPTION, theme.TITLE), text) + 14
                x = min(self.x_of(index), plot.right() + 1 - width)
                flag = QRectF(x, plot.top(), width, px(18))
                ink = "on_record" if role == "record" else "surface"
                painter.fillRect(flag, theme.current().role(role))
                draw_text(painter, flag, text, role=ink, size=theme.CAPTION, weight=theme.TITLE, align=CENTRE)

    def paint_gutter(self, painter: QPainter, plot: QRect) -> None:
        """The vertical axis's text."""

    def paint_ghost(self, painter: QPainter, plot: QRect) -> None:
        """What will run here, while nothing has yet."""

    def _paint_title(self, painter: QPainter, plot: QRect) -> None:
        if not self.title:
            return
        width = text_width(theme.font(theme.CAPTION, theme.VALUE), self.title)
        more = text_width(theme.font(theme.CAPTION), self.detail) + px(6) if self.detail else 0
        if width + more > _TITLE_SHARE * plot.width():  # the streams are to be seen
            more = 0
        box = QRectF(plot.left() + 8, plot.top() + 8, width + more + 12, px(22))
        draw_box(painter, box, ground=theme.current().tint("well", 0.85), radius=4)
        draw_text(painter, box.adjusted(6, 0, 0, 0), self.title, size=theme.CAPTION, weight=theme.VALUE)
        if more:
            rest = box.adjusted(6 + width + px(6), 0, 0, 0)
            draw_text(painter, rest, self.detail, role="muted", size=theme.CAPTION)

    def _paint_end(self, painter: QPainter, plot: QRect) -> None:
        if self.stream.ended_at is None:
            return
        left = max(self.x_of(self.stream.ended_at), plot.left())
        gone = QRectF(left, plot.top(), plot.right() + 1 - left, plot.height())
        painter.fillRect(gone, theme.current().role("well"))
        draw_hatch(painter, gone, theme.current().tint("err", 0.3))
        painter.setPen(QPen(theme.current().role("err"), 2))
        painter.drawLine(QPointF(left, plot.top()), QPointF(left, plot.bottom() + 1))
        if self.tells_silence:
            self._paint_silence(painter, gone)

    def _paint_silence(self, painter: QPainter, gone: QRectF) -> None:
        seconds = (self.stream.end - (self.stream.ended_at or 0)) / self.stream.rate_hz
        text = gettext("no samples, {seconds:.0f} s").format(seconds=seconds)
        width = text_width(theme.font(theme.CAPTION, theme.TITLE), text) + 18
        if seconds < 1 or width + 8 > gone.width():
            return
        badge = QRectF(gone.center().x() - width / 2, gone.center().y() - px(11), width, px(22))
        draw_box(painter, badge, ground="surface", edge="line2", radius=4)
        draw_text(painter, badge, text, role="err", size=theme.CAPTION, weight=theme.TITLE, align=CENTRE)

    def _paint_grid(self, painter: QPainter, plot: QRect) -> None:
        ink = theme.current().tint("text", 0.07)
        for x, _ in self.stream.ticks(plot, self.devicePixelRatioF()):  # filled: through a clip, lines take five times
            painter.fillRect(QRectF(round(x), plot.top(), 1, plot.height()), ink)

    def begin_anew(self) -> None:
        """Nothing that was painted holds any more."""
        self.update()

    def _tell_width(self) -> None:
        self.stream.set_width(round(self.plot().width() * self.devicePixelRatioF()))

    def _advanced(self) -> None:
        if self.isVisible():
            self.update()


def paint_ring(painter: QPainter, plot: QRect, image: QImage, newest: int, ratio: float, lead_px: float) -> None:
    """A picture that is never moved, column c of the stream at c % its width, with the newest lead_px before the right
    edge.
    """
    width, height = image.width(), image.height()
    edge = plot.right() + 1 - round(lead_px * ratio) / ratio  # whole device pixels: others would be drawn smoothed
    seam = (newest + 1) % width  # the oldest column's place
    for begin, count, after in ((seam, width - seam, seam), (0, seam, 0)):
        if count:
            left = edge - (count + after) / ratio
            target = QRectF(left, plot.top(), count / ratio, height / ratio)
            painter.drawImage(target, image, QRectF(begin, 0, count, height))


class LiveRuler(Painted):
    """Seconds before now, or since recording began."""

    def __init__(self, stream: LiveTimeline, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stream = stream
        self.restyle()
        stream.advanced.connect(self.update)

    def restyle(self) -> None:
        self.setFixedHeight(px(24))

    def paint(self, painter: QPainter) -> None:
        plot = QRect(gutter(), 0, max(self.width() - gutter() - 1, 1), self.height())
        for x, text in self.stream.ticks(plot, self.devicePixelRatioF()):
            width = text_width(theme.font(theme.CAPTION), text) + 2
            left = min(max(x - width / 2, plot.left()), plot.right() - width)
            draw_text(painter, QRectF(left, 3, width, px(18)), text, role="muted", size=theme.CAPTION, align=CENTRE)


class LiveFrame(QWidget):
    """Plots of one stream above each other, over their axis, and a frame around them while they are recorded."""

    def __init__(
        self, stream: LiveTimeline, plots: Sequence[tuple[LivePlot, int]], parent: QWidget | None = None
    ) -> None:
        """plots: each with how much of the height it takes."""
        super().__init__(parent)
        self.plots = [plot for plot, _share in plots]
        self._stream = stream
        room = _FRAME_OUTSIDE + _FRAME
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, room, room, 0)
        layout.setSpacing(0)
        column = QVBoxLayout()
        column.setSpacing(theme.S12)
        for plot, share in plots:
            column.addWidget(plot, share)
        layout.addLayout(column, 1)
        layout.addSpacing(room)
        self.ruler = LiveRuler(stream)
        layout.addWidget(self.ruler)
        self._recording = False
        stream.advanced.connect(self._advanced)

    @property
    def span_s(self) -> float:
        """Seconds from edge to edge of its plots."""
        return self._stream.width_s(self.plots[0].plot(), self.devicePixelRatioF())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._recording:
            return
        painter = QPainter(self)
        room = _FRAME_OUTSIDE + _FRAME
        left, bottom = gutter() - room + 2, self._lowest.geometry().bottom() + room
        box = QRectF(left, 0, self.width() - left, bottom)
        draw_box(painter, box, ground=None, edge="record", radius=theme.RADIUS, width=_FRAME)
        painter.end()

    @property
    def _lowest(self) -> LivePlot:
        return next(plot for plot in reversed(self.plots) if not plot.isHidden())

    def _advanced(self) -> None:
        recording = self._stream.recording_from is not None
        if recording != self._recording:
            self._recording = recording
            self.update()
