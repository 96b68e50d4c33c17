"""A model that listens, sound for it, and boards that hear it."""

import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from studio.boards.address import parse_address
from studio.boards.connection import Board, open_board
from studio.dataset.project import create_project
from studio.dataset.runs import Run, begin_run, finish_run
from studio.deploy.bundle import golden_input
from studio.deploy.upload import upload
from studio.features.blocks import LogMel
from studio.model.image import Decision, build_image
from studio.model.plan import Plan, plan

CLASSES = ["_background_", "_unknown_", "yes", "no"]
RULE = Decision(smooth=2, threshold=150, refractory_ms=600, hop_samples=3_300, background=0, unknown=1)
SECONDS = 4


@pytest.fixture(scope="session")
def tflite(shared_data: Path) -> bytes:
    """A network of one convolution and one fully connected operator, 49 x 40 to 4 classes."""
    return (shared_data / "models/micro_speech_quantized.tflite").read_bytes()


@pytest.fixture(scope="session")
def planned(tflite: bytes) -> Plan:
    return plan(tflite)


@pytest.fixture(scope="session")
def make_image(planned: Plan) -> Callable[..., bytes]:
    """make_image(front_end=section): the image, with another front end than the default one."""

    def make(front_end: bytes | None = None, rule: Decision = RULE) -> bytes:
        spec = LogMel()
        return build_image(
            planned,
            front_end=spec.pack() if front_end is None else front_end,
            classes=CLASSES,
            decision=rule,
            golden_input=golden_input(spec),
        )

    return make


@pytest.fixture(scope="session")
def image(make_image: Callable[..., bytes]) -> bytes:
    return make_image()


@pytest.fixture(scope="session")
def speech(shared_data: Path) -> NDArray[np.int16]:
    """Words of several people one after the other: int16 (n,) at 16 kHz."""
    words = [min((shared_data / "speech-commands-mini" / word).glob("*.wav")) for word in ("yes", "no", "up", "go")]
    said = np.concatenate([soundfile.read(path, dtype="int16")[0] for path in words])
    return np.resize(said, SECONDS * 16_000)


@pytest.fixture(scope="session")
def speech_wav(speech: NDArray[np.int16], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speech") / "speech.wav"
    soundfile.write(path, speech, 16_000, subtype="PCM_16")
    return path


@pytest.fixture
def listening(speech_wav: Path) -> Callable[[bytes], AbstractContextManager[Board]]:
    """listening(image): a virtual board with that image, which hears the speech as fast as it can."""

    @contextmanager
    def start(image: bytes, address: str = "virtual:nano33ble?pace=fast") -> Iterator[Board]:
        with open_board(parse_address(address).playing(str(speech_wav)), None) as board:
            upload(board, image)
            yield board

    return start


@pytest.fixture
def project_with_run(tmp_path: Path, tflite: bytes) -> Run:
    """A run in a project of its own, `tmp_path/project`, as training would have left it."""
    with create_project(tmp_path / "project", "keyword") as project:
        run_id, partial = begin_run(project.runs_folder)
        (partial / "model.tflite").write_bytes(tflite)
        return finish_run(
            partial,
            Run(run_id, partial, labels=CLASSES, front_end=LogMel().to_dict(), decision=RULE.to_dict()),
        )


@pytest.fixture(scope="session")
def sections() -> Callable[[bytes], dict[str, tuple[int, int]]]:
    """sections(image): where each lies, (offset, bytes), by tag; read by hand from MODEL_IMAGE.md."""

    def read(image: bytes) -> dict[str, tuple[int, int]]:
        (count,) = struct.unpack_from("<H", image, 6)
        entries = (struct.unpack_from("<4sII", image, 48 + 12 * i) for i in range(count))
        return {tag.decode(): (at, length) for tag, at, length in entries}

    return read


@pytest.fixture(scope="session")
def tflm() -> Callable[[bytes], Any]:
    """Opens a model in TensorFlow Lite Micro; skips where the wheel is not installed."""
    module = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="the tflite-micro wheel is absent")
    return lambda tflite: module.Interpreter.from_bytes(tflite, arena_size=1_000_000)
