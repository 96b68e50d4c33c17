"""The takes just made, newest first, one of them chosen."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.class_styles import shown_label
from studio.ui.controls import Ground, Label
from studio.ui.pages.collect_kinds import SENSORS
from studio.ui.pages.collect_reading import ShownTake
from studio.ui.pages.collect_take_card import REST, TakeCard
from studio.ui.widgets.looks import scales_of
from studio.ui.widgets.painted import ClassStyle, px

WIDTH = 288


class TakesList(Ground):
    """Says by signal what is wanted of which take. `chosen` is the one that keys act on."""

    played = Signal(str)
    kept = Signal(str)
    redone = Signal(str)
    removed = Signal(str)

    def __init__(self, keys: Mapping[str, str]) -> None:
        """keys: as shown, of play, keep, redo and remove."""
        super().__init__("bg", "l")
        self.setFixedWidth(theme.column(WIDTH))
        self.setAccessibleName(_("Takes"))
        self.takes: list[ShownTake] = []
        self.pending = ""  # the take that waits to be kept or done again
        self._keys = keys
        self._chosen = ""
        self._cards: dict[str, TakeCard] = {}
        outside = QVBoxLayout(self)
        outside.setContentsMargins(1, 0, 0, 0)
        outside.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(16, 18, 16, 10)
        head.setSpacing(8)
        head.addWidget(Label(_("Takes"), weight=theme.TITLE))
        self._order = Label(_("newest first"), kind="muted")
        head.addWidget(self._order)
        head.addStretch(1)
        outside.addLayout(head)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outside.addWidget(self._area, 1)
        holder = Ground("bg")
        self._area.setWidget(holder)
        self._column = QVBoxLayout(holder)
        self._column.setContentsMargins(11, 2, 11, 12)
        self._column.setSpacing(2)
        self._area.verticalScrollBar().rangeChanged.connect(self._leave_room)
        self._none = _NoTakes()
        self._column.addWidget(self._none)
        self._column.addStretch(1)

    @property
    def chosen(self) -> ShownTake | None:
        return next((take for take in self.takes if take.id == self._chosen), None)

    def show_takes(self, takes: Iterable[ShownTake], styles: Mapping[str, ClassStyle]) -> None:
        before = {take.id for take in self.takes}
        self.takes = list(takes)
        there = {take.id for take in self.takes}
        for gone in [key for key in self._cards if key not in there]:
            card = self._cards.pop(gone)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        scales = scales_of([take.look for take in self.takes])
        for place, take in enumerate(self.takes):
            card = self._cards.get(take.id) or self._new_card(take)
            if self._column.indexOf(card) != place + 1:
                self._column.insertWidget(place + 1, card)
            several = ", ".join(map(shown_label, take.labels))
            style = styles.get(take.label, ClassStyle(several or _("unlabelled"), ring=True))
            card.show_take(take, style, scales[type(take.look)])
        self._none.setVisible(not self.takes)
        self._order.setVisible(bool(self.takes))
        if self.pending in before - there:
            self.pending = ""
        newest = self.takes[0].id if self.takes else ""
        if self._chosen not in there or (before and newest not in before):
            self._chosen = newest
            self._area.verticalScrollBar().setValue(0)
        self._show_state()

    def choose(self, take_id: str) -> None:
        self._chosen = take_id
        self._show_state()

    def show_playing(self, take_id: str | None, share: float) -> None:
        for key, card in self._cards.items():
            card.show_cursor(share if key == take_id else None)

    def set_pending(self, take_id: str) -> None:
        self.pending = take_id
        self._show_state()

    def first_card(self) -> QWidget | None:
        return self._cards.get(self._chosen)

    def _leave_room(self, _least: int, most: int) -> None:
        """A scroll bar takes the place of the margin: cards are as wide with it as without."""
        self._column.setContentsMargins(11, 2, 0 if most else 11, 12)

    def _new_card(self, take: ShownTake) -> TakeCard:
        take_id = take.id
        card = TakeCard(self._keys, plays=SENSORS[take.kind].plays)
        card.chosen.connect(lambda: self.choose(take_id))
        card.stepped.connect(self._step)
        card.played.connect(lambda: self.played.emit(take_id))
        card.kept.connect(lambda: self.kept.emit(take_id))
        card.redone.connect(lambda: self.redone.emit(take_id))
        card.removed.connect(lambda: self.removed.emit(take_id))
        self._cards[take_id] = card
        return card

    def _step(self, by: int) -> None:
        order = [take.id for take in self.takes]
        place = order.index(self._chosen) + by if self._chosen in order else 0
        if 0 <= place < len(order):
            self.choose(order[place])
            card = self._cards[order[place]]
            card.setFocus(Qt.FocusReason.TabFocusReason)
            self._area.ensureWidgetVisible(card)

    def _show_state(self) -> None:
        for key, card in self._cards.items():
            card.show_state(chosen=key == self._chosen, pending=key == self.pending)


class _NoTakes(QWidget):
    """Three ghosts of what will come, and a word on it."""

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5, 3 * (px(REST) + 8) + 10, 5, 0)
        words = _("Each take appears here with its checks.")
        layout.addWidget(Label(words, theme.CAPTION, kind="muted", wrap=True))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        high = px(REST)
        for place, width in enumerate((62, 48, 34)):
            top = place * (high + 8)
            dashes = QPen(colours.role("line2"), 1)
            dashes.setDashPattern([4, 3])
            painter.setPen(dashes)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(0.5, top + 0.5, self.width() - 1, high - 1), 8, 8)
            painter.setPen(QPen(colours.role("line2"), 1.5))
            painter.drawRoundedRect(QRectF(13, top + 13, 9, 9), 3, 3)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.role("fill"))
            painter.drawRoundedRect(QRectF(30, top + 14, width, 8), 4, 4)
            painter.fillRect(QRectF(12, top + high - 26, self.width() - 24, 1), colours.role("line2"))
