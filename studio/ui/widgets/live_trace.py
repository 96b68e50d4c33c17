"""Sound as it comes in: waveform and spectrogram that run from right to left, on one time axis."""

import functools
from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.live_plot import LiveFrame, LivePlot, paint_ring
from studio.ui.widgets.live_stream import LiveStream
from studio.ui.widgets.painted import RIGHT, draw_text, indexed_image, line_height, px
from studio.ui.widgets.spectrogram import as_picture, paint_frequencies
from studio.ui.widgets.ticks import multiples, nice_step, number_text
from studio.ui.widgets.time_plot import GUTTER_GAP, gutter
from studio.ui.widgets.waveform import paint_wave, wave_colours
from studio.ui.widgets.waveform_image import fill_waveform


class _LivePicture(LivePlot):
    """Base: the ring of a stream's columns as a picture, drawn with its newest at the right edge."""

    stream: LiveStream

    def __init__(self, stream: LiveStream, parent: QWidget | None = None) -> None:
        super().__init__(stream, parent)
        self._picture: NDArray[np.uint8] | None = None
        self._done = 0  # the stream's column from which the picture is not up to date

    @abstractmethod
    def colours(self) -> list[int]:
        """Of the ring's values, as `indexed_image` takes them."""

    @abstractmethod
    def fill(self, picture: NDArray[np.uint8], places: NDArray[np.int64]) -> None:
        """Paints the columns at places into the ring: uint8 (height, columns)."""

    def begin_anew(self) -> None:
        self._picture = None
        super().begin_anew()

    def paint_stream(self, painter: QPainter, plot: QRect) -> None:
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
        paint_ring(painter, plot, image, newest, ratio, self.stream.lead_px(plot, ratio))


class LiveWaveform(_LivePicture):
    """Peaks and RMS of the newest seconds. Takes are named below them."""

    has_flags = has_names = True

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

    def paint_gutter(self, painter: QPainter, plot: QRect) -> None:
        scale = self.stream.full_scale
        step = nice_step(scale * 0.8, 2) if plot.height() > px(90) else 2 * scale
        half = line_height(theme.font(theme.CAPTION)) / 2
        for at in multiples(-scale * 0.95, scale * 0.95, step):
            y = plot.center().y() - at / scale * plot.height() / 2
            text = number_text(at, step, plus=True) if abs(at) > 1e-9 else "0"
            rect = QRectF(0, y - half, gutter() - px(GUTTER_GAP), 2 * half)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=RIGHT)


class LiveSpectrogram(_LivePicture):
    """Spectra of the newest seconds, 0 Hz to half the sample rate."""

    recording_tint = 0.0  # its levels are to be read
    tells_silence = True

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


class LiveTraces(LiveFrame):
    """Waveform and spectrogram of one stream."""

    def __init__(self, stream: LiveStream, parent: QWidget | None = None) -> None:
        self.stream = stream
        self.waveform, self.spectrogram = LiveWaveform(stream), LiveSpectrogram(stream)
        super().__init__(stream, ((self.waveform, 9), (self.spectrogram, 10)), parent)
