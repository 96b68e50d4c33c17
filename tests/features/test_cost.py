"""The arithmetic of a front end is counted by doing it, one number at a time, as FRONT_END.md has it."""

import math
from typing import Any

import numpy as np
import pytest

from studio.features import rows_reference
from studio.features.blocks import LogMel
from studio.features.cost import Work, cost
from studio.features.front_ends import AnyFrontEnd
from studio.features.logmel_reference import Spectrum, read_section
from studio.features.motion import MotionRaw, MotionStatistics
from studio.features.picture import PictureInput
from studio.features.readings import Readings
from studio.features.steps import computed, spectrum_db, steps
from studio.native.engine import listening
from studio.native.frontend import features, log_mel, quantise

SPECS = [
    LogMel.for_data(),
    LogMel.for_data(8_000, frame_ms=25, mels=20, normalise="band"),
    LogMel.for_data(16_000, 4_000, mels=32, normalise="none", window_ms=500),
    LogMel.for_data(8_000, frame_ms=8, stride_ms=8, mels=10, low_hz=200),
]
SLOW = Readings(clip_samples=2, offsets=(7, 0, -90), spans=(9_000, 4_000, 3_000))


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


def turned(value: Complex, exponent: int, s: Spectrum) -> Complex:
    if exponent == 0:
        return value
    re, im = value
    c, d = int(s.sine[exponent + s.fft // 4]), int(s.sine[exponent])
    return (re * c + im * d + 2**14) >> 15, (im * c - re * d + 2**14) >> 15


def transform(z: list[Complex], s: Spectrum) -> list[Complex]:
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


def one_frame(x: list[int], s: Spectrum) -> list[int]:
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


def logarithm(energy: Counted, shift: int, s: Spectrum) -> int:
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


def one_row(x: list[int], spec: MotionRaw | MotionStatistics | Readings) -> list[Counted]:
    """The section's own multipliers and shifts."""
    header, channels = (40 if isinstance(spec, MotionStatistics) else 24), spec.channels
    tables = spec.pack()[header:]
    multipliers = np.frombuffer(tables, "<u2", channels, 2 * channels).tolist()
    shifts = tables[6 * channels : 7 * channels]
    return [
        ((Counted(v) - offset) * multiplier + (1 << shift >> 1)) >> shift
        for v, offset, multiplier, shift in zip(x, spec.offsets, multipliers, shifts, strict=True)
    ]


def input_of(values: list[int], spec: AnyFrontEnd) -> list[int]:
    half = 1 << spec.input_shift >> 1
    return [((Counted(v) + half) >> spec.input_shift) + spec.input_zero_point for v in values]


def summed(values: list[Counted]) -> Counted:
    total = Counted(0)
    for value in values:
        total = total + value
    return total


def less_mean(values: list[Counted]) -> list[Counted]:
    count = len(values)
    mean = int((summed(values) << 1) + count) // (2 * count)
    return [value - mean for value in values]


@pytest.mark.parametrize("spec", [MotionRaw(clip_samples=9), MotionRaw(clip_samples=9, normalise="channel"), SLOW])
def test_the_work_of_rows_is_what_doing_it_by_hand_takes(spec: MotionRaw | Readings):
    window = np.random.default_rng(3).integers(-3_000, 3_000, spec.window_shape).astype(np.int16)
    Counted.products = Counted.sums = 0
    one_row(window[0].tolist(), spec)
    assert cost(spec).frame == Work(Counted.products, Counted.sums)
    Counted.products = Counted.sums = 0
    columns = list(zip(*(one_row(row, spec) for row in window.tolist()), strict=True))
    if spec.to_dict().get("normalise") == "channel":
        columns = [tuple(less_mean(list(column))) for column in columns]
    by_hand = [int(value) for row in zip(*columns, strict=True) for value in row]
    input_of(by_hand, spec)
    assert by_hand == features(window, spec).ravel().tolist()
    assert cost(spec).window == Work(Counted.products, Counted.sums)


def test_the_work_of_statistics_is_what_doing_it_by_hand_takes():
    spec = MotionStatistics(clip_samples=70, offsets=(5, -9), spans=(4_000, 9_000), bands=4)
    window = np.random.default_rng(4).integers(-3_000, 3_000, spec.window_shape).astype(np.int16)
    Counted.products = Counted.sums = 0
    rows = [one_row(row, spec) for row in window.tolist()]
    by_hand: list[int] = []
    for channel in range(spec.channels):
        moved = less_mean([row[channel] for row in rows])
        squares = summed([d * d for d in moved])
        by_hand.append(math.isqrt(int(squares) // len(moved)))
        by_hand += one_frame([int(d) for d in moved], rows_reference.read_statistics(spec.pack()))
    found = features(window, spec)
    assert by_hand == [v for row in found.tolist() for v in (row[1], *row[5:])]
    assert cost(spec).frame == Work(Counted.products, Counted.sums)
    input_of(found.ravel().tolist(), spec)
    assert cost(spec).window == Work(Counted.products, Counted.sums)


@pytest.mark.parametrize("normalise", ["none", "mean"])
def test_the_work_of_a_picture_is_what_doing_it_by_hand_takes(normalise: Any):
    spec = PictureInput(width=9, height=8, normalise=normalise)
    pixels = np.random.default_rng(5).integers(0, 256, spec.window_shape, dtype=np.uint8)
    Counted.products = Counted.sums = 0
    values = [Counted(v) for v in pixels.ravel().tolist()]
    middle = 2048 if normalise == "none" else int((summed(values) << 5) + 72) // (2 * 72)
    by_hand = [int((value << 4) - middle) for value in values]
    input_of(by_hand, spec)
    assert by_hand == features(pixels, spec).ravel().tolist()
    assert cost(spec).window == Work(Counted.products, Counted.sums)


@pytest.mark.parametrize(
    "spec", [MotionRaw(normalise="channel"), MotionStatistics(), Readings(), PictureInput(normalise="mean")]
)
def test_of_any_kind_it_is_told_what_comes_before_a_mean_is_taken_away(spec: AnyFrontEnd):
    window = np.random.default_rng(6).integers(0, 256, spec.window_shape).astype(spec.window_dtype)
    looked = computed(window, spec)
    np.testing.assert_array_equal(looked.features, features(window, spec))
    np.testing.assert_array_equal(looked.input, quantise(looked.features, spec))
    assert looked.raw.shape == spec.shape
    assert np.array_equal(looked.raw, looked.features) == ("normalise" not in spec.to_dict())


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
