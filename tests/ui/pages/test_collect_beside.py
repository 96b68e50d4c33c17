"""Several sources on Collect: recorded together, entered as one, each with its link's state."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from studio.boards.address import parse_address
from studio.boards.virtual import VirtualBoard, start_virtual_board
from studio.capture.link_state import LinkState
from studio.capture.preflight import Preflight
from studio.dataset.project import Project, create_project
from studio.dataset.script import Script, ScriptClass, keep_script
from studio.ui.heard import Wanted
from studio.ui.pages.collect_beside import title_of, wanted_of
from studio.ui.pages.collect_preflight import notice_of
from studio.ui.pages.collect_views import RowsView
from tests.ui.hands import do, wait

RATE_HZ = 16_000
TAKE_S = 0.5


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    at = np.arange(60 * RATE_HZ) / RATE_HZ
    path = tmp_path / "heard.wav"
    noise = np.random.default_rng(1).normal(0, 0.01, len(at))
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 440 * at) + noise, RATE_HZ, subtype="PCM_16")
    return path


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    rows = np.random.default_rng(1).integers(1, 9_000, (7_000, 6))
    path = tmp_path / "felt.csv"
    np.savetxt(path, rows, "%d", ",", header="ax,ay,az,gx,gy,gz", comments="")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "kitchen"
    with create_project(folder, name="Kitchen light") as project:
        keep_script(project.catalogue, Script((ScriptClass("yes", 4, TAKE_S), ScriptClass("no", 4, TAKE_S))))
    return folder


@pytest.fixture
def cable(motion: Path, folder: Path) -> Iterator[VirtualBoard]:
    """A second board, whose cable can be pulled by closing it."""
    with start_virtual_board(parse_address(f"virtual:nano33ble?play={motion}"), folder / "boards", tcp=True) as board:
        yield board


def collect(qtbot: QtBot, window: Any, sound: Path, *beside: Wanted) -> Any:
    window.session.choose_board(f"virtual:espeye?play={sound}", "ESP-EYE (virtual)")
    window.show_page("collect")
    page = window.page("collect")
    wait(qtbot, lambda: page.listening.main.is_on and bool(page.script.class_rows))
    for wanted in beside:
        page.sources.menu.chosen.emit(wanted)
    wait(qtbot, lambda: all(heard.is_on and heard.seen for heard in page.listening.sources))
    wait(qtbot, lambda: all(row.view is not None for row in page.stage.beside.rows.values()))
    return page


def record(qtbot: QtBot, window: Any, page: Any) -> None:
    newest = page._takes[0].id if page._takes else None
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: bool(page._takes) and page._takes[0].id != newest)


def recordings(window: Any) -> list[Any]:
    def look(project: Project) -> list[Any]:
        return project.catalogue.recordings()

    found: list[Any] = window.session.ask(look).result(10)
    return found


def test_a_take_is_recorded_by_all_and_one_undo_takes_all_of_it(
    qtbot: QtBot, open_window: Any, sound: Path, motion: Path, folder: Path
) -> None:
    window = open_window(folder)
    page = collect(qtbot, window, sound, Wanted(f"virtual:nano33ble?play={motion}", "imu"))
    (row,) = page.stage.beside.rows.values()
    assert isinstance(row.view, RowsView)
    assert row.head.chip.text == "streaming"
    record(qtbot, window, page)
    found = recordings(window)
    assert sorted(each.kind for each in found) == ["imu", "microphone"]
    assert len({each.session for each in found}) == 1
    assert found[0].session
    assert all(each.labels == ("yes",) for each in found)
    assert [take.kind for take in page._takes] == ["microphone"]  # what the project senses is counted
    assert page.chosen.progress.made("yes") == 1
    do(qtbot, window, "undo")
    wait(qtbot, lambda: recordings(window) == [])


def test_removing_and_recording_again_are_of_the_whole_take(
    qtbot: QtBot, open_window: Any, sound: Path, motion: Path, folder: Path
) -> None:
    window = open_window(folder)
    page = collect(qtbot, window, sound, Wanted(f"virtual:nano33ble?play={motion}", "imu"))
    record(qtbot, window, page)
    first = {each.id for each in recordings(window)}
    do(qtbot, window, "collect.redo")
    wait(qtbot, lambda: bool(page._takes) and page._takes[0].id not in first)
    again = {each.id for each in recordings(window)}
    assert len(again) == 2
    assert not again & first
    do(qtbot, window, "collect.remove")
    wait(qtbot, lambda: recordings(window) == [])
    do(qtbot, window, "undo")
    wait(qtbot, lambda: {each.id for each in recordings(window)} == again)


def test_a_second_source_that_goes_costs_the_take_nothing_and_its_link_is_shown(
    qtbot: QtBot, open_window: Any, sound: Path, folder: Path, cable: VirtualBoard
) -> None:
    window = open_window(folder)
    page = collect(qtbot, window, sound, Wanted(f"tcp:127.0.0.1:{cable.port}", "imu"))
    (row,) = page.stage.beside.rows.values()
    page._script_changed(page.chosen.script.lasting("yes", 3.0))
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: all(h.recording is not None and h.recording.seconds > 0.5 for h in page.listening.sources))
    cable.close()
    wait(qtbot, lambda: row.head.chip.text.startswith(("lost", "reconnecting")))
    assert window.session.links[f"tcp:127.0.0.1:{cable.port}"] in (LinkState.LOST, LinkState.RECONNECTING)
    assert page.listening.main.is_on
    wait(qtbot, lambda: bool(page._takes))
    by_kind = {each.kind: each for each in recordings(window)}
    assert by_kind["microphone"].samples == 3 * RATE_HZ
    assert 0.5 * 119 < by_kind["imu"].samples < 3 * 119
    assert page.taking.cut is None


def test_a_source_that_comes_back_goes_on_in_the_same_stream(
    qtbot: QtBot, open_window: Any, sound: Path, motion: Path, folder: Path
) -> None:
    window = open_window(folder)
    page = collect(qtbot, window, sound, Wanted(f"virtual:nano33ble?play={motion}", "imu"))
    heard, (row,) = page.listening.beside[0], page.stage.beside.rows.values()
    states: list[LinkState | None] = []
    window.session.links_changed.connect(lambda links: states.append(links.get(heard.wanted.address)))
    view, before = row.view, heard.seen
    for pid in boards_of(os.getpid(), "nano33ble"):
        os.kill(pid, signal.SIGKILL)
    wait(qtbot, lambda: LinkState.LOST in states and states[-1] is LinkState.STREAMING)
    assert [state for state in states if state is not None][:3] == [
        LinkState.LOST,
        LinkState.RECONNECTING,
        LinkState.STREAMING,
    ]
    wait(qtbot, lambda: row.head.chip.text == "streaming" and heard.lost > 0)
    assert row.view is view
    assert heard.seen > before


def test_a_long_take_waits_for_its_source_and_goes_on_with_a_gap(
    qtbot: QtBot, open_window: Any, sound: Path, motion: Path, folder: Path
) -> None:
    window = open_window(folder)
    page = collect(qtbot, window, sound, Wanted(f"virtual:nano33ble?play={motion}", "imu"))
    page._script_changed(page.chosen.script.lasting("yes", 60.0))
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: all(h.recording is not None and h.recording.seconds > 0.3 for h in page.listening.sources))
    for pid in boards_of(os.getpid(), "espeye"):
        os.kill(pid, signal.SIGKILL)
    wait(qtbot, page.stage.problem.isVisible)
    assert "the take goes on" in page.stage.problem.shown.next
    assert page.stage.head.chip.text.startswith(("lost", "reconnecting"))
    assert window.commands.can("collect.record")  # which stops it
    wait(qtbot, lambda: page.listening.main.is_on and page.listening.main.lost > 0)
    wait(qtbot, lambda: page.stage.head.chip.text == "streaming" and not page.stage.problem.isVisible())
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: bool(page._takes))
    by_kind = {each.kind: each for each in recordings(window)}
    assert len(by_kind) == 2
    seconds = {kind: each.seconds for kind, each in by_kind.items()}
    assert seconds["microphone"] == pytest.approx(seconds["imu"], abs=0.5)  # a link that was lost is behind for a while
    assert page.taking.cut is None


def test_a_mark_is_flagged_in_the_traces_of_all_at_one_place(
    qtbot: QtBot, open_window: Any, sound: Path, motion: Path, folder: Path
) -> None:
    window = open_window(folder)
    page = collect(qtbot, window, sound, Wanted(f"virtual:nano33ble?play={motion}", "imu"))
    page._script_changed(page.chosen.script.lasting("yes", 20.0))
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: all(h.recording is not None and h.recording.seconds > 0.5 for h in page.listening.sources))
    wait(qtbot, lambda: all(h.recording_from is not None for h in page.listening.sources))
    do(qtbot, window, "collect.mark")
    views = page.stage.views
    assert [[mark.text for mark in view.stream.marks] for view in views] == [["mark"], ["mark"]]
    page._live._draw()
    places = [view.frame.plots[0].x_of(view.stream.marks[0].first) for view in views]
    assert places[0] == pytest.approx(places[1], abs=20)  # px of some 100 a second: blocks come when they come
    assert views[0].frame.span_s == pytest.approx(views[1].frame.span_s)
    assert [view.frame.ruler.isVisible() for view in views] == [False, True]
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: bool(page._takes))


def test_a_take_without_an_end_tells_how_long_the_disk_will_do_for_all(
    qtbot: QtBot, open_window: Any, sound: Path, motion: Path, folder: Path
) -> None:
    window = open_window(folder)
    page = collect(qtbot, window, sound, Wanted(f"virtual:nano33ble?play={motion}", "imu"))
    wait(qtbot, lambda: "Room for 38 kB a second" in window._strip._disk.toolTip())  # 32 of sound, and rows of text
    do(qtbot, window, "collect.record_on")
    wait(qtbot, lambda: window.notices.notice is not None and "The disk has room for" in window.notices.notice.text)
    wait(qtbot, lambda: all(h.recording is not None and h.recording.seconds > 0.3 for h in page.listening.sources))
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: len(recordings(window)) == 2)


def test_too_little_room_and_a_low_battery_are_warned_of() -> None:
    plenty = notice_of(Preflight(10**10, 34_000.0, 81.7, None, 0.0), None)
    assert (plenty.text, plenty.tone) == ("The disk has room for 82 h of all that is recorded.", "info")
    short = notice_of(Preflight(10**7, 34_000.0, 0.08, 12, 0.0), 600.0)
    assert "room for 5 min" in short.text
    assert "battery is at 12 %" in short.text
    assert "before the disk is full" in short.more
    assert "Plug this machine in" in short.more
    assert short.tone == "warn"
    assert "10.0 GB are free" in notice_of(Preflight(10**10, 0.0, None, None, 0.0), None).text


def boards_of(parent: int, board: str) -> list[int]:
    """Programs of virtual boards below a process."""
    found = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            line = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
            own = [child] if line[0].endswith("stu_virtual_board") and board in line else []
            found += own + boards_of(child, board)
    return found


def test_what_is_recorded_too_is_remembered_and_can_be_left_out(
    qtbot: QtBot, open_window: Any, sound: Path, motion: Path, folder: Path
) -> None:
    window = open_window(folder)
    wanted = Wanted(f"virtual:nano33ble?play={motion}", "imu")
    collect(qtbot, window, sound, wanted)
    window.close()
    again = open_window(folder)
    page = again.page("collect")
    wait(qtbot, lambda: page.sources.beside == [wanted] and bool(page.stage.beside.rows))
    wait(qtbot, lambda: bool(page.listening.beside) and page.listening.beside[0].is_on)
    (row,) = page.stage.beside.rows.values()
    qtbot.mouseClick(row.remove, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: not page.listening.beside and not page.stage.beside.traces.isVisible())
    wait(qtbot, lambda: page.listening.main.is_on and bool(page.script.class_rows))
    record(qtbot, again, page)
    assert [each.kind for each in recordings(again)] == ["microphone"]
    assert recordings(again)[0].session is None


def test_of_what_is_remembered_only_sources_that_can_be_come_back_and_each_once() -> None:
    kept = [["mic", ""], ["mic", ""], ["camera:1", "camera"], ["virtual:nano33ble?play=a.wav", "imu"]]
    senseless = [["garbage", "imu"], ["tcp:nowhere", "imu"], ["", ""], ["mic", "smell"], ["mic"], 3]
    found = wanted_of({"beside": [*kept, *senseless]})
    assert found == [Wanted(*each) for each in kept[1:]]
    for each in found:
        assert all(title_of(each, "imu"))
    assert wanted_of({"beside": 3}) == []


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of menus, without a screen
def test_the_menu_lists_boards_also_while_none_is_chosen(qtbot: QtBot, open_window: Any, folder: Path) -> None:
    window = open_window(folder)
    window.show_page("collect")
    wait(qtbot, lambda: bool(window.page("collect").script.class_rows))
    window.commands.run("collect.beside")
    menu: Any = QApplication.activePopupWidget()
    wait(qtbot, lambda: any("Nano 33" in action.text() for action in menu.actions()))
    menu.close()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of menus, without a screen
def test_the_menu_offers_what_is_in_reach_and_not_what_is_heard_already(
    qtbot: QtBot, open_window: Any, sound: Path, folder: Path
) -> None:
    window = open_window(folder)
    page = collect(qtbot, window, sound)
    do(qtbot, window, "collect.beside")
    wait(qtbot, lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu: Any = QApplication.activePopupWidget()
    wait(qtbot, lambda: any("Nano 33" in action.text() for action in menu.actions()))
    texts = [action.text() for action in menu.actions()]
    assert texts[:2] == ["This computer's microphone", "This computer's camera"]
    (nano,) = [action.menu() for action in menu.actions() if "Nano 33" in action.text()]
    assert "Motion" in [action.text() for action in nano.actions()]
    menu.actions()[0].trigger()
    menu.close()
    wait(qtbot, lambda: page.sources.beside == [Wanted("mic")])
    do(qtbot, window, "collect.beside")
    wait(qtbot, lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert not menu.actions()[0].isEnabled()
    menu.close()
