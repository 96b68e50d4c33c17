"""A recording, small: as a take's card and a cell of the grid show it. One class for each kind; those of one kind that
are shown together share a scale, so that a silent take looks silent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from studio.core.samples import CAMERA, MICROPHONE
from studio.ui.widgets.gray_picture import fitted, paint_pixels
from studio.ui.widgets.painted import device_size, indexed_image
from studio.ui.widgets.pyramid import Columns, Pyramid, columns_of
from studio.ui.widgets.sample_reader import FileSamples
from studio.ui.widgets.traces import Lane, lanes_of, paint_traces
from studio.ui.widgets.waveform import wave_colours
from studio.ui.widgets.waveform_image import waveform_levels

LEAST_SCALE = 0.05  # of full scale at a waveform's edge
_WHOLE_SAMPLES = 1 << 18  # longer recordings are kept as blocks
_SAMPLES_AT_ONCE = 1 << 20
_ROWS = 400  # that a small trace is thinned to
_PIXELS = 160  # a side, that a small picture is shrunk to
_IN_SIGHT = 0.5  # of an axis that is seen from its side
_PATH_LEAST = 0.05  # of the range, s: a path that turns less is not drawn larger


class Look(Protocol):
    """Made beside the window, painted in it. is_picture: it has a shape of its own, not the width that it is given."""

    is_picture: ClassVar[bool]

    @classmethod
    def read(cls, path: Path, start: int = 0, end: int | None = None) -> Self:
        """Of samples start..end of a file. One that cannot be read looks empty: its check says so."""
        ...

    @classmethod
    def scale_of(cls, looks: Sequence[Any]) -> Any:
        """What those shown together are drawn by."""
        ...

    def paint(self, painter: QPainter, rect: QRect, colour: QColor | None, scale: Any, ratio: float) -> None:
        """colour: of its class; None: what it has without one. ratio: device pixels a pixel."""


@dataclass(eq=False)
class WaveLook:
    """peak: counts."""

    is_picture: ClassVar[bool] = False

    wave: "NDArray[np.int16] | Pyramid"
    peak: int = 0
    _key: tuple[object, ...] = ()
    _levels: NDArray[np.uint8] | None = None

    @classmethod
    def read(cls, path: Path, start: int = 0, end: int | None = None) -> "WaveLook":
        import soundfile

        try:
            reader = FileSamples(path)
        except (soundfile.LibsndfileError, OSError):
            return cls(np.zeros(0, np.int16))
        try:
            last = reader.count if end is None else min(end, reader.count)
            if last - start <= _WHOLE_SAMPLES:
                samples = reader.read(start, last - start)
                return cls(samples, _peak(samples))
            pyramid, peak = Pyramid(), 0
            for at in range(start, last, _SAMPLES_AT_ONCE):
                piece = reader.read(at, min(_SAMPLES_AT_ONCE, last - at))
                pyramid.append(piece)
                peak = max(peak, _peak(piece))
            return cls(pyramid, peak)
        finally:
            reader.close()

    @classmethod
    def scale_of(cls, looks: "Sequence[WaveLook]") -> float:
        """The share of full scale at the edge."""
        return max(max((look.peak for look in looks), default=0) / 32768, LEAST_SCALE)

    def paint(self, painter: QPainter, rect: QRect, colour: QColor | None, scale: float, ratio: float) -> None:
        size = device_size(rect, ratio)
        key = (size.width(), size.height(), scale)
        if key != self._key:
            columns = self._columns(size.width())
            self._levels = None if columns is None else waveform_levels(columns, size.height(), scale * 32768)
            self._key = key
        if self._levels is not None:
            painter.drawImage(rect.topLeft(), indexed_image(self._levels, wave_colours(colour), ratio))

    def _columns(self, width: int) -> Columns | None:
        if isinstance(self.wave, Pyramid):
            return self.wave.columns(0, self.wave.count, width, lambda _start, _count: np.zeros(0, np.int16))
        return columns_of(self.wave, width) if len(self.wave) else None


def _peak(samples: NDArray[np.int16]) -> int:
    return int(np.abs(samples.astype(np.int32)).max(initial=0))


@dataclass(frozen=True, eq=False)
class TracesLook:
    """values: float32 (n, channels), thinned. path: where the tip of what moves went, float64 (m, 2); None: no path."""

    is_picture: ClassVar[bool] = False

    values: NDArray[np.float32]
    channels: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    path: NDArray[np.float64] | None = None

    @classmethod
    def read(cls, path: Path, start: int = 0, end: int | None = None) -> "TracesLook":
        from studio.core.errors import StudioError
        from studio.ui.widgets.row_reader import read_rows

        try:
            rows = read_rows(path)
        except (StudioError, OSError):
            return cls(np.zeros((0, 0), np.float32))
        values = rows.values[start:end]
        step = max(len(values) // _ROWS, 1)
        drawn = _path_of(values, rows.channels, rows.rate_hz)
        return cls(np.ascontiguousarray(values[::step]), rows.channels, rows.units, drawn)

    @classmethod
    def scale_of(cls, looks: "Sequence[TracesLook]") -> "Sequence[Lane]":
        seen = [look for look in looks if len(look.values)]
        if not seen:
            return []
        first = seen[0]
        alike = [look.values for look in seen if look.channels == first.channels]
        return lanes_of(first.channels, first.units, *alike)

    def paint(
        self, painter: QPainter, rect: QRect, colour: QColor | None, scale: "Sequence[Lane]", _ratio: float
    ) -> None:
        if self.path is not None:
            side = min(rect.height(), rect.width() // 4)
            self._paint_path(painter, QRectF(rect.left(), rect.top(), side, rect.height()), colour)
            rect = rect.adjusted(side + 10, 0, 0, 0)
        lanes = scale if self.path is None else scale[:1]  # the path is what the gyroscope says
        paint_traces(painter, rect, self.values, lanes)

    def _paint_path(self, painter: QPainter, box: QRectF, colour: QColor | None) -> None:
        if self.path is None or len(self.path) < 2:
            return
        low, high = self.path.min(axis=0), self.path.max(axis=0)
        scale = (min(box.width(), box.height()) - 6) / max(float((high - low).max()), _PATH_LEAST)
        middle = (low + high) / 2
        x = box.center().x() + (self.path[:, 0] - middle[0]) * scale
        y = box.center().y() - (self.path[:, 1] - middle[1]) * scale
        line = QPainterPath()
        line.moveTo(float(x[0]), float(y[0]))
        for at in range(1, len(x)):
            line.lineTo(float(x[at]), float(y[at]))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = QColor(colour) if colour is not None else wave_ink()
        painter.setPen(QPen(ink, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(line)
        painter.setBrush(ink)
        painter.drawEllipse(QRectF(float(x[0]) - 2.5, float(y[0]) - 2.5, 5, 5))
        painter.restore()


def wave_ink() -> QColor:
    from studio.ui import theme

    return theme.current().role("wave")


def _path_of(values: NDArray[np.float32], channels: Sequence[str], rate_hz: float) -> NDArray[np.float64] | None:
    """Where the tip of what turns points to, right and up: the turning, summed up, seen along the axis that it turns
    about least; what is the gyroscope's own is taken off by having the path end where it began.
    """
    if not {"gx", "gy", "gz"} <= set(channels) or len(values) < 3:
        return None
    turns = [channels.index(name) for name in ("gx", "gy", "gz")]
    angles = np.cumsum(values[:, turns].astype(np.float64), axis=0) / rate_hz
    angles -= np.linspace(0, 1, len(angles))[:, None] * (angles[-1] - angles[0])
    along = np.linalg.svd(angles - angles.mean(axis=0), full_matrices=False)[2][2]
    along *= np.sign(along[np.abs(along).argmax()])
    across = next(axis for axis in np.eye(3)[::-1] - np.outer(along[::-1], along) if np.linalg.norm(axis) > _IN_SIGHT)
    across /= np.linalg.norm(across)
    angles = angles @ np.column_stack([-across, np.cross(across, along)])
    step = max(len(angles) // 120, 1)
    return np.ascontiguousarray(angles[::step])


@dataclass(frozen=True, eq=False)
class PictureLook:
    """pixels: uint8 (height, width), shrunk."""

    is_picture: ClassVar[bool] = True

    pixels: NDArray[np.uint8]

    @classmethod
    def read(cls, path: Path, _start: int = 0, _end: int | None = None) -> "PictureLook":
        import cv2

        from studio.core.errors import StudioError
        from studio.core.picture_file import read_picture

        try:
            pixels = read_picture(path)
        except (StudioError, OSError):
            return cls(np.zeros((0, 0), np.uint8))
        shrink = _PIXELS / max(pixels.shape)
        if shrink < 1:
            size = [max(1, round(side * shrink)) for side in pixels.shape[::-1]]
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        return cls(np.ascontiguousarray(pixels))

    @classmethod
    def scale_of(cls, _looks: "Sequence[PictureLook]") -> None:
        return None

    def paint(self, painter: QPainter, rect: QRect, _colour: QColor | None, _scale: None, _ratio: float) -> None:
        if self.pixels.size:
            paint_pixels(painter, fitted(QRectF(rect), self.pixels), self.pixels)


LOOKS: Mapping[str, type[Look]] = {MICROPHONE.name: WaveLook, CAMERA.name: PictureLook}


def look_at(kind: str, path: Path, start: int = 0, end: int | None = None) -> Look:
    """kind: of the recording. Reads the disk."""
    return LOOKS.get(kind, TracesLook).read(path, start, end)


def scales_of(looks: Sequence[Look]) -> dict[type[Look], Any]:
    """For each kind among them, what they share."""
    kinds = {type(look) for look in looks}
    return {kind: kind.scale_of([look for look in looks if type(look) is kind]) for kind in kinds}
