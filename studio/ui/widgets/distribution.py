"""How recordings spread over classes, people, sides or qualities: a bar of parts that filters when clicked."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    KEY_FOCUS,
    RIGHT,
    ClassStyle,
    Painted,
    draw_box,
    draw_focus,
    draw_text,
    px,
    text_width,
)

_BAR = 8
_GAP = 2


@dataclass(frozen=True)
class Portion:
    """key: what a filter takes. style: a class's; tone: a role (ok, warn, err); neither: shades of ink by place."""

    key: str
    name: str
    count: int
    style: ClassStyle | None = None
    tone: str = ""


class Distribution(Painted):
    """`clicked(key)`: by mouse, or Enter on the portion that arrows have moved to. Unselected portions fade."""

    clicked = Signal(str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.title = title
        self.setAccessibleName(title)
        self._portions: list[Portion] = []
        self._selected: frozenset[str] = frozenset()
        self._current = -1
        self.restyle()

    def restyle(self) -> None:
        self.setFixedHeight(px(52))

    def sizeHint(self) -> QSize:
        return QSize(px(220), px(52))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(110), px(52))

    def show_portions(self, portions: Sequence[Portion], selected: frozenset[str] = frozenset()) -> None:
        """selected: keys that the filter lets through; none: all."""
        self._portions = [p for p in portions if p.count > 0]
        self._selected = selected
        self._current = min(self._current, len(self._portions) - 1)
        self.describe("; ".join(f"{p.name} {p.count:,}" for p in self._portions[:20]))
        self.setToolTip("\n".join(f"{p.name}: {p.count:,}" for p in self._portions[:30]))
        self.update()

    def rects(self) -> list[QRectF]:
        """Where the portions are, in their order."""
        total = sum(p.count for p in self._portions)
        room = self.width() - _GAP * max(len(self._portions) - 1, 0)
        rects, x = [], 0.0
        least = min(4.0, room / max(len(self._portions), 1))
        spare = room - least * len(self._portions)
        for portion in self._portions:
            width = least + spare * portion.count / max(total, 1)
            rects.append(QRectF(x, px(20), width, _BAR))
            x += width + _GAP
        return rects

    def paint(self, painter: QPainter) -> None:
        head = QRectF(0, 0, self.width(), px(17))
        title = draw_text(painter, head, self.title, size=theme.CAPTION, weight=theme.HEAD)
        picked = [p.name for p in self._portions if p.key in self._selected]
        says = ", ".join(picked) if picked else gettext("all")
        rest = head.adjusted(title + px(12), 0, 0, 0)
        draw_text(
            painter,
            rest,
            says,
            role="accent" if picked else "muted",
            size=theme.CAPTION,
            align=RIGHT,
            weight=theme.TITLE if picked else theme.TEXT,
        )
        right_of_last = -1.0
        for i, (portion, rect) in enumerate(zip(self._portions, self.rects(), strict=True)):
            on = not self._selected or portion.key in self._selected
            draw_box(painter, rect, ground=self._colour(i, portion, on=on), radius=2)
            weight = theme.TITLE if self._selected and on else theme.TEXT
            width = text_width(theme.font(theme.CAPTION, weight), portion.name)
            if rect.left() > right_of_last and (width <= rect.width() + px(8) or i + 1 == len(self._portions)):
                left = min(rect.left(), self.width() - width)
                if left > right_of_last:
                    where = QRectF(left, px(31), width + 2, px(18))
                    role = "text" if self._selected and on else "muted"
                    draw_text(painter, where, portion.name, role=role, size=theme.CAPTION, weight=weight)
                    right_of_last = left + width + px(6)
        if self.hasFocus():
            rects = self.rects()
            ring = rects[max(self._current, 0)].adjusted(-2, -4, 2, 4) if rects else QRectF(self.rect())
            draw_focus(painter, ring, 4)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._current < 0 and self._portions and event.reason() in KEY_FOCUS:
            self._current = 0
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position())
        if at >= 0:
            self._current = at
            self.clicked.emit(self._portions[at].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._portions:
            self._current = min(max(self._current + (1 if key == Qt.Key.Key_Right else -1), 0), len(self._portions) - 1)
            portion = self._portions[self._current]
            self.describe(f"{portion.name} {portion.count:,}")
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current >= 0:
            self.clicked.emit(self._portions[self._current].key)
        else:
            super().keyPressEvent(event)

    def _at(self, where: QPointF) -> int:
        rects = self.rects()
        return next(
            (i for i, r in enumerate(rects) if r.left() - _GAP <= where.x() <= r.right() and where.y() >= r.top() - 4),
            -1,
        )

    def _colour(self, index: int, portion: Portion, *, on: bool) -> QColor:
        if portion.style is not None:
            colour = portion.style.colour
        elif portion.tone:
            colour = QColor(theme.current().role(portion.tone))
        else:
            colour = theme.current().tint("wave", (1.0, 0.65, 0.4)[index % 3])
        if not on:
            colour.setAlphaF(colour.alphaF() * 0.3)
        return colour
