"""The demos of gestures, pictures and values, with less data: every window is equal, as in that of words."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.cli.main import main
from studio.dataset.runs import find_run
from studio.features import reference
from studio.features.front_ends import front_end_from_dict

ROOT = Path(__file__).resolve().parents[2]
LIVE_S = {"gesture": "4", "image": "1.5", "regression": "8"}

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module", params=["gesture", "image", "regression"])
def demo(request: pytest.FixtureRequest, home: Path) -> dict[str, Any]:
    """What `demo --quick --json` says, run as a user runs it."""
    folder = home / request.param
    command = [sys.executable, "-m", "studio", "demo", str(folder), "--headless", "--quick", "--json"]
    done = subprocess.run(
        [*command, "--template", request.param],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=280,
        env={**os.environ, "TINYML_STUDIO_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line[:5] for line in done.stderr.splitlines() if line[0] == "["] == [f"[{n}/6]" for n in range(1, 7)]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_every_window_is_equal_on_board_and_host(demo: dict[str, Any]):
    assert demo["windows"] >= 50
    assert demo["windows_bit_exact"] == demo["windows"]


def test_what_was_kept_apart_is_told_better_than_by_chance(demo: dict[str, Any]):
    """Little data and few epochs: this proves the way. Of gestures chance is a third, of scenes a half or less."""
    if demo["template"] == "regression":
        assert demo["mae_int8"] < 4
        assert abs(demo["mae_int8"] - demo["mae_float"]) < 0.3
        assert demo["unit"] == "C"
        assert "accuracy_int8" not in demo
    else:
        assert demo["accuracy_int8"] > 0.5
        assert abs(demo["accuracy_int8"] - demo["accuracy_float"]) < 0.1
    if demo["template"] == "gesture":
        assert demo["detections"] + demo["missed"] == demo["present"] > 5
    else:
        assert [demo[name] for name in ("detections", "missed", "false_alarms")] == [None] * 3


def test_saved_windows_are_what_others_compute(
    demo: dict[str, Any],
    home: Path,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Features by the NumPy models of the front ends, scores by TensorFlow Lite Micro."""
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="the tflite-micro wheel is absent")
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(home))
    (made,) = home.glob(f"cache/{demo['template']}_starter/*/")
    stream = made / "stream" if demo["template"] == "image" else made / "stream.csv"
    arguments = ["--board", "virtual:nano33ble?pace=fast", "--play", str(stream), "--seconds", LIVE_S[demo["template"]]]
    assert main(["live", demo["project"], *arguments, "--save", str(tmp_path), "--json"]) == 0
    assert all(json.loads(line)["equal"] for line in capsys.readouterr().out.splitlines())
    run = find_run(Path(demo["project"]) / "runs")
    section = front_end_from_dict(run.front_end).pack()
    interpreter = runtime.Interpreter.from_bytes(run.tflite_path.read_bytes(), arena_size=2_000_000)
    paths = sorted(tmp_path.glob("*.npz"))
    assert len(paths) >= 8
    for path in paths:
        saved = np.load(path)
        features = reference.features(saved["samples"][None], section)
        assert np.array_equal(features[0], saved["features"].reshape(features[0].shape))
        assert np.array_equal(reference.quantise(features, section)[0], saved["input"].reshape(features[0].shape))
        interpreter.set_input(saved["input"].reshape(interpreter.get_input_details(0)["shape"]), 0)
        interpreter.invoke()
        assert np.array_equal(interpreter.get_output(0).ravel(), saved["scores"])
