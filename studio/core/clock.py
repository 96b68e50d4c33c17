"""Relating a board's clock to the host's: a line fitted through (device, arrival) pairs.

Wall time never enters: UTC is noted once per recording, for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_SPANS = 32
LEAST_IN_SPAN = 16  # so that the earliest of them was hardly delayed
PASSES = 3  # which are the earliest shows better with each line


@dataclass(frozen=True)
class ClockFit:
    """host_ns = offset_ns + device_us * 1000 * (1 + drift_ppm / 1e6), within error_us (rms)."""

    offset_ns: int
    drift_ppm: float
    error_us: float

    def host_ns(self, device_us: float) -> int:
        # The product by itself would need more than the 53 bits of a float after a board's first hundred days.
        return self.offset_ns + round(device_us * 1000) + round(device_us * self.drift_ppm / 1000)


def fit_clock(
    device_us: Sequence[int] | NDArray[np.int64], arrived_ns: Sequence[int] | NDArray[np.int64]
) -> ClockFit | None:
    """The line along the earliest arrivals, since a link only ever delays: what it always delays by is not seen.

    The pairs are divided into spans of time; of each the earliest is kept, against the line that is known until then,
    and a line is put through those by medians (Theil and Sen), which some spans of nothing but late ones do not move.
    error_us: of the spans' earliest about it. None with fewer than two distinct device times.
    """
    device = np.asarray(device_us, dtype=np.float64)
    if len(device) < 2 or np.ptp(device) == 0:
        return None
    base_ns = int(arrived_ns[0])
    arrived = (np.asarray(arrived_ns, dtype=np.int64) - base_ns).astype(np.float64)
    x = device - device[0]
    spans = min(MOST_SPANS, max(2, len(x) // LEAST_IN_SPAN))
    span_of = np.minimum((x - x.min()) / np.ptp(x) * spans, spans - 1).astype(np.int64)
    slope, offset = 1000.0, 0.0
    for _ in range(PASSES):
        kept = _earliest(arrived - slope * x, span_of)
        slope, offset = _line_by_medians(x[kept], arrived[kept])
    residual = arrived[kept] - (offset + slope * x[kept])
    return ClockFit(
        offset_ns=base_ns + round(offset) - round((slope - 1000) * float(device[0])) - 1000 * int(device_us[0]),
        drift_ppm=(slope / 1000 - 1) * 1e6,
        error_us=float(np.sqrt(np.mean(residual**2))) / 1000,
    )


def _earliest(late: NDArray[np.float64], span_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each span the index of the one that is least late."""
    order = np.lexsort((late, span_of))
    first = np.flatnonzero(np.diff(span_of[order], prepend=-1))
    return order[first]


def _line_by_medians(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset; x has at least two distinct values, in rising order of spans."""
    left, right = np.triu_indices(len(x), 1)
    apart = x[right] != x[left]
    left, right = left[apart], right[apart]
    slope = float(np.median((y[right] - y[left]) / (x[right] - x[left])))
    return slope, float(np.median(y - slope * x))
