"""A board as Devices shows it: picture, name, how it is reached, what it senses, the model on it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from studio.core.text import gettext as _
from studio.core.text import mark
from studio.ui import theme
from studio.ui.controls import chip_width, draw_chip, draw_focus
from studio.ui.pages import pictures
from studio.ui.pages.hears import hears_words
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow

LEAST, HEIGHT = 260, 178  # px: the least width; the height with two rows of sensors
_ROW = 26  # px of height
LINKS = {
    "serial": ("usb", "USB"),
    "ble": ("radio", "Bluetooth"),
    "tcp": ("laptop", "TCP"),
    "virtual": ("laptop", mark("virtual")),
}
# What boards.toml calls a sensor: as a chip says it, and the kind of samples that come of it.
SENSORS = {
    "mic": (mark("Microphone"), "microphone"),
    "IMU": (mark("Motion"), "imu"),
    "accelerometer": (mark("Acceleration"), ""),
    "camera": (mark("Camera"), "camera"),
    "temperature": (mark("Temperature"), "environment"),
    "humidity": (mark("Humidity"), "environment"),
    "pressure": (mark("Pressure"), "environment"),
    "color": (mark("Colour"), "colour"),
}
_LACKS = {
    "microphone": mark("no microphone"),
    "imu": mark("no motion sensor"),
    "camera": mark("no camera"),
    "environment": mark("no such sensor"),
    "colour": mark("no colour sensor"),
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
    def sensors(self) -> list[tuple[str, str]]:
        """Each as it is called, and its kind; a camera that comes with a board's kit too."""
        names = list(self.row.sensors) if self.row is not None else ["mic"]
        if self.row is not None and "camera" in self.row.rates and "camera" not in names:
            names.insert(2, "camera")
        found = [SENSORS.get(name, (name.capitalize(), "")) for name in names]
        return [(_(words), kind) for words, kind in found]

    def gives(self, sensor: str) -> bool:
        """Whether samples of a kind can be had of it; of a board that nobody knows it may be."""
        return self.row is None or sensor in self.row.rates


class BoardCard(QAbstractButton):
    """A board: picture, name, how it is reached, what it senses, the model on it."""

    used = Signal()

    def __init__(self, board: Shown) -> None:
        super().__init__()
        self.board = board
        self._chosen = self._used = False
        self._hears, self._sensor = "", "microphone"
        self._link: tuple[str, str, str] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setMinimumHeight(px(HEIGHT))
        self.setMinimumWidth(px(LEAST))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def show_state(
        self, *, chosen: bool, used: bool, hears: str, sensor: str, link: tuple[str, str, str] | None = None
    ) -> None:
        """sensor: the kind that the project needs. link: text, icon and tone of its state, where it has one."""
        self._chosen, self._used, self._hears, self._sensor, self._link = chosen, used, hears, sensor, link
        words = [self.board.name, _(LINKS[self.board.scheme][1]), *([_("in use")] if used else [])]
        words += [] if link is None else [link[0]]
        words += [] if self.board.gives(sensor) else [_(_LACKS[sensor])]
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
        picture = QRectF(16, px(18), px(84), px(34))
        pictures.paint_board(painter, picture, self.board.row.key if self.board.row else "")
        left, right = picture.right() + px(18), rect.right() - 16
        if self._used:
            words = _("in use")
            right -= px(58) + 16
            draw_chip(painter, right, px(26), words, "tick", "accent")
        side = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(theme.BODY, theme.TITLE))
        painter.setPen(colours.role("text"))
        name = self.board.name
        if painter.fontMetrics().horizontalAdvance(name) > right - left - 8:  # the maker is what the picture shows
            rest = name.partition(" ")[2]
            name = rest if rest[:1].isupper() else name
        name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(right - left - 8))
        painter.drawText(QRectF(left, px(15), right - left, px(22)), side, name)
        icon, link = LINKS[self.board.scheme]
        x = left + draw_chip(painter, left, px(48), _(link), icon) + 8
        painter.setFont(theme.font())
        painter.setPen(colours.role("muted"))
        where = self._where()
        room = int(rect.right() - 16 - x)
        if self._link is not None:
            text, sign, tone = self._link
            wide = chip_width(text, icon=bool(sign))
            draw_chip(painter, rect.right() - 16 - wide, px(48), text, sign, tone)
            painter.setFont(theme.font())
            painter.setPen(colours.role("muted"))
            room -= round(wide) + 8
        shown = painter.fontMetrics().elidedText(where, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(x, px(38), room + 2, px(20)), side, shown)
        painter.fillRect(QRectF(16, px(72), rect.width() - 32, 1), colours.role("line"))
        self._paint_sensors(painter)
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(colours.role("muted"))
        foot = self._more_rows() * px(_ROW)
        painter.drawText(QRectF(16, px(140) + foot, px(60), px(22)), side, _("Model"))
        words, sign, tone = self._model()
        draw_chip(painter, 16 + px(46), px(151) + foot, words, sign, tone)
        if not self.board.gives(self._sensor):
            lacks = _(_LACKS[self._sensor])
            draw_chip(painter, rect.right() - 16 - chip_width(lacks, icon=True), px(151) + foot, lacks, "warn", "warn")
        if self.hasFocus():
            draw_focus(painter, rect, 8)

    def _model(self) -> tuple[str, str, str]:
        """What is on it, as words, icon and tone of a chip."""
        image = self.board.image
        if image is not None:
            return image.hex()[:8], "tick", "ok"
        virtual = self.board.scheme == "virtual"
        return (_("kept with the open project") if virtual else _("no model")), "", "outline"

    def _where(self) -> str:
        if self.board.scheme != "virtual":
            return self.board.target.removeprefix("/dev/")
        if self.board.row is not None and self.board.row.mcu == "none" and not self._hears:
            return _("for trying what does not fit")
        return hears_words(self._hears, self._sensor)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setMinimumHeight(px(HEIGHT) + self._more_rows() * px(_ROW))

    def _more_rows(self) -> int:
        """Of sensors, than two."""
        return max(max((row for _x, row, _name, _kind in self._placed_sensors()), default=0) - 1, 0)

    def _placed_sensors(self) -> list[tuple[float, int, str, str]]:
        """Each with where its chip begins, and in which row; its name and its kind."""
        placed: list[tuple[float, int, str, str]] = []
        x, row = 16.0, 0
        for name, kind in self.board.sensors:
            width = chip_width(name, icon=False)
            if x + width > self.width() - 16 and x > 16:
                x, row = 16.0, row + 1
            placed.append((x, row, name, kind))
            x += width + 6
        return placed

    def _paint_sensors(self, painter: QPainter) -> None:
        for x, row, name, kind in self._placed_sensors():
            needed = kind == self._sensor and self.board.gives(kind)
            draw_chip(painter, x, px(94) + row * px(_ROW), name, tone="accent" if needed else "plain")
