"""Gestures, pictures and values from a project to a run: what is asked of words is asked of them too."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.core.csv_file import CsvWriter, read_csv
from studio.core.errors import InvalidInput
from studio.core.picture_file import png, read_picture
from studio.dataset.importing import import_folder
from studio.dataset.project import Project, create_project
from studio.features.motion import MotionRaw
from studio.features.readings import Readings
from studio.training.effort import Effort, effort_for
from studio.training.evaluate import Evaluation, evaluate, evaluation_of
from studio.training.preparation import front_end_for, windows_for, write_features, write_previews
from studio.training.process import Worker
from studio.training.tasks import task_for
from studio.training.trainer import train
from studio.training.values import ValueEvaluation

AXES = ("ax", "ay", "az", "gx", "gy", "gz")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYML_STUDIO_HOME", str(tmp_path_factory.mktemp("home")))
        worker = Worker()
    with worker:
        yield worker


def gesture(axis: int, seed: int) -> np.ndarray:
    """A second of moving to and fro along one axis, held as somebody holds it."""
    rng = np.random.default_rng(seed)
    values = np.zeros((119, 6))
    values[:, 2] = 1
    at = np.arange(119) / 119
    values[:, axis] += (
        rng.uniform(0.8, 1.2) * np.sin(2 * np.pi * (at * 3 + rng.random())) * np.exp(-20 * (at - 0.5) ** 2)
    )
    values[:, 3 + axis] += 150 * np.sin(2 * np.pi * 3 * at) * np.exp(-20 * (at - 0.5) ** 2)
    return values + rng.normal(0, 0.01, values.shape)


def write_rows(path: Path, values: np.ndarray, channels: tuple[str, ...], rate_hz: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = CsvWriter(path, channels)
    writer.append(np.arange(len(values)) * 1_000_000 // rate_hz, values)
    writer.close()


@pytest.fixture(scope="module")
def gestures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    base = tmp_path_factory.mktemp("gestures")
    for axis, label in enumerate(("across", "along")):
        for take in range(16):
            write_rows(base / "takes" / label / f"ann_nohash_{take}.csv", gesture(axis, 40 * axis + take), AXES, 119)
    with create_project(base / "project", "gesture") as project:
        import_folder(project, base / "takes")
        yield project


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Bright above or bright below; three times as many of the one."""
    base, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(1)
    for label, top, takes in (("sky", 190, 30), ("ground", 70, 10)):
        for take in range(takes):
            pixels = np.full((60, 80), 130.0) + rng.normal(0, 12, (60, 80))
            pixels[:30] += top - 130
            path = base / "takes" / label / f"{take:02d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(np.clip(pixels, 0, 255).astype(np.uint8)))
    with create_project(base / "project", "image") as project:
        project.change_settings(front_end={"width": 24, "height": 24})
        import_folder(project, base / "takes")
        yield project


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Comfort, as a sum of temperature and humidity."""
    base, rng = tmp_path_factory.mktemp("values"), np.random.default_rng(2)
    for session in range(4):
        rows = np.column_stack([rng.uniform(10, 30, 60), rng.uniform(20, 80, 60), rng.uniform(990, 1030, 60)])
        path = base / "takes" / f"room{session}.csv"
        path.parent.mkdir(exist_ok=True)
        lines = ["t_us,temperature,humidity,pressure,value"]
        for i, (warm, damp, heavy) in enumerate(rows):
            lines.append(f"{i * 1_000_000},{warm:.3f},{damp:.3f},{heavy:.3f},{warm + damp / 4:.3f}")
        path.write_text("\n".join(lines) + "\n")
    with create_project(base / "project", "regression") as project:
        import_folder(project, base / "takes")
        project.change_settings(unit="points")
        yield project


def test_gestures_are_told_apart_and_background_is_trained_without_a_recording_of_it(gestures: Project, worker: Worker):
    trained = train(gestures, folds=2, by="take", quick=True, worker=worker)
    assert trained.run.labels == ["across", "along", "_background_"]
    assert trained.accuracy_int8 is not None
    assert trained.accuracy_int8 >= 0.85
    assert np.sum(trained.confusion_int8) == 32
    front_end = MotionRaw.from_dict(trained.run.front_end)
    assert (front_end.rate_hz, front_end.clip_samples, front_end.channels) == (119, 119, 6)
    assert trained.run.decision["background"] == 2
    assert [rule["hop_samples"] for rule in [trained.run.decision, *trained.run.slower]] == [
        11 * n for n in range(1, 6)
    ]


def test_the_same_seed_gives_the_same_model_of_gestures(gestures: Project, worker: Worker):
    usual = effort_for("gesture", "motion_raw", quick=True)
    tiny = Effort(3, None, {**usual.recipe, "epochs": 2}, usual.architecture)
    first, again = (train(gestures, effort=tiny, worker=worker).run.tflite_path.read_bytes() for _ in range(2))
    assert first == again


def test_a_class_of_few_pictures_is_found_as_often_as_the_other_and_nothing_is_background(
    pictures: Project, worker: Worker
):
    trained = train(pictures, folds=2, by="take", quick=True, worker=worker)
    assert trained.run.labels == ["ground", "sky"]
    assert trained.balanced_accuracy_int8 is not None
    assert trained.balanced_accuracy_int8 >= 0.9
    assert trained.run.decision["background"] is None
    assert trained.run.decision["hop_samples"] == 1
    later = evaluate(pictures, trained.run, worker=worker)
    assert isinstance(later, Evaluation)
    assert later.accuracy_int8 == trained.folds[-1]["accuracy_int8"]
    assert set(later.classes) == {"ground", "sky"}


def test_a_value_is_predicted_in_its_unit_by_float_and_int8_alike(values: Project, worker: Worker):
    trained = train(values, folds=2, by="take", worker=worker, effort=effort_for("regression", "readings", quick=True))
    assert trained.accuracy_int8 is None
    assert trained.unit == "points"
    assert trained.mae_float is not None
    assert trained.mae_int8 is not None
    assert trained.mae_int8 < 2
    assert abs(trained.mae_int8 - trained.mae_float) < 0.4
    told = evaluation_of(values, trained.run)
    assert isinstance(told, ValueEvaluation)
    assert told.usual_error is not None
    assert trained.mae_int8 < told.usual_error / 2
    assert sum(told.errors["counts"]) == told.n == len(told.windows) > 0
    assert np.mean([abs(w.said - w.truth) for w in told.windows]) == pytest.approx(told.mae_int8, abs=1e-4)
    later = evaluate(values, trained.run, worker=worker)
    assert isinstance(later, ValueEvaluation)
    assert (later.mae_float, later.mae_int8) == (told.mae_float, told.mae_int8)
    assert len(later.as_dict()["scatter"]) == later.n
    assert json.loads(json.dumps(later.as_dict()))["unit"] == "points"


def test_a_label_that_is_no_number_is_told_before_a_regression_is_trained(values: Project):
    examples = values.catalogue.examples()
    with pytest.raises(InvalidInput, match="warm"):
        task_for(values.settings, [*examples, replace(examples[0], label="warm")])
    with pytest.raises(InvalidInput, match="two different values"):
        task_for(values.settings, examples[:1])


def test_ranges_are_of_what_trains(gestures: Project, values: Project):
    examples = gestures.catalogue.examples()
    across = front_end_for(gestures, [e for e in examples if e.label == "across"])
    along = front_end_for(gestures, [e for e in examples if e.label == "along"])
    assert isinstance(across, MotionRaw)
    assert isinstance(along, MotionRaw)
    assert across.spans[0] > 5 * along.spans[0]
    assert along.spans[1] > 5 * across.spans[1]
    slow = front_end_for(values, values.catalogue.examples())
    assert isinstance(slow, Readings)
    assert slow.offsets[0] == pytest.approx(2_000, abs=150)  # hundredths of a degree


def test_features_and_previews_are_files_of_each_kind(
    gestures: Project, pictures: Project, values: Project, tmp_path: Path
):
    assert write_features(gestures).shape == (119, 6)
    assert write_features(pictures).shape == (24, 24)
    assert write_features(values).shape == (3,)
    for path in write_previews(gestures, 3, tmp_path / "g"):
        rows = read_csv(path)
        assert rows.channels == AXES
        assert rows.values.shape == (119, 6)
        assert np.linalg.norm(rows.values[:, :3], axis=1).mean() > 0.4  # in g
    shown = write_previews(pictures, 3, tmp_path / "p")
    assert {read_picture(path).shape for path in shown} == {(24, 24)}


def test_strength_none_leaves_variants_as_they_were(gestures: Project, pictures: Project):
    for project in (gestures, pictures):
        settings = project.settings
        example = project.catalogue.examples()[0]
        windows = windows_for(
            settings.__class__(**{**vars(settings), "strength": 0.0}), front_end_for(project, [example])
        )
        [variant] = windows.variants(example.clip, 1, (1, 0))
        np.testing.assert_array_equal(variant.samples, windows.read(example.clip))
