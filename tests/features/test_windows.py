from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.features.blocks import LogMel
from studio.features.windows import Clip, UnreadableRecording, cut_window, energy_centre, read_clip, shaped_noise

SPEC = LogMel()


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def loud_span(window: np.ndarray) -> tuple[int, int]:
    loud = np.flatnonzero(np.abs(window.astype(int)) > 2000)
    return int(loud[0]), int(loud[-1])


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("burst", [(0.05, 0.35), (0.6, 1.0), (1.2, 1.45)])
def test_a_window_is_centred_on_the_energy_at_any_rate(
    make_take: Callable[..., Clip], rate_hz: int, burst: tuple[float, float]
):
    window = cut_window(make_take(rate_hz=rate_hz, burst=burst), SPEC, rng())
    low, high = loud_span(window)
    assert window.shape == (16_000,)
    assert (low + high) / 2 == pytest.approx(8_000, abs=320)
    assert high - low == pytest.approx((burst[1] - burst[0]) * 16_000, rel=0.05)


def test_a_take_shorter_than_a_window_goes_on_as_its_own_floor(make_take: Callable[..., Clip]):
    window = cut_window(make_take(seconds=0.5, burst=(0.1, 0.4), noise_rms=30), SPEC, rng())
    edges = np.concatenate([window[:3000], window[-3000:]]).astype(float)
    assert 10 < np.sqrt(np.mean(edges**2)) < 90
    assert np.count_nonzero(edges == 0) < len(edges) / 20


def test_even_digital_silence_around_a_word_is_not_left_zero(tmp_path: Path):
    samples = np.zeros(8000, np.int16)
    samples[3000:5000] = (9000 * np.sin(np.arange(2000))).astype(np.int16)
    path = tmp_path / "cut.wav"
    soundfile.write(path, samples, 16_000)
    window = cut_window(Clip(path), SPEC, rng())
    assert np.count_nonzero(window[:2000]) > 500


def test_what_lies_beside_a_segment_in_its_recording_is_taken_as_it_is(make_take: Callable[..., Clip]):
    clip = replace(make_take(seconds=3.0, burst=(1.0, 2.0)), start=16_000, end=32_000)
    window = cut_window(clip, SPEC, rng(), margin_samples=4_000)
    whole = read_clip(replace(clip, start=None, end=None), 16_000)
    at = 24_000 - len(window) // 2
    offset = np.argmin(
        [np.abs(whole[at + o : at + o + len(window)].astype(int) - window).sum() for o in range(-400, 400)]
    )
    np.testing.assert_array_equal(window, whole[at - 400 + offset : at - 400 + offset + len(window)])


def test_samples_of_a_gap_never_enter_a_window(make_take: Callable[..., Clip]):
    clip = make_take(seconds=3.0, burst=(1.0, 1.4))
    samples, rate = soundfile.read(clip.path, dtype="int16")
    samples[22_600:40_000] = 0
    soundfile.write(clip.path, samples, rate)
    window = cut_window(replace(clip, gaps=((22_600, 17_400),)), SPEC, rng())
    assert loud_span(window)[1] - loud_span(window)[0] > 5_000
    zeros = np.convolve(window == 0, np.ones(50), mode="valid")
    assert zeros.max() < 25


def test_the_same_generator_state_gives_the_same_window(make_take: Callable[..., Clip]):
    clip = make_take(seconds=0.6, burst=(0.1, 0.4))
    np.testing.assert_array_equal(cut_window(clip, SPEC, rng()), cut_window(clip, SPEC, rng()))


def test_margins_lie_around_the_same_window(make_take: Callable[..., Clip]):
    clip = make_take(seconds=4.0, burst=(2.0, 2.3))
    wide = cut_window(clip, SPEC, rng(), margin_samples=1_000)
    np.testing.assert_array_equal(wide[1_000:-1_000], cut_window(clip, SPEC, rng()))


def test_silence_has_its_centre_in_the_middle():
    assert energy_centre(np.zeros(1000, np.int16), 16_000) == 500


def test_shaped_noise_has_unit_level_and_its_shape():
    noise = shaped_noise(np.array([1, 1, 0, 0, 0], np.float32), 16_000, rng())
    spectrum = np.abs(np.fft.rfft(noise)) ** 2
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(1, rel=1e-3)
    assert spectrum[4100:].sum() < spectrum.sum() / 1000


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVE", b"no sound"])
def test_a_broken_file_is_named_with_a_remedy(tmp_path: Path, content: bytes):
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(UnreadableRecording, match=r"broken\.wav"):
        cut_window(Clip(path), SPEC, rng())
