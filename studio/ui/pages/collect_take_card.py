"""A take as a card: how it looks, its check, and what can be done with it."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, chip_width, draw_chip, draw_focus
from studio.ui.pages.collect_reading import ShownTake
from studio.ui.widgets.painted import ClassStyle, draw_swatch, px, text_width

EDGE = 12  # px at either side
REST, OPEN = 78, 122  # px high, at 100 % of text
HEAD = 34  # px above its look, at 100 % of text
LEAST_NAME = 64  # px of a name beside its number, at 100 % of text
MOST_KEYED = 125  # % of text above which the buttons have no room for their keys
TONES = {"good": ("ok", "tick"), "copy": ("plain", "copy"), "silent": ("err", "warn")}
_LEVEL = Qt.AlignmentFlag.AlignVCenter


class TakeCard(QWidget):
    """One take. Chosen it is taller and has its buttons; under the mouse they come beside its look."""

    chosen = Signal()
    stepped = Signal(int)
    played = Signal()
    kept = Signal()
    redone = Signal()
    removed = Signal()

    def __init__(self, keys: Mapping[str, str], *, plays: bool) -> None:
        """plays: whether it can be heard."""
        super().__init__()
        self._keys = keys
        self._take: ShownTake | None = None
        self._style = ClassStyle("")
        self._scale: Any = None
        self._is_chosen = self._pending = False
        self._cursor: float | None = None
        self._tools: QWidget | None = None  # the three buttons of a card under the mouse
        self._plays = plays
        self._row: QWidget | None = None  # the buttons of the chosen card
        self._keep: Button | None = None
        self._remove: Button | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(px(REST))

    def show_take(self, take: ShownTake, style: ClassStyle, scale: Any) -> None:
        """scale: what takes of its kind are drawn by, as its look has it."""
        self._take, self._style, self._scale = take, style, scale
        name = _("{label}, take {number}").format(label=style.name, number=take.number)
        self.setAccessibleName(name)
        self.setToolTip(take.check.says)
        told = _("{seconds:.1f} s, {verdict}").format(seconds=take.seconds, verdict=take.verdict)
        self.setAccessibleDescription(f"{told}. {take.check.says}".strip())
        self.update()

    def show_state(self, *, chosen: bool, pending: bool) -> None:
        self._is_chosen, self._pending = chosen, pending
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)
        self.setFixedHeight(px(OPEN if chosen else REST))
        if chosen and self._row is None:
            self._row = self._make_row()
        if self._row is not None:
            self._row.setVisible(chosen)
        if self._keep is not None and self._remove is not None:
            self._keep.setVisible(pending)
            self._remove.setVisible(not pending)
        if self._tools is not None and chosen:
            self._tools.hide()
        self._place()
        self.update()

    def show_cursor(self, share: float | None) -> None:
        if share != self._cursor:
            self._cursor = share
            self.update()

    # Buttons

    def _make_row(self) -> QWidget:
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        play = Button(icon="play", name=_("Play"), key=self._keys["play"])
        play.clicked.connect(self.played)
        keys = self._keys if theme.current().text_percent <= MOST_KEYED else dict.fromkeys(self._keys, "")
        self._keep = Button(_("Keep"), key=keys["keep"])
        self._keep.clicked.connect(self.kept)
        redo = Button(_("Redo"), key=keys["redo"])
        redo.clicked.connect(self.redone)
        self._remove = Button(icon="trash", kind="ghost", name=_("Remove"), key=self._keys["remove"])
        self._remove.clicked.connect(self.removed)
        for button in (play, self._keep, redo, self._remove):
            layout.addWidget(button)
        play.setHidden(not self._plays)
        layout.addStretch(1)
        return row

    def _make_tools(self) -> QWidget:
        bar = _Bar(self)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(2, 1, 2, 1)
        layout.setSpacing(0)
        for icon, name, signal in (
            *((("play", _("Play"), self.played),) if self._plays else ()),
            ("undo", _("Redo"), self.redone),
            ("trash", _("Remove"), self.removed),
        ):
            button = Button(icon=icon, kind="ghost", name=name, slim=True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # by keyboard the card is chosen, which has them all
            button.clicked.connect(signal)
            layout.addWidget(button)
        return bar

    def _place(self) -> None:
        if self._row is not None:
            high = px(theme.CONTROL) + 2
            self._row.setGeometry(EDGE, self.height() - high - 10, self.width() - 2 * EDGE, high)
        if self._tools is not None:
            size = self._tools.sizeHint()
            self._tools.setGeometry(self.width() - EDGE - size.width(), px(HEAD) + 2, size.width(), size.height())

    # Qt's events

    def resizeEvent(self, event: QEvent) -> None:
        self._place()

    def enterEvent(self, event: QEnterEvent) -> None:
        if not self._is_chosen:
            self._tools = self._tools or self._make_tools()
            self._place()
            self._tools.show()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        if self._tools is not None:
            self._tools.hide()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        take = self._take
        if take is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self._is_chosen:
            painter.setPen(QPen(colours.role("accent"), 1.5))
            painter.setBrush(colours.role("surface"))
            painter.drawRoundedRect(rect.adjusted(0.75, 0.75, -0.75, -0.75), 8, 8)
        elif self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.role("hover"))
            painter.drawRoundedRect(rect, 8, 8)
        else:
            painter.fillRect(QRectF(EDGE, rect.height() - 1, rect.width() - 2 * EDGE, 1), colours.role("line"))
        if take.look.is_picture:
            side = px(REST) - 20
            self._paint_look(painter, take, QRect(EDGE, 10, round(side * 4 / 3), side))
            self._paint_head(painter, take, EDGE + round(side * 4 / 3) + 12)
            if self.hasFocus():
                draw_focus(painter, rect.adjusted(2, 2, -2, -2), 6)
            return
        self._paint_head(painter, take, EDGE)
        right = self._tools.x() - 8 if self._tools is not None and self._tools.isVisible() else self.width() - EDGE
        self._paint_look(painter, take, QRect(EDGE, px(HEAD), right - EDGE, px(REST) - px(HEAD) - 8))
        if self.hasFocus():
            draw_focus(painter, rect.adjusted(2, 2, -2, -2), 6)

    def _paint_head(self, painter: QPainter, take: ShownTake, left: int) -> None:
        """Swatch, name, number, check. Where there is no room for all, the number goes first, then the name is cut."""
        colours = theme.current()
        tone, icon = TONES.get(take.check.kind, ("warn", "warn"))
        middle, high = px(18), px(20)
        right = self.width() - EDGE - chip_width(take.verdict, icon=True)
        draw_chip(painter, right, middle, take.verdict, icon, tone)
        draw_swatch(painter, left, middle, self._style)
        left += px(18)
        room = right - left - 8
        painter.setFont(theme.font(theme.BODY, theme.TITLE))
        painter.setPen(colours.role("text"))
        number = _("take {number}").format(number=take.number) if take.number else ""
        beside = text_width(theme.font(), number) + 8
        wanted = painter.fontMetrics().horizontalAdvance(self._style.name)
        if min(wanted, px(LEAST_NAME)) + beside > room:
            number, beside = "", 0
        name = painter.fontMetrics().elidedText(self._style.name, Qt.TextElideMode.ElideRight, int(room - beside))
        painter.drawText(QRectF(left, middle - high / 2, room + 4, high), _LEVEL, name)
        left += painter.fontMetrics().horizontalAdvance(name) + 8
        painter.setFont(theme.font())
        painter.setPen(colours.role("muted"))
        painter.drawText(QRectF(left, middle - high / 2, max(right - left, 0), high), _LEVEL, number)

    def _paint_look(self, painter: QPainter, take: ShownTake, rect: QRect) -> None:
        take.look.paint(painter, rect, self._style.colour, self._scale, self.devicePixelRatioF())
        if self._cursor is not None:
            x = rect.left() + self._cursor * rect.width()
            painter.fillRect(QRectF(x, rect.top() - 2, 1.5, rect.height() + 4), theme.current().role("text"))


class _Bar(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().role("line2"), 1))
        painter.setBrush(theme.current().role("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
