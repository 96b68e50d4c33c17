"""Evaluate of a model that predicts a value: how far off it is, value by value, person by person; dots open."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Elided, Label, Line
from studio.ui.pages.evaluate_confusion import IN_PROJECT, NOBODY, of_what, title_of
from studio.ui.pages.evaluate_figure import Figure
from studio.ui.pages.evaluate_kinds import EvaluateWords
from studio.ui.pages.evaluate_windows import OpenedWindows
from studio.ui.session import Session
from studio.ui.widgets.runs_table import with_unit
from studio.ui.widgets.scatter import ErrorHistogram, Scatter
from studio.ui.widgets.window_strip import WindowCard

if TYPE_CHECKING:
    from studio.training.values import ValueEvaluation, ValueWindow

NEIGHBOURS = 12  # windows that are opened with the one that was chosen
PEOPLE_SHOWN = 8


class ValuesView(QWidget):
    """One ValueEvaluation. A dot opens its window, and those of about the same value."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self._found: ValueEvaluation | None = None
        self.figures = [Figure() for _each in range(3)]
        self.scatter, self.errors = Scatter(), ErrorHistogram()
        self.scatter.chosen.connect(self._open)
        self.cell = OpenedWindows(session)
        self._of = Elided(role="muted", size=theme.CAPTION, right=True)
        left = QVBoxLayout()
        left.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(Label(_("Said against true"), weight=theme.TITLE))
        head.addWidget(self._of, 1)
        left.addLayout(head)
        left.addWidget(self.scatter, 1)
        figures = QHBoxLayout()
        figures.setSpacing(theme.S16)
        for figure in self.figures:
            figures.addWidget(figure, 1)
        self._people = QGridLayout()
        self._people.setHorizontalSpacing(16)
        self._people.setVerticalSpacing(4)
        self._people.setColumnStretch(1, 1)
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addLayout(figures)
        right.addWidget(Line())
        right.addWidget(Label(_("How far off"), weight=theme.TITLE))
        right.addWidget(self.errors, 1)
        self._by_person = QWidget()
        by_person = QVBoxLayout(self._by_person)
        by_person.setContentsMargins(0, 0, 0, 0)
        by_person.setSpacing(12)
        by_person.addWidget(Line())
        by_person.addWidget(Label(_("By person, mean absolute error"), weight=theme.TITLE))
        by_person.addLayout(self._people)
        right.addWidget(self._by_person)
        self._above = above = QWidget()
        above.setObjectName("page")
        self._row = row = QHBoxLayout(above)
        row.setContentsMargins(theme.PAGE_MARGIN, 16, theme.PAGE_MARGIN, 12)
        row.setSpacing(theme.S24)
        row.addLayout(left, 1)
        row.addWidget(Line(upright=True))
        row.addLayout(right, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(above, 1)
        whole.addWidget(self.cell)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its words take in this width, which a layout does not ask for by itself; the page scrolls."""
        self._above.setMinimumHeight(max(self._row.minimumHeightForWidth(self.width()), 0))

    def show_evaluation(self, found: "ValueEvaluation", _trained: frozenset[str], words: EvaluateWords) -> None:
        self._found = found
        unit = found.unit
        self._of.set_text(of_what(found.n, found.scored, {}, _(words.unmet)))
        self.scatter.show_values(
            np.array([window.truth for window in found.windows]),
            np.array([window.said for window in found.windows]),
            unit,
        )
        self.errors.show_errors(np.array(found.errors["edges"]), np.array(found.errors["counts"]), unit)
        off, usual, floats = found.mae_int8 or 0.0, found.usual_error or 0.0, found.mae_float or 0.0
        rmse = _("root mean square {rmse}").format(rmse=with_unit(found.rmse_int8 or 0.0, unit))
        self.figures[0].show_figure(with_unit(off, unit), _("off, on average"), rmse)
        same = _("float is {error} off").format(error=with_unit(floats, unit))
        self.figures[1].show_figure(with_unit(off - floats, unit, signed=True), _("int8 against float"), same)
        always = _("who always says the middle value is {error} off").format(error=with_unit(usual, unit))
        share = f"{100 * off / usual:.0f} %" if usual else "–"
        kind = "warn" if off >= usual else "text"
        self.figures[2].show_figure(share, _("of a guess's error"), always, kind=kind)
        self._show_people(found)
        self._fit()
        self.cell.close_windows()

    def _show_people(self, found: "ValueEvaluation") -> None:
        """The weakest first; nothing where nobody is named."""
        self._by_person.setVisible(set(found.per_person) != {NOBODY})
        while (item := self._people.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        rows = sorted(found.per_person.items(), key=lambda row: -(row[1]["mae_int8"] or 0))[:PEOPLE_SHOWN]
        for place, (person, figures) in enumerate(rows):
            count = _("of {n} values").format(n=f"{figures['n']:,}")
            self._people.addWidget(Label(_("nobody named") if person == NOBODY else person), place, 0)
            self._people.addWidget(Label(count, theme.CAPTION, kind="muted"), place, 1)
            self._people.addWidget(Label(with_unit(figures["mae_int8"], found.unit), weight=theme.TITLE), place, 2)

    def _open(self, place: int) -> None:
        found = self._found
        if found is None:
            return
        windows = found.windows
        near = sorted(range(len(windows)), key=lambda i: (i != place, abs(windows[i].truth - windows[place].truth)))
        shown = [windows[i] for i in near[:NEIGHBOURS]]
        told = with_unit(windows[place].truth, found.unit)
        self.cell.open_windows(
            _("True {value}, said {said}").format(value=told, said=with_unit(windows[place].said, found.unit)),
            _("The chosen one, then those of about the same value."),
            [window.example for window in shown],
            [_card(window, found.unit) for window in shown],
            in_project=found.scored in IN_PROJECT,
        )


def _card(window: "ValueWindow", unit: str) -> WindowCard:
    said = _("said {said}, true {true}").format(said=with_unit(window.said, ""), true=with_unit(window.truth, unit))
    return WindowCard(title_of(window.example), window.example.take, said=said)
