"""One recording while it is written: a WAV or CSV file and its sidecar under `.partial` names, synced and finished by a
thread of its own, so that whoever appends never waits for the disk.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.capture.row_file import TIME_BYTES, VALUE_BYTES, RowWriter
from studio.capture.wav_file import WavFormat, WavWriter
from studio.core.errors import StorageFailed, StudioError
from studio.core.files import sync_folder
from studio.core.samples import MICROPHONE, Lost, Printed, SampleFormat
from studio.dataset.recordings import (
    Sidecar,
    finish,
    free_path,
    partial_path,
    sha256_of,
    sidecar_path,
    write_sidecar,
)

SYNC_EVERY_S = 0.5
SIDECAR_EVERY_S = 10.0
GAP_WAIT_S = 0.05  # for the sidecar to list a gap before its zeros are in the file
# Kept free while recording, so that on a full disk there is room to finish: sidecar, catalogue and its journal.
RESERVE_BYTES = 256 * 1024
STILL_HELD = (1 << 53) - 1  # a span's end before it is known: behind any recording's, and every JSON reader has it

naming = threading.Lock()  # recordings that begin together must not find the same free name


@dataclass(frozen=True)
class Recorded:
    """A finished recording. It is marked as unfinished until the catalogue knows it: see `enter`."""

    path: Path
    sidecar: Sidecar

    @property
    def seconds(self) -> float:
        return (self.sidecar.samples or 0) / self.sidecar.rate_hz


class Writer(Protocol):
    """A file of samples, whole after every call, that `sync` puts on the disk from another thread."""

    @property
    def samples(self) -> int: ...

    @property
    def instants(self) -> int: ...

    def append(self, samples: NDArray[np.int16]) -> None: ...

    def append_gap(self, count: int) -> None: ...

    def sync(self) -> None: ...

    def close(self) -> None: ...


class FileForm(NamedTuple):
    """begin: makes the file. sample_bytes: of one instant, at most. gaps_fill: whether what was lost takes room too."""

    suffix: str
    sample_bytes: int
    gaps_fill: bool
    begin: Callable[[Path], Writer]


def form_of(form: SampleFormat) -> FileForm:
    """How a sensor's samples are filed: sound as WAV, rows as CSV."""
    kind, rate_hz = form.kind, form.rate_hz
    if kind.name == MICROPHONE.name:
        wav = WavFormat(round(rate_hz), len(kind.channels))
        return FileForm(".wav", wav.frame_bytes, True, lambda path: WavWriter(path, wav))
    row_bytes = TIME_BYTES + VALUE_BYTES * len(kind.channels)
    return FileForm(".csv", row_bytes, False, lambda path: RowWriter(path, kind.channels, rate_hz))


class RecordingFile:
    """`append` and `append_gap` are one thread's; what they return from is in the file."""

    def __init__(
        self, folder: Path, name: str, sidecar: Sidecar, form: FileForm, ended: Callable[[], None] = lambda: None
    ) -> None:
        """Begins `name` in `folder`. sidecar: as known now, with its writer. ended: called on this file's thread
        when it is finished, or never will be. Raises StorageFailed.
        """
        self.recorded: Recorded | None = None  # once ended, unless nothing was recorded
        self.problem: StudioError | None = None  # of the disk
        self._ended = ended
        self._sidecar = sidecar
        self._gaps: list[tuple[int, int]] = []
        self._gaps_listed = 0  # of them, how many the sidecar on the disk lists
        self._marks_listed = 0  # likewise of the sidecar's marks
        self._spans_listed: tuple[tuple[int, int, str], ...] = ()
        self._changed = threading.Condition()
        self._closing = False
        with naming:
            self.path = free_path(folder, name, form.suffix)
            self._partial = partial_path(self.path)
            self._reserve = reserve_path(self._partial)
            try:
                reserve(self._reserve)
                write_sidecar(sidecar_path(self._partial), sidecar)
                self._file = form.begin(self._partial)
            except (OSError, StorageFailed) as error:
                self._discard()
                raise failed(self.path, error) from error
        self._keeper = threading.Thread(target=self._keep, name=f"keeper of {self.path.name}", daemon=True)
        self._keeper.start()

    @property
    def samples(self) -> int:
        """In the file: of sound with zeros for what was lost."""
        return self._file.samples

    @property
    def instants(self) -> int:
        """Recorded and lost."""
        return self._file.instants

    @property
    def lost(self) -> Lost:
        return self._sidecar.lost

    def append(self, samples: NDArray[np.int16], printed: Printed | None = None) -> None:
        """samples: (n, channels). printed: what the file keeps of them, if it is rows. Raises StorageFailed; what did
        not get there is counted as lost at the disk.
        """
        due = self.samples + len(samples)
        try:
            if self.problem is not None:
                raise self.problem
            if printed is not None and isinstance(self._file, RowWriter):
                self._file.append_printed(printed)
            else:
                self._file.append(samples)
        except (OSError, StudioError) as error:
            self._lose(Lost(disk=due - self.samples))
            raise failed(self.path, error) from error

    def append_gap(self, lost: Lost) -> None:
        """As much time as was lost. Raises StorageFailed."""
        self._lose(lost)
        with self._changed:
            self._gaps.append((self.samples, lost.total))
            self._changed.notify_all()
            # A slow disk holds up the sidecar, but not the samples.
            self._changed.wait_for(lambda: self._gaps_listed == len(self._gaps), GAP_WAIT_S)
        try:
            self._file.append_gap(lost.total)
        except OSError as error:
            raise failed(self.path, error) from error

    def mark(self, sample: int | None = None) -> None:
        """A sample of the file, or here: between what was appended and what comes. On the disk as soon as a gap."""
        with self._changed:
            marks = sorted((*self._sidecar.marks, self.samples if sample is None else sample))
            self._sidecar = replace(self._sidecar, marks=tuple(marks))
            self._changed.notify_all()

    @property
    def held(self) -> str | None:
        """The label that is held and not released."""
        *_before, (_start, end, label) = self._sidecar.spans or ((0, 0, ""),)
        return label if end == STILL_HELD else None

    def hold(self, label: str) -> None:
        """From here on it is `label`, and no other, until `release`. On the disk as soon as a mark."""
        if label != self.held:
            self._set_spans((*self._released(), (self.samples, STILL_HELD, label)))

    def release(self, label: str) -> None:
        """It ends here. What was held for no sample is no span."""
        if label == self.held:
            self._set_spans(self._released())

    def _released(self) -> tuple[tuple[int, int, str], ...]:
        *before, last = self._sidecar.spans or ((0, 0, ""),)
        ended = *before, (last[0], min(last[1], self.samples), last[2])
        return tuple(span for span in ended if span[0] < span[1])

    def know(self, **facts: Any) -> None:
        """Fields of the sidecar, which is on the disk within SIDECAR_EVERY_S."""
        with self._changed:
            self._sidecar = replace(self._sidecar, **facts)

    def close(self) -> None:
        """No more will be appended. Finishes on this file's thread; see `ended`."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _lose(self, lost: Lost) -> None:
        with self._changed:
            self._sidecar = replace(self._sidecar, lost=self._sidecar.lost + lost)

    def _keep(self) -> None:
        try:
            try:
                self._look_after()
            except (OSError, StorageFailed) as error:
                self.problem = failed(self.path, error)  # raised by the next append
                self._wait_for_close()
            self._finish()
        except (OSError, StorageFailed) as error:
            self.problem = failed(self.path, error)
        finally:
            self._ended()

    def _look_after(self) -> None:
        """Until `close`."""
        sync_folder(self.path.parent)
        synced_s = noted_s = time.monotonic()
        while not self._wait_for_work(synced_s + SYNC_EVERY_S):
            now_s = time.monotonic()
            if self._has_news() or now_s >= noted_s + SIDECAR_EVERY_S:
                self._note()
                noted_s = now_s
            if now_s >= synced_s + SYNC_EVERY_S:
                self._file.sync()
                synced_s = now_s

    def _wait_for_work(self, until_s: float) -> bool:
        """Until there is a gap, a mark or a span to list, or until_s; True: it is to be finished."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._has_news(), max(0.0, until_s - time.monotonic()))
            return self._closing

    def _set_spans(self, spans: tuple[tuple[int, int, str], ...]) -> None:
        with self._changed:
            self._sidecar = replace(self._sidecar, spans=spans)
            self._changed.notify_all()

    def _has_news(self) -> bool:
        """For the sidecar on the disk."""
        listed = self._marks_listed == len(self._sidecar.marks) and self._spans_listed == self._sidecar.spans
        return self._gaps_listed < len(self._gaps) or not listed

    def _wait_for_close(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing)

    def _note(self) -> None:
        """Brings the partial sidecar up to date."""
        with self._changed:
            gaps = tuple(self._gaps)
            sidecar = replace(self._sidecar, gaps=gaps)
        write_sidecar(sidecar_path(self._partial), sidecar)
        with self._changed:
            self._gaps_listed, self._marks_listed = len(gaps), len(sidecar.marks)
            self._spans_listed = sidecar.spans
            self._changed.notify_all()

    def _finish(self) -> None:
        self._reserve.unlink(missing_ok=True)
        self._file.close()
        if not self.samples:
            self._discard()
            return
        sidecar = replace(
            self._sidecar,
            gaps=gaps_in(self.path, self._gaps, self.samples),
            spans=spans_in(self._sidecar.spans, self.samples),
            samples=self.samples,
            sha256=sha256_of(self._partial),
            finished=True,
            writer=None,
        )
        self.recorded = Recorded(finish(self._partial, sidecar), sidecar)

    def _discard(self) -> None:
        for path in (self._reserve, self._partial, sidecar_path(self._partial)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def gaps_in(path: Path, gaps: Iterable[tuple[int, int]], samples: int) -> tuple[tuple[int, int], ...]:
    """The gaps as far as they lie within a recording of `samples`; those that touch are joined. A CSV's are not in the
    file, but before a row of it, or behind the last.
    """
    found: list[tuple[int, int]] = []
    absent = path.suffix == ".csv"
    for start, count in gaps:
        if absent:
            begin, end = start, start + (count if start <= samples else 0)
            touches = bool(found) and found[-1][0] == start
        else:
            begin, end = start, min(start + count, samples)
            touches = bool(found) and sum(found[-1]) == start
        if touches:
            begin, before = found.pop()
            end += before if absent else 0
        if end > begin:
            found.append((begin, end - begin))
    return tuple(found)


def spans_in(spans: Iterable[tuple[int, int, str]], samples: int) -> tuple[tuple[int, int, str], ...]:
    """The labelled spans as far as they lie within a recording of `samples`; what is still held ends with it."""
    return tuple((start, min(end, samples), label) for start, end, label in spans if start < min(end, samples))


def reserve_path(partial: Path) -> Path:
    """The file that keeps room for a partial recording to be finished."""
    return partial.with_name(f".{partial.name}.reserve")


def reserve(path: Path) -> None:
    """Keeps that room. Raises OSError."""
    with path.open("xb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        else:
            file.write(bytes(RESERVE_BYTES))


def failed(path: Path, error: Exception) -> StudioError:
    """What the disk said, as a user is told it."""
    if isinstance(error, StudioError):
        return error
    return StorageFailed(str(path), error.strerror or str(error) if isinstance(error, OSError) else str(error))
