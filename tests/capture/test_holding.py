"""Labels that are held while something happens: segments of the recording, through file ends and kills."""

import dataclasses
import time

import numpy as np
import pytest

from studio.capture.recorder import Recording, Take, enter
from studio.capture.recording_file import STILL_HELD
from studio.capture.recovery import recover
from studio.capture.source import Origin
from studio.core.samples import CAMERA, IMU, MICROPHONE, Block, Picture, SampleFormat
from studio.dataset.recordings import read_sidecar, sidecar_path, write_sidecar

ORIGIN = Origin("given", SampleFormat(MICROPHONE, 16_000))


def append(recording, count, start):
    recording.append(Block(np.ones((count, 1), np.int16), start, 0, 0))


def listed(project):
    return sorted((row.start, row.end, row.label) for row in project.catalogue.segments())


def test_what_was_held_is_a_segment_of_the_recording_and_another_label_ends_it(project):
    recording = Recording(project.recordings_folder, ORIGIN, Take())
    append(recording, 100, 0)
    assert recording.hold("knock")
    assert recording.hold("knock")  # a key that repeats
    append(recording, 50, 100)
    recording.hold("bell")
    append(recording, 50, 150)
    recording.release("knock")  # its key comes up later
    append(recording, 50, 200)
    recording.release("bell")
    recording.release("bell")
    recording.hold("never")
    recording.release("never")
    append(recording, 50, 250)
    recording.end()
    assert recording.wait(5)
    (recorded,) = recording.recorded
    assert recorded.sidecar.spans == ((100, 150, "knock"), (150, 250, "bell"))
    assert read_sidecar(sidecar_path(recorded.path)).spans == recorded.sidecar.spans
    enter(project, recording.recorded, "Record")
    assert listed(project) == [(100, 150, "knock"), (150, 250, "bell")]
    project.catalogue.undo()
    assert listed(project) == []


def test_what_is_held_at_the_end_ends_with_the_recording_and_then_nothing_can_be_held(project):
    recording = Recording(project.recordings_folder, ORIGIN, Take())
    append(recording, 100, 0)
    recording.hold("knock")
    append(recording, 60, 100)
    recording.end()
    assert not recording.hold("bell")
    assert recording.wait(5)
    assert recording.recorded[0].sidecar.spans == ((100, 160, "knock"),)


def test_a_label_is_held_across_the_end_of_a_file(project):
    recording = Recording(project.recordings_folder, ORIGIN, Take(), roll_over_bytes=400)
    append(recording, 150, 0)
    recording.hold("knock")
    append(recording, 100, 150)
    recording.release("knock")
    append(recording, 20, 250)
    recording.end()
    assert recording.wait(5)
    assert [part.sidecar.spans for part in recording.recorded] == [((150, 200, "knock"),), ((0, 50, "knock"),)]


@pytest.mark.parametrize("released", [True, False])
def test_a_kill_leaves_what_was_held_in_the_sidecar_and_recovery_makes_segments_of_it(project, released):
    recording = Recording(project.recordings_folder, ORIGIN, Take())
    append(recording, 100, 0)
    recording.hold("knock")
    append(recording, 60, 100)
    if released:
        recording.release("knock")
    append(recording, 40, 160)
    (partial,) = project.recordings_folder.glob("*.partial.json")
    deadline = time.monotonic() + 5
    while not (spans := read_sidecar(partial).spans) or (spans[0][1] == STILL_HELD) is released:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    left = {path: path.read_bytes() for path in project.recordings_folder.iterdir()}  # as a kill leaves it now
    recording.end()
    assert recording.wait(5)
    for path in project.recordings_folder.iterdir():
        path.unlink()
    for path, data in left.items():
        path.write_bytes(data)
    sidecar = read_sidecar(partial)
    assert sidecar.writer is not None
    write_sidecar(partial, dataclasses.replace(sidecar, writer=dataclasses.replace(sidecar.writer, birth="none")))
    recover(project)
    assert listed(project) == [(100, 160 if released else 200, "knock")]


def test_rows_and_pictures_have_what_was_held_too(project):
    rows = Recording(project.recordings_folder, Origin("given", SampleFormat(IMU, 119)), Take())
    rows.append(Block(np.ones((10, 6), np.int16), 0, 0, 0))
    rows.hold("wave")
    rows.append(Block(np.ones((10, 6), np.int16), 10, 0, 0))
    rows.release("wave")
    rows.end()
    seen = Recording(project.recordings_folder, Origin("given", SampleFormat(CAMERA, 10)), Take("nobody"))
    for number, held in enumerate((False, True, False)):
        if held:
            seen.hold("person")
        seen.append(Picture(np.ones((4, 4), np.uint8), number, number * 100_000, number))
        seen.release("person")
    seen.end()
    assert rows.wait(5)
    assert seen.wait(5)
    assert rows.recorded[0].sidecar.spans == ((10, 20, "wave"),)
    assert [each.sidecar.label for each in seen.recorded] == ["nobody", "person", "nobody"]
