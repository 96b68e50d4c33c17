"""Train and Evaluate from end to end by keyboard alone, in a project that has a run: keys go to what has the focus."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.window import MainWindow

LONG_MS = 60_000
KEY = Qt.Key


class Keyboard:
    """One key after another, to the widget that has the focus. (Menus are left to the tests of each page: the offscreen
    platform keeps a closed one in front.)
    """

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self._qtbot, self._window = qtbot, window

    @property
    def focus(self) -> QWidget:
        return QApplication.focusWidget() or self._window

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(self.focus, key)

    def shortcut(self, keys: str) -> None:
        QTest.keySequence(self._window, QKeySequence(keys))

    def tab_to(self, widget: QWidget) -> None:
        for _step in range(60):
            if QApplication.focusWidget() is widget:
                return
            self.press(KEY.Key_Tab)
        pytest.fail(f"Tab does not reach {widget.accessibleName()}")

    def until(self, condition: Any) -> None:
        self._qtbot.waitUntil(condition, timeout=LONG_MS)


@pytest.fixture
def window(qtbot: QtBot, open_window: Any, spoken_once: Path, tmp_path: Path) -> MainWindow:
    opened: MainWindow = open_window(Path(shutil.copytree(spoken_once / "project", tmp_path / "project")))
    opened.activateWindow()
    qtbot.waitUntil(opened.isActiveWindow)
    return opened


def test_a_network_is_chosen_trained_and_compared_by_key(qtbot: QtBot, window: MainWindow) -> None:
    hands = Keyboard(qtbot, window)
    hands.shortcut("Ctrl+5")
    page: Any = window.page("train")
    hands.until(lambda: page.facts.ready and page.start_button.isEnabled())
    hands.press(KEY.Key_1)
    assert page.network.presets.index == 0
    hands.tab_to(page.network.diagram)
    hands.press(KEY.Key_Down)
    assert "Convolution" in page.network.diagram.accessibleDescription()
    hands.press(KEY.Key_S, KEY.Key_Up)
    assert page.options.seed.value() == 2
    hands.press(KEY.Key_Escape)
    hands.tab_to(page.options.quick)
    hands.press(KEY.Key_Space)
    assert page.options.quick.isChecked()
    hands.press(KEY.Key_T)
    hands.until(lambda: len(page._epochs) >= 2)
    hands.shortcut("Shift+T")
    hands.until(lambda: not page.running)
    assert len(page.facts.runs) == 1
    hands.until(page.start_button.isEnabled)
    hands.press(KEY.Key_T)
    hands.until(lambda: len(page.facts.runs) == 2 and not page.running)
    assert page.start_button.hasFocus()
    assert page.facts.runs[0].quick
    assert window.session.run == page.facts.runs[0].id
    hands.press(KEY.Key_R)
    assert page.runs.hasFocus()
    hands.press(KEY.Key_Down)
    hands.until(lambda: window.session.run == page.facts.runs[1].id)


def test_mistakes_are_opened_heard_and_rehearsed_by_key(
    qtbot: QtBot, window: MainWindow, spoken_once: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Keyboard(qtbot, window)
    hands.shortcut("Ctrl+6")
    page: Any = window.page("evaluate")
    view, heard = page.confusion, page.rehearsal
    hands.until(lambda: view._found is not None)
    hands.press(KEY.Key_2)
    hands.until(lambda: view._found.scored == "all" and not page.running)
    played: list[str] = []
    monkeypatch.setattr(view.cell._player, "play_samples", lambda what, _samples, _rate: played.append(what))
    monkeypatch.setattr(heard._player, "play_file", lambda what, *_where: played.append(what))
    hands.press(KEY.Key_M, KEY.Key_Up)
    for _row in view._found.classes:  # along the diagonal, to a cell with windows
        hands.press(KEY.Key_Return)
        if view.cell._examples:
            break
        hands.press(KEY.Key_Down, KEY.Key_Right)
    hands.tab_to(view.cell.strip)
    hands.press(KEY.Key_End, KEY.Key_Space)
    hands.until(lambda: played == [view.cell._examples[-1].id])
    hands.tab_to(page.run_choice)
    hands.press(KEY.Key_G)
    chosen = [str(spoken_once / "stream.wav"), str(spoken_once / "stream.txt")]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_asked: (chosen.pop(0), ""))
    hands.press(KEY.Key_O, KEY.Key_W, KEY.Key_E)
    hands.until(lambda: heard.found is not None and not page.running)
    hands.press(KEY.Key_H)
    missed = heard.outcome.counts.missed
    hands.press(KEY.Key_End)
    assert heard.outcome.counts.missed > missed
    hands.tab_to(heard.listen)
    hands.press(KEY.Key_Down, KEY.Key_Return)
    assert len(played) == 2
    hands.press(KEY.Key_G, KEY.Key_L)
    hands.until(lambda: window.page_name == "label")
