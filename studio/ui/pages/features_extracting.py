"""Features' primary act: the features of all windows into a file for other tools, as a job that can be stopped."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.core.job import Job, JobState, Report
from studio.core.text import gettext as _
from studio.ui.bridge import follow
from studio.ui.controls import Button
from studio.ui.session import Notice, Session

if TYPE_CHECKING:
    from concurrent.futures import Future

    from studio.dataset.project import Project
    from studio.training.preparation import Written


class Extracting(QObject):
    """While it runs, its button is Stop."""

    def __init__(self, session: Session, button: Button, owner: QObject) -> None:
        super().__init__(owner)
        self._session, self._button = session, button
        self.job: Job[Written] | None = None

    def switch(self, folder: Path) -> None:
        """Begin, or stop."""
        if self.job is not None:
            self.job.cancel()
            return
        settled = self._session.ask(_settled)
        job = self._session.start(_("Extracting features"), partial(_extract_after, settled, folder))
        self.job = job
        follow(job, self._changed, owner=self)
        self._show()
        self._changed(job)  # it may have ended before anybody heard it

    def _changed(self, job: "Job[Written]") -> None:
        if job is not self.job or job.state in (JobState.WAITING, JobState.RUNNING):
            return
        self.job = None
        self._show()
        if job.state is JobState.DONE:
            written = job.result(0)
            frames, bands = written.shape
            what = _("{n:,} windows of {frames} × {bands} features are extracted.")
            said = what.format(n=written.windows, frames=frames, bands=bands)
            self._session.notify(Notice(said, str(written.path), "ok"))

    def _show(self) -> None:
        running = self.job is not None
        self._button.set_text(_("Stop") if running else _("Extract features"))
        self._button.set_icon("stop" if running else "features")
        self._button.set_kind("secondary" if running else "primary")


def _settled(_project: "Project") -> None:
    """What was asked of the catalogue's thread before is done."""


def _extract_after(settled: "Future[None]", folder: Path, report: Report) -> "Written":
    from studio.ui.pages.features_work import extract_features

    settled.result()
    return extract_features(folder, report)
