"""Virtual boards from this side: starts the sidecar (`feed.py`), which starts the board and ends with us."""

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import studio
from studio.boards.address import Address
from studio.boards.board_table import DEFAULT_BOARD, load_board
from studio.boards.camera import is_camera
from studio.core.errors import StudioError
from studio.core.text import mark

_log = logging.getLogger(__name__)

START_TIMEOUT_S = 30.0
END_TIMEOUT_S = 3.0
PACES = ("real", "fast")
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

    def __init__(self, process: "subprocess.Popen[bytes]", line: dict[str, Any]) -> None:
        self.link_path: str = line.get("pty", "")
        self.port: int | None = line.get("port")
        self.token: str | None = line.get("token")
        self.board_pid: int = line["pid"]
        self.feed_pid: int = line["feed_pid"]
        self._process = process
        # Collects the sidecar when it ends, however it ends, so that none is left as a zombie.
        self._reaper = threading.Thread(target=process.wait, name="virtual board", daemon=True)
        self._reaper.start()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

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
    fast), `play` (a file, a folder, `mic`, or `camera:N`). Raises NotFound for a board without a row,
    FlashNotWritable, VirtualBoardFailed.
    """
    key = load_board(address.target or DEFAULT_BOARD).key
    pace = address.options.get("pace", "real")
    if pace not in PACES:
        raise VirtualBoardFailed(str(address), f"pace={pace} is neither real nor fast.")
    command = [sys.executable, "-m", "studio.boards.feed", "--board", key, "--pace", pace]
    if play := address.options.get("play"):
        command += ["--play", play if play == "mic" or is_camera(play) else str(Path(play).expanduser().resolve())]
    if tcp:
        command += ["--link", "tcp"]
    if folder is not None:
        command += ["--flash", str(_flash_in(folder, key))]
    # Its own session, so that Ctrl-C reaches us first and we can still halt the board.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, cwd=_INSTALLED_IN
    )
    try:
        line = _first_line(process)
    except queue.Empty:
        _end(process)
        raise VirtualBoardFailed(str(address), f"it said nothing for {START_TIMEOUT_S:.0f} s.") from None
    except ValueError as error:
        _end(process)
        raise VirtualBoardFailed(str(address), "its sidecar ended.") from error
    if "error" in line:
        _end(process)
        raise VirtualBoardFailed(str(address), line["error"], line.get("advice", VirtualBoardFailed.advise))
    return VirtualBoard(process, line)


def _first_line(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Raises queue.Empty when it takes too long, ValueError where the sidecar said nothing and ended."""
    assert process.stdout is not None  # noqa: S101  started with a pipe
    lines: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_drain, args=(process.stdout, lines), name="virtual board's output", daemon=True).start()
    return dict(json.loads(lines.get(timeout=START_TIMEOUT_S)))


def _drain(pipe: IO[bytes], lines: "queue.Queue[bytes]") -> None:
    with pipe:
        lines.put(pipe.readline())
        for line in pipe:
            _log.info("virtual board: %s", line)


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
