"""Takes that begin before they are asked for, in what the recorder holds."""

import threading
import time

import numpy as np

from studio.capture.recorder import HELD_S, Recorder, Take
from studio.core.samples import NOTHING_LOST, Block, Lost

RATE_HZ = 16_000


class Tap:
    """A source whose blocks come when they are let through."""

    def __init__(self, given):
        self._given = given
        self.origin = given.origin
        self._come = threading.Semaphore(0)
        self._stopped = False

    def let(self, count):
        for _ in range(count):
            self._come.release()

    def blocks(self):
        for block in self._given.given:
            self._come.acquire()
            if self._stopped:
                return
            yield block

    def stop(self):
        self._stopped = True
        self._come.release()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def listened(recorder, tap, blocks):
    """Lets so many blocks through and waits until they were heard."""
    heard = threading.Semaphore(0)
    recorder.heard.connect(lambda _block: heard.release())
    recorder.listen()
    tap.let(blocks)
    for _ in range(blocks):
        assert heard.acquire(timeout=5)


def take_from(project, given_source, blocks, samples, lengths, heard_blocks, from_index, seconds, more):
    """A take that is begun at from_index once heard_blocks have been heard; `more` come after it."""
    tap = Tap(given_source(blocks(samples, lengths)))
    with Recorder(tap, project.recordings_folder) as recorder:
        listened(recorder, tap, heard_blocks)
        recording = recorder.begin(Take("yes"), seconds, from_index=from_index)
        tap.let(more)
        assert recording.wait(5)
    return recording.recorded[0]


def test_a_take_begins_with_the_very_sample_that_was_asked_for(project, noise, blocks, given_source, heard):
    samples = noise(2 * RATE_HZ)
    lengths = [(320, NOTHING_LOST)] * 100
    recorded = take_from(project, given_source, blocks, samples, lengths, 50, 9_001, 0.7, 50)
    assert np.array_equal(heard(recorded.path), samples[9_001 : 9_001 + round(0.7 * RATE_HZ)])
    assert recorded.sidecar.gaps == ()
    began_ns = recorded.sidecar.began_ns  # a block arrives with its first sample, n * 62,500 ns: it was at its end
    assert began_ns is not None
    assert abs(began_ns - (9_001 - 320) * 62_500) < 1_000_000


def test_what_was_lost_before_it_is_none_of_its_own_and_what_was_lost_after_it_is(
    project, noise, blocks, given_source, heard
):
    samples = noise(2 * RATE_HZ)
    lengths = [(320, NOTHING_LOST)] * 10 + [(320, Lost(link=100))] + [(320, NOTHING_LOST)] * 5 + [(320, Lost(board=50))]
    lengths += [(320, NOTHING_LOST)] * 40
    begins = 11 * 320 + 100 + 7  # in the block behind the first gap
    recorded = take_from(project, given_source, blocks, samples, lengths, 25, begins, 0.5, 40)
    assert recorded.sidecar.lost == Lost(board=50)
    gap = 16 * 320 + 100 - begins
    assert recorded.sidecar.gaps == ((gap, 50),)
    expected = samples[begins : begins + 8_000].copy()
    expected[gap : gap + 50] = 0
    assert np.array_equal(heard(recorded.path), expected)


def test_of_what_is_older_than_the_recorder_holds_a_take_has_none(project, noise, blocks, given_source, heard):
    samples = noise(6 * RATE_HZ)
    recorded = take_from(project, given_source, blocks, samples, [(320, NOTHING_LOST)] * 300, 200, 0, 1.0, 100)
    found = heard(recorded.path)
    (first,) = [
        at for at in range(0, len(samples) - len(found), 320) if np.array_equal(samples[at : at + 320], found[:320])
    ]
    assert 200 * 320 - round(HELD_S * RATE_HZ) - 640 <= first <= 200 * 320 - round(HELD_S * RATE_HZ)
    assert np.array_equal(found, samples[first : first + RATE_HZ])


def test_nothing_is_missing_or_there_twice_when_blocks_come_while_a_take_begins(
    project, noise, blocks, given_source, heard
):
    samples = noise(10 * RATE_HZ)
    given = blocks(samples, [(160, NOTHING_LOST)] * 1000)
    tap = Tap(given_source(given))
    with Recorder(tap, project.recordings_folder) as recorder:
        listened(recorder, tap, 100)
        for number in range(8):
            newest: list[Block] = []
            recorder.heard.connect(newest.append)
            tap.let(100)
            deadline = time.monotonic() + 5
            while not newest and time.monotonic() < deadline:
                time.sleep(0)
            begins = newest[0].first_index - 1_234
            recording = recorder.begin(Take("yes"), 0.3, from_index=begins)
            assert recording.wait(5), number
            assert np.array_equal(heard(recording.recorded[0].path), samples[begins : begins + 4_800])


def test_a_time_of_the_host_is_found_in_what_a_recorder_holds(project, noise, blocks, given_source):
    tap = Tap(given_source(blocks(noise(RATE_HZ), [(320, NOTHING_LOST)] * 50)))
    with Recorder(tap, project.recordings_folder) as recorder:
        assert recorder.index_at(0) is None
        listened(recorder, tap, 40)
        assert recorder.index_at(30 * 320 * 62_500) == 31 * 320
        assert recorder.index_at(30 * 320 * 62_500 - 10_000_000) == 31 * 320 - 160


def test_a_recorder_holds_no_more_than_it_says(project, given_source):
    block = np.zeros((1_600, 1), np.int16)
    source = given_source([Block(block, 1_600 * n, 100_000 * n, 0) for n in range(600)])
    with Recorder(source, project.recordings_folder) as recorder:
        recorder.listen()
        assert recorder.wait(10)
        held = sum(len(each.samples) for each in recorder._recent)
    assert held <= HELD_S * RATE_HZ + 2 * 1_600
