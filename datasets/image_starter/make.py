"""Makes the image starter data: drawn scenes with a person or without, and others to be judged by.

Nothing of it is shipped: it is made on the user's machine, within seconds, into the user's cache, and found there the
next time. Everything follows from one seed. CARD.md says what it is, and what it is not good for.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from studio_datasets.cached import cached

from studio.core.files import write_text
from studio.core.job import Report, silent
from studio.core.picture_file import png
from studio.core.text import gettext as _

from .scene import Scene, draw_scene, draw_somebody, picture

LABELS = ("not_person", "person")
GROUP_FROM = r"/([A-Z]\d+)_"  # a picture's scene, of its path
SIZES = (96, 128, 160)  # pixels a side
_STAYS = (8, 25)  # pictures that somebody, or nobody, is in the stream for
_PER_SCENE = 40  # pictures of the stream
_STREAM_SIZE = 96


@dataclass(frozen=True)
class Starter:
    """Where the data lies. The two folders hold LABEL/SCENE_TAKE.png, gray; group_from finds the scene in the path.

    stream_folder: pictures of scenes kept apart in the order of time, 10 a second; truth_csv: file, label of each.
    """

    takes_folder: Path
    held_out_folder: Path
    stream_folder: Path
    truth_csv: Path
    labels: tuple[str, ...]
    group_from: str = GROUP_FROM


@dataclass(frozen=True)
class Amount:
    scenes: int
    scenes_apart: int
    takes: int  # of each label in each scene
    stream: int
    seed: int = 1


FULL = Amount(scenes=80, scenes_apart=24, takes=6, stream=300)
QUICK = Amount(scenes=30, scenes_apart=12, takes=4, stream=80)


def make(*, quick: bool = False, report: Report = silent) -> Starter:
    """The starter data, made if it is not in the cache yet; `quick` is less of the same. Raises StorageFailed."""
    amount = QUICK if quick else FULL
    folder = cached(Path(__file__), amount, lambda made: _make_in(made, amount, report))
    return Starter(folder / "takes", folder / "held_out", folder / "stream", folder / "truth.csv", LABELS)


def _make_in(folder: Path, amount: Amount, report: Report) -> None:
    rng = np.random.default_rng(amount.seed)
    for name, letter, count in (("takes", "S", amount.scenes), ("held_out", "H", amount.scenes_apart)):
        for label in LABELS:
            (folder / name / label).mkdir(parents=True)
        for number in range(1, count + 1):
            report((number - 1) / count, _("Drawing scenes: {count:,}").format(count=number))
            _write_scene(folder / name, f"{letter}{number:03d}", draw_scene(rng), amount.takes, rng)
    _write_stream(folder, amount.stream, np.random.default_rng((amount.seed, 1)))


def _write_scene(folder: Path, code: str, scene: Scene, takes: int, rng: np.random.Generator) -> None:
    size = int(rng.choice(SIZES))
    for label in LABELS:
        for take in range(takes):
            somebody = draw_somebody(rng) if label == LABELS[1] else None
            pixels = picture(scene, rng, size, somebody)
            (folder / label / f"{code}_{take}.png").write_bytes(png(pixels))


def _write_stream(folder: Path, count: int, rng: np.random.Generator) -> None:
    """Somebody comes, walks on and leaves, again and again; every few seconds the camera is elsewhere."""
    (folder / "stream").mkdir()
    lines, scene, somebody, stays = ["file,label\n"], draw_scene(rng), None, 0
    walk, tall, present = np.zeros(0), 1.0, False
    for index in range(count):
        if index % _PER_SCENE == 0:
            scene = draw_scene(rng)
        if stays == 0:
            present, stays = not present, int(rng.integers(*_STAYS))
            somebody = draw_somebody(rng) if present else None
            begins, ends = (float(place) for place in rng.permutation((0.15, 0.85)))
            walk, tall = np.linspace(begins, ends, stays), float(rng.uniform(0.6, 1.3))
        at = (float(walk[-stays]), tall)
        name = f"{index:05d}.png"
        (folder / "stream" / name).write_bytes(png(picture(scene, rng, _STREAM_SIZE, somebody, at)))
        lines.append(f"{name},{LABELS[present]}\n")
        stays -= 1
    write_text(folder / "truth.csv", "".join(lines))
