"""One window on its way from samples to the model's int8 input, a figure for each step, and windows to choose from."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.class_styles import class_styles
from studio.ui.controls import LINK_PADDING, Button, Ground, Label
from studio.ui.pages.features_kinds import KIND_VIEWS
from studio.ui.widgets.painted import ClassStyle, Painted, draw_swatch, draw_text, px, text_width
from studio.ui.widgets.picture_strip import PictureStrip, StripCell

if TYPE_CHECKING:
    from studio.training.preview import Looked
    from studio.ui.pages.features_work import Seen

_PADDING = theme.PAGE_MARGIN


class ClassName(Painted):
    """A swatch, a name, and what else is said of it."""

    def __init__(self) -> None:
        super().__init__()
        self._style: ClassStyle | None = None
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_name(self, style: ClassStyle | None, text: str) -> None:
        self._style, self._text = style, text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(18) + text_width(theme.font(), self._text) + 2, px(20))

    def paint(self, painter: QPainter) -> None:
        if self._style is not None:
            draw_swatch(painter, 1, self.height() / 2, self._style)
            draw_text(painter, QRectF(px(18), 0, self.width() - px(18), self.height()), self._text)


class StepsPanel(QWidget):
    """chosen(index): another window. play: the window is to be heard, where it can be.

    figures: of the kind of front end that is shown.
    """

    chosen = Signal(int)

    def __init__(self, play_key: str, others_key: str) -> None:
        super().__init__()
        self._looked: Sequence[Looked] = ()
        self._seen: Seen | None = None
        self._styles: Mapping[str, ClassStyle] = {}
        self._kind = "log_mel"
        self.figures = KIND_VIEWS[self._kind].figures()
        self.play = Button("", "play", "ghost", slim=True, name=_("Play the window"), key=play_key)
        self.others = Button("", "refresh", "ghost", slim=True, name=_("Look at other windows"), key=others_key)
        self.name = ClassName()
        self.strip = PictureStrip()
        self.strip.chosen.connect(self._choose)
        self.problem = Label(kind="err", wrap=True)
        self.problem.hide()
        self.label = Button(_("Open in Label"), kind="link")
        self._build()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label(_("One window, step by step"), weight=theme.TITLE))
        head.addWidget(self.play)
        head.addStretch(1)
        head.addWidget(self.name)
        head.addWidget(self.label)
        head.addSpacing(-LINK_PADDING)  # its text ends where the figures do
        self._top = QVBoxLayout()
        self._top.setContentsMargins(_PADDING, 14, _PADDING, 10)
        self._top.setSpacing(8)
        self._top.addLayout(head)
        self._top.addWidget(self.problem)
        self._top.addWidget(self.figures, 1)
        band = Ground("bg", "tb")
        below = QHBoxLayout(band)
        below.setContentsMargins(_PADDING - 5, 5, _PADDING - 12, 5)
        below.setSpacing(8)
        below.addWidget(self.strip, 1)
        below.addWidget(self.others)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._top, 1)
        layout.addWidget(band)

    def show_windows(self, seen: "Seen", styles: Mapping[str, ClassStyle], index: int) -> None:
        """styles: of each label there is, so that it looks as it does elsewhere."""
        self._looked, self._seen, self._styles = seen.looked, seen, styles
        self._show_kind(seen.spec.kind)
        cells = [
            StripCell(style := self.style_of(each.example.label), title_of(each, style), thumb)
            for each, thumb in zip(seen.looked, seen.thumbs, strict=True)
        ]
        self.strip.show_cells(cells, index)
        self._show()

    @property
    def index(self) -> int:
        return self.strip.index

    @property
    def looked(self) -> "Looked | None":
        return self._looked[self.index] if self.index < len(self._looked) else None

    @property
    def cell(self) -> tuple[int, int] | None:
        """What is pointed at, as the figures have it."""
        return self.figures.cell

    @cell.setter
    def cell(self, cell: tuple[int, int] | None) -> None:
        self.figures.cell = cell

    def style_of(self, label: str) -> ClassStyle:
        return self._styles.get(label) or class_styles([label])[label]

    def _show_kind(self, kind: str) -> None:
        """Other figures where the front end is of another kind; the last layout item is theirs."""
        view = KIND_VIEWS[kind]
        self.play.setVisible(view.heard)
        if kind == self._kind:
            return
        self._kind, before = kind, self.figures
        self.figures = view.figures()
        self.figures.cell = before.cell
        self._top.replaceWidget(before, self.figures)
        self._top.setStretchFactor(self.figures, 1)
        before.deleteLater()
        QWidget.setTabOrder(self.label, self.figures)

    def _show(self) -> None:
        window, seen = self.looked, self._seen
        if window is None or seen is None:
            return
        style = self.style_of(window.example.label)
        self.name.show_name(style, title_of(window, style))
        self.problem.setVisible(window.problem is not None)
        self.play.setEnabled(window.steps is not None)
        if window.problem is not None:
            path = window.example.clip.path
            self.problem.setText(f"{window.problem} {window.problem.advice()}".replace(str(path), path.name))
        self.figures.show_window(window, seen)

    def _choose(self, index: int) -> None:
        self.cell = None
        self._show()
        self.chosen.emit(index)


def title_of(window: "Looked", style: ClassStyle) -> str:
    """Its label's name, a take, and who it is of where the take's name does not tell."""
    example = window.example
    person = example.person if example.person and example.person not in example.take else None
    return ", ".join(part for part in (style.name, example.take, person) if part)
