"""Other tools' layouts: a module each, and its row here. `auto` takes the first that recognises the folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from studio.core.errors import InvalidInput, NotFound
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.formats import csv_files, picture_folders, word_folders, yolo
from studio.dataset.formats.layout import AUTO, Found, How, Skipped, shown
from studio.dataset.templates import GESTURE, IMAGE, KEYWORD, REGRESSION


class Format(NamedTuple):
    """templates: of the projects that it is for. name_for: where a segment goes in a folder that is written, from its
    label, its person, its take's name and its file's suffix; None: it is only read.
    """

    templates: tuple[str, ...]
    recognises: Callable[[Path], bool]
    read: Callable[[Path, How], Iterator[Found | Skipped]]
    name_for: Callable[[str, str | None, str, str], str] | None


FORMATS: Final[dict[str, Format]] = {
    word_folders.NAME: Format((KEYWORD,), word_folders.recognises, word_folders.read, word_folders.name_for),
    csv_files.NAME: Format((GESTURE, REGRESSION), csv_files.recognises, csv_files.read, csv_files.name_for),
    yolo.NAME: Format((IMAGE,), yolo.recognises, yolo.read, None),
    picture_folders.NAME: Format((IMAGE,), picture_folders.recognises, picture_folders.read, word_folders.name_for),
}
_LOOK_FOR = {
    KEYWORD: mark("Name a folder that has a folder with sound files (WAV, FLAC, OGG) for each word."),
    GESTURE: mark("Name a folder with CSV files, one or a folder of them for each gesture."),
    IMAGE: mark("Name a folder that has a folder with pictures (PNG, JPEG, BMP) for each class."),
    REGRESSION: mark("Name a folder with CSV files that have a column `value`, or lie in folders named by it."),
}


def formats_of(template: str) -> dict[str, Format]:
    """Those that a project of this template reads."""
    return {name: known for name, known in FORMATS.items() if template in known.templates}


def written_by(template: str) -> list[str]:
    """Those that such a project can be exported as, the usual one first."""
    return [name for name, known in formats_of(template).items() if known.name_for is not None]


def find_format(root: Path, name: str = AUTO, template: str = KEYWORD) -> str:
    """The key of the format to read `root` with. Raises NotFound where nothing is, InvalidInput for no known layout, or
    one that is for other projects.
    """
    if not root.exists():
        raise NotFound(shown(root))
    known = formats_of(template)
    if name in known:
        return name
    if name in FORMATS:
        other = " or ".join(FORMATS[name].templates)
        raise InvalidInput(f"--format {name}", _("it is for a project of template {other}").format(other=other))
    if name != AUTO:
        names = ", ".join(known)
        raise InvalidInput(f"--format {name}", _("there are these formats: {known}").format(known=names))
    for key, known_format in known.items():
        if known_format.recognises(root):
            return key
    raise InvalidInput(shown(root), mark("there is no recording in it that could be read"), _LOOK_FOR[template])
