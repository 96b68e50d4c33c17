"""One recording made ready to be looked at: its pyramid and pieces of its spectrogram, made beside the GUI thread."""

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from studio.ui.bridge import Relay
from studio.ui.widgets.pyramid import Columns, Pyramid
from studio.ui.widgets.sample_reader import SampleReader
from studio.ui.widgets.stft import Spectrum, levels, limits_of

_AT_ONCE = 1 << 20  # samples read at a time; up to as many, the pyramid is made on the spot
_TILE = 256  # columns of one piece of a spectrogram
_TILES_KEPT = 400  # 26 MB
_FINEST_HOP = 4  # as a power of two: 16 samples
_FLOOR_FRAMES = 240

_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="views")


class SignalData(QObject):
    """Shared by all views of a recording. Close it when it is shown no more."""

    wave_ready = Signal()  # waveforms of any length can be drawn from now on
    spectrogram_changed = Signal()  # more of it can be shown

    def __init__(self, reader: SampleReader, parent: QObject | None = None, *, fft: int = 512) -> None:
        super().__init__(parent)
        self.reader = reader
        self.spectrum = Spectrum(fft)
        self._pyramid: Pyramid | None = None
        self._tiles: OrderedDict[tuple[int, int], NDArray[np.uint8]] = OrderedDict()
        self._asked: dict[tuple[int, int], Future[None]] = {}
        self._limits: tuple[float, float] | None = None  # floor and range, dB
        self._wave_made = Relay(lambda _: self.wave_ready.emit(), self)
        self._tile_made = Relay(lambda _: self.spectrogram_changed.emit(), self)
        self._closed = threading.Event()
        self._lock = threading.Lock()  # of tiles and asked
        if reader.count <= _AT_ONCE:
            pyramid = Pyramid()
            pyramid.append(reader.read(0, reader.count))
            self._pyramid = pyramid
        else:
            _pool.submit(self._build)

    @property
    def length_s(self) -> float:
        return self.reader.count / self.reader.rate_hz

    @property
    def ready(self) -> bool:
        """Whether waveforms of any length can be drawn."""
        return self._pyramid is not None

    def close(self) -> None:
        """Stops what is being made in the background; what is made already stays."""
        self._closed.set()
        with self._lock:
            for future in self._asked.values():
                future.cancel()

    def columns(self, first_s: float, last_s: float, count: int) -> Columns | None:
        """The waveform's columns of a stretch; None while the recording is still being read for the first time."""
        rate = self.reader.rate_hz
        if self._pyramid is not None:
            return self._pyramid.columns(first_s * rate, last_s * rate, count, self.reader.read)
        if (last_s - first_s) * rate <= _AT_ONCE:
            return Pyramid().columns(first_s * rate, last_s * rate, count, self.reader.read)
        return None

    def peak(self) -> int:
        """The greatest absolute count in all of it; full scale while it is not known."""
        if self._pyramid is None or self._pyramid.count == 0:
            return 32768
        columns = self._pyramid.columns(0, self._pyramid.count, 1, self.reader.read)
        return max(abs(int(columns.low[0])), abs(int(columns.high[0])), 1)

    def spectrogram(self, first_s: float, last_s: float, width: int) -> NDArray[np.uint8]:
        """Levels of `width` columns, low frequencies first: uint8 (width, bins), 0 where nothing is known yet.

        What is missing is made in the background, and `spectrogram_changed` says when it can be asked for again.
        """
        rate, bins = self.reader.rate_hz, self.spectrum.bins
        centres = (first_s + (np.arange(width) + 0.5) * (last_s - first_s) / width) * rate
        per_column = max((last_s - first_s) * rate / width, 1.0)
        power = max(_FINEST_HOP, int(np.log2(per_column)))
        picture = np.zeros((width, bins), np.uint8)
        missing = np.ones(width, np.bool_)
        for at in (power, power + 1, power - 1, power + 2):  # another zoom's pieces, until this one's are made
            if missing.any():
                self._fill(picture, missing, centres, at, ask=at == power)
        return picture

    def _fill(
        self,
        picture: NDArray[np.uint8],
        missing: NDArray[np.bool_],
        centres: NDArray[np.float64],
        power: int,
        *,
        ask: bool,
    ) -> None:
        frames = (centres / (1 << power)).astype(np.int64)
        inside = missing & (centres >= 0) & (centres < self.reader.count)
        for tile in np.unique(frames[inside] // _TILE):
            key = (power, int(tile))
            with self._lock:
                found = self._tiles.get(key)
                if found is not None:
                    self._tiles.move_to_end(key)
            if found is None:
                if ask:
                    self._ask(key)
                continue
            chosen = inside & (frames // _TILE == tile)
            picture[chosen] = found[frames[chosen] - tile * _TILE]
            missing[chosen] = False

    def _ask(self, key: tuple[int, int]) -> None:
        with self._lock:
            if key not in self._asked and not self._closed.is_set():
                self._asked[key] = _pool.submit(self._make_tile, key)

    def _build(self) -> None:
        pyramid = Pyramid()
        for start in range(0, self.reader.count, _AT_ONCE):
            if self._closed.is_set():
                return
            pyramid.append(self.reader.read(start, _AT_ONCE))
        self._pyramid = pyramid
        self._wave_made.post(None)

    def _make_tile(self, key: tuple[int, int]) -> None:
        if self._closed.is_set():
            return
        if self._limits is None:
            self._limits = self._find_limits()
        power, tile = key
        centres = (np.arange(tile * _TILE, (tile + 1) * _TILE) << power) + (1 << power >> 1)
        made = levels(self._frames(centres), *self._limits)
        with self._lock:
            self._tiles[key] = made
            while len(self._tiles) > _TILES_KEPT:
                self._tiles.popitem(last=False)
            self._asked.pop(key, None)
        self._tile_made.post(None)

    def _find_limits(self) -> tuple[float, float]:
        frames = min(_FLOOR_FRAMES, max(1, self.reader.count // self.spectrum.fft))
        return limits_of(self._frames(np.linspace(0, self.reader.count, frames + 2)[1:-1].astype(np.int64)))

    def _frames(self, centres: NDArray[np.int64]) -> NDArray[np.float32]:
        """Spectra about centres, in one read where they lie close together."""
        fft = self.spectrum.fft
        starts = centres - fft // 2
        first, last = int(starts[0]), int(starts[-1]) + fft
        if last - first <= 4 * _TILE * fft:
            return self.spectrum.decibels(self._read(first, last - first), starts - first)
        pieces = np.concatenate([self._read(int(start), fft) for start in starts])
        return self.spectrum.decibels(pieces, np.arange(len(starts)) * fft)

    def _read(self, start: int, count: int) -> NDArray[np.int16]:
        """As reader.read, with zeros outside the recording."""
        samples = np.zeros(count, np.int16)
        found = self.reader.read(start, count)
        offset = max(-start, 0)
        samples[offset : offset + len(found)] = found
        return samples


def wait_for_views() -> None:
    """Returns when everything asked for so far has been made: for pictures and tests."""
    _pool.submit(lambda: None).result()
