"""How much of its range a movement takes: the strongest axis with hold, the sensor's limit, what it is at rest."""

import math
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext as _
from studio.ui.widgets.lanes import unit_text, value_text
from studio.ui.widgets.meter import Meter, Reading
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


class MotionMeter(Meter):
    """In the sensor's unit. What is marked is its limit."""

    bands = ((WARM, "ok"), (1.0, "warn"))

    def __init__(self, full_scale: float, unit: str, parent: QWidget | None = None) -> None:
        """full_scale: what the sensor's largest count stands for, in its unit."""
        self.full_scale, self.unit = full_scale, unit
        self.tracker = MotionTracker()
        super().__init__(_("Movement"), parent)

    def show_rows(self, counts: NDArray[np.int16], now_s: float | None = None) -> None:
        """counts: as MotionTracker takes them."""
        self.tracker.show(counts, time.monotonic() if now_s is None else now_s)
        self.show_reading()

    def reset(self) -> None:
        self.tracker = MotionTracker()
        self.update()
        self.show_reading()

    def clear_mark(self) -> None:
        self.tracker.at_limit = False

    def reading(self) -> Reading:
        return Reading(self.tracker.level, self.tracker.held, WARM, self.tracker.at_limit)

    def scale(self, lines: float) -> Sequence[tuple[float, str]]:
        step = 0.1 if self.full_scale < 10 else 1.0
        shares = (0.0, 0.25, 0.5, 0.75, 1.0) if lines > 7 else (0.0, 1.0)
        texts = [number_text(share * self.full_scale, step).removesuffix(".0") for share in shares]
        texts[-1] += f" {unit_text(self.unit)}"
        return list(zip(shares, texts, strict=True))

    def words(self) -> str:
        at = self.tracker
        text = _("Strongest {value}").format(value=value_text(at.held * self.full_scale, self.unit))
        return text + (_(", at the sensor's limit") if at.at_limit else "")
