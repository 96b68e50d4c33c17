"""Scoring a run: on the people that its training kept out, or on a folder that the project never saw.

int8 scores come from the C engine that boards run, float ones from the worker. A segment is one window, centred on its
energy. A word that the model has no class for counts as `_unknown_` where it has that class; where not, no answer to it
is right, and `outside` says how many such segments there are.
"""

import json
import math
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.dataset.catalogue import Example
from studio.dataset.outside import outside_examples
from studio.dataset.project import Project
from studio.dataset.runs import Run
from studio.dataset.selection import of_segments
from studio.dataset.values import value_of
from studio.features.extract import Features, extract, open_executor
from studio.features.front_ends import AnyFrontEnd, front_end_from_dict
from studio.model.image import build_image
from studio.model.plan import plan
from studio.native.engine import Engine
from studio.native.frontend import quantise
from studio.training.classes import Classes
from studio.training.preparation import windows_for
from studio.training.process import Worker
from studio.training.values import (
    NOBODY,
    ValueEvaluation,
    ValueMetrics,
    ValueWindow,
    dequantised,
    measure_values,
    value_windows,
)

FLOAT_MODEL = "model.keras"
WINDOWS = "windows.json"  # of a run: how each window that its training judged was answered
_ROWS_AT_ONCE = 50


@dataclass(frozen=True)
class Metrics:
    """n: segments, `outside` those whose label the model has no class for. Accuracies are None where n is 0.

    balanced_accuracy_int8: the mean over classes that have truth. confusion_int8: [truth][said] over `classes`, without
    those outside. per_person: {code: {n, accuracy_float, accuracy_int8}}.
    """

    n: int
    classes: list[str]
    accuracy_float: float | None
    accuracy_int8: float | None
    balanced_accuracy_int8: float | None
    confusion_int8: list[list[int]]
    per_person: dict[str, dict[str, Any]]
    outside: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Window:
    """A segment as it was answered. truth: its class, None for a word that the model has no class for. said: by the
    int8 model, said_float: by the float one. scores: of the int8 model, 0..1 for each class.
    """

    example: Example
    truth: int | None
    said: int
    said_float: int
    scores: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """As a run keeps it: by the segment's key."""
        return {
            "segment": self.example.id,
            "truth": self.truth,
            "said": self.said,
            "said_float": self.said_float,
            "scores": self.scores,
        }


@dataclass(frozen=True)
class Evaluation(Metrics):
    """Metrics of one run. scored: what was scored: `test`, `validation`, `all` or the folder. windows: one by one."""

    run: str
    scored: str
    windows: tuple[Window, ...] = field(default=(), repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """All but the windows."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "windows"}


def evaluate(
    project: Project,
    run: Run,
    *,
    data: Path | None = None,
    everything: bool = False,
    worker: Worker | None = None,
    report: Report = silent,
) -> Evaluation | ValueEvaluation:
    """Scores all labelled segments of `data`, read as the last import was; or of the project, where `everything`,
    those that were trained on among them; by default the run's own test side, or its validation side where nobody was
    held out. worker: one that is running already, kept by the caller.

    Raises InvalidInput where there is nothing to score, NotFound, UnreadableRecording, WorkerDied, WorkerFailed.
    """
    spec = front_end_from_dict(run.front_end)
    with ExitStack() as stack:
        if data is not None:
            examples, scored = _of_folder(project, data, stack, report), str(data.resolve())
        elif everything:
            examples, scored = _of_project(project), "all"
        else:
            examples, scored = _of_run(project, run)
        if predicts_value(run):
            examples = _with_values(examples)
        asked_worker, executor = worker or stack.enter_context(Worker()), stack.enter_context(open_executor())
        windows_read = windows_for(project.settings, spec)
        features = extract([e.clip for e in examples], windows_read, executor, report=report)
        report(None, _("Scoring {count:,} windows").format(count=len(features)))
        tflite = run.tflite_path.read_bytes()
        int8 = int8_scores(tflite, features, spec)
        floats = _float_scores(asked_worker, run, features, spec, report)
    if predicts_value(run):
        values = floats[:, 0].astype(np.float64), dequantised(tflite, int8)
        of_values = measure_values(str(run.settings.get("unit", "")), examples, *values)
        return ValueEvaluation(
            **vars(of_values), run=run.id, scored=scored, windows=tuple(value_windows(examples, *values))
        )
    metrics = measure(run.labels, examples, floats, int8)
    windows = scored_windows(run.labels, examples, floats, int8)
    return Evaluation(**vars(metrics), run=run.id, scored=scored, windows=tuple(windows))


def predicts_value(run: Run) -> bool:
    """Whether it is of a regression: its evaluations are a ValueEvaluation."""
    return "predicts" in run.settings


def evaluation_of(project: Project, run: Run) -> Evaluation | ValueEvaluation:
    """What the run's own training measured, without scoring anything anew. No windows for a run that kept none, nor
    those whose segments are gone from the project.
    """
    side = str(run.metrics.get("scored_on", "validation"))
    kept = {f.name for f in fields(ValueMetrics if predicts_value(run) else Metrics)}
    metrics = {key: value for key, value in run.metrics.get(side, {}).items() if key in kept}
    if metrics.keys() != kept:
        raise InvalidInput(_("Run {run}").format(run=run.id), _("it was not scored"), _("Train again, or evaluate it."))
    try:
        rows = json.loads((run.folder / WINDOWS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        rows = []
    keys = set(run.data.get(side, ()))
    examples = {e.id: e for e in project.catalogue.examples(selection=of_segments(keys))} if rows else {}
    rows = [row for row in rows if row["segment"] in examples]
    if predicts_value(run):
        points = tuple(ValueWindow(examples[r["segment"]], r["truth"], r["said"], r["said_float"]) for r in rows)
        return ValueEvaluation(**metrics, run=run.id, scored=side, windows=points)
    windows = tuple(
        Window(examples[r["segment"]], r["truth"], r["said"], r["said_float"], tuple(r["scores"])) for r in rows
    )
    return Evaluation(**metrics, run=run.id, scored=side, windows=windows)


def scored_windows(
    classes: list[str], examples: Sequence[Example], float_scores: NDArray[np.float32], int8: NDArray[np.int8]
) -> list[Window]:
    """Each example with its answers; scores (n, classes), of a softmax."""
    known = Classes.of_model(classes)
    return [
        Window(example, known.index(example.label), int(row.argmax()), int(floats.argmax()),
               tuple(round((int(v) + 128) / 256, 4) for v in row))
        for example, floats, row in zip(examples, float_scores, int8, strict=True)
    ]  # fmt: skip


def measure(
    classes: list[str], examples: Sequence[Example], float_scores: NDArray[np.float32], int8: NDArray[np.int8]
) -> Metrics:
    """Figures from scores (n, classes). Of equal scores the first class is said, as the decision rule has it."""
    known = Classes.of_model(classes)
    truth = [known.index(e.label) for e in examples]
    said, said_float = int8.argmax(axis=1), float_scores.argmax(axis=1)
    right = np.array([t == s for t, s in zip(truth, said, strict=True)], bool)
    right_float = np.array([t == s for t, s in zip(truth, said_float, strict=True)], bool)
    confusion = np.zeros((len(classes), len(classes)), int)
    for true, answer in zip(truth, said, strict=True):
        if true is not None:
            confusion[true, answer] += 1
    by_person: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        by_person[example.person or NOBODY].append(index)
    return Metrics(
        n=len(examples),
        classes=list(classes),
        accuracy_float=_share(right_float),
        accuracy_int8=_share(right),
        balanced_accuracy_int8=balanced(confusion),
        confusion_int8=confusion.tolist(),
        per_person={
            person: {
                "n": len(rows),
                "accuracy_float": _share(right_float[rows]),
                "accuracy_int8": _share(right[rows]),
            }
            for person, rows in sorted(by_person.items())
        },
        outside=dict(Counter(e.label for e, t in zip(examples, truth, strict=True) if t is None)),
    )


def balanced(confusion: NDArray[Any]) -> float | None:
    """The mean share that is right of each class that has truth; None where none has. confusion: [truth][said]."""
    present = confusion.sum(axis=1) > 0
    return _share(confusion.diagonal()[present] / confusion.sum(axis=1)[present])


def int8_scores(tflite: bytes, features: Features, spec: AnyFrontEnd) -> NDArray[np.int8]:
    """The engine's scores: int8 (n, classes). features: int16 (n, *spec.shape); n may be 0."""
    engine = Engine(build_image(plan(tflite)))
    rows = quantise(features, spec).reshape(len(features), math.prod(features.shape[1:]))
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # the engine holds no lock while it runs
        parts = list(threads.map(engine.run, np.array_split(rows, max(1, len(rows) // _ROWS_AT_ONCE))))
    return np.concatenate(parts)


def _share(right: NDArray[Any]) -> float | None:
    return round(float(np.mean(right)), 6) if len(right) else None


def _with_values(examples: list[Example]) -> list[Example]:
    found = [example for example in examples if value_of(example.label) is not None]
    if not found:
        raise InvalidInput(_("What is to be scored"), _("none of its labels is a number, and this run predicts one"))
    return found


def _of_run(project: Project, run: Run) -> tuple[list[Example], str]:
    side = "test" if run.data.get("test") else "validation"
    keys = set(run.data.get(side, ()))
    examples = [e for e in project.catalogue.examples() if e.id in keys]
    if not examples:
        raise InvalidInput(
            _("Run {run}").format(run=run.id),
            _("nothing that it did not train on is left in the project"),
            _("Name a folder of labelled recordings with `--data`."),
        )
    return examples, side


def _of_project(project: Project) -> list[Example]:
    examples = project.catalogue.examples()
    if not examples:
        raise InvalidInput(
            str(project.folder), _("no recording in it is labelled"), _("Set labels with `label`, or bring some in.")
        )
    return examples


def _of_folder(project: Project, folder: Path, stack: ExitStack, report: Report) -> list[Example]:
    """Their files are there until the stack is left."""
    examples = stack.enter_context(outside_examples(project, folder, report)).examples
    if not examples:
        raise InvalidInput(
            str(folder),
            _("no labelled recording is in it"),
            _("Name a folder that is laid out as what was imported last."),
        )
    return examples


def _float_scores(
    worker: Worker, run: Run, features: Features, spec: AnyFrontEnd, report: Report
) -> NDArray[np.float32]:
    text = _("Scoring in float")
    with tempfile.TemporaryDirectory(dir=worker.scratch) as name:
        np.save(Path(name) / "scored.npy", features)
        request = {
            "do": "score",
            "folder": name,
            "front_end": spec.to_dict(),
            "model": str(run.folder / FLOAT_MODEL),
        }
        worker.ask(request, lambda _answer: report(None, text))
        scores: NDArray[np.float32] = np.load(Path(name) / "float_scores.npy")
    return scores
