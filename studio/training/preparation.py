"""What training hears of a project: its front end, the features of all labelled windows, and variants to listen to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, StorageFailed
from studio.core.files import atomic, safe_name
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.dataset.background import is_background
from studio.dataset.catalogue import Example
from studio.dataset.project import Project
from studio.dataset.settings import ProjectSettings
from studio.features.augment import Augmentation, preview
from studio.features.blocks import LogMel
from studio.features.extract import LOCAL, extract, open_executor
from studio.features.windows import Clip, read_clip

FEATURES = "features.npz"
_NOISE_S = 1.0  # a shorter background is no room that a word could be said in
_PREVIEWED_NOISES, _PREVIEWED_S = 16, 20  # of many and of long ones, so that a preview does not wait


@dataclass(frozen=True)
class Written:
    """windows of `shape` (frames, mels) in a file of arrays: features, labels, people, segments, front_end."""

    windows: int
    shape: tuple[int, int]
    path: Path


def front_end_for(project: Project, examples: Sequence[Example]) -> LogMel:
    """The project's front end, its upper band edge below the lowest Nyquist frequency of these examples.

    Raises InvalidInput where what was chosen of it does not go together.
    """
    rate_hz = project.settings.rate_hz
    return front_end_at(project.settings, min((e.clip.rate_hz for e in examples), default=rate_hz))


def front_end_at(settings: ProjectSettings, lowest_rate_hz: int) -> LogMel:
    """The same for recordings of which the lowest sample rate is known."""
    chosen: dict[str, Any] = dict(settings.front_end)
    return LogMel.for_data(settings.rate_hz, lowest_rate_hz / 2, window_ms=settings.window_ms, **chosen)


def augmentation_for(project: Project) -> Augmentation:
    """As strong as the project's settings have it."""
    return Augmentation().scaled(project.settings.strength)


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
        features = extract([e.clip for e in examples], spec, executor, report=report)
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
    """Augmented variants as WAV files, `count` in all, of takes drawn alike from all labels in turn.

    Raises InvalidInput for a count below 1 or where nothing is labelled, StorageFailed, UnreadableRecording.
    """
    if count < 1:
        raise InvalidInput(_("The number of previews"), _("it is less than 1"))
    examples = _labelled(project)
    spec, augmentation = front_end_for(project, examples), augmentation_for(project)
    noises = [read_clip(clip, spec.rate_hz) for clip in previewed_noises(examples)]
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
        [variant] = preview(example.clip, spec, 1, seed + number, augmentation, noises=noises)
        paths.append(folder.resolve() / f"{number + 1:03d}-{safe_name(example.label)}-{safe_name(example.take)}.wav")
        _write_wav(paths[-1], variant.samples, spec.rate_hz)
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


def _write_wav(path: Path, samples: NDArray[np.int16], rate_hz: int) -> None:
    import soundfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic(path) as partial:
            soundfile.write(partial, samples, rate_hz, subtype="PCM_16", format="WAV")
    except (OSError, soundfile.LibsndfileError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error).rstrip(".")
        raise StorageFailed(str(path), why) from error
