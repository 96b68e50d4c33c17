"""Evaluate for gestures and for a value: mistakes are seen as traces, errors in the value's unit, dots open."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.csv_file import CsvWriter
from studio.core.files import write_json
from studio.dataset.importing import import_folder
from studio.dataset.project import create_project, open_project
from studio.dataset.runs import Run, begin_run, finish_run
from studio.features.motion import MotionRaw
from studio.features.readings import Readings
from studio.training.evaluate import measure, scored_windows
from studio.training.values import measure_values, truths, value_windows
from studio.ui.widgets.window_thumb import TracesThumb
from studio.ui.window import MainWindow

LONG_MS = 20_000


def gestures(folder: Path, takes: Path) -> list[str]:
    """A run that took every second take of each gesture for the other one. Returns its classes."""
    rng = np.random.default_rng(1)
    for label in ("push", "lift"):
        for take in range(4):
            path = takes / label / f"p{take % 2}_nohash_{take}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = CsvWriter(path, ("ax", "ay", "az", "gx", "gy", "gz"))
            writer.append((np.arange(119) * 1e6 / 119).astype(np.int64), rng.normal(0, 1, (119, 6)).round(3))
            writer.close()
    labels = ["lift", "push", "_background_"]
    with create_project(folder, "gesture") as project:
        import_folder(project, takes)
        examples = project.catalogue.examples()
        scores = np.full((len(examples), 3), -100, np.int8)
        for place, example in enumerate(examples):
            scores[place, labels.index(example.label) ^ (place % 2)] = 90
        floats = (scores.astype(np.float32) + np.float32(128)) / np.float32(256)
        run_id, partial = begin_run(folder / "runs")
        (partial / "model.tflite").write_bytes(b"")
        write_json(partial / "windows.json", [w.as_dict() for w in scored_windows(labels, examples, floats, scores)])
        figures = measure(labels, examples, floats, scores)
        run = Run(
            run_id, partial, labels=labels, front_end=MotionRaw().to_dict(), decision={},
            accuracy_int8=figures.accuracy_int8, accuracy_float=figures.accuracy_float,
            data={"validation": [example.id for example in examples], "people": []},
            metrics={"scored_on": "validation", "validation": figures.as_dict(), "test": {"n": 0}},
        )  # fmt: skip
        finish_run(partial, run)
    return labels


def values(folder: Path, takes: Path) -> list[float]:
    """A run that is 0.5 C too high, and once 4 C. Returns what it said."""
    takes.mkdir(parents=True)
    lines = [f"{i * 1_000_000},{20 + i},50,1000,{i}" for i in range(20)]
    (takes / "room.csv").write_text("\n".join(["t_us,temperature,humidity,pressure,value", *lines]) + "\n")
    with create_project(folder, "regression") as project:
        project.change_settings(unit="C")
        import_folder(project, takes)
        examples = project.catalogue.examples()
        said = truths(examples) + 0.5
        said[3] += 3.5
        run_id, partial = begin_run(folder / "runs")
        (partial / "model.tflite").write_bytes(b"")
        write_json(partial / "windows.json", [w.as_dict() for w in value_windows(examples, said, said)])
        figures = measure_values("C", examples, said, said)
        run = Run(
            run_id, partial, labels=["value"], front_end=Readings().to_dict(), decision={},
            settings={"predicts": "value", "unit": "C"},
            data={"validation": [example.id for example in examples], "people": []},
            metrics={"scored_on": "validation", "validation": figures.as_dict(), "test": {"n": 0}},
        )  # fmt: skip
        finish_run(partial, run)
    return list(said)


@pytest.fixture
def opened(open_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot) -> Callable[[], Any]:
    def make() -> Any:
        window = open_window(tmp_path / "project")
        window.show_page("evaluate", by_key=True)
        page: Any = window.page("evaluate")
        qtbot.waitUntil(lambda: page._scored, timeout=LONG_MS)
        return page

    return make


def test_a_mistaken_gesture_is_opened_and_seen_as_traces_and_cannot_be_played(
    opened: Callable[[], Any], tmp_path: Path, qtbot: QtBot
):
    gestures(tmp_path / "project", tmp_path / "takes")
    page = opened()
    matrix = page.confusion.matrix
    assert matrix.accessibleName() == "What it was, and what it was taken for"
    qtbot.keyClick(page.window().focusWidget(), Qt.Key.Key_M)
    matrix._choose((1, 0))
    assert matrix.accessibleDescription() == "Was push, taken for lift: 2"
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert page.opened.title.text() == "Was push, taken for lift"
    qtbot.waitUntil(lambda: len(page.opened.strip._thumbs) == 2, timeout=LONG_MS)
    thumb = page.opened.strip._thumbs[0]
    assert isinstance(thumb, TracesThumb)
    assert thumb.rows.shape == (119, 6)
    assert not page.opened.play_button.isVisible()
    assert not page.shell.commands.action("evaluate.play").isEnabled()
    assert page.shell.commands.action("evaluate.label").isEnabled()
    assert page.shell.commands.action("evaluate.tab").isEnabled()  # a long CSV can be rehearsed


def test_a_value_is_told_by_its_error_and_its_dot_opens_the_reading(
    opened: Callable[[], Any], tmp_path: Path, qtbot: QtBot
):
    said = values(tmp_path / "project", tmp_path / "takes")
    page = opened()
    view = page.values
    assert view.isVisible()
    off = (0.5 * 19 + 4) / 20
    assert view.figures[0].accessibleName().startswith(f"off, on average: {off:.3g} C")
    assert view.errors._counts.sum() == 20
    assert not page.shell.commands.action("evaluate.tab").isEnabled()
    scatter = view.scatter
    place = int(np.argmax(np.abs(scatter._said - scatter._true)))
    point = scatter.point_of(place).toPoint()
    qtbot.mouseClick(scatter, Qt.MouseButton.LeftButton, pos=point)
    assert page.opened.title.text() == "True 3 C, said 7 C"
    first, second, *_rest = page.opened.strip._cards
    assert first.said == "said 7, true 3 C"
    assert second.said in ("said 2.5, true 2 C", "said 4.5, true 4 C")  # the next by value
    qtbot.keyClick(scatter, Qt.Key.Key_Right)
    assert page.opened.strip._cards[0].said == "said 4.5, true 4 C"
    qtbot.waitUntil(lambda: 0 in page.opened.strip._thumbs, timeout=LONG_MS)
    with open_project(tmp_path / "project", write=False) as project:
        example = next(e for e in project.catalogue.examples() if float(e.label) == 4)
    assert page.opened.chosen.id == example.id
    assert max(said) == scatter._said.max()
