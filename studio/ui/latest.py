"""Work off the GUI thread of which only the newest matters: a slider may ask faster than it can be done."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject

from studio.core.errors import StudioError
from studio.ui.bridge import when_done
from studio.ui.session import Session

T = TypeVar("T")


class Latest(Generic[T]):
    """One piece of work at a time, on a thread of its own; of what is asked meanwhile only the newest is done next.

    done, failed: called on the GUI thread, in the order of asking, until `owner` is gone. Used on the GUI thread.
    """

    def __init__(
        self, session: Session, done: Callable[[T], None], failed: Callable[[StudioError], None], *, owner: QObject
    ) -> None:
        self._session = session
        self._done, self._failed = done, failed
        self._owner = owner
        self._asked = 0
        self._waiting: Callable[[], T] | None = None
        self.busy = False

    def ask(self, work: Callable[[], T]) -> None:
        """`work` must take what it needs with it: it runs beside the window."""
        self._waiting = work
        if not self.busy:
            self._begin()

    def forget(self) -> None:
        """What was asked until now is not told any more."""
        self._asked += 1
        self._waiting = None

    def _begin(self) -> None:
        work, self._waiting = self._waiting, None
        if work is None:
            return
        self.busy = True
        asked = self._asked
        when_done(
            self._session.in_background(work),
            lambda result: self._ended(asked, lambda: self._done(result)),
            owner=self._owner,
            failed=lambda error: self._ended(asked, lambda: self._failed(error)),
        )

    def _ended(self, asked: int, tell: Callable[[], None]) -> None:
        self.busy = False
        self._begin()
        if asked == self._asked:
            tell()
