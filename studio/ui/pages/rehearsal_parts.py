"""Parts of Rehearsal: what the shapes say, the trade-off, thresholds side by side, what to listen to."""

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    KEY_FOCUS,
    RIGHT,
    Painted,
    draw_box,
    draw_curve,
    draw_dot,
    draw_focus,
    draw_swatch,
    draw_text,
    draw_well,
    px,
    text_width,
)
from studio.ui.widgets.rehearsal_timeline import Stem, Verdict, clock, draw_triangle, verdict_text
from studio.ui.widgets.ticks import multiples, nice_step, number_text

INSET = 8  # px at both ends of a row to listen to, so that a chosen one has room around its text
_ROW = 32
_SAME = 0.005  # thresholds that are shown alike


class Legend(Painted):
    """What the shapes say."""

    def sizeHint(self) -> QSize:
        return QSize(px(250), px(20))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paint(self, painter: QPainter) -> None:
        texts = {verdict: verdict_text(verdict) for verdict in Verdict}
        widths = sum(px(12) + text_width(theme.font(theme.BODY), text) for text in texts.values())
        x, y = self.width() - widths - px(18) * (len(texts) - 1), self.height() / 2  # it ends where the plot does
        for verdict, text in texts.items():
            _draw_verdict(painter, QPointF(x, y), verdict, "accent")
            x += px(12) + draw_text(painter, QRectF(x + px(10), 0, px(90), self.height()), text, role="muted") + px(18)


def _draw_verdict(painter: QPainter, centre: QPointF, verdict: Verdict, colour: Any) -> None:
    if verdict is Verdict.FOUND:
        draw_dot(painter, centre, px(9) / 2, colour)
    elif verdict is Verdict.MISSED:
        draw_dot(painter, centre, px(9) / 2, "surface", edge="warn")
    else:
        draw_triangle(painter, centre, px(11) / 2)


class TradeOff(Painted):
    """Words missed against false alarms, a point a threshold; the cross is the slider's, with its 95 % intervals."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Trade-off"))
        self._points: list[tuple[float, float]] = []
        self._now = (0.0, 0.0)
        self._spans = ((0.0, 0.0), (0.0, 0.0))
        self._name = ""
        self.setMinimumSize(px(220), px(90))

    def sizeHint(self) -> QSize:
        return QSize(px(360), px(220))

    def show_points(
        self,
        points: list[tuple[float, float]],
        now: tuple[float, float] = (0.0, 0.0),
        spans: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 0.0), (0.0, 0.0)),
        name: str = "",
    ) -> None:
        """points: false alarms an hour and share missed, by rising threshold. now: the slider's; spans: its intervals.

        name: the slider's threshold.
        """
        self._points, self._now, self._spans, self._name = points, now, spans, name
        self.describe(f"{now[0]:.1f}, {100 * now[1]:.0f} %" if points else "")
        self.update()

    def paint(self, painter: QPainter) -> None:
        plot = QRectF(px(46), px(8), self.width() - px(56), self.height() - px(48))
        draw_well(painter, plot.toRect())
        most = max([1.0, *(x for x, _y in self._points)]) * 1.05
        worst = max([0.1, *(y for _x, y in self._points)])
        caption = px(18)
        step = nice_step(worst, max(int(plot.height() // px(40)), 1))
        for share in multiples(0, worst, step):
            y = plot.bottom() - share / worst * plot.height()
            painter.setPen(QPen(theme.current().tint("text", 0.08), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            text = f"{100 * share:.0f} %"
            rect = QRectF(0, y - caption / 2, plot.left() - px(8), caption)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=RIGHT)
        step = nice_step(most, max(int(plot.width() // px(60)), 1))
        for alarms in multiples(0, most, step):
            x = plot.left() + alarms / most * plot.width()
            rect = QRectF(x - px(30), plot.bottom() + 3, px(60), caption)
            draw_text(painter, rect, number_text(alarms, step), role="muted", size=theme.CAPTION, align=CENTRE)
        foot = QRectF(plot.left(), plot.bottom() + px(20), plot.width(), caption)
        what = _("words missed against false alarms per hour; each point a threshold")
        draw_text(painter, foot, what, role="muted", size=theme.CAPTION)
        if self._points:
            self._paint_points(painter, plot, most, worst)

    def _paint_points(self, painter: QPainter, plot: QRectF, most: float, worst: float) -> None:
        def at(x: float, y: float) -> QPointF:
            return QPointF(
                plot.left() + min(x / most, 1.0) * plot.width(), plot.bottom() - min(y / worst, 1.0) * plot.height()
            )

        places = [at(*point) for point in self._points]
        xs, ys = np.array([p.x() for p in places]), np.array([p.y() for p in places])
        draw_curve(painter, xs, ys, QPen(theme.current().role("accent"), 2.2))
        for place in places:
            draw_dot(painter, place, 2.5, "accent")
        (low_x, high_x), (low_y, high_y) = self._spans
        now = at(*self._now)
        painter.setPen(QPen(theme.current().tint("text", 0.45), 3))
        painter.drawLine(QPointF(at(low_x, 0).x(), now.y()), QPointF(at(high_x, 0).x(), now.y()))
        painter.drawLine(QPointF(now.x(), at(0, low_y).y()), QPointF(now.x(), at(0, high_y).y()))
        draw_dot(painter, now, 5, "text")
        badge = QRectF(
            min(now.x() + px(10), plot.right() - px(42)), max(now.y() - px(26), plot.top() + 2), px(40), px(20)
        )
        draw_box(painter, badge, ground="text", radius=4)
        draw_text(painter, badge, self._name, role="surface", size=theme.CAPTION, weight=theme.TITLE, align=CENTRE)


class ThresholdTable(Painted):
    """A few thresholds beside each other; that of the slider is marked, where it is one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Thresholds"))
        self._rows: list[tuple[float, float, int]] = []
        self._present, self._now = 0, 0.0

    def sizeHint(self) -> QSize:
        return QSize(px(420), px(72))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_rows(self, rows: list[tuple[float, float, int]], present: int, now: float = 0.0) -> None:
        """rows: threshold, false alarms an hour, missed."""
        self._rows, self._present, self._now = rows, present, now
        self.describe("; ".join(f"{at:.2f}: {alarms:.1f}, {missed}" for at, alarms, missed in rows))
        self.update()

    def paint(self, painter: QPainter) -> None:
        if not self._rows:
            return
        line, names = px(24), px(150)
        column = (self.width() - names) / len(self._rows)
        heads = (_("threshold"), _("false alarms per hour"), _("missed of {count}").format(count=self._present))
        for i, head in enumerate(heads):
            draw_text(painter, QRectF(0, i * line, names, line), head, role="muted", size=theme.CAPTION)
        for i, (at, alarms, missed) in enumerate(self._rows):
            marked = abs(at - self._now) < _SAME
            if marked:
                draw_box(painter, QRectF(names + i * column, 0, column, px(72)), ground="sel", radius=4)
            for j, text in enumerate((f"{at:.2f}", f"{alarms:.1f}", f"{missed}")):
                cell = QRectF(names + i * column, j * line, column - px(10), line)
                strong = theme.TITLE if marked else theme.TEXT
                draw_text(painter, cell, text, role="muted" if j == 0 else "text", weight=strong, align=RIGHT,
                          size=theme.CAPTION)  # fmt: skip


class StemList(Painted):
    """Rows of stems; arrows and clicks choose, Enter and a double click play."""

    chosen = Signal(object)
    opened = Signal()

    def __init__(self) -> None:
        super().__init__(focusable=True)
        self.setAccessibleName(_("To listen to"))
        self._stems: list[Stem] = []
        self._at = -1

    def show_stems(self, stems: list[Stem]) -> None:
        before = self._stems[self._at] if self._at >= 0 else None
        self._stems = stems
        self._at = stems.index(before) if before in stems else -1
        self.setMinimumHeight(px(_ROW) * len(stems))
        self.update()

    def mark(self, stem: Stem | None) -> None:
        self._at = self._stems.index(stem) if stem in self._stems else -1
        self.update()

    def paint(self, painter: QPainter) -> None:
        for i, stem in enumerate(self._stems):
            row = QRectF(0, i * px(_ROW), self.width(), px(_ROW))
            if i == self._at:
                draw_box(painter, row, ground="sel")
            middle = row.center().y()
            _draw_verdict(painter, QPointF(px(12), middle), stem.verdict, stem.style.colour)
            draw_text(painter, row.adjusted(px(26), 0, 0, 0), clock(stem.at_s), weight=theme.HEAD)
            draw_swatch(painter, px(78), middle, stem.style, 9)
            draw_text(painter, row.adjusted(px(92), 0, -px(120), 0), stem.style.name, weight=theme.HEAD)
            role = {Verdict.FOUND: "muted", Verdict.MISSED: "warn", Verdict.FALSE_ALARM: "err"}[stem.verdict]
            words = row.adjusted(px(150), 0, -px(44), 0)
            draw_text(painter, words, verdict_text(stem.verdict), role=role, size=theme.CAPTION)
            draw_text(painter, row.adjusted(0, 0, -INSET, 0), f"{stem.score:.2f}", weight=theme.TITLE, align=RIGHT)
        if self.hasFocus():
            draw_focus(painter, QRectF(0, max(self._at, 0) * px(_ROW), self.width(), px(_ROW)))

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        if self._at < 0 and self._stems and event.reason() in KEY_FOCUS:
            self._choose(0)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose(int(event.position().y() // px(_ROW)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._choose(self._at + (1 if event.key() == Qt.Key.Key_Down else -1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._stems):
            self._at = place
            stem = self._stems[place]
            self.describe(f"{stem.label}, {verdict_text(stem.verdict)}, {clock(stem.at_s)}, {stem.score:.2f}")
            self.update()
            self.chosen.emit(stem)
