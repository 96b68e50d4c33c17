from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.features.augment import Augmentation, augment, coloured_noise, preview, variants
from studio.features.background import background_windows
from studio.features.blocks import LogMel
from studio.features.windows import Clip

SPEC = LogMel()


def test_asking_for_more_variants_leaves_the_first_as_they_were(make_take: Callable[..., Clip]):
    clip = make_take()
    few, many = (variants(clip, SPEC, count, (1, 5), Augmentation()) for count in (3, 8))
    np.testing.assert_array_equal(few, many[:3])
    assert len({window.tobytes() for window in many}) == 8


def test_a_preview_is_what_training_hears(make_take: Callable[..., Clip]):
    clip = make_take()
    np.testing.assert_array_equal(preview(clip, SPEC, 2, 9), variants(clip, SPEC, 2, (9, 0), Augmentation()))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1.0, 100.0, 8000.0, 32767.0]))
def test_no_variant_clips_or_changes_its_length(seed: int, level: float):
    samples = (level * np.sin(np.arange(16_000) / 5)).astype(np.int16)
    variant = augment(samples, Augmentation(), np.random.default_rng(seed))
    assert variant.shape == samples.shape
    assert np.abs(variant.astype(int)).max() <= 32_000


def test_variants_cover_the_range_of_levels_speeds_and_places(make_take: Callable[..., Clip]):
    clip = make_take(burst=(0.6, 0.9))
    windows = variants(clip, SPEC, 60, (1, 0), Augmentation(noise_snr_db=(60, 60), eq_db=0)).astype(float)
    peaks = np.abs(windows).max(axis=1)
    assert 20 * np.log10(peaks.max() / peaks.min()) > 20
    loud = np.abs(windows) > peaks[:, None] / 4
    lengths = loud.sum(axis=1)
    places = (loud * np.arange(16_000)).sum(axis=1) / lengths
    assert lengths.max() / lengths.min() > 1.35
    assert np.ptp(places) > 0.2 * 16_000
    assert abs(places.mean() - 8_000) < 800


def test_coloured_noise_differs_in_colour():
    tilts = []
    for seed in range(20):
        power = np.abs(np.fft.rfft(coloured_noise(8_000, np.random.default_rng(seed)))) ** 2
        tilts.append(10 * np.log10(power[100:500].mean() / power[3000:3900].mean()))
    assert min(tilts) < 8
    assert max(tilts) > 15


def test_background_is_never_silent_zero_and_depends_on_its_number_alone(make_take: Callable[..., Clip]):
    speech = [make_take()]
    all_of_them = background_windows([], SPEC, 40, 1, speech=speech)
    np.testing.assert_array_equal(background_windows([], SPEC, 10, 1, first=30, speech=speech), all_of_them[30:])
    assert all(np.any(window) for window in all_of_them)
    levels = 20 * np.log10(np.sqrt(np.mean(all_of_them.astype(float) ** 2, axis=1)) / 32768)
    assert np.ptp(levels) > 30


def test_recorded_background_is_cut_from_where_it_was_recorded(make_take: Callable[..., Clip]):
    hum = make_take("hum", seconds=5, burst=(0, 5), hz=1_000)
    windows = background_windows([hum], SPEC, 30, 1).astype(float)
    spectra = np.abs(np.fft.rfft(windows, axis=1))
    humming = np.argmax(spectra, axis=1) == 1_000
    assert 10 < humming.sum() < 30


def test_a_negative_count_is_refused():
    with pytest.raises(Exception, match="negative"):
        background_windows([], SPEC, -1, 1)
