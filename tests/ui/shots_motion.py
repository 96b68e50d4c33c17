"""Shots of Collect and Label with movement, pictures and slow readings, of the starter data."""

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.dataset.formats.layout import How
    from studio.dataset.script import Script
    from studio.ui.window import MainWindow

NAME = "Nano 33 BLE Sense (virtual)"
_held: list[Any] = []


def gestures(folder: Path) -> None:
    from studio_datasets.gesture_starter.make import make

    from studio.dataset.formats.layout import How

    starter = make(quick=True)
    _import(folder, "gesture", "Wand spells", starter.takes_folder, How(person_from=r"([A-Z]\d+)_nohash"))


def pictures(folder: Path) -> None:
    from studio_datasets.image_starter.make import make

    from studio.dataset.formats.layout import How

    starter = make(quick=True)
    _import(folder, "image", "Who is at the door", starter.takes_folder, How(group_from=starter.group_from))


def readings(folder: Path) -> None:
    from studio_datasets.regression_starter.make import make

    from studio.dataset.formats.layout import How

    starter = make(quick=True)
    _import(folder, "regression", "Dew point", starter.takes_folder, How(group_from=starter.group_from))


def _import(folder: Path, template: str, name: str, takes: Path, how: "How") -> None:
    from studio.dataset.importing import import_folder
    from studio.dataset.project import create_project

    with create_project(folder, template, name=name) as project:
        import_folder(project, takes, how)
        if template == "regression":
            project.change_settings(unit="C")


def begun(template: str, name: str, script: "Callable[[], Script]", folder: Path) -> None:
    from studio.dataset.project import create_project
    from studio.dataset.script import keep_script

    with create_project(folder, template, name=name) as project:
        keep_script(project.catalogue, script())


def _gesture_script() -> "Script":
    from studio.dataset.script import Script, ScriptClass

    words = ("circle", "push", "zigzag")
    return Script(
        (*(ScriptClass(each, 25, 1.5) for each in words), ScriptClass("_background_", 20, 6.0)), ("P01", "P02")
    )


def _image_script() -> "Script":
    from studio.dataset.script import Script, ScriptClass

    return Script((ScriptClass("person", 150), ScriptClass("nobody", 150)), ("P01",))


def _value_script() -> "Script":
    from studio.dataset.script import Script, ScriptClass

    return Script(tuple(ScriptClass(value, 3, 10.0) for value in ("5", "10", "15")))


def collect(plays: Callable[[], Path], takes: int, window: "MainWindow") -> Callable[[], bool]:
    """So many takes, and then one in its middle."""
    window.session.choose_board(f"virtual:nano33ble?play={plays()}", NAME)
    window.show_page("collect")
    page: Any = window.page("collect")

    def ready() -> bool:
        taken = page.listening.recording
        if page.stage.view.stream.end < 3 or not page.script.class_rows:
            return False
        made = len(page._takes)
        if taken is not None and not taken.ended:
            return made >= takes and page.taking.plan.share(taken) > 0.3
        if taken is None or made > 0:
            if made < takes and page.chosen.sensor.by_count:
                window.commands.run("collect.shot")
            else:
                page.chosen.choose(page.chosen.script.classes[made % 2].label)
                window.commands.run("collect.record")
        return False

    return ready


def _gesture_stream() -> Path:
    from studio_datasets.gesture_starter.make import make

    plays: Path = make(quick=True).stream_csv
    return plays


def _picture_stream() -> Path:
    from studio_datasets.image_starter.make import make

    scratch = tempfile.TemporaryDirectory()
    _held.append(scratch)
    starter = make(quick=True)
    for number, path in enumerate(sorted((starter.takes_folder / "person").glob("*.png"))[:12]):
        shutil.copy(path, Path(scratch.name) / f"{number:02}.png")
    return Path(scratch.name)


def _room() -> Path:
    from studio_datasets.regression_starter.make import make

    plays: Path = make(quick=True).stream_csv
    return plays


def waiting(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("collect")
    page: Any = window.page("collect")
    return lambda: bool(page.script.class_rows) and page.script.isVisible()


def label(place: dict[str, Any], window: "MainWindow") -> Callable[[], bool]:
    window.show_page("label", place=place)
    page: Any = window.page("label")

    def ready() -> bool:
        thumbnails = page._list.currentIndex() == 0 or len(page._list.grid._pictures) > 3
        if page._editor.rows and page._editor.has_time and page._editor.plots.axis.playhead_s is None:
            page._editor.plots.axis.set_playhead(page._editor.plots.axis.length_s * 0.4)
        return bool(page._editor.rows) and thumbnails

    return ready


SHOTS = [
    Shot("collect-gesture", partial(collect, _gesture_stream, 3),
         partial(begun, "gesture", "Wand spells", _gesture_script)),
    Shot("collect-gesture-empty", waiting, partial(begun, "gesture", "Wand spells", _gesture_script)),
    Shot("collect-image", partial(collect, _picture_stream, 4),
         partial(begun, "image", "Who is at the door", _image_script)),
    Shot("collect-image-empty", waiting, partial(begun, "image", "Who is at the door", _image_script)),
    Shot("collect-value", partial(collect, _room, 0), partial(begun, "regression", "Dew point", _value_script)),
    Shot("label-gesture", partial(label, {"filter": "label:circle"}), gestures),
    Shot("label-gesture-pictures", partial(label, {"view": 1}), gestures),
    Shot("label-image", partial(label, {"filter": "label:person"}), pictures),
    Shot("label-image-pictures", partial(label, {"view": 1}), pictures),
    Shot("label-value", partial(label, {}), readings),
]  # fmt: skip
