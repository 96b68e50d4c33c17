"""From any thread to the GUI thread: a headless Signal or Future calls a slot of the window, queued."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import cache, partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from studio.core import signal as headless
from studio.core.errors import StudioError
from studio.core.job import Job

T = TypeVar("T")


class _PostOffice(QObject):
    """Lives on the GUI thread for as long as the process. Other threads emit through nothing else: an object that may
    be destroyed, as a window's may, could go while it is emitting.
    """

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def post(self, act: Callable[[], None]) -> None:
        """From any thread."""
        with contextlib.suppress(RuntimeError):  # the program ends, and Qt has taken this along
            self._posted.emit(act)

    def _deliver(self, act: Callable[[], None]) -> None:
        act()


@cache
def _post_office() -> _PostOffice:
    """Made on the GUI thread, by whoever is there to hear first."""
    return _PostOffice()


class Relay:
    """Calls `slot` on the GUI thread with what is posted, as long as `owner` is there. Made on the GUI thread."""

    def __init__(self, slot: Callable[[Any], None], owner: QObject, *, latest: bool = False) -> None:
        self._slot = slot
        self._owner = owner
        self._latest = latest
        self._lock = threading.Lock()
        self._waiting: list[Any] = []
        self._office = _post_office()

    def post(self, value: Any) -> None:
        """From any thread."""
        if self._latest:
            with self._lock:
                underway, self._waiting = bool(self._waiting), [value]
            if underway:
                return
        self._office.post(partial(self._deliver, value))

    def _deliver(self, value: Any) -> None:
        if self._latest:
            with self._lock:
                value, self._waiting = self._waiting[-1], []
        if isValid(self._owner):  # objects go on this thread only
            self._slot(value)


def on_gui_thread(
    signal: headless.Signal[T], slot: Callable[[T], None], *, owner: QObject, latest: bool = False
) -> Callable[[], None]:
    """Calls `slot` on the GUI thread with each value of `signal`, until `owner` is destroyed.

    latest: values that come faster than the event loop takes them replace each other. Returns what disconnects.
    Call it on the GUI thread.
    """
    relay = Relay(slot, owner, latest=latest)
    disconnect = signal.connect(relay.post)
    owner.destroyed.connect(disconnect)
    return disconnect


def follow(job: Job[T], slot: Callable[[Job[T]], None], *, owner: QObject) -> None:
    """Calls `slot` on the GUI thread when the job changes, and once for what it has become already: a job that ends
    at once may have ended before anybody could listen.
    """
    relay = Relay(slot, owner, latest=True)
    owner.destroyed.connect(job.changed.connect(relay.post))
    relay.post(job)


def when_done(
    future: "Future[T]",
    done: Callable[[T], None],
    *,
    owner: QObject,
    failed: Callable[[StudioError], None] | None = None,
) -> None:
    """Calls `done` with the future's result on the GUI thread, or `failed` with its StudioError.

    A cancelled future calls neither; another exception is a defect and is raised on the GUI thread, where it is logged.
    Without `failed`, a project that was closed meanwhile is as good as cancelled.
    """

    def deliver(ended: "Future[T]") -> None:
        try:
            result = ended.result()
        except CancelledError:
            return
        except StudioError as error:
            from studio.ui.session import NoProject

            if failed is not None:
                failed(error)
            elif not isinstance(error, NoProject):
                raise
        else:
            done(result)

    relay = Relay(deliver, owner)
    future.add_done_callback(relay.post)
