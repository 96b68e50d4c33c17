"""`gui`: the window. Without a command it opens too."""

import argparse
import ctypes
import os
import socket
import sys
from dataclasses import dataclass
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


@dataclass(eq=False)
class DisplayUnreachable(StudioError):
    display: str
    message = mark("The window cannot be opened: the display {display} does not answer, or lets nobody in.")
    remedy = mark("Set DISPLAY as the desktop has it, or open the window from there. All other commands work without.")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path, nargs="?", help=_("the project's folder; Start is shown by default"))
    parser.add_argument(
        "--exit-after-first-paint", action="store_true", help=_("close as soon as the window is painted, to time it")
    )


def run(args: argparse.Namespace, output: Output) -> None:
    """Returns when the window is closed. Raises NoWindow, NoDisplay, DisplayUnreachable."""
    _require_display()
    try:
        from studio.ui import app
    except ImportError as error:
        raise NoWindow from error
    code = app.run(args.project, exit_after_first_paint=args.exit_after_first_paint)
    if code:
        output.warn(_("The window ended with code {code}.").format(code=code))


def _require_display() -> None:
    """Qt would abort the process. A platform that the user chose, such as offscreen, needs none perhaps."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if not sys.platform.startswith("linux") or chosen not in ("", "xcb", "wayland", "wayland-egl"):
        return
    wayland, x11 = os.environ.get("WAYLAND_DISPLAY", ""), os.environ.get("DISPLAY", "")
    if not (wayland or x11):
        raise NoDisplay
    if not (wayland and _wayland_answers(wayland)) and not (x11 and _x11_answers(x11)):
        raise DisplayUnreachable(x11 or wayland)


def _wayland_answers(display: str) -> bool:
    path = Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / display  # an absolute one stands for itself
    try:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(os.fspath(path))
    except OSError:
        return False
    return True


def _x11_answers(display: str) -> bool:
    """By the library that Qt will use, so that whether we are let in is asked too; without it Qt has its own to say."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(display.encode(), None)
    refused = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)  # also one that failed
    return not refused


COMMANDS = {"gui": Command(configure, run)}
