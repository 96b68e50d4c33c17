"""Other tools' layouts: a module each, and its row here. `auto` takes the first that recognises the folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from studio.core.errors import InvalidInput, NotFound
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.formats import word_folders
from studio.dataset.formats.layout import AUTO, Found, How, Skipped, Take, shown


class Format(NamedTuple):
    """name_for: where a segment goes in a folder that is written, from its label, its person and its take's name."""

    recognises: Callable[[Path], bool]
    read: Callable[[Path, How], Iterator[Found | Skipped]]
    name_for: Callable[[str, str | None, str], str]


FORMATS: Final[dict[str, Format]] = {
    word_folders.NAME: Format(word_folders.recognises, word_folders.read, word_folders.name_for)
}


def find_format(root: Path, name: str = AUTO) -> str:
    """The key of the format to read `root` with. Raises NotFound where nothing is, InvalidInput for no known layout."""
    if not root.exists():
        raise NotFound(shown(root))
    if name in FORMATS:
        return name
    if name != AUTO:
        known = ", ".join(FORMATS)
        raise InvalidInput(f"--format {name}", _("there are these formats: {known}").format(known=known))
    for key, known_format in FORMATS.items():
        if known_format.recognises(root):
            return key
    raise InvalidInput(
        shown(root),
        mark("there is no recording in it that could be read"),
        mark("Name a folder that has a folder with sound files (WAV, FLAC, OGG) for each word."),
    )


def read_folder(root: Path, how: How) -> list[Take]:
    """The labelled files of a folder, in the order of their paths, without importing anything.

    Raises what find_format raises.
    """
    found = FORMATS[find_format(root, how.format)].read(root, how)
    return [Take(f.path, f.label, f.person, f.group) for f in found if isinstance(f, Found) and f.label is not None]
