"""Rows of a sensor over one window, as traces: a lane for each quantity, or for each channel where there is room."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.ui import theme
from studio.ui.widgets.painted import (
    Painted,
    clip_to_well,
    draw_box,
    draw_curve,
    draw_focus,
    draw_text,
    draw_well,
    line_height,
    px,
    text_width,
)

Rows = NDArray[Any]  # (n, channels)

_HEADROOM = 0.08  # of the range, above and below
_INKS = ("wave", "wave_soft", "neutral")  # of the channels of one lane: axes are no classes, and have no colours
_STROKE = 1.5


@dataclass(frozen=True)
class Lane:
    """Channels that share a scale. name: said once beside them; names: of each. low, high: at the lane's edges."""

    name: str
    channels: tuple[int, ...]
    names: tuple[str, ...]
    low: float
    high: float


def lanes_of(names: Sequence[str], units: Sequence[str], *windows: Rows, apart: bool = False) -> list[Lane]:
    """A lane for each unit, its edges such that all of `windows` (n, channels), shown together, are within.

    apart: a lane for each channel instead, those of one unit on one scale.
    """
    lanes: list[Lane] = []
    for unit in dict.fromkeys(units):
        places = tuple(i for i, other in enumerate(units) if other == unit and i < len(names))
        low, high = _edges([window[:, list(places)] for window in windows if len(window)])
        together = [(place,) for place in places] if apart else [places]
        lanes += [Lane(unit, group, tuple(names[i] for i in group), low, high) for group in together]
    return lanes


def _edges(values: Sequence[Rows]) -> tuple[float, float]:
    low = min((float(part.min()) for part in values if part.size), default=-1.0)
    high = max((float(part.max()) for part in values if part.size), default=1.0)
    room = max((high - low) * _HEADROOM, 1e-6 + 1e-3 * max(abs(low), abs(high)))
    return low - room, high + room


class TracesView(Painted):
    """One window. Arrows or a click point at a moment of it: `pointed(share)`, from 0 to 1."""

    pointed = Signal(float)

    def __init__(self, parent: QWidget | None = None, *, named: bool = False, focusable: bool = False) -> None:
        """named: each lane says which channels it has."""
        super().__init__(parent, focusable=focusable)
        self._named = named
        self._rows: Rows = np.zeros((0, 0))
        self._lanes: Sequence[Lane] = ()
        self._hue: QColor | None = None
        self._cursor: float | None = None
        self.setMinimumSize(40, 20)

    def sizeHint(self) -> QSize:
        return QSize(px(168), px(120))

    def show_rows(self, rows: Rows, lanes: Sequence[Lane], *, colour: QColor | None = None) -> None:
        """rows: (n, channels), of which each lane shows its own. colour: a class's; None: the traces' own."""
        self._rows, self._lanes, self._hue = rows, lanes, colour
        self.update()

    def set_cursor(self, share: float | None) -> None:
        """A line at a share (0..1) of the window."""
        if share != self._cursor:
            self._cursor = share
            self.update()

    def paint(self, painter: QPainter) -> None:
        draw_well(painter, self.rect())
        painter.save()
        clip_to_well(painter, self.rect())
        paint_traces(painter, self.rect(), self._rows, self._lanes, colour=self._hue, named=self._named)
        if self._cursor is not None and len(self._rows):
            x = round(self._cursor * (self.width() - 1)) + 0.5
            painter.setPen(QPen(theme.current().role("text"), 1))
            painter.drawLine(QPointF(x, 1), QPointF(x, self.height() - 1))
        painter.restore()
        if self.hasFocus():
            draw_focus(painter, self.rect(), 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._point(event.position().x() / max(self.width(), 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not len(self._rows):
            super().keyPressEvent(event)
            return
        self._point((self._cursor or 0.0) + step / max(len(self._rows) - 1, 1))

    def _point(self, share: float) -> None:
        if len(self._rows):
            self.pointed.emit(min(max(share, 0.0), 1.0))


def paint_traces(
    painter: QPainter,
    rect: QRect,
    rows: Rows,
    lanes: Sequence[Lane],
    *,
    colour: QColor | None = None,
    named: bool = False,
) -> None:
    """The lanes below each other in rect; a hairline between them, a fainter one at zero."""
    if not len(lanes) or not len(rows):
        return
    height = rect.height() / len(lanes)
    for place, lane in enumerate(lanes):
        box = QRectF(rect.left(), rect.top() + place * height, rect.width(), height)
        if place:
            painter.fillRect(QRectF(box.left(), round(box.top()), box.width(), 1), theme.current().role("line"))
        if lane.low < 0 < lane.high:
            zero = round(_y(box, lane, 0.0))
            painter.fillRect(QRectF(box.left(), zero, box.width(), 1), theme.current().tint("text", 0.07))
        for number in reversed(range(len(lane.channels))):  # the first, strongest, lies above the others
            if lane.channels[number] < rows.shape[1]:
                ink = QColor(colour) if colour is not None else theme.current().role(_INKS[number % len(_INKS)])
                _paint_trace(painter, box, lane, rows[:, lane.channels[number]], ink)
        if named:
            _paint_name(painter, box, f"{' '.join(lane.names)} {lane.name}".strip())


def _paint_name(painter: QPainter, box: QRectF, text: str) -> None:
    width = text_width(theme.font(theme.CAPTION), text)
    patch = QRectF(box.left() + 3, box.top() + 3, width + 6, line_height(theme.font(theme.CAPTION)) + 1)
    draw_box(painter, patch, ground=theme.current().tint("well", 0.85), radius=3)
    draw_text(painter, patch.adjusted(3, 0, 0, 0), text, role="muted", size=theme.CAPTION)


def _paint_trace(painter: QPainter, box: QRectF, lane: Lane, values: Rows, ink: QColor) -> None:
    if len(values) == 1:  # one reading: a line at its height
        values = np.repeat(values, 2)
    x = np.linspace(box.left() + 1, box.right() - 1, len(values))
    share = (values.astype(np.float64) - lane.low) / (lane.high - lane.low)
    draw_curve(painter, x, box.bottom() - share * box.height(), QPen(ink, _STROKE))


def _y(box: QRectF, lane: Lane, value: float) -> float:
    return box.bottom() - (value - lane.low) / (lane.high - lane.low) * box.height()
