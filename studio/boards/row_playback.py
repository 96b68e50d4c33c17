"""What a virtual board's IMU and slow sensors feel: CSV files as rows of int16 counts at the sensor's rate."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.csv_file import TIME, Values, read_table
from studio.core.errors import InvalidInput
from studio.core.samples import COLOUR, ENVIRONMENT, IMU, SensorKind, to_counts
from studio.core.text import gettext

# What a sensor says where nothing happens, in counts: a board that lies flat, a room, the dark.
AT_REST: dict[str, tuple[int, ...]] = {
    IMU.name: (0, 0, 8192, 0, 0, 0),
    ENVIRONMENT.name: (2100, 4500, 10130),
    COLOUR.name: (0, 0, 0, 0),
}
SAME_RATE = 0.01  # by so much of it a file's rate may differ from the sensor's and still be played row by row


def read_rows(path: Path, kind: SensorKind, rate_hz: int) -> NDArray[np.int16]:
    """(n, channels) counts: row by row where the file has no time, or its rate is the sensor's; else resampled.

    Whole numbers are counts, decimals are of the kind's units. Raises InvalidInput for a file that is no CSV with the
    kind's columns, by name or by number; OSError.
    """
    names, table = read_table(path)
    values = table[:, columns(path, names, kind)]
    rate = rate_of(names, table)
    if rate is not None and abs(rate - rate_hz) > SAME_RATE * rate_hz:
        import soxr

        values = np.asarray(soxr.resample(values.astype(np.float64), rate, rate_hz, quality="VHQ"))
        if np.issubdtype(table.dtype, np.integer):
            values = np.round(values).astype(np.int64)
    return to_kind(values, kind)


def to_kind(values: Values, kind: SensorKind) -> NDArray[np.int16]:
    """(n, channels) counts: whole numbers are some, decimals are of the kind's units; what lies beyond is clipped."""
    whole = np.issubdtype(values.dtype, np.integer)
    counts, _clipped = to_counts(values, (1.0,) * len(kind.channels) if whole else kind.scales)
    return counts


def columns(path: Path, names: tuple[str, ...], kind: SensorKind) -> list[int]:
    """Where the kind's channels stand: by their names in any case, or, where there are as many, in their order."""
    found = [name.lower() for name in names]
    if all(channel in found for channel in kind.channels):
        return [found.index(channel) for channel in kind.channels]
    first = int(names[0] == TIME)
    if len(names) - first == len(kind.channels):
        return list(range(first, len(names)))
    wanted = ", ".join(kind.channels)
    raise InvalidInput(str(path), gettext("it has no columns {wanted}").format(wanted=wanted))


def rate_of(names: tuple[str, ...], table: Values) -> float | None:
    """In Hz, by the median step between rows, and whole where it is but for the rounding of times; None where the table
    has no time, or no two rows apart.
    """
    if names[0] != TIME:
        return None
    steps_us = np.diff(table[:, 0])
    steps_us = steps_us[steps_us > 0]
    if not len(steps_us):
        return None
    step_us = float(np.median(steps_us))
    whole = round(1e6 / step_us)
    return float(whole) if whole and abs(1e6 / whole - step_us) < 1 else 1e6 / step_us
