"""Start: the demo, a new project, the ones opened last; and recordings that were not finished last time."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.ui import places, theme
from studio.ui.bridge import when_done
from studio.ui.controls import Label
from studio.ui.pages.page import Page, Shell
from studio.ui.pages.start_cards import DemoCard, NewCard, UnfinishedRow
from studio.ui.pages.start_recent import OpenCard
from studio.ui.places import Recent

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.recordings import Unfinished

WIDEST = 1152
SHOWN_RECENT = 5


class StartPage(Page):
    """It knows no project; what it makes and opens is the session's."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setObjectName("frame")
        self._recent: list[Recent] = []
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outside.addWidget(area)
        holder = QWidget()
        holder.setObjectName("frame")
        area.setWidget(holder)
        sides = QHBoxLayout(holder)
        sides.setContentsMargins(24, 0, 24, 0)
        middle = QWidget()
        middle.setMaximumWidth(theme.px(WIDEST))
        sides.addStretch(1)
        sides.addWidget(middle, 100)
        sides.addStretch(1)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch(4)
        column.addSpacing(16)
        column.addWidget(Label(_("Teach a microcontroller to hear, see or feel"), theme.FIGURE, theme.TITLE))
        column.addSpacing(6)
        column.addWidget(
            Label(_("Record, label, train and compare, all on this computer. Nothing leaves it."), kind="muted")
        )
        column.addSpacing(28)
        self._unfinished = UnfinishedRow()
        self._unfinished.hide()
        self._unfinished.kept.connect(self._keep)
        self._left_in = Path()
        column.addWidget(self._unfinished)
        cards = QHBoxLayout()
        cards.setSpacing(24)
        self._demo = DemoCard()
        self._demo.started.connect(lambda: shell.commands.run("demo"))
        self._new = NewCard()
        self._new.asked.connect(self._create)
        self._open = OpenCard()
        self._open.browse.connect(lambda: shell.commands.run("project.open"))
        self._open.chosen.connect(lambda folder: self.session.open(Path(folder)))
        for card in (self._demo, self._new, self._open):
            cards.addWidget(card, 1)
        column.addLayout(cards, 60)
        column.addSpacing(24)
        hint = Label(
            _("Drop a project, a folder of recordings, or a WAV, CSV or picture file anywhere on this window."),
            kind="muted",
        )
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(hint)
        column.addSpacing(16)
        column.addStretch(6)

    def shown(self) -> None:
        self._recent = places.load_recent()
        self._open.show_recent(self._recent[:SHOWN_RECENT])
        self._look_for_unfinished()

    def project_changed(self, project: "Project | None") -> None:
        if self.isVisible():
            self.shown()

    def first_focus(self) -> QWidget | None:
        return self._new.field

    def _create(self, folder: Path, template: str, name: str) -> None:
        self._new.show_problem("")
        future = self.session.create(folder, template, name)
        when_done(future, lambda _project: None, owner=self, failed=self._not_created)

    def _not_created(self, error: StudioError) -> None:
        self._new.show_problem(f"{error} {error.advice()}")

    def _look_for_unfinished(self) -> None:
        """On a thread: the folders may be slow."""
        folders = [Path(row.folder) for row in self._recent]
        if not folders:
            return

        def look() -> "list[tuple[Path, Unfinished]]":
            from studio.dataset.project import unfinished_recordings

            return [(folder, found) for folder in folders for found in unfinished_recordings(folder)]

        when_done(self.session.in_background(look), self._show_unfinished, owner=self)

    def _show_unfinished(self, found: "list[tuple[Path, Unfinished]]") -> None:
        self._unfinished.setVisible(bool(found))
        if not found:
            return
        folder, first = found[0]
        name = next((row.name for row in self._recent if Path(row.folder) == folder), folder.name)
        mine = [entry for place, entry in found if place == folder]
        self._unfinished.show_found(name, len(mine), _length_text(first) if len(mine) == 1 else "")
        self._left_in = folder

    def _keep(self) -> None:
        self._unfinished.hide()
        self.session.open(self._left_in)
        self.session.recover()  # on the same thread, after it


def _length_text(found: "Unfinished") -> str:
    sidecar = found.sidecar
    if sidecar is None:
        return ""
    try:
        seconds = max(0, found.path.stat().st_size - 44) / 2 / sidecar.rate_hz
    except (OSError, AttributeError, ZeroDivisionError):
        return ""
    return _("{seconds:.1f} s from {source}").format(seconds=seconds, source=sidecar.source)
