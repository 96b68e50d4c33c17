"""What is heard: the prompt, live traces with their meter, figures, what went wrong, and the record button."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Ground, Label, Line
from studio.ui.icons import NORMAL, draw_icon
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.level_meter import LevelMeter, level_of
from studio.ui.widgets.live_trace import LiveMark, LiveStream, LiveTraces, LiveWaveform
from studio.ui.widgets.painted import RIGHT, ClassStyle, Painted, draw_swatch, draw_text, px, text_width
from studio.ui.widgets.ticks import number_text

SHOWN_S = 6.0
SCALES = (0.05, 0.1, 0.25, 0.5, 1.0)  # shares of full scale at a waveform's edge
ROOM = 1.25  # over the loudest, at the edge
CALM_S = 6.0  # that it must have been quieter for before the scale comes nearer
QUIET_DB = -45.0  # a level below it is no speech to be told of


@dataclass(frozen=True)
class Figures:
    """peak_db: held. floor_db: of the noise. Both None before anything was heard."""

    peak_db: float | None = None
    floor_db: float | None = None
    lost: int = 0
    seen: int = 0


class Stage(Ground):
    """It shows what it is told. `heard` draws new samples; all live views follow from it."""

    recorded = Signal()  # the record button
    hands_off_asked = Signal()
    device_asked = Signal()
    virtual_asked = Signal()
    kept = Signal()
    discarded = Signal()
    other_asked = Signal()

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
        self._stack = QStackedWidget()
        for widget in (self._live, self._waiting, self.cue):
            self._stack.addWidget(widget)
        column.addWidget(self._stack, 1)
        self._numbers = _Numbers()
        column.addWidget(self._numbers)
        self.problem = ProblemCard()
        self.problem.hide()
        column.addWidget(self.problem)
        outside.addLayout(column, 1)
        self._foot = Ground("surface", "t")
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(16, 11, 16, 10)
        foot.setSpacing(8)
        self.hands_off = Button(_("Hands off"), "target", "ghost", key=keys["hands_off"])
        self.hands_off.clicked.connect(self.hands_off_asked)
        self.discard = Button(_("Discard"), "trash", "ghost")
        self.discard.clicked.connect(self.discarded)
        self.record = Button(_("Record"), "record", "record", key=keys["record"])
        self.record.clicked.connect(self.recorded)
        self.keep = Button(_("Keep"), "tick", key=keys["keep"])
        self.keep.clicked.connect(self.kept)
        self.other = Button(_("Use this computer's microphone"), "laptop", "ghost")
        self.other.clicked.connect(self.other_asked)
        left, right = _side(), _side()
        for widget, holder in ((self.hands_off, left), (self.discard, left), (self.other, right)):
            box = holder.layout()
            assert isinstance(box, QHBoxLayout)  # noqa: S101  as _side makes it
            if holder is right:
                box.addStretch(1)
            box.addWidget(widget)
            if holder is left and widget is self.discard:
                box.addStretch(1)
        foot.addWidget(left, 1)
        foot.addWidget(self.record)
        foot.addWidget(self.keep)
        foot.addWidget(right, 1)
        outside.addWidget(self._foot)
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

    def show_recording(self, from_index: int | None) -> None:
        self.stream.set_recording(from_index)

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

    def show_problem(self, what: "Problem | None") -> None:
        """Under the traces; then Record gives way to Keep where something was saved."""
        self.problem.setVisible(what is not None)
        if what is not None:
            self.problem.show_problem(what)
        saved = what is not None and bool(what.saved)
        self.keep.setVisible(saved)
        self.discard.setVisible(saved)
        self.record.setVisible(not saved)
        self.hands_off.setVisible(not saved)
        self.other.setVisible(what is not None and what.offers_other)
        if what is not None and saved:
            self.keep.set_text(_("Keep {length}").format(length=what.length))


def _side() -> QWidget:
    """A side of the foot: as wide as the other, so that the record button is in the middle."""
    side = QWidget()
    side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    box = QHBoxLayout(side)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(8)
    return side


class Prompt(Painted):
    """What to say, what comes next, whether it is being recorded and for how long."""

    def __init__(self) -> None:
        super().__init__()
        self._head, self._style = "", ClassStyle("")
        self._next: list[ClassStyle] = []
        self._note = self._state = self._tone = ""
        self._elapsed: float | None = None
        self.restyle()

    def restyle(self) -> None:
        self.setFixedHeight(px(62))

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(62))

    def show_prompt(self, head: str, style: ClassStyle, coming: Sequence[ClassStyle]) -> None:
        if (head, style, list(coming)) == (self._head, self._style, self._next):
            return
        self._head, self._style, self._next = head, style, list(coming)
        self.setAccessibleName(f"{head} {style.name}")
        self.update()

    def show_state(self, state: str, tone: str, note: str, elapsed_s: float | None) -> None:
        """state, tone: a chip, none for ""; note: beside it; elapsed_s: large below."""
        if (state, tone, note) != (self._state, self._tone, self._note):
            self._state, self._tone, self._note = state, tone, note
            self.describe(f"{state} {note}".strip())
            self.update()
        shown = None if elapsed_s is None else round(elapsed_s, 2)
        if shown != self._elapsed:
            self._elapsed = shown
            self.update(round(self.width() / 2), px(22), self.width(), self.height())

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, top, low = self.width(), QRectF(0, 0, self.width(), px(20)), QRectF(0, px(20), self.width(), px(42))
        right = float(width)
        elapsed = "" if self._elapsed is None else _("{seconds:.2f} s").format(seconds=self._elapsed)
        if elapsed:
            draw_text(painter, low, elapsed, size=theme.ELAPSED, weight=theme.HEAD, align=RIGHT)
            right = width - text_width(theme.font(theme.ELAPSED, theme.HEAD), "00.00 s") - 16
        note = text_width(theme.font(theme.BODY), self._note)
        if self._note:
            draw_text(painter, top, self._note, role="muted", align=RIGHT)
        if self._state:
            self._paint_state(painter, width - note - (px(11) if note else 0), top)
        draw_text(painter, top, self._head, role="muted", size=theme.CAPTION, weight=theme.HEAD)
        room = QRectF(0, low.top(), max(right - 8, 40), low.height())
        word = draw_text(painter, room, self._style.name, size=theme.ELAPSED, weight=theme.TITLE)
        left = max(word, px(44)) + px(30)
        if self._next and left + px(90) < right:
            painter.fillRect(QRectF(left - px(15), 2, 1, self.height() - 8), theme.current().role("line"))
            draw_text(
                painter,
                top.adjusted(left + px(4), 0, 0, 0),
                _("Next"),
                role="muted",
                size=theme.CAPTION,
                weight=theme.HEAD,
            )
            self._paint_next(painter, left + px(4), right, low)

    def _paint_next(self, painter: QPainter, left: float, right: float, low: QRectF) -> None:
        middle = low.center().y() + 4
        for style in self._next:
            width = text_width(theme.font(), style.name) + px(18)
            if left + width > right:
                return
            draw_swatch(painter, left, middle, style, 8)
            draw_text(painter, QRectF(left + px(14), middle - px(10), width, px(20)), style.name, role="muted")
            left += width + px(16)

    def _paint_state(self, painter: QPainter, right: float, top: QRectF) -> None:
        font = theme.font(theme.CAPTION, theme.TITLE)
        words = QFontMetricsF(font).horizontalAdvance(self._state)
        box = QRectF(right - words - px(34), top.center().y() - px(11), words + px(34), px(21))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(
            theme.current().role(f"{self._tone}_ground" if self._tone in ("ok", "warn", "err") else "fill")
        )
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setBrush(theme.current().role(self._tone if self._tone != "plain" else "muted"))
        painter.drawEllipse(QRectF(box.left() + px(10), box.center().y() - 3.5, 7, 7))
        draw_text(
            painter,
            box.adjusted(px(23), 0, 0, 0),
            self._state,
            role=self._tone if self._tone != "plain" else "muted",
            size=theme.CAPTION,
            weight=theme.TITLE,
        )


class Cue(Painted):
    """Hands off: the word to say in letters that are read across a room, and how long until it is recorded."""

    def __init__(self) -> None:
        super().__init__()
        self._style, self._count, self._share = ClassStyle(""), "", 0.0

    def show_cue(self, style: ClassStyle, count: str, share: float) -> None:
        """count: seconds until it begins, "" while it is recorded; share: of the recording that is made, 0..1."""
        self._style, self._count, self._share = style, count, share
        self.setAccessibleName(f"{style.name} {count}".strip())
        self.update()

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(1, 6, -1, -6)
        recording = not self._count
        painter.setPen(QPen(theme.current().role("record" if recording else "line"), 2 if recording else 1))
        painter.setBrush(theme.current().role("well"))
        painter.drawRoundedRect(rect, 6, 6)
        centre = Qt.AlignmentFlag.AlignCenter
        word = QRectF(rect.left() + 12, rect.center().y() - px(84), rect.width() - 24, px(120))
        draw_text(painter, word, self._style.name, size=theme.PROMPT, weight=theme.TITLE, align=centre)
        below = QRectF(rect.left(), word.bottom(), rect.width(), px(44))
        if self._count:
            draw_text(painter, below, self._count, role="muted", size=theme.ELAPSED, align=centre)
        else:
            bar = QRectF(rect.center().x() - px(160), below.center().y() - 4, px(320), 8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.current().role("press"))
            painter.drawRoundedRect(bar, 4, 4)
            painter.setBrush(theme.current().role("record"))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(bar.width() * self._share, 8), 8), 4, 4)


class Waiting(QWidget):
    """Wells with the ghost of what will run in them, and what is needed first."""

    device_asked = Signal()
    virtual_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 7, 64, 7)
        layout.setSpacing(12)
        self._ghost = LiveWaveform(LiveStream(16_000, SHOWN_S))
        self._ghost.setAccessibleName(_("Nothing is heard yet"))
        layout.addWidget(self._ghost, 1)
        self._offer = EmptyState(
            "devices",
            _("No board yet"),
            _("Sound will run here as soon as a board or a microphone is chosen."),
            _("Choose a board"),
            link=_("Without one: start the virtual board"),
        )
        self._offer.acted.connect(self.device_asked)
        self._offer.link_followed.connect(self.virtual_asked)
        self._plain = EmptyState("collect", " ", " ")
        self._words: tuple[str, str] = ("", "")
        self._column = layout
        layout.addWidget(self._offer)
        layout.addWidget(self._plain)

    def show_words(self, title: str, why: str, *, offers: bool) -> None:
        self._offer.setVisible(offers)
        self._plain.setVisible(not offers)
        if not offers and (title, why) != self._words:
            self._words = (title, why)
            self._plain.hide()
            self._plain.deleteLater()
            self._plain = EmptyState("collect", title, why)
            self._column.addWidget(self._plain)


class _Numbers(QWidget):
    """Peak, noise floor, how far speech stands above it, and losses: in words and figures."""

    def __init__(self) -> None:
        super().__init__()
        self._figures = Figures()
        self.setFixedHeight(30)
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
            parts.append((_("Peak over noise"), over, "text"))
        lost = _("{lost:,} of {seen:,} samples").format(lost=f.lost, seen=f.seen)
        parts.append((_("Lost"), lost, "warn" if f.lost else "text"))
        return parts

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        x = 46.0
        for name, value, role in self._parts():
            words, figure = theme.font(), theme.font(theme.BODY, theme.TITLE)
            width = text_width(words, name) + 7 + text_width(figure, value)
            if x + width > self.width():
                return
            draw_text(painter, QRectF(x, 6, width, 20), name, role="muted")
            left = x + text_width(words, name) + 7
            draw_text(painter, QRectF(left, 6, width, 20), value, role=role, weight=theme.TITLE)
            x += width + 18


@dataclass(frozen=True)
class Problem:
    """what, next: sentences. saved: what is on the disk, in words, and `length` of it; "" where nothing was recorded.

    offers_other: whether this computer's microphone is a way on.
    """

    what: str
    next: str
    saved: str = ""
    length: str = ""
    offers_other: bool = False


class ProblemCard(QWidget):
    """What happened, what is saved, what next: under the traces, while they stand still."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: Problem | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(8)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addSpacing(36)
        self._what = Label("", theme.SECTION, theme.TITLE, wrap=True)
        top.addWidget(self._what, 1)
        layout.addLayout(top)
        self._line = Line()
        layout.addWidget(self._line)
        columns = QHBoxLayout()
        columns.setSpacing(20)
        self._saved_side = QWidget()
        left = QVBoxLayout(self._saved_side)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(3)
        left.addWidget(Label(_("What is saved"), theme.CAPTION, theme.HEAD, "muted"))
        self._saved = Label("", weight=theme.TITLE, wrap=True)
        left.addWidget(self._saved)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(3)
        right.addWidget(Label(_("What next"), theme.CAPTION, theme.HEAD, "muted"))
        self._next = Label("", weight=theme.TITLE, wrap=True)
        right.addWidget(self._next)
        right.addStretch(1)
        columns.addWidget(self._saved_side, 1)
        columns.addLayout(right, 1)
        layout.addLayout(columns)

    def show_problem(self, problem: Problem) -> None:
        self.shown = problem
        self._what.setText(problem.what)
        self._next.setText(problem.next)
        self._saved.setText(problem.saved)
        self._saved_side.setVisible(bool(problem.saved))
        self.setAccessibleName(problem.what)
        self.setAccessibleDescription(f"{problem.saved} {problem.next}".strip())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        painter.setPen(QPen(colours.role("err"), 1.5))
        painter.setBrush(colours.role("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), 8, 8)
        disc = QRectF(18, self._what.y() + self._what.height() / 2 - 16, 32, 32)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.role("err_ground"))
        painter.drawEllipse(disc)
        draw_icon(painter, "warn", QRectF(disc.left() + 6, disc.top() + 6, NORMAL, NORMAL), "err")
