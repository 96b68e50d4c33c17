"""One writer at a time: `.writer.json` in a project says who. A writer that was killed does not hold it any longer."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from studio.core.errors import StorageFailed, StudioError
from studio.core.files import write_json
from studio.core.text import mark
from studio.dataset.holder import Holder, this_process
from studio.dataset.json_fields import BrokenFile, Fields

_NAME = ".writer.json"
_GUARD_NAME = ".writer.lock"
_GUARD_TIMEOUT_S = 10


@dataclass(eq=False)
class ProjectHeld(StudioError):
    project: str
    user: str
    host: str
    pid: int
    since: str
    path: str
    message = mark("{project} is open for writing by {user} on {host} (process {pid}) since {since}.")
    remedy = mark("Close it there, or wait. If that computer was switched off meanwhile, delete {path}.")


class WriterLock:
    """Taken when made, given back by release. Raises ProjectHeld, StorageFailed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / _NAME
        with _guarded(folder):
            holder = holder_of(folder)
            if holder is not None and holder.lives():
                raise ProjectHeld(str(folder), holder.user, holder.host, holder.pid, holder.since_utc, str(self._path))
            write_json(self._path, this_process().as_dict())

    def release(self) -> None:
        """Twice does no harm, nor does it after a fork: only the process that took it gives it back."""
        with contextlib.suppress(StorageFailed), _guarded(self._folder):
            holder = holder_of(self._folder)
            if holder is not None and holder.is_this_process():
                self._path.unlink(missing_ok=True)


def holder_of(folder: Path) -> Holder | None:
    """Who is written down as the writer, living or not; None where nobody is."""
    try:
        return Holder.read(Fields.load(folder / _NAME))
    except BrokenFile:
        return None  # absent; it is written atomically, so nothing else of ours


@contextlib.contextmanager
def _guarded(folder: Path) -> Iterator[None]:
    """For the moment of reading and writing `.writer.json`; the system lets go of it when a process dies."""
    guard = FileLock(folder / _GUARD_NAME, timeout=_GUARD_TIMEOUT_S)
    try:
        guard.acquire()
    except Timeout as error:
        raise StorageFailed(str(folder / _GUARD_NAME), mark("another program does not let go of it")) from error
    except OSError as error:
        raise StorageFailed(str(folder), error.strerror or str(error)) from error
    try:
        yield
    finally:
        guard.release()
