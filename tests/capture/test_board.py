"""SAMPLES messages to blocks: whose loss it was; and a real virtual board as a source."""

import time
from collections.abc import Iterator
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.boards.address import parse_address
from studio.boards.connection import Board, BoardRefused, open_board
from studio.boards.transport import VirtualLink
from studio.capture.board import BoardBeganAnew, BoardSource, SampleStream
from studio.capture.recorder import Recorder, Take
from studio.core.samples import NOTHING_LOST, Block, Lost
from studio.link.decoder import Decoder
from studio.link.encoder import Frame, encode
from studio.link.messages import SAMPLES
from studio.link.sample_block import SamplesBlock

RATE_HZ = 16_000
TURN = 1 << 32


def message(index, count, lost_board=0, time_us=None):
    time_us = 777 + index * 1_000_000 // RATE_HZ if time_us is None else time_us
    return SamplesBlock(0, index % TURN, lost_board % TURN, np.ones((count, 1), np.int16), time_us)


# What becomes of each block that a board makes.
fates = st.lists(st.sampled_from(["arrives", "board", "link", "host"]), min_size=1, max_size=40)


@given(fates, st.integers(1, 320), st.sampled_from([0, TURN - 1000]))
def test_every_loss_is_told_where_it_happened(what_happens, count, start):
    """Also where the 32-bit counters turn over. A loss here and one on the link, together, count as here."""
    stream = SampleStream("board", RATE_HZ)
    stream._count._next_index = start
    index, lost_board, expected, dropped = start, 0, NOTHING_LOST, False
    since = {"link": 0, "host": 0}
    total = NOTHING_LOST
    for fate in what_happens:
        if fate == "arrives":
            block = stream.block(message(index, count, lost_board), 0, dropped=dropped)
            assert block.first_index == index
            both = since["link"] + since["host"]
            expected += Lost(host=both) if dropped else Lost(link=both)
            total += block.lost_before
            since, dropped = {"link": 0, "host": 0}, False
        elif fate == "board":
            lost_board += count
            expected += Lost(board=count)
        else:
            since[fate] += count
            dropped = dropped or fate == "host"
        index += count
    trailing = 0
    for fate in reversed(what_happens):
        if fate == "arrives":
            break
        trailing += count if fate == "board" else 0
    assert total + Lost(board=trailing) == expected


def test_a_board_that_was_reset_is_not_taken_for_a_loss_of_three_days():
    stream = SampleStream("board", RATE_HZ)
    stream.block(message(0, 320), 0, dropped=False)
    stream.block(message(320, 320), 0, dropped=False)
    with pytest.raises(BoardBeganAnew):
        stream.block(message(0, 320, time_us=900), 0, dropped=False)


def test_a_gap_of_an_hour_is_a_gap():
    stream = SampleStream("board", RATE_HZ)
    stream.block(message(0, 320), 0, dropped=False)
    hour = 3600 * RATE_HZ
    assert stream.block(message(320 + hour, 320), 0, dropped=False).lost_before == Lost(link=hour)


def test_a_virtual_board_is_recorded_to_the_sample(project, noise, wav, heard):
    samples = noise(3 * RATE_HZ)
    address = parse_address(f"virtual:nano33ble?pace=fast&play={wav(samples)}")
    with Recorder(BoardSource(address, project.folder, RATE_HZ), project.recordings_folder) as recorder:
        assert recorder.origin.board == "nano33ble"
        recording = recorder.begin(Take("yes"), seconds=4)
        assert recording.wait(30)
    (recorded,) = recording.recorded
    got = heard(recorded.path)
    assert np.array_equal(got[: len(samples)], samples)
    assert not got[len(samples) :].any()
    assert len(got) == 4 * RATE_HZ
    assert recorded.sidecar.gaps == ()
    assert recorded.sidecar.firmware
    assert recorded.sidecar.clock is None  # nothing is measured of a board that is not paced


def test_a_board_that_is_open_already_is_left_open_and_stopped(project, noise, blocks):
    with open_board(parse_address("virtual:nano33ble"), None) as board:
        source = BoardSource(board.address, None, RATE_HZ, board=board)
        with Recorder(source, project.recordings_folder) as recorder:
            recording = recorder.begin(Take("yes"), seconds=0.2)
            assert recording.wait(20)
        assert recording.samples == 0.2 * RATE_HZ
        assert list(board.messages(0.2)) == []
        with pytest.raises(BoardRefused):
            board.command("nonsense")


def test_stopping_takes_what_the_board_had_sent(project):
    source = BoardSource(parse_address("virtual:nano33ble"), project.folder, RATE_HZ)
    with source:
        blocks = cast("Iterator[Block]", source.blocks())
        first = next(blocks)
        end_s = time.monotonic() + 10
        while len(source.board._queue) < 5:
            assert time.monotonic() < end_s
            time.sleep(0.01)
        source.stop()
        rest = list(blocks)
    assert first.first_index == 0
    assert len(rest) >= 5
    assert rest[-1].first_index == sum(len(b.samples) for b in [first, *rest[:-1]])


class WornCable(VirtualLink):
    """Loses every seventh frame of samples on the way, and at `stall_at` frames is not read for a while."""

    def __init__(self, address, *, stall_at=-1, stall_s=0.0):
        super().__init__(address, None)
        self._decoder = Decoder()
        self._count = 0
        self._stall_at, self._stall_s = stall_at, stall_s
        self._loses = stall_at < 0

    def read(self, timeout_s):
        kept = b""
        for event in self._decoder.feed(super().read(timeout_s)):
            assert isinstance(event, Frame)
            if event.type == SAMPLES:
                self._count += 1
                if self._count == self._stall_at:
                    time.sleep(self._stall_s)
                if self._loses and self._count % 7 == 0:
                    continue
            kept += encode(event)
        return kept


def record_over(link, address, project, seconds):
    with Board(address, link) as board:
        source = BoardSource(address, None, RATE_HZ, board=board)
        with Recorder(source, project.recordings_folder) as recorder:
            recording = recorder.begin(Take("yes"), seconds=seconds)
            assert recording.wait(30)
    (recorded,) = recording.recorded
    return recorded


def assert_gaps_are_zeros_and_the_rest_is_exact(recorded, samples, heard):
    got = heard(recorded.path)
    gap = np.zeros(len(got), bool)
    for start, count in recorded.sidecar.gaps:
        gap[start : start + count] = True
    assert not got[gap].any()
    assert np.array_equal(got[~gap], samples[: len(got)][~gap])
    assert np.count_nonzero(gap) == recorded.sidecar.lost.total > 0


def test_frames_lost_on_the_cable_are_gaps_of_the_link(project, noise, wav, heard):
    samples = noise(4 * RATE_HZ)
    address = parse_address(f"virtual:nano33ble?pace=fast&play={wav(samples)}")
    recorded = record_over(WornCable(address), address, project, 3)
    assert_gaps_are_zeros_and_the_rest_is_exact(recorded, samples, heard)
    assert recorded.sidecar.lost == Lost(link=recorded.sidecar.lost.total)
    assert recorded.sidecar.samples == 3 * RATE_HZ
    assert recorded.sidecar.gaps[0] == (6 * 320, 320)


def test_what_the_board_had_no_room_for_is_a_gap_of_the_board(project, noise, wav, heard):
    samples = noise(7 * RATE_HZ)
    address = parse_address(f"virtual:nano33ble?play={wav(samples)}")
    recorded = record_over(WornCable(address, stall_at=10, stall_s=3.5), address, project, 5)
    assert_gaps_are_zeros_and_the_rest_is_exact(recorded, samples, heard)
    assert recorded.sidecar.lost == Lost(board=recorded.sidecar.lost.total)
    assert recorded.sidecar.samples == 5 * RATE_HZ
