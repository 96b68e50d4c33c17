"""A source that goes away and comes back: the same recording goes on, and says for how long there was nothing."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from studio.boards.connection import BoardLost
from studio.capture import resumed
from studio.capture.recorder import Recorder, Take
from studio.capture.resumed import Absence, ResumedSource
from studio.capture.source import Origin
from studio.core.csv_file import read_csv
from studio.core.errors import InvalidInput
from studio.core.samples import IMU, MICROPHONE, NOTHING_LOST, Block, Lost, Picture, Printed, SampleFormat

RATE_HZ = 16_000
BOARD = Origin("serial:/dev/ttyACM0", SampleFormat(MICROPHONE, RATE_HZ), "nano33ble", board_id="01")
LOST = BoardLost("serial:/dev/ttyACM0", 4.0)
ABSENT = InvalidInput("serial:/dev/ttyACM0", "there is no such port")


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(resumed, "TRY_EVERY_S", 0.001)


def at(block, arrived_s, device_us):
    """The block as it came from a board that counts from 0 since it was plugged in."""
    return replace(block, arrived_ns=round(arrived_s * 1e9), device_time_us=device_us)


@dataclass
class Plugged:
    """What `make` makes, one after the other: sources, or errors on opening them."""

    plugged: list[Any]
    asked: list[str] = field(default_factory=list)

    def __call__(self, address):
        self.asked.append(address)
        source = self.plugged.pop(0)
        return Refusing(source) if isinstance(source, Exception) else source


@dataclass
class Refusing:
    why: Exception

    def __enter__(self):
        raise self.why

    def stop(self):
        pass


def heard(source):
    with source:
        yield from source.blocks()


class TestAReplug:
    def test_the_same_recording_goes_on_with_a_gap_as_long_as_it_was_away(self, project, noise, blocks, given_source):
        samples = noise(4000)
        one, two = blocks(samples[:1000], [(1000, NOTHING_LOST)]) + blocks(samples[1000:], [(3000, NOTHING_LOST)])
        before = given_source([at(one, 10.0, 77_000_000)], LOST, origin=BOARD)
        after = given_source([at(two, 10.0 + 0.5 + 3000 / RATE_HZ, 5_000)], origin=BOARD)
        made = Plugged([before, ABSENT, ABSENT, after])
        told: list[Absence] = []
        source = ResumedSource("serial:/dev/ttyACM0", made)
        source.away.connect(told.append)
        with Recorder(source, project.recordings_folder) as recorder:
            recording = recorder.begin(Take("yes"))
            assert recorder.wait(10)
        (recorded,) = recording.recorded
        assert recorded.sidecar.gaps == ((1000, 8000),)
        assert recorded.sidecar.lost == Lost(link=8000)
        assert recorded.sidecar.samples == 12_000
        assert recorded.sidecar.cut_short is None
        assert [(absence.problem, absence.seconds) for absence in told] == [(LOST, None), (LOST, pytest.approx(0.5))]
        assert len(made.asked) == 4

    def test_index_and_device_time_go_on(self, noise, blocks, given_source):
        one, two, three = (blocks(noise(320), [(320, NOTHING_LOST)])[0] for _ in range(3))
        two = replace(two, lost_before=Lost(board=16))
        made = Plugged(
            [
                given_source([at(one, 1.0, 9_000_000)], LOST, origin=BOARD),
                given_source([at(two, 1.120, 40), replace(at(three, 1.14, 20_040), first_index=320)], origin=BOARD),
            ]
        )
        first, second, third = heard(ResumedSource("serial:/dev/ttyACM0", made))
        assert (first.first_index, first.device_time_us) == (0, 9_000_000)
        # 100 ms were missed, of which the board itself owns up to 1.
        assert (second.first_index, second.device_time_us) == (320 + 1600, 9_000_000 + 120_000)
        assert second.lost_before == Lost(board=16, link=1584)
        assert (third.first_index, third.device_time_us) == (320 + 1600 + 320, 9_000_000 + 140_000)
        assert third.lost_before == NOTHING_LOST

    def test_pictures_go_on_too(self, given_source):
        origin = replace(BOARD, format=SampleFormat(IMU, 2))
        dark = np.zeros((2, 2), np.uint8)
        made = Plugged(
            [
                given_source([Picture(dark, 0, 0, 0)], LOST, origin=origin),
                given_source([Picture(dark, 0, 0, 3 * 10**9)], origin=origin),
            ]
        )
        _first, second = heard(ResumedSource("serial:/dev/ttyACM0", made))
        assert (second.index, second.lost_before) == (6, Lost(link=5))

    def test_a_boards_own_time_never_goes_back(self, project, given_source):
        kind = replace(IMU, channels=("x",), units=("as printed",), scales=(1.0,))
        origin = Origin("serial:/dev/ttyACM0", SampleFormat(kind, 100), stream="text lines")

        def rows(t_us, arrived_s):
            printed = Printed(np.arange(3.0).reshape(3, 1), np.array(t_us, np.int64))
            return Block(np.zeros((3, 1), np.int16), 0, t_us[0], round(arrived_s * 1e9), printed=printed)

        made = Plugged(
            [
                given_source([rows([500_000, 510_000, 520_000], 1.0)], LOST, origin=origin),
                given_source([rows([7_000, 17_000, 27_000], 2.03)], origin=origin),
            ]
        )
        with Recorder(ResumedSource("serial:/dev/ttyACM0", made), project.recordings_folder) as recorder:
            recording = recorder.begin(Take("wave"))
            assert recorder.wait(10)
        (recorded,) = recording.recorded
        t_us = read_csv(recorded.path).t_us.tolist()
        assert t_us == [0, 10_000, 20_000, 1_030_000, 1_040_000, 1_050_000]
        assert recorded.sidecar.gaps == ((3, 100),)

    def test_another_board_at_its_port_is_not_recorded(self, noise, blocks, given_source):
        one, two, three = (at(blocks(noise(320), [(320, NOTHING_LOST)])[0], s, 0) for s in (1, 2, 3))
        made = Plugged(
            [
                given_source([one], LOST, origin=BOARD),
                given_source([two], origin=replace(BOARD, board_id="02")),
                given_source([three], origin=BOARD),
            ]
        )
        first, second = heard(ResumedSource("serial:/dev/ttyACM0", made))
        assert (first.arrived_ns, second.arrived_ns) == (10**9, 3 * 10**9)


def test_what_was_never_there_is_not_waited_for(given_source):
    with pytest.raises(InvalidInput), ResumedSource("mic", Plugged([ABSENT])):
        pass
    silent = given_source([], LOST, origin=BOARD)
    with pytest.raises(BoardLost):
        list(heard(ResumedSource("mic", Plugged([silent]))))


def test_one_that_is_stopped_while_it_is_away_ends_with_what_it_was_lost_by(noise, blocks, given_source):
    source = given_source(blocks(noise(320), [(320, NOTHING_LOST)]), LOST, origin=BOARD)
    waited = ResumedSource("serial:/dev/ttyACM0", Plugged([source, *[ABSENT] * 10_000]))
    waited.away.connect(lambda _absence: waited.stop())
    with pytest.raises(BoardLost):
        list(heard(waited))
