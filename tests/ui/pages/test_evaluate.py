"""Evaluate by keys and mouse on the real window, with a real run, the C engine and the worker."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from studio.dataset.project import create_project
from studio.dataset.runs import find_run
from studio.ui.widgets.rehearsal_timeline import Verdict
from studio.ui.window import MainWindow

LONG_MS = 60_000


@pytest.fixture
def spoken(spoken_once: Path, tmp_path: Path) -> Path:
    """A copy of the project of two words and three people, with one run that kept P03 out."""
    return Path(shutil.copytree(spoken_once / "project", tmp_path / "project"))


def open_evaluate(qtbot: QtBot, open_window: Any, folder: Path) -> tuple[MainWindow, Any]:
    window = open_window(folder)
    window.show_page("evaluate")
    page: Any = window.page("evaluate")
    qtbot.waitUntil(lambda: page.confusion._found is not None, timeout=20_000)
    return window, page


def open_fullest_cell(page: Any) -> tuple[int, int]:
    """Opens the cell with most windows. Returns it."""
    counts = np.array(page.confusion._found.confusion_int8)
    true, said = (int(at) for at in np.unravel_index(int(counts.argmax()), counts.shape))
    page.confusion.matrix.open_cell(true, said)
    return true, said


def test_without_a_run_it_says_what_will_be_here_and_leads_to_train(
    qtbot: QtBot, open_window: Any, tmp_path: Path
) -> None:
    create_project(tmp_path / "empty").close()
    window = open_window(tmp_path / "empty")
    window.show_page("evaluate")
    page: Any = window.page("evaluate")
    assert page._empty.isVisible()
    assert not page.start_button.isVisible()
    qtbot.mouseClick(page._empty.findChild(type(page.start_button)), Qt.MouseButton.LeftButton)
    assert window.page_name == "train"


def test_what_training_measured_is_there_at_once(qtbot: QtBot, open_window: Any, spoken: Path) -> None:
    _window, page = open_evaluate(qtbot, open_window, spoken)
    run = find_run(spoken / "runs")
    assert page.confusion.matrix._counts.tolist() == run.metrics["test"]["confusion_int8"]
    assert [(row.name, row.note, row.strong) for row in page.confusion.people._rows] == [("P03", "unheard", True)]
    assert f"{100 * (run.accuracy_int8 or 0):.1f} %" in page.confusion.figures[0].accessibleName()
    assert page.session.jobs == []


def test_a_cell_opens_its_windows_by_key_and_each_can_be_seen_and_played(
    qtbot: QtBot, open_window: Any, spoken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, page = open_evaluate(qtbot, open_window, spoken)
    view, played = page.confusion, []
    monkeypatch.setattr(
        view.cell._player, "play_samples", lambda what, samples, rate: played.append((what, samples, rate))
    )
    qtbot.keyClick(window, Qt.Key.Key_M)
    cell = open_fullest_cell(page)
    view.matrix._choose(cell)
    qtbot.keyClick(view.matrix, Qt.Key.Key_Return)
    count = view._found.confusion_int8[cell[0]][cell[1]]
    assert view.cell.isVisible()
    opened = [w.example.id for w in view._found.windows if (w.truth, w.said) == cell]
    assert [example.id for example in view.cell._examples] == opened
    assert len(opened) == count > 0
    qtbot.waitUntil(lambda: 0 in view.cell.strip._thumbs, timeout=20_000)
    qtbot.keyClick(view.cell.strip, Qt.Key.Key_End)
    assert view.cell.strip.current == count - 1
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(played), timeout=20_000)
    what, samples, rate = played[0]
    assert (what, len(samples), rate) == (opened[-1], 16_000, 16_000)


def test_the_chosen_window_opens_in_label(qtbot: QtBot, open_window: Any, spoken: Path) -> None:
    window, page = open_evaluate(qtbot, open_window, spoken)
    open_fullest_cell(page)
    segment = page.opened.chosen.id
    qtbot.keyClick(window, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: window.page_name == "label", timeout=20_000)
    label: Any = window.page("label")
    qtbot.waitUntil(lambda: label._list.key.endswith(segment), timeout=20_000)


def test_all_takes_are_scored_and_people_it_trained_on_told_apart(qtbot: QtBot, open_window: Any, spoken: Path) -> None:
    window, page = open_evaluate(qtbot, open_window, spoken)
    qtbot.keyClick(window, Qt.Key.Key_2)
    assert page.stop_button.isVisible()
    assert not page.start_button.isVisible()
    qtbot.waitUntil(lambda: page.confusion._found.scored == "all" and not page.running, timeout=LONG_MS)
    notes = {row.name: row.note for row in page.confusion.people._rows}
    assert notes == {"P03": "unheard", "P01": "trained", "P02": "trained"}
    assert len(page.confusion._found.windows) == page.confusion._found.n == 36


def test_a_rehearsal_counts_at_every_threshold_and_plays_what_is_chosen(
    qtbot: QtBot, open_window: Any, spoken: Path, spoken_once: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, page = open_evaluate(qtbot, open_window, spoken)
    view, played = page.rehearsal, []
    monkeypatch.setattr(view._player, "play_file", lambda *what: played.append(what))
    qtbot.keyClick(window, Qt.Key.Key_G)
    assert not page.start_button.isEnabled()
    view.set_files(spoken_once / "stream.wav", None)
    assert view.truth == spoken_once / "stream.txt"
    qtbot.keyClick(window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: view.found is not None and not page.running, timeout=LONG_MS)
    assert view.outcome.threshold == round(view.found.rehearsal.threshold * 255)
    assert view.outcome.counts == view.found.rehearsal.counts
    qtbot.keyClick(window, Qt.Key.Key_H)
    missed = []
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(view.slider, key)
        verdicts = [stem.verdict for stem in view.timeline.stems]
        counts = view.outcome.counts
        assert verdicts.count(Verdict.MISSED) == counts.missed
        assert verdicts.count(Verdict.FALSE_ALARM) == counts.false_alarms
        assert counts.present == 12
        missed.append(counts.missed)
    assert missed[0] < missed[1]
    place = view.timeline.point(view.timeline.stems[0].at_s, 0.1).toPoint()
    qtbot.mouseClick(view.timeline, Qt.MouseButton.LeftButton, pos=QPoint(place.x(), place.y()))
    qtbot.keyClick(window, Qt.Key.Key_Space)
    [(_what, path, start, end)] = played
    assert path == spoken_once / "stream.wav"
    assert start < view.timeline.stems[0].at_s * 16_000 < end


def test_a_truth_that_is_none_gets_a_sentence(
    qtbot: QtBot, open_window: Any, spoken: Path, spoken_once: Path, tmp_path: Path
) -> None:
    window, page = open_evaluate(qtbot, open_window, spoken)
    (tmp_path / "truth.txt").write_text("fall at noon\n")
    page._show_tab(1)
    page.rehearsal.set_files(spoken_once / "stream.wav", tmp_path / "truth.txt")
    qtbot.keyClick(window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: not page.running, timeout=LONG_MS)
    assert "line 1" in page.rehearsal._note.text()
    assert "Audacity" in page.rehearsal._note.text()


def test_tab_and_files_are_remembered(qtbot: QtBot, open_window: Any, spoken: Path, spoken_once: Path) -> None:
    window, page = open_evaluate(qtbot, open_window, spoken)
    qtbot.keyClick(window, Qt.Key.Key_G)
    page.rehearsal.set_files(spoken_once / "stream.wav", None)
    window.close()
    _window, page = open_evaluate(qtbot, open_window, spoken)
    assert page._tabs.index == 1
    assert page.rehearsal.ready
