"""The least that talks to a virtual board in tests: its processes and its frames, with no code of connection.py."""

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.link.decoder import Decoder
from studio.link.encoder import Frame, encode
from studio.link.messages import COMMAND, HELLO, IMAGE_CHUNK, Hello, Reply, command, image_chunk, parse
from studio.link.sample_block import SamplesBlock

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20.0


def is_running(pid: int) -> bool:
    """Whether a process runs; one that ended and was not collected yet (state Z) does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"waited {PATIENCE_S:.0f} s until {what}"
        time.sleep(0.01)


@dataclass
class Link:
    """Commands out, messages in. Raises EOFError when the cable is pulled."""

    file: int
    decoder: Decoder = field(default_factory=Decoder)
    waiting: list[Frame] = field(default_factory=list)
    discarded: int = 0
    commands: int = 0

    def frame(self) -> Frame:
        while not self.waiting:
            ready, _, _ = select.select([self.file], [], [], PATIENCE_S)
            assert ready, "the board is silent"
            try:
                data = os.read(self.file, 65536)
            except OSError as error:
                raise EOFError from error
            if not data:
                raise EOFError
            for event in self.decoder.feed(data):
                if isinstance(event, Frame):
                    self.waiting.append(event)
                else:
                    self.discarded += 1
        return self.waiting.pop(0)

    def to_the_end(self) -> None:
        """Reads until the cable is pulled."""
        while True:
            self.frame()

    def messages(self) -> Iterator[Any]:
        while True:
            yield parse(self.frame())

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.file, data) :]

    def ask(self, do: str, **fields: Any) -> Reply:
        """Sends a command; everything before its reply is dropped."""
        self.commands += 1
        self.write(encode(Frame(COMMAND, self.commands & 0xFFFF, 0, command(self.commands, do, **fields))))
        return self.reply_to(self.commands)

    def reply_to(self, number: int) -> Reply:
        return next(m for m in self.messages() if isinstance(m, Reply) and m.id == number)

    def hello(self) -> Hello:
        self.commands += 1
        self.write(encode(Frame(COMMAND, 0, 0, command(self.commands, "hello"))))
        while True:
            frame = self.frame()
            if frame.type == HELLO:
                message = parse(frame)
                assert isinstance(message, Hello)
                self.reply_to(self.commands)
                return message

    def chunk(self, offset: int, data: bytes) -> Reply:
        self.write(encode(Frame(IMAGE_CHUNK, 0, 0, image_chunk(offset, data))))
        return self.reply_to(offset)

    def samples(self, count: int) -> tuple[NDArray[np.int16], list[SamplesBlock]]:
        """At least `count` samples as they come, and their blocks."""
        blocks: list[SamplesBlock] = []
        got = 0
        for message in self.messages():
            if isinstance(message, SamplesBlock):
                blocks.append(message)
                got += len(message.samples)
                if got >= count:
                    return np.concatenate([block.samples.reshape(-1) for block in blocks]), blocks
        raise AssertionError


@dataclass
class Started:
    process: "subprocess.Popen[bytes]"
    line: dict[str, Any]
    link: Link


@contextmanager
def started(*options: str, board: str = "nano33ble", connect: bool = True) -> Iterator[Started]:
    """A sidecar with its board, and its pty opened raw as a serial port would be. Without `connect`, no link."""
    command_line = [sys.executable, "-m", "studio.boards.feed", "--board", board, *options]
    process = subprocess.Popen(command_line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    file = -1
    try:
        line = json.loads(process.stdout.readline())
        if "pty" in line:
            file = os.open(line["pty"], os.O_RDWR | os.O_NOCTTY)
        elif "port" in line and connect:
            file = socket.create_connection(("127.0.0.1", line["port"])).detach()
        yield Started(process, line, Link(file))
    finally:
        if file >= 0:
            os.close(file)
        process.stdin.close()
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.fixture
def start() -> Callable[..., AbstractContextManager[Started]]:
    """start(*options of feed.py, board=KEY, connect=True): a context manager; gives `.process`, `.line`, `.link`."""
    return started


@pytest.fixture
def ends() -> Callable[[int], None]:
    """ends(pid): waits until that process has ended."""
    return lambda pid: wait_until(lambda: not is_running(pid), f"process {pid} has ended")


BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy>
</busconfig>
"""


class Bluez:
    """A radio of our own, with peripherals before the ports that `begin` was given."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def begin(self, *peripherals: tuple[str, str, str]) -> None:
        """peripherals: name, address, and the port of the board behind it."""
        arguments = [part for peripheral in peripherals for part in peripheral]
        script = Path(__file__).with_name("bluez.py")
        self._process = subprocess.Popen(
            [sys.executable, script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.heard() == "ready"

    def say(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def heard(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        if self._process is not None:
            self._process.communicate(timeout=10)


@pytest.fixture
def bluez(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bluez]:
    """A private system bus, on which `begin` puts an org.bluez. Skips where there is no dbus-daemon; not in CI."""
    daemon = shutil.which("dbus-daemon")
    if daemon is None:
        if os.environ.get("TINYML_REQUIRE_DATA"):
            pytest.fail("dbus-daemon is absent, and this run requires it")
        pytest.skip("needs dbus-daemon")
    with tempfile.TemporaryDirectory(prefix="bus") as folder:  # a socket's path must be short
        config = Path(folder) / "bus.conf"
        config.write_text(BUS.format(folder=folder))
        command = [daemon, f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
        bus = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert bus.stdout is not None
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.stdout.readline().strip().partition(",")[0])
        made = Bluez()
        try:
            yield made
        finally:
            made.end()
            bus.terminate()
            bus.wait(10)
            bus.stdout.close()
