"""A figure of training over its epochs: training and validation, and the epoch whose weights are kept."""

import itertools
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    RIGHT,
    Painted,
    draw_curve,
    draw_dashes,
    draw_dot,
    draw_text,
    line_height,
    px,
    text_width,
)
from studio.ui.widgets.ticks import multiples, nice_step, number_text


class TrainingCurves(Painted):
    """One figure: loss, or accuracy as a share. Grows while training runs. Under the mouse, an epoch's values."""

    def __init__(self, title: str, parent: QWidget | None = None, *, percent: bool = False) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.title, self.percent = title, percent
        self._train: list[float] = []
        self._validation: list[float] = []
        self._best: int | None = None
        self._epochs = 1
        self._under: int | None = None
        self.setMouseTracking(True)
        self.restyle()

    def set_title(self, title: str) -> None:
        self.title = title
        self.setAccessibleName(title)
        self.update()

    def restyle(self) -> None:
        self.setMinimumSize(px(220), px(140))

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(380))

    def show_epochs(
        self, train: Sequence[float], validation: Sequence[float], *, epochs: int, best: int | None = None
    ) -> None:
        """train, validation: a value an epoch so far, from epoch 1; epochs: planned; best: kept epoch, from 1."""
        self._train, self._validation, self._best = list(train), list(validation), best
        self._epochs = max(epochs, len(self._train), 1)
        if self._validation:
            self.describe(
                gettext("Epoch {epoch} of {epochs}: training {train}, validation {validation}").format(
                    epoch=len(self._train),
                    epochs=self._epochs,
                    train=self._figure(self._train[-1]) if self._train else "–",
                    validation=self._figure(self._validation[-1]),
                )
            )
        self.update()

    def plot(self) -> QRect:
        left = text_width(theme.font(theme.CAPTION), "100 %") + px(8)
        top = px(32)
        return QRect(left, top, max(self.width() - left - px(8), 1), max(self.height() - top - px(26), 1))

    def paint(self, painter: QPainter) -> None:
        plot = self.plot()
        self._paint_legend(painter)
        self._paint_axes(painter, plot)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._best is not None:
            self._paint_best(painter, plot, self._best)
        for values, colour, width in ((self._train, "neutral", 1.6), (self._validation, "accent", 2.2)):
            points = [self.point(i + 1, value) for i, value in enumerate(values)]
            xs, ys = np.array([p.x() for p in points]), np.array([p.y() for p in points])
            draw_curve(painter, xs, ys, QPen(theme.current().role(colour), width))
        if self._validation:
            last = self.point(len(self._validation), self._validation[-1])
            draw_dot(painter, last, 2.5, "accent")
        if self._best is not None and self._best <= len(self._validation):
            draw_dot(painter, self.point(self._best, self._validation[self._best - 1]), 4.5, "surface", edge="accent")
        if self._under is not None:
            x = self.point(self._under, 0).x()
            painter.setPen(QPen(theme.current().tint("text", 0.4), 1))
            painter.drawLine(QPointF(round(x) + 0.5, plot.top()), QPointF(round(x) + 0.5, plot.bottom()))

    def point(self, epoch: int, value: float) -> QPointF:
        """Where a value of an epoch (from 1) is drawn."""
        plot, (low, high) = self.plot(), self._range()
        x = plot.left() + (epoch - 1) / max(self._epochs - 1, 1) * plot.width()
        share = (value - low) / max(high - low, 1e-12)
        return QPointF(x, plot.bottom() + 1 - min(max(share, 0.0), 1.0) * plot.height())

    def _paint_legend(self, painter: QPainter) -> None:
        height = px(22)
        title = draw_text(painter, QRectF(0, 0, self.width(), height), self.title, weight=theme.TITLE)
        rows = [(gettext("validation"), self._at(self._validation), "accent")] if self._validation else []
        rows.append((gettext("training"), self._at(self._train), "neutral"))
        bold, plain = theme.font(theme.CAPTION, theme.TITLE), theme.font(theme.CAPTION)
        stroke = px(20)
        names = sum(text_width(plain, name) + 2 + stroke for name, _figure, _colour in rows) + px(12) * (len(rows) - 1)
        figures = sum(text_width(bold, figure) + 2 + px(6) for _name, figure, _colour in rows)
        room = self.width() - title - px(12)
        x = float(self.width())
        for name, figure, colour in rows:
            if names + figures <= room:  # else the names are worth more than the figures, which are read off the curve
                width = text_width(bold, figure) + 2
                draw_text(painter, QRectF(x - width, 0, width, height), figure, size=theme.CAPTION, weight=theme.TITLE)
                x -= width + px(6)
            width = text_width(plain, name) + 2
            draw_text(painter, QRectF(x - width, 0, width, height), name, role="muted", size=theme.CAPTION)
            painter.fillRect(QRectF(x - width - stroke, height / 2 - 1, px(14), 2), theme.current().role(colour))
            x -= width + stroke + px(12)

    def _at(self, values: Sequence[float]) -> str:
        """The figure of the epoch under the mouse, else of the last."""
        place = len(values) if self._under is None else self._under
        return self._figure(values[place - 1]) if 1 <= place <= len(values) else "–"

    def _paint_axes(self, painter: QPainter, plot: QRect) -> None:
        low, high = self._range()
        caption = line_height(theme.font(theme.CAPTION))
        step = nice_step(high - low, max(plot.height() // px(60), 2))
        for value in multiples(low, high, step):
            y = round(self.point(1, value).y()) + 0.5
            painter.setPen(QPen(theme.current().tint("text", 0.08), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            text = f"{value * 100:.0f} %" if self.percent else number_text(value, step)
            rect = QRectF(0, y - caption / 2, plot.left() - px(8), caption)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=RIGHT)
        every = max(round(nice_step(self._epochs, max(plot.width() // px(56), 1))), 1)
        for epoch in sorted({1, *range(every, self._epochs + 1, every)}):
            text = str(epoch)
            width = text_width(theme.font(theme.CAPTION), text) + 2
            left = min(max(self.point(epoch, 0).x() - width / 2, plot.left() - width / 2), self.width() - width)
            rect = QRectF(left, plot.bottom() + px(5), width, caption)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=CENTRE)

    def _paint_best(self, painter: QPainter, plot: QRect, best: int) -> None:
        x = round(self.point(best, 0).x()) + 0.5
        draw_dashes(painter, QPointF(x, plot.top()), QPointF(x, plot.bottom()), theme.current().role("muted"))
        text = gettext("best, epoch {epoch}").format(epoch=best)
        width = text_width(theme.font(theme.CAPTION, theme.HEAD), text) + 2
        high = px(18)
        left = x + px(7) if x + px(7) + width <= plot.right() else x - px(7) - width
        tops = [plot.top() + px(6) + n * (plot.height() - high - px(12)) / 6 for n in range(7)]
        rect = min((QRectF(left, top, width, high) for top in tops), key=self._crossings)
        draw_text(painter, rect, text, size=theme.CAPTION, weight=theme.HEAD)

    def _crossings(self, rect: QRectF) -> int:
        """How many steps of the curves go through a place for words."""
        count = 0
        for values in (self._train, self._validation):
            points = [self.point(n, value) for n, value in enumerate(values, 1)]
            for one, other in itertools.pairwise(points):
                step = QRectF(one, other).normalized().adjusted(-2, -2, 2, 2)
                count += step.intersects(rect)
        return count

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self.plot()
        epoch = round((event.position().x() - plot.left()) / plot.width() * (self._epochs - 1)) + 1
        self._point_at(epoch if 1 <= epoch <= len(self._train) else None)

    def leaveEvent(self, _event: object) -> None:
        self._point_at(None)

    def _point_at(self, epoch: int | None) -> None:
        if epoch != self._under:
            self._under = epoch
            self.update()

    def _range(self) -> tuple[float, float]:
        if self.percent:
            return 0.0, 1.0
        highest = max([*self._train, *self._validation], default=1.0)
        step = nice_step(max(highest, 1e-6), 4)
        return 0.0, step * -(-highest // step) if highest > 0 else 1.0

    def _figure(self, value: float) -> str:
        return f"{value * 100:.1f} %" if self.percent else f"{value:.3f}"
