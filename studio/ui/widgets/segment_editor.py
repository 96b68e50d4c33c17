"""The editor of one recording: overview, segments' tabs, its plots by what it holds, and times over one axis."""

from collections.abc import Iterable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.widgets.lanes import wells_of
from studio.ui.widgets.lanes_view import LanesView
from studio.ui.widgets.overview import OverviewStrip
from studio.ui.widgets.row_reader import RowSamples
from studio.ui.widgets.sample_reader import SampleReader
from studio.ui.widgets.segment_lane import SegmentLane
from studio.ui.widgets.segments import Band, SegmentTool
from studio.ui.widgets.signal_data import SignalData
from studio.ui.widgets.spectrogram import SpectrogramView
from studio.ui.widgets.time_axis import TimeAxis
from studio.ui.widgets.time_plot import TimePlot, TimeRuler
from studio.ui.widgets.waveform import WaveformView

_LINE_GAP = 5


class SegmentEditor(QWidget):
    """`axis` is what is in view and where the playhead is; `tool` has the segments, and the intents as signals."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = TimeAxis(1.0, self)
        self.tool = SegmentTool(self)
        self.overview = OverviewStrip(self.axis, self.tool)
        self.lane = SegmentLane(self.axis, self.tool)
        self.waveform = WaveformView(self.axis, self.tool)
        self.waveform.gap = _LINE_GAP
        self.spectrogram = SpectrogramView(self.axis, self.tool)
        self.ruler = TimeRuler(self.axis)
        self.lanes: list[LanesView] = []  # of rows, in place of waveform and spectrogram
        self._data: SignalData | None = None
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.overview)
        layout.addSpacing(8)
        layout.addWidget(self.lane)
        layout.addWidget(self.waveform, 4)
        layout.addWidget(self.spectrogram, 5)
        layout.addWidget(self.ruler)

    @property
    def first_plot(self) -> TimePlot:
        """The uppermost, for the focus."""
        return self.lanes[0] if self.lanes else self.waveform

    @property
    def data(self) -> SignalData | None:
        return self._data

    def open(self, reader: SampleReader | None, gaps: Iterable[tuple[int, int]] = ()) -> None:
        """Shows a recording, or none. gaps: (start, count) in samples. Its segments come by tool.set_bands."""
        if self._data is not None:
            self._data.close()
            self._data.deleteLater()
        self.tool.set_bands([])
        seen = reader.stirring if isinstance(reader, RowSamples) else reader
        self._data = None if seen is None else SignalData(seen, self)
        rate = 1.0 if reader is None else reader.rate_hz
        is_rows = isinstance(reader, RowSamples)
        self._show_lanes(reader if isinstance(reader, RowSamples) else None)
        for plot in (self.waveform, self.spectrogram):
            plot.set_data(None if is_rows else self._data)
            plot.setVisible(not is_rows)
        self.axis.set_length(1.0 if self._data is None else self._data.length_s)
        self.overview.set_data(self._data, [(start / rate, count / rate) for start, count in gaps])

    def _show_lanes(self, rows: RowSamples | None) -> None:
        for old in self.lanes:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        wells = [] if rows is None else wells_of(rows.rows.channels, rows.rows.units)
        self.lanes = []
        for place, well in enumerate(wells):
            assert rows is not None  # noqa: S101  or there were no wells
            view = LanesView(self.axis, rows, well, self.tool, first=place == 0)
            view.gap = _LINE_GAP if place < len(wells) - 1 else 0
            self._column.insertWidget(self._column.indexOf(self.ruler), view, len(well.channels))
            QWidget.setTabOrder(self.lanes[-1] if self.lanes else self.spectrogram, view)
            self.lanes.append(view)

    def show_bands(self, bands: Iterable[Band]) -> None:
        """The segments as they are now, after an edit."""
        self.tool.set_bands(bands, self.axis.length_s)

    def close_data(self) -> None:
        """Ends the work in the background; call it when the page goes."""
        self.open(None)
