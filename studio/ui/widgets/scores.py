"""The scores of the board beside the host's, to be read across a room."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.icons import NORMAL, draw_icon
from studio.ui.widgets.painted import (
    LEFT,
    RIGHT,
    ClassStyle,
    Painted,
    draw_bar,
    draw_swatch,
    draw_text,
    line_height,
    px,
    text_width,
)

Scores = NDArray[np.float64]

_BAR = 13
_LEAST_BAR, _GAP = 60, 28  # px at 100 % of text
_HEAD_TO_ANSWER = 24
_MOST_ROWS = 8  # of more classes the likeliest: the stages below stay in sight


def int8_as_scores(values: NDArray[np.int8]) -> Scores:
    """What a model's int8 softmax stands for: int8 (classes,), scale 1 / 256, zero point -128, as 0..1."""
    return (values.astype(np.float64) + 128) / 256


class ScoresView(Painted):
    """Two halves that mirror each other; the answer of each above its bars. Either may have nothing yet.

    Of many classes the likeliest have a row, and keep it as long as they are among them.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(gettext("Scores of the board and of the host"))
        self._classes: list[ClassStyle] = []
        self._rows: list[int] = []  # the class of each
        self._scores: tuple[Scores | None, Scores | None] = (None, None)
        self._parted = False
        self.restyle()

    def restyle(self) -> None:
        self._name_width = self._measured()
        half = self._name_width + px(44) + px(_LEAST_BAR) + px(8) + px(_GAP)
        self.setMinimumSize(2 * half, px(120) + px(26) * max(self._lines, 1))

    @property
    def _lines(self) -> int:
        """Rows, and one for those that have none."""
        return len(self._rows) + (len(self._rows) < len(self._classes))

    def _measured(self) -> int:
        """Of the longest name with its swatch: none is cut."""
        names = [text_width(theme.font(theme.BODY, theme.TITLE), style.name) for style in self._classes]
        return max([*names, px(60)]) + px(18) + 4

    def sizeHint(self) -> QSize:
        return QSize(px(600), px(150) + px(52) * max(self._lines, 1))

    def set_classes(self, classes: Sequence[ClassStyle]) -> None:
        self._classes = list(classes)
        self._rows = list(range(min(len(self._classes), _MOST_ROWS)))
        self._scores = (None, None)
        self.restyle()
        self.updateGeometry()
        self.update()

    def show_scores(self, board: Scores | None, host: Scores | None, *, parted: bool = False) -> None:
        """board, host: float (classes,), 0..1. parted: they differ in a value, and the board's figure is in red."""
        self._scores, self._parted = (board, host), parted
        self._choose_rows()
        self.describe("; ".join(filter(None, (self._said(gettext("Board"), board), self._said(gettext("Host"), host)))))
        self.update()

    def _choose_rows(self) -> None:
        known = [scores for scores in self._scores if scores is not None and len(scores) == len(self._classes)]
        if not known or len(self._rows) == len(self._classes):
            return
        wanted = np.argsort(-np.max(known, axis=0), kind="stable")[: len(self._rows)].tolist()
        new = [place for place in wanted if place not in self._rows]
        self._rows = [place if place in wanted else new.pop(0) for place in self._rows]

    def paint(self, painter: QPainter) -> None:
        middle = self.width() / 2
        painter.setPen(QPen(theme.current().role("line"), 1))
        painter.drawLine(round(middle), 0, round(middle), self.height())
        gap = px(_GAP)
        self._paint_half(painter, QRectF(0, 0, middle - gap, self.height()), self._scores[0], board=True)
        self._paint_half(painter, QRectF(middle + gap, 0, middle - gap, self.height()), self._scores[1], board=False)

    def _paint_half(self, painter: QPainter, half: QRectF, scores: Scores | None, *, board: bool) -> None:
        name, icon = (gettext("Board"), "devices") if board else (gettext("Host"), "laptop")
        width = text_width(theme.font(theme.BODY, theme.TITLE), name)
        head = px(20)
        size = px(NORMAL)
        left = half.right() - width - size - 8 if board else half.left()
        draw_icon(painter, icon, QRectF(round(left), 0, size, size))
        draw_text(painter, QRectF(left + size + 8, 0, width + 2, head), name, weight=theme.TITLE)
        if scores is not None and len(scores) == len(self._classes):
            answer_height = min(line_height(theme.font(theme.ANSWER, theme.TITLE)), half.height() * 0.28)
            answer = QRectF(half.left(), head + _HEAD_TO_ANSWER / 2, half.width(), answer_height)
            self._paint_answer(painter, answer, scores, board=board)
        top = half.height() * 0.28 + head
        row_height = min((half.height() - top) / max(self._lines, 1), px(56))
        known = scores if scores is not None and len(scores) == len(self._classes) else None
        for line, place in enumerate(self._rows):
            row = QRectF(half.left(), top + line * row_height, half.width(), row_height)
            best = known is not None and place == int(known.argmax())
            value = None if known is None else float(known[place])
            self._paint_row(painter, row, self._classes[place], value, best=best, board=board)
        if self._lines > len(self._rows):
            row = QRectF(half.left(), top + len(self._rows) * row_height, half.width(), row_height)
            self._paint_rest(painter, row, known, board=board)

    def _paint_rest(self, painter: QPainter, row: QRectF, scores: Scores | None, *, board: bool) -> None:
        rest = [place for place in range(len(self._classes)) if place not in self._rows]
        text = gettext("{count} more").format(count=len(rest))
        if scores is not None:
            text = gettext("{count} more, none above {most}").format(count=len(rest), most=f"{scores[rest].max():.2f}")
        draw_text(painter, row, text, role="muted", align=RIGHT if board else LEFT)

    def _paint_answer(self, painter: QPainter, rect: QRectF, scores: Scores, *, board: bool) -> None:
        best = int(scores.argmax())
        size = next(
            (
                s
                for s in (theme.ANSWER, theme.ELAPSED, theme.FIGURE)
                if text_width(theme.font(s, theme.TITLE), self._classes[best].name) < rect.width() * 0.62
                and line_height(theme.font(s, theme.TITLE)) <= rect.height() + px(12)
            ),
            theme.PAGE,
        )
        name = self._classes[best].name
        width = min(text_width(theme.font(size, theme.TITLE), name), rect.width() * 0.62) + 2
        figure, gap = f"{scores[best]:.2f}", px(24)
        role = "err" if self._parted and board else "muted"
        if board:
            draw_text(
                painter, QRectF(rect.right() - width, rect.top(), width, rect.height()), name, size=size, weight=600
            )
            rest = QRectF(rect.left(), rect.top() + px(size) * 0.12, rect.width() - width - gap, rect.height())
            draw_text(painter, rest, figure, role=role, size=theme.FIGURE, align=RIGHT)
        else:
            draw_text(painter, QRectF(rect.left(), rect.top(), width, rect.height()), name, size=size, weight=600)
            rest = QRectF(
                rect.left() + width + gap, rect.top() + px(size) * 0.12, rect.width() - width - gap, rect.height()
            )
            draw_text(painter, rest, figure, role=role, size=theme.FIGURE)

    def _paint_row(
        self, painter: QPainter, row: QRectF, style: ClassStyle, value: float | None, *, best: bool, board: bool
    ) -> None:
        name_width, value_width = self._name_width, px(44)
        weight = theme.TITLE if best else theme.TEXT
        middle = row.center().y()
        bar = QRectF(
            row.left() + value_width, middle - px(_BAR) / 2, row.width() - name_width - value_width - px(8), px(_BAR)
        )
        if board:
            bar.moveLeft(row.left() + name_width + px(8))
            room = name_width - px(18)
            width = min(text_width(theme.font(theme.BODY, weight), style.name), room)
            name = QRectF(row.left() + name_width - width - 2, row.top(), width + 2, row.height())
            draw_swatch(painter, name.left() - px(16), middle, style)
            value_rect, value_align = QRectF(row.right() - value_width, row.top(), value_width, row.height()), RIGHT
        else:
            draw_swatch(painter, row.right() - name_width, middle, style)
            name = QRectF(row.right() - name_width + px(16), row.top(), name_width - px(16), row.height())
            value_rect, value_align = QRectF(row.left(), row.top(), value_width, row.height()), LEFT
        draw_text(painter, name, style.name, weight=weight)
        colour = style.colour
        if not best:
            colour.setAlphaF(0.8)
        draw_bar(painter, bar, 0.0 if value is None else value, colour, from_right=board)
        figure = "–" if value is None else f"{value:.2f}"
        role = "text" if best else "muted"
        draw_text(painter, value_rect, figure, role=role, weight=weight, align=value_align)

    def _said(self, side: str, scores: Scores | None) -> str:
        if scores is None or len(scores) != len(self._classes):
            return ""
        best = int(scores.argmax())
        return gettext("{side}: {label} {score}").format(
            side=side, label=self._classes[best].name, score=f"{scores[best]:.2f}"
        )
