"""A virtual board that is not in the table of boards, with one sensor: the board's own program, and what feeds it, in a
process beside the one that listens. It plays in real time, and with `holds` keeps a sample back rather than lose it.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from studio.boards.board_table import load_board
from studio.boards.feed import Feeder, board_command
from studio.core.samples import KINDS, SensorKind

ROOT = Path(__file__).resolve().parents[2]
QUEUE_BYTES = 1 << 20


@contextlib.contextmanager
def other_board(
    kind: SensorKind,
    rate_hz: int,
    plays: Path,
    *,
    link: str = "pty",
    size: tuple[int, int] | None = None,
    holds: bool = False,
) -> Iterator[str]:
    """Its address while it runs. plays: as `play` of a virtual board. link: pty or tcp. size: of pictures."""
    command = [sys.executable, "-m", "tests.soak.other_board", kind.name, str(rate_hz), str(plays), "--link", link]
    command += ["--size", *map(str, size)] if size else []
    command += ["--holds"] if holds else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()  # the end of its input is its end


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("rate_hz", type=int)
    parser.add_argument("plays")
    parser.add_argument("--link", choices=("pty", "tcp"), default="pty")
    parser.add_argument("--size", type=int, nargs=2)
    parser.add_argument("--holds", action="store_true")
    args = parser.parse_args()
    kind, size = KINDS[args.kind], None if args.size is None else (args.size[0], args.size[1])
    row = replace(
        load_board("nano33ble"),
        key="other",
        name="Other board",
        rates={kind.name: (args.rate_hz,)},
        camera_size=size,
        queue_bytes=QUEUE_BYTES,
        link_bytes_per_s=0,
    )
    with tempfile.TemporaryDirectory(prefix="tinyml-") as folder:
        command = board_command(row, Path(folder) / "flash", fast=args.holds, tcp=args.link == "tcp")
        board = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert board.stdin is not None
        assert board.stdout is not None
        said = json.loads(board.stdout.readline())  # it has its flash open, whose name may go
    print(f"serial:{said['pty']}" if args.link == "pty" else f"tcp:127.0.0.1:{said['port']}", flush=True)  # noqa: T201
    feeder = Feeder(board.stdin, args.plays, size, fast=False)

    def listen() -> None:
        assert board.stdout is not None
        for line in board.stdout:
            event = json.loads(line)
            feeder.sensor_is(event["stream"], event.get("start", 0), kind)

    def live() -> None:
        sys.stdin.read()
        board.kill()
        os._exit(0)

    for work in (listen, live):
        threading.Thread(target=work, daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        feeder.run()
    board.wait()


if __name__ == "__main__":
    main()
