"""Every view in light and dark, as PNGs in a folder: to be looked at. Run it with [FOLDER] [NAME...]."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.widgets.painted import ClassStyle
from studio.ui.widgets.sample_reader import ArraySamples
from studio.ui.widgets.segment_editor import SegmentEditor
from studio.ui.widgets.segments import Band

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


VIEWS: dict[str, Callable[[], QWidget]] = {"editor": editor}


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
    from studio.ui.widgets.signal_data import wait_for_views

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
