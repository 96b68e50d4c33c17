"""`gui`: the window. Without a command it opens too."""

import argparse
import os
import sys
from pathlib import Path

from studio.cli.output import Command, Output
from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.core.text import mark


class NoWindow(StudioError):
    message = mark("The window cannot be opened: Qt or one of its libraries is missing on this machine.")
    remedy = mark("Run `tinyml-studio doctor`: it says what to install. All other commands work without it.")


class NoDisplay(StudioError):
    message = mark("The window cannot be opened: this session has no display.")
    remedy = mark("Open it from a desktop, or over `ssh -X`. All other commands work without one.")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path, nargs="?", help=_("the project's folder; Start is shown by default"))
    parser.add_argument(
        "--exit-after-first-paint", action="store_true", help=_("close as soon as the window is painted, to time it")
    )


def run(args: argparse.Namespace, output: Output) -> None:
    """Returns when the window is closed. Raises NoWindow, NoDisplay."""
    if _has_no_display():
        raise NoDisplay
    try:
        from studio.ui import app
    except ImportError as error:
        raise NoWindow from error
    code = app.run(args.project, exit_after_first_paint=args.exit_after_first_paint)
    if code:
        output.warn(_("The window ended with code {code}.").format(code=code))


def _has_no_display() -> bool:
    """Qt would abort the process. A platform that the user chose, such as offscreen, needs none perhaps."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform.startswith("linux") and not any(os.environ.get(name) for name in names)


COMMANDS = {"gui": Command(configure, run)}
