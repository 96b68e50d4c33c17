"""Relating a board's clock to the host's: a line fitted through (device, arrival) pairs.

Wall time never enters: UTC is noted once per recording, for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ClockFit:
    """host_ns = offset_ns + device_us * 1000 * (1 + drift_ppm / 1e6), within error_us (rms)."""

    offset_ns: int
    drift_ppm: float
    error_us: float

    def host_ns(self, device_us: int) -> int:
        return self.offset_ns + round(device_us * 1000 * (1 + self.drift_ppm / 1e6))


def fit_clock(device_us: Sequence[int], arrived_ns: Sequence[int]) -> ClockFit | None:
    """Least squares over the pairs, after dropping late arrivals (a link only ever delays).

    Two passes: the second keeps the half of the pairs that arrived earliest against the first line.
    Returns None with fewer than two distinct device times.
    """
    device = np.asarray(device_us, dtype=np.float64)
    if len(device) < 2 or np.ptp(device) == 0:
        return None
    base_ns = int(arrived_ns[0])
    arrived = np.asarray([t - base_ns for t in arrived_ns], dtype=np.float64)
    x = device - device[0]
    slope, offset = _line(x, arrived)
    residual = arrived - (offset + slope * x)
    kept = residual <= np.median(residual)
    if np.count_nonzero(kept) >= 2 and np.ptp(x[kept]) > 0:
        slope, offset = _line(x[kept], arrived[kept])
        residual = (arrived - (offset + slope * x))[kept]
    error_us = float(np.sqrt(np.mean(residual**2))) / 1000
    return ClockFit(
        offset_ns=base_ns + round(offset - slope * float(device[0])),
        drift_ppm=(slope / 1000 - 1) * 1e6,
        error_us=error_us,
    )


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    mean_x, mean_y = float(np.mean(x)), float(np.mean(y))
    slope = float(np.sum((x - mean_x) * (y - mean_y)) / np.sum((x - mean_x) ** 2))
    return slope, mean_y - slope * mean_x
