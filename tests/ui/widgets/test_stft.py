"""Spectra of known signals."""

import numpy as np

from studio.ui.widgets.stft import RANGE_DB, Spectrum, levels, limits_of


def test_a_full_scale_sine_is_zero_db_in_its_bin():
    at = np.arange(4096)
    samples = np.round(32767 * np.sin(2 * np.pi * at * 32 / 512)).astype(np.int16)
    decibels = Spectrum(512).decibels(samples, np.array([0, 700, 3584]))
    assert decibels.shape == (3, 256)
    assert np.all(decibels.argmax(axis=1) == 32)
    assert np.allclose(decibels[:, 32], 0, atol=0.1)


def test_noise_stays_dark_and_a_tone_above_it_does_not():
    rng = np.random.default_rng(1)
    samples = np.round(rng.normal(0, 30, 32_000)).astype(np.int16)
    samples[16_000:] += np.round(8000 * np.sin(2 * np.pi * np.arange(16_000) * 64 / 512)).astype(np.int16)
    decibels = Spectrum(512).decibels(samples, np.arange(0, 31_000, 160))
    picture = levels(decibels, *limits_of(decibels))
    assert np.median(picture[:90]) < 0.2 * 255
    assert picture[110:, 64].min() > 0.7 * 255


def test_digital_silence_does_not_lower_the_floor():
    rng = np.random.default_rng(1)
    noise = Spectrum(512).decibels(np.round(rng.normal(0, 30, 32_000)).astype(np.int16), np.arange(0, 31_000, 160))
    silent = np.full((400, 256), -120, np.float32)
    assert limits_of(np.concatenate((noise, silent))) == limits_of(noise)
    assert limits_of(silent)[1] == RANGE_DB


def test_levels_span_the_range():
    assert levels(np.array([-90.0, -80.0, -80 + RANGE_DB, 0.0]), -80.0).tolist() == [0, 0, 255, 255]


def test_no_frames_make_no_columns():
    assert Spectrum(256).decibels(np.zeros(10, np.int16), np.zeros(0, np.int64)).shape == (0, 128)
