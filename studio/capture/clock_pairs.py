"""When samples came, by their index, by the device's clock and by the host's: what of that a recording is told."""

import math
from dataclasses import dataclass

import numpy as np

from studio.core.clock import ClockFit, fit_clock

LEAST_CLOCK_S = 5.0  # in less time arrival's jitter says more about the rate than the clock does
LEAST_RATE_S = 1.0  # but it tells a rate that is only said, or guessed, from a wrong one
MOST_DRIFT_PPM = 50_000.0  # what is further off than 5 % is no clock: a file, or a board that is as fast as we are


@dataclass(frozen=True)
class Timing:
    """clock: the device's, rate_hz: as measured; None of what cannot be told. by_index: a line from where a sample is
    due by its index and the nominal rate, in us, to the host's clock; None where samples come faster than they are due.
    """

    clock: ClockFit | None = None
    rate_hz: float | None = None
    by_index: ClockFit | None = None


class ClockPairs:
    """Thinned out so that a day of them is a few thousand: of those that are near each other the earliest is kept."""

    MOST = 4096  # even, as two by two become one

    def __init__(self, rate_hz: float, *, trusted: bool = True) -> None:
        """rate_hz: nominal. trusted: it is the board's own, not what it or we suppose."""
        self._rate_hz = rate_hz
        self._least_s = LEAST_CLOCK_S if trusted else LEAST_RATE_S
        self._most_ppm = MOST_DRIFT_PPM if trusted else math.inf
        # Index, device time and arrival of each, in one piece: as objects that stay they would pin the memory around
        # them, and a recording of an hour grew by 17 MB.
        self._pairs = np.zeros((self.MOST, 3), np.int64)
        self._count = 0
        self._last_ns = 0  # arrival that began the newest pair's span
        self._every_ns = 20_000_000

    def __len__(self) -> int:
        return self._count

    def add(self, index: int, device_us: int, arrived_ns: int) -> None:
        """index: that many samples of the stream were there at device_us, which a block's end is; arrived_ns: then it
        came, on the host's clock.
        """
        if self._count and arrived_ns < self._last_ns + self._every_ns:
            _index, newest_us, newest_ns = self._pairs[self._count - 1].tolist()
            if arrived_ns - 1000 * device_us < newest_ns - 1000 * newest_us:
                self._pairs[self._count - 1] = index, device_us, arrived_ns
            return
        if self._count == self.MOST:
            self._thin_out()
        self._pairs[self._count] = index, device_us, arrived_ns
        self._count += 1
        self._last_ns = arrived_ns

    def _thin_out(self) -> None:
        late_ns = self._pairs[:, 2] - 1000 * self._pairs[:, 1]
        later = (late_ns[1::2] < late_ns[::2]).astype(np.intp)
        self._count = self.MOST // 2
        self._pairs[: self._count] = self._pairs[2 * np.arange(self._count) + later]
        self._every_ns *= 2

    def timing(self) -> Timing:
        if self._count < 2:
            return Timing()
        indices, device_us, arrived_ns = self._pairs[: self._count].T
        due_us = np.round(indices * 1e6 / self._rate_hz).astype(np.int64)
        came_ns, meant_ns = int(arrived_ns[-1] - arrived_ns[0]), int(due_us[-1] - due_us[0]) * 1000
        if came_ns >= self._least_s * 1e9:
            by_index = fit_clock(due_us, arrived_ns)
            if by_index is None or abs(by_index.drift_ppm) > self._most_ppm:
                return Timing()
            rate_hz = self._rate_hz / (1 + by_index.drift_ppm / 1e6)
            return Timing(fit_clock(device_us, arrived_ns), rate_hz, by_index)
        if came_ns < meant_ns / 2:
            return Timing()
        late_ns = arrived_ns - due_us * 1000
        return Timing(by_index=ClockFit(int(late_ns.min()), 0.0, float(np.ptp(late_ns)) / 1000))
