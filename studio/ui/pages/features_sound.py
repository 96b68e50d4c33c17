"""Sound in Features: samples, spectrum, log-mel energies, their mean removed, int8; and its variants."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QMouseEvent, QPainter

from studio.core.text import gettext as _
from studio.ui.pages.features_figures import Figures, TakeView
from studio.ui.widgets.feature_picture import FeaturePicture
from studio.ui.widgets.painted import draw_well, px
from studio.ui.widgets.spectrum import SpectrumView
from studio.ui.widgets.waveform import WaveThumbnail

if TYPE_CHECKING:
    from studio.features.blocks import LogMel
    from studio.training.preview import Looked, Take
    from studio.ui.pages.features_work import Seen, Varied

_LEAST_FULL_SCALE = 0.02  # of a waveform's edge: fainter noise is shown as faint
_PICTURE_RANGE = 48.0  # int8 steps: less is not stretched over all colours


class WavePicture(WaveThumbnail):
    """A waveform in a well; a click says at which share of it."""

    pointed = Signal(float)

    def paint(self, painter: QPainter) -> None:
        draw_well(painter, self.rect())
        super().paint(painter)

    def sizeHint(self) -> QSize:
        return QSize(px(168), px(52))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(min(max(event.position().x() / max(self.width(), 1), 0.0), 1.0))


class SoundFigures(Figures):
    """cell: frame and band."""

    def __init__(self) -> None:
        self._spec: LogMel | None = None
        self._steps: Any = None  # a Steps
        self.wave, self.spectrum = WavePicture(), SpectrumView()
        self.raw, self.features, self.input = FeaturePicture(), FeaturePicture(), FeaturePicture()
        super().__init__(
            (_("Samples"), self.wave),
            (_("Spectrum"), self.spectrum),
            (_("Log-mel"), self.raw),
            (_("Mean removed"), self.features),
            (_("Model's input"), self.input),
        )
        self.wave.pointed.connect(self._point_at_share)
        for picture in (self.raw, self.features, self.input):
            picture.pointed.connect(self.point)
        self.raw.setAccessibleName(_("Log-mel energies"))
        self.features.setAccessibleName(_("Features, their mean removed"))
        self.input.setAccessibleName(_("What the model sees"))

    def show_steps(self, looked: "Looked", steps: Any, seen: "Seen") -> None:
        spec: Any = seen.spec
        self._spec, self._steps = spec, steps
        self.wave.show_samples(steps.samples, full_scale=full_scale(steps.samples))
        self.raw.show_values(steps.raw)
        self.features.show_values(steps.features)
        self.input.show_values(steps.input)
        taken = {
            "none": _("nothing"),
            "level": _("{db} dB").format(db=signed(float(steps.raw.mean()) * spec.scale)),
            "band": _("{n} means").format(n=spec.mels),
        }
        self.say_sizes(
            (
                _("{n:,} × int16").format(n=spec.clip_samples),
                _("{n} bins").format(n=spec.fft // 2 + 1),
                _("{size}, dB").format(size=f"{spec.frames} × {spec.mels}"),
                taken[spec.normalise],
                "int8",
            )
        )

    def show_nothing(self) -> None:
        self._steps = None
        empty = np.zeros((0, 1), np.int16)
        self.wave.show_samples(np.zeros(0, np.int16))
        self.wave.set_cursor(None)
        self.spectrum.show_spectrum(np.zeros(0, np.float32), 1.0, None)
        for picture in (self.raw, self.features, self.input):
            picture.show_values(empty)

    def first_cell(self, steps: Any) -> tuple[int, int]:
        frame, band = np.unravel_index(int(steps.raw.argmax()), steps.raw.shape)
        return int(frame), int(band)

    def point(self, first: int, second: int) -> None:
        spec, steps = self._spec, self._steps
        if spec is None or steps is None:
            return
        frame, band = min(first, spec.frames - 1), min(second, spec.mels - 1)
        self.cell = (frame, band)
        middle_s = (frame * spec.stride_samples + spec.window_samples / 2) / spec.rate_hz
        self.wave.set_cursor(middle_s * spec.rate_hz / spec.clip_samples)
        for picture in (self.raw, self.features, self.input):
            picture.set_frame(frame)
        low, centre, high = spec.band_edges_hz[band : band + 3].tolist()
        self.spectrum.show_spectrum(steps.spectrum_db[frame], spec.rate_hz / 2, (low, centre, high))
        raw, taken = steps.raw[frame, band] * spec.scale, steps.features[frame, band] * spec.scale
        self.say_values(
            (
                _("frame {n} at {s:.2f} s").format(n=frame + 1, s=middle_s),
                _("band {n}, {hz:,.0f} Hz").format(n=band + 1, hz=centre),
                _("{db} dB").format(db=signed(raw)),
                _("{db} dB").format(db=signed(taken)),
                f"{int(steps.input[frame, band])}".replace("-", "−"),
            )
        )

    def _point_at_share(self, share: float) -> None:
        if self._spec is not None:
            frame = round((share * self._spec.clip_samples - self._spec.window_samples / 2) / self._spec.stride_samples)
            self.point(max(frame, 0), self.cell[1] if self.cell is not None else 0)


class SoundTake(TakeView):
    def __init__(self) -> None:
        self.wave, self.picture = WavePicture(), FeaturePicture(focusable=False)
        self.wave.setFixedHeight(px(46))
        super().__init__(self.wave, self.picture)

    def set_cursor(self, share: float | None) -> None:
        self.wave.set_cursor(share)


def show_takes(views: Sequence[SoundTake], varied: "Varied") -> None:
    """All to one scale."""
    scale = full_scale(*(take.samples for take in varied.takes))
    low, high = np.percentile(varied.takes[0].input, (5, 99.7)).tolist()
    high = max(high, low + _PICTURE_RANGE)
    for view, take in zip(views, varied.takes, strict=True):
        view.wave.show_samples(take.samples, full_scale=scale)
        view.picture.show_values(take.input, low, high)


def show_none(views: Sequence[SoundTake]) -> None:
    for view in views:
        view.wave.show_samples(np.zeros(0, np.int16))
        view.picture.show_values(np.zeros((0, 1), np.int8))


def words_of(take: "Take", noises: Sequence[str]) -> list[str]:
    """What a take was made with: what is heard, then what one epoch makes of it besides."""
    drawn: Any = take.drawn
    if drawn is None:
        heard = [_("another piece, or made anew"), "", ""]
    else:
        move = _("speed {speed:.2f}, {shift} ms").format(speed=drawn.speed, shift=signed(drawn.shift_ms, 0))
        level = _("level {db} dB").format(db=signed(drawn.gain_db - drawn.turned_down_db, 0))
        if drawn.noise_snr_db is None:
            noise = _("no noise added")
        else:
            name = _("noise") if drawn.recorded is None else noises[drawn.recorded]
            noise = _("SNR {db:.0f} dB, {name}").format(db=drawn.noise_snr_db, name=name)
        heard = [move, level, noise]
    epoch = take.in_epoch
    if epoch is None:
        return heard
    seen = _("tempo {tempo:.2f}, throat {tract:.2f}").format(tempo=epoch.tempo, tract=epoch.vocal_tract)
    hidden = _("hides {frames} frames, {bands} bands").format(frames=epoch.frames, bands=epoch.bands)
    return [*heard, seen, hidden]


def full_scale(*windows: NDArray[np.int16]) -> float:
    """The share of full scale at the edge of waveforms that are shown together."""
    peak = max((float(np.abs(window.astype(np.int32)).max(initial=0)) for window in windows), default=0.0)
    return max(1.1 * peak / 32768, _LEAST_FULL_SCALE)


def signed(value: float, places: int | None = None) -> str:
    """With a real minus sign; with a plus too where `places` is given."""
    text = f"{value:.1f}" if places is None else f"{round(value, places) + 0.0:+.{places}f}"
    return text.replace("-", "−")
