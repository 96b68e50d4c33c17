"""The front end for slow sensors: their readings, one row or a window of several (FRONT_END.md, 5)."""

import struct
from dataclasses import dataclass
from typing import ClassVar

from studio.features.rows import SENSORS, Range, Rows, read_range

_HEADER = struct.Struct("<HHIIIBBBBbBH")
# Without data to go by, in counts of our boards: indoor air, and a colour sensor's whole range.
_USUAL = {
    "environment": Range((2_000, 5_000, 10_000), (2_500, 5_000, 500)),
    "colour": Range((0,) * 4, (32_768,) * 4),
}


@dataclass(frozen=True, kw_only=True)
class Readings(Rows):
    """Rows of a slow sensor, each channel brought to the range of int8.

    Raises InvalidInput when the numbers do not fit together.
    """

    kind: ClassVar[str] = "readings"
    code: ClassVar[int] = 4
    sensors: ClassVar[tuple[str, ...]] = ("environment", "colour")

    sensor: str = "environment"
    rate_hz: int = 1
    clip_samples: int = 1
    offsets: tuple[int, ...] = _USUAL["environment"].offsets
    spans: tuple[int, ...] = _USUAL["environment"].spans

    @classmethod
    def for_data(
        cls, rate_hz: int = 1, ranges: Range | None = None, *, window_ms: int = 1_000, sensor: str = "environment"
    ) -> "Readings":
        """For a project's rate. ranges: `range_of` what trains it, for its channels; by default of usual reach."""
        offsets, spans = ranges or _USUAL.get(sensor, _USUAL["environment"])
        clip = max(1, rate_hz * window_ms // 1000)
        return cls(sensor=sensor, rate_hz=rate_hz, clip_samples=clip, offsets=offsets, spans=spans)

    @property
    def shape(self) -> tuple[int, ...]:
        """(channels,) of a window of one row, (clip_samples, channels) of longer ones."""
        return self.window_shape if self.clip_samples > 1 else (self.channels,)

    def _packed(self) -> bytes:
        return self._section_of_rows(_HEADER)

    @classmethod
    def _unpacked(cls, section: bytes) -> "Readings":
        rate_hz, clip, channels, sensor, _code, shift, zero, *_ = cls._header_of(section, _HEADER)
        name = next((name for name, known in SENSORS.items() if known == sensor), "")
        ranges = read_range(section, _HEADER.size, channels)
        return cls(
            sensor=name,
            rate_hz=rate_hz,
            clip_samples=clip,
            offsets=ranges.offsets,
            spans=ranges.spans,
            input_shift=shift,
            input_zero_point=zero,
        )
