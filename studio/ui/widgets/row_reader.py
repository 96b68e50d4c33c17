"""Rows of a recording for a view: all channels, in their units. An hour of movement is some megabytes, and is held."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.csv_file import read_csv
from studio.core.errors import StudioError
from studio.core.samples import KINDS
from studio.dataset.recordings import Sidecar, read_sidecar, sidecar_path
from studio.ui.widgets.pyramid import Columns, Pyramid
from studio.ui.widgets.sample_reader import ArraySamples

_FULL = 32_000  # counts that a channel's farthest value is shown by
_PIECE = 4_000  # rows: another thread has its turn after so many
_OVERVIEW_SAMPLES = 8_000  # more than an overview has columns


@dataclass(frozen=True, eq=False)
class Rows:
    """values: float32 (n, channels) in units; row i is at i / rate_hz, whatever was lost before it."""

    values: NDArray[np.float32]
    channels: tuple[str, ...]
    units: tuple[str, ...]
    rate_hz: float
    marks: tuple[int, ...] = ()


def read_rows(path: Path) -> Rows:
    """Whole numbers of our boards become what they stand for, by the sidecar's scales; decimals are of their unit.

    Raises InvalidInput, OSError.
    """
    t_us, channels, values = read_csv(path)
    sidecar: Sidecar | None = None
    with contextlib.suppress(StudioError):  # one that cannot be read is told by `check`
        sidecar = read_sidecar(sidecar_path(path))
    usual = KINDS.get(sidecar.kind) if sidecar is not None else None
    known = dict(zip(usual.channels, usual.units, strict=True)) if usual is not None else {}
    units = sidecar.units if sidecar is not None and len(sidecar.units) == len(channels) else ()
    units = units or tuple(known.get(name, "") for name in channels)
    scaled = values.astype(np.float32)
    if np.issubdtype(values.dtype, np.integer) and sidecar is not None and len(sidecar.scales) == len(channels):
        scaled *= np.asarray(sidecar.scales, np.float32)
    rate_hz = sidecar.rate_hz if sidecar is not None else _rate_of(t_us)
    return Rows(scaled, channels, units, rate_hz, sidecar.marks if sidecar is not None else ())


def _rate_of(t_us: NDArray[np.int64]) -> float:
    step_us = float(np.median(np.diff(t_us))) if len(t_us) > 1 else 0.0
    return 1e6 / step_us if step_us > 0 else 1.0


class RowSamples:
    """Rows made ready to be looked at: a pyramid a channel. As a SampleReader it is how much all of it stirs.

    stirring: that in counts, the same to both sides of zero, in samples enough for an overview.
    """

    def __init__(self, rows: Rows) -> None:
        """Takes a while for an hour: beside the window."""
        self.rows = rows
        self.rate_hz, self.count, self.marks = rows.rate_hz, len(rows.values), rows.marks
        farthest = np.abs(rows.values).max(axis=0, initial=0.0)
        self.steps = np.where(farthest > 0, farthest / _FULL, 1.0).astype(np.float32)  # of one count of `counts`
        self.counts = np.ascontiguousarray(np.rint(rows.values / self.steps).astype(np.int16).T)
        self.pyramids = [Pyramid() for _ in rows.channels]
        for pyramid, channel in zip(self.pyramids, self.counts, strict=True):
            for start in range(0, self.count, _PIECE):
                pyramid.append(channel[start : start + _PIECE])
        self._stirs = self._stirs_of(rows.values)
        times = max(-(-_OVERVIEW_SAMPLES // max(self.count, 1)), 1)
        drawn = np.repeat(self._stirs, times)
        drawn[1::2] = -drawn[1::2]
        self.stirring = ArraySamples(drawn, self.rate_hz * times)
        self.stirring.marks = tuple(mark * times for mark in self.marks)

    def read(self, start: int, count: int) -> NDArray[np.int16]:
        stretch: NDArray[np.int16] = self._stirs[max(start, 0) : max(start + count, 0)]
        return stretch

    def columns(self, channel: int, first_s: float, last_s: float, count: int) -> Columns:
        """Of one channel, in its counts."""
        held = self.counts[channel]

        def read(start: int, wanted: int) -> NDArray[np.int16]:
            stretch: NDArray[np.int16] = held[max(start, 0) : max(start + wanted, 0)]
            return stretch

        return self.pyramids[channel].columns(first_s * self.rate_hz, last_s * self.rate_hz, count, read)

    def limits(self, channels: tuple[int, ...]) -> tuple[float, float]:
        """Least and greatest value of some channels."""
        values = self.rows.values[:, list(channels)]
        return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)

    @staticmethod
    def _stirs_of(values: NDArray[np.float32]) -> NDArray[np.int16]:
        """How far the farthest channel is from where it mostly is, against how far it gets: int16 (n,), 0 and up."""
        if not values.size:
            return np.zeros(len(values), np.int16)
        away = np.abs(values - np.median(values, axis=0))
        farthest = away.max(axis=0)
        stirs: NDArray[np.int16] = np.rint((away / np.where(farthest > 0, farthest, 1.0)).max(axis=1) * _FULL).astype(
            np.int16
        )
        return stirs
