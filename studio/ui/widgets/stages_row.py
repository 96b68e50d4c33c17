"""The stages from samples to scores, a tick each; where board and host part, the row opens."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    Painted,
    dashed,
    draw_box,
    draw_cross,
    draw_dot,
    draw_focus,
    draw_text,
    draw_tick,
    line_height,
    px,
)

_MARK = 36
_INSET = 8  # px at both ends, for the focus ring


class StageState(enum.Enum):
    WAITING = "not compared yet"
    EQUAL = "equal"
    PARTED = "parts here"
    FOLLOWS = "follows from it"


@dataclass(frozen=True)
class StageMark:
    """detail: what the stage is of, such as `1,960 int8`; shown while it is equal."""

    name: str
    detail: str
    state: StageState


class StagesRow(Painted):
    """`summary` and `detail`, at the right, count equal windows. A click on the parted stage, or Enter, opens it."""

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Stages"))
        self._stages: list[StageMark] = []
        self._summary, self._detail = "", ""
        self.restyle()

    def restyle(self) -> None:
        self.setMinimumHeight(px(72))

    def sizeHint(self) -> QSize:
        return QSize(px(900), px(92))

    def show_stages(self, stages: Sequence[StageMark], summary: str = "", detail: str = "") -> None:
        if (list(stages), summary, detail) == (self._stages, self._summary, self._detail):
            return
        self._stages, self._summary, self._detail = list(stages), summary, detail
        words = [f"{stage.name}: {gettext(stage.state.value)}" for stage in stages]
        self.describe("; ".join([*words, summary]))
        self.update()

    @property
    def parted(self) -> int | None:
        """Which stage parts."""
        return next((i for i, stage in enumerate(self._stages) if stage.state is StageState.PARTED), None)

    def mark_x(self, index: int) -> float:
        """The middle of a stage's mark: where the opened panel points."""
        return _INSET + index * self._pitch() + _MARK / 2

    def paint(self, painter: QPainter) -> None:
        middle = self.height() / 2
        for i, stage in enumerate(self._stages):
            self._paint_stage(painter, i, stage, middle)
        width = px(280)
        right = QRectF(self.width() - width - _INSET, 0, width, self.height())
        height = line_height(theme.font(theme.SECTION))
        upper = QRectF(right.left(), middle - height - 1, width, height)
        lower = QRectF(right.left(), middle + 3, width, height)
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        draw_text(painter, upper, self._summary, size=theme.SECTION, weight=theme.VALUE, align=align)
        role = "muted" if self.parted is None else "err"
        draw_text(painter, lower, self._detail, role=role, size=theme.CAPTION, align=align)
        if self.hasFocus():
            draw_focus(painter, self.rect())

    def _paint_stage(self, painter: QPainter, index: int, stage: StageMark, middle: float) -> None:
        centre = QPointF(self.mark_x(index), middle)
        equal, parted = stage.state is StageState.EQUAL, stage.state is StageState.PARTED
        if equal:
            draw_dot(painter, centre, _MARK / 2, "ok_ground")
            draw_tick(painter, centre, 15, "ok", 2)
        elif parted:
            draw_dot(painter, centre, _MARK / 2, "err")
            draw_cross(painter, centre, 10, "surface", 2)
        else:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(dashed(theme.current().role("line2"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, _MARK / 2 - 1, _MARK / 2 - 1)
            painter.restore()
        left = centre.x() + _MARK / 2 + px(10)
        room = self._pitch() - _MARK - px(10)
        height = line_height(theme.font(theme.SECTION))
        role = "err" if parted else "text" if equal else "muted"
        name = QRectF(left, middle - height - 1, room - px(8), height)
        width = draw_text(painter, name, stage.name, role=role, size=theme.SECTION, weight=theme.VALUE)
        says = stage.detail if equal else gettext(stage.state.value)
        below = QRectF(left, middle + 3, room - px(4), line_height(theme.font(theme.CAPTION)))
        weight = theme.TITLE if parted else theme.TEXT
        draw_text(painter, below, says, role="err" if parted else "muted", size=theme.CAPTION, weight=weight)
        if index + 1 < len(self._stages):
            following = self._stages[index + 1].state
            start, end = left + width + px(12), self.mark_x(index + 1) - _MARK / 2 - px(8)
            painter.setPen(
                QPen(theme.current().role("ok" if equal and following is StageState.EQUAL else "line2"), 1.5)
            )
            if end - start > 6:
                painter.drawLine(QPointF(start, middle - height / 2 + 4), QPointF(end, middle - height / 2 + 4))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.parted
        if at is not None and abs(event.position().x() - self.mark_x(at) - self._pitch() / 3) < self._pitch() / 2:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.parted is not None:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def _pitch(self) -> float:
        """From one mark to the next."""
        room = self.width() - px(290) - 2 * _INSET
        return max(min(room / max(len(self._stages), 1), px(185)), px(96))


@dataclass(frozen=True)
class FirstDifference:
    """What the opened row shows. where: such as `frame 0, band 1`; meaning: each value in its unit, or empty.

    board, host: None where no value is known, as when samples were lost on the way.
    """

    title: str
    sentence: str
    where: str
    index: int
    board: int | None
    host: int | None
    board_meaning: str
    host_meaning: str
    cause: str
    remedy: str


class DifferencePanel(Painted):
    """The first value that differs, both values, the likely cause and what to do. Its page puts buttons at the foot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: FirstDifference | None = None
        self._points_at = 0.0
        self.restyle()

    def restyle(self) -> None:
        self.setMinimumHeight(px(220))

    def sizeHint(self) -> QSize:
        return QSize(px(900), px(230))

    def show_difference(self, difference: FirstDifference, points_at: float) -> None:
        """points_at: where along its width the parted stage is, above."""
        self._shown, self._points_at = difference, points_at
        self.setAccessibleName(difference.title)
        says = gettext("{sentence} {where}: board {board}, host {host}. {cause} {remedy}")
        if difference.board is None:
            says = "{sentence} {cause} {remedy}"
        self.describe(says.format(**vars(difference)))
        self.update()

    def paint(self, painter: QPainter) -> None:
        shown = self._shown
        if shown is None:
            return
        top = 10.0
        box = QRectF(1, top, self.width() - 2, self.height() - top - 2)
        draw_box(painter, box, ground="surface", edge="err", radius=theme.CARD_RADIUS, width=1.5)
        x = self._points_at
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.current().role("surface"))
        painter.setPen(QPen(theme.current().role("err"), 1.5))
        painter.drawPolyline(QPolygonF([QPointF(x - 9, top + 1), QPointF(x, top - 8), QPointF(x + 9, top + 1)]))
        painter.fillRect(QRectF(x - 8, top - 0.2, 16, 3), theme.current().role("surface"))
        left, line = box.left() + 20, px(20)
        draw_text(
            painter, QRectF(left, box.top() + 12, box.width() - 60, line), shown.title, size=theme.SECTION, weight=600
        )
        draw_text(
            painter,
            QRectF(left, box.top() + 12 + px(24), box.width() - 40, line),
            shown.sentence,
            role="muted",
            size=theme.CAPTION,
        )
        third = (box.width() - 40) / 3
        head = box.top() + px(70)
        self._paint_values(painter, QRectF(left, head, third * 1.25, box.bottom() - head - 16), shown)
        for i, (name, text) in enumerate(
            ((gettext("Likely cause"), shown.cause), (gettext("What to do"), shown.remedy))
        ):
            column = QRectF(
                left + third * 1.3 + i * third * 0.85 + 24, head, third * 0.85 - 36, box.bottom() - head - 16
            )
            painter.setPen(QPen(theme.current().role("line"), 1))
            painter.drawLine(QPointF(column.left() - 24, head), QPointF(column.left() - 24, box.bottom() - 16))
            draw_text(
                painter,
                QRectF(column.left(), head, column.width(), line),
                name,
                role="muted",
                size=theme.CAPTION,
                weight=theme.HEAD,
            )
            painter.setFont(theme.font(theme.CAPTION))
            painter.setPen(theme.current().role("text"))
            wrapped = column.adjusted(0, line + 2, 0, 0)
            painter.drawText(wrapped, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, text)

    def _paint_values(self, painter: QPainter, area: QRectF, shown: FirstDifference) -> None:
        line = px(20)
        if shown.board is None or shown.host is None:
            unknown = gettext("No value is known: there is nothing to lay beside the board's.")
            draw_text(painter, QRectF(area.left(), area.top(), area.width(), line), unknown, size=theme.CAPTION)
            return
        draw_text(
            painter,
            QRectF(area.left(), area.top(), area.width(), line),
            gettext("First value that differs"),
            role="muted",
            size=theme.CAPTION,
            weight=theme.HEAD,
        )
        where = QRectF(area.left(), area.top() + line, area.width(), line)
        width = draw_text(painter, where, shown.where, size=theme.CAPTION, weight=theme.TITLE)
        if shown.where:
            where.setLeft(where.left() + width + px(8))
        draw_text(
            painter, where, gettext("index {index}").format(index=f"{shown.index:,}"), role="muted", size=theme.CAPTION
        )
        tile_width = (area.width() - 2 * 12) / 3
        tiles = (
            (gettext("Board"), shown.board, shown.board_meaning, "err_ground", "err", ""),
            (gettext("Host"), shown.host, shown.host_meaning, "bg", "text", ""),
            (gettext("Off by"), shown.board - shown.host, "", "bg", "muted", "+"),
        )
        for i, (name, value, meaning, ground, ink, plus) in enumerate(tiles):
            tile = QRectF(area.left() + i * (tile_width + 12), area.top() + 2 * line + 6, tile_width, px(76))
            draw_box(painter, tile, ground=ground, radius=theme.RADIUS)
            inner = tile.adjusted(12, 6, -8, -6)
            draw_text(
                painter,
                QRectF(inner.left(), inner.top(), inner.width(), px(18)),
                name,
                role="muted",
                size=theme.CAPTION,
            )
            text = f"{value:,}".replace("-", "\N{MINUS SIGN}") if value <= 0 else plus + f"{value:,}"
            figure = QRectF(inner.left(), inner.top() + px(18), inner.width(), px(26))
            draw_text(painter, figure, text, role=ink, size=theme.PAGE, weight=theme.TITLE)
            foot = QRectF(inner.left(), inner.bottom() - px(18), inner.width(), px(18))
            draw_text(painter, foot, meaning, role="muted", size=theme.CAPTION)

    def cause_bottom(self) -> int:
        """Buttons of the page stand at or below this line, in the last column."""
        return self.height() - px(56)
