"""What Evaluate does off the GUI thread: what a run measured, a run scored anew, and a rehearsal. No Qt."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.errors import InvalidInput, StudioError
from studio.core.job import Report
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow
    from studio.dataset.project import Project
    from studio.dataset.runs import Run
    from studio.live.rehearsal import Rehearsal
    from studio.training.evaluate import Evaluation
    from studio.ui.session import Session


def measured(project: "Project", run_id: str) -> "tuple[Run, Evaluation | None]":
    """A run, and what its own training measured; None where that left nothing to score."""
    from studio.dataset.runs import find_run
    from studio.training.evaluate import Evaluation, evaluation_of

    found = find_run(project.runs_folder, run_id)
    try:
        evaluation = evaluation_of(project, found)
        return found, evaluation if isinstance(evaluation, Evaluation) else None
    except StudioError:
        return found, None


def evaluated(
    session: "Session",
    project: "Project",
    run_id: str | None,
    folder: Path | None,
    everything: bool,  # noqa: FBT001  partial gives it by place
    report: Report,
) -> "tuple[Run, Evaluation]":
    """In a job: on `folder`; else on all that is labelled where `everything`, else on what was not trained on.

    Raises what find_run and evaluate raise.
    """
    from studio.dataset.runs import find_run
    from studio.training.evaluate import Evaluation, evaluate

    run = find_run(project.runs_folder, run_id)
    with session.worker.lent() as worker:
        found = evaluate(project, run, data=folder, everything=everything, worker=worker, report=report)
    if not isinstance(found, Evaluation):
        raise InvalidInput(_("Run {run}").format(run=run.id), _("it predicts a value, which this page does not show"))
    return run, found


def key_of(project: "Project", segment: str) -> str:
    """By which Label finds a segment; "" where it is gone."""
    from studio.dataset.selection import of_segments

    found = project.catalogue.segments(of_segments([segment]))
    return found[0].key if found else ""


@dataclass(frozen=True, eq=False)
class Rehearsed:
    """A rehearsal with what it was made of. board: the name of the one it listened as. rate_hz: of the stream.

    intervals: of false alarms an hour at 95 %, by how many there were.
    """

    rehearsal: "Rehearsal"
    board: str
    stream: Path
    rate_hz: int
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
    return Rehearsed(found, board.name, stream, round(look(stream).rate_hz), intervals)
