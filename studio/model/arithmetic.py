"""The numbers that TensorFlow Lite Micro computes when it prepares a model, computed once when one is planned.

All of it is double precision or exact integers, as there; the engine then needs integers alone.
"""

import math

import numpy as np

_Q31 = 2**31
_LARGEST = _Q31 - 1
_SOFTMAX_INTEGER_BITS = 5  # of scaled differences, Q5.26


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


def exp_table(beta: float, scale: float) -> list[int]:
    """exp(-d * beta * scale) in Q0.31 for the differences d = 0, 1, ... that count, at most 256.

    gemmlowp's fixed-point exponential, which TensorFlow Lite Micro's softmax uses, on every input it can get.
    """
    real = min(beta * scale * 2 ** (31 - _SOFTMAX_INTEGER_BITS), _Q31 - 1.0)
    multiplier, shift = quantise_multiplier(real)
    # Below this difference the exponential is taken for nothing.
    radius = math.floor((2**_SOFTMAX_INTEGER_BITS - 1) * 2.0 ** (31 - _SOFTMAX_INTEGER_BITS) / 2.0**shift)
    differences = range(min(255, radius) + 1)
    return [_exp_of_negative(_high(-d * 2**shift, multiplier)) for d in differences]


def _round_half_away(value: float) -> int:
    return math.floor(value + 0.5) if value >= 0 else math.ceil(value - 0.5)


def _float_quotient(value: float, scale: float) -> int:
    quotient = np.float32(value) / np.float32(scale)  # single precision, as there
    return _round_half_away(float(quotient))


def _high(a: int, b: int) -> int:
    """The product times 2**-31, halves up."""
    return min((a * b + 2**30) >> 31, _LARGEST)


def _halved(value: int, times: int) -> int:
    """Divided by 2**times, halves away from zero."""
    half = 1 << (times - 1)
    return (value + half) >> times if value >= 0 else -((-value + half) >> times)


def _exp_of_negative(a: int) -> int:
    """exp(a) in Q0.31 for a <= 0 in Q5.26: a quarter's rest by a series, whole quarters by their binary digits."""
    if a == 0:
        return _LARGEST
    quarter = 1 << 24
    rest = (a & (quarter - 1)) - quarter
    result = _exp_between_minus_quarter_and_zero(rest << _SOFTMAX_INTEGER_BITS)
    factors = (
        1672461947,
        1302514674,
        790015084,
        290630308,
        39332535,
        720401,
        242,
    )  # exp(-1/4), exp(-1/2), ... exp(-16)
    for i, factor in enumerate(factors):
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
