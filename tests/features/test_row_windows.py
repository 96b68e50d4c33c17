from pathlib import Path

import numpy as np
import pytest

from studio.core.csv_file import CsvWriter
from studio.features.motion import MotionRaw
from studio.features.readings import Readings
from studio.features.row_windows import Columns, centres, cut_rows, read_stretch
from studio.features.windows import Clip, UnreadableRecording

AXES = ("ax", "ay", "az", "gx", "gy", "gz")
G, DPS = 4 / 32768, 2000 / 32768
COLUMNS = Columns(AXES, (G,) * 3 + (DPS,) * 3)
SPEC = MotionRaw(rate_hz=100, clip_samples=100)


def write(path: Path, values: np.ndarray, *, channels: tuple[str, ...] = AXES, rate_hz: int = 100) -> Path:
    writer = CsvWriter(path, channels)
    writer.append(np.arange(len(values)) * 1_000_000 // rate_hz, values)
    writer.close()
    return path


def resting(rows: int) -> np.ndarray:
    """A board that lies still: 1 g down."""
    values = np.zeros((rows, 6))
    values[:, 2] = 1.0
    return values


def with_burst(rows: int, at: int, length: int = 40) -> np.ndarray:
    values = resting(rows)
    values[at : at + length, 0] += np.sin(np.linspace(0, 6 * np.pi, length)) * 1.5
    return values + np.random.default_rng(1).normal(0, 0.002, values.shape)


def test_decimals_become_counts_by_scale_and_whole_numbers_are_counts(tmp_path: Path):
    path = write(tmp_path / "a.csv", np.add(resting(100), [0, 0, 0, 0, 62.5, 0]))
    decimal = read_stretch(Clip(path, rate_hz=100), COLUMNS, 100)
    assert decimal.rows[0].tolist() == [0, 0, 8192, 0, 1024, 0]
    counted = read_stretch(Clip(write(tmp_path / "b.csv", np.full((9, 6), 77)), rate_hz=100), COLUMNS, 100)
    assert (counted.rows == 77).all()


def test_channels_are_in_the_models_order_whatever_the_files_is(tmp_path: Path):
    values = np.arange(6, dtype=np.int64)[None].repeat(5, axis=0)
    path = write(tmp_path / "a.csv", values, channels=AXES[::-1])
    assert read_stretch(Clip(path, rate_hz=100), COLUMNS, 100).rows[0].tolist() == [5, 4, 3, 2, 1, 0]


def test_a_movement_is_in_the_middle_of_its_window_wherever_it_was_made(tmp_path: Path):
    for at in (30, 180, 290):
        clip = Clip(write(tmp_path / f"{at}.csv", with_burst(400, at)), rate_hz=100)
        stretch = read_stretch(clip, COLUMNS, 100)
        assert abs(int(centres(stretch, SPEC)[0]) - max(50, at + 20)) <= 4


def test_a_segment_that_was_cut_to_a_window_is_taken_as_it_is(tmp_path: Path):
    clip = Clip(write(tmp_path / "a.csv", with_burst(100, 5)), rate_hz=100)
    stretch = read_stretch(clip, COLUMNS, 100)
    found = centres(stretch, SPEC)
    assert found.tolist() == [50]
    np.testing.assert_array_equal(cut_rows(stretch, 50, 100), stretch.rows)


def test_a_movement_that_goes_on_has_many_windows_and_a_single_one_few(tmp_path: Path):
    going_on = resting(600)
    going_on[:, 0] += np.sin(np.arange(600) / 5)
    many = centres(read_stretch(Clip(write(tmp_path / "a.csv", going_on), rate_hz=100), COLUMNS, 100), SPEC)
    assert many.max() - many.min() > 450
    once = centres(read_stretch(Clip(write(tmp_path / "b.csv", with_burst(600, 300)), rate_hz=100), COLUMNS, 100), SPEC)
    assert (once.min(), once.max()) > (260, 300)
    assert once.max() < 380


def test_the_last_row_is_held_where_the_recording_ends(tmp_path: Path):
    stretch = read_stretch(Clip(write(tmp_path / "a.csv", with_burst(60, 10)), rate_hz=100), COLUMNS, 100)
    wide = cut_rows(stretch, 30, 100)
    assert (wide[:20] == stretch.rows[0]).all()
    assert (wide[-20:] == stretch.rows[-1]).all()
    assert wide[:, 2].min() > 8_000  # gravity is in all of it


def test_what_lies_beside_a_segment_is_in_its_window(tmp_path: Path):
    path = write(tmp_path / "a.csv", with_burst(300, 140, 20))
    stretch = read_stretch(Clip(path, 135, 165, 100), COLUMNS, 100)
    centre = int(centres(stretch, SPEC)[0])
    np.testing.assert_array_equal(cut_rows(stretch, centre, 100), stretch.rows[centre - 50 : centre + 50])


def test_a_window_reaches_over_no_gap(tmp_path: Path):
    values = np.arange(200, dtype=np.int64)[:, None].repeat(6, axis=1)
    stretch = read_stretch(Clip(write(tmp_path / "a.csv", values), 60, 200, 100, ((80, 500),)), COLUMNS, 100)
    assert (stretch.rows[0, 0], stretch.rows[-1, 0], stretch.start, stretch.end) == (80, 199, 0, 120)


def test_another_rate_is_brought_to_the_models(tmp_path: Path):
    at_s = np.arange(400) / 200
    values = resting(400)
    values[:, 3] = 500 * np.sin(2 * np.pi * at_s)
    clip = Clip(write(tmp_path / "a.csv", values, rate_hz=200), rate_hz=200)
    rows = read_stretch(clip, COLUMNS, 100).rows
    assert len(rows) == 200
    expected = 500 * np.sin(2 * np.pi * np.arange(200) / 100) / DPS
    assert np.abs(rows[2:-2, 3] - expected[2:-2]).max() < 500 / DPS * 0.04
    assert (rows[:, 2] == 8192).all()


def test_a_reading_is_the_middle_of_its_segment(tmp_path: Path):
    spec = Readings.for_data(1, window_ms=3_000)
    path = write(tmp_path / "a.csv", np.arange(27, dtype=np.int64).reshape(9, 3), channels=("t", "h", "p"), rate_hz=1)
    stretch = read_stretch(Clip(path, 3, 6, 1), Columns(("t", "h", "p"), (1.0,) * 3), 1)
    window = cut_rows(stretch, int(centres(stretch, spec)[0]), 3)
    assert window[:, 0].tolist() == [9, 12, 15]


def test_what_cannot_be_read_is_told(tmp_path: Path):
    with pytest.raises(UnreadableRecording, match="not there"):
        read_stretch(Clip(tmp_path / "none.csv", rate_hz=100), COLUMNS, 100)
    path = write(tmp_path / "a.csv", np.zeros((5, 3), np.int64), channels=("ax", "ay", "az"))
    with pytest.raises(UnreadableRecording, match="gx, gy, gz"):
        read_stretch(Clip(path, rate_hz=100), COLUMNS, 100)
    with pytest.raises(UnreadableRecording, match="row 5"):
        read_stretch(Clip(path, 5, 9, 100), Columns(AXES[:3], (G,) * 3), 100)
