"""A predicted value of the board beside the host's, to be read across a room."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.icons import NORMAL, draw_icon
from studio.ui.widgets.painted import LEFT, RIGHT, Painted, draw_text, line_height, px, text_width

_GAP = 28  # px at 100 % of text
_PLACES = 2


class ValuesView(Painted):
    """Two halves that mirror each other. Either may have nothing yet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(gettext("Value of the board and of the host"))
        self._unit = ""
        self._values: tuple[float | None, float | None] = (None, None)
        self._parted = False
        self.restyle()

    def restyle(self) -> None:
        self.setMinimumSize(px(300), px(150))

    def sizeHint(self) -> QSize:
        return QSize(px(600), px(220))

    def set_unit(self, unit: str) -> None:
        """A new session."""
        self._unit, self._values, self._parted = unit, (None, None), False
        self.update()

    def show_values(self, board: float | None, host: float | None, *, parted: bool = False) -> None:
        """parted: they differ, and the board's is in red."""
        self._values, self._parted = (board, host), parted
        said = [
            f"{side}: {self._text(value)} {self._unit}".rstrip()
            for side, value in ((gettext("Board"), board), (gettext("Host"), host))
            if value is not None
        ]
        self.describe("; ".join(said))
        self.update()

    def paint(self, painter: QPainter) -> None:
        middle, gap = self.width() / 2, px(_GAP)
        painter.setPen(QPen(theme.current().role("line"), 1))
        painter.drawLine(round(middle), 0, round(middle), self.height())
        self._paint_half(painter, QRectF(0, 0, middle - gap, self.height()), self._values[0], board=True)
        self._paint_half(painter, QRectF(middle + gap, 0, middle - gap, self.height()), self._values[1], board=False)

    def _paint_half(self, painter: QPainter, half: QRectF, value: float | None, *, board: bool) -> None:
        name, icon = (gettext("Board"), "devices") if board else (gettext("Host"), "laptop")
        align = RIGHT if board else LEFT
        width, size = text_width(theme.font(theme.BODY, theme.TITLE), name), px(NORMAL)
        left = half.right() - width - size - 8 if board else half.left()
        draw_icon(painter, icon, QRectF(round(left), 0, size, size))
        draw_text(painter, QRectF(left + size + 8, 0, width + 2, px(20)), name, weight=theme.TITLE)
        text = "–" if value is None else self._text(value)
        fitting = (s for s in (theme.ANSWER, theme.ELAPSED, theme.FIGURE) if self._width(s, text) <= half.width())
        shown = next(fitting, theme.PAGE)
        height = line_height(theme.font(shown, theme.TITLE))
        answer = QRectF(half.left(), px(20) + (half.height() - px(20) - height) / 2 - px(10), half.width(), height)
        role = "err" if self._parted and board else "muted" if value is None else "text"
        draw_text(painter, answer, text, role=role, size=shown, weight=theme.TITLE, align=align)
        below = QRectF(half.left(), answer.bottom(), half.width(), px(24))
        draw_text(painter, below, self._unit, role="muted", size=theme.SECTION, align=align)

    @staticmethod
    def _width(size: int, text: str) -> int:
        return text_width(theme.font(size, theme.TITLE), text)

    @staticmethod
    def _text(value: float) -> str:
        return f"{value:,.{_PLACES}f}".replace("-", "\N{MINUS SIGN}")
