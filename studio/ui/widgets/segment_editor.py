"""The editor of one recording: overview, segments' tabs, waveform, spectrogram and times over one axis."""

from collections.abc import Iterable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.widgets.overview import OverviewStrip
from studio.ui.widgets.sample_reader import SampleReader
from studio.ui.widgets.segment_lane import SegmentLane
from studio.ui.widgets.segments import Band, SegmentTool
from studio.ui.widgets.signal_data import SignalData
from studio.ui.widgets.spectrogram import SpectrogramView
from studio.ui.widgets.time_axis import TimeAxis
from studio.ui.widgets.time_plot import TimeRuler
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
        self._data: SignalData | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.overview)
        layout.addSpacing(8)
        layout.addWidget(self.lane)
        layout.addWidget(self.waveform, 4)
        layout.addWidget(self.spectrogram, 5)
        layout.addWidget(self.ruler)

    @property
    def data(self) -> SignalData | None:
        return self._data

    def open(self, reader: SampleReader | None, gaps: Iterable[tuple[int, int]] = ()) -> None:
        """Shows a recording, or none. gaps: (start, count) in samples. Its segments come by tool.set_bands."""
        if self._data is not None:
            self._data.close()
            self._data.deleteLater()
        self.tool.set_bands([])
        self._data = None if reader is None else SignalData(reader, self)
        rate = 1.0 if reader is None else reader.rate_hz
        self.waveform.set_data(self._data)
        self.spectrogram.set_data(self._data)
        self.axis.set_length(1.0 if self._data is None else self._data.length_s)
        self.overview.set_data(self._data, [(start / rate, count / rate) for start, count in gaps])

    def show_bands(self, bands: Iterable[Band]) -> None:
        """The segments as they are now, after an edit."""
        self.tool.set_bands(bands, self.axis.length_s)

    def close_data(self) -> None:
        """Ends the work in the background; call it when the page goes."""
        self.open(None)
