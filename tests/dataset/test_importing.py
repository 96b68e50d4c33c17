"""Bringing recordings in: what is copied, what is skipped, and that nothing is half done."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.core.errors import Cancelled, InvalidInput
from studio.dataset import importing
from studio.dataset.formats.layout import How
from studio.dataset.importing import how_of_last_import, import_folder
from studio.dataset.orphans import enter_orphans
from studio.dataset.project import Project, create_project, open_project
from studio.dataset.recordings import read_sidecar, sha256_of, sidecar_path
from studio.dataset.selection import everything, parse


def _files(project: Project) -> set[str]:
    return {str(path.relative_to(project.folder)) for path in project.folder.rglob("*") if path.is_file()}


def _state(project: Project) -> list[tuple[object, ...]]:
    return sorted((r.path.name, r.labels, r.person, r.group, r.sha256) for r in project.catalogue.recordings())


def test_wav_files_are_kept_byte_for_byte_with_a_sidecar_each(project, words):
    imported = import_folder(project, words)
    assert (imported.recordings, imported.segments, imported.people, imported.skipped) == (12, 12, 3, [])
    originals = sorted(sha256_of(path) for path in words.rglob("*.wav"))
    rows = project.catalogue.recordings()
    assert sorted(sha256_of(row.path) for row in rows) == originals
    for row in rows:
        sidecar = read_sidecar(sidecar_path(row.path))
        assert (sidecar.id, sidecar.sha256, sidecar.label, sidecar.finished) == (
            row.id,
            row.sha256,
            row.labels[0],
            True,
        )


def test_names_of_people_are_in_the_ledger_alone(project, words):
    import_folder(project, words, How(group_from=r"([^/]+)_nohash"))
    assert project.people().name_of("P01") == "ann"
    for path in project.folder.rglob("*"):
        assert not any(name in path.name for name in ("ann", "bob", "cyd"))
        if path.is_file() and path.name != "people.toml":
            content = path.read_bytes()
            assert not any(name in content for name in (b"ann_", b"bob", b"cyd")), path


def test_the_same_person_has_the_same_code_in_every_import(project, tmp_path, words, write_sound):
    import_folder(project, words)
    write_sound(tmp_path / "more" / "up" / "Bob_nohash_9.wav", seed=900)
    write_sound(tmp_path / "more" / "up" / "dee_nohash_9.wav", seed=901)
    import_folder(project, tmp_path / "more")
    assert {row.person for row in project.catalogue.recordings(parse("label:up"))} == {"P02", "P04"}


def test_importing_anew_into_another_project_gives_the_same_takes(tmp_path, words):
    takes = []
    for name in ("first", "second"):
        with create_project(tmp_path / name) as made:
            import_folder(made, words)
            takes.append([(e.take, e.label, e.person) for e in made.catalogue.examples()])
    assert takes[0] == takes[1]


def test_identical_files_are_skipped_and_told_what_they_equal(project, words):
    copy = words / "yes" / "zed_nohash_0.wav"
    copy.write_bytes((words / "no" / "ann_nohash_0.wav").read_bytes())
    first = import_folder(project, words)
    assert [(Path(s.path).name, s.why) for s in first.skipped] == [
        ("zed_nohash_0.wav", "it is the same as no/ann_nohash_0.wav")
    ]
    again = import_folder(project, words)
    assert again.recordings == 0
    assert len(again.skipped) == 13
    assert project.catalogue.count() == 12


def test_unreadable_files_are_skipped_and_the_rest_comes_in(project, words):
    (words / "yes" / "text.wav").write_text("this is no sound")
    (words / "yes" / "empty.wav").write_bytes(b"")
    soundfile.write(words / "yes" / "nothing.wav", np.zeros(0, np.int16), 16_000)
    imported = import_folder(project, words)
    assert imported.recordings == 12
    assert {Path(s.path).name for s in imported.skipped} == {"text.wav", "empty.wav", "nothing.wav"}


@pytest.mark.parametrize("suffix", [".flac", ".aiff"])
def test_lossless_formats_become_wav_with_the_same_samples(project, tmp_path, write_sound, suffix):
    source = write_sound(tmp_path / "in" / "yes" / f"1{suffix}", rate_hz=22_050)
    import_folder(project, tmp_path / "in")
    row = project.catalogue.recordings()[0]
    assert row.path.suffix == ".wav"
    assert row.rate_hz == 22_050
    np.testing.assert_array_equal(soundfile.read(row.path, dtype="int16")[0], soundfile.read(source, dtype="int16")[0])


def test_floating_point_becomes_sixteen_bit_at_the_same_level(project, tmp_path, write_sound):
    source = write_sound(tmp_path / "in" / "yes" / "1.wav", subtype="FLOAT")
    import_folder(project, tmp_path / "in")
    row = project.catalogue.recordings()[0]
    assert soundfile.info(row.path).subtype == "PCM_16"
    np.testing.assert_allclose(soundfile.read(row.path)[0], soundfile.read(source)[0], atol=1 / 32768)


def test_ogg_is_read_at_its_own_rate(project, tmp_path, write_sound):
    write_sound(tmp_path / "in" / "yes" / "1.ogg", rate_hz=48_000, seconds=0.5)
    import_folder(project, tmp_path / "in")
    row = project.catalogue.recordings()[0]
    assert (row.rate_hz, row.samples) == (48_000, 24_000)


def test_an_import_is_one_step_to_undo_and_comes_back_by_redo_or_import(project, words):
    import_folder(project, words)
    before = _state(project)
    project.catalogue.undo()
    assert project.catalogue.count() == 0
    project.catalogue.redo()
    assert _state(project) == before
    project.catalogue.undo()
    assert import_folder(project, words).recordings == 12
    assert _state(project) == before
    assert len(list(project.recordings_folder.glob("*.wav"))) == 12


def test_what_comes_back_has_the_person_that_it_is_read_with_now(project, tmp_path, write_sound):
    write_sound(tmp_path / "in" / "yes" / "ann" / "1.wav")
    import_folder(project, tmp_path / "in")
    project.catalogue.undo()
    import_folder(project, tmp_path / "in", How(person_from=r"/([^/]+)/[^/]+$"))
    row = project.catalogue.recordings()[0]
    assert (row.labels, row.person) == (("yes",), "P01")


def test_a_dry_run_tells_the_same_and_writes_nothing(project, words):
    (words / "yes" / "text.wav").write_text("this is no sound")
    before = _files(project)
    told = import_folder(project, words, dry_run=True)
    assert _files(project) == before
    done = import_folder(project, words)
    assert (told.recordings, told.segments, told.people, told.skipped) == (
        done.recordings,
        done.segments,
        done.people,
        done.skipped,
    )


def test_how_the_last_import_was_read_is_kept(project, words):
    how = How(person_from=r"([a-z]+)_nohash", group_from=r"_(\d)\.")
    import_folder(project, words, how)
    assert how_of_last_import(project) == How("word-folders", how.person_from, how.group_from)


def test_cancelling_leaves_the_project_as_it_was(project, words):
    def stop(fraction: float | None, text: str) -> None:
        if fraction is not None and fraction > 0.5:
            raise Cancelled(text)

    before = _files(project)
    with pytest.raises(Cancelled):
        import_folder(project, words, report=stop)
    assert _files(project) == before
    assert project.catalogue.count() == 0


@pytest.mark.parametrize("place", ["sync_files", "move_in"])
def test_a_failure_at_the_end_leaves_the_project_as_it_was(project, words, monkeypatch, place):
    def fail(*_args: object) -> None:
        raise KeyboardInterrupt

    before = _files(project) | {"people.toml"}
    monkeypatch.setattr(importing, place, fail)
    with pytest.raises(KeyboardInterrupt):
        import_folder(project, words)
    assert _files(project) <= before
    assert project.catalogue.count() == 0


def test_an_interrupt_after_the_commit_keeps_what_was_entered(project, words):
    def interrupt(_touched: object) -> None:
        raise KeyboardInterrupt

    project.catalogue.changed.connect(interrupt)
    with pytest.raises(KeyboardInterrupt):
        import_folder(project, words)
    assert project.catalogue.count() == 12
    assert all(row.path.is_file() for row in project.catalogue.recordings())


def test_a_project_whose_recordings_are_a_link_out_of_it_is_not_written_through(project, tmp_path, words):
    project.recordings_folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    project.recordings_folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="outside"):
        import_folder(project, words)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("name", ["q..", "a\nb", "\x1b[31m", "con", "x" * 90, "q.partial", "-rf", "a;b|c"])
def test_hostile_names_stay_inside_and_are_found_again(project, tmp_path, write_sound, name):
    sound = write_sound(tmp_path / "sound.wav")
    folder = tmp_path / "in" / name
    folder.mkdir(parents=True)
    sound.rename(folder / f"{name}.wav")
    write_sound(tmp_path / "in" / "yes" / "1.wav", seed=1)
    imported = import_folder(project, tmp_path / "in")
    assert imported.recordings + len(imported.skipped) == 2
    for row in project.catalogue.recordings():
        assert row.path.parent == project.recordings_folder
        assert row.path.name.isprintable()
        assert row.path.is_file()
    assert enter_orphans(project).recordings == []


def test_a_name_that_is_no_utf8_does_not_stop_the_import(project, tmp_path, write_sound):
    if sys.platform != "linux":
        pytest.skip("names are Unicode there")
    sound = write_sound(tmp_path / "sound.wav")
    folder = tmp_path / "in" / "yes"
    folder.mkdir(parents=True)
    sound.rename(Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe_nohash_0.wav")))
    assert import_folder(project, tmp_path / "in").recordings == 1
    str(project.catalogue.recordings()[0].imported_from).encode()


def test_the_project_itself_is_not_brought_into_itself(project, words):
    import_folder(project, words)
    again = import_folder(project, project.folder.parent)
    assert again.recordings == 0
    assert project.catalogue.count() == 12


def test_recordings_that_a_killed_import_left_are_entered_by_the_next(project, words, monkeypatch):
    """As if the power had gone between the move and the commit: files are there, rows are not."""
    import_folder(project, words)
    project.catalogue.close()
    for name in ("studio.db", "studio.db-wal", "studio.db-shm"):
        (project.folder / name).unlink(missing_ok=True)
    project.close()
    with open_project(project.folder, write=True, repair=True) as again:
        imported = import_folder(again, words)
        assert imported.recordings == 0
        assert len(imported.skipped) == 12
        assert again.catalogue.count(everything()) == 12


@pytest.mark.fault
def test_a_kill_at_any_moment_leaves_a_project_that_the_next_import_completes(tmp_path, write_sound):
    source = tmp_path / "in"
    for take in range(150):
        write_sound(source / "yes" / f"ann_nohash_{take}.wav", seed=take, seconds=0.05)
    for attempt in range(6):
        folder = tmp_path / f"project{attempt}"
        create_project(folder).close()
        process = subprocess.Popen(
            [sys.executable, "-m", "studio", "import", str(folder), str(source), "--json"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        began = time.monotonic()
        while not list(folder.glob(".import-*")) and process.poll() is None and time.monotonic() - began < 60:
            time.sleep(0.001)
        time.sleep(0.03 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open_project(folder, write=True) as project:
            import_folder(project, source)
            rows = project.catalogue.recordings()
            assert len(rows) == 150
            assert len({row.sha256 for row in rows}) == 150
            assert all(row.path.is_file() for row in rows)
            assert not list(folder.glob(".import-*"))
            assert len(list(project.recordings_folder.iterdir())) == 300


def test_one_file_is_brought_in_without_a_label(project, tmp_path, write_sound):
    path = write_sound(tmp_path / "yes" / "ann_nohash_0.wav")
    assert import_folder(project, path).recordings == 1
    row = project.catalogue.recordings()[0]
    assert (row.labels, row.person) == ((None,), "P01")


@pytest.mark.data
def test_two_thousand_real_recordings_come_in_within_seconds(project, shared_data):
    began = time.monotonic()
    imported = import_folder(project, shared_data / "speech-digits")
    assert time.monotonic() - began < 20  # 1.1 s on a free core
    assert (imported.recordings, imported.people, imported.skipped) == (2_000, 4, [])
    assert project.catalogue.label_counts() == dict.fromkeys(sorted(imported_words(shared_data)), 200)
    assert {row.rate_hz for row in project.catalogue.recordings(limit=50)} == {8_000}


def imported_words(shared_data: Path) -> list[str]:
    return [path.name for path in (shared_data / "speech-digits").iterdir() if path.is_dir()]
