"""What chance does to a batch of features, seen on single lines of sound."""

import numpy as np
import pytest

from studio.features.blocks import LogMel
from studio.features.vary import Chance, draw, masked, mixed, said_so, stretched, warped

SPEC = LogMel()


def lines(*, band: int | None = None, frame: int | None = None) -> np.ndarray:
    """64 alike: loud in one band, or at one moment."""
    features = np.zeros((64, *SPEC.shape), np.float32)
    features[:, slice(None) if frame is None else frame, slice(None) if band is None else band] = 1000
    return features


def test_stretching_moves_a_moment_away_from_the_middle_or_towards_it_and_keeps_the_pitch():
    tempo = draw(64, Chance(), np.random.default_rng(1)).tempo
    first = stretched(lines(frame=34), tempo)
    at = first[:, :, 0].argmax(axis=1) - 24
    assert at.min() >= np.floor(10 / 1.4)
    assert at.max() <= np.ceil(10 * 1.4)
    assert (at < 10).any()
    assert (at > 10).any()
    assert np.ptp(first, axis=2).max() == 0
    assert (tempo[at < 10] > 1).all()
    np.testing.assert_array_equal(stretched(lines(band=7), tempo), lines(band=7))


def test_a_vocal_tract_moves_high_bands_further_than_low_ones_and_keeps_the_pace():
    tract = draw(64, Chance(), np.random.default_rng(1)).vocal_tract
    moved = {band: warped(lines(band=band), tract, SPEC)[:, 0].argmax(axis=1) - band for band in (4, 30)}
    assert np.abs(moved[4]).max() < np.abs(moved[30]).max() <= 3
    assert (moved[30] < 0).any()
    assert (moved[30] > 0).any()
    np.testing.assert_array_equal(warped(lines(frame=9), tract, SPEC), lines(frame=9))


def test_a_range_of_nothing_changes_nothing():
    rng = np.random.default_rng(2)
    features = rng.normal(0, 500, (4, *SPEC.shape)).astype(np.int16)
    unmoved = said_so(features, draw(4, Chance(strength=0), rng), SPEC)
    np.testing.assert_allclose(unmoved, SPEC.to_float(features), atol=1e-4)
    np.testing.assert_array_equal(masked(unmoved.copy(), 0, 0, rng), unmoved)


def test_levels_stay_within_their_decibels():
    said = draw(200, Chance(level_db=3), np.random.default_rng(3))
    moved = said_so(np.zeros((200, *SPEC.shape), np.int16), said, SPEC) * 1024 * SPEC.scale
    assert np.ptp(moved, axis=(1, 2)).max() == 0
    np.testing.assert_allclose(moved[:, 0, 0], said.level_db[:, 0], atol=1e-4)
    assert 2.5 < np.abs(moved).max() <= 3


def test_masks_hide_at_most_two_stretches_of_each_axis():
    hidden = masked(np.ones((50, *SPEC.shape), np.float32), 6, 4, np.random.default_rng(4)) == 0
    assert 0 < hidden.all(axis=2).sum(axis=1).max() <= 12
    assert 0 < hidden.all(axis=1).sum(axis=1).max() <= 8


def test_mixing_keeps_the_sum_of_the_targets():
    rng = np.random.default_rng(5)
    inputs, targets = mixed(np.ones((32, *SPEC.shape), np.float32), np.eye(32, dtype=np.float32), 0.5, rng)
    assert inputs == pytest.approx(1, abs=1e-6)
    assert targets.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert 0 < (targets.max(axis=1) < 1).sum() < 32
