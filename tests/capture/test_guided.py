"""`record --script` as a user meets it: a virtual board that plays, a terminal that types, and none."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.capture.recorder import Recorder
from studio.cli import guided
from studio.core.csv_file import CsvWriter
from studio.core.errors import StorageFailed
from studio.core.samples import IMU
from studio.dataset.people import People, checked_consent
from studio.dataset.project import create_project, open_project
from studio.dataset.recordings import find_unfinished, read_sidecar
from studio.dataset.script import Script, keep_script
from studio.dataset.script_text import parse_script

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 16_000


@pytest.fixture
def folder(project):
    """A project with a script that nobody has open."""
    keep_script(project.catalogue, Script(parse_script("yes 2 x 0.4 s, no 1 x 0.3 s")))
    project.close()
    return project.folder


@pytest.fixture
def sound(tmp_path):
    """A minute in which nothing comes again."""
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.random.default_rng(7).normal(0, 0.05, 60 * RATE_HZ), RATE_HZ, subtype="PCM_16")
    return path


@pytest.fixture
def silence(tmp_path):
    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(60 * RATE_HZ), RATE_HZ, subtype="PCM_16")
    return path


@pytest.fixture
def soon(monkeypatch):
    """The countdown of a command in this process is short."""
    monkeypatch.setattr(guided, "TICK_S", 0.05)


class Terminal:
    """The command with a terminal that types."""

    def __init__(self, folder, *arguments):
        self._ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "studio", "record", str(folder), *arguments, "--script", "--json"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=pipe, stderr=pipe, text=True)
        os.close(theirs)

    def types(self, key, after):
        """A key, once these words were told."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if after in line:
                os.write(self._ours, key.encode())
                return
        pytest.fail(f"{after} was not told")

    def ends(self):
        """Its result and what it told last."""
        out, err = self._process.communicate(timeout=30)
        os.close(self._ours)
        assert self._process.returncode == 0, err
        return json.loads(out.splitlines()[-1]), err


def labels_in(folder):
    with open_project(folder, write=False) as project:
        return sorted(row.labels[0] for row in project.catalogue.recordings())


def test_keys_keep_redo_undo_and_the_round_goes_on_until_all_is_made(folder, sound):
    people = People(folder)
    people.set_consent("P01", checked_consent("this room", "2026-11-25"))
    people.save()
    terminal = Terminal(folder, "--source", f"virtual:nano33ble?play={sound}", "--person", "P01")
    asks = "Enter keeps"
    terminal.types("r", asks)  # yes, again
    terminal.types("\r", asks)  # yes
    terminal.types("u", asks)  # no, undone
    terminal.types("\r", "is undone")
    terminal.types("\r", asks)  # yes
    terminal.types("\r", asks)  # no
    said, err = terminal.ends()
    assert [recording["label"] for recording in said["recordings"]] == ["yes", "yes", "no"]
    assert [recording["samples"] for recording in said["recordings"]] == [6_400, 6_400, 4_800]
    classes = {each["label"]: each for each in said["progress"]["classes"]}
    assert (classes["yes"]["made"], classes["no"]["by_person"]) == (2, {"P01": 1})
    assert "3 of 3 takes" in err
    assert labels_in(folder) == ["no", "yes", "yes"]
    paths = [Path(recording["path"]) for recording in said["recordings"]]
    assert {read_sidecar(path.with_suffix(".json")).consent for path in paths} == {"this room, 2026-11-25"}


def test_a_class_is_skipped_and_q_stops_with_what_was_kept(folder, sound):
    terminal = Terminal(folder, "--source", f"virtual:nano33ble?play={sound}")
    terminal.types("s", "Enter keeps")  # yes, which is kept, and no more of it
    terminal.types("q", "Enter keeps")
    said, _err = terminal.ends()
    assert [recording["label"] for recording in said["recordings"]] == ["yes", "no"]


@pytest.mark.usefixtures("soon")
def test_hands_off_makes_all_without_a_terminal_and_says_who_has_not_agreed(studio, folder, sound):
    source = f"virtual:nano33ble?play={sound}"
    said = studio("record", folder, "--source", source, "--script", "--hands-off", "--person", "Ada", "--json")
    assert said.code == 0, said.err
    assert [recording["label"] for recording in said.result["recordings"]] == ["yes", "no", "yes"]
    assert "P01: no consent noted" in said.err
    assert "Y E S" in said.err
    assert labels_in(folder) == ["no", "yes", "yes"]


@pytest.mark.usefixtures("soon")
def test_hands_off_leaves_a_class_that_is_silent_again_and_again_and_keeps_none_of_it(studio, project, silence):
    keep_script(project.catalogue, Script(parse_script("yes 2 x 0.3 s")))
    project.close()
    source = f"virtual:nano33ble?play={silence}"
    said = studio("record", project.folder, "--source", source, "--script", "--hands-off", "--json")
    assert said.code == 0, said.err
    assert said.result["recordings"] == []
    assert said.err.count("nearly silent") == 3
    assert labels_in(project.folder) == []


@pytest.fixture
def motion(tmp_path):
    """Half a minute of six channels in which nothing comes again."""
    path = tmp_path / "motion.csv"
    writer = CsvWriter(path, IMU.channels)
    counts = np.random.default_rng(3).normal(0, 3000, (30 * 119, 6)).astype(np.int16)
    writer.append(np.arange(len(counts)) * 1_000_000 // 119, counts)
    writer.close()
    return path


@pytest.mark.usefixtures("soon")
def test_a_take_whose_length_is_no_whole_number_of_samples_is_whole(studio, tmp_path, motion):
    """1.5 s at 119 Hz are 178 samples, a little less."""
    with create_project(tmp_path / "moves", "gesture") as project:
        keep_script(project.catalogue, Script(parse_script("wave 2 x 1.5 s")))
    source = f"virtual:nano33ble?play={motion}"
    said = studio("record", project.folder, "--source", source, "--script", "--hands-off", "--json")
    assert said.code == 0, said.err
    assert [(each["label"], each["samples"]) for each in said.result["recordings"]] == [("wave", 178)] * 2


@pytest.mark.usefixtures("soon")
def test_a_class_that_was_recorded_but_is_not_in_the_script_is_not_asked_for(studio, folder, sound):
    source = ("--source", f"virtual:nano33ble?play={sound}")
    assert studio("record", folder, *source, "--label", "stop", "--seconds", "0.3").code == 0
    said = studio("record", folder, *source, "--script", "--hands-off", "--json")
    assert said.code == 0, said.err
    assert [recording["label"] for recording in said.result["recordings"]] == ["yes", "no", "yes"]


@pytest.mark.usefixtures("soon")
def test_all_recordings_of_a_take_have_its_key_and_those_beside_the_first_source_say_so(studio, folder, sound, motion):
    addresses = (f"espeye?play={sound}", f"himaxwei?play={sound}", f"nano33ble?play={motion}")
    sources = [part for address in addresses for part in ("--source", f"virtual:{address}")]
    kinds = [part for kind in ("microphone", "microphone", "imu") for part in ("--sensor", kind)]
    said = studio("record", folder, *sources, *kinds, "--script", "--hands-off", "--json")
    assert said.code == 0, said.err
    found = [read_sidecar(Path(each["path"]).with_suffix(".json")) for each in said.result["recordings"]]
    assert [each.beside for each in found] == [False, True, True] * 3
    takes = [each.take for each in found]
    assert takes[::3] == takes[1::3] == takes[2::3]
    assert len({*takes}) == 3
    assert None not in takes


@pytest.mark.usefixtures("soon")
def test_a_take_that_not_all_sources_began_is_removed_as_one_that_was_cut(studio, folder, sound, wav, monkeypatch):
    begin = Recorder.begin

    def fails_beside(recorder, *args, **kwargs):
        if recorder.origin.address.endswith("b.wav"):
            raise StorageFailed("b.wav", "No space left on device")
        return begin(recorder, *args, **kwargs)

    monkeypatch.setattr(Recorder, "begin", fails_beside)
    beside = wav(np.zeros(RATE_HZ, np.int16), "b.wav")
    sources = ("--source", f"virtual:nano33ble?play={sound}", "--source", f"file:{beside}")
    said = studio("record", folder, *sources, "--script", "--hands-off")
    assert said.code == 1
    assert "No space left" in said.err
    assert labels_in(folder) == []
    assert list(find_unfinished(folder / "recordings")) == []
    with open_project(folder, write=True) as project:
        project.catalogue.undo()  # what there was of it is there still
        assert len(project.catalogue.recordings()) == 1


def test_a_first_source_of_another_kind_than_the_projects_is_not_guided(studio, folder, motion):
    source = ("--source", f"virtual:nano33ble?play={motion}", "--sensor", "imu")
    said = studio("record", folder, *source, "--script", "--hands-off")
    assert said.code == 1
    assert "is of kind imu, and the project of microphone" in said.err
    assert list((folder / "recordings").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--script",), "there is none"),
        (("--script", "--hands-off", "--label", "yes"), "the script says what"),
        (("--hands-off",), "belongs to --script"),
    ],
)
def test_what_cannot_be_guided_says_why(studio, folder, sound, arguments, why):
    said = studio("record", folder, "--source", f"virtual:nano33ble?play={sound}", *arguments)
    assert said.code == 1
    assert why in said.err
