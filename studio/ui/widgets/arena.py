"""The arena: each tensor a block, as wide as it lives and as tall as it is large, and the bound none goes below."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext, mark
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    RIGHT,
    Painted,
    draw_box,
    draw_dashes,
    draw_focus,
    draw_text,
    line_height,
    px,
    text_width,
)
from studio.ui.widgets.ticks import multiples, nice_step, number_text

if TYPE_CHECKING:
    from studio.model.operators import Planned
    from studio.model.plan import Plan


KB = 1024  # bytes, as wherever a board's memory is told


@dataclass(frozen=True)
class ArenaTensor:
    """at, bytes: its place. first, last: the operators between which it lives. detail: a sentence for the foot."""

    name: str
    detail: str
    at: int
    bytes: int
    first: int
    last: int


@dataclass(frozen=True)
class ArenaPicture:
    """steps: the operators' short names, in order. bound_bytes: what no placement goes below."""

    tensors: tuple[ArenaTensor, ...]
    steps: tuple[str, ...]
    arena_bytes: int
    bound_bytes: int


class ArenaView(Painted):
    """Clicks and arrows choose a tensor, which the foot then tells of."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Arena"))
        self._picture: ArenaPicture | None = None
        self._current = -1
        self.restyle()

    def restyle(self) -> None:
        self.setMinimumSize(px(240), px(180))

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(180))

    def show_arena(self, picture: ArenaPicture | None) -> None:
        self._picture, self._current = picture, -1
        if picture is not None:
            self.describe(
                gettext("{bytes} bytes; no placement goes below {bound}").format(
                    bytes=f"{picture.arena_bytes:,}", bound=f"{picture.bound_bytes:,}"
                )
            )
        self.update()

    def plot(self) -> QRect:
        left = text_width(theme.font(theme.CAPTION), "000 kB") + px(8)
        return QRect(left, px(20), max(self.width() - left - 2, 1), max(self.height() - px(20) - px(48), 1))

    def tensor_rect(self, index: int) -> QRectF:
        if self._picture is None:
            return QRectF()
        tensor, plot = self._picture.tensors[index], self.plot()
        column = plot.width() / max(len(self._picture.steps), 1)
        top, bottom = self._y_of(tensor.at + tensor.bytes), self._y_of(tensor.at)
        left = plot.left() + tensor.first * column
        width = (min(tensor.last, len(self._picture.steps) - 1) - tensor.first + 1) * column
        return QRectF(left + 0.75, top + 0.75, max(width - 1.5, 1), max(bottom - top - 1.5, 1.5))

    def paint(self, painter: QPainter) -> None:
        if self._picture is None:
            return
        plot, picture = self.plot(), self._picture
        self._paint_axes(painter, plot, picture)
        for i, tensor in enumerate(picture.tensors):
            self._paint_tensor(painter, i, tensor)
        y = round(self._y_of(picture.bound_bytes)) + 0.5
        draw_dashes(painter, QPointF(plot.left(), y), QPointF(plot.right(), y), theme.current().role("text"))
        text = gettext("lower bound {bytes}").format(bytes=f"{picture.bound_bytes:,}")
        height = line_height(theme.font(theme.CAPTION))
        where = QRectF(plot.left(), y - height - 2, plot.width(), height)
        draw_text(painter, where, text, size=theme.CAPTION, weight=theme.HEAD, align=RIGHT)
        foot = QRectF(0, self.height() - px(20), self.width(), px(20))
        says = (
            picture.tensors[self._current].detail
            if self._current >= 0
            else gettext("Choose a block to see what it is.")
        )
        draw_text(painter, foot, says, role="muted", size=theme.CAPTION)
        if self.hasFocus():
            chosen = self.tensor_rect(self._current).adjusted(-3, -3, 3, 3) if self._current >= 0 else QRectF(plot)
            draw_focus(painter, chosen, 5)

    def _paint_tensor(self, painter: QPainter, index: int, tensor: ArenaTensor) -> None:
        rect, at = self.tensor_rect(index), theme.current()
        current = index == self._current
        ground = at.tint("accent", 0.34 if current else 0.20)
        draw_box(painter, rect, ground="surface", radius=3)
        edge = at.role("accent") if current else at.tint("accent", 0.55)
        draw_box(painter, rect, ground=ground, edge=edge, radius=3, width=2 if current else 1)
        font = theme.font(theme.CAPTION, theme.TITLE)
        room = ((name, part) for name in (tensor.name, _initial(tensor.name)) for part in self._uncovered(index, rect))
        fitting = next(
            (
                (name, part)
                for name, part in room
                if text_width(font, name) + 4 <= part.width() and line_height(font) <= part.height()
            ),
            None,
        )
        if fitting is not None:
            draw_text(painter, fitting[1], fitting[0], size=theme.CAPTION, weight=theme.TITLE, align=CENTRE)
        elif tensor.first == 0:  # the input is small, and one looks for it
            height = line_height(theme.font(theme.CAPTION))
            above = QRectF(rect.left(), rect.top() - height, px(60), height)
            draw_text(painter, above, tensor.name, role="muted", size=theme.CAPTION)

    def _uncovered(self, index: int, rect: QRectF) -> list[QRectF]:
        """Parts of it that later tensors leave: one that is computed in place lies over what it was computed from."""
        count = 0 if self._picture is None else len(self._picture.tensors)
        later = [other for other in map(self.tensor_rect, range(index + 1, count)) if other.intersects(rect)]
        if not later:
            return [rect]
        below, above, left = QRectF(rect), QRectF(rect), QRectF(rect)
        below.setTop(max(other.bottom() for other in later))
        above.setBottom(min(other.top() for other in later))
        left.setRight(min(other.left() for other in later))
        return [*sorted((below, above), key=QRectF.height, reverse=True), left]

    def _paint_axes(self, painter: QPainter, plot: QRect, picture: ArenaPicture) -> None:
        caption = line_height(theme.font(theme.CAPTION))
        unit, name = (KB, gettext(" kB")) if self._top() >= 4 * KB else (1, gettext(" B"))
        step = nice_step(self._top() / unit, max(plot.height() // px(70), 2))
        for at in multiples(0, self._top() / unit, step):
            y = round(self._y_of(at * unit)) + 0.5
            painter.setPen(QPen(theme.current().tint("text", 0.08), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            rect = QRectF(0, y - caption / 2, plot.left() - px(8), caption)
            text = number_text(at, step) + name if at else "0"
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=RIGHT)
        column = plot.width() / max(len(picture.steps), 1)
        every = max(1, -int(-px(64) // column))
        for i in range(0, len(picture.steps), every):
            rect = QRectF(plot.left() + i * column, plot.bottom() + px(5), column * every - 4, caption)
            draw_text(painter, rect, picture.steps[i], role="muted", size=theme.CAPTION)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._picture is None:
            return
        inside = [i for i in range(len(self._picture.tensors)) if self.tensor_rect(i).contains(event.position())]
        self._choose(inside[0] if inside else -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._picture is not None and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            way = 1 if event.key() == Qt.Key.Key_Right else -1
            self._choose(min(max(self._current + way, 0), len(self._picture.tensors) - 1))
        else:
            super().keyPressEvent(event)

    def _choose(self, index: int) -> None:
        if index != self._current and self._picture is not None:
            self._current = index
            if index >= 0:
                self.describe(self._picture.tensors[index].detail)
            self.update()
            self.chosen.emit(index)

    def _top(self) -> float:
        shown = self._picture
        return 1.0 if shown is None else max(shown.arena_bytes, shown.bound_bytes, 1) * 1.06

    def _y_of(self, at: float) -> float:
        plot = self.plot()
        return plot.bottom() + 1 - at / self._top() * plot.height()


def _initial(name: str) -> str:
    """`d2` for `depth 2`."""
    word, _space, number = name.partition(" ")
    return word[0] + number


_SHORT = {
    "CONV_2D": (mark("conv"), mark("convolution")),
    "DEPTHWISE_CONV_2D": (mark("depth"), mark("depthwise convolution")),
    "FULLY_CONNECTED": (mark("dense"), mark("fully connected")),
    "AVERAGE_POOL_2D": (mark("pool"), mark("average pool")),
    "MAX_POOL_2D": (mark("pool"), mark("max pool")),
    "SOFTMAX": (mark("softmax"), mark("softmax")),
}
_HALVES = (
    (mark("depth {n}"), mark("depthwise half of separable block {n}")),
    (mark("point {n}"), mark("pointwise half of separable block {n}")),
)


def _step_names(operators: "Sequence[Planned]") -> list[tuple[str, str]]:
    """Short and long, so that each is told apart: the halves of a separable block have its number in the network's
    diagram, others are numbered where there are several.
    """
    kinds = [_SHORT.get(operator.name, (operator.name.lower(), operator.name.lower())) for operator in operators]
    names = [(gettext(short), gettext(long)) for short, long in kinds]
    halves: set[int] = set()
    for at, (first, second) in enumerate(itertools.pairwise(operators)):
        if first.name == "DEPTHWISE_CONV_2D" and second.name == "CONV_2D" and second.filter == (1, 1):
            halves |= {at, at + 1}
            block = len(halves) // 2
            numbered = ((gettext(short).format(n=block), gettext(long).format(n=block)) for short, long in _HALVES)
            names[at : at + 2] = numbered
    count = Counter(name for at, name in enumerate(names) if at not in halves)
    seen: Counter[tuple[str, str]] = Counter()
    for at, name in enumerate(names):
        if count[name] > 1:
            seen[name] += 1
            names[at] = (f"{name[0]} {seen[name]}", f"{name[1]} {seen[name]}")
    return names


@dataclass
class _Life:
    name: str
    long: str
    shape: tuple[int, ...]
    at: int
    bytes: int
    first: int
    last: int


def arena_of(plan: "Plan") -> ArenaPicture:
    """A plan's tensors: from the operator that writes each to the last that reads it or a view of it."""
    steps = _step_names(plan.operators)
    lives = [_Life(gettext("input"), gettext("input"), plan.input.shape, plan.input.at, plan.input.bytes, 0, 0)]
    owner = {plan.input.at: lives[0]}  # by place: what was written there last, which a view of it shares
    for step, operator in enumerate(plan.operators):
        for read in (operator.input, operator.other):
            if read is not None and plan.places[read] in owner:
                owner[plan.places[read]].last = step
        height, width, channels = operator.out_shape
        at = plan.places[operator.output]
        owner[at] = _Life(*steps[step], operator.out_shape, at, height * width * channels, step, step)
        lives.append(owner[at])
    owner[plan.output.at].last = len(steps) - 1
    tensors = tuple(_told(life) for life in lives)
    return ArenaPicture(tensors, tuple(short for short, _long in steps), plan.arena_bytes, plan.arena_lower_bound_bytes)


def _told(life: _Life) -> ArenaTensor:
    detail = gettext("{name}: {shape}, {bytes} bytes at {at}, lives from step {first} to {last}").format(
        name=life.long,
        shape=" × ".join(str(n) for n in life.shape if n != 1) or "1",
        bytes=f"{life.bytes:,}",
        at=f"{life.at:,}",
        first=life.first + 1,
        last=life.last + 1,
    )
    return ArenaTensor(life.name, detail, life.at, life.bytes, life.first, life.last)
