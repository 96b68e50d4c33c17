"""Kills `record` with SIGKILL at random moments, and looks at what is left: `kill_record.py --times 20 --sensor imu`.

Each time a virtual board plays noise, as sound, rows or pictures, in real time. After the kill no process may be left,
the next command must name what is unfinished, `check` must recover it, and what it recovers must be what was played,
with at most 250 ms missing of what the board had sent by then. Prints one JSON object a kill; exit code 1 when one
went wrong.
"""

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.boards.board_table import load_board
from studio.core.picture_file import png, read_picture
from studio.dataset.project import create_project, open_project
from studio.link.encoder import Frame, encode
from studio.link.messages import SAMPLES
from studio.link.sample_block import samples_payload

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 2.0  # of each recording, so that some kills meet it finishing
# When to kill: after the recording was there, or if negative so long after `record` began, which is before.
EARLIEST_KILL_S, LATEST_KILL_S = -0.5, SECONDS + 0.6
MOST_MISSING_S = 0.25
PATIENCE_S = 30.0
WIDTH, HEIGHT = 160, 120
PART_BYTES = 1000  # of a picture
# A recording of pictures is not there before the first one is, so what the board wrote before is told by its amount.
BEFORE_BYTES = load_board("nano33ble").image_slot_bytes + 3 * PART_BYTES


class Sound:
    """What is played and what is recorded of a microphone. unit: so many instants come in unit_bytes from the board."""

    sensor, suffix, rate_hz, unit = "microphone", ".wav", 16_000, 320
    unit_bytes = len(encode(Frame(SAMPLES, 0, 0, samples_payload(0, 0, 0, np.ones((unit, 1), np.int16)))))

    def play(self, folder: Path, seed: int) -> tuple[Path, NDArray[Any]]:
        """Noise without zeros, longer than any recording: where it is, and what."""
        noise = np.random.default_rng(seed).integers(1, 32768, round((SECONDS + 2) * self.rate_hz), dtype=np.int16)
        noise[1::2] *= -1
        with wave.open(str(folder / "noise.wav"), "wb") as file:
            file.setparams((1, 2, self.rate_hz, len(noise), "NONE", ""))
            file.writeframes(noise.astype("<i2").tobytes())
        return folder / "noise.wav", noise

    def read(self, path: Path) -> NDArray[Any]:
        with wave.open(str(path), "rb") as file:
            assert file.getframerate() == self.rate_hz
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


class Motion(Sound):
    sensor, suffix, rate_hz, unit = "imu", ".csv", 119, 4
    unit_bytes = len(encode(Frame(SAMPLES, 0, 0, samples_payload(1, 0, 0, np.full((unit, 6), 257, np.int16)))))

    def play(self, folder: Path, seed: int) -> tuple[Path, NDArray[Any]]:
        rows = np.random.default_rng(seed).integers(1, 32768, (round((SECONDS + 2) * self.rate_hz), 6), dtype=np.int16)
        np.savetxt(folder / "noise.csv", rows, "%d", ",", header="ax,ay,az,gx,gy,gz", comments="")
        return folder / "noise.csv", rows

    def read(self, path: Path) -> NDArray[Any]:
        table = np.loadtxt(path, np.int64, delimiter=",", skiprows=1, ndmin=2)
        assert np.array_equal(table[:, 0], np.arange(len(table)) * 1_000_000 // self.rate_hz)
        return table[:, 1:]


class Sight(Sound):
    sensor, suffix, rate_hz, unit = "camera", ".png", 10, 1
    unit_bytes = sum(
        len(encode(Frame(8, 0, 0, b"\1" * (18 + min(PART_BYTES, WIDTH * HEIGHT - at)))))
        for at in range(0, WIDTH * HEIGHT, PART_BYTES)
    )

    def play(self, folder: Path, seed: int) -> tuple[Path, NDArray[Any]]:
        count = round((SECONDS + 2) * self.rate_hz)
        seen = np.random.default_rng(seed).integers(1, 256, (count, HEIGHT, WIDTH), dtype=np.uint8)
        (folder / "seen").mkdir()
        for number, pixels in enumerate(seen):
            (folder / "seen" / f"{number:03}.png").write_bytes(png(pixels))
        return folder / "seen", seen

    def read(self, path: Path) -> NDArray[Any]:
        return read_picture(path)[np.newaxis]


KINDS = {kind.sensor: kind for kind in (Sound(), Motion(), Sight())}


@dataclass
class Outcome:
    """What a kill left. wrong: sentences; none of them is good."""

    killed_after_s: float
    was_running: bool = False
    recorded_s: float = 0.0
    missing_ms: float | None = None
    named: bool = False
    recovered: bool = False
    wrong: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--sensor", choices=list(KINDS), default="microphone")
    parser.add_argument("--seed", type=int, default=None, help="of the moments; a random one by default")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    moments = random.Random(seed)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="tinyml-kill-") as folder:
        os.environ["TINYML_STUDIO_HOME"] = str(Path(folder) / "home")
        kind = KINDS[args.sensor]
        source, played = kind.play(Path(folder), seed)
        for number in range(args.times):
            project = Path(folder) / f"project-{number}"
            create_project(project).close()
            outcome = kill_once(kind, project, source, played, moments.uniform(EARLIEST_KILL_S, LATEST_KILL_S))
            failures += bool(outcome.wrong)
            sys.stdout.write(json.dumps({"kill": number, "seed": seed, **vars(outcome)}) + "\n")
            sys.stdout.flush()
    return 1 if failures else 0


def kill_once(kind: Sound, project: Path, played_from: Path, played: NDArray[Any], after_s: float) -> Outcome:
    outcome = Outcome(round(after_s, 3))
    source = f"virtual:nano33ble?play={played_from}"
    command = [sys.executable, "-m", "studio", "record", str(project), "--source", source, "--label", "yes"]
    process = subprocess.Popen(
        [*command, "--sensor", kind.sensor, "--seconds", str(SECONDS)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    kill_at_s = time.monotonic() + (-after_s if after_s < 0 else PATIENCE_S)
    begun, before_bytes = False, 0  # what the board wrote before its first sample: its flash, its greeting
    children: set[int] = set()
    while time.monotonic() < kill_at_s and process.poll() is None:
        if not begun and after_s >= 0 and any((project / "recordings").iterdir()):
            begun, kill_at_s = True, time.monotonic() + after_s
            if kind.sensor != "camera":
                before_bytes = written_bytes(descendants(process.pid))
        children |= descendants(process.pid)
        if kind.sensor == "camera":
            before_bytes = max(before_bytes, min(written_bytes(children), BEFORE_BYTES))
        time.sleep(0.004)
    children |= descendants(process.pid)
    outcome.was_running = process.poll() is None
    slack = 4 * PART_BYTES if kind.sensor == "camera" else 0
    sent_s = (written_bytes(children) - before_bytes + slack) // kind.unit_bytes * kind.unit / kind.rate_hz
    process.kill()
    process.wait()
    if not all_ended(children):
        outcome.wrong.append("a process was left behind")
    look_at_what_is_left(kind, project, played, outcome)
    if outcome.was_running and begun and 0 < sent_s < SECONDS:
        outcome.missing_ms = round(1000 * (sent_s - outcome.recorded_s), 1)
        if outcome.missing_ms > 1000 * MOST_MISSING_S:
            outcome.wrong.append(f"{outcome.missing_ms} ms are missing")
    return outcome


def look_at_what_is_left(kind: Sound, project: Path, played: NDArray[Any], outcome: Outcome) -> None:
    folder = project / "recordings"
    unfinished = sorted(folder.glob("*.partial.json"))
    told = studio("list", project).stderr
    outcome.named = bool(unfinished) and all(path.name.removesuffix(".partial.json") in told for path in unfinished)
    if unfinished and not outcome.named:
        outcome.wrong.append(f"the next command does not name {unfinished[0].name}")
    checked = studio("check", project, "--json")
    findings = json.loads(checked.stdout.splitlines()[-1])["findings"] if checked.stdout else []
    outcome.recovered = any(finding["kind"] == "recovered" for finding in findings)
    if checked.returncode:
        outcome.wrong.append(f"check failed: {checked.stderr}")
    left = sorted(
        path.name for path in folder.iterdir() if path.suffix not in (kind.suffix, ".json") or "partial" in path.name
    )
    if left:
        outcome.wrong.append(f"check left {left}")
    with open_project(project, write=False) as opened:
        listed = {(recording.path, recording.labels) for recording in opened.catalogue.recordings()}
    files = sorted(folder.glob(f"*{kind.suffix}"))
    if listed != {(path.resolve(), ("yes",)) for path in files}:
        outcome.wrong.append("catalogue and folder differ")
    count = 0
    for path in files:
        samples = kind.read(path)
        sidecar = json.loads(path.with_suffix(".json").read_text())
        if kind.sensor == "camera":  # a board that is not given the processor drops pictures, and says so
            count += sum(sidecar["lost"].values())
        if not np.array_equal(samples, played[count : count + len(samples)]):
            outcome.wrong.append(f"{path.name} is not what was played")
        count += len(samples)
        if (sidecar["samples"], sidecar["label"], sidecar["gaps"]) != (len(samples), "yes", []):
            outcome.wrong.append(f"the sidecar of {path.name} is wrong")
    outcome.recorded_s = count / kind.rate_hz
    if outcome.named and not files and (folder / unfinished[0].with_suffix(kind.suffix)).exists():
        outcome.wrong.append("a recording was not recovered")


def studio(*arguments: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "studio", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def written_bytes(pids: set[int]) -> int:
    """By the board among these processes, to its link and elsewhere; 0 where it is not there."""
    for pid in pids:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().startswith("stu_virtual"):
                return int(Path(f"/proc/{pid}/io").read_text().partition("wchar: ")[2].split()[0])
    return 0


def descendants(pid: int) -> set[int]:
    found = set()
    for child in children_of(pid):
        found |= {child, *descendants(child)}
    return found


def children_of(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            yield from map(int, (task / "children").read_text().split())


def all_ended(pids: set[int]) -> bool:
    end_s = time.monotonic() + PATIENCE_S
    while any(is_running(pid) for pid in pids):
        if time.monotonic() > end_s:
            return False
        time.sleep(0.02)
    return True


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


if __name__ == "__main__":
    sys.exit(main())
