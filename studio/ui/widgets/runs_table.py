"""Runs as rows to compare, each with the interval of its accuracy on one common scale."""

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.training_facts import RunFacts
from studio.ui.widgets.lazy_table import ChipText, Column, LazyTable, RowDelegate, RowTable
from studio.ui.widgets.painted import draw_dot, draw_text, px
from studio.ui.widgets.wilson import wilson

Index = QModelIndex | QPersistentModelIndex
RIGHT_TITLE = gettext("Right, with 95 % interval")  # of values there is no right or wrong


class _Rows(LazyTable[RunFacts]):
    """Rows that are all here: there are as many runs as somebody had patience for."""

    def __init__(self, columns: Sequence[Column[RunFacts]]) -> None:
        super().__init__(columns)
        self.rows: list[RunFacts] = []

    def show_rows(self, rows: Sequence[RunFacts]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def row_at(self, row: int) -> RunFacts | None:
        return self.rows[row] if row < len(self.rows) else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shown = super().headerData(section, orientation, role)
        values = any(run.error is not None for run in self.rows)
        return gettext("Mean absolute error") if values and shown == RIGHT_TITLE else shown


class RunsTable(RowTable):
    """`run_chosen(id)`: its row was selected, by mouse or arrows."""

    run_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._accuracy = Column[RunFacts](RIGHT_TITLE, accuracy_text, 184)
        self._rows = _Rows(
            [
                Column(gettext("Run"), lambda run: run.name, 62),
                Column(gettext("Network"), _network, 98),
                self._accuracy,
                Column(gettext("Scored on"), scored_on_text, 142, muted=True),
                Column(gettext("int8"), change_text, 70, right=True),
                Column(gettext("Size"), lambda run: f"{run.model_bytes / 1024:,.0f} kB", 66, right=True),
                Column(gettext("Took"), _took, 80, right=True),
                Column(gettext("State"), lambda run: run.stale, 76, chip=_state),
            ]
        )
        super().__init__(self._rows, parent)
        self.setAccessibleName(gettext("Runs"))
        self.setItemDelegate(_Delegate(self, self._accuracy))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.selectionModel().currentRowChanged.connect(self._moved)
        self._showing = False

    def show_runs(self, rows: Sequence[RunFacts], chosen: str | None) -> None:
        """chosen: the id of the run in use."""
        self._showing = True
        if list(rows) != self._rows.rows:
            self._rows.show_rows(rows)
        place = next((i for i, row in enumerate(rows) if row.id == chosen), None)
        if place is None:
            self.selectionModel().clear()
        elif self.currentIndex().row() != place:
            self.setCurrentIndex(self._rows.index(place, 0))
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.selectionModel().select(self._rows.index(place, 0), flags)
        self._showing = False

    @property
    def shown(self) -> list[RunFacts]:
        return self._rows.rows

    def lowest(self) -> float:
        """Where the scale of intervals begins, so that they can be told apart."""
        lows = [wilson(run.right, run.total)[0] for run in self._rows.rows if run.total]
        return max(math.floor(min(lows, default=0.0) * 10) / 10, 0.0)

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        if not self._showing and now.isValid():
            self.run_chosen.emit(self._rows.rows[now.row()].id)


class _Delegate(RowDelegate):
    def __init__(self, table: RunsTable, accuracy: Column[RunFacts]) -> None:
        super().__init__(table)
        self._table, self._accuracy = table, accuracy

    def _paint_cell(self, painter: QPainter, inner: QRectF, row: Any, column: Column[Any], *, chosen: bool) -> None:  # type: ignore[override]
        if column is not self._accuracy or not row.total or row.error is not None:
            super()._paint_cell(painter, inner, row, column, chosen=chosen)
            return
        share, (low, high) = row.right / row.total, wilson(row.right, row.total)
        draw_text(painter, inner, f"{share * 100:.1f} %", weight=theme.TITLE)
        span = f"{low * 100:.0f} – {high * 100:.0f}"
        words = QRectF(inner.left() + px(58), inner.top(), px(56), inner.height())
        draw_text(painter, words, span, role="muted", size=theme.CAPTION)
        left, right = words.right() + px(6), inner.right() - px(8)
        if right - left < px(30):
            return
        lowest = self._table.lowest()

        def x_of(value: float) -> float:
            return left + (max(value, lowest) - lowest) / (1 - lowest or 1) * (right - left)

        y = round(inner.center().y()) + 0.5
        painter.setPen(QPen(theme.current().role("line2"), 1))
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        painter.setPen(QPen(theme.current().tint("accent", 0.5), 3))
        painter.drawLine(QPointF(x_of(low), y), QPointF(x_of(high), y))
        draw_dot(painter, QPointF(x_of(share), y), 4, "accent")


def accuracy_text(run: RunFacts) -> str:
    if not run.total:
        return gettext("nothing left to score")
    if run.error is not None:
        return with_unit(run.error, run.unit)
    low, high = wilson(run.right, run.total)
    return gettext("{share} % of {total}, {low} to {high} %").format(
        share=f"{100 * run.right / run.total:.1f}", total=run.total, low=f"{100 * low:.0f}", high=f"{100 * high:.0f}"
    )


def scored_on_text(run: RunFacts) -> str:
    if run.scored_on == "test":
        return gettext("{who}, kept out").format(who=", ".join(run.held_out))
    return gettext("{total} for validation").format(total=run.total) if run.total else "–"


def change_text(run: RunFacts) -> str:
    """int8 against float, in percentage points or in the value's unit."""
    if run.error_change is not None:
        return with_unit(run.error_change, "", signed=True)
    if run.change is None:
        return "–"
    return signed_percent(run.change)


def signed_percent(share: float) -> str:
    """A difference of two shares, with its sign unless it is nothing."""
    text = f"{share * 100:+.1f}"
    return "0.0 %" if text in ("+0.0", "-0.0") else f"{text} %".replace("-", "−")


def with_unit(value: float, unit: str, *, signed: bool = False) -> str:
    """To three figures; signed, with a plus too, to two."""
    text = f"{value:+.2g}" if signed else f"{value:.3g}"
    return f"{text} {unit}".rstrip().replace("-", "−")


def _network(run: RunFacts) -> str:
    return gettext("{preset}, quick").format(preset=run.preset) if run.quick else run.preset


def _took(run: RunFacts) -> str:
    if run.seconds is None:
        return "–"
    minutes, seconds = divmod(round(run.seconds), 60)
    return f"{minutes}:{seconds:02d} min" if minutes else f"{seconds} s"


def _state(run: RunFacts) -> ChipText | None:
    return ChipText(gettext("stale"), "stale", "warn") if run.stale else None
