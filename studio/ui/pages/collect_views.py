"""What a source gives, as Collect shows it: a view for each kind of sensor, and in words what is right and wrong."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.samples import IMU, Block, Item, SampleFormat, SensorKind
from studio.core.text import gettext as _
from studio.ui.widgets.lanes import value_text, wells_of
from studio.ui.widgets.level_meter import LevelMeter, level_of
from studio.ui.widgets.live_plot import LiveFrame
from studio.ui.widgets.live_rows import LiveLanes, LiveRows, RowTraces
from studio.ui.widgets.live_stream import LiveStream, LiveTimeline
from studio.ui.widgets.live_trace import LiveTraces, LiveWaveform
from studio.ui.widgets.motion_meter import MotionMeter
from studio.ui.widgets.ticks import number_text

SHOWN_S = 6.0
SLOW_SHOWN_S = 60.0
SLOW_HZ = 20.0  # below: a minute is shown, not some seconds
SCALES = (0.05, 0.1, 0.25, 0.5, 1.0)  # shares of full scale at a waveform's edge
ROOM = 1.25  # over the loudest, at the edge
CALM_S = 6.0  # that it must have been quieter for before the scale comes nearer
QUIET_DB = -45.0  # a level below it is no speech to be told of
RATE_AFTER_S = 3.0  # before it says little
ACCELERATION = slice(0, 3)  # an IMU's channels that the meter is of


@dataclass(frozen=True)
class Figure:
    """role: of the value's ink."""

    name: str
    value: str
    role: str = "text"


Ghost = tuple[QWidget, QWidget | None]  # a plot with what will run in it, faint, and a meter beside it


class SourceView(QWidget):
    """Of one source, from when it is there. It shows what it is given; `stream` is what runs in it.

    meter: beside it, or None. frame: of its plots, None where it has no axis of time, on which shown_s are shown.
    """

    stream: LiveTimeline
    meter: QWidget | None = None
    frame: LiveFrame | None = None
    shown_s = SHOWN_S

    @abstractmethod
    def hear(self, items: Sequence[Item]) -> None:
        """What has come since the last frame, at least one; drawn with the next."""

    def rest(self) -> None:
        """The source is gone: what moved stands still."""

    def show_compact(self) -> None:
        """It stands beside another: what is not of the stream itself gives way."""

    def show_title(self, title: str) -> None:
        """In what runs; "": it stands above that already."""

    def show_axis(self, shown: bool) -> None:  # noqa: FBT001
        """Of several above each other the lowest one's serves all."""
        if self.frame is not None:
            self.frame.ruler.setVisible(shown)

    def figures(self) -> list[Figure]:
        """In words, once something was heard."""
        return []

    @property
    def level_db(self) -> float | None:
        """Of sound, for the strip."""
        return None

    def _lay_out(self, traces: LiveFrame, meter: QWidget | None) -> None:
        self.frame = traces
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(traces, 1)
        if meter is not None:
            beside = QVBoxLayout()
            beside.setContentsMargins(0, 3, 0, 26)
            beside.addWidget(meter)
            row.addLayout(beside)


class SoundView(SourceView):
    """Waveform and spectrogram, and a meter."""

    stream: LiveStream
    meter: LevelMeter

    def __init__(self, form: SampleFormat, title: str) -> None:
        super().__init__()
        self.stream = LiveStream(form.rate_hz, SHOWN_S, self)
        self.traces = LiveTraces(self.stream)
        self._title, self._rate = title, f"{form.rate_hz / 1000:g} kHz"
        self.show_title(title)
        self.meter = LevelMeter()
        self.loudest = 0.0  # share of full scale, of what is shown
        self._calm_s = 0.0
        self._lay_out(self.traces, self.meter)

    @staticmethod
    def ghost(_kind: SensorKind) -> "Ghost":
        return LiveWaveform(LiveStream(16_000, SHOWN_S)), LevelMeter()

    def hear(self, items: Sequence[Item]) -> None:
        for first_index, rows in runs_of(items):
            samples = rows[:, 0]
            self.stream.append(samples, first_index)
            level = level_of(samples)
            self.meter.show_level(level)
            self._fit_scale(10 ** (level.peak_db / 20), len(samples) / self.stream.rate_hz)

    def rest(self) -> None:
        self.meter.reset()

    def show_title(self, title: str) -> None:
        waveform = self.traces.waveform
        waveform.set_title(title or self._rate, self._rate if title else "")
        waveform.setAccessibleName(f"{self._title} {self._rate}")

    def show_compact(self) -> None:
        self.traces.waveform.tells_silence = True
        self.traces.spectrogram.hide()

    def figures(self) -> list[Figure]:
        at = self.meter.tracker
        parts = [
            Figure(_("Peak"), _("{level} dBFS").format(level=number_text(round(at.held_db)))),
            Figure(_("Noise floor"), _("{level} dBFS").format(level=number_text(round(at.floor_db)))),
        ]
        if at.held_db > QUIET_DB:
            over = number_text(round(max(at.held_db - at.floor_db, 0)))
            parts.append(Figure(_("Over noise"), _("{level} dB").format(level=over)))
        return parts

    @property
    def level_db(self) -> float | None:
        return self.meter.tracker.level_db

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


class RowsView(SourceView):
    """Lanes of a sensor's channels; of movement with a meter of the strongest axis."""

    stream: LiveRows
    meter: MotionMeter | None

    def __init__(self, form: SampleFormat, title: str) -> None:
        super().__init__()
        kind = form.kind
        self.shown_s = SHOWN_S if form.rate_hz >= SLOW_HZ else SLOW_SHOWN_S
        self.stream = LiveRows(form.rate_hz, self.shown_s, kind.channels, kind.units, kind.scales, self)
        self.traces = RowTraces(self.stream)
        self.meter = _motion_meter(kind)
        self._first: Block | None = None
        self._last: Block | None = None
        self._lay_out(self.traces, self.meter)

    @staticmethod
    def ghost(kind: SensorKind) -> "Ghost":
        stream = LiveRows(1.0, SHOWN_S, kind.channels, kind.units, kind.scales)
        return LiveLanes(stream, wells_of(kind.channels, kind.units)[0]), _motion_meter(kind)

    def hear(self, items: Sequence[Item]) -> None:
        for first_index, rows in runs_of(items):
            self.stream.append(rows, first_index)
            if self.meter is not None:
                self.meter.show_rows(rows[:, ACCELERATION])
        blocks = [item for item in items if isinstance(item, Block)]
        if blocks:
            self._first, self._last = self._first or blocks[0], blocks[-1]

    def rest(self) -> None:
        if self.meter is not None:
            self.meter.reset()

    def figures(self) -> list[Figure]:
        parts = []
        if self.meter is not None:
            at, full, unit = self.meter.tracker, self.meter.full_scale, self.meter.unit
            strongest = value_text(at.held * full, unit)
            if at.at_limit:
                strongest = _("{value}, the sensor's limit").format(value=value_text(full, unit))
            parts.append(Figure(_("Strongest"), strongest, "warn" if at.at_limit else "text"))
            parts.append(Figure(_("At rest"), "±" + value_text((at.rest or 0.0) * full, unit, 1)))
        return [*parts, self._rate()]

    def _rate(self) -> Figure:
        """By the source's own clock, as soon as that says something."""
        if self._first is not None and self._last is not None:
            seconds = (self._last.device_time_us - self._first.device_time_us) / 1e6
            if seconds >= RATE_AFTER_S:
                measured = (self._last.first_index - self._first.first_index) / seconds
                return Figure(_("Measured"), _("{rate:.1f} Hz").format(rate=measured))
        return Figure(_("Rate"), _("{rate:g} Hz").format(rate=self.stream.rate_hz))


def _motion_meter(kind: SensorKind) -> MotionMeter | None:
    return MotionMeter(kind.scales[0] * 32_768, kind.units[0]) if kind.name == IMU.name else None


def runs_of(items: Sequence[Item]) -> Iterator[tuple[int, NDArray[np.int16]]]:
    """Blocks that follow each other as one: the index of the first sample, int16 (n, channels), n at least 1."""
    blocks = [item for item in items if isinstance(item, Block) and len(item.samples)]
    start = 0
    for end in range(1, len(blocks) + 1):
        last = blocks[end - 1]
        if end == len(blocks) or blocks[end].first_index != last.first_index + len(last.samples):
            yield blocks[start].first_index, np.concatenate([block.samples for block in blocks[start:end]])
            start = end
