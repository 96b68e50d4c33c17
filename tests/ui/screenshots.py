"""`make screenshots`: every page and state, light and dark, at several sizes, into build/screenshots. A person looks.

A page adds itself with a file beside this one, `shots_NAME.py`, that has `SHOTS: list[Shot]`. A shot's `arrange` is
given the window and brings it to its state; it may return a condition to wait for.

    python tests/ui/screenshots.py [NAME...]    only shots whose name begins so
"""

import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "build" / "screenshots"
# Name, size of the window, scale of everything, theme.
LOOKS = (
    ("light", (1440, 900), 1, "light"),
    ("dark", (1440, 900), 1, "dark"),
    ("1366x768", (1366, 768), 1, "light"),
    ("200", (1440, 900), 2, "light"),
)
WAIT_S = 20.0


@dataclass(frozen=True)
class Shot:
    """name: PAGE, or PAGE-STATE such as devices-error. project: makes the project to open, given its folder."""

    name: str
    arrange: Callable[["MainWindow"], Callable[[], bool] | None]
    project: Callable[[Path], None] | None = None


def run_loop(seconds: float) -> None:
    """The event loop for a while. (QTest.qWait would keep Python's other threads waiting.)"""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        run_loop(0.03)


def take(shot: Shot, look: tuple[str, tuple[int, int], int, str]) -> Path:
    """One picture, in this process's QApplication."""
    from PySide6.QtGui import QCursor

    from studio.ui import theme
    from studio.ui.session import Session
    from studio.ui.window import MainWindow

    name, (width, height), _scale, choice = look
    theme.current().choose(theme.Choice(choice))
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["TINYML_STUDIO_HOME"] = f"{scratch}/home"
        folder = None
        if shot.project is not None:
            folder = Path(scratch) / "Kitchen light"
            shot.project(folder)
        window = MainWindow(Session(), folder)
        window.resize(width, height)
        window.show()
        QCursor.setPos(width - 2, height - 2)  # over nothing that would light up
        if folder is not None:
            wait_until(lambda: window.session.project is not None and bool(window.session.states))
        wait_until(window._strip._disk.isVisible)
        condition = shot.arrange(window)
        if condition is not None:
            wait_until(condition)
        run_loop(0.25)
        path = OUT / f"{shot.name}-{name}.png"
        window.grab().save(str(path))
        window.close()
        window.deleteLater()
        run_loop(0)
    return path


def found_shots() -> list[Shot]:
    shots: list[Shot] = []
    for path in sorted(HERE.glob("shots_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        shots += module.SHOTS
    return shots


def main() -> None:
    """A process a scale: Qt reads it once."""
    OUT.mkdir(parents=True, exist_ok=True)
    wanted = tuple(argument for argument in sys.argv[1:] if not argument.startswith("--"))
    scale = next((int(a.partition("=")[2]) for a in sys.argv if a.startswith("--scale=")), None)
    if scale is None:
        import subprocess

        for each in sorted({look[2] for look in LOOKS}):
            environment = {**os.environ, "QT_SCALE_FACTOR": str(each)}
            subprocess.run([sys.executable, __file__, f"--scale={each}", *wanted], env=environment, check=True)
        return
    sys.path.insert(0, str(HERE.parents[1]))
    sys.modules["tests.ui.screenshots"] = sys.modules["__main__"]  # one Shot for this file and the others
    from studio.ui.app import make_application

    application = make_application()
    for shot in found_shots():
        if not wanted or shot.name.startswith(wanted):
            for look in LOOKS:
                if look[2] == scale:
                    sys.stdout.write(f"{take(shot, look)}\n")
                    sys.stdout.flush()
    application.quit()


if __name__ == "__main__":
    main()
