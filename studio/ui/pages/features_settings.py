"""What Features changes of project.toml: kept a moment after the last edit, and undone by the notice that tells it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.ui.bridge import when_done
from studio.ui.session import Act, Notice, Session

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.settings import ProjectSettings

AFTER_MS = 500  # of the last edit: a held arrow key makes many


class SettingsKeeper(QObject):
    """replaced: the settings on the disk are others than those that were edited, and are to be read again."""

    replaced = Signal()
    saved = Signal()

    def __init__(self, session: Session, owner: QObject) -> None:
        super().__init__(owner)
        self._session = session
        self._settings: ProjectSettings | None = None  # as they are on the disk
        self._unsaved: dict[str, Any] = {}
        self._timer = QTimer(self, interval=AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.save)

    def take(self, settings: "ProjectSettings | None") -> None:
        """As they were just read."""
        self._settings = settings

    def leave(self, folder: Path | None, project: "Project | None") -> None:
        """Another project is open, or the same anew: what was edited last in `folder` is written all the same."""
        self._timer.stop()
        changes = self._changes()
        self._settings, self._unsaved = None, {}
        if not changes or folder is None:
            return

        def write() -> None:
            from studio.dataset.project import open_project

            with open_project(folder, write=True) as left:
                left.change_settings(**changes)

        if project is not None and project.folder == folder:
            when_done(
                self._session.ask(lambda again: again.change_settings(**changes)),
                lambda _done: self.replaced.emit(),
                owner=self,
                failed=self._session.fail,
            )
        else:
            when_done(self._session.in_background(write), lambda _done: None, owner=self, failed=self._session.fail)

    def holds(self, *names: str) -> bool:
        """Whether any of these is edited and not on its way to the disk yet."""
        return any(name in self._unsaved for name in names)

    @property
    def waiting(self) -> bool:
        return self._timer.isActive()

    def edit(self, **changes: Any) -> None:
        """window_ms, front_end_kind, front_end, strength: as Project.change_settings has them."""
        self._unsaved |= changes
        self._timer.start()

    def save(self) -> None:
        """What was edited, into project.toml; at once."""
        self._timer.stop()
        changes, old = self._changes(), self._old()
        self._unsaved = {}
        if changes:
            self._write(changes, undo={name: old[name] for name in changes})

    def _old(self) -> dict[str, Any]:
        before = self._settings
        if before is None:
            return {}
        return {
            "window_ms": before.window_ms,
            "front_end_kind": before.front_end_kind,
            "front_end": dict(before.front_end),
            "strength": before.strength,
        }

    def _changes(self) -> dict[str, Any]:
        """What is edited and differs from the disk."""
        old = self._old()
        return {name: value for name, value in self._unsaved.items() if name in old and value != old[name]}

    def _write(self, changes: Mapping[str, Any], undo: Mapping[str, Any] | None) -> None:
        def write(project: "Project") -> "ProjectSettings":
            project.change_settings(**changes)
            return project.settings

        def written(settings: "ProjectSettings") -> None:
            self._settings = settings
            self.saved.emit()
            self._session.settings_changed()
            strength_alone = set(changes) == {"strength"}
            what = _("The strength of augmentation is changed.") if strength_alone else _("The front end is changed.")
            if undo is None:
                self.replaced.emit()
                self._session.notify(Notice(_("Undone: {title}").format(title=what)))
            else:
                more = _("It counts from the next training on.")
                act = Act(_("Undo"), lambda: self._write(undo, None))
                self._session.notify(Notice(what, more, acts=(act,)))

        when_done(self._session.ask(write), written, owner=self, failed=self._not_written)

    def _not_written(self, error: StudioError) -> None:
        self._session.fail(error)
        self.replaced.emit()
