"""A project: one folder with its settings, recordings, catalogue, runs. Copy the folder, and it is all there."""

import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from studio.core.errors import InvalidInput, StorageFailed
from studio.core.files import sync_folder, trash
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.catalogue import Catalogue, ReadOnly
from studio.dataset.database import CatalogueDamaged, CatalogueLost, CatalogueNewer
from studio.dataset.people import People
from studio.dataset.recordings import FOLDER, Unfinished, find_unfinished
from studio.dataset.script import script_people
from studio.dataset.settings import ProjectSettings, change_settings, read_settings, write_settings
from studio.dataset.templates import KEYWORD, TEMPLATES
from studio.dataset.writer_lock import WriterLock

if TYPE_CHECKING:
    from studio.dataset.edits import Touched

DATABASE = "studio.db"
RECORDINGS = FOLDER
RUNS = "runs"
BOARDS = "boards"
EXPORTS = "exports"
_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside its file


class Project:
    """An open project; use with `with`, or close it. Paths are absolute, links followed.

    notices: sentences that whoever opened it should see. catalogue: raises ReadOnly on edits where `writable` is False.
    """

    def __init__(
        self, folder: Path, settings: ProjectSettings, catalogue: Catalogue, lock: WriterLock | None, notices: list[str]
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.catalogue = catalogue
        catalogue.sensed = settings.sensor.kind
        self.notices = notices
        self.recordings_folder = folder / RECORDINGS
        self.runs_folder = folder / RUNS
        self.boards_folder = folder / BOARDS
        self.exports_folder = folder / EXPORTS
        self._lock = lock

    @property
    def writable(self) -> bool:
        return self._lock is not None

    def change_settings(self, **changes: Any) -> None:
        """Writes them to project.toml; they are settings.change_settings'. Raises ReadOnly, BrokenSettings."""
        if not self.writable:
            raise ReadOnly(str(self.folder))
        self.settings = change_settings(self.folder, **changes)
        self.catalogue.sensed = self.settings.sensor.kind

    def people(self) -> People:
        """The ledger of codes and names as it is now. Raises BrokenSettings."""
        return People(self.folder, {*self.catalogue.people(), *script_people(self.catalogue)})

    def undo(self) -> "Touched | None":
        """Takes back this actor's last edit; None: there is none. What the ledger says of a withdrawal goes with it."""
        return self._followed(self.catalogue.undo())

    def redo(self) -> "Touched | None":
        return self._followed(self.catalogue.redo())

    def _followed(self, touched: "Touched | None") -> "Touched | None":
        from studio.dataset.withdrawal import follow

        if touched is not None:
            follow(self)
        return touched

    def close(self) -> None:
        """Lets the next writer in. Twice does no harm."""
        self.catalogue.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def create_project(folder: Path, template: str = KEYWORD, *, name: str | None = None) -> Project:
    """Makes a project in a new or empty folder, and opens it for writing. Raises InvalidInput, StorageFailed."""
    folder = folder.resolve()
    if template not in TEMPLATES:
        raise InvalidInput(template, _("there are these templates: {names}").format(names=", ".join(TEMPLATES)))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(str(folder), mark("it is not an empty folder"), mark("Name a new folder for the project."))
    settings = ProjectSettings.of_template(name or folder.name, template)
    try:
        for part in (RECORDINGS, RUNS, BOARDS, EXPORTS):
            (folder / part).mkdir(parents=True)
        Catalogue(folder / DATABASE, write=True, create=True).close()
        write_settings(folder, settings)  # last: without it the folder is no project yet
        sync_folder(folder)
    except OSError as error:
        raise StorageFailed(str(folder), error.strerror or str(error)) from error
    return open_project(folder, write=True)


def open_project(folder: Path, *, write: bool, repair: bool = False) -> Project:
    """Opens a project; with `write` as its one writer, with `repair` too even if its catalogue is lost or damaged.

    To read, another's writing and a newer version are no hindrance; a newer version is told in `notices`.
    Raises NotFound, BrokenSettings, ProjectHeld, CatalogueLost, CatalogueDamaged, ProjectNewer or CatalogueNewer (to a
    writer), StorageFailed.
    """
    folder = folder.resolve()
    settings = read_settings(folder)
    notices: list[str] = []
    if settings.is_newer:
        error = CatalogueNewer(str(folder))
        if write:
            raise error
        notices.append(f"{error} {error.advice()}")
    lock = WriterLock(folder) if write else None
    try:
        catalogue = _open_catalogue(folder, write=write, repair=repair, notices=notices)
        (folder / RECORDINGS).mkdir(exist_ok=True) if write else None
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    return Project(folder, settings, catalogue, lock, notices)


def _open_catalogue(folder: Path, *, write: bool, repair: bool, notices: list[str]) -> Catalogue:
    try:
        catalogue = Catalogue(folder / DATABASE, write=write)
    except (CatalogueLost, CatalogueDamaged) as error:
        if not (write and repair):
            raise
        notices.append(str(error))
        return _new_catalogue(folder, notices)
    if catalogue.is_newer():
        newer = CatalogueNewer(str(folder))
        notices.append(f"{newer} {newer.advice()}")
    return catalogue


def _new_catalogue(folder: Path, notices: list[str]) -> Catalogue:
    """An empty catalogue in place of one that is lost or damaged, which goes to the trash. `check` fills it."""
    path = folder / DATABASE
    try:
        for old in (path, *(path.with_name(path.name + suffix) for suffix in _BESIDE)):
            if os.path.lexists(old):
                kept = trash(folder, old)
                notices.append(_("What was there is kept as {path}.").format(path=kept)) if old == path else None
    except OSError as error:
        raise StorageFailed(str(path), error.strerror or str(error)) from error
    return Catalogue(path, write=True, create=True)


def unfinished_recordings(folder: Path) -> list[Unfinished]:
    """Recordings that a kill left unfinished: none of them is being written any more. `check` recovers them."""
    return [found for found in find_unfinished(folder / RECORDINGS) if found.abandoned]
