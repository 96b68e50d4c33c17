"""What every import format speaks of: how a folder is read, what was found in it, and what was left out and why."""

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple, Self

from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.core.text import mark

AUTO = "auto"


@dataclass(frozen=True)
class How:
    """How a folder is read. format: a key of FORMATS, or AUTO.

    person_from, group_from: regular expressions for a file's path below the folder, with /; their first group, or all
    of the match, is the person or the group. None: as the format has it.
    rows_per_sample: rows of a CSV that are one take, the next ones the next take. rate_hz: of a CSV without times.
    label_column: of a CSV, its name; None: one that is called label, class, value or the like.
    """

    format: str = AUTO
    person_from: str | None = None
    group_from: str | None = None
    rows_per_sample: int | None = None
    rate_hz: float | None = None
    label_column: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Keys of a newer version are left out."""
        known = {f.name for f in fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in known})


@dataclass(frozen=True)
class Found:
    """A file, or a part of one, that holds one recording. relative: its path below the folder, with /.

    person: as the folder names them. person_span, group_span: where in `relative` they stand. part: what tells this
    part from the others, "" for a whole file. rows: (first, end) of a CSV's lines under its header, broken ones
    counted. crop: (x, y, width, height) in pixels of a picture.
    """

    path: Path
    relative: str
    label: str | None
    person: str | None = None
    person_span: tuple[int, int] | None = None
    group: str | None = None
    group_span: tuple[int, int] | None = None
    part: str = ""
    rows: tuple[int, int] | None = None
    crop: tuple[int, int, int, int] | None = None


class Skipped(NamedTuple):
    """What was left out, or of what was taken some: absolute path, and why."""

    path: str
    why: str


class Pattern:
    """A regular expression that a user gave, for paths below the folder."""

    def __init__(self, option: str, text: str) -> None:
        """Raises InvalidInput, naming the option, for what is no regular expression."""
        try:
            self._expression = re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise InvalidInput(
                f"{option} {text}", _("it is no regular expression ({why})").format(why=error)
            ) from error
        self._group = min(1, self._expression.groups)

    def find(self, relative: str) -> tuple[str, tuple[int, int]] | None:
        """What it stands for in this path, and where; None if it is not there, or empty."""
        match = self._expression.search(relative)
        if match is None or not (match[self._group] or "").strip(" /"):
            return None
        return match[self._group], match.span(self._group)


def shown(path: Path) -> str:
    """An absolute path as text that can be printed, whatever bytes its name has."""
    return readable(os.path.abspath(path))  # noqa: PTH100  links stay as named


def readable(text: str) -> str:
    """Text of a file's name without what stands for bytes that are no UTF-8."""
    return os.fsencode(text).decode("utf-8", "replace")


def why_not(error: OSError) -> str:
    """The system's reason in lower case, to complete a sentence."""
    reason = error.strerror or mark("it cannot be read")
    with contextlib.suppress(IndexError):
        reason = reason[0].lower() + reason[1:]
    return reason
