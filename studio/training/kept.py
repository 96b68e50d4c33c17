"""One training worker kept ready from job to job: importing TensorFlow takes it seconds, which pass unseen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from studio.training.process import Worker


class KeptWorker:
    """Warmed, lent to one job at a time, and made anew where the last one has ended. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # of the fields
        self._lent = threading.Lock()  # of the worker itself: one request at a time
        self._worker: Worker | None = None
        self._closed = False

    @property
    def process_id(self) -> int | None:
        """Of the worker that is kept, None where there is none."""
        with self._lock:
            return self._worker.process_id if self._worker is not None else None

    @property
    def is_lent(self) -> bool:
        """Whether a job has it: another would wait."""
        return self._lent.locked()

    def warm(self) -> None:
        """Starts one, if none runs; it imports while the caller goes on."""
        with self._lock:
            self._started()

    @contextmanager
    def lent(self) -> Iterator[Worker]:
        """The worker, for one job; a second one waits. One that a cancel or a failure ended is not kept."""
        with self._lent:
            with self._lock:
                worker = self._started()
            if worker is None:  # the studio is closing: the job will hear so at its next report
                with Worker() as last:
                    yield last
                return
            yield worker

    def close(self) -> None:
        """Ends it; nothing is kept from then on. Twice does no harm."""
        with self._lock:
            self._closed = True
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()

    def _started(self) -> Worker | None:
        if self._worker is not None and not self._worker.is_alive:
            self._worker.close()
            self._worker = None
        if self._worker is None and not self._closed:
            self._worker = Worker()
        return self._worker
