"""Windows of a project to look at and to listen to, as training hears them: each step, and variants of one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import StudioError
from studio.dataset.catalogue import Example
from studio.dataset.project import Project
from studio.features.augment import Augmentation, Drawn, preview
from studio.features.blocks import LogMel
from studio.features.steps import Steps, steps
from studio.features.windows import Samples, cut_window
from studio.native.frontend import log_mel, quantise
from studio.training.classes import UNKNOWN, is_background
from studio.training.preparation import front_end_for

_PADDING_SEED = 1  # as `extract` has it


@dataclass(frozen=True)
class Heard:
    """What there is to look at. spec: the project's front end, or problem: why its settings give none.

    lowest_rate_hz: among the labelled recordings. has_background: whether training mixes recorded background in.
    """

    examples: tuple[Example, ...]
    lowest_rate_hz: int
    has_background: bool
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


def hear(project: Project) -> Heard:
    """What the catalogue has labelled. For 100,000 segments this takes a second or two."""
    examples = project.catalogue.examples()
    lowest_hz = min((e.clip.rate_hz for e in examples), default=project.settings.rate_hz)
    spec, problem = None, None
    try:
        spec = front_end_for(project, examples)
    except StudioError as error:
        problem = error
    return Heard(tuple(examples), lowest_hz, any(is_background(e.label) for e in examples), spec, problem)


def of_each_label(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """At most `count`, as many of each label as there is room for and at least one, in the order of the labels.

    Words come first, then other words, then background. With more labels than `count`, the seed says which.
    """
    by_label: dict[str, list[Example]] = {}
    for example in examples:
        by_label.setdefault(example.label, []).append(example)
    rng = np.random.default_rng(seed)
    labels = sorted(by_label, key=_order)
    if len(labels) > count:
        labels = [labels[i] for i in np.sort(rng.permutation(len(labels))[:count])]
    shuffled = [[by_label[label][i] for i in rng.permutation(len(by_label[label]))] for label in labels]
    room = [0] * len(labels)
    while sum(room) < min(count, sum(map(len, shuffled))):
        for place, takes in enumerate(shuffled):
            if room[place] < len(takes) and sum(room) < count:
                room[place] += 1
    return [take for takes, many in zip(shuffled, room, strict=True) for take in takes[:many]]


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
