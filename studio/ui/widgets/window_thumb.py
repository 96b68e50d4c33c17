"""One window, small, whatever sensor it is of: a drawing each, for strips of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from studio.ui import theme
from studio.ui.widgets.gray_picture import fitted, paint_pixels
from studio.ui.widgets.painted import draw_well, indexed_image, px
from studio.ui.widgets.traces import Lane, Rows, paint_traces
from studio.ui.widgets.waveform import paint_wave


class Thumb(Protocol):
    """Plain data, to be made on any thread. peak: share of full scale that it reaches, where thumbs shown together
    share a gain so that a faint one looks faint; 0 where their scale is fixed otherwise.
    """

    @property
    def peak(self) -> float: ...
    def paint(self, painter: QPainter, rect: QRectF, *, full_scale: float, ratio: float) -> None:
        """ratio: device pixels a pixel."""


@dataclass(frozen=True, eq=False)
class FeaturesThumb:
    """levels: uint8 (bands, frames), high bands first."""

    levels: NDArray[np.uint8]
    peak: float = 0.0

    def paint(self, painter: QPainter, rect: QRectF, *, full_scale: float, ratio: float) -> None:
        del full_scale, ratio  # features have levels of their own
        painter.drawImage(rect, indexed_image(self.levels, theme.current().spectrogram))


@dataclass(frozen=True, eq=False)
class SoundThumb:
    """A waveform above its features. samples: int16 (n,)."""

    samples: NDArray[np.int16]
    levels: NDArray[np.uint8]

    @property
    def peak(self) -> float:
        return float(np.abs(self.samples.astype(np.int32)).max(initial=0)) / 32768

    def paint(self, painter: QPainter, rect: QRectF, *, full_scale: float, ratio: float) -> None:
        wave = QRectF(rect.left(), rect.top(), rect.width(), px(40))
        picture = QRectF(rect.left(), wave.bottom() + 5, rect.width(), rect.bottom() - wave.bottom() - 5)
        paint_wave(painter, wave.toRect(), self.samples, full_scale=full_scale, colour=None, ratio=ratio)
        draw_well(painter, picture.toRect())
        FeaturesThumb(self.levels).paint(painter, picture.adjusted(1, 1, -1, -1), full_scale=full_scale, ratio=ratio)


@dataclass(frozen=True, eq=False)
class TracesThumb:
    """rows: (n, channels)."""

    rows: Rows
    lanes: Sequence[Lane]
    peak: float = 0.0

    def paint(self, painter: QPainter, rect: QRectF, *, full_scale: float, ratio: float) -> None:
        del full_scale, ratio  # its lanes have their scale
        draw_well(painter, rect.toRect())
        painter.save()
        painter.setClipRect(rect.adjusted(1, 1, -1, -1))
        paint_traces(painter, rect.toRect(), self.rows, self.lanes)
        painter.restore()


@dataclass(frozen=True, eq=False)
class PixelsThumb:
    """pixels: uint8 (height, width), contiguous."""

    pixels: NDArray[np.uint8]
    peak: float = 0.0

    def paint(self, painter: QPainter, rect: QRectF, *, full_scale: float, ratio: float) -> None:
        del full_scale, ratio
        paint_pixels(painter, fitted(rect, self.pixels), self.pixels)


def levels_of(features: NDArray[np.int16] | NDArray[np.int8], least_range: float) -> NDArray[np.uint8]:
    """Features (frames, bands) as levels of a picture: time to the right, low bands below.

    least_range: what is shown from white to dark at least, so that silence is not stretched into a picture.
    """
    low, high = np.percentile(features, (5, 99.7)).tolist()
    shares = (features.astype(np.float32) - low) * (255 / max(high - low, least_range))
    return np.ascontiguousarray(np.clip(shares, 0, 255).T[::-1]).astype(np.uint8)
