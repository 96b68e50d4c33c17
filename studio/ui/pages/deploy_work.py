"""What Deploy does off the GUI thread: the runs and their survey, and a run onto the board."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.errors import NotFound, StudioError
from studio.core.job import JobState, Report
from studio.core.text import gettext as _
from studio.ui.widgets.arena import ArenaPicture, arena_of

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow
    from studio.dataset.runs import Run
    from studio.deploy.deploying import Deployed, HoldsAnother
    from studio.deploy.survey import Survey
    from studio.ui.session import Session

DEPLOY_JOB, LIVE_JOB = _("Deploy"), _("Live")
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, eq=False)
class Found:
    """runs: newest first. problem: why the chosen one cannot be put on any board. sensor: the name of the SensorKind
    that it needs.
    """

    runs: "list[Run]"
    survey: "Survey | None" = None
    arena: ArenaPicture | None = None
    problem: StudioError | None = None
    sensor: str = "microphone"


def run_name(run: "Run", number: int) -> str:
    """number: of the project's runs, from the first on."""
    measured = run.metrics.get(str(run.metrics.get("scored_on", "")), {})
    if "mae_int8" in measured and measured["mae_int8"] is not None:
        error = f"{measured['mae_int8']:.3g} {measured.get('unit', '')}".rstrip()
        return _("Run {n}, {error} off").format(n=number, error=error)
    if run.accuracy_int8 is None:
        return _("Run {n}").format(n=number)
    return _("Run {n}, {share} % right").format(n=number, share=f"{100 * run.accuracy_int8:.0f}")


def board_in_use(session: "Session") -> str:
    """Its key of boards.toml; "" where there is none, or its kind is not known before it answers."""
    from studio.boards.address import parse_address
    from studio.boards.board_table import DEFAULT_BOARD, load_boards

    if session.board is None:
        return ""
    address = parse_address(session.board)
    if address.scheme == "virtual":
        return address.target or DEFAULT_BOARD
    name = session.board_name
    return next((row.key for row in load_boards().values() if row.name == name), "")


def look_at(runs_folder: Path, wanted: str | None, used: str) -> Found:
    """On a thread of its own."""
    from studio.boards.board_table import load_boards
    from studio.dataset.runs import list_runs
    from studio.deploy.survey import real_boards, survey
    from studio.features.front_ends import front_end_from_dict

    runs = list(list_runs(runs_folder))
    if not runs:
        return Found(runs)
    run = next((run for run in runs if run.id == wanted), runs[0])
    boards: list[BoardRow] = real_boards()
    if used and used not in {row.key for row in boards}:
        boards.append(load_boards()[used])
    try:
        found = survey(run, boards)
    except StudioError as error:
        return Found(runs, problem=error)
    except OSError as error:
        return Found(runs, problem=NotFound(str(error.filename or run.tflite_path)))
    return Found(runs, found, arena_of(found.bundle.plan), sensor=front_end_from_dict(run.front_end).sensor)


def deploy_job(
    session: "Session",
    run: "Run",
    board: str,
    folder: Path,
    replace_another: bool,  # noqa: FBT001
    report: Report,
) -> "Deployed | HoldsAnother":
    """A job's work. Live, which holds the board, is ended first."""
    from studio.boards.address import parse_address
    from studio.deploy.deploying import HoldsAnother, deploy

    end_live(session, report)
    try:
        return deploy(run, parse_address(board), folder, replace_another=replace_another, report=report)
    except HoldsAnother as error:
        return error


def end_live(session: "Session", report: Report) -> None:
    """Ends a live session, which holds the board, and waits until it has let go. On a job's thread."""
    for job in [job for job in session.jobs if job.title == LIVE_JOB]:
        job.cancel()
        while job.state in (JobState.WAITING, JobState.RUNNING):
            report(None, _("Ending Live first"))
            with contextlib.suppress(Exception):
                job.result(LOOK_EVERY_S)
