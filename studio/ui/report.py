"""What "Copy report" puts on the clipboard: versions and the end of the log. No samples, no names of people."""

import platform
from pathlib import Path

from studio import __version__
from studio.core.settings import state_folder

LOG_LINES = 60


def report() -> str:
    import PySide6

    lines = [
        f"TinyML Studio {__version__}",
        f"Python {platform.python_version()}, Qt {PySide6.__version__}",
        platform.platform(),
        "",
        *_end_of_log(),
    ]
    return "\n".join(lines).replace(str(Path.home()), "~") + "\n"


def _end_of_log() -> list[str]:
    try:
        text = (state_folder() / "studio.log").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.splitlines()[-LOG_LINES:]
