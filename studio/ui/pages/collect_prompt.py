"""What is to be said: beside the traces, or hands off in letters that are read across a room."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.widgets.painted import RIGHT, ClassStyle, Painted, draw_swatch, draw_text, px, text_width


class Prompt(Painted):
    """What to say, what comes next, whether it is being recorded and for how long."""

    def __init__(self) -> None:
        super().__init__()
        self._head, self._style = "", ClassStyle("")
        self._next: list[ClassStyle] = []
        self._note = self._state = self._tone = ""
        self._made = ""
        self.restyle()

    def restyle(self) -> None:
        self.setFixedHeight(px(62))

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(62))

    def show_prompt(self, head: str, style: ClassStyle, coming: Sequence[ClassStyle]) -> None:
        if (head, style, list(coming)) == (self._head, self._style, self._next):
            return
        self._head, self._style, self._next = head, style, list(coming)
        self.setAccessibleName(f"{head} {style.name}")
        self.update()

    def show_state(self, state: str, tone: str, note: str, made: str) -> None:
        """state, tone: a chip, none for ""; note: beside it; made: large below, how much of a take there is."""
        if (state, tone, note) != (self._state, self._tone, self._note):
            self._state, self._tone, self._note = state, tone, note
            self.describe(f"{state} {note}".strip())
            self.update()
        if made != self._made:
            self._made = made
            self.update(round(self.width() / 2), px(22), self.width(), self.height())

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, top, low = self.width(), QRectF(0, 0, self.width(), px(20)), QRectF(0, px(20), self.width(), px(42))
        right = float(width)
        if self._made:
            draw_text(painter, low, self._made, size=theme.ELAPSED, weight=theme.HEAD, align=RIGHT)
            right = width - text_width(theme.font(theme.ELAPSED, theme.HEAD), "00.00 s") - 16
        note = text_width(theme.font(theme.BODY), self._note)
        if self._note:
            draw_text(painter, top, self._note, role="muted", align=RIGHT)
        chip = float(width)
        if self._state:
            chip = self._paint_state(painter, width - note - (px(11) if note else 0), top)
        draw_text(painter, top, self._head, role="muted", size=theme.CAPTION, weight=theme.HEAD)
        room = QRectF(0, low.top(), max(right - 8, 40), low.height())
        word = draw_text(painter, room, self._style.name, size=theme.ELAPSED, weight=theme.TITLE)
        head = text_width(theme.font(theme.CAPTION, theme.HEAD), self._head)
        left = max(word, head, px(44)) + px(30)
        if self._next and left + px(90) < min(right, chip):
            painter.fillRect(QRectF(left - px(15), 2, 1, self.height() - 8), theme.current().role("line"))
            draw_text(
                painter,
                top.adjusted(left + px(4), 0, 0, 0),
                _("Next"),
                role="muted",
                size=theme.CAPTION,
                weight=theme.HEAD,
            )
            self._paint_next(painter, left + px(4), right, low)

    def _paint_next(self, painter: QPainter, left: float, right: float, low: QRectF) -> None:
        middle = low.center().y() + 4
        for style in self._next:
            width = text_width(theme.font(), style.name) + px(18)
            if left + width > right:
                return
            draw_swatch(painter, left, middle, style, 8)
            draw_text(painter, QRectF(left + px(14), middle - px(10), width, px(20)), style.name, role="muted")
            left += width + px(16)

    def _paint_state(self, painter: QPainter, right: float, top: QRectF) -> float:
        """Returns where it begins."""
        font = theme.font(theme.CAPTION, theme.TITLE)
        words = QFontMetricsF(font).horizontalAdvance(self._state)
        box = QRectF(right - words - px(34), top.center().y() - px(11), words + px(34), px(21))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(
            theme.current().role(f"{self._tone}_ground" if self._tone in ("ok", "warn", "err") else "fill")
        )
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setBrush(theme.current().role(self._tone if self._tone != "plain" else "muted"))
        painter.drawEllipse(QRectF(box.left() + px(10), box.center().y() - 3.5, 7, 7))
        draw_text(
            painter,
            box.adjusted(px(23), 0, 0, 0),
            self._state,
            role=self._tone if self._tone != "plain" else "muted",
            size=theme.CAPTION,
            weight=theme.TITLE,
        )
        return box.left()


class Cue(Painted):
    """Hands off: the word to say in letters that are read across a room, and how long until it is recorded."""

    def __init__(self) -> None:
        super().__init__()
        self._style, self._count, self._share = ClassStyle(""), "", 0.0

    def show_cue(self, style: ClassStyle, count: str, share: float) -> None:
        """count: seconds until it begins, "" while it is recorded; share: of the recording that is made, 0..1."""
        self._style, self._count, self._share = style, count, share
        self.setAccessibleName(f"{style.name} {count}".strip())
        self.update()

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(1, 6, -1, -6)
        recording = not self._count
        painter.setPen(QPen(theme.current().role("record" if recording else "line"), 2 if recording else 1))
        painter.setBrush(theme.current().role("well"))
        painter.drawRoundedRect(rect, 6, 6)
        centre = Qt.AlignmentFlag.AlignCenter
        word = QRectF(rect.left() + 12, rect.center().y() - px(84), rect.width() - 24, px(120))
        draw_text(painter, word, self._style.name, size=theme.PROMPT, weight=theme.TITLE, align=centre)
        below = QRectF(rect.left(), word.bottom(), rect.width(), px(44))
        if self._count:
            draw_text(painter, below, self._count, role="muted", size=theme.ELAPSED, align=centre)
        else:
            bar = QRectF(rect.center().x() - px(160), below.center().y() - 4, px(320), 8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.current().role("press"))
            painter.drawRoundedRect(bar, 4, 4)
            painter.setBrush(theme.current().role("record"))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(bar.width() * self._share, 8), 8), 4, 4)
