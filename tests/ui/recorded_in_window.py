"""What the real window on Collect records while it draws: a board of any rate, beside one that feels six axes at 119 Hz
and one that hears at 16 kHz, all in one take. How often it painted, and how late its event loop came round.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from PySide6.QtWidgets import QApplication

from studio.core.samples import MICROPHONE
from studio.dataset.project import create_project
from studio.dataset.script import Script, ScriptClass, keep_script
from studio.ui.app import make_application
from studio.ui.heard import Wanted
from tests.ui.watched_window import Heart, WatchedWindow, run_until

if TYPE_CHECKING:
    from studio.capture.recorder import Recording

SOUND_HZ, MOTION_HZ = 16_000, 119
LABEL = "wave"
SPARE_S = 30.0  # of what is played, until all are heard


@dataclass(frozen=True)
class Seen:
    """recording: of the board that is asked about, from this sample of its stream on. others: of those with it."""

    recording: "Recording"
    from_index: int
    others: "list[Recording]"
    took_s: float
    frames_per_s: float
    heart: Heart

    def stalls(self) -> list[tuple[str, float, float]]:
        """Name, ms of the window's event loop, ms of one that has nothing to do."""
        of_window, of_idle = self.heart.stalls_ms(), self.heart.idle_stalls_ms()
        return [
            ("p99", float(np.percentile(of_window, 99)), float(np.percentile(of_idle, 99))),
            ("worst", float(of_window.max()), float(of_idle.max())),
        ]


def recorded_in_window(folder: Path, address: str, seconds: float) -> Seen:
    """A take of so many seconds, by command of the window. address: of a board with a microphone."""
    application = QApplication.instance() or make_application()
    motion, sound = folder.with_suffix(".csv"), folder.with_suffix(".wav")
    counts = np.random.default_rng(2).integers(-9000, 9000, (round((seconds + SPARE_S) * MOTION_HZ), 6))
    np.savetxt(motion, counts, "%d", ",", header="ax,ay,az,gx,gy,gz", comments="")
    soundfile.write(sound, np.random.default_rng(4).normal(0, 0.1, round((seconds + SPARE_S) * SOUND_HZ)), SOUND_HZ)
    with create_project(folder, template="gesture") as project:
        keep_script(project.catalogue, Script((ScriptClass(LABEL, seconds=seconds),), ("P01",)))
    frames: list[int] = []
    window = WatchedWindow(folder, lambda: frames.append(time.monotonic_ns()))
    window.session.choose_board(f"virtual:nano33ble?play={motion}", "Nano 33 BLE Sense (virtual)")
    window.show_page("collect")
    page: Any = window.page("collect")
    run_until(lambda: page.listening.main.seen > 0 and page.script.class_rows)
    wanted = [Wanted(each, MICROPHONE.name) for each in (address, f"virtual:espeye?play={sound}")]
    page.sources.record_beside(wanted)
    run_until(lambda: len(page.listening.beside) == len(wanted) and all(each.seen for each in page.listening.beside))
    made: list[Any] = []
    page.listening.take_made.connect(made.append)
    heart = Heart()
    with heart.beating(window):
        began_ns = time.monotonic_ns()
        window.commands.run("collect.record")
        run_until(lambda: made, 2 * seconds + 60)
        ended_ns = time.monotonic_ns()
    motion_made, made_of, sound_made = (each.recording for each in page.listening.sources)
    from_index = page.listening.beside[0].recording_from
    window.close()
    application.processEvents()
    painted = sum(began_ns <= at <= ended_ns for at in frames)
    took_s = (ended_ns - began_ns) / 1e9
    return Seen(made_of, from_index, [motion_made, sound_made], took_s, painted / took_s, heart)
