"""A board that goes away in the middle of a recording costs nothing that had arrived."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.dataset.project import create_project, open_project
from studio.dataset.recordings import find_unfinished

pytestmark = pytest.mark.fault
BOARD = "stu_virtual_boa"  # as /proc has it, 15 characters of it


@pytest.fixture
def folder(tmp_path):
    with create_project(tmp_path / "project") as project:
        return project.folder


def assert_kept(record, folder, noise):
    """The recording is finished, is what was played, and is in the catalogue. Returns its sidecar."""
    (recording,) = record.result["recordings"]
    samples, _ = soundfile.read(recording["path"], dtype="int16")
    assert len(samples) == recording["samples"] > 4000
    assert np.array_equal(samples, noise[: len(samples)])
    assert list(find_unfinished(folder / "recordings")) == []
    with open_project(folder, write=False) as project:
        assert [listed.labels for listed in project.catalogue.recordings()] == [("yes",)]
    return json.loads(Path(recording["path"]).with_suffix(".json").read_text())


@pytest.mark.parametrize("which", ["board", "sidecar"])
def test_a_board_that_is_killed_leaves_a_recording_that_says_so(studio, ends, folder, noise, wav, which):
    source = f"virtual:nano33ble?play={wav}"
    record = studio("record", folder, "--source", source, "--label", "yes", "--seconds", "600", "--json")
    record.wait_for_samples(folder / "recordings", 4000)
    children = record.children()
    (pid,) = (pid for pid, name in children.items() if (name == BOARD) == (which == "board"))
    os.kill(pid, signal.SIGKILL)
    assert record.finish() == 1
    sidecar = assert_kept(record, folder, noise)
    assert "The board on virtual:nano33ble is gone" in record.err
    assert f"{sidecar['samples'] / 16_000:.1f} s are saved. Its process ended or hangs" in record.err
    assert "is gone" in sidecar["cut_short"]
    ends(children)


def test_a_board_that_falls_silent_is_noticed_within_seconds(studio, ends, folder, noise, wav):
    source = f"virtual:nano33ble?play={wav}"
    record = studio("record", folder, "--source", source, "--label", "yes", "--seconds", "600", "--json")
    record.wait_for_samples(folder / "recordings", 4000)
    children = record.children()
    (pid,) = (pid for pid, name in children.items() if name == BOARD)
    os.kill(pid, signal.SIGSTOP)
    assert record.finish() == 1
    assert_kept(record, folder, noise)
    assert "The board on virtual:nano33ble stopped answering 4 s ago." in record.err
    ends(children)


def test_when_one_of_two_boards_is_lost_the_other_goes_on(studio, ends, folder, noise, wav):
    sources = [f"virtual:{board}?play={wav}" for board in ("nano33ble", "espeye")]
    arguments = [part for source in sources for part in ("--source", source)]
    record = studio("record", folder, *arguments, "--label", "yes", "--seconds", "3", "--json")
    record.wait_for_samples(folder / "recordings", 4000)
    children = record.children()
    os.kill(next(pid for pid, name in children.items() if name == BOARD), signal.SIGKILL)
    assert record.finish() == 1
    assert "The others go on." in record.err
    recordings = record.result["recordings"]
    boards = {"virtual:nano33ble?play=noise.wav", "virtual:espeye?play=noise.wav"}
    assert {recording["source"] for recording in recordings} == boards
    assert max(recording["samples"] for recording in recordings) == 48_000
    for recording in recordings:
        samples, _ = soundfile.read(recording["path"], dtype="int16")
        assert np.array_equal(samples, noise[: len(samples)])
    ends(children)


def test_a_board_that_comes_back_is_recorded_on_in_the_same_file_with_a_gap(studio, ends, until, folder, noise, wav):
    """Its process is killed, which is its cable pulled; started anew, it plays its file from the beginning."""
    source = f"virtual:nano33ble?play={wav}"
    record = studio("record", folder, "--source", source, "--label", "yes", "--until", "disk", "--json")
    record.wait_for_samples(folder / "recordings", 8000)
    children = record.children()
    os.kill(next(pid for pid, name in children.items() if name == BOARD), signal.SIGKILL)
    ends(children)
    (partial,) = (folder / "recordings").glob("*.partial.json")
    until(lambda: json.loads(partial.read_text())["gaps"], "the gap is listed")
    ((start, count),) = json.loads(partial.read_text())["gaps"]
    record.wait_for_samples(folder / "recordings", start + count + 8000)
    record.process.send_signal(signal.SIGINT)
    assert record.finish() == 130
    assert "is gone: its link has ended. Plug" not in record.err
    assert "It is waited for" in record.err
    assert "is back after" in record.err
    (recording,) = record.result["recordings"]
    samples, _ = soundfile.read(recording["path"], dtype="int16")
    assert recording["gaps"] == [[start, count]]
    assert recording["lost"] == {"board": 0, "link": count, "host": 0, "parser": 0, "disk": 0}
    assert len(samples) == recording["samples"] >= start + count + 8000
    assert np.array_equal(samples[:start], noise[:start])
    assert not samples[start : start + count].any()
    assert np.array_equal(samples[start + count :], noise[: len(samples) - start - count])
    with open_project(folder, write=False) as project:
        assert [listed.labels for listed in project.catalogue.recordings()] == [("yes",)]
