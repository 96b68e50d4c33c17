"""The window with random hands at it, as a process: `python -m tests.faults.random_hands FOLDER --seed 7 ...`.

The hands go to pages, run commands, press keys, click buttons, edit, undo and record until the window is closed: by
itself after --close-after seconds, or from outside by a signal. After each commit of a catalogue one line on standard
output says what it holds by then, and one at the end how many of the edits asked for were made.
"""

import argparse
import hashlib
import json
import random
import sqlite3
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar

LEFT_OUT = ("quit", "project.open", "project.close", "demo")  # these have moments of their own
FASTEST_MS, SLOWEST_MS = 5, 120
PAINTED = "painted"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--heard", type=Path, required=True, help="what the virtual board plays")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--demo", action="store_true", help="the hands may start it")
    parser.add_argument("--close-after", type=float, default=None, help="seconds after the first paint")
    args = parser.parse_args()
    from studio.core.log import start_logging

    start_logging()
    hands = begin(args)
    from studio.ui import app

    code = app.run(args.project)
    say({"asked": len(hands), "made": sum(made(each) for each in hands)})
    return code


def begin(args: argparse.Namespace) -> "list[Future[Any]]":
    """Puts hands into the window that the application is going to make. The edits that they ask for."""
    from PySide6.QtWidgets import QFileDialog

    from studio.ui import app, window

    asked: list[Future[Any]] = []
    for name in ("getExistingDirectory", "getOpenFileName", "getSaveFileName"):
        nothing = "" if name == "getExistingDirectory" else ("", "")
        setattr(QFileDialog, name, staticmethod(lambda *_args, nothing=nothing, **_named: nothing))

    class Handled(window.MainWindow):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.painted.connect(lambda: Hands(self, args, asked).begin())

    setattr(app, "MainWindow", Handled)  # noqa: B010  as a module's name it is nobody's to assign
    return asked


class Hands:
    """One act after another, each at a random moment, by the window's own clock."""

    SHARES: ClassVar[dict[str, int]] = {
        "go": 4, "run": 5, "press": 5, "click": 5, "edit": 4, "undo": 2, "use_board": 1, "record": 2, "open": 2,
    }  # fmt: skip

    def __init__(self, window: Any, args: argparse.Namespace, asked: "list[Future[Any]]") -> None:
        self._window, self._session = window, window.session
        self._random = random.Random(args.seed)
        self._args, self._asked = args, asked
        self._acts = [name for name, share in self.SHARES.items() for _time in range(share)]
        self._session.project_changed.connect(self._opened)

    def begin(self) -> None:
        from PySide6.QtCore import QTimer

        say({PAINTED: True})
        if self._args.close_after is not None:
            QTimer.singleShot(round(1000 * self._args.close_after), self._window.close)
        self._clock = QTimer(self._window, singleShot=True)
        self._clock.timeout.connect(self._act)
        self._clock.start(0)
        if self._args.demo:
            QTimer.singleShot(self._random.randrange(3000), lambda: self._window.commands.run("demo"))

    def _opened(self, project: Any) -> None:
        """On the catalogue's thread, before anything else is done with it."""
        if project is not None:
            project.catalogue.changed.connect(lambda _touched: tell_holding(project.catalogue.path))
        say({"opened": str(project.folder) if project is not None else ""})

    def _act(self) -> None:
        if not self._window.isVisible():
            return
        self._clock.start(self._random.randint(FASTEST_MS, SLOWEST_MS))
        getattr(self, f"_{self._random.choice(self._acts)}")()

    def _go(self) -> None:
        from studio.ui.pages.rows import PAGES

        self._window.show_page(self._random.choice(PAGES).name, by_key=self._random.random() < 0.5)

    def _run(self) -> None:
        """A command that its key would do now."""
        commands = self._window.commands
        live = [name for name in commands.rows if name not in LEFT_OUT and commands.action(name).isEnabled()]
        commands.action(self._random.choice(live)).trigger()

    def _press(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        keys = (*"abcdefghijklmnopqrstuvwxyz0123456789", "Tab", "Return", "Space", "Backspace", "Escape", "Down", "Up")
        key = self._random.choice(keys)
        where = QApplication.focusWidget() or self._window
        QTest.keyClick(where, getattr(Qt.Key, f"Key_{key.upper() if len(key) == 1 else key}"))

    def _click(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QAbstractButton

        buttons = [each for each in self._window.findChildren(QAbstractButton) if each.isVisible() and each.isEnabled()]
        demo = () if self._args.demo else ("Start the demo",)
        buttons = [each for each in buttons if each.text() not in demo]
        QTest.mouseClick(self._random.choice(buttons), Qt.MouseButton.LeftButton)

    def _edit(self) -> None:
        """One that always changes something: all takes to another evening."""
        from studio.dataset.selection import everything

        if self._session.project is not None:
            evening = f"evening {self._random.randrange(10**6)}"
            change: Callable[[Any], Any] = lambda edit: edit.set_group(everything(), evening)  # noqa: E731
            self._asked.append(self._session.edit(f"Move all to {evening}", change))

    def _undo(self) -> None:
        if self._session.project is not None:
            self._asked.append(self._session.undo() if self._random.random() < 0.6 else self._session.redo())

    def _use_board(self) -> None:
        self._session.choose_board(f"virtual:nano33ble?play={self._args.heard}", "Nano (virtual)")

    def _record(self) -> None:
        self._window.commands.run("collect.record")

    def _open(self) -> None:
        if self._session.project is None:
            self._session.open(self._args.project)
        elif self._random.random() < 0.1:
            self._session.close_project()


def made(edit: "Future[Any]") -> bool:
    """Or refused for a reason, as where the project was closed just before. One that was dropped is neither."""
    return edit.done() and not edit.cancelled()


_telling = threading.Lock()


def tell_holding(catalogue: Path) -> None:
    """Whoever edited last tells last, and what it tells is what is on the disk."""
    with _telling:
        say({"project": str(catalogue.parent), "holds": holding(catalogue)})


def holding(catalogue: Path) -> str:
    """Of all that edits change, in short."""
    digest = hashlib.sha256()
    database = sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)
    try:
        for query in (
            "SELECT * FROM recording ORDER BY id", "SELECT * FROM segment ORDER BY id", "SELECT * FROM pin ORDER BY id",
            "SELECT number, title, undone FROM edit ORDER BY number",
        ):  # fmt: skip
            for row in database.execute(query):
                digest.update(repr(row).encode())
    finally:
        database.close()
    return digest.hexdigest()[:16]


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
