"""The connection doctor: each thing that stands in the way, made for real, has its own sentence and remedy."""

import contextlib
import errno
import grp
import json
import os
import select
import subprocess
import sys
import termios
import threading
import tty
from pathlib import Path
from types import SimpleNamespace

import pytest
import serial.tools.list_ports

from studio.boards import ports, row_stream
from studio.boards.doctor import Finding, Outcome, reach
from studio.boards.obstacles import BoardNotReached, Case
from studio.boards.ports import not_opened
from studio.boards.transport import SerialPort
from studio.cli.main import main
from tests.link import writers

WORDS = b"Hello, I am a sketch that prints words.\r\n"
NUMBERS = b"".join(writers.text([(1.25, -2.5, 9.75)] * 40))


@contextlib.contextmanager
def plugged(says=lambda _speed: b""):
    """A pty whose board says says(speed) again and again, at whatever speed the port has by then."""
    master, slave = os.openpty()
    tty.setraw(slave)
    over = threading.Event()
    speeds = {termios.B115200: 115_200, termios.B9600: 9600, termios.B921600: 921_600, termios.B57600: 57_600}

    def talk():
        while not over.wait(0.05):
            data = says(speeds.get(termios.tcgetattr(slave)[5], 460_800))
            if data and select.select([], [master], [], 0)[1]:
                os.write(master, data)
            if select.select([master], [], [], 0)[0]:
                os.read(master, 4096)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        over.set()
        thread.join(5)
        os.close(master)
        os.close(slave)


def sent_at(baud, data):
    return lambda speed: data if speed == baud else writers.garbled(data, baud, speed)


def examined(port, options=""):
    """Which step failed, in what case, the sentence and its remedy."""
    seen: list[Finding] = []
    finding = reach(f"serial:{port}{options}", seen.append)
    assert seen[-1] == finding
    place = [step.outcome for step in finding.steps].index(Outcome.FAILED)
    assert all(step.outcome is Outcome.DONE for step in finding.steps[:place])
    assert isinstance(finding.error, BoardNotReached)
    return place, finding.error.case, str(finding.error).partition(": ")[2], finding.error.advice()


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(row_stream, "HELLO_TIMEOUT_S", 1.0)
    monkeypatch.setattr(row_stream, "SENSE_S", 0.4)


def list_as(monkeypatch, port, vid, pid):
    monkeypatch.setattr(serial.tools.list_ports, "comports", lambda: [SimpleNamespace(device=port, vid=vid, pid=pid)])


def test_nothing_plugged_in_and_a_cable_without_data_share_a_sentence_that_names_both(monkeypatch):
    list_as(monkeypatch, "/dev/ttyACM7", 0x2341, 0x805A)
    place, case, sentence, remedy = examined("/dev/ttyNONE9")
    assert (place, case) == (1, Case.NO_PORT)
    assert sentence == "there is no such port; nothing is plugged in, or its cable carries no data."
    assert "a cable that carries data" in remedy
    assert "There is: /dev/ttyACM7 (Arduino Nano 33 BLE Sense)." in remedy


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="becomes another user, as only root may")
@pytest.mark.parametrize("group", ["tty", None])
def test_no_permission_names_the_group_to_join_or_the_rule_to_write(group, monkeypatch):
    with plugged() as port:
        list_as(monkeypatch, port, 0x2341, 0x805A)
        os.chown(port, -1, grp.getgrnam(group or "tty").gr_gid)
        Path(port).chmod(0o660 if group else 0o600)
        others = os.getgroups()
        os.setgroups([])
        os.setegid(65534)
        os.seteuid(65534)
        try:
            place, case, sentence, remedy = examined(port)
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(others)
    assert (place, case, sentence) == (1, Case.NO_PERMISSION, "you may not use this port.")
    if group:
        assert f"sudo usermod -aG {group} $USER" in remedy
    else:
        assert 'ATTRS{idVendor}=="2341", ATTRS{idProduct}=="805a", TAG+="uaccess"' in remedy
        assert "/etc/udev/rules.d/" in remedy


HOLD = "import serial, sys; p = serial.Serial(sys.argv[1], exclusive=sys.argv[2] == '1'); print(1, flush=True); input()"


@pytest.mark.parametrize(("exclusive", "place"), [("1", 1), ("0", 2)])
def test_a_port_in_use_says_by_whom(exclusive, place):
    """Also one that a program holds that lets others in, and takes half of what comes."""
    with plugged() as port:
        command = [sys.executable, "-c", HOLD, port, exclusive]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline()
            found = examined(port)
            name = (f"/proc/{holder.pid}/comm", holder.pid)
            with open(name[0]) as comm:  # noqa: PTH123
                who = f"{comm.read().strip()} (process {holder.pid})"
            holder.communicate(b"\n")
    assert found[:3] == (place, Case.BUSY, f"{who} is using it.")
    assert "Close it" in found[3]


def test_a_wrong_speed_is_told_by_garbled_bytes_with_the_right_one():
    with plugged(sent_at(9600, NUMBERS)) as port:
        place, case, sentence, remedy = examined(port, "?baud=115200")
    assert (place, case) == (2, Case.WRONG_SPEED)
    assert sentence == "what comes is garbled; the board talks at 9600 baud."
    assert "?baud=9600" in remedy


def test_a_speed_that_nobody_guesses_is_told_as_garbled():
    with plugged(lambda _speed: writers.garbled(NUMBERS, 74_880, 115_200)) as port:
        place, case, sentence, remedy = examined(port)
    assert (place, case) == (2, Case.WRONG_SPEED)
    assert "garbled at every usual speed" in sentence
    assert "Serial.begin" in remedy


def test_a_bootloader_is_known_by_its_numbers(monkeypatch):
    with plugged() as port:
        list_as(monkeypatch, port, 0x2341, 0x005A)
        place, case, sentence, remedy = examined(port)
    assert (place, case) == (2, Case.BOOTLOADER)
    assert sentence.startswith("Arduino Nano 33 BLE Sense is in its bootloader")
    assert "reset button" in remedy


def test_a_bootloader_is_known_by_what_it_prints():
    boot = b"rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1))\r\nwaiting for download\r\n"
    with plugged(sent_at(115_200, boot)) as port:
        _, case, sentence, _ = examined(port)
    assert (case, sentence.partition(" and")[0]) == (Case.BOOTLOADER, "the board is in its bootloader")


def test_a_silent_board_is_told_as_such():
    with plugged() as port:
        place, case, sentence, remedy = examined(port)
    assert (place, case) == (2, Case.SILENT)
    assert sentence.startswith("the port opens, but nothing came")
    assert "reset button" in remedy


def test_foreign_firmware_is_told_by_what_it_sends():
    with plugged(lambda _speed: WORDS) as port:
        assert examined(port)[:3] == (3, Case.FOREIGN, "what is there speaks another protocol.")
    with plugged(lambda _speed: NUMBERS) as port:
        place, case, sentence, remedy = examined(port)
    assert (place, case) == (3, Case.FOREIGN)
    assert sentence == "its firmware is not this program's; it sends text lines."
    assert "`record` takes what it sends" in remedy


@pytest.mark.parametrize("path", ["/dev/null", __file__])
def test_what_is_no_serial_port_is_called_so(path):
    with pytest.raises(BoardNotReached, match="it is no serial port"):
        SerialPort(path, f"serial:{path}")


def test_whatever_else_a_driver_says_is_passed_on():
    error = not_opened("/dev/ttyX", "serial:/dev/ttyX", OSError(errno.EIO, "Input/output error"))
    assert (error.case, str(error)) == (
        Case.OTHER,
        "serial:/dev/ttyX cannot be reached: [Errno 5] Input/output error.",
    )


def test_a_board_of_ours_passes_every_step(start):
    with start() as started:
        finding = reach(f"serial:{started.line['pty']}", lambda _finding: None)
    assert [step.outcome for step in finding.steps] == [Outcome.DONE] * 4
    assert finding.hello is not None
    assert finding.hello.board == "nano33ble"


def test_the_command_examines_an_address(capsys):
    assert main(["doctor", "serial:/dev/ttyNONE9", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    (finding,) = result["findings"]
    assert (result["board"], finding["kind"], finding["severity"]) == (None, "no port", "error")
    assert "carries no data" in finding["where"]
    assert "carries data" in finding["remedy"]
    assert [step["outcome"] for step in result["steps"]] == ["done", "failed", "not tried yet", "not tried yet"]


def test_no_two_boards_have_the_same_numbers_and_bootloaders_are_boards_too():
    running = {row.name for row in ports.USB_NAMES.values() if not row.bootloader}
    assert {row.name for row in ports.USB_NAMES.values() if row.bootloader} <= running
