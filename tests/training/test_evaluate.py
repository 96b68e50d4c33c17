from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import InvalidInput
from studio.dataset.catalogue import Example
from studio.features.blocks import LogMel
from studio.features.windows import Clip
from studio.training.classes import Classes
from studio.training.evaluate import int8_scores, measure
from studio.training.threshold import Streams, choose_threshold


def example(label: str, person: str | None = None) -> Example:
    return Example(label, Clip(Path("a.wav")), label, person, None, "a")


def scores(*said: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    floats = np.eye(classes, dtype=np.float32)[list(said)]
    return floats, (floats * 255 - 128).astype(np.int8)


def test_figures_by_hand():
    examples = [example("yes", "P01"), example("yes", "P02"), example("no", "P02"), example("yes", "P02")]
    metrics = measure(["no", "yes", "_background_"], examples, *scores(1, 1, 1, 2, classes=3))
    assert metrics.n == 4
    assert metrics.accuracy_int8 == metrics.accuracy_float == 0.5
    assert metrics.balanced_accuracy_int8 == pytest.approx((0 + 2 / 3) / 2, abs=1e-6)
    assert metrics.confusion_int8 == [[0, 1, 0], [0, 2, 1], [0, 0, 0]]
    assert metrics.per_person["P01"] == {"n": 1, "accuracy_float": 1.0, "accuracy_int8": 1.0}
    assert metrics.per_person["P02"]["accuracy_int8"] == pytest.approx(1 / 3, abs=1e-6)


def test_another_word_counts_as_unknown_where_there_is_that_class():
    examples = [example("tree"), example("yes")]
    metrics = measure(["yes", "_unknown_", "_background_"], examples, *scores(1, 0, classes=3))
    assert metrics.accuracy_int8 == 1
    assert metrics.outside == {}


def test_another_word_is_an_error_where_there_is_no_unknown():
    examples = [example("tree"), example("yes")]
    metrics = measure(["yes", "_background_"], examples, *scores(1, 0, classes=2))
    assert metrics.accuracy_int8 == 0.5
    assert metrics.outside == {"tree": 1}
    assert np.sum(metrics.confusion_int8) == 1


def test_nothing_to_score_has_no_accuracy():
    metrics = measure(["yes", "_background_"], [], np.zeros((0, 2), np.float32), np.zeros((0, 2), np.int8))
    assert metrics.accuracy_int8 is None
    assert metrics.balanced_accuracy_int8 is None


def test_where_nothing_is_left_to_score_on_the_engine_gives_no_rows(shared_data):
    """One person's few takes: all of them train."""
    tflite = (shared_data / "models/micro_speech_quantized.tflite").read_bytes()
    assert int8_scores(tflite, np.zeros((0, 49, 40), np.int16), LogMel()).shape == (0, 4)


def test_classes_are_the_words_then_unknown_where_there_are_others_then_background():
    examples = [example(label) for label in ("no", "yes", "tree", "_background_noise_")]
    assert Classes.choose(examples, ["yes", "no"]).names == ["yes", "no", "_unknown_", "_background_"]
    assert Classes.choose(examples).names == ["no", "tree", "yes", "_background_"]
    chosen = Classes.choose(examples, ["yes"])
    assert [chosen.index(label) for label in ("yes", "tree", "_silence_")] == [0, 1, 2]


def test_a_label_that_nobody_recorded_is_refused():
    with pytest.raises(InvalidInput, match="sheila"):
        Classes.choose([example("yes")], ["yes", "sheila"])


def streams(own: float, wrong: float, count: int = 20) -> tuple[Streams, np.ndarray]:
    """Words that reach `own` over four windows, half of them passing another word at `wrong` before."""
    values = np.zeros((count, 15, 3), np.float32)
    values[:, 6:10, 0] = own
    values[: count // 2, 2:5, 1] = wrong
    features = np.zeros((count * 15, *LogMel().shape), np.int16)
    return Streams(features, np.zeros(count, np.int64), 15, 2), values.reshape(-1, 3)


def test_the_threshold_lies_above_false_alarms_and_below_words():
    assert choose_threshold(*streams(0.88, 0.6), 3) == pytest.approx(0.85)
    assert choose_threshold(*streams(0.95, 0.1), 3) == pytest.approx(0.9)


def test_the_threshold_for_fewer_windows_is_that_of_those_seen():
    """Words that reach 0.88 in two windows next to each other: who sees one in two means one of them with another."""
    cut, values = streams(0.88, 0.0)
    short = values.reshape(20, 15, 3).copy()
    short[:, 8:, 0] = 0.4
    assert choose_threshold(cut, short.reshape(-1, 3), 2) == pytest.approx(0.85)
    assert choose_threshold(cut, short.reshape(-1, 3), 2, every=2) == pytest.approx(0.6)


def test_one_window_does_not_make_a_decision():
    cut, values = streams(0.95, 0.0)
    spiked = values.reshape(20, 15, 3).copy()
    spiked[:, 12, 1] = 1.0
    assert choose_threshold(cut, spiked.reshape(-1, 3), 3) == pytest.approx(0.9)
