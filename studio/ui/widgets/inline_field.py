"""A field in a list, for a name to add to it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit


class InlineField(QLineEdit):
    """Hidden until it is asked for. Enter gives what was typed and stays for another; Escape, or nothing, ends it."""

    entered = Signal(str)

    def __init__(self, example: str, name: str) -> None:
        super().__init__()
        self.setPlaceholderText(example)
        self.setAccessibleName(name)
        self.hide()

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
                self.entered.emit(text)
            else:
                self._leave()
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def _leave(self) -> None:
        self.hide()
        page = self.parentWidget()
        if page is not None:
            page.setFocus()
