"""The real window as benches drive and watch it: its frames, and how late its event loop comes round."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer

from studio.ui.session import Session
from studio.ui.window import MainWindow

HEARTBEAT_MS = 5
WAIT_S = 60.0

EMPTY = """
import sys
import time
from PySide6.QtCore import QCoreApplication, Qt, QTimer

heartbeat_ms = int(sys.argv[1])
application = QCoreApplication([])
heart = QTimer(interval=heartbeat_ms)
heart.setTimerType(Qt.TimerType.PreciseTimer)
heart.timeout.connect(lambda: print(time.monotonic_ns(), flush=True))
heart.start()
application.exec()
"""


class WatchedWindow(MainWindow):
    """`painted` is called at the end of each of its paints."""

    def __init__(self, folder: Path, painted: Callable[[], None]) -> None:
        self._painted: Callable[[], None] | None = None
        super().__init__(Session(), folder)
        self._painted = painted
        self.resize(1440, 900)
        self.show()
        run_until(lambda: self.session.project is not None)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.UpdateRequest and self._painted is not None:
            self._painted()
        return handled


class Heart:
    """How late an event loop comes round to a timer of HEARTBEAT_MS, and how late one that has nothing to do does."""

    def __init__(self) -> None:
        self._beats: list[int] = []
        self._idle: list[int] = []

    @contextmanager
    def beating(self, parent: QObject) -> Iterator[None]:
        timer = QTimer(parent, interval=HEARTBEAT_MS)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda: self._beats.append(time.monotonic_ns()))
        timer.start()
        command = [sys.executable, "-c", EMPTY, str(HEARTBEAT_MS)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as empty:
            yield
            timer.stop()
            empty.terminate()
            self._idle += [int(beat) for beat in empty.communicate()[0].split()]

    def stalls_ms(self, from_ns: int = 0) -> NDArray[np.float64]:
        return _stalls_ms(self._beats, from_ns)

    def idle_stalls_ms(self, from_ns: int = 0) -> NDArray[np.float64]:
        """Of the loop that has nothing to do: what the machine itself adds."""
        return _stalls_ms(self._idle, from_ns)


def _stalls_ms(beats: list[int], from_ns: int) -> NDArray[np.float64]:
    counted = np.array([beat for beat in beats if beat >= from_ns], np.int64)
    stalls: NDArray[np.float64] = np.maximum(np.diff(counted) / 1e6 - HEARTBEAT_MS, 0)
    return stalls


def run_until(condition: Callable[[], Any], within_s: float = WAIT_S) -> None:
    """The event loop runs. Raises AssertionError when the condition does not hold in time."""
    run_for(within_s, condition)
    assert condition()


def run_for(seconds: float, enough: Callable[[], Any] = lambda: False) -> None:
    """The event loop runs so long, or until it is enough."""
    loop, deadline = QEventLoop(), time.monotonic() + seconds
    look = QTimer(interval=50)
    look.timeout.connect(lambda: loop.quit() if enough() or time.monotonic() > deadline else None)
    look.start()
    loop.exec()
    look.stop()
