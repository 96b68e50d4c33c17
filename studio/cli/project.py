"""`new` makes a project; `open_for_command` opens one for every command that works on it."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path

from studio.cli.output import Command, Output
from studio.core.text import gettext as _
from studio.dataset.project import Project, create_project, open_project, unfinished_recordings
from studio.dataset.templates import KEYWORD, TEMPLATES


def configure_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help=_("the project's folder, new or empty"))
    parser.add_argument("--template", choices=list(TEMPLATES), default=KEYWORD, help=_("what it is for"))
    parser.add_argument("--unit", default="", help=_("of the value that a regression predicts"))


def run_new(args: argparse.Namespace, output: Output) -> None:
    with create_project(args.folder, args.template) as project:
        if args.unit:
            project.change_settings(unit=args.unit)
        output.result(
            {"project": str(project.folder), "template": project.settings.template},
            _("The project is in {folder}. Bring recordings in with `import`, or make some with `record`.").format(
                folder=project.folder
            ),
        )


@contextlib.contextmanager
def open_for_command(folder: Path, output: Output, *, write: bool, repair: bool = False) -> Iterator[Project]:
    """The open project, closed at the end; what its user should know is said on standard error first.

    With `repair` (for `check`) a lost or damaged catalogue is replaced, and unfinished recordings are not named: it
    recovers them. Raises what open_project raises.
    """
    with open_project(folder, write=write, repair=repair) as project:
        for notice in project.notices:
            output.warn(notice)
        if not repair:
            _name_unfinished(project, output)
        yield project


def _name_unfinished(project: Project, output: Output) -> None:
    for found in unfinished_recordings(project.folder):
        output.warn(
            _("{path} was left unfinished. Run `tinyml-studio check {project}`: it recovers it.").format(
                path=found.path, project=project.folder
            )
        )


COMMANDS = {"new": Command(configure_new, run_new)}
