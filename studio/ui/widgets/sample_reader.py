"""Samples for a view, wherever they lie: an array, or a sound file that is never loaded whole."""

import contextlib
import threading
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import StudioError
from studio.dataset.recordings import read_sidecar, sidecar_path


class SampleReader(Protocol):
    """Any thread may read. One channel."""

    rate_hz: float
    count: int
    marks: tuple[int, ...]  # samples that were marked while it was recorded

    def read(self, start: int, count: int) -> NDArray[np.int16]:
        """int16 (n,): fewer than count where the recording ends, zeros for nothing before it."""
        ...


class ArraySamples:
    """samples: int16 (n,) or (n, channels), of which the first is shown; not to be changed while it is shown."""

    def __init__(self, samples: NDArray[np.int16], rate_hz: float) -> None:
        self.samples = samples if samples.ndim == 1 else samples[:, 0]
        self.rate_hz = rate_hz
        self.count = len(samples)
        self.marks: tuple[int, ...] = ()

    def read(self, start: int, count: int) -> NDArray[np.int16]:
        return self.samples[max(start, 0) : max(start + count, 0)]


class FileSamples:
    """A file of a project, channels averaged. Raises soundfile.LibsndfileError where it cannot be opened."""

    def __init__(self, path: Path) -> None:
        import soundfile

        self._file = soundfile.SoundFile(path)
        self._lock = threading.Lock()
        self.rate_hz = float(self._file.samplerate)
        self.count = int(self._file.frames)
        self.marks: tuple[int, ...] = ()
        with contextlib.suppress(StudioError):  # a sidecar that cannot be read is told by `check`
            self.marks = read_sidecar(sidecar_path(path)).marks

    def read(self, start: int, count: int) -> NDArray[np.int16]:
        first, last = max(start, 0), min(start + count, self.count)
        if last <= first:
            return np.zeros(0, np.int16)
        with self._lock:
            self._file.seek(first)
            samples: NDArray[np.int16] = self._file.read(last - first, dtype="int16", always_2d=True)
        if samples.shape[1] == 1:
            return np.ascontiguousarray(samples[:, 0])
        mixed: NDArray[np.int16] = np.rint(samples.mean(axis=1)).astype(np.int16)
        return mixed

    def close(self) -> None:
        with self._lock:
            self._file.close()
