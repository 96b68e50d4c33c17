"""What floats at the window's edges: settings, the key map, what is running; and who opens them, and the palette."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from studio.core.job import Job
from studio.core.settings import load_settings, save_setting
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.commands import COMMANDS, shown_key
from studio.ui.controls import Button, Elided, Label, Line, Segmented, draw_key_cap, key_cap_width
from studio.ui.popover import Popover
from studio.ui.session import Session

if TYPE_CHECKING:
    from studio.ui.palette import Palette
    from studio.ui.window import MainWindow

SCALES = (1.0, 1.25, 1.5, 2.0)
SECTION_GAP = 8
_CHOICES = (theme.Choice.LIGHT, theme.Choice.DARK, theme.Choice.FOLLOW)


def saved_choice() -> theme.Choice:
    """Light, dark or follow, as the settings have it."""
    try:
        return theme.Choice(load_settings().get("theme", theme.Choice.FOLLOW.value))
    except ValueError:
        return theme.Choice.FOLLOW


def saved_scale() -> float:
    """How large everything is, 1 to 2; read when the window starts."""
    scale = load_settings().get("scale", 1.0)
    return float(scale) if isinstance(scale, int | float) and 0.5 <= scale <= 4 else 1.0


def saved_text_percent() -> int:
    """How large text is, 100 to 200, as the settings have it."""
    percent = load_settings().get("text_percent", 100)
    return min(max(round(percent), 100), 200) if isinstance(percent, int | float) else 100


class Panels:
    """Those of one window: each is made when it is first asked for, and None before.

    text_chosen: called with the percentage that was chosen for text.
    """

    def __init__(self, window: "MainWindow", text_chosen: Callable[[int], None]) -> None:
        self._window, self._text_chosen = window, text_chosen
        self.palette: Palette | None = None
        self.settings: SettingsPanel | None = None
        self.keys: KeyMap | None = None
        self.jobs: JobsPanel | None = None

    def made_palette(self) -> "Palette":
        if self.palette is None:
            from studio.ui.palette import Palette
            from studio.ui.search import add_sources

            self.palette = Palette(self._window, self._window.commands, self._window.session)
            add_sources(self.palette, self._window)
        return self.palette

    def open_palette(self) -> None:
        self.made_palette().open_with()

    def open_settings(self) -> None:
        if self.settings is None:
            self.settings = SettingsPanel(self._window, self._text_chosen)
        self.settings.open_here(self._window.width() - 12)

    def open_keys(self) -> None:
        if self.keys is None:
            self.keys = KeyMap(self._window)
        self.keys.open_at(top=theme.px(theme.TITLE_ROW) + 8)

    def open_jobs(self) -> None:
        if self.jobs is None:
            self.jobs = JobsPanel(self._window, self._window.session)
        self.jobs.open_here(self._window.width() - 8, self._window.height() - theme.px(theme.STRIP) - 4)

    def refresh_jobs(self) -> None:
        if self.jobs is not None:
            self.jobs.refresh()

    def close_up(self) -> None:
        """All: where they lie is counted from the window's edges."""
        for panel in (self.palette, self.settings, self.keys, self.jobs):
            if panel is not None:
                panel.close_up()


class SettingsPanel(Popover):
    """Theme and sizes. The rest is in settings.toml, for window and command line alike.

    text_chosen: called with the percentage that was chosen for text.
    """

    def __init__(self, window: QWidget, text_chosen: Callable[[int], None]) -> None:
        super().__init__(window, _("Settings"), 368)
        self._text_chosen = text_chosen
        inside = _inside(self, _("Settings"))
        inside.addWidget(Label(_("Colours"), theme.BODY, theme.HEAD))
        self._theme = Segmented([_("Light"), _("Dark"), _("As the desktop")], name=_("Colours"))
        self._theme.chosen.connect(self._choose_theme)
        inside.addWidget(self._theme)
        inside.addSpacing(SECTION_GAP)
        inside.addWidget(Label(_("Size of text"), theme.BODY, theme.HEAD))
        self._text = Segmented([f"{percent} %" for percent in theme.TEXT_PERCENTS], name=_("Size of text"))
        self._text.chosen.connect(self._choose_text)
        inside.addWidget(self._text)
        inside.addSpacing(SECTION_GAP)
        inside.addWidget(Label(_("Size of everything"), theme.BODY, theme.HEAD))
        self._scale = Segmented([f"{scale:.0%}".replace("%", " %") for scale in SCALES], name=_("Size of everything"))
        self._scale.chosen.connect(lambda index: save_setting("scale", SCALES[index]))
        inside.addWidget(self._scale)
        inside.addWidget(
            Label(_("This size changes when the program is started next."), theme.CAPTION, kind="muted", wrap=True)
        )

    def open_here(self, right: int) -> None:
        self._theme.set_index(_CHOICES.index(saved_choice()))
        percent, scale = saved_text_percent(), saved_scale()
        sizes = theme.TEXT_PERCENTS
        self._text.set_index(min(range(len(sizes)), key=lambda index: abs(sizes[index] - percent)))
        self._scale.set_index(min(range(len(SCALES)), key=lambda index: abs(SCALES[index] - scale)))
        self.open_at(right, top=theme.px(theme.TITLE_ROW) + 2)

    def _choose_theme(self, index: int) -> None:
        save_setting("theme", _CHOICES[index].value)
        theme.current().choose(_CHOICES[index])

    def _choose_text(self, index: int) -> None:
        self.close_up()
        self._text_chosen(theme.TEXT_PERCENTS[index])


class KeyMap(Popover):
    """Every action and its keys, from the table of commands."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, _("All keys"), 760)
        inside = _inside(self, _("All keys"))
        columns = QHBoxLayout()
        columns.setSpacing(32)
        pages = dict.fromkeys(row.page for row in COMMANDS)
        halves = QVBoxLayout(), QVBoxLayout()
        lengths = [0, 0]
        for page in pages:
            rows = [row for row in COMMANDS if row.page == page and row.keys]
            side = 0 if lengths[0] <= lengths[1] else 1
            lengths[side] += len(rows) + 2
            halves[side].addWidget(Label(page.capitalize() or _("Everywhere"), theme.BODY, theme.TITLE))
            for row in rows:
                halves[side].addWidget(_KeyRow([shown_key(key) for key in row.keys], _(row.title)))
            halves[side].addSpacing(12)
        holder = QWidget()
        holder.setObjectName("card")
        for half in halves:
            half.setSpacing(0)
            half.addStretch(1)
            columns.addLayout(half, 1)
        holder.setLayout(columns)
        columns.setContentsMargins(0, 0, 12, 0)
        area = QScrollArea()
        area.setWidget(holder)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(min(holder.sizeHint().height() + 8, 640, window.height() - theme.px(160)))
        inside.addWidget(area)


class _KeyRow(QWidget):
    def __init__(self, keys: list[str], words: str) -> None:
        super().__init__()
        self._keys = keys
        self.setFixedHeight(theme.px(26))
        self.setAccessibleName(f"{words}: {', '.join(keys)}")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Elided(words, role="muted"))
        layout.addSpacing(round(sum(key_cap_width(key) + 4 for key in keys)) + 8)

    def paintEvent(self, event: Any) -> None:
        from PySide6.QtGui import QPainter

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = self.width() - 2.0
        for key in reversed(self._keys):
            x -= key_cap_width(key)
            draw_key_cap(painter, x, self.height() / 2, key)
            x -= 4


class JobsPanel(Popover):
    """What is running, each with its progress and a way to stop it."""

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window, _("Running"), 400)
        self._session = session
        self._inside = _inside(self, _("Running"))
        self._rows: dict[int, tuple[Label, QProgressBar]] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self._inside.addLayout(self._list)

    def open_here(self, right: int, bottom: int) -> None:
        self._fill_in()
        self.open_at(right, bottom=bottom)

    def refresh(self) -> None:
        """When a job has something to say."""
        if not self.isVisible():
            return
        if {id(job) for job in self._session.jobs} != set(self._rows):
            self.close_up()
        for job in self._session.jobs:
            self._show(job)

    def _fill_in(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._rows = {}
        for job in self._session.jobs:
            self._list.addWidget(self._row(job))
            self._show(job)
        if not self._session.jobs:
            self._list.addWidget(Label(_("Nothing is running."), kind="muted"))

    def _row(self, job: Job[Any]) -> QWidget:
        row = QWidget()
        layout = QVBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(Elided(job.title, weight=theme.TITLE))
        cancel = Button(_("Cancel"), kind="link")
        cancel.setAccessibleName(_("Cancel {title}").format(title=job.title))
        cancel.clicked.connect(job.cancel)
        top.addWidget(cancel)
        bar = QProgressBar()
        bar.setTextVisible(False)
        said = Label("", theme.CAPTION, kind="muted")
        layout.addLayout(top)
        layout.addWidget(bar)
        layout.addWidget(said)
        self._rows[id(job)] = said, bar
        return row

    def _show(self, job: Job[Any]) -> None:
        if id(job) in self._rows:
            said, bar = self._rows[id(job)]
            fraction, text = job.progress
            said.setText(text)
            bar.setRange(0, 0 if fraction is None else 1000)
            bar.setValue(round(1000 * (fraction or 0)))


def _inside(panel: Popover, title: str) -> QVBoxLayout:
    """The panel's content under its title, with a button that closes it."""
    content = QWidget()
    layout = QVBoxLayout(content)
    layout.setContentsMargins(20, 12, 12, 20)
    layout.setSpacing(8)
    head = QHBoxLayout()
    head.addWidget(Label(title, theme.SECTION, theme.TITLE))
    head.addStretch(1)
    close = Button(icon="cross", kind="ghost", name=_("Close"), key="Esc", slim=True)
    close.clicked.connect(panel.close_up)
    head.addWidget(close)
    layout.addLayout(head)
    layout.addWidget(Line())
    layout.addSpacing(4)
    panel.body.addWidget(content)
    return layout
