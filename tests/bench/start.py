"""`make bench-start`: from a fresh process to a painted window, with a project of 2,000 recordings, timed from outside.

The peer is an empty PySide6 window in the same run. One JSON object a line.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECORDINGS = 2_000
ROUNDS = 5
LABELS = ("yes", "no", "on", "off", "_background_")

EMPTY = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

class Window(QWidget):
    def paintEvent(self, event):
        QTimer.singleShot(0, self.close)

application = QApplication([])
window = Window()
window.resize(1440, 900)
window.show()
application.exec()
"""


def make_project(folder: Path, recordings: int) -> None:
    """A project whose catalogue has that many rows; the files need not exist to open it."""
    from studio.dataset.edits import NewRecording, Span
    from studio.dataset.project import create_project
    from studio.dataset.recordings import Sidecar

    with create_project(folder, name="Kitchen light") as project, project.catalogue.edit("Import") as edit:
        edit.add(
            [
                NewRecording(
                    f"recordings/{LABELS[n % len(LABELS)]}-{n:06}.wav",
                    Sidecar(source="virtual:nano33ble", kind="microphone", rate_hz=16_000.0, samples=24_000),
                    "[]",
                    (Span(LABELS[n % len(LABELS)]),),
                )
                for n in range(recordings)
            ]
        )


def seconds_of(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        environment = {
            "QT_QPA_PLATFORM": "offscreen",
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPYCACHEPREFIX": f"{scratch}/compiled",  # as after a first start, and nothing left in the tree
            "TINYML_STUDIO_HOME": f"{scratch}/home",
        }
        project = Path(scratch) / "project"
        make_project(project, RECORDINGS)
        ours = [sys.executable, "-m", "studio", "gui", str(project), "--exit-after-first-paint"]
        empty = [sys.executable, "-c", EMPTY]
        seconds_of(ours, environment)  # compiles, and warms the disk
        rounds = [(seconds_of(ours, environment), seconds_of(empty, environment)) for _ in range(ROUNDS)]
        value, peer = (statistics.median(column) for column in zip(*rounds, strict=True))
        line = {
            "name": f"start to painted window and out again, {RECORDINGS:,} recordings",
            "value": round(value, 3),
            "unit": "s",
            "peer": "an empty PySide6 window",
            "peer_value": round(peer, 3),
            "ratio": round(value / peer, 2),
        }
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
