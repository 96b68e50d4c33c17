"""The card of Start that opens: the projects opened last, each with its class balance, and a way to any other."""

import time

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Label, Line, draw_focus
from studio.ui.pages import pictures
from studio.ui.pages.start_cards import Card
from studio.ui.places import Recent


class OpenCard(Card):
    browse = Signal()
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 16, 8, 16)
        layout.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 16, 8)
        head.addWidget(Label(_("Open"), theme.SECTION, theme.TITLE))
        head.addStretch(1)
        browse = Button(_("Browse"), "folder", "ghost", key="Ctrl+O")
        browse.clicked.connect(self.browse)
        head.addWidget(browse)
        layout.addLayout(head)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        layout.addLayout(self._rows, 1)

    def show_recent(self, recent: list[Recent]) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for place, entry in enumerate(recent):
            row = _RecentRow(entry)
            row.opened.connect(self.chosen)
            self._rows.addWidget(row)
            if place < len(recent) - 1:
                line = QWidget()
                box = QHBoxLayout(line)
                box.setContentsMargins(108, 0, 16, 0)
                box.addWidget(Line())
                self._rows.addWidget(line)
        if not recent:
            self._rows.addWidget(_NoneYet())
        self._rows.addStretch(1)


class _NoneYet(QWidget):
    """The ghosts of rows to come, and a word on them."""

    GHOSTS = 3

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, self.GHOSTS * _row_height() + 12, 16, 0)
        words = _("Projects that you make or open are listed here, with their classes and the board they are for.")
        layout.addWidget(Label(words, kind="muted", wrap=True))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().role("fill"))
        for row in range(self.GHOSTS):
            middle = (row + 0.5) * _row_height()
            painter.drawRoundedRect(QRectF(16, middle - 26, 76, 52), 6, 6)
            for top, width in ((-14, 112 - 18 * row), (6, 76)):
                painter.drawRoundedRect(QRectF(108, middle + top, width, 8), 4, 4)


def _row_height() -> int:
    return max(78, theme.px(40) + 30)


class _RecentRow(QAbstractButton):
    """Class balance, name, board, when."""

    opened = Signal(str)

    def __init__(self, entry: Recent) -> None:
        super().__init__()
        self._entry = entry
        self.setFixedHeight(_row_height())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(_("Open {name}").format(name=entry.name))
        self.clicked.connect(lambda: self.opened.emit(entry.folder))
        self.setToolTip(f"{entry.name}\n{entry.folder}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.role("hover"))
            painter.drawRoundedRect(rect, 8, 8)
        middle, high = rect.height() / 2, theme.px(20)
        pictures.paint_balance(painter, QRectF(16, middle - 26, 76, 52), self._entry.counts)
        left, right = 108.0, rect.right() - 16
        when = when_text(self._entry.opened_s)
        width = QFontMetricsF(theme.font()).horizontalAdvance(when)
        if right - left - width < theme.px(96):  # the name comes first
            when, width = "", 0.0
        self._write(painter, QRectF(right - width, middle - high, width + 1, high), when, "muted")
        board = self._entry.board or _("no board yet")
        self._write(painter, QRectF(left, middle, right - left, high), board, "muted")
        name = QRectF(left, middle - high, right - left - width - (12 if width else 0), high)
        self._write(painter, name, self._entry.name, "text", theme.TITLE)
        if self.hasFocus():
            draw_focus(painter, rect, 8)

    def _write(self, painter: QPainter, rect: QRectF, text: str, role: str, weight: int = theme.TEXT) -> None:
        font = theme.font(theme.BODY, weight)
        painter.setFont(font)
        painter.setPen(theme.current().role(role))
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width() + 1)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)


def when_text(seconds: float) -> str:
    """A day as one says it: today with the time, yesterday, the date."""
    then, now = time.localtime(seconds), time.localtime()
    days = (time.mktime((now.tm_year, now.tm_mon, now.tm_mday, 12, 0, 0, 0, 0, -1))
            - time.mktime((then.tm_year, then.tm_mon, then.tm_mday, 12, 0, 0, 0, 0, -1))) / 86400  # fmt: skip
    if round(days) == 0:
        return _("today, {time}").format(time=time.strftime("%H:%M", then))
    if round(days) == 1:
        return _("yesterday")
    return f"{then.tm_mday} {time.strftime('%B', then)}" + ("" if then.tm_year == now.tm_year else f" {then.tm_year}")
