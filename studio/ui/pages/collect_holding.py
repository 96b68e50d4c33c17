"""A class's key that is held while it happens: from press to release the recording is of that class."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

_FIRST, _LAST = Qt.Key.Key_1, Qt.Key.Key_9
_PLAIN = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier  # French digits are shifted


class Holding(QObject):
    """Hears keys of a window before its shortcuts do. held: label "" for what is released; one is held at a time."""

    held = Signal(str)

    def __init__(self, label_at: Callable[[int], str], parent: QObject) -> None:
        """label_at: what the key of a place, from 0, stands for now; "" for nothing: then it is the window's."""
        super().__init__(parent)
        self.label = ""
        self._label_at = label_at
        self._key: int | None = None
        self._place = 0  # of that key on the keyboard, as the system numbers them; 0: it does not tell
        self._window: QWidget | None = None

    def watch(self, window: QWidget) -> None:
        self.leave()
        self._window = window
        window.installEventFilter(self)
        QApplication.instance().focusWindowChanged.connect(self.release)  # type: ignore[union-attr]

    def leave(self) -> None:
        """Twice does no harm."""
        self.release()
        if self._window is not None:
            self._window.removeEventFilter(self)
            QApplication.instance().focusWindowChanged.disconnect(self.release)  # type: ignore[union-attr]
            self._window = None

    def release(self) -> None:
        """Whatever is held, as when its key comes up."""
        if self._key is not None:
            self._key, self.label = None, ""
            self.held.emit("")

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            assert isinstance(event, QKeyEvent)  # noqa: S101  of these types
            if self._hear(kind, event):
                event.accept()
                return True
        elif kind is QEvent.Type.WindowDeactivate:
            self.release()
        return False

    def _hear(self, kind: QEvent.Type, event: QKeyEvent) -> bool:
        """Whether it was for us."""
        key = event.key()
        ours = key == self._key or (self._key is not None and 0 != self._place == event.nativeScanCode())
        if kind is QEvent.Type.KeyRelease:
            if ours and not event.isAutoRepeat():
                self.release()
            return ours
        if ours:  # it repeats while it is held; another key, where Shift was let go meanwhile
            return True
        plain = not event.modifiers() & ~_PLAIN
        label = self._label_at(key - _FIRST) if plain and _FIRST <= key <= _LAST else ""
        if label and kind is QEvent.Type.KeyPress:
            self._key, self._place, self.label = key, event.nativeScanCode(), label
            self.held.emit(label)
        return bool(label)
