"""Rows of channels brought to one range: what front ends for movement and for slow sensors begin with."""

import math
import struct
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from studio.core.text import gettext
from studio.features.model_input import ModelInput, damaged

SENSORS = {"imu": 1, "environment": 3, "colour": 4}  # and their ids: PROTOCOL.md, 4
MOST_CHANNELS = 16
FULL_SPAN = 32_768  # of int16
EDGE = 4096  # feature units that a span becomes: the edge of int8, where one step is 32 of them

_INPUT_SHIFT = 5
_MOST_SPAN, _MOST_MULTIPLIER, _MOST_SHIFT = 65_535, 32_767, 16
_SIGMAS = 4.0


class Range(NamedTuple):
    """For each channel, in counts: what becomes 0, and how far above or below it lies the edge of int8."""

    offsets: tuple[int, ...]
    spans: tuple[int, ...]


def range_of(rows: NDArray[np.int16], *, keep_zero: bool = False) -> Range:
    """The range that fits what trains a model: four standard deviations to either side of the mean.

    rows: (n, channels) or (windows, rows, channels), at least one row. keep_zero: to either side of 0 instead.
    """
    values = rows.reshape(-1, rows.shape[-1]).astype(np.float64)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    middle = np.zeros_like(mean) if keep_zero else np.floor(mean + 0.5)
    reach = _SIGMAS * deviation + np.abs(mean - middle)
    return Range(
        tuple(int(value) for value in middle),
        tuple(int(value) for value in np.clip(np.ceil(reach), 1, _MOST_SPAN)),
    )


@dataclass(frozen=True, kw_only=True)
class Rows(ModelInput):
    """Base of the specifications. sensor: the name of a SensorKind. rate_hz: of the rows. clip_samples: rows of one
    model window.

    offsets, spans: a Range. input_shift, input_zero_point: one int8 step of the model's input is 2**input_shift feature
    units.
    """

    window_dtype: ClassVar[DTypeLike] = np.int16
    stride_samples: ClassVar[int] = 1  # a window may begin with any row
    sensors: ClassVar[tuple[str, ...]]  # that it may be for

    sensor: str
    rate_hz: int
    clip_samples: int
    offsets: tuple[int, ...]
    spans: tuple[int, ...]
    input_shift: int = _INPUT_SHIFT
    input_zero_point: int = 0
    _section: bytes | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._refuse(self._fault())

    @property
    def channels(self) -> int:
        return len(self.offsets)

    @property
    def window_shape(self) -> tuple[int, int]:
        """(clip_samples, channels)."""
        return self.clip_samples, self.channels

    def _fault(self) -> str:
        """What is wrong with the numbers, or nothing."""
        if self.sensor not in self.sensors:
            return gettext("its sensor must be one of: {sensors}").format(sensors=", ".join(self.sensors))
        if not 1 <= self.rate_hz <= 65_535:
            return gettext("the rate must be from 1 to 65,535 Hz")
        if not 1 <= self.clip_samples <= 65_535:
            return gettext("a window must have from 1 to 65,535 rows")
        if not 1 <= self.channels <= MOST_CHANNELS or self.channels != len(self.spans):
            return gettext("there must be 1 to {most} channels, each with an offset and a span").format(
                most=MOST_CHANNELS
            )
        if not all(-FULL_SPAN <= offset < FULL_SPAN for offset in self.offsets):
            return gettext("an offset must be an int16")
        if not all(1 <= span <= _MOST_SPAN for span in self.spans):
            return gettext("a span must be from 1 to 65,535")
        return self._fault_of_input()

    def _section_of_rows(
        self, header: struct.Struct, *values: int, mean_removed: int = 0, tables: bytes = b""
    ) -> bytes:
        """header: of what every section of rows begins with, and then these values; tables: after its own."""
        return self._section_of(
            header,
            self.rate_hz,
            self.clip_samples,
            self.channels,
            SENSORS[self.sensor],
            mean_removed,
            self.input_shift,
            self.input_zero_point,
            0,
            0,
            *values,
            tables=self._tables() + tables,
        )

    def _tables(self) -> bytes:
        """As they lie in a section: offsets, multipliers, spans (for people), shifts."""
        scaled = [_multiplier(span) for span in self.spans]
        return b"".join(
            (
                np.array(self.offsets, "<i2").tobytes(),
                np.array([multiplier for multiplier, _ in scaled], "<u2").tobytes(),
                np.array(self.spans, "<u2").tobytes(),
                np.array([shift for _, shift in scaled], "u1").tobytes(),
            )
        )


def read_range(section: bytes, at: int, channels: int) -> Range:
    """What the tables at that place say of it. Raises InvalidInput where the section ends before."""
    if len(section) < at + 7 * channels:
        raise damaged(gettext("it is cut short"))
    offsets = np.frombuffer(section, "<i2", channels, at)
    spans = np.frombuffer(section, "<u2", channels, at + 4 * channels)
    return Range(tuple(offsets.tolist()), tuple(spans.tolist()))


def _multiplier(span: int) -> tuple[int, int]:
    """(multiplier, shift): EDGE / span as multiplier / 2**shift, as exact as both can say it."""
    gain = EDGE / span
    shift = min(_MOST_SHIFT, math.floor(math.log2(_MOST_MULTIPLIER / gain)))
    return min(_MOST_MULTIPLIER, math.floor(gain * 2**shift + 0.5)), shift
