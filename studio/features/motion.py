"""Front ends for movement: the rows of an IMU themselves, or figures of each axis over the window.

resources/firmware/FRONT_END.md, 5 and 6, says what each integer means.
"""

import math
import struct
from dataclasses import dataclass
from typing import ClassVar, Literal

from studio.core.text import gettext
from studio.features.model_input import damaged
from studio.features.rows import Range, Rows, read_range
from studio.features.spectrum import MAX_FFT, PASSBAND, Bands, fft_for, spaced_hz

MeanRemoved = Literal["none", "channel"]
MEAN_REMOVED: dict[MeanRemoved, int] = {"none": 0, "channel": 2}  # and their codes

FIGURES = ("mean", "deviation", "least", "greatest", "crossings")  # of each axis, before its bands

# Without data to go by: gravity twice over, and a swift turn of the hand.
_USUAL = Range((0,) * 6, (16_384,) * 3 + (13_107,) * 3)
_MOST_BANDS = 32
_CORNER_HZ = 5  # hands and bodies move mostly below: bands are narrow there
_MIDDLE_DB = -46  # a sine of that level comes to 0; a span is 18 dB below int16's full scale
_DB_PER_UNIT = 10 * math.log10(2) / 256
_RAW = struct.Struct("<HHIIIBBBBbBH")
_STATISTICS = struct.Struct("<HHIIIBBBBbBHHHHHHHhh")


@dataclass(frozen=True, kw_only=True)
class MotionRaw(Rows):
    """Rows of an IMU as they are, each axis brought to the range of int8.

    normalise: "channel" subtracts each axis's mean over the window, and with it how the board was held; "none" nothing.
    Raises InvalidInput when the numbers do not fit together.
    """

    kind: ClassVar[str] = "motion_raw"
    code: ClassVar[int] = 2
    sensors: ClassVar[tuple[str, ...]] = ("imu",)

    sensor: str = "imu"
    rate_hz: int = 119
    clip_samples: int = 119
    offsets: tuple[int, ...] = _USUAL.offsets
    spans: tuple[int, ...] = _USUAL.spans
    normalise: MeanRemoved = "none"

    @classmethod
    def for_data(
        cls,
        rate_hz: int = 119,
        ranges: Range | None = None,
        *,
        window_ms: int = 1_000,
        normalise: MeanRemoved = "none",
    ) -> "MotionRaw":
        """For a project's rate. ranges: `range_of` what trains it, for its axes; by default six, of usual reach."""
        offsets, spans = ranges or _USUAL
        return cls(
            rate_hz=rate_hz,
            clip_samples=max(1, rate_hz * window_ms // 1000),
            offsets=offsets,
            spans=spans,
            normalise=normalise,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(clip_samples, channels) of one model window."""
        return self.window_shape

    def _packed(self) -> bytes:
        return self._section_of_rows(_RAW, mean_removed=MEAN_REMOVED[self.normalise])

    @classmethod
    def _unpacked(cls, section: bytes) -> "MotionRaw":
        rate_hz, clip, channels, _sensor, code, shift, zero, *_ = cls._header_of(section, _RAW)
        ranges = read_range(section, _RAW.size, channels)
        normalise = next((name for name, known in MEAN_REMOVED.items() if known == code), None)
        if normalise is None:
            raise damaged(gettext("it is damaged"))
        return cls(
            rate_hz=rate_hz,
            clip_samples=clip,
            offsets=ranges.offsets,
            spans=ranges.spans,
            input_shift=shift,
            input_zero_point=zero,
            normalise=normalise,
        )

    def _fault(self) -> str:
        if self.normalise not in MEAN_REMOVED:
            return gettext("normalise must be none or channel")
        return super()._fault()


@dataclass(frozen=True, kw_only=True)
class MotionStatistics(Rows):
    """Of each axis over the window: mean, standard deviation, least, greatest, crossings of the mean, band energies.

    bands: from low_hz to high_hz, their energy in 1/256 log2, 0 at 46 dB under full scale. floor_db: white noise of
    this level (dB under full scale, rms) is added, as energy. Raises InvalidInput when the numbers do not fit together.
    """

    kind: ClassVar[str] = "motion_statistics"
    code: ClassVar[int] = 3
    sensors: ClassVar[tuple[str, ...]] = ("imu",)

    sensor: str = "imu"
    rate_hz: int = 119
    clip_samples: int = 119
    offsets: tuple[int, ...] = _USUAL.offsets
    spans: tuple[int, ...] = _USUAL.spans
    bands: int = 6
    low_hz: int = 0
    high_hz: int = 40
    floor_db: int = -72

    @classmethod
    def for_data(
        cls,
        rate_hz: int = 119,
        ranges: Range | None = None,
        *,
        window_ms: int = 1_000,
        bands: int = 6,
        low_hz: int = 0,
        high_hz: int = 40,
        floor_db: int = -72,
    ) -> "MotionStatistics":
        """For a project's rate, as MotionRaw.for_data. The upper band edge stays below half the rate."""
        offsets, spans = ranges or _USUAL
        return cls(
            rate_hz=rate_hz,
            clip_samples=max(1, rate_hz * window_ms // 1000),
            offsets=offsets,
            spans=spans,
            bands=bands,
            low_hz=low_hz,
            high_hz=min(high_hz, int(rate_hz / 2 * PASSBAND)),
            floor_db=floor_db,
        )

    @property
    def fft(self) -> int:
        """Length of the transform."""
        return fft_for(self.clip_samples)

    @property
    def band_edges_hz(self) -> tuple[float, ...]:
        """(bands + 2,): band b rises from edge b to its middle at edge b + 1 and falls to edge b + 2."""
        return spaced_hz(self.low_hz, self.high_hz, self.bands, _CORNER_HZ)

    @property
    def shape(self) -> tuple[int, int]:
        """(channels, FIGURES and bands) of one model window."""
        return self.channels, len(FIGURES) + self.bands

    def _packed(self) -> bytes:
        bands = self._bands
        first_bin, rise, _ = bands.bins
        return self._section_of_rows(
            _STATISTICS,
            self.fft,
            self.bands,
            first_bin,
            len(rise),
            self.low_hz,
            self.high_hz,
            self.floor_db,
            bands.reference + math.floor(_MIDDLE_DB / _DB_PER_UNIT + 0.5),
            tables=bands.tables(),
        )

    @classmethod
    def _unpacked(cls, section: bytes) -> "MotionStatistics":
        values = cls._header_of(section, _STATISTICS)
        rate_hz, clip, channels, _sensor, _code, shift, zero = values[:7]
        bands, _first, _bins, low_hz, high_hz, floor_db, _reference = values[10:]
        ranges = read_range(section, _STATISTICS.size, channels)
        return cls(
            rate_hz=rate_hz,
            clip_samples=clip,
            offsets=ranges.offsets,
            spans=ranges.spans,
            input_shift=shift,
            input_zero_point=zero,
            bands=bands,
            low_hz=low_hz,
            high_hz=high_hz,
            floor_db=floor_db,
        )

    def _fault(self) -> str:
        why = super()._fault()
        if why:
            return why
        if not 2 <= self.clip_samples <= MAX_FFT:
            return gettext("a window must have from 2 to {most:,} rows").format(most=MAX_FFT)
        if not 1 <= self.bands <= _MOST_BANDS:
            return gettext("there must be 1 to {most} bands").format(most=_MOST_BANDS)
        if not 0 <= self.low_hz < self.high_hz <= self.rate_hz / 2:
            return gettext("the bands must lie between 0 and half the sample rate")
        if not -120 <= self.floor_db <= -40:
            return gettext("the floor must lie between -120 and -40 dB")
        return "" if self._bands.are_wide_enough else gettext("some bands are narrower than the FFT can tell apart")

    @property
    def _bands(self) -> Bands:
        return Bands(self.rate_hz, self.clip_samples, self.fft, self.band_edges_hz, self.floor_db)
