"""Rows of counts as CSV, with the time of each by the recording's rate; lost ones are absent."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.csv_file import CsvWriter
from studio.core.samples import Printed

TIME_BYTES, VALUE_BYTES = 12, 7  # of a row in the file, at most for a day of 119 Hz


class RowWriter:
    """As WavWriter, whose gaps are zeros: here a gap is time without rows."""

    def __init__(self, path: Path, channels: tuple[str, ...], rate_hz: float) -> None:
        """Makes a new file. Raises FileExistsError, OSError."""
        self._rate_hz = rate_hz
        self._absent = 0
        self._zero_us: int | None = None  # of a board's own time
        self._csv = CsvWriter(path, channels)

    @property
    def samples(self) -> int:
        """Rows that are in the file, whole."""
        return self._csv.rows

    @property
    def instants(self) -> int:
        """Those, and what is absent before and between them."""
        return self._csv.rows + self._absent

    def append(self, samples: NDArray[np.int16]) -> None:
        """samples: (n, channels). Raises OSError; `samples` then says how many rows got there."""
        instants = np.arange(self.instants, self.instants + len(samples), dtype=np.int64)
        self._csv.append(times_us(instants, self._rate_hz), samples)

    def append_printed(self, rows: Printed) -> None:
        """Raises as `append` does. Times begin at 0 with this file's first row, lost ones counted."""
        if rows.t_us is None:
            instants = np.arange(self.instants, self.instants + len(rows.values), dtype=np.int64)
            t_us = times_us(instants, self._rate_hz)
        else:
            if self._zero_us is None and len(rows.t_us):
                self._zero_us = int(rows.t_us[0] - times_us(np.array([self.instants]), self._rate_hz)[0])
            t_us = rows.t_us - (self._zero_us or 0)
        self._csv.append(t_us, rows.values)

    def append_gap(self, count: int) -> None:
        self._absent += count

    def sync(self) -> None:
        """Puts what is written on the disk. From any thread."""
        self._csv.sync()

    def close(self) -> None:
        """Cuts a row that is not whole, and closes. Raises OSError."""
        self._csv.close()


def times_us(instants: NDArray[np.int64], rate_hz: float) -> NDArray[np.int64]:
    """When each is, from 0, in whole microseconds."""
    if rate_hz == int(rate_hz):
        return np.asarray(instants * 1_000_000 // int(rate_hz), np.int64)
    return np.asarray(instants * (1e6 / rate_hz), np.int64)
