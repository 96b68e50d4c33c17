"""A stream as it comes in: waveform and spectrogram that run from right to left, on one time axis."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.live_columns import LiveColumns
from studio.ui.widgets.painted import (
    CENTRE,
    RIGHT,
    ClassStyle,
    Painted,
    clip_to_well,
    draw_box,
    draw_hatch,
    draw_text,
    draw_well,
    indexed_image,
    line_height,
    px,
    text_width,
)
from studio.ui.widgets.spectrogram import as_picture, paint_frequencies
from studio.ui.widgets.ticks import multiples, nice_step, number_text
from studio.ui.widgets.time_plot import GUTTER_GAP, gutter
from studio.ui.widgets.waveform import paint_wave, wave_colours
from studio.ui.widgets.waveform_image import fill_waveform

_FRAME_OUTSIDE = 5
_FRAME = 2


@dataclass(frozen=True)
class LiveMark:
    """A stretch of the stream that is named: a take, or the window a model used. In samples of the stream."""

    first: int
    last: int
    text: str
    style: ClassStyle
    window: bool = False  # as a band over the whole height, not a line below


class LiveStream(QObject):
    """The newest `seconds` of one stream, for the views that show it. `advanced`: repaint, new samples are in.

    Give it what has come since the last frame, at the display's pace: the page's clock does, not the source's blocks.
    """

    advanced = Signal()
    remade = Signal()

    def __init__(self, rate_hz: float, seconds: float = 6.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rate_hz, self.seconds = rate_hz, seconds
        self.columns = LiveColumns(rate_hz, seconds, 800)
        self.full_scale = 1.0  # share of full scale at the upper edge
        self.recording_from: int | None = None  # index where recording began; it is then the axis's zero
        self.ended_at: int | None = None  # index from which on the source gave nothing
        self.marks: list[LiveMark] = []
        self._samples: list[NDArray[np.int16]] = []
        self._held = 0

    def append(self, samples: NDArray[np.int16], first_index: int | None = None) -> None:
        """samples: int16 (n,), the next ones; first_index past the end: those between were lost."""
        if first_index is not None and first_index != self.columns.end:
            self._samples, self._held = [], 0
        self.columns.append(samples, first_index)
        self._samples.append(samples)
        self._held += len(samples)
        while self._held - len(self._samples[0]) >= self.rate_hz * self.seconds:
            self._held -= len(self._samples.pop(0))
        self.advanced.emit()

    def set_recording(self, from_index: int | None) -> None:
        self.recording_from = from_index
        self.advanced.emit()

    def set_ended(self, at_index: int | None) -> None:
        """The source is gone: from here on nothing is hatched, as far as `wait` goes. None: it is there."""
        self.ended_at = at_index
        self.advanced.emit()

    def wait(self, seconds: float) -> None:
        """Time goes on without samples, counted from where the source ended."""
        if self.ended_at is not None:
            index = self.ended_at + round(seconds * self.rate_hz)
            if index > self.columns.end:
                self.append(np.zeros(0, np.int16), index)

    def set_marks(self, marks: Iterable[LiveMark]) -> None:
        self.marks = list(marks)
        self.advanced.emit()

    def set_full_scale(self, share: float) -> None:
        """The share of full scale at the upper edge of waveforms."""
        self.full_scale = share
        self.remade.emit()

    def set_width(self, device_pixels: int) -> None:
        """As wide as the views are; the samples held are put into columns anew."""
        hop = max(1, -int(-self.rate_hz * self.seconds // max(device_pixels, 1)))
        if hop == self.columns.hop:
            return
        end = self.columns.end
        self.columns = LiveColumns(self.rate_hz, self.seconds, device_pixels)
        if self._samples:
            held = np.concatenate(self._samples)
            self.columns.append(held, end - len(held))
        self.remade.emit()

    def x_of(self, index: float, plot: QRect, ratio: float) -> float:
        """Where a sample is now in a plot: one column is one device pixel, and the newest is at the right edge."""
        return plot.right() + 1 - (self.columns.newest + 1 - index / self.columns.hop) / ratio

    def ticks(self, plot: QRect, ratio: float) -> list[tuple[float, str]]:
        """Where and what an axis says: seconds before now, or since recording began."""
        width_s = plot.width() * ratio * self.columns.hop / self.rate_hz
        step = nice_step(width_s, max(plot.width() // px(80), 1))
        newest = (self.columns.newest + 1) * self.columns.hop
        zero = newest if self.recording_from is None else self.recording_from
        last_s = (newest - zero) / self.rate_hz
        marks = []
        for at in multiples(last_s - width_s, last_s, step):
            text = number_text(at, step) + gettext(" s") if abs(at) > 1e-9 else "0"
            if self.recording_from is None and abs(at) <= 1e-9:
                text = gettext("now")
            marks.append((self.x_of(zero + at * self.rate_hz, plot, ratio), text))
        return marks


class _LivePlot(Painted):
    """Base: the ring of columns drawn with its newest at the right edge, the grid, and what is marked."""

    recording_tint = 0.06  # opacity over what has been recorded

    def __init__(self, stream: LiveStream, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stream = stream
        self.title = ""
        self.detail = ""
        self._picture: NDArray[np.uint8] | None = None
        self._done = 0  # the stream's column from which the picture is not up to date
        stream.advanced.connect(self._advanced)
        stream.remade.connect(self._begin_anew)

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
        self._begin_anew()
        if self.isVisible():  # its plot's width in device pixels may be another
            self._tell_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._begin_anew()
        self._tell_width()

    def colours(self) -> list[int]:
        raise NotImplementedError

    def fill(self, picture: NDArray[np.uint8], places: NDArray[np.int64]) -> None:
        """Paints the columns at places into the ring: uint8 (height, columns)."""
        raise NotImplementedError

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
        if self.stream.columns.end:
            self._paint_ring(painter, plot)
        else:
            self.paint_ghost(painter, plot)
        if self.stream.recording_from is not None:
            left = max(self.x_of(self.stream.recording_from), plot.left())
            since = QRectF(left, plot.top(), plot.right() + 1 - left, plot.height())
            painter.fillRect(since, theme.current().tint("record", self.recording_tint))
            painter.setPen(QPen(theme.current().role("record"), 2))
            painter.drawLine(QPointF(left, plot.top()), QPointF(left, plot.bottom() + 1))
        self._paint_end(painter, plot)
        self.paint_marks(painter, plot)
        self._paint_title(painter, plot)
        painter.restore()
        self.paint_gutter(painter, plot)

    def paint_marks(self, painter: QPainter, plot: QRect) -> None:
        """Edges of windows."""
        for mark in self.stream.marks:
            if mark.window:
                painter.setPen(QPen(mark.style.colour, 2))
                for index in (mark.first, mark.last):
                    x = round(self.x_of(index))
                    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom() + 1))

    def paint_gutter(self, painter: QPainter, plot: QRect) -> None:
        """The vertical axis's text."""

    def paint_ghost(self, painter: QPainter, plot: QRect) -> None:
        """What will run here, while nothing has yet."""

    def _paint_title(self, painter: QPainter, plot: QRect) -> None:
        if not self.title:
            return
        width = text_width(theme.font(theme.CAPTION, theme.VALUE), self.title)
        more = text_width(theme.font(theme.CAPTION), self.detail) + px(6) if self.detail else 0
        box = QRectF(plot.left() + 8, plot.top() + 8, width + more + 12, px(22))
        draw_box(painter, box, ground=theme.current().tint("well", 0.85), radius=4)
        draw_text(painter, box.adjusted(6, 0, 0, 0), self.title, size=theme.CAPTION, weight=theme.VALUE)
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
        self.paint_gone(painter, gone)

    def paint_gone(self, painter: QPainter, gone: QRectF) -> None:
        """What is written where nothing came."""

    def _paint_grid(self, painter: QPainter, plot: QRect) -> None:
        painter.setPen(QPen(theme.current().tint("text", 0.07), 1))
        for x, _ in self.stream.ticks(plot, self.devicePixelRatioF()):
            painter.drawLine(QPointF(round(x) + 0.5, plot.top()), QPointF(round(x) + 0.5, plot.bottom()))

    def _paint_ring(self, painter: QPainter, plot: QRect) -> None:
        columns, ratio = self.stream.columns, self.devicePixelRatioF()
        height = max(1, round(plot.height() * ratio))
        if self._picture is None or self._picture.shape != (height, columns.columns):
            self._picture = np.zeros((height, columns.columns), np.uint8)
            self._done = 0
        newest = columns.newest
        first = max(self._done, newest + 1 - columns.columns)
        if newest >= first:
            self.fill(self._picture, np.arange(first, newest + 1) % columns.columns)
        self._done = newest  # the newest is not full: it is painted again
        image = indexed_image(self._picture, self.colours())
        seam = (newest + 1) % columns.columns  # the oldest column's place
        right = plot.right() + 1
        for begin, count, after in ((seam, columns.columns - seam, seam), (0, seam, 0)):
            if count:
                left = right - (count + after) / ratio
                target = QRectF(left, plot.top(), count / ratio, height / ratio)
                painter.drawImage(target, image, QRectF(begin, 0, count, height))

    def _begin_anew(self) -> None:
        self._picture = None
        self.update()

    def _tell_width(self) -> None:
        self.stream.set_width(round(self.plot().width() * self.devicePixelRatioF()))

    def _advanced(self) -> None:
        if self.isVisible():
            self.update()


class LiveWaveform(_LivePlot):
    """Peaks and RMS of the newest seconds. Takes are named below them."""

    def __init__(self, stream: LiveStream, parent: QWidget | None = None) -> None:
        super().__init__(stream, parent)
        self.setMinimumHeight(px(56))

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(180))

    def colours(self) -> list[int]:
        return wave_colours()

    def fill(self, picture: NDArray[np.uint8], places: NDArray[np.int64]) -> None:
        columns = self.stream.columns
        strip = np.empty((len(picture), len(places)), np.uint8)
        low, high, rms = columns.low[places], columns.high[places], columns.rms[places]
        fill_waveform(strip, low, high, rms, self.stream.full_scale * 32768)
        picture[:, places] = strip

    def paint_ghost(self, painter: QPainter, plot: QRect) -> None:
        painter.save()
        painter.setOpacity(0.4)
        ghost = plot.adjusted(theme.S12, 0, -theme.S12, 0)
        paint_wave(painter, ghost, _ghost(), full_scale=1.0, colour=None, ratio=self.devicePixelRatioF())
        painter.restore()

    def paint_marks(self, painter: QPainter, plot: QRect) -> None:
        super().paint_marks(painter, plot)
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
        scale = self.stream.full_scale
        step = nice_step(scale * 0.8, 2) if plot.height() > px(90) else 2 * scale
        half = line_height(theme.font(theme.CAPTION)) / 2
        for at in multiples(-scale * 0.95, scale * 0.95, step):
            y = plot.center().y() - at / scale * plot.height() / 2
            text = number_text(at, step, plus=True) if abs(at) > 1e-9 else "0"
            rect = QRectF(0, y - half, gutter() - px(GUTTER_GAP), 2 * half)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=RIGHT)


class LiveSpectrogram(_LivePlot):
    """Spectra of the newest seconds, 0 Hz to half the sample rate."""

    recording_tint = 0.0  # its levels are to be read

    def __init__(self, stream: LiveStream, parent: QWidget | None = None) -> None:
        super().__init__(stream, parent)
        self.setMinimumHeight(px(56))
        self.setAccessibleName(gettext("Spectrogram"))

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(200))

    def colours(self) -> list[int]:
        return theme.current().spectrogram

    def fill(self, picture: NDArray[np.uint8], places: NDArray[np.int64]) -> None:
        picture[:, places] = as_picture(self.stream.columns.levels[places], len(picture))

    def paint_gone(self, painter: QPainter, gone: QRectF) -> None:
        seconds = (self.stream.columns.end - (self.stream.ended_at or 0)) / self.stream.rate_hz
        text = gettext("no samples, {seconds:.0f} s").format(seconds=seconds)
        width = text_width(theme.font(theme.CAPTION, theme.TITLE), text) + 18
        if seconds < 1 or width + 8 > gone.width():
            return
        badge = QRectF(gone.center().x() - width / 2, gone.center().y() - px(11), width, px(22))
        draw_box(painter, badge, ground="surface", edge="line2", radius=4)
        draw_text(painter, badge, text, role="err", size=theme.CAPTION, weight=theme.TITLE, align=CENTRE)

    def paint_gutter(self, painter: QPainter, plot: QRect) -> None:
        paint_frequencies(painter, plot, self.stream.rate_hz / 2)


@functools.cache
def _ghost() -> NDArray[np.int16]:
    """The shape of a spoken word in silence: int16 (12_000,)."""
    at = np.arange(12_000) / 12_000
    vowel = np.clip((at - 0.3) / 0.012, 0, 1) * np.exp(-(np.maximum(at - 0.35, 0) / 0.11))
    hiss = 0.12 * np.exp(-(((at - 0.6) / 0.05) ** 2))
    noise = np.random.default_rng(1).normal(0, 0.3, len(at)) * (1 + 0.35 * np.sin(160 * at))
    return np.rint(24_000 * np.clip((vowel + hiss) * noise, -1, 1)).astype(np.int16)


class LiveRuler(Painted):
    """Seconds before now, or since recording began."""

    def __init__(self, stream: LiveStream, parent: QWidget | None = None) -> None:
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


class LiveTraces(QWidget):
    """Plots of one or more streams above each other, and a frame around them while they are recorded."""

    def __init__(self, stream: LiveStream, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stream = stream
        self.waveform = LiveWaveform(stream)
        self.spectrogram = LiveSpectrogram(stream)
        self.ruler = LiveRuler(stream)
        room = _FRAME_OUTSIDE + _FRAME
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, room, room, 0)
        layout.setSpacing(0)
        layout.addWidget(self.waveform, 9)
        layout.addSpacing(theme.S12)
        layout.addWidget(self.spectrogram, 10)
        layout.addSpacing(room)
        layout.addWidget(self.ruler)
        self._recording = False
        stream.advanced.connect(self._advanced)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._recording:
            return
        painter = QPainter(self)
        room = _FRAME_OUTSIDE + _FRAME
        left, bottom = gutter() - room + 2, self.spectrogram.geometry().bottom() + room
        box = QRectF(left, 0, self.width() - left, bottom)
        draw_box(painter, box, ground=None, edge="record", radius=theme.RADIUS, width=_FRAME)
        painter.end()

    def _advanced(self) -> None:
        recording = self.stream.recording_from is not None
        if recording != self._recording:
            self._recording = recording
            self.update()
