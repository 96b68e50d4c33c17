"""The stages from samples to scores, a tick each. The one at which board and host part asks to be opened."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    LEFT,
    RIGHT,
    Painted,
    dashed,
    draw_cross,
    draw_dot,
    draw_focus,
    draw_text,
    draw_tick,
    line_height,
    px,
    text_width,
)

_MARK = 36  # px at 100 % of text
_INSET = 8  # px at both ends, for the focus ring
_SUMMARY = 280


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
        self._words_width = self._measured()
        self.setMinimumSize(round(2 * _INSET + 5 * self._words_width), px(72))

    def sizeHint(self) -> QSize:
        return QSize(px(900), px(92))

    def height_for(self, width: int, *, low: bool = False) -> int:
        """What it takes where it is so wide: more where the count stands below the stages, or their words do."""
        if self._has_room(width):
            return px(76 if low else 92)
        return px(76 if low else 92) + px(28) + (0 if self._words_beside(width) else px(30))

    def show_stages(self, stages: Sequence[StageMark], summary: str = "", detail: str = "") -> None:
        if (list(stages), summary, detail) == (self._stages, self._summary, self._detail):
            return
        names = [stage.name for stage in self._stages]
        self._stages, self._summary, self._detail = list(stages), summary, detail
        if [stage.name for stage in stages] != names:
            self._words_width = self._measured()
        words = [f"{stage.name}: {gettext(stage.state.value)}" for stage in stages]
        self.describe("; ".join([*words, summary]))
        self.update()

    @property
    def parted(self) -> int | None:
        """Which stage parts."""
        return next((i for i, stage in enumerate(self._stages) if stage.state is StageState.PARTED), None)

    def mark_x(self, index: int) -> float:
        """The middle of a stage's mark: where the opened panel points."""
        return _INSET + index * self._pitch() + px(_MARK) / 2

    def paint(self, painter: QPainter) -> None:
        beside = self._has_room(self.width())
        middle = self.height() / 2 if beside else (self.height() - px(28)) / 2
        if not self._words_beside(self.width()):
            middle = px(14) + px(_MARK) / 2
        for i, stage in enumerate(self._stages):
            self._paint_stage(painter, i, stage, middle)
        height = line_height(theme.font(theme.SECTION))
        upper = QRectF(self.width() - px(_SUMMARY) - _INSET, middle - height - 1, px(_SUMMARY), height)
        lower = upper.translated(0, height + 4)
        if not beside:
            upper = QRectF(_INSET, self.height() - px(32), self.width() - 2 * _INSET, height)
        side = RIGHT if beside else LEFT
        took = draw_text(painter, upper, self._summary, size=theme.SECTION, weight=theme.VALUE, align=side)
        if not beside:
            lower = upper.adjusted(took + px(12), 0, 0, 0)
        role = "muted" if self.parted is None else "err"
        draw_text(painter, lower, self._detail, role=role, size=theme.CAPTION, align=RIGHT)
        if self.hasFocus():
            draw_focus(painter, self.rect())

    def _paint_stage(self, painter: QPainter, index: int, stage: StageMark, middle: float) -> None:
        centre = QPointF(self.mark_x(index), middle)
        equal, parted = stage.state is StageState.EQUAL, stage.state is StageState.PARTED
        if equal:
            draw_dot(painter, centre, px(_MARK) / 2, "ok_ground")
            draw_tick(painter, centre, px(15), "ok", 2)
        elif parted:
            draw_dot(painter, centre, px(_MARK) / 2, "err")
            draw_cross(painter, centre, px(10), "surface", 2)
        else:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(dashed(theme.current().role("line2"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, px(_MARK) / 2 - 1, px(_MARK) / 2 - 1)
            painter.restore()
        height, half = line_height(theme.font(theme.SECTION)), px(_MARK) / 2
        left, top = centre.x() + half + px(10), middle - height - 1
        room = self._pitch() - px(_MARK) - px(18)
        words_beside = self._words_beside(self.width())
        if not words_beside:
            left, top, room = centre.x() - half, middle + half + px(4), self._pitch() - px(8)
        role = "err" if parted else "text" if equal else "muted"
        name = QRectF(left, top, room, height)
        width = draw_text(painter, name, stage.name, role=role, size=theme.SECTION, weight=theme.VALUE)
        says = stage.detail if equal else gettext(stage.state.value)
        below = QRectF(left, top + height + 4, room + px(4), line_height(theme.font(theme.CAPTION)))
        weight = theme.TITLE if parted else theme.TEXT
        draw_text(painter, below, says, role="err" if parted else "muted", size=theme.CAPTION, weight=weight)
        if index + 1 < len(self._stages):
            following = self._stages[index + 1].state
            start, end = left + width + px(12), self.mark_x(index + 1) - half - px(8)
            y = top + height / 2 + 5
            if not words_beside:
                start, y = centre.x() + half + px(8), middle
            colour = theme.current().role("ok" if equal and following is StageState.EQUAL else "line2")
            painter.setPen(QPen(colour, 1.5))
            if end - start > 6:
                painter.drawLine(QPointF(start, y), QPointF(end, y))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.parted
        if at is not None and abs(event.position().x() - self.mark_x(at) - self._pitch() / 3) < self._pitch() / 2:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.parted is not None:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def _has_room(self, width: float) -> bool:
        """For the count of windows beside the stages."""
        return self._room(width) / max(len(self._stages), 1) >= self._least_pitch()

    @staticmethod
    def _room(width: float) -> float:
        return width - px(_SUMMARY + 10) - 2 * _INSET

    def _words_beside(self, width: float) -> bool:
        """Each stage's words beside its mark; else below it."""
        return (width - 2 * _INSET) / max(len(self._stages), 1) >= self._least_pitch()

    def _least_pitch(self) -> float:
        """So that no stage's words are cut."""
        return px(_MARK) + px(10) + self._words_width

    def _measured(self) -> float:
        """Room for the longest words. Kept: a window a frame would measure them twenty times over."""
        words = [text_width(theme.font(theme.SECTION, theme.VALUE), stage.name) for stage in self._stages]
        words += [text_width(theme.font(theme.CAPTION), gettext(state.value)) for state in StageState]
        return px(10) + max(words)

    def _pitch(self) -> float:
        """From one mark to the next."""
        width = self.width()
        room = self._room(width) if self._has_room(width) else width - 2 * _INSET
        return min(room / max(len(self._stages), 1), px(185))
