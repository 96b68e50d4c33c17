"""Bringing a dropped folder or file into the project, as a job with one notice at its end, and one undo step."""

from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.job import Report
from studio.core.text import gettext as _
from studio.ui.session import Act, Notice, Session

if TYPE_CHECKING:
    from studio.dataset.project import Project


def import_into(session: Session, path: Path) -> None:
    """Reads `path` in whatever layout it has. What was left out is told with its number."""
    project = session.project
    if project is None:
        return

    def work(report: Report) -> None:
        _import(session, project, path, report)

    session.start(_("Importing {name}").format(name=path.name), work)


def _import(session: Session, project: "Project", path: Path, report: Report) -> None:
    from studio.dataset.formats.layout import How
    from studio.dataset.importing import import_folder

    imported = import_folder(project, path, How(), dry_run=False, report=report)
    said = _("{count} recordings imported from {name}.").format(count=imported.recordings, name=path.name)
    more = _("{count} files were left out.").format(count=len(imported.skipped)) if imported.skipped else ""
    tone = "warn" if imported.skipped and not imported.recordings else "ok"
    acts = (Act(_("Undo"), session.undo),) if imported.recordings else ()
    session.notify(Notice(said, more, tone, acts))
