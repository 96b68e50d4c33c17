"""What Collect shows of the catalogue, read on its thread: script, counts, newest takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.dataset.script import Progress, read_progress
from studio.ui.bridge import when_done
from studio.ui.pages.collect_takes import ShownTake, look_at_takes

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.ui.session import Session


@dataclass(frozen=True)
class Seen:
    project: "Project"
    progress: Progress
    takes: list[ShownTake]


class SeenReader(QObject):
    """One reading at a time; what is asked for meanwhile is one more, afterwards."""

    seen = Signal(object)  # Seen

    def __init__(self, session: "Session", parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._reading = False
        self._next: tuple[Project | None, dict[str, ShownTake]] | None = None

    def read(self, project: "Project | None", takes: Sequence[ShownTake]) -> None:
        """takes: as seen last, whose files are not read again. Nothing for no project."""
        known = {take.id: take for take in takes}
        if project is None:
            return
        if self._reading:
            self._next = (project, known)
            return
        self._reading = True

        def look(opened: "Project") -> Seen:
            progress = read_progress(opened.catalogue)
            made: dict[str, int] = {}
            for (label, _person), count in progress.counts.items():
                made[label] = made.get(label, 0) + count
            return Seen(opened, progress, look_at_takes(opened, made, known))

        when_done(self._session.ask(look), self._done, owner=self, failed=self._failed)

    def _done(self, seen: Seen) -> None:
        self.seen.emit(seen)
        self._again()

    def _failed(self, error: StudioError) -> None:
        self._session.fail(error)
        self._again()

    def _again(self) -> None:
        self._reading = False
        following, self._next = self._next, None
        if following is not None:
            self.read(following[0], list(following[1].values()))
