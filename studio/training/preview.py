"""Windows of a project to look at and to listen to, as training is given them: each step, and variants of one."""

import contextlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import StudioError
from studio.core.picture_file import read_picture
from studio.dataset.background import BACKGROUND_NAMES
from studio.dataset.catalogue import Catalogue, Example
from studio.dataset.project import Project
from studio.dataset.script import script_labels
from studio.dataset.selection import of_segments, parse
from studio.dataset.settings import ProjectSettings
from studio.dataset.values import value_of
from studio.features.augment import Drawn
from studio.features.augment_pictures import DrawnPicture
from studio.features.augment_rows import DrawnRows
from studio.features.blocks import LogMel
from studio.features.front_ends import AnyFrontEnd
from studio.features.picture import PictureInput
from studio.features.rows import Range, Rows, range_of
from studio.features.steps import Computed, computed, steps
from studio.features.vary import Chance, chance_for, draw, masked, said_so, varied
from studio.features.window_kinds import Window, Windows, windows_of
from studio.features.windows import Clip
from studio.native.frontend import features, quantise
from studio.training.classes import UNKNOWN, is_background
from studio.training.preparation import front_end_at, previewed_noises

_EPOCH_SEED = 2
_RANGED = 48  # windows that the channels' ranges are taken from


@dataclass(frozen=True)
class Heard:
    """What there is to look at. examples: a few of `count`. spec: the project's front end, or problem: why its
    settings give none. labels: all there are, and those that the script of recording asks for. lowest_rate_hz: among
    the labelled recordings. ranges: of each channel of rows, from some of them, where training takes all that it trains
    on. noises: recorded backgrounds that training mixes into words, all or a few of many.
    """

    settings: ProjectSettings
    labels: tuple[str, ...]
    count: int
    examples: tuple[Example, ...]
    lowest_rate_hz: int
    spec: AnyFrontEnd | None
    problem: StudioError | None = None
    ranges: Range | None = None
    noises: tuple[Clip, ...] = ()

    def windows(self, spec: AnyFrontEnd, *, strength: float = 1.0) -> Windows:
        """The project's windows for a front end, which may be another than its own."""
        return _windows(self.settings, spec, strength)


@dataclass(frozen=True, eq=False)
class Looked:
    """A window and its steps (of sound a Steps), or why it cannot be read. whole: of a picture, as it was taken."""

    example: Example
    steps: Computed | None
    problem: StudioError | None = None
    whole: NDArray[np.uint8] | None = None


class InEpoch(NamedTuple):
    """What one epoch does to the features of a stored variant of sound. tempo: above 1 is faster. vocal_tract: above 1
    is longer.

    frames, bands: how many are hidden.
    """

    tempo: float
    vocal_tract: float
    level_db: float
    frames: int
    bands: int


@dataclass(frozen=True, eq=False)
class Take:
    """samples: as training stores a variant. input: int8, of the front end's shape, what the model sees of it in one
    epoch. original: as recorded, and seen as it is. drawn: None for it, and for background, which is cut or made anew.
    """

    samples: Window
    input: NDArray[np.int8]
    drawn: Drawn | DrawnRows | DrawnPicture | None = None
    in_epoch: InEpoch | None = None
    original: bool = False


def hear(project: Project, most: int, seed: int, keep: str | None = None) -> Heard:
    """At most `most` windows, drawn by the seed. keep: the segment that is to be among them, if it is still there."""
    settings, catalogue = project.settings, project.catalogue
    counts = {label: count for label, count in catalogue.label_counts().items() if label is not None}
    lowest_hz = catalogue.lowest_rate_hz() or settings.rate_hz
    spec, problem, ranges = None, None, None
    try:
        spec = front_end_at(settings, lowest_hz)
    except StudioError as error:
        problem = error
    if isinstance(spec, Rows):
        ranged = [segment for ids in _drawn(catalogue, counts, _RANGED, 0).values() for segment in ids]
        ranges = _ranges(catalogue.examples(selection=of_segments(ranged)), _windows(settings, spec, 1.0))
        spec = fitted(spec, ranges)
    drawn = _drawn(catalogue, counts, most, seed)
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
    return Heard(settings, labels, sum(counts.values()), examples, lowest_hz, spec, problem, ranges, noises)


def fitted(spec: AnyFrontEnd, ranges: Range | None) -> AnyFrontEnd:
    """With the ranges of the project's channels, where it has rows."""
    if ranges is None or not isinstance(spec, Rows):
        return spec
    return replace(spec, offsets=ranges.offsets, spans=ranges.spans)


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


def look(examples: Sequence[Example], windows: Windows) -> list[Looked]:
    """Each example's window on its way to the model."""
    looked = []
    for example in examples:
        try:
            window, spec = windows.read(example.clip), windows.spec
            shown = steps(window, spec) if isinstance(spec, LogMel) else computed(window, spec)
            whole = read_picture(example.clip.path) if isinstance(spec, PictureInput) else None
            looked.append(Looked(example, shown, whole=whole))
        except StudioError as error:
            looked.append(Looked(example, None, error))
    return looked


def vary(
    example: Example, windows: Windows, count: int, *, seed: int, strength: float, noises: Sequence[Clip] = ()
) -> list[Take]:
    """The window, and `count` variants of it as training makes them. Raises UnreadableRecording.

    windows: of that strength. noises: recorded backgrounds to mix in, as `augment --preview` does.
    """
    original = windows.read(example.clip)
    if is_background(example.label):
        drawn: list[Any] = [None] * count
        made = windows.background([example.clip], count, seed)
    else:
        variants = list(windows.variants(example.clip, count, (seed, 0), noises=noises))
        drawn = [variant.drawn for variant in variants]
        made = np.stack([variant.samples for variant in variants])
    shown = np.concatenate([original[None], made])
    inputs, in_epoch = model_inputs(shown, windows.spec, seed=seed, strength=strength)
    rest = [Take(*each) for each in zip(shown[1:], inputs[1:], drawn, in_epoch, strict=True)]
    return [Take(shown[0], inputs[0], original=True), *rest]


def model_inputs(
    windows: NDArray[Any], spec: AnyFrontEnd, *, seed: int, strength: float
) -> tuple[NDArray[np.int8], list[InEpoch | None]]:
    """What a model sees of windows (1 + n, *window): of the first as it is, of the others what one epoch makes of them.

    int8 (1 + n, *spec.shape), and what was drawn for each of the others where it can be told.
    """
    seen = features(windows, spec)
    rng, chance = np.random.default_rng((seed, _EPOCH_SEED)), chance_for(spec, strength)
    in_epoch: list[InEpoch | None] = [None] * (len(windows) - 1)
    if isinstance(spec, LogMel) and isinstance(chance, Chance):
        said = draw(len(windows) - 1, chance, rng)
        floats = masked(said_so(seen[1:], said, spec), chance.time_mask, chance.band_mask, rng)
        frames, bands = ((floats == 0).all(axis=axis).sum(axis=1) for axis in (2, 1))
        in_epoch = [
            InEpoch(float(said.tempo[i, 0]), float(said.vocal_tract[i, 0]), float(said.level_db[i, 0]), int(f), int(b))
            for i, (f, b) in enumerate(zip(frames, bands, strict=True))
        ]
    else:
        floats = varied(seen[1:], spec, chance, rng)
    shown = np.clip(np.rint(floats / spec.input_scale) + spec.input_zero_point, -128, 127).astype(np.int8)
    return np.concatenate([quantise(seen[:1], spec), shown]), in_epoch


def _windows(settings: ProjectSettings, spec: AnyFrontEnd, strength: float) -> Windows:
    return windows_of(spec, settings.sensor.channels, settings.sensor.scales, strength=strength)


def _drawn(catalogue: Catalogue, counts: Mapping[str, int], most: int, seed: int) -> dict[str, list[str]]:
    """Segments of each label, `most` in all."""
    return {
        label: [catalogue.segment_ids(parse(f"label:{shlex.quote(label)}"), place, 1)[0] for place in places]
        for label, places in of_each_label(counts, most, seed).items()
    }


def _ranges(examples: Sequence[Example], windows: Windows) -> Range | None:
    """Of those that can be read."""
    read = []
    for example in examples:
        with contextlib.suppress(StudioError):
            read.append(windows.read(example.clip))
    return range_of(np.stack(read)) if read else None


def _order(label: str) -> tuple[bool, bool, float, str]:
    value = value_of(label)  # of a regression
    return is_background(label), label == UNKNOWN, 0.0 if value is None else value, label
