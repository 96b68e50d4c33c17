"""The least that talks to a virtual board in tests: its processes and its frames, with no code of connection.py."""

import json
import os
import select
import socket
import subprocess
import sys
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
