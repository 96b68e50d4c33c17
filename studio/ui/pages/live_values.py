"""Below Live's stages, of a model that predicts a value: what the board has said of the last windows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Label
from studio.ui.widgets.lanes import wells_of
from studio.ui.widgets.live_plot import LiveRuler
from studio.ui.widgets.live_rows import LiveLanes, LiveRows

if TYPE_CHECKING:
    from studio.live.listening import Begun, Scored

SHOWN = 120  # values


class ValuesLine(QWidget):
    """One trace, made anew for each session."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Values"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 8, 24, 8)
        self._column.setSpacing(4)
        self._column.addWidget(Label(_("Values"), weight=theme.TITLE))
        self.stream: LiveRows | None = None
        self._zero_point = 0
        self._views: list[QWidget] = []

    def begin(self, begun: "Begun") -> None:
        for view in self._views:
            view.hide()
            view.deleteLater()
        self._views, self.stream = [], None
        measure = begun.measure
        if measure is None:
            return
        self._zero_point = measure.zero_point
        hop = begun.decision.hop_samples if begun.decision is not None else begun.spec.clip_samples
        rate_hz = begun.origin.format.rate_hz / max(hop, 1)
        self.stream = LiveRows(rate_hz, SHOWN / rate_hz, ("value",), (measure.unit,), (measure.scale,), self)
        [well] = wells_of(self.stream.channels, self.stream.units)
        lane = LiveLanes(self.stream, well)
        lane.set_title(_("said by the board"), measure.unit)
        self._views = [lane, LiveRuler(self.stream)]
        self._column.addWidget(lane, 1)
        self._column.addWidget(self._views[1])

    def add(self, scored: "Sequence[Scored]") -> None:
        """Each window's, in order."""
        if self.stream is not None and scored:
            counts = np.array([[int(row.scores[0]) - self._zero_point] for row in scored], np.int16)
            self.stream.append(counts, self.stream.end)
