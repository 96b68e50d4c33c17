"""Evaluate's first tab: three figures, the confusion matrix whose cells open, and each person with an interval."""

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.class_styles import class_styles
from studio.ui.controls import Button, Elided, Ground, Label, Line
from studio.ui.playing import Player, Playing
from studio.ui.session import Session
from studio.ui.widgets.confusion import ConfusionMatrix
from studio.ui.widgets.interval_bars import INSET, IntervalBars, Share
from studio.ui.widgets.painted import ClassStyle, px
from studio.ui.widgets.runs_table import signed_percent
from studio.ui.widgets.wilson import wilson
from studio.ui.widgets.window_strip import WindowCard, WindowStrip

if TYPE_CHECKING:
    from studio.training.evaluate import Evaluation, Window

WEAK = 0.9  # a class that is right less often is shown as a warning
MISTAKES_SHOWN = 4
MOST_OPENED = 500  # cards of one cell
_LINK_MARGIN = 5  # px before the words of a link
LOW = 570  # px of height: an opened cell then leaves too little for all there is above


class Figure(QWidget):
    """A large figure, what it is, and how sure."""

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(1)
        self._value = Label(size=theme.FIGURE, weight=theme.TITLE)
        self._what = Label(weight=theme.TITLE, wrap=True)
        self._sure = Label(kind="muted", size=theme.CAPTION, wrap=True)
        for label in (self._value, self._what, self._sure):
            box.addWidget(label)
        box.addStretch(1)

    def show_figure(self, value: str, what: str, sure: str, *, kind: str = "text") -> None:
        self._value.setText(value)
        self._value.set_kind(kind)
        self._what.setText(what)
        self._sure.setText(sure)
        self.setAccessibleName(f"{what}: {value}, {sure}")


class ConfusionView(QWidget):
    """One Evaluation. `label_asked(segment)`: to be opened in Label. `opened`: a cell was, or closed."""

    label_asked = Signal(str)
    opened = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self._session = session
        self._found: Evaluation | None = None
        self._front_end: dict[str, Any] = {}
        self._trained: frozenset[str] = frozenset()
        self._styles: list[ClassStyle] = []
        self._windows: list[Window] = []
        self._generation = 0
        self._player = Player()
        session.on_close(self._player.stop)
        on_gui_thread(self._player.changed, self._played, owner=self, latest=True)
        self._build()

    def _build(self) -> None:
        self.figures = [Figure() for _each in range(3)]
        self.matrix = ConfusionMatrix()
        self.matrix.cell_opened.connect(self._open_cell)
        self.people = IntervalBars()
        self._of = Elided(role="muted", size=theme.CAPTION, right=True)
        head = QHBoxLayout()
        head.addWidget(Label(_("Said against heard"), weight=theme.TITLE))
        head.addWidget(self._of, 1)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(head)
        left.addWidget(self.matrix, 1)
        self._often = QWidget()
        often = QVBoxLayout(self._often)
        often.setContentsMargins(INSET - _LINK_MARGIN, 0, INSET, 0)
        often.setSpacing(12)
        title = QVBoxLayout()
        title.setContentsMargins(_LINK_MARGIN, 0, 0, 0)
        title.setSpacing(12)
        title.addWidget(Line())
        title.addWidget(Label(_("Most often mistaken"), weight=theme.TITLE))
        often.addLayout(title)
        self._mistakes = QVBoxLayout()
        self._mistakes.setSpacing(2)
        often.addLayout(self._mistakes)
        figures = QHBoxLayout()
        figures.setSpacing(theme.S16)
        for figure in self.figures:
            figures.addWidget(figure, 1)
        by_person = QHBoxLayout()
        by_person.addWidget(Label(_("By person"), weight=theme.TITLE))
        by_person.addWidget(
            Elided(_("share right, with 95 % interval"), role="muted", size=theme.CAPTION, right=True), 1
        )
        top = QVBoxLayout()
        top.setContentsMargins(INSET, 0, INSET, 0)
        top.setSpacing(12)
        top.addLayout(figures)
        top.addWidget(Line())
        top.addLayout(by_person)
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addLayout(top)
        right.addWidget(self.people, 3)
        right.addWidget(self._often)
        right.addStretch(1)
        above = QWidget()
        above.setObjectName("page")
        row = QHBoxLayout(above)
        row.setContentsMargins(theme.PAGE_MARGIN, 16, theme.PAGE_MARGIN - INSET, 12)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addSpacing(theme.S24)
        row.addWidget(Line(upright=True))
        row.addSpacing(theme.S24 - INSET)
        row.addLayout(right, 1)
        self.cell = Ground("bg", "t")
        column = QVBoxLayout(self.cell)
        column.setContentsMargins(theme.PAGE_MARGIN, 10, theme.PAGE_MARGIN, 8)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(12)
        self._cell_title = Label(weight=theme.TITLE)
        self._cell_of = Elided(role="muted")
        self.play_button = Button(_("Play"), "play", "ghost", slim=True)
        self.play_button.clicked.connect(self.play)
        self.label_button = Button(_("Open in Label"), "label", "ghost", slim=True)
        self.label_button.clicked.connect(self.ask_label)
        close = Button(icon="cross", kind="ghost", name=_("Close the cell"), slim=True)
        close.clicked.connect(self.close_cell)
        head.addWidget(self._cell_title)
        head.addWidget(self._cell_of, 1)
        for button in (self.play_button, self.label_button, close):
            head.addWidget(button)
        column.addLayout(head)
        self.strip = WindowStrip()
        self.strip.wanted.connect(self._read_windows)
        self.strip.opened.connect(lambda _place: self.play())
        column.addWidget(self.strip)
        self.cell.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(above, 1)
        whole.addWidget(self.cell)

    def show_evaluation(self, found: "Evaluation", front_end: dict[str, Any], trained: frozenset[str]) -> None:
        """front_end: the run's. trained: people whom it trained on."""
        self._found, self._front_end, self._trained = found, front_end, trained
        styles = class_styles(found.classes)
        self._styles = [styles[name] for name in found.classes]
        counts = np.array(found.confusion_int8, np.int64).reshape(len(found.classes), len(found.classes))
        self.matrix.show_counts(self._styles, counts)
        self._of.set_text(_of_what(found))
        self._show_figures(found, counts)
        self.people.show_rows(_shares(found, trained))
        self.people.setMaximumHeight(self.people.sizeHint().height())
        self._show_mistakes(counts)
        self.close_cell()

    def _show_figures(self, found: "Evaluation", counts: NDArray[np.int64]) -> None:
        right = round((found.accuracy_int8 or 0) * found.n)
        low, high = wilson(right, found.n)
        self.figures[0].show_figure(
            f"{100 * (found.accuracy_int8 or 0):.1f} %",
            _("right, of {count} windows").format(count=f"{found.n:,}"),
            _("{low} to {high} % at 95 %").format(low=f"{100 * low:.1f}", high=f"{100 * high:.1f}"),
        )
        change = (found.accuracy_int8 or 0) - (found.accuracy_float or 0)
        same = sum(w.said == w.said_float for w in found.windows)
        agree = _("the same answer in {same} of {count}").format(same=f"{same:,}", count=f"{len(found.windows):,}")
        self.figures[1].show_figure(signed_percent(change), _("int8 against float"), agree if found.windows else "")
        rows = counts.sum(axis=1)
        if not rows.any():
            self.figures[2].show_figure("–", _("weakest class"), _("no class has a window"))
            return
        rates = np.where(rows > 0, counts.diagonal() / np.maximum(rows, 1), 2.0)
        weakest = int(rates.argmin())
        others = counts[weakest].copy()
        others[weakest] = -1
        worst = int(others.argmax())
        sure = _("{count} of {total} heard as {other}").format(
            count=f"{others[worst]:,}", total=f"{rows[weakest]:,}", other=self._styles[worst].name
        )
        self.figures[2].show_figure(
            f"{100 * rates[weakest]:.0f} %",
            _("weakest class, {name}").format(name=self._styles[weakest].name),
            sure if others[worst] > 0 else _("all of it is right"),
            kind="warn" if rates[weakest] < WEAK else "text",
        )

    def _show_mistakes(self, counts: NDArray[np.int64]) -> None:
        """The cells off the diagonal with most windows, each a way to open it."""
        while (item := self._mistakes.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        wrong = counts.copy()
        np.fill_diagonal(wrong, 0)
        order = np.argsort(-wrong, axis=None, kind="stable")[:MISTAKES_SHOWN]
        cells = [divmod(int(flat), len(counts)) for flat in order if wrong.flat[flat]]
        for true, said in cells:
            text = _("{true}, heard as {said}: {count} of {total}").format(
                true=self._styles[true].name, said=self._styles[said].name, count=int(wrong[true, said]),
                total=int(counts[true].sum()),
            )  # fmt: skip
            button = Button(text, kind="link")
            button.clicked.connect(partial(self.matrix.open_cell, true, said))
            self._mistakes.addWidget(button)
        if not cells:
            self._mistakes.addWidget(Label(_("Nothing was."), kind="muted"))

    # A cell's windows

    def _open_cell(self, true: int, said: int) -> None:
        if self._found is None:
            return
        all_of_it = [w for w in self._found.windows if w.truth == true and w.said == said]
        self._windows = all_of_it[:MOST_OPENED]
        name = _("Said {true}, heard {said}") if true != said else _("Said {true}, and heard so")
        self._cell_title.setText(name.format(true=self._styles[true].name, said=self._styles[said].name))
        count = self._found.confusion_int8[true][said]
        self._cell_of.set_text(_cell_text(count, all_of_it, len(self._windows), kept=bool(self._found.windows)))
        self._generation += 1
        self.strip.show_cards([self._card(window) for window in self._windows])
        for button in (self.play_button, self.label_button):
            button.setEnabled(bool(self._windows))
        self.label_button.setVisible(self._found.scored in ("test", "validation", "all"))
        self.cell.show()
        self._fit()
        self.opened.emit()

    def close_cell(self) -> None:
        self._player.stop()
        self._windows = []
        self._generation += 1
        self.strip.show_cards([])
        self.cell.hide()
        self._fit()
        self.opened.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where an opened cell leaves little height, the figures and people stay, and what leads to a cell goes."""
        self._often.setVisible(self.cell.isHidden() or self.height() >= px(LOW))

    @property
    def chosen(self) -> "Window | None":
        """The window that is chosen in the opened cell."""
        place = self.strip.current
        return self._windows[place] if place is not None and place < len(self._windows) else None

    def play(self) -> None:
        window, spec_dict = self.chosen, self._front_end
        if window is None:
            return
        if self._player.playing.what == window.example.id:
            self._player.stop()
            return

        def read() -> tuple[NDArray[np.int16], int]:
            samples, _features, rate_hz = _read_window(window, spec_dict)
            return samples, rate_hz

        def start(heard: tuple[NDArray[np.int16], int]) -> None:
            self._player.play_samples(window.example.id, *heard)

        when_done(self._session.in_background(read), start, owner=self, failed=self._session.fail)

    def _played(self, playing: Playing) -> None:
        window = self.chosen
        now = window is not None and playing.what == window.example.id
        self.strip.show_playing(now)
        self.play_button.set_text(_("Stop") if now else _("Play"))
        self.play_button.set_icon("stop" if now else "play")
        if playing.error is not None:
            self._session.fail(playing.error)

    def stop(self) -> None:
        self._player.stop()

    def ask_label(self) -> None:
        if self.chosen is not None:
            self.label_asked.emit(self.chosen.example.id)

    def _card(self, window: "Window") -> WindowCard:
        order = sorted(range(len(window.scores)), key=lambda i: (i != window.said, -window.scores[i]))
        first, *rest = [(self._styles[i], window.scores[i]) for i in order]
        return WindowCard(window.example.person or _("nobody"), window.example.take, first, rest[0] if rest else None)

    def _read_windows(self, places: list[int]) -> None:
        generation, spec_dict = self._generation, self._front_end
        for place in places:
            when_done(
                self._session.in_background(partial(_read_window, self._windows[place], spec_dict)),
                partial(self._show_window, generation, place),
                owner=self,
                failed=lambda _error: None,  # a file that is gone leaves its card empty; playing it says why
            )

    def _show_window(
        self, generation: int, place: int, heard: tuple[NDArray[np.int16], NDArray[np.int16], int]
    ) -> None:
        if generation == self._generation:
            self.strip.show_window(place, heard[0], heard[1])


def _read_window(window: "Window", front_end: dict[str, Any]) -> tuple[NDArray[np.int16], NDArray[np.int16], int]:
    """What the model heard: samples int16 (clip,), features (frames, mels), rate."""
    from studio.features.blocks import LogMel
    from studio.features.windows import cut_window
    from studio.native.frontend import log_mel

    spec = LogMel.from_dict(front_end)
    samples = cut_window(window.example.clip, spec, np.random.default_rng(1))
    return samples, log_mel(samples, spec), spec.rate_hz


def _shares(found: "Evaluation", trained: frozenset[str]) -> list[Share]:
    """Those it has not heard first."""
    rows = []
    for person, figures in found.per_person.items():
        count = int(figures["n"])
        known = person in trained
        note = _("trained") if known else _("unheard") if person != "unknown" else ""
        name = person if person != "unknown" else _("nobody named")
        rows.append(Share(name, round(float(figures["accuracy_int8"] or 0) * count), count, note, strong=not known))
    return sorted(rows, key=lambda row: (not row.strong, row.name))


def _of_what(found: "Evaluation") -> str:
    count = f"{found.n:,}"
    texts = {
        "test": _("{count} windows of people it never heard"),
        "validation": _("{count} windows kept for validation"),
        "all": _("all {count} windows, those it trained on too"),
    }
    text = texts.get(found.scored, _("{count} windows of a folder")).format(count=count)
    if found.outside:
        words = ", ".join(found.outside)
        text += _("; {count} of words it has no class for: {words}").format(
            count=sum(found.outside.values()), words=words
        )
    return text


def _cell_text(count: int, windows: "list[Window]", shown: int, *, kept: bool) -> str:
    if not count:
        return _("No window.")
    if not kept:
        return _("{count} windows. This run did not keep them; evaluate it to hear them.").format(count=f"{count:,}")
    text = _("1 window.") if count == 1 else _("{count} windows.").format(count=f"{count:,}")
    people = Counter(w.example.person for w in windows if w.example.person)
    if len(windows) > 1 and people:
        who, most = people.most_common(1)[0]
        all_of = _("All are of {who}.") if most == len(windows) else _("{most} are of {who}.")
        text += " " + all_of.format(most=most, who=who)
    if shown < count:
        text += " " + _("{shown} are shown.").format(shown=shown)
    return text
