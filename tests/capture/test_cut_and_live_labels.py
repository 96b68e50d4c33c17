"""`record --cut` and `record --live-labels` as a user meets them: files, virtual boards, and a real terminal."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.capture.recorder import Recorder
from studio.capture.recovery import recover
from studio.core.csv_file import CsvWriter
from studio.core.errors import StorageFailed
from studio.core.samples import IMU
from studio.dataset.project import open_project
from studio.dataset.recordings import find_unfinished, read_sidecar
from studio.dataset.script import Script, ScriptClass, keep_script

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 16_000
STARTS_S = (1.0, 2.6, 4.1, 6.0)  # of bursts in the made sound


@pytest.fixture
def folder(project):
    """A project with a script that nobody has open."""
    keep_script(project.catalogue, Script((ScriptClass("yes", 3, 0.8), ScriptClass("no", 3, 0.8))))
    project.close()
    return project.folder


@pytest.fixture
def bursts(tmp_path):
    """Half-second tones of different pitch in faint noise."""
    sound = np.random.default_rng(3).normal(0, 0.002, 8 * RATE_HZ)
    for number, start_s in enumerate(STARTS_S):
        at = round(start_s * RATE_HZ)
        count = RATE_HZ // 2
        sound[at : at + count] += 0.2 * np.sin(np.arange(count) * (0.1 + 0.05 * number))
    path = tmp_path / "bursts.wav"
    soundfile.write(path, sound, RATE_HZ, subtype="PCM_16")
    return path


def listed(folder):
    with open_project(folder, write=False) as project:
        return [(row.path, row.labels, row.session) for row in reversed(project.catalogue.newest(50))]


def place_of(take, sound):
    """The sample of a sound with which a take of it begins."""
    starts = np.flatnonzero(sound[: len(sound) - len(take) + 1] == take[0])
    (found,) = [start for start in starts if np.array_equal(sound[start : start + len(take)], take)]
    return int(found)


def test_each_sound_becomes_a_take_that_begins_before_it_and_the_script_says_how_many(studio, folder, bursts, heard):
    said = studio("record", folder, "--source", f"file:{bursts}", "--cut", "--label", "yes", "--json")
    assert said.code == 0, said.err
    recordings = said.result["recordings"]
    assert [r["label"] for r in recordings] == ["yes"] * 3  # of four sounds: the script wants no more
    sound = heard(bursts)
    for recording, start_s in zip(recordings, STARTS_S, strict=False):
        assert recording["samples"] == 0.8 * RATE_HZ
        lead = start_s * RATE_HZ - place_of(heard(recording["path"]), sound)
        assert 0.2 * RATE_HZ <= lead <= 0.28 * RATE_HZ  # 0.3 of the take before the onset, which is told to a frame
    rows = listed(folder)
    assert [(path, labels) for path, labels, _session in rows] == [(Path(r["path"]), ("yes",)) for r in recordings]
    assert len({session for _path, _labels, session in rows}) == 3  # each is a take of its own
    assert "yes, 3 of 3: good" in said.err
    with open_project(folder, write=True) as project:
        project.catalogue.undo()
        assert len(project.catalogue.recordings()) == 2


def test_a_take_that_is_not_good_is_told_at_once(studio, folder, tmp_path, bursts):
    sound, _rate = soundfile.read(bursts)
    loud = tmp_path / "loud.wav"
    soundfile.write(loud, np.clip(sound * 20, -1, 1), RATE_HZ, subtype="PCM_16")
    said = studio("record", folder, "--source", f"file:{loud}", "--cut", "--label", "no", "--takes", "1")
    assert said.code == 0, said.err
    assert "no, 1 of 1: good" not in said.err
    assert "no, 1 of 1: " in said.err


def test_what_a_file_has_fewer_of_than_were_asked_for_is_kept(studio, folder, bursts):
    args = ("--cut", "--label", "stop", "--takes", "9", "--seconds", "0.6", "--json")
    said = studio("record", folder, "--source", f"file:{bursts}", *args)
    assert said.code == 0, said.err
    assert [r["samples"] for r in said.result["recordings"]] == [0.6 * RATE_HZ] * 4


def test_a_board_beside_the_first_source_is_cut_with_it(studio, folder, bursts):
    sources = [part for key in ("nano33ble", "espeye") for part in ("--source", f"virtual:{key}?play={bursts}")]
    said = studio("record", folder, *sources, "--cut", "--label", "yes", "--takes", "2", "--json")
    assert said.code == 0, said.err
    recordings = said.result["recordings"]
    assert len(recordings) == 4
    for first, second in (recordings[:2], recordings[2:]):
        assert first["session"] == second["session"]
        assert second["samples"] == first["samples"] == 0.8 * RATE_HZ
        own, beside = (read_sidecar(Path(each["path"]).with_suffix(".json")) for each in (first, second))
        assert own.take == beside.take
        assert (own.beside, beside.beside) == (False, True)
        assert abs(first["began_ns"] - second["began_ns"]) < 0.2e9  # as near as blocks arrive


def test_a_label_that_the_script_does_not_have_is_cut_until_there_is_no_more(studio, folder, tmp_path):
    count = 41  # more than a class of a script has where nobody says how many
    sound = np.random.default_rng(5).normal(0, 0.002, count * 10_000 + RATE_HZ)
    for number in range(count):
        at = RATE_HZ + number * 10_000
        sound[at : at + 3_000] += 0.2 * np.sin(np.arange(3_000) * (0.1 + 0.02 * number))
    path = tmp_path / "many.wav"
    soundfile.write(path, sound, RATE_HZ, subtype="PCM_16")
    cut = ("record", folder, "--source", f"file:{path}", "--cut", "--label", "stop", "--seconds", "0.3", "--json")
    assert len(studio(*cut, "--takes", "1").result["recordings"]) == 1
    said = studio(*cut)
    assert said.code == 0, said.err
    assert len(said.result["recordings"]) == count


def test_where_the_script_has_all_it_is_said_how_to_cut_more(studio, folder, bursts):
    cut = ("record", folder, "--source", f"file:{bursts}", "--cut", "--label", "yes", "--json")
    assert len(studio(*cut).result["recordings"]) == 3
    said = studio(*cut)
    assert (said.code, said.result["recordings"]) == (0, [])
    assert "The script has all 3 takes of yes. Say with --takes" in said.err
    assert len(studio(*cut, "--takes", "1").result["recordings"]) == 1


@pytest.fixture
def beside(monkeypatch, bursts):
    """beside(number, fate): a second source whose take of that number `fate` has the recorder and its begin of."""

    def make(number, fate):
        path = bursts.with_name("beside.wav")
        path.write_bytes(bursts.read_bytes())
        begin, begun = Recorder.begin, [0]

        def counted(recorder, *args, **kwargs):
            if not recorder.origin.address.endswith(path.name):
                return begin(recorder, *args, **kwargs)
            begun[0] += 1
            return (fate if begun[0] == number else begin)(recorder, *args, **kwargs)

        monkeypatch.setattr(Recorder, "begin", counted)
        return f"file:{path}"

    return make


@pytest.mark.parametrize("ends", ["before", "meanwhile"])
def test_what_was_cut_is_kept_where_a_source_beside_fails(studio, folder, bursts, beside, ends):
    """Also takes that have begun since, and the first source's recording of the take that the other did not begin."""
    begin, full = Recorder.begin, StorageFailed("beside.wav", "No space left on device")

    def fails(recorder, *args, **kwargs):
        if ends == "before":
            raise full
        recording = begin(recorder, *args, **kwargs)
        recording.problem = full  # as its disk says later
        return recording

    sources = ("--source", f"file:{bursts}", "--source", beside(2, fails))
    said = studio("record", folder, *sources, "--cut", "--label", "yes", "--takes", "4", "--seconds", "0.8")
    assert said.code == 1
    assert "No space left" in said.err
    assert list(find_unfinished(folder / "recordings")) == []
    with open_project(folder, write=False) as project:
        entered = sorted(row.path for row in project.catalogue.recordings())
    assert sorted((folder / "recordings").glob("*.wav")) == entered
    sidecars = [read_sidecar(path) for path in (folder / "recordings").glob("*.json")]
    assert len({each.take for each in sidecars if not each.beside}) >= 2


def test_a_source_of_another_kind_than_the_projects_is_told_before_it_is_recorded(studio, folder, tmp_path):
    writer = CsvWriter(tmp_path / "rows.csv", IMU.channels)
    writer.append(np.arange(500) * 1_000_000 // 119, np.ones((500, 6), np.int16))
    writer.close()
    address = f"virtual:nano33ble?pace=fast&play={tmp_path / 'rows.csv'}"
    said = studio("record", folder, "--source", address, "--sensor", "imu", "--label", "yes", "--seconds", "1")
    assert said.code == 0, said.err
    assert "is of kind imu, and the project of microphone" in said.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--cut"], "it needs a label"),
        (["--live-labels"], "there is none"),
    ],
)
def test_what_cannot_be_cut_or_labelled_is_said_and_leaves_nothing(studio, folder, bursts, args, words):
    said = studio("record", folder, "--source", f"file:{bursts}", *args)
    assert said.code == 1
    assert words in said.err
    assert listed(folder) == []


def test_pictures_are_not_cut(studio, folder, served):
    with served(20, 10) as camera:
        said = studio("record", folder, "--source", camera, "--sensor", "camera", "--cut", "--label", "yes")
    assert said.code == 1
    assert "pictures have no beginning" in said.err


@pytest.mark.parametrize("way", [("--cut", "--label", "yes"), ("--script", "--hands-off")], ids=["cut", "script"])
def test_pictures_of_a_board_are_neither_cut_nor_guided(studio, folder, way):
    said = studio("record", folder, "--source", "virtual:espeye", "--sensor", "camera", *way)
    assert said.code == 1
    assert "pictures " in said.err
    assert list((folder / "recordings").iterdir()) == []


def test_keys_in_a_terminal_label_what_happens_and_a_second_class_ends_the_first(folder, bursts):
    ours, theirs = pty.openpty()
    address = f"virtual:nano33ble?play={bursts}"
    command = ["record", str(folder), "--source", address, "--live-labels", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", *command],
        cwd=ROOT,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    said = process.stderr
    assert said is not None

    def until(words):
        for line in said:
            if words in line:
                return
        pytest.fail(f"{words} was not told")

    until("1 yes, 2 no")
    until("s recorded")
    os.write(ours, b"x1")
    until("yes begins")
    until("s recorded")
    os.write(ours, b"2")
    until("no begins")
    until("s recorded")
    os.write(ours, b"2")
    until("no ends")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    os.close(ours)
    assert process.returncode == 0, err
    (recording,) = json.loads(out.splitlines()[-1])["recordings"]
    (start, middle, first), (again, end, second) = recording["spans"]
    assert (first, second, middle) == ("yes", "no", again)
    assert 0 < start < middle < end <= recording["samples"]
    with open_project(folder, write=False) as project:
        segments = sorted((row.start, row.end, row.label) for row in project.catalogue.segments())
    assert segments == [(start, middle, "yes"), (again, end, "no")]


def test_a_kill_leaves_the_take_that_was_being_cut_with_what_lies_before_its_sound(folder, bursts, heard):
    address = f"virtual:nano33ble?play={bursts}"
    command = ["record", str(folder), "--source", address, "--cut", "--label", "yes", "--seconds", "30"]
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", *command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(lambda: kept(folder) > 2 * RATE_HZ * 2, process)
    process.kill()
    process.wait()
    with open_project(folder, write=True) as project:
        (recovered,) = recover(project)
        assert recovered.label == "yes"
        assert recovered.samples >= 2 * RATE_HZ
        take = heard(recovered.path)[: 2 * RATE_HZ]
        assert 0.4 * RATE_HZ <= STARTS_S[0] * RATE_HZ - place_of(take, heard(bursts)) <= 0.58 * RATE_HZ


def test_a_kill_leaves_what_was_labelled_and_what_was_still_held(folder, bursts):
    ours, theirs = pty.openpty()
    command = ["record", str(folder), "--source", f"virtual:nano33ble?play={bursts}", "--live-labels"]
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", *command], cwd=ROOT, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    for key, words in ((b"", b"s recorded"), (b"1", b"yes begins"), (b"", b"s recorded"), (b"2", b"no begins")):
        os.write(ours, key)
        told = b""
        while words not in told:
            told += os.read(ours, 1_000)
    held_from = kept(folder)
    wait_for(lambda: kept(folder) > held_from + RATE_HZ, process)
    process.kill()
    process.wait()
    os.close(ours)
    with open_project(folder, write=True) as project:
        (recovered,) = recover(project)
        first, second = sorted(project.catalogue.segments(), key=lambda row: row.start)
        assert (first.label, second.label) == ("yes", "no")
        assert first.end == second.start
        assert second.end == recovered.samples


def kept(folder):
    """Bytes of what is being recorded."""
    return max([0, *(path.stat().st_size for path in (folder / "recordings").glob("*.partial.wav"))])


def wait_for(true, process):
    end_s = time.monotonic() + 20
    while not true():
        assert process.poll() is None
        assert time.monotonic() < end_s
        time.sleep(0.01)
