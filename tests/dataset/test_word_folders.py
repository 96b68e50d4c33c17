"""How a folder of words is read: who, what, and what is left out."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import InvalidInput, NotFound
from studio.dataset.formats import find_format
from studio.dataset.formats.layout import Found, How, Skipped
from studio.dataset.formats.word_folders import name_for, read
from studio.dataset.outside import outside_examples
from studio.features.windows import Clip, read_clip


def _one(root: Path, how: How) -> Found:
    found = [item for item in read(root, how) if isinstance(item, Found)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("path", "how", "said"),
    [
        ("yes/ann_nohash_0.wav", How(), ("yes", "ann", None)),
        ("train/yes/ann_nohash_0.wav", How(), ("yes", "ann", None)),
        ("yes/1.wav", How(), ("yes", None, None)),
        ("1.wav", How(), (None, None, None)),
        ("yes/ann/1.wav", How(person_from=r"/([^/]+)/[^/]+$"), ("yes", "ann", None)),
        ("ann/yes/1.wav", How(person_from=r"^([^/]+)/"), ("yes", "ann", None)),
        ("ann/yes/1.wav", How(person_from=r"^[a-z]+"), ("yes", "ann", None)),
        ("yes/monday/ann-1.wav", How(person_from=r"([a-z]+)-\d", group_from=r"/([^/]+)/"), ("yes", "ann", "monday")),
        ("_background_noise_/tap.wav", How(), ("_background_", None, None)),
        ("_unknown_/ann_nohash_0.wav", How(), ("_unknown_", "ann", None)),
        ("ÄÖ/ann_nohash_0.WAV", How(), ("ÄÖ", "ann", None)),
    ],
)
def test_label_person_and_group_come_from_the_path(tmp_path, write_sound, path, how, said):
    written = write_sound(tmp_path / "sound.wav")
    (tmp_path / "in" / path).parent.mkdir(parents=True)
    written.rename(tmp_path / "in" / path)
    found = _one(tmp_path / "in", how)
    assert (found.label, found.person, found.group) == said


def test_what_is_no_recording_is_told_with_its_reason(tmp_path, write_sound):
    root = tmp_path / "in"
    write_sound(root / "yes" / "1.wav")
    (root / "README.md").write_text("words")
    (root / ".git").mkdir()
    (root / ".git" / "x.wav").write_bytes(b"")
    (root / "yes" / "gone.wav").symlink_to(root / "nowhere.wav")
    (root / "linked").symlink_to(root / "yes", target_is_directory=True)
    if sys.platform != "win32":
        os.mkfifo(root / "yes" / "pipe.wav")  # opening it would wait for ever
    skipped = {Path(s.path).name: s.why for s in read(root, How()) if isinstance(s, Skipped)}
    assert set(skipped) == {"README.md", ".git", "gone.wav", "linked", "pipe.wav"}
    assert "link" in skipped["linked"]
    assert "link" in skipped["gone.wav"]
    assert all(why and not why.endswith(".") for why in skipped.values())


def test_what_a_link_in_the_folder_leads_to_is_not_read(tmp_path, write_sound):
    target = write_sound(tmp_path / "elsewhere" / "private.wav")
    (tmp_path / "in" / "yes").mkdir(parents=True)
    (tmp_path / "in" / "yes" / "ann_nohash_0.wav").symlink_to(target)
    assert [s.why for s in read(tmp_path / "in", How()) if isinstance(s, Skipped)] == ["it is a link"]
    assert not [f for f in read(tmp_path / "in", How()) if isinstance(f, Found)]


def test_a_folder_that_is_named_by_a_link_is_read(tmp_path, write_sound):
    write_sound(tmp_path / "store" / "yes" / "ann_nohash_0.wav")
    (tmp_path / "in").symlink_to(tmp_path / "store", target_is_directory=True)
    assert _one(tmp_path / "in", How()).label == "yes"


def test_a_folder_without_sound_and_an_absent_one_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput):
        find_format(tmp_path / "empty")
    with pytest.raises(NotFound):
        find_format(tmp_path / "absent")
    with pytest.raises(InvalidInput, match="word-folders"):
        find_format(tmp_path / "empty", "unheard-of")


@pytest.mark.parametrize("how", [How(person_from="(["), How(group_from="*")])
def test_a_pattern_that_is_none_is_refused_by_its_option(words, how):
    with pytest.raises(InvalidInput, match="regular expression"):
        list(read(words, how))


def test_a_folder_that_is_only_read_gives_its_labelled_takes_in_order(project, words):
    with outside_examples(project, words) as outside:
        takes = outside.examples
    assert [(t.label, t.person) for t in takes[:3]] == [("no", "ann"), ("no", "ann"), ("no", "bob")]
    assert [t.clip.path for t in takes] == sorted(words.rglob("*.wav"))
    assert project.catalogue.count() == 0


def test_a_take_in_floating_point_is_heard_at_its_level(project, tmp_path, write_sound):
    write_sound(tmp_path / "in" / "yes" / "1.wav", seed=3, subtype="FLOAT")
    plain = write_sound(tmp_path / "plain.wav", seed=3)
    with outside_examples(project, tmp_path / "in") as outside:
        (take,) = outside.examples
        np.testing.assert_array_equal(read_clip(take.clip, 16_000), read_clip(Clip(plain), 16_000))


@pytest.mark.parametrize(
    ("label", "person", "take"),
    [
        ("yes", "P01", "yes_P01_nohash_0"),
        ("yes", None, "yes_7"),
        ("a/b", "P12", "x_nohash_y_nohash_z"),
        ("..", None, ".."),
    ],
)
def test_a_written_name_is_read_back_as_the_same_person(tmp_path, write_sound, label, person, take):
    name = name_for(label, person, take)
    path = write_sound(tmp_path / "in" / name)
    assert path.resolve().is_relative_to(tmp_path / "in")
    found = _one(tmp_path / "in", How())
    assert found.person == person
    if label == "yes":
        assert found.label == "yes"
