"""The inspector of Devices: the chosen board, what a virtual one hears, its microphone beside this computer's."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Chip, Elided, Label, Line
from studio.ui.pages import pictures
from studio.ui.pages.devices_card import Shown
from studio.ui.pages.hears import hears_words
from studio.ui.theme import px


class BoardDetails(QScrollArea):
    """The inspector: the chosen board, and what a virtual one hears. It scrolls where text is large."""

    hears_asked = Signal()

    def __init__(self, hears_key: str, pair: QWidget) -> None:
        """hears_key: as shown, of choosing what it hears. pair: shown below all else."""
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.is_virtual = False
        content = QWidget()
        self.setWidget(content)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(8)
        self._name = Elided(weight=theme.TITLE)
        layout.addWidget(self._name)
        self._link = Chip()
        layout.addWidget(self._link)
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
                ("drift", _("Clock drift")),
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
        box.addWidget(Label(_("What it senses"), weight=theme.TITLE))
        self.hears = Button(hears_words("").capitalize(), "speaker", key=hears_key)
        self.hears.clicked.connect(self.hears_asked)
        box.addWidget(self.hears)
        said = _("A virtual board runs the board's own code on this computer.")
        box.addWidget(Label(said, theme.CAPTION, kind="muted", wrap=True))
        layout.addWidget(self._hears)
        layout.addWidget(pair)
        layout.addStretch(1)

    def show_drift(self, words: str) -> None:
        """Of its clock, by its last recording; "" while it is looked for."""
        self._values["drift"].set_text(words)

    def show_board(self, board: Shown | None, plays: str, sensor: str, link: tuple[str, str, str] | None) -> None:
        """plays: to the sensor of a virtual one, of that kind. link: text, icon and tone of its state, if any."""
        self.is_virtual = board is not None and board.scheme == "virtual"
        self._link.setVisible(link is not None)
        if link is not None:
            self._link.show_state(*link)
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
        self.hears.set_text(hears_words(plays, sensor).capitalize())


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
