"""When samples came, by their index, by the device's clock and by the host's: what of that a recording is told."""

import math
from dataclasses import dataclass

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

    MOST = 4096

    def __init__(self, rate_hz: float, *, trusted: bool = True) -> None:
        """rate_hz: nominal. trusted: it is the board's own, not what it or we suppose."""
        self._rate_hz = rate_hz
        self._least_s = LEAST_CLOCK_S if trusted else LEAST_RATE_S
        self._most_ppm = MOST_DRIFT_PPM if trusted else math.inf
        self._pairs: list[tuple[int, int, int]] = []  # index, device time, arrival
        self._last_ns = 0  # arrival that began the newest pair's span
        self._every_ns = 20_000_000

    def add(self, index: int, device_us: int, arrived_ns: int) -> None:
        """index: that many samples of the stream were there at device_us, which a block's end is; arrived_ns: then it
        came, on the host's clock.
        """
        pair = (index, device_us, arrived_ns)
        if self._pairs and arrived_ns < self._last_ns + self._every_ns:
            self._pairs[-1] = _earlier(self._pairs[-1], pair)
            return
        self._last_ns = arrived_ns
        self._pairs.append(pair)
        if len(self._pairs) > self.MOST:
            pairs = self._pairs
            self._pairs = [_earlier(*two) for two in zip(pairs[::2], pairs[1::2], strict=False)] + pairs[
                len(pairs) & ~1 :
            ]
            self._every_ns *= 2

    def timing(self) -> Timing:
        if len(self._pairs) < 2:
            return Timing()
        indices, device_us, arrived_ns = zip(*self._pairs, strict=True)
        due_us = [round(index * 1e6 / self._rate_hz) for index in indices]
        came_ns, meant_ns = arrived_ns[-1] - arrived_ns[0], (due_us[-1] - due_us[0]) * 1000
        if came_ns >= self._least_s * 1e9:
            by_index = fit_clock(due_us, arrived_ns)
            if by_index is None or abs(by_index.drift_ppm) > self._most_ppm:
                return Timing()
            rate_hz = self._rate_hz / (1 + by_index.drift_ppm / 1e6)
            return Timing(fit_clock(device_us, arrived_ns), rate_hz, by_index)
        if came_ns < meant_ns / 2:
            return Timing()
        late_ns = [came - due * 1000 for due, came in zip(due_us, arrived_ns, strict=True)]
        return Timing(by_index=ClockFit(min(late_ns), 0.0, (max(late_ns) - min(late_ns)) / 1000))


def _earlier(one: tuple[int, int, int], other: tuple[int, int, int]) -> tuple[int, int, int]:
    """Of two pairs that are so near each other that no drift shows."""
    return one if one[2] - 1000 * one[1] <= other[2] - 1000 * other[1] else other
