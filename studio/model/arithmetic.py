"""The numbers that TensorFlow Lite Micro computes when it prepares a model, computed once when one is planned.

All of it is double precision or exact integers, as there; the engine then needs integers alone.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

_Q31 = 2**31
_LARGEST = _Q31 - 1
_SOFTMAX_INTEGER_BITS = 5  # of scaled differences, Q5.26
_LOGISTIC_INTEGER_BITS = 4


class Scale(NamedTuple):
    """An int8 value v stands for (v - zero_point) * scale."""

    scale: float
    zero_point: int


def quantise_multiplier(real: float) -> tuple[int, int]:
    """(multiplier, shift) with real = multiplier * 2**(shift - 31), 2**30 <= multiplier < 2**31; (0, 0) for nothing."""
    if real <= 0 or not math.isfinite(real):
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = _round_half_away(fraction * _Q31)
    if multiplier == _Q31:
        multiplier, shift = _Q31 // 2, shift + 1
    if shift < -31:
        return 0, 0
    return (multiplier, shift) if shift <= 30 else (_LARGEST, 30)


def activation_range(activation: int, scale: float, zero_point: int) -> tuple[int, int]:
    """The int8 values between which an operator's output is kept. activation: as in schema.fbs."""
    bounds = {1: (0.0, None), 2: (-1.0, 1.0), 3: (0.0, 6.0)}.get(activation, (None, None))
    low, high = (None if b is None else zero_point + _float_quotient(b, scale) for b in bounds)
    return max(-128, -128 if low is None else low), min(127, 127 if high is None else high)


def fold_mean(multiplier: int, shift: int, count: int) -> tuple[int, int]:
    """The multiplier and shift that also divide by `count`, as TensorFlow Lite folds them."""
    left = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << left) // count, shift - left


def requantise(value: int, multiplier: int, shift: int) -> int:
    """What stu_requantise computes."""
    if shift > 0:
        return _high(value << shift, multiplier)
    return _halved(_high(value, multiplier), -shift)


def exp_table(beta: float, scale: float) -> list[int]:
    """exp(-d * beta * scale) in Q0.31 for the differences d = 0, 1, ... that count, at most 256.

    gemmlowp's fixed-point exponential, which TensorFlow Lite Micro's softmax uses, on every input it can get.
    """
    real = min(beta * scale * 2 ** (31 - _SOFTMAX_INTEGER_BITS), _Q31 - 1.0)
    multiplier, shift = quantise_multiplier(real)
    radius = _radius(_SOFTMAX_INTEGER_BITS, shift)  # below it the exponential is taken for nothing
    differences = range(min(255, radius) + 1)
    return [_exp_of_negative(_high(-d * 2**shift, multiplier), _SOFTMAX_INTEGER_BITS) for d in differences]


def relu_table(source: Scale, result: Scale, slope: float = 0.0) -> list[int]:
    """Results for -128..127: positive values as they are, negative ones times `slope` (0 or LeakyReLU's)."""
    positive = quantise_multiplier(source.scale / result.scale)
    with np.errstate(over="ignore", under="ignore"):
        single = np.float32(source.scale) * np.float32(slope) / np.float32(result.scale)  # single precision, as there
    negative = quantise_multiplier(float(single))
    above = [v - source.zero_point for v in range(-128, 128)]
    return [_int8(result.zero_point + requantise(v, *(positive if v >= 0 else negative))) for v in above]


def requantise_table(source: Scale, result: Scale) -> list[int]:
    """Results for -128..127 of the same value at another scale."""
    scaling = quantise_multiplier(source.scale / result.scale)
    return [_int8(result.zero_point + requantise(v - source.zero_point, *scaling)) for v in range(-128, 128)]


def clamp_table(source: Scale, activation: int) -> list[int]:
    """Results for -128..127 of an activation whose output has the input's scale."""
    low, high = activation_range(activation, source.scale, source.zero_point)
    return [min(max(v, low), high) for v in range(-128, 128)]


def logistic_table(source: Scale) -> list[int]:
    """Results for -128..127 in steps of 1/256 from zero point -128."""

    def logistic(a: int) -> int:
        if a == 0:
            return 1 << 30
        positive = one_over_one_plus(_exp_of_negative(-abs(a), _LOGISTIC_INTEGER_BITS))
        return positive if a > 0 else _LARGEST - positive

    return [_int8(_halved(value, 31 - 8) - 128) for value in _saturating(source, logistic, 0)]


def tanh_table(source: Scale) -> list[int]:
    """Results for -128..127 in steps of 1/128 from zero point 0."""

    def tanh(a: int) -> int:
        if a == 0:
            return 0
        # (1 - e) / (1 + e) for e = exp(-2 |a|): twice 1 / (1 + e), less one. Doubling takes one more integer bit.
        positive = 2 * one_over_one_plus(_exp_of_negative(-abs(a), _LOGISTIC_INTEGER_BITS + 1)) - _Q31
        return min(positive, _LARGEST) if a > 0 else -min(positive, _LARGEST)

    return [_int8(_halved(value, 31 - 7)) for value in _saturating(source, tanh, -_Q31)]


def hard_swish_table(source: Scale, result: Scale) -> list[int]:
    """Results for -128..127 of x min(max(x + 3, 0), 6) / 6, in 16 bits as TensorFlow Lite Micro reckons it."""
    fine = np.float32(1 / 128) * np.float32(source.scale)  # single precision, as there
    with np.errstate(over="ignore", under="ignore"):
        ratios = float(fine / np.float32(result.scale)), float(fine / np.float32(3 / 32768))
    (out_multiplier, out_shift), (ramp_multiplier, ramp_shift) = (
        (min((multiplier + 2**15) >> 16, 2**15 - 1), shift) for multiplier, shift in map(quantise_multiplier, ratios)
    )
    table = []
    for value in range(-128, 128):
        above = (value - source.zero_point) * 128
        ramp = above
        if ramp_shift > 0:
            ramp = _int16(ramp << (ramp_shift - 1))
        ramp = _high16(ramp, ramp_multiplier)
        ramp = _int16(ramp << 1) if ramp_shift > 0 else _halved(ramp, -ramp_shift)
        product = ((ramp + 2**15) >> 1) * _high16(above, out_multiplier)
        part = abs(product) >> 15  # towards nought
        table.append(_int8(_halved(part if product >= 0 else -part, -out_shift) + result.zero_point))
    return table


def one_over_one_plus(a: int) -> int:
    """1 / (1 + a) for 0 <= a < 1, both Q0.31: three steps of Newton and Raphson, as in softmax_s8.c."""
    half_denominator = (a + _LARGEST + 1) // 2
    x = 1515870810 + _high(-1010580540, half_denominator)
    for _ in range(3):
        x = _saturated(x + _saturated(4 * _high(x, (1 << 29) - _high(x, half_denominator))))
    return _saturated(2 * x)


def _saturating(source: Scale, function: Callable[[int], int], least: int) -> list[int]:
    """`function` of each int8 in Q4.27; outside the radius in which that holds it, the function's ends."""
    multiplier, shift = quantise_multiplier(source.scale * 2 ** (31 - _LOGISTIC_INTEGER_BITS))
    radius = _radius(_LOGISTIC_INTEGER_BITS, shift)
    results = []
    for value in range(-128, 128):
        above = value - source.zero_point
        if above <= -radius:
            results.append(least)
        elif above >= radius:
            results.append(_LARGEST)
        else:
            results.append(function(requantise(above, multiplier, shift)))
    return results


def _radius(integer_bits: int, shift: int) -> int:
    """The largest difference that fits when scaled by 2**shift with so many integer bits."""
    return math.floor(math.ldexp(2**integer_bits - 1, 31 - integer_bits - shift))


def _int8(value: int) -> int:
    return min(max(value, -128), 127)


def _saturated(value: int) -> int:
    return min(max(value, -_Q31), _LARGEST)


def _int16(value: int) -> int:
    return min(max(value, -(2**15)), 2**15 - 1)


def _high16(a: int, b: int) -> int:
    """The product times 2**-15, halves up, of 16-bit numbers."""
    return _int16((a * b + 2**14) >> 15)


def _round_half_away(value: float) -> int:
    return math.floor(value + 0.5) if value >= 0 else math.ceil(value - 0.5)


def _float_quotient(value: float, scale: float) -> int:
    with np.errstate(over="ignore"):
        quotient = float(np.float32(value) / np.float32(scale))  # single precision, as there
    return _round_half_away(max(min(quotient, 2.0**30), -(2.0**30)))


def _high(a: int, b: int) -> int:
    """The product times 2**-31, halves up."""
    return min((a * b + 2**30) >> 31, _LARGEST)


def _halved(value: int, times: int) -> int:
    """Divided by 2**times, halves away from zero."""
    half: int = (1 << times) >> 1
    return (value + half) >> times if value >= 0 else -((half - value) >> times)


def _exp_of_negative(a: int, integer_bits: int) -> int:
    """exp(a) in Q0.31 for a <= 0: the rest over a quarter by a series, whole quarters by their binary digits."""
    if a == 0:
        return _LARGEST
    quarter = 1 << (29 - integer_bits)
    rest = (a & (quarter - 1)) - quarter
    result = _exp_between_minus_quarter_and_zero(rest << integer_bits)
    # exp(-1/4), exp(-1/2), exp(-1), ... exp(-16)
    factors = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
    for i, factor in enumerate(factors[: integer_bits + 2]):
        if (rest - a) & (quarter << i):
            result = _high(result, factor)
    return result


def _exp_between_minus_quarter_and_zero(a: int) -> int:
    """A series of four terms around -1/8. Q0.31."""
    exp_minus_eighth, third = 1895147668, 715827883
    x = a + (1 << 28)
    x2 = _high(x, x)
    x3, x4 = _high(x2, x), _high(x2, x2)
    higher = _halved(_high(_halved(x4, 2) + x3, third) + x2, 1)
    return min(exp_minus_eighth + _high(exp_minus_eighth, x + higher), _LARGEST)
