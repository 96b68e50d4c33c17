"""What `check` finds, and that it finds nothing where nothing is wrong."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.dataset import quality
from studio.dataset.exporting import export_folder
from studio.dataset.importing import import_folder
from studio.dataset.measuring import are_copies, likely_copies, may_be_copies, measure
from studio.dataset.outside import outside_examples
from studio.dataset.project import Project
from studio.dataset.quality import check
from studio.dataset.selection import everything, parse
from studio.features.windows import Clip

RATE_HZ = 16_000


def _take(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples.clip(-32768, 32767).astype(np.int16), rate_hz)
    return path


def _noise(seed: int, level: float = 2_000, seconds: float = 0.4) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, round(RATE_HZ * seconds))


def _tone(seed: int, seconds: float = 0.5) -> np.ndarray:
    """Something like a word: a glide that swells."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(RATE_HZ * seconds)) / RATE_HZ
    pitch = rng.uniform(120, 240) * (1 + rng.uniform(-0.3, 0.3) * t)
    sound = sum(rng.uniform(0.2, 1) * np.sin(2 * np.pi * k * np.cumsum(pitch) / RATE_HZ) for k in range(1, 12))
    return 2_500 * sound * np.sin(np.pi * t / seconds) ** rng.uniform(0.5, 2) + rng.normal(0, 5, len(t))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Two words by five people, ten takes each: nothing to find."""
    folder = tmp_path / "good"
    for w, word in enumerate(("no", "yes")):
        for person in range(5):
            for take in range(2):
                _take(folder / word / f"p{person}x_nohash_{take}.wav", _tone(1_000 * w + 10 * person + take))
    return folder


def _kinds(project: Project, where: str = "") -> list[tuple[str, str]]:
    return [(f.kind, f.severity) for f in check(project) if where in f.where]


def test_good_data_has_no_findings(project, good):
    import_folder(project, good)
    assert check(project) == []


@pytest.mark.parametrize(
    ("samples", "kind"),
    [
        (_noise(1, level=20), "silent"),
        (_noise(2, level=60_000), "clipped"),
        (_noise(3, seconds=0.05), "short"),
        (_noise(4) + 3_000, "dc-offset"),
    ],
)
def test_a_bad_recording_is_found_for_what_it_is(project, good, samples, kind):
    _take(good / "yes" / "p1x_nohash_bad.wav", samples)
    import_folder(project, good)
    assert [k for k, _severity in _kinds(project, "nohash_bad")] == [kind]


def test_files_that_went_or_changed_are_errors(project, good):
    import_folder(project, good)
    first, second, third, fourth = (row.path for row in project.catalogue.recordings(limit=4))
    check(project)  # what is measured once is compared with what lies there later
    first.unlink()
    second.write_bytes(second.read_bytes()[:-200])
    content = bytearray(third.read_bytes())
    content[-1] ^= 1
    third.write_bytes(content)
    fourth.with_suffix(".json").unlink()
    shallow = {(f.kind, Path(f.where).name) for f in check(project)}
    assert shallow == {("missing", first.name), ("changed", second.name), ("sidecar", fourth.name)}
    deep = {(f.kind, Path(f.where).name) for f in check(project, deep=True)}
    assert deep == shallow | {("changed", third.name)}


def test_recordings_beside_the_catalogue_are_entered_or_told(project, good):
    import_folder(project, good)
    row = project.catalogue.recordings(limit=1)[0]
    copy = row.path.with_name("copy_by_hand.wav")
    copy.write_bytes(row.path.read_bytes())
    copy.with_suffix(".json").write_bytes(row.path.with_suffix(".json").read_bytes())
    _take(project.recordings_folder / "bare.wav", _noise(9))
    _take(project.recordings_folder / "broken.wav", _noise(8))
    (project.recordings_folder / "broken.json").write_text("{")
    findings = check(project)
    assert {(f.kind, Path(f.where).stem) for f in findings if f.kind != "copy"} == {
        ("entered", "copy_by_hand"),
        ("unknown-file", "bare"),
        ("sidecar", "broken"),
    }
    assert project.catalogue.count() == 21
    assert len({r.id for r in project.catalogue.recordings()}) == 21


def test_one_sound_under_two_people_is_found_whatever_its_level(project, good):
    original = soundfile.read(good / "yes" / "p1x_nohash_0.wav", dtype="int16")[0]
    _take(good / "yes" / "p4x_nohash_7.wav", np.concatenate([np.zeros(80), original * 0.6]))
    import_folder(project, good)
    (finding,) = check(project)
    assert (finding.kind, finding.severity) == ("copy", "warning")
    assert "person" in finding.says


@pytest.mark.data
def test_real_takes_of_one_word_are_no_copies_of_each_other(shared_data):
    paths = sorted((shared_data / "speech-digits" / "seven").glob("*.wav"))
    measured = [measure(path) for path in paths]
    pairs = likely_copies([*measured, *measured], [8_000.0] * (2 * len(paths)))
    assert {(min(i, j), max(i, j)) for i, j in pairs} >= {(n, n + len(paths)) for n in range(len(paths))}
    different = [(i, j) for i, j in likely_copies(measured, [8_000.0] * len(paths)) if i != j]
    assert not any(are_copies(*(Clip(paths[n], rate_hz=8_000) for n in pair)) for pair in different)


def test_measuring_is_done_once(project, good, monkeypatch):
    import_folder(project, good)
    first = check(project)

    def never(_path: Path) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(quality, "measure", never)
    assert check(project) == first


def test_what_is_odd_about_classes_and_people_is_told(project, good):
    for take in range(3):
        _take(good / "Yes" / f"p1x_nohash_{take}.wav", _tone(5_000 + take))
    for take in range(40):
        _take(good / "up" / f"p2x_nohash_{take}.wav", _tone(6_000 + take)[::2], 8_000)
    _take(good / "loose.wav", _tone(7_000))
    import_folder(project, good)
    kinds = {(f.kind, f.where) for f in check(project)}
    assert kinds >= {
        ("imbalance", "Yes"),
        ("few-takes", "Yes"),
        ("spelling", "Yes"),
        ("one-speaker", "Yes"),
        ("one-speaker", "up"),
        ("band", "up"),
        ("unlabelled", "labels"),
    }


def test_a_project_without_labels_is_told(project):
    assert _kinds(project) == [("no-labels", "error")]


def test_an_export_is_imported_as_the_same_words_and_people(project, good, tmp_path):
    import_folder(project, good)
    key = project.catalogue.recordings(limit=1)[0].id
    with project.catalogue.edit("Cut") as edit:
        edit.set_label(parse(f"id:{key}"), None)
    with project.catalogue.edit("Cut") as edit:
        from studio.dataset.edits import Span

        edit.add_segments(key, [Span("cut", 1_000, 3_000)])
    exported = export_folder(project, tmp_path / "out", "word-folders")
    assert (exported.recordings, exported.segments, exported.skipped) == (20, 20, [])
    assert soundfile.info(next((tmp_path / "out" / "cut").iterdir())).frames == 2_000
    before = sorted((e.label, e.person) for e in project.catalogue.examples())
    with outside_examples(project, tmp_path / "out") as outside:
        assert sorted((e.label, e.person) for e in outside.examples) == before
    with pytest.raises(Exception, match="not an empty folder"):
        export_folder(project, tmp_path / "out", "word-folders")
    assert project.catalogue.count(everything()) == 20


def test_only_what_is_as_long_as_a_take_may_be_its_copy():
    assert may_be_copies([1.0, 1.019, 1.03, 0.981, 0.97, 3.0], [1.0, 5.0]) == [True, True, False, True, False, False]
    assert may_be_copies([1.0], []) == [False]
