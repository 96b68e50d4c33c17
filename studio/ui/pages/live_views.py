"""Views of Live: what the board hears with its feature pictures, and the decisions below."""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Elided, Icon, Label
from studio.ui.widgets.decisions import DecisionMark, DecisionTimeline
from studio.ui.widgets.feature_picture import FeaturePicture
from studio.ui.widgets.live_plot import LiveRuler
from studio.ui.widgets.live_stream import LiveMark, LiveStream
from studio.ui.widgets.live_trace import LiveWaveform
from studio.ui.widgets.painted import ClassStyle, px
from studio.ui.widgets.scores import int8_as_scores

if TYPE_CHECKING:
    from studio.core.samples import Block
    from studio.live.listening import Begun, Scored
    from studio.live.live import LiveWindow

SECONDS = 8.0
LEAST_SCALE = 0.02  # share of full scale at the waveform's edge, so that silence looks silent
HEADROOM = 1.2


class HearingView(QWidget):
    """The waveform of the last seconds with the window that was used; below it the features of board and host."""

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(Label(_("What the board hears"), weight=theme.TITLE))
        self._where = Elided(role="muted", size=theme.CAPTION, right=True)
        head.addWidget(self._where, 1)
        layout.addLayout(head)
        self._wave_box = QVBoxLayout()
        self._wave_box.setSpacing(0)
        layout.addLayout(self._wave_box)
        self._listen_at(16_000)
        pictures = QHBoxLayout()
        pictures.setSpacing(12)
        self.board, self.host, self.difference = FeaturePicture(), FeaturePicture(), FeaturePicture()
        self._details: list[Elided] = []
        for name, view in ((_("Board"), self.board), (_("Host"), self.host), (_("Difference"), self.difference)):
            view.setAccessibleName(_("{side}: features").format(side=name))
            column = QVBoxLayout()
            column.setSpacing(4)
            line = QHBoxLayout()
            line.addWidget(Label(name, weight=theme.TITLE))
            detail = Elided(role="muted", size=theme.CAPTION, right=True)
            self._details.append(detail)
            line.addWidget(detail, 1)
            column.addLayout(line)
            view.setMinimumHeight(px(110))
            column.addWidget(view, 1)
            pictures.addLayout(column, 1)
        layout.addLayout(pictures, 1)

    def clear(self) -> None:
        for view, detail in zip((self.board, self.host, self.difference), self._details, strict=True):
            view.show_values(np.zeros((0, 0), np.int8))
            detail.set_text("")
        self._where.set_text("")
        self._listen_at(self._stream.rate_hz)

    def begin(self, begun: "Begun") -> None:
        self._listen_at(begun.spec.rate_hz)
        self._where.set_text(_("{board}, {rate} kHz").format(board=begun.board, rate=f"{begun.spec.rate_hz / 1000:g}"))

    def add_sound(self, blocks: "Sequence[Block]") -> None:
        """In order, as they came."""
        if not blocks:
            return
        first = blocks[0].first_index
        joined = [block.samples[:, 0] for block in blocks]
        if first + sum(map(len, joined)) == blocks[-1].first_index + len(joined[-1]):
            self._stream.append(np.concatenate(joined), first)
        else:  # some were lost between them
            for block in blocks:
                self._stream.append(block.samples[:, 0], block.first_index)
        columns = self._stream.columns
        peak = max(int(columns.high.max()), -int(columns.low.min())) / 32768
        wanted = min(1.0, max(peak * HEADROOM, LEAST_SCALE))
        if wanted > self._stream.full_scale or wanted < self._stream.full_scale / 2:
            self._stream.set_full_scale(wanted)

    def show_window(self, window: "LiveWindow", style: ClassStyle, clip_samples: int) -> None:
        """Marks the window that was used. style: of the class that the board gave it."""
        last = window.first_sample + clip_samples
        self._stream.set_marks([LiveMark(window.first_sample, last, _("window used"), style, window=True)])

    def show_pictures(self, window: "LiveWindow") -> None:
        """The int8 input of both; where they part at the features, the features. A board that did not send its own
        has, by its checksums, the host's, unless they part.
        """
        from studio.live.compare import Stage

        host = window.host
        theirs = window.board_stages or (host if window.parted is None else None)
        raw = window.parted in (Stage.SAMPLES, Stage.FEATURES)
        ours = (host.features if raw else host.input) if host is not None else None
        board = (theirs.features if raw else theirs.input) if theirs is not None else None
        shown = ours if ours is not None else board
        if shown is None:
            return
        low, high = np.percentile(shown, (5, 99.7)).tolist()
        high = max(high, low + (1500 if raw else 48))
        for view, values in ((self.board, board), (self.host, ours)):
            view.show_values(np.zeros((0, 0), np.int8) if values is None else values, low, high)
        text = _("{frames} × {bands} × {kind}").format(frames=shown.shape[0], bands=shown.shape[1], kind=shown.dtype)
        for detail, values in zip(self._details, (board, ours), strict=False):
            detail.set_text(_("not sent") if values is None else text)
        if board is None or ours is None:
            self.difference.show_values(np.zeros((0, 0), np.int8))
            self._details[2].set_text(_("asked for"))
            return
        self.difference.show_difference(board, ours)
        count = int(np.count_nonzero(board != ours))
        self._details[2].set_text(_("{n} of {total}").format(n=f"{count:,}", total=f"{board.size:,}") if count else "")

    def _listen_at(self, rate_hz: float) -> None:
        """A new stream, in new views."""
        while (item := self._wave_box.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._stream = LiveStream(rate_hz, SECONDS, self)
        self.waveform = LiveWaveform(self._stream)
        self.waveform.setAccessibleName(_("What the board hears"))
        self.waveform.setFixedHeight(px(88))
        self._wave_box.addWidget(self.waveform)
        self._wave_box.addWidget(LiveRuler(self._stream))


class DecisionsView(QWidget):
    """The last minute of scores and decisions; a chosen decision can be said to be a false alarm.

    kept: a decision, and whether it is to be labelled as background (else it stays unlabelled).
    """

    kept = Signal(object, bool)

    def __init__(self, background_key: str, unlabelled_key: str) -> None:
        super().__init__()
        self._smooth = 1
        self._recent: deque[np.ndarray] = deque()
        self._scored: dict[float, Scored] = {}
        self._classes: list[str] = []
        self._styles: list[ClassStyle] = []
        self._count = 0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 8, 24, 8)
        layout.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label(_("Decisions"), weight=theme.TITLE))
        self._rule = Elided(role="muted", size=theme.CAPTION)
        head.addWidget(self._rule, 1)
        self._tally = Label("", kind="muted")
        head.addWidget(self._tally)
        self._sign = Icon("warn", "warn", 16)
        head.addWidget(self._sign)
        self._asked = Label("", weight=theme.TITLE)
        head.addWidget(self._asked)
        self._background = Button(_("It was noise"), key=background_key, slim=True)
        self._unlabelled = Button(_("Keep it unlabelled"), kind="ghost", key=unlabelled_key, slim=True)
        self._background.clicked.connect(lambda: self.keep(background=True))
        self._unlabelled.clicked.connect(lambda: self.keep(background=False))
        head.addWidget(self._background)
        head.addWidget(self._unlabelled)
        self._head = QWidget()
        self._head.setLayout(head)
        head.setContentsMargins(0, 0, 0, 0)
        self._head.setFixedHeight(px(30))
        layout.addWidget(self._head)
        self.timeline = DecisionTimeline()
        self.timeline.selection_changed.connect(self._show_choice)
        self.timeline.recording_asked.connect(lambda mark: self.kept.emit(mark, True))
        layout.addWidget(self.timeline, 1)
        self._show_choice(None)

    def begin(self, begun: "Begun", styles: Sequence[ClassStyle]) -> None:
        rule = begun.decision
        self._classes, self._styles = list(begun.classes), list(styles)
        self._smooth = rule.smooth if rule is not None else 1
        self._recent = deque(maxlen=self._smooth)
        self._scored, self._count = {}, 0
        threshold = rule.threshold / 255 if rule is not None else 0.0
        self.timeline.begin(styles, threshold)
        words = _("last minute, threshold {threshold}, mean of {n} windows")
        self._rule.set_text(words.format(threshold=f"{threshold:.2f}", n=self._smooth))
        self._tally.setText("")

    def clear(self) -> None:
        self._scored, self._count = {}, 0
        self.timeline.begin([], 0.0)
        self._rule.set_text("")
        self._tally.setText("")

    def add(self, scored: "Sequence[Scored]") -> None:
        for row in scored:
            self._recent.append(int8_as_scores(row.scores))
            self.timeline.add_scores(row.at_s, np.mean(self._recent, axis=0))
            if row.decision is not None:
                self._count += 1
                place = self._classes.index(row.decision.label)
                self._scored[row.at_s] = row
                self.timeline.add_decision(DecisionMark(row.at_s, place, row.decision.score))
                one = _("1 decision")
                many = _("{n} decisions").format(n=f"{self._count:,}")
                self._tally.setText(one if self._count == 1 else many)
        if scored:
            oldest = scored[-1].at_s - self.timeline.span_s - 2
            self._scored = {at_s: row for at_s, row in self._scored.items() if at_s >= oldest}

    def scored_of(self, mark: DecisionMark) -> "Scored | None":
        return self._scored.get(mark.at_s)

    @property
    def chosen(self) -> DecisionMark | None:
        """The one that is selected, else the last."""
        marks = self.timeline.marks
        return self.timeline.selected or (marks[-1] if marks else None)

    def keep(self, *, background: bool) -> None:
        if self.chosen is not None:
            self.kept.emit(self.chosen, background)

    def _show_choice(self, mark: DecisionMark | None) -> None:
        for widget in (self._sign, self._asked, self._background, self._unlabelled):
            widget.setVisible(mark is not None and not mark.wrong)
        self._tally.setVisible(mark is None or mark.wrong)
        if mark is not None:
            at = f"{int(mark.at_s) // 60}:{int(mark.at_s) % 60:02d}"
            text = _("“{label}” at {at}: false alarm?").format(label=self._styles[mark.place].name, at=at)
            self._asked.setText(text)
