"""What a page is: a row that the rail shows before the page is made, and the base that the window shows.

To add one: its headless object, `pages/x.py` with a Page, a row in `window.PAGES`, rows in `commands.COMMANDS`, and
its states in `tests/ui/screenshots.py`.
"""

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.controls import Button, Label
from studio.ui.icons import NORMAL, draw_icon
from studio.ui.session import Notice, Session

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.ui.commands import Commands


class PageRow(NamedTuple):
    """title, sentence, group: marked for translation. made_by: "module:Class", imported when first shown."""

    name: str
    icon: str
    title: str
    sentence: str
    group: str
    made_by: str

    def make(self, shell: "Shell") -> "Page":
        module, _, kind = self.made_by.partition(":")
        made = getattr(importlib.import_module(module), kind)(shell)
        assert isinstance(made, Page)  # noqa: S101  a row that names something else is a defect
        return made


class Shell(Protocol):
    """What the window is to its pages."""

    @property
    def session(self) -> Session: ...
    @property
    def commands(self) -> "Commands": ...
    def show_page(self, name: str, *, by_key: bool = False, place: dict[str, Any] | None = None) -> None: ...
    def notify(self, notice: Notice) -> None: ...
    def show_inspector(self, shown: bool) -> None: ...  # noqa: FBT001


class Page(QWidget):
    """A thin view of headless objects. It is made when first shown, lives until the window closes, and never waits.

    header: widgets at the right of the page's header, from left to right; the primary button is the last one.
    inspector: what the inspector shows beside this page, or None.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.shell = shell
        self.session = shell.session
        self.header: list[QWidget] = []
        self.inspector: QWidget | None = None

    def shown(self) -> None:
        """It came to the front, and the window is painted: timers, listening and anything slow begin."""

    def hidden(self) -> None:
        """Another page came to the front, or the window closes: timers and listening end."""

    def project_changed(self, project: "Project | None") -> None:
        """Another project is open, or none. Called on the GUI thread, and once when the page is made."""

    def place(self) -> dict[str, Any]:
        """Zoom, filter, splitter and selection, as JSON, to be remembered for this project."""
        return {}

    def restore(self, place: dict[str, Any]) -> None:
        """Back to a remembered place; what no longer makes sense in it is ignored."""

    def first_focus(self) -> QWidget | None:
        """Where the focus goes when the page is opened by key; None: stays."""
        return None


class _Disc(QWidget):
    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(QSize(44, 44))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().role("sel"))
        painter.drawEllipse(self.rect())
        draw_icon(painter, self._icon, QRectF(12, 12, NORMAL, NORMAL), "accent")


class EmptyState(QWidget):
    """What will be here, why it is not yet, and one button; `link` is a quieter second way, or None."""

    def __init__(
        self, icon: str, title: str, why: str, button: Button | None = None, link: Button | None = None
    ) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setSpacing(0)
        layout.addStretch(1)
        middle = Qt.AlignmentFlag.AlignHCenter
        layout.addWidget(_Disc(icon), alignment=middle)
        layout.addSpacing(14)
        self.title = Label(title, theme.SECTION, theme.TITLE)
        self.why = Label(why, theme.BODY, theme.TEXT, "muted", wrap=True)
        self.why.setAlignment(middle)
        self.why.setFixedWidth(460)
        layout.addWidget(self.title, alignment=middle)
        layout.addSpacing(8)
        row = QHBoxLayout()  # aligned in the column it would be given the height of one line
        row.addStretch(1)
        row.addWidget(self.why)
        row.addStretch(1)
        layout.addLayout(row)
        for extra in (button, link):
            if extra is not None:
                layout.addSpacing(14 if extra is button else 8)
                layout.addWidget(extra, alignment=middle)
        layout.addStretch(1)
