"""The window under test: on no screen, with the theme installed, closed at the end of each test."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.ui import theme
from studio.ui.session import Session
from studio.ui.window import MainWindow
from tests.ui.hands import PATIENCE_MS

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """As patient as a busy machine wants it: the plugin waits 5 s."""
    patient: Any = qtbot
    patient.waitUntil = partial(qtbot.waitUntil, timeout=PATIENCE_MS)
    patient.waitSignal = partial(qtbot.waitSignal, timeout=PATIENCE_MS)
    patient.waitSignals = partial(qtbot.waitSignals, timeout=PATIENCE_MS)
    return qtbot


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["tinyml-studio"]


@pytest.fixture(scope="session")
def installed(qapp: QApplication) -> theme.Theme:
    theme.current().install(qapp)
    return theme.current()


@pytest.fixture
def themed(installed: theme.Theme) -> Iterator[theme.Theme]:
    """The theme, installed and light, text at its usual size; so again afterwards."""
    installed.choose(theme.Choice.LIGHT)
    yield installed
    installed.size_text(100)
    installed.choose(theme.Choice.LIGHT)


@pytest.fixture
def open_window(qtbot: QtBot, themed: theme.Theme) -> Iterator[OpenWindow]:
    """open_window(folder=None): a painted window with a session of its own, its project open where one is given."""
    windows: list[MainWindow] = []

    def make(folder: Path | None = None) -> MainWindow:
        window = MainWindow(Session(), folder)
        windows.append(window)
        with qtbot.waitSignal(window.painted):
            window.show()
        if folder is not None:
            qtbot.waitUntil(lambda: window.session.project is not None, timeout=20_000)
            qtbot.waitUntil(lambda: bool(window.session.states), timeout=20_000)
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    """A project with six labelled takes of two words in its catalogue; the files do not exist."""
    from studio.dataset.edits import NewRecording, Span
    from studio.dataset.project import create_project
    from studio.dataset.recordings import Sidecar

    folder = tmp_path / "kitchen"
    with create_project(folder, name="Kitchen light") as project, project.catalogue.edit("Import six takes") as edit:
        edit.add(
            [
                NewRecording(
                    f"recordings/{label}-{take}.wav",
                    Sidecar(source="virtual:nano33ble", rate_hz=16_000.0, samples=16_000),
                    "[]",
                    (Span(label),),
                )
                for label in ("yes", "no")
                for take in range(3)
            ]
        )
    return folder
