from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.errors import InvalidInput
from studio.features import logmel_reference
from studio.features.blocks import NORMALISE, LogMel
from studio.features.choices import FRONT_END
from studio.native.frontend import log_mel, quantise

SPECS = [
    LogMel(),
    LogMel.for_data(lowest_nyquist_hz=4000),
    LogMel.for_data(8_000),
    LogMel.for_data(normalise="band"),
    LogMel.for_data(normalise="none"),
    LogMel.for_data(window_ms=500),
]

specs = st.builds(
    lambda rate, nyquist, window_ms, normalise: LogMel.for_data(
        rate, min(nyquist, rate / 2), window_ms=window_ms, normalise=normalise
    ),
    st.sampled_from([8_000, 16_000, 32_000]),
    st.sampled_from([4_000, 8_000, 16_000]),
    st.integers(100, 1_000),
    st.sampled_from(NORMALISE),
)


def windows_of(spec: LogMel, seed: int, level: float) -> np.ndarray:
    """Noise, a tone, silence and full-scale square waves."""
    rng = np.random.default_rng(seed)
    time = np.arange(spec.clip_samples)
    rows = [
        rng.normal(0, level, spec.clip_samples),
        level * np.sin(time * rng.uniform(0.01, 3)),
        np.zeros(spec.clip_samples),
        32767 * np.sign(np.sin(time * rng.uniform(0.01, 3))),
    ]
    return np.clip(np.rint(rows), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.rate_hz}-{s.high_hz}-{s.normalise}-{s.clip_samples}")
@pytest.mark.parametrize("level", [1, 40, 3000, 30_000])
def test_the_core_computes_what_the_numpy_model_does_bit_for_bit(spec: LogMel, level: float):
    windows = windows_of(spec, 3, level)
    features = log_mel(windows, spec)
    np.testing.assert_array_equal(features, logmel_reference.log_mel(windows, spec.pack()))
    np.testing.assert_array_equal(log_mel(windows, spec, as_on_a_board=True), features)
    np.testing.assert_array_equal(quantise(features, spec), logmel_reference.quantise(features, spec.pack()))


@settings(max_examples=25, deadline=None)
@given(specs, st.integers(0, 1000), st.floats(0.5, 20_000))
def test_any_specification_gives_the_same_on_both_sides(spec: LogMel, seed: int, level: float):
    windows = windows_of(spec, seed, level)[:2]
    np.testing.assert_array_equal(log_mel(windows, spec), logmel_reference.log_mel(windows, spec.pack()))


@given(specs)
@settings(max_examples=25, deadline=None)
def test_a_specification_survives_its_dictionary_and_its_section(spec: LogMel):
    assert LogMel.from_dict(spec.to_dict()) == spec
    back = LogMel.unpack(spec.pack())
    assert back == spec
    assert back.pack() == spec.pack()


def test_features_do_not_depend_on_the_level_of_what_is_heard():
    spec = LogMel()
    tone = np.random.default_rng(1).normal(0, 4000, spec.clip_samples)
    loud, quiet = (log_mel((tone * gain).astype(np.int16), spec).astype(int) for gain in (1.0, 0.1))
    assert np.abs(loud - quiet).mean() * spec.scale < 0.3  # dB, of 20 dB of gain


def test_a_tone_stands_in_the_band_of_its_frequency_at_its_level():
    spec = LogMel(normalise="none", input_zero_point=120)
    time = np.arange(spec.clip_samples) / spec.rate_hz
    features = log_mel((16384 * np.sin(2 * np.pi * 1000 * time)).astype(np.int16), spec)
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (60, 7600))
    edges = 700 * (10 ** (np.linspace(low, high, 42) / 2595) - 1)
    expected = int(np.argmin(np.abs(edges[1:-1] - 1000)))
    assert np.all(np.abs(features.argmax(axis=1) - expected) <= 1)
    assert features.max() * spec.scale == pytest.approx(-6.0, abs=2.0)  # re a full-scale sine


def test_the_input_scale_covers_its_limits_exactly():
    spec = LogMel()
    low, high = spec.input_limits
    assert (high - low) / 255 == spec.input_scale
    features = np.arange(-32768, 32768, dtype=np.int16)[: np.prod(spec.shape) * 33].reshape(-1, *spec.shape)
    steps = np.rint(spec.to_float(features) / spec.input_scale) + spec.input_zero_point
    assert np.abs(steps - quantise(features, spec)).max() <= 1  # halves may go the other way


@pytest.mark.parametrize(
    "wrong",
    [
        {"fft": 500},
        {"frames": 50},
        {"high_hz": 9000},
        {"mels": 0},
        {"normalise": "loud"},
        {"mels": 128, "high_hz": 900},
    ],
)
def test_numbers_that_do_not_fit_together_are_refused(wrong: dict[str, Any]):
    with pytest.raises(InvalidInput):
        LogMel(**wrong)


def test_the_band_edge_stays_below_the_lowest_nyquist_frequency():
    assert LogMel.for_data(16_000, 4_000).high_hz < 4_000
    assert LogMel.for_data(16_000).high_hz < 8_000
    assert LogMel.for_data(16_000, 4_000, high_hz=7_000).high_hz == LogMel.for_data(16_000, 4_000).high_hz
    assert LogMel.for_data(16_000, high_hz=5_000).high_hz == 5_000


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000])
def test_what_was_chosen_is_read_back_from_the_specification(rate_hz: int):
    chosen = {
        "frame_ms": 25,
        "stride_ms": 15,
        "mels": 18,
        "low_hz": 90,
        "high_hz": 3_300,
        "floor_db": -70,
        "normalise": "none",
    }
    spec = LogMel.for_data(rate_hz, **chosen)  # type: ignore[arg-type]
    assert {choice.key: choice.of(spec) for choice in FRONT_END} == chosen
