"""The studio's window beside a recording in the same process: Collect draws a virtual board at 16 kHz all the while."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import soundfile
from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from studio.dataset.project import create_project
from studio.ui.session import Session
from studio.ui.window import MainWindow

SOUND_HZ = 16_000
HEARTBEAT_MS = 5
LOOK_MS = 50
WAIT_S = 60.0


class RedrawingWindow:
    """Open and drawing within `with`; the thread that made it runs its event loop in `run_until`."""

    def __init__(self, scratch: Path, seconds: float) -> None:
        """seconds: how long it will draw, at most."""
        self._scratch = scratch
        self._paints: list[float] = []
        self._beats: list[float] = []
        at = np.arange(round((seconds + 30) * SOUND_HZ)) / SOUND_HZ
        sound = 0.2 * np.sin(2 * np.pi * 300 * at) * np.clip(np.sin(2 * np.pi * at / 1.7), 0, 1) ** 3
        soundfile.write(scratch / "drawn.wav", sound, SOUND_HZ, subtype="PCM_16")
        create_project(scratch / "drawn", name="Drawn").close()
        self._heart = QTimer(interval=HEARTBEAT_MS)
        self._heart.setTimerType(Qt.TimerType.PreciseTimer)
        self._heart.timeout.connect(lambda: self._beats.append(time.monotonic()))

    def __enter__(self) -> Self:
        paints = self._paints

        class Window(MainWindow):
            def event(self, event: QEvent) -> bool:
                handled = super().event(event)
                if event.type() == QEvent.Type.UpdateRequest:
                    paints.append(time.monotonic())
                return handled

        self._window = Window(Session(), self._scratch / "drawn")
        self._window.resize(1440, 900)
        self._window.show()
        self.run_until(lambda: self._window.session.project is not None, WAIT_S)
        self._window.session.choose_board(f"virtual:espeye?play={self._scratch / 'drawn.wav'}", "ESP-EYE (virtual)")
        self._window.show_page("collect")
        page: Any = self._window.page("collect")
        self.run_until(lambda: page.listening.main.seen > 2 * SOUND_HZ, WAIT_S)
        self._paints.clear()
        self._beats.clear()
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._heart.stop()
        self._window.close()
        self._window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def run_until(self, true: Callable[[], bool], within_s: float) -> None:
        """Raises TimeoutError."""
        loop, deadline_s = QEventLoop(), time.monotonic() + within_s
        look = QTimer(interval=LOOK_MS)
        look.timeout.connect(lambda: loop.quit() if true() or time.monotonic() > deadline_s else None)
        look.start()
        loop.exec()
        look.stop()
        if not true():
            raise TimeoutError

    def figures(self) -> dict[str, float]:
        """Frames a second, and in ms how much later than due the event loop came round."""
        late_ms = np.maximum(np.diff(self._beats) * 1000 - HEARTBEAT_MS, 0)
        frames = (len(self._paints) - 1) / (self._paints[-1] - self._paints[0])
        return {
            "frames_per_s": round(frames, 1),
            "stall_p99_ms": round(float(np.percentile(late_ms, 99)), 1),
            "stall_worst_ms": round(float(late_ms.max()), 1),
        }
