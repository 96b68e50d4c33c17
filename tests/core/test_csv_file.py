import csv
import os
import resource
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.core.csv_file import CsvWriter, read_csv, read_table, repair
from studio.core.errors import InvalidInput

COUNTS = arrays(np.int16, st.tuples(st.integers(0, 40), st.just(3)))
DECIMALS = arrays(np.float64, st.tuples(st.integers(1, 20), st.just(2)), elements=st.floats(-1e9, 1e9))


def write(path: Path, channels: tuple[str, ...], *blocks: tuple[np.ndarray, np.ndarray]) -> None:
    path.unlink(missing_ok=True)
    writer = CsvWriter(path, channels)
    for t_us, values in blocks:
        writer.append(t_us, values)
    writer.close()


@settings(deadline=None)  # files, on a machine that may be busy
@given(first=COUNTS, second=COUNTS, step=st.integers(0, 10_000_000))
def test_counts_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, first: np.ndarray, second: np.ndarray, step: int
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    t_us = np.arange(len(first) + len(second), dtype=np.int64) * step
    write(path, ("ax", "ay", "az"), (t_us[: len(first)], first), (t_us[len(first) :], second))
    back = read_csv(path)
    assert back.channels == ("ax", "ay", "az")
    assert np.array_equal(back.t_us, t_us)
    assert np.array_equal(back.values, np.concatenate([first, second]))
    assert back.values.dtype == np.int64


@settings(deadline=None)  # files, on a machine that may be busy
@given(values=DECIMALS)
def test_decimals_come_back_to_the_last_bit_and_have_no_exponent(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write(path, ("a", "b"), (np.arange(len(values), dtype=np.int64), values))
    assert np.array_equal(read_csv(path).values, values)
    assert "e" not in path.read_text()


def test_another_reader_sees_the_same_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write(path, ("ax", 'odd, "name"'), (np.array([0, 8403], np.int64), np.array([[1, -2], [3, -32768]], np.int16)))
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["t_us", "ax", 'odd, "name"'],
            ["0", "1", "-2"],
            ["8403", "3", "-32768"],
        ]
    assert read_csv(path).channels == ("ax", 'odd, "name"')


@settings(deadline=None)  # files, on a machine that may be busy
@given(cut=st.integers(0, 200))
def test_a_row_cut_short_by_a_kill_is_cut_off_and_no_other(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    values = np.arange(60, dtype=np.int16).reshape(20, 3) * 100
    t_us = np.arange(20, dtype=np.int64) * 8403
    write(path, ("ax", "ay", "az"), (t_us, values))
    whole = path.read_bytes()
    os.truncate(path, len(whole) - cut)
    left = whole[: len(whole) - cut].count(b"\n") - 1
    assert repair(path) == (("ax", "ay", "az"), left)
    assert np.array_equal(read_csv(path).values, values[:left])


def test_a_table_without_time_is_read_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfaX, aY\r\n0.5,-1\r\n2,3e-1\r\n")
    names, values = read_table(path)
    assert names == ("aX", "aY")
    assert values.tolist() == [[0.5, -1.0], [2.0, 0.3]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no list of column names"),
        (b"0,1\n2,3\n", "no list of column names"),
        (b"\xff\xfe,b\n", "no text"),
        (b"ax,ay\n1,2\n", "first column is not t_us"),
        (b"t_us,ax\n0,1\n1,2,3\n", "line 3 is not 2 numbers"),
        (b"t_us,ax\n0,1\n\n1,hello\n", "line 4 is not 2 numbers"),
        (b"t_us,ax\n0,1\n1,nan\n", "line 3 is not 2 numbers"),
        (b"t_us,ax\n0,1\n1,99999999999999999999\n", "too large"),
        (b"t_us,ax\n5,1\n4,2\n", "back at line 3"),
        (b"t_us,ax\n0.5,1\n", "no whole number"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=why):
        read_csv(path)


def test_a_failed_write_leaves_whole_rows_and_says_how_many(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    writer = CsvWriter(path, ("ax",))
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    t_us = np.arange(100, dtype=np.int64)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            writer.append(t_us, np.zeros((100, 1), np.int16))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    held = writer.rows
    assert 0 < held < 100
    writer.append(t_us[held:], np.zeros((100 - held, 1), np.int16))
    writer.close()
    assert np.array_equal(read_csv(path).t_us, t_us)
