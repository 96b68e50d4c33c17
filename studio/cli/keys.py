"""Keys of a terminal, one by one as they are pressed."""

import contextlib
import os
import select
import sys
from collections.abc import Iterator

from studio.core.errors import InvalidInput
from studio.core.text import mark


def require_terminal(option: str, remedy: str) -> None:
    """Raises InvalidInput where there is none to read from."""
    if not sys.stdin.isatty():
        raise InvalidInput(option, mark("keys are read from a terminal, and there is none"), remedy)


if sys.platform == "win32":
    import msvcrt
    import time

    def pressed(timeout_s: float) -> str:
        """What was typed within timeout_s."""
        if msvcrt.kbhit():
            return msvcrt.getwch()
        time.sleep(timeout_s)
        return ""

    def keys_without_enter() -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()  # keys are read one by one as it is

else:
    import termios
    import tty

    def pressed(timeout_s: float) -> str:
        """What was typed within timeout_s."""
        ready, _writable, _failed = select.select([sys.stdin], [], [], timeout_s)
        return os.read(sys.stdin.fileno(), 64).decode(errors="ignore") if ready else ""

    @contextlib.contextmanager
    def keys_without_enter() -> Iterator[None]:
        """Keys come without Enter and are not printed; Ctrl+C is still that."""
        number = sys.stdin.fileno()
        before = termios.tcgetattr(number)
        tty.setcbreak(number)
        try:
            yield
        finally:
            termios.tcsetattr(number, termios.TCSADRAIN, before)
