"""How much of its range a movement takes: the strongest axis with hold, the sensor's limit, what it is at rest."""

import math
import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.widgets.lanes import unit_text, value_text
from studio.ui.widgets.painted import LEFT, Painted, draw_box, draw_dashes, draw_focus, draw_text, line_height, px
from studio.ui.widgets.ticks import number_text

LIMIT = 32_767  # counts
WARM = 0.75  # of the range
_HOLD_S = 1.5
_FALL_S = 0.4  # in which the level falls by half
_REST_RISE_S = 6.0  # in which what is taken for rest grows by half
_LEAST_REST = 1e-4  # of the range


class MotionTracker:
    """Shares of a sensor's range (0..1): the strongest axis now, the strongest held, how much it stirs at rest."""

    def __init__(self) -> None:
        self.level = self.held = 0.0
        self.rest: float | None = None  # None before anything came
        self.at_limit = False
        self._held_at = self._last = -math.inf

    def show(self, counts: NDArray[np.int16], now_s: float) -> None:
        """counts: int16 (n, axes) of one sensor, n at least 1."""
        wide = counts.astype(np.int32)
        strongest = float(np.abs(wide).max()) / (LIMIT + 1)
        stirs = max(float(np.ptp(wide, axis=0).max()) / 2 / (LIMIT + 1), _LEAST_REST)
        since = min(now_s - self._last, 1.0) if self._last > -math.inf else 0.0
        self.rest = stirs if self.rest is None else min(stirs, self.rest * 1.5 ** (since / _REST_RISE_S))
        self.level = max(strongest, self.level * 0.5 ** (since / _FALL_S))
        if strongest >= self.held or now_s - self._held_at > _HOLD_S:
            self.held, self._held_at = strongest, now_s
        self.at_limit = self.at_limit or strongest >= LIMIT / (LIMIT + 1)
        self._last = now_s


class MotionMeter(Painted):
    """Upright, with its scale in the sensor's unit. A click, Enter or Space takes the limit's mark away."""

    def __init__(self, full_scale: float, unit: str, parent: QWidget | None = None) -> None:
        """full_scale: what the sensor's largest count stands for, in its unit."""
        super().__init__(parent, focusable=True)
        self.setAccessibleName(_("Movement"))
        self.full_scale, self.unit = full_scale, unit
        self.tracker = MotionTracker()
        self._drawn: tuple[int, ...] = ()
        self.restyle()

    def restyle(self) -> None:
        self.setFixedWidth(px(14) + px(36))
        self.setMinimumHeight(px(80))

    def sizeHint(self) -> QSize:
        return QSize(px(50), px(300))

    def show_rows(self, counts: NDArray[np.int16], now_s: float | None = None) -> None:
        """counts: as MotionTracker takes them."""
        self.tracker.show(counts, time.monotonic() if now_s is None else now_s)
        at = self.tracker
        drawn = (round(self._y_of(at.level)), round(self._y_of(at.held)), at.at_limit)
        if drawn != self._drawn:
            self._drawn = drawn
            self.update()
        self._tell()

    def reset(self) -> None:
        self.tracker = MotionTracker()
        self.update()
        self._tell()

    def paint(self, painter: QPainter) -> None:
        track, at = self._track(), self.tracker
        if at.at_limit:
            draw_box(painter, QRectF(track.left(), 0, track.width(), 6), ground="err", radius=2)
        draw_box(painter, track, ground="fill", radius=3)
        for low, high, role in ((0.0, WARM, "ok"), (WARM, 1.0, "warn")):
            if at.level > low:
                top = self._y_of(min(at.level, high))
                painter.fillRect(
                    QRectF(track.left(), top, track.width(), self._y_of(low) - top), theme.current().role(role)
                )
        if at.held > 0:
            held = QRectF(track.left(), self._y_of(at.held) - 1, track.width(), 2)
            painter.fillRect(held, theme.current().role("text"))
        for warm in (WARM,):
            y = round(self._y_of(warm)) + 0.5
            ends = QPointF(0, y), QPointF(track.right() + 5, y)
            draw_dashes(painter, *ends, theme.current().role("muted"), on=3, off=2)
        height = line_height(theme.font(theme.CAPTION))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0) if track.height() > 7 * height else (0.0, 1.0):
            y = min(max(self._y_of(share) - height / 2, 0), self.height() - height)
            text = number_text(share * self.full_scale, 0.1 if self.full_scale < 10 else 1.0)
            text = f"{text.removesuffix('.0')} {unit_text(self.unit)}" if share == 1.0 else text.removesuffix(".0")
            rect = QRectF(track.right() + px(6), y, px(34), height)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=LEFT)
        if self.hasFocus():
            draw_focus(painter, self.rect(), 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._clear()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self._clear()

    def _clear(self) -> None:
        self.tracker.at_limit = False
        self.update()
        self._tell()

    def _track(self) -> QRectF:
        return QRectF(3, 8, 8, self.height() - 16)

    def _y_of(self, share: float) -> float:
        track = self._track()
        return track.bottom() - min(max(share, 0.0), 1.0) * track.height()

    def _tell(self) -> None:
        at = self.tracker
        text = _("Strongest {value}").format(value=value_text(at.held * self.full_scale, self.unit))
        self.describe(text + (_(", at the sensor's limit") if at.at_limit else ""))
