"""Collect in the real window with a virtual board that moves, that sees, or that reads slow sensors."""

from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.capture.link_state import LinkState
from studio.core.csv_file import CsvWriter, read_csv
from studio.core.picture_file import read_picture
from studio.dataset.project import Project, create_project
from studio.dataset.script import Script, ScriptClass, keep_script
from studio.ui.heard import Wanted
from studio.ui.pages.collect import CollectPage
from studio.ui.pages.collect_camera import PictureView
from studio.ui.pages.collect_plan import Plan
from studio.ui.pages.collect_views import RowsView
from studio.ui.widgets.looks import PictureLook, TracesLook
from studio.ui.window import MainWindow
from tests.ui.hands import do, press, wait

PATIENCE = 20_000  # ms
RATE_HZ = 119
IMU = ("ax", "ay", "az", "gx", "gy", "gz")


def write_rows(path: Path, channels: tuple[str, ...], values: np.ndarray, rate_hz: float) -> Path:
    writer = CsvWriter(path, channels)
    writer.append(np.round(np.arange(len(values)) * 1e6 / rate_hz).astype(np.int64), values)
    writer.close()
    return path


@pytest.fixture
def circling(tmp_path: Path) -> Path:
    """What the board feels: a minute of its tip going round, 1 g down, 200 degrees/s."""
    at = np.arange(60 * RATE_HZ) / RATE_HZ
    turn = 2 * np.pi * at
    noise = np.random.default_rng(1).normal(0, 1, (len(at), 6)) * ([0.003] * 3 + [0.5] * 3)
    rows = np.column_stack([0.3 * np.cos(turn), 0.3 * np.sin(turn), 1 + 0 * at, 0 * at, 200 * np.cos(turn),
                            200 * np.sin(turn)]) + noise  # fmt: skip
    return write_rows(tmp_path / "circling.csv", IMU, rows, RATE_HZ)


def project_of(tmp_path: Path, template: str, *labels: str) -> Path:
    folder = tmp_path / template
    with create_project(folder, template, name=template) as project:
        if labels:
            keep_script(project.catalogue, Script(tuple(ScriptClass(label, 4, 1.0) for label in labels)))
    return folder


def collect(qtbot: QtBot, window: MainWindow, address: str) -> Any:
    window.session.choose_board(address, "Nano 33 BLE (virtual)")
    window.show_page("collect")
    page = window.page("collect")
    assert isinstance(page, CollectPage)
    wait(qtbot, lambda: page.sources.hearing.state is LinkState.STREAMING and page.stage.view.stream.end > 0)
    return page


def made(page: CollectPage, count: int) -> bool:
    return len(page._takes) == count


def recordings(window: MainWindow) -> list[Any]:
    def look(project: Project) -> list[Any]:
        return list(project.catalogue.recordings())

    return window.session.ask(look).result(10)


def test_a_gesture_is_named_and_recorded_by_keys_as_rows_and_undo_takes_it_back(
    qtbot: QtBot, open_window, tmp_path: Path, circling: Path
):
    window = open_window(project_of(tmp_path, "gesture"))
    page = collect(qtbot, window, f"virtual:nano33ble?play={circling}")
    view = page.stage.view
    assert isinstance(view, RowsView)
    assert [lane.well.title for lane in view.traces.lanes] == ["Accelerometer", "Gyroscope"]
    wait(qtbot, page.script.class_field.hasFocus)  # a new project asks for its first gesture
    qtbot.keyClicks(QApplication.focusWidget(), "circle")
    press(qtbot, window, Qt.Key.Key_Return)
    press(qtbot, window, Qt.Key.Key_Return)
    assert page.stage.prompt.accessibleName() == "Draw circle"
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: len(page._takes) == 1)
    take = page._takes[0]
    rows = read_csv(take.path)
    assert rows.channels == IMU
    assert len(rows.t_us) == pytest.approx(1.5 * RATE_HZ, abs=2)  # as long as the script has it
    assert take.label == "circle"
    assert take.verdict in ("good", "gaps")  # a busy machine may lose some
    assert isinstance(take.look, TracesLook)
    assert take.look.path is not None
    # One and a half circles of 200 degrees/s in 1 s: 64 to 86 degrees across, by where they began.
    across = np.ptp(take.look.path, axis=0)
    assert across == pytest.approx([75, 75], abs=15)
    assert not page.stage.foot.shot.isVisible()
    do(qtbot, window, "undo")
    wait(qtbot, lambda: page._takes == [])


def test_figures_say_what_moves_and_what_is_at_the_sensors_limit(
    qtbot: QtBot, open_window, tmp_path: Path, circling: Path
):
    window = open_window(project_of(tmp_path, "gesture", "circle"))
    page = collect(qtbot, window, f"virtual:nano33ble?play={circling}")
    wait(qtbot, lambda: len(page.stage._numbers._figures) == 4)
    said = {figure.name: figure.value for figure in page.stage._numbers._figures}
    assert said["Strongest"].startswith("1.0")  # gravity
    assert said["Lost"].endswith(" samples")
    lane = page.stage.view.traces.lanes[1]
    wait(qtbot, lambda: lane.scale.high >= 200)
    page.stage.view.meter.show_rows(np.full((3, 3), 32_767, np.int16))
    assert page.stage.view.figures()[0].value == "4.00 g, the sensor's limit"


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """What the camera sees: pictures with an edge that goes across."""
    folder = tmp_path / "scenes"
    folder.mkdir()
    noise = np.random.default_rng(2)
    for number in range(8):
        pixels = np.full((120, 160), 90, np.uint8)
        pixels[:, 20 + 14 * number :] = 170
        pixels += noise.integers(0, 12, pixels.shape).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:02}.png"), pixels)
    return folder


def test_one_picture_a_burst_and_timed_ones_are_taken_each_as_one_step_of_undo(
    qtbot: QtBot, open_window, tmp_path: Path, scenes: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("studio.ui.pages.collect_chosen.TIMED", Plan(None, 3, 0.3))
    window = open_window(project_of(tmp_path, "image", "person"))
    page = collect(qtbot, window, f"virtual:nano33ble?play={scenes}")
    view = page.stage.view
    assert isinstance(view, PictureView)
    wait(qtbot, lambda: view.facts is not None)
    assert view.facts is not None
    assert view.facts.seen.shape == (96, 96)
    assert view.facts.frame == (20, 0, 120, 120)
    assert not page.chosen.sensor.plays
    do(qtbot, window, "collect.shot")
    wait(qtbot, lambda: len(page._takes) == 1)
    assert isinstance(page._takes[0].look, PictureLook)
    assert read_picture(page._takes[0].path).shape == (120, 160)
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: len(page._takes) == 4)
    do(qtbot, window, "collect.burst")
    wait(qtbot, lambda: len(page._takes) == 14)
    assert {row.kind for row in recordings(window)} == {"camera"}
    for left in (4, 1, 0):  # takes
        do(qtbot, window, "undo")
        qtbot.waitUntil(partial(made, page, left), timeout=PATIENCE)


def test_sound_beside_timed_pictures_is_recorded_from_the_first_to_the_last(
    qtbot: QtBot, open_window, tmp_path: Path, scenes: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("studio.ui.pages.collect_chosen.TIMED", Plan(None, 4, 0.5))
    window = open_window(project_of(tmp_path, "image", "person"))
    page = collect(qtbot, window, f"virtual:nano33ble?play={scenes}")
    page.sources.record_beside([Wanted("virtual:espeye", "microphone")])
    wait(qtbot, lambda: all(heard.is_on and heard.seen for heard in page.listening.sources))
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: len(page._takes) == 4)
    sound = [row for row in recordings(window) if row.kind == "microphone"]
    assert len(sound) == 1
    assert sound[0].seconds == pytest.approx(1.5, abs=0.4)
    do(qtbot, window, "undo")
    wait(qtbot, lambda: recordings(window) == [])


def test_slow_readings_are_shown_as_figures_and_traces_and_recorded_at_a_value(
    qtbot: QtBot, open_window, tmp_path: Path
):
    at = np.arange(600)
    rows = np.column_stack([21 + 0.01 * at, 40 + np.sin(at / 9), 1013 + 0 * at])
    plays = write_rows(tmp_path / "room.csv", ("temperature", "humidity", "pressure"), rows, 1)
    window = open_window(project_of(tmp_path, "regression", "9.5"))
    page = collect(qtbot, window, f"virtual:nano33ble?pace=fast&play={plays}")
    lanes = page.stage.view.traces.lanes
    assert [lane.well.title for lane in lanes] == ["Temperature", "Humidity", "Pressure"]
    wait(qtbot, lambda: "°C" in lanes[0].accessibleDescription())
    assert page.stage.prompt.accessibleName() == "Record at 9.5"
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: len(page._takes) == 1)
    assert [row.labels for row in recordings(window)] == [("9.5",)]
    assert read_csv(page._takes[0].path).channels == ("temperature", "humidity", "pressure")
