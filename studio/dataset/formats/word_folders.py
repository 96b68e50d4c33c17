"""A folder a word: `word/person_nohash_take.wav`, as Speech Commands has it; deeper trees and other names too."""

from collections.abc import Iterator
from pathlib import Path

from studio.core.files import safe_name
from studio.core.text import mark
from studio.dataset.formats.layout import Found, How, Skipped
from studio.dataset.formats.tree import Sort, read_tree

NAME = "word-folders"
SUFFIXES = (".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff")
_SOUND = Sort(SUFFIXES, mark("it is no sound file"))


def recognises(root: Path) -> bool:
    """Whether there is a file of sound at `root` or below."""
    return any(isinstance(found, Found) for found in read(root, How()))


def read(root: Path, how: How) -> Iterator[Found | Skipped]:
    """As read_tree."""
    return read_tree(root, how, _SOUND)


def name_for(label: str, person: str | None, take: str, suffix: str = ".wav") -> str:
    """Where `read` finds the same label and person again."""
    if person is None:
        return f"{safe_name(label)}/{safe_name(take.replace('_nohash_', '_'))}{suffix}"
    take = take.removeprefix(f"{label}_").removeprefix(f"{person}_").removeprefix("nohash_")
    return f"{safe_name(label)}/{person}_nohash_{safe_name(take.replace('_nohash_', '_'))}{suffix}"
