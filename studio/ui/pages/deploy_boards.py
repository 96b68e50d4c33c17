"""Boards as columns: what the model takes of each, and whether it fits."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

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
    from studio.model.fit import Fit

USUAL = 4  # boards
_WORDS = (_("Flash"), _("Arena"), _("Sound"))  # of a board, as Fit.needs has them
_MARGIN, _SLIM_MARGIN = 14, 10
_SLIM = 150  # px of width: a card has little room for its words


class BoardColumns(QWidget):
    """A card a board. `chosen` gives the key of the one that is clicked; arrows go along them."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Boards"))
        self._cards: dict[str, BoardCard] = {}
        self._compact = False
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)

    def show_boards(self, boards: Sequence[BoardRow], bundles: "Sequence[Bundle]", used: str, chosen: str) -> None:
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
                self._layout.addWidget(card, 1)
            self._layout.setSpacing(12 if len(boards) <= USUAL else 8)
        for row, bundle in zip(boards, bundles, strict=True):
            self._cards[row.key].show_bundle(bundle, used=row.key == used, chosen=row.key == chosen)

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
        self._used = self._chosen = self._compact = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(px(118))
        self.set_compact(False)

    def set_compact(self, compact: bool) -> None:  # noqa: FBT001
        self._compact = compact
        self.setFixedHeight(px(227) if compact else px(248) + 48)
        self.update()

    def show_bundle(self, bundle: "Bundle", *, used: bool, chosen: bool) -> None:
        self._bundle, self._used, self._chosen = bundle, used, chosen
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
            pictures.paint_board(painter, QRectF(self._margin, y, 84, 34), self._row.key)
            y += 48
        y = self._paint_name(painter, y, room)
        if self._bundle is not None:
            y = self._paint_needs(painter, self._bundle.fit, y, room)
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
            draw_icon(painter, "tick", QRectF(self._margin, y + line + 2, SMALL, SMALL), "accent")
            where.setLeft(self._margin + SMALL + 4)
            draw_text(painter, where, _("in use"), role="accent", size=theme.CAPTION, weight=theme.TITLE)
        else:
            draw_text(painter, QRectF(self._margin, y + line, room, line), clock, role="muted", size=theme.CAPTION)
        return y + 2 * line + 8

    def _paint_needs(self, painter: QPainter, fit: "Fit", y: float, room: float) -> float:
        for name, need in zip(_WORDS, fit.needs, strict=False):
            fits = need.needed_bytes <= need.available_bytes
            line = QRectF(self._margin, y, room, px(18))
            role, weight = ("text", theme.TEXT) if fits else ("err", theme.TITLE)
            needed, there = f"{need.needed_bytes / 1024:,.0f}", f"{need.available_bytes / 1024:,.0f}"
            figures = _("{needed} of {there} kB").format(needed=needed, there=there)
            words = (
                text_width(theme.font(theme.CAPTION), name) + 6 + text_width(theme.font(theme.CAPTION, weight), figures)
            )
            if words > room:
                figures = _("{needed} / {there} kB").format(needed=needed, there=there)
            taken = draw_text(painter, line, figures, role=role, size=theme.CAPTION, weight=weight, align=RIGHT)
            draw_text(painter, line.adjusted(0, 0, -taken - 6, 0), name, role="muted", size=theme.CAPTION)
            share = need.needed_bytes / max(need.available_bytes, 1)
            draw_bar(painter, QRectF(self._margin, y + px(20), room, 5), share, "accent" if fits else "err")
            y += px(34)
        return y

    def _paint_foot(self, painter: QPainter, y: float, room: float) -> None:
        senses = "mic" in self._row.sensors
        radios = ", ".join("Bluetooth LE" if name == "BLE" else name for name in self._row.radios)
        rows = [("radio", radios or _("no radio"), "muted", theme.TEXT)]
        if not senses:
            rows.insert(0, ("minus", _("no microphone"), "err", theme.TEXT))
        elif not self._compact:
            rows.insert(0, ("collect", _("microphone"), "muted", theme.TEXT))
        if self._bundle is not None:
            rows.append((*_verdict(self._bundle, room), theme.TITLE))
        for icon, text, role, weight in rows:
            draw_icon(painter, icon, QRectF(self._margin, y + 3, SMALL, SMALL), role)
            where = QRectF(self._margin + SMALL + 7, y, room - SMALL - 7, px(20))
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
    if text_width(theme.font(theme.CAPTION, theme.TITLE), words) > room - SMALL - 7:
        words = _("every {hop} ms").format(hop=f"{pace.hop_ms:,.0f}")
    return "clock", words, "warn"
