"""What Train is laid out of: the network on the left; what happens, the curves and the runs on the right.

Where text is too large for both, the network goes below, rather than half of the page out of sight at the side.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Label, Line
from studio.ui.pages.train_epochs import best_epoch
from studio.ui.pages.train_parts import NetworkColumn, Options, StateCard
from studio.ui.training_facts import RunFacts
from studio.ui.widgets.curves import TrainingCurves
from studio.ui.widgets.painted import px
from studio.ui.widgets.runs_table import RunsTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.training.trainer import Epoch

COLUMN, LEAST_COLUMN = 372, 336  # px, of the network beside the rest


class TrainView(QWidget):
    """The parts, each public, and where they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.network = NetworkColumn()
        self.options = Options()
        self.card = StateCard(self.options)
        self.loss = TrainingCurves(_("Loss"))
        self.accuracy = TrainingCurves(_("Accuracy"), percent=True)
        self.runs = RunsTable()
        self._no_runs = Label(
            _("Runs will be listed here, to compare and to choose from."), kind="muted", size=theme.BODY
        )
        curves = QWidget()
        curves.setObjectName("page")
        row = QHBoxLayout(curves)
        row.setContentsMargins(theme.PAGE_MARGIN, 0, theme.PAGE_MARGIN, 8)
        row.setSpacing(theme.S24)
        row.addWidget(self.loss, 1)
        row.addWidget(self.accuracy, 1)
        below = QWidget()
        below.setObjectName("page")
        below.setMinimumHeight(px(190))
        column = QVBoxLayout(below)
        column.setContentsMargins(theme.PAGE_MARGIN, 8, theme.PAGE_MARGIN, 0)
        column.setSpacing(6)
        column.addWidget(Label(_("Runs"), weight=theme.TITLE))
        column.addWidget(self._no_runs)
        column.addWidget(self.runs, 1)
        column.addStretch(0)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(curves)
        self.splitter.addWidget(below)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self._right = right = QWidget()
        right.setObjectName("page")
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 18, 0, 0)
        column.setSpacing(14)
        card = QHBoxLayout()
        card.setContentsMargins(theme.PAGE_MARGIN, 0, theme.PAGE_MARGIN, 0)
        card.addWidget(self.card)
        column.addLayout(card)
        column.addWidget(self.splitter, 1)
        self._across = across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.network)
        self._line = Line(upright=True)
        across.addWidget(self._line)
        across.addWidget(right, 1)
        theme.current().changed.connect(self._arrange)

    def minimumSizeHint(self) -> QSize:
        """As narrow as its parts are below each other."""
        least = max(self.network.minimumSizeHint().width(), self._right.minimumSizeHint().width())
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        left = self.width() - self._right.minimumSizeHint().width()
        beside, column = left >= px(LEAST_COLUMN), min(left, px(COLUMN))
        self._across.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.BottomToTop)
        self._line.setVisible(beside)
        self.network.setMaximumWidth(column if beside else self.width())
        policy = QSizePolicy.Policy
        self.network.setSizePolicy(policy.Preferred, policy.Expanding if beside else policy.Minimum)
        self.network.setMinimumWidth(column if beside else 0)

    def show_runs(self, runs: "Sequence[RunFacts]", chosen: str | None) -> None:
        """chosen: the id of the run in use."""
        self.runs.setVisible(bool(runs))
        self._no_runs.setVisible(not runs)
        self.runs.show_runs(runs, chosen)

    def say_share(self, title: str) -> None:
        """What the second curve shows."""
        self.accuracy.set_title(title)

    def show_epochs(self, epochs: "list[Epoch]") -> None:
        best, total = best_epoch(epochs), epochs[-1].of if epochs else 1
        val_loss = [epoch.val_loss for epoch in epochs if epoch.val_loss is not None]
        val_accuracy = [epoch.val_accuracy for epoch in epochs if epoch.val_accuracy is not None]
        self.loss.show_epochs([epoch.loss for epoch in epochs], val_loss, epochs=total, best=best)
        self.accuracy.show_epochs([epoch.accuracy for epoch in epochs], val_accuracy, epochs=total, best=best)
