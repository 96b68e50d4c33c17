"""Takes as WAV files: a tone burst in quiet noise, where the burst is known."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.features.windows import Clip


@pytest.fixture
def make_take(tmp_path: Path) -> Callable[..., Clip]:
    """make_take(name, rate_hz, seconds, burst=(from_s, to_s), hz) writes one and returns its clip."""

    def make(
        name: str = "take",
        rate_hz: int = 16_000,
        seconds: float = 1.5,
        burst: tuple[float, float] = (0.4, 0.8),
        hz: float = 440.0,
        noise_rms: float = 20.0,
    ) -> Clip:
        time_s = np.arange(round(seconds * rate_hz)) / rate_hz
        samples = np.random.default_rng(1).normal(0, noise_rms, len(time_s))
        samples += np.where((time_s >= burst[0]) & (time_s < burst[1]), 8000 * np.sin(2 * np.pi * hz * time_s), 0)
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, samples.astype(np.int16), rate_hz, subtype="PCM_16")
        return Clip(path, rate_hz=rate_hz)

    return make
