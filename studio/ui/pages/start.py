"""Start: the demo, a new project, the ones opened last; and recordings that were not finished last time."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.core.errors import StudioError
from studio.core.files import safe_name
from studio.core.settings import load_settings, save_setting
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.ui import places, theme
from studio.ui.bridge import when_done
from studio.ui.controls import Button, Elided, Icon, Label, Line, draw_focus
from studio.ui.pages import pictures
from studio.ui.pages.page import Page, Shell
from studio.ui.places import Recent

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.recordings import Unfinished

WIDEST = 1152
SHOWN_RECENT = 5
# What each template makes, as Start says it: title, what it senses, what it gives.
TEMPLATES = {
    "keyword": (mark("Keyword"), mark("Hears the words you choose,"), mark("gives a score for each word")),
}


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
        middle.setMaximumWidth(WIDEST)
        sides.addStretch(1)
        sides.addWidget(middle, 100)
        sides.addStretch(1)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch(4)
        column.addSpacing(16)
        column.addWidget(Label(_("Teach a microcontroller to hear"), theme.FIGURE, theme.TITLE))
        column.addSpacing(6)
        column.addWidget(
            Label(_("Record, label, train and compare, all on this computer. Nothing leaves it."), kind="muted")
        )
        column.addSpacing(28)
        self._unfinished = _UnfinishedRow()
        self._unfinished.hide()
        self._unfinished.kept.connect(self._keep)
        self._left_in = Path()
        column.addWidget(self._unfinished)
        cards = QHBoxLayout()
        cards.setSpacing(24)
        self._demo = _DemoCard()
        self._demo.started.connect(lambda: shell.commands.run("demo"))
        self._new = _NewCard()
        self._new.asked.connect(self._create)
        self._open = _OpenCard()
        self._open.browse.connect(lambda: shell.commands.run("project.open"))
        self._open.chosen.connect(lambda folder: self.session.open(Path(folder)))
        for card in (self._demo, self._new, self._open):
            cards.addWidget(card, 1)
        column.addLayout(cards, 60)
        column.addSpacing(24)
        hint = Label(_("Drop a project, a folder of recordings or a WAV file anywhere on this window."), kind="muted")
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


class _Card(QWidget):
    """White, with a 1 px edge and round corners."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(280)
        self.setMaximumHeight(560)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().role("line2"), 1))
        painter.setBrush(theme.current().role("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        self.paint_inside(painter)

    def paint_inside(self, painter: QPainter) -> None:
        """Over the ground, under the children."""


class _UnfinishedRow(_Card):
    kept = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(64)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 0, 8, 16)
        layout.setSpacing(14)
        layout.addWidget(Icon("refresh", "accent"))
        self._text = Label("", weight=theme.TITLE)
        self._more = Elided(role="muted")
        self._keep = Button(_("Open and keep it"))
        layout.addWidget(self._text)
        layout.addWidget(self._more, 1)
        layout.addWidget(self._keep)
        self._keep.clicked.connect(self.kept)

    def show_found(self, project: str, count: int, length: str) -> None:
        one = _("A recording was not finished last time.")
        self._text.setText(one if count == 1 else _("{count} recordings were not finished.").format(count=count))
        self._more.set_text(_("{length} in {project}").format(length=length, project=project) if length else project)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().role("line2"), 1))
        painter.setBrush(theme.current().role("surface"))
        painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, 47), 8, 8)


class _DemoCard(_Card):
    WORDS = 178  # px below the picture

    started = Signal()

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 0, 24, 24)
        layout.setSpacing(0)
        layout.addStretch(1)
        words = QWidget()
        words.setFixedHeight(self.WORDS)
        box = QVBoxLayout(words)
        box.setContentsMargins(0, 18, 0, 0)
        box.setSpacing(6)
        box.addWidget(Label(_("Try it now, no board needed"), theme.SECTION, theme.TITLE))
        why = _(
            "A virtual board listens for two words. It hears takes in many voices, a model is trained, "
            "and you watch the board and this computer agree."
        )
        box.addWidget(Label(why, kind="muted", wrap=True))
        box.addStretch(1)
        self._button = Button(_("Start the demo"), "play", "primary", key="Ctrl+D")
        self._button.clicked.connect(self.started)
        self._button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.addWidget(self._button)
        layout.addWidget(words)

    def paint_inside(self, painter: QPainter) -> None:
        picture = QRectF(1, 1, self.width() - 2, self.height() - self.WORDS - 25)
        pictures.paint_demo(painter, picture)


class _Choice(QAbstractButton):
    """A template: picture, what it senses, what it gives."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.template = template
        title, senses, gives = TEMPLATES[template]
        self._title, self._lines = _(title), (_(senses), _(gives))
        self.setCheckable(True)
        self.setFixedHeight(112)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"{self._title}: {' '.join(self._lines)}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.role("hover"))
            painter.drawRoundedRect(rect, 8, 8)
        pictures.paint_template(painter, QRectF(16, 16, 120, 80), self.template)
        painter.setPen(colours.role("text"))
        painter.setFont(theme.font(theme.BODY, theme.TITLE))
        x, y = 152.0, rect.height() / 2 - 30
        painter.drawText(QRectF(x, y, rect.width() - x - 8, 20), Qt.AlignmentFlag.AlignVCenter, self._title)
        painter.setFont(theme.font())
        painter.setPen(colours.role("muted"))
        metrics = QFontMetricsF(painter.font())
        for line in self._lines:
            y += 20
            shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, rect.width() - x - 8)
            painter.drawText(QRectF(x, y, rect.width() - x, 20), Qt.AlignmentFlag.AlignVCenter, shown)
        if self.hasFocus():
            draw_focus(painter, rect, 8)


class _NewCard(_Card):
    """A template, a name, a folder. What is wrong is said under the fields."""

    asked = Signal(Path, str, str)

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 20, 8, 24)
        layout.setSpacing(8)
        head = Label(_("New project"), theme.SECTION, theme.TITLE)
        head.setContentsMargins(16, 0, 0, 4)
        layout.addWidget(head)
        self._group = QButtonGroup(self)
        for place, template in enumerate(TEMPLATES):
            choice = _Choice(template)
            self._group.addButton(choice, place)
            layout.addWidget(choice)
        self._group.button(0).setChecked(True)
        form = QWidget()
        grid = QGridLayout(form)
        grid.setContentsMargins(16, 8, 16, 0)
        grid.setVerticalSpacing(6)
        grid.addWidget(Label(_("Name"), theme.CAPTION, theme.HEAD, "muted"), 0, 0)
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("Kitchen light"))
        self.field.setAccessibleName(_("Name of the new project"))
        self.field.textChanged.connect(self._tell_folder)
        self.field.returnPressed.connect(self._ask)
        grid.addWidget(self.field, 1, 0, 1, 2)
        self._folder = Elided(size=theme.CAPTION, role="muted", middle=True)
        change = Button(_("Elsewhere"), kind="link")
        change.setAccessibleName(_("Choose where the project's folder is made"))
        change.clicked.connect(self._choose_parent)
        grid.addWidget(self._folder, 2, 0)
        grid.addWidget(change, 2, 1)
        self._problem = Label("", theme.BODY, kind="err", wrap=True)
        self._problem.hide()
        grid.addWidget(self._problem, 3, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        layout.addWidget(form)
        layout.addStretch(1)
        layout.addWidget(_Path())
        layout.addStretch(1)
        self._make = Button(_("Make the project"), "plus")
        self._make.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._make.clicked.connect(self._ask)
        last = QVBoxLayout()
        last.setContentsMargins(16, 0, 16, 0)
        last.addWidget(self._make)
        layout.addLayout(last)
        self._parent = Path(str(load_settings().get("projects_folder", Path.home() / "TinyML projects")))
        self._tell_folder()

    def show_problem(self, text: str) -> None:
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        self.field.setProperty("invalid", bool(text))
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)

    @property
    def folder(self) -> Path:
        """Where the project would be made."""
        return self._parent / safe_name(self.field.text().strip() or _("Kitchen light"))

    def _tell_folder(self) -> None:
        self.show_problem("")
        self._folder.set_text(str(self.folder).replace(str(Path.home()), "~", 1))

    def _choose_parent(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _("Where projects are made"), str(self._parent))
        if chosen:
            self._parent = Path(chosen)
            save_setting("projects_folder", chosen)
            self._tell_folder()

    def _ask(self) -> None:
        name = self.field.text().strip()
        if not name:
            self.show_problem(_("Give the project a name first."))
            self.field.setFocus()
            return
        template = self._group.checkedButton()
        assert isinstance(template, _Choice)  # noqa: S101
        self.asked.emit(self.folder, template.template, name)


class _Path(QWidget):
    """What comes after: the workflow in four lines."""

    def __init__(self) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(16, 0, 16, 0)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(8)
        layout.setColumnStretch(1, 1)
        for row, (icon, words) in enumerate(
            (
                ("collect", _("Record takes, or drop a folder of them")),
                ("train", _("Train a network that fits the board")),
                ("deploy", _("Put it on the board, without a compiler")),
                ("live", _("Watch board and computer agree")),
            )
        ):
            layout.addWidget(Icon(icon), row, 0)
            layout.addWidget(Elided(words, role="muted"), row, 1)


class _OpenCard(_Card):
    browse = Signal()
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 16, 8, 16)
        layout.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 16, 8)
        head.addWidget(Label(_("Open"), theme.SECTION, theme.TITLE))
        head.addStretch(1)
        browse = Button(_("Browse"), "folder", "ghost", key="Ctrl+O")
        browse.clicked.connect(self.browse)
        head.addWidget(browse)
        layout.addLayout(head)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        layout.addLayout(self._rows, 1)

    def show_recent(self, recent: list[Recent]) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for place, entry in enumerate(recent):
            row = _RecentRow(entry)
            row.opened.connect(self.chosen)
            self._rows.addWidget(row)
            if place < len(recent) - 1:
                line = QWidget()
                box = QHBoxLayout(line)
                box.setContentsMargins(108, 0, 16, 0)
                box.addWidget(Line())
                self._rows.addWidget(line)
        if not recent:
            none = Label(_("Projects you open are listed here."), kind="muted", wrap=True)
            none.setContentsMargins(16, 12, 16, 0)
            self._rows.addWidget(none)
        self._rows.addStretch(1)


class _RecentRow(QAbstractButton):
    """Class balance, name, board, when."""

    opened = Signal(str)

    def __init__(self, entry: Recent) -> None:
        super().__init__()
        self._entry = entry
        self.setFixedHeight(78)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(_("Open {name}").format(name=entry.name))
        self.clicked.connect(lambda: self.opened.emit(entry.folder))
        self.setToolTip(entry.folder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.role("hover"))
            painter.drawRoundedRect(rect, 8, 8)
        middle = rect.height() / 2
        pictures.paint_balance(painter, QRectF(16, middle - 26, 76, 52), self._entry.counts)
        when = when_text(self._entry.opened_s)
        painter.setFont(theme.font())
        painter.setPen(colours.role("muted"))
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        width = QFontMetricsF(painter.font()).horizontalAdvance(when)
        painter.drawText(QRectF(rect.right() - 16 - width, middle - 20, width + 1, 20), side, when)
        board = self._entry.board or _("no board yet")
        painter.drawText(QRectF(108, middle, rect.width() - 124, 20), Qt.AlignmentFlag.AlignVCenter, board)
        painter.setFont(theme.font(theme.BODY, theme.TITLE))
        painter.setPen(colours.role("text"))
        room = rect.width() - 108 - width - 28
        name = QFontMetricsF(painter.font()).elidedText(self._entry.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(108, middle - 20, room + 2, 20), Qt.AlignmentFlag.AlignVCenter, name)
        if self.hasFocus():
            draw_focus(painter, rect, 8)


def when_text(seconds: float) -> str:
    """A day as one says it: today with the time, yesterday, the date."""
    then, now = time.localtime(seconds), time.localtime()
    days = (time.mktime((now.tm_year, now.tm_mon, now.tm_mday, 12, 0, 0, 0, 0, -1))
            - time.mktime((then.tm_year, then.tm_mon, then.tm_mday, 12, 0, 0, 0, 0, -1))) / 86400  # fmt: skip
    if round(days) == 0:
        return _("today, {time}").format(time=time.strftime("%H:%M", then))
    if round(days) == 1:
        return _("yesterday")
    return f"{then.tm_mday} {time.strftime('%B', then)}" + ("" if then.tm_year == now.tm_year else f" {then.tm_year}")
