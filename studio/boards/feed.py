"""The virtual board's sidecar, a process of its own: `python -m studio.boards.feed`.

It owns what the board hears (files, this machine's microphone), starts the C program that is the board, and relays
that program's first line, which says where the link is. It ends, and takes the board with it, when its standard
input closes, which is its parent's end, or when the board ends. Killed, it takes the board with it too, since the
board ends when its own standard input closes.

To the board goes a header of 12 bytes, little-endian: kind u8, three zeros, stream u32, count u32. Kind "S": `count`
int16 samples follow. Kind "L": `count` samples were lost here, and nothing follows. From it come JSON lines:
{"start": rate_hz, "stream": n} when its sensor starts, {"stop": 0, "stream": n} when it stops.
"""

import argparse
import contextlib
import json
import logging
import os
import queue
import select
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

import studio.native
from studio.boards.board_table import BoardRow, load_board
from studio.boards.playback import BLOCK_SAMPLES, Samples, files_to_play, play
from studio.core.errors import InvalidInput, NotFound, StudioError
from studio.core.log import start_logging
from studio.core.text import gettext, mark

_log = logging.getLogger(__name__)

MICROPHONE = "mic"
CHUNK_S = 0.02
PARENT_CHECK_S = 0.5
HEADER = struct.Struct("<c3xII")


class Feeder:
    """Plays into the board's sensor while it is on."""

    def __init__(self, pipe: IO[bytes], what: str | None, *, fast: bool) -> None:
        self._pipe = pipe
        self._what = what
        self._fast = fast
        self._sensor = (0, 0)  # stream, and its rate in Hz: 0 while the sensor is off
        self._changed = threading.Condition()

    def sensor_is(self, stream: int, rate_hz: int) -> None:
        """Called on the thread that listens to the board."""
        with self._changed:
            self._sensor = (stream, rate_hz)
            self._changed.notify_all()

    def run(self) -> None:
        """Until the board's end closes the pipe, which raises BrokenPipeError."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._sensor[1] > 0)
                stream, rate_hz = self._sensor
            self._feed(stream, rate_hz)  # returns when that stream is over

    def _is_over(self, stream: int, wait_s: float = 0) -> bool:
        """Whether the board's sensor has stopped or started anew, now or within wait_s."""
        with self._changed:
            return self._changed.wait_for(lambda: self._sensor[0] != stream or self._sensor[1] == 0, wait_s)

    def _feed(self, stream: int, rate_hz: int) -> None:
        if self._what == MICROPHONE:
            self._feed_microphone(stream, rate_hz)
            return
        chunk = BLOCK_SAMPLES if self._fast else round(CHUNK_S * rate_hz)
        sent = 0
        began_s = time.monotonic()
        for samples in in_chunks(hear(self._what, rate_hz), chunk):
            # A block of a sensor's samples is there when its last one is.
            due_s = 0.0 if self._fast else began_s + (sent + len(samples)) / rate_hz - time.monotonic()
            if self._is_over(stream, max(0.0, due_s)):
                return
            self._send(stream, samples)
            sent += len(samples)

    def _feed_microphone(self, stream: int, rate_hz: int) -> None:
        import sounddevice

        blocks: queue.Queue[tuple[int, bytes]] = queue.Queue(maxsize=round(1 / CHUNK_S))
        owed = 0

        def offer(data: Any, frames: int, _time: object, _status: object) -> None:  # on PortAudio's thread: never waits
            nonlocal owed
            try:
                blocks.put_nowait((owed, bytes(data)))
                owed = 0
            except queue.Full:
                owed += frames

        microphone = sounddevice.RawInputStream(
            samplerate=rate_hz, channels=1, dtype="int16", blocksize=round(CHUNK_S * rate_hz), callback=offer
        )
        microphone.start()
        try:
            while not self._is_over(stream):
                try:
                    lost, data = blocks.get(timeout=CHUNK_S)
                except queue.Empty:
                    continue
                if lost:
                    self._pipe.write(HEADER.pack(b"L", stream, lost))
                self._send(stream, np.frombuffer(data, dtype=np.int16))
        finally:
            microphone.abort(ignore_errors=True)  # stop() hangs for ever where the device has gone
            microphone.close(ignore_errors=True)

    def _send(self, stream: int, samples: Samples) -> None:
        self._pipe.write(HEADER.pack(b"S", stream, len(samples)) + samples.astype("<i2").tobytes())
        self._pipe.flush()


def hear(what: str | None, rate_hz: int) -> Iterator[Samples]:
    """The files and then silence without end; silence alone where nothing is played."""
    if what is not None:
        try:
            yield from play(Path(what), rate_hz)
        except StudioError:
            _log.exception("cannot go on playing")
    silence = np.zeros(BLOCK_SAMPLES, dtype=np.int16)
    while True:
        yield silence


def in_chunks(blocks: Iterator[Samples], chunk: int) -> Iterator[Samples]:
    """The same samples in pieces of exactly `chunk`; what is left at the end of `blocks`, if they end, is shorter."""
    held: list[Samples] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += len(block)
        if count >= chunk:
            joined = np.concatenate(held)
            whole = count - count % chunk
            yield from np.split(joined[:whole], whole // chunk)
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)


def board_program() -> Path:
    """Raises NotFound where it has not been built."""
    path = Path(studio.native.__file__).resolve().parent / "_build" / "stu_virtual_board"
    if not path.is_file():
        raise NotFound(str(path), gettext("Run `make setup`, which builds it."))
    return path


def board_command(row: BoardRow, flash: Path, *, fast: bool, tcp: bool) -> list[str]:
    options = {
        "board": row.key,
        "name": f"{row.name} (virtual)",
        "flash": flash,
        "slot-bytes": row.image_slot_bytes,
        "arena-bytes": row.arena_bytes,
        "window-bytes": row.window_bytes,
        "queue-bytes": row.queue_bytes,
        "clock-hz": row.clock_hz,
        "link-bytes-per-s": row.link_bytes_per_s,
        "pace": "fast" if fast else "real",
        "link": "tcp" if tcp else "pty",
    }
    return [str(board_program()), *(part for key, value in options.items() for part in (f"--{key}", str(value)))]


def check_microphone(rate_hz: int = 16_000) -> None:
    """Raises InvalidInput where this machine has no microphone that can be opened."""
    try:
        import sounddevice
    except OSError as error:  # PortAudio's library is not installed
        raise InvalidInput(MICROPHONE, str(error), mark("Install PortAudio, or play a file.")) from error
    try:
        sounddevice.check_input_settings(channels=1, dtype="int16", samplerate=rate_hz)
    except (ValueError, sounddevice.PortAudioError) as error:
        raise InvalidInput(MICROPHONE, str(error), mark("Plug in a microphone, or play a file.")) from error


def _listen(board: subprocess.Popen[bytes], feeder: Feeder) -> None:
    """The board's lines, until it ends, which ends this process."""
    assert board.stdout is not None  # noqa: S101  started with a pipe
    for line in board.stdout:
        with contextlib.suppress(ValueError, KeyError):
            event = json.loads(line)
            feeder.sensor_is(event["stream"], event.get("start", 0))
    os._exit(board.wait())


def _watch_parent(board: subprocess.Popen[bytes]) -> None:
    """Standard input is the parent's life line. A process forked from the parent may hold it open, so the parent's
    number is looked at too.
    """
    parent = os.getppid()
    while os.getppid() == parent:
        ready, _, _ = select.select([0], [], [], PARENT_CHECK_S)
        if ready and not os.read(0, 4096):
            break
    board.kill()
    board.wait()
    os._exit(0)


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studio.boards.feed", description="A virtual board.")
    parser.add_argument("--board", required=True, help="a key of boards.toml")
    parser.add_argument("--flash", type=Path, help="the file that is its flash; without, one that is gone at the end")
    parser.add_argument("--pace", choices=["real", "fast"], default="real")
    parser.add_argument("--play", help="a sound file, a folder of them, or `mic`")
    parser.add_argument("--link", choices=["pty", "tcp"], default="pty")
    return parser.parse_args()


def _start_board(args: argparse.Namespace, flash: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Returns the board and its first line. Raises StudioError."""
    row = load_board(args.board)
    if args.play == MICROPHONE:
        check_microphone()
    elif args.play is not None:
        files_to_play(Path(args.play))
    command = board_command(row, flash, fast=args.pace == "fast" and args.play != MICROPHONE, tcp=args.link == "tcp")
    board = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert board.stdout is not None  # noqa: S101
    line = json.loads(board.stdout.readline() or '{"error": "its program ended at once"}')
    if "error" in line:
        board.wait()
        raise InvalidInput(args.board, line["error"])
    return board, line


def main() -> None:
    args = _arguments()
    start_logging()
    with tempfile.TemporaryDirectory(prefix="tinyml-") as folder:
        # Once the board has it open, a flash without a name lasts as long as the board.
        flash = args.flash or Path(folder) / "flash"
        try:
            board, line = _start_board(args, flash)
        except StudioError as error:
            _say({"error": str(error), "advice": error.advice()})
            return
    try:
        _say({**line, "feed_pid": os.getpid()})
    except BrokenPipeError:  # who asked for the board was killed meanwhile
        board.kill()
        os._exit(1)
    assert board.stdin is not None  # noqa: S101
    feeder = Feeder(board.stdin, args.play, fast=args.pace == "fast")
    threading.Thread(target=_listen, args=(board, feeder), name="board", daemon=True).start()
    threading.Thread(target=_watch_parent, args=(board,), name="parent", daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        feeder.run()
    os._exit(board.wait())


if __name__ == "__main__":
    main()
