"""Shots of Features: a window step by step, a setting that cannot be, a recording that is gone, and nothing yet."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

RATE_HZ = 16_000
# Formants over time, Hz: nothing anybody said, but shaped as words are.
WORDS = {
    "on": ((500, 420), (900, 1_300), (2_500, 2_300)),
    "off": ((560, 480), (850, 900), (2_400, 6_000)),
    "yes": ((300, 520), (2_300, 1_700), (3_000, 5_800)),
    "no": ((420, 450), (1_600, 900), (2_500, 2_300)),
    "lamp": ((700, 650), (1_200, 1_500), (2_600, 2_400)),
}


def word(formants: tuple[tuple[int, int], ...], seed: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    """A voiced glide through three formants, int16 (24,000,), in the noise of a quiet room."""
    rng = np.random.default_rng(seed)
    count, pitch_hz = 24_000, rng.uniform(95, 230)
    length = int(rng.uniform(0.32, 0.5) * RATE_HZ)
    phase = 2 * np.pi * np.cumsum(pitch_hz * np.linspace(1.08, 0.85, length)) / RATE_HZ
    part = np.linspace(0, 1, length)
    voice = np.zeros(length)
    for harmonic in range(1, int(7_000 / pitch_hz)):
        hz = harmonic * pitch_hz
        gain = sum(np.exp(-(((hz - (a + (b - a) * part)) / (90 + 0.06 * hz)) ** 2)) for a, b in formants)
        voice += gain * np.sin(harmonic * phase) / harmonic**0.4
    voice *= np.sin(np.pi * part) ** 0.6
    sound = rng.normal(0, 22, count)
    start = int(rng.uniform(0.35, 0.6) * RATE_HZ)
    sound[start : start + length] += voice * rng.uniform(2_000, 5_500) / np.abs(voice).max() * 2
    return np.clip(sound, -32_768, 32_767).astype(np.int16)


def spoken(folder: Path) -> None:
    """A project with six takes of five words and of a room's noise, by three people."""
    from studio.dataset.formats.layout import How
    from studio.dataset.importing import import_folder
    from studio.dataset.project import create_project

    takes = folder.parent / "takes"
    for number, (label, formants) in enumerate(WORDS.items()):
        for take in range(6):
            path = takes / label / f"p{take % 3}_nohash_{take}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, word(formants, 100 * number + take), RATE_HZ, subtype="PCM_16")
    rng = np.random.default_rng(3)
    (takes / "_background_noise_").mkdir()
    for take in range(2):
        hum = np.cumsum(rng.normal(0, 30, 48_000))
        room = hum - np.convolve(hum, np.ones(400) / 400, "same") + rng.normal(0, 60, 48_000)
        path = takes / "_background_noise_" / f"kitchen-{take}.wav"
        soundfile.write(path, room.astype(np.int16), RATE_HZ, subtype="PCM_16")
    with create_project(folder, name="Kitchen light") as project:
        import_folder(project, takes, How())


def quickly_trained(folder: Path) -> None:
    """And a small model, trained once for all looks: it knows these words by heart."""
    shutil.copytree(trained(), folder, dirs_exist_ok=True)


@functools.cache
def trained() -> Path:
    from studio.dataset.project import open_project
    from studio.training.trainer import Effort, train

    folder = Path(tempfile.mkdtemp(prefix="tinyml-studio-shots-")) / "Kitchen light"
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    spoken(folder)
    small = Effort(8, None, {"epochs": 60, "batch": 16}, {"filters": 24, "blocks": 2})
    with open_project(folder, write=True) as project:
        train(project, effort=small)
    return folder


def features(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("features")
    page: Any = window.page("features")
    page.variants.seed_box.setValue(41)

    def chosen() -> bool:
        if page._seen is None:
            return False
        page.steps.strip.choose(next(i for i, w in enumerate(page._seen.looked) if w.example.label == "yes"))
        return page._varied is not None and not page._varying.busy

    return chosen


def features_wrong(window: "MainWindow") -> Callable[[], bool]:
    ready = features(window)
    page: Any = window.page("features")

    def wrong() -> bool:
        if not ready():
            return False
        page.form.fields["frame_ms"].setValue(90)
        return bool(page.form.problems["frame_ms"].text())

    return wrong


def features_missing(window: "MainWindow") -> Callable[[], bool]:
    """One of its recordings is gone."""
    project = window.session.project
    assert project is not None
    for path in project.recordings_folder.rglob("*.wav"):
        if "lamp" in str(path):
            path.unlink()
    features(window)
    page: Any = window.page("features")

    def chosen() -> bool:
        if page._seen is None or page._varying.busy:
            return False
        page.steps.strip.choose(next(i for i, w in enumerate(page._seen.looked) if w.steps is None))
        return page._varied is None

    return chosen


def features_empty(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("features")
    page: Any = window.page("features")
    return lambda: page._found is not None


def nothing(folder: Path) -> None:
    from studio.dataset.project import create_project

    create_project(folder, name="Kitchen light").close()


SHOTS = [
    Shot("features", features, quickly_trained),
    Shot("features-wrong", features_wrong, spoken),
    Shot("features-error", features_missing, spoken),
    Shot("features-empty", features_empty, nothing),
]
