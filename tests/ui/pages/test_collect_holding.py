"""A class's key that is held, on keyboards whose digits are shifted too."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.pages.collect_holding import Holding

NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
PLACE = 10  # of the key of 1, as X numbers them


class Keyboard:
    """Keys of a window on which the labels yes and no are held."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.told: list[str] = []
        holding = Holding(lambda place: ("yes", "no")[place] if place < 2 else "", self.window)
        holding.held.connect(self.told.append)
        holding.watch(self.window)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE, *, place: int = 0) -> bool:
        return self._send(QEvent.Type.KeyPress, key, modifier, place)

    def release(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE, *, place: int = 0) -> bool:
        return self._send(QEvent.Type.KeyRelease, key, modifier, place)

    def _send(self, kind: QEvent.Type, key: Qt.Key, modifier: Qt.KeyboardModifier, place: int) -> bool:
        event = QKeyEvent(kind, key, modifier, place, 0, 0)
        event.ignore()
        QApplication.sendEvent(self.window, event)
        return event.isAccepted()


@pytest.fixture
def keyboard(qtbot: QtBot) -> Keyboard:
    return Keyboard(qtbot)


@pytest.mark.parametrize("modifier", [NONE, SHIFT, Qt.KeyboardModifier.KeypadModifier])
def test_a_digit_is_held_until_it_comes_up_however_it_is_typed(
    keyboard: Keyboard, modifier: Qt.KeyboardModifier
) -> None:
    assert keyboard.press(Qt.Key.Key_1, modifier)
    assert keyboard.press(Qt.Key.Key_1, modifier)  # it repeats
    assert keyboard.told == ["yes"]
    assert keyboard.release(Qt.Key.Key_1, modifier)
    assert keyboard.told == ["yes", ""]


def test_a_shifted_digit_that_comes_up_after_shift_is_known_by_its_place(keyboard: Keyboard) -> None:
    """On a French keyboard it is & without Shift."""
    keyboard.press(Qt.Key.Key_1, SHIFT, place=PLACE)
    assert keyboard.press(Qt.Key.Key_Ampersand, place=PLACE)  # it repeats
    keyboard.release(Qt.Key.Key_A, place=PLACE + 20)
    assert keyboard.told == ["yes"]
    assert keyboard.release(Qt.Key.Key_Ampersand, place=PLACE)
    assert keyboard.told == ["yes", ""]


def test_digits_with_control_and_those_of_no_class_are_the_windows(keyboard: Keyboard) -> None:
    assert not keyboard.press(Qt.Key.Key_1, CONTROL)
    assert not keyboard.press(Qt.Key.Key_3)
    assert keyboard.told == []
