"""The whole job in the real window, by keys and mouse: from an empty Start to a board that agrees with the computer."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from studio.capture.link_state import LinkState
from studio.ui.widgets.stages_row import StageState
from tests.ui.hands import Hands

RATE_HZ = 16_000
WORDS = {"up": (500.0, 1_500.0), "down": (3_000.0, 1_000.0)}  # Hz, from and to
WORD_S, PAUSE_S = 0.3, 0.2
TAKES = 3
TRAINING_MS = 120_000


@pytest.fixture
def sounds(tmp_path: Path) -> dict[str, Path]:
    """What the board hears: each word again and again, both of them, and a room where nobody speaks."""
    said = {word: np.concatenate([spoken(*WORDS[word], seed) for seed in range(120)]) for word in WORDS}
    both = np.concatenate([spoken(*WORDS[word], 500 + n) for n in range(60) for word in WORDS])
    room = np.random.default_rng(9).normal(0, 0.01, 60 * RATE_HZ)
    paths = {}
    for name, samples in {**said, "both": both, "room": room}.items():
        paths[name] = tmp_path / f"{name}.wav"
        soundfile.write(paths[name], samples, RATE_HZ, subtype="PCM_16")
    return paths


def spoken(from_hz: float, to_hz: float, seed: int) -> Any:
    """A glide with harmonics in a little noise, and a pause: each time a bit different, as words are."""
    chance = np.random.default_rng(seed)
    at = np.arange(round(WORD_S * RATE_HZ)) / RATE_HZ
    hz = np.linspace(from_hz, to_hz, len(at)) * chance.uniform(0.94, 1.06)
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    voice = (np.sin(phase) + 0.4 * np.sin(2 * phase)) * np.hanning(len(at)) * chance.uniform(0.2, 0.35)
    return np.concatenate([voice, np.zeros(round(PAUSE_S * RATE_HZ))]) + chance.normal(
        0, 0.01, len(at) + round(PAUSE_S * RATE_HZ)
    )


@pytest.mark.timeout(400)
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of menus, without a screen
def test_the_whole_job_by_keys_and_mouse(
    qtbot: QtBot, open_window: Any, tmp_path: Path, sounds: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(qtbot, open_window())
    make_a_project(hands, tmp_path)
    choose_a_board(hands)
    for word in ("up", "down", "room"):
        let_it_hear(hands, sounds[word], monkeypatch)
        record(hands, word)
    relabel_and_undo(hands)
    preview(hands)
    train(hands)
    evaluate(hands)
    deploy(hands)
    let_it_hear(hands, sounds["both"], monkeypatch)
    watch_them_agree(hands)
    close_and_find_it_as_it_was(hands, open_window, tmp_path / "Kitchen_light", qtbot)


def make_a_project(hands: Hands, folder: Path) -> None:
    hands.window.page("start")._new._parent = folder  # type: ignore[attr-defined]
    hands.press("Ctrl+N")
    hands.type("Kitchen light")
    hands.until(lambda: hands.window.session.project is not None and hands.window.page_name == "devices")
    assert (folder / "Kitchen_light" / "studio.db").is_file()


def choose_a_board(hands: Hands) -> None:
    page = hands.go("Ctrl+1", "devices")
    hands.until(lambda: "virtual:nano33ble" in page._cards)
    hands.click(page._cards["virtual:nano33ble"])
    hands.press("U")
    hands.until(lambda: hands.window.session.board == "virtual:nano33ble")


def let_it_hear(hands: Hands, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the inspector of Devices, where the file dialog is the system's."""
    hands.go("Ctrl+1", "devices")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(path), ""))
    hands.press("H")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    while menu.activeAction() is None or menu.activeAction().text() != "A sound file…":
        QTest.keyPress(menu, Qt.Key.Key_Down)
    QTest.keyPress(menu, Qt.Key.Key_Return)  # it goes with that, before the key comes up
    hands.window.activateWindow()
    hands.until(lambda: hands.window.session.board == f"virtual:nano33ble?play={path}")


def record(hands: Hands, word: str) -> None:
    page = hands.go("Ctrl+2", "collect")
    hands.until(
        lambda: (
            page.listening.hearing.state is LinkState.STREAMING and page.sources.hearing is page.listening.main.hearing
        )
    )
    if word == "up":
        hands.until(page.script.class_field.hasFocus)  # a new project asks for its words
        for each in WORDS:
            hands.type(each)
        hands.press("Esc")
        hands.press("Shift+P")
        hands.type("Anna")
        hands.press("Esc")
        hands.until(lambda: page._person == "P01")
    place = [row.label for row in page.script.class_rows].index("_background_" if word == "room" else word)
    hands.press(str(place + 1))
    before = len(page._takes)
    for take in range(1 if word == "room" else TAKES):
        hands.press("R")
        hands.until(lambda: page.listening.is_recording)
        if word == "room":
            hands.until(lambda: page.listening.recording.seconds > 3)
            hands.press("R")
        hands.until(partial(taken, page, before + take + 1))
        hands.press("Return")
        hands.until(lambda: not page.takes.pending)


def taken(page: Any, takes: int) -> bool:
    return len(page._takes) == takes and bool(page.takes.pending)


def relabel_and_undo(hands: Hands) -> None:
    page = hands.go("Ctrl+3", "label")
    hands.until(lambda: page._editor.rows and page._total == 2 * TAKES + 1)
    counts = label_counts(hands)
    assert counts == {"up": TAKES, "down": TAKES, "_background_": 1}
    old = page._editor.rows[0].label
    new = "down" if old == "up" else "up"
    place = [each for each in page._editor.keys.accessibleDescription().split(", ") if each.endswith(f" {new}")]
    hands.press(place[0].split()[0])
    hands.until(lambda: label_counts(hands)[new] == TAKES + 1)
    hands.press("Ctrl+Z")
    hands.until(lambda: label_counts(hands) == counts)


def label_counts(hands: Hands) -> dict[str | None, int]:
    return hands.window.session.ask(lambda project: project.catalogue.label_counts()).result(10)


def preview(hands: Hands) -> None:
    page = hands.go("Ctrl+4", "features")
    hands.until(lambda: page._varied is not None and not page._varying.busy)
    before = page._varied
    hands.press("D")
    hands.until(lambda: page._varied is not before and not page._varying.busy)
    assert len(page._varied.takes) == 5


def train(hands: Hands) -> None:
    page = hands.go("Ctrl+5", "train")
    hands.until(lambda: page.start_button.isVisible() and page.start_button.isEnabled())
    if not page.options.quick.isChecked():
        hands.press("Q")
    hands.press("T")
    hands.until(lambda: page.running)
    hands.until(lambda: not page.running, TRAINING_MS)
    hands.until(lambda: len(page.facts.runs) == 1)


def evaluate(hands: Hands) -> None:
    page = hands.go("Ctrl+6", "evaluate")
    hands.until(lambda: hands.window.commands.can("evaluate.all"))
    hands.press("2")
    hands.until(lambda: not page.running and page.confusion.isVisible(), TRAINING_MS)


def deploy(hands: Hands) -> None:
    page = hands.go("Ctrl+7", "deploy")
    hands.until(lambda: page._found.survey is not None)
    hands.press("P")
    hands.until(lambda: page._band.text == "The board answers as expected.")


def watch_them_agree(hands: Hands) -> None:
    page = hands.go("Ctrl+8", "live")
    hands.until(lambda: page._ready is not None)
    hands.press("S")
    hands.until(lambda: page._news is not None and page._news.windows >= 5)
    assert [stage.state for stage in page.stages._stages] == [StageState.EQUAL] * 5
    assert page._news.windows == page._news.equal
    hands.press("X")
    hands.until(lambda: not page.running)


def close_and_find_it_as_it_was(hands: Hands, open_window: Any, folder: Path, qtbot: QtBot) -> None:
    page = hands.go("Ctrl+3", "label")
    hands.until(lambda: page._editor.rows)
    first = page._editor.rows[0].id
    hands.press("Down")
    hands.until(lambda: page._editor.rows and page._editor.rows[0].id != first)
    chosen = page._editor.rows[0].id
    hands.press("Ctrl+Q")
    hands.until(lambda: not hands.window.isVisible())
    again = Hands(qtbot, open_window(folder))
    assert again.window.page_name == "label"
    there: Any = again.window.page("label")
    assert there.isVisible()
    again.until(lambda: there._editor.rows and there._editor.rows[0].id == chosen)
    assert again.window.session.board == hands.window.session.board
    assert label_counts(again) == {"up": TAKES, "down": TAKES, "_background_": 1}
