"""One clock for all that is recorded together: the host's, to which each device's is fitted."""

from dataclasses import dataclass

import numpy as np
import pytest

from studio.capture.clock_pairs import ClockPairs
from studio.capture.recorder import Recorder, Take
from studio.capture.source import Origin
from studio.core.samples import IMU, MICROPHONE, Block, SampleFormat

RATE_HZ = 16_000
BOARDS_PPM = (-150, -50, 50, 150)  # 100 apart
SECONDS = 600
EVENTS_S = (0.5, 61.0, 299.0, 450.0, 599.0)  # before, in and after the middle


@dataclass(frozen=True)
class Simulated:
    """A board's sensor, whose clock ran at its own speed since it was switched on, and the link, on which a block that
    is whole waits 5 ms, up to 5 more or less, and never overtakes another.
    """

    form: SampleFormat
    block: int
    ppm: float
    seed: int

    @property
    def own_rate_hz(self) -> float:
        """By true time."""
        return self.form.rate_hz * (1 + self.ppm / 1e6)

    @property
    def began_ns(self) -> int:
        """True time of its first sample, which is the host's: no two begin together."""
        return 7_000_000_000_000 + 137_000_000 * self.seed

    def blocks(self):
        random = np.random.default_rng(self.seed)
        booted_us = 3_600_000_000 + 11_000_000 * self.seed
        starts = np.arange(0, round(SECONDS * self.own_rate_hz), self.block)
        there_ns = self.began_ns + (starts + self.block) / self.own_rate_hz * 1e9
        came_ns = np.maximum.accumulate(there_ns + 5e6 + random.uniform(-5e6, 5e6, len(starts)))
        samples = random.integers(-3000, 3000, (self.block, len(self.form.kind.channels)), dtype=np.int16)
        for start, arrived_ns in zip(starts.tolist(), came_ns.tolist(), strict=True):
            device_us = booted_us + round(start * 1e6 / self.form.rate_hz)
            yield Block(samples, start, device_us, round(arrived_ns))


def simulated():
    for number, ppm in enumerate(BOARDS_PPM):
        yield Simulated(SampleFormat(MICROPHONE, RATE_HZ), 320, ppm, 2 * number)
        yield Simulated(SampleFormat(IMU, 119), 4, ppm, 2 * number + 1)


def test_an_event_that_four_boards_share_is_one_moment_in_all_their_recordings(project, given_source):
    """Clocks 100 ppm apart, a link that jitters by 5 ms either way, ten minutes: within 1 ms by sound, 2 by motion."""
    for board in simulated():
        source = given_source(board.blocks(), origin=Origin("given", board.form))
        with Recorder(source, project.recordings_folder) as recorder:
            recording = recorder.begin(Take("knock", session="S1"))
            assert recorder.wait(60)
        (recorded,) = recording.recorded
        sidecar = recorded.sidecar
        assert sidecar.clock is not None
        assert sidecar.clock.drift_ppm == pytest.approx(-board.ppm, abs=2)
        assert 0 < sidecar.clock.error_us < 1000
        most_ms = 1 if board.form.kind == MICROPHONE else 2
        for event_s in EVENTS_S:
            instant = round(event_s * board.own_rate_hz)  # that it falls on
            true_ns = board.began_ns + instant / board.own_rate_hz * 1e9
            assert abs(sidecar.host_ns(instant) - true_ns) / 1e6 < most_ms, (board, event_s)


def test_the_clock_and_the_rate_are_told_of_what_came_when():
    """A board whose crystal runs 100 ppm slow, over a link that delays by some ms."""
    pairs = ClockPairs(RATE_HZ)
    random = np.random.default_rng(1)
    for index in range(0, 60 * RATE_HZ, 320):
        device_us = 5_000_000 + round(index * 1e6 / RATE_HZ)
        pairs.add(index, device_us, 10**12 + round(device_us * 1000 * 1.0001) + int(random.exponential(1e6)))
    timing = pairs.timing()
    assert timing.clock is not None
    assert timing.clock.drift_ppm == pytest.approx(100, abs=5)
    assert timing.rate_hz == pytest.approx(RATE_HZ / 1.0001, abs=0.1)


def test_of_a_short_take_the_beginning_is_told_but_no_drift():
    pairs = ClockPairs(RATE_HZ)
    random = np.random.default_rng(1)
    for index in range(320, RATE_HZ, 320):
        pairs.add(index, round(index * 62.5), 10**12 + index * 62_500 + int(random.uniform(0, 10e6)))
    timing = pairs.timing()
    assert (timing.clock, timing.rate_hz) == (None, None)
    assert timing.by_index is not None
    assert timing.by_index.host_ns(0) == pytest.approx(10**12, abs=1e6)


@pytest.mark.parametrize(("rate", "seconds"), [(50.0, 4), (50.0, 600), (0.5, 60)])
def test_no_clock_is_made_of_what_is_not_paced(rate, seconds):
    pairs = ClockPairs(RATE_HZ)
    for index in range(0, seconds * RATE_HZ, 320):
        device_us = round(index * 1e6 / RATE_HZ)
        pairs.add(index, device_us, round(device_us * 1000 / rate))
    timing = pairs.timing()
    assert (timing.clock, timing.rate_hz, timing.by_index) == (None, None, None)


def test_the_pairs_of_a_long_recording_stay_few_and_are_the_earliest():
    pairs = ClockPairs(RATE_HZ)
    random = np.random.default_rng(1)
    for step in range(9_000 * 10):
        late_ns = 0 if step % 500 == 7 else random.integers(20, 80) * 10**6
        pairs.add(step * 1600, step * 100_000, step * 10**8 + int(late_ns))
    assert len(pairs) <= ClockPairs.MOST
    timing = pairs.timing()
    assert timing.rate_hz == pytest.approx(RATE_HZ, rel=1e-6)
    assert timing.by_index is not None
    assert timing.by_index.host_ns(0) == pytest.approx(0, abs=10**6)
