"""Parts of Rehearsal: what the shapes say, a few thresholds side by side, and what to listen to."""

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.widgets.painted import (
    KEY_FOCUS,
    RIGHT,
    Painted,
    draw_box,
    draw_dot,
    draw_focus,
    draw_swatch,
    draw_text,
    px,
)
from studio.ui.widgets.rehearsal_timeline import Stem, Verdict, clock, draw_triangle, verdict_text

_ROW = 32


class Legend(Painted):
    """What the shapes say."""

    def sizeHint(self) -> QSize:
        return QSize(px(250), px(20))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paint(self, painter: QPainter) -> None:
        x, y = 6.0, self.height() / 2
        for verdict in Verdict:
            _draw_verdict(painter, QPointF(x, y), verdict, "accent")
            text = verdict_text(verdict)
            x += 12 + draw_text(painter, QRectF(x + 10, 0, px(90), self.height()), text, role="muted") + px(18)


def _draw_verdict(painter: QPainter, centre: QPointF, verdict: Verdict, colour: Any) -> None:
    if verdict is Verdict.FOUND:
        draw_dot(painter, centre, 4.5, colour)
    elif verdict is Verdict.MISSED:
        draw_dot(painter, centre, 4.5, "surface", edge="warn")
    else:
        draw_triangle(painter, centre, 5.5)


class ThresholdTable(Painted):
    """A few thresholds beside each other; the column nearest the slider's is marked."""

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
        nearest = min(range(len(self._rows)), key=lambda i: abs(self._rows[i][0] - self._now))
        draw_box(painter, QRectF(names + nearest * column, 0, column, px(72)), ground="sel", radius=4)
        heads = (_("threshold"), _("false alarms per hour"), _("missed of {count}").format(count=self._present))
        for i, head in enumerate(heads):
            draw_text(painter, QRectF(0, i * line, names, line), head, role="muted", size=theme.CAPTION)
        for i, (at, alarms, missed) in enumerate(self._rows):
            for j, text in enumerate((f"{at:.2f}", f"{alarms:.1f}", f"{missed}")):
                cell = QRectF(names + i * column, j * line, column - px(10), line)
                strong = theme.TITLE if i == nearest else theme.TEXT
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
            _draw_verdict(painter, QPointF(12, middle), stem.verdict, stem.style.colour)
            draw_text(painter, row.adjusted(26, 0, 0, 0), clock(stem.at_s), weight=theme.HEAD)
            draw_swatch(painter, px(78), middle, stem.style, 9)
            draw_text(painter, row.adjusted(px(92), 0, -px(120), 0), stem.style.name, weight=theme.HEAD)
            role = {Verdict.FOUND: "muted", Verdict.MISSED: "warn", Verdict.FALSE_ALARM: "err"}[stem.verdict]
            words = row.adjusted(px(150), 0, -px(44), 0)
            draw_text(painter, words, verdict_text(stem.verdict), role=role, size=theme.CAPTION)
            draw_text(painter, row.adjusted(0, 0, -8, 0), f"{stem.score:.2f}", weight=theme.TITLE, align=RIGHT)
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
