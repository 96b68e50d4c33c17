"""Variants of a window such as other people, rooms, microphones and levels would have given, and background.

Everything is drawn from one generator, so the same seed gives the same samples. int16 in, int16 out; what would clip is
turned down instead.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from studio.features.windows import (
    Clip,
    Floats,
    Samples,
    WindowShape,
    cut_window,
    floor_noise,
    shaped_noise,
    to_int16,
)

_HIGHEST_PEAK = 32_000.0
_EQ_POINTS = 6
_LOUD_FRAME = 320


@dataclass(frozen=True)
class Augmentation:
    """Ranges from which each variant is drawn, uniformly.

    speed: pitch and tempo together. shift_ms: to either side. gain_db: of everything. noise_snr_db: coloured noise
    (from white to brown) below the loudest quarter of the window, in noise_share of the variants: the others keep the
    quiet that a good recording has, which no noisy one teaches. eq_db: largest gain or loss of a smooth equaliser.
    """

    speed: tuple[float, float] = (0.8, 1.25)
    shift_ms: float = 150.0
    gain_db: tuple[float, float] = (-20.0, 5.0)
    noise_snr_db: tuple[float, float] = (5.0, 35.0)
    noise_share: float = 0.5
    eq_db: float = 8.0

    def scaled(self, strength: float) -> "Augmentation":
        """Ranges of another strength: at 1 these, at 0 none at all, between and beyond in proportion.

        Noise is so many times as strong, not so many decibels stronger.
        """
        if strength == 1:
            return self
        if strength <= 0:
            return replace(self, speed=(1.0, 1.0), shift_ms=0.0, gain_db=(0.0, 0.0), noise_share=0.0, eq_db=0.0)
        slow, fast = self.speed
        low_db, high_db = self.noise_snr_db
        quieter_db = -20 * float(np.log10(strength))
        return replace(
            self,
            speed=(slow**strength, fast**strength),
            shift_ms=self.shift_ms * strength,
            gain_db=(self.gain_db[0] * strength, self.gain_db[1] * strength),
            noise_snr_db=(low_db + quieter_db, high_db + quieter_db),
            eq_db=self.eq_db * strength,
        )

    def margin_samples(self, spec: WindowShape) -> int:
        """How much more than a window on each side every variant can draw on."""
        stretch = max(0.0, self.speed[1] - 1) / 2 * spec.clip_samples
        return int(np.ceil(stretch + self.shift_ms / 1000 * spec.rate_hz)) + 2


class Drawn(NamedTuple):
    """What one variant was made with. speed: above 1 is faster. shift_ms: positive where the sound comes later.

    noise_snr_db: None without noise. recorded: the place among the recorded backgrounds of the one that is in it, None
    for synthetic noise. turned_down_db: of what would have clipped, after gain_db.
    """

    speed: float
    shift_ms: float
    gain_db: float
    noise_snr_db: float | None
    recorded: int | None
    turned_down_db: float


class Variant(NamedTuple):
    samples: Samples  # int16 (n,)
    drawn: Drawn


def augment(
    samples: Samples,
    augmentation: Augmentation,
    rng: np.random.Generator,
    *,
    rate_hz: int = 16_000,
    length: int | None = None,
    noises: Sequence[Samples] = (),
) -> Samples:
    """One variant: int16 (length,), by default as long as `samples`.

    samples: a window with margins (cut_window's margin_samples) on both sides; where they are too short for the drawn
    speed and shift, the floor's noise goes on. noises: recorded backgrounds, used instead of synthetic noise for half
    of the variants.
    """
    length = len(samples) if length is None else length
    return _augmented(samples, augmentation, rng, rate_hz=rate_hz, length=length, noises=noises).samples


def _augmented(
    samples: Samples,
    augmentation: Augmentation,
    rng: np.random.Generator,
    *,
    rate_hz: int,
    length: int,
    noises: Sequence[Samples],
) -> Variant:
    moved, speed, shift_ms = _move(samples, length, augmentation, rng, rate_hz)
    spectrum = np.fft.rfft(moved)
    spectrum *= _equaliser(len(spectrum), augmentation.eq_db, rng)
    speech = np.fft.irfft(spectrum, length).astype(np.float32)
    snr_db = rng.uniform(*augmentation.noise_snr_db)
    loudness = 10 ** (-snr_db / 20) if rng.random() < augmentation.noise_share else 0.0
    recorded = int(rng.integers(len(noises))) if noises and rng.random() < 0.5 else None
    noise = coloured_noise(length, rng) if recorded is None else _piece(noises[recorded], length, rng)
    mixed = speech + noise * np.float32(_loud_rms(speech) * loudness)
    gain_db = float(rng.uniform(*augmentation.gain_db))
    mixed *= np.float32(10 ** (gain_db / 20))
    peak = float(np.max(np.abs(mixed), initial=0.0))
    turned = min(1.0, _HIGHEST_PEAK / peak) if peak > 0 else 1.0
    snr = snr_db if loudness else None
    drawn = Drawn(speed, shift_ms, gain_db, snr, recorded if loudness else None, -20 * float(np.log10(turned)))
    return Variant(to_int16(mixed * turned if turned < 1 else mixed), drawn)


def preview(
    clip: Clip,
    spec: WindowShape,
    count: int,
    seed: int,
    augmentation: Augmentation | None = None,
    *,
    noises: Sequence[Samples] = (),
) -> list[Variant]:
    """`count` variants of one clip, as `extract` would make them for the first clip of its list."""
    return list(each_variant(clip, spec, count, (seed, 0), augmentation or Augmentation(), noises=noises))


def variants(
    clip: Clip,
    spec: WindowShape,
    count: int,
    seeds: tuple[int, int],
    augmentation: Augmentation,
    *,
    noises: Sequence[Samples] = (),
) -> Samples:
    """int16 (count, spec.clip_samples). seeds: of the whole work, and the clip's place in its list.

    Each variant depends on its own number alone, so asking for more of them leaves the first ones as they were.
    """
    windows = np.empty((count, spec.clip_samples), np.int16)
    for window, variant in zip(
        windows, each_variant(clip, spec, count, seeds, augmentation, noises=noises), strict=True
    ):
        window[:] = variant.samples
    return windows


def each_variant(
    clip: Clip,
    spec: WindowShape,
    count: int,
    seeds: tuple[int, int],
    augmentation: Augmentation,
    *,
    noises: Sequence[Samples] = (),
) -> Iterator[Variant]:
    """As `variants`, one by one, with what each was made with."""
    margin = augmentation.margin_samples(spec)
    wide = cut_window(clip, spec, np.random.default_rng(seeds), margin_samples=margin)
    for number in range(1, count + 1):
        rng = np.random.default_rng((*seeds, number))
        yield _augmented(wide, augmentation, rng, rate_hz=spec.rate_hz, length=spec.clip_samples, noises=noises)


def coloured_noise(length: int, rng: np.random.Generator) -> Floats:
    """Noise of rms 1 whose power falls with f^0 to f^-2, smoothly bent: float32 (length,)."""
    points = 257
    position = np.arange(1, points + 1, dtype=np.float32) / points
    slope = np.float32(rng.uniform(0, 1))
    shape = np.maximum(position, 0.01) ** -slope * _equaliser(points, 6.0, rng)
    return shaped_noise(shape.astype(np.float32), length, rng)


def _move(
    samples: Samples, length: int, augmentation: Augmentation, rng: np.random.Generator, rate_hz: int
) -> tuple[Floats, float, float]:
    """Another speed and place, by linear interpolation; (samples, speed, how many ms later the sound comes)."""
    low, high = np.log(augmentation.speed)
    speed = float(np.exp(rng.uniform(low, high)))  # as often slower as faster
    shift = rng.uniform(-1, 1) * augmentation.shift_ms / 1000 * rate_hz
    source = samples.astype(np.float32)
    centre = (len(source) - 1) / 2 + shift
    first, last = centre - (length - 1) / 2 * speed, centre + (length - 1) / 2 * speed
    before = max(0, int(np.ceil(-first)))
    after = max(0, int(np.ceil(last)) + 2 - len(source))
    if before or after:
        noise = floor_noise(samples, before + after, rate_hz, rng)
        source = np.concatenate([noise[:before], source, noise[before:]])
    at = np.arange(length) * speed + (first + before)
    whole = at.astype(np.int64)
    part = (at - whole).astype(np.float32)
    left = source[whole]
    return left + (source[whole + 1] - left) * part, speed, -shift * 1000 / rate_hz / speed


def _equaliser(bins: int, largest_db: float, rng: np.random.Generator) -> Floats:
    """Amplitudes for `bins` frequencies from 0 to half the rate: smooth on a logarithmic scale."""
    gains_db = rng.uniform(-largest_db, largest_db, _EQ_POINTS)
    position = np.log2(np.arange(bins) / bins + 1 / 64) / 6 + 1  # 0 at 0 Hz, 1 at half the rate
    curve = np.interp(position * (_EQ_POINTS - 1), np.arange(_EQ_POINTS), gains_db)
    return (10 ** (curve / 20)).astype(np.float32)


def _loud_rms(samples: Floats) -> float:
    """The rms of the loudest quarter of the frames, so that padding around a short word does not count."""
    frames = samples[: len(samples) // _LOUD_FRAME * _LOUD_FRAME].reshape(-1, _LOUD_FRAME)
    if len(frames) == 0:
        return float(np.sqrt(np.mean(samples**2)))
    energy = np.sort(np.mean(frames**2, axis=1))
    return float(np.sqrt(np.mean(energy[-max(1, len(energy) // 4) :])))


def _piece(recorded: Samples, length: int, rng: np.random.Generator) -> Floats:
    """A piece of a recorded background at rms 1, repeated where it is shorter."""
    first = int(rng.integers(max(1, len(recorded) - length + 1)))
    piece = np.resize(recorded[first : first + length], length).astype(np.float32)
    rms = float(np.sqrt(np.mean(piece**2)))
    return piece / np.float32(rms) if rms > 0 else coloured_noise(length, rng)
