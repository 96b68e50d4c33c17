"""Windows side by side, small, with what the model made of each; only those in view are asked for."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.icons import draw_icon
from studio.ui.widgets.painted import (
    KEY_FOCUS,
    RIGHT,
    ClassStyle,
    draw_box,
    draw_text,
    draw_well,
    px,
    text_width,
)
from studio.ui.widgets.window_thumb import Thumb

_WIDTH, _HEIGHT, _GAP, _PAD = 190, 172, 14, 12
_KEPT = 400


@dataclass(frozen=True)
class WindowCard:
    """title: whose it is; detail: which take. first and second: the two likeliest classes with their scores, 0..1; or,
    of a value, said: in words.
    """

    title: str
    detail: str
    first: tuple[ClassStyle, float] | None = None
    second: tuple[ClassStyle, float] | None = None
    said: str = ""


class WindowStrip(QAbstractScrollArea):
    """Arrows move, Enter and a double click play; `wanted(places)`: of which `show_window` should be called."""

    chosen = Signal(int)
    opened = Signal(int)
    wanted = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(gettext("Windows of the opened cell"))
        self._cards: list[WindowCard] = []
        self._thumbs: OrderedDict[int, Thumb] = OrderedDict()
        self._plays = True
        self._asked: set[int] = set()
        self._at = -1
        self._playing = False
        self._full_scale = 0.1
        self.horizontalScrollBar().valueChanged.connect(self._look)
        theme.current().changed.connect(self._restyled)
        self._restyled()

    def show_cards(self, cards: Sequence[WindowCard]) -> None:
        self._cards, self._at, self._playing, self._full_scale = list(cards), 0 if cards else -1, False, 0.1
        self._thumbs.clear()
        self._asked.clear()
        self.horizontalScrollBar().setValue(0)
        self._fit()
        self._say()
        self._look()

    def show_window(self, place: int, thumb: Thumb) -> None:
        """All cards share one gain, so that a faint one looks faint."""
        if place >= len(self._cards):
            return
        self._full_scale = max(self._full_scale, thumb.peak)
        self._thumbs[place] = thumb
        while len(self._thumbs) > _KEPT:
            self._asked.discard(self._thumbs.popitem(last=False)[0])
        self.viewport().update()

    def set_plays(self, plays: bool) -> None:  # noqa: FBT001
        """Whether the chosen card has a button to play it."""
        self._plays = plays
        self.viewport().update()

    def show_playing(self, playing: bool) -> None:  # noqa: FBT001
        self._playing = playing
        self.viewport().update()

    @property
    def current(self) -> int | None:
        """Place of the card that is chosen."""
        return self._at if self._at >= 0 else None

    def choose(self, place: int) -> None:
        if 0 <= place < len(self._cards) and place != self._at:
            self._at = place
            left = place * self._step()
            bar = self.horizontalScrollBar()
            if left < bar.value() or left + px(_WIDTH) > bar.value() + self.viewport().width():
                bar.setValue(min(max(left - px(_GAP), 0), bar.maximum()))
            self._say()
            self.viewport().update()
            self.chosen.emit(place)

    def card_rect(self, place: int) -> QRectF:
        left = place * self._step() - self.horizontalScrollBar().value() + 1
        return QRectF(left, 1, px(_WIDTH), px(_HEIGHT) - 2)

    def sizeHint(self) -> QSize:
        return QSize(px(600), px(_HEIGHT) + 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.current().role("bg"))
        for place in self._visible():
            self._paint_card(painter, place)
        painter.end()

    def _paint_card(self, painter: QPainter, place: int) -> None:
        card, box = self._cards[place], self.card_rect(place)
        chosen = place == self._at
        edge = "accent" if chosen else "line2"
        width = 2.0 if chosen and self.hasFocus() else 1.5 if chosen else 1.0
        draw_box(painter, box, ground="surface", edge=edge, radius=theme.CARD_RADIUS, width=width)
        inner = box.adjusted(_PAD, _PAD - 2, -_PAD, -_PAD + 2)
        picture = QRectF(inner.left(), inner.top(), inner.width(), px(97))
        thumb = self._thumbs.get(place)
        if thumb is None:
            draw_well(painter, picture.toRect())
        else:
            thumb.paint(painter, picture, full_scale=self._full_scale, ratio=self.devicePixelRatioF())
        if chosen and self._plays:
            corner = QRectF(inner.right() - 26, inner.top(), 26, 26)
            draw_box(painter, corner, ground="accent", radius=4)
            draw_icon(painter, "stop" if self._playing else "play", corner.adjusted(5, 5, -5, -5), "on_accent")
        line = QRectF(inner.left(), picture.bottom() + 5, inner.width(), px(18))
        draw_text(painter, line, card.title, weight=theme.TITLE, size=theme.CAPTION)
        draw_text(painter, line.adjusted(px(50), 0, 0, 0), card.detail, role="muted", size=theme.CAPTION, align=RIGHT)
        below = QRectF(inner.left(), line.bottom() + 4, inner.width(), px(24))
        if card.said:
            draw_text(painter, below, card.said, size=theme.CAPTION, weight=theme.TITLE)
        else:
            self._paint_scores(painter, card, below)

    @staticmethod
    def _paint_scores(painter: QPainter, card: WindowCard, box: QRectF) -> None:
        draw_box(painter, QRectF(box.left(), box.top(), box.width(), 5), ground="fill", radius=2.5)
        left, words = box.left(), QRectF(box.left(), box.top() + 8, box.width(), px(18))
        for place, scored in enumerate((card.first, card.second)):
            if scored is None:
                continue
            style, score = scored
            draw_box(
                painter, QRectF(left, box.top(), max(box.width() * score - 1, 1), 5), ground=style.colour, radius=2
            )
            left += box.width() * score
            half = words.adjusted(0, 0, -words.width() * 0.42, 0)
            role, weight = "text", theme.TITLE
            if place == 1:
                half, role, weight = words.adjusted(words.width() * 0.58 + 4, 0, 0, 0), "muted", theme.TEXT
            figure = f"{score:.2f}"
            room = half.width() - text_width(theme.font(theme.CAPTION, weight), figure) - 4
            taken = min(text_width(theme.font(theme.CAPTION, weight), style.name), room)
            start = half.left() if place == 0 else half.left() + room - taken
            name = QRectF(start, half.top(), taken + 1, half.height())
            draw_text(painter, name, style.name, role=role, size=theme.CAPTION, weight=weight)
            rest = QRectF(start + taken + 4, half.top(), half.width(), half.height())
            draw_text(painter, rest, figure, role=role, size=theme.CAPTION, weight=weight)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event)
        if place is None:
            return
        inner = self.card_rect(place).adjusted(_PAD, _PAD, -_PAD, -_PAD)
        on_button = (
            self._plays
            and place == self._at
            and QRectF(inner.right() - 28, inner.top() - 4, 32, 32).contains(event.position())
        )
        self.choose(place)
        if on_button:
            self.opened.emit(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event)
        if place is not None:
            self.opened.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps:
            self.choose(self._at + steps[Qt.Key(key)])
        elif key == Qt.Key.Key_Home:
            self.choose(0)
        elif key == Qt.Key.Key_End:
            self.choose(len(self._cards) - 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at >= 0:
            self.opened.emit(self._at)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in KEY_FOCUS:
            self._say()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self._look()

    def _place_at(self, event: QMouseEvent) -> int | None:
        return next((p for p in self._visible() if self.card_rect(p).contains(event.position())), None)

    def _visible(self) -> range:
        first = self.horizontalScrollBar().value() // self._step()
        shown = self.viewport().width() // self._step() + 2
        return range(min(first, len(self._cards)), min(first + shown, len(self._cards)))

    def _look(self) -> None:
        missing = [place for place in self._visible() if place not in self._asked]
        if missing:
            self._asked.update(missing)
            self.wanted.emit(missing)
        self.viewport().update()

    def _say(self) -> None:
        if self._at < 0:
            self.setAccessibleDescription("")
            return
        card = self._cards[self._at]
        said = card.said
        if card.first is not None:
            said = gettext("told {label} {score}").format(label=card.first[0].name, score=f"{card.first[1]:.2f}")
        text = gettext("{place} of {total}: {title}, {detail}, {said}")
        self.setAccessibleDescription(
            text.format(place=self._at + 1, total=len(self._cards), title=card.title, detail=card.detail, said=said)
        )

    def _fit(self) -> None:
        whole = max(len(self._cards) * self._step() - px(_GAP) + 2, 0)
        bar = self.horizontalScrollBar()
        bar.setPageStep(self.viewport().width())
        bar.setSingleStep(self._step())
        bar.setRange(0, max(whole - self.viewport().width(), 0))

    def _restyled(self) -> None:
        self.setFixedHeight(px(_HEIGHT) + 12)
        self._fit()
        self.viewport().update()

    @staticmethod
    def _step() -> int:
        return px(_WIDTH) + px(_GAP)
