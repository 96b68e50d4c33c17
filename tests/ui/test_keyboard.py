"""The window by keyboard alone: every action has a key, Tab goes as one reads, and all that it reaches has a name."""

import itertools
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.commands import COMMANDS
from studio.ui.controls import Button
from studio.ui.pages.rows import PAGES, START
from studio.ui.window import MainWindow

RATE_HZ = 16_000
PATIENCE = 20_000  # ms
NAMES = [row.name for row in PAGES]


@pytest.fixture
def heard_folder(tmp_path: Path) -> Path:
    """A project of four real takes of two words, half a second each."""
    from studio.dataset.importing import import_folder
    from studio.dataset.project import create_project

    chance = np.random.default_rng(3)
    for label in ("no", "yes"):
        for take in range(2):
            path = tmp_path / "takes" / label / f"{take}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, RATE_HZ, RATE_HZ // 2, "NONE", ""))
                file.writeframes(chance.normal(0, 3000, RATE_HZ // 2).astype("<i2").tobytes())
    folder = tmp_path / "kitchen"
    with create_project(folder, name="Kitchen light") as project:
        import_folder(project, tmp_path / "takes")
    return folder


@pytest.fixture(params=["nothing in it", "takes in it"])
def window(request: pytest.FixtureRequest, qtbot: QtBot, open_window, tmp_path: Path) -> Iterator[MainWindow]:
    """The window with a project, which has something to show or not yet."""
    from studio.dataset.project import create_project

    if request.param == "takes in it":
        folder = request.getfixturevalue("heard_folder")
    else:
        folder = tmp_path / "empty"
        create_project(folder, name="Empty").close()
    window = open_window(folder)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close()


def go(qtbot: QtBot, window: MainWindow, name: str) -> None:
    """To a page by its key, and until what it asked the catalogue is shown."""
    (row,) = [row for row in COMMANDS if row.name == f"page.{name}"]
    QTest.keySequence(window, QKeySequence(row.keys[0]))
    assert window.page_name == name
    settle(qtbot, window)


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """What was asked of the catalogue's thread until now has been answered and delivered, three times over."""
    for _time in range(3):
        answered = window.session.ask(lambda project: project.catalogue.count())
        qtbot.waitUntil(answered.done, timeout=PATIENCE)
        QApplication.processEvents()


def test_each_page_comes_by_its_key_and_its_work_begins_where_the_focus_is(qtbot: QtBot, window: MainWindow) -> None:
    for name in (*NAMES, *reversed(NAMES)):
        go(qtbot, window, name)
        assert QApplication.focusWidget() is not None, name


def test_every_action_that_can_be_done_is_found_in_the_palette(qtbot: QtBot, window: MainWindow) -> None:
    palette = window.palette_panel()
    for name in NAMES:
        go(qtbot, window, name)
        for row in COMMANDS:
            if row.page in ("", name) and row.name != "palette" and window.commands.can(row.name):
                palette.open_with(row.title.lower())
                assert row.title in [entry.text for entry in palette.entries()], row.name
        palette.close_up()


def test_the_key_on_a_button_is_the_key_of_a_command_of_its_page(qtbot: QtBot, window: MainWindow) -> None:
    for name in (START, *NAMES):
        if name != START:
            go(qtbot, window, name)
        keys = {window.commands.key(row.name) for row in COMMANDS if row.page in ("", window.page_name)}
        shown = [each for each in window.findChildren(Button) if each.isVisible() and each.key]
        assert [each.text() for each in shown if each.key not in keys] == [], name


def test_what_a_page_is_for_can_be_done_by_key(qtbot: QtBot, window: MainWindow) -> None:
    """Its coloured button shows its key; what an empty page offers is at least reached by Tab."""
    for name in NAMES:
        go(qtbot, window, name)
        main = [each for each in window.findChildren(Button) if each.isVisible() and each.kind in ("primary", "record")]
        reached = reached_by_tab(window)
        assert [each.text() for each in main if each.isEnabled() and not each.key and each not in reached] == [], name


def test_tab_goes_as_one_reads(qtbot: QtBot, window: MainWindow) -> None:
    for name in NAMES:
        go(qtbot, window, name)
        steps = itertools.pairwise(reached_by_tab(window))
        assert [told(a, b, window) for a, b in steps if goes_back(place(a, window), place(b, window))] == [], name


def test_all_that_tab_reaches_says_what_it_is(qtbot: QtBot, window: MainWindow) -> None:
    for name in NAMES:
        go(qtbot, window, name)
        nameless = [described(each) for each in reached_by_tab(window) if not spoken_name(each)]
        assert nameless == [], name


def test_tab_leaves_nothing_out_and_comes_round(qtbot: QtBot, window: MainWindow) -> None:
    for name in NAMES:
        go(qtbot, window, name)
        reached = reached_by_tab(window)  # first: of exclusive buttons Qt lets Tab come to the checked one
        all_there_is = [each for each in window.findChildren(QWidget) if each.isVisible() and takes_tab(each)]
        assert [described(each) for each in all_there_is if each not in reached] == [], name


def reached_by_tab(window: MainWindow) -> list[QWidget]:
    """What Tab comes to, one after the other, from the first one of the title row until it has been there before."""
    everything = [each for each in window.findChildren(QWidget) if each.isVisible()]
    first = min((each for each in everything if takes_tab(each)), key=lambda each: reading(place(each, window)))
    first.setFocus()
    reached: list[QWidget] = []
    focus: QWidget | None = first
    while focus is not None and focus not in reached:
        reached.append(focus)
        window.focusNextChild()
        focus = QApplication.focusWidget()
    assert focus is first
    return reached


def takes_tab(widget: QWidget) -> bool:
    tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return tab and widget.isEnabled() and widget.focusProxy() is None


def reading(rect: QRect) -> tuple[int, int]:
    return rect.top(), rect.left()


def place(widget: QWidget, window: MainWindow) -> QRect:
    """In the window, were nothing scrolled."""
    corner = widget.mapTo(window, QPoint(0, 0))
    holder = widget.parentWidget()
    while holder is not None:
        if isinstance(holder, QScrollArea):
            corner += QPoint(holder.horizontalScrollBar().value(), holder.verticalScrollBar().value())
        holder = holder.parentWidget()
    return QRect(corner, widget.size())


def goes_back(a: QRect, b: QRect) -> bool:
    """Whether b comes before a where one reads: left of it in a row, or above it and not in a column further right."""
    overlap = min(a.bottom(), b.bottom()) - max(a.top(), b.top())
    if overlap > min(a.height(), b.height()) / 2:
        return b.right() <= a.left()
    return b.bottom() <= a.top() and b.left() < a.right() and not a.contains(b) and not b.contains(a)


def spoken_name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def described(widget: QWidget) -> str:
    return f"{type(widget).__name__} {spoken_name(widget)!r} in {type(widget.parentWidget()).__name__}"


def told(a: QWidget, b: QWidget, window: MainWindow) -> str:
    return f"{described(a)} {place(a, window).getRect()} -> {described(b)} {place(b, window).getRect()}"
