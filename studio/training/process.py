"""The parent's side of the training worker: start it, ask it, and end it at once when the user cancels."""

import json
import logging
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from studio.core.errors import StudioError
from studio.core.settings import state_folder
from studio.core.text import mark

LOG = "training-worker.log"
_ASK_EVERY_S = 0.25  # how often, while waiting, the caller is asked whether to go on
_GRACE_S = 5.0


@dataclass(eq=False)
class WorkerDied(StudioError):
    status: int
    log: str
    message = mark("The training process ended unexpectedly (status {status}).")
    remedy = mark("Train again. If memory is short, close other programs first; {log} tells more.")


@dataclass(eq=False)
class WorkerFailed(StudioError):
    why: str
    log: str
    message = mark("Training failed: {why}.")
    remedy = mark("{log} tells more.")


class Worker:
    """A process with TensorFlow in it, importing that while the caller does something else. Use with `with`.

    One request at a time. Whatever leaves `ask` but its result ends the process: a cancelled fit must not go on.
    scratch: its folder for temporary files, and its callers'. TensorFlow leaves some wherever it is ended; they go with
    the folder, which is removed here, or by the process itself where this one was killed.
    """

    def __init__(self) -> None:
        self._log_path = state_folder() / LOG
        self.scratch = Path(tempfile.mkdtemp(prefix="tinyml-studio-"))
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "studio.training.worker", str(self.scratch)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.scratch))},
            )
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        stream = self._process.stdout
        assert stream is not None  # noqa: S101  as asked of Popen
        self._reader = threading.Thread(target=_read, args=(stream, self._answers), daemon=True)
        self._reader.start()
        self._ready = False

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked; one that a cancel ended cannot."""
        stream = self._process.stdin
        return self._process.poll() is None and stream is not None and not stream.closed

    def ask(self, request: dict[str, Any], heard: Callable[[dict[str, Any] | None], None]) -> dict[str, Any]:
        """Sends a request and returns its result.

        heard: called with each answer on the way, and with None while there is none, at least four times a second; what
        it raises ends the worker. Raises WorkerDied, WorkerFailed.
        """
        try:
            if not self._ready:
                self._wait(heard)
                self._ready = True
            self._send(request)
            return self._wait(heard)
        except WorkerFailed:
            raise
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """Ends it now."""
        self._process.kill()
        self.close()

    def close(self) -> None:
        """Lets it end by itself, which it does when its input closes. Twice does no harm."""
        for stream in (self._process.stdin,):
            if stream is not None and not stream.closed:
                try:
                    stream.close()
                except OSError:
                    logging.getLogger(__name__).info("the worker was gone already")
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self.scratch, ignore_errors=True)  # it may be gone already

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, request: dict[str, Any]) -> None:
        stream = self._process.stdin
        try:
            assert stream is not None  # noqa: S101  as asked of Popen
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()
        except (OSError, ValueError) as error:
            raise self._died() from error

    def _wait(self, heard: Callable[[dict[str, Any] | None], None]) -> dict[str, Any]:
        while True:
            try:
                answer = self._answers.get(timeout=_ASK_EVERY_S)
            except queue.Empty:
                heard(None)
                continue
            if answer is None:
                raise self._died()
            if "failed" in answer:
                raise WorkerFailed(answer["failed"], str(self._log_path))
            if "done" in answer:
                done: dict[str, Any] = answer["done"]
                return done
            heard(answer)

    def _died(self) -> WorkerDied:
        return WorkerDied(self._process.wait(_GRACE_S), str(self._log_path))


def _read(stream: IO[bytes], answers: "queue.Queue[dict[str, Any] | None]") -> None:
    for line in stream:
        answers.put(json.loads(line))
    answers.put(None)
