"""Makes the gesture starter data: takes of gestures by many simulated arms, and others to be judged by.

Nothing of it is shipped: it is made on the user's machine, within seconds, into the user's cache, and found there the
next time. Everything follows from one seed. CARD.md says what it is, and what it is not good for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from studio_datasets.cached import cached

from studio.core.files import write_text
from studio.core.job import Report, silent
from studio.core.text import gettext as _

from .arm import (
    RATE_HZ,
    Arm,
    Floats,
    Track,
    circle,
    draw_arm,
    joined,
    measured,
    push,
    rest,
    turned,
    walk,
    wander,
    zigzag,
)

GESTURES: dict[str, Callable[[Arm, np.random.Generator], Track]] = {"circle": circle, "push": push, "zigzag": zigzag}
BACKGROUND = "_background_"
_LEAST_REST_S, _MOST_REST_S = 0.2, 0.45
_BACKGROUND_S = 4.0
_HEADER = "t_us,ax,ay,az,gx,gy,gz\n"


@dataclass(frozen=True)
class Starter:
    """Where the data lies. The two folders hold GESTURE/PERSON_nohash_TAKE.csv, 119 Hz, g and degrees/s.

    stream_csv: people kept apart, gesturing with pauses and with other movements between; truth_file: when they did
    what, an Audacity label track (start, end in seconds, gesture). gestures: those worth watching for.
    """

    takes_folder: Path
    held_out_folder: Path
    stream_csv: Path
    truth_file: Path
    gestures: tuple[str, ...]
    rate_hz: int = RATE_HZ


@dataclass(frozen=True)
class Amount:
    people: int
    people_apart: int
    takes: int  # of each gesture by each person
    backgrounds: int  # by each person
    stream_s: float
    seed: int = 1


FULL = Amount(people=20, people_apart=6, takes=8, backgrounds=6, stream_s=240)
QUICK = Amount(people=8, people_apart=3, takes=5, backgrounds=3, stream_s=60)


def make(*, quick: bool = False, report: Report = silent) -> Starter:
    """The starter data, made if it is not in the cache yet; `quick` is less of the same. Raises StorageFailed."""
    amount = QUICK if quick else FULL
    folder = cached(Path(__file__), amount, lambda made: _make_in(made, amount, report))
    return Starter(folder / "takes", folder / "held_out", folder / "stream.csv", folder / "truth.txt", tuple(GESTURES))


def _make_in(folder: Path, amount: Amount, report: Report) -> None:
    rng = np.random.default_rng(amount.seed)
    people = [draw_arm(rng) for _ in range(amount.people)]
    apart = [draw_arm(rng) for _ in range(amount.people_apart)]
    for name, letter, arms in (("takes", "G", people), ("held_out", "H", apart)):
        for number, arm in enumerate(arms, 1):
            report((number - 1) / len(arms), _("Moving simulated arms: {count:,}").format(count=number))
            _write_takes(folder / name, f"{letter}{number:02d}", arm, amount, rng)
    rows, truth = _stream(apart, amount.stream_s, np.random.default_rng((amount.seed, 1)))
    _write_rows(folder / "stream.csv", rows)
    write_text(folder / "truth.txt", "".join(f"{start:.6f}\t{end:.6f}\t{name}\n" for start, end, name in truth))


def _write_takes(folder: Path, code: str, arm: Arm, amount: Amount, rng: np.random.Generator) -> None:
    for gesture, movement in GESTURES.items():
        for take in range(amount.takes):
            parts = [_pause(rng), movement(arm, rng), _pause(rng)]
            _write_rows(folder / gesture / f"{code}_nohash_{take}.csv", measured(joined(parts), arm, rng))
    for take in range(amount.backgrounds):
        rows = measured(_other(arm, rng, take), arm, rng)
        _write_rows(folder / BACKGROUND / f"{code}_nohash_{take}.csv", rows)


def _pause(rng: np.random.Generator) -> Track:
    return rest(rng.uniform(_LEAST_REST_S, _MOST_REST_S))


def _other(arm: Arm, rng: np.random.Generator, kind: int, seconds: float = _BACKGROUND_S) -> Track:
    """What is no gesture: walking, wandering about, turning the board over, or next to nothing."""
    match kind % 4:
        case 0:
            return wander(arm, rng, seconds)
        case 1:
            return walk(arm, rng, seconds)
        case 2:
            return turned(arm, rng, seconds)
        case _:
            return rest(seconds)


def _stream(
    people: Sequence[Arm], seconds: float, rng: np.random.Generator
) -> tuple[Floats, list[tuple[float, float, str]]]:
    """Rows (n, 6), and (start s, end s, gesture) of each, by one person after another."""
    parts, truth, at_s = list[Floats](), list[tuple[float, float, str]](), 0.0
    for number, arm in enumerate(people, 1):
        tracks = [rest(1.0)]
        begun_s = at_s
        at_s += tracks[0].rows / RATE_HZ
        while at_s < seconds * number / len(people):
            name = str(rng.choice(list(GESTURES)))
            gesture = GESTURES[name](arm, rng)
            other = _other(arm, rng, int(rng.integers(4)), rng.uniform(1.0, 2.5))
            truth.append((at_s, at_s + gesture.shape_rows / RATE_HZ, name))
            for track in (gesture, rest(rng.uniform(0.8, 1.6)), other, rest(rng.uniform(0.8, 1.6))):
                tracks.append(track)
                at_s += track.rows / RATE_HZ
        rows = measured(joined(tracks), arm, rng)
        parts.append(rows)
        at_s = begun_s + len(rows) / RATE_HZ
    return np.concatenate(parts), truth


def _write_rows(path: Path, rows: Floats) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        f"{round(place * 1e6 / RATE_HZ)},{','.join(f'{value:.3f}' for value in row)}\n"
        for place, row in enumerate(rows.tolist())
    )
    path.write_text(_HEADER + "".join(lines), encoding="utf-8")
