"""Scores over the last minute with the decisions that came of them; a false alarm is one key from being a recording."""

import bisect
import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    RIGHT,
    ClassStyle,
    Painted,
    device_size,
    draw_curve,
    draw_dashes,
    draw_dot,
    draw_focus,
    draw_text,
    line_height,
    px,
    text_width,
)
from studio.ui.widgets.ticks import multiples, time_step

_DOT = 5.5
_STROKE = 2  # px around a curve


@dataclass(frozen=True)
class DecisionMark:
    """A decision of the board: when (seconds of the session), which class, with which score."""

    at_s: float
    place: int
    score: float
    wrong: bool = False


class DecisionTimeline(Painted):
    """Arrows step from decision to decision; Enter or a double click asks for a decision's recording."""

    selection_changed = Signal(object)  # DecisionMark or None
    recording_asked = Signal(object)  # DecisionMark

    def __init__(self, parent: QWidget | None = None, *, span_s: float = 60.0) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Decisions"))
        self.span_s = span_s
        self._classes: list[ClassStyle] = []
        self._threshold = 0.0
        self._times: deque[float] = deque()
        self._scores: deque[NDArray[np.float64]] = deque()
        self._curves: QPixmap | None = None  # the last span's, kept; its newest at its right edge
        self._column = 0  # of the session, in device pixels, which that edge is
        self._fresh = 0  # scores that are not in it yet
        self._marks: list[DecisionMark] = []
        self._selected: DecisionMark | None = None
        self.restyle()

    def restyle(self) -> None:
        self._curves = None
        self._gutter = text_width(theme.font(theme.CAPTION), "0.5") + px(16)
        self.setMinimumHeight(px(110))

    def sizeHint(self) -> QSize:
        return QSize(px(900), px(160))

    def begin(self, classes: Sequence[ClassStyle], threshold: float) -> None:
        """A new session. threshold: 0..1, what a smoothed score must reach."""
        self._classes, self._threshold = list(classes), threshold
        self._curves = None
        self._times.clear()
        self._scores.clear()
        self._marks = []
        self.select(None)
        self.update()

    def add_scores(self, at_s: float, scores: NDArray[np.float64]) -> None:
        """scores: float (classes,), 0..1; at_s ascending, in seconds of the session."""
        self._times.append(at_s)
        self._scores.append(scores)
        self._fresh += 1
        while self._times and self._times[0] < at_s - self.span_s - 2:
            self._times.popleft()
            self._scores.popleft()
        self.update()

    def add_decision(self, mark: DecisionMark) -> None:
        self._marks = [m for m in self._marks if m.at_s >= mark.at_s - self.span_s - 2]
        self._marks.append(mark)
        name = self._classes[mark.place].name
        self.describe(gettext("Last: {label} {score}").format(label=name, score=f"{mark.score:.2f}"))
        self.update()

    def mark_wrong(self, mark: DecisionMark) -> None:
        """Rings a decision as a false alarm; one that has left the picture stays as it was."""
        if mark not in self._marks:
            return
        at = self._marks.index(mark)
        self._marks[at] = DecisionMark(mark.at_s, mark.place, mark.score, wrong=True)
        if self._selected == mark:
            self.select(self._marks[at])
        self.update()

    @property
    def marks(self) -> list[DecisionMark]:
        """Those of the last span, oldest first."""
        return list(self._marks)

    @property
    def selected(self) -> DecisionMark | None:
        return self._selected

    def select(self, mark: DecisionMark | None) -> None:
        if mark != self._selected:
            self._selected = mark
            self.selection_changed.emit(mark)
            self.update()

    def place_of(self, mark: DecisionMark) -> QPointF:
        """Where a decision is drawn, for what the page puts beside it."""
        return QPointF(self._x_of(mark.at_s), self._y_of(mark.score))

    def plot(self) -> QRect:
        width = max(self.width() - self._gutter - px(10), 1)
        return QRect(self._gutter, px(10), width, max(self.height() - px(34), 1))

    def paint(self, painter: QPainter) -> None:
        plot, caption = self.plot(), line_height(theme.font(theme.CAPTION))
        painter.setPen(QPen(theme.current().tint("text", 0.08), 1))
        for value, text in ((0.0, "0"), (0.5, "0.5"), (1.0, "1")):
            y = round(self._y_of(value)) + 0.5
            painter.setPen(QPen(theme.current().tint("text", 0.08), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            rect = QRectF(0, y - caption / 2, plot.left() - px(8), caption)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=RIGHT)
        if self._threshold:
            y = round(self._y_of(self._threshold)) + 0.5
            draw_dashes(painter, QPointF(plot.left(), y), QPointF(plot.right(), y), theme.current().role("muted"))
        self._paint_times(painter, plot)
        painter.save()
        painter.setClipRect(plot.adjusted(0, -px(10), px(10), 2))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_curves(painter)
        for mark, following in itertools.zip_longest(self._marks, self._marks[1:]):
            if mark.at_s >= self._last_s() - self.span_s:
                self._paint_mark(painter, mark, following)
        painter.restore()
        if self.hasFocus():
            draw_focus(painter, self.rect())

    def _paint_curves(self, painter: QPainter) -> None:
        """Of the classes that the user named. New pieces alone are drawn: a minute of four takes 6 ms."""
        if not self._times:
            return
        ratio, room = self.devicePixelRatioF(), self.plot().adjusted(0, -_STROKE, 0, _STROKE)
        per_s, size = room.width() / self.span_s * ratio, device_size(room, ratio)
        newest = round(self._last_s() * per_s)
        if self._curves is None or self._curves.size() != size:
            self._curves, self._column, self._fresh = QPixmap(size), newest, len(self._times)
            self._curves.fill(Qt.GlobalColor.transparent)
        picture, moved = self._curves, min(newest - self._column, size.width())
        picture.scroll(-moved, 0, picture.rect())
        self._column = newest
        onto = QPainter(picture)
        onto.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        onto.fillRect(size.width() - moved, 0, moved, size.height(), Qt.GlobalColor.transparent)
        onto.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        first = max(len(self._times) - self._fresh - 1, 0)
        times, scores = (np.array([*itertools.islice(each, first, None)]) for each in (self._times, self._scores))
        x = size.width() - (newest - times * per_s)
        y = size.height() - (scores * (room.height() - 2 * _STROKE) + _STROKE) * ratio
        for place, style in enumerate(self._classes):
            if style.hue is not None:
                draw_curve(onto, x, y[:, place], QPen(style.colour, 1.5 * ratio))
        onto.end()
        self._fresh = 0
        painter.drawPixmap(QRectF(room), picture, QRectF(picture.rect()))

    def _paint_mark(self, painter: QPainter, mark: DecisionMark, following: DecisionMark | None) -> None:
        centre, style = self.place_of(mark), self._classes[mark.place]
        if mark.wrong:
            draw_dot(painter, centre, _DOT + 4, "surface", edge="warn", width=2)
        if mark == self._selected:
            draw_dot(painter, centre, _DOT + 3, "surface", edge="accent", width=2)
        draw_dot(painter, centre, _DOT, style.colour, edge="surface", width=1.5)
        width = text_width(theme.font(theme.CAPTION, theme.TITLE), style.name) + 2
        height = line_height(theme.font(theme.CAPTION))
        left = centre.x() + px(11)
        if following is not None and self._x_of(following.at_s) < left + width + _DOT and mark != self._selected:
            return  # the next one has the room
        if left + width > self.width():
            left = centre.x() - px(11) - width
        draw_text(
            painter,
            QRectF(left, centre.y() - height / 2, width, height),
            style.name,
            size=theme.CAPTION,
            weight=theme.TITLE,
        )

    def _paint_times(self, painter: QPainter, plot: QRect) -> None:
        last = self._last_s()
        step = time_step(self.span_s, max(plot.width() // px(110), 1))
        for at in multiples(max(last - self.span_s, 0), last, step):
            text = f"{int(at) // 60}:{int(at) % 60:02d}"
            width = text_width(theme.font(theme.CAPTION), text) + 2
            left = min(max(self._x_of(at) - width / 2, plot.left()), plot.right() - width)
            rect = QRectF(left, plot.bottom() + px(5), width, px(18))
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=CENTRE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.select(self._at(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        mark = self._at(event.position())
        if mark is not None:
            self.recording_asked.emit(mark)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        seen = [m for m in self._marks if m.at_s >= self._last_s() - self.span_s]
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and seen:
            self._step(seen, 1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._selected is not None:
            self.recording_asked.emit(self._selected)
        else:
            super().keyPressEvent(event)

    def _step(self, seen: list[DecisionMark], way: int) -> None:
        if self._selected is None:
            self.select(seen[-1] if way < 0 else seen[0])
            return
        at = bisect.bisect_left([m.at_s for m in seen], self._selected.at_s)
        self.select(seen[min(max(at + way, 0), len(seen) - 1)])

    def _at(self, where: QPointF) -> DecisionMark | None:
        near = [
            m
            for m in self._marks
            if abs(self.place_of(m).x() - where.x()) < 12 and abs(self.place_of(m).y() - where.y()) < 16
        ]
        return min(near, key=lambda m: abs(self.place_of(m).x() - where.x()), default=None)

    def _last_s(self) -> float:
        return max(self._times[-1] if self._times else 0.0, self.span_s)

    def _x_of(self, at_s: float) -> float:
        return self.plot().right() - (self._last_s() - at_s) / self.span_s * self.plot().width()

    def _y_of(self, score: float) -> float:
        return self.plot().bottom() - score * self.plot().height()
