"""What a board senses, as Live shows it while it comes: sound and rows run by, of pictures the newest is seen."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.samples import Block, Picture
from studio.core.text import gettext as _
from studio.ui.widgets.gray_picture import GrayPicture
from studio.ui.widgets.live_plot import LiveRuler
from studio.ui.widgets.live_rows import LiveRows, RowTraces
from studio.ui.widgets.live_stream import LiveMark, LiveStream, LiveTimeline
from studio.ui.widgets.live_trace import LiveWaveform
from studio.ui.widgets.painted import ClassStyle, px

if TYPE_CHECKING:
    from studio.core.samples import SampleFormat
    from studio.features.front_ends import AnyFrontEnd

SECONDS = 8.0
ROWS_SECONDS = 5.0  # six curves cost more to draw than a waveform
SLOW_SECONDS, SLOW_HZ = 60.0, 10.0  # slow sensors are looked back on for longer
LEAST_SCALE = 0.02  # share of full scale at the waveform's edge, so that silence looks silent
HEADROOM = 1.2


class SensedView(QWidget):
    """Base. spec: of the front end; form: of what the board's sensor gives."""

    def __init__(self, spec: "AnyFrontEnd", form: "SampleFormat") -> None:
        super().__init__()
        self.spec, self.form = spec, form
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)

    @abstractmethod
    def add(self, blocks: Sequence[Block], pictures: Sequence[Picture]) -> None:
        """What has come since the last frame, in order."""

    @abstractmethod
    def show_window(self, first: int, style: ClassStyle) -> None:
        """Marks the window that was used. style: of what the board made of it."""

    @property
    def rate(self) -> str:
        """At which it senses."""
        rate_hz = self.form.rate_hz
        return (
            _("{rate:g} kHz").format(rate=rate_hz / 1000) if rate_hz >= 1000 else _("{rate:g} Hz").format(rate=rate_hz)
        )

    def mark(self, stream: LiveTimeline, first: int, style: ClassStyle) -> None:
        """A single reading is the newest, which is plain to see."""
        if self.spec.clip_samples == 1:
            return
        last = first + self.spec.clip_samples
        stream.set_marks([LiveMark(first, last, _("window used"), style, window=True)])


class SoundView(SensedView):
    def __init__(self, spec: "AnyFrontEnd", form: "SampleFormat") -> None:
        super().__init__(spec, form)
        self.stream = LiveStream(form.rate_hz, SECONDS, self)
        self.waveform = LiveWaveform(self.stream)
        self.waveform.setAccessibleName(_("What the board hears"))
        self.waveform.setFixedHeight(px(88))
        self.column.addWidget(self.waveform)
        self.column.addWidget(LiveRuler(self.stream))

    def add(self, blocks: Sequence[Block], pictures: Sequence[Picture]) -> None:
        if not blocks:
            return
        first = blocks[0].first_index
        joined = [block.samples[:, 0] for block in blocks]
        if first + sum(map(len, joined)) == blocks[-1].first_index + len(joined[-1]):
            self.stream.append(np.concatenate(joined), first)
        else:  # some were lost between them
            for block in blocks:
                self.stream.append(block.samples[:, 0], block.first_index)
        columns = self.stream.columns
        peak = max(int(columns.high.max()), -int(columns.low.min())) / 32768
        wanted = min(1.0, max(peak * HEADROOM, LEAST_SCALE))
        if wanted > self.stream.full_scale or wanted < self.stream.full_scale / 2:
            self.stream.set_full_scale(wanted)

    def show_window(self, first: int, style: ClassStyle) -> None:
        self.mark(self.stream, first, style)


class RowsView(SensedView):
    def __init__(self, spec: "AnyFrontEnd", form: "SampleFormat") -> None:
        super().__init__(spec, form)
        kind, seconds = form.kind, ROWS_SECONDS if form.rate_hz > SLOW_HZ else SLOW_SECONDS
        self.stream = LiveRows(form.rate_hz, seconds, kind.channels, kind.units, kind.scales, self)
        self.traces = RowTraces(self.stream)
        self.column.addWidget(self.traces)

    def add(self, blocks: Sequence[Block], pictures: Sequence[Picture]) -> None:
        for block in blocks:
            self.stream.append(block.samples[:, : len(self.stream.channels)], block.first_index)

    def show_window(self, first: int, style: ClassStyle) -> None:
        self.mark(self.stream, first, style)


class PictureView(SensedView):
    """The newest picture, with what of it the model sees."""

    def __init__(self, spec: "AnyFrontEnd", form: "SampleFormat") -> None:
        super().__init__(spec, form)
        self.picture = GrayPicture()
        self.picture.setAccessibleName(_("What the board sees"))
        self.picture.setMinimumHeight(px(120))
        self.column.addWidget(self.picture, 1)

    @property
    def rate(self) -> str:
        return _("{rate:g} pictures a second").format(rate=self.form.rate_hz)

    def add(self, blocks: Sequence[Block], pictures: Sequence[Picture]) -> None:
        if not pictures:
            return
        pixels = pictures[-1].pixels
        height, width = pixels.shape
        seen = getattr(self.spec, "seen_of", lambda w, h: (0, 0, w, h))(width, height)
        self.picture.show_pixels(pixels, frame=None if seen == (0, 0, width, height) else seen)

    def show_window(self, first: int, style: ClassStyle) -> None:
        """The pictures of the stages tell which it was."""
