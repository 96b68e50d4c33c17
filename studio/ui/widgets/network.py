"""A network as a column of blocks: what each puts out, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext, mark
from studio.ui import theme
from studio.ui.widgets.painted import KEY_FOCUS, RIGHT, Painted, draw_box, draw_focus, draw_text, line_height, px
from studio.ui.widgets.ticks import short_count

if TYPE_CHECKING:
    from studio.model.operators import Planned
    from studio.model.plan import Plan

INSET = 8  # px at both ends, so that a chosen row has room around its text; a layout lets it stand out by so much
_COLUMN = 62  # px of weights, and of MACs
_BAR = 14


@dataclass(frozen=True)
class NetworkBlock:
    """shape: of its output; bytes: of its output; weights and macs: 0 for a block without."""

    name: str
    shape: tuple[int, ...]
    bytes: int
    weights: int = 0
    macs: int = 0


class NetworkDiagram(Painted):
    """Bars are as tall as the output is large. Arrows and clicks choose a block: `chosen(index)`."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Network"))
        self._blocks: list[NetworkBlock] = []
        self._foot = ""
        self._current = -1

    def show_blocks(self, blocks: Sequence[NetworkBlock], foot: str = "") -> None:
        """foot: a sentence under the total."""
        self._blocks, self._foot, self._current = list(blocks), foot, -1
        self.describe(
            gettext("{count} blocks, {weights} weights, {macs} multiply-adds").format(
                count=len(blocks),
                weights=short_count(sum(b.weights for b in blocks)),
                macs=short_count(sum(b.macs for b in blocks)),
            )
        )
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(372), px(28) + px(49) * max(len(self._blocks), 1) + px(52))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(260), px(28) + px(38) * max(len(self._blocks), 1) + px(52))

    def row_rect(self, index: int) -> QRectF:
        room = self.height() - px(28) - px(52)
        height = min(room / max(len(self._blocks), 1), px(56))
        return QRectF(0, px(28) + index * height, self.width(), height)

    def paint(self, painter: QPainter) -> None:
        head = QRectF(0, 0, self.width(), px(26))
        self._paint_figures(painter, head, gettext("Weights"), gettext("MACs"), role="muted", weight=theme.HEAD)
        left = self._text_left()
        draw_text(
            painter, head.adjusted(left, 0, 0, 0), gettext("Block"), role="muted", size=theme.CAPTION, weight=theme.HEAD
        )
        painter.setPen(QPen(theme.current().role("line"), 1))
        painter.drawLine(QPointF(INSET, px(27) + 0.5), QPointF(self.width() - INSET, px(27) + 0.5))
        if not self._blocks:
            return
        painter.setPen(QPen(theme.current().role("line2"), 2))
        x = INSET + px(_BAR) / 2
        last = self.row_rect(len(self._blocks) - 1).center().y()
        painter.drawLine(QPointF(x, self.row_rect(0).center().y()), QPointF(x, last))
        largest = max(block.bytes for block in self._blocks)
        for i, block in enumerate(self._blocks):
            self._paint_block(painter, i, block, largest)
        bottom = self.row_rect(len(self._blocks) - 1).bottom() + 4
        painter.setPen(QPen(theme.current().role("line"), 1))
        painter.drawLine(QPointF(INSET, round(bottom) + 0.5), QPointF(self.width() - INSET, round(bottom) + 0.5))
        total = QRectF(0, bottom + 4, self.width(), px(24))
        draw_text(painter, total.adjusted(left, 0, 0, 0), gettext("Total"), weight=theme.TITLE)
        weights, macs = sum(b.weights for b in self._blocks), sum(b.macs for b in self._blocks)
        self._paint_figures(
            painter, total, short_count(weights), short_count(macs), weight=theme.TITLE, size=theme.BODY
        )
        foot = total.translated(left, px(20)).adjusted(0, 0, -left, 0)
        draw_text(painter, foot, self._foot, role="muted", size=theme.CAPTION)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._current < 0 and self._blocks and event.reason() in KEY_FOCUS:
            self._current = 0
        self.update()

    def _paint_block(self, painter: QPainter, index: int, block: NetworkBlock, largest: int) -> None:
        row = self.row_rect(index)
        if index == self._current:
            draw_box(painter, row, ground="sel")
            if self.hasFocus():
                draw_focus(painter, row)
        tall = max(px(6), sqrt(block.bytes / largest) * min(px(26), row.height() - 6)) if largest else px(6)
        bar = QRectF(INSET, row.center().y() - tall / 2, px(_BAR), tall)
        draw_box(painter, bar, ground="accent" if block.weights else "neutral", radius=min(3.0, tall / 2))
        line = line_height(theme.font(theme.BODY))
        left = self._text_left()
        text = QRectF(left, row.center().y() - line, row.width() - left - px(2 * _COLUMN - 12) - INSET, line)
        draw_text(painter, text, block.name, weight=theme.HEAD)
        shape = " × ".join(f"{size:,}" for size in block.shape)
        detail = gettext("{shape} · {bytes} bytes").format(shape=shape, bytes=f"{block.bytes:,}")
        draw_text(painter, text.translated(0, line), detail, role="muted", size=theme.CAPTION)
        weights, macs = (short_count(v) if v else "–" for v in (block.weights, block.macs))
        self._paint_figures(painter, row, weights, macs)

    def _paint_figures(
        self,
        painter: QPainter,
        row: QRectF,
        weights: str,
        macs: str,
        *,
        role: str = "text",
        weight: int = theme.TEXT,
        size: int = theme.CAPTION,
    ) -> None:
        column = px(_COLUMN)
        second = QRectF(row.right() - INSET - column, row.top(), column, row.height())
        for rect, text in ((second.translated(-column, 0), weights), (second, macs)):
            draw_text(painter, rect, text, role="muted" if text == "–" else role, weight=weight, size=size, align=RIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = next((i for i in range(len(self._blocks)) if self.row_rect(i).contains(event.position())), None)
        if at is not None:
            self._choose(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._blocks:
            way = 1 if event.key() == Qt.Key.Key_Down else -1
            self._choose(min(max(self._current + way, 0), len(self._blocks) - 1))
        else:
            super().keyPressEvent(event)

    @staticmethod
    def _text_left() -> int:
        return INSET + px(_BAR) + px(10)

    def _choose(self, index: int) -> None:
        self._current = index
        block = self._blocks[index]
        self.describe(f"{block.name}: {' × '.join(map(str, block.shape))}, {block.bytes:,} B")
        self.update()
        self.chosen.emit(index)


_NAMES = {
    "CONV_2D": mark("Convolution"),
    "DEPTHWISE_CONV_2D": mark("Depthwise convolution"),
    "FULLY_CONNECTED": mark("Fully connected"),
    "AVERAGE_POOL_2D": mark("Average pool"),
    "MAX_POOL_2D": mark("Max pool"),
    "MEAN": mark("Mean"),
    "SOFTMAX": mark("Softmax"),
    "ADD": mark("Add"),
    "TRANSPOSE": mark("Transpose"),
    "PAD": mark("Pad"),
}


def network_of(plan: "Plan") -> list[NetworkBlock]:
    """A plan's operators as blocks; a depthwise and the 1 × 1 convolution after it are one separable block."""
    blocks = [NetworkBlock(gettext("Input"), _shown(plan.input.shape[1:]), plan.input.bytes)]
    separable = 0
    operators = list(plan.operators)
    while operators:
        first = operators.pop(0)
        weights, macs, name = _weights(first), first.macs, gettext(_NAMES.get(first.name, first.name))
        out = first.out_shape
        if first.name == "DEPTHWISE_CONV_2D" and operators and _is_pointwise(operators[0]):
            second = operators.pop(0)
            separable += 1
            name = gettext("Separable block {number}").format(number=separable)
            weights, macs, out = weights + _weights(second), macs + second.macs, second.out_shape
        elif first.name in ("CONV_2D", "DEPTHWISE_CONV_2D") and first.filter != (1, 1):
            name += f" {first.filter[0]} × {first.filter[1]}"
        if first.stride != (1, 1) and first.name != "FULLY_CONNECTED":
            name += gettext(", stride {stride}").format(stride=max(first.stride))
        size = out[0] * out[1] * out[2]
        blocks.append(NetworkBlock(name, _shown(out), size, weights, macs))
    return blocks


def _shown(shape: Sequence[int]) -> tuple[int, ...]:
    """Without the ones before."""
    shape = tuple(shape)
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    return shape


def _is_pointwise(operator: "Planned") -> bool:
    return operator.name == "CONV_2D" and operator.filter == (1, 1)


def _weights(operator: "Planned") -> int:
    """Weights and biases."""
    (height, width, channels), outputs = operator.in_shape, operator.out_shape[2]
    area = operator.filter[0] * operator.filter[1]
    if operator.name == "CONV_2D":
        return area * channels * outputs + outputs
    if operator.name == "DEPTHWISE_CONV_2D":
        return area * outputs + outputs
    if operator.name == "FULLY_CONNECTED":
        return height * width * channels * outputs + outputs
    return 0
