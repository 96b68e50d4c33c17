"""What is heard: the prompt, live traces with their meter, figures, what went wrong, and the record button."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Ground
from studio.ui.pages.collect_foot import Foot
from studio.ui.pages.collect_problem import Problem, ProblemCard
from studio.ui.pages.collect_prompt import Cue, Prompt
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.level_meter import LevelMeter, level_of
from studio.ui.widgets.live_stream import LiveMark, LiveStream
from studio.ui.widgets.live_trace import LiveTraces, LiveWaveform
from studio.ui.widgets.painted import ClassStyle, draw_text, draw_well, px, text_width
from studio.ui.widgets.ticks import number_text
from studio.ui.widgets.time_plot import gutter

SHOWN_S = 6.0
SCALES = (0.05, 0.1, 0.25, 0.5, 1.0)  # shares of full scale at a waveform's edge
ROOM = 1.25  # over the loudest, at the edge
CALM_S = 6.0  # that it must have been quieter for before the scale comes nearer
QUIET_DB = -45.0  # a level below it is no speech to be told of


@dataclass(frozen=True)
class Figures:
    """peak_db: held. floor_db: of the noise. Both None before anything was heard. live: whether they still change."""

    peak_db: float | None = None
    floor_db: float | None = None
    lost: int = 0
    seen: int = 0
    live: bool = True


class Stage(Ground):
    """It shows what it is told. `heard` draws new samples; all live views follow from it."""

    device_asked = Signal()
    virtual_asked = Signal()

    def __init__(self, keys: "dict[str, str]") -> None:
        """keys: as shown, of record, hands off and keep."""
        super().__init__("surface")
        self.stream = LiveStream(16_000, SHOWN_S)
        self.loudest = 0.0  # share of full scale, of what is shown
        self._calm_s = 0.0
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        column = QVBoxLayout()
        column.setContentsMargins(24, 16, 24, 12)
        column.setSpacing(0)
        self.prompt = Prompt()
        column.addWidget(self.prompt)
        column.addSpacing(12)
        self.traces = LiveTraces(self.stream)
        self.meter = LevelMeter()
        self._live = QWidget()
        row = QHBoxLayout(self._live)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(self.traces, 1)
        beside = QVBoxLayout()
        beside.setContentsMargins(0, 3, 0, 26)
        beside.addWidget(self.meter)
        row.addLayout(beside)
        self._waiting = Waiting()
        self._waiting.device_asked.connect(self.device_asked)
        self._waiting.virtual_asked.connect(self.virtual_asked)
        self.cue = Cue()
        self._stack = _OneOf()
        for widget in (self._live, self._waiting, self.cue):
            self._stack.addWidget(widget)
        column.addWidget(self._stack, 1)
        self._numbers = _Numbers()
        column.addWidget(self._numbers)
        self.problem = ProblemCard()
        self.problem.hide()
        column.addWidget(self.problem)
        outside.addLayout(column, 1)
        self.foot = Foot(keys)
        outside.addWidget(self.foot)
        self.show_problem(None)

    # What is heard

    def begin_stream(self, rate_hz: float, name: str) -> None:
        """Another source: nothing of the last one is shown."""
        if rate_hz != self.stream.rate_hz:
            self._replace_stream(rate_hz)
        else:
            self.stream.append(np.zeros(0, np.int16), 0)
            self.stream.remade.emit()
        self.stream.set_marks([])
        self.stream.set_recording(None)
        self.traces.waveform.set_title(name, f"{rate_hz / 1000:g} kHz")
        self.meter.reset()
        self.loudest = 0.0

    def hear(self, samples: NDArray[np.int16], first_index: int) -> None:
        """samples: int16 (n,), n at least 1; drawn with the next frame."""
        self.stream.append(samples, first_index)
        level = level_of(samples)
        self.meter.show_level(level)
        self._fit_scale(10 ** (level.peak_db / 20), len(samples) / self.stream.rate_hz)

    def show_figures(self, figures: Figures) -> None:
        self._numbers.show_figures(figures)

    def show_gone(self, seconds: float | None) -> None:
        """The source has given nothing for so long; None: it is there."""
        stream = self.stream
        if seconds is None:
            if stream.ended_at is not None:
                stream.set_ended(None)
            return
        if stream.ended_at is None:
            stream.set_ended(stream.columns.end)
            self.meter.reset()
        stream.wait(seconds)

    def show_take(self, from_index: int | None, seconds: float, wanted_s: float | None, style: ClassStyle) -> None:
        """A take is on: from where in the stream, for how long until now, of how long."""
        note = "" if wanted_s is None else _("of {seconds:g} s").format(seconds=wanted_s)
        self.stream.set_recording(from_index)
        self.prompt.show_state(_("Recording"), "err", note, seconds)
        if self._stack.currentWidget() is self.cue:
            self.cue.show_cue(style, "", seconds / wanted_s if wanted_s else 0.0)

    def show_no_take(self) -> None:
        if self.stream.recording_from is not None:
            self.stream.set_recording(None)

    def show_marks(self, marks: Sequence[LiveMark]) -> None:
        self.stream.set_marks(marks)

    def _fit_scale(self, peak: float, seconds: float) -> None:
        """The edge of the waveform: out at once, in when it has been calm for all that is shown."""
        wanted = next((scale for scale in SCALES if peak * ROOM <= scale), 1.0)
        scale = self.stream.full_scale
        self.loudest = max(self.loudest, peak)
        self._calm_s = 0.0 if wanted >= scale else self._calm_s + seconds
        if wanted > scale:
            self.stream.set_full_scale(wanted)
            self.loudest = peak
        elif self._calm_s >= CALM_S:
            nearer = next((each for each in SCALES if self.loudest * ROOM <= each), 1.0)
            if nearer < scale:
                self.stream.set_full_scale(nearer)
            self._calm_s, self.loudest = 0.0, peak

    def _replace_stream(self, rate_hz: float) -> None:
        old = self.traces
        self.stream = LiveStream(rate_hz, SHOWN_S)
        self.traces = LiveTraces(self.stream)
        layout = self._live.layout()
        assert layout is not None  # noqa: S101  made above
        layout.replaceWidget(old, self.traces)
        old.hide()
        old.deleteLater()

    # What is shown instead

    def show_live(self) -> None:
        self._stack.setCurrentWidget(self._live)
        self._numbers.show()

    def show_waiting(self, title: str, why: str, *, offers: bool) -> None:
        """Nothing can be heard yet. offers: whether a board can be chosen from here."""
        self._waiting.show_words(title, why, offers=offers)
        self._stack.setCurrentWidget(self._waiting)
        self._numbers.hide()

    def show_cue(self) -> None:
        """Hands off: the prompt, large."""
        self._stack.setCurrentWidget(self.cue)

    @property
    def shows_live(self) -> bool:
        return self._stack.currentWidget() is self._live

    def show_problem(self, what: Problem | None) -> None:
        """Under the traces; then Record gives way to Keep where something was saved."""
        self.problem.setVisible(what is not None)
        if what is not None:
            self.problem.show_problem(what)
        self.foot.show_problem(what)


class _OneOf(QStackedWidget):
    """It asks for no more room than what is shown needs."""

    def minimumSizeHint(self) -> QSize:
        shown = self.currentWidget()
        return super().minimumSizeHint() if shown is None else shown.minimumSizeHint()


class Waiting(QWidget):
    """Wells with the ghost of what will run in them, and what is needed first."""

    device_asked = Signal()
    virtual_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 7, 0, 0)
        row.setSpacing(14)
        layout = QVBoxLayout()
        layout.setSpacing(12)
        row.addLayout(layout, 1)
        meter = LevelMeter()
        meter.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row.addWidget(meter)
        self._ghost = LiveWaveform(LiveStream(16_000, SHOWN_S))
        self._ghost.setAccessibleName(_("Nothing is heard yet"))
        layout.addWidget(self._ghost, 1)
        well = _Well()
        self._column = QVBoxLayout(well)
        self._column.setContentsMargins(gutter(), 8, 0, 0)
        layout.addWidget(well)
        device = Button(_("Choose a board"), "devices", "primary")
        device.clicked.connect(self.device_asked)
        virtual = Button(_("Start the virtual board"), kind="ghost")
        virtual.clicked.connect(self.virtual_asked)
        self._offer = EmptyState(
            "devices",
            _("No board yet"),
            _("Sound will run here as soon as a board or a microphone is chosen."),
            device,
            virtual,
        )
        self._plain = EmptyState("collect", "", "")
        self._column.addWidget(self._offer)
        self._column.addWidget(self._plain)

    def show_words(self, title: str, why: str, *, offers: bool) -> None:
        self._offer.setVisible(offers)
        self._plain.setVisible(not offers)
        self._plain.show_words(title, why)


class _Well(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        draw_well(QPainter(self), self.rect().adjusted(gutter(), 0, -1, 0))


class _Numbers(QWidget):
    """Peak, noise floor, how far speech stands above it, and losses: in words and figures."""

    def __init__(self) -> None:
        super().__init__()
        self._figures = Figures()
        self.setFixedHeight(px(30))
        self.setAccessibleName(_("Figures"))

    def show_figures(self, figures: Figures) -> None:
        if figures == self._figures:
            return
        self._figures = figures
        self.setAccessibleDescription(", ".join(f"{name} {value}" for name, value, _role in self._parts()))
        self.update()

    def _parts(self) -> list[tuple[str, str, str]]:
        f = self._figures
        if f.peak_db is None or f.floor_db is None:
            return []
        parts = [
            (_("Peak"), _("{level} dBFS").format(level=number_text(round(f.peak_db))), "text"),
            (_("Noise floor"), _("{level} dBFS").format(level=number_text(round(f.floor_db))), "text"),
        ]
        if f.peak_db > QUIET_DB:
            over = _("{level} dB").format(level=number_text(round(max(f.peak_db - f.floor_db, 0))))
            parts.append((_("Over noise"), over, "text"))
        lost = _("{lost:,} of {seen:,} samples").format(lost=f.lost, seen=f.seen)
        parts.append((_("Lost"), lost, "warn" if f.lost else "text"))
        return parts

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        x = float(gutter())
        for name, value, role in self._parts():
            words, figure = theme.font(), theme.font(theme.BODY, theme.TITLE)
            width = text_width(words, name) + 7 + text_width(figure, value)
            if x + width > self.width():
                return
            draw_text(painter, QRectF(x, px(6), width, px(20)), name, role="muted")
            left = x + text_width(words, name) + 7
            ink = role if self._figures.live else "muted"
            draw_text(painter, QRectF(left, px(6), width, px(20)), value, role=ink, weight=theme.TITLE)
            x += width + 18
