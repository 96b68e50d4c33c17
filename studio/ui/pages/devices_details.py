"""The inspector of Devices: the chosen board, and what a virtual one hears."""

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Elided, Label, Line, Segmented
from studio.ui.pages import pictures
from studio.ui.pages.devices_card import Shown, hears_text
from studio.ui.theme import px


class BoardDetails(QWidget):
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
        self.setFixedHeight(px(96))

    def show_key(self, key: str) -> None:
        self._key = key
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(0, 0, min(px(176), self.width()), min(px(70), self.width() * 70 / 176))
        rect.moveCenter(QRectF(self.rect()).center())
        pictures.paint_board(painter, rect, self._key)
