"""Augmentation side by side: a window and four variants, seen, heard, and judged by the model there is."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.dataset.settings import STRENGTHS
from studio.ui import theme
from studio.ui.class_styles import class_styles, shown_label
from studio.ui.controls import Button, Elided, Label, spin_box
from studio.ui.pages.features_steps import WavePicture, full_scale
from studio.ui.widgets.feature_picture import FeaturePicture
from studio.ui.widgets.painted import RIGHT, ClassStyle, Painted, draw_bar, draw_box, draw_swatch, draw_text, px

if TYPE_CHECKING:
    from studio.training.preview import Take
    from studio.ui.pages.features_work import Opinion, Varied

VARIANTS = 4
LINES = 5  # of what a variant was made with
MOST_SEED = 9_999
_CARD_WIDTH, _GAP, _ROOM_FOR_NOTE = 158, 10, 900  # px
_STEPS = 20  # of the slider, from none to twice the usual
_MADE = _("As training makes them: heard as stored, seen as in one epoch.")
_PICTURE_RANGE = 48.0  # int8 steps: less is not stretched over all colours


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
        self.setAccessibleName(title)
        self.play = Button("", "play", slim=True, name=_("Play: {title}").format(title=title), key=key)
        self.wave, self.picture = WavePicture(), FeaturePicture(focusable=False)
        self.wave.setFixedHeight(px(46))
        self.picture.setMinimumHeight(px(72))
        self.picture.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.picture.setAccessibleName(_("{title}: what the model sees").format(title=title))
        self.lines = [Elided(size=theme.CAPTION, role="muted") for _line in range(LINES)]
        self.opinion = _OpinionView()
        head = QHBoxLayout()
        head.addWidget(Label(title, weight=theme.TITLE))
        head.addStretch(1)
        head.addWidget(self.play)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(9, 8, 9, 10)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.wave)
        layout.addWidget(self.picture, 1)
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

    def show_words(self, words: Sequence[str]) -> None:
        for line, text in zip(self.lines, words, strict=True):
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
        self.note = Elided(_MADE, role="muted")
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

    def show_takes(self, varied: "Varied", label: str) -> None:
        scale = full_scale(*(take.samples for take in varied.takes))
        low, high = np.percentile(varied.takes[0].input, (5, 99.7)).tolist()
        high = max(high, low + _PICTURE_RANGE)
        for place, (card, take) in enumerate(zip(self.cards, varied.takes, strict=True)):
            card.wave.show_samples(take.samples, full_scale=scale)
            card.picture.show_values(take.input, low, high)
            card.show_words(words_of(take, varied.noises))
            opinion = varied.opinions[place] if varied.opinions else None
            self._show_opinion(card, opinion, label)
            card.play.setEnabled(True)
        self.note.set_text(note_of(varied))

    def show_nothing(self) -> None:
        for card in self.cards:
            card.wave.show_samples(np.zeros(0, np.int16))
            card.picture.show_values(np.zeros((0, 1), np.int8))
            for line in card.lines:
                line.set_text("")
            self._show_opinion(card, None, "")
            card.play.setEnabled(False)

    def show_playing(self, index: int | None, share: float | None) -> None:
        """Where the take that is heard has come to."""
        for place, card in enumerate(self.cards):
            heard = place == index
            card.play.set_icon("stop" if heard else "play")
            card.wave.set_cursor(share if heard else None)

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


def words_of(take: "Take", noises: Sequence[str]) -> list[str]:
    """LINES lines of what a take was made with: what is heard, then what one epoch makes of it besides."""
    if take.in_epoch is None:
        return [_("as recorded"), *[""] * (LINES - 1)]
    drawn, epoch = take.drawn, take.in_epoch
    if drawn is None:
        heard = [_("another piece, or made anew"), "", ""]
    else:
        move = _("speed {speed:.2f}, {shift} ms").format(speed=drawn.speed, shift=_signed(drawn.shift_ms))
        level = _("level {db} dB").format(db=_signed(drawn.gain_db - drawn.turned_down_db))
        if drawn.noise_snr_db is None:
            noise = _("no noise added")
        else:
            name = _("noise") if drawn.recorded is None else noises[drawn.recorded]
            noise = _("SNR {db:.0f} dB, {name}").format(db=drawn.noise_snr_db, name=name)
        heard = [move, level, noise]
    seen = _("tempo {tempo:.2f}, throat {tract:.2f}").format(tempo=epoch.tempo, tract=epoch.vocal_tract)
    hidden = _("hides {frames} frames, {bands} bands").format(frames=epoch.frames, bands=epoch.bands)
    return [*heard, seen, hidden]


def note_of(varied: "Varied") -> str:
    """What is to be known of the variants on the screen."""
    if varied.silent_because_other_windows:
        return _("The newest model hears windows of another length, so it has no opinion of these.")
    return _MADE


def _signed(value: float) -> str:
    return f"{value:+.0f}".replace("-", "−")
