import numpy as np
import pytest

from studio.features.augment_pictures import PictureAugmentation, augment_picture

NONE = PictureAugmentation().scaled(0)


def spot(row: int = 20, column: int = 30) -> np.ndarray:
    pixels = np.full((96, 96), 60, np.uint8)
    pixels[row - 4 : row + 5, column - 4 : column + 5] = 220
    return pixels


def middle_of(pixels: np.ndarray) -> tuple[float, float]:
    """(row, column) of what is bright."""
    bright = np.clip(pixels.astype(float) - 120, 0, None)
    rows, columns = np.indices(pixels.shape)
    return float((rows * bright).sum() / bright.sum()), float((columns * bright).sum() / bright.sum())


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def only(**ranges: float) -> PictureAugmentation:
    return PictureAugmentation(**{**vars(NONE), **ranges})


def test_without_any_strength_a_picture_stays_as_it_is():
    made = augment_picture(spot(), NONE, rng())
    np.testing.assert_array_equal(made.samples, spot())
    assert not made.drawn.flipped
    assert not made.drawn.hidden


def test_the_same_seed_gives_the_same_pixels_and_another_one_others():
    first, again, other = (augment_picture(spot(), PictureAugmentation(), rng(seed)).samples for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_mirrored_picture_has_left_on_the_right():
    np.testing.assert_array_equal(augment_picture(spot(), only(flip=1.0), rng()).samples, spot()[:, ::-1])


def test_where_it_moved_is_what_is_told():
    for seed in range(8):
        made = augment_picture(spot(), only(shift=0.1), rng(seed))
        row, column = middle_of(made.samples)
        assert (row, column) == pytest.approx((20 + made.drawn.down, 30 + made.drawn.right), abs=0.3)


def test_a_larger_scale_shows_things_larger():
    for seed in range(8):
        made = augment_picture(spot(48, 48), only(scale=1.5), rng(seed))
        area = (made.samples > 140).sum() / (spot(48, 48) > 140).sum()
        assert area == pytest.approx(made.drawn.scale**2, rel=0.2)


def test_no_black_comes_in_at_the_edges():
    bright = np.full((96, 96), 200, np.uint8)
    moved = only(shift=0.3, rotation_deg=20.0, scale=1.5)
    assert all((augment_picture(bright, moved, rng(seed)).samples == 200).all() for seed in range(8))


def test_a_part_is_hidden_in_as_many_as_it_is_said_of():
    noisy = rng(9).integers(0, 256, (96, 96)).astype(np.uint8)
    made = [augment_picture(noisy, only(hidden=0.5), rng(seed)) for seed in range(60)]
    changed = [not np.array_equal(each.samples, noisy) for each in made]
    assert changed == [each.drawn.hidden for each in made]
    assert 15 < sum(changed) < 45


def test_a_board_in_little_light_sees_dark_corners_and_more_noise_where_it_is_bright():
    even = np.full((96, 96), 180, np.uint8)
    seen = np.stack([augment_picture(even, only(board_camera=1.0), rng(seed)).samples for seed in range(40)]).astype(
        float
    )
    assert seen[:, 40:56, 40:56].mean() > seen[:, :8, :8].mean() + 5
    dark = np.stack([augment_picture(even // 8, only(board_camera=1.0), rng(seed)).samples for seed in range(40)])
    assert seen[:, 40:56, 40:56].std(axis=(1, 2)).mean() > 1.5 * dark[:, 40:56, 40:56].std(axis=(1, 2)).mean()
