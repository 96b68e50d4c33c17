"""Takes played back, and the beep of hands off, through this computer's loudspeaker."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from studio.ui.bridge import on_gui_thread
from studio.ui.pages.collect_takes import TakesList
from studio.ui.playing import Player, Playing

if TYPE_CHECKING:
    from studio.ui.session import Session

BEEP_HZ, BEEP_S, BEEP_PEAK, BEEP_RATE_HZ = 1_000, 0.12, 6_000, 48_000


class Playback(QObject):
    """Plays what the list asks for, and shows in it how far that is."""

    def __init__(self, session: "Session", takes: TakesList, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._takes = session, takes
        self._player, self._beeper = Player(), Player()  # a beep that cannot be heard is no error: the count is seen
        on_gui_thread(self._player.changed, self._show, owner=self, latest=True)
        takes.played.connect(self._play)

    def play_or_stop(self) -> None:
        """The chosen take."""
        if self._takes.chosen is not None:
            self._play(self._takes.chosen.id)

    @property
    def is_on(self) -> bool:
        """Whether a take is heard, which a microphone hears too."""
        return self._player.playing.what is not None

    def stop(self) -> None:
        self._player.stop()

    def beep(self) -> None:
        """Once, with soft edges: a click would be heard in the take that follows."""
        seconds = np.arange(round(BEEP_S * BEEP_RATE_HZ)) / BEEP_RATE_HZ
        tone = BEEP_PEAK * np.sin(2 * np.pi * BEEP_HZ * seconds) * np.hanning(len(seconds))
        self._beeper.play_samples("beep", tone.astype(np.int16), BEEP_RATE_HZ)

    def _play(self, take_id: str) -> None:
        if self._player.playing.what == take_id:
            self._player.stop()
            return
        take = next((take for take in self._takes.takes if take.id == take_id), None)
        if take is not None:
            self._player.play_file(take.id, take.path)

    def _show(self, playing: Playing) -> None:
        self._takes.show_playing(playing.what, playing.at_s / playing.length_s if playing.length_s else 0.0)
        if playing.error is not None:
            self._session.fail(playing.error)
