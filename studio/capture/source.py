"""Where samples come from: what a source is, how it is named, and the queue between its thread and ours."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from studio.core.errors import InvalidInput, StudioError
from studio.core.samples import CAMERA, MICROPHONE, NOTHING_LOST, Block, Item, Lost, SampleFormat, SensorKind
from studio.core.text import gettext, mark

EXAMPLES = mark(
    "Use mic, mic:NAME, camera, camera:N, file:PATH, or a board's address such as virtual:nano33ble; see `boards`."
)


MICROPHONE_HZ = 16_000  # unless another rate is wanted


@dataclass(eq=False)
class SourceLost(StudioError):
    """A source that was open has gone, or has been silent for silent_s."""

    source: str
    silent_s: float
    message = mark("{source} stopped delivering {silent_s:.0f} s ago.")
    gone = mark("{source} is gone.")
    remedy = mark("Plug it in again and repeat the command.")

    def __str__(self) -> str:
        return gettext(self.message if self.silent_s >= 1 else self.gone).format(**vars(self))


@dataclass(frozen=True)
class Origin:
    """What a recording's sidecar says of where it came from. address: without secrets. stream: of a board with other
    firmware, what it prints; then the format's rate is declared_rate_hz, or where it declares none what its own time or
    the host's clock said at first.
    """

    address: str
    format: SampleFormat
    board: str | None = None
    board_id: str | None = None
    firmware: str | None = None
    stream: str | None = None
    declared_rate_hz: float | None = None


class Source(Protocol):
    """A stream of samples, opened and closed by `with`. What `origin` says is known once it is open."""

    @property
    def origin(self) -> Origin: ...

    def blocks(self) -> Iterator[Item]:
        """Blocks, or a camera's pictures, as they come, from the first of the stream; called once. Ends at the stream's
        end and soon after `stop`, with what had arrived until then. Raises StudioError when the source is lost, after
        what had arrived.
        """

    def stop(self) -> None:
        """Ends `blocks`. From any thread, at any time; twice does no harm."""

    def __enter__(self) -> Self:
        """Raises StudioError, saying what stands in the way."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class BlockQueue:
    """Blocks from a thread that must never wait to one that may. Holds most_samples, or one block; what it has no room
    for is counted as lost on the host before the next block that it takes.
    """

    def __init__(self, most_samples: int) -> None:
        self._most = most_samples
        self._held = 0
        self._blocks: deque[Block] = deque()
        self._owed = NOTHING_LOST
        self._latest: Block | None = None
        self._heard_s: float | None = None
        self._closed = False
        self._error: StudioError | None = None
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """Blocks that have not been taken."""
        return len(self._blocks)

    def offer(self, block: Block) -> None:
        """Never waits. What is offered after `close` is left out."""
        with self._changed:
            if self._closed:
                return
            self._heard_s = time.monotonic()
            late = self._latest = replace(block, lost_before=block.lost_before + self._owed)
            if self._held + len(block.samples) <= self._most or not self._blocks:
                self._put(late)
                self._owed = NOTHING_LOST
            else:
                self._owed = late.lost_before + Lost(host=len(block.samples))
            self._changed.notify_all()

    def close(self, error: StudioError | None = None) -> None:
        """Nothing more will come; what is still owed is handed on in an empty block. `error` is raised after that."""
        with self._changed:
            if self._closed:
                return
            self._closed, self._error = True, error
            if self._owed.total and (last := self._latest) is not None:
                end = last.first_index + len(last.samples)
                self._put(replace(last, samples=last.samples[:0], first_index=end, lost_before=self._owed))
            self._changed.notify_all()

    def blocks(self, patience_s: float | None = None) -> Iterator[Block]:
        """Until `close`. Raises what `take` raises."""
        while (block := self.take(patience_s)) is not None:
            yield block

    def take(self, patience_s: float | None = None) -> Block | None:
        """The next block, waited for; None: closed. Raises the error that it was closed with; TimeoutError when nothing
        was offered for patience_s, or since this call if nothing ever was.
        """
        called_s = time.monotonic()
        with self._changed:
            while not self._blocks and not self._closed:
                since_s = called_s if self._heard_s is None else self._heard_s
                left_s = None if patience_s is None else since_s + patience_s - time.monotonic()
                if left_s is not None and left_s <= 0:
                    raise TimeoutError
                self._changed.wait(left_s)
            if self._blocks:
                block = self._blocks.popleft()
                self._held -= len(block.samples)
                return block
            if self._error is not None:
                raise self._error
            return None

    def _put(self, block: Block) -> None:
        self._blocks.append(block)
        self._held += len(block.samples)


def make_source(
    address: str, *, rate_hz: int | None, folder: Path | None = None, kind: SensorKind = MICROPHONE
) -> Source:
    """The source that an address names: mic[:NAME], camera[:N], file:PATH or a board's; not open yet.

    kind: which of a board's sensors, and what the rows of a file are of. rate_hz: what a sensor of that kind is asked
    for, None: what is usual; a file keeps its own. folder: the project's, for virtual boards. Raises InvalidInput.
    """
    scheme, _, rest = address.partition(":")
    if scheme == "mic":
        from studio.capture.microphone import Microphone

        return Microphone(rest or None, (rate_hz if kind == MICROPHONE else None) or MICROPHONE_HZ)
    if scheme == "camera":
        from studio.capture.camera import CameraSource

        return CameraSource(rest or "0", rate_hz if kind == CAMERA else None)
    if scheme == "file":
        from studio.capture.file import FileSource

        if not rest:
            raise InvalidInput(address, gettext("it names no file"), EXAMPLES)
        return FileSource(Path(rest), rate_hz, kind)
    from studio.boards.address import OPTIONS, beginning_of, parse_address

    if scheme.partition("?")[0] not in OPTIONS:
        raise InvalidInput(address, gettext("no source's address begins so"), beginning_of(address) or EXAMPLES)
    reached = parse_address(address)
    if reached.scheme == "virtual":
        from studio.capture.board import BoardSource

        return BoardSource(reached, folder, rate_hz, kind=kind)
    from studio.capture.reached import ReachedSource

    return ReachedSource(reached, folder, rate_hz, kind)
