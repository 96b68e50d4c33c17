"""Training as it is, on words that are gliding tones: small enough for seconds."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.core.errors import Cancelled, InvalidInput, NotFound
from studio.dataset.importing import import_folder
from studio.dataset.project import Project, create_project
from studio.dataset.runs import find_run, list_runs
from studio.features.augment import Augmentation
from studio.features.blocks import LogMel
from studio.model.plan import plan
from studio.training.evaluate import Evaluation, evaluate
from studio.training.preparation import front_end_for, windows_for, write_features, write_previews
from studio.training.process import Worker
from studio.training.trainer import Effort, EverybodyKeptOut, train

TINY = Effort(variants=3, takes=None, recipe={"epochs": 25, "batch": 8}, architecture={"filters": 16, "blocks": 2})
TONES = {"fall": (2400.0, 400.0), "rise": (400.0, 2400.0), "other": (1800.0, 1200.0)}


def write_take(path: Path, hz: tuple[float, float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    glide_hz = np.linspace(*hz, 4_000) * rng.uniform(0.95, 1.05)
    tone = 6000 * np.sin(2 * np.pi * np.cumsum(glide_hz) / 8_000) * np.hanning(4_000)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, (tone + rng.normal(0, 15, len(tone))).astype(np.int16), 8_000, subtype="PCM_16")


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("takes")
    for w, (word, hz) in enumerate(TONES.items()):
        for p, person in enumerate(("ann", "bob", "cem")):
            for take in range(6):
                write_take(folder / word / f"{person}_nohash_{take}.wav", hz, 100 * w + 10 * p + take)
    return folder


@pytest.fixture
def project(takes: Path, tmp_path: Path) -> Iterator[Project]:
    with create_project(tmp_path / "project") as project:
        import_folder(project, takes)
        yield project


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYML_STUDIO_HOME", str(tmp_path_factory.mktemp("home")))
        worker = Worker()
    with worker:
        yield worker


def test_a_run_holds_all_that_made_it(project: Project, worker: Worker):
    trained = train(project, labels=["rise", "fall"], hold_out=["Bob"], effort=TINY, worker=worker)
    run = find_run(project.runs_folder)
    assert run.id == trained.run.id
    assert run.labels == ["rise", "fall", "_unknown_", "_background_"]
    assert run.metrics["scored_on"] == "test"
    assert run.metrics["test"]["n"] == 18
    assert trained.accuracy_int8 is not None
    assert trained.accuracy_int8 >= 0.8
    assert trained.accuracy_int8 == run.accuracy_int8
    assert run.data["held_out"] == [project.people().find("bob")]
    inputs = json.loads((run.folder / "inputs.json").read_text())
    assert len(inputs) == 54
    assert {i["person"] for i in inputs if i["side"] == "train"}.isdisjoint(run.data["held_out"])
    assert all(len(i["sha256"]) == 64 for i in inputs)
    assert len(json.loads(run.history_path.read_text())) == TINY.recipe["epochs"]
    spec = LogMel.from_dict(run.front_end)
    assert spec.high_hz < 4_000
    rules = [run.decision, *run.slower]
    assert [rule["hop_samples"] for rule in rules] == [spec.rate_hz * n // 10 for n in (1, 2, 3, 4, 5)]
    assert [rule["smooth"] for rule in rules] == [3, 2, 2, 2, 2]
    assert {rule["refractory_ms"] for rule in rules} == {1_000}
    planned = plan(run.tflite_path.read_bytes())
    assert (planned.input.bytes, planned.output.bytes) == (spec.frames * spec.mels, 4)


def test_the_same_seed_gives_the_same_model(project: Project, worker: Worker):
    first, second, other = (
        train(project, seed=seed, effort=TINY, worker=worker).run.tflite_path.read_bytes() for seed in (5, 5, 6)
    )
    assert first == second
    assert first != other


def test_folds_leave_a_run_each_and_the_mean(project: Project, worker: Worker):
    trained = train(project, folds=3, by="person", effort=TINY, worker=worker)
    assert [fold["n"] for fold in trained.folds] == [18, 18, 18]
    assert len({who for fold in trained.folds for who in fold["held_out"]}) == 3
    assert trained.accuracy_int8 == pytest.approx(np.mean([f["accuracy_int8"] for f in trained.folds]), abs=1e-5)
    assert np.sum(trained.confusion_int8) == 54
    assert len(list(list_runs(project.runs_folder))) == 3


def test_cancelling_in_the_middle_leaves_nothing(project: Project):
    def cancel(fraction: float | None, text: str) -> None:
        if "epoch" in text:
            raise Cancelled("Training")

    with pytest.raises(Cancelled):
        train(project, effort=TINY, report=cancel)
    assert list(project.runs_folder.iterdir()) == []


def test_a_run_scores_the_same_when_it_is_evaluated_later(project: Project, takes: Path, worker: Worker):
    trained = train(project, hold_out=["cem"], effort=TINY, worker=worker)
    later = evaluate(project, trained.run)
    assert isinstance(later, Evaluation)
    assert later.scored == "test"
    assert (later.accuracy_int8, later.accuracy_float) == (trained.accuracy_int8, trained.accuracy_float)
    everything = evaluate(project, trained.run, data=takes)
    assert everything.n == 54
    assert set(everything.per_person) == {"P01", "P02", "P03"}


def test_classes_that_differ_in_bandwidth_are_told(project: Project, takes: Path, worker: Worker, tmp_path: Path):
    even = train(project, labels=["rise", "fall"], effort=TINY, worker=worker)
    assert even.run.notices == []
    rng = np.random.default_rng(1)
    for take in range(6):
        path = tmp_path / "wide" / f"dan_nohash_{take}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, rng.normal(0, 900, 8_000).astype(np.int16), 16_000, subtype="PCM_16")
    import_folder(project, tmp_path)
    uneven = train(project, labels=["rise", "wide"], effort=TINY, worker=worker)
    bands, few = uneven.run.notices
    assert bands.startswith("fall, other, rise: ")
    assert "wide (" in few
    assert find_run(project.runs_folder).notices == uneven.run.notices


def test_what_cannot_be_trained_is_told(project: Project, tmp_path: Path):
    with pytest.raises(NotFound, match="dora"):
        train(project, hold_out=["dora"])
    with pytest.raises(InvalidInput, match="folds"):
        train(project, hold_out=["ann"], folds=2)
    with pytest.raises(InvalidInput, match="sheila"):
        train(project, labels=["sheila"])
    with pytest.raises(EverybodyKeptOut, match="all kept out") as kept_out:
        train(project, hold_out=["ann", "bob", "cem"])
    assert "somebody else" in kept_out.value.advice()
    with create_project(tmp_path / "empty") as empty, pytest.raises(InvalidInput, match="labelled"):
        train(empty)


def test_one_word_and_few_takes_are_told(tmp_path: Path, worker: Worker):
    for seed in range(4):
        write_take(tmp_path / "few" / "rise" / f"ann_nohash_{seed}.wav", TONES["rise"], seed)
    with create_project(tmp_path / "one", "keyword") as project:
        import_folder(project, tmp_path / "few")
        run = train(project, effort=replace(TINY, recipe={"epochs": 2, "batch": 4}), worker=worker).run
    told = " ".join(run.notices)
    assert "rise is the only word" in told
    assert "Fewer than 10 takes" in told
    assert "rise (" in told


def test_what_the_settings_choose_of_the_front_end_is_what_training_hears(project: Project):
    settings = project.settings
    try:
        project.settings = replace(settings, window_ms=500, front_end={"mels": 20, "frame_ms": 40}, strength=0.5)
        spec = front_end_for(project, project.catalogue.examples())
        assert isinstance(spec, LogMel)
        assert (spec.clip_samples, spec.window_samples, spec.mels) == (8_000, 640, 20)
        assert write_features(project).shape == (24, 20)
        assert windows_for(project.settings, spec).augmentation == Augmentation().scaled(0.5)
    finally:
        project.settings = settings


def test_features_and_previews_are_files_for_other_tools(project: Project, tmp_path: Path):
    written = write_features(project)
    with np.load(written.path) as arrays:
        assert arrays["features"].shape == (54, *written.shape)
        assert sorted(set(arrays["labels"])) == sorted(TONES)
    paths = write_previews(project, 5, tmp_path / "previews")
    assert len(set(paths)) == 5
    for path in paths:
        samples, rate = soundfile.read(path, dtype="int16")
        assert (rate, len(samples)) == (16_000, 16_000)
        assert np.any(samples)
