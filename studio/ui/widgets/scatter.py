"""What was said against what is true, a dot each; and how far off that is, as a histogram."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    KEY_FOCUS,
    RIGHT,
    Painted,
    draw_box,
    draw_dashes,
    draw_dot,
    draw_focus,
    draw_text,
    draw_well,
    indexed_image,
    px,
)
from studio.ui.widgets.ticks import multiples, nice_step, number_text

Floats = NDArray[np.float64]

_LEFT, _FOOT, _TOP = 52, 44, 10  # px beside, below and above a plot, for its figures
_DOT = 3.0
_NEAR = 14.0  # px: a click further from any dot chooses none


class _Plot(Painted):
    """Base: a well with figures along two axes."""

    def plot_rect(self) -> QRectF:
        return QRectF(
            px(_LEFT), px(_TOP), max(self.width() - px(_LEFT) - 8, 1), max(self.height() - px(_FOOT + _TOP), 1)
        )

    def paint_across(self, painter: QPainter, plot: QRectF, low: float, high: float, name: str) -> None:
        step = nice_step(high - low, max(int(plot.width() // px(70)), 1))
        for value in multiples(low, high, step):
            x = plot.left() + (value - low) / (high - low) * plot.width()
            rect = QRectF(x - px(35), plot.bottom() + 3, px(70), px(18))
            draw_text(painter, rect, number_text(value, step), role="muted", size=theme.CAPTION, align=CENTRE)
        foot = QRectF(plot.left(), plot.bottom() + px(21), plot.width(), px(18))
        draw_text(painter, foot, name, role="muted", size=theme.CAPTION)

    def paint_up(self, painter: QPainter, plot: QRectF, low: float, high: float) -> None:
        step = nice_step(high - low, max(int(plot.height() // px(44)), 1))
        for value in multiples(low, high, step):
            y = plot.bottom() - (value - low) / (high - low) * plot.height()
            painter.fillRect(QRectF(plot.left() + 1, round(y), plot.width() - 2, 1), theme.current().tint("text", 0.07))
            rect = QRectF(0, y - px(9), plot.left() - px(8), px(18))
            draw_text(painter, rect, number_text(value, step), role="muted", size=theme.CAPTION, align=RIGHT)


class Scatter(_Plot):
    """A dot on the line is right. Arrows go from dot to dot by what is true, a click takes the next: `chosen(place)`.

    All dots but the chosen one are painted once, into a picture: there may be thousands.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Said against true"))
        self._true, self._said = np.zeros(0), np.zeros(0)
        self._unit = ""
        self._at = -1
        self._low, self._high = 0.0, 1.0
        self._counts: NDArray[np.uint8] | None = None
        self.setMinimumSize(px(260), px(210))

    def sizeHint(self) -> QSize:
        return QSize(px(460), px(340))

    def show_values(self, true: Floats, said: Floats, unit: str) -> None:
        """true, said: (n,), in the unit."""
        self._true, self._said, self._unit, self._at = true, said, unit, -1
        both = np.concatenate([true, said])
        self._low, self._high = (float(both.min()), float(both.max())) if len(both) else (0.0, 1.0)
        room = 0.04 * max(self._high - self._low, 1e-9)
        self._low, self._high = self._low - room, self._high + room
        self.describe(gettext("{count} values").format(count=f"{len(true):,}"))
        self._forget()

    def choose(self, place: int | None) -> None:
        """By place; nothing is emitted."""
        self._at = -1 if place is None else place
        self.update()

    def point_of(self, place: int) -> QPointF:
        plot, span = self.plot_rect(), self._high - self._low
        return QPointF(
            plot.left() + (self._true[place] - self._low) / span * plot.width(),
            plot.bottom() - (self._said[place] - self._low) / span * plot.height(),
        )

    def paint(self, painter: QPainter) -> None:
        plot = self.plot_rect()
        draw_well(painter, plot.toRect())
        self.paint_up(painter, plot, self._low, self._high)
        self.paint_across(painter, plot, self._low, self._high, self._axis())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().role("neutral"), 1))
        painter.drawLine(plot.bottomLeft(), plot.topRight())
        if len(self._true):
            self._paint_dots(painter, plot)
        if self._at >= 0:
            draw_dot(painter, self.point_of(self._at), _DOT + 2.5, "accent", edge="surface")
        if self.hasFocus():
            draw_focus(painter, plot, 4)

    def _paint_dots(self, painter: QPainter, plot: QRectF) -> None:
        """As a picture of how many lie where, each dot of three pixels: thousands in a millisecond."""
        width, height = max(int(plot.width()), 1), max(int(plot.height()), 1)
        if self._counts is None or self._counts.shape != (height, width):
            span = self._high - self._low
            x = np.clip((self._true - self._low) / span * (width - 1), 1, width - 2).astype(int)
            y = np.clip((self._high - self._said) / span * (height - 1), 1, height - 2).astype(int)
            counts = np.zeros((height, width), np.int32)
            for down in (-1, 0, 1):
                for across in (-1, 0, 1):
                    np.add.at(counts, (y + down, x + across), 1 if down and across else 2)
            self._counts = np.ascontiguousarray(np.minimum(counts, 6)).astype(np.uint8)
        colours = [theme.current().tint("accent", share).rgba() for share in (0.0, 0.3, 0.5, 0.65, 0.75, 0.85, 1.0)]
        painter.drawImage(plot.topLeft(), indexed_image(self._counts, colours))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._at < 0 and len(self._true) and event.reason() in KEY_FOCUS:
            self._choose(int(np.abs(self._said - self._true).argmax()))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not len(self._true):
            return
        plot, span = self.plot_rect(), self._high - self._low
        x = plot.left() + (self._true - self._low) / span * plot.width()
        y = plot.bottom() - (self._said - self._low) / span * plot.height()
        away = np.hypot(x - event.position().x(), y - event.position().y())
        if away.min() <= _NEAR:
            self._choose(int(away.argmin()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not len(self._true):
            super().keyPressEvent(event)
            return
        order = np.argsort(self._true, kind="stable")
        place = int(np.flatnonzero(order == self._at)[0]) if self._at >= 0 else -1
        self._choose(int(order[min(max(place + step, 0), len(order) - 1)]))

    def resizeEvent(self, event: object) -> None:
        self._forget()

    def _choose(self, place: int) -> None:
        self._at = place
        words = gettext("true {true}, said {said} {unit}")
        true, said = f"{self._true[place]:.3g}", f"{self._said[place]:.3g}"
        self.describe(words.format(true=true, said=said, unit=self._unit).strip())
        self.update()
        self.chosen.emit(place)

    def _axis(self) -> str:
        unit = f", {self._unit}" if self._unit else ""
        return gettext("true, across; said, upwards{unit}").format(unit=unit)

    def _forget(self) -> None:
        self._counts = None
        self.update()


class ErrorHistogram(_Plot):
    """How many are how far off; below zero too little was said."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(gettext("Errors"))
        self._edges: Floats = np.array([-1.0, 1.0])
        self._counts: Floats = np.zeros(1)
        self._unit = ""
        self.setMinimumSize(px(220), px(150))

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(170))

    def show_errors(self, edges: Floats, counts: Floats, unit: str) -> None:
        """edges: (bars + 1,), ascending; counts: (bars,)."""
        self._edges, self._counts, self._unit = edges, counts, unit
        total, most = counts.sum(), int(counts.argmax())
        words = gettext("{count} of {total} are between {low} and {high} {unit} off")
        low, high = f"{edges[most]:.3g}", f"{edges[most + 1]:.3g}"
        self.describe(words.format(count=int(counts[most]), total=int(total), low=low, high=high, unit=unit).strip())
        self.update()

    def paint(self, painter: QPainter) -> None:
        plot = self.plot_rect()
        draw_well(painter, plot.toRect())
        low, high, most = float(self._edges[0]), float(self._edges[-1]), max(float(self._counts.max()), 1.0) * 1.05
        self.paint_up(painter, plot, 0, most)
        unit = f", {self._unit}" if self._unit else ""
        self.paint_across(painter, plot, low, high, gettext("said less true{unit}").format(unit=unit))
        for place, count in enumerate(self._counts.tolist()):
            left, right = (
                plot.left() + (edge - low) / (high - low) * plot.width() for edge in self._edges[place : place + 2]
            )
            height = count / most * plot.height()
            bar = QRectF(left + 1, plot.bottom() - height, max(right - left - 2, 1), height)
            draw_box(painter, bar, ground="accent", radius=min(2.0, height / 2))
        zero = plot.left() - low / (high - low) * plot.width()
        draw_dashes(painter, QPointF(zero, plot.top()), QPointF(zero, plot.bottom()), theme.current().role("muted"))
