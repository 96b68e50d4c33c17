"""Every kind of front end there is, and what all of them are to those who do not care which: a FrontEnd.

To add one: a class beside these, a row here, its C in resources/firmware/core (FRONT_END.md says what and how).
"""

import struct
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext
from studio.features.blocks import LogMel
from studio.features.model_input import damaged
from studio.features.motion import MotionRaw, MotionStatistics
from studio.features.picture import PictureInput
from studio.features.readings import Readings
from studio.features.rows import Range


class FrontEnd(Protocol):
    """kind: as to_dict and project.toml have it. sensor: the name of the SensorKind that it is for.

    rate_hz: of the samples, rows or pictures. clip_samples: of them in one model window. stride_samples: windows of a
    stream begin at multiples of it. window_shape, window_dtype: of the array that a window is. shape: of its features,
    int16, and of the model's input, int8. input_scale, input_zero_point: of that input; input_limits: its float
    values at -128 and 127.
    """

    @property
    def kind(self) -> str: ...
    @property
    def sensor(self) -> str: ...
    @property
    def rate_hz(self) -> int: ...
    @property
    def clip_samples(self) -> int: ...
    @property
    def stride_samples(self) -> int: ...
    @property
    def window_shape(self) -> tuple[int, ...]: ...
    @property
    def window_dtype(self) -> DTypeLike: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def input_scale(self) -> float: ...
    @property
    def input_zero_point(self) -> int: ...
    @property
    def input_limits(self) -> tuple[float, float]: ...
    def to_float(self, features: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's float input for features of any shape, limited to input_limits."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, `kind` among them; front_end_from_dict gives an equal specification back."""

    def pack(self) -> bytes:
        """The section `FEND` of a model image; front_end_from_section gives an equal specification back."""


RowFrontEnd = MotionRaw | MotionStatistics | Readings
AnyFrontEnd = LogMel | RowFrontEnd | PictureInput

FRONT_ENDS: dict[str, type[AnyFrontEnd]] = {
    row.kind: row for row in (LogMel, MotionRaw, MotionStatistics, Readings, PictureInput)
}


def front_end_of(
    kind: str,
    rate_hz: int,
    window_ms: int,
    chosen: Mapping[str, Any],
    *,
    lowest_nyquist_hz: float | None = None,
    sensor: str | None = None,
    ranges: Range | None = None,
) -> AnyFrontEnd:
    """What a project's settings ask for. chosen: by the keys of choices.py.

    Of the data that train it: lowest_nyquist_hz of sound, ranges (`rows.range_of`) of the channels of anything in rows;
    without, as usual. sensor: of readings. Raises InvalidInput for an unknown kind, or what does not fit together.
    """
    row = _row(kind)
    if row is LogMel:
        return LogMel.for_data(rate_hz, lowest_nyquist_hz, window_ms=window_ms, **chosen)
    if row is PictureInput:
        return PictureInput.for_data(rate_hz, **chosen)
    if row is Readings:
        return Readings.for_data(rate_hz, ranges, window_ms=window_ms, sensor=sensor or "environment", **chosen)
    moves = MotionRaw if row is MotionRaw else MotionStatistics
    return moves.for_data(rate_hz, ranges, window_ms=window_ms, **chosen)


def front_end_from_dict(values: dict[str, Any]) -> AnyFrontEnd:
    """Raises InvalidInput for an unknown kind, an unknown or a missing key, or values that do not fit together."""
    return _row(values.get("kind")).from_dict(values)


def front_end_from_section(section: bytes) -> AnyFrontEnd:
    """The specification in a section `FEND`, keeping its very tables. Raises InvalidInput."""
    code = struct.unpack_from("<H", section)[0] if len(section) >= 2 else 0
    row = next((row for row in FRONT_ENDS.values() if row.code == code), None)
    if row is None:
        raise damaged(gettext("it is of a kind that this version does not know"))
    return row.unpack(section)


def _row(kind: object) -> type[AnyFrontEnd]:
    row = FRONT_ENDS.get(str(kind))
    if row is None:
        why = gettext("its kind is {kind}, and should be one of: {known}")
        raise InvalidInput(gettext("The front end"), why.format(kind=kind, known=", ".join(FRONT_ENDS)))
    return row
