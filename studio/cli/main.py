"""`tinyml-studio COMMAND`: finds the command's module, runs it, and turns errors into a sentence and an exit code."""

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from typing import Any

from studio import __version__
from studio.cli.output import Command, Output
from studio.core.errors import StudioError
from studio.core.log import start_logging
from studio.core.text import gettext as _
from studio.core.text import mark

# Only the module of the command that is asked for is imported: `boards` and `record` stay light.
COMMANDS: dict[str, tuple[str, str]] = {
    "gui": ("gui", mark("open the window; also what happens without a command")),
    "demo": ("demo", mark("the whole job on a virtual board, with starter data")),
    "new": ("project", mark("make a project folder")),
    "record": ("capture", mark("record from a microphone, a file or a board")),
    "pair": ("pair", mark("two microphones that heard one sound, one against the other")),
    "import": ("catalogue", mark("bring recordings in")),
    "export": ("catalogue", mark("write recordings out for other tools")),
    "list": ("catalogue", mark("list recordings")),
    "label": ("catalogue", mark("label recordings")),
    "split": ("catalogue", mark("show or pin who trains and who tests")),
    "people": ("people", mark("who is recorded, what they agreed to, and taking one out")),
    "script": ("people", mark("what is to be recorded, and how much of it is")),
    "undo": ("catalogue", mark("take the last edit back")),
    "check": ("catalogue", mark("look at the data's quality; recover what was left unfinished")),
    "features": ("training", mark("compute features of all labelled windows")),
    "augment": ("training", mark("write augmentation previews as files")),
    "train": ("training", mark("train a model and convert it to int8")),
    "evaluate": ("training", mark("score a model on labelled data")),
    "rehearse": ("rehearsal", mark("continuous listening against known times")),
    "build": ("deploy", mark("make the model image for a board, with its size and cost")),
    "boards": ("boards", mark("list the boards in reach")),
    "deploy": ("deploy", mark("put a model on a board and test it there")),
    "live": ("live", mark("the board's scores beside the host's reference, window by window")),
    "inspect": ("model", mark("what is in a model")),
    "infer": ("model", mark("run a model on rows of a NumPy file")),
    "compare": ("model", mark("our engine against TensorFlow Lite Micro, operator by operator")),
    "doctor": ("doctor", mark("what this machine lacks, and how to get it")),
}
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 on success, 1 on a StudioError, 2 on wrong usage, 130 on Ctrl+C."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["gui"]
    output = Output(as_json=False)
    try:
        parsed = _parser(given).parse_args(given)
        output.as_json = parsed.json
        start_logging()
        parsed.carry_out(parsed, output)
    except StudioError as error:
        logging.getLogger(__name__).info("%s failed: %r", given[0], error, exc_info=True)
        output.warn(f"{error} {error.advice()}")
        return 1
    except KeyboardInterrupt:
        output.warn(_("Stopped. What was finished is kept; the rest is as it was before."))
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return 0


class _CommandParser(argparse.ArgumentParser):
    """Options may stand between positional arguments, `label kitchen --filter F noise`: until Python 3.13 argparse
    takes an optional one for left out there.
    """

    _between = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._between:  # called by the one below
            return super().parse_known_args(args, namespace)
        self._between = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._between = False


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tinyml-studio", description=_("Collect, train and prove tiny models."))
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_CommandParser)
    for name, (module, summary) in COMMANDS.items():
        command_parser = commands.add_parser(name, help=_(summary), description=_(summary))
        command_parser.add_argument("--json", action="store_true", help=_("one JSON object a line on standard output"))
        if name in given:
            found: dict[str, Command] = importlib.import_module(f"studio.cli.{module}").COMMANDS
            found[name].configure(command_parser)
            command_parser.set_defaults(carry_out=found[name].run)
    return parser
