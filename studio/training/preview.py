"""Windows of a project to look at and to listen to, as training hears them: each step, and variants of one."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import StudioError
from studio.dataset.catalogue import Example
from studio.dataset.project import Project
from studio.dataset.script import script_labels
from studio.dataset.selection import of_segments, parse
from studio.dataset.settings import ProjectSettings
from studio.features.augment import Augmentation, Drawn, preview
from studio.features.blocks import LogMel
from studio.features.steps import Steps, steps
from studio.features.windows import Samples, cut_window
from studio.native.frontend import log_mel, quantise
from studio.training.classes import UNKNOWN, is_background
from studio.training.preparation import front_end_at

_PADDING_SEED = 1  # as `extract` has it


@dataclass(frozen=True)
class Heard:
    """What there is to look at. examples: a few of `count`. spec: the project's front end, or problem: why its
    settings give none. labels: all there are, and those that the script of recording asks for. lowest_rate_hz: among
    the labelled recordings.
    """

    settings: ProjectSettings
    labels: tuple[str, ...]
    count: int
    examples: tuple[Example, ...]
    lowest_rate_hz: int
    spec: LogMel | None
    problem: StudioError | None = None


@dataclass(frozen=True, eq=False)
class Looked:
    """A window and its steps, or why it cannot be read."""

    example: Example
    steps: Steps | None
    problem: StudioError | None = None


@dataclass(frozen=True, eq=False)
class Take:
    """drawn: None for the original. input: int8 (frames, mels), what the model would see."""

    samples: Samples
    input: NDArray[np.int8]
    drawn: Drawn | None = None


def hear(project: Project, most: int, seed: int, keep: str | None = None) -> Heard:
    """At most `most` windows, drawn by the seed. keep: the segment that is to be among them, if it is still there."""
    settings, catalogue = project.settings, project.catalogue
    counts = {label: count for label, count in catalogue.label_counts().items() if label is not None}
    lowest_hz = catalogue.lowest_rate_hz() or settings.rate_hz
    spec, problem = None, None
    try:
        spec = front_end_at(settings, lowest_hz)
    except StudioError as error:
        problem = error
    drawn = {
        label: [catalogue.segment_ids(parse(f"label:{shlex.quote(label)}"), place, 1)[0] for place in places]
        for label, places in of_each_label(counts, most, seed).items()
    }
    kept = catalogue.examples(selection=of_segments([keep])) if keep is not None else []
    for example in kept:
        ids = drawn.get(example.label) or next(iter(drawn.values()))
        if example.id not in ids:
            ids[0] = example.id
    order = [segment for ids in drawn.values() for segment in ids]
    found = {example.id: example for example in catalogue.examples(selection=of_segments(order))}
    examples = tuple(found[segment] for segment in order if segment in found)
    labels = tuple(sorted({*counts, *script_labels(catalogue)}))
    return Heard(settings, labels, sum(counts.values()), examples, lowest_hz, spec, problem)


def of_each_label(counts: Mapping[str, int], most: int, seed: int) -> dict[str, list[int]]:
    """Places within each label, at most `most` in all: as many of each as there is room for, and at least one.

    In the order in which labels are shown: words, then other words, then background. With more labels than `most`, the
    seed says which.
    """
    rng = np.random.default_rng(seed)
    labels = sorted((label for label, count in counts.items() if count > 0), key=_order)
    if len(labels) > most:
        labels = [labels[i] for i in np.sort(rng.permutation(len(labels))[:most])]
    room = dict.fromkeys(labels, 0)
    while sum(room.values()) < min(most, sum(counts[label] for label in labels)):
        for label in labels:
            if room[label] < counts[label] and sum(room.values()) < most:
                room[label] += 1
    return {label: rng.choice(counts[label], room[label], replace=False).tolist() for label in labels}


def look(examples: Sequence[Example], spec: LogMel) -> list[Looked]:
    """Each example's window on its way to the model."""
    looked = []
    for example in examples:
        try:
            samples = cut_window(example.clip, spec, np.random.default_rng(_PADDING_SEED))
            looked.append(Looked(example, steps(samples, spec)))
        except StudioError as error:
            looked.append(Looked(example, None, error))
    return looked


def vary(example: Example, spec: LogMel, count: int, seed: int, strength: float) -> list[Take]:
    """The window, and `count` variants as `augment --preview` writes them. Raises UnreadableRecording."""
    original = cut_window(example.clip, spec, np.random.default_rng(_PADDING_SEED))
    made = preview(example.clip, spec, count, seed, Augmentation().scaled(strength))
    windows = np.stack([original, *(variant.samples for variant in made)])
    inputs = quantise(log_mel(windows, spec), spec)
    return [
        Take(samples, values, drawn)
        for samples, values, drawn in zip(windows, inputs, (None, *(variant.drawn for variant in made)), strict=True)
    ]


def _order(label: str) -> tuple[bool, bool, str]:
    return is_background(label), label == UNKNOWN, label
