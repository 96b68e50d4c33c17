"""Logging to a rotating file, and nowhere else: nothing is ever sent. No samples and no names of people go in."""

import faulthandler
import logging
import logging.handlers
import sys
from types import TracebackType

from studio.core.settings import state_folder

_FORMAT = "%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s"


def start_logging() -> None:
    """Called once by each process that a user starts. A log that cannot be written is no reason to stop."""
    root = logging.getLogger()
    if root.handlers:
        return
    root.setLevel(logging.INFO)
    handler: logging.Handler
    try:
        handler = logging.handlers.RotatingFileHandler(
            state_folder() / "studio.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    faulthandler.enable()
    sys.excepthook = _log_exception


def _log_exception(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    logging.getLogger("studio").critical("unhandled", exc_info=(kind, error, traceback))
    sys.__excepthook__(kind, error, traceback)
