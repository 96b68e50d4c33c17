"""Shots of Label: a project of synthesised words, one long recording with gaps, and what it looks like without."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

RATE = 16_000
WORDS = ("off", "on", "no", "yes")
TAKES = 9  # of each word by each person
LONG = "kitchen-evening-03"
PLACES_S = (31.6, 32.8, 33.9, 35.1, 36.4, 37.6, 38.8, 40.1, 41.4)


def word(rng: np.random.Generator, pitch_hz: float, seconds: float) -> NDArray[np.float64]:
    """Something that looks like a spoken word: a voiced swell with harmonics, and a hiss after it."""
    at = np.arange(round(seconds * RATE)) / RATE
    swell = np.exp(-(((at - 0.35 * seconds) / (0.16 * seconds)) ** 2))
    glide = pitch_hz * (1 + 0.15 * np.sin(6 * at)) * at
    voice = sum(np.sin(2 * np.pi * n * glide) / n**1.2 for n in range(1, 14))
    hiss = rng.normal(0, 1, len(at)) * np.exp(-(((at - 0.75 * seconds) / (0.1 * seconds)) ** 2))
    said: NDArray[np.float64] = 5_000 * swell * voice + 2_200 * hiss
    return said


def label_project(folder: Path) -> None:
    import soundfile

    from studio.dataset.edits import NewRecording, Span
    from studio.dataset.project import create_project
    from studio.dataset.recordings import Sidecar

    rng = np.random.default_rng(4)
    with create_project(folder, name="Kitchen light") as project:

        def write(name: str, samples: NDArray[np.float64]) -> str:
            path = f"recordings/{name}.wav"
            noisy = samples + rng.normal(0, 60, len(samples))
            soundfile.write(project.folder / path, noisy.clip(-32768, 32767).astype(np.int16), RATE)
            return path

        def entry(path: str, samples: int, person: str, session: str, spans: tuple[Span, ...], gaps: str = "[]"):
            sidecar = Sidecar(
                source="microphone", rate_hz=float(RATE), samples=samples, person=person, session=session,
                started_utc="2026-11-12T18:04:11Z",
            )  # fmt: skip
            return NewRecording(path, sidecar, gaps, spans)

        new = []
        for p, person in enumerate(("P01", "P02", "P03", "P04")):
            for w, label in enumerate(WORDS):
                for take in range(TAKES if person != "P04" else 3):
                    samples = word(rng, 110 + 35 * p + 12 * w, 0.7 + 0.06 * w)
                    path = write(f"{label}-{person}-{take + 1:02}", samples)
                    name = None if take == 4 and label == "no" else label
                    new.append(entry(path, len(samples), person, "morning", (Span(name),)))
        long = np.zeros(75 * RATE)
        spans = []
        for place, at_s in enumerate(PLACES_S):
            said = word(rng, 120 + 9 * place, 0.62)
            long[round(at_s * RATE) :][: len(said)] += said
            spoken = (*WORDS, "_unknown_", None)[place % 6]
            start = round((at_s - 0.03) * RATE)
            if place not in (6, 8):
                spans.append(Span(spoken, start, start + round(0.66 * RATE)))
        new.append(
            entry(write(LONG, long), len(long), "P02", "evening", tuple(spans), "[[384000, 1600], [960000, 800]]")
        )
        with project.catalogue.edit("Import takes") as edit:
            edit.add(new)


def label(window: "MainWindow") -> Callable[[], bool]:
    """The long recording, a segment in hand and the playhead in it."""
    window.show_page("label", place={"filter": f"person:P02 person:P03 {LONG}"})
    page: Any = window.page("label")
    axis = page._editor.plots.axis

    def ready() -> bool:
        rows = page._editor.rows
        if len(rows) < 5 or page._list.current() is None:
            return False
        wanted = next(row for row in rows if row.label == "on")
        if page._list.current().id != wanted.id:
            page._list.go_to(wanted.key)
            return False
        axis.show(31.0, 43.0)
        axis.set_playhead(33.1)
        return bool(page._inspector._check.isVisible() or not page._inspector.isVisible())

    return ready


def label_short(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("label", place={"filter": "label:yes"})
    page: Any = window.page("label")
    return lambda: bool(page._editor.rows)


def label_pictures(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("label", place={"view": 1})
    page: Any = window.page("label")
    return lambda: len(page._list.grid._pictures) > 5 and bool(page._editor.rows)


def label_empty(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("label")
    page: Any = window.page("label")
    return lambda: page._stack.currentIndex() == 1


def label_missing(window: "MainWindow") -> Callable[[], bool]:
    """The recording in hand was deleted outside."""
    project = window.session.project
    assert project is not None
    for path in project.recordings_folder.glob("on-P01-*.wav"):
        path.unlink()
    window.show_page("label", place={"filter": "label:on person:P01"})
    page: Any = window.page("label")
    missing: Callable[[], bool] = page._editor.remedy.isVisible
    return missing


def nothing(folder: Path) -> None:
    from studio.dataset.project import create_project

    create_project(folder, name="Kitchen light").close()


SHOTS = [
    Shot("label", label, label_project),
    Shot("label-takes", label_short, label_project),
    Shot("label-pictures", label_pictures, label_project),
    Shot("label-empty", label_empty, nothing),
    Shot("label-error", label_missing, label_project),
]
