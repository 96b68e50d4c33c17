"""SAMPLES messages to blocks: whose loss it was; and a real virtual board as a source."""

import os
import signal
import time
from collections.abc import Iterator
from typing import cast

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from studio.boards.address import parse_address
from studio.boards.connection import Board, BoardRefused, open_board
from studio.boards.transport import VirtualLink
from studio.capture.board import MARKS_AHEAD, BoardBeganAnew, BoardSource, SampleStream
from studio.capture.recorder import Recorder, Take, enter
from studio.core.csv_file import read_table
from studio.core.samples import IMU, MICROPHONE, NOTHING_LOST, Block, Lost
from studio.dataset.recordings import read_sidecar, sidecar_path
from studio.link.decoder import Decoder
from studio.link.encoder import Frame, encode
from studio.link.messages import SAMPLES, Mark
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
    stream._count.next_index = start
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


@given(fates, st.integers(1, 320), st.integers(0, 12_800), st.integers(0, 2), st.sampled_from([0, TURN - 1000]))
def test_a_mark_is_at_its_sample_whatever_is_lost_and_however_late_it_comes(what_happens, count, at, late, start):
    """In the first block after it that ends behind that sample."""
    stream = SampleStream("board", RATE_HZ)
    stream._count.next_index = index = start
    found, is_due = [], False
    for number, fate in enumerate(what_happens):
        if number == at // count + late:
            stream.mark(Mark(0, (start + at) % TURN, 1, 0))
        if fate == "arrives":
            block = stream.block(message(index, count), 0, dropped=False)
            found += [block.first_index + mark for mark in block.marks]
            is_due = is_due or number >= at // count + late
        index += count
    assert found == [start + at] * is_due


def test_marks_without_end_are_dropped_behind_some_hundred_and_told_once(caplog):
    stream = SampleStream("board", RATE_HZ)
    stream.block(message(0, 320), 0, dropped=False)
    for number in range(5_000):
        stream.mark(Mark(0, 320 + number, number + 1, 0))
    marks = stream.block(message(320, 5_000), 0, dropped=False).marks
    assert marks == tuple(range(MARKS_AHEAD))
    assert [each.message for each in caplog.records] == [
        "board: marks without their samples come by the hundred; no more are kept"
    ]
    stream.mark(Mark(0, 5_400, 5_001, 0))  # there is room again
    assert stream.block(message(5_320, 320), 0, dropped=False).marks == (80,)


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


@pytest.mark.parametrize(
    ("kind", "rate_hz", "ending"), [(MICROPHONE, RATE_HZ, "wav"), (IMU, 119, "csv")], ids=["sound", "rows"]
)
def test_presses_of_the_boards_button_are_marks_at_their_samples(project, tmp_path, kind, rate_hz, ending):
    """Through the real board, in a take that begins with the stream and in one that does not."""
    samples = np.random.default_rng(1).integers(1, 2000, (4 * rate_hz, len(kind.channels)), dtype=np.int16)
    played = tmp_path / f"played.{ending}"
    if kind == MICROPHONE:
        soundfile.write(played, samples, rate_hz, subtype="PCM_16")
    else:
        np.savetxt(played, samples, "%d", ",", header=",".join(kind.channels), comments="")
    address = parse_address(f"virtual:nano33ble?press=2.2,0,0.5&play={played}")
    with Recorder(BoardSource(address, None, rate_hz, kind=kind), project.recordings_folder) as recorder:
        first = recorder.begin(Take("yes"), seconds=1)
        assert first.wait(20)
        second = recorder.begin(Take("yes"), seconds=2, from_index=round(1.1 * rate_hz))
        assert second.wait(20)
    assert first.recorded[0].sidecar.marks == (0, round(0.5 * rate_hz))
    (recorded,) = second.recorded
    (mark,) = recorded.sidecar.marks
    rows = read_table(recorded.path)[1][:, 1:] if ending == "csv" else soundfile.read(recorded.path, dtype="int16")[0]
    expected = samples[round(2.2 * rate_hz)]
    assert np.array_equal(np.atleast_1d(rows[mark]), expected)
    enter(project, second.recorded, "Record")
    (row,) = project.catalogue.recordings()
    assert read_sidecar(sidecar_path(project.folder / row.path)).marks == (mark,)


def test_a_virtual_boards_button_can_be_pressed_from_here(project):
    address = parse_address("virtual:nano33ble")
    heard: list[int] = []
    pressed: list[int] = []  # from where on
    with open_board(address, None) as board:
        button = board.virtual
        assert button is not None
        source = BoardSource(address, None, RATE_HZ, board=board)
        with Recorder(source, project.recordings_folder) as recorder:

            def press(block):
                heard.extend(block.first_index + mark for mark in block.marks)
                if len(pressed) < 3 and len(heard) == len(pressed):
                    pressed.append(block.first_index)
                    button.press()

            recorder.heard.connect(press)
            recording = recorder.begin(Take("yes"), seconds=2)
            assert recording.wait(20)
    (recorded,) = recording.recorded
    assert len(heard) == 3
    assert all(0 < mark - since < RATE_HZ for mark, since in zip(heard, pressed, strict=True))
    assert recorded.sidecar.marks == tuple(heard)


def test_a_press_on_a_board_that_has_gone_is_none():
    with BoardSource(parse_address("virtual:nano33ble"), None, RATE_HZ) as source:
        board = source.board.virtual
        assert board is not None
        os.kill(board.board_pid, signal.SIGKILL)
        board._reaper.join(20)
        source.press()
    source.press()
    with pytest.raises(ValueError, match="closed"):
        board.press()


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
