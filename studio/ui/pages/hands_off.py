"""Hands off: prompt after prompt, each with a countdown, a beep and a take, for somebody who stands across the room."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QTimer

COUNT_FROM = 3
TICK_MS = 800
BEEP_MS = 300  # with what a loudspeaker takes to begin


class Step(Enum):
    COUNT = "count"
    BEEP = "beep"  # it is over when recording begins
    RECORD = "record"
    STOP = "stop"


@dataclass(frozen=True)
class Beat:
    """count: down to 1, while step is COUNT."""

    step: Step
    label: str = ""
    count: int = 0


class HandsOff:
    """Goes from label to label until it is stopped, or none follows. `tell` hears every beat."""

    def __init__(self, tell: Callable[[Beat], None]) -> None:
        self.beat = Beat(Step.STOP)
        self._tell = tell
        self._timer = QTimer(singleShot=True, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def is_on(self) -> bool:
        return self.beat.step is not Step.STOP

    def start(self, label: str) -> None:
        """label: of the first take; "": nothing happens."""
        if label:
            self._timer.setInterval(TICK_MS)
            self._go(Beat(Step.COUNT, label, COUNT_FROM))
            self._timer.start()

    def stop(self) -> None:
        """Twice does no harm."""
        self._timer.stop()
        if self.is_on:
            self._go(Beat(Step.STOP))

    def take_is_made(self, following: str) -> None:
        """The take of this beat is in the catalogue: on to the label that follows; "" for none, which is the end."""
        if self.beat.step is not Step.RECORD:
            return
        if following:
            self.start(following)
        else:
            self.stop()

    def _tick(self) -> None:
        if self.beat.count > 1:
            self._go(Beat(Step.COUNT, self.beat.label, self.beat.count - 1))
            self._timer.start()
        elif self.beat.step is Step.COUNT:
            self._go(Beat(Step.BEEP, self.beat.label))
            self._timer.start(BEEP_MS)
        else:
            self._go(Beat(Step.RECORD, self.beat.label))

    def _go(self, beat: Beat) -> None:
        self.beat = beat
        self._tell(beat)
