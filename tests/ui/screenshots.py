"""`make screenshots`: every page and state, light and dark, at several sizes, into build/screenshots. A person looks.

A page adds itself with a file beside this one, `shots_NAME.py`, that has `SHOTS: list[Shot]`. A shot's `arrange` is
given the window and brings it to its state; it may return a condition to wait for.

    python tests/ui/screenshots.py [--look=NAME] [NAME...]    only shots whose name begins so, in one look
"""

import importlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "build" / "screenshots"


class Look(NamedTuple):
    """size: of the window, px. scale: device pixels a px, so of everything. text_percent: of text alone."""

    name: str
    size: tuple[int, int] = (1440, 900)
    scale: int = 1
    theme: str = "light"
    text_percent: int = 100


LOOKS = (
    Look("light"),
    Look("dark", theme="dark"),
    Look("1366x768", size=(1366, 768)),
    Look("200", scale=2),
    Look("large-text", text_percent=200),
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


def take(shot: Shot, look: Look) -> Path:
    """One picture, in this process's QApplication."""
    from PySide6.QtGui import QCursor

    from studio.ui import theme
    from studio.ui.session import Session
    from studio.ui.window import MainWindow

    width, height = look.size
    theme.current().size_text(look.text_percent)
    theme.current().choose(theme.Choice(look.theme))
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
        try:
            if condition is not None:
                wait_until(condition)
            run_loop(0.25)
            path = OUT / f"{shot.name}-{look.name}.png"
            window.grab().save(str(path))
        finally:
            window.close()
            window.deleteLater()
            run_loop(0)
    return path


def found_shots() -> list[Shot]:
    shots: list[Shot] = []
    for path in sorted(HERE.glob("shots_*.py")):
        module = importlib.import_module(f"tests.ui.{path.stem}")  # once, though others import of it
        shots += module.SHOTS
    return shots


def main() -> None:
    """A process a scale: Qt reads it once."""
    OUT.mkdir(parents=True, exist_ok=True)
    wanted = tuple(argument for argument in sys.argv[1:] if not argument.startswith("--"))
    options = dict(argument.split("=") for argument in sys.argv[1:] if argument.startswith("--"))
    scale, wanted_look = int(options.get("--scale", 0)), options.get("--look", "")
    if not scale:
        import subprocess

        for each in sorted({look.scale for look in LOOKS if wanted_look in ("", look.name)}):
            environment = {**os.environ, "QT_SCALE_FACTOR": str(each)}
            subprocess.run([sys.executable, __file__, *sys.argv[1:], f"--scale={each}"], env=environment, check=True)
        return
    sys.path.insert(0, str(HERE.parents[1]))
    sys.modules["tests.ui.screenshots"] = sys.modules["__main__"]  # one Shot for this file and the others
    from studio.ui.app import make_application

    application = make_application()
    missed = 0
    for shot in found_shots():
        if not wanted or shot.name.startswith(wanted):
            for look in LOOKS:
                if look.scale == scale and wanted_look in ("", look.name):
                    try:
                        said = str(take(shot, look))
                    except TimeoutError:
                        missed, said = missed + 1, f"{shot.name}-{look.name}: its state did not come in {WAIT_S:.0f} s"
                    sys.stdout.write(f"{said}\n")
                    sys.stdout.flush()
    application.quit()
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
