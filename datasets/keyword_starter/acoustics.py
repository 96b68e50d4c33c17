"""Rooms, microphones and noise for speech that was synthesised dry. Floats, full scale 1, at RATE_HZ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.features.windows import shaped_noise

RATE_HZ = 16_000
Floats = NDArray[np.float32]

_AUDIBLE = 10 ** (-40 / 20)  # of the peak: what is quieter at either end of an utterance is not part of it
_TAIL_STARTS_S = 0.005
_HUM_HARMONICS = 6
_NOISE_POINTS = 257


@dataclass(frozen=True, eq=False)
class Place:
    """Where a person speaks. response: the room's, its first sample is the direct sound."""

    response: Floats
    tilt_db_per_octave: float  # of the microphone
    noise_shape: Floats  # amplitudes from 0 Hz to half the rate
    hum_hz: float  # 0: no hum


def draw_place(rng: np.random.Generator) -> Place:
    """A small or larger room, near or far: reverberation 0.12 to 0.6 s, direct sound 0 to 14 dB above the rest."""
    decay_s = rng.uniform(0.12, 0.6)
    time_s = np.arange(int(decay_s * RATE_HZ)) / RATE_HZ
    tail = rng.standard_normal(len(time_s)) * 10 ** (-3 * time_s / decay_s)
    tail *= np.minimum(time_s / _TAIL_STARTS_S, 1)
    for _ in range(int(rng.integers(3, 8))):  # walls, floor, table
        tail[int(rng.uniform(0.001, 0.025) * RATE_HZ)] += rng.choice([-1, 1]) * rng.uniform(1, 4)
    tail *= 10 ** (-rng.uniform(0, 14) / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    hum_hz = float(rng.choice([50, 60])) if rng.random() < 0.3 else 0.0
    position = np.arange(1, _NOISE_POINTS + 1) / _NOISE_POINTS
    noise_shape = np.maximum(position, 0.01) ** -rng.uniform(0, 1)  # from white to brown
    return Place(tail.astype(np.float32), float(rng.uniform(-2, 2)), noise_shape.astype(np.float32), hum_hz)


def trimmed(speech: Floats) -> Floats:
    """Without the silence at both ends."""
    audible = np.flatnonzero(np.abs(speech) > _AUDIBLE * np.max(np.abs(speech), initial=0))
    return speech[audible[0] : audible[-1] + 1] if len(audible) else speech


def heard_in(place: Place, speech: Floats) -> Floats:
    """The speech as the place's microphone hears it: as loud, and longer by the reverberation."""
    length = len(speech) + len(place.response) - 1
    padded = 1 << (length - 1).bit_length()
    octaves = np.log2(np.maximum(np.arange(padded // 2 + 1) * RATE_HZ / padded, 100) / 1000)
    microphone = 10 ** (place.tilt_db_per_octave * octaves / 20)
    spectrum = np.fft.rfft(speech, padded) * np.fft.rfft(place.response, padded) * microphone
    wet = np.fft.irfft(spectrum, padded)[:length].astype(np.float32)
    return wet * np.float32(loudness(speech) / max(loudness(wet[: len(speech)]), 1e-9))


def room_noise(place: Place, count: int, rng: np.random.Generator) -> Floats:
    """The place's noise at rms 1, float32 (count,)."""
    noise = shaped_noise(place.noise_shape, count, rng)
    if place.hum_hz:
        time_s = np.arange(count) / RATE_HZ
        for harmonic in range(1, _HUM_HARMONICS + 1):
            phase = rng.uniform(0, 2 * np.pi)
            noise += (np.sin(2 * np.pi * place.hum_hz * harmonic * time_s + phase) / harmonic).astype(np.float32)
    return noise / np.float32(np.sqrt(np.mean(noise**2)))


def loudness(speech: Floats) -> float:
    """The rms of the louder half, in 20 ms pieces, so that pauses within a word do not count."""
    pieces = speech[: len(speech) // 320 * 320].reshape(-1, 320)
    if len(pieces) == 0:
        return float(np.sqrt(np.mean(speech**2))) if len(speech) else 0.0
    energy = np.sort(np.mean(pieces.astype(np.float64) ** 2, axis=1))
    return float(np.sqrt(np.mean(energy[len(energy) // 2 :])))


def from_db(level_db: float) -> np.float32:
    return np.float32(10 ** (level_db / 20))
