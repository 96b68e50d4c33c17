"""The frequency response of one microphone against another, in bands; where nothing is known it is hatched."""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import (
    CENTRE,
    LEFT,
    Painted,
    clip_to_well,
    draw_curve,
    draw_dashes,
    draw_dot,
    draw_hatch,
    draw_text,
    draw_well,
    line_height,
    px,
    text_width,
)

_GRID_OPACITY, _SPAN_OPACITY, _HATCH_OPACITY = 0.07, 0.12, 0.3
_LEAST_SPAN_DB = 20
_NAMED_HZ = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


class ResponseBand(NamedTuple):
    """hz: its middle. least_db, most_db: between which the response lies; None: not known."""

    hz: float
    least_db: float | None
    most_db: float | None


class ResponseView(Painted):
    """Bands from left to right, each as wide; 0 dB, where both hear alike, is dashed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(gettext("Frequency response"))
        self._bands: list[ResponseBand] = []
        self._low_db, self._high_db = -10, 10
        self.restyle()

    def restyle(self) -> None:
        self.setMinimumHeight(px(150))

    def sizeHint(self) -> QSize:
        return QSize(px(232), px(170))

    def show_bands(self, bands: Sequence[ResponseBand]) -> None:
        self._bands = list(bands)
        values = [db for band in bands for db in (band.least_db, band.most_db) if db is not None]
        low, high = min([*values, 0.0]), max([*values, 0.0])
        self._low_db, self._high_db = 10 * math.floor((low - 2) / 10), 10 * math.ceil((high + 2) / 10)
        if self._high_db - self._low_db < _LEAST_SPAN_DB:
            self._low_db = self._high_db - _LEAST_SPAN_DB
        told = [
            gettext("{hz:,.0f} Hz not known").format(hz=band.hz)
            if band.least_db is None and band.most_db is None
            else gettext("{hz:,.0f} Hz at most {db:+.0f} dB").format(hz=band.hz, db=band.most_db)
            if band.least_db is None
            else gettext("{hz:,.0f} Hz {db:+.0f} dB").format(hz=band.hz, db=band.least_db)
            for band in bands
        ]
        self.describe(", ".join(told))
        self.update()

    def paint(self, painter: QPainter) -> None:
        draw_well(painter, self.rect())
        if not self._bands:
            return
        painter.save()
        clip_to_well(painter, self.rect())
        self._paint_levels(painter)
        for place, band in enumerate(self._bands):
            if band.least_db is None:
                box = QRectF(self._edge(place), 1, self._edge(place + 1) - self._edge(place), self._foot - 1)
                draw_hatch(painter, box, theme.current().tint("wave_soft", _HATCH_OPACITY))
            if band.least_db is None and band.most_db is not None:
                most = QRectF(box.left() + 1, round(self._y(band.most_db)), box.width() - 2, 2)
                painter.fillRect(most, theme.current().role("neutral"))
        known = [place for place, band in enumerate(self._bands) if band.least_db is not None]
        for _key, run in itertools.groupby(enumerate(known), lambda pair: pair[1] - pair[0]):
            self._paint_run(painter, [place for _order, place in run])
        self._paint_names(painter)
        painter.restore()

    def _paint_levels(self, painter: QPainter) -> None:
        step = 10 if self._high_db - self._low_db <= 40 else 20
        height = line_height(theme.font(theme.CAPTION))
        for db in range(math.ceil(self._low_db / step) * step, self._high_db + 1, step):
            y = self._y(db)
            if db == 0:
                ends = QPointF(self._left, round(y)), QPointF(self.width() - 1, round(y))
                draw_dashes(painter, *ends, theme.current().role("muted"))
            else:
                grid = QRectF(self._left, round(y), self.width() - self._left - 1, 1)
                painter.fillRect(grid, theme.current().tint("text", _GRID_OPACITY))
            if height / 2 < y < self._foot - height / 2:
                sign = "+" if db > 0 else "\u2212" if db < 0 else ""
                text = f"{sign}{abs(db)}" if db else gettext("0 dB")
                at = QRectF(6, y - height / 2, self._left, height)
                draw_text(painter, at, text, role="muted", size=theme.CAPTION, align=LEFT)

    def _paint_run(self, painter: QPainter, places: list[int]) -> None:
        """Neighbours that are known: the line of the least, and how much more it may be."""
        accent = theme.current().role("accent")
        x = [(self._edge(place) + self._edge(place + 1)) / 2 for place in places]
        least = [self._y(self._bands[place].least_db or 0.0) for place in places]
        most = [self._y(self._bands[place].most_db or 0.0) for place in places]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.current().tint("accent", 0.0))
        painter.setBrush(theme.current().tint("accent", _SPAN_OPACITY))
        outline = [*zip(x, least, strict=True), *zip(reversed(x), reversed(most), strict=True)]
        painter.drawPolygon(QPolygonF([QPointF(*point) for point in outline]))
        draw_curve(painter, np.array(x), np.array(least), QPen(accent, 2.2))
        for point in zip(x, least, strict=True):
            draw_dot(painter, QPointF(*point), 2.2, "accent")

    def _paint_names(self, painter: QPainter) -> None:
        free = 0.0
        for place, band in enumerate(self._bands):
            if band.hz not in _NAMED_HZ:
                continue
            name = f"{band.hz / 1000:g}k" if band.hz >= 1000 else f"{band.hz:g}"
            name = gettext("{hz} Hz").format(hz=name) if place == 0 else name
            width = text_width(theme.font(theme.CAPTION), name) + 2
            middle = (self._edge(place) + self._edge(place + 1)) / 2
            left = max(middle - width / 2, self._left - px(8))
            if left >= free and left + width < self.width():
                at = QRectF(left, self._foot, width, self.height() - self._foot)
                draw_text(painter, at, name, role="muted", size=theme.CAPTION, align=CENTRE)
                free = left + width + 6

    @property
    def _left(self) -> float:
        return 6 + text_width(theme.font(theme.CAPTION), gettext("0 dB")) + 6

    @property
    def _foot(self) -> float:
        """Where the plot ends, and the axis is named."""
        return self.height() - line_height(theme.font(theme.CAPTION)) - 4

    def _edge(self, place: int) -> float:
        return self._left + (self.width() - 2 - self._left) * place / len(self._bands)

    def _y(self, db: float) -> float:
        return 1 + (self._high_db - db) / (self._high_db - self._low_db) * (self._foot - 2)
