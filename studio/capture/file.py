"""`file:PATH` as a source: a sound file, as fast as it can be read, at its own rate."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.boards.playback import read_file
from studio.capture.source import Origin
from studio.core.errors import InvalidInput, NotFound
from studio.core.samples import MICROPHONE, Block, SampleFormat
from studio.core.text import gettext, mark


class FileSource:
    """Its samples exactly where they are 16-bit integers on one channel; several channels are averaged."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._origin: Origin | None = None
        self._stopped = threading.Event()

    @property
    def origin(self) -> Origin:
        assert self._origin is not None  # noqa: S101  asked inside `with` only
        return self._origin

    def __enter__(self) -> Self:
        """Raises NotFound, InvalidInput."""
        import soundfile

        address = f"file:{self._path}"
        if self._path.is_dir():
            raise InvalidInput(address, gettext("it is a folder"), mark("Bring a folder in with `import`."))
        if not self._path.is_file():
            raise NotFound(str(self._path))
        try:
            rate_hz = soundfile.info(str(self._path)).samplerate
        except soundfile.LibsndfileError as error:
            raise InvalidInput(address, error.error_string.rstrip(".")) from error
        self._origin = Origin(address, SampleFormat(MICROPHONE, rate_hz))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def blocks(self) -> Iterator[Block]:
        rate_hz = round(self.origin.format.rate_hz)
        index = 0
        for samples in read_file(self._path, rate_hz):
            if self._stopped.is_set():
                return
            yield Block(samples.reshape(-1, 1), index, index * 1_000_000 // rate_hz, time.monotonic_ns())
            index += len(samples)

    def stop(self) -> None:
        self._stopped.set()
