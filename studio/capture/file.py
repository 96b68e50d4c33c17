"""`file:PATH` as a source: sound, rows, a picture or a video, as fast as it can be read, at its own rate."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from studio.boards.camera import VIDEO_ENDINGS, frames_per_second, read_video
from studio.boards.playback import BLOCK_SAMPLES, ROW_ENDINGS, Samples, read_file
from studio.boards.row_playback import columns, rate_of, to_kind
from studio.capture.source import Origin
from studio.core import picture_file
from studio.core.csv_file import read_table
from studio.core.errors import InvalidInput, NotFound
from studio.core.picture_file import Pixels
from studio.core.samples import CAMERA, MICROPHONE, Block, Item, Picture, SampleFormat, SensorKind
from studio.core.text import gettext, mark


class FileSource:
    """Sound exactly where it is of 16-bit integers on one channel; several channels are averaged. A CSV's whole numbers
    are counts, its decimals of the kind's units. Of a picture or a video what a gray camera would see.
    """

    def __init__(self, path: Path, rate_hz: int | None = None, kind: SensorKind = MICROPHONE) -> None:
        """rate_hz: of rows that do not say when they were. kind: what rows are of."""
        self._path = path.absolute()
        self._untimed_hz = rate_hz
        self._kind = kind
        self._origin: Origin | None = None
        self._rows: Samples | None = None
        self._stopped = threading.Event()

    @property
    def origin(self) -> Origin:
        assert self._origin is not None  # noqa: S101  asked inside `with` only
        return self._origin

    def __enter__(self) -> Self:
        """Raises NotFound, InvalidInput."""
        address = f"file:{self._path}"
        if self._path.is_dir():
            raise InvalidInput(address, gettext("it is a folder"), mark("Bring a folder in with `import`."))
        if not self._path.is_file():
            raise NotFound(str(self._path))
        self._origin = Origin(address, self._format(address))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def blocks(self) -> Iterator[Item]:
        form = self.origin.format
        index = 0
        if form.kind.name == CAMERA.name:
            for pixels in self._pictures():
                if self._stopped.is_set():
                    return
                yield Picture(pixels, index, round(index * 1e6 / form.rate_hz), time.monotonic_ns())
                index += 1
            return
        for samples in self._samples():
            if self._stopped.is_set():
                return
            yield Block(samples, index, int(index * 1e6 / form.rate_hz), time.monotonic_ns())
            index += len(samples)

    def stop(self) -> None:
        self._stopped.set()

    def _format(self, address: str) -> SampleFormat:
        suffix = self._path.suffix.lower()
        if suffix in VIDEO_ENDINGS:
            return SampleFormat(CAMERA, frames_per_second(self._path))
        if suffix in picture_file.ENDINGS:
            picture_file.picture_size(picture_file.read_content(self._path))
            return SampleFormat(CAMERA, 1)
        if suffix in ROW_ENDINGS:
            names, table = read_table(self._path)
            self._rows = to_kind(table[:, columns(self._path, names, self._kind)], self._kind)
            rate_hz = rate_of(names, table) or self._untimed_hz
            if rate_hz is None:
                advise = mark("Name the sensor, whose rate is taken, with --sensor.")
                raise InvalidInput(address, gettext("it does not say when its rows were"), advise)
            return SampleFormat(self._kind, rate_hz)
        import soundfile

        try:
            return SampleFormat(MICROPHONE, soundfile.info(str(self._path)).samplerate)
        except soundfile.LibsndfileError as error:
            raise InvalidInput(address, error.error_string.rstrip(".")) from error

    def _samples(self) -> Iterator[Samples]:
        """(n, channels)."""
        if self._rows is not None:
            yield from np.array_split(self._rows, max(1, len(self._rows) // BLOCK_SAMPLES))
            return
        for samples in read_file(self._path, round(self.origin.format.rate_hz)):
            yield samples.reshape(-1, 1)

    def _pictures(self) -> Iterator[Pixels]:
        if self._path.suffix.lower() in VIDEO_ENDINGS:
            yield from read_video(self._path)
        else:
            yield picture_file.read_picture(self._path)
