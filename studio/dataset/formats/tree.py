"""Files in a tree of folders: walked without following links, and what their paths say of label, person and group.

The label of a file is the innermost folder that is not its person or its group: `train/yes/1.wav`, `yes/ann/1.wav` with
`--person-from '/([^/]+)/[^/]+$'` and `ann/yes/1.wav` with `--person-from '^([^/]+)/'` are all `yes`.
"""

import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.dataset.edits import checked_label
from studio.dataset.formats.layout import Found, How, Pattern, Skipped, readable, shown, why_not

PERSON_FROM = r"([^/]+)_nohash_[^/]*$"
BACKGROUND = "_background_"
_BACKGROUND_FOLDERS = ("_background_noise_", "_silence_", BACKGROUND)
Span = tuple[int, int]


@dataclass(frozen=True)
class Sort:
    """Files that a format takes. suffixes: in lower case. says: what is told of others, to complete a sentence."""

    suffixes: Sequence[str]
    says: str  # marked for translation


def read_tree(root: Path, how: How, sort: Sort) -> Iterator[Found | Skipped]:
    """All files at `root` or below, in the order of their paths.

    Links below it are not followed: by them a folder from elsewhere could bring in what its receiver keeps.

    root: a folder, or one file, which then has no label. Raises InvalidInput for a pattern that is none.
    """
    person = Pattern("--person-from", how.person_from or PERSON_FROM)
    group = Pattern("--group-from", how.group_from) if how.group_from else None
    base = root if root.is_dir() else root.parent
    for path in files_in(root):
        if isinstance(path, Skipped):
            yield path
            continue
        reason = unusable(path, sort)
        if reason is not None:
            yield Skipped(shown(path), reason)
            continue
        relative = path.relative_to(base).as_posix()
        named, grouped = person.find(relative), group.find(relative) if group else None
        try:
            label = checked_label(label_of(relative, [found[1] for found in (named, grouped) if found is not None]))
        except InvalidInput as error:
            yield Skipped(shown(path), error.why)
            continue
        yield Found(
            path=path,
            relative=relative,
            label=label,
            person=readable(named[0]) if named else None,
            person_span=named[1] if named else None,
            group=readable(grouped[0]) if grouped else None,
            group_span=grouped[1] if grouped else None,
        )


def files_in(root: Path) -> Iterator[Path | Skipped]:
    """Depth first, by name. What is hidden, and links, are told and not entered."""
    if not root.is_dir():
        yield root
        return
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError as error:
        yield Skipped(shown(root), why_not(error))
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name == "__MACOSX":
            yield Skipped(shown(path), _("it is hidden"))
        elif entry.is_symlink():
            yield Skipped(shown(path), _("it is a link"))
        elif entry.is_dir():
            yield from files_in(path)
        else:
            yield path


def unusable(path: Path, sort: Sort) -> str | None:
    """Why this cannot be a recording, as far as its name and kind tell."""
    if path.suffix.lower() not in sort.suffixes:
        return _(sort.says)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return why_not(error)
    return None if stat.S_ISREG(mode) else _("it is not a plain file")  # opening a pipe would wait for ever


def label_of(relative: str, taken: Sequence[Span]) -> str | None:
    """The innermost folder of which nothing is taken."""
    end = relative.rfind("/")
    while end > 0:
        start = relative.rfind("/", 0, end) + 1
        if not any(low < end and high > start for low, high in taken):
            folder = unicodedata.normalize("NFC", relative[start:end])
            return BACKGROUND if folder in _BACKGROUND_FOLDERS else folder
        end = start - 1
    return None
