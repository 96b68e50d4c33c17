"""A project to work on, and sounds to bring into it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.dataset.project import Project, create_project

WriteSound = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with create_project(tmp_path / "project") as made:
        yield made


@pytest.fixture
def write_sound() -> WriteSound:
    """Writes a sound of its own for each seed; the suffix is the format."""

    def write(path: Path, seed: int = 0, *, rate_hz: int = 16_000, seconds: float = 0.3, subtype: str | None = None):
        path.parent.mkdir(parents=True, exist_ok=True)
        count = round(rate_hz * seconds)
        samples = np.random.default_rng(seed).normal(0, 3_000, count).clip(-32768, 32767).astype(np.int16)
        soundfile.write(path, samples if subtype != "FLOAT" else samples / 32768, rate_hz, subtype=subtype)
        return path

    return write


@pytest.fixture
def words(tmp_path: Path, write_sound: WriteSound) -> Path:
    """A folder with two words by three people, two takes each."""
    folder = tmp_path / "words"
    for w, word in enumerate(("no", "yes")):
        for p, person in enumerate(("ann", "bob", "cyd")):
            for take in range(2):
                write_sound(folder / word / f"{person}_nohash_{take}.wav", seed=100 * w + 10 * p + take)
    return folder
