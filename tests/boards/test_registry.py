"""What `boards` finds: USB ports where a board answers, within its time, and the virtual ones always."""

import contextlib
import os
import threading
import time
import tty
from types import SimpleNamespace

import cbor2
import pytest
import serial.tools.list_ports

from studio.boards import connection, registry
from studio.boards.obstacles import BoardNotReached, Case
from studio.boards.ports import usb_ports
from studio.boards.registry import Lookout, find_boards
from studio.link.encoder import Frame, encode
from studio.link.messages import HELLO

GREETING = {
    "magic": "TINYML",
    "version": [1, 0],
    "board": "nano33ble",
    "name": "Nano",
    "firmware": "0",
    "id": b"",
    "sensors": [],
    "image": bytes(range(32)),
    "image_status": 0,
    "slot_bytes": 1,
    "arena_bytes": 1,
    "window_bytes": 1,
    "clock_hz": 1,
}


@pytest.fixture
def plugged(monkeypatch):
    """plugged(says): a pty listed as a USB port, on which `says` comes in answer to whatever is sent first."""
    ends, ports = [], []

    def answer(host_side, says):
        with contextlib.suppress(OSError):  # the test is over
            os.read(host_side, 100)
            os.write(host_side, says)

    def plug(says, vid=0x2341, pid=None):
        host_side, port = os.openpty()
        tty.setraw(port)
        ends.extend([host_side, port])
        ports.append(SimpleNamespace(device=os.ttyname(port), vid=vid, pid=pid))
        threading.Thread(target=answer, args=(host_side, says), daemon=True).start()
        return f"serial:{os.ttyname(port)}"

    monkeypatch.setattr(serial.tools.list_ports, "comports", lambda: ports)
    monkeypatch.setattr(connection, "HELLO_TIMEOUT_S", 1.0)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")  # what is in the air is another test's
    yield plug
    for end in ends:
        os.close(end)


def test_with_nothing_plugged_in_there_are_the_virtual_boards(plugged):
    search = find_boards()
    assert search.silent == []
    assert "no Bluetooth" in search.radio
    assert str(search.boards[0].address) == "virtual:nano33ble"
    assert all(board.name.endswith("(virtual)") and board.image is None for board in search.boards)


def test_a_board_is_found_with_its_name_and_model_and_others_say_why_not(plugged):
    board = plugged(encode(Frame(HELLO, 0, 0, cbor2.dumps(GREETING))))
    silent = plugged(b"")
    foreign = plugged(b"T=21.5 C\r\n\0")
    search = find_boards()
    boards = {str(found.address): found for found in search.boards}
    assert (boards[board].name, boards[board].image) == ("Nano", bytes(range(32)))
    assert {silent, foreign}.isdisjoint(boards)
    sentences = " ".join(search.silent)
    assert f"{silent} cannot be reached: it did not answer" in sentences
    assert f"{foreign} cannot be reached: what is there speaks another protocol" in sentences
    assert board not in sentences


def test_a_port_that_hangs_in_being_opened_holds_nothing_up(plugged, monkeypatch):
    hangs = plugged(b"")
    over = threading.Event()
    monkeypatch.setattr(registry, "ask_hello", lambda _address: over.wait(30))
    before_s = time.monotonic()
    search = find_boards(timeout_s=0.5)
    assert time.monotonic() - before_s < 3
    assert search.silent == [f"{hangs} hangs when it is opened. Unplug it."]
    over.set()


def test_a_board_in_its_bootloader_is_named_by_its_usb_numbers(plugged):
    waits = plugged(b"", pid=0x005A)
    (sentence,) = find_boards().silent
    assert sentence.startswith(f"{waits} cannot be reached: Arduino Nano 33 BLE Sense is in its bootloader")


def test_a_port_that_is_not_usb_is_not_opened(plugged):
    plugged(b"", vid=None)
    assert usb_ports() == []


def test_what_answered_is_asked_once_and_what_is_plugged_in_later_at_once(plugged, monkeypatch):
    asked = []

    def ask(address):
        asked.append(str(address))
        return connection_ask(address)

    connection_ask = connection.ask_hello
    monkeypatch.setattr(registry, "ask_hello", ask)
    greeting = encode(Frame(HELLO, 0, 0, cbor2.dumps(GREETING)))
    first, lookout = plugged(greeting), Lookout()
    for _ in range(3):
        assert str(lookout.look().boards[0].address) == first
    second = plugged(greeting)
    real = [str(board.address) for board in lookout.look().boards if board.address.scheme == "serial"]
    assert sorted(real) == sorted([first, second])
    assert asked == [first, second]
    listed = serial.tools.list_ports.comports()
    gone = next(port for port in listed if f"serial:{port.device}" == first)
    listed.remove(gone)
    assert [str(board.address) for board in lookout.look().boards][:2] == [second, "virtual:nano33ble"]
    listed.append(gone)
    lookout.look()
    assert asked == [first, second, first]


def test_a_port_that_was_in_use_is_asked_again_and_a_silent_one_not_soon(plugged, monkeypatch):
    silent = plugged(b"")
    asked = []

    def ask(address):
        asked.append(str(address))
        case = Case.BUSY if len(asked) == 1 else Case.SILENT
        raise BoardNotReached(str(address), "not now", "Wait.", case)

    monkeypatch.setattr(registry, "ask_hello", ask)
    lookout = Lookout()
    for _ in range(4):
        assert lookout.look().silent == [f"{silent} cannot be reached: not now. Wait."]
    assert asked == [silent] * 2
    lookout.look(anew=True)
    assert asked == [silent] * 3
