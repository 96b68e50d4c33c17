"""Cables pulled, disks that fill up and writes that fail while it is recorded: `torture.py --fault pull --times 20`.

pull: a virtual board behind a relay that withholds a part of its frames, and cuts the link at a random moment. full: a
small disk of a random size. failing: a file whose writes fail once or for ever after a random number of bytes, or
whose syncs do. Half of the takes are sound, half are rows. After each the recording must open in `soundfile` or NumPy
and be what was played, up to the failure; the ledger must say what was withheld. One JSON object a round; exit code 1
when one went wrong.
"""

import argparse
import errno
import io
import json
import os
import random
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from studio.boards.address import parse_address
from studio.boards.virtual import start_virtual_board
from studio.capture.recorder import Recorder, Recording, Take, enter
from studio.capture.recording_file import Recorded
from studio.capture.recovery import recover
from studio.capture.source import make_source
from studio.core.samples import IMU, MICROPHONE, Block, SensorKind
from studio.dataset.project import create_project, open_project
from studio.dataset.recordings import find_unfinished, read_sidecar, sidecar_path
from studio.link.decoder import Decoder
from studio.link.encoder import DELIMITER, Frame
from studio.link.messages import SAMPLES
from studio.link.sample_block import parse_samples

MOST_MISSING_S = 0.25
PATIENCE_S = 30.0
WITHHELD = 0.05  # of a relay's frames
LATEST_PULL_S = 1.5


class Kind(NamedTuple):
    sensor: SensorKind
    rate_hz: int
    noise: NDArray[np.int16]
    path: Path

    @property
    def suffix(self) -> str:
        return ".wav" if self.sensor == MICROPHONE else ".csv"

    def read(self, path: Path) -> NDArray[Any]:
        """(n, channels), as another program reads it."""
        if self.sensor == MICROPHONE:
            samples: NDArray[np.int16] = soundfile.read(path, dtype="int16", always_2d=True)[0]
            return samples
        return np.loadtxt(path, np.int64, delimiter=",", skiprows=1, ndmin=2)[:, 1:]


def make_kinds(folder: Path, seed: int) -> list[Kind]:
    """Without zeros, so that what is zero was lost; more of it than a small disk holds."""
    made = []
    for sensor, rate_hz, count in ((MICROPHONE, 16_000, 1_200_000), (IMU, 119, 60_000)):
        noise = np.random.default_rng(seed).integers(1, 32768, (count, len(sensor.channels)), dtype=np.int16)
        noise[1::2] *= -1
        path = folder / f"noise.{'wav' if sensor == MICROPHONE else 'csv'}"
        if sensor == MICROPHONE:
            soundfile.write(path, noise, rate_hz, subtype="PCM_16")
        else:
            np.savetxt(path, noise, "%d", ",", header=",".join(sensor.channels), comments="")
        made.append(Kind(sensor, rate_hz, noise, path))
    return made


@dataclass
class Outcome:
    """recorded: samples in the file. withheld: what did not get there, by where. wrong: sentences; none is good."""

    kind: str
    what: str = ""
    recorded: int = 0
    withheld: dict[str, int] = field(default_factory=dict)
    missing_ms: float = 0.0
    wrong: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--fault", choices=list(FAULTS), required=True)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None, help="a random one by default")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    chance, failures = random.Random(seed), 0
    with tempfile.TemporaryDirectory(prefix="tinyml-torture-") as scratch:
        os.environ["TINYML_STUDIO_HOME"] = f"{scratch}/home"
        kinds = make_kinds(Path(scratch), seed)
        for number in range(args.times):
            kind = kinds[number % len(kinds)]
            folder = Path(scratch) / str(number)
            folder.mkdir()
            outcome = Outcome(kind.sensor.name)
            FAULTS[args.fault](folder, kind, chance, outcome)
            failures += bool(outcome.wrong)
            sys.stdout.write(json.dumps({"round": number, "seed": seed, **vars(outcome)}) + "\n")
            sys.stdout.flush()
    return 1 if failures else 0


class Relay:
    """Between a board's pty and a TCP client: withholds SAMPLES frames, notes what it sent, and cuts the link."""

    def __init__(self, pty: str, chance: random.Random) -> None:
        self.sent: list[tuple[int, int]] = []  # first index and count
        self.withheld: list[tuple[int, int]] = []
        self._chance = chance
        self._board = os.open(pty, os.O_RDWR | os.O_NOCTTY)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._client: socket.socket | None = None
        self._cut = threading.Event()
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        self._cut.set()

    def close(self) -> None:
        """Once the client has closed its end."""
        self._cut.set()
        self._thread.join()

    def _relay(self) -> None:
        client, _address = self._listener.accept()
        held = b""
        while not self._cut.is_set():
            ready, _, _ = select.select([client.fileno(), self._board], [], [], 0.01)
            if client.fileno() in ready:
                os.write(self._board, client.recv(4096))
            if self._board in ready:
                held += os.read(self._board, 4096)
                *frames, held = held.split(DELIMITER)
                for encoded in frames:
                    self._pass_on(client, encoded + DELIMITER)
        client.sendall(held)  # a frame that is not whole
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):  # or what is unread there would take with it what was sent
            pass
        client.close()
        self._listener.close()
        os.close(self._board)

    def _pass_on(self, client: socket.socket, encoded: bytes) -> None:
        for event in Decoder().feed(encoded):
            if isinstance(event, Frame) and event.type == SAMPLES:
                block = parse_samples(event)
                span = (block.first_index, len(block.samples))
                if self._chance.random() < WITHHELD:
                    self.withheld.append(span)
                    return
                self.sent.append(span)
        client.sendall(encoded)


def pull(folder: Path, kind: Kind, chance: random.Random, outcome: Outcome) -> None:
    after_s = chance.uniform(0.05, LATEST_PULL_S)
    outcome.what = f"pulled after {after_s:.3f} s"
    create_project(folder / "project").close()
    with start_virtual_board(parse_address(f"virtual:nano33ble?play={kind.path}"), None) as board:
        relay = Relay(board.link_path, chance)
        source = make_source(f"tcp:127.0.0.1:{relay.port}", rate_hz=kind.rate_hz, kind=kind.sensor)
        with Recorder(source, folder / "project" / "recordings") as recorder:
            recording = recorder.begin(Take("yes"))
            time.sleep(after_s)
            relay.cut()
            if not recording.wait(PATIENCE_S):
                outcome.wrong.append("it did not end")
        relay.close()
    if not relay.sent:  # pulled before anything came
        return
    recorded = entered(folder / "project", recording, outcome)
    if recorded is None:
        return
    end = sum(relay.sent[-1])
    gone = [(start, count) for start, count in relay.withheld if start < end]
    expected = kind.noise[:end].copy()
    there = np.ones(end, bool)
    for start, count in gone:
        there[start : start + count] = False
        expected[start : start + count] = 0
    expected = expected if kind.sensor == MICROPHONE else expected[there]
    same_up_to_the_end(kind, recorded, expected, outcome, most_missing=round(MOST_MISSING_S * kind.rate_hz))
    outcome.withheld = {"link": sum(count for _start, count in gone)}
    if not outcome.missing_ms and recorded.sidecar.lost.as_dict() != {**NONE_LOST, **outcome.withheld}:
        outcome.wrong.append(f"the ledger says {recorded.sidecar.lost}")


def full(folder: Path, kind: Kind, chance: random.Random, outcome: Outcome) -> None:
    size = chance.randrange(1_400_000, 2_200_000)
    outcome.what = f"a disk of {size:,} bytes"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)
    try:
        create_project(folder / "project").close()
        recording, offered = record_file(folder / "project", kind)
        if recording.problem is None:
            outcome.wrong.append("the disk did not fill up")
        recorded = entered(folder / "project", recording, outcome)
        if recorded is not None:
            same_up_to_the_end(kind, recorded, kind.noise, outcome)
            outcome.withheld = {"disk": offered - outcome.recorded}
            if recorded.sidecar.lost.as_dict() != {**NONE_LOST, **outcome.withheld}:
                outcome.wrong.append(f"the ledger says {recorded.sidecar.lost}")
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def failing(folder: Path, kind: Kind, chance: random.Random, outcome: Outcome) -> None:
    """Recorded by a process that then ends, as what it could not finish is left to the next one."""
    after, how = chance.randrange(100, 600_000), chance.choice(["write, once", "write, for ever", "sync"])
    outcome.what = f"{how}, after {after:,} bytes"
    project = folder / "project"
    create_project(project).close()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        Failing.install(after, how)
        recording, offered = record_file(project, kind)
        if recording.recorded:
            with open_project(project, write=True) as opened:
                enter(opened, recording.recorded, "Record")
        told = {"offered": offered, "samples": recording.samples, "failed": recording.problem is not None}
        os.write(writing, json.dumps({**told, "lost": recording.lost.as_dict()}).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = json.loads(pipe.read() or "{}")
    os.waitpid(child, 0)
    if not told:
        outcome.wrong.append("the recording process died")
        return
    with open_project(project, write=True) as opened:
        recover(opened)
        paths = [recording.path for recording in opened.catalogue.recordings()]
    if list(find_unfinished(project / "recordings")):
        outcome.wrong.append("something is left unfinished")
    outcome.withheld = {"disk": told["offered"] - told["samples"]}
    if told["failed"] and told["lost"] != {**NONE_LOST, **outcome.withheld}:
        outcome.wrong.append(f"the ledger says {told['lost']}")
    if not paths:
        if told["samples"]:
            outcome.wrong.append(f"nothing is left of {told['samples']} samples")
        return
    recorded = Recorded(paths[0], read_sidecar(sidecar_path(paths[0])))
    same_up_to_the_end(kind, recorded, kind.noise, outcome)
    if outcome.recorded != told["samples"]:
        outcome.wrong.append(f"{outcome.recorded} samples are there of {told['samples']}")


class Failing(io.FileIO):
    """A recording's file after `after` bytes: takes a part of what is written, and fails."""

    after, how, failed = 0, "", False

    @classmethod
    def install(cls, after: int, how: str) -> None:
        cls.after, cls.how = after, how
        open_path, sync = Path.open, os.fsync

        def opened(path: Path, mode: str = "r", *more: Any, **options: Any) -> Any:
            if mode == "xb" and path.name.endswith((".partial.wav", ".partial.csv")):
                return cls(path, mode)
            return open_path(path, mode, *more, **options)

        def synced(descriptor: int) -> None:
            if cls.how == "sync" and os.fstat(descriptor).st_size > cls.after:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            sync(descriptor)

        setattr(Path, "open", opened)  # noqa: B010  mypy takes no assignment to a method
        setattr(os, "fsync", synced)  # noqa: B010

    def write(self, data: Any, /) -> int:
        if self.how == "sync" or (self.failed and self.how == "write, once"):
            return super().write(data)
        room = self.after - self.tell()
        if room >= len(data) and not self.failed:
            return super().write(data)
        if room > 0 and not self.failed:
            return super().write(memoryview(data)[:room])
        type(self).failed = True
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def record_file(project: Path, kind: Kind) -> tuple[Recording, int]:
    """As fast as it goes. Returns also how many samples were offered, up to the block that was not taken whole."""
    offered, over = 0, False

    def take(item: Block) -> None:
        nonlocal offered, over
        recording.append(item)
        offered += 0 if over else len(item.samples)
        over = over or recording.ended

    source = make_source(f"file:{kind.path}", rate_hz=kind.rate_hz, kind=kind.sensor)
    with Recorder(source, project / "recordings") as recorder:
        recording = Recording(project / "recordings", recorder.origin, Take("yes"))
        recorder.heard.connect(take)
        recorder.listen()
        recorder.wait(PATIENCE_S)
        recording.end()
        recording.wait(PATIENCE_S)
    return recording, offered


NONE_LOST = dict.fromkeys(("board", "link", "host", "parser", "disk"), 0)


def entered(project: Path, recording: Recording, outcome: Outcome) -> Recorded | None:
    """The recording, which is finished and in the catalogue."""
    if len(recording.recorded) != 1 or list(recording.recorded[0].path.parent.glob("*.reserve")):
        outcome.wrong.append(f"{len(recording.recorded)} recordings are finished: {recording.problem}")
        return None
    with open_project(project, write=True) as opened:
        enter(opened, recording.recorded, "Record")
        if [listed.labels for listed in opened.catalogue.recordings()] != [("yes",)]:
            outcome.wrong.append("it is not in the catalogue")
    if list(find_unfinished(project / "recordings")):
        outcome.wrong.append("something is left unfinished")
    return recording.recorded[0]


def same_up_to_the_end(
    kind: Kind, recorded: Recorded, expected: NDArray[Any], outcome: Outcome, most_missing: int | None = None
) -> None:
    """most_missing: of `expected` at its end, in samples; None: as many as may be."""
    samples = kind.read(recorded.path)
    outcome.recorded = len(samples)
    if not np.array_equal(samples, expected[: len(samples)]):
        outcome.wrong.append("it is not what was played")
    if recorded.sidecar.samples != len(samples):
        outcome.wrong.append(f"its sidecar says {recorded.sidecar.samples} samples of {len(samples)}")
    if most_missing is not None:
        missing = len(expected) - len(samples)
        outcome.missing_ms = round(1000 * missing / kind.rate_hz, 1)
        if missing > most_missing:
            outcome.wrong.append(f"{outcome.missing_ms} ms are missing")


Fault = Callable[[Path, Kind, random.Random, Outcome], None]
FAULTS: dict[str, Fault] = {"pull": pull, "full": full, "failing": failing}

if __name__ == "__main__":
    sys.exit(main())
