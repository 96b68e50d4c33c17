"""Live with boards that move, see and measure: equal to the host, window by window, and what is kept of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.csv_file import CsvWriter
from studio.core.picture_file import png
from studio.core.samples import CAMERA, KINDS
from studio.dataset.project import create_project
from studio.dataset.runs import Run, begin_run, finish_run
from studio.features.motion import MotionRaw
from studio.features.picture import PictureInput
from studio.ui.pages.hears import PLAYING, hears_words
from studio.ui.pages.live_kinds import SENSING
from studio.ui.widgets.stages_row import StageState
from studio.ui.window import MainWindow

LONG_MS = 20_000
RULE = {"smooth": 1, "threshold": 1, "refractory_ms": 300, "background": None, "unknown": None}
WAND = MotionRaw(clip_samples=119, offsets=(0,) * 6, spans=(32_768,) * 6)


def add_run(folder: Path, model: Path, labels: list[str], front_end: dict[str, Any], hop: int) -> Run:
    """As training would have left it, of somebody's int8 model."""
    run_id, partial = begin_run(folder / "runs")
    (partial / "model.tflite").write_bytes(model.read_bytes())
    rule = {
        **RULE,
        "hop_samples": hop,
        "background": labels.index("_background_") if "_background_" in labels else None,
    }
    return finish_run(partial, Run(run_id, partial, labels=labels, front_end=front_end, decision=rule))


def moves(path: Path) -> Path:
    counts = np.random.default_rng(1).integers(-900, 901, (3_000, 6)).cumsum(axis=0).clip(-32_768, 32_767)
    writer = CsvWriter(path, KINDS["imu"].channels)
    writer.append(np.arange(len(counts), dtype=np.int64) * 1_000_000 // 119, counts.astype(np.int16))
    writer.close()
    return path


def scenes(folder: Path) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(12):
        (folder / f"{number:02d}.png").write_bytes(png(rng.integers(0, 256, (120, 160), dtype=np.uint8)))
    return folder


@pytest.fixture
def live(open_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path) -> Callable[[str, Path], Any]:
    """The page, with its board chosen."""

    def make(template: str, plays: Path) -> Any:
        window = open_window(tmp_path / "project")
        window.session.choose_board(f"virtual:nano33ble?play={plays}", "Nano (virtual)")
        window.show_page("live", by_key=True)
        page: Any = window.page("live")
        qtbot.waitUntil(lambda: page._ready is not None, timeout=LONG_MS)
        return page

    return make


def start(qtbot: QtBot, page: Any, windows: int) -> None:
    qtbot.keyClick(page.window(), Qt.Key.Key_S)
    qtbot.waitUntil(lambda: page._news is not None and page._news.windows >= windows, timeout=LONG_MS)
    assert [stage.state for stage in page.stages._stages] == [StageState.EQUAL] * 5
    assert page.hearing.difference.accessibleDescription() == "identical"


def stop(qtbot: QtBot, page: Any) -> None:
    qtbot.keyClick(page.window(), Qt.Key.Key_X)
    qtbot.waitUntil(lambda: not page.running, timeout=LONG_MS)


def test_a_gesture_model_is_equal_on_what_the_board_feels_and_a_false_alarm_is_kept_as_rows(
    live: Callable[[str, Path], Any], qtbot: QtBot, tmp_path: Path, shared_data: Path
):
    with create_project(tmp_path / "project", "gesture"):
        pass
    labels = ["flex", "punch", "circle", "lift", "_background_"]
    add_run(tmp_path / "project", shared_data / "models/wand_gestures_int8.tflite", labels, WAND.to_dict(), 60)
    page = live("gesture", moves(tmp_path / "evening.csv"))
    assert page._hears.text() == "Feels evening.csv"
    start(qtbot, page, 5)
    traces = page.hearing.sensed.traces
    assert [lane.well.title for lane in traces.lanes] == ["Accelerometer", "Gyroscope"]
    assert len(page.hearing.sensed.stream.values) > 119
    mark = page.hearing.sensed.stream.marks[0]
    assert mark.last - mark.first == 119
    qtbot.waitUntil(lambda: page.session.status.rate_hz == 119, timeout=LONG_MS)
    assert page.session.status.level_db is None  # it is no sound
    qtbot.waitUntil(page.below.can_keep, timeout=LONG_MS)
    page.below.decisions.timeline.select(page.below.decisions.chosen)
    assert page.below.decisions._background.text() == "It was no gesture"
    qtbot.mouseClick(page.below.decisions._background, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(m.wrong for m in page.below.decisions.timeline.marks), timeout=LONG_MS)
    stop(qtbot, page)
    listed = page.session.ask(lambda project: project.catalogue.recordings()).result(10)
    assert [(row.labels, row.path.suffix) for row in listed] == [(("_background_",), ".csv")]


def test_a_picture_model_is_equal_on_what_the_board_sees_and_nothing_is_called_noise(
    live: Callable[[str, Path], Any], qtbot: QtBot, tmp_path: Path, shared_data: Path
):
    with create_project(tmp_path / "project", "image"):
        pass
    spec = PictureInput(width=32, height=96)  # as many values as the model's three colours of 32 x 32
    labels = [f"class{number}" for number in range(10)]
    add_run(tmp_path / "project", shared_data / "models/ic_resnet_int8.tflite", labels, spec.to_dict(), 1)
    page = live("image", scenes(tmp_path / "doorway"))
    start(qtbot, page, 3)
    seen = page.hearing.sensed.picture
    assert seen._pixels.shape == (120, 160)
    assert seen._frame == spec.seen_of(160, 120) == (60, 0, 40, 120)
    assert page.hearing.stages.board._pixels.shape == (96, 32)
    np.testing.assert_array_equal(page.hearing.stages.board._pixels, page.hearing.stages.host._pixels)
    assert page.hearing.sensed.form.kind is CAMERA
    qtbot.waitUntil(page.below.can_keep, timeout=LONG_MS)
    page.below.decisions.timeline.select(page.below.decisions.chosen)
    assert not page.below.decisions._background.isVisible()
    assert not page.shell.commands.action("live.false_alarm").isEnabled()
    assert page.shell.commands.action("live.keep").isEnabled()
    stop(qtbot, page)


def test_every_sensor_has_its_words_and_what_a_virtual_one_is_given():
    assert set(SENSING) == set(PLAYING) == set(KINDS)
    assert hears_words("", "imu") == "feels rest"
    assert hears_words("camera:0", "camera") == "sees the camera"
    assert hears_words("/tmp/a.csv", "environment") == "measures a.csv"
