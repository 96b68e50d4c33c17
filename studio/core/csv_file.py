"""CSV of time and channels: the one reader, and the writer of recordings that can be read at any time.

One header line; `t_us` (integer, from 0) first, then a column a channel and nothing after. Comma and point, no
exponent. Integer counts from our boards, a board's own decimals otherwise. Rows that were lost are absent.
"""

import contextlib
import csv
import io
import os
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext

TIME = "t_us"
_PIECE_BYTES = 1 << 16

Values = NDArray[np.int64] | NDArray[np.float64]
Number = TypeVar("Number", np.int64, np.float64)


class CsvRows(NamedTuple):
    """t_us: int64 (n,), never falling. values: (n, channels), int64 where the file has whole numbers only."""

    t_us: NDArray[np.int64]
    channels: tuple[str, ...]
    values: Values


def read_csv(path: Path) -> CsvRows:
    """Raises InvalidInput for a file that is not as the module says, naming the line; OSError."""
    names, table = read_table(path)
    if names[0] != TIME:
        raise InvalidInput(str(path), gettext("its first column is not {name}").format(name=TIME))
    t_us = table[:, 0].astype(np.int64)
    if not np.array_equal(t_us, table[:, 0]):
        raise InvalidInput(str(path), gettext("a time in it is no whole number"))
    back = np.flatnonzero(np.diff(t_us) < 0)
    if len(back):
        raise InvalidInput(str(path), gettext("time runs back at line {line}").format(line=int(back[0]) + 3))
    return CsvRows(t_us, names[1:], table[:, 1:])


def read_table(path: Path) -> tuple[tuple[str, ...], Values]:
    """Any CSV with a header line and numbers under it: the header's names, and the values (n, columns).

    Raises InvalidInput, OSError.
    """
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    head, _, body = data.partition(b"\n")
    try:
        names = tuple(name.strip() for name in next(csv.reader([head.decode().rstrip("\r")]), ()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(str(path), gettext("its first line is no text")) from error
    if len(names) < 2 or not all(names) or len(set(names)) != len(names) or any(_is_number(name) for name in names):
        raise InvalidInput(str(path), gettext("its first line is no list of column names"))
    if not body.strip():
        return names, np.zeros((0, len(names)), np.int64)
    whole = not any(mark in body for mark in (b".", b"e", b"E", b"n", b"N"))
    table: Values = np.zeros((0, 0))
    with contextlib.suppress(ValueError):
        table = _loaded(body, np.int64) if whole else _loaded(body, np.float64)
    if table.shape[1] != len(names) or not np.all(np.isfinite(table)):
        raise InvalidInput(str(path), _bad_line(body, len(names)))
    return names, table


def _loaded(body: bytes, dtype: type[Number]) -> NDArray[Number]:
    """Piece by piece: no other thread has its turn while NumPy reads one. Raises ValueError."""
    pieces, start = [], 0
    while start < len(body):
        end = body.find(b"\n", start + _PIECE_BYTES) + 1 or len(body)
        if body[start:end].strip():
            pieces.append(np.loadtxt(io.BytesIO(body[start:end]), dtype, comments=None, delimiter=",", ndmin=2))
        start = end
    return np.concatenate(pieces)


def _bad_line(body: bytes, columns: int) -> str:
    """The first line that is not `columns` finite numbers."""
    for number, line in enumerate(body.split(b"\n"), start=2):
        fields = line.decode(errors="replace").split(",")
        if line.strip() and (len(fields) != columns or not all(_is_number(field) for field in fields)):
            return gettext("line {line} is not {columns} numbers").format(line=number, columns=columns)
    return gettext("a number in it is too large")


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


class CsvWriter:
    """Every append is in the file, row by row whole, when it returns."""

    def __init__(self, path: Path, channels: tuple[str, ...]) -> None:
        """Makes a new file. Raises FileExistsError, OSError."""
        self.rows = 0  # that are in the file, whole
        self._file = path.open("xb", buffering=0)
        self._end = 0  # bytes up to the end of the last whole row
        try:
            self._write(_line((TIME, *channels)))
        except OSError:
            self._file.close()
            raise
        self.rows = 0

    def append(self, t_us: NDArray[np.int64], values: NDArray[np.int16] | Values) -> None:
        """t_us: (n,). values: (n, channels). Raises OSError; `rows` then says how many got there."""
        if np.issubdtype(values.dtype, np.integer):
            lines = np.column_stack([t_us, values.astype(np.int64)]).tolist()
            self._write("".join(",".join(map(str, line)) + "\n" for line in lines).encode())
            return
        for time_us, row in zip(t_us.tolist(), values, strict=True):
            decimals = (np.format_float_positional(value, trim="-") for value in row)
            self._write(_line((str(time_us), *decimals)))

    def sync(self) -> None:
        """Puts what is written on the disk. From any thread."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Cuts a row that is not whole, and closes. Raises OSError."""
        if self._file.closed:
            return
        with self._file:
            self._file.truncate(self._end)
            self.sync()

    def _write(self, lines: bytes) -> None:
        written = 0
        self._file.seek(self._end)  # over what a failed write left of a row
        try:
            while written < len(lines):
                written += self._file.write(memoryview(lines)[written:])
        finally:
            whole = lines.rfind(b"\n", 0, written) + 1
            self._end += whole
            self.rows += lines.count(b"\n", 0, whole)


def _line(fields: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields)
    return text.getvalue().encode()


def repair(path: Path) -> tuple[tuple[str, ...], int]:
    """Cuts a row that is not whole off a recording that was being written. Returns its channels and the count of rows.

    Raises OSError; InvalidInput for a file that CsvWriter did not write.
    """
    with path.open("r+b") as file:
        data = file.read()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            file.truncate(whole)
    rows = read_csv(path)
    return rows.channels, len(rows.t_us)
