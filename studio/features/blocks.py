"""Specifications of front ends: what a model sees of the samples, and the integer tables that compute it.

A specification is a few numbers that a person chooses. `pack` turns them into the section of the model image that the C
core runs from, on a board and on the host alike. resources/firmware/FRONT_END.md says what each integer means.
"""

import math
import struct
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, StudioError
from studio.core.text import gettext, mark

Normalise = Literal["none", "level", "band"]
NORMALISE: tuple[Normalise, ...] = ("none", "level", "band")  # in the order of their codes

_KIND, _VERSION = 1, 1
_HEADER = struct.Struct("<HHIIIHHHHHHHBBbBHHhhH")
_LOG_STEPS = 64
_POWER_SHIFT = 13
_MAX_FFT, _MAX_MELS = 1024, 128
_MAX_U32 = 2**32 - 1
# Without normalisation speech lies between about -90 and 0 dB; its middle comes to the middle of int8. What is more
# than 6 dB below the mean of a window is its room, which differs from person to person: int8's lowest step is there.
_ZERO_POINT: dict[Normalise, int] = {"none": 120, "level": -112, "band": 0}
PASSBAND = 0.95  # of the Nyquist frequency: above lies the slope of resamplers and of converters' filters


@dataclass(eq=False)
class TooShort(StudioError):
    """Fewer samples than one model window has."""

    samples: int
    needed: int
    message = mark("{samples} samples are too few: one window has {needed}.")
    remedy = mark("Record for longer, or choose a shorter window on Features.")


@dataclass(frozen=True)
class LogMel:
    """Log-mel energies, level-normalised over the model's window, in integers.

    rate_hz: of the samples. clip_samples: of one model window; what is left after the last whole frame is ignored.
    window_samples, stride_samples, frames: of the spectrogram. fft: its length, a power of two. mels: bands from
    low_hz to high_hz. floor_db: white noise of this level (dBFS rms) is added, as energy, to each frame.
    normalise: "level" subtracts the window's mean, "band" each band's mean over the window, "none" nothing.
    input_shift, input_zero_point: one int8 step of the model's input is 2**input_shift feature units.

    Raises InvalidInput when the numbers do not fit together.
    """

    kind: ClassVar[str] = "log_mel"

    rate_hz: int = 16_000
    clip_samples: int = 16_000
    window_samples: int = 480
    stride_samples: int = 320
    frames: int = 49
    fft: int = 512
    mels: int = 40
    low_hz: int = 60
    high_hz: int = 7_600
    floor_db: int = -80
    normalise: Normalise = "level"
    input_shift: int = 5
    input_zero_point: int = 0
    _section: bytes | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        why = self._fault()
        if why:
            raise InvalidInput(gettext("The front end"), why)

    @classmethod
    def for_data(
        cls,
        rate_hz: int = 16_000,
        lowest_nyquist_hz: float | None = None,
        *,
        window_ms: int = 1_000,
        frame_ms: int = 30,
        stride_ms: int = 20,
        mels: int = 40,
        low_hz: int = 60,
        high_hz: int | None = None,
        floor_db: int = -80,
        normalise: Normalise = "level",
    ) -> "LogMel":
        """For a project's rate; by default frames of 30 ms every 20 ms, 40 bands. `choices.py` tells what each means.

        lowest_nyquist_hz: half the lowest rate among the recordings that train it (default: the project's own).
        The upper band edge stays below whatever high_hz is, so that no band is empty for some people and full for
        others. Raises InvalidInput.
        """
        nyquist_hz = min(rate_hz / 2, lowest_nyquist_hz or rate_hz / 2)
        window, stride, clip = (rate_hz * ms // 1000 for ms in (frame_ms, stride_ms, window_ms))
        reached_hz = int(nyquist_hz * PASSBAND)
        return cls(
            rate_hz=rate_hz,
            clip_samples=clip,
            window_samples=window,
            stride_samples=stride,
            frames=1 + (clip - window) // max(stride, 1),
            fft=1 << max(6, (window - 1).bit_length()),
            mels=mels,
            low_hz=low_hz,
            high_hz=reached_hz if high_hz is None else min(high_hz, reached_hz),
            floor_db=floor_db,
            normalise=normalise,
            input_zero_point=_ZERO_POINT[normalise],
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(frames, mels) of one model window."""
        return self.frames, self.mels

    @property
    def scale(self) -> float:
        """Decibels for one unit of a feature."""
        return 10 * math.log10(2) / 256

    @property
    def input_scale(self) -> float:
        """The scale of the model's int8 input: exact in float32."""
        return float(2**self.input_shift / 1024)

    @property
    def input_limits(self) -> tuple[float, float]:
        """The model's float input at int8 -128 and 127. Calibration includes both, and so finds input_scale."""
        return (-128 - self.input_zero_point) * self.input_scale, (127 - self.input_zero_point) * self.input_scale

    @property
    def band_edges_hz(self) -> NDArray[np.float64]:
        """(mels + 2,): band b rises from edge b to its middle at edge b + 1 and falls to edge b + 2."""
        low, high = (2595 * math.log10(1 + hz / 700) for hz in (self.low_hz, self.high_hz))
        edges: NDArray[np.float64] = 700 * (10 ** (np.linspace(low, high, self.mels + 2) / 2595) - 1)
        return edges

    def to_float(self, features: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's float input for features of any shape: one unit is 1/1024, limited to input_limits."""
        low, high = self.input_limits
        values: NDArray[np.float32] = features.astype(np.float32) / np.float32(1024)
        return np.clip(values, np.float32(low), np.float32(high), out=values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, `kind` among them; from_dict gives an equal specification back."""
        values = asdict(self)
        del values["_section"]
        return {"kind": self.kind, **values}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "LogMel":
        """Raises InvalidInput for another kind, an unknown or a missing key, or a value of another type."""
        what = gettext("The front end")
        if values.get("kind") != cls.kind:
            raise InvalidInput(what, gettext("its kind is {kind}").format(kind=values.get("kind")))
        expected = {f.name: (str if f.name == "normalise" else int) for f in fields(cls) if f.init}
        if set(values) != {"kind", *expected}:
            odd = ", ".join(sorted(set(values) ^ {"kind", *expected}))
            raise InvalidInput(what, gettext("these keys are unknown or missing: {odd}").format(odd=odd))
        for name, kind in expected.items():
            if type(values[name]) is not kind:
                raise InvalidInput(what, gettext("{name} is of another type").format(name=name))
        return cls(**{name: values[name] for name in expected})

    def pack(self) -> bytes:
        """The section `FEND` of a model image."""
        if self._section is not None:
            return self._section
        first_bin, rise, interval = self._bins()
        window = self._window()
        tables = b"".join(
            (
                self._floor(window, rise, interval).astype("<u4").tobytes(),
                window.astype("<u2").tobytes(),
                _sine(self.fft).astype("<i2").tobytes(),
                _logarithm().astype("<u2").tobytes(),
                rise.astype("<u2").tobytes(),
                interval.astype("u1").tobytes(),
            )
        )
        size = _HEADER.size + len(tables)
        padding = -size % 4
        reference = _round(256 * (2 * math.log2(2**14 * int(window.sum()) / self.fft) + 15 - _POWER_SHIFT))
        header = _HEADER.pack(
            _KIND,
            _VERSION,
            size + padding,
            self.rate_hz,
            self.clip_samples,
            self.window_samples,
            self.stride_samples,
            self.frames,
            self.fft,
            self.mels,
            first_bin,
            len(rise),
            NORMALISE.index(self.normalise),
            self.input_shift,
            self.input_zero_point,
            0,
            self.low_hz,
            self.high_hz,
            self.floor_db,
            reference,
            0,
        )
        section = header + tables + bytes(padding)
        object.__setattr__(self, "_section", section)
        return section

    @classmethod
    def unpack(cls, section: bytes) -> "LogMel":
        """The specification in a section, keeping its very tables: `pack` gives these bytes back.

        Reads the parameters only; the C core checks the tables when it opens them. Raises InvalidInput.
        """
        what = gettext("The front end of this model")
        if len(section) < _HEADER.size:
            raise InvalidInput(what, gettext("it is cut short"))
        kind, version, size, *values = _HEADER.unpack_from(section)
        if (kind, version) != (_KIND, _VERSION):
            raise InvalidInput(what, gettext("it is of a kind that this version does not know"))
        rate_hz, clip, window, stride, frames, fft, mels, _first, _bins, code, shift, zero, _, low, high, floor = (
            values[:16]
        )
        if size > len(section) or code >= len(NORMALISE):
            raise InvalidInput(what, gettext("it is damaged"))
        spec = cls(rate_hz, clip, window, stride, frames, fft, mels, low, high, floor, NORMALISE[code], shift, zero)
        object.__setattr__(spec, "_section", bytes(section[:size]))
        return spec

    def _fault(self) -> str:
        """What is wrong with the numbers, or nothing."""
        if self.window_samples > _MAX_FFT:
            return gettext("a frame may have {most:,} samples at most, and this one has {has:,}").format(
                most=_MAX_FFT, has=self.window_samples
            )
        if not (64 <= self.fft <= _MAX_FFT and self.fft & (self.fft - 1) == 0):
            return gettext("the FFT length must be a power of two from 64 to 1024")
        if not 1 <= self.window_samples <= self.fft:
            return gettext("a frame must have between 1 sample and the FFT length")
        if self.clip_samples < self.window_samples:
            return gettext("a window must be at least one frame long")
        if not (1 <= self.stride_samples <= 65_535 and 1 <= self.frames <= 65_535):
            return gettext("stride and frames must be from 1 to 65,535")
        if self.clip_samples < self.window_samples or (
            1 + (self.clip_samples - self.window_samples) // self.stride_samples != self.frames
        ):
            return gettext("the window in samples, its frames and their stride do not agree")
        if not 1 <= self.mels <= _MAX_MELS:
            return gettext("there must be 1 to 128 bands")
        if not (0 <= self.low_hz < self.high_hz <= min(self.rate_hz / 2, 65_535)):
            return gettext("the bands must lie between 0 and half the sample rate")
        if self.normalise not in NORMALISE:
            return gettext("normalise must be none, level or band")
        if not (0 <= self.input_shift <= 8 and -128 <= self.input_zero_point <= 127):
            return gettext("the input's shift must be from 0 to 8 and its zero point an int8")
        if not -120 <= self.floor_db <= -40:
            return gettext("the floor must lie between -120 and -40 dB")
        _, rise, interval = self._bins()
        if len(rise) == 0 or _weights(rise, interval, self.mels).min() < 2**12:
            return gettext("some bands are narrower than the FFT can tell apart")
        return ""

    def _window(self) -> NDArray[np.int64]:
        angle = 2 * math.pi * np.arange(self.window_samples) / self.window_samples
        return np.minimum(_rounded(32768 * (1 - np.cos(angle)) / 2), 32767)

    def _bins(self) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
        """(first bin, rise of each bin within its interval as Q15, interval of each bin)."""
        edges = self.band_edges_hz
        hz = np.arange(self.fft // 2) * (self.rate_hz / self.fft)
        kept = np.flatnonzero((hz > self.low_hz) & (hz < self.high_hz))
        if len(kept) == 0:
            return 1, np.zeros(0, np.int64), np.zeros(0, np.int64)
        interval = np.clip(np.searchsorted(edges, hz[kept], side="right") - 1, 0, self.mels)
        share = (hz[kept] - edges[interval]) / (edges[interval + 1] - edges[interval])
        return int(kept[0]), _rounded(32768 * np.clip(share, 0, 1)), interval.astype(np.int64)

    def _floor(
        self, window: NDArray[np.int64], rise: NDArray[np.int64], interval: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        variance = (32768 * 10 ** (self.floor_db / 20)) ** 2
        power = variance * float(np.sum(window**2)) / self.fft**2 / 2**_POWER_SHIFT
        return np.clip(_rounded(power * _weights(rise, interval, self.mels)), 1, _MAX_U32)


def _weights(rise: NDArray[np.int64], interval: NDArray[np.int64], mels: int) -> NDArray[np.int64]:
    """Sum of each band's weights, Q15."""
    sums = np.zeros(mels + 2, np.int64)
    np.add.at(sums, interval + 1, rise)
    np.add.at(sums, interval, 32768 - rise)
    return sums[1:-1]


def _sine(length: int) -> NDArray[np.int64]:
    return np.clip(_rounded(32768 * np.sin(2 * math.pi * np.arange(length) / length)), -32767, 32767)


def _logarithm() -> NDArray[np.int64]:
    return _rounded(32768 * np.log2(1 + np.arange(_LOG_STEPS + 1) / _LOG_STEPS))


def _rounded(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.floor(values + 0.5).astype(np.int64)


def _round(value: float) -> int:
    return math.floor(value + 0.5)
