"""The front end for sound once more, in NumPy, written from FRONT_END.md and sharing nothing with the C core.

It reads the tables out of a packed section by the layout given there, works on whole arrays in int64 (uint64 where
energies are summed) and computes the Fourier transform by recursion instead of in place. It exists to be compared with:
a test holds it equal to the core bit for bit, and anyone may recompute a saved window with it. Slow.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """What a spectrum is computed by: fields and tables, as integers."""

    window_samples: int
    fft: int
    mels: int
    first_bin: int
    reference: int
    floor: Integers
    window: Integers
    sine: Integers
    logarithm: Integers
    rise: Integers
    interval: Integers


@dataclass(frozen=True, eq=False)
class Section(Spectrum):
    """The fields and tables of a section of sound."""

    clip_samples: int
    stride_samples: int
    frames: int
    normalise: int
    input_shift: int
    input_zero_point: int


def number(section: bytes, offset: int, form: str) -> int:
    return int(np.frombuffer(section, form, 1, offset)[0])


def read_spectrum(section: bytes, at: int, *, fields_at: tuple[int, int, int, int, int, int]) -> dict[str, Any]:
    """The fields of a Spectrum. at: where its tables begin. fields_at: where window, fft, bands, first bin, number of
    bins and reference stand.
    """
    window, fft, mels, first_bin, bins = (number(section, offset, "<u2") for offset in fields_at[:5])
    tables: list[Integers] = []
    for form, count in (("<u4", mels), ("<u2", window), ("<i2", fft), ("<u2", 65), ("<u2", bins), ("u1", bins)):
        table = np.frombuffer(section, form, count, at)
        at += table.nbytes
        tables.append(table.astype(np.int64))
    names = ("floor", "window", "sine", "logarithm", "rise", "interval")
    return {
        "window_samples": window,
        "fft": fft,
        "mels": mels,
        "first_bin": first_bin,
        "reference": number(section, fields_at[5], "<i2"),
        **dict(zip(names, tables, strict=True)),
    }


def read_section(section: bytes) -> Section:
    """Believes the section: checking it is the core's duty."""
    return Section(
        **read_spectrum(section, 44, fields_at=(16, 22, 24, 26, 28, 40)),
        clip_samples=number(section, 12, "<u4"),
        stride_samples=number(section, 18, "<u2"),
        frames=number(section, 20, "<u2"),
        normalise=section[30],
        input_shift=section[31],
        input_zero_point=number(section, 32, "i1"),
    )


def raw_frames(frames: NDArray[np.int16], s: Spectrum) -> NDArray[np.int16]:
    """frames: (n, window_samples). Returns (n, mels) in 1/256 log2 of power, before level normalisation."""
    x = frames.astype(np.int64)
    exponent = 15 - _bit_length(np.bitwise_or.reduce(np.where(x >= 0, x, ~x), axis=1))
    windowed = np.zeros((len(x), s.fft), np.int64)
    shift = s.fft.bit_length() - 1
    windowed[:, : s.window_samples] = (x * (1 << exponent)[:, None] * s.window + s.fft // 2) >> shift
    re, im = _transform(windowed[:, 0::2], windowed[:, 1::2], s)
    energy = _bands(*_real_spectrum(re, im, s), s)
    energy += s.floor.astype(np.uint64) << (2 * exponent[:, None]).astype(np.uint64)
    raw = _log2_256(energy, s.logarithm) - 512 * exponent[:, None] - s.reference
    return int16(raw)


def log_mel(windows: NDArray[np.int16], section: bytes) -> NDArray[np.int16]:
    """windows: (n, clip_samples). Returns the features (n, frames, mels), level-normalised as the section says."""
    s = read_section(section)
    starts = np.arange(s.frames) * s.stride_samples
    frames = windows[:, starts[:, None] + np.arange(s.window_samples)]
    raw = raw_frames(frames.reshape(-1, s.window_samples), s).reshape(len(windows), s.frames, s.mels)
    return normalised(raw.astype(np.int64), s.normalise)


def normalised(values: Integers, normalise: int) -> NDArray[np.int16]:
    """values: (n, frames, values of each). normalise: 0 none, 1 the window's mean taken away, 2 that of each column."""
    if normalise:
        axes = (1, 2) if normalise == 1 else (1,)
        count = math.prod(values.shape[axis] for axis in axes)
        values = values - (2 * values.sum(axis=axes, keepdims=True) + count) // (2 * count)
    return int16(values)


def quantise(features: NDArray[np.int16], section: bytes) -> NDArray[np.int8]:
    """The model's int8 input, of the same shape."""
    s = read_section(section)
    return quantised(features, s.input_shift, s.input_zero_point)


def quantised(features: NDArray[np.int16], input_shift: int, input_zero_point: int) -> NDArray[np.int8]:
    half = (1 << input_shift) >> 1
    values = ((features.astype(np.int64) + half) >> input_shift) + input_zero_point
    limited: NDArray[np.int8] = np.clip(values, -128, 127).astype(np.int8)
    return limited


def _transform(re: Integers, im: Integers, s: Spectrum) -> tuple[Integers, Integers]:
    """DFT along the last axis: decimation in time, radix 4, with one radix-2 at the bottom where the length asks."""
    length = re.shape[-1]
    if length == 1:
        return re, im
    if length == 2:
        return (
            np.stack([re[..., 0] + re[..., 1], re[..., 0] - re[..., 1]], axis=-1),
            np.stack([im[..., 0] + im[..., 1], im[..., 0] - im[..., 1]], axis=-1),
        )
    parts = []
    for r in range(4):
        part_re, part_im = _transform(re[..., r::4], im[..., r::4], s)
        exponents = r * np.arange(length // 4) * (s.fft // length)
        turned_re, turned_im = _turn(part_re, part_im, exponents, s)
        parts.append((np.where(exponents == 0, part_re, turned_re), np.where(exponents == 0, part_im, turned_im)))
    (re0, im0), (re1, im1), (re2, im2), (re3, im3) = parts
    even_re, even_im, odd_re, odd_im = re0 + re2, im0 + im2, re0 - re2, im0 - im2
    sum_re, sum_im, gap_re, gap_im = re1 + re3, im1 + im3, re1 - re3, im1 - im3
    out_re = np.concatenate([even_re + sum_re, odd_re + gap_im, even_re - sum_re, odd_re - gap_im], axis=-1)
    out_im = np.concatenate([even_im + sum_im, odd_im - gap_re, even_im - sum_im, odd_im + gap_re], axis=-1)
    return out_re, out_im


def _turn(re: Integers, im: Integers, exponents: Integers, s: Spectrum) -> tuple[Integers, Integers]:
    """Times exp(-2 pi i exponent / fft), rounded."""
    c, d = s.sine[exponents + s.fft // 4], s.sine[exponents]
    return (re * c + im * d + 2**14) >> 15, (im * c - re * d + 2**14) >> 15


def _real_spectrum(re: Integers, im: Integers, s: Spectrum) -> tuple[Integers, Integers]:
    """The bins that any band uses, from the transform of even samples + i odd samples."""
    k = s.first_bin + np.arange(len(s.rise))
    mirror = s.fft // 2 - k
    c, d = s.sine[k + s.fft // 4], s.sine[k]
    sum_re, sum_im = re[:, k] + re[:, mirror], im[:, k] - im[:, mirror]
    gap_re, gap_im = re[:, k] - re[:, mirror], im[:, k] + im[:, mirror]
    return (
        (2**15 * sum_re + (c * gap_im - d * gap_re) + 2**15) >> 16,
        (2**15 * sum_im - (c * gap_re + d * gap_im) + 2**15) >> 16,
    )


def _bands(re: Integers, im: Integers, s: Spectrum) -> NDArray[np.uint64]:
    power = ((re * re + im * im) >> 13).astype(np.uint64)
    rising = power * s.rise.astype(np.uint64)
    falling = power * np.uint64(32768) - rising
    energy = np.zeros((len(power), s.mels), np.uint64)
    for band in range(s.mels):
        energy[:, band] = rising[:, s.interval == band].sum(axis=1) + falling[:, s.interval == band + 1].sum(axis=1)
    return energy


def _log2_256(energy: NDArray[np.uint64], logarithm: Integers) -> Integers:
    whole = _bit_length(energy) - 1
    aligned = energy << (63 - whole).astype(np.uint64)
    mantissa = ((aligned >> np.uint64(47)) & np.uint64(0xFFFF)).astype(np.int64)
    step, rest = mantissa >> 10, mantissa & 1023
    fraction = logarithm[step] + (((logarithm[step + 1] - logarithm[step]) * rest + 512) >> 10)
    logs: Integers = (whole * 2**15 + fraction + 64) >> 7
    return logs


def int16(values: Integers) -> NDArray[np.int16]:
    limited: NDArray[np.int16] = np.clip(values, -32768, 32767).astype(np.int16)
    return limited


def _bit_length(values: NDArray[np.int64] | NDArray[np.uint64]) -> Integers:
    """Bits needed for each value, 0 for 0: by comparison with each power of two, since float64 would round."""
    powers = np.uint64(1) << np.arange(64, dtype=np.uint64)
    bits: Integers = (values.astype(np.uint64)[..., None] >= powers).sum(axis=-1).astype(np.int64)
    return bits
