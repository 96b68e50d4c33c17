"""Shots of Train and Evaluate: a project of synthesised words with a few real runs, trained once a process."""

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

RATE = 16_000
PEOPLE = ("P01", "P02", "P03", "P04", "P05")
WORDS = {"off": (230, 150), "on": (150, 210), "no": (190, 170), "yes": (170, 240)}
TAKES = 8
STREAM = ("on", "off", "yes", "", "no", "on", "", "off", "yes", "no", "", "on")


def word(rng: np.random.Generator, label: str, person: int) -> NDArray[np.float64]:
    """Something like a spoken word: a voiced glide with harmonics, hissed at the end where it is `yes` or `off`."""
    low, high = (hz * (0.8 + 0.1 * person) * rng.uniform(0.9, 1.1) for hz in WORDS[label])
    at = np.linspace(0, 1, round(rng.uniform(0.45, 0.65) * RATE))
    phase = 2 * np.pi * np.cumsum(np.linspace(low, high, len(at))) / RATE
    voice = sum(np.sin(n * phase) / n**1.1 for n in range(1, 14))
    hiss = rng.normal(0, 1, len(at)) * np.exp(-(((at - 0.8) / 0.1) ** 2)) * (1.6 if label in ("off", "yes") else 0.2)
    said: NDArray[np.float64] = (2_600 * voice * np.exp(-(((at - 0.4) / 0.2) ** 2)) + 1_300 * hiss) * rng.uniform(
        0.4, 1
    )
    return said


def write(path: Path, samples: NDArray[np.float64], rng: np.random.Generator) -> None:
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    noisy = samples + rng.normal(0, 90 if path.stem.startswith("P05") else 40, len(samples))
    soundfile.write(path, noisy.clip(-32768, 32767).astype(np.int16), RATE)


@functools.cache
def trained_once() -> Path:
    """A project folder with three runs, a stream to rehearse with, and its truth beside it."""
    from studio.core.job import silent
    from studio.dataset.importing import import_folder
    from studio.dataset.project import create_project
    from studio.training.process import Worker
    from studio.training.trainer import Effort, train

    scratch = Path(tempfile.mkdtemp(prefix="shots-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    os.environ.setdefault("TINYML_STUDIO_HOME", str(scratch / "home"))
    rng = np.random.default_rng(3)
    for label in WORDS:
        for p, person in enumerate(PEOPLE):
            for take in range(TAKES):
                samples = np.pad(word(rng, label, p), (4_000, 5_000))
                write(scratch / "takes" / label / f"{person}_nohash_{take}.wav", samples, rng)
    stream = scratch / "kitchen-day.wav"
    pieces, marks, at = [np.zeros(RATE)], [], RATE
    for label in STREAM * 3:
        said = word(rng, label, 3) if label else rng.normal(0, 700, RATE // 2)
        pieces += [said, np.zeros(round(rng.uniform(1.5, 4) * RATE))]
        if label:
            marks.append(f"{at / RATE:.3f}\t{(at + len(said)) / RATE:.3f}\t{label}")
        at += sum(map(len, pieces[-2:]))
    write(stream, np.concatenate(pieces), rng)
    (scratch / "kitchen-day.txt").write_text("\n".join(marks) + "\n")
    with create_project(scratch / "project", name="Kitchen light") as project, Worker() as worker:
        import_folder(project, scratch / "takes", report=silent)
        train(project, quick=True, preset="small", worker=worker)
        train(project, quick=True, preset="large", hold_out=("P05",), worker=worker)
        effort = Effort(variants=8, takes=None, recipe={"epochs": 36, "batch": 16})
        train(project, effort=effort, preset="medium", hold_out=("P04", "P05"), worker=worker)
    return scratch


def with_runs(folder: Path) -> None:
    shutil.copytree(trained_once() / "project", folder)


def without_runs(folder: Path) -> None:
    shutil.copytree(trained_once() / "project", folder)
    shutil.rmtree(folder / "runs")


def empty(folder: Path) -> None:
    from studio.dataset.project import create_project

    create_project(folder, name="Kitchen light").close()


def train(window: "MainWindow") -> Callable[[], bool]:
    window.session.choose_board("virtual:nano33ble", "Arduino Nano 33 BLE Sense (virtual)")
    window.show_page("train")
    page: Any = window.page("train")
    return lambda: bool(page.facts.runs) and bool(page._epochs)


def train_running(window: "MainWindow") -> Callable[[], bool]:
    ready = train(window)
    began: list[bool] = []
    page: Any = window.page("train")

    def far_enough() -> bool:
        if ready() and not began:
            began.append(True)
            page.options.quick.setChecked(True)
            window.commands.run("train.start")
        return page.running and len(page._epochs) >= 9

    return far_enough


def train_first(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("train")
    page: Any = window.page("train")
    return lambda: page.facts.ready


def train_error(window: "MainWindow") -> Callable[[], bool]:
    from studio.training.process import WorkerDied

    ready = train(window)
    page: Any = window.page("train")

    def failed() -> bool:
        if ready() and page._error is None:
            page._error = WorkerDied(-9, "training-worker.log")
            page._show_state()
            window.session.fail(page._error)
        return page._error is not None

    return failed


def train_stale(window: "MainWindow") -> Callable[[], bool]:
    from studio.dataset.selection import everything

    ready = train(window)
    window.session.edit("Relabel all", lambda edit: edit.set_label(everything(), "on"))
    page: Any = window.page("train")
    return lambda: ready() and page.facts.runs[0].stale


def train_empty(window: "MainWindow") -> None:
    window.show_page("train")


def evaluate(window: "MainWindow") -> Callable[[], bool]:
    window.session.choose_board("virtual:nano33ble", "Arduino Nano 33 BLE Sense (virtual)")
    window.show_page("evaluate")
    page: Any = window.page("evaluate")

    def opened() -> bool:
        view = page.confusion
        if not page._runs:
            return False
        if window.session.run is None:
            window.session.run_made(page._runs[1].id)  # the one with mistakes to look at
        if view._found is None or view._found.run != window.session.run:
            return False
        if view.matrix.opened is None:
            counts = np.array(view._found.confusion_int8)
            np.fill_diagonal(counts, 0)
            true, said = np.unravel_index(int(counts.argmax()), counts.shape)
            view.matrix.open_cell(int(true), int(said))
        return bool(view.cell.strip._thumbs)

    return opened


def rehearsal(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("evaluate")
    page: Any = window.page("evaluate")
    page.rehearsal.set_files(trained_once() / "kitchen-day.wav", None)
    page._show_tab(1)
    begun: list[bool] = []

    def heard() -> bool:
        if page._classes and not begun:
            begun.append(True)
            window.commands.run("evaluate.run")
        if page.rehearsal.found is None:
            return False
        page.rehearsal.timeline.choose(1)
        return True

    return heard


def rehearsal_error(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("evaluate")
    page: Any = window.page("evaluate")
    missing = trained_once() / "not-there.wav"
    page.rehearsal.set_files(missing, trained_once() / "kitchen-day.txt")
    page._show_tab(1)
    begun: list[bool] = []

    def failed() -> bool:
        if page._classes and not begun:
            begun.append(True)
            window.commands.run("evaluate.run")
        return bool(begun) and not page.running

    return failed


def evaluate_empty(window: "MainWindow") -> None:
    window.show_page("evaluate")


SHOTS = [
    Shot("evaluate", evaluate, with_runs),
    Shot("evaluate-rehearsal", rehearsal, with_runs),
    Shot("evaluate-error", rehearsal_error, with_runs),
    Shot("evaluate-empty", evaluate_empty, empty),
    Shot("train", train, with_runs),
    Shot("train-running", train_running, with_runs),
    Shot("train-first", train_first, without_runs),
    Shot("train-error", train_error, with_runs),
    Shot("train-stale", train_stale, with_runs),
    Shot("train-empty", train_empty, empty),
]
