"""How loud it is: peak with hold, clipping that stays marked, the noise floor; and the strip's small twin."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.meter import Meter, Reading
from studio.ui.widgets.painted import Painted, draw_text, px
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


def _share(db: float) -> float:
    """Of the meter's height."""
    return 1 - db / LOWEST_DB


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


class LevelMeter(Meter):
    """In dB re full scale, with the noise floor dashed across. What is marked is clipping."""

    bands = ((_share(WARM_DB), "ok"), (_share(HOT_DB), "warn"), (1.0, "err"))
    cells = tuple(_share(db) for db in range(int(LOWEST_DB) + 6, 0, 6))

    def __init__(self, parent: QWidget | None = None) -> None:
        self.tracker = LevelTracker()
        super().__init__(gettext("Level"), parent)

    def show_level(self, level: Level, now_s: float | None = None) -> None:
        """now_s: a monotonic clock's, so that the peak is held as long whatever the blocks' length."""
        self.tracker.show(level, time.monotonic() if now_s is None else now_s)
        self.show_reading()

    def reset(self) -> None:
        self.tracker = LevelTracker()
        self.update()
        self.show_reading()

    def clear_mark(self) -> None:
        self.tracker.clipped = False

    def reading(self) -> Reading:
        at = self.tracker
        return Reading(_share(at.level_db), _share(at.held_db), _share(at.floor_db), at.clipped)

    def scale(self, lines: float) -> Sequence[tuple[float, str]]:
        return [(_share(db), number_text(db)) for db in range(int(LOWEST_DB), 1, 12 if lines > 5.5 else 30)]

    def words(self) -> str:
        at = self.tracker
        text = gettext("Peak {peak} dBFS, noise floor {floor} dBFS").format(
            peak=number_text(at.held_db), floor=number_text(at.floor_db)
        )
        return text + (gettext(", clipped") if at.clipped else "")


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
