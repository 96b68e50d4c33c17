"""The takes just made, newest first: each with its waveform, its check, and what can be done with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Ground, Label, draw_chip, draw_focus
from studio.ui.icons import SMALL
from studio.ui.widgets.painted import ClassStyle, device_size, draw_swatch, indexed_image
from studio.ui.widgets.pyramid import Columns, Pyramid, columns_of
from studio.ui.widgets.sample_reader import FileSamples
from studio.ui.widgets.waveform import wave_colours
from studio.ui.widgets.waveform_image import waveform_levels

if TYPE_CHECKING:
    from studio.dataset.catalogue import Listed
    from studio.dataset.project import Project
    from studio.dataset.quality import TakeCheck

WIDTH = 288
SHOWN = 24
COMPARED = 100  # takes before them that a copy is looked for among
REST, OPEN = 78, 122  # px high
HEAD = 34  # px above the waveform
LEAST_SCALE = 0.05  # of full scale at a waveform's edge: a silent take looks silent
_WHOLE_SAMPLES = 1 << 18  # longer recordings are kept as blocks
_AT_ONCE = 1 << 20
TONES = {"good": ("ok", "tick"), "copy": ("plain", "copy"), "silent": ("err", "warn")}


@dataclass(frozen=True, eq=False)
class ShownTake:
    """label: "" for none. number: its place among its label's. like: the number of the take that it repeats."""

    id: str
    path: Path
    label: str
    person: str | None
    number: int
    seconds: float
    check: "TakeCheck"
    like: int | None
    wave: "NDArray[np.int16] | Pyramid"
    peak: int  # counts

    @property
    def verdict(self) -> str:
        """Its check in a word or two."""
        if self.check.kind == "copy":
            number = self.like
            return _("like take {number}").format(number=number) if number is not None else _("like an earlier one")
        words = {
            "good": _("good"),
            "clipped": _("clipped"),
            "silent": _("silent"),
            "short": _("short"),
            "gaps": _("gaps"),
            "dc-offset": _("off centre"),
            "missing": _("no file"),
            "unreadable": _("unreadable"),
            "changed": _("changed"),
        }
        return words.get(self.check.kind, self.check.kind)


def look_at_takes(project: "Project", made: Mapping[str, int], known: Mapping[str, ShownTake]) -> list[ShownTake]:
    """The newest takes, on the catalogue's thread. made: takes by label. known: what was looked at before."""
    from studio.dataset.quality import check_takes

    rows = project.catalogue.newest(SHOWN + COMPARED)
    left = dict(made)
    numbers: dict[str, int] = {}
    for row in rows:
        label = _label_of(row)
        numbers[row.id] = left.get(label, 0)
        left[label] = numbers[row.id] - 1
    shown = rows[:SHOWN]
    new = [row for row in shown if row.id not in known]
    checks = check_takes(project.catalogue, new, rows) if new else {}
    takes = []
    for row in shown:
        before = known.get(row.id)
        wave, peak = (before.wave, before.peak) if before is not None else _wave_of(row.path)
        check = before.check if before is not None else checks[row.id]
        label = _label_of(row)
        like = numbers.get(check.like) if check.like is not None else None
        takes.append(
            ShownTake(row.id, row.path, label, row.person, numbers[row.id], row.seconds, check, like, wave, peak)
        )
    return takes


def _label_of(row: "Listed") -> str:
    return next((label for label in row.labels if label), "")


def _wave_of(path: Path) -> "tuple[NDArray[np.int16] | Pyramid, int]":
    """Nothing for a file that cannot be read: its check says so."""
    import soundfile

    try:
        reader = FileSamples(path)
    except (soundfile.LibsndfileError, OSError):
        return np.zeros(0, np.int16), 0
    try:
        if reader.count <= _WHOLE_SAMPLES:
            samples = reader.read(0, reader.count)
            return samples, int(np.abs(samples.astype(np.int32)).max(initial=0))
        pyramid, peak = Pyramid(), 0
        for start in range(0, reader.count, _AT_ONCE):
            piece = reader.read(start, _AT_ONCE)
            pyramid.append(piece)
            peak = max(peak, int(np.abs(piece.astype(np.int32)).max(initial=0)))
        return pyramid, peak
    finally:
        reader.close()


class TakesList(Ground):
    """Says by signal what is wanted of which take. `chosen` is the one that keys act on."""

    played = Signal(str)
    kept = Signal(str)
    redone = Signal(str)
    removed = Signal(str)

    def __init__(self, keys: Mapping[str, str]) -> None:
        """keys: as shown, of play, keep, redo and remove."""
        super().__init__("bg", "l")
        self.setFixedWidth(WIDTH)
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
        peak = max((take.peak for take in self.takes), default=0) / 32768
        for place, take in enumerate(self.takes):
            card = self._cards.get(take.id) or self._new_card(take.id)
            if self._column.indexOf(card) != place + 1:
                self._column.insertWidget(place + 1, card)
            style = styles.get(take.label, ClassStyle(_("unlabelled"), ring=True))
            card.show_take(take, style, max(peak, LEAST_SCALE))
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

    def _new_card(self, take_id: str) -> "TakeCard":
        card = TakeCard(self._keys)
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


class TakeCard(QWidget):
    """One take. Chosen it is taller and has its buttons; under the mouse they come beside the waveform."""

    chosen = Signal()
    stepped = Signal(int)
    played = Signal()
    kept = Signal()
    redone = Signal()
    removed = Signal()

    def __init__(self, keys: Mapping[str, str]) -> None:
        super().__init__()
        self._keys = keys
        self._take: ShownTake | None = None
        self._style = ClassStyle("")
        self._full_scale = 1.0
        self._is_chosen = self._pending = False
        self._cursor: float | None = None
        self._tools: QWidget | None = None  # the three buttons of a card under the mouse
        self._row: QWidget | None = None  # the buttons of the chosen card
        self._keep: Button | None = None
        self._remove: Button | None = None
        self._image_key: tuple[object, ...] = ()
        self._levels: NDArray[np.uint8] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(REST)

    def show_take(self, take: ShownTake, style: ClassStyle, full_scale: float) -> None:
        self._take, self._style, self._full_scale = take, style, full_scale
        name = _("{label}, take {number}").format(label=style.name, number=take.number)
        self.setAccessibleName(name)
        self.setToolTip(take.check.says)
        told = _("{seconds:.1f} s, {verdict}").format(seconds=take.seconds, verdict=take.verdict)
        self.setAccessibleDescription(f"{told}. {take.check.says}".strip())
        self.update()

    def show_state(self, *, chosen: bool, pending: bool) -> None:
        self._is_chosen, self._pending = chosen, pending
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)
        self.setFixedHeight(OPEN if chosen else REST)
        if chosen and self._row is None:
            self._row = self._make_row()
        if self._row is not None:
            self._row.setVisible(chosen)
        if self._keep is not None and self._remove is not None:
            self._keep.setVisible(pending)
            self._remove.setVisible(not pending)
        if self._tools is not None and chosen:
            self._tools.hide()
        self._place()
        self.update()

    def show_cursor(self, share: float | None) -> None:
        if share != self._cursor:
            self._cursor = share
            self.update()

    # Buttons

    def _make_row(self) -> QWidget:
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        play = Button(icon="play", name=_("Play"), key=self._keys["play"])
        play.clicked.connect(self.played)
        self._keep = Button(_("Keep"), key=self._keys["keep"])
        self._keep.clicked.connect(self.kept)
        redo = Button(_("Redo"), key=self._keys["redo"])
        redo.clicked.connect(self.redone)
        self._remove = Button(icon="trash", kind="ghost", name=_("Remove"), key=self._keys["remove"])
        self._remove.clicked.connect(self.removed)
        for button in (play, self._keep, redo, self._remove):
            layout.addWidget(button)
        layout.addStretch(1)
        return row

    def _make_tools(self) -> QWidget:
        bar = _Bar(self)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(2, 1, 2, 1)
        layout.setSpacing(0)
        for icon, name, signal in (
            ("play", _("Play"), self.played),
            ("undo", _("Redo"), self.redone),
            ("trash", _("Remove"), self.removed),
        ):
            button = Button(icon=icon, kind="ghost", name=name, slim=True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # by keyboard the card is chosen, which has them all
            button.clicked.connect(signal)
            layout.addWidget(button)
        return bar

    def _place(self) -> None:
        if self._row is not None:
            self._row.setGeometry(12, OPEN - 44, self.width() - 24, 34)
        if self._tools is not None:
            self._tools.setGeometry(self.width() - 12 - 92, HEAD + 4, 92, 32)

    # Qt's events

    def resizeEvent(self, event: QEvent) -> None:
        self._place()

    def enterEvent(self, event: QEnterEvent) -> None:
        if not self._is_chosen:
            self._tools = self._tools or self._make_tools()
            self._place()
            self._tools.show()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        if self._tools is not None:
            self._tools.hide()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        take = self._take
        if take is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self._is_chosen:
            painter.setPen(QPen(colours.role("accent"), 1.5))
            painter.setBrush(colours.role("surface"))
            painter.drawRoundedRect(rect.adjusted(0.75, 0.75, -0.75, -0.75), 8, 8)
        elif self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.role("hover"))
            painter.drawRoundedRect(rect, 8, 8)
        else:
            painter.fillRect(QRectF(12, rect.height() - 1, rect.width() - 24, 1), colours.role("line"))
        self._paint_head(painter, take)
        tools = self._tools is not None and self._tools.isVisible()
        self._paint_wave(painter, take, QRect(12, HEAD, self.width() - 24 - (100 if tools else 0), 36))
        if self.hasFocus():
            draw_focus(painter, rect.adjusted(2, 2, -2, -2), 6)

    def _paint_head(self, painter: QPainter, take: ShownTake) -> None:
        colours = theme.current()
        tone, icon = TONES.get(take.check.kind, ("warn", "warn"))
        font = theme.font(theme.CAPTION, theme.HEAD)
        chip = QFontMetricsF(font).horizontalAdvance(take.verdict) + 18 + SMALL + 4
        right = self.width() - 12 - chip
        draw_chip(painter, right, 18, take.verdict, icon, tone)
        draw_swatch(painter, 12, 18, self._style)
        side = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(theme.BODY, theme.TITLE))
        painter.setPen(colours.role("text"))
        number = _("take {number}").format(number=take.number) if take.number else ""
        room = right - 30 - painter.fontMetrics().horizontalAdvance(number) - 12
        name = painter.fontMetrics().elidedText(self._style.name, Qt.TextElideMode.ElideRight, int(max(room, 30)))
        painter.drawText(QRectF(30, 8, room + 4, 20), side, name)
        left = 30 + painter.fontMetrics().horizontalAdvance(name) + 8
        painter.setFont(theme.font())
        painter.setPen(colours.role("muted"))
        painter.drawText(QRectF(left, 8, max(right - left - 4, 0), 20), side, number)

    def _paint_wave(self, painter: QPainter, take: ShownTake, rect: QRect) -> None:
        ratio = self.devicePixelRatioF()
        size = device_size(rect, ratio)
        key = (take.id, size.width(), size.height(), self._full_scale)
        if key != self._image_key:
            columns = _columns(take, size)
            self._levels = (
                None if columns is None else waveform_levels(columns, size.height(), self._full_scale * 32768)
            )
            self._image_key = key
        if self._levels is not None:
            painter.drawImage(rect.topLeft(), indexed_image(self._levels, wave_colours(self._style.colour), ratio))
        if self._cursor is not None:
            x = rect.left() + self._cursor * rect.width()
            painter.fillRect(QRectF(x, rect.top() - 2, 1.5, rect.height() + 4), theme.current().role("text"))


def _columns(take: ShownTake, size: QSize) -> Columns | None:
    if isinstance(take.wave, Pyramid):
        return take.wave.columns(0, take.wave.count, size.width(), lambda _start, _count: np.zeros(0, np.int16))
    return columns_of(take.wave, size.width()) if len(take.wave) else None


class _Bar(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().role("line2"), 1))
        painter.setBrush(theme.current().role("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


class _NoTakes(QWidget):
    """Three ghosts of what will come, and a word on it."""

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5, 3 * (REST + 8) + 10, 5, 0)
        words = _("Each take appears here with its checks: level, clipping, likeness to an earlier one.")
        layout.addWidget(Label(words, theme.CAPTION, kind="muted", wrap=True))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        for place, width in enumerate((62, 48, 34)):
            top = place * (REST + 8)
            dashes = QPen(colours.role("line2"), 1)
            dashes.setDashPattern([4, 3])
            painter.setPen(dashes)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(0.5, top + 0.5, self.width() - 1, REST - 1), 8, 8)
            painter.setPen(QPen(colours.role("line2"), 1.5))
            painter.drawRoundedRect(QRectF(13, top + 13, 9, 9), 3, 3)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.role("fill"))
            painter.drawRoundedRect(QRectF(30, top + 14, width, 8), 4, 4)
            painter.fillRect(QRectF(12, top + 52, self.width() - 24, 1), colours.role("line2"))
