"""Every view in light and dark, as PNGs in a folder: to be looked at. Run it with [FOLDER] [NAME...]."""

import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.controls import Button
from studio.ui.widgets.arena import ArenaPicture, ArenaTensor, ArenaView
from studio.ui.widgets.bars import Budget, BudgetBars, EnergyBars, EnergyRow, Part, PartsBar
from studio.ui.widgets.confusion import ConfusionMatrix
from studio.ui.widgets.curves import TrainingCurves
from studio.ui.widgets.decisions import DecisionMark, DecisionTimeline
from studio.ui.widgets.difference_panel import DifferencePanel, FirstDifference
from studio.ui.widgets.distribution import Distribution, Portion
from studio.ui.widgets.dots import ProgressDots, SharePies
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.feature_picture import FeaturePicture
from studio.ui.widgets.gray_picture import GrayPicture
from studio.ui.widgets.interval_bars import IntervalBars, Share
from studio.ui.widgets.lazy_table import ChipText, Column, LazyTable, RowSource, RowTable
from studio.ui.widgets.level_meter import LevelMeter, StripMeter, level_of
from studio.ui.widgets.live_stream import LiveMark, LiveStream
from studio.ui.widgets.live_trace import LiveTraces
from studio.ui.widgets.looks import WaveLook
from studio.ui.widgets.network import NetworkBlock, NetworkDiagram
from studio.ui.widgets.painted import ClassStyle
from studio.ui.widgets.sample_reader import ArraySamples
from studio.ui.widgets.scatter import ErrorHistogram, Scatter
from studio.ui.widgets.scores import ScoresView
from studio.ui.widgets.segment_editor import SegmentEditor
from studio.ui.widgets.segments import Band
from studio.ui.widgets.signal_data import wait_for_views
from studio.ui.widgets.stages_row import StageMark, StagesRow, StageState
from studio.ui.widgets.stft import Spectrum
from studio.ui.widgets.thumbnail_grid import Thumbnail, ThumbnailGrid
from studio.ui.widgets.traces import TracesView, lanes_of
from studio.ui.widgets.values import ValuesView
from studio.ui.widgets.waveform import WaveThumbnail

RATE = 16_000
ON, OFF, YES, NO = (ClassStyle(name, hue) for hue, name in enumerate(("on", "off", "yes", "no")))
OTHER, NOISE = ClassStyle("other"), ClassStyle("noise", ring=True)
CLASSES = [ON, OFF, YES, NO, OTHER, NOISE]


def word(rng: Any, seconds: float = 0.7, pitch: float = 130.0, level: float = 6000.0) -> Any:
    """Something like a spoken word: harmonics under two moving formants, then a hiss."""
    at = np.arange(int(seconds * RATE)) / RATE
    pitch_hz = pitch * (1 + 0.15 * np.sin(2 * np.pi * at / seconds))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE
    formants = (500 + 300 * np.sin(3 * at / seconds), 1500 + 500 * np.cos(4 * at / seconds))
    voice = sum(
        np.sin(k * phase) * sum(np.exp(-(((k * pitch_hz - f) / 260) ** 2)) for f in formants) for k in range(1, 30)
    )
    envelope = np.minimum(1, at / 0.03) * np.exp(-3.2 * at / seconds)
    hiss = rng.normal(0, 0.5, len(at)) * (at > seconds * 0.7) * np.exp(-(((at / seconds - 0.82) / 0.08) ** 2))
    return level * (voice * envelope / 2 + hiss * 0.4)


def speech(seconds: float = 12.0, seed: int = 3) -> tuple[Any, list[tuple[float, float]]]:
    """int16 (n,) at RATE with a word about every 1.3 s, and where they are."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 25, int(seconds * RATE))
    spans, at = [], 0.6
    while at + 1 < seconds:
        length = float(rng.uniform(0.4, 0.75))
        made = word(rng, length, float(rng.uniform(100, 220)), float(rng.uniform(3000, 9000)))
        start = int(at * RATE)
        samples[start : start + len(made)] += made
        spans.append((at, at + length))
        at += length + float(rng.uniform(0.4, 0.9))
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16), spans


def editor() -> QWidget:
    samples, spans = speech()
    view = SegmentEditor()
    view.resize(940, 420)
    view.open(ArraySamples(samples, RATE), gaps=[(int(2.2 * RATE), 400)])
    styles = [YES, ON, OTHER, OFF, NO, ON, OFF, YES, NO, ON]
    view.show_bands(
        Band(str(i), a, b, style, proposed=i > 4) for i, ((a, b), style) in enumerate(zip(spans, styles, strict=False))
    )
    view.tool.select("3")
    view.axis.show(0.4, 11.0)
    view.axis.set_playhead(spans[3][0] + 0.3)
    return view


def live() -> QWidget:
    stream = LiveStream(RATE, 6.0)
    traces = LiveTraces(stream)
    traces.waveform.set_title("Board microphone", "16 kHz")
    stream.set_full_scale(0.4)
    traces.resize(640, 520)
    traces.show()
    samples, spans = speech(9.0)
    for block in np.array_split(samples, 90):
        stream.append(block)
    stream.set_marks(
        LiveMark(int(a * RATE), int(b * RATE), f"take {i + 18}", ON) for i, (a, b) in enumerate(spans[2:4])
    )
    stream.set_recording(int((spans[-1][0] - 0.2) * RATE))
    meter = LevelMeter()
    for i, block in enumerate(np.array_split(samples, 90)):
        meter.show_level(level_of(block), i * 0.1)
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.addWidget(traces, 1)
    layout.addWidget(meter)
    holder.resize(720, 540)
    return holder


def scores() -> QWidget:
    view = ScoresView()
    view.set_classes(CLASSES)
    values = np.array([0.02, 0.01, 0.91, 0.03, 0.02, 0.01])
    view.show_scores(np.array([0.06, 0.04, 0.58, 0.17, 0.12, 0.03]), values, parted=True)
    view.resize(600, 460)
    return view


def stages() -> QWidget:
    equal, parted = StageState.EQUAL, StageState.PARTED
    names = ("Samples", "Features", "Quantised", "Kernels", "Scores")
    details = ("16,000 int16", "1,960 int8", "input tensor", "12 operators", "6 values")
    good, bad = StagesRow(), StagesRow()
    good.show_stages(
        [StageMark(n, d, equal) for n, d in zip(names, details, strict=True)],
        "Equal in 1,284 of 1,284 windows",
        "board answers 31 ms after the window ends",
    )
    states = (equal, parted, StageState.FOLLOWS, StageState.FOLLOWS, StageState.FOLLOWS)
    bad.show_stages(
        [StageMark(n, d, s) for n, d, s in zip(names, details, states, strict=True)],
        "Equal in 1,283 of 1,322 windows",
        "39 windows part since 14:21:07",
    )
    panel = DifferencePanel()
    panel.show_difference(
        FirstDifference(
            "Board and host part at features",
            "Samples are equal. 1,792 of 1,960 feature values differ, most of all in the upper bands.",
            "frame 0, band 1",
            1,
            -83,
            -86,
            "−24.8 dB",
            "−25.4 dB",
            "The board still holds the front end of an older run.",
            "Send the front end of r12 to the board. It takes about 2 s; recordings are not touched.",
        ),
        bad.mark_x(1),
    )
    return stacked(1220, 450, good, bad, panel)


def decisions() -> QWidget:
    view = DecisionTimeline()
    view.resize(1220, 170)
    view.begin(CLASSES, 0.7)
    rng = np.random.default_rng(2)
    peaks = {3.0: 0, 9.0: 3, 16.5: 2, 22.0: 0, 38.0: 2, 44.0: 1, 49.0: 3, 55.5: 2}
    for at in np.arange(0, 60, 0.25):
        values = np.abs(rng.normal(0.04, 0.015, 6))
        for peak, place in peaks.items():
            values[place] = max(values[place], 0.95 * np.exp(-(((at - peak) / 0.5) ** 4)))
        view.add_scores(float(at), values)
    marks = [DecisionMark(at, place, 0.93 - 0.03 * place) for at, place in peaks.items()]
    for mark in marks:
        view.add_decision(mark)
    view.mark_wrong(marks[3])
    view.select(marks[4])
    return view


COUNTS = np.array(
    [
        [97, 5, 0, 1, 1, 0],
        [9, 84, 0, 0, 4, 1],
        [0, 0, 94, 1, 1, 0],
        [2, 0, 1, 92, 5, 0],
        [2, 1, 1, 3, 103, 0],
        [0, 0, 0, 0, 0, 92],
    ]
)


def confusion() -> QWidget:
    view = ConfusionMatrix()
    view.show_counts(CLASSES, COUNTS)
    view.open_cell(1, 0)
    view.resize(500, 440)
    return view


def intervals() -> QWidget:
    view = IntervalBars()
    unheard, trained = gettext("unheard"), gettext("trained")
    view.show_rows(
        [
            Share("P04", 277, 300, unheard),
            Share("P05", 285, 300, unheard),
            Share("P01", 618, 630, trained, strong=False),
            Share("P02", 604, 620, trained, strong=False),
            Share("P03", 590, 611, trained, strong=False),
        ]
    )
    view.resize(320, 270)
    return view


def curves() -> QWidget:
    rng = np.random.default_rng(5)
    epochs = np.arange(1, 33)
    train = 1.9 * np.exp(-epochs / 6) + 0.12 + rng.normal(0, 0.015, 32)
    validation = 1.95 * np.exp(-epochs / 6) + 0.25 + 0.002 * epochs + rng.normal(0, 0.02, 32)
    loss, accuracy = TrainingCurves("Loss"), TrainingCurves("Accuracy", percent=True)
    best = int(validation.argmin()) + 1
    loss.show_epochs(train.tolist(), validation.tolist(), epochs=40, best=best)
    accuracy.show_epochs((1 - train * 0.42).tolist(), (1 - validation * 0.42).tolist(), epochs=40, best=best)
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setSpacing(24)
    layout.addWidget(loss)
    layout.addWidget(accuracy)
    holder.resize(850, 400)
    return holder


def network() -> QWidget:
    view = NetworkDiagram()
    blocks = [
        NetworkBlock("Input", (49, 40), 1960),
        NetworkBlock("Convolution 10 × 4, stride 2", (25, 20, 64), 32_000, 2624, 1_280_000),
        *(NetworkBlock(f"Separable block {i}", (25, 20, 64), 32_000, 4800, 2_340_000) for i in range(1, 5)),
        NetworkBlock("Average pool", (64,), 64, 0, 32_000),
        NetworkBlock("Fully connected", (6,), 6, 390, 384),
        NetworkBlock("Softmax", (6,), 6),
    ]
    view.show_blocks(blocks, "Arena 65,152 bytes, as small as it can be")
    view.setFocus()
    view._choose(2)
    view.resize(330, 530)
    return view


def arena() -> QWidget:
    tensors = [ArenaTensor("input", "input: 49 × 40", 32_000, 1960, 0, 0)]
    for i in range(5):
        tensors.append(ArenaTensor("conv" if not i else f"p{i}", f"p{i}: 25 × 20 × 64", 0, 32_000, 2 * i, 2 * i + 1))
        if i < 4:
            tensors.append(
                ArenaTensor(f"d{i + 1}", f"d{i + 1}: output of depthwise {i + 1}", 32_000, 32_000, 2 * i + 1, 2 * i + 2)
            )
    steps = ("conv", "depth", "point", "depth", "point", "depth", "point", "depth", "point", "pool", "dense")
    view = ArenaView()
    view.show_arena(ArenaPicture(tuple(tensors), steps, 64_000, 64_000))
    view._choose(4)
    view.resize(400, 470)
    return view


def bars() -> QWidget:
    rows = [
        Budget("Flash", 72, 1024, "72 of 1,024 kB"),
        Budget("RAM", 300, 256, "300 of 256 kB"),
        Budget("Time", 246, 500, "246 of 500 ms"),
    ]
    plain, narrow = BudgetBars(), BudgetBars(stacked=True)
    plain.show_budgets(rows)
    narrow.show_budgets(rows)
    parts = PartsBar()
    names = ("Weights", "Biases", "Multipliers and shifts", "Front end", "Operators, names, rule")
    parts.show_parts([Part(n, b) for n, b in zip(names, (21_632, 2328, 2910, 3912, 1106), strict=True)])
    energy = EnergyBars()
    energy.show_rows(
        [
            EnergyRow("This inference on the board", "10.66 M multiply-adds", 29.8e6, "29.8 million pJ"),
            EnergyRow("Sending its input by radio", "16,000 samples × 16 bits", 2560e6, "2,560 million pJ"),
        ]
    )
    classes = Distribution("Class")
    classes.show_portions(
        [Portion(s.name, s.name, n, s) for s, n in zip(CLASSES, (40, 37, 35, 31, 70, 28), strict=True)]
    )
    people = Distribution("Person")
    people.show_portions([Portion(f"P0{i}", f"P0{i}", 60 - 9 * i) for i in range(1, 5)], frozenset({"P02", "P03"}))
    quality = Distribution("Quality")
    quality.show_portions(
        [
            Portion("good", "good", 400, tone="ok"),
            Portion("q", "quiet", 12, tone="warn"),
            Portion("c", "clipped", 6, tone="err"),
        ]
    )
    strip = StripMeter()
    strip.show_level(-17.2)
    return stacked(760, 640, plain, narrow, parts, energy, classes, people, quality, strip)


def features() -> QWidget:
    samples, spans = speech(4.0)
    start = int(spans[0][0] * RATE) - 2000
    decibels = Spectrum(512).decibels(samples, start + np.arange(49) * 320)
    mel = np.stack([decibels[:, int(3 + i**1.35) : int(4 + (i + 1) ** 1.35)].mean(axis=1) for i in range(40)], axis=1)
    raw = WaveThumbnail()
    int16, int8, equal, differs = (FeaturePicture() for _ in range(4))
    raw.show_samples(samples[start : start + RATE], full_scale=0.4)
    raw.set_cursor(0.43)
    values = np.clip((mel + 75) * 3.2 - 128, -128, 127).astype(np.int8)
    int16.show_values((mel * 85).astype(np.int16))
    int8.show_values(values)
    for view in (int16, int8):
        view.set_frame(21)
    equal.show_difference(values, values)
    noisy = np.clip(values + np.random.default_rng(1).integers(-2, 3, values.shape), -128, 127).astype(np.int8)
    differs.show_difference(noisy, values)
    holder = QWidget()
    layout = QHBoxLayout(holder)
    for shown in (raw, int16, int8, equal, differs):
        shown.setFixedSize(168, 164)
        layout.addWidget(shown)
    holder.resize(940, 180)
    return holder


def windows() -> QWidget:
    """A movement as traces, a picture with what is seen of it, and values: said against true, errors, side by side."""
    rng, at = np.random.default_rng(1), np.arange(119)[:, None] / 119
    rows = (6_000 * np.sin(2 * np.pi * (at * np.arange(1, 7) + rng.random(6)))).astype(np.int16)
    traces, picture = TracesView(named=True, focusable=True), GrayPicture(focusable=True)
    traces.show_rows(rows, lanes_of(("ax", "ay", "az", "gx", "gy", "gz"), ("g",) * 3 + ("degrees/s",) * 3, rows))
    traces.set_cursor(0.4)
    traces.setAccessibleName("Traces")
    picture.show_pixels(rng.integers(0, 256, (60, 80), dtype=np.uint8), frame=(10, 0, 60, 60))
    picture.set_pixel(40, 20)
    picture.setAccessibleName("Picture")
    scatter, errors, values = Scatter(), ErrorHistogram(), ValuesView()
    true = rng.uniform(-5, 15, 400)
    said = true + rng.normal(0, 1, 400)
    scatter.show_values(true, said, "C")
    scatter.choose(7)
    counts, edges = np.histogram(said - true, 21, (-4, 4))
    errors.show_errors(edges, counts.astype(float), "C")
    values.set_unit("C")
    values.show_values(-2.42, -2.4, parted=True)
    holder = QWidget()
    layout = QHBoxLayout(holder)
    for shown in (traces, picture, scatter, errors, values):
        layout.addWidget(shown)
    holder.resize(1200, 260)
    return holder


def table() -> QWidget:
    rows = [{"key": f"{i:05d}", "style": CLASSES[i % 6], "proposed": i % 6 == 5} for i in range(100_000)]
    model = LazyTable[dict[str, Any]](
        [
            Column(
                "Label",
                lambda r: r["style"].name,
                190,
                style=lambda r: r["style"],
                proposed=lambda r: r["proposed"],
                chip=lambda r: ChipText("proposed 0.93", tone="outline") if r["proposed"] else None,
            ),
            Column("Recording", lambda _: "kitchen-evening-03", 190, muted=True),
            Column("Start", lambda _: "24:31.612", 90, right=True),
            Column("Length", lambda _: "0.442 s", 90, right=True),
            Column("Person", lambda _: "P02", 90),
            Column(
                "Quality",
                lambda _: "good",
                110,
                muted=True,
                chip=lambda r: ChipText("quiet", "warn", "warn") if r["style"] is OTHER else None,
            ),
        ]
    )
    model.set_source(source_of(rows))
    view, grid = (
        RowTable(model),
        ThumbnailGrid(
            model,
            lambda r: Thumbnail(
                r["key"], r["style"].name, "kitchen-evening-03 · 0.44 s", r["style"], ChipText("good", "tick", "ok")
            ),
            lambda r: settled(WaveLook(speech(2.0, int(r["key"]))[0], 12_000)),
        ),
    )
    grid.selection.deleteLater()
    view.selectRow(3)
    both = stacked(820, 600, view, grid)
    QApplication.processEvents()
    QApplication.processEvents()
    view.selectRow(3)
    grid.selection.select(model.index(2, 0), grid.selection.SelectionFlag.Select)
    return both


def script() -> QWidget:
    rows: list[QWidget] = []
    for style, done in zip(CLASSES, (22, 21, 18, 17, 26, 40), strict=True):
        dots = ProgressDots()
        dots.show_takes(style, done, 40)
        rows.append(dots)
    for share in (1.0, 0.6, 0.25, 0.0):
        pies = SharePies()
        pies.show_shares([(style, min(1.0, share * (0.7 + 0.1 * i))) for i, style in enumerate(CLASSES)])
        rows.append(pies)
    waiting = LiveTraces(LiveStream(RATE))
    waiting.setMinimumHeight(300)
    return stacked(420, 620, *rows, waiting)


def empty() -> QWidget:
    view = EmptyState(
        "devices",
        "No board yet",
        "Sound will run here as soon as a board or a microphone is chosen. None was chosen in this project so far.",
        Button("Choose a board", "devices", "primary"),
        Button("Start the virtual board", kind="ghost"),
    )
    view.resize(640, 300)
    return view


def source_of(rows: list[Any]) -> RowSource[Any]:
    def page(after: str | None, limit: int) -> Future[list[Any]]:
        first = 0 if after is None else int(after) + 1
        return settled(rows[first : first + limit])

    return RowSource(
        lambda every: settled((len(rows), [r["key"] for r in rows[every - 1 :: every]])), page, lambda r: r["key"]
    )


def settled(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def stacked(width: int, height: int, *views: QWidget) -> QWidget:
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setSpacing(16)
    for view in views:
        layout.addWidget(view)
    holder.resize(width, height)
    return holder


VIEWS: dict[str, Callable[[], QWidget]] = {
    view.__name__: view
    for view in (
        editor,
        live,
        scores,
        stages,
        decisions,
        confusion,
        intervals,
        curves,
        network,
        arena,
        bars,
        features,
        windows,
        table,
        script,
        empty,
    )
}


def framed(view: QWidget) -> QWidget:
    frame = QWidget()
    frame.setObjectName("page")
    frame.setAutoFillBackground(True)
    palette = frame.palette()
    palette.setColor(frame.backgroundRole(), theme.current().role("surface"))
    frame.setPalette(palette)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(24, 24, 24, 24)
    layout.addWidget(view)
    frame.resize(view.width() + 48, view.height() + 48)
    return frame


def shoot(folder: Path, names: list[str]) -> None:
    for choice in (theme.Choice.LIGHT, theme.Choice.DARK):
        theme.current().choose(choice)
        for name in names:
            frame = framed(VIEWS[name]())
            frame.show()
            for _ in range(3):
                QApplication.processEvents()
                frame.grab()
                wait_for_views()
            QApplication.processEvents()
            frame.grab().save(str(folder / f"{name}-{choice.value}.png"))
            frame.close()
            frame.deleteLater()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="gallery-"))
    target.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    theme.current().install(application)
    shoot(target, sys.argv[2:] or list(VIEWS))
    print(target)  # noqa: T201
