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
            none = Label(_("Projects you open are listed here."), kind="muted", wrap=True)
            none.setContentsMargins(16, 12, 16, 0)
            self._rows.addWidget(none)
        self._rows.addStretch(1)


class _RecentRow(QAbstractButton):
    """Class balance, name, board, when."""

    opened = Signal(str)

    def __init__(self, entry: Recent) -> None:
        super().__init__()
        self._entry = entry
        self.setFixedHeight(78)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(_("Open {name}").format(name=entry.name))
        self.clicked.connect(lambda: self.opened.emit(entry.folder))
        self.setToolTip(entry.folder)

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
        middle = rect.height() / 2
        pictures.paint_balance(painter, QRectF(16, middle - 26, 76, 52), self._entry.counts)
        when = when_text(self._entry.opened_s)
        painter.setFont(theme.font())
        painter.setPen(colours.role("muted"))
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        width = QFontMetricsF(painter.font()).horizontalAdvance(when)
        painter.drawText(QRectF(rect.right() - 16 - width, middle - 20, width + 1, 20), side, when)
        board = self._entry.board or _("no board yet")
        painter.drawText(QRectF(108, middle, rect.width() - 124, 20), Qt.AlignmentFlag.AlignVCenter, board)
        painter.setFont(theme.font(theme.BODY, theme.TITLE))
        painter.setPen(colours.role("text"))
        room = rect.width() - 108 - width - 28
        name = QFontMetricsF(painter.font()).elidedText(self._entry.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(108, middle - 20, room + 2, 20), Qt.AlignmentFlag.AlignVCenter, name)
        if self.hasFocus():
            draw_focus(painter, rect, 8)


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
