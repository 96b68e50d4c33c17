"""Front ends of every kind: the C core against NumPy models that share nothing with it, and what their numbers mean."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.core.errors import InvalidInput
from studio.core.samples import KINDS
from studio.features import picture_reference, reference
from studio.features.blocks import LogMel
from studio.features.choices import CHOICES
from studio.features.front_ends import (
    FRONT_ENDS,
    AnyFrontEnd,
    front_end_from_dict,
    front_end_from_section,
    front_end_of,
)
from studio.features.motion import FIGURES, MotionRaw, MotionStatistics
from studio.features.picture import BRIGHTNESS, CROPS, PictureInput
from studio.features.readings import Readings
from studio.features.rows import Range, range_of
from studio.native.engine import listening
from studio.native.frontend import check_section, features, fit_picture, gray, quantise

PAIRS = st.tuples(st.integers(-32_768, 32_767), st.integers(1, 65_535))


def with_range(pairs: list[tuple[int, int]]) -> dict[str, Any]:
    return {"offsets": tuple(offset for offset, _ in pairs), "spans": tuple(span for _, span in pairs)}


channels = st.lists(PAIRS, min_size=1, max_size=16).map(with_range)
rows_of_one = st.one_of(
    st.builds(
        lambda ranges, clip, normalise, shift, zero: MotionRaw(
            clip_samples=clip, normalise=normalise, input_shift=shift, input_zero_point=zero, **ranges
        ),
        channels,
        st.integers(1, 150),
        st.sampled_from(["none", "channel"]),
        st.integers(0, 8),
        st.integers(-128, 127),
    ),
    st.builds(
        lambda ranges, clip, sensor: Readings(sensor=sensor, clip_samples=clip, **ranges),
        channels,
        st.integers(1, 20),
        st.sampled_from(["environment", "colour"]),
    ),
    st.builds(
        lambda ranges, clip, bands, high_hz: MotionStatistics(
            clip_samples=clip, bands=bands, high_hz=high_hz, **ranges
        ),
        channels,
        st.integers(60, 400),
        st.integers(1, 6),
        st.integers(30, 59),
    ),
)
pictures = st.builds(
    lambda width, height, crop, normalise: PictureInput(width=width, height=height, crop=crop, normalise=normalise),
    st.integers(8, 50),
    st.integers(8, 50),
    st.sampled_from(CROPS),
    st.sampled_from(BRIGHTNESS),
)
any_spec = st.one_of(rows_of_one, pictures)


def windows_of(spec: AnyFrontEnd, seed: int, level: float) -> np.ndarray:
    """Noise about some level, slow waves, all at rest, both ends of the range by turns."""
    rng = np.random.default_rng(seed)
    shape = spec.window_shape
    limits = np.iinfo(spec.window_dtype)
    middle = (int(limits.min) + int(limits.max)) // 2 + rng.uniform(-level, level)
    wave = np.sin(np.arange(shape[0]) * rng.uniform(0.01, 2)).reshape(-1, *[1] * (len(shape) - 1))
    rows = [
        rng.normal(middle, level, shape),
        np.broadcast_to(middle + level * wave, shape),
        np.full(shape, round(middle)),
        rng.choice([int(limits.min), int(limits.max)], shape),
    ]
    return np.clip(np.rint(rows), limits.min, limits.max).astype(spec.window_dtype)


@settings(max_examples=120, deadline=None)
@given(any_spec, st.integers(0, 1000), st.floats(0.3, 40_000))
def test_the_core_computes_what_the_numpy_models_do_bit_for_bit(spec: AnyFrontEnd, seed: int, level: float):
    windows = windows_of(spec, seed, level)
    computed = features(windows, spec)
    expected = reference.features(windows, spec.pack())
    np.testing.assert_array_equal(computed, expected.reshape(len(windows), *spec.shape))
    np.testing.assert_array_equal(quantise(computed, spec), reference.quantise(computed, spec.pack()))


@settings(max_examples=60, deadline=None)
@given(any_spec, st.integers(0, 1000), st.floats(0.3, 40_000))
def test_one_window_at_a_time_as_a_board_has_it_is_what_many_at_once_are(spec: AnyFrontEnd, seed: int, level: float):
    windows = windows_of(spec, seed, level)
    together = features(windows, spec)
    for window, expected in zip(windows, together, strict=True):
        np.testing.assert_array_equal(features(window, spec, as_on_a_board=True), expected)


@given(any_spec)
@settings(max_examples=60, deadline=None)
def test_a_specification_survives_its_dictionary_and_its_section(spec: AnyFrontEnd):
    assert front_end_from_dict(spec.to_dict()) == spec
    back = front_end_from_section(spec.pack())
    assert back == spec
    assert back.pack() == spec.pack()
    check_section(spec.pack())


@pytest.mark.parametrize("kind", FRONT_ENDS)
def test_every_kind_is_for_a_sensor_there_is_and_fits_the_smallest_board_that_has_it(kind: str):
    spec = FRONT_ENDS[kind].for_data()
    assert spec.kind == kind
    assert spec.sensor in KINDS
    assert listening(spec.pack()).window_bytes <= 65_536
    assert listening(spec.pack()).input_bytes == np.prod(spec.window_shape) * np.dtype(spec.window_dtype).itemsize


def test_of_a_picture_a_board_keeps_its_pixels_its_features_and_the_input():
    assert listening(PictureInput().pack()) == (96 * 96 * (1 + 2 + 1), 96 * 96)


def test_of_rows_a_board_keeps_a_ring_one_row_the_scaled_ones_the_features_and_the_input():
    ring, rows = 119 * 6 + 320, 119 * 6
    assert listening(MotionRaw().pack()) == (2 * (ring + 6 + rows + rows) + rows, 119 * 12)


@pytest.mark.parametrize("kind", FRONT_ENDS)
def test_what_a_person_may_choose_is_what_the_specification_then_has(kind: str):
    other = {"normalise": {"channel", "mean", "band"}, "crop": {"whole"}}
    chosen: dict[str, Any] = {}
    for choice in CHOICES[kind]:
        usual = choice.of(FRONT_ENDS[kind].for_data())
        if choice.options:
            assert usual in {option.value for option in choice.options}
            chosen[choice.key] = next(o.value for o in choice.options if o.value in other[choice.key])
        else:
            assert isinstance(usual, int)
            assert choice.least <= usual <= choice.most
            chosen[choice.key] = usual - 1 if usual > choice.least else usual + 1
    spec = front_end_of(kind, FRONT_ENDS[kind].for_data().rate_hz, 1_000, chosen)
    assert {choice.key: choice.of(spec) for choice in CHOICES[kind]} == chosen


def test_a_project_gets_the_front_end_it_asks_for_with_the_range_of_its_data():
    found = front_end_of("motion_statistics", 100, 2_000, {"bands": 4}, ranges=Range((1, 2), (300, 400)))
    assert found == MotionStatistics(rate_hz=100, clip_samples=200, offsets=(1, 2), spans=(300, 400), bands=4)
    slow = front_end_of("readings", 1, 5_000, {}, sensor="colour")
    assert (slow.sensor, slow.shape) == ("colour", (5, 4))
    with pytest.raises(InvalidInput):
        front_end_of("smell", 1, 1_000, {})


def test_unknown_kinds_are_refused():
    with pytest.raises(InvalidInput, match="motion_raw"):
        front_end_from_dict({"kind": "smell"})
    with pytest.raises(InvalidInput):
        front_end_from_section(b"\x09\x00\x01\x00")
    with pytest.raises(InvalidInput):
        front_end_from_section(b"")


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (MotionRaw, {"clip_samples": 0}),
        (MotionRaw, {"spans": (0,) * 6}),
        (MotionRaw, {"offsets": (0,) * 5}),
        (MotionRaw, {"offsets": (), "spans": ()}),
        (MotionRaw, {"normalise": "band"}),
        (MotionStatistics, {"high_hz": 60}),
        (MotionStatistics, {"bands": 30}),
        (MotionStatistics, {"clip_samples": 1025}),
        (Readings, {"sensor": "imu"}),
        (PictureInput, {"width": 7}),
        (PictureInput, {"crop": "left"}),
        (PictureInput, {"input_shift": 9}),
    ],
)
def test_numbers_that_do_not_fit_together_are_refused(kind: type[Any], wrong: dict[str, Any]):
    with pytest.raises(InvalidInput):
        kind(**wrong)


@pytest.mark.parametrize("wrong", [{"offsets": [0.5] * 6}, {"offsets": "none"}, {"rate_hz": "119"}, {"normalise": 0}])
def test_values_of_another_type_are_refused(wrong: dict[str, Any]):
    with pytest.raises(InvalidInput):
        MotionRaw.from_dict(MotionRaw().to_dict() | wrong)


def test_a_span_is_the_edge_of_int8_and_an_offset_its_middle():
    spec = MotionRaw(clip_samples=5, offsets=(100,), spans=(1_000,))
    rows = np.array([[100], [1_100], [-900], [600], [32_767]], np.int16)
    assert features(rows, spec)[:, 0].tolist() == [0, 4096, -4096, 2048, 32_767]
    assert quantise(features(rows, spec), spec)[:, 0].tolist() == [0, 127, -128, 64, 127]
    assert spec.to_float(features(rows, spec))[:3, 0].tolist() == [0, pytest.approx(127 / 32), -4]


def test_the_range_found_has_what_trains_the_model_inside_int8():
    rng = np.random.default_rng(1)
    rows = rng.normal([0, 8_000, -300], [900, 40, 3_000], (500, 119, 3)).astype(np.int16)
    spec = MotionRaw.for_data(119, range_of(rows))
    seen = quantise(features(rows, spec), spec).reshape(-1, 3).astype(int)
    assert np.all(np.abs(seen.mean(axis=0)) < 1)
    assert np.all((seen.std(axis=0) > 30) & (seen.std(axis=0) < 34))  # a quarter of 128
    assert np.mean(np.abs(seen) >= 127) < 1e-3
    kept = range_of(rows, keep_zero=True)
    assert kept.offsets == (0, 0, 0)
    assert kept.spans[1] > 8_000


def test_a_channel_that_never_changes_has_a_range_too():
    found = range_of(np.full((10, 2), -32_768, np.int16))
    assert found == Range((-32_768, -32_768), (1, 1))


def test_without_its_mean_a_window_does_not_tell_how_the_board_was_held():
    spec = MotionRaw(normalise="channel")
    rows = np.random.default_rng(2).integers(-3_000, 3_000, spec.window_shape)
    held = rows + np.array([8_192, -4_000, 3_000, 0, 0, 0])
    moved, other = (features(r.astype(np.int16), spec).astype(int) for r in (rows, held))
    assert np.abs(moved - other).max() <= 2  # rounding


def test_statistics_are_what_they_are_called():
    spec = MotionStatistics(clip_samples=119, offsets=(0, 0), spans=(4096, 4096))  # one unit is one count
    seconds = np.arange(119) / 119
    waves = np.stack([300 + 2_000 * np.sin(2 * np.pi * 5 * seconds), np.full(119, -77.0)], axis=1)
    rows = np.rint(waves).astype(np.int16)
    found = dict(zip(FIGURES, features(rows, spec)[0, : len(FIGURES)].tolist(), strict=True))
    assert found["mean"] == pytest.approx(rows[:, 0].mean(), abs=0.5)
    assert found["deviation"] == pytest.approx(rows[:, 0].std(), abs=1)
    assert (found["least"], found["greatest"]) == (rows[:, 0].min(), rows[:, 0].max())
    assert found["crossings"] == pytest.approx(8192 * 10 / 118, abs=80)  # twice in each of five waves
    at_rest = features(rows, spec)[1, : len(FIGURES)].tolist()
    assert at_rest == [-77, 0, -77, -77, 0]


def test_a_wave_stands_in_the_band_of_its_frequency_at_its_level():
    spec = MotionStatistics(clip_samples=128, rate_hz=128, offsets=(0,), spans=(4096,))
    edges = np.array(spec.band_edges_hz)
    for band in range(spec.bands):
        middle_hz = edges[band + 1]
        wave = 164 * np.sin(2 * np.pi * middle_hz * np.arange(128) / 128)  # 46 dB under full scale
        bands = features(np.rint(wave).astype(np.int16)[:, None], spec)[0, len(FIGURES) :]
        assert bands.argmax() == band
        assert bands.max() * 10 * np.log10(2) / 256 == pytest.approx(0, abs=3)


def test_a_window_at_rest_is_at_the_floor_whatever_it_lies_at():
    spec = MotionStatistics()
    rests = [np.full(spec.window_shape, value, np.int16) for value in (0, 8_192, -32_768)]
    bands = [features(rest, spec)[:, len(FIGURES) :] for rest in rests]
    np.testing.assert_array_equal(bands[0], bands[1])
    np.testing.assert_array_equal(bands[0], bands[2])


@settings(max_examples=150, deadline=None)
@given(pictures, arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))))
def test_a_picture_is_fitted_as_the_numpy_model_does_it(spec: PictureInput, pixels: np.ndarray):
    np.testing.assert_array_equal(fit_picture(pixels, spec), picture_reference.fit_picture(pixels, spec.pack()))


def test_a_picture_of_the_models_size_stays_as_it_is():
    pixels = np.random.default_rng(3).integers(0, 256, (96, 96), dtype=np.uint8)
    for crop in CROPS:
        np.testing.assert_array_equal(fit_picture(pixels, PictureInput(crop=crop)), pixels)


def test_shrinking_takes_the_mean_of_what_a_pixel_covers():
    pixels = np.random.default_rng(4).integers(0, 256, (32, 48), dtype=np.uint8)
    blocks = pixels.reshape(16, 2, 16, 3).mean(axis=(1, 3))
    fitted = fit_picture(pixels, PictureInput(width=16, height=16, crop="whole"))
    assert np.abs(fitted - blocks).max() <= 0.5


def test_the_centre_is_seen_undistorted():
    pixels = np.zeros((40, 100), np.uint8)
    pixels[:, 30:70] = 200
    assert np.all(fit_picture(pixels, PictureInput(width=20, height=20)) == 200)
    assert np.all(fit_picture(pixels.T, PictureInput(width=20, height=20)) == 200)


def test_brightness_of_the_whole_picture_does_not_count_where_its_mean_is_taken():
    spec = PictureInput(width=16, height=16, normalise="mean")
    pixels = np.random.default_rng(5).integers(40, 120, (16, 16), dtype=np.uint8)
    np.testing.assert_array_equal(features(pixels, spec), features(pixels + np.uint8(100), spec))
    plain = PictureInput(width=16, height=16)
    np.testing.assert_array_equal(quantise(features(pixels, plain), plain), pixels.astype(int) - 128)


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_colour_becomes_the_gray_of_the_numpy_model(pixels: np.ndarray):
    np.testing.assert_array_equal(gray(pixels), picture_reference.gray(pixels))


@pytest.mark.parametrize(
    ("spec", "windows"),
    [
        (MotionRaw(), np.zeros((119, 3), np.int16)),
        (MotionRaw(), np.zeros((119, 6), np.int32)),
        (PictureInput(), np.zeros((96, 96), np.int16)),
        (LogMel(), np.zeros((2, 15_999), np.int16)),
    ],
)
def test_windows_of_another_shape_or_type_are_refused(spec: AnyFrontEnd, windows: np.ndarray):
    with pytest.raises(InvalidInput):
        features(windows, spec)


@pytest.mark.parametrize("pixels", [np.zeros((0, 4), np.uint8), np.zeros((4, 4)), np.zeros((4, 4, 3), np.uint8)])
def test_what_is_no_gray_picture_is_refused(pixels: np.ndarray):
    with pytest.raises(InvalidInput):
        fit_picture(pixels, PictureInput())
