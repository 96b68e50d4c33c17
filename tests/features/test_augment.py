from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.features.augment import Augmentation, augment, coloured_noise, preview, variants
from studio.features.background import background_windows
from studio.features.blocks import LogMel
from studio.features.windows import Clip, cut_window

SPEC = LogMel()


def test_asking_for_more_variants_leaves_the_first_as_they_were(make_take: Callable[..., Clip]):
    clip = make_take()
    few, many = (variants(clip, SPEC, count, (1, 5), Augmentation()) for count in (3, 8))
    np.testing.assert_array_equal(few, many[:3])
    assert len({window.tobytes() for window in many}) == 8


def test_a_preview_is_what_training_hears(make_take: Callable[..., Clip]):
    clip = make_take()
    heard = [variant.samples for variant in preview(clip, SPEC, 2, 9)]
    np.testing.assert_array_equal(heard, variants(clip, SPEC, 2, (9, 0), Augmentation()))


def test_without_strength_a_variant_is_the_window_itself(make_take: Callable[..., Clip]):
    clip, none = make_take(), Augmentation().scaled(0)
    window = cut_window(clip, SPEC, np.random.default_rng((3, 0)), margin_samples=none.margin_samples(SPEC))
    for variant in preview(clip, SPEC, 3, 3, none):
        np.testing.assert_array_equal(variant.samples, window[2:-2])
        assert variant.drawn == (1.0, 0.0, 0.0, None, None, 0.0)


def test_twice_the_strength_is_twice_as_far_and_noise_of_twice_the_amplitude(make_take: Callable[..., Clip]):
    clip = make_take()
    usual, twice = (preview(clip, SPEC, 12, 7, Augmentation().scaled(strength)) for strength in (1, 2))
    for one, two in zip(usual, twice, strict=True):
        assert np.isclose(two.drawn.speed, one.drawn.speed**2)
        assert np.isclose(two.drawn.gain_db, 2 * one.drawn.gain_db)
        assert (one.drawn.noise_snr_db is None) == (two.drawn.noise_snr_db is None)
        if one.drawn.noise_snr_db is not None and two.drawn.noise_snr_db is not None:
            assert np.isclose(one.drawn.noise_snr_db - two.drawn.noise_snr_db, 20 * np.log10(2))


def test_what_was_drawn_is_what_is_heard(make_take: Callable[..., Clip]):
    clip = make_take(burst=(0.6, 0.9))
    plain = Augmentation(noise_share=0, eq_db=0, gain_db=(-6, -6))
    original = cut_window(clip, SPEC, np.random.default_rng((5, 0))).astype(float)
    for samples, drawn in preview(clip, SPEC, 6, 5, plain):
        energy, before = (np.square(w) * (np.abs(w) > np.abs(w).max() / 4) for w in (samples.astype(float), original))
        centre, centre_before = (np.average(np.arange(16_000), weights=e) for e in (energy, before))
        length, length_before = (np.count_nonzero(e) for e in (energy, before))
        assert abs((centre - centre_before) / 16 - drawn.shift_ms) < 12
        assert abs(length_before / length / drawn.speed - 1) < 0.1
        assert abs(20 * np.log10(np.abs(samples.astype(float)).max() / np.abs(original).max()) + 6) < 1


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
