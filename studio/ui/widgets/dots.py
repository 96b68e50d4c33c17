"""How far the recording script has come: a dot a take for a class, a small pie a class for a person."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import ClassStyle, Painted, draw_dot, px

_DOT, PITCH, _CLOSEST = 6, 9, 8.5
_PIE = 11


class ProgressDots(Painted):
    """Takes made of those wanted. Where they have no room, a dot stands for several."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = ClassStyle("")
        self._done = self._wanted = 0
        self.setFixedHeight(PITCH)

    def sizeHint(self) -> QSize:
        return QSize(px(170), PITCH)

    def show_takes(self, style: ClassStyle, done: int, wanted: int) -> None:
        self._style, self._done, self._wanted = style, done, wanted
        self.setAccessibleName(
            gettext("{label}: {done} of {wanted} takes").format(label=style.name, done=done, wanted=wanted)
        )
        self.update()

    def dots(self) -> tuple[int, int]:
        """How many are drawn, and how many of them are filled: none only where nothing is done, all where all is."""
        room = max(int((self.width() + _CLOSEST - _DOT) / _CLOSEST), 1)
        each = max(math.ceil(self._wanted / room), 1)
        count = math.ceil(self._wanted / each)
        filled = count if self._done >= self._wanted else min(math.ceil(self._done / each), count - 1)
        return count, filled

    def paint(self, painter: QPainter) -> None:
        count, filled = self.dots()
        open_dot = theme.current().tint("neutral", 0.28)  # seen on a selected row too
        pitch = min(PITCH, (self.width() - _DOT) / max(count - 1, 1))
        for i in range(count):
            centre = QPointF(i * pitch + _DOT / 2, self.height() / 2)
            draw_dot(painter, centre, _DOT / 2, self._style.colour if i < filled else open_dot)


class SharePies(Painted):
    """A person's share of takes, a pie for each class."""

    STEP, HEIGHT = 19, 18  # px; there is no text in it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: list[tuple[ClassStyle, float]] = []
        self.setFixedHeight(self.HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(self.STEP * max(len(self._shares), 1), self.HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_shares(self, shares: Sequence[tuple[ClassStyle, float]]) -> None:
        """shares: of the takes wanted, 0..1."""
        self._shares = list(shares)
        self.setAccessibleName(
            "; ".join(f"{style.name} {min(share, 1):.0%}".replace("%", " %") for style, share in shares)
        )
        self.updateGeometry()
        self.update()

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i, (style, share) in enumerate(self._shares):
            box = QRectF(0, 0, _PIE, _PIE)
            box.moveCenter(QPointF((i + 0.5) * self.STEP, self.height() / 2))
            painter.setPen(QPen(theme.current().role("line2") if share <= 0 else style.colour, 1.2))
            painter.setBrush(theme.current().role("surface") if share < 1 else style.colour)
            painter.drawEllipse(box)
            if 0 < share < 1:
                painter.setBrush(style.colour)
                painter.drawPie(box, 90 * 16, -round(share * 360 * 16))
