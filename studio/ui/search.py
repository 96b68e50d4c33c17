"""What the palette finds in the project: labels and recordings. Runs on the catalogue's thread."""

from functools import partial
from typing import TYPE_CHECKING

from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.ui.palette import Entry, Palette
    from studio.ui.window import MainWindow

MOST = 6


def add_sources(palette: "Palette", window: "MainWindow") -> None:
    """Labels and recordings open on Label, filtered to them."""
    palette.add_source(_("Labels"), lambda text, project: _labels(text, project, window))
    palette.add_source(_("Recordings"), lambda text, project: _recordings(text, project, window))


def _labels(text: str, project: "Project", window: "MainWindow") -> "list[Entry]":
    from studio.ui.palette import Entry

    return [
        Entry(
            label,
            partial(window.show_page, "label", place={"filter": f'label:"{label}"'}),
            "label",
            _("{count:,} segments").format(count=count),
        )
        for label, count in project.catalogue.label_counts().items()
        if label is not None and text.lower() in label.lower()
    ]


def _recordings(text: str, project: "Project", window: "MainWindow") -> "list[Entry]":
    from studio.dataset.selection import parse
    from studio.ui.palette import Entry

    quoted = '"' + text.replace('"', "") + '"'
    return [
        Entry(
            found.path.stem,
            partial(window.show_page, "label", place={"filter": f"id:{found.id}"}),
            "file",
            _("{seconds:.1f} s").format(seconds=found.seconds),
        )
        for found in project.catalogue.recordings(parse(quoted), limit=MOST)
    ]
