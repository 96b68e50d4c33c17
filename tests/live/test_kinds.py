"""A board that moves, sees or measures, beside the host: equal, and equal to what NumPy makes of the same windows."""

import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.boards.address import parse_address
from studio.boards.connection import open_board
from studio.core.csv_file import CsvWriter
from studio.core.errors import InvalidInput
from studio.core.picture_file import png
from studio.core.samples import KINDS
from studio.deploy.sensing import CannotSense
from studio.deploy.upload import upload
from studio.features import picture_reference, reference
from studio.features.front_ends import AnyFrontEnd
from studio.features.motion import MotionRaw, MotionStatistics
from studio.features.picture import PictureInput
from studio.features.readings import Readings
from studio.live.compare import Stage
from studio.live.live import LiveSession, LiveWindow, save_window
from studio.live.rehearsal import rehearse

FUZZ = runpy.run_path(str(Path(__file__).parents[1] / "firmware/fuzz.py"))
ADDRESS = "virtual:nano33ble?pace=fast"
WINDOWS = 7

ROWS = [
    MotionRaw(clip_samples=119),
    MotionRaw(clip_samples=60, normalise="channel", offsets=(0,) * 3, spans=(9_000,) * 3),  # an accelerometer's model
    MotionStatistics(clip_samples=119),
    Readings(clip_samples=1),
    Readings(clip_samples=8, sensor="colour", offsets=(0,) * 4, spans=(20_000,) * 4),
]
PICTURES = [PictureInput(width=48, height=48), PictureInput(width=40, height=24, crop="whole", normalise="mean")]


def name_of(spec: AnyFrontEnd) -> str:
    return f"{spec.kind}-{'x'.join(map(str, spec.window_shape))}"


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[AnyFrontEnd], tuple[np.ndarray, Path]]:
    """Counts for the sensor of a front end, and the CSV file with them."""

    def write(spec: AnyFrontEnd) -> tuple[np.ndarray, Path]:
        channels = KINDS[spec.sensor].channels
        walk = np.random.default_rng(1).integers(-900, 901, (2_000, len(channels))).cumsum(axis=0)
        counts = np.clip(walk, -32_768, 32_767).astype(np.int16)
        path = tmp_path / "rows.csv"
        writer = CsvWriter(path, channels)
        writer.append(np.arange(len(counts), dtype=np.int64) * 1_000_000 // spec.rate_hz, counts)
        writer.close()
        return counts, path

    return write


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[list[np.ndarray], Path]:
    """Twenty of the camera's size, and the folder with them."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    drawn = [np.random.default_rng(seed).integers(0, 256, (120, 160), dtype=np.uint8) for seed in range(20)]
    for i, pixels in enumerate(drawn):
        (folder / f"{i:02d}.png").write_bytes(png(pixels))
    return drawn, folder


def windows_of(board: Any, image: bytes, count: int = WINDOWS, *, keep: bool = False) -> list[LiveWindow]:
    windows = LiveSession(board, image, keep_windows=keep).windows()
    found = [next(windows) for _ in range(count)]
    windows.close()
    return found


def playing(path: Path, image: bytes, count: int = WINDOWS, *, keep: bool = False) -> list[LiveWindow]:
    with open_board(parse_address(ADDRESS).playing(str(path)), None) as board:
        upload(board, image)
        return windows_of(board, image, count, keep=keep)


def check_equal(windows: list[LiveWindow], spec: AnyFrontEnd) -> None:
    """Each stage as the NumPy models have it, by the board's own words where it sent them."""
    section = spec.pack()
    assert [window.index for window in windows] == list(range(len(windows)))
    for window in windows:
        assert window.parted is None
        for stages in filter(None, (window.host, window.board_stages)):
            assert (stages.samples.dtype, stages.samples.shape) == (np.dtype(spec.window_dtype), spec.window_shape)
            features = reference.features(stages.samples[None], section).reshape(spec.shape)
            np.testing.assert_array_equal(stages.features, features)
            np.testing.assert_array_equal(stages.input, reference.quantise(features, section))
            assert stages.scores.tobytes() == window.device_scores
    assert len({window.device_scores for window in windows}) > 1


@pytest.mark.parametrize("keep", [False, True], ids=["checksums", "whole"])
@pytest.mark.parametrize("spec", ROWS, ids=name_of)
def test_every_window_of_rows_is_equal_and_is_what_was_played(spec: AnyFrontEnd, keep: bool, rows: Any):
    counts, path = rows(spec)
    windows = playing(path, FUZZ["listening_image"](spec), keep=keep)
    check_equal(windows, spec)
    hop = 1 + spec.clip_samples // 2
    for n, window in enumerate(windows):
        assert window.first_sample == n * hop
        assert window.host is not None
        assert (window.board_stages is not None) == keep
        played = counts[n * hop :][: spec.clip_samples, : window.host.samples.shape[1]]
        np.testing.assert_array_equal(window.host.samples, played)


@pytest.mark.parametrize("keep", [False, True], ids=["checksums", "whole"])
@pytest.mark.parametrize("spec", PICTURES, ids=name_of)
def test_every_picture_is_equal_and_fitted_as_numpy_does_it(spec: PictureInput, keep: bool, pictures: Any):
    drawn, folder = pictures
    windows = playing(folder, FUZZ["listening_image"](spec), keep=keep)
    check_equal(windows, spec)
    for window in windows:
        assert window.host is not None
        shown = drawn[window.first_sample]
        np.testing.assert_array_equal(window.host.samples, picture_reference.fit_picture(shown, spec.pack()))


@pytest.mark.parametrize("spec", [ROWS[0], ROWS[2], ROWS[3], PICTURES[0]], ids=name_of)
def test_a_board_with_another_scale_parts_there_and_the_value_is_told(spec: AnyFrontEnd, rows: Any, pictures: Any):
    path = pictures[1] if isinstance(spec, PictureInput) else rows(spec)[1]
    image = FUZZ["listening_image"](spec)
    other = FUZZ["listening_image"](replace(spec, input_zero_point=3))
    with open_board(parse_address(ADDRESS).playing(str(path)), None) as board:
        upload(board, other)
        windows = windows_of(board, image, keep=True)
    assert {window.parted for window in windows} == {Stage.QUANTISED}
    for window in windows:
        assert window.difference is not None
        assert window.difference.device - window.difference.host in (1, 2, 3)  # or less, at int8's end


@pytest.mark.parametrize("spec", [ROWS[0], ROWS[2]], ids=name_of)
def test_a_rehearsal_of_movement_decides_what_a_board_does(spec: AnyFrontEnd, rows: Any):
    counts, path = rows(spec)
    image, hop = FUZZ["listening_image"](spec), 1 + spec.clip_samples // 2
    rehearsed = rehearse(image, path, [])
    assert rehearsed.windows == 1 + (len(counts) - spec.clip_samples) // hop
    windows = playing(path, image, rehearsed.windows)
    decided = [w.decision for w in windows if w.decision is not None]
    assert len(decided) > 3
    told = [(d.label, d.score) for d in decided]
    assert [(h.label, h.score) for h in rehearsed.heard] == told
    began_us = windows[0].t_us
    late_us = [abs(h.t_us - (d.t_us - began_us)) for h, d in zip(rehearsed.heard, decided, strict=True)]
    assert max(late_us) <= 1  # rounding


def test_a_model_of_pictures_is_not_rehearsed_on_a_stream(pictures: Any):
    with pytest.raises(InvalidInput):
        rehearse(FUZZ["listening_image"](PICTURES[0]), pictures[1] / "00.png", [])


def test_a_board_without_the_rate_or_the_sensor_of_a_model_is_told_of_before_it_listens(rows: Any):
    spec = MotionRaw(rate_hz=100, clip_samples=100)
    image, path = FUZZ["listening_image"](spec), rows(spec)[1]
    with pytest.raises(CannotSense, match="119, 238, 476 Hz, and not 100"):
        playing(path, image)
    with open_board(parse_address("virtual:espeye?pace=fast"), None) as board:
        upload(board, image)
        with pytest.raises(CannotSense, match="no sensor of kind imu"):
            windows_of(board, image)


def test_a_saved_picture_is_what_it_was(pictures: Any, tmp_path: Path):
    spec = PICTURES[0]
    windows = playing(pictures[1], FUZZ["listening_image"](spec), 2, keep=True)
    saved = np.load(save_window(windows[1], tmp_path))
    assert saved["samples"].dtype == np.uint8
    assert windows[1].host is not None
    np.testing.assert_array_equal(saved["samples"], windows[1].host.samples)
