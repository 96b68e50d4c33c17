"""What is recorded from: the session's board, or what this computer has itself, a microphone or a camera."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox

from studio.core.samples import MICROPHONE, SensorKind
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread
from studio.ui.icons import CHIP, icon
from studio.ui.pages.collect_kinds import SENSORS, SensorRow
from studio.ui.session import BoardStatus

if TYPE_CHECKING:
    from studio.ui.session import Session

OWN = "own"  # this computer's, whichever that is
DEVICES = "devices"  # leads to the page where another board is chosen


class SourceChoice(QComboBox):
    """Gives "" for the session's board, OWN, or DEVICES."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("What is recorded from"))
        self.setMinimumWidth(theme.column(250))
        self.setIconSize(QSize(theme.px(CHIP), theme.px(CHIP)))
        self._board, self._source = "", ""
        self._sensor = SENSORS[MICROPHONE.name]
        self.activated.connect(self._ask)
        theme.current().changed.connect(self._fill)

    def show_source(self, board: str, source: str) -> None:
        """board: the name of the session's, "" for none. source: which is in use."""
        self._board, self._source = board, source
        self._fill()

    def show_sensor(self, sensor: SensorRow) -> None:
        self._sensor = sensor
        self._fill()

    def open_list(self) -> None:
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.showPopup()

    def _fill(self) -> None:
        self.blockSignals(True)
        self.clear()
        self.addItem(icon("devices"), self._board or _("No board chosen"), "")
        if self._sensor.own:
            self.addItem(icon(self._sensor.own_icon), _(self._sensor.own_title), OWN)
        self.addItem(icon("plus"), _("Another board…"), DEVICES)
        self.setCurrentIndex(1 if self._source == OWN else 0)
        self.blockSignals(False)

    def _ask(self, index: int) -> None:
        asked = str(self.itemData(index))
        if asked == DEVICES:
            self._fill()
        self.asked.emit(asked)


class Source(QObject):
    """Which of them is in use, and what the strip says of it."""

    changed = Signal()

    def __init__(self, session: "Session", choice: SourceChoice, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._choice = session, choice
        self.chosen = ""  # OWN, or "" for the session's board
        self.sensor = SENSORS[MICROPHONE.name]
        on_gui_thread(session.board_changed, lambda _address: self._board_changed(), owner=self, latest=True)
        self._show_choice()

    @property
    def address(self) -> str:
        """Of the source in use; none where it is empty."""
        return (self._session.board or "") if self.is_board else self.sensor.own

    @property
    def is_board(self) -> bool:
        return self.chosen != OWN or not self.sensor.own

    @property
    def name(self) -> str:
        return self._session.board_name if self.is_board else _(self.sensor.own_title)

    @property
    def title(self) -> str:
        """Of what it hears with, above the traces."""
        return _(self.sensor.title)

    def show_sensor(self, kind: SensorKind) -> None:
        """What the project senses."""
        self.sensor = SENSORS[kind.name]
        self._choice.show_sensor(self.sensor)

    def use(self, source: str) -> None:
        """OWN; anything else is the board."""
        self.chosen = source if source == OWN else ""
        self._show_choice()
        self.changed.emit()

    def tell_lost(self) -> None:
        """In the strip."""
        problem = _("does not answer") if self.is_board else _("gives nothing")
        self._session.show_status(BoardStatus(self.name, problem=problem))

    def rest_status(self) -> None:
        """The strip names the board again, as whoever chose it did; what comes from it is no longer told."""
        self._session.show_status(BoardStatus(self._session.board_name) if self._session.board is not None else None)

    def _board_changed(self) -> None:
        self._show_choice()
        self.changed.emit()

    def _show_choice(self) -> None:
        self._choice.show_source(self._session.board_name, self.chosen)
