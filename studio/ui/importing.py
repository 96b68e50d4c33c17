"""A dropped folder or file: looked at as a job, shown as what would come in, and brought in when that is wanted.

What it would be is told by the import itself, as a dry run; then it is a job with one notice at its end, and one undo
step.
"""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.job import Job, JobState, Report
from studio.core.text import counted
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import follow
from studio.ui.class_styles import class_styles, is_unnamed
from studio.ui.controls import Button, Elided, Icon, Label, Line
from studio.ui.popover import Popover
from studio.ui.session import Act, Notice, Session
from studio.ui.widgets.swatch import Swatch

if TYPE_CHECKING:
    from studio.dataset.importing import Imported
    from studio.dataset.project import Project

WIDTH = 640
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
NAMED = 3  # files of those that are left out for one reason


def look_into(window: QWidget, session: Session, path: Path) -> None:
    """Looks at what is at `path`, and shows it over the window. Nothing is written."""
    project = session.project
    if project is None:
        return

    def look(report: Report) -> "Imported":
        from studio.dataset.importing import import_folder

        return import_folder(project, path, dry_run=True, report=report)

    def seen(job: "Job[Imported]") -> None:
        if job.state is JobState.DONE and session.project is project:
            ImportPreview(window, session, path, job.result(0)).open_at(top=theme.px(theme.TITLE_ROW) + 8)

    follow(session.start(_("Looking at {name}").format(name=path.name), look), seen, owner=window)


def import_into(session: Session, path: Path) -> None:
    """Imports `path`, in whatever layout it has. What was left out is told with its number."""
    project = session.project
    if project is None:
        return

    def work(report: Report) -> None:
        _import(session, project, path, report)

    session.start(_("Importing {name}").format(name=path.name), work)


def _import(session: Session, project: "Project", path: Path, report: Report) -> None:
    from studio.dataset.importing import import_folder

    imported = import_folder(project, path, report=report)
    recordings = counted("{n:,} recording", "{n:,} recordings", imported.recordings)
    said = _("{recordings} imported from {name}.").format(recordings=recordings, name=path.name)
    left = len(imported.skipped)
    more = counted("{n:,} file was left out.", "{n:,} files were left out.", left) if left else ""
    tone = "warn" if imported.skipped and not imported.recordings else "ok"
    acts = (Act(_("Undo"), session.undo),) if imported.recordings else ()
    session.notify(Notice(said, more, tone, acts))


class ImportPreview(Popover):
    """What would come in, by class and by person; what would not, and why. Enter brings it in, Escape leaves it."""

    def __init__(self, window: QWidget, session: Session, path: Path, found: "Imported") -> None:
        super().__init__(window, _("Import {name}").format(name=path.name), WIDTH)
        self.found = found
        self.accept: Button | None = None  # where there is anything to bring in
        inside = QVBoxLayout()
        inside.setContentsMargins(20, 16, 20, 16)
        inside.setSpacing(8)
        inside.addWidget(Elided(_("Import {name}").format(name=path.name), theme.SECTION, theme.TITLE))
        inside.addWidget(Label(_summary(found), kind="muted", wrap=True))
        inside.addWidget(Line())
        inside.addWidget(self._make_area(found), 1)
        inside.addWidget(Line())
        foot = QHBoxLayout()
        note = _("The files stay where they are. It is one step, and can be undone as one.")
        foot.addWidget(Label(note if found.recordings else "", theme.CAPTION, kind="muted", wrap=True), 1)
        leave = Button(_("Cancel") if found.recordings else _("Close"), kind="ghost", key="Esc")
        leave.clicked.connect(self.close_up)
        foot.addWidget(leave)
        if found.recordings:
            words = _("Import {count:,} recordings").format(count=found.recordings)
            self.accept = Button(
                words if found.recordings > 1 else _("Import 1 recording"), "import", "primary", key="Enter"
            )
            self.accept.clicked.connect(self.close_up)
            self.accept.clicked.connect(lambda: import_into(session, path))
            foot.addWidget(self.accept)
            self.setFocusProxy(self.accept)
        inside.addLayout(foot)
        self.body.addLayout(inside)

    def close_up(self) -> None:
        super().close_up()
        self.deleteLater()

    def event(self, event: QEvent) -> bool:
        # Enter may be a command of the page below, which would take it first.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _ENTER:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.accept is not None:
            self.accept.click()
        else:
            super().keyPressEvent(event)

    def _make_area(self, found: "Imported") -> QScrollArea:
        holder = QWidget()
        holder.setObjectName("card")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 4, 12, 4)
        column.setSpacing(6)
        if found.recordings:
            columns = QHBoxLayout()
            columns.setSpacing(32)
            columns.addLayout(_counts(_("Classes"), _classes(found)), 1)
            columns.addLayout(_counts(_("People"), _people(found)), 1)
            column.addLayout(columns)
        for notice, count in Counter(notice.why for notice in found.notices).most_common():
            column.addWidget(_told("info", notice, [n.path for n in found.notices if n.why == notice], count))
        if found.skipped:
            column.addSpacing(6)
            column.addWidget(Label(_("Left out"), weight=theme.TITLE))
            for why, count in Counter(skipped.why for skipped in found.skipped).most_common():
                paths = [skipped.path for skipped in found.skipped if skipped.why == why]
                column.addWidget(_told("warn", why, paths, count))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(holder)
        area.setMinimumHeight(min(holder.sizeHint().height(), self.window().height() - theme.px(280)))
        return area


def _summary(found: "Imported") -> str:
    if not found.recordings:
        return _("Nothing in it would be new to this project.")
    people = len([person for person in found.by_person if person is not None])
    said = _("{count:,} recordings would come in, {segments:,} segments, of {people:,} people. Nothing is written yet.")
    return said.format(count=found.recordings, segments=found.segments, people=people)


def _classes(found: "Imported") -> list[tuple[QWidget | None, str, int]]:
    styles = class_styles(label for label in found.by_label if label is not None)
    rows: list[tuple[QWidget | None, str, int]] = []
    for label, count in sorted(found.by_label.items(), key=lambda row: _place_of(row[0])):
        style = styles[label] if label is not None else None
        rows.append((Swatch(style) if style else None, style.name if style else _("no label"), count))
    return rows


def _place_of(label: str | None) -> tuple[bool, bool, str]:
    """The user's words first, then the background, then what has no label."""
    return label is None, label is not None and is_unnamed(label), label or ""


def _people(found: "Imported") -> list[tuple[QWidget | None, str, int]]:
    counts = sorted(found.by_person.items(), key=lambda row: (row[0] is None, row[0] or ""))
    return [(None, person if person is not None else _("nobody named"), count) for person, count in counts]


def _counts(title: str, rows: list[tuple[QWidget | None, str, int]]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(6)
    column.addWidget(Label(title, theme.CAPTION, theme.HEAD, "muted"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for row, (sign, name, count) in enumerate(rows):
        if sign is not None:
            grid.addWidget(sign, row, 0)
        grid.addWidget(Elided(name), row, 1)
        grid.addWidget(Label(f"{count:,}", kind="muted"), row, 2, Qt.AlignmentFlag.AlignRight)
    column.addLayout(grid)
    column.addStretch(1)
    return column


def _told(icon: str, why: str, paths: list[str], count: int) -> QWidget:
    """A reason, for how many files, and the first of them."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(10)
    layout.addWidget(Icon(icon, "muted" if icon == "info" else icon, 16), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(1)
    files = _("1 file: {why}") if count == 1 else _("{count:,} files: {why}")
    words.addWidget(Label(files.format(count=count, why=why), wrap=True))
    names = ", ".join(Path(path).name for path in paths[:NAMED])
    more = _("{names} and {count:,} more").format(names=names, count=count - NAMED) if count > NAMED else names
    words.addWidget(Elided(more, theme.CAPTION, role="muted"))
    layout.addLayout(words, 1)
    return row
