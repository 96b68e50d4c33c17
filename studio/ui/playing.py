"""A recording heard through this computer's loudspeaker, on a thread of its own. No Qt."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, StudioError
from studio.core.signal import Signal
from studio.core.text import gettext, mark

LOOK_EVERY_S = 0.03
STALLED_S = 2.0  # a device that is gone takes nothing more, and says nothing
PLUG_IN = mark("Plug in a loudspeaker or headphones, and see that this program may use it.")


@dataclass(frozen=True)
class Playing:
    """what: as `play` was given it; None: nothing is playing. at_s: how far, of length_s. error: why it ended."""

    what: str | None = None
    at_s: float = 0.0
    length_s: float = 0.0
    error: StudioError | None = None


class Player:
    """Plays one thing at a time; another takes its place. `changed` is emitted on the player's thread."""

    def __init__(self) -> None:
        self.changed: Signal[Playing] = Signal()
        self.playing = Playing()
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def play_file(self, what: str, path: Path, start: int = 0, end: int | None = None) -> None:
        """Samples start..end of a sound file; end None: to its end."""
        self._begin(what, lambda: _read(path, start, end))

    def play_samples(self, what: str, samples: NDArray[np.int16], rate_hz: float) -> None:
        """samples: int16 (n,)."""
        self._begin(what, lambda: (samples, round(rate_hz)))

    def stop(self) -> None:
        """Twice does no harm."""
        with self._lock:
            self._stop.set()

    def _begin(self, what: str, read: Any) -> None:
        with self._lock:
            self._stop.set()
            self._stop = stop = threading.Event()
        threading.Thread(target=self._run, args=(what, read, stop), name="player", daemon=True).start()

    def _run(self, what: str, read: Any, stop: threading.Event) -> None:
        error = None
        try:
            samples, rate_hz = read()
            self._tell(stop, Playing(what, 0.0, len(samples) / rate_hz))
            self._play(what, samples, rate_hz, stop)
        except StudioError as problem:
            error = problem
        self._tell(stop, Playing(error=error), last=True)

    def _tell(self, stop: threading.Event, playing: Playing, *, last: bool = False) -> None:
        """Of one whose place another has taken, nothing more is told."""
        with self._lock:
            if self._stop is not stop or (stop.is_set() and not last):
                return
            self.playing = playing
        self.changed.emit(playing)

    def _play(self, what: str, samples: NDArray[np.int16], rate_hz: int, stop: threading.Event) -> None:
        try:
            import sounddevice
        except OSError as error:
            raise InvalidInput(gettext("The loudspeaker"), str(error), PLUG_IN) from error
        place = 0

        def give(data: Any, frames: int, _times: Any, _status: Any) -> None:
            nonlocal place
            piece = samples[place : place + frames].tobytes()
            data[: len(piece)] = piece
            data[len(piece) :] = bytes(len(data) - len(piece))
            place += frames

        try:
            stream = sounddevice.RawOutputStream(samplerate=rate_hz, channels=1, dtype="int16", callback=give)
        except (sounddevice.PortAudioError, ValueError) as error:
            raise InvalidInput(gettext("The loudspeaker"), str(error), PLUG_IN) from error
        try:
            stream.start()
            length_s, before, still_s = len(samples) / rate_hz, -1, 0.0
            while place < len(samples) + stream.latency * rate_hz and still_s < STALLED_S:
                if stop.wait(LOOK_EVERY_S):
                    return
                still_s = still_s + LOOK_EVERY_S if place == before else 0.0
                before = place
                self._tell(stop, Playing(what, min(max(place / rate_hz - stream.latency, 0.0), length_s), length_s))
        finally:
            stream.abort(ignore_errors=True)  # `stop` hangs for ever where the device has gone
            stream.close(ignore_errors=True)


def _read(path: Path, start: int, end: int | None) -> tuple[NDArray[np.int16], int]:
    """Channels averaged. Raises InvalidInput."""
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            file.seek(min(start, file.frames))
            count = (file.frames if end is None else min(end, file.frames)) - start
            samples = file.read(max(count, 0), dtype="int16", always_2d=True)
            rate_hz = int(file.samplerate)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise InvalidInput(str(path), str(error).rstrip(".")) from error
    mono = samples[:, 0] if samples.shape[1] == 1 else np.rint(samples.mean(axis=1)).astype(np.int16)
    return np.ascontiguousarray(mono), rate_hz
