"""CPU time of painting each view, in milliseconds: median and 95th percentile of whole and of live frames."""

import os
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui import theme
from studio.ui.widgets.level_meter import LevelMeter, level_of
from studio.ui.widgets.live_stream import LiveStream
from studio.ui.widgets.live_trace import LiveTraces
from studio.ui.widgets.sample_reader import ArraySamples
from studio.ui.widgets.segment_editor import SegmentEditor
from studio.ui.widgets.signal_data import wait_for_views

FRAMES = 200
RATE = 16_000


def measured(what: str, frame: Callable[[int], None]) -> None:
    times = []
    for i in range(FRAMES):
        start = time.process_time_ns()
        frame(i)
        times.append((time.process_time_ns() - start) / 1e6)
    print(f"{what:34}  median {np.median(times):6.2f}  p95 {np.percentile(times, 95):6.2f} ms")  # noqa: T201


def painter_of(view: QWidget) -> Callable[[int], None]:
    target = QPixmap(view.size())
    return lambda _: view.render(target)


def main() -> None:
    application = QApplication([])
    theme.current().install(application)
    theme.current().choose(theme.Choice.LIGHT)
    views = runpy.run_path(str(Path(__file__).with_name("gallery.py")))["VIEWS"]
    for name, make in views.items():
        view = make()
        view.show()
        QApplication.processEvents()
        view.grab()
        wait_for_views()
        QApplication.processEvents()
        measured(f"{name} {view.width()} x {view.height()}", painter_of(view))
        view.hide()
    live()
    zooming()


def live() -> None:
    """Ten seconds at 16 kHz, 60 frames a second: new samples in, waveform, spectrogram, times and meter painted."""
    rng = np.random.default_rng(1)
    stream = LiveStream(RATE, 10.0)
    traces, meter = LiveTraces(stream), LevelMeter()
    traces.resize(900, 520)
    meter.resize(56, 520)
    traces.show()
    meter.show()
    block = rng.normal(0, 2000, RATE // 60).astype(np.int16)
    for _ in range(700):
        stream.append(block)
    frame, level = painter_of(traces), painter_of(meter)

    def step(i: int) -> None:
        stream.append(block)
        meter.show_level(level_of(block), i / 60)
        frame(i)
        level(i)

    measured("live frame 900 x 520", step)


def zooming() -> None:
    """An hour at 16 kHz: every frame another stretch."""
    rng = np.random.default_rng(1)
    samples = np.tile(rng.normal(0, 2000, RATE * 60).astype(np.int16), 60)
    editor = SegmentEditor()
    editor.resize(1400, 500)
    start = time.perf_counter()
    editor.open(ArraySamples(samples, RATE))
    wait_for_views()
    print(f"an hour made ready in {time.perf_counter() - start:.2f} s")  # noqa: T201
    editor.show()
    QApplication.processEvents()
    frame = painter_of(editor.waveform)

    def step(i: int) -> None:
        span = 3600 * 0.96**i
        editor.axis.show(1800 - span / 2, 1800 + span / 2)
        frame(i)

    measured("waveform of an hour, zooming", step)
    picture = painter_of(editor.spectrogram)

    def scroll(i: int) -> None:
        editor.axis.show(100 + i * 0.5, 130 + i * 0.5)
        picture(i)

    measured("spectrogram, scrolling", scroll)
    editor.close_data()


if __name__ == "__main__":
    main()
