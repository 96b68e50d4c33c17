"""Runs: trained results on disk, `runs/<ULID>/` with run.json, model.tflite (int8) and history.json.

A run is made in a hidden folder and renamed when it is whole, so whatever is listed can be used.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from studio.core.errors import InvalidInput, NotFound
from studio.core.files import make_folder, sync_folder, write_json
from studio.core.text import mark
from studio.dataset.holder import utc_now
from studio.dataset.json_fields import BrokenFile, Fields
from studio.dataset.recordings import new_id

FORMAT = 1
DESCRIPTION = "run.json"
MODEL = "model.tflite"
HISTORY = "history.json"


@dataclass(frozen=True)
class Run:
    """One trained model with all that made it.

    labels: the model's classes in the order of its outputs. front_end: its to_dict(). decision: Decision.to_dict().
    slower: likewise, for boards that cannot decide so often, by rising hop.
    accuracy_*: of held-out people where there are any, else of validation; None where nothing was left to score.
    settings: what was asked (seed, hold_out, folds, quick, architecture, augmentation, ...). data: the exact inputs
    (keys of segments by side, SHA-256 of their files). metrics: confusions, per person, folds. notices: sentences on
    what is odd in the data.
    """

    id: str
    folder: Path
    labels: list[str]
    front_end: dict[str, Any]
    decision: dict[str, Any]
    slower: list[dict[str, Any]] = field(default_factory=list)
    accuracy_float: float | None = None
    accuracy_int8: float | None = None
    created_utc: str = field(default_factory=utc_now)
    seconds: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    @property
    def tflite_path(self) -> Path:
        return self.folder / MODEL

    @property
    def history_path(self) -> Path:
        return self.folder / HISTORY


def begin_run(runs_folder: Path) -> tuple[str, Path]:
    """A new run's id and the hidden folder to make it in; write model.tflite and history.json there.

    Raises StorageFailed.
    """
    run_id = new_id()
    folder = runs_folder / f".{run_id}.partial"
    make_folder(folder)
    return run_id, folder


def finish_run(partial: Path, run: Run) -> Run:
    """Writes run.json and renames the folder to `run.id`. Returns the run as it lies there.

    Raises NotFound if model.tflite was not written.
    """
    if not (partial / MODEL).is_file():
        raise NotFound(str(partial / MODEL), mark("Train again: this run was left without a model."))
    values = asdict(run)
    del values["folder"]
    write_json(partial / DESCRIPTION, {"format": FORMAT, **values})
    final = partial.parent / run.id
    partial.rename(final)
    sync_folder(partial.parent)
    return read_run(final)


def discard_run(partial: Path) -> None:
    """Removes what begin_run made, after a failure or a cancel."""
    shutil.rmtree(partial, ignore_errors=True)


def read_run(folder: Path) -> Run:
    """Raises BrokenFile; InvalidInput for a run of a newer version of the studio."""
    path = folder / DESCRIPTION
    values = Fields.load(path)
    if values.integer("format") > FORMAT:
        raise InvalidInput(str(folder), mark("a newer version of the studio made it"), mark("Use that version."))
    labels = list(values.texts("labels"))
    if not labels:
        raise BrokenFile(str(path), "`labels` is empty")
    return Run(
        id=values.text("id"),
        folder=folder,
        labels=labels,
        front_end=_object(values, "front_end"),
        decision=_object(values, "decision"),
        slower=_objects(values, "slower"),
        accuracy_float=values.number_or_none("accuracy_float"),
        accuracy_int8=values.number_or_none("accuracy_int8"),
        created_utc=values.text("created_utc"),
        seconds=values.number_or_none("seconds"),
        settings=_object(values, "settings"),
        data=_object(values, "data"),
        metrics=_object(values, "metrics"),
        notices=list(values.texts("notices")),
    )


def _object(values: Fields, key: str) -> dict[str, Any]:
    values.inner(key)  # complains of anything that is not an object
    return dict(values.raw(key) or {})


def _objects(values: Fields, key: str) -> list[dict[str, Any]]:
    found = values.raw(key) or []  # absent in older runs
    return [dict(each) for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def list_runs(runs_folder: Path) -> Iterator[Run]:
    """Whole runs, newest first. One that cannot be read is left out; find_run by its id says what is wrong with it."""
    for name in _names(runs_folder):
        try:
            yield read_run(runs_folder / name)
        except (BrokenFile, InvalidInput):
            continue


def find_run(runs_folder: Path, run_id: str | None = None) -> Run:
    """The run of that id, or whose id begins so; the newest where none is named. Raises NotFound, InvalidInput."""
    if run_id is None:
        newest = next(list_runs(runs_folder), None)
        if newest is None:
            raise NotFound(mark("A trained run"), mark("Run `train` on this project first."))
        return newest
    found = [name for name in _names(runs_folder) if name.startswith(run_id.upper())]
    if not run_id or not found:
        raise NotFound(f"Run {run_id}", mark("Look into the project's runs folder for those there are."))
    if len(found) > 1:
        raise InvalidInput(f"Run {run_id}", mark("more than one begins so"), mark("Give more of its id."))
    return read_run(runs_folder / found[0])


def _names(runs_folder: Path) -> list[str]:
    """ULIDs sort by time: newest first."""
    try:
        entries = list(os.scandir(runs_folder))
    except FileNotFoundError:
        return []
    return sorted((e.name for e in entries if e.is_dir() and not e.name.startswith(".")), reverse=True)
