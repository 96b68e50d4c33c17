"""Evaluate's first tab: three figures, the confusion matrix whose cells open, and each person with an interval."""

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.class_styles import class_styles
from studio.ui.controls import Button, Elided, Label, Line
from studio.ui.pages.evaluate_figure import Figure
from studio.ui.pages.evaluate_kinds import WORDS, EvaluateWords
from studio.ui.pages.evaluate_windows import OpenedWindows
from studio.ui.session import Session
from studio.ui.widgets.confusion import ConfusionMatrix
from studio.ui.widgets.interval_bars import INSET, IntervalBars, Share
from studio.ui.widgets.painted import ClassStyle, px
from studio.ui.widgets.runs_table import signed_percent
from studio.ui.widgets.wilson import wilson
from studio.ui.widgets.window_strip import WindowCard

if TYPE_CHECKING:
    from studio.dataset.catalogue import Example
    from studio.training.evaluate import Evaluation, Window

WEAK = 0.9  # a class that is right less often is shown as a warning
MISTAKES_SHOWN = 4
GROUPS_SHOWN = 8
NOBODY = "unknown"  # in per_person
IN_PROJECT = ("test", "validation", "all")  # what `scored` says of what is in the project
MOST_OPENED = 500  # cards of one cell
_LINK_MARGIN = 5  # px before the words of a link
LOW = 570  # px of height: an opened cell then leaves too little for all there is above


class ConfusionView(QWidget):
    """One Evaluation, in the words of its project's template; what is opened of it is `cell`'s."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self.words = WORDS["keyword"]
        self._found: Evaluation | None = None
        self._styles: list[ClassStyle] = []
        self.cell = OpenedWindows(session)
        self.cell.changed.connect(self._fit)
        self._build()

    def _build(self) -> None:
        self.figures = [Figure() for _each in range(3)]
        self.matrix = ConfusionMatrix()
        self.matrix.cell_opened.connect(self._open_cell)
        self.people = IntervalBars()
        self._of = Elided(role="muted", size=theme.CAPTION, right=True)
        head = QHBoxLayout()
        self._title = Label(_(self.words.matrix), weight=theme.TITLE)
        head.addWidget(self._title)
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
        self._by = Label(_("By person"), weight=theme.TITLE)
        by_person.addWidget(self._by)
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
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(above, 1)
        whole.addWidget(self.cell)

    def show_evaluation(self, found: "Evaluation", trained: frozenset[str], words: EvaluateWords) -> None:
        """trained: people whom it trained on."""
        self._found, self.words = found, words
        self._title.setText(_(words.matrix))
        self.matrix.set_words(_(words.matrix), _(words.true), _(words.said), _(words.cell))
        styles = class_styles(found.classes)
        self._styles = [styles[name] for name in found.classes]
        counts = np.array(found.confusion_int8, np.int64).reshape(len(found.classes), len(found.classes))
        self.matrix.show_counts(self._styles, counts)
        self._of.set_text(of_what(found.n, found.scored, found.outside, _(words.unmet)))
        self._show_figures(found, counts)
        by_group = set(found.per_person) <= {NOBODY} and any(w.example.group for w in found.windows)
        self._by.setText(_("By group, the weakest") if by_group else _("By person"))
        self.people.show_rows(_shares_of_groups(found) if by_group else _shares(found, trained, _(words.new)))
        self.people.setMaximumHeight(self.people.sizeHint().height())
        self._show_mistakes(counts)
        self.cell.close_windows()

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
        sure = _("{count} of {total} {said} {other}").format(
            said=_(self.words.said),
            count=f"{others[worst]:,}",
            total=f"{rows[weakest]:,}",
            other=self._styles[worst].name,
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
            text = _(self.words.mistaken).format(
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
        windows = all_of_it[:MOST_OPENED]
        name = _(self.words.cell if true != said else self.words.cell_right)
        count = self._found.confusion_int8[true][said]
        self.cell.open_windows(
            name.format(true=self._styles[true].name, said=self._styles[said].name),
            _cell_text(count, all_of_it, len(windows), kept=bool(self._found.windows)),
            [window.example for window in windows],
            [self._card(window) for window in windows],
            in_project=self._found.scored in IN_PROJECT,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where an opened cell leaves little height, the figures and people stay, and what leads to a cell goes."""
        self._often.setVisible(self.cell.isHidden() or self.height() >= px(LOW))

    def _card(self, window: "Window") -> WindowCard:
        order = sorted(range(len(window.scores)), key=lambda i: (i != window.said, -window.scores[i]))
        first, *rest = [(self._styles[i], window.scores[i]) for i in order]
        return WindowCard(title_of(window.example), window.example.take, first, rest[0] if rest else None)


def title_of(example: "Example") -> str:
    """Whose it is, or where."""
    return example.person or example.group or _("nobody")


def _shares(found: "Evaluation", trained: frozenset[str], new: str) -> list[Share]:
    """Those it has not met first. new: said of them."""
    rows = []
    for person, figures in found.per_person.items():
        count = int(figures["n"])
        known = person in trained
        note = _("trained") if known else new if person != "unknown" else ""
        name = person if person != "unknown" else _("nobody named")
        rows.append(Share(name, round(float(figures["accuracy_int8"] or 0) * count), count, note, strong=not known))
    return sorted(rows, key=lambda row: (not row.strong, row.name))


def _shares_of_groups(found: "Evaluation") -> list[Share]:
    """Of pictures of nobody: places or photographs, the weakest of them."""
    right: dict[str, list[bool]] = {}
    for window in found.windows:
        right.setdefault(window.example.group or _("no group"), []).append(window.truth == window.said)
    rows = [Share(name, sum(told), len(told)) for name, told in right.items()]
    return sorted(rows, key=lambda row: (row.right / row.total, row.name))[:GROUPS_SHOWN]


def of_what(count: int, scored: str, outside: dict[str, int], unmet: str) -> str:
    """What was scored. outside: of words that there is no class for. unmet: of what it never met."""
    texts = {
        "test": unmet,
        "validation": _("{count} windows kept for validation"),
        "all": _("all {count} windows, those it trained on too"),
    }
    text = texts.get(scored, _("{count} windows of a folder")).format(count=f"{count:,}")
    if outside:
        words = ", ".join(outside)
        text += _("; {count} of words it has no class for: {words}").format(count=sum(outside.values()), words=words)
    return text


def _cell_text(count: int, windows: "list[Window]", shown: int, *, kept: bool) -> str:
    if not count:
        return _("No window.")
    if not kept:
        return _("{count} windows. This run did not keep them; evaluate it to see them.").format(count=f"{count:,}")
    text = _("1 window.") if count == 1 else _("{count} windows.").format(count=f"{count:,}")
    people = Counter(w.example.person for w in windows if w.example.person)
    if len(windows) > 1 and people:
        who, most = people.most_common(1)[0]
        all_of = _("All are of {who}.") if most == len(windows) else _("{most} are of {who}.")
        text += " " + all_of.format(most=most, who=who)
    if shown < count:
        text += " " + _("{shown} are shown.").format(shown=shown)
    return text
