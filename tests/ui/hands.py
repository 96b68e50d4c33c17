"""What a user does to the window: keys to whatever has the focus, clicks, and looking until something is so."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.window import MainWindow

PATIENCE_MS = 30_000


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def press(qtbot: QtBot, window: QWidget, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """A key that something in the window takes, such as a field: what is a command's key wants `do`."""
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)


def do(qtbot: QtBot, window: MainWindow, command: str) -> None:
    """By its key, once the window offers it: what a thread has just told may not be shown yet."""
    action = window.commands.action(command)
    wait(qtbot, action.isEnabled)
    QTest.keySequence(QApplication.focusWidget() or window, action.shortcuts()[0])


class Hands:
    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self._qtbot, self.window = qtbot, window
        window.activateWindow()
        self.until(window.isActiveWindow)

    def press(self, key: str) -> None:
        QTest.keySequence(QApplication.focusWidget() or self.window, QKeySequence(key))

    def type(self, text: str) -> None:
        self._qtbot.keyClicks(QApplication.focusWidget(), text)
        self.press("Return")

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """In the middle, or at a place."""
        self._qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())

    def until(self, true: Callable[[], object], timeout_ms: int = PATIENCE_MS) -> None:
        self._qtbot.waitUntil(lambda: bool(true()), timeout=timeout_ms)

    def go(self, key: str, name: str) -> Any:
        """By its key to a page, which it gives."""
        self.press(key)
        assert self.window.page_name == name
        return self.window.page(name)
