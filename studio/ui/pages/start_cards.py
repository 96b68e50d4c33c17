"""The cards of Start that begin something: what was left unfinished, the demo, a new project."""

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.core.files import safe_name
from studio.core.settings import load_settings, save_setting
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.ui import theme
from studio.ui.controls import Button, Elided, Icon, Label, draw_focus
from studio.ui.pages import pictures

# What each template makes, as Start says it: title, what it senses, what it gives, a name for such a project.
# Keys are those of dataset.templates, which brings NumPy along, and the first paint does without.
TEMPLATES = {
    "keyword": (
        mark("Keyword"),
        mark("Hears the words you choose,"),
        mark("gives a score for each word"),
        mark("Kitchen light"),
    ),
    "gesture": (
        mark("Gesture"),
        mark("Feels how the board moves,"),
        mark("gives one of your gestures"),
        mark("Wand spells"),
    ),
    "image": (
        mark("Image"),
        mark("Sees what is in the picture,"),
        mark("gives one label a picture"),
        mark("Who is at the door"),
    ),
    "regression": (
        mark("A value"),
        mark("Reads a slow sensor,"),
        mark("gives the number you need"),
        mark("Dew point"),
    ),
}
_PICTURE = (84, 54)  # px
_WIDE = 250  # px at 100 % of text, from where a choice has its picture


class Card(QWidget):
    """White, with a 1 px edge and round corners."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(280)
        self.setMaximumHeight(theme.px(560))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().role("line2"), 1))
        painter.setBrush(theme.current().role("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        self.paint_inside(painter)

    def paint_inside(self, painter: QPainter) -> None:
        """Over the ground, under the children."""


class UnfinishedRow(Card):
    kept = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(48) + 16)
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
        painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 17), 8, 8)


class DemoCard(Card):
    PICTURE = 170  # px high at least

    started = Signal()

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 0, 24, 24)
        layout.setSpacing(0)
        layout.addStretch(1)
        layout.addSpacing(self.PICTURE)
        self._words = words = QWidget()
        box = QVBoxLayout(words)
        box.setContentsMargins(0, 18, 0, 0)
        box.setSpacing(6)
        box.addWidget(Label(_("Try it now, no board needed"), theme.SECTION, theme.TITLE, wrap=True))
        why = _(
            "A virtual board listens for two words. It hears takes in many voices, a model is trained, "
            "and you watch the board and this computer agree."
        )
        box.addWidget(Label(why, kind="muted", wrap=True))
        box.addSpacing(theme.S12)
        self._button = Button(_("Start the demo"), "play", "primary", key="Ctrl+D")
        self._button.clicked.connect(self.started)
        self._button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.addWidget(self._button)
        layout.addWidget(words)

    def paint_inside(self, painter: QPainter) -> None:
        picture = QRectF(1, 1, self.width() - 2, self._words.y() - 2)
        pictures.paint_demo(painter, picture)


class _Choice(QAbstractButton):
    """A template: picture, what it senses, what it gives."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.template = template
        title, senses, gives, example = TEMPLATES[template]
        self.example = _(example)
        self._title, self._lines = _(title), (_(senses), _(gives))
        self.setCheckable(True)
        self._fit()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"{self._title}: {' '.join(self._lines)}")

    @property
    def _wide(self) -> bool:
        """Whether there is room for a picture, and each line fits."""
        return self.width() > theme.px(_WIDE)

    def _fit(self) -> None:
        lines = theme.px(56) if self._wide else 4 * theme.px(19)
        self.setFixedHeight(max(_PICTURE[1], lines) + 18)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.role("hover"))
            painter.drawRoundedRect(rect, 8, 8)
        if self._wide:
            across, high = _PICTURE
            pictures.paint_template(painter, QRectF(12, (rect.height() - high) / 2, across, high), self.template)
        painter.setPen(colours.role("text"))
        painter.setFont(theme.font(theme.BODY, theme.TITLE))
        line_height = theme.px(19)
        lines = 1.5 if self._wide else 2
        x, y = _PICTURE[0] + 26.0 if self._wide else 16.0, rect.height() / 2 - lines * line_height
        painter.drawText(QRectF(x, y, rect.width() - x - 8, line_height), Qt.AlignmentFlag.AlignVCenter, self._title)
        painter.setFont(theme.font())
        painter.setPen(colours.role("muted"))
        if not self._wide:
            room = QRectF(x, y + line_height, rect.width() - x - 8, 3 * line_height)
            painter.drawText(room, Qt.TextFlag.TextWordWrap, " ".join(self._lines))
        metrics = QFontMetricsF(painter.font())
        for line in self._lines if self._wide else ():
            y += line_height
            shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, rect.width() - x - 8)
            painter.drawText(QRectF(x, y, rect.width() - x, line_height), Qt.AlignmentFlag.AlignVCenter, shown)
        if self.hasFocus():
            draw_focus(painter, rect, 8)


class NewCard(Card):
    """A template, a name, a folder. What is wrong is said under the fields."""

    asked = Signal(Path, str, str)

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 20, 8, 24)
        layout.setSpacing(2)
        head = Label(_("New project"), theme.SECTION, theme.TITLE)
        head.setContentsMargins(16, 0, 0, 4)
        layout.addWidget(head)
        self._group = QButtonGroup(self)
        for place, template in enumerate(TEMPLATES):
            choice = _Choice(template)
            self._group.addButton(choice, place)
            layout.addWidget(choice)
        self._group.button(0).setChecked(True)
        self._group.buttonToggled.connect(lambda _button, _checked: self._tell_example())
        form = QWidget()
        grid = QGridLayout(form)
        grid.setContentsMargins(16, 8, 16, 0)
        grid.setVerticalSpacing(6)
        grid.addWidget(Label(_("Name"), theme.CAPTION, theme.HEAD, "muted"), 0, 0)
        self.field = QLineEdit()
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
        self._make = Button(_("Make the project"), "plus")
        self._make.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._make.clicked.connect(self._ask)
        last = QVBoxLayout()
        last.setContentsMargins(16, 0, 16, 0)
        last.addWidget(self._make)
        layout.addLayout(last)
        self._parent = Path(str(load_settings().get("projects_folder", Path.home() / "TinyML projects")))
        self._tell_example()

    def show_problem(self, text: str) -> None:
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        self.field.setProperty("invalid", bool(text))
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)

    @property
    def folder(self) -> Path:
        """Where the project would be made."""
        return self._parent / safe_name(self.field.text().strip() or self._choice.example)

    @property
    def _choice(self) -> _Choice:
        chosen = self._group.checkedButton()
        assert isinstance(chosen, _Choice)  # noqa: S101  one of them always is
        return chosen

    def _tell_example(self) -> None:
        self.field.setPlaceholderText(self._choice.example)
        self._tell_folder()

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
        self.asked.emit(self.folder, self._choice.template, name)
