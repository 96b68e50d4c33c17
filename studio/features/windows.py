"""From a span of a recording to the samples that a model sees at once.

A window is a model window's length, centred on the energy's centre of its segment. What lies beside the segment in the
recording is taken as it is; where the recording ends, or has a gap, noise like the recording's own quiet parts follows:
zeros are something that no microphone gives, and a network learns such marks at once.
"""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from studio.core.errors import StudioError
from studio.core.text import gettext, mark

Samples = NDArray[np.int16]
Floats = NDArray[np.float32]

_FRAME_MS = 10
_STEADY_DB = 6.0  # between the quietest frames and the third: more, and there is speech among them
_FAINT_BELOW_LOUD_DB = 50.0
_LEAST_FLOOR_RMS = 0.7  # counts: about the rounding of the converter
_FADE_MS = 5
_NEIGHBOURS_S = 3.0  # how far beside a segment the recording is read


@dataclass(eq=False)
class UnreadableRecording(StudioError):
    path: str
    why: str
    message = mark("The recording {path} cannot be read: {why}.")
    remedy = mark("Remove it from the project, or put a readable copy in its place.")


@dataclass(frozen=True)
class Clip:
    """A span of a recording: samples start..end of the file at the file's own rate; None means its beginning or end.

    gaps: (start, count) in the file's samples, where samples were lost and zeros stand for them.
    """

    path: Path
    start: int | None = None
    end: int | None = None
    rate_hz: int = 16_000
    gaps: tuple[tuple[int, int], ...] = ()


class WindowShape(Protocol):
    """What a window's cut needs to know of a front end."""

    @property
    def rate_hz(self) -> int: ...
    @property
    def clip_samples(self) -> int: ...


def read_clip(clip: Clip, rate_hz: int) -> Samples:
    """The clip's samples at rate_hz, channels averaged. Raises UnreadableRecording."""
    samples, _ = _read(clip.path, clip.start or 0, clip.end)
    return resample(samples, clip.rate_hz, rate_hz)


def cut_window(clip: Clip, spec: WindowShape, rng: np.random.Generator, *, margin_samples: int = 0) -> Samples:
    """The window of one clip: int16 (spec.clip_samples + 2 * margin_samples,), the margins one on each side.

    The same generator state gives the same samples. Raises UnreadableRecording.
    """
    beside = int(_NEIGHBOURS_S * clip.rate_hz)
    start = clip.start or 0
    first = max(0, start - beside)
    samples, total = _read(clip.path, first, None if clip.end is None else clip.end + beside)
    end = total if clip.end is None else min(clip.end, total)
    low, high = _gapless(clip, samples, first, start, end)
    ratio = spec.rate_hz / clip.rate_hz
    heard = resample(samples[low - first : high - first], clip.rate_hz, spec.rate_hz)
    inside = slice(max(0, int((start - low) * ratio)), max(1, int((end - low) * ratio)))
    centre = inside.start + energy_centre(heard[inside], spec.rate_hz)
    length = spec.clip_samples + 2 * margin_samples
    return _take(heard, centre - length // 2, length, spec.rate_hz, rng)


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """int16 (n,) at another rate, by soxr."""
    if from_hz == to_hz or len(samples) == 0:
        return samples
    resampled: Samples = soxr.resample(samples, from_hz, to_hz, quality="HQ")
    return resampled


def energy_centre(samples: Samples, rate_hz: int) -> int:
    """Index of the centre of the energy that stands above the quietest fifth; the middle where nothing does."""
    size = max(1, rate_hz * _FRAME_MS // 1000)
    energy = _frame_energy(samples, size)
    if len(energy) == 0:
        return len(samples) // 2
    above = np.maximum(energy - np.quantile(energy, 0.2), 0)
    if above.sum() <= 0:
        return len(samples) // 2
    return int((np.sum(above * np.arange(len(above))) / above.sum() + 0.5) * size)


def floor_noise(like: Samples, count: int, rate_hz: int, rng: np.random.Generator) -> Floats:
    """Noise such as `like` has between its words: float32 (count,) in counts.

    Its level and spectrum where the quietest third of `like` is steady; white and faint where it is not, as in a word
    that was cut tightly, whose ends are no floor: their spectrum would fill the window and pass for speech.
    """
    size = max(16, rate_hz * 2 * _FRAME_MS // 1000)
    frames = like[: len(like) // size * size].reshape(-1, size).astype(np.float32)
    if len(frames) == 0:
        return shaped_noise(np.ones(2, np.float32), count, rng) * np.float32(_LEAST_FLOOR_RMS)
    energy = np.sort(np.mean(frames**2, axis=1))
    lowest, third = np.quantile(energy, (0.05, 0.35)) + _LEAST_FLOOR_RMS**2
    if third < lowest * 10 ** (_STEADY_DB / 10):
        quiet = frames[np.argsort(np.mean(frames**2, axis=1))[: max(1, len(frames) // 3)]]
        level = float(np.sqrt(np.mean(quiet**2)))
        shape = np.sqrt(np.mean(np.abs(np.fft.rfft(quiet * _hann(size), axis=1)) ** 2, axis=0)).astype(np.float32)
    else:
        level, shape = float(np.sqrt(energy[-1])) * 10 ** (-_FAINT_BELOW_LOUD_DB / 20), np.ones(2, np.float32)
    if level <= _LEAST_FLOOR_RMS:
        level, shape = _LEAST_FLOOR_RMS, np.ones(2, np.float32)
    return shaped_noise(shape, count, rng) * np.float32(level)


def shaped_noise(shape: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Gaussian noise of rms 1, float32 (count,). shape: amplitudes from 0 Hz to half the rate, equally spaced."""
    length = _even_fast_length(max(count, 2))
    bins = length // 2 + 1
    amplitude = np.interp(np.linspace(0, 1, bins), np.linspace(0, 1, len(shape)), shape).astype(np.float32)
    spectrum = rng.standard_normal(2 * bins, dtype=np.float32).view(np.complex64) * amplitude
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, length)[:count].astype(np.float32)
    rms = np.sqrt(np.mean(noise**2))
    return noise / rms if rms > 0 else noise


def to_int16(values: NDArray[np.floating]) -> Samples:
    """Rounded and limited."""
    limited: Samples = np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    return limited


def _read(path: Path, first: int, end: int | None) -> tuple[Samples, int]:
    """(samples first..end at most, samples in the file)."""
    try:
        with soundfile.SoundFile(path) as file:
            total = file.frames
            last = total if end is None else min(end, total)
            if first >= last:
                raise UnreadableRecording(str(path), f"it ends at sample {total:,}")
            file.seek(first)
            samples = _counts(file, last - first)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        why = str(error).rstrip(".") if path.exists() else gettext("it is not there")
        raise UnreadableRecording(str(path), why) from error
    if len(samples) == 0:
        raise UnreadableRecording(str(path), "it holds no samples")
    if samples.shape[1] == 1:
        return samples[:, 0], total
    return to_int16(samples.mean(axis=1)), total


def _counts(file: soundfile.SoundFile, count: int) -> Samples:
    """int16 (n, channels). libsndfile leaves floating point unscaled, which would be silence."""
    if file.subtype in ("FLOAT", "DOUBLE"):
        values = file.read(count, dtype="float32", always_2d=True)
        return to_int16(np.clip(np.nan_to_num(values), -1, 1) * np.float32(32768))
    samples: Samples = file.read(count, dtype="int16", always_2d=True)
    return samples


def _gapless(clip: Clip, samples: Samples, first: int, start: int, end: int) -> tuple[int, int]:
    """The stretch without gaps, in the file's samples, that holds most of the segment's energy."""
    edges = [first]
    for gap_start, count in sorted(clip.gaps):
        edges += [gap_start, gap_start + count]
    edges.append(first + len(samples))
    stretches = [
        (max(low, first), min(high, first + len(samples)))
        for low, high in zip(edges[0::2], edges[1::2], strict=True)
        if min(high, first + len(samples)) > max(low, first)
    ]
    if len(stretches) <= 1:
        return stretches[0] if stretches else (first, first + len(samples))

    def energy(stretch: tuple[int, int]) -> float:
        part = samples[max(stretch[0], start) - first : max(0, min(stretch[1], end) - first)]
        return float(np.sum(part.astype(np.float64) ** 2))

    return max(stretches, key=energy)


def _take(heard: Samples, first: int, length: int, rate_hz: int, rng: np.random.Generator) -> Samples:
    """heard[first : first + length], going on as floor noise where heard ends."""
    before = min(length, max(0, -first))
    after = min(length, max(0, first + length - len(heard)))
    inside = heard[max(0, first) : max(0, first + length)]
    if not before and not after:
        return np.ascontiguousarray(inside)
    noise = floor_noise(heard, length, rate_hz, rng)
    window = noise.copy()
    kept = inside.astype(np.float32)
    fade = min(rate_hz * _FADE_MS // 1000, len(kept) // 2)
    ramp = np.linspace(0, 1, fade, endpoint=False, dtype=np.float32)
    beside = noise[before : before + len(kept)]
    if before and fade:
        kept[:fade] = kept[:fade] * ramp + beside[:fade] * (1 - ramp)
    if after and fade:
        kept[-fade:] = kept[-fade:] * ramp[::-1] + beside[-fade:] * (1 - ramp[::-1])
    window[before : before + len(kept)] = kept
    return to_int16(window)


def _frame_energy(samples: Samples, size: int) -> NDArray[np.float64]:
    frames = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    energy: NDArray[np.float64] = np.mean(frames**2, axis=1) if len(frames) else np.zeros(0)
    return energy


@functools.cache
def _hann(size: int) -> Floats:
    return np.hanning(size).astype(np.float32)


@functools.cache
def _even_fast_length(least: int) -> int:
    """The smallest even length of at least `least` whose only prime factors are 2, 3 and 5."""
    length = least + least % 2
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 2
