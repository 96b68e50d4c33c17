"""Why a board parts from the host, told from its own values: another run's front end, another scale, or neither."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.dataset.runs import Run
from studio.features.blocks import LogMel
from studio.live.causes import Cause, Setting, cause_of
from studio.live.compare import CAUSES, Stage, Stages
from studio.live.live import LiveWindow
from studio.native.frontend import log_mel, quantise

HOST = LogMel()
FACTS = (Setting("Firmware", "0.0.9", "0.1.0"),)


@pytest.fixture(scope="module")
def sound() -> NDArray[np.int16]:
    return np.random.default_rng(1).normal(0, 2000, HOST.clip_samples).astype(np.int16)


def run(name: str, spec: LogMel) -> Run:
    return Run(name, Path(name), ["yes", "no"], spec.to_dict(), {})


def parted(stage: Stage, sound: NDArray[np.int16], board: LogMel) -> LiveWindow:
    """A window of which the board sent what it made with the front end `board`."""
    scores = np.zeros(2, np.int8)

    def made(spec: LogMel) -> Stages:
        features = log_mel(sound, spec)
        return Stages(sound, features, quantise(features, spec), scores)

    return LiveWindow(0, 0, 0, 300, scores.tobytes(), made(HOST), stage, None, made(board), None)


def why(stage: Stage, sound: NDArray[np.int16], board: LogMel, *runs: Run) -> Cause:
    return cause_of(parted(stage, sound, board), HOST, FACTS, "newest", [run("newest", HOST), *runs])


def test_features_of_another_run_are_told_with_every_setting_that_differs(sound: NDArray[np.int16]) -> None:
    older = replace(HOST, high_hz=7_000, floor_db=-70, normalise="band")
    found = why(Stage.FEATURES, sound, older, run("other", replace(HOST, low_hz=100)), run("first", older))
    assert "of another run" in found.sentence
    assert found.settings == (
        ("Highest frequency", "7,000 Hz", "7,600 Hz"),
        ("Noise floor", "−70 dB", "−80 dB"),
        ("Mean removed", "per band", "overall"),
        ("Settings from", "run 1", "run 3"),
    )


def test_features_of_no_run_leave_the_facts_and_blame_none(sound: NDArray[np.int16]) -> None:
    found = why(Stage.FEATURES, sound, replace(HOST, high_hz=7_000), run("first", replace(HOST, high_hz=7_001)))
    assert found.sentence == CAUSES[Stage.FEATURES]
    assert found.settings == FACTS


def test_a_run_of_another_shape_or_kind_is_passed_over(sound: NDArray[np.int16]) -> None:
    broken = replace(run("broken", HOST), front_end={"kind": "none"})
    found = why(Stage.FEATURES, sound, replace(HOST, high_hz=7_000), run("first", replace(HOST, mels=20)), broken)
    assert found.settings == FACTS


@pytest.mark.parametrize(("shift", "zero"), [(4, 0), (6, 0), (5, -3), (6, 7)])
def test_the_scale_and_zero_point_of_the_boards_int8_input_are_found(
    sound: NDArray[np.int16], shift: int, zero: int
) -> None:
    found = why(Stage.QUANTISED, sound, replace(HOST, input_shift=shift, input_zero_point=zero))
    expected = []
    if shift != HOST.input_shift:
        expected.append(("One int8 step", f"{HOST.scale * 2**shift:.3f} dB", f"{HOST.scale * 32:.3f} dB"))
    if zero:
        expected.append(("Zero point", str(zero).replace("-", "−"), "0"))
    assert list(found.settings) == expected


def test_other_scores_and_lost_samples_keep_their_usual_cause(sound: NDArray[np.int16]) -> None:
    assert why(Stage.KERNELS, sound, HOST) == Cause(
        CAUSES[Stage.KERNELS], why(Stage.KERNELS, sound, HOST).remedy, FACTS
    )
    assert why(Stage.SAMPLES, sound, HOST).settings == ()
