"""How the windows of each kind of front end are shown small, and what their channels are called."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.dataset.settings import SensorSettings
from studio.features.blocks import LogMel
from studio.features.front_ends import AnyFrontEnd
from studio.features.motion import MotionRaw, MotionStatistics
from studio.features.picture import PictureInput
from studio.features.readings import Readings
from studio.features.rows import Rows
from studio.native.frontend import features
from studio.ui.widgets.traces import Lane, lanes_of
from studio.ui.widgets.window_thumb import PixelsThumb, SoundThumb, Thumb, TracesThumb, levels_of

_LEAST_RANGE = 1_500.0  # feature units of sound: about 18 dB
_LEAST_SHARE = 0.15  # of a channel's range, that a lane shows


def sensor_of(spec: Rows) -> SensorSettings:
    """Its channels as our boards have them, as many as the front end takes."""
    whole = SensorSettings.of_kind(spec.sensor)
    count = spec.channels
    return SensorSettings(spec.sensor, whole.channels[:count], whole.units[:count], whole.scales[:count])


def lanes_for(spec: Rows, sensor: SensorSettings) -> list[Lane]:
    """A lane for each unit, in counts, as wide as the range that the front end takes: so all windows of it are to one
    scale, and one that is still looks still.
    """
    reach = np.array([spec.offsets, spec.offsets]) + np.array([[-1], [1]]) * np.array(spec.spans)
    return lanes_of(sensor.channels, sensor.units, reach)


def lanes_to_show(spec: Rows, sensor: SensorSettings, *windows: NDArray[np.int16]) -> list[Lane]:
    """The same for a few windows that are looked at closely: as wide as they need, but not so that rest fills them."""
    whole = lanes_for(spec, sensor)
    if len(windows[0]) == 1:  # a reading has no course to be seen
        return whole
    own = lanes_of(sensor.channels, sensor.units, *windows)
    lanes = []
    for lane, widest in zip(own, whole, strict=True):
        middle, least = (lane.low + lane.high) / 2, _LEAST_SHARE * (widest.high - widest.low) / 2
        half = max((lane.high - lane.low) / 2, least)
        lanes.append(replace(lane, low=middle - half, high=middle + half))
    return lanes


def thumb_of(spec: AnyFrontEnd, window: NDArray[Any], sensor: SensorSettings) -> Thumb:
    """window: as spec has it. sensor: of the project, whose units and names its rows have. Never on the GUI thread."""
    return _THUMBS[spec.kind](spec, window, sensor)


def _sound(spec: LogMel, window: NDArray[np.int16], _sensor: SensorSettings) -> Thumb:
    return SoundThumb(window, levels_of(features(window, spec), _LEAST_RANGE))


def _rows(spec: Rows, window: NDArray[np.int16], sensor: SensorSettings) -> Thumb:
    return TracesThumb(window, lanes_for(spec, sensor))


def _picture(_spec: PictureInput, window: NDArray[np.uint8], _sensor: SensorSettings) -> Thumb:
    return PixelsThumb(np.ascontiguousarray(window))


_THUMBS: dict[str, Callable[[Any, NDArray[Any], SensorSettings], Thumb]] = {
    LogMel.kind: _sound,
    MotionRaw.kind: _rows,
    MotionStatistics.kind: _rows,
    Readings.kind: _rows,
    PictureInput.kind: _picture,
}
