"""A board as Devices shows it: picture, name, how it is reached, what it senses, the model on it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from studio.core.text import gettext as _
from studio.core.text import mark
from studio.ui import theme
from studio.ui.controls import draw_chip, draw_focus
from studio.ui.pages import pictures

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow

LINKS = {"serial": ("usb", "USB"), "tcp": ("laptop", "TCP"), "virtual": ("laptop", mark("virtual"))}
SENSORS = {
    "mic": mark("Microphone"),
    "IMU": mark("Motion"),
    "accelerometer": mark("Acceleration"),
    "camera": mark("Camera"),
}


@dataclass(frozen=True)
class Shown:
    """A board as a card shows it. row: of boards.toml, None for a board that it does not have."""

    address: str
    name: str
    scheme: str
    target: str
    image: bytes | None
    row: "BoardRow | None"
    hears: str = field(default="", compare=False)

    @property
    def sensors(self) -> list[str]:
        names = self.row.sensors if self.row is not None else ("mic",)
        return [_(SENSORS.get(name, name.capitalize())) for name in names]


class BoardCard(QAbstractButton):
    """A board: picture, name, how it is reached, what it senses, the model on it."""

    used = Signal()

    def __init__(self, board: Shown) -> None:
        super().__init__()
        self.board = board
        self._chosen = self._used = False
        self._hears = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedHeight(178)
        self.setMinimumWidth(260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_state(self, *, chosen: bool, used: bool, hears: str) -> None:
        self._chosen, self._used, self._hears = chosen, used, hears
        words = [self.board.name, _(LINKS[self.board.scheme][1]), *([_("in use")] if used else [])]
        self.setAccessibleName(", ".join(words))
        self.setAccessibleDescription(_("selected") if chosen else "")
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.used.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left):
            self.focusNextPrevChild(event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, rect = theme.current(), QRectF(self.rect())
        width = 1.5 if self._chosen else 1.0
        edge = "accent" if self._chosen else "edge" if self.underMouse() else "line2"
        painter.setPen(QPen(colours.role(edge), width))
        painter.setBrush(colours.role("surface"))
        painter.drawRoundedRect(rect.adjusted(0.75, 0.75, -0.75, -0.75), 8, 8)
        pictures.paint_board(painter, QRectF(18, 18, 84, 34), self.board.row.key if self.board.row else "")
        right = rect.right() - 16
        if self._used:
            words = _("in use")
            right -= 74
            draw_chip(painter, right, 26, words, "tick", "accent")
        side = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(theme.BODY, theme.TITLE))
        painter.setPen(colours.role("text"))
        name = painter.fontMetrics().elidedText(self.board.name, Qt.TextElideMode.ElideRight, int(right - 128))
        painter.drawText(QRectF(120, 15, right - 120, 22), side, name)
        icon, link = LINKS[self.board.scheme]
        x = 120 + draw_chip(painter, 120, 48, _(link), icon) + 8
        painter.setFont(theme.font())
        painter.setPen(colours.role("muted"))
        where = self._where()
        room = int(rect.right() - 16 - x)
        shown = painter.fontMetrics().elidedText(where, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(x, 38, room + 2, 20), side, shown)
        painter.fillRect(QRectF(16, 72, rect.width() - 32, 1), colours.role("line"))
        self._paint_sensors(painter, rect)
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(colours.role("muted"))
        painter.drawText(QRectF(16, 140, 60, 22), side, _("Model"))
        image = self.board.image
        if self.board.scheme == "virtual" and image is None:
            draw_chip(painter, 62, 151, _("in its project"), "", "outline")
        elif image is None:
            draw_chip(painter, 62, 151, _("no model"), "", "outline")
        else:
            draw_chip(painter, 62, 151, image.hex()[:8], "tick", "ok")
        if self.hasFocus():
            draw_focus(painter, rect, 8)

    def _where(self) -> str:
        if self.board.scheme != "virtual":
            return self.board.target.removeprefix("/dev/")
        if self.board.row is not None and self.board.row.mcu == "none" and not self._hears:
            return _("for trying what does not fit")
        return hears_text(self._hears)

    def _paint_sensors(self, painter: QPainter, rect: QRectF) -> None:
        x, y, left = 16.0, 94.0, 0
        metrics = painter.fontMetrics()
        sensors = self.board.sensors
        for place, name in enumerate(sensors):
            width = metrics.horizontalAdvance(name) + 22
            if x + width > rect.width() - 16:
                if y > 94:
                    left = len(sensors) - place
                    break
                x, y = 16.0, y + 26
            x += draw_chip(painter, x, y, name) + 6
        if left:
            painter.setPen(theme.current().role("muted"))
            painter.drawText(QRectF(x, y - 11, 60, 22), Qt.AlignmentFlag.AlignVCenter, f"+{left}")


def hears_text(plays: str) -> str:
    """What a virtual board hears, in words."""
    if not plays:
        return _("hears silence")
    if plays == "mic":
        return _("hears this computer's microphone")
    return _("hears {name}").format(name=Path(plays).name)
