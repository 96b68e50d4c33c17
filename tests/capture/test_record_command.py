"""`record` as a user or a script meets it."""

import argparse
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.cli.capture import Until
from studio.dataset.project import open_project
from studio.dataset.recordings import find_unfinished, read_sidecar

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 16_000


@pytest.fixture
def folder(project):
    """A project that nobody has open."""
    project.close()
    return project.folder


def test_a_file_is_recorded_to_the_sample_and_listed(studio, folder, noise, wav, heard):
    samples = noise(5000)
    said = studio("record", folder, "--source", f"file:{wav(samples)}", "--label", "yes", "--person", "P01", "--json")
    assert said.code == 0
    (recording,) = said.result["recordings"]
    assert Path(recording["path"]).is_absolute()
    assert Path(recording["path"]).parent == folder / "recordings"
    assert (recording["samples"], recording["rate_hz"], recording["gaps"]) == (5000, RATE_HZ, [])
    assert recording["source"] == "file:noise.wav"
    assert recording["lost"] == {"board": 0, "link": 0, "host": 0, "parser": 0, "disk": 0}
    assert np.array_equal(heard(recording["path"]), samples)
    with open_project(folder, write=False) as project:
        (listed,) = project.catalogue.recordings()
        assert (listed.path, listed.labels, listed.person) == (Path(recording["path"]), ("yes",), "P01")
    assert list(find_unfinished(folder / "recordings")) == []


def test_a_take_says_where_the_boards_button_was_pressed(studio, folder):
    address = "virtual:nano33ble?pace=fast&press=0.25,1.5"
    said = studio("record", folder, "--source", address, "--label", "yes", "--seconds", "2", "--json")
    assert said.code == 0
    (recording,) = said.result["recordings"]
    assert recording["marks"] == [4000, 24_000]


def test_a_take_says_what_its_person_had_agreed_to_when_it_was_made(studio, folder, noise, wav):
    record = ("record", folder, "--source", f"file:{wav(noise(3000))}", "--label", "yes", "--person", "Ada", "--json")
    before = studio(*record).result["recordings"][0]["path"]
    studio("people", folder, "consent", "Ada", "--scope", "stays in this room", "--date", "2026-11-25")
    after = studio(*record).result["recordings"][0]["path"]
    assert [read_sidecar(Path(path).with_suffix(".json")).consent for path in (before, after)] == [
        None,
        "stays in this room, 2026-11-25",
    ]


def test_a_place_is_in_the_sidecar_and_found_when_the_catalogue_is_made_anew(studio, folder, noise, wav):
    record = ("record", folder, "--source", f"file:{wav(noise(3000))}", "--label", "yes", "--json")
    assert studio(*record, "--place", "kitchen").result["recordings"][0]["place"] == "kitchen"
    studio(*record)
    (folder / "studio.db").unlink()
    studio("check", folder, "--json")
    with open_project(folder, write=False) as project:
        assert sorted(str(row.place) for row in project.catalogue.segments()) == ["None", "kitchen"]


def test_sources_that_are_recorded_together_are_one_edit_and_one_session(studio, folder, noise, wav, heard):
    files = [wav(noise(3000, seed), f"{seed}.wav") for seed in (1, 2)]
    sources = [part for file in files for part in ("--source", f"file:{file}")]
    said = studio("record", folder, *sources, "--label", "yes", "--seconds", "0.1", "--json")
    assert said.code == 0
    recordings = said.result["recordings"]
    assert [r["source"] for r in recordings] == [f"file:{file.name}" for file in files]
    for seed, recording in zip((1, 2), recordings, strict=True):
        assert np.array_equal(heard(recording["path"]), noise(3000, seed)[:1600])
    with open_project(folder, write=True) as project:
        assert len({listed.session for listed in project.catalogue.recordings()}) == 1
        project.catalogue.undo()
        assert project.catalogue.recordings() == []


def test_boards_a_camera_and_a_file_are_recorded_at_once_each_at_its_own_rate(
    studio, folder, noise, wav, served, heard
):
    """Each its own recording, of one session, on one clock."""
    samples = noise(5 * RATE_HZ)
    sources = [f"virtual:espeye?play={wav(samples)}", "virtual:nano33ble", f"file:{wav(samples, 'file.wav')}"]
    with served(500, 25) as camera:
        each = [part for source in [*sources, camera] for part in ("--source", source)]
        kinds = [part for kind in ("microphone", "imu", "microphone", "camera") for part in ("--sensor", kind)]
        said = studio("record", folder, *each, *kinds, "--label", "knock", "--seconds", "3", "--json")
    assert said.code == 0, said.err
    board, motion, file, *pictures = said.result["recordings"]
    assert [(r["rate_hz"], r["samples"]) for r in (board, file)] == [(RATE_HZ, 3 * RATE_HZ)] * 2
    assert np.array_equal(heard(board["path"]), samples[: 3 * RATE_HZ])
    assert motion["path"].endswith(".csv")
    assert motion["samples"] == 3 * motion["rate_hz"]
    assert len(pictures) + pictures[-1]["lost"]["host"] == 3
    assert len({r["session"] for r in said.result["recordings"]}) == 1
    live = [board, motion, pictures[0]]
    began_s = [r["began_ns"] / 1e9 for r in live]
    assert max(began_s) - min(began_s) < 5
    assert time.monotonic() - 60 < min(began_s) < time.monotonic()
    assert file["began_ns"] is None


def test_a_sensor_is_named_once_or_for_each_source(studio, folder):
    each = [part for key in ("nano33ble", "sparkfunedge2", "espeye") for part in ("--source", f"virtual:{key}")]
    said = studio("record", folder, *each, "--sensor", "imu", "--sensor", "microphone", "--seconds", "1")
    assert said.code == 1
    assert "given 2 times for 3 sources" in said.err


def test_a_file_keeps_its_own_rate(studio, folder, noise, wav):
    path = wav(noise(4410), rate_hz=44_100)
    said = studio("record", folder, "--source", f"file:{path}", "--json")
    assert said.result["recordings"][0]["rate_hz"] == 44_100
    assert said.result["recordings"][0]["label"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--source", "file:/nowhere/a.wav"], "/nowhere/a.wav was not found"),
        (["--source", "camera:97"], "there is no such camera"),
        (["--source", "webcam:0"], "no source's address begins so"),
        (["--source", "/dev/ttyUSB7"], "Write serial:/dev/ttyUSB7."),
        (["--source", "virtual:nano33ble?play={empty}"], "there is no sound in it"),
        (["--source", "virtual:unheardof"], "unheardof"),
        (["--source", "tcp:127.0.0.1:1"], "cannot be reached"),
        (["--source", "file:{project}/project.toml"], "cannot be used"),
        (["--source", "file:{project}"], "it is a folder"),
        (["--source", "file:{wav}", "--label", "x" * 81], "at most 80 characters"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_leaves_nothing(studio, folder, noise, wav, arguments, words):
    path, empty = wav(noise(100)), folder.parent / "empty.wav"
    soundfile.write(empty, noise(0), 16_000)
    said = studio("record", folder, *(a.format(project=folder, wav=path, empty=empty) for a in arguments))
    assert said.code == 1
    assert words in said.err
    assert said.out == ""
    assert list((folder / "recordings").iterdir()) == []


def test_one_source_that_cannot_be_opened_keeps_all_from_beginning(studio, folder, noise, wav):
    said = studio("record", folder, "--source", f"file:{wav(noise(100))}", "--source", "file:/nowhere.wav")
    assert said.code == 1
    assert list((folder / "recordings").iterdir()) == []


def test_a_project_that_another_writes_to_is_not_recorded_into(studio, folder, noise, wav):
    with open_project(folder, write=True):
        said = studio("record", folder, "--source", f"file:{wav(noise(100))}")
    assert said.code == 1
    assert "open for writing" in said.err


@pytest.mark.parametrize("text", ["24:00", "12:60", "noon", "7", "", "disk "])
def test_until_refuses_what_is_no_time(text):
    with pytest.raises(argparse.ArgumentTypeError):
        Until(text)


def test_until_is_the_next_such_time():
    now = dt.datetime.now().astimezone()
    for minutes in (-2, 2):
        at = now + dt.timedelta(minutes=minutes)
        until = Until(f"{at:%H:%M}")
        assert until._at is not None
        assert until._at > now
        assert until._at - now <= dt.timedelta(days=1)
        assert (until._at.hour, until._at.minute) == (at.hour, at.minute)
        assert not until.is_now(Path.cwd())


def test_until_disk_is_reached_when_little_is_free(monkeypatch, tmp_path):
    class Usage:
        total, used, free = 10**12, 0, 10**9

    monkeypatch.setattr("shutil.disk_usage", lambda _folder: Usage)
    assert not Until("disk").is_now(tmp_path)
    Usage.free = 10**8
    assert Until("disk").is_now(tmp_path)
    Usage.total = 10**6
    Usage.free = 30_000
    assert not Until("disk").is_now(tmp_path)


@pytest.fixture
def started(folder):
    """started(*arguments): `record` as a process, ended at the end of the test."""
    processes = []

    def start(*arguments):
        command = [sys.executable, "-m", "studio", "record", str(folder), *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for_samples(folder, process, samples=1600):
    end_s = time.monotonic() + 30
    while not any(p.stat().st_size > 44 + 2 * samples for p in (folder / "recordings").glob("*.partial.wav")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end_s
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_an_open_recording_finishes_it(started, folder, number):
    process = started("--source", "virtual:nano33ble", "--label", "yes", "--json")
    wait_for_samples(folder, process)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    (recording,) = json.loads(out.splitlines()[-1])["recordings"]
    assert recording["samples"] > 1600
    assert Path(recording["path"]).stat().st_size == 44 + 2 * recording["samples"]
    assert list(find_unfinished(folder / "recordings")) == []


def test_stopping_before_the_time_that_was_asked_for_is_no_success_and_keeps_what_there_is(started, folder):
    process = started("--source", "virtual:nano33ble", "--label", "yes", "--seconds", "600", "--json")
    wait_for_samples(folder, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "kept" in err
    (recording,) = json.loads(out.splitlines()[-1])["recordings"]
    assert Path(recording["path"]).exists()


def test_recording_needs_neither_tensorflow_nor_qt(folder, noise, wav):
    script = (
        "import sys; from studio.cli.main import main; code = main(sys.argv[1:]);"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in"
        " ('tensorflow', 'keras', 'PySide6', 'shiboken6', 'pyqtgraph', 'scipy')), code)"
    )
    command = [sys.executable, "-c", script, "record", str(folder), "--source", f"file:{wav(noise(100))}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] 0"


def test_any_recording_ends_with_all_kept_before_the_disk_is_full(studio, folder, noise, wav, heard, monkeypatch):
    samples = noise(30 * RATE_HZ)
    real = shutil.disk_usage

    def usage(path):
        """As of a disk on which little is left once a second is recorded."""
        recorded = sum(p.stat().st_size for p in (folder / "recordings").glob("*.partial.wav"))
        return real(path)._replace(free=10**10 if recorded < 2 * RATE_HZ else 15_000_000, total=10**11)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    source = f"virtual:nano33ble?play={wav(samples)}"
    said = studio("record", folder, "--source", source, "--label", "yes", "--seconds", "30", "--json")
    assert said.code == 1
    assert "Only 15.0 MB are left on the disk" in said.err
    (recording,) = said.result["recordings"]
    assert RATE_HZ <= recording["samples"] < 20 * RATE_HZ
    assert np.array_equal(heard(recording["path"]), samples[: recording["samples"]])
    with open_project(folder, write=False) as project:
        assert [listed.labels for listed in project.catalogue.recordings()] == [("yes",)]
