"""Augmentation side by side: a window and four variants, seen, heard, and judged by the model there is."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.dataset.settings import STRENGTHS
from studio.ui import theme
from studio.ui.class_styles import class_styles, shown_label
from studio.ui.controls import Button, Elided, Label, spin_box
from studio.ui.pages.features_figures import TakeView
from studio.ui.pages.features_kinds import KIND_VIEWS
from studio.ui.widgets.painted import RIGHT, ClassStyle, Painted, draw_bar, draw_box, draw_swatch, draw_text, px

if TYPE_CHECKING:
    from studio.ui.pages.features_work import Opinion, Varied

VARIANTS = 4
LINES = 5  # of what a variant was made with
MOST_SEED = 9_999
_CARD_WIDTH, _GAP, _ROOM_FOR_NOTE = 158, 10, 900  # px
_STEPS = 20  # of the slider, from none to twice the usual


class _OpinionView(Painted):
    """What the model says of a take: name, score, bar."""

    def __init__(self) -> None:
        super().__init__()
        self._opinion: Opinion | None = None
        self._style: ClassStyle | None = None
        self._label = ""
        self.setFixedHeight(px(32))
        self.setAccessibleName(_("The model's opinion"))

    def show_opinion(self, opinion: "Opinion | None", style: ClassStyle | None, label: str) -> None:
        self._opinion, self._style, self._label = opinion, style, label
        self.describe(self._words() if opinion is not None else "")
        self.setToolTip(self._words() if opinion is not None else "")
        self.update()

    def _words(self) -> str:
        if self._opinion is None or self._style is None:
            return ""
        if self._opinion.right is False:
            return _("{said}, not {label}").format(said=self._style.name, label=self._label)
        return self._style.name

    def paint(self, painter: QPainter) -> None:
        if self._opinion is None or self._style is None:
            return
        line = QRectF(0, 0, self.width(), px(20))
        draw_swatch(painter, 0, line.center().y(), self._style)
        wrong = self._opinion.right is False
        score = f"{self._opinion.score:.2f}"
        draw_text(painter, line, score, role="warn" if wrong else "text", weight=theme.TITLE, align=RIGHT)
        draw_text(painter, line.adjusted(px(16), 0, -px(36), 0), self._words(), weight=theme.HEAD)
        draw_bar(painter, QRectF(0, px(24), self.width(), 5), self._opinion.score, self._style.colour)


class VariantCard(QFrame):
    """One take. It plays by its button."""

    def __init__(self, title: str, key: str, *, original: bool) -> None:
        super().__init__()
        self._original = original
        self._view: TakeView | None = None
        self.setAccessibleName(title)
        self.play = Button("", "play", slim=True, name=_("Play: {title}").format(title=title), key=key)
        self._title = title
        self.lines = [Elided(size=theme.CAPTION, role="muted") for _line in range(LINES)]
        self.opinion = _OpinionView()
        head = QHBoxLayout()
        head.addWidget(Label(title, weight=theme.TITLE))
        head.addStretch(1)
        head.addWidget(self.play)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(9, 8, 9, 10)
        layout.setSpacing(6)
        layout.addLayout(head)
        words = QVBoxLayout()
        words.setSpacing(1)
        for line in self.lines:
            words.addWidget(line)
        layout.addLayout(words)
        layout.addWidget(self.opinion)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        edge = "edge" if self._original else "line2"
        draw_box(painter, self.rect(), ground="surface", edge=edge, radius=theme.CARD_RADIUS)
        painter.end()

    def hold(self, view: TakeView) -> None:
        """What is shown of the take, below its title."""
        if self._view is not None:
            self._layout.removeWidget(self._view)
            self._view.deleteLater()
        self._view = view
        view.setAccessibleName(_("{title}: as stored, and what the model sees").format(title=self._title))
        self._layout.insertWidget(1, view, 1)

    def show_words(self, words: Sequence[str]) -> None:
        for line, text in zip(self.lines, [*words, *[""] * (LINES - len(words))], strict=True):
            line.set_text(text)


class VariantsPanel(QWidget):
    """play(index): 0 is the original. changed: seed or strength; their values are `seed` and `strength`."""

    play = Signal(int)
    changed = Signal()

    def __init__(self, keys: Sequence[str], dice_key: str) -> None:
        """keys: of the original and of each variant."""
        super().__init__()
        self.styles: Mapping[str, ClassStyle] = {}  # by label, so that each keeps its colour
        titles = [_("Original"), *(_("Variant {n}").format(n=n) for n in range(1, VARIANTS + 1))]
        self.cards = [
            VariantCard(title, key, original=place == 0)
            for place, (title, key) in enumerate(zip(titles, keys, strict=True))
        ]
        for place, card in enumerate(self.cards):
            card.play.clicked.connect(lambda _checked=False, place=place: self.play.emit(place))
        self._kind = ""
        self._takes: list[Any] = []
        self.note = Elided("", role="muted")
        policy = self.note.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # it holds its row apart
        self.note.setSizePolicy(policy)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, round(STRENGTHS[1] * _STEPS / 2))
        self.slider.setValue(_STEPS // 2)
        self.slider.setFixedWidth(px(120))
        self.slider.setPageStep(2)
        self.slider.setAccessibleName(_("Strength of augmentation"))
        self.slider.valueChanged.connect(self._slid)
        self._strength = Label("", weight=theme.VALUE)
        self.seed_box = spin_box(0, MOST_SEED, 1, name=_("Seed"))
        self.seed_box.setFixedWidth(px(72))
        self.seed_box.setKeyboardTracking(False)
        self.seed_box.valueChanged.connect(lambda _value: self.changed.emit())
        self.dice = Button("", "dice", name=_("Other variants"), key=dice_key)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label(_("Augmentation"), weight=theme.TITLE))
        head.addSpacing(6)
        head.addWidget(self.note, 1)
        head.addWidget(Label(_("Strength"), kind="muted"))
        head.addWidget(self.slider)
        head.addWidget(self._strength)
        head.addSpacing(8)
        head.addWidget(Label(_("Seed"), kind="muted"))
        head.addWidget(self.seed_box)
        head.addWidget(self.dice)
        row = QHBoxLayout()
        row.setSpacing(_GAP)
        for card in self.cards:
            row.addWidget(card, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PAGE_MARGIN, 10, theme.PAGE_MARGIN, 14)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addLayout(row, 1)
        self._strength.setFixedWidth(px(46))
        self._say_strength()
        self.show_kind("log_mel")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many variants as have room for their words; two at least."""
        super().resizeEvent(event)
        room = (self.width() - 2 * theme.PAGE_MARGIN + _GAP) // (px(_CARD_WIDTH) + _GAP)
        for place, card in enumerate(self.cards):
            card.setVisible(place < max(room, 3))
        self.note.setVisible(self.width() >= px(_ROOM_FOR_NOTE))

    @property
    def strength(self) -> float:
        return self.slider.value() * 2 / _STEPS

    def set_strength(self, strength: float) -> None:
        """As the project has it; nothing is emitted."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(strength * _STEPS / 2))
        self.slider.blockSignals(False)
        self._say_strength()

    @property
    def seed(self) -> int:
        return self.seed_box.value()

    @property
    def heard(self) -> bool:
        """Whether takes can be played."""
        return KIND_VIEWS[self._kind].heard

    def show_kind(self, kind: str) -> None:
        """Cards for a kind of front end."""
        view = KIND_VIEWS[kind]
        if not self._takes or view.take is not KIND_VIEWS[self._kind].take:
            self._takes = [view.take() for _card in self.cards]
            for card, take in zip(self.cards, self._takes, strict=True):
                card.hold(take)
                card.play.setVisible(view.heard)
        self._kind = kind
        self.note.set_text(view.made)

    def show_takes(self, varied: "Varied", label: str) -> None:
        self.show_kind(varied.spec.kind)
        view = KIND_VIEWS[self._kind]
        view.show_takes(self._takes, varied)
        for place, (card, take) in enumerate(zip(self.cards, varied.takes, strict=True)):
            card.show_words([_("as recorded")] if take.original else view.words_of(take, varied.noises))
            opinion = varied.opinions[place] if varied.opinions else None
            self._show_opinion(card, opinion, label)
            card.play.setEnabled(True)
        if varied.silent_because_other_windows:
            self.note.set_text(_("The newest model takes windows of another length, so it has no opinion of these."))

    def show_nothing(self) -> None:
        KIND_VIEWS[self._kind].show_none(self._takes)
        for card in self.cards:
            card.show_words([])
            self._show_opinion(card, None, "")
            card.play.setEnabled(False)

    def show_playing(self, index: int | None, share: float | None) -> None:
        """Where the take that is heard has come to."""
        for place, card in enumerate(self.cards):
            heard = place == index
            card.play.set_icon("stop" if heard else "play")
            self._takes[place].set_cursor(share if heard else None)

    def _show_opinion(self, card: VariantCard, opinion: "Opinion | None", label: str) -> None:
        said = None if opinion is None else self.styles.get(opinion.said) or class_styles([opinion.said])[opinion.said]
        card.opinion.setVisible(opinion is not None)
        card.opinion.show_opinion(opinion, said, shown_label(label))

    def _slid(self) -> None:
        self._say_strength()
        self.changed.emit()

    def _say_strength(self) -> None:
        words = {0.0: _("none"), 1.0: _("usual")}
        text = words.get(self.strength) or _("{n:.1f} ×").format(n=self.strength)
        self._strength.setText(text)
        self.slider.setAccessibleDescription(text)
