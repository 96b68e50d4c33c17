"""Which windows Features shows, and what it lets be heard of them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from studio.dataset.formats.layout import How
from studio.dataset.importing import import_folder
from studio.dataset.project import Project, create_project
from studio.dataset.script import Script, keep_script
from studio.features.augment import Drawn
from studio.features.background import background_windows
from studio.features.blocks import LogMel
from studio.features.extract import extract, extract_variants, open_executor
from studio.native.frontend import log_mel
from studio.training.preview import hear, look, of_each_label, vary

LABELS = st.dictionaries(
    st.sampled_from(["yes", "no", "_unknown_", "_background_", *"abcdefghijklmn"]), st.integers(0, 40)
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    base, rng = tmp_path_factory.mktemp("preview"), np.random.default_rng(1)
    for label, takes, rate_hz in (("yes", 5, 16_000), ("no", 3, 8_000), ("_background_noise_", 2, 16_000)):
        for take in range(takes):
            path = base / "takes" / label / f"p1_nohash_{take}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, rng.normal(0, 900, rate_hz).astype(np.int16), rate_hz, subtype="PCM_16")
    made = create_project(base / "project")
    import_folder(made, base / "takes", How())
    return made


@given(LABELS, st.integers(1, 14), st.integers(0, 99))
def test_each_label_has_its_share_of_the_room_and_no_take_is_shown_twice(counts: dict[str, int], most: int, seed: int):
    places = of_each_label(counts, most, seed)
    there = [label for label, count in counts.items() if count]
    assert sum(map(len, places.values())) == min(most, sum(counts.values()))
    assert len(places) == min(most, len(there))
    for label, chosen in places.items():
        assert len(set(chosen)) == len(chosen) >= 1
        assert set(chosen) <= set(range(counts[label]))
    largest = max((len(chosen) for chosen in places.values()), default=0)
    assert all(len(chosen) in (largest, largest - 1, counts[label]) for label, chosen in places.items())
    assert list(places) == sorted(places, key=lambda label: (label == "_background_", label == "_unknown_", label))


def test_what_is_heard_has_every_label_the_lowest_rate_and_the_window_that_was_kept(project: Project):
    keep_script(project.catalogue, Script().with_class("later"))
    heard = hear(project, 6, seed=1)
    assert (heard.count, heard.lowest_rate_hz, len(heard.examples)) == (10, 8_000, 6)
    assert isinstance(heard.spec, LogMel)
    assert heard.spec.high_hz == 3_800
    assert set(heard.labels) >= {"yes", "no", "_background_", "later"}
    left_out = next(e for e in project.catalogue.examples() if e.id not in {shown.id for shown in heard.examples})
    again = hear(project, 6, seed=1, keep=left_out.id)
    assert left_out.id in {shown.id for shown in again.examples}
    assert len(again.examples) == 6


def test_the_windows_looked_at_are_those_that_training_extracts(project: Project):
    heard = hear(project, 8, seed=2)
    assert heard.spec is not None
    looked = look(heard.examples, heard.windows(heard.spec))
    with open_executor() as executor:
        extracted = extract([e.clip for e in heard.examples], heard.windows(heard.spec), executor)
    for each, features in zip(looked, extracted, strict=True):
        assert each.steps is not None
        np.testing.assert_array_equal(each.steps.features, features)


def test_variants_are_what_training_stores_and_is_shown_in_an_epoch(project: Project):
    """The sound as extract_variants makes it, recorded backgrounds in it; the picture as the worker's chance has it."""
    heard = hear(project, 6, seed=3)
    assert heard.spec is not None
    assert len(heard.noises) == 2
    example = next(e for e in heard.examples if e.label == "yes")
    original, *rest = vary(
        example, heard.windows(heard.spec, strength=1.5), 12, seed=9, strength=1.5, noises=heard.noises
    )
    with open_executor() as executor:
        stored = extract_variants(
            [example.clip], heard.windows(heard.spec, strength=1.5), 12, executor, seed=9, noises=heard.noises
        )[0]  # fmt: skip
    np.testing.assert_array_equal(log_mel(np.stack([take.samples for take in rest]), heard.spec), stored)
    assert original.original
    assert {take.drawn.recorded for take in rest if isinstance(take.drawn, Drawn)} >= {0, 1}
    for take in rest:
        assert take.in_epoch is not None
        hidden = take.input == heard.spec.input_zero_point
        assert hidden.all(axis=1).sum() == take.in_epoch.frames
        assert hidden.all(axis=0).sum() == take.in_epoch.bands
    assert max(take.in_epoch.frames for take in rest if take.in_epoch) > 0


def test_strength_none_leaves_sound_and_voice_and_hides_parts_all_the_same(project: Project):
    heard = hear(project, 6, seed=3)
    assert heard.spec is not None
    example = next(e for e in heard.examples if e.label == "yes")
    _original, *rest = vary(example, heard.windows(heard.spec, strength=0), 4, seed=2, strength=0, noises=heard.noises)
    assert any(take.in_epoch and take.in_epoch.bands for take in rest)
    for take in rest:
        assert isinstance(take.drawn, Drawn)
        assert take.in_epoch is not None
        assert (take.drawn.speed, take.drawn.shift_ms, take.drawn.noise_snr_db) == (1, 0, None)
        assert (take.in_epoch.tempo, take.in_epoch.vocal_tract, take.in_epoch.level_db) == (1, 1, 0)


def test_background_is_varied_as_background(project: Project):
    heard = hear(project, 6, seed=3)
    assert heard.spec is not None
    example = next(e for e in heard.examples if e.label == "_background_")
    _original, *rest = vary(example, heard.windows(heard.spec), 4, seed=5, strength=1, noises=heard.noises)
    np.testing.assert_array_equal(
        np.stack([take.samples for take in rest]), background_windows([example.clip], heard.spec, 4, 5)
    )


def test_a_take_that_is_gone_leaves_the_others(project: Project, tmp_path: Path):
    heard = hear(project, 4, seed=4)
    assert heard.spec is not None
    path = heard.examples[0].clip.path
    aside = tmp_path / path.name
    path.rename(aside)
    try:
        gone, *others = look(heard.examples, heard.windows(heard.spec))
    finally:
        aside.rename(path)
    assert gone.steps is None
    assert "it is not there" in str(gone.problem)
    assert all(each.steps is not None for each in others)
