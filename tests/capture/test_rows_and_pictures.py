"""Takes of an IMU as CSV and of a camera as PNG: what was played is filed, and what a kill leaves is recovered."""

import csv
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.boards.address import parse_address
from studio.boards.connection import Board
from studio.boards.transport import VirtualLink
from studio.capture import recording_file
from studio.capture.board import MARKS_AHEAD, BoardSource, PictureStream
from studio.capture.camera import CameraSource
from studio.capture.recorder import Recorder, Recording, Take, enter
from studio.capture.recovery import recover
from studio.capture.source import Origin, make_source
from studio.core.csv_file import CsvWriter, read_csv
from studio.core.errors import InvalidInput, StorageFailed
from studio.core.picture_file import decode, png, read_picture
from studio.core.samples import CAMERA, IMU, NOTHING_LOST, Block, Lost, Picture, SampleFormat
from studio.dataset.holder import Holder
from studio.dataset.project import create_project
from studio.dataset.recordings import find_unfinished, read_sidecar, sidecar_path, write_sidecar
from studio.link.decoder import Decoder
from studio.link.encoder import Frame, encode
from studio.link.messages import SAMPLES, Mark, PicturePart

IMU_HZ = 119
TURN = 1 << 32
MOTION = Origin("given", SampleFormat(IMU, IMU_HZ), board="nano33ble")
SIGHT = Origin("given", SampleFormat(CAMERA, 10), board="nano33ble")


def rows_of(count, seed=0):
    return np.random.default_rng(seed).integers(-32768, 32768, (count, 6), dtype=np.int16)


def picture(seed, width=160, height=120):
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def write_rows(path, rows, rate_hz=IMU_HZ):
    writer = CsvWriter(path, IMU.channels)
    writer.append(np.arange(len(rows), dtype=np.int64) * 1_000_000 // rate_hz, rows)
    writer.close()
    return path


def taken(recording, items):
    for item in items:
        recording.append(item)
    recording.end()
    assert recording.wait(10)
    return recording.recorded


def seen(count, lost=NOTHING_LOST):
    """So many pictures, with `lost` before each."""
    items, index = [], 0
    for n in range(count):
        index += lost.total
        items.append(Picture(picture(n, 16, 12), index, index * 100_000, index * 100_000_000, lost))
        index += 1
    return items


def rows_by_another_reader(path):
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, np.array([[int(value) for value in row] for row in rows], np.int64).reshape(-1, len(header))


losses = st.builds(Lost, board=st.integers(0, 9), link=st.integers(0, 9))


@settings(deadline=None, max_examples=40)
@given(
    lengths=st.lists(st.tuples(st.integers(0, 30), st.one_of(st.just(NOTHING_LOST), losses)), min_size=1, max_size=10),
    part=st.integers(5, 200),
    most=st.one_of(st.none(), st.integers(1, 200)),
)
def test_rows_are_where_their_time_says_whatever_is_lost_and_wherever_files_end(tmp_path_factory, lengths, part, most):
    rows = rows_of(600)
    seconds = None if most is None else most / IMU_HZ
    row_bytes = recording_file.form_of(MOTION.format).sample_bytes
    recording = Recording(
        tmp_path_factory.mktemp("r"), MOTION, Take("wave"), seconds=seconds, roll_over_bytes=part * row_bytes
    )
    index, came = 0, np.zeros(600, bool)
    items = []
    for length, lost in lengths:
        index += lost.total
        items.append(Block(rows[index : index + length], index, 0, 0, lost))
        came[index : index + length] = True
        index += length
    end = min(index, most or index)
    found = taken(recording, items)
    assert recording.problem is None
    assert recording.samples == end
    base, instants = 0, np.zeros(0, np.int64)
    for file in found:
        header, table = rows_by_another_reader(file.path)
        assert header == ["t_us", *IMU.channels]
        assert len(table) == file.sidecar.samples
        gap_before = np.zeros(len(table) + 1, int)
        assert sum(count for _, count in file.sidecar.gaps) == file.sidecar.lost.total
        for row, count in file.sidecar.gaps:
            assert 0 <= row <= len(table)
            gap_before[row] = count
        instant = np.arange(len(table)) + np.cumsum(gap_before[:-1])
        assert np.array_equal(table[:, 0], instant * 1_000_000 // IMU_HZ)
        instants = np.append(instants, instant + base)
        assert np.array_equal(table[:, 1:], rows[instant + base])
        base += len(table) + file.sidecar.lost.total
        assert len(table) <= part
    assert np.array_equal(instants, np.flatnonzero(came[:end]))
    assert recording.lost.total == end - np.count_nonzero(came[:end])
    if found:
        assert sum((file.sidecar.lost for file in found), NOTHING_LOST) == recording.lost


def test_a_virtual_boards_imu_is_recorded_row_by_row(project, tmp_path):
    rows = rows_of(5 * IMU_HZ)
    address = parse_address(f"virtual:nano33ble?pace=fast&play={write_rows(tmp_path / 'a.csv', rows)}")
    with Recorder(BoardSource(address, project.folder, IMU_HZ, kind=IMU), project.recordings_folder) as recorder:
        recording = recorder.begin(Take("wave", "P01"), seconds=5)
        assert recording.wait(30)
    (recorded,) = recording.recorded
    sidecar = read_sidecar(sidecar_path(recorded.path))
    t_us, channels, values = read_csv(recorded.path)
    assert recorded.path.suffix == ".csv"
    assert channels == IMU.channels
    assert np.array_equal(values, rows)
    assert np.array_equal(t_us, np.arange(len(rows)) * 1_000_000 // IMU_HZ)
    assert (sidecar.kind, sidecar.rate_hz, sidecar.samples, sidecar.gaps) == ("imu", IMU_HZ, len(rows), ())
    assert (sidecar.units, sidecar.scales) == (IMU.units, IMU.scales)
    assert sidecar.sha256 == hashlib.sha256(recorded.path.read_bytes()).hexdigest()


def test_a_virtual_boards_camera_is_recorded_picture_by_picture(project, tmp_path):
    expected = [picture(n) for n in range(7)]
    for n, pixels in enumerate(expected):
        (tmp_path / f"{n}.png").write_bytes(png(pixels))
    address = parse_address(f"virtual:nano33ble?pace=fast&play={tmp_path}")
    with Recorder(BoardSource(address, project.folder, 10, kind=CAMERA), project.recordings_folder) as recorder:
        told = []
        recorder.seen.connect(lambda item: told.append(item.index))
        recording = recorder.begin(Take("cat"), seconds=1)
        assert recording.wait(30)
    assert len(recording.recorded) == 10
    assert told[:10] == list(range(10))
    for n, recorded in enumerate(recording.recorded):
        assert np.array_equal(read_picture(recorded.path), expected[n % 7])
        sidecar = read_sidecar(sidecar_path(recorded.path))
        assert (sidecar.kind, sidecar.samples, sidecar.label, sidecar.finished) == ("camera", 1, "cat", True)
        assert sidecar.sha256 == hashlib.sha256(recorded.path.read_bytes()).hexdigest()
    enter(project, recording.recorded, "Record cat")
    assert {row.labels for row in project.catalogue.recordings()} == {("cat",)}
    assert list(find_unfinished(project.recordings_folder)) == []


def test_a_press_of_the_boards_button_marks_the_picture_of_its_moment(project):
    address = parse_address("virtual:nano33ble?press=0.4,0.7")
    with Recorder(BoardSource(address, None, 10, kind=CAMERA), project.recordings_folder) as recorder:
        seen = []
        recorder.seen.connect(lambda picture: seen.append(picture.marked))
        recording = recorder.begin(Take("cat"), seconds=1)
        assert recording.wait(30)
    assert seen[:10] == [n in (4, 7) for n in range(10)]
    marks = [read_sidecar(sidecar_path(recorded.path)).marks for recorded in recording.recorded]
    assert marks == [(0,) if marked else () for marked in seen[:10]]


class WornCable(VirtualLink):
    """Loses every seventh frame of samples on the way."""

    def __init__(self, address):
        super().__init__(address, None)
        self._decoder = Decoder()
        self._count = 0

    def read(self, timeout_s):
        kept = b""
        for event in self._decoder.feed(super().read(timeout_s)):
            assert isinstance(event, Frame)
            if event.type == SAMPLES:
                self._count += 1
                if self._count % 7 == 0:
                    continue
            kept += encode(event)
        return kept


def test_rows_that_a_cable_loses_are_absent_and_told(project, tmp_path):
    rows = rows_of(5 * IMU_HZ)
    address = parse_address(f"virtual:nano33ble?pace=fast&play={write_rows(tmp_path / 'a.csv', rows)}")
    with Board(address, WornCable(address)) as board:
        source = BoardSource(address, None, IMU_HZ, kind=IMU, board=board)
        with Recorder(source, project.recordings_folder) as recorder:
            recording = recorder.begin(Take("wave"), seconds=4)
            assert recording.wait(30)
    (recorded,) = recording.recorded
    t_us, _, values = read_csv(recorded.path)
    came = np.flatnonzero(np.arange(4 * IMU_HZ) // 4 % 7 != 6)
    assert np.array_equal(values, rows[came])
    assert np.array_equal(t_us, came * 1_000_000 // IMU_HZ)
    sidecar = recorded.sidecar
    assert sidecar.lost == Lost(link=4 * IMU_HZ - len(came))
    assert sidecar.gaps[:2] == ((24, 4), (48, 4))
    assert sum(count for _, count in sidecar.gaps) == sidecar.lost.total


def test_pictures_are_filed_in_order_and_say_what_was_lost_before_them(project):
    recording = Recording(project.recordings_folder, SIGHT, Take("cat"), seconds=1.2)
    found = taken(recording, seen(5, Lost(link=2)))
    assert [read_sidecar(sidecar_path(f.path)).lost for f in found] == [Lost(link=2)] * 4
    assert recording.samples == 12
    assert recording.lost == Lost(link=8)
    assert [f.path.name for f in found] == sorted(f.path.name for f in found)
    assert all(np.array_equal(read_picture(f.path), picture(n, 16, 12)) for n, f in enumerate(found))


def test_a_picture_is_in_the_file_when_it_was_taken_and_final_soon(project, monkeypatch):
    monkeypatch.setattr("studio.capture.picture_files.SYNC_EVERY_S", 3600)
    recording = Recording(project.recordings_folder, SIGHT, Take("cat"))
    for item in seen(3):
        recording.append(item)
    left = sorted(project.recordings_folder.glob("*.partial.png"))
    assert [np.array_equal(decode(f.read_bytes()), picture(n, 16, 12)) for n, f in enumerate(left)] == [True] * 3
    assert recording.recorded == []
    recording.end()
    assert recording.wait(10)
    assert len(recording.recorded) == 3
    assert not list(project.recordings_folder.glob("*.partial.png"))


def test_a_disk_that_fails_keeps_the_pictures_before_and_counts_the_rest(project, monkeypatch):
    recording = Recording(project.recordings_folder, SIGHT, Take("cat"))
    first, second, *rest = seen(4)
    assert recording.append(first)
    assert recording.append(second)

    def full(_path, _content):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert not recording.append(rest[0])
    assert not recording.append(rest[1])
    assert recording.wait(10)
    assert len(recording.recorded) == 2
    assert recording.lost == Lost(disk=1)
    assert isinstance(recording.problem, StorageFailed)
    assert sorted(f.suffix for f in project.recordings_folder.iterdir()) == [".json"] * 4 + [".png"] * 2


class Killed:
    """A project as a kill would leave it: copied while the recording goes on, its writer gone."""

    def __init__(self, project, tmp_path):
        self.folder = tmp_path / "killed"
        shutil.copytree(project.recordings_folder, self.folder / "copy")
        with create_project(self.folder / "project"):
            pass
        shutil.rmtree(self.folder / "project" / "recordings")
        (self.folder / "copy").rename(self.folder / "project" / "recordings")
        self.project = self.folder / "project"
        for marker in (self.project / "recordings").glob("*.partial.json"):
            sidecar = read_sidecar(marker)
            assert isinstance(sidecar.writer, Holder)
            write_sidecar(marker, replace(sidecar, writer=replace(sidecar.writer, pid=999_999_999)))


def recovered_of(killed):
    from studio.dataset.project import open_project

    with open_project(killed.project, write=True) as project:
        found = recover(project)
        listed = [row.path for row in project.catalogue.recordings()]
    assert sorted(listed) == sorted(each.path for each in found)
    left = [path.name for path in (killed.project / "recordings").iterdir() if "partial" in path.name]
    assert left == []
    return found


def test_rows_that_a_kill_left_are_recovered_without_the_one_that_was_cut(project, tmp_path):
    rows = rows_of(100)
    recording = Recording(project.recordings_folder, MOTION, Take("wave"))
    recording.append(Block(rows[:40], 0, 0, 0))
    recording.append(Block(rows[47:100], 47, 0, 0, Lost(board=7)))
    killed = Killed(project, tmp_path)
    recording.end()
    assert recording.wait(10)
    (partial,) = (killed.project / "recordings").glob("*.partial.csv")
    with partial.open("ab") as file:
        file.write(b"840336,12,3")
    (found,) = recovered_of(killed)
    t_us, _, values = read_csv(found.path)
    assert np.array_equal(values, np.concatenate([rows[:40], rows[47:]]))
    assert t_us[40] == 47 * 1_000_000 // IMU_HZ
    sidecar = json.loads(sidecar_path(found.path).read_text())
    assert (sidecar["samples"], sidecar["gaps"], sidecar["label"]) == (93, [[40, 7]], "wave")
    assert (sidecar["recovered"], sidecar["finished"]) == (True, True)


def test_rows_without_a_sidecar_are_recovered_by_what_they_say(project, tmp_path):
    recording = Recording(project.recordings_folder, MOTION, Take("wave"))
    recording.append(Block(rows_of(50), 0, 0, 0))
    killed = Killed(project, tmp_path)
    recording.end()
    recording.wait(10)
    for marker in (killed.project / "recordings").glob("*.json"):
        marker.unlink()
    (found,) = recovered_of(killed)
    sidecar = read_sidecar(sidecar_path(found.path))
    assert (sidecar.kind, sidecar.channels, sidecar.samples) == ("imu", IMU.channels, 50)
    assert sidecar.rate_hz == pytest.approx(IMU_HZ, rel=0.001)


def test_pictures_that_a_kill_left_are_recovered(project, tmp_path, monkeypatch):
    monkeypatch.setattr("studio.capture.picture_files.SYNC_EVERY_S", 3600)
    recording = Recording(project.recordings_folder, SIGHT, Take("cat", "P01"))
    for item in seen(3):
        recording.append(item)
    killed = Killed(project, tmp_path)
    recording.end()
    recording.wait(10)
    found = recovered_of(killed)
    assert len(found) == 3
    for n, each in enumerate(sorted(found, key=lambda each: each.path)):
        assert np.array_equal(read_picture(each.path), picture(n, 16, 12))
        assert read_sidecar(sidecar_path(each.path)).person == "P01"


def part(index, offset, data, lost=0):
    return PicturePart(2, 4, 3, index, lost, offset, data, 1_000_000 + index * 100_000)


@given(st.lists(st.sampled_from(["whole", "first", "last", "board"]), min_size=1, max_size=20))
def test_pictures_of_which_a_part_is_missing_are_lost_on_the_link(fates):
    stream = PictureStream("board", 10)
    lost_board, got, lost = 0, [], NOTHING_LOST
    expected, owed = NOTHING_LOST, NOTHING_LOST
    for index, fate in enumerate(fates):
        content = bytes([index]) * 12
        if fate == "board":
            lost_board += 1
            owed += Lost(board=1)
        else:
            parts = [part(index, 0, content[:5], lost_board), part(index, 5, content[5:], lost_board)]
            if fate != "whole":
                del parts[0 if fate == "first" else 1]
                owed += Lost(link=1)
            for each in parts:
                picture = stream.picture(each, 0, dropped=False)
                if picture is not None:
                    got.append(picture.index)
                    assert set(picture.pixels.flat) == {index}
                    lost += picture.lost_before
                    expected, owed = expected + owed, NOTHING_LOST
    assert got == [n for n, fate in enumerate(fates) if fate == "whole"]
    assert lost == expected


@given(
    st.lists(st.booleans(), min_size=1, max_size=20),
    st.integers(0, 20),
    st.integers(-2, 2),
    st.sampled_from([0, TURN - 10]),
)
def test_a_mark_is_on_the_picture_it_names_or_the_next_that_comes(fates, at, late, start):
    """Whatever is lost; also where it comes before its picture or after it."""
    stream = PictureStream("board", 10)
    stream._count.next_index = start
    marked = []
    for n, arrives in enumerate(fates):
        if n == max(0, at + late):
            stream.mark(Mark(2, (start + at) % TURN, 1, 0))
        if arrives:
            message = replace(part(start + n, 0, bytes(12)), index=(start + n) % TURN)
            picture = stream.picture(message, 0, dropped=False)
            assert picture is not None
            marked += [n] * picture.marked
    due = max(at, at + late, 0)
    assert marked == [n for n, arrives in enumerate(fates) if arrives and n >= due][:1]


def test_marks_of_a_camera_do_not_pile_up(caplog):
    stream = PictureStream("board", 10)
    for n in range(2 * MARKS_AHEAD):
        stream.mark(Mark(2, n, n + 1, 0))
        picture = stream.picture(part(n, 0, bytes(12)), 0, dropped=False)
        assert picture is not None
        assert picture.marked
    assert caplog.records == []


def test_files_are_sources_of_their_own_kind(project, tmp_path):
    rows = rows_of(300)
    path = write_rows(tmp_path / "a.csv", rows, 50)
    with make_source(f"file:{path}", rate_hz=IMU_HZ, kind=IMU) as source:
        assert (source.origin.format.kind, source.origin.format.rate_hz) == (IMU, 50)
        got = [block.samples for block in source.blocks() if isinstance(block, Block)]
    assert np.array_equal(np.concatenate(got), rows)
    (tmp_path / "a.png").write_bytes(png(picture(1)))
    with make_source(f"file:{tmp_path / 'a.png'}", rate_hz=1, kind=CAMERA) as source:
        (item,) = source.blocks()
    assert isinstance(item, Picture)
    assert np.array_equal(item.pixels, picture(1))
    (tmp_path / "untimed.csv").write_text("ax,ay,az,gx,gy,gz\n" + "1,2,3,4,5,6\n" * 5)
    with make_source(f"file:{tmp_path / 'untimed.csv'}", rate_hz=IMU_HZ, kind=IMU) as source:
        assert source.origin.format.rate_hz == IMU_HZ
    with pytest.raises(InvalidInput, match="no columns audio"):
        make_source(f"file:{path}", rate_hz=16_000).__enter__()


def test_a_video_is_recorded_as_a_camera_would_see_it(project, tmp_path):
    import cv2

    path = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (160, 120))
    for n in range(45):
        writer.write(np.full((120, 160, 3), 5 * n, np.uint8))
    writer.release()
    with Recorder(CameraSource(str(path), 10), project.recordings_folder) as recorder:
        recording = recorder.begin(Take("cat"), seconds=1)
        assert recording.wait(20)
    found = [int(read_picture(recorded.path)[0, 0]) for recorded in recording.recorded]
    assert len(found) + recording.lost.total == 10
    assert found == sorted(found)
    assert len(set(found)) == len(found) > 4


def test_a_project_of_gestures_records_the_boards_imu(studio, tmp_path):
    rows = rows_of(2 * IMU_HZ)
    path = write_rows(tmp_path / "a.csv", rows)
    assert studio("new", tmp_path / "p", "--template", "gesture").code == 0
    source = f"virtual:nano33ble?pace=fast&play={path}"
    said = studio("record", tmp_path / "p", "--source", source, "--label", "wave", "--seconds", 2, "--json")
    assert said.code == 0, said.err
    (recorded,) = said.result["recordings"]
    assert (recorded["samples"], recorded["rate_hz"], recorded["gaps"]) == (2 * IMU_HZ, IMU_HZ, [])
    assert np.array_equal(read_csv(Path(recorded["path"])).values, rows)


def test_a_project_of_pictures_records_the_boards_camera_and_another_sensor_when_it_is_named(studio, tmp_path):
    (tmp_path / "a.png").write_bytes(png(picture(1)))
    assert studio("new", tmp_path / "p", "--template", "image").code == 0
    source = f"virtual:nano33ble?pace=fast&play={tmp_path / 'a.png'}"
    said = studio("record", tmp_path / "p", "--source", source, "--label", "cat", "--seconds", 3, "--json")
    assert said.code == 0, said.err
    assert len(said.result["recordings"]) == 3
    assert all(np.array_equal(read_picture(Path(r["path"])), picture(1)) for r in said.result["recordings"])
    said = studio(
        "record", tmp_path / "p", "--source", "virtual?pace=fast", "--sensor", "imu", "--seconds", 1, "--json"
    )
    assert said.code == 0, said.err
    assert said.result["recordings"][0]["path"].endswith(".csv")
    said = studio("record", tmp_path / "p", "--source", "virtual:testboard64k", "--seconds", 1)
    assert "no sensor of kind camera" in said.err
    said = studio("record", tmp_path / "p", "--source", source, "--seconds", 2)
    assert said.out.splitlines()[-1] == f"{tmp_path / 'p' / 'recordings'}: 2 pictures, 0 lost"
