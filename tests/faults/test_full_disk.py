"""A disk that fills up while recording: what was saved stays, is finished and is in the catalogue."""

import contextlib
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.capture.recording_file import RESERVE_BYTES
from studio.core.csv_file import read_csv
from studio.core.picture_file import png, read_picture
from studio.dataset.project import create_project, open_project
from studio.dataset.recordings import find_unfinished

pytestmark = pytest.mark.fault
DISK_BYTES = 2 << 20


@pytest.fixture
def disk(tmp_path):
    """A disk of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount on this machine")
    if mounted.returncode:
        pytest.skip(f"a disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def folder(disk):
    with create_project(disk / "project") as project:
        return project.folder


def fill(disk, left_bytes=0):
    """As another program would, but for left_bytes."""
    with contextlib.suppress(OSError), (disk / "other").open("wb", buffering=0) as other:
        while shutil.disk_usage(disk).free > left_bytes:
            other.write(bytes(4096))


def assert_whole(record, folder, expected):
    (recording,) = record.result["recordings"]
    samples, _ = soundfile.read(recording["path"], dtype="int16")
    assert len(samples) == recording["samples"] > 10_000
    assert np.array_equal(samples[: len(expected)], expected[: len(samples)])
    assert list(find_unfinished(folder / "recordings")) == []
    assert [p.suffix for p in sorted((folder / "recordings").iterdir())] == [".json", ".wav"]
    with open_project(folder, write=False) as project:
        assert [listed.labels for listed in project.catalogue.recordings()] == [("yes",)]
        assert project.catalogue.problem() is None
    return recording


def test_a_full_disk_ends_a_recording_and_loses_nothing_that_was_written(studio, folder, noise, wav):
    source = f"virtual:nano33ble?pace=fast&play={wav}"
    record = studio("record", folder, "--source", source, "--label", "yes", "--seconds", "3600", "--json")
    assert record.finish() == 1
    recording = assert_whole(record, folder, noise)
    assert "No space left on device" in record.err
    assert f"{recording['samples'] / 16_000:.1f} s are saved. Free some space" in record.err
    assert recording["lost"]["disk"] > 0
    assert "No space left" in json.loads(Path(recording["path"]).with_suffix(".json").read_text())["cut_short"]


def test_a_full_disk_keeps_the_rows_and_the_pictures_that_were_written(studio, folder, tmp_path):
    """The rows first; then, in what is left when they are gone, the pictures."""
    rows = np.random.default_rng(7).integers(-32768, 32768, (80_000, 6), dtype=np.int16)
    np.savetxt(tmp_path / "rows.csv", rows, "%d", ",", header="ax,ay,az,gx,gy,gz", comments="")
    (tmp_path / "seen").mkdir()
    seen = np.random.default_rng(7).integers(0, 256, (20, 120, 160), dtype=np.uint8)
    for number, pixels in enumerate(seen):
        (tmp_path / "seen" / f"{number:02}.png").write_bytes(png(pixels))
    asked = ("--label", "yes", "--seconds", "3600", "--json", "--source")

    record = studio("record", folder, "--sensor", "imu", *asked, f"virtual?pace=fast&play={tmp_path / 'rows.csv'}")
    assert record.finish() == 1
    assert "No space left on device" in record.err
    (recording,) = record.result["recordings"]
    kept = read_csv(Path(recording["path"])).values
    assert len(kept) == recording["samples"] > 10_000
    assert np.array_equal(kept, rows[: len(kept)])
    assert recording["lost"]["disk"] > 0
    assert list(find_unfinished(folder / "recordings")) == []
    Path(recording["path"]).unlink()

    record = studio("record", folder, "--sensor", "camera", *asked, f"virtual?pace=fast&play={tmp_path / 'seen'}")
    assert record.finish() == 1
    assert "No space left on device" in record.err
    recordings = record.result["recordings"]
    assert len(recordings) > 10
    for number, each in enumerate(recordings):
        assert np.array_equal(read_picture(Path(each["path"])), seen[number % 20])
    assert list(find_unfinished(folder / "recordings")) == []


def test_a_disk_that_another_program_fills_ends_it_likewise(studio, folder, disk, noise, wav):
    record = studio(
        "record", folder, "--source", f"virtual:nano33ble?play={wav}", "--label", "yes", "--seconds", "600", "--json"
    )
    record.wait_for_samples(folder / "recordings", 10_000)
    fill(disk)
    assert record.finish() == 1
    assert_whole(record, folder, noise)


@pytest.mark.parametrize("pace", ["real", "fast"])
def test_until_disk_is_a_success(studio, folder, disk, noise, wav, pace):
    if pace == "real":
        fill(disk, left_bytes=RESERVE_BYTES + 700_000)
    source = f"virtual:nano33ble?pace={pace}&play={wav}"
    record = studio("record", folder, "--source", source, "--label", "yes", "--until", "disk", "--json")
    assert record.finish() == 0, record.err
    recording = assert_whole(record, folder, noise)
    assert recording["lost"]["disk"] == 0 or pace == "fast"


def test_a_disk_without_room_for_a_recording_is_told_before_it_begins(studio, folder, disk, wav):
    fill(disk)
    record = studio("record", folder, "--source", f"file:{wav}", "--label", "yes")
    assert record.finish() == 1
    assert "No space left on device. Free some space" in record.err
    assert list((folder / "recordings").iterdir()) == []
