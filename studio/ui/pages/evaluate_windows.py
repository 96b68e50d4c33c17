"""Along the bottom of Evaluate: the windows that are opened, each as the model was given it, heard where it can be."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.controls import Button, Elided, Ground, Label
from studio.ui.pages.evaluate_work import samples_of, thumb_of_window
from studio.ui.playing import Player, Playing
from studio.ui.session import Session
from studio.ui.widgets.window_strip import WindowCard, WindowStrip

if TYPE_CHECKING:
    from studio.dataset.catalogue import Example
    from studio.dataset.settings import SensorSettings
    from studio.ui.widgets.window_thumb import Thumb


class OpenedWindows(Ground):
    """`changed`: it was opened or closed, or another is chosen. `label_asked(segment)`: to be opened in Label."""

    changed = Signal()
    label_asked = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__("bg", "t")
        self._session = session
        self._examples: Sequence[Example] = ()
        self._front_end: dict[str, Any] = {}
        self._sensor: SensorSettings | None = None
        self._plays = True
        self._generation = 0
        self._player = Player()
        session.on_close(self._player.stop)
        on_gui_thread(self._player.changed, self._played, owner=self, latest=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.PAGE_MARGIN, 10, theme.PAGE_MARGIN, 8)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(12)
        self.title = Label(weight=theme.TITLE)
        self._of = Elided(role="muted")
        self.play_button = Button(_("Play"), "play", "ghost", slim=True)
        self.play_button.clicked.connect(self.play)
        self.label_button = Button(_("Open in Label"), "label", "ghost", slim=True)
        self.label_button.clicked.connect(self.ask_label)
        close = Button(icon="cross", kind="ghost", name=_("Close the cell"), slim=True)
        close.clicked.connect(self.close_windows)
        head.addWidget(self.title)
        head.addWidget(self._of, 1)
        for button in (self.play_button, self.label_button, close):
            head.addWidget(button)
        column.addLayout(head)
        self.strip = WindowStrip()
        self.strip.wanted.connect(self._read)
        self.strip.opened.connect(lambda _place: self.play())
        self.strip.chosen.connect(lambda _place: self.changed.emit())
        column.addWidget(self.strip)
        self.hide()

    def set_front_end(self, front_end: dict[str, Any], sensor: "SensorSettings", *, plays: bool) -> None:
        """Of the run whose windows are opened next. sensor: of the project. plays: whether they can be heard."""
        self._front_end, self._sensor, self._plays = front_end, sensor, plays
        self.play_button.setVisible(plays)
        self.strip.set_plays(plays)

    def open_windows(
        self, title: str, of: str, examples: "Sequence[Example]", cards: Sequence[WindowCard], *, in_project: bool
    ) -> None:
        """in_project: they can be opened in Label."""
        self.title.setText(title)
        self._of.set_text(of)
        self._examples = examples
        self._generation += 1
        self.strip.show_cards(cards)
        for button in (self.play_button, self.label_button):
            button.setEnabled(bool(examples))
        self.label_button.setVisible(in_project)
        self.show()
        self.changed.emit()

    def close_windows(self) -> None:
        self._player.stop()
        self._examples = ()
        self._generation += 1
        self.strip.show_cards([])
        self.hide()
        self.changed.emit()

    @property
    def chosen(self) -> "Example | None":
        place = self.strip.current
        return self._examples[place] if place is not None and place < len(self._examples) else None

    @property
    def can_play(self) -> bool:
        return self._plays and self.chosen is not None

    def play(self) -> None:
        chosen, front_end = self.chosen, self._front_end
        if chosen is None or not self._plays:
            return
        if self._player.playing.what == chosen.id:
            self._player.stop()
            return
        when_done(
            self._session.in_background(lambda: samples_of(chosen, front_end)),
            lambda heard: self._player.play_samples(chosen.id, *heard),
            owner=self,
            failed=self._session.fail,
        )

    def stop(self) -> None:
        self._player.stop()

    def ask_label(self) -> None:
        if self.chosen is not None:
            self.label_asked.emit(self.chosen.id)

    def _played(self, playing: Playing) -> None:
        now = self.chosen is not None and playing.what == self.chosen.id
        self.strip.show_playing(now)
        self.play_button.set_text(_("Stop") if now else _("Play"))
        self.play_button.set_icon("stop" if now else "play")
        if playing.error is not None:
            self._session.fail(playing.error)

    def _read(self, places: list[int]) -> None:
        generation, sensor = self._generation, self._sensor
        if sensor is None:
            return
        for place in places:
            work = partial(thumb_of_window, self._examples[place], self._front_end, sensor)
            when_done(
                self._session.in_background(work),
                partial(self._show, generation, place),
                owner=self,
                failed=lambda _error: None,  # a file that is gone leaves its card empty; playing it says why
            )

    def _show(self, generation: int, place: int, thumb: "Thumb") -> None:
        if generation == self._generation:
            self.strip.show_window(place, thumb)
