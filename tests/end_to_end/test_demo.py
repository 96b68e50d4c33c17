"""The whole job by its one command, with less data: data, training, int8, board, and every window compared."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.cli.main import main
from studio.dataset.runs import find_run

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {
    "windows", "windows_bit_exact", "accuracy_float", "accuracy_int8", "image_bytes", "arena_bytes", "detections",
    "missed", "false_alarms", "seconds",
}  # fmt: skip

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYML_STUDIO_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def demo(home: Path) -> dict[str, Any]:
    """What `demo --quick --json` says, run as a user runs it."""
    command = [sys.executable, "-m", "studio", "demo", str(home / "project"), "--headless", "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=280)
    assert done.returncode == 0, done.stderr
    assert [line[:5] for line in done.stderr.splitlines() if line[0] == "["] == [f"[{n}/7]" for n in range(1, 8)]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_every_window_is_equal_on_board_and_host(demo):
    assert demo.keys() >= FIELDS
    assert demo["windows"] >= 100
    assert demo["windows_bit_exact"] == demo["windows"]


def test_the_model_tells_words_of_unheard_voices_apart(demo):
    """Chance is 0.4: what always says `_unknown_`. The full amount is judged by people, at 0.8 and more."""
    assert demo["accuracy_int8"] > 0.65
    assert abs(demo["accuracy_int8"] - demo["accuracy_float"]) < 0.1
    assert demo["takes_kept_apart"] == 60


def test_every_word_of_the_stream_is_found_or_missed(demo):
    assert demo["detections"] + demo["missed"] == demo["present"] > 5


def test_it_left_a_project_that_the_other_commands_go_on_with(demo, home, capsys, monkeypatch):
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(home))
    project = demo["project"]
    assert main(["list", project, "--json", "--limit", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == demo["takes"] + 1  # and the room
    assert main(["build", project, "--board", "nano33ble", "--json"]) == 0
    built = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (built["image_bytes"], built["arena_bytes"]) == (demo["image_bytes"], demo["arena_bytes"])
    assert built["fits"]


def test_the_host_alone_hears_what_the_board_heard(demo, home, capsys, monkeypatch):
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(home))
    (stream,) = home.glob("cache/keyword_starter/*/stream.wav")
    arguments = ["--stream", str(stream), "--truth", str(stream.with_name("truth.txt")), "--json"]
    assert main(["rehearse", demo["project"], *arguments]) == 0
    rehearsed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert rehearsed["windows"] == demo["windows"]
    for name in ("present", "missed", "false_alarms"):
        assert rehearsed[name] == demo[name]


def test_saved_windows_are_what_others_compute(demo, home, capsys, tmp_path, monkeypatch):
    """Features by the NumPy model of the front end, scores by TensorFlow Lite Micro."""
    import numpy as np

    from studio.features.blocks import LogMel
    from studio.features.logmel_reference import log_mel, quantise

    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="the tflite-micro wheel is absent")
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(home))
    (stream,) = home.glob("cache/keyword_starter/*/stream.wav")
    arguments = ["--board", "virtual:nano33ble?pace=fast", "--play", str(stream), "--seconds", "8"]
    assert main(["live", demo["project"], *arguments, "--save", str(tmp_path), "--json"]) == 0
    assert all(json.loads(line)["equal"] for line in capsys.readouterr().out.splitlines())
    run = find_run(Path(demo["project"]) / "runs")
    section = LogMel.from_dict(run.front_end).pack()
    interpreter = runtime.Interpreter.from_bytes(run.tflite_path.read_bytes(), arena_size=1_000_000)
    paths = sorted(tmp_path.glob("*.npz"))
    assert len(paths) == 27  # one every 300 ms, as often as this board can
    for path in paths:
        saved = np.load(path)
        features = log_mel(saved["samples"][None], section)
        assert np.array_equal(features[0], saved["features"])
        assert np.array_equal(quantise(features, section)[0], saved["input"])
        interpreter.set_input(saved["input"].reshape(interpreter.get_input_details(0)["shape"]), 0)
        interpreter.invoke()
        assert np.array_equal(interpreter.get_output(0).ravel(), saved["scores"])


def test_a_folder_that_is_in_use_is_refused(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["demo", str(tmp_path), "--headless"]) == 1
    assert "not an empty folder" in capsys.readouterr().err


def test_the_line_that_opens_its_project_in_the_window_can_be_pasted(demo, home):
    """The same summary as text; the line is run as it stands."""
    from studio.cli.demo import Summary, _as_text

    summary = Summary(**{name: demo.get(name) for name in Summary.__dataclass_fields__})
    line = _as_text(summary, home / "project").splitlines()[-1].removeprefix("In the window").strip()
    assert line.split() == ["tinyml-studio", "gui", str(home / "project")]
    arguments = [sys.executable, "-m", "studio", *line.split()[1:], "--exit-after-first-paint"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
