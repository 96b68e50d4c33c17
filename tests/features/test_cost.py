"""The arithmetic of a front end is counted by doing it, one number at a time, as FRONT_END.md has it."""

from typing import Any

import numpy as np
import pytest

from studio.features.blocks import LogMel
from studio.features.cost import Work, cost
from studio.features.logmel_reference import Section, read_section
from studio.features.steps import spectrum_db, steps
from studio.native.engine import listening
from studio.native.frontend import log_mel, quantise

SPECS = [
    LogMel.for_data(),
    LogMel.for_data(8_000, frame_ms=25, mels=20, normalise="band"),
    LogMel.for_data(16_000, 4_000, mels=32, normalise="none", window_ms=500),
    LogMel.for_data(8_000, frame_ms=8, stride_ms=8, mels=10, low_hz=200),
]


class Counted(int):
    """A number that counts what is done with it; shifting is written `<<` and `>>`, and is not counted."""

    products = sums = 0

    def __mul__(self, other: int) -> "Counted":
        Counted.products += 1
        return Counted(int(self) * int(other))

    def __add__(self, other: int) -> "Counted":
        Counted.sums += 1
        return Counted(int(self) + int(other))

    def __sub__(self, other: int) -> "Counted":
        Counted.sums += 1
        return Counted(int(self) - int(other))

    def __lshift__(self, other: int) -> "Counted":
        return Counted(int(self) << int(other))

    def __rshift__(self, other: int) -> "Counted":
        return Counted(int(self) >> int(other))


Complex = tuple[Counted, Counted]


def plus(a: Complex, b: Complex) -> Complex:
    return a[0] + b[0], a[1] + b[1]


def minus(a: Complex, b: Complex) -> Complex:
    return a[0] - b[0], a[1] - b[1]


def turned(value: Complex, exponent: int, s: Section) -> Complex:
    if exponent == 0:
        return value
    re, im = value
    c, d = int(s.sine[exponent + s.fft // 4]), int(s.sine[exponent])
    return (re * c + im * d + 2**14) >> 15, (im * c - re * d + 2**14) >> 15


def transform(z: list[Complex], s: Section) -> list[Complex]:
    m = len(z)
    if m == 1:
        return z
    if m == 2:
        return [plus(z[0], z[1]), minus(z[0], z[1])]
    parts = [transform(z[r::4], s) for r in range(4)]
    out: list[Any] = [None] * m
    for j in range(m // 4):
        t = [turned(parts[r][j], r * j * s.fft // m, s) for r in range(4)]
        u0, u1, u2, u3 = plus(t[0], t[2]), minus(t[0], t[2]), plus(t[1], t[3]), minus(t[1], t[3])
        out[j], out[j + m // 2] = plus(u0, u2), minus(u0, u2)
        out[j + m // 4] = (u1[0] + u3[1], u1[1] - u3[0])
        out[j + 3 * m // 4] = (u1[0] - u3[1], u1[1] + u3[0])
    return out


def one_frame(x: list[int], s: Section) -> list[int]:
    bits = max((v if v >= 0 else ~v) for v in x).bit_length()
    shift, log_n = 15 - bits, s.fft.bit_length() - 1
    w = [((Counted(v) << shift) * int(s.window[n]) + s.fft // 2) >> log_n for n, v in enumerate(x)]
    w += [Counted(0)] * (s.fft - len(w))
    z = transform(list(zip(w[0::2], w[1::2], strict=True)), s)
    bands = [Counted(0)] * s.mels
    for place, (rise, interval) in enumerate(zip(s.rise.tolist(), s.interval.tolist(), strict=True)):
        k = s.first_bin + place
        y, c, d = z[s.fft // 2 - k], int(s.sine[k + s.fft // 4]), int(s.sine[k])
        e, o = (z[k][0] + y[0], z[k][1] - y[1]), (z[k][0] - y[0], z[k][1] + y[1])
        re = ((e[0] << 15) + (o[1] * c - o[0] * d) + 2**15) >> 16
        im = ((e[1] << 15) - (o[0] * c + o[1] * d) + 2**15) >> 16
        p = (re * re + im * im) >> 13
        a = p * rise
        rest = (p << 15) - a
        if interval < s.mels:
            bands[interval] = bands[interval] + a
        if interval > 0:
            bands[interval - 1] = bands[interval - 1] + rest
    return [logarithm(bands[b] + (int(s.floor[b]) << 2 * shift), shift, s) for b in range(s.mels)]


def logarithm(energy: Counted, shift: int, s: Section) -> int:
    q = int(energy).bit_length() - 1
    m = (int(energy) << 63 - q) >> 47 & 0xFFFF
    i, f = m >> 10, m & 1023
    table = [Counted(v) for v in s.logarithm.tolist()]
    g = table[i] + (((table[i + 1] - table[i]) * f + 512) >> 10)
    raw = (((Counted(q) << 15) + g + 64) >> 7) - (shift << 9) - s.reference
    return int(np.clip(raw, -32768, 32767))


@pytest.mark.parametrize("spec", SPECS)
def test_the_work_of_a_frame_is_what_doing_it_by_hand_takes(spec: LogMel):
    samples = np.random.default_rng(1).normal(0, 2_000, spec.clip_samples).astype(np.int16)
    Counted.products = Counted.sums = 0
    by_hand = one_frame(samples[: spec.window_samples].tolist(), read_section(spec.pack()))
    counted = Work(Counted.products, Counted.sums)
    assert by_hand == steps(samples, spec).raw[0].tolist()
    assert counted == cost(spec).frame


@pytest.mark.parametrize("spec", SPECS)
def test_a_window_is_its_frames_and_what_follows_them(spec: LogMel):
    values, (frame, window, table_bytes) = spec.frames * spec.mels, cost(spec)
    means = {"none": 0, "level": 1, "band": spec.mels}[spec.normalise]
    normalised = 2 * values + means if means else 0
    assert window.multiplications == spec.frames * frame.multiplications
    assert window.additions == spec.frames * frame.additions + normalised + 2 * values
    assert table_bytes == len(spec.pack())
    assert np.isclose(window.energy_pj, 3.1 * window.multiplications + 0.1 * window.additions)
    assert listening(spec.pack()).window_bytes > 2 * spec.clip_samples


@pytest.mark.parametrize("spec", SPECS)
def test_the_steps_end_in_what_the_model_sees(spec: LogMel):
    samples = np.random.default_rng(2).normal(0, 900, spec.clip_samples).astype(np.int16)
    looked = steps(samples, spec)
    np.testing.assert_array_equal(looked.features, log_mel(samples, spec))
    np.testing.assert_array_equal(looked.input, quantise(looked.features, spec))
    if spec.normalise == "none":
        np.testing.assert_array_equal(looked.raw, looked.features)
    assert looked.raw.shape == looked.input.shape == spec.shape


def test_a_full_scale_sine_is_0_db_at_its_frequency_and_in_its_band():
    spec = LogMel.for_data()
    hz = float(spec.band_edges_hz[21])
    sine = (32767 * np.sin(2 * np.pi * hz * np.arange(spec.clip_samples) / spec.rate_hz)).astype(np.int16)
    spectrum = spectrum_db(sine, spec)
    assert abs(spectrum[5].argmax() * spec.rate_hz / spec.fft - hz) < spec.rate_hz / spec.fft
    assert abs(spectrum[5].max()) < 1
    assert int(steps(sine, spec).raw[5].argmax()) == 20
    assert abs(steps(sine, spec).raw[5, 20] * spec.scale) < 2
