"""The board's button in Collect: its presses are flags in what is drawn, and a virtual board's is pressed from here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.boards.address import parse_address
from studio.boards.virtual import VirtualBoard, start_virtual_board
from studio.dataset.project import create_project
from studio.dataset.recordings import read_sidecar, sidecar_path
from studio.dataset.script import Script, ScriptClass, keep_script
from studio.ui.heard import Wanted
from studio.ui.pages.collect_views import SourceView
from tests.ui.hands import do, wait

RATE_HZ = 16_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with create_project(tmp_path / "kitchen") as project:
        keep_script(project.catalogue, Script((ScriptClass("yes", 4, 1.0),)))
    return tmp_path / "kitchen"


@pytest.fixture
def far(tmp_path: Path) -> Iterator[VirtualBoard]:
    """A board that is reached as a real one is: its button is not here."""
    noise = np.random.default_rng(1).normal(0, 0.01, 60 * RATE_HZ)
    soundfile.write(tmp_path / "heard.wav", noise, RATE_HZ, subtype="PCM_16")
    address = parse_address(f"virtual:espeye?play={tmp_path / 'heard.wav'}")
    with start_virtual_board(address, None, tcp=True) as board:
        yield board


def collect(qtbot: QtBot, window: Any, address: str) -> Any:
    window.session.choose_board(address, "Board")
    window.show_page("collect")
    page = window.page("collect")
    wait(qtbot, lambda: page.listening.main.seen and page.script.class_rows)
    return page


def flags(view: SourceView) -> list[int]:
    """At which samples of its stream."""
    return [flag.first for flag in view.stream.marks if flag.text == "mark"]


def button(page: Any) -> Any:
    return page.header[0]


def test_presses_of_the_boards_button_are_flagged_where_they_were(qtbot: QtBot, open_window, folder: Path):
    page = collect(qtbot, open_window(folder), "virtual:nano33ble?press=0.5,1.25")
    wait(qtbot, lambda: len(flags(page.stage.view)) == 2)
    assert flags(page.stage.view) == [RATE_HZ // 2, RATE_HZ * 5 // 4]


def test_presses_by_key_and_by_click_during_a_take_are_marks_of_its_recording(qtbot: QtBot, open_window, folder: Path):
    window = open_window(folder)
    page = collect(qtbot, window, "virtual:nano33ble")
    wait(qtbot, lambda: button(page).isVisible())
    do(qtbot, window, "collect.record_on")
    wait(qtbot, lambda: page.listening.is_recording and page.listening.recording_from is not None)
    begun = page.listening.recording_from
    do(qtbot, window, "collect.press")
    wait(qtbot, lambda: len(flags(page.stage.view)) == 1)
    qtbot.mouseClick(button(page), Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: len(flags(page.stage.view)) == 2)
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: bool(page._takes))
    (recording,) = window.session.ask(lambda project: project.catalogue.recordings()).result(10)
    marks = read_sidecar(sidecar_path(folder / recording.path)).marks
    assert marks == tuple(flag - begun for flag in flags(page.stage.view))
    assert 0 <= marks[0] < marks[1] < recording.samples


def test_the_button_is_of_the_virtual_board_beside_where_the_first_source_has_none_here(
    qtbot: QtBot, open_window, folder: Path, far: VirtualBoard
):
    window = open_window(folder)
    page = collect(qtbot, window, f"tcp:127.0.0.1:{far.port}?token={far.token}")
    assert not button(page).isVisible()
    assert not window.commands.action("collect.press").isEnabled()
    page.sources.menu.chosen.emit(Wanted("virtual:nano33ble", "imu"))
    wait(qtbot, lambda: button(page).isVisible())
    beside = page.listening.beside[0]
    wait(qtbot, lambda: beside.seen and page.stage.beside.row_of(beside).view is not None)
    do(qtbot, window, "collect.press")
    view = page.stage.beside.row_of(beside).view
    wait(qtbot, lambda: len(flags(view)) == 1)
    assert flags(page.stage.view) == []
    page.sources.record_beside([])
    wait(qtbot, lambda: not button(page).isVisible())
    assert not window.commands.action("collect.press").isEnabled()
