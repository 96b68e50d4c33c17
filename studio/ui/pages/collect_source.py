"""What is recorded from: the session's board, or this computer's microphone."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.icons import CHIP, icon

MICROPHONE = "mic"
DEVICES = "devices"  # leads to the page where another board is chosen


class SourceChoice(QComboBox):
    """Gives "" for the session's board, MICROPHONE, or DEVICES."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("What is recorded from"))
        self.setMinimumWidth(theme.column(250))
        self.setIconSize(QSize(theme.px(CHIP), theme.px(CHIP)))
        self._board, self._source = "", ""
        self.activated.connect(self._ask)
        theme.current().changed.connect(self._fill)

    def show_source(self, board: str, source: str) -> None:
        """board: the name of the session's, "" for none. source: which is in use."""
        self._board, self._source = board, source
        self._fill()

    def open_list(self) -> None:
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.showPopup()

    def _fill(self) -> None:
        self.blockSignals(True)
        self.clear()
        self.addItem(icon("devices"), self._board or _("No board chosen"), "")
        self.addItem(icon("laptop"), _("This computer's microphone"), MICROPHONE)
        self.addItem(icon("plus"), _("Another board…"), DEVICES)
        self.setCurrentIndex(1 if self._source == MICROPHONE else 0)
        self.blockSignals(False)

    def _ask(self, index: int) -> None:
        asked = str(self.itemData(index))
        if asked == DEVICES:
            self._fill()
        self.asked.emit(asked)
