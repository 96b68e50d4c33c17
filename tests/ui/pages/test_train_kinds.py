"""Train for gestures, pictures and a value: the networks of each that fit, and what is told of a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.dataset.project import create_project
from studio.dataset.runs import Run, begin_run, finish_run
from studio.training.presets import presets_of
from studio.ui.window import MainWindow

LONG_MS = 15_000


def with_labels(folder: Path, template: str, labels: tuple[str, ...]) -> None:
    """A project with three labelled takes each, whose files are not there."""
    from studio.dataset.edits import NewRecording, Span
    from studio.dataset.recordings import Sidecar

    with create_project(folder, template) as project, project.catalogue.edit("Import") as edit:
        edit.add(
            [
                NewRecording(
                    f"recordings/{label}-{take}.csv",
                    Sidecar("virtual:nano33ble", 119.0, kind=project.settings.sensor.kind, samples=119),
                    "[]", (Span(label),),
                )
                for label in labels
                for take in range(3)
            ]
        )  # fmt: skip


@pytest.fixture
def opened(open_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot) -> Callable[..., Any]:
    def make(template: str, labels: tuple[str, ...]) -> Any:
        with_labels(tmp_path / "project", template, labels)
        window = open_window(tmp_path / "project")
        window.show_page("train", by_key=True)
        page: Any = window.page("train")
        qtbot.waitUntil(lambda: page.facts.ready, timeout=LONG_MS)
        return page

    return make


@pytest.mark.parametrize(("template", "labels"), [("gesture", ("up", "down")), ("image", ("cat", "none"))])
def test_networks_of_a_template_are_chosen_by_number(
    opened: Callable[..., Any], template: str, labels: tuple[str, ...], qtbot: QtBot
):
    page = opened(template, labels)
    presets = presets_of(template)
    for place, key in enumerate((Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4)):
        qtbot.keyClick(page.window().focusWidget(), key)
        assert page.preset == presets[place]
        assert page.network.presets.index == place
        described = page.facts.sizes(presets[place], ())
        assert [block.macs for block in page.network.diagram._blocks] == [block.macs for block in described.blocks]
    assert page.shell.commands.action("train.fifth").isEnabled() == (len(presets) == 5)
    assert page._asked()["preset"] == presets[3].name


def test_background_is_a_class_of_gestures_and_not_of_pictures(opened: Callable[..., Any]):
    assert opened("gesture", ("up", "down")).facts.classes(()) == 3


def test_a_picture_network_is_as_quick_as_pictures_come(opened: Callable[..., Any]):
    page = opened("image", ("cat", "none"))
    assert page.facts.classes(()) == 2
    assert page.facts.hops_ms == (1_000,)


def test_a_regressions_run_is_told_by_its_error_in_the_values_unit(opened: Callable[..., Any], qtbot: QtBot):
    page = opened("regression", ("1.5", "2", "11"))
    assert page.facts.classes(()) == 1
    assert not page.options.words.isVisible()
    assert not page.shell.commands.action("train.words").isEnabled()
    assert page.view.accuracy.title == "Variance explained"
    assert page.card.sentence.text() == "9 readings with a value are ready to train on."
    folder = page.session.project.folder
    run_id, partial = begin_run(folder / "runs")
    (partial / "model.tflite").write_bytes(b"")
    measured = {"n": 9, "unit": "C", "mae_int8": 0.4321, "mae_float": 0.4}
    run = Run(
        run_id, partial, labels=["value"], front_end={}, decision={},
        metrics={"scored_on": "validation", "validation": measured},
    )  # fmt: skip
    finish_run(partial, run)
    page.session.run_made(run_id)
    qtbot.waitUntil(lambda: bool(page.facts.runs), timeout=LONG_MS)
    model = page.runs.model()
    titles = [model.headerData(i, Qt.Orientation.Horizontal) for i in range(model.columnCount())]
    assert titles[2] == "Mean absolute error"
    assert model.index(0, 2).data() == "0.432 C"
    assert model.index(0, 4).data() == "+0.032"
    assert page.card.sentence.text().startswith("Run 1 is in use: off by 0.432 C on average, on takes kept")
