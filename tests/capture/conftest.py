"""Sound, blocks and projects for the tests of capture."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from studio.capture.source import Origin
from studio.cli.main import main
from studio.core.errors import StudioError
from studio.core.samples import MICROPHONE, Block, Lost, SampleFormat
from studio.dataset.project import Project, create_project

RATE_HZ = 16_000


def make_noise(samples: int, seed: int = 0) -> NDArray[np.int16]:
    """Without zeros, so that what is zero in a recording was lost."""
    noise = np.random.default_rng(seed).integers(1, 32768, samples, dtype=np.int16)
    noise[1::2] *= -1
    return noise


def make_blocks(samples: NDArray[np.int16], lengths: list[tuple[int, Lost]]) -> list[Block]:
    """The samples cut into blocks of these lengths, what was lost before each left out."""
    blocks, index = [], 0
    for length, lost in lengths:
        index += lost.total
        if index + length > len(samples):
            break
        part = samples[index : index + length].reshape(-1, 1)
        blocks.append(Block(part, index, index * 1_000_000 // RATE_HZ, index * 62_500, lost))
        index += length
    return blocks


@dataclass
class GivenSource:
    """Gives blocks that are known, and then ends or is lost. Blocks that are waited for come when `stop` is called."""

    given: list[Block]
    problem: StudioError | None = None
    origin: Origin = field(default_factory=lambda: Origin("given", SampleFormat(MICROPHONE, RATE_HZ)))
    stopped: bool = False

    def blocks(self) -> Iterator[Block]:
        for block in self.given:
            if self.stopped:
                return
            yield block
        if self.problem is not None:
            raise self.problem

    def stop(self) -> None:
        self.stopped = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with create_project(tmp_path / "project") as opened:
        yield opened


@pytest.fixture(scope="session")
def noise():
    return make_noise


@pytest.fixture(scope="session")
def blocks():
    return make_blocks


@pytest.fixture
def given_source():
    return GivenSource


@pytest.fixture
def wav(tmp_path):
    """wav(samples, name): a file of them."""

    def write(samples, name="noise.wav", rate_hz=RATE_HZ):
        path = tmp_path / name
        soundfile.write(path, samples, rate_hz, subtype="PCM_16")
        return path

    return write


@pytest.fixture(scope="session")
def heard():
    """heard(path): the samples of a recording, as another program reads them."""

    def read(path):
        samples, rate_hz = soundfile.read(path, dtype="int16")
        assert rate_hz == RATE_HZ
        return samples

    return read


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        return dict(json.loads(self.out.splitlines()[-1]))


@pytest.fixture
def studio(capsys):
    """studio("record", ...): a command in this process, and what it said."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(a) for a in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


class Pulse:
    """A PulseAudio of its own: a microphone that hears what is played into `virt`, and one that is a pipe."""

    SETUP = """
load-module module-native-protocol-unix socket={folder}/pulse/native auth-anonymous=1
load-module module-null-sink sink_name=virt norewinds=1 rate=16000 channels=1 format=s16le
load-module module-remap-source source_name=mic master=virt.monitor
load-module module-pipe-source source_name=fifo file={folder}/mic.fifo format=s16le rate=16000 channels=1
set-default-sink virt
set-default-source fifo
"""
    ALSA = "pcm.pulse{type pulse}\nctl.pulse{type pulse}\npcm.!default{type pulse}\nctl.!default{type pulse}\n"

    def __init__(self, folder):
        self.folder = folder
        (folder / "pulse").mkdir(mode=0o700)
        (folder / "state").mkdir(mode=0o700)
        (folder / "default.pa").write_text(self.SETUP.format(folder=folder))
        (folder / "asound.conf").write_text(self.ALSA)
        self.environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(folder),
            "HOME": str(folder),
            "PULSE_RUNTIME_PATH": str(folder / "pulse"),
            "PULSE_STATE_PATH": str(folder / "state"),
            "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
            "PULSE_SERVER": f"unix:{folder}/pulse/native",
        }
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no"]
        command += ["--disable-shm=1", f"--log-target=file:{folder}/log", "-F", str(folder / "default.pa")]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def control(self, *arguments):
        command = ["pactl", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, check=False).returncode == 0

    def state(self, source):
        command = ["pactl", "list", "short", "sources"]
        listed = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False).stdout
        return next((line.split()[-1] for line in listed.splitlines() if line.split()[1] == source), None)

    def is_heard_steadily(self, source, for_s=0.5):
        """Whether it has run all the while: a look at what rates it has opens it too, and would take what it gives."""
        end_s = time.monotonic() + for_s
        while self.state(source) == "RUNNING":
            if time.monotonic() > end_s:
                return True
        return False

    def close(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def pulse(tmp_path_factory):
    if not shutil.which("pulseaudio") or not shutil.which("pactl"):
        pytest.skip("needs pulseaudio and pulseaudio-utils")
    server = Pulse(tmp_path_factory.mktemp("pa"))
    try:
        end_s = time.monotonic() + 10
        while not server.control("info"):
            if time.monotonic() > end_s:
                pytest.skip("pulseaudio does not start here")
            time.sleep(0.05)
        yield server
    finally:
        server.close()
