"""From a span of a CSV to the rows of counts that a model sees at once.

A movement's window is centred on its energy, as a word's is. What lies beside the segment in the recording is taken as
it is; where the recording ends, or rows are absent, its last row is held: a sensor that rests gives that, and never
zeros, which would be free fall.
"""

import functools
import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.csv_file import read_csv
from studio.core.errors import InvalidInput
from studio.core.samples import to_counts
from studio.core.text import gettext
from studio.features.rows import Rows
from studio.features.windows import Clip, UnreadableRecording

RowCounts = NDArray[np.int16]  # (rows, channels)

_SAME_RATE = 0.01  # clocks of boards are off by less; rows are then taken one for one
_CUT_TO_SIZE = 0.05  # of a window's length, by which a segment differs that was cut to be one
_SMOOTHED_MS = 50
_AS_MUCH = 0.8  # of the most energy of any place, that a place has where the same movement goes on


@dataclass(frozen=True)
class Columns:
    """Columns of a CSV in the model's order, and what one int16 count of each stands for; whole numbers are counts."""

    channels: tuple[str, ...]
    scales: tuple[float, ...]

    def places(self, *names: str) -> list[int] | None:
        """Of these channels, None where one of them is not there."""
        return [self.channels.index(name) for name in names] if set(names) <= set(self.channels) else None


@dataclass(frozen=True, eq=False)
class Stretch:
    """rows: int16 (n, channels) at the model's rate, none absent; the segment is rows start..end of it."""

    rows: RowCounts
    start: int
    end: int


def read_stretch(clip: Clip, columns: Columns, rate_hz: int) -> Stretch:
    """The longest part of a clip without a gap, and what lies beside it. Raises UnreadableRecording."""
    rows = _file_rows(clip.path, columns)
    start, end = clip.start or 0, len(rows) if clip.end is None else min(clip.end, len(rows))
    if start >= end:
        raise UnreadableRecording(str(clip.path), gettext("it ends at row {end:,}").format(end=len(rows)))
    edges = [0, *sorted(at for at, _ in clip.gaps if 0 < at < len(rows)), len(rows)]
    low, high = max(itertools.pairwise(edges), key=lambda part: min(part[1], end) - max(part[0], start))
    start, end = max(start, low) - low, min(end, high) - low
    ratio = clip.rate_hz / rate_hz
    if abs(ratio - 1) <= _SAME_RATE:
        return Stretch(rows[low:high], start, end)
    resampled = _resampled(rows[low:high], ratio)
    last = len(resampled)
    first = min(int(start / ratio), last - 1)
    return Stretch(resampled, first, max(first + 1, min(round(end / ratio), last)))


def centres(stretch: Stretch, spec: Rows) -> NDArray[np.int64]:
    """Rows that a window may be centred on: the movement's middle first, then all where as much of it is seen.

    A segment that was cut to a window's length has one, its middle; so has what is not a movement.
    """
    length, clip = stretch.end - stretch.start, spec.clip_samples
    middle = stretch.start + length // 2
    if spec.sensor != "imu" or abs(length - clip) <= _CUT_TO_SIZE * clip:
        return np.array([middle])
    inside = stretch.rows[stretch.start : stretch.end].astype(np.float64)
    energy = np.sum((inside - np.median(inside, axis=0)) ** 2, axis=1)
    best = stretch.start + _energy_centre(energy, max(1, spec.rate_hz * _SMOOTHED_MS // 1000))
    if length <= clip:
        return np.array([best])
    seen = np.convolve(energy, np.ones(clip), "valid")
    as_good = np.flatnonzero(seen >= _AS_MUCH * seen.max()) + stretch.start + clip // 2
    # A centre that is nearer to an edge than half a window would reach beyond the segment.
    best = int(np.clip(best, stretch.start + clip // 2, stretch.end - (clip - clip // 2)))
    return np.concatenate([[best], as_good])


def cut_rows(stretch: Stretch, centre: int, length: int) -> RowCounts:
    """int16 (length, channels) around a row, the first and the last one held beyond the ends."""
    at = np.arange(centre - length // 2, centre - length // 2 + length)
    return stretch.rows[np.clip(at, 0, len(stretch.rows) - 1)]


@functools.lru_cache(maxsize=32)
def _file_rows(path: Path, columns: Columns) -> RowCounts:
    try:
        found = read_csv(path)
    except OSError as error:
        why = error.strerror or str(error) if path.exists() else gettext("it is not there")
        raise UnreadableRecording(str(path), why) from error
    except InvalidInput as error:
        raise UnreadableRecording(str(path), error.why) from error
    missing = [name for name in columns.channels if name not in found.channels]
    if missing:
        raise UnreadableRecording(str(path), gettext("it has no column {names}").format(names=", ".join(missing)))
    values = found.values[:, [found.channels.index(name) for name in columns.channels]]
    whole = np.issubdtype(values.dtype, np.integer)
    counts, _beyond = to_counts(values, (1.0,) * len(columns.channels) if whole else columns.scales)
    return counts


def _resampled(rows: RowCounts, ratio: float) -> RowCounts:
    """One row in `ratio` of them, between two by a straight line, after a mean over as many as are left out."""
    values = rows.astype(np.float64)
    width = round(ratio)
    if width > 1:
        padded = np.concatenate([values[:1].repeat(width // 2, axis=0), values, values[-1:].repeat(width, axis=0)])
        sums = np.cumsum(np.concatenate([np.zeros_like(values[:1]), padded]), axis=0)
        values = ((sums[width:] - sums[:-width]) / width)[: len(rows)]
    at = np.arange(max(1, round(len(rows) / ratio))) * ratio
    moved = np.stack([np.interp(at, np.arange(len(values)), column) for column in values.T], axis=1)
    counts: RowCounts = np.rint(moved).astype(np.int16)
    return counts


def _energy_centre(energy: NDArray[np.float64], smoothed: int) -> int:
    """The centre of what stands above the quietest fifth; the middle where nothing does."""
    if len(energy) < smoothed:
        return len(energy) // 2
    even = np.convolve(energy, np.ones(smoothed) / smoothed, "same")
    above = np.maximum(even - np.quantile(even, 0.2), 0)
    if above.sum() <= 0:
        return len(energy) // 2
    return int(np.sum(above * np.arange(len(above))) / above.sum() + 0.5)
