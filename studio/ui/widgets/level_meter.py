"""How loud it is: peak with hold, clipping that stays marked, the noise floor; and the strip's small twin."""

import math
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import LEFT, Painted, draw_box, draw_dashes, draw_focus, draw_text, line_height, px
from studio.ui.widgets.ticks import number_text

LOWEST_DB = -60.0
WARM_DB, HOT_DB = -12.0, -3.0  # from where levels are shown as warning and as error
CLIPPED = 32_767
_HOLD_S = 1.5
_FALL_DB_S = 24.0
_FLOOR_RISE_DB_S = 3.0


@dataclass(frozen=True)
class Level:
    """One block. peak_db, rms_db: dB re full scale, LOWEST_DB for silence; clipped: a sample stood at the end."""

    peak_db: float
    rms_db: float
    clipped: bool


def level_of(samples: NDArray[np.int16]) -> Level:
    """samples: int16 (n,) or (n, channels), n at least 1."""
    wide = samples.astype(np.int32)
    peak = int(np.abs(wide).max())
    rms = float(np.sqrt(np.mean(np.square(wide, dtype=np.float64))))
    return Level(_decibels(peak), _decibels(rms), peak >= CLIPPED)


def _decibels(counts: float) -> float:
    return max(LOWEST_DB, 20 * math.log10(counts / 32768)) if counts > 0 else LOWEST_DB


class LevelTracker:
    """What a meter remembers: the level falling slowly, the highest held, clipping until it is looked at, the floor."""

    def __init__(self) -> None:
        self.level_db = self.held_db = self.floor_db = LOWEST_DB
        self.clipped = False
        self._held_at = self._last = -math.inf

    def show(self, level: Level, now_s: float) -> None:
        since = min(now_s - self._last, 1.0) if self._last > -math.inf else 0.0
        self.floor_db = level.rms_db if self._last == -math.inf else self._next_floor(level.rms_db, since)
        self.level_db = max(level.peak_db, self.level_db - _FALL_DB_S * since)
        if level.peak_db >= self.held_db or now_s - self._held_at > _HOLD_S:
            self.held_db, self._held_at = level.peak_db, now_s
        self.clipped = self.clipped or level.clipped
        self._last = now_s

    def _next_floor(self, rms_db: float, since_s: float) -> float:
        """Down with the quietest at once, up slowly."""
        return min(rms_db, self.floor_db + _FLOOR_RISE_DB_S * since_s)


class LevelMeter(Painted):
    """Upright, with its scale. A click, Enter or Space takes the clip mark away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(gettext("Level"))
        self.tracker = LevelTracker()
        self._drawn: tuple[int, ...] = ()
        self.restyle()

    def restyle(self) -> None:
        self.setFixedWidth(px(14) + px(36))
        self.setMinimumHeight(px(80))

    def sizeHint(self) -> QSize:
        return QSize(px(50), px(300))

    def show_level(self, level: Level, now_s: float | None = None) -> None:
        """now_s: a monotonic clock's, so that the peak is held as long whatever the blocks' length."""
        self.tracker.show(level, time.monotonic() if now_s is None else now_s)
        drawn = (*(round(self._y_of(v)) for v in self._values()), self.tracker.clipped)
        if drawn != self._drawn:
            self._drawn = drawn
            self.update()
        self._tell()

    def reset(self) -> None:
        self.tracker = LevelTracker()
        self.update()
        self._tell()

    def clear_clip(self) -> None:
        self.tracker.clipped = False
        self.update()
        self._tell()

    def paint(self, painter: QPainter) -> None:
        track = self._track()
        at = self.tracker
        if at.clipped:
            draw_box(painter, QRectF(track.left(), 0, track.width(), 6), ground="err", radius=2)
        draw_box(painter, track, ground="fill", radius=3)
        for low, high, role in (
            (LOWEST_DB, WARM_DB, "ok"),
            (WARM_DB, HOT_DB, "warn"),
            (HOT_DB, 0.0, "err"),
        ):
            if at.level_db > low:
                top = self._y_of(min(at.level_db, high))
                height = self._y_of(low) - top
                painter.fillRect(QRectF(track.left(), top, track.width(), height), theme.current().role(role))
        painter.setPen(QPen(theme.current().role("surface"), 1))
        for mark in range(int(LOWEST_DB) + 6, 0, 6):
            y = round(self._y_of(mark)) + 0.5
            painter.drawLine(QPointF(track.left(), y), QPointF(track.right(), y))
        if at.held_db > LOWEST_DB:
            held = QRectF(track.left(), self._y_of(at.held_db) - 1, track.width(), 2)
            painter.fillRect(held, theme.current().role("text"))
        if at.floor_db > LOWEST_DB:
            y = round(self._y_of(at.floor_db)) + 0.5
            ends = QPointF(0, y), QPointF(track.right() + 5, y)
            draw_dashes(painter, *ends, theme.current().role("muted"), on=3, off=2)
        self._paint_scale(painter, track)
        if self.hasFocus():
            draw_focus(painter, self.rect(), 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clear_clip()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.clear_clip()

    def _paint_scale(self, painter: QPainter, track: QRectF) -> None:
        height = line_height(theme.font(theme.CAPTION))
        step = 12 if track.height() > 5.5 * height else 30
        for mark in range(int(LOWEST_DB), 1, step):
            y = min(max(self._y_of(mark) - height / 2, 0), self.height() - height)
            rect = QRectF(track.right() + px(6), y, px(34), height)
            draw_text(painter, rect, number_text(mark), role="muted", size=theme.CAPTION, align=LEFT)

    def _track(self) -> QRectF:
        return QRectF(3, 8, 8, self.height() - 16)

    def _y_of(self, level_db: float) -> float:
        track = self._track()
        return track.bottom() - (max(level_db, LOWEST_DB) - LOWEST_DB) / -LOWEST_DB * track.height()

    def _values(self) -> tuple[float, float, float]:
        return self.tracker.level_db, self.tracker.held_db, self.tracker.floor_db

    def _tell(self) -> None:
        at = self.tracker
        text = gettext("Peak {peak} dBFS, noise floor {floor} dBFS").format(
            peak=number_text(at.held_db), floor=number_text(at.floor_db)
        )
        self.describe(text + (gettext(", clipped") if at.clipped else ""))


class StripMeter(Painted):
    """The level in the window's strip: twenty cells and a figure."""

    _CELLS = 20

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(gettext("Level"))
        self._level_db: float | None = None
        self.restyle()

    def restyle(self) -> None:
        self.setFixedSize(self._CELLS * 5 + px(76), px(16))

    def show_level(self, peak_db: float | None) -> None:
        """None: nothing is heard."""
        shown = None if peak_db is None else round(peak_db)
        if shown != (None if self._level_db is None else round(self._level_db)):
            self._level_db = peak_db
            self.describe("" if peak_db is None else gettext("{level} dBFS").format(level=number_text(peak_db)))
            self.update()

    def paint(self, painter: QPainter) -> None:
        level = LOWEST_DB if self._level_db is None else self._level_db
        for cell in range(self._CELLS):
            above = LOWEST_DB * (1 - cell / self._CELLS)
            lit = level > above
            role = "press" if not lit else "err" if above >= HOT_DB else "warn" if above >= WARM_DB else "ok"
            painter.fillRect(QRectF(cell * 5, self.height() / 2 - 4, 3.5, 8), theme.current().role(role))
        if self._level_db is not None:
            rect = QRectF(self._CELLS * 5 + 6, 0, px(70), self.height())
            text = gettext("{level} dBFS").format(level=number_text(self._level_db))
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION)
