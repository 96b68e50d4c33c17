"""The virtual board's sidecar, a process of its own: `python -m studio.boards.feed`.

It owns what the board hears, feels and sees (files, this machine's microphone and cameras), starts the C program that
is the board, and relays that program's first line, which says where the link is. It ends, and takes the board with it,
when its standard input closes, which is its parent's end, or when the board ends. Killed, it takes the board with it
too, since the board ends when its own standard input closes.

To the board goes a header of 12 bytes, little-endian: kind u8, three zeros, stream u32, count u32. Kind "S": `count`
int16 values follow, whole samples of all channels. Kind "P": `count` bytes follow, a picture. Kind "L": `count`
samples or pictures were lost here, and nothing follows. Kind "B": the board's button is pressed before what comes next,
and nothing follows. From it come JSON lines: {"start": rate_hz, "sensor": id, "stream": n} when a sensor starts,
{"stop": 0, "stream": n} when it stops.

To our parent go JSON lines too: after the board's first one {"stream": n, "began_ns": t} for each stream that is fed, t
being the host's monotonic clock at its sample 0. A line `press` from it presses the button.
"""

import argparse
import contextlib
import itertools
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
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

import studio.native
from studio.boards.board_table import BoardRow, load_board
from studio.boards.camera import OPEN_TIMEOUT_S, Camera, check_camera, is_camera, number_of
from studio.boards.picture_playback import dark
from studio.boards.playback import BLOCK_SAMPLES, ROW_ENDINGS, Samples, play, played_seconds, rest, suits, watch
from studio.boards.row_playback import columns
from studio.boards.virtual import PRESS
from studio.core.csv_file import read_table
from studio.core.errors import InvalidInput, NotFound, StudioError
from studio.core.log import start_logging
from studio.core.picture_file import Pixels, fitted
from studio.core.samples import CAMERA, KINDS, MICROPHONE, SensorKind
from studio.core.text import gettext, mark
from studio.link.messages import SENSOR_IDS

_log = logging.getLogger(__name__)

MIC = "mic"
CHUNK_S = 0.02
PARENT_CHECK_S = 0.5
HEADER = struct.Struct("<c3xII")
_KIND_OF_ID = {number: KINDS[name] for name, number in SENSOR_IDS.items()}


class Feeder:
    """Plays into the board's sensor that is on."""

    def __init__(
        self,
        pipe: IO[bytes],
        what: str | None,
        size: tuple[int, int] | None,
        *,
        fast: bool,
        ppm: float = 0.0,
        presses_s: Sequence[float] = (),
        began: Callable[[int, int], None] = lambda _stream, _at_ns: None,
    ) -> None:
        """size: width and height of the camera's pictures. ppm: by so much the board's crystal, which paces its
        sensors, is fast; what is live has its own. presses_s: of the button, in seconds of each stream by its rate.
        began: told of a stream that is fed and when its sample 0 was, by this machine's monotonic clock.
        """
        self._pipe = pipe
        self._what = what
        self._size = size
        self._fast = fast
        self._pace = 1 + ppm / 1e6
        self._presses_s = sorted(presses_s)
        self._began = began
        self._is_pressed = threading.Event()
        self._sensor = (0, 0, MICROPHONE)  # stream, its rate in Hz (0 while no sensor is on), and what is on
        self._changed = threading.Condition()

    def sensor_is(self, stream: int, rate_hz: int, kind: SensorKind) -> None:
        """Called on the thread that listens to the board."""
        with self._changed:
            self._sensor = (stream, rate_hz, kind)
            self._changed.notify_all()

    def press(self) -> None:
        """The board's button, now. On any thread."""
        self._is_pressed.set()

    def run(self) -> None:
        """Until the board's end closes the pipe, which raises BrokenPipeError."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._sensor[1] > 0)
                stream, rate_hz, kind = self._sensor
            self._feed(stream, rate_hz, kind)  # returns when that stream is over

    def _is_over(self, stream: int, wait_s: float = 0) -> bool:
        """Whether the board's sensor has stopped or started anew, now or within wait_s."""
        with self._changed:
            return self._changed.wait_for(lambda: self._sensor[0] != stream or self._sensor[1] == 0, wait_s)

    def _feed(self, stream: int, rate_hz: int, kind: SensorKind) -> None:
        if kind == CAMERA:
            self._feed_pictures(stream, rate_hz)
        elif kind == MICROPHONE and self._what == MIC:
            self._feed_microphone(stream, rate_hz)
        else:
            self._feed_samples(stream, rate_hz, kind)

    def _feed_samples(self, stream: int, rate_hz: int, kind: SensorKind) -> None:
        chunk = BLOCK_SAMPLES if self._fast else max(1, round(CHUNK_S * rate_hz))
        sent = 0
        presses = [round(press_s * rate_hz) for press_s in self._presses_s]
        began_s = self._begin(stream)
        for samples in in_chunks(hear(self._what, rate_hz, kind), chunk):
            # A block of a sensor's samples is there when its last one is.
            due_s = began_s + (sent + len(samples)) / (rate_hz * self._pace) - time.monotonic()
            if self._is_over(stream, 0.0 if self._fast else max(0.0, due_s)):
                return
            at = 0
            while presses and presses[0] < sent + len(samples):
                at, before = presses.pop(0) - sent, at
                self._send(stream, samples[before:at])
                self._send_press(stream)
            self._send(stream, samples[at:])
            sent += len(samples)

    def _feed_pictures(self, stream: int, rate_hz: int) -> None:
        assert self._size is not None  # noqa: S101  or the board would have no camera
        live = self._what is not None and is_camera(self._what)
        seen = self._live_pictures() if live else see(self._what, self._size, rate_hz)
        with contextlib.closing(seen):
            picture = next(seen)  # before the first is due: it may take its time
            presses = [round(press_s * rate_hz) for press_s in self._presses_s]
            began_s = self._begin(stream)
            for number in itertools.count(1):
                due_s = began_s + number / (rate_hz * self._pace) - time.monotonic()
                if self._is_over(stream, 0.0 if self._fast and not live else max(0.0, due_s)):
                    return
                if live:
                    picture = next(seen)
                if self._is_pressed.is_set() or (presses and presses[0] < number):
                    del presses[:1]
                    self._send_press(stream)
                self._pipe.write(HEADER.pack(b"P", stream, picture.size) + picture.tobytes())
                self._pipe.flush()
                if not live:
                    picture = next(seen)

    def _live_pictures(self) -> Generator[Pixels]:
        """What this machine's camera sees when it is asked for; once it has gone, its last picture."""
        assert self._what is not None and self._size is not None  # noqa: S101, PT018
        with Camera(number_of(self._what)) as camera:
            while True:
                newest = camera.wait(0, OPEN_TIMEOUT_S)
                assert newest is not None  # noqa: S101  it had one when it was opened
                yield fitted(newest[0], *self._size)

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
        self._begin(stream)
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

    def _begin(self, stream: int) -> float:
        """When sample 0 is, in seconds; tells of it, and forgets a press from before."""
        self._is_pressed.clear()
        at_ns = time.monotonic_ns()
        self._began(stream, at_ns)
        return at_ns / 1e9

    def _send_press(self, stream: int) -> None:
        self._is_pressed.clear()
        self._pipe.write(HEADER.pack(b"B", stream, 0))

    def _send(self, stream: int, samples: Samples) -> None:
        if self._is_pressed.is_set():
            self._send_press(stream)
        self._pipe.write(HEADER.pack(b"S", stream, samples.size) + samples.astype("<i2").tobytes())
        self._pipe.flush()


def hear(what: str | None, rate_hz: int, kind: SensorKind) -> Iterator[Samples]:
    """The files and then silence, or rest, without end; that alone where nothing played is for such a sensor."""
    if what is not None and _has(what, kind):
        try:
            yield from play(Path(what), rate_hz, kind)
        except (StudioError, OSError):
            _log.exception("cannot go on playing")
    silence = rest(kind, BLOCK_SAMPLES)
    while True:
        yield silence


def see(what: str | None, size: tuple[int, int], rate_hz: int) -> Generator[Pixels]:
    """The pictures and then the dark without end."""
    if what is not None and _has(what, CAMERA):
        try:
            yield from watch(Path(what), size, rate_hz)
        except (StudioError, OSError):
            _log.exception("cannot go on playing")
    yield from dark(size)


def _has(what: str, kind: SensorKind) -> bool:
    return what != MIC and not is_camera(what) and suits(Path(what), kind)


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


def board_command(
    row: BoardRow, flash: Path, *, fast: bool, tcp: bool, ppm: int = 0, jitter_us: int = 0, slower: int = 1
) -> list[str]:
    sensors = (
        f"{SENSOR_IDS[kind]}:{','.join(map(str, rates))}{_size_of(row, kind)}" for kind, rates in row.rates.items()
    )
    options = {
        "board": row.key,
        "name": f"{row.name} (virtual)",
        "flash": flash,
        "sensors": ";".join(sensors),
        "slot-bytes": row.image_slot_bytes,
        "arena-bytes": row.arena_bytes,
        "window-bytes": row.window_bytes,
        "queue-bytes": row.queue_bytes,
        "clock-hz": row.clock_hz,
        "link-bytes-per-s": row.link_bytes_per_s,
        "pace": "fast" if fast else "real",
        "link": "tcp" if tcp else "pty",
        "ppm": ppm,
        "jitter-us": jitter_us,
        "slower": slower,
    }
    return [str(board_program()), *(part for key, value in options.items() for part in (f"--{key}", str(value)))]


def _size_of(row: BoardRow, kind: str) -> str:
    return f"/{row.camera_size[0]}x{row.camera_size[1]}" if kind == CAMERA.name and row.camera_size else ""


def check(what: str, row: BoardRow) -> None:
    """Raises NotFound, InvalidInput for what none of the board's sensors can be given."""
    if what == MIC:
        check_microphone()
    elif is_camera(what):
        check_camera(what)
    else:
        path = Path(what)
        if not path.exists():
            raise NotFound(what)
        kinds = [KINDS[name] for name in row.rates if suits(path, KINDS[name])]
        if not kinds:
            raise InvalidInput(what, gettext("there is nothing in it that a sensor of this board could be given"))
        if path.suffix.lower() in ROW_ENDINGS:
            _check_rows(path, kinds)
        elif MICROPHONE in kinds and path.is_file() and not played_seconds(path):
            raise InvalidInput(what, gettext("there is no sound in it"))


def _check_rows(path: Path, kinds: list[SensorKind]) -> None:
    """Raises InvalidInput for a file that has the columns of none of them."""
    names, _values = read_table(path)
    problems: list[InvalidInput] = []
    for kind in kinds:
        try:
            columns(path, names, kind)
        except InvalidInput as error:
            problems.append(error)
    if len(problems) == len(kinds):
        raise problems[0]


def check_microphone(rate_hz: int = 16_000) -> None:
    """Raises InvalidInput where this machine has no microphone that can be opened."""
    try:
        import sounddevice
    except OSError as error:  # PortAudio's library is not installed
        raise InvalidInput(MIC, str(error), mark("Install PortAudio, or play a file.")) from error
    try:
        sounddevice.check_input_settings(channels=1, dtype="int16", samplerate=rate_hz)
    except (ValueError, sounddevice.PortAudioError) as error:
        raise InvalidInput(MIC, str(error), mark("Plug in a microphone, or play a file.")) from error


def _listen(board: subprocess.Popen[bytes], feeder: Feeder) -> None:
    """The board's lines, until it ends, which ends this process."""
    assert board.stdout is not None  # noqa: S101  started with a pipe
    for line in board.stdout:
        with contextlib.suppress(ValueError, KeyError):
            event = json.loads(line)
            kind = _KIND_OF_ID.get(event.get("sensor"), MICROPHONE)
            feeder.sensor_is(event["stream"], event.get("start", 0), kind)
    os._exit(board.wait())


def _watch_parent(board: subprocess.Popen[bytes], feeder: Feeder) -> None:
    """Standard input is the parent's life line, and its lines are what it asks for. A process forked from the parent
    may hold it open, so the parent's number is looked at too.
    """
    parent = os.getppid()
    while os.getppid() == parent:
        ready, _, _ = select.select([0], [], [], PARENT_CHECK_S)
        if ready:
            asked = os.read(0, 4096)
            if not asked:
                break
            for _press in range(asked.count(PRESS)):
                feeder.press()
    board.kill()
    board.wait()
    os._exit(0)


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _say_began(stream: int, at_ns: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody is left who asks
        _say({"stream": stream, "began_ns": at_ns})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studio.boards.feed", description="A virtual board.")
    parser.add_argument("--board", required=True, help="a key of boards.toml")
    parser.add_argument("--flash", type=Path, help="the file that is its flash; without, one that is gone at the end")
    parser.add_argument("--pace", choices=["real", "fast"], default="real")
    parser.add_argument("--play", help="sound, CSV, pictures, a video, a folder of them, `mic`, `camera:N`")
    parser.add_argument("--link", choices=["pty", "tcp"], default="pty")
    parser.add_argument("--ppm", type=int, default=0, help="by so much its crystal is fast")
    parser.add_argument("--jitter-ms", type=float, default=0.0, help="its link delays by up to twice as much")
    parser.add_argument("--slower", type=int, default=1, help="so many times than this machine its processor is")
    parser.add_argument("--press", type=_seconds, default=(), help="its button, at these seconds of each stream: 2.5,7")
    return parser.parse_args()


def _seconds(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _start_board(args: argparse.Namespace, flash: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Returns the board and its first line. Raises StudioError."""
    row = load_board(args.board)
    if args.play is not None:
        check(args.play, row)
    live = args.play is not None and (args.play == MIC or is_camera(args.play))
    command = board_command(
        row,
        flash,
        fast=args.pace == "fast" and not live,
        tcp=args.link == "tcp",
        ppm=args.ppm,
        jitter_us=round(args.jitter_ms * 1000),
        slower=args.slower,
    )
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
    feeder = Feeder(
        board.stdin,
        args.play,
        load_board(args.board).camera_size,
        fast=args.pace == "fast",
        ppm=args.ppm,
        presses_s=args.press,
        began=_say_began,
    )
    threading.Thread(target=_listen, args=(board, feeder), name="board", daemon=True).start()
    threading.Thread(target=_watch_parent, args=(board, feeder), name="parent", daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        feeder.run()
    os._exit(board.wait())


if __name__ == "__main__":
    main()
