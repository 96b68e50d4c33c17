"""Movement and slow sensors in Features: rows as traces, brought to one range, or figures of each axis."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.core.text import gettext as _
from studio.dataset.settings import SensorSettings
from studio.features.motion import FIGURES, MotionStatistics
from studio.features.places import of_feature
from studio.features.rows import EDGE
from studio.ui.pages.features_figures import Figures, TakeView
from studio.ui.pages.features_sound import signed
from studio.ui.shown_windows import lanes_for, lanes_to_show
from studio.ui.widgets.feature_picture import FeaturePicture
from studio.ui.widgets.painted import px
from studio.ui.widgets.traces import Lane, TracesView

if TYPE_CHECKING:
    from studio.training.preview import Looked, Take
    from studio.ui.pages.features_work import Seen, Varied

_PICTURE_RANGE = 48.0  # int8 steps: less is not stretched over all colours
_NO_ROWS = np.zeros((0, 1), np.int16)


class _RowFigures(Figures):
    """Base: what is common to rows as they are and to figures of them."""

    def __init__(self, *steps: tuple[str, Any]) -> None:
        self.spec: Any = None
        self.sensor = SensorSettings()
        self.steps: Any = None
        super().__init__(*steps)

    def show_nothing(self) -> None:
        self.steps = None
        for figure in self.findChildren(TracesView):
            figure.show_rows(_NO_ROWS, ())
            figure.set_cursor(None)
        for picture in self.findChildren(FeaturePicture):
            picture.show_values(_NO_ROWS)

    def named_lanes(self) -> list[Lane]:
        """Of a single reading the names tell the value too."""
        lanes = lanes_to_show(self.spec, self.sensor, self.steps.samples)
        if len(self.steps.samples) > 1:
            return lanes
        return [replace(lane, name="", names=tuple(self.measured(0, i) for i in lane.channels)) for lane in lanes]

    def measured(self, row: int, channel: int) -> str:
        """A sample in its unit, with its channel's name."""
        sensor = self.sensor
        value = float(self.steps.samples[row, channel]) * sensor.scales[channel]
        text = (f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}").replace("-", "−")
        return f"{sensor.channels[channel]} {text} {sensor.units[channel]}"


class RowFigures(_RowFigures):
    """Each row as it is. cell: row and channel."""

    def __init__(self) -> None:
        self.samples = TracesView(named=True, focusable=True)
        self.ranged, self.taken, self.input = TracesView(), TracesView(), FeaturePicture()
        super().__init__(
            (_("Samples"), self.samples),
            (_("To one range"), self.ranged),
            (_("Mean removed"), self.taken),
            (_("Model's input"), self.input),
        )
        self.samples.setAccessibleName(_("Samples of each channel"))
        self.ranged.setAccessibleName(_("Channels brought to one range"))
        self.taken.setAccessibleName(_("Channels, their mean removed"))
        self.input.setAccessibleName(_("What the model sees"))
        for view in (self.samples, self.ranged, self.taken):
            view.pointed.connect(self._point_at_share)
        self.input.pointed.connect(lambda row, band: self.point(row, self.spec.channels - 1 - band))

    def show_steps(self, looked: "Looked", steps: Any, seen: "Seen") -> None:
        spec: Any = seen.spec
        self.spec, self.sensor, self.steps = spec, seen.sensor, steps
        ranged = [Lane("", lane.channels, lane.names, -EDGE, EDGE) for lane in lanes_for(spec, seen.sensor)]
        self.samples.show_rows(steps.samples, self.named_lanes())
        self.ranged.show_rows(as_rows(steps.raw), ranged)
        self.taken.show_rows(as_rows(steps.features), ranged)
        self.input.show_values(upright(steps.input))
        means = getattr(spec, "normalise", "none") != "none"
        self.leave_out(2, left_out=not means)
        size = f"{spec.clip_samples} × {spec.channels}"
        self.say_sizes((_("{size} × int16").format(size=size), size, _("per axis"), "int8"))

    def first_cell(self, steps: Any) -> tuple[int, int]:
        raw = as_rows(steps.raw).astype(np.int32)
        row, channel = np.unravel_index(int(np.abs(raw - np.median(raw, axis=0).astype(np.int32)).argmax()), raw.shape)
        return int(row), int(channel)

    def point(self, first: int, second: int) -> None:
        if self.steps is None:
            return
        row, channel = min(first, self.spec.clip_samples - 1), min(second, self.spec.channels - 1)
        self.cell = (row, channel)
        share = row / max(self.spec.clip_samples - 1, 1)
        for view in (self.samples, self.ranged, self.taken):
            view.set_cursor(share)
        self.input.set_frame(row)
        at = _("at {s:.2f} s").format(s=row / self.spec.rate_hz)
        part = [as_rows(values)[row, channel] / EDGE for values in (self.steps.raw, self.steps.features)]
        self.say_values(
            (
                f"{self.measured(row, channel)} {at}" if self.spec.clip_samples > 1 else self.measured(row, channel),
                *(_("{share} % of its range").format(share=signed(100 * value, 0)) for value in part),
                f"{int(as_rows(self.steps.input)[row, channel])}".replace("-", "−"),
            )
        )

    def _point_at_share(self, share: float) -> None:
        if self.spec is not None:
            self.point(round(share * (self.spec.clip_samples - 1)), self.cell[1] if self.cell is not None else 0)


class StatisticsFigures(_RowFigures):
    """Figures of each axis over the window. cell: channel and figure, bands after FIGURES."""

    def __init__(self) -> None:
        self.samples = TracesView(named=True)
        self.figured, self.bands, self.input = FeaturePicture(), FeaturePicture(), FeaturePicture()
        super().__init__(
            (_("Samples"), self.samples),
            (_("Figures of each axis"), self.figured),
            (_("Band energies"), self.bands),
            (_("Model's input"), self.input),
        )
        self.samples.setAccessibleName(_("Samples of each channel"))
        self.figured.setAccessibleName(_("Mean, deviation, least, greatest and crossings of each axis"))
        self.bands.setAccessibleName(_("Energy of each axis by band"))
        self.input.setAccessibleName(_("What the model sees"))
        for picture, before in ((self.figured, 0), (self.bands, len(FIGURES)), (self.input, 0)):
            picture.pointed.connect(
                lambda figure, band, before=before: self.point(self.spec.channels - 1 - band, figure + before)
            )

    def show_steps(self, looked: "Looked", steps: Any, seen: "Seen") -> None:
        spec: Any = seen.spec
        self.spec, self.sensor, self.steps = spec, seen.sensor, steps
        figures = len(FIGURES)
        self.samples.show_rows(steps.samples, self.named_lanes())
        self.figured.show_values(upright(steps.raw[:, :figures].T))
        self.bands.show_values(upright(steps.raw[:, figures:].T))
        self.input.show_values(upright(steps.input.T))
        self.say_sizes(
            (
                _("{size} × int16").format(size=f"{spec.clip_samples} × {spec.channels}"),
                f"{spec.channels} × {figures}",
                f"{spec.channels} × {spec.bands}",
                "int8",
            )
        )

    def first_cell(self, steps: Any) -> tuple[int, int]:
        return int(steps.raw[:, 1].argmax()), 1  # the axis that moves most

    def point(self, first: int, second: int) -> None:
        if self.steps is None:
            return
        channel, figure = min(first, self.spec.channels - 1), min(second, self.spec.shape[1] - 1)
        self.cell = (channel, figure)
        name = self.sensor.channels[channel]
        self.input.set_frame(figure)
        self.figured.set_frame(figure if figure < len(FIGURES) else None)
        self.bands.set_frame(figure - len(FIGURES) if figure >= len(FIGURES) else None)
        band = figure - len(FIGURES)
        value = self.steps.raw[channel, figure]
        where, (text,) = of_feature(self.spec, channel * self.spec.shape[1] + figure, int(value))
        if band < 0:
            words = ("", f"{where.split(', ')[-1]} {text}", "")
        else:
            middle = self.spec.band_edges_hz[band + 1]
            words = ("", "", _("band {n}, {hz:,.0f} Hz: {value}").format(n=band + 1, hz=middle, value=text))
        self.say_values((name, *words[1:], f"{int(self.steps.input[channel, figure])}".replace("-", "−")))


class RowTake(TakeView):
    def __init__(self) -> None:
        self.traces, self.picture = TracesView(), FeaturePicture(focusable=False)
        self.traces.setMinimumHeight(px(72))
        super().__init__(self.traces, self.picture, 3)


def show_takes(views: Sequence[RowTake], varied: "Varied") -> None:
    """All to one scale."""
    spec: Any = varied.spec
    lanes = lanes_to_show(spec, varied.sensor, *(take.samples for take in varied.takes))
    low, high = np.percentile(varied.takes[0].input, (1, 99.7)).tolist()
    for view, take in zip(views, varied.takes, strict=True):
        view.traces.show_rows(take.samples, lanes)
        seen = take.input.T if spec.kind == MotionStatistics.kind else take.input
        view.picture.show_values(upright(seen), low, max(high, low + _PICTURE_RANGE))


def show_none(views: Sequence[RowTake]) -> None:
    for view in views:
        view.traces.show_rows(_NO_ROWS, ())
        view.picture.show_values(np.zeros((0, 1), np.int8))


def words_of(take: "Take", _noises: Sequence[str]) -> list[str]:
    drawn: Any = take.drawn
    if drawn is None:
        return [_("another piece, or made anew")]
    words = []
    if drawn.speed != 1 or drawn.shift:
        shift = signed(100 * drawn.shift, 0)
        words.append(_("speed {speed:.2f}, {shift} % later").format(speed=drawn.speed, shift=shift))
    if drawn.rotation_deg:
        words.append(_("turned by {degrees}°").format(degrees=signed(drawn.rotation_deg, 0)))
    if drawn.scale != 1:
        words.append(_("{scale:.2f} × as strong").format(scale=drawn.scale))
    if drawn.warp:
        words.append(_("bent in time by {warp:.0f} %").format(warp=100 * drawn.warp))
    return [*words, _("noise and an offset")]


def as_rows(values: NDArray[Any]) -> NDArray[Any]:
    """(rows, channels), also of a window of one row."""
    return values.reshape(1, -1) if values.ndim == 1 else values


def upright(values: NDArray[Any]) -> NDArray[Any]:
    """For a feature picture, whose low bands are below: the first channel uppermost. values: (rows, channels)."""
    return np.ascontiguousarray(as_rows(values)[:, ::-1])
