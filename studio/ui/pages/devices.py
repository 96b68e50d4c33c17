"""Devices: the boards in reach, what they sense, which model they hold; and a doctor for the one that is not there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.core.errors import StudioError
from studio.core.signal import Signal as Headless
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.controls import Button, Elided, Ground, Label, Line, Segmented, draw_chip, draw_focus
from studio.ui.icons import SMALL, draw_icon
from studio.ui.pages import pictures
from studio.ui.pages.page import Page, Shell
from studio.ui.reaching import Finding, Outcome, first_finding, reach

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow
    from studio.boards.registry import Search
    from studio.dataset.project import Project

LOOK_EVERY_MS = 3_000
LINKS = {"serial": ("usb", "USB"), "tcp": ("laptop", "TCP"), "virtual": ("laptop", _("virtual"))}
SENSORS = {"mic": _("Microphone"), "IMU": _("Motion"), "accelerometer": _("Acceleration"), "camera": _("Camera")}


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
        return [SENSORS.get(name, name.capitalize()) for name in names]


class DevicesPage(Page):
    """It looks at the ports every few seconds while it is shown, on a thread."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._boards: list[Shown] = []
        self._chosen = ""
        self._hears: dict[str, str] = {}  # what a virtual board plays, by its plain address
        self._looking = False
        self._use = Button(_("Use this board"), "tick", "primary", key=shell.commands.key("devices.use"))
        self._use.clicked.connect(lambda: shell.commands.run("devices.use"))
        self.header = [self._use]
        self._details = _Details()
        self._details.heard.connect(self._set_hears)
        self.inspector = self._details
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outside.addWidget(area, 1)
        holder = QWidget()
        holder.setObjectName("page")
        area.setWidget(holder)
        column = QVBoxLayout(holder)
        column.setContentsMargins(24, 18, 24, 18)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(Label(_("In reach"), weight=theme.TITLE))
        self._count = Elided(role="muted")
        head.addWidget(self._count, 1)
        self._again = Button(_("Look again"), kind="link")
        self._again.clicked.connect(lambda: shell.commands.run("devices.look"))
        head.addWidget(self._again)
        column.addLayout(head)
        self._grid = QGridLayout()
        self._grid.setSpacing(14)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        column.addLayout(self._grid)
        self._silent = QVBoxLayout()
        column.addLayout(self._silent)
        column.addStretch(1)
        self._doctor = _Doctor()
        self._doctor.tried.connect(self._reach)
        outside.addWidget(self._doctor)
        self._findings: Headless[Finding] = Headless()
        on_gui_thread(self._findings, self._doctor.show_finding, owner=self)
        on_gui_thread(self.session.board_changed, lambda _address: self._show(), owner=self)
        self._clock = QTimer(self, interval=LOOK_EVERY_MS)
        self._clock.timeout.connect(self._look)
        bind = shell.commands.bind
        bind("devices.use", self._use_chosen, enabled=self._can_use)
        bind("devices.look", self._look)
        bind("devices.hears", self._details.focus_hears, enabled=lambda: self._details.is_virtual)
        bind("devices.address", self._doctor.focus_field)
        self._cards: dict[str, _Card] = {}

    def shown(self) -> None:
        self._look()
        self._clock.start()

    def hidden(self) -> None:
        self._clock.stop()

    def project_changed(self, project: "Project | None") -> None:
        self._show()

    def place(self) -> dict[str, Any]:
        return {"chosen": self._chosen, "hears": self._hears}

    def restore(self, place: dict[str, Any]) -> None:
        hears = place.get("hears")
        self._hears = {str(k): str(v) for k, v in hears.items()} if isinstance(hears, dict) else {}
        self._chosen = str(place.get("chosen", self._chosen))
        self._show()

    def first_focus(self) -> QWidget | None:
        return self._cards.get(self._chosen) or next(iter(self._cards.values()), None)

    # Looking

    def _look(self) -> None:
        if self._looking:
            return
        self._looking = True

        def find() -> "tuple[Search, dict[str, BoardRow]]":
            from studio.boards.board_table import load_boards
            from studio.boards.registry import find_boards

            return find_boards(), load_boards()

        when_done(self.session.in_background(find), self._found, owner=self, failed=self._not_found)

    def _found(self, found: "tuple[Search, dict[str, BoardRow]]") -> None:
        self._looking = False
        search, rows = found
        boards = []
        for board in search.boards:
            address = board.address
            row = rows.get(address.target) if address.scheme == "virtual" else None
            row = row or next((r for r in rows.values() if r.name == board.name), None)
            name = row.name if row is not None and address.scheme == "virtual" else board.name
            boards.append(Shown(str(address), name, address.scheme, address.target, board.image, row))
        self._show_silent(search.silent)
        if boards != self._boards:
            self._boards = boards
            if self._chosen not in {board.address for board in boards} and boards:
                self._chosen = boards[0].address
            self._rebuild()
        self._show()

    def _not_found(self, error: StudioError) -> None:
        self._looking = False
        self.session.fail(error)

    def _show_silent(self, sentences: Sequence[str]) -> None:
        while (item := self._silent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for sentence in sentences:
            self._silent.addWidget(Label(sentence, kind="warn", wrap=True))

    # Showing

    def _rebuild(self) -> None:
        focused = next((address for address, card in self._cards.items() if card.hasFocus()), None)
        for card in self._cards.values():
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = {}
        before: QWidget = self._again
        for place, board in enumerate(self._boards):
            card = _Card(board)
            card.clicked.connect(partial(self._choose, board.address))
            card.used.connect(partial(self.shell.commands.run, "devices.use"))
            self._cards[board.address] = card
            self._grid.addWidget(card, place // 2, place % 2)
            QWidget.setTabOrder(before, card)
            before = card
        if focused in self._cards:
            self._cards[focused].setFocus()

    def _choose(self, address: str, _checked: bool = False) -> None:  # noqa: FBT001, FBT002  as clicked gives it
        self._chosen = address
        self._show()

    def _show(self) -> None:
        count = len(self._boards)
        text = _("1 board") if count == 1 else _("{count} boards").format(count=count)
        self._count.set_text(
            _("{count}; the ports are looked at every 3 s").format(count=text) if count else _("looking")
        )
        used = _plain(self.session.board or "")
        for address, card in self._cards.items():
            card.show_state(chosen=address == self._chosen, used=address == used, hears=self._hears.get(address, ""))
        board = next((board for board in self._boards if board.address == self._chosen), None)
        self._details.show_board(board, self._hears.get(self._chosen, ""))
        in_use = board is not None and self._address_of(board) == self.session.board
        self._use.set_text(_("In use") if in_use else _("Use this board"))
        self._use.setEnabled(self._can_use())
        self.shell.commands.refresh()

    def _address_of(self, board: Shown) -> str:
        plays = self._hears.get(board.address, "")
        return f"{board.address}?play={plays}" if plays and board.scheme == "virtual" else board.address

    def _can_use(self) -> bool:
        board = next((board for board in self._boards if board.address == self._chosen), None)
        return board is not None and self._address_of(board) != self.session.board

    def _use_chosen(self) -> None:
        board = next(board for board in self._boards if board.address == self._chosen)
        name = _("{name} (virtual)").format(name=board.name) if board.scheme == "virtual" else board.name
        self.session.choose_board(self._address_of(board), name)
        self._show()

    def _set_hears(self, plays: str) -> None:
        board = next((board for board in self._boards if board.address == self._chosen), None)
        if board is None:
            return
        used = _plain(self.session.board or "") == board.address
        self._hears[self._chosen] = plays
        if used:
            self._use_chosen()
        self._show()

    def _reach(self, text: str) -> None:
        self._doctor.show_finding(first_finding())

        def work() -> Finding:
            return reach(text, self._findings.emit)

        when_done(self.session.in_background(work), self._reached, owner=self)

    def _reached(self, finding: Finding) -> None:
        self._doctor.show_finding(finding)
        if finding.hello is None:
            return
        from studio.boards.address import parse_address

        address = parse_address(finding.address.strip())
        hello = finding.hello
        if not any(board.address == str(address) for board in self._boards):
            row = None
            self._boards = [
                Shown(str(address), hello.name, address.scheme, address.target, hello.image, row),
                *self._boards,
            ]
            self._rebuild()
        self._chosen = str(address)
        self._show()


def _plain(address: str) -> str:
    """Without what a virtual board plays."""
    return address.partition("?play=")[0]


class _Card(QAbstractButton):
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
        words = [self.board.name, LINKS[self.board.scheme][1], *([_("in use")] if used else [])]
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
        x = 120 + draw_chip(painter, 120, 48, link, icon) + 8
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


class _Details(QWidget):
    """The inspector: the chosen board, and what a virtual one hears."""

    heard = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.is_virtual = False
        self._board: Shown | None = None
        self._plays = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(8)
        self._name = Elided(weight=theme.TITLE)
        layout.addWidget(self._name)
        self._picture = _Picture()
        layout.addWidget(self._picture)
        self._rows = QGridLayout()
        self._rows.setVerticalSpacing(8)
        self._rows.setColumnStretch(1, 1)
        layout.addLayout(self._rows)
        self._values: dict[str, Elided] = {}
        for place, (key, words) in enumerate(
            (
                ("address", _("Address")),
                ("chip", _("Chip")),
                ("clock", _("Clock")),
                ("flash", _("Flash")),
                ("ram", _("RAM")),
                ("radio", _("Radio")),
            )
        ):
            value = Elided(right=True, middle=True)
            self._rows.addWidget(Label(words, kind="muted"), place, 0)
            self._rows.addWidget(value, place, 1)
            self._values[key] = value
        layout.addWidget(Line())
        self._hears = QWidget()
        box = QVBoxLayout(self._hears)
        box.setContentsMargins(0, 4, 0, 0)
        box.setSpacing(8)
        box.addWidget(Label(_("What it hears"), weight=theme.TITLE))
        self._choice = Segmented([_("Silence"), _("Microphone"), _("A file")], name=_("What it hears"))
        self._choice.chosen.connect(self._choose)
        box.addWidget(self._choice)
        self._said = Label("", theme.CAPTION, kind="muted", wrap=True)
        box.addWidget(self._said)
        layout.addWidget(self._hears)
        layout.addStretch(1)

    def show_board(self, board: Shown | None, plays: str) -> None:
        self._board, self._plays = board, plays
        self.is_virtual = board is not None and board.scheme == "virtual"
        self._hears.setVisible(self.is_virtual)
        if board is None:
            self._name.set_text(_("No board selected"))
            for value in self._values.values():
                value.set_text("")
            return
        self._name.set_text(board.name)
        self._picture.show_key(board.row.key if board.row is not None else "")
        row = board.row
        self._values["address"].set_text(board.address)
        unknown = _("unknown")
        self._values["chip"].set_text(row.core if row else unknown)
        self._values["clock"].set_text(f"{row.clock_hz / 1e6:g} MHz" if row else unknown)
        self._values["flash"].set_text(f"{row.flash_bytes / 1024:,.0f} kB" if row else unknown)
        self._values["ram"].set_text(f"{row.ram_bytes / 1024:,.0f} kB" if row else unknown)
        self._values["radio"].set_text((", ".join(row.radios) or _("none")) if row else unknown)
        self._choice.set_index(0 if not plays else 1 if plays == "mic" else 2)
        self._said.setText(_("A virtual board runs the board's own code on this computer; it {hears}.").format(
            hears=hears_text(plays)
        ))  # fmt: skip

    def focus_hears(self) -> None:
        self._choice.setFocus()
        self._choice.focusNextChild()

    def _choose(self, index: int) -> None:
        if index < 2:
            self.heard.emit("" if index == 0 else "mic")
            return
        chosen, _kind = QFileDialog.getOpenFileName(
            self, _("What the virtual board hears"), "", _("Sound (*.wav *.flac)")
        )
        if chosen:
            self.heard.emit(chosen)
        else:
            self._choice.set_index(0 if not self._plays else 1 if self._plays == "mic" else 2)


class _Picture(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._key = ""
        self.setFixedHeight(96)

    def show_key(self, key: str) -> None:
        self._key = key
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(0, 0, 176, 70)
        rect.moveCenter(QRectF(self.rect()).center())
        pictures.paint_board(painter, rect, self._key)


class _Doctor(Ground):
    """Below the boards: an address to try, its steps with ticks, and what to do about the one that failed."""

    tried = Signal(str)

    def __init__(self) -> None:
        super().__init__("bg", "t")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Label(_("Not here?"), weight=theme.TITLE))
        head.addWidget(
            Elided(_("Name its port or address; what stands in the way is shown step by step."), role="muted"), 1
        )
        self._field = QLineEdit()
        self._field.setPlaceholderText("serial:/dev/ttyACM0")
        self._field.setAccessibleName(_("Address of a board"))
        self._field.setFixedWidth(240)
        self._field.returnPressed.connect(self._try)
        self._try_button = Button(_("Try it"), "refresh")
        self._try_button.clicked.connect(self._try)
        head.addWidget(self._field)
        head.addWidget(self._try_button)
        layout.addLayout(head)
        self._body = QWidget()
        row = QHBoxLayout(self._body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(28)
        self._steps = _Steps()
        self._remedy = _Remedy()
        row.addWidget(self._steps)
        row.addWidget(self._remedy, 1)
        layout.addWidget(self._body)
        self._body.hide()

    def focus_field(self) -> None:
        self._field.setFocus()
        self._field.selectAll()

    def show_finding(self, finding: Finding) -> None:
        self._body.show()
        self._steps.show_steps(finding)
        self._remedy.show_finding(finding)
        self._try_button.set_text(_("Try again") if finding.error is not None else _("Try it"))

    def _try(self) -> None:
        text = self._field.text().strip() or self._field.placeholderText()
        self._field.setText(text)
        self.tried.emit(text)


class _Steps(QWidget):
    ROW = 32

    def __init__(self) -> None:
        super().__init__()
        self._finding = first_finding()
        self.setFixedWidth(364)

    def show_steps(self, finding: Finding) -> None:
        self._finding = finding
        self.setFixedHeight(self.ROW * len(finding.steps))
        told = ", ".join(f"{step.name}: {step.detail or _(step.outcome.value)}" for step in finding.steps)
        self.setAccessibleName(_("Steps"))
        self.setAccessibleDescription(told)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        painter.fillRect(QRectF(17, 16, 1, self.height() - 32), colours.role("line2"))
        for place, step in enumerate(self._finding.steps):
            y = place * self.ROW
            rect = QRectF(0, y, self.width(), self.ROW)
            failed, done = step.outcome is Outcome.FAILED, step.outcome is Outcome.DONE
            if failed:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colours.role("err_ground"))
                painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 6, 6)
            disc = QRectF(8, y + 7, 18, 18)
            ground = "err" if failed else "ok_ground" if done else "bg"
            painter.setBrush(colours.role(ground))
            dashed = QPen(colours.role("edge"), 1, Qt.PenStyle.DashLine)
            painter.setPen(Qt.PenStyle.NoPen if failed or done else dashed)
            painter.drawEllipse(disc)
            if failed or done:
                mark = QRectF(disc.left() + 2, disc.top() + 2, SMALL, SMALL)
                draw_icon(painter, "cross" if failed else "tick", mark, "surface" if failed else "ok")
            painter.setFont(theme.font(theme.BODY, theme.TITLE if failed else theme.TEXT))
            painter.setPen(colours.role("err" if failed else "text" if done else "muted"))
            painter.drawText(QRectF(40, y, 200, self.ROW), Qt.AlignmentFlag.AlignVCenter, step.name)
            side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.setFont(theme.font())
            painter.setPen(colours.role("err" if failed else "muted"))
            detail = step.detail or ("" if failed or done else _(step.outcome.value))
            painter.drawText(QRectF(200, y, self.width() - 208, self.ROW), side, detail)


class _Remedy(QWidget):
    """What happened and what to do next, beside the steps."""

    def __init__(self) -> None:
        super().__init__()
        self._tone = "line2"
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 14)
        layout.setSpacing(6)
        self._what = Label("", theme.SECTION, theme.TITLE, wrap=True)
        self._next = Label("", kind="muted", wrap=True)
        layout.addWidget(self._what)
        layout.addWidget(self._next)
        layout.addStretch(1)

    def show_finding(self, finding: Finding) -> None:
        self._tone = "line2"
        if finding.error is not None:
            self._tone = "err"
            self._what.setText(str(finding.error))
            self._next.setText(finding.error.advice())
        elif finding.hello is not None:
            self._tone = "ok"
            self._what.setText(_("{name} answers.").format(name=finding.hello.name))
            self._next.setText(_("It is among the boards above; use it when you like."))
        else:
            self._what.setText(_("Trying {address}").format(address=finding.address) if finding.address else "")
            self._next.setText(_("This takes a few seconds where nothing answers."))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().role(self._tone), 1.5))
        painter.setBrush(theme.current().role("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
