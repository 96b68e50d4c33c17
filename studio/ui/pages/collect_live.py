"""From what is listened to, to what is drawn: one timer for all that moves on Collect."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from studio.core.text import gettext as _
from studio.ui.hearing import Listening, TakeMade
from studio.ui.pages.collect_stage import Figures, Stage
from studio.ui.session import BoardStatus
from studio.ui.widgets.live_stream import LiveMark
from studio.ui.widgets.painted import ClassStyle

if TYPE_CHECKING:
    from studio.core.samples import Block
    from studio.ui.session import Session

FRAME_MS = 20
TELL_EVERY_S = 0.25  # figures, and the strip
MARKS_KEPT = 6


class LiveView(QObject):
    """`drawn` comes once a frame, after the samples: for what else changes with time."""

    drawn = Signal()

    def __init__(self, session: "Session", listening: Listening, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._listening, self._stage = session, listening, stage
        self._name = ""
        self._rate_hz: float | None = None  # while a source is there
        self._gone_s: float | None = None  # since when it is not any more
        self._told_s = 0.0
        self._marks: list[LiveMark] = []
        self._clock = QTimer(self, interval=FRAME_MS)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._draw)

    def start(self) -> None:
        self._clock.start()

    def stop(self) -> None:
        self._clock.stop()

    @property
    def is_running(self) -> bool:
        return self._clock.isActive()

    def begin(self, rate_hz: float, title: str, name: str) -> None:
        """A source is there. title: of its traces; name: in the strip."""
        self._rate_hz, self._name, self._gone_s, self._marks = rate_hz, name, None, []
        self._stage.show_gone(None)
        self._stage.begin_stream(rate_hz, title)

    def end(self) -> None:
        """It is gone: the traces stand, with what is missing growing behind them."""
        self._draw()
        self._stage.show_figures(replace(self._figures(), live=False))
        self._rate_hz, self._gone_s = None, time.monotonic()

    def mark(self, made: TakeMade, style: ClassStyle, number: int) -> None:
        """The take's stretch in the traces, named."""
        recording, first = self._listening.recording, self._listening.recording_from
        if recording is None or first is None or recording.take is not made.take:
            return
        text = _("take {number}").format(number=number)
        self._marks = [*self._marks[1 - MARKS_KEPT :], LiveMark(first, first + recording.samples, text, style)]
        self._stage.show_marks(self._marks)

    def flag(self, at: int) -> None:
        """The moment that was marked, a sample of the stream."""
        self._marks = [*self._marks[1 - MARKS_KEPT :], LiveMark(at, at, _("mark"), ClassStyle(""), window=True)]
        self._stage.show_marks(self._marks)

    def _draw(self) -> None:
        """What was heard since the last frame; blocks that follow each other are drawn as one."""
        blocks = self._listening.take_blocks()
        start = 0
        for end in range(1, len(blocks) + 1):
            last = blocks[end - 1]
            if end == len(blocks) or blocks[end].first_index != last.first_index + len(last.samples):
                self._hear(blocks[start:end])
                start = end
        now_s = time.monotonic()
        if self._gone_s is not None:
            self._stage.show_gone(now_s - self._gone_s)
        if now_s - self._told_s >= TELL_EVERY_S and self._rate_hz is not None:
            self._told_s = now_s
            self._tell(self._rate_hz)
        self.drawn.emit()

    def _hear(self, blocks: "Sequence[Block]") -> None:
        samples = np.concatenate([block.samples[:, 0] for block in blocks])
        if len(samples):
            self._stage.hear(samples, blocks[0].first_index)

    def _tell(self, rate_hz: float) -> None:
        """A few times a second: figures, and what the strip says."""
        lost, seen = self._listening.lost, self._listening.seen
        self._stage.show_figures(self._figures())
        level_db = self._stage.meter.tracker.level_db if seen else None
        self._session.show_status(BoardStatus(self._name, rate_hz, lost, seen, level_db))

    def _figures(self) -> Figures:
        tracker, lost, seen = self._stage.meter.tracker, self._listening.lost, self._listening.seen
        return Figures(tracker.held_db, tracker.floor_db, lost, seen) if seen else Figures()
