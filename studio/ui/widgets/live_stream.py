"""The newest seconds of one stream as views of it share them: what is held, where a sample is now, what is marked."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, Signal

from studio.core.text import gettext
from studio.ui.widgets.live_columns import LiveColumns
from studio.ui.widgets.painted import ClassStyle, px
from studio.ui.widgets.ticks import multiples, nice_step, number_text

MARKS_KEPT = 12


@dataclass(frozen=True)
class LiveMark:
    """A stretch of the stream that is named: a take, or the window a model used. In samples of the stream."""

    first: int
    last: int
    text: str
    style: ClassStyle
    window: bool = False  # as a band over the whole height, not a line below


class LiveTimeline(QObject):
    """What runs from right to left, whatever it holds. `advanced`: repaint, new samples are in; `remade`: anew.

    Give it what has come since the last frame, at the display's pace: the page's clock does, not the source's blocks.
    """

    advanced = Signal()
    remade = Signal()

    def __init__(self, rate_hz: float, seconds: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rate_hz, self.seconds = rate_hz, seconds
        self.recording_from: int | None = None  # index where recording began; it is then the axis's zero
        self.ended_at: int | None = None  # index from which on the source gave nothing
        self.lead = 0.0  # samples from the newest one to the right edge, to which another stream has come further
        self.leader: LiveTimeline | None = None  # the stream whose time is shown, where this one is aligned with it
        self.marks: list[LiveMark] = []

    @property
    @abstractmethod
    def end(self) -> int:
        """Index after the newest sample."""

    @abstractmethod
    def skip_to(self, index: int) -> None:
        """Time went on without samples, up to an index past the end."""

    @abstractmethod
    def x_of(self, index: float, plot: QRect, ratio: float) -> float:
        """Where a sample is now in a plot: the newest is at the right edge, or as far before it as `lead` says."""

    def edge(self) -> float:
        """Index that the plot's right edge stands for."""
        return self.end + self.lead

    def lead_px(self, plot: QRect, ratio: float) -> float:
        return self.lead / (self.rate_hz * self.width_s(plot, ratio)) * plot.width()

    def width_s(self, plot: QRect, ratio: float) -> float:
        """Seconds that a plot shows."""
        return self.seconds

    def set_width(self, device_pixels: int) -> None:
        """As wide as the views are."""

    def set_lead(self, samples: float) -> None:
        if samples != self.lead:
            self.lead = samples
            self.advanced.emit()

    def set_seconds(self, seconds: float) -> None:
        """Shows so many from now on."""
        if seconds != self.seconds:
            self.seconds = seconds
            self.remade.emit()

    def set_recording(self, from_index: int | None) -> None:
        self.recording_from = from_index
        self.advanced.emit()

    def set_ended(self, at_index: int | None) -> None:
        """The source is gone: from here on nothing is hatched, as far as `wait` goes. None: it is there."""
        self.ended_at = at_index
        self.advanced.emit()

    def wait(self, seconds: float) -> None:
        """Time goes on without samples, counted from where the source ended."""
        if self.ended_at is not None:
            index = self.ended_at + round(seconds * self.rate_hz)
            if index > self.end:
                self.skip_to(index)

    def add_mark(self, mark: LiveMark) -> None:
        """The newest MARKS_KEPT are kept."""
        self.set_marks([*self.marks[1 - MARKS_KEPT :], mark])

    def grow_mark(self, mark: LiveMark) -> LiveMark:
        """It reaches to the newest sample now. Returns it as it is."""
        grown = replace(mark, last=self.end)
        self.set_marks([grown if each is mark else each for each in self.marks])
        return grown

    def set_marks(self, marks: Iterable[LiveMark]) -> None:
        self.marks = list(marks)
        self.advanced.emit()

    def ticks(self, plot: QRect, ratio: float) -> list[tuple[float, str]]:
        """Where and what an axis says: seconds before now, or since recording began."""
        if self.leader is not None:
            return self.leader.ticks(plot, ratio)
        width_s = self.width_s(plot, ratio)
        step = nice_step(width_s, max(plot.width() // px(80), 1))
        newest = self.edge()
        zero = newest if self.recording_from is None else self.recording_from
        last_s = (newest - zero) / self.rate_hz
        marks = []
        for at in multiples(last_s - width_s, last_s, step):
            text = number_text(at, step) + gettext(" s") if abs(at) > 1e-9 else "0"
            if self.recording_from is None and abs(at) <= 1e-9:
                text = gettext("now")
            marks.append((self.x_of(zero + at * self.rate_hz, plot, ratio), text))
        return marks


class LiveStream(LiveTimeline):
    """Sound: columns of it, each of one device pixel."""

    def __init__(self, rate_hz: float, seconds: float = 6.0, parent: QObject | None = None) -> None:
        super().__init__(rate_hz, seconds, parent)
        self._width = 800
        self.columns = LiveColumns(rate_hz, seconds, self._width)
        self.full_scale = 1.0  # share of full scale at the upper edge
        self._samples: list[tuple[int, NDArray[np.int16]]] = []  # as they came, each with the index of its first

    @property
    def end(self) -> int:
        return self.columns.end

    def append(self, samples: NDArray[np.int16], first_index: int | None = None) -> None:
        """samples: int16 (n,), the next ones; first_index past the end: those between were lost."""
        at = self.columns.end if first_index is None else first_index
        if at < self.columns.end:
            self._samples = []
        self.columns.append(samples, at)
        if len(samples):
            self._samples.append((at, samples))
        oldest = self.columns.end - self.rate_hz * self.seconds
        while self._samples and self._samples[0][0] + len(self._samples[0][1]) <= oldest:
            self._samples.pop(0)
        self.advanced.emit()

    def skip_to(self, index: int) -> None:
        self.append(np.zeros(0, np.int16), index)

    def set_full_scale(self, share: float) -> None:
        """The share of full scale at the upper edge of waveforms."""
        self.full_scale = share
        self.remade.emit()

    def set_width(self, device_pixels: int) -> None:
        self._width = device_pixels
        self._fit()

    def set_seconds(self, seconds: float) -> None:
        self.seconds = seconds
        self._fit()

    def _fit(self) -> None:
        """The samples held are put into columns anew."""
        hop = max(1, -int(-self.rate_hz * self.seconds // max(self._width, 1)))
        if hop == self.columns.hop:
            return
        end = self.columns.end
        self.columns = LiveColumns(self.rate_hz, self.seconds, self._width)
        for at, samples in self._runs():
            self.columns.append(samples, at)
        self.columns.append(np.zeros(0, np.int16), end)
        self.remade.emit()

    def _runs(self) -> list[tuple[int, NDArray[np.int16]]]:
        """What is held, of which nothing was lost in between as one piece."""
        runs: list[tuple[int, list[NDArray[np.int16]]]] = []
        end = -1
        for at, samples in self._samples:
            if at != end:
                runs.append((at, []))
            runs[-1][1].append(samples)
            end = at + len(samples)
        return [(at, np.concatenate(pieces)) for at, pieces in runs]

    def x_of(self, index: float, plot: QRect, ratio: float) -> float:
        """One column is one device pixel."""
        before = (self.columns.newest + 1 - index / self.columns.hop) / ratio
        return plot.right() + 1 - before - self.lead_px(plot, ratio)

    def edge(self) -> float:
        return (self.columns.newest + 1) * self.columns.hop + self.lead

    def width_s(self, plot: QRect, ratio: float) -> float:
        return plot.width() * ratio * self.columns.hop / self.rate_hz
