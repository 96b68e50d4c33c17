"""A field in a list, for a name to add to it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from studio.core.text import gettext as _


class InlineField(QLineEdit):
    """Hidden until it is asked for. Enter gives what was typed and stays for another; Escape, or nothing, ends it.

    While it stays, letters are no commands: it says how it ends.
    """

    entered = Signal(str)

    def __init__(self, example: str, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.show_example(example)
        self.hide()

    def show_example(self, example: str) -> None:
        self._example = example
        self.setPlaceholderText(example)

    def ask(self) -> None:
        self.clear()
        self.show()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def event(self, event: QEvent) -> bool:
        # Enter and Escape have commands of their own in the window, which would take them first.
        own = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in own:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            text = self.text().strip()
            self.clear()
            if text:
                self.setPlaceholderText(_("another, or Enter to end"))
                self.entered.emit(text)
            else:
                self._leave()
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def _leave(self) -> None:
        self.hide()
        self.setPlaceholderText(self._example)
        page = self.parentWidget()
        if page is not None:
            page.setFocus()
