"""Label in the real window with movement, pictures and values: what opens, what is edited, by keys."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.csv_file import CsvWriter
from studio.dataset.importing import import_folder
from studio.dataset.project import create_project
from studio.dataset.segments import ListedSegment
from studio.ui.pages.label import LabelPage
from studio.ui.widgets.looks import PictureLook, TracesLook
from studio.ui.widgets.row_reader import Rows, RowSamples
from studio.ui.widgets.segment_editor import SegmentEditor
from studio.ui.window import MainWindow

RATE_HZ = 119
IMU = ("ax", "ay", "az", "gx", "gy", "gz")
PATIENCE = 20_000  # ms


def wait(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=PATIENCE)


def write_rows(path: Path, channels: tuple[str, ...], values: np.ndarray, rate_hz: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = CsvWriter(path, channels)
    writer.append(np.round(np.arange(len(values)) * 1e6 / rate_hz).astype(np.int64), values)
    writer.close()


def shaken(seconds: float, hz: float, seed: int = 0) -> np.ndarray:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(seed).normal(0, 1, (len(at), 6)) * ([0.01] * 3 + [1.0] * 3)
    moved = np.zeros((len(at), 6))
    moved[:, 1] = np.sin(2 * np.pi * hz * at)
    moved[:, 2] = 1
    moved[:, 4] = 150 * np.cos(2 * np.pi * hz * at)
    return moved + noise


@pytest.fixture
def gestures(tmp_path: Path) -> Path:
    for label, hz in (("circle", 1.0), ("push", 3.0)):
        for take in range(3):
            path = tmp_path / "takes" / label / f"P0{take}_nohash_{take}.csv"
            write_rows(path, IMU, shaken(2.0, hz, take), RATE_HZ)
    folder = tmp_path / "wand"
    with create_project(folder, "gesture", name="Wand") as project:
        import_folder(project, tmp_path / "takes")
    return folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    noise = np.random.default_rng(3)
    for label, shade in (("person", 90), ("nobody", 170)):
        (tmp_path / "takes" / label).mkdir(parents=True)
        for take in range(3):
            pixels = np.clip(noise.normal(shade, 30, (48, 64)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(tmp_path / "takes" / label / f"{take}.png"), pixels)
    folder = tmp_path / "door"
    with create_project(folder, "image", name="Door") as project:
        import_folder(project, tmp_path / "takes")
    return folder


@pytest.fixture
def values(tmp_path: Path) -> Path:
    at = np.arange(30)
    rows = np.column_stack([20 + 0.1 * at, 50 + 0.2 * at, 1000 + 0 * at + 0.01 * (at % 3), 9 + 0.1 * at])
    write_rows(tmp_path / "takes" / "P01_0.csv", ("temperature", "humidity", "pressure", "value"), rows, 1)
    folder = tmp_path / "dew"
    with create_project(folder, "regression", name="Dew point") as project:
        import_folder(project, tmp_path / "takes")
        project.change_settings(unit="C")
    return folder


def label_page(qtbot: QtBot, window: MainWindow) -> Any:
    window.show_page("label", by_key=True)
    page = window.page("label")
    assert isinstance(page, LabelPage)
    wait(qtbot, lambda: bool(page._model.rows) and page._list.current() is not None)
    return page


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)


def in_hand(page: Any) -> ListedSegment:
    row = page._list.current()
    assert row is not None
    return row  # type: ignore[no-any-return]


def test_movement_opens_as_linked_lanes_in_which_a_segment_is_split_trimmed_and_undone(
    qtbot: QtBot, open_window, gestures: Path
):
    window = open_window(gestures)
    page = label_page(qtbot, window)
    editor: SegmentEditor = page._editor.plots
    assert [lane.well.title for lane in editor.lanes] == ["Accelerometer", "Gyroscope"]
    assert editor.lanes[0].scale.high >= 1
    assert editor.lanes[1].scale.high >= 150
    assert not editor.waveform.isVisible()
    assert not page._editor.play.isVisible()
    assert editor.axis.length_s == pytest.approx(2.0, abs=0.02)
    before = len(page._model.rows)
    plot = editor.lanes[1]
    y = plot.height() // 2
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(round(plot.x_of(1.2)), y))
    press(qtbot, window, Qt.Key.Key_S)
    wait(qtbot, lambda: len(page._model.rows) == before + 1)
    assert [row.end / RATE_HZ for row in page._model.rows] == pytest.approx([1.2, 2.0], abs=0.03)
    edge = round(plot.x_of(2.0)) - 1
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=QPoint(edge, y))
    qtbot.mouseMove(plot, QPoint(edge - 30, y))
    qtbot.mouseMove(plot, QPoint(round(plot.x_of(1.6)), y))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=QPoint(round(plot.x_of(1.6)), y))
    wait(qtbot, lambda: page._model.rows[-1].end / RATE_HZ == pytest.approx(1.6, abs=0.03))
    for _undone in range(2):
        press(qtbot, window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait(qtbot, lambda: len(page._model.rows) == before)


def test_thumbnails_of_movement_are_traces_with_the_path_of_the_hand(qtbot: QtBot, open_window, gestures: Path):
    window = open_window(gestures)
    page = label_page(qtbot, window)
    press(qtbot, window, Qt.Key.Key_G)
    wait(qtbot, lambda: len(page._list.grid._pictures) > 2)
    looks = [look for look, _scale in page._list.grid._pictures.values()]
    assert all(isinstance(look, TracesLook) and look.path is not None for look in looks)
    wait(qtbot, lambda: in_hand(page).quality == "good")


def test_a_picture_is_large_with_its_one_label_and_keys_go_on_and_relabel(qtbot: QtBot, open_window, pictures: Path):
    window = open_window(pictures)
    page = label_page(qtbot, window)
    panel = page._editor.picture
    assert panel.isVisible()
    assert panel.view._pixels.shape == (48, 64)
    assert page._list.table.isColumnHidden(2)
    first = in_hand(page)
    press(qtbot, window, Qt.Key.Key_F6)
    assert panel.view.hasFocus()
    press(qtbot, window, Qt.Key.Key_Right)
    wait(qtbot, lambda: in_hand(page).id != first.id and page._model.recording == in_hand(page).recording)
    second = in_hand(page)
    other = next(place for place, name in enumerate(page._styles, 1) if name != second.label)
    press(qtbot, window, Qt.Key(Qt.Key.Key_0.value + other))
    wait(qtbot, lambda: in_hand(page).label not in (None, second.label))
    wait(qtbot, lambda: panel._label._style.name == in_hand(page).label)
    press(qtbot, window, Qt.Key.Key_G)
    wait(qtbot, lambda: len(page._list.grid._pictures) == 6)
    assert all(isinstance(look, PictureLook) for look, _scale in page._list.grid._pictures.values())


def test_a_value_is_edited_as_a_number_and_words_are_refused(qtbot: QtBot, open_window, values: Path):
    window = open_window(values)
    page = label_page(qtbot, window)
    assert [lane.well.title for lane in page._editor.plots.lanes] == ["Temperature", "Humidity", "Pressure"]
    assert page._styles == {}
    assert page._inspector.label.accessibleName() == "Value, °C"
    chosen = in_hand(page)
    press(qtbot, window, Qt.Key.Key_L)
    wait(qtbot, page._inspector.label.line.hasFocus)
    qtbot.keyClicks(page._inspector.label.line, "warm")
    press(qtbot, window, Qt.Key.Key_Return)
    wait(qtbot, lambda: window.notices.notice is not None and "number" in window.notices.notice.text)
    page._enter(page._inspector.label)
    qtbot.keyClicks(page._inspector.label.line, "21,5")
    press(qtbot, window, Qt.Key.Key_Return)
    wait(qtbot, lambda: in_hand(page).id == chosen.id and in_hand(page).label == "21.5")


def test_an_hour_of_movement_is_shown_without_reading_all_of_it_at_each_paint():
    rows = np.tile(shaken(60.0, 1.0), (60, 1)).astype(np.float32)
    rows[200_000, 1] = 3.5
    held = RowSamples(Rows(rows, IMU, ("g",) * 3 + ("degrees/s",) * 3, RATE_HZ))
    assert held.count == 60 * 60 * RATE_HZ
    columns = held.columns(1, 0, 3600, 800)
    assert columns.high.max() * held.steps[1] == pytest.approx(3.5, rel=1e-3)
    assert columns.low.min() * held.steps[1] == pytest.approx(rows[:, 1].min(), rel=0.01)
    assert held.limits((1,)) == pytest.approx((rows[:, 1].min(), 3.5), abs=1e-3)
