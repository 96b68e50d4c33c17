"""Below Live's stages: the decisions of the last minute, one of which can be said to be a false alarm."""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.dataset.background import BACKGROUND
from studio.ui import theme
from studio.ui.class_styles import shown_label
from studio.ui.controls import Button, Elided, Icon, Label
from studio.ui.widgets.decisions import DecisionMark, DecisionTimeline
from studio.ui.widgets.painted import ClassStyle, px
from studio.ui.widgets.scores import int8_as_scores

if TYPE_CHECKING:
    from studio.live.listening import Begun, Scored


class DecisionsView(QWidget):
    """The last minute of scores and decisions; a chosen decision can be said to be a false alarm.

    kept: a decision, and whether it is to be labelled as background (else it stays unlabelled).
    """

    kept = Signal(object, bool)

    def __init__(self, background_key: str, unlabelled_key: str) -> None:
        super().__init__()
        self.has_background = True  # whether what is none of the classes is one of them
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
        self.timeline.recording_asked.connect(lambda mark: self.kept.emit(mark, self.has_background))
        layout.addWidget(self.timeline, 1)
        self._show_choice(None)

    def begin(self, begun: "Begun", styles: Sequence[ClassStyle]) -> None:
        rule = begun.decision
        self._classes, self._styles = list(begun.classes), list(styles)
        self._smooth = rule.smooth if rule is not None else 1
        self._recent = deque(maxlen=self._smooth)
        self._scored, self._count = {}, 0
        threshold = rule.threshold / 255 if rule is not None else 0.0
        self.has_background = BACKGROUND in begun.classes
        self._background.set_text(_("It was {label}").format(label=shown_label(BACKGROUND)))
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
        self._background.setVisible(self._background.isVisibleTo(self._head) and self.has_background)
        self._tally.setVisible(mark is None or mark.wrong)
        if mark is not None:
            at = f"{int(mark.at_s) // 60}:{int(mark.at_s) % 60:02d}"
            text = _("“{label}” at {at}: false alarm?").format(label=self._styles[mark.place].name, at=at)
            self._asked.setText(text)
