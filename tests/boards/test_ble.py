"""Boards by radio: bleak itself, on a private bus with our own org.bluez before virtual boards with our firmware."""

import contextlib
import json
import threading
import time

import numpy as np
import pytest
import soundfile

from studio.boards import ble, row_stream
from studio.boards.address import parse_address
from studio.boards.ble import BleLink, look_around
from studio.boards.connection import BoardLost, BoardRefused, open_board
from studio.boards.obstacles import BoardNotReached, Case
from studio.capture.link_state import LinkState
from studio.capture.recorder import Recorder, Take
from studio.capture.resumed import Absence, ResumedSource
from studio.capture.source import make_source
from studio.cli.main import main
from studio.dataset.project import create_project
from studio.link.row_events import Described, Rows
from studio.link.sample_block import SamplesBlock
from tests.link import writers

NANO, SENSE = ("Nano", "C0:FF:EE:00:00:01"), ("Sense", "C0:FF:EE:00:00:02")


@pytest.fixture
def air(bluez, start):
    """Two boards of ours in the air, which wait for whoever reads: a busy machine costs them nothing."""
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(start("--pace", "fast")).line["pty"] for _ in range(2)]
        bluez.begin((*NANO, ports[0]), (*SENSE, ports[1]))
        yield bluez


def samples(board, count):
    board.command("start", sensor=0, rate=16_000)
    blocks = []
    for message in board.messages(2.0):
        if isinstance(message, SamplesBlock):
            blocks.append(message)
        if sum(len(block.samples) for block in blocks) >= count:
            break
    board.command("stop")
    return blocks


def test_boards_in_the_air_are_found_and_asked_by_name_and_by_address(air):
    found = look_around(1.0)
    assert {(board.name, board.address) for board in found} == {NANO, SENSE}
    assert {board.signal_dbm for board in found} == {-60}
    for target in ("nano", NANO[1].lower()):
        with open_board(parse_address(f"ble:{target}"), None) as board:
            assert board.hello.board == "nano33ble"


def test_boards_lists_those_in_the_air_that_answer(air, capsys):
    wanted, rows = {"ble:" + address for _name, address in (NANO, SENSE)}, {}
    for _ in range(3):  # what a busy machine does not hear in time is heard the next time
        assert main(["boards", "--json"]) == 0
        said = capsys.readouterr()
        rows = {row["address"]: row["name"] for row in json.loads(said.out.splitlines()[-1])["boards"]}
        if wanted <= rows.keys():
            break
    assert rows["ble:" + NANO[1]] == rows["ble:" + SENSE[1]] == "Arduino Nano 33 BLE Sense (virtual)"
    assert "Bluetooth" not in said.err


def test_samples_come_whole_in_packets_of_the_size_that_was_agreed_on(air):
    with open_board(parse_address("ble:Nano"), None) as board:
        blocks = samples(board, 16_000)
        assert board.counts.frames_missing == 0
        with pytest.raises(BoardRefused):  # which it can only say once all of it has come
            board.command("echo", text="x" * 300)
    expected = 0
    for block in blocks:
        assert (block.first_index, block.lost_board) == (expected, 0)
        expected += len(block.samples)
    air.say("packets Nano")
    assert air.heard() == "100"


def test_two_boards_stream_at_once(air):
    addresses = [parse_address(f"ble:{name}") for name, _address in (NANO, SENSE)]
    with contextlib.ExitStack() as stack:
        boards = [stack.enter_context(open_board(address, None)) for address in addresses]
        results: list[list[SamplesBlock]] = [[], []]
        threads = [
            threading.Thread(target=lambda b=board, r=result: r.extend(samples(b, 8000)))
            for board, result in zip(boards, results, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    for blocks in results:
        assert sum(len(block.samples) for block in blocks) >= 8000
        assert [block.lost_board for block in blocks] == [0] * len(blocks)


def until(true):
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def opened_again(address):
    """It and the news that it is back take a moment."""
    end = time.monotonic() + 10
    while True:
        try:
            return open_board(parse_address(address), None)
        except BoardNotReached:
            assert time.monotonic() < end


@pytest.mark.parametrize("fault", ["drop Nano", "gone Nano", "off"])
def test_a_link_that_ends_is_told_at_once_and_can_be_opened_anew(air, fault):
    with open_board(parse_address("ble:Nano"), None) as board:
        board.command("start", sensor=0, rate=16_000)
        next(board.messages(2.0))
        air.say(fault)
        began = time.monotonic()
        with pytest.raises(BoardLost, match="is gone"):
            for _ in board.messages(5.0):
                pass
        assert time.monotonic() - began < 1.0
        with pytest.raises(BoardLost):
            board.command("stop")
    air.say("back Nano")
    air.say("on")
    with opened_again("ble:Nano") as board:
        assert samples(board, 1600)


def test_what_stands_in_the_way_is_told_apart(air, monkeypatch):
    monkeypatch.setattr(ble, "SCAN_S", 0.5)

    def case(address):
        with pytest.raises(BoardNotReached) as caught:
            BleLink(parse_address(address))
        assert caught.value.advice()
        return caught.value.case, str(caught.value)

    assert case("ble:Elsewhere") == (
        Case.NO_PORT,
        "ble:Elsewhere cannot be reached: nothing of that name is in the air.",
    )
    air.say("off")
    with contextlib.suppress(BoardNotReached):
        look_around(0.1)
    assert case("ble:Nano") == (Case.NO_RADIO, "ble:Nano cannot be reached: Bluetooth is off.")


def test_a_machine_without_bluetooth_says_so(bluez, monkeypatch):
    with pytest.raises(BoardNotReached, match="no Bluetooth") as caught:
        look_around(0.2)  # a bus without an org.bluez
    assert caught.value.case is Case.NO_RADIO
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    with pytest.raises(BoardNotReached, match="no Bluetooth"):
        look_around(0.2)


def test_sensimls_service_reads_as_its_serial_stream(bluez, tmp_path):
    rows = np.random.default_rng(1).integers(-32768, 32768, (3000, 3))
    names = ("ax", "ay", "az")
    content = writers.description(names, 1000).strip() + b"\n" + rows.astype("<i2").tobytes()
    (tmp_path / "wrist").write_bytes(content)
    bluez.begin(("Wrist", NANO[1], f"simple:{tmp_path / 'wrist'}"))
    address = parse_address("ble:Wrist")
    stream = row_stream.recognise(address, BleLink(address))
    assert stream is not None
    with contextlib.closing(stream):
        assert stream.described == Described(names, 1000.0)
        found = np.zeros((0, 3))
        while len(found) < 1500:
            found = np.concatenate([found, *(h.event.values for h in stream.read(5.0) if isinstance(h.event, Rows))])
    assert np.array_equal(found, rows[: len(found)])


def test_sound_is_recorded_by_radio_to_the_sample(bluez, start, tmp_path, capsys):
    said = np.random.default_rng(2).integers(-32768, 32767, 16_000 * 8, dtype=np.int16)
    soundfile.write(tmp_path / "said.wav", said, 16_000, subtype="PCM_16")
    create_project(tmp_path / "project").close()
    with start("--pace", "fast", "--play", str(tmp_path / "said.wav")) as started:
        bluez.begin((*NANO, started.line["pty"]))
        source = ("--source", "ble:Nano", "--label", "yes", "--seconds", "1.5", "--json")
        assert main(["record", str(tmp_path / "project"), *source]) == 0
    (recording,) = json.loads(capsys.readouterr().out.splitlines()[-1])["recordings"]
    heard, rate_hz = soundfile.read(recording["path"], dtype="int16")
    assert (len(heard), rate_hz, recording["source"]) == (24_000, 16_000, "ble:Nano")
    assert sum(recording["lost"].values()) == 0
    begin = next(at for at in range(len(said)) if np.array_equal(said[at : at + 9], heard[:9]))
    assert np.array_equal(said[begin : begin + 24_000], heard)


@pytest.mark.parametrize("fault", ["gone Nano", "off"])
def test_a_recording_goes_on_when_the_radio_is_back_with_the_absence_as_its_gap(bluez, start, tmp_path, fault):
    said = np.random.default_rng(3).integers(1, 32767, 16_000 * 60, dtype=np.int16)
    soundfile.write(tmp_path / "said.wav", said, 16_000, subtype="PCM_16")
    absences: list[Absence] = []
    states: list[LinkState] = []
    with start("--play", str(tmp_path / "said.wav")) as started, create_project(tmp_path / "project") as project:
        bluez.begin((*NANO, started.line["pty"]))
        source = ResumedSource("ble:Nano", lambda address: make_source(address, rate_hz=16_000))
        source.away.connect(absences.append)
        source.changed.connect(states.append)
        with Recorder(source, project.recordings_folder) as recorder:
            recording = recorder.begin(Take("yes"))
            until(lambda: recording.seconds > 0.5)
            bluez.say(fault)
            until(lambda: len(absences) == 1)
            before = recording.samples
            bluez.say("back Nano")
            bluez.say("on")
            until(lambda: len(absences) == 2)
            back = recording.samples
            until(lambda: recording.samples > back + 8000)
    (recorded,) = recording.recorded
    heard, _rate_hz = soundfile.read(recorded.path, dtype="int16")
    tried = [LinkState.LOST, LinkState.RECONNECTING]
    times = states.count(LinkState.RECONNECTING)
    assert states == [LinkState.STREAMING, *tried * times, LinkState.STREAMING, LinkState.ENDED]
    gaps, lost = dict(recorded.sidecar.gaps), recorded.sidecar.lost
    count = gaps.pop(before)
    assert count == lost.link
    assert sum(gaps.values()) == lost.total - lost.link == lost.board  # a busy machine holds a virtual board up, too
    assert count / 16_000 == pytest.approx(absences[1].seconds, abs=0.1)
    assert not heard[before : before + count].any()
    for part in (heard[:before], heard[before + count :]):
        whole = part[: int(np.argmin(part != 0)) or len(part)]
        assert len(whole) >= 160
        where = next(at for at in range(len(said)) if np.array_equal(said[at : at + 9], whole[:9]))
        assert np.array_equal(said[where : where + len(whole)], whole)
