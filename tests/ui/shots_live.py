"""Shots of Live: listening, parted at the features, a board that is lost, and nothing to listen with yet."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.screenshots import Shot
from tests.ui.shots_deploy import with_run
from tests.ui.shots_frame import kitchen

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

SPEAK = Path(__file__).resolve().parents[2] / "datasets/keyword_starter/speak.py"


def speech(folder: Path) -> Path:
    """Synthesised words with pauses, about 12 s."""
    import json
    import struct

    import numpy as np
    import soundfile
    import soxr

    words = ("yes", "no", "yes", "up", "no", "go")
    jobs = [{"text": word, "voice": "en-us", "speed": 150, "pitch": 45} for word in words]
    command = [sys.executable, str(SPEAK)]
    said = subprocess.run(command, input=json.dumps(jobs).encode(), capture_output=True, check=True).stdout
    line, _, rest = said.partition(b"\n")
    rng = np.random.default_rng(1)
    parts = []
    for _word in words:
        (count,) = struct.unpack_from("<I", rest)
        spoken = soxr.resample(np.frombuffer(rest, "<i2", count, 4), json.loads(line)["rate_hz"], 16_000)
        rest = rest[4 + 2 * count :]
        parts += [np.zeros(18_000), 0.5 * spoken]
    path = folder / "kitchen-evening.wav"
    sound = np.concatenate(parts)
    soundfile.write(path, (sound + rng.normal(0, 12, len(sound))).astype(np.int16), 16_000, subtype="PCM_16")
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
        known = page.below.difference is not None and page.below.difference.difference is not None
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
