"""Training: from the project's labelled recordings to a run on disk, fitted and converted by the worker process.

The parent decides who trains, cuts and augments windows, computes their features (the C core, on every processor) and
scores the int8 model with the engine that boards run. The worker only fits, converts and scores in float.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from math import prod
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
from studio.features.extract import LOCAL, Features, extract, extract_background, extract_variants, open_executor
from studio.features.front_ends import AnyFrontEnd
from studio.features.window_kinds import Windows
from studio.training.classes import is_background
from studio.training.effort import Effort as Effort  # noqa: PLC0414  whoever trains may say how much
from studio.training.effort import effort_for
from studio.training.evaluate import FLOAT_MODEL, WINDOWS, Metrics, balanced
from studio.training.notices import notices_of, outcome_of
from studio.training.preparation import front_end_for, noises_of, windows_for
from studio.training.process import Worker
from studio.training.tasks import Task, task_for

INPUTS = "inputs.json"
_MOST_VALUES = 200_000_000  # of all stored variants, int16: there are fewer variants of many takes
_LEAST_VARIANTS = 4
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


@dataclass(frozen=True, eq=False)
class Trained:
    """run: the model, of the last fold where there are several. Accuracies: means over folds; None: none scored, as
    nothing is of a regression, which has mean absolute errors, in `unit`, instead.

    folds: what was measured of each, empty without folds. confusion_int8: [truth][said], of all folds together;
    balanced_accuracy_int8: the mean share that is right of each class that has truth in it.
    """

    run: Run
    accuracy_float: float | None
    accuracy_int8: float | None
    seconds: float
    folds: list[dict[str, Any]] = field(default_factory=list)
    confusion_int8: list[list[int]] = field(default_factory=list)
    balanced_accuracy_int8: float | None = None
    mae_float: float | None = None
    mae_int8: float | None = None
    unit: str = ""


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
        settings = project.settings
        task = task_for(settings, examples, labels or ())
        people = project.people()
        codes = sorted({people.find(who) for who in hold_out})
        if folds and codes:
            raise InvalidInput(_("--folds with --hold-out"), _("each fold holds out its own"), _("Give one of them."))
        asked = {"seed": seed, "hold_out": codes, "folds": folds, "by": by if folds else None, "quick": quick}
        splits = split_folds(examples, folds, by) if folds else [split(examples, hold_out=codes)]
        usual = effort_for(settings.template, settings.front_end_kind, quick=quick, preset=preset)
        if effort is not None and preset is not None:
            effort = replace(effort, architecture=usual.architecture)
        training = _Training(project, task, effort or usual, seed, worker=asked_worker, executor=executor, heard=heard)
        runs = []
        for number, sides in enumerate(splits):
            part = _scaled(report, number / len(splits), (number + 1) / len(splits))
            runs.append(training.run(sides, {**asked, **({"fold": number + 1} if folds else {})}, part))
    return _summary(runs, started, folded=folds is not None)


class _Training:
    """One training after another, with the same task, worker and executor."""

    def __init__(
        self,
        project: Project,
        task: Task,
        effort: Effort,
        seed: int,
        *,
        worker: Worker,
        executor: Executor,
        heard: Callable[[Epoch], None],
    ) -> None:
        self._project = project
        self._task = task
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
        task, effort = self._task, self._effort
        chosen = task.chosen(sides.train, effort.takes, self._seed)
        if not chosen:
            if asked.get("hold_out"):
                raise EverybodyKeptOut(", ".join(asked["hold_out"]))
            raise NothingToTrain(_("no labelled recording is left to train on"))
        spec = front_end_for(self._project, chosen)
        windows = windows_for(self._project.settings, spec)
        takes, truth = self._takes(chosen, windows, _scaled(report, 0, _FEATURES_UNTIL))
        judged = [*sides.validation, *sides.test]
        features = extract([e.clip for e in judged], windows, self._executor)
        streams = task.streams([e for e in sides.validation or chosen if task.has_truth(e)], windows, self._seed)
        seen = features if streams is None else np.concatenate([features, streams.features])
        with tempfile.TemporaryDirectory(dir=self._worker.scratch) as name:
            folder = Path(name)
            np.save(folder / "takes.npy", takes)
            np.save(folder / "truth.npy", truth)
            np.save(folder / "calibration.npy", _calibration(takes, self._seed))
            np.save(folder / "scored.npy", seen)
            watched = self._watched(sides.validation)
            np.save(folder / "judged.npy", features[watched])
            np.save(folder / "judged_truth.npy", task.truth([judged[i] for i in watched]))
            done = self._fit(folder, spec, effort.epochs(len(takes)), report)
            scores = np.load(folder / "float_scores.npy")
            for file in (MODEL, FLOAT_MODEL):
                (partial / file).write_bytes((folder / file).read_bytes())
        write_json(partial / HISTORY, done["history"])
        write_json(partial / INPUTS, self._inputs(chosen, sides))
        report(_FITTED_AT, _("Scoring the int8 model"))
        float_scores, stream_scores = scores[: len(judged)], scores[len(judged) :]
        answers = task.answers((partial / MODEL).read_bytes(), features, spec)
        write_json(partial / WINDOWS, [each.as_dict() for each in task.windows(judged, float_scores, answers)])
        cut = len(sides.validation)
        validation = task.measured(sides.validation, float_scores[:cut], answers[:cut])
        test = task.measured(sides.test, float_scores[cut:], answers[cut:])
        shown = test if test.n else validation
        report(1.0, outcome_of(shown, sides))
        rules = [rule.to_dict() for rule in task.rules(spec, streams, stream_scores)]
        return Run(
            id=run_id,
            folder=partial,
            labels=task.names,
            front_end=spec.to_dict(),
            decision=rules[0],
            slower=rules[1:],
            accuracy_float=shown.accuracy_float if isinstance(shown, Metrics) else None,
            accuracy_int8=shown.accuracy_int8 if isinstance(shown, Metrics) else None,
            settings={
                **asked,
                **task.settings,
                "variants": int(takes.shape[1]),
                "takes_per_class": effort.takes,
                "recipe": done["recipe"],
                "architecture": {"name": "ds_cnn", **effort.architecture},
                "augmentation": asdict(windows.augmentation),
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
            notices=notices_of(self._project, task, chosen, judged),
        )

    def _takes(self, chosen: list[Example], windows: Windows, report: Report) -> tuple[Features, NDArray[Any]]:
        """(takes, variants, *spec.shape) and the truth of each take, that of made background last."""
        task, shape = self._task, windows.spec.shape
        count = task.background(chosen)
        said = [e for e in chosen if not (count and is_background(e.label))]
        recorded = [e.clip for e in chosen if count and is_background(e.label)]
        most = _MOST_VALUES // ((len(said) + count) * prod(shape))
        variants = min(self._effort.variants, max(_LEAST_VARIANTS, most))
        features = extract_variants(
            [e.clip for e in said],
            windows,
            variants,
            self._executor,
            seed=self._seed,
            noises=noises_of(chosen),
            report=report,
        )
        truth = task.truth(said)
        if not count:
            return features, truth
        background = extract_background(
            recorded, windows, count * variants, self._executor, seed=self._seed, events=[e.clip for e in said]
        )
        last = np.full(count, task.classes - 1, truth.dtype)
        return np.concatenate([features, background.reshape(count, variants, *shape)]), np.concatenate([truth, last])

    def _watched(self, validation: list[Example]) -> NDArray[np.int64]:
        """Places of the validation windows that are watched after each epoch, drawn alike from all with a truth."""
        places = [i for i, e in enumerate(validation) if self._task.has_truth(e)]
        return np.sort(np.random.default_rng(self._seed).permutation(np.array(places, np.int64))[:_WATCHED_WINDOWS])

    def _fit(self, folder: Path, spec: AnyFrontEnd, epochs: int, report: Report) -> dict[str, Any]:
        text = _("Training")
        fraction = _FEATURES_UNTIL

        def heard(answer: dict[str, Any] | None) -> None:
            nonlocal text, fraction
            if answer is not None and "epoch" in answer:
                fraction = _FEATURES_UNTIL + (_FITTED_AT - _FEATURES_UNTIL) * answer["epoch"] / answer["of"]
                text = _told(answer, self._task)
                watched = answer.get("val_loss"), answer.get("val_accuracy")
                self._heard(Epoch(answer["epoch"], answer["of"], answer["loss"], answer["accuracy"], *watched))
            elif answer is not None:
                text = _("Converting to int8")
            report(fraction, text)

        request = {
            "do": "train",
            "folder": str(folder),
            "front_end": spec.to_dict(),
            "classes": self._task.classes,
            "architecture": self._effort.architecture,
            "recipe": {**self._effort.recipe, "epochs": epochs, "seed": self._seed},
            "strength": self._project.settings.strength,
        }
        return self._worker.ask(request, heard)

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


def _told(answer: dict[str, Any], task: Task) -> str:
    """What a line says of an epoch."""
    if task.classes:
        text = _("Training: epoch {epoch} of {of}, {right:.0%} of the augmented takes right")
    else:
        text = _("Training: epoch {epoch} of {of}, {right:.0%} of how the values differ is explained")
    return text.format(epoch=answer["epoch"], of=answer["of"], right=answer["accuracy"])


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
    scored = [run.metrics[run.metrics["scored_on"]] for run in runs]
    confusions = [figures["confusion_int8"] for figures in scored if "confusion_int8" in figures]
    confusion = np.sum(confusions, axis=0).tolist() if confusions else []
    kinds = ("accuracy_float", "accuracy_int8", "mae_float", "mae_int8")
    folds = [
        {
            "run": run.id,
            "held_out": run.data["held_out"],
            "n": figures["n"],
            **{kind: figures[kind] for kind in kinds if kind in figures},
            "seconds": run.seconds,
        }
        for run, figures in zip(runs, scored, strict=True)
    ]
    means = {kind: _mean([figures.get(kind) for figures in scored]) for kind in kinds}
    return Trained(
        run=runs[-1],
        accuracy_float=means["accuracy_float"],
        accuracy_int8=means["accuracy_int8"],
        seconds=round(time.monotonic() - started, 1),
        folds=folds if folded else [],
        confusion_int8=confusion,
        balanced_accuracy_int8=balanced(np.array(confusion)) if confusion else None,
        mae_float=means["mae_float"],
        mae_int8=means["mae_int8"],
        unit=str(runs[-1].settings.get("unit", "")),
    )


def _mean(values: list[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return round(sum(present) / len(present), 6) if present else None
