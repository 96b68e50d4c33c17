"""Boards with other firmware, on a real pty: what they sent is what the recording holds."""

import contextlib
import itertools
import json
import os
import select
import socket
import termios
import threading
import time
import tty
from pathlib import Path

import numpy as np
import pytest

from studio.boards import row_stream
from studio.core.csv_file import read_csv
from tests.link import writers

NAMES = ("ax", "ay", "az")
RATE_HZ = 200


@contextlib.contextmanager
def board(play):
    """A pty with a board at its other end, and its address. play(send, heard, stopped) runs on a thread of its own once
    something is heard: as if opening the port had reset it, as it does many a board.
    """
    master, slave = os.openpty()
    tty.setraw(slave)
    stopped = threading.Event()

    def send(data):
        while data and not stopped.is_set():
            _, ready, _ = select.select([], [master], [], 0.05)
            if ready:
                data = data[os.write(master, data) :]

    def heard():
        ready, _, _ = select.select([master], [], [], 0)
        return os.read(master, 4096) if ready else b""

    def run():
        while not heard():
            if stopped.wait(0.01):
                return
        play(send, heard, stopped)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"serial:{os.ttyname(slave)}"
    finally:
        stopped.set()
        thread.join(5)
        os.close(master)
        os.close(slave)


def paced(send, stopped, pieces, rate_hz=RATE_HZ, at_once=4):
    """One piece a sample, some at a time as USB brings them."""
    began = time.monotonic()
    for number in range(0, len(pieces), at_once):
        stopped.wait(max(0.0, began + number / rate_hz - time.monotonic()))
        if stopped.is_set():
            return number
        send(b"".join(pieces[number : number + at_once]))
    stopped.wait()
    return len(pieces)


def rows_of(count, seed=1):
    return np.round(np.random.default_rng(seed).normal(0, 3, (count, 3)), 3)


def within(found, sent, *, absent=()):
    """Where `found` lies in `sent`, from which the rows `absent` are missing, one after another without exception."""
    assert len(found)
    left = np.delete(np.arange(len(sent)), absent)
    starts = [at for at in range(len(left)) if np.array_equal(sent[left[at]], found[0])]
    return any(np.array_equal(sent[left[at : at + len(found)]], found) for at in starts)


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Half the patience: a test's board answers at once or never."""
    for name in ("RATE_S", "SENSE_S", "HELLO_TIMEOUT_S"):
        monkeypatch.setattr(row_stream, name, getattr(row_stream, name) / 2)


@pytest.fixture
def folder(project):
    project.close()
    return project.folder


@pytest.fixture
def record(studio, folder):
    def run(address, *more, seconds="1.2", kind="imu"):
        said = studio("record", folder, "--source", address, "--sensor", kind, "--label", "wave", "--seconds", seconds,
                      "--json", *more)  # fmt: skip
        assert said.code == 0, said.err
        (recording,) = said.result["recordings"]
        recording["sidecar"] = json.loads(Path(recording["path"]).with_suffix(".json").read_text())
        return recording

    return run


@pytest.mark.parametrize(("separator", "header"), [(",", NAMES), ("\t", None), ("", NAMES)])
def test_text_lines_become_a_csv_of_what_was_printed(record, separator, header):
    rows = rows_of(4000)
    lines = writers.text(rows, separator=separator, header=header, digits=3)
    with board(lambda send, _heard, stopped: paced(send, stopped, [lines[0] + lines[1], *lines[2:]])) as address:
        recording = record(address)
    found = read_csv(Path(recording["path"]))
    assert found.channels == (NAMES if header else ("c1", "c2", "c3"))
    assert within(found.values, rows)
    assert (recording["stream"], recording["declared_rate_hz"]) == ("text lines", None)
    assert recording["rate_hz"] == pytest.approx(RATE_HZ, rel=0.05)
    assert recording["measured_rate_hz"] == pytest.approx(RATE_HZ, rel=0.03)
    assert sum(recording["lost"].values()) == 0
    assert np.allclose(found.t_us, np.arange(len(found.t_us)) * (1e6 / recording["rate_hz"]), rtol=0, atol=1)
    assert recording["sidecar"]["channels"] == list(found.channels)


def test_bad_lines_are_gaps_and_the_parsers_loss_and_nothing_else(record):
    rows = rows_of(4000)
    lines = writers.text(rows, header=NAMES, digits=3)
    rng = np.random.default_rng(4)
    bad = sorted(int(b) for b in rng.choice(np.arange(40, 4000), 600, replace=False))
    for turn, place in enumerate(bad):
        spoilt = [b"1.0,oops,2\r\n", writers.noise(rng, 20) + b"\xff\n", lines[place + 1][:4] + b"\n"]
        lines[place + 1] = spoilt[turn % len(spoilt)]
    with board(lambda send, _heard, stopped: paced(send, stopped, lines)) as address:
        recording = record(address)
    found = read_csv(Path(recording["path"]))
    assert within(found.values, rows, absent=bad)
    last = int(np.flatnonzero(np.all(rows == found.values[-1], axis=1))[0])
    spoilt = [place for place in bad if place < last]
    behind = round(1.2 * recording["rate_hz"]) - len(found.values) - len(spoilt)  # 1: a loss that ends the take
    assert behind == 0 or (behind == 1 and last + 1 in bad)
    assert len(spoilt) > 10
    assert recording["lost"] == {"board": 0, "link": 0, "host": 0, "parser": len(spoilt) + behind, "disk": 0}
    assert sum(count for _start, count in recording["gaps"]) == len(spoilt) + behind
    steps = np.diff(found.t_us) * recording["rate_hz"] / 1e6
    assert np.round(steps).sum() == len(found.t_us) - 1 + len(spoilt)


def test_a_boards_own_time_is_kept(record):
    rows = rows_of(4000)
    timed = [(1000 + number * 5, *row) for number, row in enumerate(rows)]
    del timed[150:170]  # a pause that no line tells of
    with board(
        lambda send, _heard, stopped: paced(send, stopped, writers.text(timed, header=("timestamp", *NAMES), digits=3))
    ) as address:
        recording = record(address)
    found = read_csv(Path(recording["path"]))
    assert found.channels == NAMES
    assert found.t_us[0] == 0
    assert recording["rate_hz"] == 200
    first = int(np.flatnonzero(np.all(rows == found.values[0], axis=1))[0])
    kept = [number for number in range(first, 4000) if not 150 <= number < 170][: len(found.t_us)]
    assert np.array_equal(found.values, rows[kept])
    assert np.array_equal(found.t_us, (np.array(kept) - first) * 5000)


def simple_board(rows, *, version):
    """It repeats its description until it is told to connect, and again when it is told to disconnect."""
    line = writers.description(NAMES, RATE_HZ, version=version)
    size = 6
    packets = writers.simple_packets(rows) if version == 2 else [
        rows[start : start + size].astype("<i2").tobytes() for start in range(0, len(rows) - size + 1, size)
    ]  # fmt: skip

    def play(send, heard, stopped, *, streaming=False):
        said, place = b"", 0
        for turn in itertools.count():
            if stopped.wait(size / RATE_HZ):
                return
            said = (said + heard())[-64:]
            if b"disconnect" in said:
                said, streaming = b"", False
            elif b"connect" in said:
                said, streaming = b"", True
            if streaming:
                send(packets[place])
                place += 1
            elif turn % 5 == 0:
                send(line)

    return play


@pytest.mark.parametrize("version", [1, 2])
def test_simple_streaming_is_told_to_connect_and_recorded_as_counts(record, version):
    rows = np.random.default_rng(2).integers(-32768, 32768, (6000, 3))
    with board(simple_board(rows, version=version)) as address:
        recording = record(address)
    found = read_csv(Path(recording["path"]))
    assert found.channels == NAMES
    assert np.array_equal(found.values, rows[: len(found.values)])
    assert len(found.values) == 240
    assert (recording["declared_rate_hz"], recording["rate_hz"]) == (RATE_HZ, RATE_HZ)
    assert 0 < recording["measured_rate_hz"] < 1.1 * RATE_HZ  # the board waits between packets, and then sends


@pytest.mark.parametrize("version", [1, 2])
def test_simple_streaming_that_is_on_already_is_begun_anew(record, version):
    rows = np.random.default_rng(3).integers(-32768, 32768, (9000, 3))
    play = simple_board(rows, version=version)
    with board(lambda send, heard, stopped: play(send, heard, stopped, streaming=True)) as address:
        recording = record(address, seconds="1")
    found = read_csv(Path(recording["path"]))
    assert found.channels == NAMES
    assert within(found.values, rows)


def test_nordics_forwarder_is_recorded_with_its_losses(record):
    rows = rows_of(4000)
    messages = writers.nordic(rows, NAMES, RATE_HZ, again_every=4000)
    bad, gone = list(range(50, 250, 50)), list(range(71, 250, 40))
    pieces = [b"" if n in gone else b"\x07" + m[:5] + b"\xee\0" if n in bad else m for n, m in enumerate(messages[1:])]
    with board(lambda send, _heard, stopped: paced(send, stopped, [messages[0] + pieces[0], *pieces[1:]])) as address:
        recording = record(address)
    found = read_csv(Path(recording["path"]))
    assert within(found.values, rows, absent=sorted({*bad, *gone}))
    assert recording["lost"]["parser"] == len(bad)
    assert recording["lost"]["link"] == len(gone)
    assert recording["sidecar"]["board"] == "Thingy"
    assert recording["declared_rate_hz"] == RATE_HZ


def test_a_declared_rate_that_is_wrong_is_kept_and_the_measured_one_beside_it(record):
    rows = rows_of(4000)
    messages = writers.nordic(rows, NAMES, 2 * RATE_HZ, again_every=4000)
    pieces = [messages[0] + messages[1], *messages[2:]]
    with board(lambda send, _heard, stopped: paced(send, stopped, pieces)) as address:
        recording = record(address)
    assert (recording["declared_rate_hz"], recording["rate_hz"]) == (2 * RATE_HZ, 2 * RATE_HZ)
    assert recording["measured_rate_hz"] == pytest.approx(RATE_HZ, rel=0.05)


def test_sound_by_simple_streaming_becomes_wav(studio, folder):
    rows = np.random.default_rng(9).integers(-32768, 32767, (64_000, 1))
    line = writers.description(("Microphone",), 16_000, packet_rows=320)

    def play(send, heard, stopped):
        said = b""
        while b"connect" not in (said := said + heard()):
            send(line)
            if stopped.wait(0.1):
                return
        paced(send, stopped, [rows[at : at + 320].astype("<i2").tobytes() for at in range(0, 64_000, 320)], 50, 1)

    with board(play) as address:
        said = studio("record", folder, "--source", address, "--label", "yes", "--seconds", "2", "--json")
    assert said.code == 0, said.err
    (recording,) = said.result["recordings"]
    import soundfile

    samples, rate_hz = soundfile.read(recording["path"], dtype="int16")
    assert rate_hz == 16_000
    assert np.array_equal(samples, rows[:32_000, 0])


def test_rows_over_tcp_are_recorded_until_the_board_hangs_up(studio, folder):
    rows = rows_of(800)
    lines = writers.text(rows, header=NAMES, digits=3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                began = time.monotonic()
                for number in range(0, len(lines), 5):
                    time.sleep(max(0.0, began + number / 500 - time.monotonic()))
                    connection.sendall(b"".join(lines[number : number + 5]))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):  # what we were asked, so that closing resets nothing
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        said = studio(
            "record", folder, "--source", f"tcp:127.0.0.1:{port}", "--sensor", "imu", "--seconds", "20", "--json"
        )
        thread.join(10)
    assert said.code == 1
    assert "is gone" in said.err
    (recording,) = said.result["recordings"]
    assert np.array_equal(read_csv(Path(recording["path"])).values, rows)


def test_a_speed_that_garbles_is_left_for_one_that_does_not(record):
    rows = rows_of(4000)
    data = writers.text(rows, header=NAMES, digits=3)

    def speed():
        file = os.open(port, os.O_RDWR | os.O_NOCTTY)
        try:
            return termios.tcgetattr(file)[5]
        finally:
            os.close(file)

    def play(send, _heard, stopped):
        for number in range(0, len(data), 20):
            piece = b"".join(data[number : number + 20])
            speeds = {termios.B115200: 115_200, termios.B9600: 9600, termios.B921600: 921_600}
            heard_at = speeds.get(speed(), 57_600)
            send(piece if heard_at == 9600 else writers.garbled(piece, 9600, heard_at))
            if stopped.wait(20 / RATE_HZ):
                return

    with board(play) as address:
        port = address.removeprefix("serial:")
        recording = record(address, seconds="1")
    assert within(read_csv(Path(recording["path"])).values, rows)


@pytest.mark.parametrize(
    ("sent", "sentence", "remedy"),
    [
        (b"", "nothing came within", "reset button"),
        (b"Hello, I am a sketch that prints words.\r\n", "another protocol", "a row of numbers a line"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_its_own_sentence(studio, folder, sent, sentence, remedy):
    with board(lambda send, _heard, stopped: paced(send, stopped, [sent] * 400, 20, 1)) as address:
        said = studio("record", folder, "--source", address, "--sensor", "imu", "--seconds", "1")
    assert said.code == 1
    assert sentence in said.err
    assert remedy in said.err
