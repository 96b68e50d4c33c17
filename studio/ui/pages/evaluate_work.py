"""What Evaluate does off the GUI thread: what a run measured, a run scored anew, and a rehearsal. No Qt."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core.errors import StudioError
from studio.core.job import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.boards.board_table import BoardRow
    from studio.dataset.catalogue import Example
    from studio.dataset.project import Project
    from studio.dataset.runs import Run
    from studio.dataset.settings import SensorSettings
    from studio.live.rehearsal import Rehearsal
    from studio.training.evaluate import Evaluation
    from studio.training.values import ValueEvaluation
    from studio.ui.session import Session
    from studio.ui.widgets.window_thumb import Thumb

    AnyEvaluation = Evaluation | ValueEvaluation


def measured(project: "Project", run_id: str) -> "tuple[Run, AnyEvaluation | None]":
    """A run, and what its own training measured; None where that left nothing to score."""
    from studio.dataset.runs import find_run
    from studio.training.evaluate import evaluation_of

    found = find_run(project.runs_folder, run_id)
    try:
        return found, evaluation_of(project, found)
    except StudioError:
        return found, None


def evaluated(
    session: "Session",
    project: "Project",
    run_id: str | None,
    folder: Path | None,
    everything: bool,  # noqa: FBT001  partial gives it by place
    report: Report,
) -> "tuple[Run, AnyEvaluation]":
    """In a job: on `folder`; else on all that is labelled where `everything`, else on what was not trained on.

    Raises what find_run and evaluate raise.
    """
    from studio.dataset.runs import find_run
    from studio.training.evaluate import evaluate

    run = find_run(project.runs_folder, run_id)
    with session.worker.lent() as worker:
        return run, evaluate(project, run, data=folder, everything=everything, worker=worker, report=report)


def thumb_of_window(example: "Example", front_end: dict[str, Any], sensor: "SensorSettings") -> "Thumb":
    """A segment's window as a run's front end takes it, small. sensor: of the project. Raises UnreadableRecording."""
    from studio.features.front_ends import front_end_from_dict
    from studio.features.window_kinds import windows_of
    from studio.ui.shown_windows import thumb_of

    spec = front_end_from_dict(front_end)
    window = windows_of(spec, sensor.channels, sensor.scales).read(example.clip)
    return thumb_of(spec, window, sensor)


def samples_of(example: "Example", front_end: dict[str, Any]) -> "tuple[NDArray[np.int16], int]":
    """What the model heard of a segment, and at which rate. Raises UnreadableRecording."""
    from studio.features.front_ends import front_end_from_dict
    from studio.features.window_kinds import windows_of

    spec = front_end_from_dict(front_end)
    return windows_of(spec).read(example.clip), spec.rate_hz


def key_of(project: "Project", segment: str) -> str:
    """By which Label finds a segment; "" where it is gone."""
    from studio.dataset.selection import of_segments

    found = project.catalogue.segments(of_segments([segment]))
    return found[0].key if found else ""


@dataclass(frozen=True, eq=False)
class Rehearsed:
    """A rehearsal with what it was made of. board: the name of the one it listened as. rate_hz: of the stream, where it
    can be heard.

    intervals: of false alarms an hour at 95 %, by how many there were.
    """

    rehearsal: "Rehearsal"
    board: str
    stream: Path
    rate_hz: int | None
    intervals: dict[int, tuple[float, float]]


def rehearsed(
    project: "Project", run_id: str | None, board: "BoardRow", stream: Path, truth: Path, report: Report
) -> Rehearsed:
    """In a job; as often as that board decides. Raises NotFound, InvalidInput, Cancelled."""
    from scipy.special import gammaincinv

    from studio.dataset.runs import find_run
    from studio.dataset.sound_files import look
    from studio.deploy.bundle import make_bundle
    from studio.live.rehearsal import read_truth, rehearse

    marks = read_truth(truth)
    bundle = make_bundle(find_run(project.runs_folder, run_id), board)
    found = rehearse(bundle.image, stream, marks, every_threshold=True, report=report)
    alarms = {outcome.counts.false_alarms for outcome in found.outcomes}
    # Exact, of a Poisson count (Garwood 1936).
    intervals = {
        n: (float(gammaincinv(n, 0.025)) / found.hours if n else 0.0, float(gammaincinv(n + 1, 0.975)) / found.hours)
        for n in alarms
    }
    rate_hz = round(look(stream).rate_hz) if stream.suffix.lower() != ".csv" else None
    return Rehearsed(found, board.name, stream, rate_hz, intervals)
