"""What is measured once of a recording's samples, for the checks of quality: level, clipping, band, likeness."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.features.windows import Clip, read_clip

if TYPE_CHECKING:
    import soundfile

Samples = NDArray[np.int16]
VERSION = 1.0  # of the figures; those of another version are measured again
SILENT = -120.0  # dB, for log of nothing
_AT_ONCE = 1 << 20  # samples; an hour is measured in pieces
_FRAME = 512
_CLIP_RUN = 3  # samples at the limit, one after another: a single one is a loud peak
_ROUNDING_POWER = 1 / 12  # of white noise that rounding to whole counts leaves, in counts squared
_ABOVE_ROUNDING = 10.0
_ALIKE = np.array([0.02, 0.03, 0.05, 0.05])  # of length, crossings, crest, centre, as ratios
_MOST_PAIRS = 20_000
_COMPARED_HZ = 8_000
_MOST_SHIFT_S = 0.1
_SAME = 0.97  # correlation; takes of one word by one person reach about 0.7


@dataclass(frozen=True)
class Measured:
    """peak_db, rms_db: re full scale. clipped: samples in runs at a limit. dc: mean, of full scale.

    band_hz: up to where there is more than the rounding of 16 bits. centre_hz, crossings_hz, crest: what two copies
    share whatever their level. bytes: of the file.
    """

    version: float
    bytes: float
    samples: float
    peak_db: float
    rms_db: float
    clipped: float
    dc: float
    band_hz: float
    centre_hz: float
    crossings_hz: float
    crest: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, float]) -> "Measured | None":
        """None for what another version has measured."""
        return cls(**values) if values.get("version") == VERSION and values.keys() == _NAMES else None


_NAMES = set(Measured.__dataclass_fields__)


def measure(path: Path) -> Measured:
    """Reads all of a recording. Raises InvalidInput for what cannot be read."""
    import soundfile

    count, peak, total, squares, clipped, crossings = 0, 0, 0.0, 0.0, 0, 0
    spectrum = np.zeros(_FRAME // 2 + 1)
    frames = 0
    try:
        with soundfile.SoundFile(path) as file:
            rate_hz = float(file.samplerate)
            for piece in _pieces(file):
                values = piece.astype(np.float64)
                count += len(values)
                peak = max(peak, int(np.abs(values).max()))
                total += float(values.sum())
                squares += float(np.dot(values, values))
                clipped += _clipped(piece)
                crossings += int(np.count_nonzero(np.diff(np.signbit(values - values.mean()))))
                power, number = _power(values)
                spectrum += power
                frames += number
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise InvalidInput(str(path), str(error).rstrip(".")) from error
    if count == 0:
        raise InvalidInput(str(path), "it holds no samples")
    mean = total / count
    rms = math.sqrt(max(0.0, squares / count - mean**2))
    density = spectrum / max(1, frames)
    hz = np.arange(len(density)) * rate_hz / _FRAME
    return Measured(
        version=VERSION,
        bytes=float(path.stat().st_size),
        samples=float(count),
        peak_db=_db(peak / 32768),
        rms_db=_db(rms / 32768),
        clipped=float(clipped),
        dc=mean / 32768,
        band_hz=_band(density, hz),
        centre_hz=float(np.sum(density * hz) / np.sum(density)) if np.sum(density) > 0 else 0.0,
        crossings_hz=crossings / count * rate_hz,
        crest=peak / rms if rms > 0 else 0.0,
    )


def may_be_copies(seconds: Sequence[float], of_seconds: Sequence[float]) -> list[bool]:
    """Whether each length is near enough to one of the others for likely_copies to think of a copy."""
    lengths = np.sort(np.asarray(of_seconds, np.float64))
    length, ratio = np.asarray(seconds, np.float64), float(np.exp(_ALIKE[0]))
    low, high = np.searchsorted(lengths, length / ratio, "left"), np.searchsorted(lengths, length * ratio, "right")
    return [bool(near) for near in high > low]


def likely_copies(measured: Sequence[Measured], rates_hz: Sequence[float]) -> list[tuple[int, int]]:
    """Pairs whose figures agree as those of copies do, most alike first; are_copies has to tell."""
    heard = [index for index, m in enumerate(measured) if m.rms_db > SILENT and m.crossings_hz > 0]
    if len(heard) < 2:
        return []
    figures = np.log(
        [
            (m.samples / rates_hz[i], m.crossings_hz, m.crest, max(m.centre_hz, 1.0))
            for i in heard
            for m in (measured[i],)
        ]
    )
    scaled = figures / _ALIKE
    first, second = _neighbours(np.floor(scaled).astype(np.int64))
    apart = np.max(np.abs(scaled[first] - scaled[second]), axis=1)
    near = np.argsort(apart, kind="stable")[: int(np.count_nonzero(apart <= 1))][:_MOST_PAIRS]
    return [(heard[first[k]], heard[second[k]]) for k in near]


def _neighbours(cells: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of all pairs of rows that lie in one cell of the grid or in cells that touch."""
    cells = cells - cells.min(axis=0) + 1
    strides = np.cumprod([1, *(cells.max(axis=0)[:-1] + 2)])
    keys = cells @ strides
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    firsts, seconds = [], []
    for offset in itertools.product((-1, 0, 1), repeat=cells.shape[1]):
        step = int(np.dot(offset, strides))
        if step < 0:
            continue  # each pair once
        low = np.searchsorted(ordered, ordered + step, "left")
        if step == 0:
            low = np.arange(1, len(ordered) + 1)
        high = np.maximum(low, np.searchsorted(ordered, ordered + step, "right"))
        counts = high - low
        begin = np.repeat(np.cumsum(counts) - counts, counts)
        firsts.append(order[np.repeat(np.arange(len(ordered)), counts)])
        seconds.append(order[np.arange(counts.sum()) - begin + np.repeat(low, counts)])
    return np.concatenate(firsts), np.concatenate(seconds)


def are_copies(first: Clip, second: Clip) -> bool:
    """Whether two recordings hold one sound, whatever the level and a small shift. Raises UnreadableRecording."""
    a, b = (read_clip(clip, _COMPARED_HZ).astype(np.float64) for clip in (first, second))
    size = 1 << (len(a) + len(b) - 1).bit_length()
    agreement = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    most = int(_MOST_SHIFT_S * _COMPARED_HZ)
    peak = float(np.max(np.abs(np.concatenate([agreement[: most + 1], agreement[-most:]]))))
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return scale > 0 and peak / scale >= _SAME


def _pieces(file: "soundfile.SoundFile") -> Iterator[Samples]:
    """All samples, channels averaged, a bounded number at once."""
    while len(values := file.read(_AT_ONCE, dtype="int16", always_2d=True)):
        yield values[:, 0] if values.shape[1] == 1 else values.mean(axis=1).astype(np.int16)


def _clipped(samples: Samples) -> int:
    """Samples in runs of at least _CLIP_RUN equal ones at a limit."""
    count = 0
    for limit in (-32768, -32767, 32767):
        at = np.flatnonzero(samples == limit)
        if len(at) < _CLIP_RUN:
            continue
        runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
        count += sum(len(run) for run in runs if len(run) >= _CLIP_RUN)
    return count


def _power(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Summed power of Hann-windowed frames by frequency, as of white noise of so many counts squared; their number."""
    if len(values) < _FRAME:
        values = np.pad(values, (0, _FRAME - len(values)))
    frames = values[: len(values) // _FRAME * _FRAME].reshape(-1, _FRAME)
    window = np.hanning(_FRAME)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2 / np.sum(window**2)
    return power.sum(axis=0), len(frames)


def _band(power: NDArray[np.float64], hz: NDArray[np.float64]) -> float:
    """The highest frequency at which there is clearly more than rounding leaves; 0 for silence."""
    smooth = np.convolve(power, np.ones(5) / 5, mode="same")
    above = np.flatnonzero(smooth > _ABOVE_ROUNDING * _ROUNDING_POWER)
    return float(hz[above[-1]]) if len(above) else 0.0


def _db(ratio: float) -> float:
    return max(SILENT, 20 * math.log10(ratio)) if ratio > 0 else SILENT
