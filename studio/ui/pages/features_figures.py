"""What Features shows of one window, whatever it is of: a figure for each step, left to right, pointed at together."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.controls import Elided, Icon, Label
from studio.ui.widgets.painted import px

if TYPE_CHECKING:
    from studio.features.steps import Computed
    from studio.training.preview import Looked
    from studio.ui.pages.features_work import Seen

_ROOM_FOR_SIZE = 150  # px of a figure's width: in less its title alone has room


class Figure(QWidget):
    """A picture with its title and size above, and what is pointed at below."""

    def __init__(self, title: str, picture: QWidget) -> None:
        super().__init__()
        self.dimensions = Elided(size=theme.CAPTION, role="muted", right=True)
        self.foot = Elided(size=theme.CAPTION, role="muted")
        self.title = Label(title, theme.CAPTION, theme.TITLE)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.title)
        head.addWidget(self.dimensions, 1)
        picture.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        picture.setMinimumHeight(px(88))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        layout.addLayout(head)
        layout.addWidget(picture, 1)
        layout.addWidget(self.foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.dimensions.setVisible(self.width() >= px(_ROOM_FOR_SIZE))


class Figures(QWidget):
    """Base: the row. Each kind of front end has its own, which says in `show_steps` and `point` what is in it.

    cell: what is pointed at, two numbers whose meaning is the kind's; kept from one window to the next.
    """

    def __init__(self, *steps: tuple[str, QWidget]) -> None:
        """steps: title and picture of each."""
        super().__init__()
        self.cell: tuple[int, int] | None = None
        self.figures = [Figure(title, picture) for title, picture in steps]
        self._arrows: list[Icon] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for figure in self.figures:
            if figure is not self.figures[0]:
                self._arrows.append(Icon("right", size=16))
                row.addWidget(self._arrows[-1])
            row.addWidget(figure, 1)

    def show_window(self, looked: "Looked", seen: "Seen") -> None:
        if looked.steps is None:
            self.show_nothing()
            for figure in self.figures:
                figure.dimensions.set_text("")
                figure.foot.set_text("")
            return
        self.show_steps(looked, looked.steps, seen)
        self.point(*(self.cell or self.first_cell(looked.steps)))

    @abstractmethod
    def show_steps(self, looked: "Looked", steps: "Computed", seen: "Seen") -> None:
        """The window's picture after each step, and its size."""

    @abstractmethod
    def show_nothing(self) -> None:
        """It cannot be read."""

    @abstractmethod
    def first_cell(self, steps: "Computed") -> tuple[int, int]:
        """What is pointed at before anybody has pointed."""

    @abstractmethod
    def point(self, first: int, second: int) -> None:
        """Marks this cell in every figure, and says its value below each."""

    def leave_out(self, place: int, *, left_out: bool) -> None:
        """A step that this front end does not take."""
        self.figures[place].setVisible(not left_out)
        self._arrows[place - 1].setVisible(not left_out)

    def say_sizes(self, texts: Sequence[str]) -> None:
        for figure, text in zip(self.figures, texts, strict=True):
            figure.dimensions.set_text(text)

    def say_values(self, texts: Sequence[str]) -> None:
        """What is pointed at, in each figure."""
        for figure, text in zip(self.figures, texts, strict=True):
            figure.foot.set_text(text)


class TakeView(QWidget):
    """Base of what a card of Augmentation shows of one take: as it is stored, and below that what the model sees."""

    def __init__(self, stored: QWidget, seen: QWidget, share: int = 0) -> None:
        """share: of the height, that what is stored has beside the rest; 0: its own height, fixed."""
        super().__init__()
        seen.setMinimumHeight(px(72))
        seen.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(stored, share)
        layout.addWidget(seen, max(share, 1))

    def set_cursor(self, share: float | None) -> None:
        """Where playing has come to; of what cannot be heard nothing."""
