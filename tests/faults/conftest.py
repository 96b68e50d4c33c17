"""Processes to kill, disks to fill, and a project to look at afterwards."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 16_000
PATIENCE_S = 30.0


def wait_until(true: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end_s, f"waited {PATIENCE_S:.0f} s until {what}"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


class Command:
    """`tinyml-studio ARGUMENTS` as a process of its own."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, "-m", "studio", *map(str, arguments)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.out = self.err = ""

    def finish(self) -> int:
        self.out, self.err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode

    @property
    def result(self):
        return json.loads(self.out.splitlines()[-1])

    def children(self) -> dict[int, str]:
        """Number and name of all that it has started, and what those have."""
        found: dict[int, str] = {}
        waiting = [self.process.pid]
        while waiting:
            for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
                for pid in map(int, task.read_text().split()):
                    found[pid] = Path(f"/proc/{pid}/comm").read_text().strip()
                    waiting.append(pid)
        return found

    def wait_for_samples(self, folder: Path, samples: int) -> None:
        """Until that much is recorded in a project's `recordings`."""

        def recorded() -> bool:
            assert self.process.poll() is None, self.process.communicate()
            return any(path.stat().st_size > 44 + 2 * samples for path in folder.glob("*.partial.wav"))

        wait_until(recorded, f"{samples} samples are recorded")


@pytest.fixture
def studio():
    """studio(*arguments): a command in a process, which ends with the test."""
    commands = []

    def start(*arguments):
        commands.append(Command(*arguments))
        return commands[-1]

    yield start
    for command in commands:
        if command.process.poll() is None:
            command.process.kill()
            command.process.communicate()


@pytest.fixture
def ends():
    """ends(pids): waits until these processes have ended."""
    return lambda pids: wait_until(lambda: not any(map(is_running, pids)), f"{sorted(pids)} have ended")


@pytest.fixture
def until():
    """until(true, what): waits until it is."""
    return wait_until


@pytest.fixture
def noise():
    """Ten seconds without zeros."""
    samples = np.random.default_rng(7).integers(1, 32768, 10 * RATE_HZ, dtype=np.int16)
    samples[1::2] *= -1
    return samples


@pytest.fixture
def wav(tmp_path, noise):
    path = tmp_path / "noise.wav"
    soundfile.write(path, noise, RATE_HZ, subtype="PCM_16")
    return path
