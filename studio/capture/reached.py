"""Whatever is at the end of a link as a source: our firmware, or a board that prints rows; which, shows on opening."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.boards.address import Address
from studio.boards.connection import BoardLost, board_on
from studio.boards.row_stream import recognise
from studio.boards.transport import open_transport
from studio.capture.board import BoardSource
from studio.capture.foreign import ForeignSource
from studio.capture.source import Origin, Source
from studio.core.samples import Item, SensorKind


class ReachedSource:
    def __init__(self, address: Address, folder: Path | None, rate_hz: int | None, kind: SensorKind) -> None:
        """folder, rate_hz, kind: as for BoardSource; rows of other firmware have their own rate."""
        self._address = address
        self._folder = folder
        self._wanted_hz = rate_hz
        self._kind = kind
        self._source: Source | None = None
        self._opened = contextlib.ExitStack()

    @property
    def origin(self) -> Origin:
        assert self._source is not None  # noqa: S101  asked inside `with` only
        return self._source.origin

    def __enter__(self) -> Self:
        """Raises what open_board raises; InvalidInput for a board without such a sensor, or rows without a rate."""
        with contextlib.ExitStack() as opened:
            transport = open_transport(self._address, self._folder)
            opened.callback(transport.close)
            try:
                stream = recognise(self._address, transport)
            except OSError as error:
                raise BoardLost(self._address.named, 0.0) from error
            if stream is None:
                board = opened.enter_context(board_on(self._address, transport))
                source: Source = BoardSource(self._address, self._folder, self._wanted_hz, kind=self._kind, board=board)
            else:
                source = ForeignSource(self._address, stream, self._wanted_hz, self._kind)
            self._source = opened.enter_context(source)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, traceback)

    def blocks(self) -> Iterator[Item]:
        assert self._source is not None  # noqa: S101  called inside `with` only
        return self._source.blocks()

    def stop(self) -> None:
        if self._source is not None:
            self._source.stop()
