"""`make bench-live`: the real window on Collect, a virtual board at 16 kHz, waveform, spectrogram and meter drawn; then
on Collect and on Live, board beside host, with six axes at 119 Hz and with pictures at 10 Hz. Each is a scene in a
process of its own; --only NAME takes one.

Figures are taken after the first 2 s, on Collect while a take is recorded every few seconds. CPU per painted frame is
all that the GUI thread used from one frame's end to the next one's; a frame is a paint of the window,
with sound one that shows new samples. A stall is how much later than due the event loop comes round to
a timer of 5 ms; its peer is an event loop that has nothing to do, in a process beside it: what the machine itself adds.
A sample's age is counted from its device time, the board's clock fitted to the host's, to the end of
the paint that first shows it. One JSON object a line.

`make bench-capture` (--capture) hears, draws and records six axes at 119 Hz of a second virtual board and a camera's
pictures of 96 x 96 at 10 Hz beside it on Collect; the CPU share of capture is that of all threads but the GUI's.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
MOTION_HZ, PICTURE_HZ = 119, 10
SETTLE_S = 2.0
MEASURED_S, MEASURED_KINDS_S = 20.0, 8.0
TAKE_EVERY_S = 4.0
HEARTBEAT_MS = 5
WAIT_S = 60.0

EMPTY = """
import sys
import time
from PySide6.QtCore import QCoreApplication, Qt, QTimer

heartbeat_ms, measured_ms = map(int, sys.argv[1:])
application = QCoreApplication([])
beats = []
heart = QTimer(interval=heartbeat_ms)
heart.setTimerType(Qt.TimerType.PreciseTimer)
heart.timeout.connect(lambda: beats.append(time.monotonic_ns()))
heart.start()
QTimer.singleShot(measured_ms, application.quit)
application.exec()
print(*beats)
"""


@dataclass(frozen=True)
class Scene:
    """What is drawn. plays: of the template's starter data; None: sound that is made here."""

    title: str
    page: str
    template: str
    plays: str | None
    seconds: float = MEASURED_KINDS_S


SCENES = {
    "collect": Scene("Collect at 16 kHz", "collect", "keyword", None, MEASURED_S),
    "collect-motion": Scene("Collect with six axes at 119 Hz", "collect", "gesture", "stream_csv"),
    "collect-pictures": Scene("Collect with pictures at 10 Hz", "collect", "image", "stream_folder"),
    "live-motion": Scene("Live with six axes at 119 Hz", "live", "gesture", "stream_csv"),
    "live-pictures": Scene("Live with pictures at 10 Hz", "live", "image", "stream_folder"),
}


def make_sound(path: Path) -> None:
    """Words' shapes in noise, so that all of a spectrogram is worked on."""
    import soundfile

    at = np.arange(int((SETTLE_S + MEASURED_S + 20) * RATE_HZ)) / RATE_HZ
    voice = np.sin(2 * np.pi * 180 * at + 4 * np.sin(2 * np.pi * 5 * at)) * (1 + np.sin(2 * np.pi * 900 * at))
    loud = np.clip(np.sin(2 * np.pi * at / 1.7), 0, 1) ** 3
    noise = np.random.default_rng(1).normal(0, 0.004, len(at))
    soundfile.write(path, 0.2 * voice * loud + noise, RATE_HZ, subtype="PCM_16")


def line(title: str, name: str, value: float, unit: str, peer: float | None = None) -> dict[str, Any]:
    made = {"name": f"{title}: {name}", "value": round(value, 2), "unit": unit}
    if peer is not None:
        made |= {
            "peer": "an empty event loop",
            "peer_value": round(peer, 2),
            "ratio": round(value / max(peer, 0.01), 2),
        }
    return made


class Meter:
    """What is noted while the window runs. Times are time.monotonic_ns()."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.frames: list[tuple[int, int, int]] = []  # end, CPU of the thread, index after the newest sample shown
        self.beats: list[int] = []
        self.blocks: list[Any] = []
        self.beside: list[Any] = []  # what is heard beside it
        self.cpu_ns: list[tuple[int, int, int]] = []  # now, of the process, of the GUI thread: first and last

    def look_at_cpu(self) -> None:
        self.cpu_ns.append((time.monotonic_ns(), time.process_time_ns(), time.thread_time_ns()))

    def capture_results(self) -> list[dict[str, Any]]:
        (began_ns, process_ns, gui_ns), (ended_ns, process_end_ns, gui_end_ns) = self.cpu_ns[0], self.cpu_ns[-1]
        share = (process_end_ns - process_ns - (gui_end_ns - gui_ns)) / (ended_ns - began_ns)
        made = [line(self.scene.title, "CPU share of capture", 100 * share, "% of a core")]
        for heard in self.beside:
            beside = line(self.scene.title, f"heard beside it, {heard.wanted.kind}", heard.seen, "samples")
            made.append({**beside, "lost": heard.lost})
        return made

    def results(self, from_ns: int, peer: list[int]) -> list[dict[str, Any]]:
        """peer: beats of the empty loop."""
        frames = np.array([frame for frame in self.frames if frame[0] >= from_ns], np.int64)
        beats = np.array([beat for beat in self.beats if beat >= from_ns], np.int64)
        cpu_ms = np.diff(frames[:, 1]) / 1e6
        stalls_ms, idle_ms = (np.maximum(np.diff(each) / 1e6 - HEARTBEAT_MS, 0) for each in (beats, np.array(peer)))
        seconds = (frames[-1, 0] - frames[0, 0]) / 1e9
        of = partial(line, self.scene.title)
        made = [
            of("frames painted", (len(frames) - 1) / seconds, "1/s"),
            of("CPU per painted frame, median", float(np.median(cpu_ms)), "ms"),
            of("CPU per painted frame, p95", float(np.percentile(cpu_ms, 95)), "ms"),
            of("event loop stall, p99", float(np.percentile(stalls_ms, 99)), "ms", float(np.percentile(idle_ms, 99))),
            of("event loop stall, worst", float(stalls_ms.max()), "ms", float(idle_ms.max())),
        ]
        if self.scene.plays is not None:
            return made
        ages_ms = self._ages_ms(frames)
        return [
            *made,
            of("device time to end of paint, median", float(np.median(ages_ms)), "ms"),
            of("device time to end of paint, p95", float(np.percentile(ages_ms, 95)), "ms"),
            of("samples lost", sum(block.lost_before.total for block in self.blocks), "samples"),
        ]

    def _ages_ms(self, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        """Of every sample that was shown, when it was shown first."""
        from studio.core.clock import fit_clock

        # A block cannot come before its last sample was: the fit is through the ends.
        ends_us = [b.device_time_us + round(len(b.samples) * 1e6 / RATE_HZ) for b in self.blocks]
        clock = fit_clock(ends_us, [b.arrived_ns for b in self.blocks])
        assert clock is not None
        first = self.blocks[0]
        start, stop = int(frames[0, 2]), int(frames[-1, 2])
        samples = np.arange(start, stop)
        taken_us = first.device_time_us + (samples - first.first_index) * 1e6 / RATE_HZ
        taken_ns = clock.offset_ns + taken_us * 1000 * (1 + clock.drift_ppm / 1e6)
        shown = frames[np.searchsorted(frames[:, 2], samples, side="right"), 0]
        ages: NDArray[np.float64] = (shown - taken_ns) / 1e6
        return ages


def main() -> None:
    parser = argparse.ArgumentParser(description="The window while it draws what comes from a board.")
    parser.add_argument("--only", choices=SCENES, metavar="NAME", help=f"one of {', '.join(SCENES)}")
    parser.add_argument("--capture", action="store_true", help="record movement and pictures beside it")
    args = parser.parse_args()
    if args.only is None and not args.capture:
        for name in SCENES:
            subprocess.run([sys.executable, __file__, "--only", name], check=True)
        return
    scene = SCENES[args.only or "collect"]
    with tempfile.TemporaryDirectory() as scratch:
        meter = Meter(scene)
        plays = prepare(scene, Path(scratch))
        os.environ["TINYML_STUDIO_HOME"] = f"{scratch}/home"
        from_ns, peer = run(scene, plays, Path(scratch), meter, beside_of(Path(scratch)) if args.capture else [])
        for result in meter.results(from_ns, peer) + (meter.capture_results() if args.capture else []):
            sys.stdout.write(json.dumps(result) + "\n")


def prepare(scene: Scene, scratch: Path) -> Path:
    """Makes the scene's project, with a run that was trained quickly for Live. Returns what its board plays."""
    from studio.dataset.project import create_project

    if scene.plays is None:
        make_sound(scratch / "words.wav")
        create_project(scratch / "project", name="Kitchen light").close()
        return scratch / "words.wav"
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tests.ui import kind_projects

    make = kind_projects.trained if scene.page == "live" else kind_projects.of
    make(scene.template)(scratch / "project")
    return Path(getattr(kind_projects.starter(scene.template), scene.plays))


def beside_of(scratch: Path) -> list[Any]:
    """What is recorded too: six axes of a second board, and a camera, which a film of 96 x 96 pictures stands for."""
    import cv2

    from studio.ui.heard import Wanted

    counts = np.random.default_rng(2).integers(-9000, 9000, (round(120 * MOTION_HZ), 6))
    np.savetxt(scratch / "motion.csv", counts, "%d", ",", header="ax,ay,az,gx,gy,gz", comments="")
    film = cv2.VideoWriter(str(scratch / "seen.avi"), cv2.VideoWriter.fourcc(*"MJPG"), PICTURE_HZ, (96, 96))
    random = np.random.default_rng(3)
    for _ in range(round(120 * PICTURE_HZ)):
        film.write(random.integers(0, 256, (96, 96, 3), dtype=np.uint8))
    film.release()
    return [
        Wanted(f"virtual:nano33ble?play={scratch}/motion.csv", "imu"),
        Wanted(f"camera:{scratch}/seen.avi", "camera"),
    ]


def run(scene: Scene, plays: Path, scratch: Path, meter: Meter, beside: list[Any]) -> tuple[int, list[int]]:
    """Returns from when on it counts, in monotonic ns, and the beats of the empty loop meanwhile."""
    from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer

    from studio.ui.app import make_application
    from studio.ui.session import Session
    from studio.ui.window import MainWindow

    class Window(MainWindow):
        def event(self, event: QEvent) -> bool:
            handled = super().event(event)
            if event.type() == QEvent.Type.UpdateRequest and page is not None:
                newest = page.stage.view.stream.columns.end if scene.plays is None else 0
                if scene.plays is not None or not meter.frames or newest > meter.frames[-1][2]:
                    meter.frames.append((time.monotonic_ns(), time.thread_time_ns(), newest))
            return handled

    def run_until(condition: Any, within_s: float = WAIT_S) -> None:
        loop, deadline = QEventLoop(), time.monotonic() + within_s
        look = QTimer(interval=50)
        look.timeout.connect(lambda: loop.quit() if condition() or time.monotonic() > deadline else None)
        look.start()
        loop.exec()
        look.stop()
        assert condition() or within_s < WAIT_S

    application = make_application()
    page: Any = None
    window = Window(Session(), scratch / "project")
    window.resize(1440, 900)
    window.show()
    run_until(lambda: window.session.project is not None)
    window.session.choose_board(f"virtual:nano33ble?play={plays}", "Nano 33 BLE Sense (virtual)")
    window.show_page(scene.page)
    made: Any = window.page(scene.page)
    if scene.page == "live":
        run_until(lambda: made._ready is not None)
        window.commands.run("live.start")
        run_until(lambda: made._news is not None and made._news.windows > 0)
    else:
        run_until(lambda: made.listening.main.seen > 0 and bool(made.script.class_rows))
        if beside:
            made.sources.record_beside(beside)
            run_until(lambda: all(heard.seen > 0 for heard in made.listening.beside))
            meter.beside = made.listening.beside
        take_items = made.listening.main.take_items

        def noted() -> list[Any]:
            blocks: list[Any] = take_items()
            meter.blocks += blocks
            return blocks

        made.listening.main.take_items = noted
    page = made
    heart = QTimer(interval=HEARTBEAT_MS)
    heart.setTimerType(Qt.TimerType.PreciseTimer)
    heart.timeout.connect(lambda: meter.beats.append(time.monotonic_ns()))
    heart.start()
    takes = QTimer(interval=round(TAKE_EVERY_S * 1000))
    takes.timeout.connect(lambda: window.commands.run("collect.record"))
    if scene.page == "collect":
        takes.start()
    idle = [sys.executable, "-c", EMPTY, str(HEARTBEAT_MS), str(round(scene.seconds * 1000))]
    with subprocess.Popen(idle, stdout=subprocess.PIPE, text=True) as empty:
        run_until(lambda: False, SETTLE_S)
        from_ns = time.monotonic_ns()
        meter.look_at_cpu()
        run_until(lambda: False, scene.seconds)
        meter.look_at_cpu()
        peer = [int(beat) for beat in empty.communicate()[0].split()]
    heart.stop()
    takes.stop()
    page = None
    window.close()
    application.quit()
    return from_ns, peer


if __name__ == "__main__":
    main()
