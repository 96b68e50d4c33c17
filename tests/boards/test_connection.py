"""open_board, over real ptys and sockets: to virtual boards, and to devices that are not what they should be."""

import hashlib
import itertools
import os
import select
import signal
import subprocess
import sys
import threading
import time
import tty
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cbor2
import numpy as np
import pytest

from studio.boards import connection, transport
from studio.boards.address import Address, parse_address
from studio.boards.connection import BoardLost, BoardRefused, OtherProtocol, ask_hello, open_board
from studio.boards.transport import BoardNotReached, VirtualLink
from studio.boards.virtual import VirtualBoardFailed
from studio.core.errors import NotFound
from studio.link.decoder import Decoder
from studio.link.encoder import Frame, encode
from studio.link.messages import HELLO, IMAGE_CHUNK, LOG, REPLY, SAMPLES, Log, Message, SamplesBlock
from studio.link.sample_block import samples_payload

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 16_000
NANO = parse_address("virtual:nano33ble")
FAST = parse_address("virtual:nano33ble?pace=fast")
GREETING = {
    "magic": "TINYML",
    "version": [1, 0],
    "board": "nano33ble",
    "name": "Fake",
    "firmware": "0",
    "id": b"",
    "sensors": [],
    "image_status": -1,
    "slot_bytes": 1,
    "arena_bytes": 1,
    "window_bytes": 1,
    "clock_hz": 1,
}


class Device:
    """The other end of a pty: `answer(frame, device)` is called with each frame that the host sends."""

    def __init__(self, answer):
        self.host_side, self.port = os.openpty()
        tty.setraw(self.port)
        self.address = Address("serial", os.ttyname(self.port))
        self.sequence = 0
        self._answer = answer
        self._unplugged = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        decoder = Decoder()
        while not self._unplugged.is_set():
            # A thread that waits in read() would keep its end of the pty from closing.
            ready, _, _ = select.select([self.host_side], [], [], 0.02)
            data = os.read(self.host_side, 4096) if ready else b""
            for event in decoder.feed(data):
                if isinstance(event, Frame):
                    self._answer(event, self)

    def send(self, kind, payload):
        self.write(encode(Frame(kind, self.sequence & 0xFFFF, 0, payload)))
        self.sequence += 1

    def write(self, data):
        while data:
            data = data[os.write(self.host_side, data) :]

    def unplug(self):
        if not self._unplugged.is_set():
            self._unplugged.set()
            self._thread.join()
            os.close(self.host_side)

    def close(self):
        self.unplug()
        os.close(self.port)


@contextmanager
def device(answer):
    made = Device(answer)
    try:
        yield made
    finally:
        made.close()


def obliging(frame, board):
    """Greets, and says yes to everything."""
    asked = (
        cbor2.loads(frame.payload) if frame.type != IMAGE_CHUNK else {"id": int.from_bytes(frame.payload[:4], "little")}
    )
    if asked.get("do") == "hello":
        board.send(HELLO, cbor2.dumps(GREETING))
    board.send(REPLY, cbor2.dumps({"id": asked["id"], "status": 0}))


def listen(board, samples):
    """At least so many samples, and their blocks."""
    blocks = []
    for message in board.messages(5):
        if isinstance(message, SamplesBlock):
            blocks.append(message)
            if sum(len(block.samples) for block in blocks) >= samples:
                break
    return np.concatenate([block.samples[:, 0] for block in blocks]), blocks


def processes(board):
    """Of a virtual one: the board and its sidecar."""
    assert isinstance(board._transport, VirtualLink)
    virtual = board._transport._board
    return virtual.board_pid, virtual.feed_pid


def children_of_this_process():
    return set(Path(f"/proc/self/task/{threading.main_thread().native_id}/children").read_text().split())


def test_a_virtual_board_introduces_itself_and_streams_what_it_hears(wav_of_noise):
    path, expected = wav_of_noise(3.0)
    with open_board(FAST.playing(path), None) as board:
        assert (board.hello.board, board.hello.image) == ("nano33ble", None)
        board.command("start", sensor=0, rate=RATE_HZ)
        heard, blocks = listen(board, len(expected))
        board.command("stop")
    assert np.array_equal(heard[: len(expected)], expected)
    assert blocks[0].first_index == 0


@pytest.fixture
def wav_of_noise(tmp_path):
    import soundfile

    def make(seconds):
        samples = np.random.default_rng(1).integers(-32768, 32768, round(RATE_HZ * seconds), dtype=np.int16)
        soundfile.write(tmp_path / "noise.wav", samples, RATE_HZ)
        return tmp_path / "noise.wav", samples

    return make


def test_what_arrives_while_a_command_waits_is_kept_in_order():
    with open_board(FAST, None) as board:
        board.command("start", sensor=0, rate=RATE_HZ)
        asked = 0
        while asked < 50 or not board._queue:  # on a busy machine 50 are answered before the first samples
            asked += 1
            with pytest.raises(BoardRefused):
                board.command("no such command")
        board.command("stop")
        blocks = [m for m in board.messages(0.2) if isinstance(m, SamplesBlock)]
    ends = [block.first_index + len(block.samples) for block in blocks]
    assert [block.first_index for block in blocks] == [0, *ends[:-1]]
    assert ends[-1] > 0


def test_a_board_that_waits_loses_nothing_however_slow_its_reader_is(monkeypatch):
    monkeypatch.setattr(connection, "WAITING_MESSAGES", 20)
    with open_board(FAST, None) as board:
        board.command("start", sensor=0, rate=RATE_HZ)
        time.sleep(0.5)
        _, blocks = listen(board, 10 * RATE_HZ)
        assert len(board._queue) <= 20
        board.command("stop")
    assert blocks[-1].lost_board == 0
    assert board.counts.dropped == 0
    assert [b.first_index for b in blocks] == [320 * n for n in range(len(blocks))]


def test_what_this_process_has_no_room_for_is_dropped_and_counted(monkeypatch):
    monkeypatch.setattr(connection, "QUEUE_MESSAGES", 5)
    with open_board(NANO, None) as board:
        board.command("start", sensor=0, rate=RATE_HZ)
        end_s = time.monotonic() + 10
        while board.counts.dropped < 10 and time.monotonic() < end_s:
            time.sleep(0.01)
        deliveries = board.deliveries(5)
        seen = [next(deliveries) for _ in range(6)]
        board.command("stop")
    assert [delivery.dropped_before for delivery in seen[:5]] == [0] * 5
    assert seen[5].dropped_before >= 10
    before, after = seen[4].message, seen[5].message
    assert isinstance(before, SamplesBlock)
    assert isinstance(after, SamplesBlock)
    assert after.first_index - before.first_index == 320 * (1 + seen[5].dropped_before)
    assert after.lost_board == 0  # it was not the board
    assert seen[5].arrived_ns > seen[4].arrived_ns


@pytest.mark.fault
def test_a_killed_board_is_lost_at_once_and_after_what_had_arrived(ends):
    with open_board(FAST, None) as board:
        board.command("start", sensor=0, rate=RATE_HZ)
        listen(board, RATE_HZ)
        os.kill(processes(board)[0], signal.SIGKILL)
        before_s = time.monotonic()
        with pytest.raises(BoardLost, match="board on virtual:nano33ble is gone") as caught:
            list(board.messages(30))
        assert time.monotonic() - before_s < 5
        assert "Its process ended" in caught.value.advice()
        with pytest.raises(BoardLost):
            board.command("stop")
        feed_pid = processes(board)[1]
    ends(feed_pid)


@pytest.mark.fault
def test_a_board_that_hangs_is_lost_in_the_time_given():
    with open_board(NANO, None) as board:
        os.kill(processes(board)[0], signal.SIGSTOP)
        before_s = time.monotonic()
        with pytest.raises(BoardLost, match="stopped answering 1 s ago"):
            board.command("stop", timeout_s=1)
        assert time.monotonic() - before_s < 3


def send_without_end(board):
    for offset in itertools.count(0, 1000):
        board.send_chunk(offset, bytes(1000))


@pytest.mark.fault
def test_a_board_that_takes_no_bytes_is_lost_and_closing_does_not_hang(monkeypatch):
    monkeypatch.setattr(transport, "WRITE_TIMEOUT_S", 0.3)
    with open_board(NANO, None) as board:
        os.kill(processes(board)[0], signal.SIGSTOP)
        with pytest.raises(BoardLost):
            send_without_end(board)
        before_s = time.monotonic()
        board.close()
        assert time.monotonic() - before_s < 5


def test_closing_leaves_no_process_and_ends_who_listens(ends):
    before = children_of_this_process()
    board = open_board(NANO, None)
    pids = processes(board)
    heard: list[Message] = []
    listener = threading.Thread(target=lambda: heard.extend(board.messages(60)))
    listener.start()
    board.close()
    board.close()
    listener.join(5)
    assert not listener.is_alive()
    for pid in pids:
        ends(pid)
    assert children_of_this_process() == before
    assert not [thread for thread in threading.enumerate() if "virtual:nano33ble" in thread.name]


def test_a_virtual_boards_flash_is_its_projects(tmp_path):
    content = np.random.default_rng(2).bytes(1500)
    for _ in range(2):
        with open_board(NANO, tmp_path) as board:
            board.command("upload", bytes=len(content), sha256=hashlib.sha256(content).digest())
            for offset in (0, 1000):
                board.send_chunk(offset, content[offset : offset + 1000])
            board.chunk_accepted(0)
            board.chunk_accepted(1000)
            with pytest.raises(BoardRefused, match="no sound model") as caught:
                board.command("commit")
            assert caught.value.status == -1
    assert (tmp_path / "boards/nano33ble.flash").read_bytes().startswith(content)


def test_one_flash_takes_one_board(tmp_path):
    with open_board(NANO, tmp_path), pytest.raises(VirtualBoardFailed, match="another virtual board"):
        open_board(NANO, tmp_path)


def test_a_board_without_a_row_is_named_with_those_there_are():
    with pytest.raises(NotFound) as caught:
        open_board(parse_address("virtual:nano34ble"), None)
    assert "nano33ble" in caught.value.advice()


def tcp_address(running):
    return Address("tcp", f"127.0.0.1:{running.line['port']}")


def test_an_upload_over_tcp_needs_the_token(start):
    with (
        start("--link", "tcp", connect=False) as running,
        open_board(tcp_address(running), None) as board,
    ):
        fields: dict[str, Any] = {"bytes": 3, "sha256": bytes(32)}
        with pytest.raises(BoardRefused, match="token") as caught:
            board.command("upload", **fields)
        assert "?token=" in caught.value.advice()
        with pytest.raises(BoardRefused):
            board.command("upload", **fields, token="0" * 32)
        assert board.command("upload", **fields, token=running.line["token"]).status == 0


@pytest.mark.fault
def test_a_board_that_ends_over_tcp_is_lost(start):
    with (
        start("--link", "tcp", connect=False) as running,
        open_board(tcp_address(running), None) as board,
    ):
        os.kill(running.line["pid"], signal.SIGKILL)
        with pytest.raises(BoardLost):
            list(board.messages(30))


def test_a_second_host_is_told_that_the_first_one_has_the_board(start, monkeypatch):
    monkeypatch.setattr(connection, "HELLO_TIMEOUT_S", 1.0)
    with start("--link", "tcp", connect=False) as running:
        address = tcp_address(running)
        with open_board(address, None) as first:
            with pytest.raises(BoardNotReached, match="did not answer") as caught:
                open_board(address, None)
            assert "close other programs" in caught.value.advice()
            first.command("stop")
        with open_board(address, None) as second:  # whoever comes when it is free is served
            assert second.hello.board == "nano33ble"


def refused(kind, address, match):
    with pytest.raises(kind, match=match) as caught:
        open_board(address, None)
    assert caught.value.advice()


def test_a_port_that_is_in_use_is_told_so():
    with device(obliging) as port, open_board(port.address, None):
        refused(BoardNotReached, port.address, "another program is using it")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("serial:/dev/ttyNONE9", "there is no such port"),
        ("serial:/dev/null", "/dev/null"),
        ("tcp:127.0.0.1:1", "refused"),
        ("tcp:192.0.2.7:5000", "another machine"),
        ("tcp:0.0.0.0:5000", "another machine"),
    ],
)
def test_what_cannot_be_reached_says_why(address, why):
    with pytest.raises(BoardNotReached, match=why) as caught:
        open_board(parse_address(address), None)
    assert address in str(caught.value)
    assert caught.value.advice()


def test_a_silent_port_is_given_up_in_three_seconds():
    with device(lambda _frame, _board: None) as port:
        before_s = time.monotonic()
        refused(BoardNotReached, port.address, "did not answer within 3 s")
        assert time.monotonic() - before_s < 4


def test_another_protocol_is_told_from_silence(monkeypatch):
    monkeypatch.setattr(connection, "HELLO_TIMEOUT_S", 1.0)
    lines = b"ax:1.0,ay:2.0\r\n\0" * 3
    with device(lambda _frame, board: board.write(lines)) as port:
        refused(BoardNotReached, port.address, "speaks another protocol")


def test_another_major_version_is_refused_by_name():
    greeting = cbor2.dumps({**GREETING, "version": [2, 3]})
    with device(lambda _frame, board: board.send(HELLO, greeting)) as port:
        refused(OtherProtocol, port.address, r"version 2\.3")


def test_a_board_that_is_still_booting_is_asked_again():
    asked = []

    def late(frame, board):
        asked.append(frame)
        if len(asked) > 2:
            obliging(frame, board)
        else:
            board.write(b"rst:0x1 (POWERON_RESET)\r\n")

    with device(late) as port, open_board(port.address, None) as board:
        assert board.hello.name == "Fake"
        assert board.discarded == 0  # counted from the moment that the board was ours


def test_what_another_host_left_running_is_stopped_and_dropped():
    stale = samples_payload(0, 77, 0, np.ones((4, 1), dtype=np.int16))

    def streaming(frame, board):
        board.send(SAMPLES, stale)
        obliging(frame, board)

    with device(streaming) as port, open_board(port.address, None) as board:
        assert list(board.messages(0.1)) == []
        assert board.command("anything").status == 0
        assert [m.first_index for m in board.messages(0.1) if isinstance(m, SamplesBlock)] == [77]


def test_asking_who_is_there_disturbs_nothing():
    asked = []

    def noting(frame, board):
        asked.append(cbor2.loads(frame.payload)["do"])
        obliging(frame, board)

    with device(noting) as port:
        assert ask_hello(port.address).name == "Fake"
    assert asked == ["hello"]


@pytest.mark.parametrize(("do", "times"), [("stop", 2), ("start", 1)])
def test_a_lost_command_is_sent_again_where_twice_is_as_good_as_once(monkeypatch, do, times):
    monkeypatch.setattr(connection, "REPEAT_S", 0.1)
    asked = []

    def deaf_once(frame, board):
        asked.append(cbor2.loads(frame.payload)["do"])
        if asked.count(do) != 2:
            obliging(frame, board)

    with device(deaf_once) as port, open_board(port.address, None) as board:
        asked[:] = [do]  # the next is the second
        if times == 2:
            assert board.command(do, timeout_s=5).status == 0
        else:
            with pytest.raises(BoardLost):
                board.command(do, timeout_s=0.5)
    assert asked == [do] * (1 + times)


def test_missing_frames_and_garbage_are_counted():
    with device(obliging) as port, open_board(port.address, None) as board:
        port.send(LOG, b"one")
        port.sequence += 3
        port.write(b"noise\0")
        port.send(99, b"of a later version")
        port.send(LOG, b"two")
        assert list(itertools.islice(board.messages(5), 2)) == [Log("one"), Log("two")]
        counts = board.counts
        assert (counts.frames_missing, counts.discarded_bytes, counts.malformed) == (3, 5, 1)


@pytest.mark.fault
def test_a_pulled_cable_is_a_lost_board_after_what_had_arrived():
    with device(obliging) as port, open_board(port.address, None) as board:
        port.send(LOG, b"last words")
        port.unplug()
        messages = board.messages(30)
        assert next(messages) == Log("last words")
        with pytest.raises(BoardLost, match="is gone"):
            next(messages)


def upload_through(answer, chunks):
    with device(answer) as port, open_board(port.address, None) as board:
        waiting: list[int] = []
        for offset in range(0, chunks * 10, 10):
            if len(waiting) == 4:
                board.chunk_accepted(waiting.pop(0))
            board.send_chunk(offset, bytes(10))
            waiting.append(offset)
        for offset in waiting:
            board.chunk_accepted(offset)
        assert board._chunks == {}


class Flash:
    """Takes chunks as the core does. `loses(n)` says whether the n-th that comes is lost on the way."""

    def __init__(self, loses=lambda _n: False, loses_answer=lambda _n: False):
        self.loses, self.loses_answer = loses, loses_answer
        self.received = self.seen = 0

    def __call__(self, frame, board):
        if frame.type != IMAGE_CHUNK:
            obliging(frame, board)
            return
        self.seen += 1
        if self.loses(self.seen):
            return
        offset = int.from_bytes(frame.payload[:4], "little")
        if offset == self.received:
            self.received += 10
        if not self.loses_answer(self.seen):
            board.send(REPLY, cbor2.dumps({"id": offset, "status": 0 if offset < self.received else -5}))


def test_lost_chunks_and_lost_answers_are_sent_again(monkeypatch):
    monkeypatch.setattr(connection, "CHUNK_TIMEOUT_S", 0.2)
    for flash in (Flash(), Flash(loses=lambda n: n in (3, 11)), Flash(loses_answer=lambda n: n in (1, 5, 20))):
        upload_through(flash, 20)
        assert flash.received == 200


def test_a_board_that_takes_no_chunk_at_all_is_lost(monkeypatch):
    monkeypatch.setattr(connection, "CHUNK_TIMEOUT_S", 0.1)
    with pytest.raises(BoardLost):
        upload_through(Flash(loses=lambda _n: True), 1)


def test_boards_lists_without_qt_tensorflow_or_sound():
    code = (
        "import sys\n"
        "from studio.cli.main import main\n"
        "assert main(['boards', '--json']) == 0\n"
        "heavy = {'PySide6', 'tensorflow', 'keras', 'scipy', 'sounddevice', 'soundfile', 'sqlalchemy'}\n"
        "sys.stderr.write(','.join(heavy & set(sys.modules)))\n"
    )
    nowhere = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=nowhere, capture_output=True, text=True, check=True
    )
    assert done.stderr.startswith("Bluetooth cannot be reached: ")  # and one line is all
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("\n")
    assert '"virtual:nano33ble"' in done.stdout
