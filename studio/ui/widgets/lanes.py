"""Rows of several channels as lanes: which channels share a well and a scale, how lanes and their text are drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from studio.core.text import gettext as _
from studio.core.text import mark
from studio.ui import theme
from studio.ui.widgets.painted import RIGHT, draw_curve, draw_text, line_height, px
from studio.ui.widgets.ticks import nice_step, number_text
from studio.ui.widgets.time_plot import GUTTER_GAP, gutter

# Wells of channels that are looked at together, with the scale's least half in the unit they have on our boards.
_TOGETHER: tuple[tuple[str, tuple[str, ...], dict[str, float]], ...] = (
    (mark("Accelerometer"), ("ax", "ay", "az"), {"g": 1.5, "m/s2": 15.0, "mg": 1500.0, "counts": 2_000.0}),
    (mark("Gyroscope"), ("gx", "gy", "gz"), {"degrees/s": 50.0, "rad/s": 1.0, "counts": 500.0}),
    (mark("Colour"), ("r", "g", "b", "clear"), {}),
)
_AXES = {"ax": "x", "ay": "y", "az": "z", "gx": "x", "gy": "y", "gz": "z"}
_NAMES = {
    "temperature": mark("Temperature"),
    "humidity": mark("Humidity"),
    "pressure": mark("Pressure"),
    "r": mark("red"),
    "g": mark("green"),
    "b": mark("blue"),
    "clear": mark("clear"),
}
_UNITS = {"C": "°C", "degrees/s": "°/s", "m/s2": "m/s²"}
SHADES = 16
_LEAST_SPAN = 1e-3  # of a value that stands still, as a share of it
_POINTS_PER_PX = 2.0  # closer, a stretch is drawn from its least to its greatest


@dataclass(frozen=True)
class Well:
    """channels: their places among the rows' columns. about_zero: the scale is as far below zero as above; then
    least_half is the least of that.
    """

    title: str
    channels: tuple[int, ...]
    names: tuple[str, ...]
    unit: str
    about_zero: bool = False
    least_half: float = 0.0


@dataclass(frozen=True)
class Scale:
    """What the edges of a lane stand for, in the well's unit."""

    low: float = -1.0
    high: float = 1.0

    def y_of(self, values: NDArray[np.float64], lane: QRectF) -> NDArray[np.float64]:
        return lane.bottom() - (values - self.low) / (self.high - self.low) * lane.height()


def wells_of(channels: Sequence[str], units: Sequence[str]) -> list[Well]:
    """Channels that belong together have one well; each of the others has its own."""
    wells, left = [], dict(enumerate(channels))
    for title, names, least in _TOGETHER:
        places = [place for place, name in left.items() if name in names]
        if len(places) < 2:
            continue
        unit = units[places[0]]
        lanes = tuple(lane_name(channels[place]) for place in places)
        wells.append(Well(_(title), tuple(places), lanes, unit, bool(least), least.get(unit, 0.0)))
        for place in places:
            del left[place]
    for place, name in left.items():
        wells.append(Well(lane_name(name).capitalize(), (place,), ("",), units[place]))
    return wells


def lane_name(channel: str) -> str:
    """An axis or a quantity, as it is shown."""
    return _AXES.get(channel) or (_(_NAMES[channel]) if channel in _NAMES else channel)


def unit_text(unit: str) -> str:
    return _UNITS.get(unit, unit)


def value_text(value: float, unit: str, digits: int = 3) -> str:
    """A value with its unit, to about so many figures."""
    step = 10.0 ** (math.floor(math.log10(abs(value))) + 1 - digits) if value else 0.1
    return f"{number_text(value, min(step, 1.0))} {unit_text(unit)}".rstrip()


def fit_scale(well: Well, low: float, high: float) -> Scale:
    """For values from low to high: of round numbers, with some room."""
    if well.about_zero:
        half = max(abs(low), abs(high), well.least_half) * 1.1
        step = nice_step(half, 2)
        half = math.ceil(half / step) * step
        return Scale(-half, half)
    span = max(high - low, _LEAST_SPAN * max(abs(low), abs(high)), 1e-9)
    step = nice_step(span * 1.2, 2)
    return Scale(math.floor((low - span * 0.1) / step) * step, math.ceil((high + span * 0.1) / step) * step)


def lane_rect(plot: QRect, well: Well, lane: int) -> QRectF:
    """Where a lane is in its well."""
    height = plot.height() / len(well.channels)
    return QRectF(plot.left(), plot.top() + lane * height, plot.width(), height)


def paint_lane_lines(painter: QPainter, plot: QRect, well: Well, scale: Scale) -> None:
    """Between lanes, and zero where it is in them."""
    colours = theme.current()
    for lane in range(len(well.channels)):
        rect = lane_rect(plot, well, lane)
        if lane:
            painter.fillRect(QRectF(rect.left(), round(rect.top()), rect.width(), 1), colours.role("line"))
        if scale.low < 0 < scale.high:
            y = rect.bottom() + scale.low / (scale.high - scale.low) * rect.height()
            painter.fillRect(QRectF(rect.left(), round(y), rect.width(), 1), colours.tint("text", 0.07))


def paint_lane_gutter(painter: QPainter, plot: QRect, well: Well, scale: Scale) -> None:
    """The scale's ends, and each lane's name at its middle."""
    room, half = gutter() - px(GUTTER_GAP), line_height(theme.font(theme.CAPTION)) / 2
    step = nice_step(scale.high - scale.low, 2)
    ends = [(number_text(scale.high, step), plot.top() + half), (number_text(scale.low, step), plot.bottom() - half)]
    if well.about_zero and plot.height() < 6 * half * len(well.channels):  # the names have the room
        ends = [(f"±{number_text(scale.high, step)}", plot.top() + half)]
    for text, y in ends:
        draw_text(painter, QRectF(0, y - half, room, 2 * half), text, role="muted", size=theme.CAPTION, align=RIGHT)
    for lane, name in enumerate(well.names):
        rect = lane_rect(plot, well, lane)
        apart = min(abs(rect.center().y() - y) for _text, y in ends)
        if name and apart >= 1.2 * half and rect.height() >= half:
            where = QRectF(0, rect.center().y() - half, room, 2 * half)
            draw_text(painter, where, name, size=theme.CAPTION, weight=theme.TITLE, align=RIGHT)


def paint_curve(
    painter: QPainter,
    lane: QRectF,
    scale: Scale,
    x: NDArray[np.float64],
    values: NDArray[np.float64],
) -> None:
    """x: float64 (n,), ascending, in pixels. values: (n,) in the well's unit."""
    y = scale.y_of(values, lane)
    y = np.clip(y, lane.top() - lane.height(), lane.bottom() + lane.height())
    if len(x) > 1:
        draw_curve(painter, *thinned(x, y), QPen(theme.current().role("wave"), 1.5))
    elif len(x):
        painter.fillRect(QRectF(x[0] - 1, y[0] - 1, 2, 2), theme.current().role("wave"))


def paint_span(
    picture: NDArray[np.uint8], top: NDArray[np.float64], bottom: NDArray[np.float64], stroke: float
) -> None:
    """Each column from top to bottom, in pixels, with soft ends: levels of SHADES over what is there. Nothing for NaN.

    picture: uint8 (height, n).
    """
    rows = np.arange(len(picture))[:, None]
    covered = np.minimum(rows + 1, bottom + stroke / 2) - np.maximum(rows, top - stroke / 2)
    levels = np.rint(np.clip(np.nan_to_num(covered), 0, 1) * (SHADES - 1)).astype(np.uint8)
    np.maximum(picture, levels, out=picture)


def shades(ink: QColor) -> list[int]:
    """The colour table of such a picture."""
    table = []
    for level in range(SHADES):
        colour = QColor(ink)
        colour.setAlphaF(level / (SHADES - 1))
        table.append(colour.rgba())
    return table


def thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As many points as can be told apart: of each short stretch its least and its greatest."""
    points = int((x[-1] - x[0]) * _POINTS_PER_PX) + 2
    step = len(x) // max(points // 2, 1)
    if step < 2:
        return x, y
    count = len(x) // step
    blocks = y[: count * step].reshape(count, step)
    ends = np.column_stack((blocks.min(axis=1), blocks.max(axis=1))).ravel()
    return np.repeat(x[: count * step : step], 2), ends


def paint_ghost_lanes(painter: QPainter, plot: QRect, well: Well) -> None:
    """The shape of a movement, faint: what will run here."""
    colour = theme.current().tint("wave_soft", 0.45)
    at = np.linspace(0, 1, 120)
    swell = np.exp(-(((at - 0.5) / 0.12) ** 2))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.5))
    for lane in range(len(well.channels)):
        rect = lane_rect(plot, well, lane)
        y = rect.center().y() - 0.32 * rect.height() * swell * np.sin(22 * at + 1.7 * lane)
        x = rect.left() + theme.S12 + at * (rect.width() - 2 * theme.S12)
        painter.drawPolyline([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)])
    painter.restore()
