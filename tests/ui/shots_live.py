"""Shots of Live: listening, parted at the features, a board that is lost, and nothing to listen with yet."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.screenshots import Shot
from tests.ui.shots_deploy import with_run
from tests.ui.shots_frame import kitchen

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

WORDS = Path(__file__).resolve().parents[3] / "shared" / "data" / "speech-commands-mini"


def speech(folder: Path) -> Path:
    """Words with pauses, 12 s."""
    import numpy as np
    import soundfile

    pause = np.random.default_rng(1).normal(0, 12, 14_000).astype(np.int16)
    parts = []
    for word in ("yes", "no", "yes", "up", "no", "go"):
        parts += [pause, soundfile.read(min((WORDS / word).glob("*.wav")), dtype="int16")[0]]
    path = folder / "kitchen-evening.wav"
    soundfile.write(path, np.concatenate(parts), 16_000, subtype="PCM_16")
    return path


def live(window: "MainWindow", windows: int = 28) -> Callable[[], bool]:
    project = window.session.project
    assert project is not None
    plays = speech(project.folder)
    window.session.choose_board(f"virtual:nano33ble?play={plays}", "Arduino Nano 33 BLE Sense (virtual)")
    window.show_page("live")
    window.commands.run("live.start")
    page: Any = window.page("live")
    return lambda: page._news is not None and page._news.windows >= windows and page._news.newest.equal


def live_parted(window: "MainWindow") -> Callable[[], bool]:
    """The host's own front end is changed after the board has its model."""
    from studio.live import listening
    from studio.live.live import LiveSession

    project = window.session.project
    assert project is not None
    runs = project.folder / "runs"

    class Other(LiveSession):
        def __init__(self, board: Any, image: bytes) -> None:
            from dataclasses import replace

            from studio.features.blocks import LogMel
            from studio.live.compare import Reference
            from studio.model.image import build_image, read_image
            from studio.model.plan import plan

            super().__init__(board, image)
            content = read_image(image)
            tflite = next(runs.glob("*/model.tflite"))
            section = replace(LogMel(), high_hz=7_000).pack()
            other = build_image(
                plan(tflite.read_bytes()), front_end=section, classes=content.classes, decision=content.decision
            )
            self.reference = Reference(other)

    replaced = pytest.MonkeyPatch()
    replaced.setattr(listening, "LiveSession", Other)
    live(window)
    page: Any = window.page("live")

    def parted() -> bool:
        known = page._difference is not None and page._difference.difference is not None
        if known and page._news.windows >= 12:
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


SHOTS = [
    Shot("live", live, with_run),
    Shot("live-failed", live_parted, with_run),
    Shot("live-lost", live_lost, with_run),
    Shot("live-empty", live_empty, kitchen),
    Shot("live-no-board", live_empty, with_run),
]
