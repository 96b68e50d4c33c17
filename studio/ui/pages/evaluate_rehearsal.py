"""Evaluate's second tab, Rehearsal: hours of sound with known times, and what each threshold makes of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QScrollArea, QSlider, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread
from studio.ui.class_styles import class_styles
from studio.ui.controls import Button, Ground, Label, Line
from studio.ui.pages.evaluate_figure import Figure
from studio.ui.pages.evaluate_kinds import WORDS
from studio.ui.pages.evaluate_work import Rehearsed
from studio.ui.pages.rehearsal_parts import INSET, Legend, StemList, ThresholdTable, TradeOff
from studio.ui.playing import Player, Playing
from studio.ui.session import Session
from studio.ui.widgets.painted import px
from studio.ui.widgets.rehearsal_timeline import RehearsalTimeline, Stem, Verdict
from studio.ui.widgets.wilson import wilson

if TYPE_CHECKING:
    from studio.live.rehearsal import Outcome, Rehearsal

_LIST = 320  # px, what to listen to beside the figures
NEAREST = 8  # stems to listen to, nearest the threshold
HEARD_BEFORE_S, HEARD_AFTER_S = 1.5, 0.7  # of a decision, which comes at the end of its word


def stems_of(rehearsal: "Rehearsal", outcome: "Outcome", styles: dict[str, Any]) -> list[Stem]:
    """In the order of time."""
    stems = [
        Stem(
            heard.t_us / 1e6, heard.score, heard.label, styles[heard.label],
            Verdict.FALSE_ALARM if mark is None else Verdict.FOUND,
        )
        for heard, mark in outcome.answers
    ]  # fmt: skip
    for mark in outcome.missed:
        there = (rehearsal.times_s >= mark.start_s) & (rehearsal.times_s <= mark.end_s + 0.75)
        best = float(rehearsal.best[there].max()) if there.any() else 0.0
        # What was not decided for: the rule may have been in its pause, or another word was likelier.
        stems.append(Stem(mark.end_s, min(best, 1.0), mark.label, styles[mark.label], Verdict.MISSED))
    return sorted(stems, key=lambda stem: stem.at_s)


class RehearsalView(QWidget):
    """`files_changed`: another stream or truth was chosen."""

    files_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.words = WORDS["keyword"]
        self.setObjectName("page")
        self.stream: Path | None = None
        self.truth: Path | None = None
        self.found: Rehearsed | None = None
        self._session = session
        self._styles: dict[str, Any] = {}
        self._points: list[tuple[float, float]] = []  # of the trade-off
        self._player = Player()
        session.on_close(self._player.stop)
        on_gui_thread(self._player.changed, self._played, owner=self, latest=True)
        self._build()
        self._show_files()

    def _build(self) -> None:
        self.stream_button = Button(_("Choose a recording"), "file")
        self.stream_button.clicked.connect(self.choose_stream)
        self.truth_button = Button(_("Choose its times"), "flag")
        self.truth_button.clicked.connect(self.choose_truth)
        self._what = Label(kind="muted", wrap=True)
        self._legend = Legend()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.stream_button)
        head.addWidget(self.truth_button)
        head.addStretch(1)
        head.addWidget(self._legend)
        self.timeline = RehearsalTimeline()
        self.timeline.chosen.connect(self._stem_chosen)
        self.timeline.opened.connect(lambda _place: self.play())
        self._above = above = QVBoxLayout()
        above.setContentsMargins(theme.PAGE_MARGIN, 14, theme.PAGE_MARGIN, 10)
        above.setSpacing(10)
        above.addLayout(head)
        above.addWidget(self._what)
        above.addWidget(self.timeline, 1)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(_("Threshold"))
        self.slider.valueChanged.connect(self._show_outcome)
        self._value = Label(weight=theme.TITLE)
        slide = QHBoxLayout()
        slide.setSpacing(12)
        slide.addWidget(Label(_("Threshold")))
        slide.addWidget(self.slider, 1)
        slide.addWidget(self._value)
        self.alarms, self.missed = Figure(), Figure()
        figures = QHBoxLayout()
        figures.setSpacing(theme.S24)
        figures.addWidget(self.alarms, 1)
        figures.addWidget(self.missed, 1)
        self._note = Label(kind="muted", size=theme.CAPTION, wrap=True)
        self.table = ThresholdTable()
        self._figures = QWidget()
        middle = QVBoxLayout(self._figures)
        middle.setContentsMargins(theme.PAGE_MARGIN, 14, theme.PAGE_MARGIN, 14)
        middle.setSpacing(12)
        middle.addLayout(figures)
        middle.addLayout(slide)
        middle.addWidget(self._note)
        middle.addWidget(self.table)
        self.trade_off = TradeOff()
        middle.addWidget(self.trade_off, 1)
        middle.addStretch(0)
        self._listen = listen = Ground("bg", "l")
        column = QVBoxLayout(listen)
        column.setContentsMargins(theme.S16 - INSET, 14, theme.S16 - INSET, 12)
        column.setSpacing(8)
        heads = QVBoxLayout()
        heads.setContentsMargins(INSET, 0, INSET, 0)
        heads.setSpacing(8)
        heads.addWidget(Label(_("To listen to"), weight=theme.TITLE))
        heads.addWidget(Label(_("Mistakes, then those nearest the line"), size=theme.CAPTION, kind="muted"))
        column.addLayout(heads)
        self.listen = StemList()
        self.listen.chosen.connect(self._listed_chosen)
        self.listen.opened.connect(self.play)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.listen)
        column.addWidget(area, 1)
        self.play_button = Button(_("Play"), "play")
        self.play_button.clicked.connect(self.play)
        foot = QHBoxLayout()
        foot.setContentsMargins(INSET, 0, INSET, 0)
        foot.addWidget(self.play_button)
        column.addLayout(foot)
        self._below = below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self._figures, 1)
        below.addWidget(listen)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(above, 5)
        whole.addWidget(Line())
        whole.addLayout(below, 4)
        theme.current().changed.connect(self._arrange)

    def minimumSizeHint(self) -> QSize:
        """As narrow as its parts are below each other."""
        least = max(self._above.minimumSize().width(), self._figures.minimumSizeHint().width())
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """What to listen to goes below where there is no room for it beside the figures."""
        beside = self.width() >= self._figures.minimumSizeHint().width() + px(_LIST)
        self._below.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._listen.setMinimumSize(px(_LIST), 0 if beside else px(300))
        self._listen.setMaximumWidth(px(_LIST) if beside else self.width())

    # Files

    def choose_stream(self) -> None:
        start = str(self.stream.parent if self.stream else Path.home())
        chosen, _kind = QFileDialog.getOpenFileName(
            self, _("A recording to rehearse with"), start, _(self.words.stream)
        )
        if chosen:
            self.set_files(Path(chosen), self.truth)

    def choose_truth(self) -> None:
        start = str((self.truth or self.stream or Path.home() / "x").parent)
        chosen, _kind = QFileDialog.getOpenFileName(
            self, _("When what is said in it"), start, _("Labels (*.txt);;All (*)")
        )
        if chosen:
            self.set_files(self.stream, Path(chosen))

    def set_files(self, stream: Path | None, truth: Path | None) -> None:
        """Without a truth: a file beside the stream with its name and `.txt`, where there is one."""
        if truth is None and stream is not None:
            beside = [stream.with_suffix(".txt"), stream.with_name("truth.txt")]
            truth = next((path for path in beside if path.is_file()), None)
        self.stream, self.truth = stream, truth
        self.found = None
        self._show_files()
        self.files_changed.emit()

    @property
    def ready(self) -> bool:
        return self.stream is not None and self.truth is not None

    @property
    def files(self) -> tuple[Path, Path]:
        """Stream and truth; asked only where `ready`."""
        assert self.stream is not None  # noqa: S101  what `ready` says
        assert self.truth is not None  # noqa: S101
        return self.stream, self.truth

    def _show_files(self) -> None:
        self.stream_button.set_text(self.stream.name if self.stream else _("Choose a recording"))
        self.truth_button.set_text(self.truth.name if self.truth else _("Choose its times"))
        if self.found is None:
            self._show_nothing()

    def _show_nothing(self, why: str = "") -> None:
        self.timeline.show_stream(60.0, np.zeros(0), np.zeros(0, np.float32))
        self.listen.show_stems([])
        self.slider.setEnabled(False)
        self.play_button.setEnabled(False)
        for figure in (self.table, self.trade_off):
            figure.hide()
        self.alarms.show_figure("–", _("false alarms"), "")
        self.missed.show_figure("–", _(self.words.missed), "")
        self._value.setText("–")
        ask = _("Choose a long recording, and the times of the words in it as a label track, such as Audacity exports.")
        ready = _("Rehearse to hear the whole recording as the board in use would, deciding as often as that can.")
        self._note.setText(why or (ready if self.ready else ask))
        self._note.set_kind("err" if why else "muted")
        self._what.setText("")

    def fail(self, error: StudioError) -> None:
        self.found = None
        self._show_nothing(f"{error} {error.advice()}")

    # What was found

    def show_rehearsed(self, found: Rehearsed, classes: list[str]) -> None:
        self.found = found
        for figure in (self.table, self.trade_off):
            figure.show()
        rehearsal = found.rehearsal
        self._styles = class_styles(classes)
        self.timeline.show_stream(rehearsal.hours * 3600, rehearsal.times_s, rehearsal.best)
        own = round(rehearsal.threshold * 255)
        places = [outcome.threshold for outcome in rehearsal.outcomes]
        self.slider.setEnabled(True)
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(places) - 1)
        self.slider.setPageStep(max(len(places) // 10, 1))
        self.slider.setValue(places.index(own) if own in places else 0)
        self.slider.blockSignals(False)
        counts = rehearsal.counts
        self._points = [
            (o.counts.false_alarms / rehearsal.hours, o.counts.missed / max(o.counts.present, 1))
            for o in rehearsal.outcomes
        ]
        text = _(self.words.found)
        self._what.setText(
            text.format(
                minutes=f"{60 * rehearsal.hours:,.1f}", hop=f"{1000 * rehearsal.hop_s:,.0f}", board=found.board,
                found=counts.found, present=counts.present,
            )
        )  # fmt: skip
        self._show_outcome()

    @property
    def outcome(self) -> "Outcome | None":
        """At the slider's threshold."""
        return None if self.found is None else self.found.rehearsal.outcomes[self.slider.value()]

    def _show_outcome(self) -> None:
        found, outcome = self.found, self.outcome
        if found is None or outcome is None:
            return
        threshold, counts, hours = outcome.threshold / 255, outcome.counts, found.rehearsal.hours
        stems = stems_of(found.rehearsal, outcome, self._styles)
        self.timeline.show_stems(stems, threshold)
        self._value.setText(f"{threshold:.2f}")
        low, high = found.intervals[counts.false_alarms]
        present = max(counts.present, 1)
        self.trade_off.show_points(
            self._points,
            (counts.false_alarms / hours, counts.missed / present),
            ((low, high), wilson(counts.missed, counts.present)),
            f"{threshold:.2f}",
        )
        self.alarms.show_figure(
            f"{counts.false_alarms / hours:.1f}",
            _("false alarms per hour"),
            _("{count} in {minutes} min; {low} to {high} at 95 %").format(
                count=counts.false_alarms, minutes=f"{60 * hours:.1f}", low=f"{low:.1f}", high=f"{high:.1f}"
            ),
        )
        low, high = wilson(counts.missed, counts.present)
        self.missed.show_figure(
            _("{missed} of {present}").format(missed=counts.missed, present=counts.present),
            _(self.words.missed),
            _("{low} to {high} % at 95 % confidence").format(low=f"{100 * low:.1f}", high=f"{100 * high:.1f}"),
        )
        own = _("The run's own threshold is {own}. The slider looks; it does not change the run.")
        notice = found.rehearsal.notice
        self._note.setText(notice or own.format(own=f"{found.rehearsal.threshold:.2f}"))
        self._note.set_kind("warn" if notice else "muted")
        rows = [
            (at, c.false_alarms / hours, c.missed)
            for at, c in ((t / 100, found.rehearsal.outcome_at(round(2.55 * t)).counts) for t in range(30, 100, 10))
        ]
        self.table.show_rows(rows, counts.present, threshold)
        wrong = [s for s in stems if s.verdict is not Verdict.FOUND]
        near = sorted((s for s in stems if s.verdict is Verdict.FOUND), key=lambda s: abs(s.score - threshold))
        self.listen.show_stems([*wrong[:40], *near[: max(NEAREST - len(wrong), 3)]])
        self.play_button.setEnabled(self._stem is not None)

    # Listening

    @property
    def _stem(self) -> Stem | None:
        place = self.timeline.current
        return self.timeline.stems[place] if place is not None and place < len(self.timeline.stems) else None

    def _stem_chosen(self, _place: int) -> None:
        self.listen.mark(self._stem)
        self.play_button.setEnabled(True)

    def _listed_chosen(self, stem: Stem) -> None:
        if stem in self.timeline.stems:
            self.timeline.choose(self.timeline.stems.index(stem))

    def play(self) -> None:
        stem, found = self._stem, self.found
        if stem is None or found is None:
            return
        what = f"{stem.at_s}"
        if self._player.playing.what == what:
            self._player.stop()
            return
        rate_hz = found.rate_hz
        if rate_hz is None:
            return
        start = max(0, round((stem.at_s - HEARD_BEFORE_S) * rate_hz))
        self._player.play_file(what, found.stream, start, round((stem.at_s + HEARD_AFTER_S) * rate_hz))

    def stop(self) -> None:
        self._player.stop()

    def _played(self, playing: Playing) -> None:
        self.play_button.set_text(_("Play") if playing.what is None else _("Stop"))
        self.play_button.set_icon("play" if playing.what is None else "stop")
        if playing.error is not None:
            self._session.fail(playing.error)
