"""Windows of a project to look at and to listen to, as training hears them: each step, and variants of one."""

import functools
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import StudioError
from studio.dataset.background import BACKGROUND_NAMES
from studio.dataset.catalogue import Example
from studio.dataset.project import Project
from studio.dataset.script import script_labels
from studio.dataset.selection import of_segments, parse
from studio.dataset.settings import ProjectSettings
from studio.features.augment import Augmentation, Drawn, preview
from studio.features.background import background_windows
from studio.features.blocks import LogMel
from studio.features.steps import Steps, steps
from studio.features.vary import Chance, draw, masked, said_so
from studio.features.windows import Clip, Samples, cut_window, read_clip
from studio.native.frontend import log_mel, quantise
from studio.training.classes import UNKNOWN, is_background
from studio.training.preparation import front_end_at, previewed_noises

_PADDING_SEED = 1  # as `extract` has it
_EPOCH_SEED = 2


@dataclass(frozen=True)
class Heard:
    """What there is to look at. examples: a few of `count`. spec: the project's front end, or problem: why its
    settings give none. labels: all there are, and those that the script of recording asks for. lowest_rate_hz: among
    the labelled recordings. noises: recorded backgrounds that training mixes into words, all or a few of many.
    """

    settings: ProjectSettings
    labels: tuple[str, ...]
    count: int
    examples: tuple[Example, ...]
    lowest_rate_hz: int
    spec: LogMel | None
    problem: StudioError | None = None
    noises: tuple[Clip, ...] = ()


@dataclass(frozen=True, eq=False)
class Looked:
    """A window and its steps, or why it cannot be read."""

    example: Example
    steps: Steps | None
    problem: StudioError | None = None


class InEpoch(NamedTuple):
    """What one epoch does to a stored variant's features. tempo: above 1 is faster. vocal_tract: above 1 is longer.

    frames, bands: how many are hidden.
    """

    tempo: float
    vocal_tract: float
    level_db: float
    frames: int
    bands: int


@dataclass(frozen=True, eq=False)
class Take:
    """samples: as training stores a variant. input: int8 (frames, mels), what the model sees of it in one epoch.

    original: as recorded, and seen as it is. drawn: None for it, and for background, which is cut or made anew.
    """

    samples: Samples
    input: NDArray[np.int8]
    drawn: Drawn | None = None
    in_epoch: InEpoch | None = None

    @property
    def original(self) -> bool:
        return self.in_epoch is None


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
    noises = tuple(previewed_noises(catalogue.examples(BACKGROUND_NAMES)))
    return Heard(settings, labels, sum(counts.values()), examples, lowest_hz, spec, problem, noises)


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


def vary(
    example: Example, spec: LogMel, count: int, *, seed: int, strength: float, noises: Sequence[Clip] = ()
) -> list[Take]:
    """The window, and `count` variants of it as training makes them. Raises UnreadableRecording.

    noises: recorded backgrounds to mix in, as `augment --preview` does.
    """
    original = cut_window(example.clip, spec, np.random.default_rng(_PADDING_SEED))
    if is_background(example.label):
        drawn: list[Drawn | None] = [None] * count
        windows = background_windows([example.clip], spec, count, seed)
    else:
        heard = [_noise(clip, spec.rate_hz) for clip in noises]
        made = preview(example.clip, spec, count, seed, Augmentation().scaled(strength), noises=heard)
        drawn = [variant.drawn for variant in made]
        windows = np.stack([variant.samples for variant in made])
    windows = np.concatenate([original[None], windows])
    inputs, in_epoch = model_inputs(windows, spec, seed=seed, strength=strength)
    return [Take(*each) for each in zip(windows, inputs, [None, *drawn], [None, *in_epoch], strict=True)]


def model_inputs(
    windows: Samples, spec: LogMel, *, seed: int, strength: float
) -> tuple[NDArray[np.int8], list[InEpoch]]:
    """What a model sees of windows (1 + n, clip): of the first as it is, of the others what one epoch makes of them.

    int8 (1 + n, frames, mels), and what was drawn for each of the others.
    """
    features = log_mel(windows, spec)
    rng, chance = np.random.default_rng((seed, _EPOCH_SEED)), Chance(strength=strength)
    said = draw(len(windows) - 1, chance, rng)
    floats = masked(said_so(features[1:], said, spec), chance.time_mask, chance.band_mask, rng)
    varied = np.clip(np.rint(floats / spec.input_scale) + spec.input_zero_point, -128, 127).astype(np.int8)
    frames, bands = ((floats == 0).all(axis=axis).sum(axis=1) for axis in (2, 1))
    in_epoch = [
        InEpoch(float(said.tempo[i, 0]), float(said.vocal_tract[i, 0]), float(said.level_db[i, 0]), int(f), int(b))
        for i, (f, b) in enumerate(zip(frames, bands, strict=True))
    ]
    return np.concatenate([quantise(features[:1], spec), varied]), in_epoch


@functools.lru_cache(maxsize=32)
def _noise(clip: Clip, rate_hz: int) -> Samples:
    return read_clip(clip, rate_hz)


def _order(label: str) -> tuple[bool, bool, str]:
    return is_background(label), label == UNKNOWN, label
