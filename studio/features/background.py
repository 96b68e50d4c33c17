"""What is heard when no keyword is said: windows for the class `_background_`."""

import functools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from studio.core.errors import InvalidInput
from studio.core.text import gettext
from studio.features.augment import Augmentation, augment, coloured_noise
from studio.features.windows import Clip, Floats, Samples, WindowShape, cut_window, floor_noise, read_clip, to_int16

_QUIETEST_DBFS, _LOUDEST_DBFS = -75.0, -25.0
_GAIN_DB = 12.0
_RECORDED_SHARE = 0.7  # of the windows, where there are recordings: the rest keeps what they do not contain
_PART_WORD_SHARE = 0.35  # of all windows, where there is speech: a board's windows do not wait for a word's middle
_PART_WORD_AT = (0.5, 0.75)  # of a window's length, from its middle to the word's
_SPEECH_FLOOR_SHARE = 0.3  # of the synthetic ones: noise like the quiet parts of somebody's take
_FULL_SCALE = 32768.0


def background_windows(
    clips: Sequence[Clip],
    spec: WindowShape,
    count: int,
    seed: int,
    *,
    first: int = 0,
    speech: Sequence[Clip] = (),
) -> Samples:
    """int16 (count, spec.clip_samples): windows first..first + count of an endless list.

    clips: recordings of background, and stretches between words. Windows are cut from them at random places and levels,
    some with synthetic noise instead; without clips all are synthetic: coloured noise steady, swelling or in knocks,
    hum, and near silence. speech: clips of words: some windows have the end or the beginning of one at their edge, and
    their quiet parts lend some noise its spectrum. Window i depends on seed and i alone. Raises UnreadableRecording,
    InvalidInput for a negative count.
    """
    if count < 0:
        raise InvalidInput(gettext("The number of background windows"), gettext("it is negative"))
    windows = np.empty((count, spec.clip_samples), np.int16)
    for index, window in enumerate(windows, start=first):
        rng = np.random.default_rng((seed, index, 0, 1))
        if speech and rng.random() < _PART_WORD_SHARE:
            window[:] = _part_word(speech[int(rng.integers(len(speech)))], spec, rng)
            continue
        if clips and rng.random() < _RECORDED_SHARE:
            values = _cut(_recorded(clips[int(rng.integers(len(clips)))], spec.rate_hz), len(window), rng)
        elif speech and rng.random() < _SPEECH_FLOOR_SHARE:
            like = _recorded(speech[int(rng.integers(len(speech)))], spec.rate_hz)
            values = _at_level(floor_noise(like, len(window), spec.rate_hz, rng), rng)
        else:
            values = _synthetic(len(window), spec.rate_hz, rng)
        window[:] = to_int16(values)
    return windows


@functools.lru_cache(maxsize=64)
def _recorded(clip: Clip, rate_hz: int) -> Samples:
    return read_clip(clip, rate_hz)


def _part_word(clip: Clip, spec: WindowShape, rng: np.random.Generator) -> Samples:
    """A window at whose edge a word has just begun, or not quite ended, at any level and in any noise."""
    reach = int(_PART_WORD_AT[1] * spec.clip_samples) + 1
    wide = cut_window(clip, spec, rng, margin_samples=reach)
    away = int(rng.uniform(*_PART_WORD_AT) * spec.clip_samples) * (1 if rng.random() < 0.5 else -1)
    window = wide[reach + away :][: spec.clip_samples]
    return augment(window, replace(Augmentation(), speed=(1.0, 1.0), shift_ms=0.0), rng, rate_hz=spec.rate_hz)


def _cut(recording: Samples, length: int, rng: np.random.Generator) -> Floats:
    """A window of the recording at a random place, turned up or down; one that is too short is repeated."""
    start = int(rng.integers(max(1, len(recording) - length + 1)))
    piece = np.resize(recording[start : start + length], length).astype(np.float32)
    return piece * np.float32(10 ** (rng.uniform(-_GAIN_DB, _GAIN_DB) / 20))


def _synthetic(length: int, rate_hz: int, rng: np.random.Generator) -> Floats:
    """Steady, swelling or knocking noise, or hum; each at any level that rooms have."""
    noise = coloured_noise(length, rng)
    form = rng.random()
    if form < 0.4:
        return _at_level(noise, rng)
    if form < 0.65:
        return _at_level(noise * _swell(length, rng), rng)
    if form < 0.85:
        knocks = noise * _knocks(length, rate_hz, rng)
        return _at_level(knocks + coloured_noise(length, rng) * np.float32(0.03), rng)
    return _at_level(_hum(length, rate_hz, rng) + noise * np.float32(rng.uniform(0.03, 0.5)), rng)


def _at_level(values: Floats, rng: np.random.Generator) -> Floats:
    rms = float(np.sqrt(np.mean(values**2)))
    level = _FULL_SCALE * 10 ** (rng.uniform(_QUIETEST_DBFS, _LOUDEST_DBFS) / 20)
    return values * np.float32(level / rms if rms > 0 else 0)


def _swell(length: int, rng: np.random.Generator) -> Floats:
    """A level that drifts by up to 20 dB either way: wind, a passing car, a door that opens."""
    points_db = rng.uniform(-20, 20, int(rng.integers(3, 8)))
    curve = np.interp(np.linspace(0, len(points_db) - 1, length), np.arange(len(points_db)), points_db)
    return (10 ** (curve / 20)).astype(np.float32)


def _knocks(length: int, rate_hz: int, rng: np.random.Generator) -> Floats:
    """One to five strokes that die away within 5 to 120 ms: a table, keys, a cup."""
    envelope = np.zeros(length, np.float32)
    time_s = np.arange(length, dtype=np.float32) / rate_hz
    for _ in range(int(rng.integers(1, 6))):
        start = int(rng.integers(length))
        decay_s = rng.uniform(0.005, 0.12)
        envelope[start:] += np.exp(-time_s[: length - start] / np.float32(decay_s)) * np.float32(rng.uniform(0.3, 1))
    return envelope


def _hum(length: int, rate_hz: int, rng: np.random.Generator) -> Floats:
    """Mains or a motor: a tone of 40 to 400 Hz with falling harmonics."""
    time_s = np.arange(length) / rate_hz
    base_hz = float(np.exp(rng.uniform(np.log(40), np.log(400))))
    tone = np.zeros(length)
    for harmonic in range(1, int(rng.integers(2, 12))):
        amplitude = rng.uniform(0.2, 1) / harmonic
        tone += amplitude * np.sin(2 * np.pi * (harmonic * base_hz * time_s + rng.random()))
    return tone.astype(np.float32)
