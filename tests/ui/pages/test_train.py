"""Train by keys and mouse on the real window, with the real trainer and its worker."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.text import gettext as _
from studio.dataset.project import create_project
from studio.dataset.runs import find_run, list_runs
from studio.dataset.selection import everything
from studio.deploy.bundle import make_bundle
from studio.ui.training_facts import chosen_board
from studio.ui.window import MainWindow

LONG_MS = 60_000


@pytest.fixture
def spoken(spoken_once: Path, tmp_path: Path) -> Path:
    """A copy of the project of two words and three people, with one run that kept P03 out."""
    return Path(shutil.copytree(spoken_once / "project", tmp_path / "project"))


def open_train(qtbot: QtBot, open_window: Any, folder: Path) -> tuple[MainWindow, Any]:
    window = open_window(folder)
    window.show_page("train")
    page: Any = window.page("train")
    qtbot.waitUntil(lambda: bool(page.facts.words) or window.session.project.settings.name == "empty", timeout=20_000)
    return window, page


def test_without_takes_it_says_what_will_be_here_and_leads_to_collect(
    qtbot: QtBot, open_window: Any, tmp_path: Path
) -> None:
    create_project(tmp_path / "empty").close()
    window, page = open_train(qtbot, open_window, tmp_path / "empty")
    button = page._empty.findChild(type(page.start_button))
    assert page._empty.isVisible()
    assert not page.start_button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.page_name == "collect"


def test_keys_choose_a_network_and_show_what_of_it_fits(qtbot: QtBot, open_window: Any, spoken: Path) -> None:
    window, page = open_train(qtbot, open_window, spoken)
    window.session.choose_board("virtual:testboard64k", "Test board")
    seen = {}
    for key, name in ((Qt.Key.Key_1, "small"), (Qt.Key.Key_3, "large")):
        qtbot.keyClick(window, key)
        seen[name] = page.network.bars.accessibleDescription(), page.network.diagram.accessibleDescription()
        assert page.place()["preset"] == name
    qtbot.waitUntil(lambda: "Test board" in page.network._board.text)
    assert "too large" in page.network.bars.accessibleDescription()
    assert seen["small"] != seen["large"]


def test_what_is_shown_before_training_is_what_the_model_then_needs(
    qtbot: QtBot, open_window: Any, spoken: Path
) -> None:
    from studio.training.presets import find_preset

    _window, page = open_train(qtbot, open_window, spoken)
    sizes = page.facts.sizes(find_preset("small"), ())
    bundle = make_bundle(find_run(spoken / "runs"), chosen_board(None, ""))
    assert (sizes.macs, sizes.arena_bytes) == (bundle.plan.macs, bundle.plan.arena_bytes)
    assert abs(sizes.image_bytes - len(bundle.image)) < 0.02 * len(bundle.image)


def test_a_killed_worker_gets_a_sentence_and_training_again_leaves_a_run(
    qtbot: QtBot, open_window: Any, spoken: Path
) -> None:
    window, page = open_train(qtbot, open_window, spoken)
    for key in (Qt.Key.Key_1, Qt.Key.Key_Q):
        qtbot.keyClick(window, key)
    qtbot.waitUntil(lambda: window.session.worker.process_id is not None, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert page.stop_button.isVisible()
    assert not page.start_button.isVisible()
    os.kill(window.session.worker.process_id or 0, signal.SIGKILL)
    qtbot.waitUntil(lambda: not page.running, timeout=LONG_MS)
    assert "ended unexpectedly" in page.card.title.text()
    qtbot.mouseClick(page.card._again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page._epochs) >= 3, timeout=LONG_MS)
    assert page.running
    assert page._epochs[-1].val_loss is not None
    assert _("Epoch {number} of {total}").split("{")[0] in page.card.title.text()
    qtbot.waitUntil(lambda: len(page.facts.runs) == 2 and not page.running, timeout=LONG_MS)
    run = page.facts.runs[0]
    assert (run.preset, run.quick, window.session.run) == ("Small", True, run.id)
    assert page.runs.currentIndex().row() == 0
    assert len(page._epochs) == 20


def test_stopping_ends_it_at_once_and_leaves_nothing(qtbot: QtBot, open_window: Any, spoken: Path) -> None:
    window, page = open_train(qtbot, open_window, spoken)
    qtbot.keyClick(window, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: bool(list((spoken / "runs").glob(".*.partial"))), timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: not page.running)
    assert not list((spoken / "runs").glob(".*.partial"))
    assert page.start_button.isVisible()
    assert page.card._head.currentIndex() == 0
    assert len(list(list_runs(spoken / "runs"))) == 1


def test_a_run_that_is_selected_is_the_sessions_and_says_when_data_changed(
    qtbot: QtBot, open_window: Any, spoken: Path
) -> None:
    from studio.dataset.runs import DESCRIPTION

    newest = find_run(spoken / "runs")
    older = "00" + newest.id[2:]
    shutil.copytree(newest.folder, newest.folder.parent / older)
    description = newest.folder.parent / older / DESCRIPTION
    description.write_text(description.read_text(encoding="utf-8").replace(newest.id, older), encoding="utf-8")
    window, page = open_train(qtbot, open_window, spoken)
    qtbot.waitUntil(lambda: len(page.runs.shown) == 2)
    assert page.chosen_run.id == newest.id
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.keyClick(page.runs, Qt.Key.Key_Down)
    assert window.session.run == older
    window.session.edit("Relabel", lambda edit: edit.set_label(everything(), "up"))
    qtbot.waitUntil(lambda: bool(page.facts.runs[0].stale), timeout=20_000)
    assert page.card.sentence.property("kind") == "warn"


def test_what_was_chosen_is_there_again_when_the_project_is_opened_again(
    qtbot: QtBot, open_window: Any, spoken: Path
) -> None:
    window, page = open_train(qtbot, open_window, spoken)
    qtbot.keyClick(window, Qt.Key.Key_3)
    page.options.seed.setValue(7)
    page.options.people._tick("P02", on=True)
    window.close()
    _window, page = open_train(qtbot, open_window, spoken)
    qtbot.waitUntil(lambda: page.options.people.ticked == ("P02",), timeout=20_000)
    assert page._asked() == {"labels": None, "hold_out": ("P02",), "seed": 7, "quick": False, "preset": "large"}
