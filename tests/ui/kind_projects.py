"""Projects of the other templates for shots, of their starter data, made once for all looks."""

import atexit
import functools
import importlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = {"gesture": "Wand", "image": "Doorway", "regression": "Dew point"}
GROUPS = {"image": r"/([A-Z]\d+)_"}


def of(template: str) -> Callable[[Path], None]:
    """Makes such a project in a folder."""

    def make(folder: Path) -> None:
        shutil.copytree(_made(template), folder, dirs_exist_ok=True)

    return make


def trained(template: str) -> Callable[[Path], None]:
    """Makes such a project with a run that was trained quickly."""

    def make(folder: Path) -> None:
        shutil.copytree(_trained(template), folder, dirs_exist_ok=True)

    return make


def starter(template: str) -> Any:
    made = importlib.import_module(f"studio_datasets.{template}_starter.make")
    return made.make(quick=True)


@functools.cache
def _made(template: str) -> Path:
    from studio.dataset.formats.layout import How
    from studio.dataset.importing import import_folder
    from studio.dataset.project import create_project

    folder = Path(tempfile.mkdtemp(prefix="tinyml-studio-shots-")) / NAMES[template]
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    with create_project(folder, template) as project:
        import_folder(project, starter(template).takes_folder, How(group_from=GROUPS.get(template)))
        if template == "regression":
            project.change_settings(unit="°C")
    return folder


@functools.cache
def _trained(template: str) -> Path:
    from studio.dataset.project import open_project
    from studio.training.trainer import train

    folder = Path(tempfile.mkdtemp(prefix="tinyml-studio-shots-")) / NAMES[template]
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    of(template)(folder)
    with open_project(folder, write=True) as project:
        people = sorted(project.catalogue.people())
        train(project, quick=True, hold_out=people[-2:])
    return folder
