import numpy as np
import pytest

from studio.features.augment_rows import RowAugmentation, augment_rows

FULL = np.full(6, 32768.0)
AXES = ([0, 1, 2], [3, 4, 5])
STILL = np.tile(np.array([0, 0, 8192, 0, 0, 0], np.int16), (160, 1))
NONE = RowAugmentation().scaled(0)


def bump(at: int, rows: int = 160) -> np.ndarray:
    values = np.zeros((rows, 6), np.int16)
    values[:, 2] = 8192
    values[at - 5 : at + 6, 0] = 9000
    return values


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_without_any_strength_the_window_is_the_middle_as_it_was():
    made = augment_rows(bump(80), NONE, rng(), length=100, full=FULL, axes=AXES)
    np.testing.assert_array_equal(made.samples, bump(80)[30:130])
    assert (made.drawn.rotation_deg, made.drawn.speed, made.drawn.shift) == (0, 1, 0)


def test_the_same_seed_gives_the_same_rows_and_another_one_others():
    first, again, other = (
        augment_rows(bump(80), RowAugmentation(), rng(seed), length=100, full=FULL, axes=AXES).samples
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_turned_board_feels_as_much_gravity():
    only_turned = RowAugmentation(rotation_deg=30, scale=1, speed=1, shift=0, warp=0, jitter=0, offset=0)
    ways = set()
    for seed in range(20):
        made = augment_rows(STILL, only_turned, rng(seed), length=100, full=FULL, axes=AXES)
        strength = np.linalg.norm(made.samples[0, :3].astype(float))
        assert abs(strength - 8192) < 2
        assert made.samples[0, 2] >= 8192 * np.cos(np.deg2rad(30)) - 1
        assert (made.samples[:, 3:] == 0).all()
        ways.add(tuple(made.samples[0, :3].tolist()))
    assert len(ways) == 20


def test_a_shift_that_is_told_is_where_the_movement_is():
    only_moved = RowAugmentation(rotation_deg=0, scale=1, speed=1, shift=0.2, warp=0, jitter=0, offset=0)
    for seed in range(10):
        made = augment_rows(bump(80), only_moved, rng(seed), length=101, full=FULL)
        found = np.average(np.arange(101), weights=made.samples[:, 0].astype(float))
        assert abs(found - (50.5 + made.drawn.shift * 100)) < 1.1


def test_a_faster_one_is_shorter_in_proportion():
    only_faster = RowAugmentation(rotation_deg=0, scale=1, speed=2, shift=0, warp=0, jitter=0, offset=0)
    for seed in range(10):
        made = augment_rows(bump(80), only_faster, rng(seed), length=101, full=FULL)
        assert abs(made.samples[:, 0].sum() / 9000 - 11 / made.drawn.speed) < 1.5


def test_jitter_and_offset_are_shares_of_full_scale_and_nothing_wraps():
    only_noise = RowAugmentation(rotation_deg=0, scale=1, speed=1, shift=0, warp=0, jitter=0.1, offset=0)
    still = np.zeros((4000, 6), np.int16)
    rms = [augment_rows(still, only_noise, rng(seed), length=4000, full=FULL).samples.std() for seed in range(40)]
    assert max(rms) < 3277 * 1.02
    assert np.mean(rms) == pytest.approx(3277 / 2, rel=0.2)
    loud = np.full((200, 6), 32_000, np.int16)
    assert augment_rows(loud, RowAugmentation(), rng(2), length=100, full=FULL).samples.min() > 0


def test_readings_only_differ_by_little_and_stay_where_they_are():
    rows = np.tile(np.arange(50, dtype=np.int16)[:, None] * 100, (1, 3))
    made = augment_rows(rows, RowAugmentation.of_readings(), rng(), length=50, full=np.full(3, 1000.0)).samples
    assert 0 < np.abs(made - rows).max() < 60
