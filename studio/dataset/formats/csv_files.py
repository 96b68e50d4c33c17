"""CSV of any tool: wide, with a column of time, or with takes one after another (`--rows-per-sample`, or blank lines
between takes of one length, as sketches print them).

The label of a file is the folder it lies in, or, where it lies in none, its own name: `Revelio.csv` with many takes in
it, `wave.3.csv` or `wave_03.csv` with one. A column of labels inside the file goes before both.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from studio.core.errors import InvalidInput
from studio.core.files import safe_name
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.edits import checked_label
from studio.dataset.formats import word_folders
from studio.dataset.formats.layout import Found, How, Skipped, shown, why_not
from studio.dataset.formats.table import read_table
from studio.dataset.formats.tree import Sort, read_tree
from studio.dataset.values import value_of

NAME = "csv"
_TABLES = Sort((".csv", ".tsv", ".txt"), mark("it is no table (CSV, TSV)"))
_COUNT_AT_END = re.compile(r"[\s._-]+\d+$")
_SEPARATORS = " ._-"
_BLANK = re.compile(rb"\n[ \t,;]*\r?\n")
_LOOKED_AT_BYTES = 1 << 20  # a take is not longer


def recognises(root: Path) -> bool:
    """Whether there is a CSV at `root` or below."""
    return any(isinstance(found, Found) and found.path.suffix != ".txt" for found in read_tree(root, How(), _TABLES))


def read(root: Path, how: How) -> Iterator[Found | Skipped]:
    """As read_tree; a Found for each whole take of a file that has several, what is left over Skipped.

    Raises InvalidInput for a pattern that is none, or less than a row.
    """
    if how.rows_per_sample is not None and how.rows_per_sample < 1:
        raise InvalidInput(f"--rows-per-sample {how.rows_per_sample}", mark("it is less than 1"))
    for item in read_tree(root, how, _TABLES):
        found = item if isinstance(item, Skipped) else _labelled(item, how)
        rows = how.rows_per_sample or (_rows_between_blanks(found.path) if isinstance(found, Found) else None)
        if isinstance(found, Skipped) or rows is None:
            yield found
        else:
            yield from _takes(found, rows)


def name_for(label: str, person: str | None, take: str, suffix: str = ".csv") -> str:
    """`label.take.csv`, where tools that know labels by names find the same again; a number's folder for a value."""
    if value_of(label) is not None:
        return word_folders.name_for(label, person, take, suffix)
    take = take.removeprefix(f"{label}_").removeprefix(f"{label}.") or take
    return f"{safe_name(label)}.{safe_name(take if person is None else f'{person}_{take}')}{suffix}"


def _labelled(found: Found, how: How) -> Found | Skipped:
    if found.label is not None:
        return found
    try:
        return replace(found, label=checked_label(_label_of_name(found, how)))
    except InvalidInput as error:
        return Skipped(shown(found.path), error.why)


def _rows_between_blanks(path: Path) -> int | None:
    """The length of the takes that blank lines set apart, where all have the same."""
    try:
        with path.open("rb") as file:
            if not _BLANK.search(file.read(_LOOKED_AT_BYTES)):
                return None
        table = read_table(path)
    except (InvalidInput, OSError):
        return None  # told when it is brought in
    edges = [0, *table.breaks, table.lines]
    lengths = {end - start for start, end in itertools.pairwise(edges)}
    return lengths.pop() if table.breaks and len(lengths) == 1 else None


def _takes(found: Found, rows: int) -> Iterator[Found | Skipped]:
    try:
        lines = read_table(found.path).lines
    except InvalidInput as error:
        yield Skipped(shown(found.path), error.why)
        return
    except OSError as error:
        yield Skipped(shown(found.path), why_not(error))
        return
    count = lines // rows
    digits = len(str(count))
    for take in range(count):
        yield replace(found, part=f"{take + 1:0{digits}d}", rows=(take * rows, (take + 1) * rows))
    if lines % rows:
        why = _("its last {left:,} lines are no whole take of {rows:,}").format(left=lines % rows, rows=rows)
        yield Skipped(shown(found.path), why)


def _label_of_name(found: Found, how: How) -> str | None:
    """From the file's name without person and group; what only counts takes at its end is no part of it."""
    spans = sorted(span for span in (found.person_span, found.group_span) if span is not None)
    start = found.relative.rfind("/") + 1
    kept, at = "", start
    for low, high in spans:
        if high > at:
            kept += found.relative[at : max(at, low)]
            at = high
    name = (kept + found.relative[at:]).removesuffix(found.path.suffix)
    name = unicodedata.normalize("NFC", name).strip(_SEPARATORS)
    if how.rows_per_sample is None:
        name = _COUNT_AT_END.sub("", name)
        name = name.partition(".")[0]
    return name or None
