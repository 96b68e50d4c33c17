"""Shots of Live: listening, parted at the features, a board that is lost, and nothing to listen with yet."""

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.ui.screenshots import Shot
from tests.ui.shots_frame import kitchen
from tests.ui.shots_train import trained_once, with_runs

if TYPE_CHECKING:
    from studio.ui.window import MainWindow


def live(window: "MainWindow", windows: int = 28) -> Callable[[], bool]:
    from studio.ui.widgets.scores import int8_as_scores

    project = window.session.project
    assert project is not None
    plays = shutil.copy(trained_once() / "kitchen-day.wav", project.folder / "kitchen-evening.wav")
    window.session.choose_board(f"virtual:nano33ble?play={plays}", "Arduino Nano 33 BLE Sense (virtual)")
    window.show_page("live")
    window.commands.run("live.start")
    page: Any = window.page("live")

    def shows_a_word() -> bool:
        news = page._news
        if news is None or news.windows < windows or not news.newest.equal:
            return False
        scores = int8_as_scores(np.frombuffer(news.newest.device_scores, np.int8))
        return bool(scores.max() > 0.6) and page._styles[int(scores.argmax())].hue is not None

    return shows_a_word


def live_parted(window: "MainWindow") -> Callable[[], bool]:
    """The board is given the first run's model, while the host has the last one's, whose front end is another."""
    from studio.dataset.runs import list_runs
    from studio.deploy.bundle import bundle_for
    from studio.deploy.upload import upload
    from studio.live import listening

    project = window.session.project
    assert project is not None
    first = list(list_runs(project.runs_folder))[-1]

    def other(board: Any, _image: bytes, **how: Any) -> None:
        upload(board, bundle_for(first, board.hello).image, **how)

    replaced = pytest.MonkeyPatch()
    replaced.setattr(listening, "upload", other)
    live(window)
    page: Any = window.page("live")

    def parted() -> bool:
        known = page.below.difference is not None and page.below.difference.difference is not None
        if known and page._news.windows >= 16 and page.below._cause is not None:
            replaced.undo()
            return True
        return False

    return parted


def live_lost(window: "MainWindow") -> Callable[[], bool]:
    """Its cable is pulled while it listens."""
    from studio.boards.connection import open_board
    from studio.live import listening

    opened: list[Any] = []
    killed: list[int] = []

    def noting(*arguments: Any) -> Any:
        opened.append(open_board(*arguments))
        return opened[-1]

    replaced = pytest.MonkeyPatch()
    replaced.setattr(listening, "open_board", noting)
    ready = live(window, 12)
    page: Any = window.page("live")

    def lost() -> bool:
        if not killed and ready():
            killed.append(opened[0]._transport._board.board_pid)
            os.kill(killed[0], signal.SIGKILL)
            replaced.undo()
        return bool(killed) and not page.running

    return lost


def live_empty(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("live")
    page: Any = window.page("live")
    return lambda: page._ready is not None


def with_another_front_end(folder: Path) -> None:
    """The first run's model once more, as if it had been trained to hear less high."""
    from studio.dataset.runs import begin_run, finish_run, list_runs
    from studio.features.blocks import LogMel

    with_runs(folder)
    first = list(list_runs(folder / "runs"))[-1]
    run_id, partial = begin_run(folder / "runs")
    shutil.copy(first.tflite_path, partial)
    spec = replace(LogMel.from_dict(first.front_end), high_hz=7_000).to_dict()
    finish_run(partial, replace(first, id=run_id, folder=partial, front_end=spec))


SHOTS = [
    Shot("live", live, with_runs),
    Shot("live-failed", live_parted, with_another_front_end),
    Shot("live-lost", live_lost, with_runs),
    Shot("live-empty", live_empty, kitchen),
    Shot("live-no-board", live_empty, with_runs),
]
