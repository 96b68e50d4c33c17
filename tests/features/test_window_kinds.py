import itertools
import pickle
from pathlib import Path

import numpy as np
import pytest

from studio.core.csv_file import CsvWriter, read_csv
from studio.core.errors import InvalidInput
from studio.core.picture_file import png
from studio.core.samples import ENVIRONMENT, IMU
from studio.features.motion import MotionRaw
from studio.features.picture import PictureInput
from studio.features.readings import Readings
from studio.features.window_kinds import Windows, windows_of
from studio.features.windows import Clip, UnreadableRecording

MOTION = MotionRaw(rate_hz=100, clip_samples=100)
KINDS = ("motion", "readings", "pictures")


@pytest.fixture
def moved(tmp_path: Path) -> Clip:
    """A wave of 40 rows in three seconds of rest."""
    rng = np.random.default_rng(3)
    rows = rng.normal(0, 8, (300, 6))
    rows[:, 2] += 8192
    rows[130:170, 0] += 9_000 * np.sin(np.linspace(0, 4 * np.pi, 40))
    rows[130:170, 4] += 2_000
    writer = CsvWriter(tmp_path / "moved.csv", IMU.channels)
    writer.append(np.arange(300) * 10_000, rows.astype(np.int16))
    writer.close()
    return Clip(tmp_path / "moved.csv", rate_hz=100)


@pytest.fixture
def cases(tmp_path: Path, moved: Clip) -> dict[str, tuple[Windows, Clip]]:
    slow = CsvWriter(tmp_path / "slow.csv", ENVIRONMENT.channels)
    slow.append(np.arange(20) * 1_000_000, np.random.default_rng(1).integers(1_000, 2_000, (20, 3)))
    slow.close()
    pixels = np.random.default_rng(2).integers(0, 256, (60, 80)).astype(np.uint8)
    (tmp_path / "seen.png").write_bytes(png(pixels))
    return {
        "motion": (windows_of(MOTION, IMU.channels, IMU.scales), moved),
        "readings": (
            windows_of(Readings.for_data(window_ms=4_000), ENVIRONMENT.channels, ENVIRONMENT.scales),
            Clip(tmp_path / "slow.csv", 4, 12, 1),
        ),
        "pictures": (windows_of(PictureInput(width=32, height=24)), Clip(tmp_path / "seen.png")),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_window_is_as_its_front_end_has_it_and_the_same_each_time(cases: dict[str, tuple[Windows, Clip]], kind: str):
    windows, clip = cases[kind]
    window = windows.read(clip)
    assert (window.shape, window.dtype) == (windows.spec.window_shape, np.dtype(windows.spec.window_dtype))
    np.testing.assert_array_equal(window, pickle.loads(pickle.dumps(windows)).read(clip))  # noqa: S301  our own


@pytest.mark.parametrize("kind", KINDS)
def test_more_variants_leave_the_first_ones_as_they_were(cases: dict[str, tuple[Windows, Clip]], kind: str):
    windows, clip = cases[kind]
    two, five = (np.stack([v.samples for v in windows.variants(clip, n, (7, 3))]) for n in (2, 5))
    np.testing.assert_array_equal(two, five[:2])
    assert len(np.unique(five.reshape(5, -1), axis=0)) == 5
    [other] = windows.variants(clip, 1, (7, 4))
    assert not np.array_equal(other.samples, two[0])


@pytest.mark.parametrize("kind", KINDS)
def test_what_passes_has_the_clips_own_window_in_the_middle(cases: dict[str, tuple[Windows, Clip]], kind: str):
    windows, clip = cases[kind]
    seen = windows.passing(clip, 1, 3, np.random.default_rng(1))
    assert seen.shape == (7, *windows.spec.window_shape)
    np.testing.assert_array_equal(seen[3], windows.read(clip))


def test_windows_that_pass_are_a_hop_apart(cases: dict[str, tuple[Windows, Clip]]):
    windows, clip = cases["motion"]
    seen = windows.passing(clip, 10, 4, np.random.default_rng(1))
    for earlier, later in itertools.pairwise(seen):
        np.testing.assert_array_equal(earlier[10:], later[:-10])


def test_a_window_that_is_written_can_be_read_again(cases: dict[str, tuple[Windows, Clip]], tmp_path: Path):
    for kind in KINDS:
        windows, clip = cases[kind]
        path = tmp_path / f"again{windows.suffix}"
        path.unlink(missing_ok=True)
        windows.write(path, windows.read(clip))
        rate_hz = windows.spec.rate_hz
        np.testing.assert_array_equal(windows.read(Clip(path, rate_hz=rate_hz)), windows.read(clip))
    assert np.abs(read_csv(tmp_path / "again.csv").values).max() < 200  # degrees, % and hPa, no counts


def test_background_depends_on_seed_and_place_alone(cases: dict[str, tuple[Windows, Clip]]):
    windows, clip = cases["motion"]
    whole = windows.background([], 12, 5, events=[clip])
    np.testing.assert_array_equal(whole[7:10], windows.background([], 3, 5, first=7, events=[clip]))
    assert not np.array_equal(whole, windows.background([], 12, 6, events=[clip]))


def test_background_feels_gravity_and_hardly_moves(cases: dict[str, tuple[Windows, Clip]]):
    windows, clip = cases["motion"]
    made = windows.background([], 60, 1, events=[clip]).astype(float)
    strength = np.linalg.norm(made[..., :3].mean(axis=1), axis=1)
    assert np.median(strength) == pytest.approx(8_192, rel=0.25)
    itself = windows.read(clip).astype(float)[:, 0].std()
    assert np.median(made[..., 0].std(axis=1)) < 0.4 * itself


def test_recorded_background_is_in_it(cases: dict[str, tuple[Windows, Clip]], tmp_path: Path):
    windows, _clip = cases["motion"]
    odd = np.zeros((500, 6), np.int16)
    odd[:, 1] = 8_192
    odd[:, 5] = 3_000  # somebody who turns round and round
    writer = CsvWriter(tmp_path / "turning.csv", IMU.channels)
    writer.append(np.arange(500) * 10_000, odd)
    writer.close()
    made = windows.background([Clip(tmp_path / "turning.csv", rate_hz=100)], 60, 1).astype(float)
    turning = np.linalg.norm(made[..., 3:].mean(axis=1), axis=1) > 1_500
    assert 0.4 < turning.mean() < 0.8


def test_pictures_have_no_background_and_what_is_gone_is_told(cases: dict[str, tuple[Windows, Clip]], tmp_path: Path):
    windows, _clip = cases["pictures"]
    with pytest.raises(InvalidInput, match="none"):
        windows.background([], 1, 1)
    with pytest.raises(UnreadableRecording, match="not there"):
        windows.read(Clip(tmp_path / "gone.png"))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableRecording, match="no PNG"):
        windows.read(Clip(tmp_path / "broken.png"))
