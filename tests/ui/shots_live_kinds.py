"""Shots of Live for gestures, pictures and a value: what is felt, seen or measured, beside the host."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ui import kind_projects
from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

STREAMS = {"gesture": "stream_csv", "image": "stream_folder", "regression": "stream_csv"}
NAMES = {"gesture": "wand-evening.csv", "image": "doorway", "regression": "cellar.csv"}
WINDOWS = {"gesture": 60, "image": 20, "regression": 6}


def live(template: str, window: "MainWindow") -> Callable[[], bool]:
    project = window.session.project
    assert project is not None
    stream = Path(getattr(kind_projects.starter(template), STREAMS[template]))
    plays = project.folder / NAMES[template]
    (shutil.copytree if stream.is_dir() else shutil.copy)(stream, plays)
    window.session.choose_board(f"virtual:nano33ble?play={plays}", "Arduino Nano 33 BLE Sense (virtual)")
    window.show_page("live")
    window.commands.run("live.start")
    page: Any = window.page("live")
    return lambda: page._news is not None and page._news.windows >= WINDOWS[template]


def live_empty(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("live")
    page: Any = window.page("live")
    return lambda: page._ready is not None


SHOTS = [
    Shot("live-gesture", partial(live, "gesture"), kind_projects.trained("gesture")),
    Shot("live-image", partial(live, "image"), kind_projects.trained("image")),
    Shot("live-regression", partial(live, "regression"), kind_projects.trained("regression")),
    Shot("live-gesture-empty", live_empty, kind_projects.of("gesture")),
]
