"""What a page is: a row that the rail shows before the page is made, and the base that the window shows.

To add one: its headless object, `pages/x.py` with a Page, a row in `pages.rows.PAGES`, rows in `commands.COMMANDS`, and
its states in `tests/ui/screenshots.py`.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.ui.session import Notice, Session

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.ui.commands import Commands


class PageRow(NamedTuple):
    """title, sentence, group: marked for translation. made_by: "module:Class", imported when first shown or before."""

    name: str
    icon: str
    title: str
    sentence: str
    group: str
    made_by: str

    def load(self) -> Any:
        """Imports its module. Returns the class; from any thread."""
        module, _, kind = self.made_by.partition(":")
        return getattr(importlib.import_module(module), kind)

    def make(self, shell: "Shell") -> "Page":
        made = self.load()(shell)
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
    def take_in(self, path: Path) -> None: ...
    def show_inspector(self, shown: bool) -> None: ...  # noqa: FBT001


class Stack(QStackedWidget):
    """Shows one of several, and needs the room of that one: Qt would take as the least what all of them would like."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        for widget in widgets:
            self.addWidget(widget)
        self.currentChanged.connect(lambda _index: self.updateGeometry())

    def hasHeightForWidth(self) -> bool:
        return False

    def minimumSizeHint(self) -> QSize:
        current = self.currentWidget()
        return super().minimumSizeHint() if current is None else current.minimumSizeHint()


class Page(QWidget):
    """A thin view of headless objects. It is made when first shown, lives until the window closes, and never waits.

    header: widgets at the right of the page's header, from left to right; the primary button is the last one.
    sentence: beside its title, where it is another than its row's. inspector: what the inspector shows beside it, or
    None. inspector_gives_way: whether the page has all its work in itself, so that in a small window the inspector is
    closed until somebody opens it.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.shell = shell
        self.session = shell.session
        self.header: list[QWidget] = []
        self.sentence = ""
        self.inspector: QWidget | None = None
        self.inspector_gives_way = False

    def either(self, empty: QWidget, filled: QWidget) -> Stack:
        """Fills the page with one of the two: index 0 the empty state, 1 what is there otherwise."""
        stack = Stack(empty, filled)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(stack)
        return stack

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
