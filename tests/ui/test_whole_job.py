"""The whole job in the real window, by keys and mouse: from an empty Start to a board that agrees with the computer."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

from tests.ui.hands import Hands
from tests.ui.whole_job import (
    choose_a_board,
    choose_class,
    close_and_find_it_as_it_was,
    collect,
    deploy,
    evaluate_on_all,
    let_it_sense,
    look_at_variants,
    make_a_project,
    name_a_person,
    name_classes,
    relabel_and_undo,
    stop,
    take,
    train,
    watch_them_agree,
)

RATE_HZ = 16_000
WORDS = {"up": (500.0, 1_500.0), "down": (3_000.0, 1_000.0)}  # Hz, from and to
WORD_S, PAUSE_S = 0.3, 0.2
TAKES = 3


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
    make_a_project(hands, tmp_path, "Kitchen light")
    assert (tmp_path / "Kitchen_light" / "studio.db").is_file()
    choose_a_board(hands)
    for word in (*WORDS, "room"):
        let_it_sense(hands, "A sound file…", sounds[word], monkeypatch)
        record(hands, word)
    relabel_and_undo(hands, {**dict.fromkeys(WORDS, TAKES), "_background_": 1}, tuple(WORDS))
    look_at_variants(hands)
    train(hands)
    evaluate_on_all(hands, lambda page: page.confusion.isVisible())
    deploy(hands)
    let_it_sense(hands, "A sound file…", sounds["both"], monkeypatch)
    watch_them_agree(hands)
    stop(hands)
    close_and_find_it_as_it_was(hands, open_window, tmp_path / "Kitchen_light", qtbot)


def record(hands: Hands, word: str) -> None:
    """A word as often as it takes, each time as long as the script has it; a room for three seconds."""
    collect(hands)
    if word == "up":
        name_classes(hands, tuple(WORDS))
        name_a_person(hands)
    choose_class(hands, "_background_" if word == "room" else word)
    for _take in range(1 if word == "room" else TAKES):
        take(hands, "R", meanwhile=partial(hear, hands, stop_after_s=3 if word == "room" else None))


def hear(hands: Hands, page: Any, stop_after_s: float | None) -> None:
    hands.until(lambda: page.listening.is_recording)
    if stop_after_s is not None:
        hands.until(lambda: page.listening.recording.seconds > stop_after_s)
        hands.press("R")
