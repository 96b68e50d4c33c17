"""What training sees of a project: its front end, the features of all labelled windows, and variants to look at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studio.core.errors import InvalidInput, StorageFailed
from studio.core.files import atomic, safe_name
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.dataset.background import is_background
from studio.dataset.catalogue import Example
from studio.dataset.project import Project
from studio.dataset.settings import ProjectSettings
from studio.features.blocks import LogMel
from studio.features.extract import LOCAL, extract, open_executor
from studio.features.front_ends import AnyFrontEnd, front_end_of
from studio.features.picture import PictureInput
from studio.features.rows import FULL_SPAN, Range, range_of
from studio.features.window_kinds import Window, Windows, windows_of
from studio.features.windows import Clip

FEATURES = "features.npz"
_RANGED = 1_000  # windows at most that ranges are taken from
_NOISE_S = 1.0  # a shorter background is no room that a word could be said in
_PREVIEWED_NOISES, _PREVIEWED_S = 16, 20  # of many and of long ones, so that a preview does not wait


@dataclass(frozen=True)
class Written:
    """windows of the front end's `shape` in a file of arrays: features, labels, people, segments, front_end."""

    windows: int
    shape: tuple[int, ...]
    path: Path


def front_end_for(project: Project, examples: Sequence[Example]) -> AnyFrontEnd:
    """The project's front end, fitted to these examples: of sound its upper band edge is below their lowest Nyquist
    frequency, of rows each channel's range is theirs.

    Raises InvalidInput where what was chosen of it does not go together, UnreadableRecording.
    """
    settings = project.settings
    spec = front_end_at(settings, min((e.clip.rate_hz for e in examples), default=settings.rate_hz))
    if isinstance(spec, (LogMel, PictureInput)) or not examples:
        return spec
    windows = windows_for(settings, spec)
    looked_at = examples[:: -(-len(examples) // _RANGED)]
    ranges = range_of(np.stack([windows.read(e.clip) for e in looked_at]))
    return replace(spec, offsets=ranges.offsets, spans=ranges.spans)


def front_end_at(settings: ProjectSettings, lowest_rate_hz: int) -> AnyFrontEnd:
    """The same for recordings of which the lowest sample rate is known, and nothing else."""
    channels = len(settings.sensor.channels)
    return front_end_of(
        settings.front_end_kind,
        settings.rate_hz,
        settings.window_ms,
        settings.front_end,
        lowest_nyquist_hz=lowest_rate_hz / 2,
        sensor=settings.sensor.kind,
        ranges=Range((0,) * channels, (FULL_SPAN // 2,) * channels),
    )


def windows_for(settings: ProjectSettings, spec: AnyFrontEnd) -> Windows:
    """What can be done with the project's windows, augmented as strongly as its settings have it."""
    return windows_of(spec, settings.sensor.channels, settings.sensor.scales, strength=settings.strength)


def noises_of(examples: Sequence[Example]) -> list[Clip]:
    """The recorded backgrounds among these that are mixed into words."""
    recorded = [e.clip for e in examples if is_background(e.label)]
    return [c for c in recorded if c.end is None or c.end - (c.start or 0) >= _NOISE_S * c.rate_hz]


def previewed_noises(examples: Sequence[Example]) -> list[Clip]:
    """Those that a preview mixes in: all, or a few from all over where there are many; the beginning of long ones."""
    noises = noises_of(examples)
    few = noises[:: max(1, -(-len(noises) // _PREVIEWED_NOISES))]
    ends = [(c.start or 0) + _PREVIEWED_S * c.rate_hz for c in few]
    return [replace(c, end=end if c.end is None else min(c.end, end)) for c, end in zip(few, ends, strict=True)]


def write_features(project: Project, *, scheduler: str = LOCAL, report: Report = silent) -> Written:
    """Features of every labelled segment's window, into the project's exports as features.npz, for any other tool.

    Raises InvalidInput where nothing is labelled, SchedulerUnreachable, UnreadableRecording, StorageFailed, Cancelled.
    """
    examples = _labelled(project)
    spec = front_end_for(project, examples)
    with open_executor(scheduler) as executor:
        clips = [e.clip for e in examples]
        features = extract(clips, windows_for(project.settings, spec), executor, report=report)
    path = project.exports_folder / FEATURES
    path.parent.mkdir(exist_ok=True)
    with atomic(path) as partial, partial.open("wb") as file:
        np.savez(
            file,
            features=features,
            labels=np.array([e.label for e in examples]),
            people=np.array([e.person or "" for e in examples]),
            segments=np.array([e.id for e in examples]),
            front_end=np.frombuffer(spec.pack(), np.uint8),
        )
    return Written(len(features), spec.shape, path)


def write_previews(project: Project, count: int, folder: Path, *, seed: int = 1, report: Report = silent) -> list[Path]:
    """Augmented variants as WAV, CSV or PNG files, `count` in all, of takes drawn alike from all labels in turn.

    Raises InvalidInput for a count below 1 or where nothing is labelled, StorageFailed, UnreadableRecording.
    """
    if count < 1:
        raise InvalidInput(_("The number of previews"), _("it is less than 1"))
    examples = _labelled(project)
    windows = windows_for(project.settings, front_end_for(project, examples))
    noises = previewed_noises(examples)
    rng = np.random.default_rng(seed)
    by_label: dict[str, list[Example]] = {}
    for place in rng.permutation(len(examples)):
        by_label.setdefault(examples[place].label, []).append(examples[place])
    turns = [by_label[label] for label in sorted(by_label)]
    paths = []
    for number in range(count):
        takes = turns[number % len(turns)]
        example = takes[number // len(turns) % len(takes)]
        report(number / count, _("Writing previews"))
        [variant] = windows.variants(example.clip, 1, (seed + number, 0), noises=noises)
        name = f"{number + 1:03d}-{safe_name(example.label)}-{safe_name(example.take)}{windows.suffix}"
        paths.append(folder.resolve() / name)
        _write(paths[-1], windows, variant.samples)
    return paths


def _labelled(project: Project) -> list[Example]:
    examples = project.catalogue.examples()
    if not examples:
        raise InvalidInput(
            str(project.folder),
            _("no recording in it is labelled"),
            _("Bring some in with `import` or `record`, or set their labels with `label`."),
        )
    return examples


def _write(path: Path, windows: Windows, window: Window) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic(path) as partial:
            windows.write(partial, window)
    except OSError as error:
        raise StorageFailed(str(path), error.strerror or str(error)) from error
