"""Takes that begin by themselves: at each sound or movement, of the class that is chosen until it has all of its."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.samples import IMU, MICROPHONE
from studio.core.text import gettext as _
from studio.dataset.script import Progress, ScriptClass
from studio.ui.bridge import on_gui_thread
from studio.ui.hearing import Listening
from studio.ui.pages.collect_reading import ShownTake

if TYPE_CHECKING:
    from studio.capture.onsets import Cuts
    from studio.capture.source import Origin


class Cutting(QObject):
    """Whether takes are cut, and where the next one begins. `begins` is of a sample of the first source's stream, which
    has passed, and is held by its recorder.
    """

    begins = Signal(int)
    changed = Signal()

    def __init__(self, listening: Listening, seconds: Callable[[], float | None], parent: QObject) -> None:
        """seconds: how long a take would be now, None where there can be none."""
        super().__init__(parent)
        self.is_on = False
        self.instead_of: ShownTake | None = None  # what the next one replaces
        self._listening, self._seconds = listening, seconds
        self._cuts: Cuts | None = None
        self._origin: Origin | None = None  # of the stream in which they are
        on_gui_thread(listening.onset, self._hear, owner=self)

    def start(self) -> None:
        self._set(on=True)

    def stop(self) -> None:
        """The take that is on goes on to its end. Twice does no harm."""
        self._set(on=False)

    def _set(self, *, on: bool) -> None:
        if on != self.is_on:
            self.is_on, self.instead_of = on, None
            self._listening.find_onsets(on)
            self.changed.emit()

    def _hear(self, onset: int) -> None:
        from studio.capture.onsets import Cuts

        origin, seconds = self._listening.hearing.origin, self._seconds()
        if not self.is_on or origin is None or seconds is None:
            return
        if self._cuts is None or origin is not self._origin:
            self._cuts, self._origin = Cuts(origin.format.rate_hz), origin
        before, first = self._listening.recording, self._listening.recording_from
        if before is not None and first is not None and before.origin is origin:
            self._cuts.take(first + before.samples)
        begins = self._cuts.begins(onset, seconds)
        if begins is not None:
            self.begins.emit(begins)


def waiting_sign(kind: str, progress: Progress, label: str, *, again: bool) -> tuple[str, str, str, str]:
    """What Prompt.show_state says between takes. kind: of what is sensed. again: whether the next one replaces one."""
    waits = {MICROPHONE.name: _("Waiting for the sound…"), IMU.name: _("Waiting for the movement…")}
    wanted, made = (progress.script.of(label) or ScriptClass(label)).wanted, progress.made(label)
    note = _("{number} of {wanted}").format(number=made + 1, wanted=max(wanted, made + 1))
    return waits.get(kind, _("Waiting for a change…")), "accent", _("once more") if again else note, ""
