"""The specification of the front end for sound: what a model hears of it, and the integer tables that compute it.

A specification is a few numbers that a person chooses. `pack` turns them into the section of the model image that the C
core runs from, on a board and on the host alike. resources/firmware/FRONT_END.md says what each integer means.
"""

import math
import struct
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from studio.core.text import gettext
from studio.features.model_input import ModelInput, damaged
from studio.features.spectrum import MAX_BANDS, MAX_FFT, PASSBAND, Bands, fft_for, spaced_hz

Normalise = Literal["none", "level", "band"]
NORMALISE: tuple[Normalise, ...] = ("none", "level", "band")  # in the order of their codes

_HEADER = struct.Struct("<HHIIIHHHHHHHBBbBHHhhH")
_MEL_CORNER_HZ = 700
# Without normalisation speech lies between about -90 and 0 dB; its middle comes to the middle of int8. What is more
# than 6 dB below the mean of a window is its room, which differs from person to person: int8's lowest step is there.
_ZERO_POINT: dict[Normalise, int] = {"none": 120, "level": -112, "band": 0}


@dataclass(frozen=True)
class LogMel(ModelInput):
    """Log-mel energies, level-normalised over the model's window, in integers.

    rate_hz: of the samples. clip_samples: of one model window; what is left after the last whole frame is ignored.
    window_samples, stride_samples, frames: of the spectrogram. fft: its length, a power of two. mels: bands from
    low_hz to high_hz. floor_db: white noise of this level (dBFS rms) is added, as energy, to each frame.
    normalise: "level" subtracts the window's mean, "band" each band's mean over the window, "none" nothing.
    input_shift, input_zero_point: one int8 step of the model's input is 2**input_shift feature units.

    Raises InvalidInput when the numbers do not fit together.
    """

    kind: ClassVar[str] = "log_mel"
    code: ClassVar[int] = 1
    sensor: ClassVar[str] = "microphone"
    window_dtype: ClassVar[DTypeLike] = np.int16

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
        self._refuse(self._fault())

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
            fft=fft_for(window),
            mels=mels,
            low_hz=low_hz,
            high_hz=reached_hz if high_hz is None else min(high_hz, reached_hz),
            floor_db=floor_db,
            normalise=normalise,
            input_zero_point=_ZERO_POINT[normalise],
        )

    @property
    def window_shape(self) -> tuple[int]:
        """(clip_samples,)."""
        return (self.clip_samples,)

    @property
    def shape(self) -> tuple[int, int]:
        """(frames, mels) of one model window."""
        return self.frames, self.mels

    @property
    def scale(self) -> float:
        """Decibels for one unit of a feature."""
        return 10 * math.log10(2) / 256

    @property
    def band_edges_hz(self) -> NDArray[np.float64]:
        """(mels + 2,): band b rises from edge b to its middle at edge b + 1 and falls to edge b + 2."""
        return np.array(self._bands.edges_hz)

    def _packed(self) -> bytes:
        bands = self._bands
        first_bin, rise, _ = bands.bins
        return self._section_of(
            _HEADER,
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
            bands.reference,
            0,
            tables=bands.tables(),
        )

    @classmethod
    def _unpacked(cls, section: bytes) -> "LogMel":
        rate_hz, clip, window, stride, frames, fft, mels, _first, _bins, code, shift, zero, _, low, high, floor, *_ = (
            cls._header_of(section, _HEADER)
        )
        if code >= len(NORMALISE):
            raise damaged(gettext("it is damaged"))
        return cls(rate_hz, clip, window, stride, frames, fft, mels, low, high, floor, NORMALISE[code], shift, zero)

    def _fault(self) -> str:
        """What is wrong with the numbers, or nothing."""
        if self.window_samples > MAX_FFT:
            return gettext("a frame may have {most:,} samples at most, and this one has {has:,}").format(
                most=MAX_FFT, has=self.window_samples
            )
        if not (64 <= self.fft <= MAX_FFT and self.fft & (self.fft - 1) == 0):
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
        if not 1 <= self.mels <= MAX_BANDS:
            return gettext("there must be 1 to 128 bands")
        if not (0 <= self.low_hz < self.high_hz <= min(self.rate_hz / 2, 65_535)):
            return gettext("the bands must lie between 0 and half the sample rate")
        if self.normalise not in NORMALISE:
            return gettext("normalise must be none, level or band")
        if not -120 <= self.floor_db <= -40:
            return gettext("the floor must lie between -120 and -40 dB")
        if not self._bands.are_wide_enough:
            return gettext("some bands are narrower than the FFT can tell apart")
        return self._fault_of_input()

    @property
    def _bands(self) -> Bands:
        edges_hz = spaced_hz(self.low_hz, self.high_hz, self.mels, _MEL_CORNER_HZ)
        return Bands(self.rate_hz, self.window_samples, self.fft, edges_hz, self.floor_db)
