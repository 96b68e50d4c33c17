"""Bars: what fits on a board, the parts of a model image, the energy of thinking against sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.icons import SMALL, draw_icon
from studio.ui.widgets.painted import LEFT, RIGHT, Painted, draw_bar, draw_box, draw_text, line_height, px, text_width


class Verdict(Enum):
    """Of a budget: role of its bar and figures, and the icon that says the same without the colour."""

    FITS = ("accent", "")
    GIVES_WAY = ("warn", "clock")  # it fits, as something else makes room for it
    OVER = ("err", "cross")


@dataclass(frozen=True)
class Budget:
    """text: the figures, such as `72 of 1,024 kB`. limit 0: no limit is known. gives_way: what it costs to fit."""

    name: str
    used: float
    limit: float
    text: str
    gives_way: str = ""
    over: bool = False  # it is, whatever the limit says

    @property
    def verdict(self) -> Verdict:
        if self.over or 0 < self.limit < self.used:
            return Verdict.OVER
        return Verdict.GIVES_WAY if self.gives_way else Verdict.FITS

    @property
    def fits(self) -> bool:
        return self.verdict is not Verdict.OVER

    @property
    def said(self) -> str:
        """All of it in words."""
        words = {Verdict.FITS: "", Verdict.GIVES_WAY: self.gives_way, Verdict.OVER: gettext("too large")}[self.verdict]
        return f"{self.name} {self.text}" + (f", {words}" if words else "")


class BudgetBars(Painted):
    """Rows of name, figures and bar; `stacked` has the bar below, for a narrow column."""

    def __init__(self, parent: QWidget | None = None, *, stacked: bool = False) -> None:
        super().__init__(parent)
        self._stacked = stacked
        self._rows: list[Budget] = []
        self.setAccessibleName(gettext("What fits"))

    def show_budgets(self, rows: Sequence[Budget]) -> None:
        self._rows = list(rows)
        self.describe("; ".join(row.said for row in rows))
        self._restyled()

    def sizeHint(self) -> QSize:
        return QSize(px(150 if self._stacked else 330), self._row_height() * max(len(self._rows), 1))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(110 if self._stacked else 220), self._row_height() * max(len(self._rows), 1))

    def paint(self, painter: QPainter) -> None:
        text_font = theme.font(theme.CAPTION)
        names = max((text_width(text_font, row.name) for row in self._rows), default=0) + px(14)
        figures = max((self._figures_width(row) for row in self._rows), default=0) + px(10)
        height = self._row_height()
        for i, row in enumerate(self._rows):
            line = QRectF(0, i * height, self.width(), px(22) if self._stacked else height)
            colour, icon = row.verdict.value
            role, weight = (colour, theme.TITLE) if icon else ("text", theme.TEXT)
            draw_text(painter, line, row.name, role="muted", size=theme.CAPTION)
            width = draw_text(painter, line, row.text, role=role, size=theme.CAPTION, weight=weight, align=RIGHT)
            if icon:
                side = px(SMALL)
                at = QRectF(line.right() - width - side - 4, line.center().y() - side / 2, side, side)
                draw_icon(painter, icon, at, role)
            if self._stacked:
                bar = QRectF(0, line.bottom() + 1, self.width(), 5)
            else:
                bar = QRectF(names, line.center().y() - 2.5, max(self.width() - names - figures, 8), 5)
            share = row.used / row.limit if row.limit > 0 else 0.0
            draw_bar(painter, bar, share, colour)

    @staticmethod
    def _figures_width(row: Budget) -> int:
        icon = row.verdict.value[1]
        return text_width(theme.font(theme.CAPTION, theme.TITLE), row.text) + (px(SMALL) + 4 if icon else 0)

    def _row_height(self) -> int:
        return px(36) if self._stacked else px(22)


@dataclass(frozen=True)
class Part:
    name: str
    bytes: int


class PartsBar(Painted):
    """The bytes of a model image by part: one bar, and a legend in two columns."""

    _INKS: tuple[tuple[str, float], ...] = (
        ("accent", 1.0),
        ("accent", 0.6),
        ("accent", 0.38),
        ("wave", 1.0),
        ("neutral", 0.7),
        ("neutral", 0.4),
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: list[Part] = []
        self.setAccessibleName(gettext("The model image by part"))

    def show_parts(self, parts: Sequence[Part]) -> None:
        self._parts = [part for part in parts if part.bytes > 0]
        self.describe(
            "; ".join(gettext("{name} {bytes} bytes").format(name=p.name, bytes=f"{p.bytes:,}") for p in parts)
        )
        self._restyled()

    def sizeHint(self) -> QSize:
        return QSize(px(390), px(24) + px(22) * -(-max(len(self._parts), 1) // 2))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(260), self.sizeHint().height())

    def paint(self, painter: QPainter) -> None:
        total = sum(part.bytes for part in self._parts)
        if not total:
            return
        gap, x = 2.0, 0.0
        room = self.width() - gap * (len(self._parts) - 1)
        column = self.width() / 2
        for i, part in enumerate(self._parts):
            colour = self._colour(i)
            width = max(room * part.bytes / total, 2.0)
            draw_box(painter, QRectF(x, 0, width, px(13)), ground=colour, radius=2)
            x += width + gap
            row = QRectF((i % 2) * (column + 8), px(24) + (i // 2) * px(22), column - 8, px(22))
            draw_box(painter, QRectF(row.left(), row.center().y() - 5, 10, 10), ground=colour, radius=3)
            figure = f"{part.bytes:,}"
            figure_width = text_width(theme.font(theme.CAPTION), figure) + 4
            name = row.adjusted(px(16), 0, -figure_width - 4, 0)
            draw_text(painter, name, part.name, role="muted", size=theme.CAPTION)
            draw_text(painter, row, figure, size=theme.CAPTION, align=RIGHT)

    def _colour(self, index: int) -> QColor:
        role, opacity = self._INKS[index % len(self._INKS)]
        return theme.current().tint(role, opacity)


@dataclass(frozen=True)
class EnergyRow:
    """pj: None where there is none, and `text` says why."""

    name: str
    detail: str
    pj: float | None
    text: str


class EnergyBars(Painted):
    """One linear scale for all rows, so that a thousandth looks like a thousandth."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[EnergyRow] = []
        self.setAccessibleName(gettext("Energy of one decision"))

    def show_rows(self, rows: Sequence[EnergyRow]) -> None:
        self._rows = list(rows)
        self.describe("; ".join(f"{row.name} {row.text}" for row in rows))
        self._restyled()

    def sizeHint(self) -> QSize:
        return QSize(px(740), px(62) * max(len(self._rows), 1))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(380), px(46) * max(len(self._rows), 1))

    def paint(self, painter: QPainter) -> None:
        largest = max((row.pj or 0.0 for row in self._rows), default=0.0)
        height = self.height() / max(len(self._rows), 1)
        line = line_height(theme.font(theme.BODY))
        names = min(px(255), self.width() * 0.36)
        figures = max((text_width(theme.font(theme.BODY, theme.TITLE), row.text) for row in self._rows), default=0) + 4
        for i, row in enumerate(self._rows):
            middle = (i + 0.5) * height
            draw_text(painter, QRectF(0, middle - line, names - 8, line), row.name, weight=theme.TITLE, align=LEFT)
            draw_text(painter, QRectF(0, middle, names - 8, line), row.detail, role="muted", size=theme.CAPTION)
            figure = QRectF(self.width() - figures, middle - line / 2, figures, line)
            role = "muted" if row.pj is None else "text"
            draw_text(painter, figure, row.text, role=role, weight=theme.TITLE, align=RIGHT)
            room = self.width() - names - figures - px(16)
            if row.pj is not None and largest > 0:
                bar = QRectF(names, middle - px(14), max(room * row.pj / largest, 3.0), px(28))
                draw_box(painter, bar, ground="accent" if i == 0 else "wave", radius=min(3.0, bar.width() / 2))
