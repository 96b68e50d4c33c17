"""Hours of listening at a glance: the highest score over time, and what was found, missed or a false alarm.

Shape says which it is, so that colour need not: a dot was found, a triangle is a false alarm, a ring was missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    KEY_FOCUS,
    RIGHT,
    ClassStyle,
    Painted,
    draw_box,
    draw_dashes,
    draw_dot,
    draw_focus,
    draw_text,
    draw_well,
    line_height,
    px,
    text_width,
)
from studio.ui.widgets.ticks import multiples, time_step

_DOT = 5.0


class Verdict(Enum):
    FOUND = "found"
    FALSE_ALARM = "false alarm"
    MISSED = "missed"


@dataclass(frozen=True)
class Stem:
    """at_s: of the stream. score: of the decision, or the highest while it should have been made; 0..1."""

    at_s: float
    score: float
    label: str
    style: ClassStyle
    verdict: Verdict


class RehearsalTimeline(Painted):
    """Arrows step from stem to stem: `chosen(place)`; Enter and a double click `opened(place)`."""

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Timeline of the rehearsal"))
        self._length_s = 1.0
        self._times: NDArray[np.float64] = np.zeros(0)
        self._best: NDArray[np.float32] = np.zeros(0, np.float32)
        self._stems: list[Stem] = []
        self._threshold = 0.5
        self._at = -1
        self._picture: QPixmap | None = None
        self.restyle()

    def restyle(self) -> None:
        self.setMinimumHeight(px(150))
        self._picture = None

    def resizeEvent(self, _event: object) -> None:
        self._picture = None

    def sizeHint(self) -> QSize:
        return QSize(px(900), px(250))

    def show_stream(self, length_s: float, times_s: NDArray[np.float64], best: NDArray[np.float32]) -> None:
        """times_s, best: (windows,), the end of each and the highest score there."""
        self._length_s, self._times, self._best = max(length_s, 1e-3), times_s, best
        self._picture, self._stems, self._at = None, [], -1
        self.update()

    def show_stems(self, stems: Sequence[Stem], threshold: float) -> None:
        """In order of time; the chosen one stays where it is still there."""
        before = self._stems[self._at] if self._at >= 0 else None
        self._stems, self._threshold = list(stems), threshold
        same = [i for i, s in enumerate(self._stems) if before is not None and abs(s.at_s - before.at_s) < 0.05]
        self._at = same[0] if same else -1
        counts = {v: sum(s.verdict is v for s in self._stems) for v in Verdict}
        self.describe(
            gettext("{found} found, {missed} missed, {alarms} false alarms").format(
                found=counts[Verdict.FOUND], missed=counts[Verdict.MISSED], alarms=counts[Verdict.FALSE_ALARM]
            )
        )
        self.update()

    @property
    def stems(self) -> list[Stem]:
        return self._stems

    @property
    def current(self) -> int | None:
        return self._at if self._at >= 0 else None

    def choose(self, place: int) -> None:
        if 0 <= place < len(self._stems):
            self._at = place
            stem = self._stems[place]
            self.describe(f"{stem.label}, {verdict_text(stem.verdict)}, {clock(stem.at_s)}, {stem.score:.2f}")
            self.update()
            self.chosen.emit(place)

    def plot(self) -> QRect:
        left = px(42)
        return QRect(left, px(6), max(self.width() - left - 1, 1), max(self.height() - px(30), 1))

    def point(self, at_s: float, score: float) -> QPointF:
        plot = self.plot()
        inner = plot.height() - px(14)
        return QPointF(plot.left() + at_s / self._length_s * plot.width(), plot.bottom() - score * inner)

    def paint(self, painter: QPainter) -> None:
        plot, caption = self.plot(), line_height(theme.font(theme.CAPTION))
        draw_well(painter, plot)
        for value, text in ((0.0, "0"), (0.5, "0.5"), (1.0, "1")):
            y = round(self.point(0, value).y()) + 0.5
            painter.setPen(QPen(theme.current().tint("text", 0.08), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            if abs(y - self.point(0, self._threshold).y()) > px(10) + caption / 2:  # else the badge is over it
                rect = QRectF(0, y - caption / 2, plot.left() - px(8), caption)
                draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=RIGHT)
        self._paint_times(painter, plot)
        self._paint_best(painter, plot)
        for stem in self._stems:
            self._paint_stem(painter, stem)
        if len(self._times):
            y = round(self.point(0, self._threshold).y()) + 0.5
            draw_dashes(painter, QPointF(plot.left(), y), QPointF(plot.right(), y), theme.current().role("text"))
            badge = QRectF(0, y - px(10), px(38), px(20))
            draw_box(painter, badge, ground="text", radius=4)
            draw_text(
                painter, badge, f"{self._threshold:.2f}", role="surface", size=theme.CAPTION, weight=theme.TITLE,
                align=CENTRE,
            )  # fmt: skip
        if self.hasFocus():
            draw_focus(painter, plot, 4)

    def _paint_times(self, painter: QPainter, plot: QRect) -> None:
        step = time_step(self._length_s, max(plot.width() // px(110), 1))
        for at in multiples(0, self._length_s, step):
            x = self.point(at, 0).x()
            painter.setPen(QPen(theme.current().tint("text", 0.08), 1))
            painter.drawLine(QPointF(round(x) + 0.5, plot.top() + 1), QPointF(round(x) + 0.5, plot.bottom()))
            text = clock(at)
            width = text_width(theme.font(theme.CAPTION), text) + 2
            left = min(max(x - width / 2, plot.left()), plot.right() - width)
            rect = QRectF(left, plot.bottom() + px(4), width, px(18))
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=CENTRE)

    def _paint_best(self, painter: QPainter, plot: QRect) -> None:
        if not len(self._times):
            return
        if self._picture is None:
            self._picture = self._drawn_best(plot)
        painter.drawPixmap(plot.topLeft(), self._picture)

    def _drawn_best(self, plot: QRect) -> QPixmap:
        """The highest score of each column; drawn once, as a threshold is dragged over it."""
        width, height = plot.width(), plot.height()
        place = np.clip((self._times / self._length_s * width).astype(int), 0, width - 1)
        columns = np.zeros(width, np.float32)
        np.maximum.at(columns, place, self._best)
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(width * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().tint("neutral", 0.45))
        heights = (columns * (height - px(14))).tolist()
        painter.drawRects([QRectF(i, height - 1 - h, 1, h) for i, h in enumerate(heights) if h >= 1])
        painter.end()
        return picture

    def _paint_stem(self, painter: QPainter, stem: Stem) -> None:
        head, foot = self.point(stem.at_s, stem.score), self.point(stem.at_s, 0)
        found = stem.verdict is Verdict.FOUND
        colour = (
            stem.style.colour
            if found
            else theme.current().role("err" if stem.verdict is Verdict.FALSE_ALARM else "warn")
        )
        painter.setPen(QPen(colour, 1.5))
        painter.drawLine(head, foot)
        if self._at >= 0 and self._stems[self._at] == stem:
            draw_dot(painter, head, _DOT + 5, "sel", edge="accent")
        if found:
            draw_dot(painter, head, _DOT, colour, edge="surface", width=1.5)
        elif stem.verdict is Verdict.MISSED:
            draw_dot(painter, head, _DOT, "surface", edge="warn")
        else:
            draw_triangle(painter, head, _DOT + 1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._at < 0 and self._stems and event.reason() in KEY_FOCUS:
            self.choose(0)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if place is not None:
            self.choose(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if place is not None:
            self.opened.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._stems:
            self.choose(min(max(self._at + (1 if key == Qt.Key.Key_Right else -1), 0), len(self._stems) - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at >= 0:
            self.opened.emit(self._at)
        else:
            super().keyPressEvent(event)

    def _place_at(self, where: QPointF) -> int | None:
        near = [(abs(self.point(s.at_s, 0).x() - where.x()), i) for i, s in enumerate(self._stems)]
        return min(((d, i) for d, i in near if d < 10), default=(0.0, None))[1]


def draw_triangle(painter: QPainter, centre: QPointF, size: float) -> None:
    """The mark of a false alarm."""
    points = QPolygonF([centre + QPointF(x, y) * size for x, y in ((0, -1.1), (1, 0.8), (-1, 0.8))])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.current().role("err"))
    painter.drawPolygon(points)


def verdict_text(verdict: Verdict) -> str:
    return {
        Verdict.FOUND: gettext("found"),
        Verdict.FALSE_ALARM: gettext("false alarm"),
        Verdict.MISSED: gettext("missed"),
    }[verdict]


def clock(at_s: float) -> str:
    hours, rest = divmod(int(at_s), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
