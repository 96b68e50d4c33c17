"""WAV of int16, written so that it can be read at any time, and repaired where its header lags behind."""

import os
import struct
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext, mark

SAMPLE_BYTES = 2
HEADER_EVERY_S = 0.5
LARGEST_BYTES = 0xFFFF_FFFF - 4096  # the header counts in 32 bits
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
HEADER_BYTES = _HEADER.size
_ZEROS_AT_ONCE = 1 << 16


class WavFormat(NamedTuple):
    rate_hz: int
    channels: int

    @property
    def frame_bytes(self) -> int:
        """Of one sample of all channels."""
        return SAMPLE_BYTES * self.channels


def header(form: WavFormat, samples: int) -> bytes:
    """The 44 bytes before `samples` instants of PCM."""
    data_bytes = samples * form.frame_bytes
    rate, channels, frame = form.rate_hz, form.channels, form.frame_bytes
    riff, data = HEADER_BYTES - 8 + data_bytes, data_bytes
    return _HEADER.pack(
        b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, channels, rate, rate * frame, frame, 8 * SAMPLE_BYTES, b"data", data
    )


class WavWriter:
    """Every append is in the file when it returns; the header follows within HEADER_EVERY_S of the appends."""

    def __init__(self, path: Path, form: WavFormat) -> None:
        """Makes a new file. Raises FileExistsError, OSError."""
        self.form = form
        self.samples = 0  # instants that are in the file, whole
        self._file = path.open("xb", buffering=0)
        self._header_at_s = time.monotonic()
        try:
            self._write(header(form, 0))
        except OSError:
            self._file.close()
            raise

    def append(self, samples: NDArray[np.int16]) -> None:
        """samples: (n, channels). Raises OSError; `samples` then says how many instants got there."""
        try:
            self._write(samples.astype("<i2", copy=False).tobytes())
        finally:
            self.samples = self._whole_samples()
        if time.monotonic() - self._header_at_s >= HEADER_EVERY_S:
            self.write_header()

    @property
    def instants(self) -> int:
        """All that the file's time covers: its samples."""
        return self.samples

    def append_gap(self, count: int) -> None:
        """As append, for `count` instants that were lost: zeros."""
        while count > 0:
            now = min(count, _ZEROS_AT_ONCE)
            self.append(np.zeros((now, self.form.channels), np.int16))
            count -= now

    def write_header(self) -> None:
        """Brings it up to date: in place, so that a full disk is no hindrance."""
        self._file.seek(0)
        self._file.write(header(self.form, self.samples))
        self._file.seek(0, 2)
        self._header_at_s = time.monotonic()

    def sync(self) -> None:
        """Puts what is written on the disk. From any thread."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Cuts a sample that is not whole, and closes with a header that is right. Raises OSError."""
        if self._file.closed:
            return
        with self._file:
            self._file.truncate(HEADER_BYTES + self.samples * self.form.frame_bytes)
            self.write_header()
            self.sync()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def _whole_samples(self) -> int:
        return (self._file.tell() - HEADER_BYTES) // self.form.frame_bytes


class Repaired(NamedTuple):
    form: WavFormat
    samples: int


def repair(path: Path, known: WavFormat | None = None) -> Repaired:
    """Makes the header of a recording that was being written agree with the file's length, and cuts a sample that is
    not whole. A file that is right stays as it is.

    known: what it is by its sidecar, for a header that a power cut left without content. Raises OSError; InvalidInput
    for a file that WavWriter did not write.
    """
    with path.open("r+b") as file:
        start = file.read(HEADER_BYTES)
        form = known if known is not None and not any(start) else _read_format(path, start)
        length = file.seek(0, 2)
        samples = (length - HEADER_BYTES) // form.frame_bytes
        right = header(form, samples)
        if length != HEADER_BYTES + samples * form.frame_bytes or start != right:
            file.truncate(HEADER_BYTES + samples * form.frame_bytes)
            file.seek(0)
            file.write(right)
    return Repaired(form, samples)


def _read_format(path: Path, start: bytes) -> WavFormat:
    if len(start) == HEADER_BYTES:
        riff, _, wave, fmt, fmt_bytes, coding, channels, rate, _, frame, bits, data, _ = _HEADER.unpack(start)
        layout = (riff, wave, fmt, fmt_bytes, coding, bits, data)
        if layout == (b"RIFF", b"WAVE", b"fmt ", 16, 1, 16, b"data") and rate and channels:
            form = WavFormat(rate, channels)
            if frame == form.frame_bytes:
                return form
    advise = mark("Keep a copy of it elsewhere, and move it out of the project's folder.")
    raise InvalidInput(str(path), gettext("its beginning is not that of a recording of ours"), advise)
