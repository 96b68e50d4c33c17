"""Virtual boards from this side: starts the sidecar (`feed.py`), which starts the board and ends with us."""

import contextlib
import json
import math
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import studio
from studio.boards.address import Address
from studio.boards.board_table import DEFAULT_BOARD, load_board
from studio.boards.camera import is_camera
from studio.core.errors import StudioError
from studio.core.text import mark

START_TIMEOUT_S = 30.0
END_TIMEOUT_S = 3.0
PACES = ("real", "fast")
MOST_PPM = 100_000
MOST_JITTER_MS = 1000
MOST_SLOWER = 10_000
PRESS = b"press\n"  # a line to the sidecar
_INSTALLED_IN = Path(studio.__file__).resolve().parents[1]  # from where the sidecar finds this very package


@dataclass(eq=False)
class VirtualBoardFailed(StudioError):
    address: str
    why: str
    advise: str = mark("Correct the address, or see the log for more.")
    message = mark("{address} did not start: {why}")
    remedy = "{advise}"


class VirtualBoard:
    """A running virtual board. `link_path` is its pty, "" where its link is TCP: then `port` and `token` are set."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", line: dict[str, Any], began_ns: dict[int, int] | None = None
    ) -> None:
        """began_ns: filled in by whoever reads the sidecar's lines."""
        self.link_path: str = line.get("pty", "")
        self.port: int | None = line.get("port")
        self.token: str | None = line.get("token")
        self.board_pid: int = line["pid"]
        self.feed_pid: int = line["feed_pid"]
        # Of each stream, by its number, the host's monotonic clock at its sample 0: as the simulator has it.
        self.began_ns: Mapping[int, int] = {} if began_ns is None else began_ns
        self._process = process
        # Collects the sidecar when it ends, however it ends, so that none is left as a zombie.
        self._reaper = threading.Thread(target=process.wait, name="virtual board", daemon=True)
        self._reaper.start()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def press(self) -> None:
        """Its button: a mark, where a stream is on. Raises OSError where the board has ended."""
        assert self._process.stdin is not None  # noqa: S101  started with a pipe
        self._process.stdin.write(PRESS)
        self._process.stdin.flush()

    def close(self) -> None:
        """Ends the sidecar and with it the board, whose link then ends as if its cable were pulled."""
        _end(self._process)
        self._reaper.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(eq=False)
class FlashNotWritable(StudioError):
    path: str
    message = mark("A virtual board keeps its flash in the project, but {path} cannot be written.")
    remedy = mark("Copy the project to a folder of yours and use it there, or use a board that is plugged in.")


def start_virtual_board(address: Address, folder: Path | None, *, tcp: bool = False) -> VirtualBoard:
    """Starts the board that `address` names, nano33ble where it names none.

    Its flash is `folder`/boards/KEY.flash; without a folder it is gone when the board ends. Options: `pace` (real or
    fast), `ppm` (by so much its crystal is fast), `jitter` (its link delays each frame by 0 to twice so many ms),
    `slower` (so many times than this machine its processor is), `press` (of its button, in seconds of each stream:
    2.5,7), `play` (a file, a folder, `mic`, or `camera:N`). Raises NotFound for a board without a row,
    FlashNotWritable, VirtualBoardFailed.
    """
    key = load_board(address.target or DEFAULT_BOARD).key
    pace = address.options.get("pace", "real")
    if pace not in PACES:
        raise VirtualBoardFailed(str(address), f"pace={pace} is neither real nor fast.")
    command = [sys.executable, "-m", "studio.boards.feed", "--board", key, "--pace", pace]
    if play := address.options.get("play"):
        command += ["--play", play if play == "mic" or is_camera(play) else str(Path(play).expanduser().resolve())]
    command += _simulated(address)
    if tcp:
        command += ["--link", "tcp"]
    if folder is not None:
        command += ["--flash", str(_flash_in(folder, key))]
    # Its own session, so that Ctrl-C reaches us first and we can still halt the board.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, cwd=_INSTALLED_IN
    )
    try:
        began_ns: dict[int, int] = {}
        line = _first_line(process, began_ns)
    except queue.Empty:
        _end(process)
        raise VirtualBoardFailed(str(address), f"it said nothing for {START_TIMEOUT_S:.0f} s.") from None
    except ValueError as error:
        _end(process)
        raise VirtualBoardFailed(str(address), "its sidecar ended.") from error
    if "error" in line:
        _end(process)
        raise VirtualBoardFailed(str(address), line["error"], line.get("advice", VirtualBoardFailed.advise))
    return VirtualBoard(process, line, began_ns)


def _simulated(address: Address) -> list[str]:
    """What of a real board is played to this one, as options of the sidecar. Raises VirtualBoardFailed."""
    least_most = {"ppm": (-MOST_PPM, MOST_PPM), "jitter": (0, MOST_JITTER_MS), "slower": (1, MOST_SLOWER)}
    arguments: list[str] = []
    for name, (least, most) in least_most.items():
        given = address.options.get(name)
        if given is None:
            continue
        try:
            value = float(given) if name == "jitter" else int(given)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise VirtualBoardFailed(str(address), f"{name}={given} is no number from {least:,} to {most:,}.")
        arguments.append(f"--{name}-ms={given}" if name == "jitter" else f"--{name}={given}")
    presses = address.options.get("press")
    if presses is not None:
        if not re.fullmatch(r"\d+(\.\d+)?(,\d+(\.\d+)?)*", presses, re.ASCII):
            raise VirtualBoardFailed(str(address), f"press={presses} is no list of seconds, such as 2.5,7.")
        arguments.append(f"--press={presses}")
    return arguments


def _first_line(process: "subprocess.Popen[bytes]", began_ns: dict[int, int]) -> dict[str, Any]:
    """The lines after it fill began_ns. Raises queue.Empty when it takes too long, ValueError where the sidecar said
    nothing and ended.
    """
    assert process.stdout is not None  # noqa: S101  started with a pipe
    lines: queue.Queue[bytes] = queue.Queue()
    reads = threading.Thread(target=_drain, args=(process.stdout, lines, began_ns), daemon=True)
    reads.name = "virtual board's output"
    reads.start()
    return dict(json.loads(lines.get(timeout=START_TIMEOUT_S)))


def _drain(pipe: IO[bytes], lines: "queue.Queue[bytes]", began_ns: dict[int, int]) -> None:
    with pipe:
        lines.put(pipe.readline())
        for line in pipe:
            with contextlib.suppress(ValueError, KeyError):  # one that was cut when the sidecar was killed
                said = json.loads(line)
                began_ns[said["stream"]] = said["began_ns"]


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None  # noqa: S101  started with a pipe
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _flash_in(folder: Path, key: str) -> Path:
    """The file in a project that is a board's flash. Raises FlashNotWritable."""
    boards = folder.resolve() / "boards"
    flash = boards / f"{key}.flash"
    try:
        boards.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise FlashNotWritable(str(boards)) from None
    if not os.access(flash if flash.exists() else boards, os.W_OK):
        raise FlashNotWritable(str(flash))
    return flash
