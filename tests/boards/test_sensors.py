"""A virtual board's IMU, slow sensors and camera: what they are given arrives, row by row and pixel by pixel."""

import itertools
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from studio.boards.camera import VIDEO_ENDINGS, Camera, frames_per_second, read_video
from studio.boards.feed import HEADER, Feeder
from studio.boards.playback import played_seconds
from studio.boards.row_playback import AT_REST, read_rows
from studio.core.csv_file import CsvWriter
from studio.core.errors import InvalidInput
from studio.core.picture_file import fitted, png
from studio.core.samples import CAMERA, COLOUR, ENVIRONMENT, IMU, KINDS
from studio.link.messages import PicturePart

OK, E_ARGUMENT = 0, -5
IMU_HZ = 119
SIZE = WIDTH, HEIGHT = 160, 120
IDS = {"imu": 1, "camera": 2, "environment": 3, "colour": 4}


def rows_of(count, channels=6, seed=0):
    return np.random.default_rng(seed).integers(-32768, 32768, (count, channels), dtype=np.int16)


def write_rows(path: Path, rows, rate_hz=IMU_HZ, channels=IMU.channels):
    writer = CsvWriter(path, channels)
    writer.append(np.arange(len(rows), dtype=np.int64) * 1_000_000 // rate_hz, rows)
    writer.close()
    return path


def picture(seed, width=WIDTH, height=HEIGHT):
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def felt(link, count, channels=6):
    """At least `count` rows, and their blocks."""
    values, blocks = link.samples(count)
    return values.reshape(-1, channels), blocks


def pictures_of(link, count):
    """So many whole pictures, and the first part of each."""
    found, firsts, held = [], [], b""
    for message in link.messages():
        if isinstance(message, PicturePart):
            if message.offset == 0:
                firsts.append(message)
                held = b""
            held += message.data
            if len(held) == message.width * message.height:
                found.append(np.frombuffer(held, np.uint8).reshape(message.height, message.width))
            if len(found) == count:
                return found, firsts
    raise AssertionError


@pytest.mark.parametrize(("pace", "count"), [("fast", 60 * IMU_HZ), ("real", 2 * IMU_HZ)])
def test_an_imu_feels_a_csv_row_by_row_and_then_rests(start, tmp_path, pace, count):
    rows = rows_of(count)
    with start("--play", str(write_rows(tmp_path / "a.csv", rows)), "--pace", pace) as board:
        assert board.link.ask("start", sensor=IDS["imu"], rate=IMU_HZ).status == OK
        got, blocks = felt(board.link, count + IMU_HZ // 2)
        assert board.link.ask("stop").status == OK
    assert np.array_equal(got[:count], rows)
    assert set(map(tuple, got[count:])) == {AT_REST["imu"]}
    assert {len(block.samples) for block in blocks} == {IMU_HZ // 25}
    assert blocks[-1].lost_board == 0
    for before, after in itertools.pairwise(blocks):
        assert after.first_index == before.first_index + len(before.samples)
    last = blocks[-1]
    assert last.time_us - blocks[0].time_us == last.first_index * 1_000_000 // IMU_HZ


def test_an_imu_is_paced_and_its_rows_do_not_wait(start, tmp_path):
    with start("--play", str(write_rows(tmp_path / "a.csv", rows_of(500)))) as board:
        board.link.ask("start", sensor=IDS["imu"], rate=IMU_HZ)
        board.link.samples(1)
        began_s = time.monotonic()
        board.link.samples(IMU_HZ)
        assert time.monotonic() - began_s == pytest.approx(1, abs=0.25)


def test_decimals_without_a_time_are_units_at_the_sensors_rate(start, tmp_path):
    path = tmp_path / "wand.csv"
    path.write_text("aX,aY,aZ,gX,gY,gZ\n1.5,-0.25,1,100.5,-2000,0\n-4,4,0.001,9999,0.5,-0.031\n")
    with start("--play", str(path), "--pace", "fast") as board:
        board.link.ask("start", sensor=IDS["imu"], rate=IMU_HZ)
        got, _ = felt(board.link, 4)
    assert got[0].tolist() == [12288, -2048, 8192, round(100.5 * 32768 / 2000), -32768, 0]
    assert got[1].tolist() == [-32768, 32767, 8, 32767, 8, -1]
    assert tuple(got[2]) == AT_REST["imu"]


def test_a_folder_is_felt_by_name_with_rest_between_and_again(start, tmp_path):
    first, second = rows_of(30, seed=1), rows_of(20, seed=2)
    write_rows(tmp_path / "b.csv", second)
    write_rows(tmp_path / "a.csv", first)
    (tmp_path / "c.csv").write_text("no rows\n")
    (tmp_path / "notes.txt").write_text("no csv")
    with start("--play", str(tmp_path), "--pace", "fast") as board:
        board.link.ask("start", sensor=IDS["imu"], rate=IMU_HZ)
        got, _ = felt(board.link, 400)
    rest = np.tile(AT_REST["imu"], (round(0.5 * IMU_HZ), 1))
    turn = np.concatenate([first, rest, second, rest, rest])  # one for the file that was left out
    whole = np.concatenate([turn] * 3)
    assert np.array_equal(got, whole[: len(got)])


def test_another_rate_is_resampled(tmp_path):
    seconds = np.arange(0, 10, 1 / 50)
    wave = np.round(8000 * np.sin(2 * np.pi * 2 * seconds)).astype(np.int16)
    path = write_rows(tmp_path / "a.csv", np.tile(wave[:, None], (1, 6)), rate_hz=50)
    got = read_rows(path, IMU, IMU_HZ)
    assert len(got) == pytest.approx(10 * IMU_HZ, abs=2)
    expected = 8000 * np.sin(2 * np.pi * 2 * np.arange(len(got)) / IMU_HZ)
    inside = slice(IMU_HZ, -IMU_HZ)
    assert np.abs(got[inside, 3] - expected[inside]).max() < 100
    assert played_seconds(path, IMU, IMU_HZ) == pytest.approx(10, abs=0.02)


@pytest.mark.parametrize("kind", [ENVIRONMENT, COLOUR])
def test_slow_sensors_have_channels_of_their_own(start, tmp_path, kind):
    rows = rows_of(12, len(kind.channels))
    path = write_rows(tmp_path / "a.csv", rows, 1, kind.channels)
    with start("--play", str(path), "--pace", "fast") as board:
        assert board.link.ask("start", sensor=IDS[kind.name], rate=1).status == OK
        got, blocks = felt(board.link, 14, len(kind.channels))
    assert np.array_equal(got[:12], rows)
    assert tuple(got[12]) == AT_REST[kind.name]
    assert [block.time_us - blocks[0].time_us for block in blocks[:3]] == [0, 1_000_000, 2_000_000]


@pytest.mark.parametrize("pace", ["fast", "real"])
def test_a_camera_sees_a_folders_pictures_one_a_moment_to_the_pixel(start, tmp_path, pace):
    expected = [picture(n) for n in range(5)]
    for n, pixels in enumerate(expected):
        (tmp_path / f"{n}.png").write_bytes(png(pixels))
    with start("--play", str(tmp_path), "--pace", pace) as board:
        assert board.link.ask("start", sensor=IDS["camera"], rate=10).status == OK
        seen, firsts = pictures_of(board.link, 12)
    for n, pixels in enumerate(seen):
        assert np.array_equal(pixels, expected[n % 5])
    assert [part.index for part in firsts[:12]] == list(range(12))
    assert {part.lost_board for part in firsts} == {0}
    assert firsts[11].time_us - firsts[0].time_us == 1_100_000


def test_a_camera_is_paced(start, tmp_path):
    (tmp_path / "a.png").write_bytes(png(picture(1)))
    with start("--play", str(tmp_path / "a.png")) as board:
        board.link.ask("start", sensor=IDS["camera"], rate=10)
        pictures_of(board.link, 1)
        began_s = time.monotonic()
        pictures_of(board.link, 10)
        assert time.monotonic() - began_s == pytest.approx(1, abs=0.3)


def test_pictures_that_the_link_cannot_carry_are_counted(start, tmp_path):
    for n in range(30):
        (tmp_path / f"{n:02}.png").write_bytes(png(np.full((HEIGHT, WIDTH), n, np.uint8)))
    with start("--play", str(tmp_path), board="himaxwei") as board:
        board.link.ask("start", sensor=IDS["camera"], rate=4)
        pictures_of(board.link, 2)
        time.sleep(4)  # how long the host is away: what queue and pty do not hold is dropped
        seen, firsts = pictures_of(board.link, 12)
    assert firsts[11].lost_board > 0
    assert firsts[11].index == 2 + 11 + firsts[11].lost_board
    assert [int(pixels[0, 0]) for pixels in seen] == [part.index % 30 for part in firsts[:12]]


def test_a_picture_of_another_size_is_seen_whole_in_height_or_width(start, tmp_path):
    large = picture(3, 640, 640)
    (tmp_path / "a.png").write_bytes(png(large))
    with start("--play", str(tmp_path / "a.png"), "--pace", "fast") as board:
        board.link.ask("start", sensor=IDS["camera"], rate=10)
        seen, _ = pictures_of(board.link, 3)
    expected = large[80:560].reshape(120, 4, 160, 4).mean(axis=(1, 3))
    assert all(np.abs(pixels - expected).max() <= 1 for pixels in seen)


def write_video(path, frames, rate_hz):
    import cv2

    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate_hz, SIZE)
    for pixels in frames:
        writer.write(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


def test_a_video_is_seen_at_its_own_speed_and_then_the_dark(start, tmp_path):
    """25 frames a second, of which a camera of 10 sees two in five."""
    smooth = [np.full((HEIGHT, WIDTH), 5 * n, np.uint8) for n in range(50)]
    path = write_video(tmp_path / "a.avi", smooth, 25)
    frames = list(read_video(path))
    with start("--play", str(path), "--pace", "fast") as board:
        board.link.ask("start", sensor=IDS["camera"], rate=10)
        seen, _ = pictures_of(board.link, 22)
    expected = [frames[int(n * 2.5)] for n in range(20)]
    assert all(np.array_equal(a, b) for a, b in zip(seen[:20], expected, strict=True))
    assert not seen[20].any()
    assert played_seconds(path, CAMERA, 10) == pytest.approx(2)


def test_a_paced_video_is_a_camera(tmp_path):
    frames = [np.full((HEIGHT, WIDTH), 5 * n, np.uint8) for n in range(30)]
    path = write_video(tmp_path / "a.avi", frames, 30)
    assert path.suffix in VIDEO_ENDINGS
    with Camera(str(path), pace_hz=frames_per_second(path)) as camera:
        began_s, seen, count = time.monotonic(), [], 0
        while (newest := camera.wait(count, 5)) is not None:
            pixels, count, _arrived_ns = newest
            seen.append(int(pixels[0, 0]))
        assert camera.ended
    assert time.monotonic() - began_s == pytest.approx(1, abs=0.4)
    assert count == 30
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"t_us,x\n0,1\n", "no columns"),
        ("a.csv", b"t_us,ax,ay,az,gx,gy,gz\n0,1,2\n", "line 2 is not 7 numbers"),
        ("a.txt", b"hello", "nothing in it that a sensor of this board"),
    ],
)
def test_what_no_sensor_can_be_given_is_refused_at_once(start, tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    with start("--play", str(tmp_path / name)) as board:
        assert why in board.line["error"]


def test_a_camera_that_is_not_there_is_refused_at_once(start):
    with start("--play", "camera:97") as board:
        assert "camera:97 cannot be used" in board.line["error"]
    with pytest.raises(InvalidInput, match="no such camera"), Camera(97):
        pass


def test_this_machines_camera_is_seen_at_the_boards_rate(monkeypatch, served):
    """A stream stands for the camera that this machine has not."""
    reading, writing = os.pipe()
    with served(500, 25) as address, os.fdopen(reading, "rb") as fed, os.fdopen(writing, "wb") as pipe:
        monkeypatch.setattr("studio.boards.feed.number_of", lambda _: address.removeprefix("camera:"))
        feeder = Feeder(pipe, "camera:0", SIZE, fast=True)
        threading.Thread(target=feeder.run, daemon=True).start()
        feeder.sensor_is(1, 5, CAMERA)
        brightness, began_s = [], time.monotonic()
        for _ in range(6):
            assert HEADER.unpack(fed.read(HEADER.size)) == (b"P", 1, WIDTH * HEIGHT)
            brightness.append(fed.read(WIDTH * HEIGHT)[0])
        took_s = time.monotonic() - began_s
        feeder.sensor_is(1, 0, CAMERA)
    assert took_s == pytest.approx(1.2, abs=0.6)
    steps = np.diff(brightness)
    assert steps.min() > 0
    assert steps.mean() == pytest.approx(5, abs=2)


def test_a_board_says_which_sensors_it_has_and_starts_no_other(start):
    with start(board="testboard64k") as board:
        assert [sensor.kind for sensor in board.link.hello().sensors] == ["microphone"]
        assert board.link.ask("start", sensor=IDS["imu"], rate=IMU_HZ).status == E_ARGUMENT
    with start() as board:
        hello = board.link.hello()
        assert {sensor.kind for sensor in hello.sensors} == set(KINDS)
        assert {sensor.id for sensor in hello.sensors} == {0, *IDS.values()}
        assert board.link.ask("start", sensor=IDS["imu"], rate=100).status == E_ARGUMENT


def test_a_sensor_to_which_nothing_is_given_rests(start, tmp_path):
    (tmp_path / "a.png").write_bytes(png(picture(1)))
    with start("--play", str(tmp_path / "a.png"), "--pace", "fast") as board:
        board.link.ask("start", sensor=IDS["imu"], rate=IMU_HZ)
        got, _ = felt(board.link, 50)
        assert set(map(tuple, got)) == {AT_REST["imu"]}
        board.link.ask("start", sensor=IDS["camera"], rate=10)
        assert np.array_equal(pictures_of(board.link, 1)[0][0], picture(1))


def test_a_picture_that_has_the_size_is_not_touched():
    pixels = picture(5)
    assert fitted(pixels, *SIZE) is pixels
    assert fitted(picture(5, 1, 400), 40, 30).shape == (30, 40)
