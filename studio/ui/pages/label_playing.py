"""Plays what is in Label's editor, with the playhead moving in it: the segment in hand, or on from the playhead."""

from PySide6.QtCore import QObject

from studio.ui.bridge import on_gui_thread
from studio.ui.pages.label_editor import EditorPanel
from studio.ui.playing import Player, Playing
from studio.ui.session import Session


class EditorPlaying(QObject):
    """A segment plays to its end and the playhead returns to where it began; stopped, it stays where it was."""

    def __init__(self, session: Session, editor: EditorPanel) -> None:
        super().__init__(editor)
        self._session, self._editor = session, editor
        self._player = Player()
        self._stretch = (0.0, 0.0)  # seconds of the recording
        self._stopped = True
        session.on_close(self._player.stop)
        on_gui_thread(self._player.changed, self._show, owner=self, latest=True)

    def switch(self) -> None:
        """Play, or stop."""
        if not self._stopped:
            self.stop()
        elif self._editor.rows:
            self._stretch = self._next_stretch()
            self._begin()

    def stop(self) -> None:
        self._stopped = True
        self._player.stop()
        self._editor.show_playing(False)

    def _begin(self) -> None:
        row, (from_s, to_s) = self._editor.rows[0], self._stretch
        self._stopped = False
        self._editor.show_playing(True)
        self._player.play_file(
            row.recording, row.path, round(from_s * row.rate_hz), min(round(to_s * row.rate_hz), row.samples)
        )

    def _next_stretch(self) -> tuple[float, float]:
        axis, band = self._editor.plots.axis, self._editor.plots.tool.selected
        at_s = axis.playhead_s
        if band is not None:
            inside = at_s is not None and band.start_s <= at_s < band.end_s
            return (at_s if at_s is not None and inside else band.start_s), band.end_s
        return (at_s if at_s is not None and at_s < axis.length_s else 0.0), axis.length_s

    def _show(self, playing: Playing) -> None:
        if self._stopped:
            return
        axis = self._editor.plots.axis
        if playing.error is not None:
            self.stop()
            self._session.fail(playing.error)
        elif playing.what is not None:
            axis.follow(self._stretch[0] + playing.at_s)
        elif self._editor.loop.isChecked() and self._editor.rows:
            self._begin()
        else:
            self.stop()
            axis.set_playhead(self._stretch[0])
