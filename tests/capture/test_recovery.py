"""What a kill leaves, at every step from the first byte to the catalogue, becomes a recording with its label."""

import dataclasses

import numpy as np
import pytest

from studio.capture.filing import SampleFiling
from studio.capture.recorder import Recording, Take, enter
from studio.capture.recovery import recover
from studio.capture.source import Origin
from studio.core.samples import MICROPHONE, NOTHING_LOST, Lost, SampleFormat
from studio.dataset.orphans import enter_orphans
from studio.dataset.project import unfinished_recordings
from studio.dataset.recordings import (
    partial_path,
    read_sidecar,
    sha256_of,
    sidecar_path,
    write_sidecar,
)
from studio.dataset.withdrawal import withdraw

ORIGIN = Origin("given", SampleFormat(MICROPHONE, 16_000))


@pytest.fixture
def left(project, noise, blocks):
    """left(): a recording as a kill leaves it while it is written, and its samples."""

    def leave(label="yes"):
        samples = noise(4000)
        recording = Recording(project.recordings_folder, ORIGIN, Take(label, "P01"))
        for block in blocks(samples, [(1000, NOTHING_LOST), (1000, Lost(board=500))]):
            recording.append(block)
        assert isinstance(recording._filing, SampleFiling)
        file = recording._filing._files[-1]
        names = [file._partial, sidecar_path(file._partial), file._reserve]
        content = {path: path.read_bytes() for path in names}
        recording.end()
        assert recording.wait(10)
        for path in project.recordings_folder.iterdir():
            path.unlink()
        for path, data in content.items():
            path.write_bytes(data)
        abandon(sidecar_path(file._partial))
        samples[1000:1500] = 0
        return file.path, samples[:2500]

    return leave


def abandon(path):
    """As if its writer had been killed: no process has that birth."""
    sidecar = read_sidecar(path)
    assert sidecar.writer is not None
    write_sidecar(path, dataclasses.replace(sidecar, writer=dataclasses.replace(sidecar.writer, birth="none")))


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_recording_that_was_being_written_is_recovered_with_label_and_gaps(project, left, heard):
    path, samples = left()
    assert [found.path for found in unfinished_recordings(project.folder)] == [partial_path(path)]
    (recovered,) = recover(project)
    assert (recovered.path, recovered.samples, recovered.label) == (path, 2500, "yes")
    assert recovered.seconds == pytest.approx(2500 / 16_000)
    assert recovered.why
    assert np.array_equal(heard(path), samples)
    sidecar = read_sidecar(sidecar_path(path))
    assert (sidecar.samples, sidecar.gaps, sidecar.lost) == (2500, ((1000, 500),), Lost(board=500))
    assert sidecar.sha256 == sha256_of(path)
    assert sidecar.finished
    assert sidecar.recovered
    assert sidecar.writer is None
    (listed,) = project.catalogue.recordings()
    assert (listed.path, listed.labels, listed.person, listed.gaps) == (path, ("yes",), "P01", ((1000, 500),))
    assert files_in(project.recordings_folder) == [sidecar_path(path).name, path.name]
    assert recover(project) == []


def test_recovering_is_one_edit_that_can_be_undone(project, left):
    left("yes")
    recover(project)
    assert project.catalogue.undo() is not None
    assert project.catalogue.recordings() == []


def test_what_was_left_of_somebody_who_withdrew_since_is_not_entered(project, left):
    path, _samples = left()
    withdraw(project, "P01")
    assert recover(project) == []
    assert path.exists()
    assert project.catalogue.count() == 0
    assert unfinished_recordings(project.folder) == []
    assert enter_orphans(project).recordings == []


def test_a_gap_that_was_listed_before_all_its_zeros_were_written_is_clipped(project, left):
    path, _ = left()
    partial = partial_path(path)
    with partial.open("r+b") as file:
        file.truncate(44 + 2 * 1200 + 1)
    (recovered,) = recover(project)
    assert recovered.samples == 1200
    assert read_sidecar(sidecar_path(path)).gaps == ((1000, 200),)


def test_a_kill_between_the_renames_is_recovered(project, left, heard):
    path, samples = left()
    partial_path(path).rename(path)
    (found,) = unfinished_recordings(project.folder)
    assert found.path == path
    (recovered,) = recover(project)
    assert recovered.path == path
    assert np.array_equal(heard(path), samples)
    assert len(project.catalogue.recordings()) == 1


def test_a_kill_before_the_catalogue_has_it_is_recovered_as_it_is(project, noise, blocks):
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    recording.append(blocks(noise(100), [(100, NOTHING_LOST)])[0])
    recording.end()
    assert recording.wait(10)
    (recorded,) = recording.recorded
    abandon(sidecar_path(partial_path(recorded.path)))
    (recovered,) = recover(project)
    assert recovered.path == recorded.path
    assert read_sidecar(sidecar_path(recorded.path)) == recorded.sidecar
    assert [listed.id for listed in project.catalogue.recordings()] == [recorded.sidecar.id]


def test_a_kill_after_the_catalogue_has_it_enters_nothing_twice(project, noise, blocks):
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    recording.append(blocks(noise(100), [(100, NOTHING_LOST)])[0])
    recording.end()
    assert recording.wait(10)
    (recorded,) = recording.recorded
    marker = sidecar_path(partial_path(recorded.path))
    content = marker.read_bytes()
    enter(project, [recorded], "Record yes")
    marker.write_bytes(content)
    abandon(marker)
    recover(project)
    assert len(project.catalogue.recordings()) == 1
    assert unfinished_recordings(project.folder) == []


def test_what_has_no_samples_is_removed(project, left):
    path, _ = left()
    for length in (0, 20, 44, 45):
        partial_path(path).write_bytes(partial_path(path).read_bytes()[:length])
        assert recover(project) == []
        assert files_in(project.recordings_folder) == []
        path, _ = left()


def test_a_marker_alone_is_removed(project, left):
    path, _ = left()
    partial_path(path).unlink()
    assert recover(project) == []
    assert files_in(project.recordings_folder) == []


def test_sound_without_a_sidecar_that_can_be_read_is_kept_without_a_label(project, left, heard):
    path, samples = left()
    sidecar_path(partial_path(path)).write_text("{ broken")
    (recovered,) = recover(project)
    assert recovered.label is None
    assert np.array_equal(heard(path), samples)
    (listed,) = project.catalogue.recordings()
    assert listed.labels == (None,)


def test_a_header_that_a_power_cut_emptied_is_made_anew_from_the_sidecar(project, left, heard):
    path, samples = left()
    partial = partial_path(path)
    partial.write_bytes(bytes(44) + partial.read_bytes()[44:])
    (recovered,) = recover(project)
    assert recovered.samples == 2500
    assert np.array_equal(heard(path), samples)


def test_what_is_no_recording_is_kept_out_of_the_way_and_hinders_nothing(project, left, noise, blocks):
    broken, _ = left("no")
    content = b"nonsense" * 100
    partial_path(broken).write_bytes(content)
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    recording.append(blocks(noise(100), [(100, NOTHING_LOST)])[0])
    recording.end()
    assert recording.wait(10)
    abandon(sidecar_path(partial_path(recording.recorded[0].path)))
    told = []
    assert [r.label for r in recover(project, lambda _fraction, text: told.append(text))] == ["yes"]
    (kept,) = (project.folder / ".trash").rglob("*.wav")
    assert kept.read_bytes() == content
    assert any(str(kept) in text for text in told)
    assert unfinished_recordings(project.folder) == []


def test_a_recording_that_is_being_written_is_left_alone(project, noise, blocks):
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    recording.append(blocks(noise(100), [(100, NOTHING_LOST)])[0])
    before = files_in(project.recordings_folder)
    assert recover(project) == []
    assert files_in(project.recordings_folder) == before
    recording.end()
    assert recording.wait(10)


def test_sidecars_that_were_not_renamed_yet_go(project, left):
    path, _ = left()
    folder = project.recordings_folder
    (folder / f".{sidecar_path(partial_path(path)).name}.4711.partial").write_text("{")
    (folder / f".{sidecar_path(path).name}.4711.partial").write_text("{")
    recover(project)
    assert files_in(folder) == [sidecar_path(path).name, path.name]
