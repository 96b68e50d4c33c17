"""What Features has done off the GUI thread: reading a project, a window's steps, variants, and a model's opinion."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.boards.board_table import BoardRow
from studio.core.job import Report
from studio.dataset.catalogue import Example
from studio.dataset.project import open_project
from studio.dataset.runs import Run, find_run, list_runs
from studio.dataset.settings import SensorSettings
from studio.deploy.bundle import image_of
from studio.deploy.survey import real_boards
from studio.features.blocks import LogMel
from studio.features.cost import Cost, cost
from studio.features.front_ends import AnyFrontEnd
from studio.features.steps import Computed
from studio.live.compare import Reference
from studio.model.plan import plan
from studio.native.engine import Listening, listening
from studio.training.classes import Classes
from studio.training.preparation import Written, write_features
from studio.training.preview import Heard, Looked, Take, hear, look, model_inputs, vary
from studio.ui.shown_windows import thumb_of
from studio.ui.widgets.window_thumb import FeaturesThumb, Thumb, levels_of

WINDOWS = 12
_LEAST_RANGE = 48.0  # int8 steps: silence is not to be stretched into a picture


@dataclass(frozen=True)
class Seen:
    """The windows' steps with one front end, and what that costs.

    thumbs: of each window; None: it cannot be read. sensor: the project's. boards: to compare with.
    """

    spec: AnyFrontEnd
    looked: tuple[Looked, ...]
    thumbs: tuple[Thumb | None, ...]
    sensor: SensorSettings
    cost: Cost
    listening: Listening
    boards: tuple[BoardRow, ...]


@dataclass(frozen=True)
class Opinion:
    """What the model says of a window. said: its best class; right: whether that is the label's; None: none of its."""

    said: str
    score: float
    right: bool | None


@dataclass(frozen=True)
class Varied:
    """The original and its variants. noises: what the recorded backgrounds are called that are mixed in.

    opinions: of what is seen of each; () where there is no model, or it takes other windows. sensor: the project's.
    """

    spec: AnyFrontEnd
    sensor: SensorSettings
    takes: tuple[Take, ...]
    noises: tuple[str, ...]
    opinions: tuple[Opinion, ...]
    silent_because_other_windows: bool = False


def find(folder: Path, seed: int, keep: str | None) -> Heard:
    """keep: a segment's id that is to be among the windows. Read beside the catalogue's thread."""
    with open_project(folder, write=False) as project:
        return hear(project, WINDOWS, seed, keep)


def see(found: Heard, spec: AnyFrontEnd) -> Seen:
    looked = tuple(look(found.examples, found.windows(spec)))
    sensor = found.settings.sensor
    thumbs = tuple(None if each.steps is None else _thumb(each.steps, spec, sensor) for each in looked)
    return Seen(spec, looked, thumbs, sensor, cost(spec), listening(spec.pack()), tuple(real_boards()))


def make_variants(
    found: Heard,
    example: Example,
    spec: AnyFrontEnd,
    count: int,
    *,
    seed: int,
    strength: float,
    runs_folder: Path,
    run_id: str | None,
) -> Varied:
    """run_id: None for the newest. Raises UnreadableRecording."""
    windows, sensor = found.windows(spec, strength=strength), found.settings.sensor
    takes = tuple(vary(example, windows, count, seed=seed, strength=strength, noises=found.noises))
    names = tuple(clip.path.stem for clip in found.noises)
    run = _run(runs_folder, run_id)
    if run is None or found.settings.row.predicts_value:
        return Varied(spec, sensor, takes, names, ())
    reference = _reference(run.folder, run.id)
    takes_windows = reference.spec
    if _window_of(takes_windows) != _window_of(spec):
        return Varied(spec, sensor, takes, names, (), silent_because_other_windows=True)
    inputs = np.stack([take.input for take in takes])
    if takes_windows != spec:  # it has a front end of its own
        stored = np.stack([take.samples for take in takes])
        inputs, _in_epoch = model_inputs(stored, takes_windows, seed=seed, strength=strength)
    scores = reference.engine.run(inputs.reshape(len(inputs), -1))
    return Varied(spec, sensor, takes, names, tuple(_opinion(each, run.labels, example.label) for each in scores))


def _window_of(spec: AnyFrontEnd) -> tuple[object, ...]:
    """What a window must be for two front ends to take the same ones."""
    return spec.sensor, spec.rate_hz, spec.window_shape


def extract_features(folder: Path, report: Report) -> Written:
    """As `features` does, with a reader of its own."""
    with open_project(folder, write=False) as project:
        return write_features(project, report=report)


def _thumb(steps: Computed, spec: AnyFrontEnd, sensor: SensorSettings) -> Thumb:
    """Of sound the picture alone: its waveform stands above."""
    if isinstance(spec, LogMel):
        return FeaturesThumb(levels_of(steps.input, _LEAST_RANGE))
    return thumb_of(spec, steps.samples, sensor)


def _opinion(scores: NDArray[np.int8], labels: Sequence[str], label: str) -> Opinion:
    classes, best = Classes.of_model(labels), int(scores.argmax())
    wanted = classes.index(label)
    right = None if wanted is None else labels[best] == classes.names[wanted]
    return Opinion(labels[best], (int(scores[best]) + 128) / 256, right)


def _run(runs_folder: Path, run_id: str | None) -> Run | None:
    return next(list_runs(runs_folder), None) if run_id is None else find_run(runs_folder, run_id)


@functools.lru_cache(maxsize=2)
def _reference(folder: Path, _run_id: str) -> Reference:
    run = find_run(folder.parent, folder.name)
    return Reference(image_of(run, plan(run.tflite_path.read_bytes())))
