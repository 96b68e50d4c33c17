"""Work with progress and cancel: one object for the window's job strip and the command line."""

import enum
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Generic, NamedTuple, Protocol, TypeVar

from studio.core.errors import Cancelled
from studio.core.signal import Signal

T = TypeVar("T")


class Progress(NamedTuple):
    fraction: float | None  # 0..1, or None where the end is not known
    text: str


class Report(Protocol):
    """Handed to long work, which calls it at least every second. Raises Cancelled when the user has had enough."""

    def __call__(self, fraction: float | None, text: str) -> None: ...


def silent(fraction: float | None, text: str) -> None:
    """A Report for work that nobody watches."""


class JobState(enum.Enum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Generic[T]):
    """Runs `work(report)` on a thread of its own. `changed` is emitted on that thread."""

    def __init__(self, title: str, work: Callable[[Report], T]) -> None:
        self.title = title
        self.progress = Progress(None, "")
        self.changed: Signal[Job[T]] = Signal()
        self._work = work
        self._state = JobState.WAITING
        self._outcome = JobState.DONE  # holds once _ended is set
        self._cancel = threading.Event()
        self._ended = threading.Event()
        self._result: T | None = None
        self._error: BaseException | None = None

    @property
    def state(self) -> JobState:
        """Once it is DONE, FAILED or CANCELLED, `result` gives its answer without waiting."""
        return self._outcome if self._ended.is_set() else self._state

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"job: {self.title}", daemon=True).start()

    def cancel(self) -> None:
        """Asks the work to stop at its next report."""
        self._cancel.set()

    def result(self, timeout_s: float | None = None) -> T:
        """Waits for the end. Raises what the work raised, TimeoutError if it is still running."""
        if not self._ended.wait(timeout_s):
            raise TimeoutError(self.title)
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def _report(self, fraction: float | None, text: str) -> None:
        if self._cancel.is_set():
            raise Cancelled(self.title)
        self.progress = Progress(fraction, text)
        self.changed.emit(self)

    def _run(self) -> None:
        self._state = JobState.RUNNING
        try:
            self._report(None, "")
            self._result = self._work(self._report)
        except (Cancelled, CancelledError) as error:  # or what it waits for was, as at the end of a session
            self._error, self._outcome = error, JobState.CANCELLED
        except BaseException as error:  # noqa: BLE001  handed to whoever asks for the result
            self._error, self._outcome = error, JobState.FAILED
        self._ended.set()
        self.changed.emit(self)
