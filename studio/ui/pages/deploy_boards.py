"""Boards as columns: what the model takes of each, and whether it fits."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from studio.boards.board_table import BoardRow
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.icons import SMALL, draw_icon
from studio.ui.pages import pictures
from studio.ui.widgets.painted import (
    LEFT,
    RIGHT,
    draw_bar,
    draw_box,
    draw_focus,
    draw_text,
    line_height,
    px,
    text_width,
)

if TYPE_CHECKING:
    from studio.deploy.bundle import Bundle

USUAL = 4  # boards
_WORDS = (_("Flash"), _("Arena"), _("Window"))  # of a board, as Fit.needs has them
_SENSORS = {
    "microphone": ("collect", _("microphone"), _("no microphone")),
    "imu": ("motion", _("motion sensor"), _("no motion sensor")),
    "camera": ("camera", _("camera"), _("no camera")),
    "environment": ("wave", _("climate sensor"), _("no climate sensor")),
    "colour": ("theme", _("colour sensor"), _("no colour sensor")),
}  # by the name of a SensorKind: its icon, and what is said where a board has it and where not
_MARGIN, _SLIM_MARGIN = 14, 10
_SLIM = 150  # px of width: a card has little room for its words
_LEAST = 146  # px of width of a card: so much has room for its words
_PICTURE = 84, 34  # px
_TALLER = 60  # px that the picture may grow by


class BoardColumns(QWidget):
    """A card a board. `chosen` gives the key of the one that is clicked; arrows go along them."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Boards"))
        self._cards: dict[str, BoardCard] = {}
        self._compact = False
        self._per_row = 0
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def show_boards(
        self, boards: Sequence[BoardRow], bundles: "Sequence[Bundle]", used: str, chosen: str, sensor: str
    ) -> None:
        """sensor: the name of the SensorKind that the model needs."""
        if list(self._cards) != [row.key for row in boards]:
            while (item := self._layout.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()
            self._cards = {}
            for row in boards:
                card = BoardCard(row)
                card.set_compact(self._compact)
                card.clicked.connect(partial(self._choose, row.key))
                self._cards[row.key] = card
            self._layout.setSpacing(12 if len(boards) <= USUAL else 8)
            self._per_row = 0
            self._place_cards()
        for row, bundle in zip(boards, bundles, strict=True):
            self._cards[row.key].show_bundle(bundle, sensor, used=row.key == used, chosen=row.key == chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_cards()

    def minimumSizeHint(self) -> QSize:
        """Of one card: where there is more room, more of them lie side by side."""
        return QSize(px(_LEAST), super().minimumSizeHint().height())

    def _place_cards(self) -> None:
        """As many beside each other as have room, in rows of about the same length."""
        count = len(self._cards)
        most = max((self.width() + 8) // (px(_LEAST) + 8), 1)
        per_row = -(-count // max(-(-count // most), 1))
        if per_row == self._per_row or not count:
            return
        self._per_row = per_row
        for place, card in enumerate(self._cards.values()):
            self._layout.removeWidget(card)
            self._layout.addWidget(card, place // per_row, place % per_row)
        for column in range(max(count, self._layout.columnCount())):
            self._layout.setColumnStretch(column, 1 if column < per_row else 0)

    def set_compact(self, compact: bool) -> None:  # noqa: FBT001
        """Without the pictures and what goes without saying, where there is little height."""
        if compact != self._compact:
            self._compact = compact
            for card in self._cards.values():
                card.set_compact(compact)

    def card(self, key: str) -> "BoardCard | None":
        return self._cards.get(key)

    def _choose(self, key: str, _checked: bool = False) -> None:  # noqa: FBT001, FBT002  as clicked gives it
        self.chosen.emit(key)


class BoardCard(QAbstractButton):
    """One board: picture, name, chip, what the model takes of it, sensors, radio, and the verdict."""

    def __init__(self, row: BoardRow) -> None:
        super().__init__()
        self._row = row
        self._bundle: Bundle | None = None
        self._sensor = "microphone"
        self._used = self._chosen = self._compact = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(px(_LEAST))
        self.set_compact(False)

    def set_compact(self, compact: bool) -> None:  # noqa: FBT001
        self._compact = compact
        least = px(216) if compact else px(282 + 48)
        self.setMinimumHeight(least)
        self.setMaximumHeight(least + (0 if compact else px(_TALLER)))
        self.update()

    def show_bundle(self, bundle: "Bundle", sensor: str, *, used: bool, chosen: bool) -> None:
        """sensor: which the model needs."""
        self._bundle, self._sensor, self._used, self._chosen = bundle, sensor, used, chosen
        fit = bundle.fit
        verdict = f"{_('the model fits')}. {bundle.pace}" if fit.fits else " ".join(fit.reasons)
        words = [self._row.name, *([_("in use")] if used else []), verdict]
        self.setAccessibleName(", ".join(words))
        self.setAccessibleDescription(_("selected") if chosen else "")
        self.setToolTip("\n".join([self._row.name, *fit.reasons]))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left):
            self.focusNextPrevChild(event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right))
        else:
            super().keyPressEvent(event)

    @property
    def _margin(self) -> int:
        return _MARGIN if self.width() >= px(_SLIM) else _SLIM_MARGIN

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        edge = "accent" if self._chosen else "edge" if self.underMouse() else "line2"
        width = 1.5 if self._chosen else 1.0
        draw_box(painter, rect, ground="surface", edge=edge, radius=theme.CARD_RADIUS, width=width)
        room = rect.width() - 2 * self._margin
        y = 14.0
        if not self._compact:
            width, height = (px(length) for length in _PICTURE)
            larger = min(1 + (rect.height() - self.minimumHeight()) / height, room / width)
            pictures.paint_board(painter, QRectF(self._margin, y, width * larger, height * larger), self._row.key)
            y += height * larger + px(14)
        y = self._paint_name(painter, y, room)
        if self._bundle is not None:
            y = self._paint_needs(painter, self._bundle, y, room)
        painter.fillRect(QRectF(self._margin, y + 2, room, 1), theme.current().role("line"))
        self._paint_foot(painter, y + 8, room)
        if self.hasFocus():
            draw_focus(painter, rect, theme.CARD_RADIUS)

    def _paint_name(self, painter: QPainter, y: float, room: float) -> float:
        """The name, and below it the core with its clock, or that it is the one in use."""
        line = line_height(theme.font(theme.BODY)) + 3
        metrics = QFontMetricsF(theme.font(theme.BODY, theme.TITLE))
        name = self._row.name
        if metrics.horizontalAdvance(name) > room:  # the maker's name is what the picture shows
            rest = name.partition(" ")[2]
            name = rest if rest[:1].isupper() else name
        draw_text(painter, QRectF(self._margin, y, room, line), name, weight=theme.TITLE)
        clock = f"{self._row.core}, {self._row.clock_hz / 1e6:g} MHz"
        if self._used:
            where = QRectF(self._margin, y + line, room, line)
            draw_icon(painter, "tick", QRectF(self._margin, y + line + 2, px(SMALL), px(SMALL)), "accent")
            where.setLeft(self._margin + px(SMALL) + 4)
            draw_text(painter, where, _("in use"), role="accent", size=theme.CAPTION, weight=theme.TITLE)
        else:
            draw_text(painter, QRectF(self._margin, y + line, room, line), clock, role="muted", size=theme.CAPTION)
        return y + 2 * line + 8

    def _paint_needs(self, painter: QPainter, bundle: "Bundle", y: float, room: float) -> float:
        for name, need in zip(_WORDS, bundle.fit.needs, strict=False):
            needed, there = f"{need.needed_bytes / 1024:,.0f}", f"{need.available_bytes / 1024:,.0f}"
            share = need.needed_bytes / max(need.available_bytes, 1)
            texts = [_("{needed} of {there} kB"), _("{needed} / {there} kB")]
            texts = [words.format(needed=needed, there=there) for words in texts]
            self._paint_need(painter, QRectF(self._margin, y, room, px(34)), name, texts, share)
            y += px(34)
        if not self._compact:
            pace = bundle.pace
            needed, there = f"{pace.window_ms:,.0f}", f"{pace.hop_ms:,.0f}"
            texts = [_("≈ {needed} of {there} ms"), _("≈ {needed} / {there} ms")]
            texts = [words.format(needed=needed, there=there) for words in texts]
            where = QRectF(self._margin, y, room, px(34))
            self._paint_need(painter, where, _("Time"), texts, pace.window_ms / pace.hop_ms, fits=pace.keeps_up)
            y += px(34)
        return y

    @staticmethod
    def _paint_need(
        painter: QPainter, row: QRectF, name: str, texts: Sequence[str], share: float, *, fits: bool | None = None
    ) -> None:
        """texts: of the figures, of which the first that has room is shown. share: of what there is."""
        fits = share <= 1 if fits is None else fits
        line = QRectF(row.left(), row.top(), row.width(), px(18))
        role, weight = ("text", theme.TEXT) if fits else ("err", theme.TITLE)
        room = row.width() - text_width(theme.font(theme.CAPTION), name) - 6
        font = theme.font(theme.CAPTION, weight)
        figures = next((text for text in texts if text_width(font, text) <= room), texts[-1])
        taken = draw_text(painter, line, figures, role=role, size=theme.CAPTION, weight=weight, align=RIGHT)
        draw_text(painter, line.adjusted(0, 0, -taken - 6, 0), name, role="muted", size=theme.CAPTION)
        bar = QRectF(row.left(), row.top() + px(20), row.width(), 5)
        draw_bar(painter, bar, min(share, 1.0), "accent" if fits else "err")

    def _paint_foot(self, painter: QPainter, y: float, room: float) -> None:
        senses = self._sensor in self._row.rates
        icon, has, lacks = _SENSORS[self._sensor]
        radios = ", ".join("Bluetooth LE" if name == "BLE" else name for name in self._row.radios)
        rows = [("radio", radios or _("no radio"), "muted", theme.TEXT)]
        if not senses:
            rows.insert(0, ("minus", lacks, "err", theme.TEXT))
        elif not self._compact:
            rows.insert(0, (icon, has, "muted", theme.TEXT))
        if self._bundle is not None:
            verdict = _verdict(self._bundle, room) if senses else ("cross", _("lacks the sensor"), "err")
            rows.append((*verdict, theme.TITLE))
        for icon, text, role, weight in rows:
            draw_icon(painter, icon, QRectF(self._margin, y + 3, px(SMALL), px(SMALL)), role)
            where = QRectF(self._margin + px(SMALL) + 7, y, room - px(SMALL) - 7, px(20))
            draw_text(painter, where, text, role=role, size=theme.CAPTION, weight=weight, align=LEFT)
            y += px(21)


def _verdict(bundle: "Bundle", room: float) -> tuple[str, str, str]:
    """Icon, words that fit into `room`, and role."""
    pace = bundle.pace
    if not bundle.fit.fits:
        return "cross", _("does not fit"), "err"
    if not pace.keeps_up:
        return "warn", _("too slow"), "warn"
    if pace.is_finest:
        return "tick", _("fits"), "ok"
    words = _("fits, every {hop} ms").format(hop=f"{pace.hop_ms:,.0f}")
    if text_width(theme.font(theme.CAPTION, theme.TITLE), words) > room - px(SMALL) - 7:
        words = _("every {hop} ms").format(hop=f"{pace.hop_ms:,.0f}")
    return "clock", words, "warn"
