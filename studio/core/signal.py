"""A list of listeners, without Qt. The window's bridge moves calls to the GUI thread."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Signal(Generic[T]):
    """Calls every listener with each value, on the emitter's thread, in the order they connected."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], None]] = []
        self._lock = threading.Lock()

    def connect(self, listener: Callable[[T], None]) -> Callable[[], None]:
        """Returns what disconnects it again; calling that twice does no harm."""
        with self._lock:
            self._listeners.append(listener)

        def disconnect() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return disconnect

    def emit(self, value: T) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(value)
