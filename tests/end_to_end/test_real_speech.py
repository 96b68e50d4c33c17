"""Real people, through the command line alone: a few takes of three people train, the fourth is scored and then heard
by a virtual board, whose every window must equal the host's.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.data, pytest.mark.end_to_end]

WORDS = ("zero", "one", "two", "three", "four", "five")
TAKES = 16
HELD_OUT = "yweweler"
LEAST_ACCURACY = 0.4  # of 7 classes, with few takes and epochs; full size is `make accept`
LIVE_SECONDS = 8


def studio(*arguments: object) -> list[dict[str, Any]]:
    """Runs a command with --json. Returns the objects that it printed."""
    command = [sys.executable, "-m", "studio", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def takes(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A subset of the digits, laid out as they are."""
    folder = tmp_path_factory.mktemp("takes")
    for word in WORDS:
        (folder / word).mkdir()
        for path in (shared_data / "speech-digits" / word).iterdir():
            if int(path.stem.rpartition("_")[2]) < TAKES:
                shutil.copy(path, folder / word)
    return folder


@pytest.fixture
def project(takes: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    studio("new", folder, "--template", "keyword")
    [imported] = studio("import", folder, takes)
    assert imported["recordings"] == len(WORDS) * TAKES * 4
    return folder


def test_a_person_held_out_is_understood_and_board_and_host_agree(project: Path, takes: Path, tmp_path: Path):
    [trained] = studio("train", project, "--hold-out", HELD_OUT, "--quick")
    assert trained["scored_on"] == "test"
    assert trained["accuracy_int8"] >= LEAST_ACCURACY
    assert abs(trained["accuracy_int8"] - trained["accuracy_float"]) < 0.1

    [scored] = studio("evaluate", project, "--run", trained["run"])
    assert scored["n"] == len(WORDS) * TAKES
    assert scored["accuracy_int8"] == trained["accuracy_int8"]
    assert len(scored["per_person"]) == 1

    heard = _held_out_files(takes, tmp_path / "heard", lambda name: name.startswith(HELD_OUT))
    windows = studio(
        "live", project, "--board", "virtual:nano33ble?pace=fast", "--play", heard, "--seconds", LIVE_SECONDS
    )
    [built] = studio("build", project, "--board", "nano33ble")
    assert len(windows) > 0.8 * LIVE_SECONDS * 1000 / built["decision"]["hop_ms"]
    assert [w["parted_at"] for w in windows if not w["equal"]] == []
    assert all(set(w["host"]) == {*WORDS, "_background_"} for w in windows)


def test_a_folder_that_the_project_never_saw_is_read_as_the_last_import_was(project: Path, takes: Path, tmp_path: Path):
    [trained] = studio("train", project, "--labels", "one,two", "--hold-out", HELD_OUT, "--quick")
    assert trained["labels"] == ["one", "two", "_unknown_", "_background_"]
    apart = tmp_path / "apart"
    for word in ("one", "three"):
        (apart / word).mkdir(parents=True)
        shutil.copy(takes / word / f"{HELD_OUT}_nohash_0.wav", apart / word / "somebody_nohash_0.wav")
    [scored] = studio("evaluate", project, "--data", apart)
    assert scored["n"] == 2
    assert scored["classes"] == trained["labels"]
    assert [sum(row) for row in scored["confusion_int8"]] == [1, 0, 1, 0]


def _held_out_files(takes: Path, folder: Path, wanted: Callable[[str], bool]) -> Path:
    folder.mkdir()
    for path in sorted(takes.glob("*/*.wav")):
        if wanted(path.name):
            shutil.copy(path, folder / f"{path.parent.name}-{path.name}")
    return folder
