"""Training: from the project's labelled recordings to a run on disk, fitted and converted by the worker process.

The parent decides who trains, cuts and augments windows, computes their features (the C core, on every processor) and
scores the int8 model with the engine that boards run. The worker only fits, converts and scores in float.
"""

import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, StudioError
from studio.core.files import write_json
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.catalogue import Example
from studio.dataset.project import Project
from studio.dataset.runs import HISTORY, MODEL, Run, begin_run, discard_run, finish_run
from studio.dataset.splits import By, Split, split, split_folds
from studio.features.blocks import LogMel
from studio.features.extract import LOCAL, Features, extract, extract_background, extract_variants, open_executor
from studio.model.image import Decision
from studio.training.classes import Classes, is_background
from studio.training.evaluate import FLOAT_MODEL, WINDOWS, int8_scores, measure, scored_windows
from studio.training.notices import notices_of, outcome_of
from studio.training.preparation import augmentation_for, front_end_for, noises_of
from studio.training.presets import DEFAULT_PRESET, HOP_MS, find_preset, hops_ms
from studio.training.process import Worker
from studio.training.threshold import Floats, Streams, choose_threshold, cut_streams

INPUTS = "inputs.json"
SMOOTHED_MS = 300  # two windows at least: one alone gave two to six times the false alarms of two (decisions/006)
REFRACTORY_MS = 1_000
_UNKNOWN_SHARE = 2.0  # takes of other words, over the mean number of takes of a chosen one
_BACKGROUND_SHARE = 1.0  # likewise
_LEAST_BACKGROUND = 20
_CALIBRATION_WINDOWS = 300
_WATCHED_WINDOWS = 200
_FEATURES_UNTIL, _FITTED_AT = 0.2, 0.95  # of a training's progress


@dataclass(eq=False)
class NothingToTrain(StudioError):
    why: str
    message = mark("There is nothing to train: {why}.")
    remedy = mark("Bring labelled recordings in with `import` or `record`; `list` shows those there are.")


@dataclass(eq=False)
class EverybodyKeptOut(StudioError):
    who: str
    message = mark("Nobody is left to train on: {who} are all kept out.")
    remedy = mark("Keep out fewer people, or record the words with somebody else.")


@dataclass(frozen=True)
class Epoch:
    """What is known after an epoch, `number` of `of`: shares and losses on augmented takes that are trained on; and,
    where some are kept for validation, of the weights of the moment on those, at most `_WATCHED_WINDOWS` of them.
    """

    number: int
    of: int
    loss: float
    accuracy: float
    val_loss: float | None = None
    val_accuracy: float | None = None


def unheard(epoch: Epoch) -> None:
    """For training whose epochs nobody watches."""


@dataclass(frozen=True)
class Effort:
    """How much work a training is. variants: stored of each take, one of which is drawn in each epoch.

    takes: of one class at most, None for all. The rest are the worker's own words (see its Recipe and architectures).
    """

    variants: int
    takes: int | None
    recipe: dict[str, Any]
    architecture: dict[str, Any] = field(default_factory=lambda: find_preset(DEFAULT_PRESET).architecture)


FULL = Effort(variants=14, takes=None, recipe={"epochs": 48})
# The same code with less to do: proves the way, not the accuracy.
QUICK = Effort(variants=6, takes=40, recipe={"epochs": 20, "batch": 16})


@dataclass(frozen=True, eq=False)
class Trained:
    """run: the model, of the last fold where there are several. Accuracies: means over folds; None: none scored.

    folds: what was measured of each, empty without folds. confusion_int8: [truth][said], of all folds together.
    """

    run: Run
    accuracy_float: float | None
    accuracy_int8: float | None
    seconds: float
    folds: list[dict[str, Any]] = field(default_factory=list)
    confusion_int8: list[list[int]] = field(default_factory=list)


def train(
    project: Project,
    *,
    labels: Sequence[str] | None = None,
    hold_out: Iterable[str] = (),
    folds: int | None = None,
    by: By = "person",
    seed: int = 1,
    quick: bool = False,
    scheduler: str = LOCAL,
    preset: str | None = None,
    effort: Effort | None = None,
    worker: Worker | None = None,
    heard: Callable[[Epoch], None] = unheard,
    report: Report = silent,
) -> Trained:
    """Trains and leaves a run, or one for each fold.

    labels: the classes besides `_background_` and `_unknown_`; default: the project's, or all there are. hold_out:
    people, by name or code, who are only scored. by: what folds keep whole. Everything is drawn from `seed`.
    preset: the size of the network, a name of presets.py. worker: one that is running already, kept by the caller;
    cancelling ends it. heard: called after each epoch.
    Raises NothingToTrain, EverybodyKeptOut, InvalidInput, NotFound, UnreadableRecording, WorkerDied, WorkerFailed,
    Cancelled.
    """
    started = time.monotonic()
    # A new worker imports TensorFlow while features are made.
    with nullcontext(worker) if worker else Worker() as asked_worker, open_executor(scheduler) as executor:
        examples = project.catalogue.examples()
        classes = Classes.choose(examples, labels or project.settings.labels)
        people = project.people()
        codes = sorted({people.find(who) for who in hold_out})
        if folds and codes:
            raise InvalidInput(_("--folds with --hold-out"), _("each fold holds out its own"), _("Give one of them."))
        asked = {"seed": seed, "hold_out": codes, "folds": folds, "by": by if folds else None, "quick": quick}
        splits = split_folds(examples, folds, by) if folds else [split(examples, hold_out=codes)]
        effort = effort or (QUICK if quick else FULL)
        if preset is not None:
            effort = replace(effort, architecture=find_preset(preset).architecture)
        training = _Training(project, classes, effort, seed, worker=asked_worker, executor=executor, heard=heard)
        runs = []
        for number, sides in enumerate(splits):
            part = _scaled(report, number / len(splits), (number + 1) / len(splits))
            runs.append(training.run(sides, {**asked, **({"fold": number + 1} if folds else {})}, part))
    return _summary(runs, started, folded=folds is not None)


class _Training:
    """One training after another, with the same classes, worker and executor."""

    def __init__(
        self,
        project: Project,
        classes: Classes,
        effort: Effort,
        seed: int,
        *,
        worker: Worker,
        executor: Executor,
        heard: Callable[[Epoch], None],
    ) -> None:
        self._project = project
        self._classes = classes
        self._effort = effort
        self._seed = seed
        self._worker = worker
        self._executor = executor
        self._heard = heard

    def run(self, sides: Split, asked: dict[str, Any], report: Report) -> Run:
        started = time.monotonic()
        run_id, partial = begin_run(self._project.runs_folder)
        try:
            run = self._made(run_id, partial, sides, asked, report)
            return finish_run(partial, replace(run, seconds=round(time.monotonic() - started, 1)))
        except BaseException:
            discard_run(partial)
            raise

    def _made(self, run_id: str, partial: Path, sides: Split, asked: dict[str, Any], report: Report) -> Run:
        classes, effort = self._classes, self._effort
        chosen = self._chosen(sides.train)
        if not any(e.label in classes.words for e in chosen):
            if asked.get("hold_out"):
                raise EverybodyKeptOut(", ".join(asked["hold_out"]))
            raise NothingToTrain(_("no labelled recording is left to train on"))
        spec = front_end_for(self._project, chosen)
        takes, labels = self._takes(chosen, spec, _scaled(report, 0, _FEATURES_UNTIL))
        judged = [*sides.validation, *sides.test]
        features = extract([e.clip for e in judged], spec, self._executor)
        words = [e for e in (sides.validation or chosen) if e.label in classes.words]
        streams = cut_streams(words, spec, classes, spec.rate_hz * HOP_MS // 1000, self._seed)
        with tempfile.TemporaryDirectory(dir=self._worker.scratch) as name:
            folder = Path(name)
            np.save(folder / "takes.npy", takes)
            np.save(folder / "labels.npy", labels)
            np.save(folder / "calibration.npy", _calibration(takes, self._seed))
            np.save(folder / "scored.npy", np.concatenate([features, streams.features]))
            watched = self._watched(sides.validation)
            np.save(folder / "judged.npy", features[watched])
            np.save(folder / "judged_labels.npy", np.array([classes.index(judged[i].label) for i in watched], np.int64))
            done = self._fit(folder, spec, report)
            scores = np.load(folder / "float_scores.npy")
            for file in (MODEL, FLOAT_MODEL):
                (partial / file).write_bytes((folder / file).read_bytes())
        write_json(partial / HISTORY, done["history"])
        write_json(partial / INPUTS, self._inputs(chosen, sides))
        report(_FITTED_AT, _("Scoring the int8 model"))
        float_scores, stream_scores = scores[: len(judged)], scores[len(judged) :]
        quantised = int8_scores((partial / MODEL).read_bytes(), features, spec)
        windows = scored_windows(classes.names, judged, float_scores, quantised)
        write_json(partial / WINDOWS, [window.as_dict() for window in windows])
        cut = len(sides.validation)
        validation = measure(classes.names, sides.validation, float_scores[:cut], quantised[:cut])
        test = measure(classes.names, sides.test, float_scores[cut:], quantised[cut:])
        report(1.0, outcome_of(test if test.n else validation, sides))
        rules = [rule.to_dict() for rule in self._decisions(spec, streams, stream_scores)]
        return Run(
            id=run_id,
            folder=partial,
            labels=classes.names,
            front_end=spec.to_dict(),
            decision=rules[0],
            slower=rules[1:],
            accuracy_float=(test if test.n else validation).accuracy_float,
            accuracy_int8=(test if test.n else validation).accuracy_int8,
            settings={
                **asked,
                "labels": list(classes.words),
                "variants": effort.variants,
                "takes_per_class": effort.takes,
                "recipe": done["recipe"],
                "architecture": {"name": "ds_cnn", **effort.architecture},
                "augmentation": asdict(augmentation_for(self._project)),
                "parameters": done["parameters"],
            },
            data={
                **{side: [e.id for e in part] for side, part in _sides(chosen, sides)},
                "people": sorted({e.person for e in chosen if e.person}),
                "held_out": sorted({e.person for e in sides.test if e.person}),
            },
            metrics={
                "scored_on": "test" if test.n else "validation",
                "validation_by": sides.validation_by,
                "validation": validation.as_dict(),
                "test": test.as_dict(),
            },
            notices=notices_of(self._project, classes, chosen, judged),
        )

    def _chosen(self, train: list[Example]) -> list[Example]:
        """Who trains: as many takes of each word as the effort allows, and not too many other words."""
        by_label: dict[str, list[Example]] = defaultdict(list)
        for example in train:
            by_label[example.label].append(example)
        rng = np.random.default_rng(self._seed)
        words = [_some(by_label[w], self._effort.takes, rng) for w in self._classes.words]
        mean = sum(map(len, words)) / max(1, len(words))
        others = [by_label[label] for label in sorted(by_label) if self._classes.is_unknown(label)]
        each = int(np.ceil(mean * _UNKNOWN_SHARE / len(others))) if others else 0
        background = [e for e in train if is_background(e.label)]
        return [e for part in (*words, *(_some(other, each, rng) for other in others), background) for e in part]

    def _takes(self, chosen: list[Example], spec: LogMel, report: Report) -> tuple[Features, NDArray[np.int64]]:
        """(takes, variants, frames, mels) and the class of each take, `_background_` last."""
        variants = self._effort.variants
        spoken = [e for e in chosen if not is_background(e.label)]
        recorded = [e.clip for e in chosen if is_background(e.label)]
        features = extract_variants(
            [e.clip for e in spoken],
            spec,
            variants,
            self._executor,
            seed=self._seed,
            augmentation=augmentation_for(self._project),
            noises=noises_of(chosen),
            report=report,
        )
        counts = Counter(e.label for e in spoken if e.label in self._classes.words)
        count = max(_LEAST_BACKGROUND, round(_BACKGROUND_SHARE * sum(counts.values()) / max(1, len(counts))))
        background = extract_background(
            recorded,
            spec,
            count * variants,
            self._executor,
            seed=self._seed,
            speech=[e.clip for e in spoken],
        )
        labels = [self._classes.index(e.label) for e in spoken] + [self._classes.background] * count
        return np.concatenate([features, background.reshape(count, variants, *spec.shape)]), np.array(labels, np.int64)

    def _watched(self, validation: list[Example]) -> NDArray[np.int64]:
        """Places of the validation windows that are watched after each epoch, drawn alike from all with a class."""
        places = [i for i, e in enumerate(validation) if self._classes.index(e.label) is not None]
        return np.sort(np.random.default_rng(self._seed).permutation(np.array(places, np.int64))[:_WATCHED_WINDOWS])

    def _fit(self, folder: Path, spec: LogMel, report: Report) -> dict[str, Any]:
        text = _("Training")
        fraction = _FEATURES_UNTIL

        def heard(answer: dict[str, Any] | None) -> None:
            nonlocal text, fraction
            if answer is not None and "epoch" in answer:
                fraction = _FEATURES_UNTIL + (_FITTED_AT - _FEATURES_UNTIL) * answer["epoch"] / answer["of"]
                text = _("Training: epoch {epoch} of {of}, {right:.0%} of the augmented takes right").format(
                    epoch=answer["epoch"], of=answer["of"], right=answer["accuracy"]
                )
                watched = answer.get("val_loss"), answer.get("val_accuracy")
                self._heard(Epoch(answer["epoch"], answer["of"], answer["loss"], answer["accuracy"], *watched))
            elif answer is not None:
                text = _("Converting to int8")
            report(fraction, text)

        request = {
            "do": "train",
            "folder": str(folder),
            "front_end": spec.to_dict(),
            "classes": len(self._classes.names),
            "architecture": self._effort.architecture,
            "recipe": {"strength": self._project.settings.strength, **self._effort.recipe, "seed": self._seed},
        }
        return self._worker.ask(request, heard)

    def _decisions(self, spec: LogMel, streams: Streams, scores: Floats) -> list[Decision]:
        """A rule for each hop there is, the shortest first: a board takes the first that it can keep up with."""
        rules = []
        for hop_ms in hops_ms(1000 * spec.clip_samples // spec.rate_hz):
            smooth = max(2, round(SMOOTHED_MS / hop_ms))
            threshold = choose_threshold(streams, scores, smooth, hop_ms // HOP_MS)
            rules.append(
                Decision(
                    smooth=smooth,
                    threshold=round(threshold * 255),
                    refractory_ms=REFRACTORY_MS,
                    hop_samples=spec.rate_hz * hop_ms // 1000,
                    background=self._classes.background,
                    unknown=self._classes.unknown,
                )
            )
        return rules

    def _inputs(self, chosen: list[Example], sides: Split) -> list[dict[str, Any]]:
        """Each segment as it was when this run was made: later edits change the catalogue, not what was learnt."""
        hashes = {listed.path: listed.sha256 for listed in self._project.catalogue.recordings()}
        return [
            {
                "segment": e.id,
                "side": side,
                "label": e.label,
                "person": e.person,
                "file": e.clip.path.relative_to(self._project.folder).as_posix(),
                "sha256": hashes.get(e.clip.path),
                "start": e.clip.start,
                "end": e.clip.end,
            }
            for side, part in _sides(chosen, sides)
            for e in part
        ]


def _sides(chosen: list[Example], sides: Split) -> list[tuple[str, list[Example]]]:
    return [("train", chosen), ("validation", sides.validation), ("test", sides.test)]


def _some(examples: list[Example], count: int | None, rng: np.random.Generator) -> list[Example]:
    if count is None or len(examples) <= count:
        return examples
    return [examples[i] for i in sorted(rng.permutation(len(examples))[:count])]


def _calibration(takes: Features, seed: int) -> Features:
    """Features as the model meets them, of all classes."""
    rows = takes.reshape(-1, *takes.shape[2:])
    drawn = np.random.default_rng(seed).permutation(len(rows))[:_CALIBRATION_WINDOWS]
    return rows[np.sort(drawn)]


def _scaled(report: Report, low: float, high: float) -> Report:
    def part(fraction: float | None, text: str) -> None:
        report(None if fraction is None else low + (high - low) * fraction, text)

    return part


def _summary(runs: list[Run], started: float, *, folded: bool) -> Trained:
    folds: list[dict[str, Any]] = []
    confusion: list[list[int]] = runs[0].metrics[runs[0].metrics["scored_on"]]["confusion_int8"]
    if folded:
        folds = [
            {
                "run": run.id,
                "held_out": run.data["held_out"],
                "n": run.metrics["test"]["n"],
                "accuracy_float": run.accuracy_float,
                "accuracy_int8": run.accuracy_int8,
                "seconds": run.seconds,
            }
            for run in runs
        ]
        confusion = np.sum([run.metrics["test"]["confusion_int8"] for run in runs], axis=0).tolist()
    return Trained(
        run=runs[-1],
        accuracy_float=_mean([run.accuracy_float for run in runs]),
        accuracy_int8=_mean([run.accuracy_int8 for run in runs]),
        seconds=round(time.monotonic() - started, 1),
        folds=folds,
        confusion_int8=confusion,
    )


def _mean(values: list[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return round(sum(present) / len(present), 6) if present else None
