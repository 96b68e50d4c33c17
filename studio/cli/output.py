"""What a command says: progress and warnings on standard error, results on standard output.

With --json the last line on standard output is one object; a streaming command prints one object per event.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TextIO

PROGRESS_EVERY_S = 0.5


class Output:
    """Its `progress` is a Report that never cancels: Ctrl+C does, as KeyboardInterrupt."""

    def __init__(self, *, as_json: bool, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._said_at = 0.0
        self._said = ""

    def progress(self, fraction: float | None, text: str) -> None:
        """At most twice a second, but always what is new at the end."""
        now = time.monotonic()
        if fraction != 1 and (text == self._said or now - self._said_at < PROGRESS_EVERY_S):
            return
        self._said, self._said_at = text, now
        self._err.write(f"{text}\n" if fraction is None else f"{fraction:4.0%} {text}\n")
        self._err.flush()

    def warn(self, text: str) -> None:
        self._err.write(f"{text}\n")
        self._err.flush()

    def event(self, value: Mapping[str, Any], text: str) -> None:
        """One of a stream of results, out at once."""
        self._out.write((_line(value) if self.as_json else text) + "\n")
        self._out.flush()

    def result(self, value: Mapping[str, Any], text: str) -> None:
        """The command's result, once, last."""
        self.event(value, text)


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    """NumPy scalars and arrays as Python's, paths as text."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


class Command(NamedTuple):
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Output], None]
