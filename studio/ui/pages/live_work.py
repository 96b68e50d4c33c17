"""What Live does off the GUI thread, and how it reckons the level that the strip shows. No Qt."""

import contextlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from studio.core.errors import Cancelled, StudioError
from studio.core.job import JobState, Report
from studio.core.text import gettext as _
from studio.ui.pages.deploy_work import DEPLOY_JOB, LOOK_EVERY_S
from studio.ui.progress import Mark, PageState
from studio.ui.session import BoardStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.boards.address import Address
    from studio.capture.recording_file import Recorded
    from studio.dataset.project import Project
    from studio.dataset.runs import Run
    from studio.live.causes import Cause
    from studio.live.listening import Begun, Listening, News
    from studio.live.live import LiveWindow
    from studio.ui.session import Session

SILENT_DB = -96.0


class Ready(NamedTuple):
    """run: the id of the one to listen with; None: there is none. labels: of the project, for their colours."""

    run: str | None
    labels: tuple[str, ...]


def look_at(project: "Project", wanted: str | None) -> Ready:
    """On the catalogue's thread."""
    from studio.dataset.runs import find_run
    from studio.live import listening  # noqa: F401  so that the first start does not wait for it

    labels = tuple(label for label in project.catalogue.label_counts() if label is not None)
    try:
        return Ready(find_run(project.runs_folder, wanted).id, labels)
    except StudioError:
        return Ready(None, labels)


def listen(project: "Project", board: str, run: str | None) -> "tuple[Callable[[], Run], Address, Path]":
    """What a Listening is made of."""
    from studio.boards.address import parse_address
    from studio.dataset.runs import find_run

    runs_folder = project.runs_folder
    return (lambda: find_run(runs_folder, run)), parse_address(board), project.folder


def run_listening(session: "Session", listening: "Listening", report: Report) -> None:
    """A job's work. What goes wrong is `listening.problem`, which the page tells with a way on.

    One that is sending to the board is waited for.
    """
    try:
        for job in [job for job in session.jobs if job.title == DEPLOY_JOB]:
            while job.state in (JobState.WAITING, JobState.RUNNING):
                report(None, _("Waiting for the model to be on the board"))
                with contextlib.suppress(Exception):
                    job.result(LOOK_EVERY_S)
        listening.run(report)
    except Cancelled:
        listening.problem = None
        raise
    except StudioError:
        return


def outcome(news: "News | None") -> PageState | None:
    """How a session went, for the rail; None: nothing was heard."""
    if news is None or not news.windows:
        return None
    windows, parted = f"{news.windows:,}", news.windows - news.equal
    if parted:
        return PageState(Mark.STALE, _("parted in {n} of {windows} windows").format(n=f"{parted:,}", windows=windows))
    return PageState(Mark.DONE, _("was equal in {windows} windows").format(windows=windows))


def explain(window: "LiveWindow", begun: "Begun") -> "Cause":
    """On a thread of its own, where a window has parted."""
    from studio import __version__
    from studio.dataset.runs import list_runs
    from studio.live.causes import Setting, cause_of

    image = begun.image.hex()[:8]
    facts = [Setting(_("Model image"), image, image)]
    if begun.origin.firmware and not begun.origin.address.startswith("virtual:"):
        facts.insert(0, Setting(_("Firmware"), begun.origin.firmware, __version__))
    return cause_of(window, begun.spec, facts, begun.run.id, list(list_runs(begun.run.folder.parent)))


def keep(
    project: "Project", begun: "Begun", samples: "NDArray[Any]", title: str, *, background: bool
) -> "list[Recorded]":
    """A false alarm becomes a recording, as one edit. On the catalogue's thread."""
    from studio.live import keeping
    from studio.training.classes import BACKGROUND

    return keeping.keep(project, begun.origin, samples, BACKGROUND if background else None, title)


def save(window: "LiveWindow", folder: Path) -> str:
    """Where it is then. Raises StorageFailed."""
    from studio.live.live import save_window

    folder.mkdir(parents=True, exist_ok=True)
    return str(save_window(window, folder))


def board_status(name: str, begun: "Begun | None", news: "News | None", problem: StudioError | None) -> BoardStatus:
    """What the strip says of the board. begun: None where nothing listens."""
    from studio.boards.connection import BoardLost

    if problem is not None or begun is None or news is None:
        return BoardStatus(name, problem=_("stopped answering") if isinstance(problem, BoardLost) else "")
    seen = news.samples + news.samples_lost
    return BoardStatus(name, begun.origin.format.rate_hz, news.samples_lost, seen, level_db(news, begun))


def level_db(news: "News", begun: "Begun") -> float | None:
    """RMS of what has just been heard, in dBFS; None where it is no sound."""
    from studio.core.samples import MICROPHONE

    if not news.blocks or begun.origin.format.kind is not MICROPHONE:
        return None
    samples = np.concatenate([block.samples[:, 0] for block in news.blocks[-10:]]).astype(np.float64) / 32768
    return max(SILENT_DB, 10 * math.log10(float(np.mean(samples**2)) + 1e-12))
