"""A CSV of any tool as a table of numbers: whatever its separator, decimal mark and header; broken lines are counted.

Nothing a file holds can raise anything but InvalidInput.
"""

import csv
import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext as _

LARGEST_BYTES = 256_000_000
MOST_COLUMNS = 256
_SEPARATORS = ",;\t"
_LOOKED_AT = 50  # rows, to tell columns of numbers from columns of text
_MOST_BROKEN = 0.5  # of the rows; beyond it is no table


@dataclass(frozen=True, eq=False)
class Table:
    """numbers: float64 (rows, of the columns named in `columns`), whole rows only. places: int64 (rows,), the place of
    each among the lines under the header that are not blank. texts: columns without numbers, by name. lines: how many
    such lines there are; those not among `places` are broken. has_header: whether names are the file's. breaks: places
    before which there are blank lines.
    """

    columns: tuple[str, ...]
    numbers: NDArray[np.float64]
    places: NDArray[np.int64]
    texts: dict[str, list[str]]
    lines: int
    has_header: bool
    breaks: tuple[int, ...] = ()

    @property
    def broken(self) -> int:
        return self.lines - len(self.places)

    def part(self, first: int, end: int) -> "Table":
        """The lines at places first..end, places counted from `first`."""
        low, high = np.searchsorted(self.places, (first, end))
        return Table(
            self.columns,
            self.numbers[low:high],
            self.places[low:high] - first,
            {name: values[low:high] for name, values in self.texts.items()},
            end - first,
            self.has_header,
        )


def read_table(path: Path) -> Table:
    """Raises InvalidInput for what is no table of numbers, or too long; OSError."""
    status = path.stat()
    if status.st_size > LARGEST_BYTES:
        raise InvalidInput(str(path), _("it is too long for a table"))
    return _read(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=2)  # a file of many takes is asked for each
def _read(path: Path, _changed_ns: int, _bytes: int) -> Table:
    content = path.read_bytes()
    if b"\0" in content[:4096]:
        raise InvalidInput(str(path), _("it is no text"))
    lines, breaks = _without_blanks(content.decode("utf-8-sig", "replace").splitlines())
    if not lines:
        raise InvalidInput(str(path), _("it is empty"))
    separator = max(_SEPARATORS, key=lines[0].count)
    try:
        rows = _split(lines, separator)
        first = [field.strip() for field in next(rows)]
        has_header = not any(_number(field) is not None for field in first) or _is_named(first)
        if not has_header:
            rows = itertools.chain([first], rows)
        table = _table(path, first, rows, has_header=has_header)
        places = (at - has_header for at in breaks)
        return replace(table, breaks=tuple(place for place in places if 0 < place < table.lines))
    except csv.Error as error:
        raise InvalidInput(str(path), _("it is no table ({why})").format(why=error)) from error


def _without_blanks(lines: Sequence[str]) -> tuple[list[str], list[int]]:
    """The lines that hold something, and the places among them before which there was a blank one."""
    kept, breaks = list[str](), list[int]()
    for line in lines:
        if line.strip(" \t,;"):
            kept.append(line)
        elif not breaks or breaks[-1] != len(kept):
            breaks.append(len(kept))
    return kept, breaks


def _split(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """Fields of each line. A comma is the decimal mark where something else separates."""
    if separator != "," and not any("." in line for line in lines[1:_LOOKED_AT]):
        head = lines[0] if _number(lines[0].split(separator)[-1]) is None else lines[0].replace(",", ".")
        lines = [head, *(line.replace(",", ".") for line in lines[1:])]
    if any('"' in line for line in lines):
        return csv.reader(lines, delimiter=separator)
    return (line.split(separator) for line in lines)


def _is_named(first: Sequence[str]) -> bool:
    """A header may name a column or two by a number."""
    return sum(bool(re.search(r"[A-Za-z]{2}", field)) for field in first) > len(first) / 2


def _table(path: Path, first: Sequence[str], rows: Iterator[list[str]], *, has_header: bool) -> Table:
    width = len(first)
    if width > MOST_COLUMNS:
        raise InvalidInput(str(path), _("it has more than {most} columns").format(most=MOST_COLUMNS))
    names = _unique(first) if has_header else [f"column{n}" for n in range(1, width + 1)]
    shown = list(itertools.islice(rows, _LOOKED_AT))
    numeric = [column for column in range(width) if _is_numeric(shown, column)]
    if not numeric:
        raise InvalidInput(str(path), _("there are no numbers in it"))
    textual = [column for column in range(width) if column not in numeric and names[column]]
    numbers, places, texts = list[list[float]](), list[int](), list[list[str]]()
    lines = 0
    for row in itertools.chain(shown, rows):
        values = _whole(row, width, numeric)
        if values is not None:
            numbers.append(values)
            places.append(lines)
            texts.append([row[column].strip() for column in textual])
        lines += 1
    if len(numbers) <= lines * (1 - _MOST_BROKEN):
        raise InvalidInput(
            str(path),
            _("of its {lines:,} lines {broken:,} are not {width} fields as the others").format(
                lines=lines, broken=lines - len(numbers), width=width
            ),
        )
    return Table(
        tuple(names[column] for column in numeric),
        np.array(numbers, np.float64).reshape(len(numbers), len(numeric)),
        np.array(places, np.int64),
        {names[column]: [row[place] for row in texts] for place, column in enumerate(textual)},
        lines,
        has_header,
    )


def _whole(row: Sequence[str], width: int, numeric: Sequence[int]) -> list[float] | None:
    """The row's numbers, None for a broken row. A separator too many at the end does no harm."""
    if len(row) < width or any(field.strip() for field in row[width:]):
        return None
    values = [_number(row[column]) for column in numeric]
    whole = [value for value in values if value is not None]
    return whole if len(whole) == len(values) else None


def _is_numeric(rows: Sequence[Sequence[str]], column: int) -> bool:
    fields = [row[column].strip() for row in rows if column < len(row)]
    return sum(_number(field) is not None for field in fields) > len(fields) / 2


def _number(field: str) -> float | None:
    if "_" in field:  # which Python takes and no other tool
        return None
    try:
        value = float(field)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None  # infinite and undefined ones too: the comparison fails


def _unique(names: Sequence[str]) -> list[str]:
    taken, unique = set[str](), list[str]()
    for name in names:
        free, count = name, 1
        while free in taken:
            count += 1
            free = f"{name}{count}"
        taken.add(free)
        unique.append(free)
    return unique
