"""Sums, differences and products of two tensors, one of which may be a constant, or be repeated along some axes."""

from collections.abc import Callable

import numpy as np

from studio.core.text import gettext
from studio.model.arithmetic import activation_range, quantise_multiplier
from studio.model.operators import (
    ADD,
    MULTIPLY,
    SUBTRACT,
    Planned,
    Unsupported,
    flat_picture,
    misshapen,
    require_activation,
)
from studio.model.tflite import Operator, Tensor

_KINDS = {"ADD": ADD, "SUB": SUBTRACT, "MUL": MULTIPLY}
_LEFT_SHIFT = 20  # of both inputs of a sum, before they are scaled

Shape = tuple[int, int, int]


def lower_pair(operator: Operator, store: Callable[[bytes], int]) -> Planned:
    """store: appends a part of the data and returns its offset. Raises Unsupported, InvalidInput."""
    kind = _KINDS[operator.kind]
    source, other = _operands(operator)
    result = operator.outputs[0]
    out_shape, (in_shape, in_strides), (_, other_strides) = _aligned(operator, source, other, result)
    parameters = [other.zero_points[0], *in_strides, *other_strides]
    if kind == MULTIPLY:
        scaling = quantise_multiplier(source.scales[0] * other.scales[0] / result.scales[0])
    else:
        left, right, scaling = _sum_scalings(kind, source, other, result)
        parameters += [*left, *right]
    low, high = activation_range(int(operator.options["activation"]), result.scales[0], result.zero_points[0])
    return Planned(
        kind,
        operator.kind,
        operator.index,
        source.index,
        result.index,
        in_shape,
        out_shape,
        other=other.index if other.content is None else None,
        other_constant=other.content is not None,
        input_zero_point=source.zero_points[0],
        output_zero_point=result.zero_points[0],
        low=low,
        high=high,
        weights_at=store(other.content) if other.content is not None else 0,
        parameters_at=store(np.array(parameters, "<i4").tobytes()),
        multiplier=scaling[0],
        shift=scaling[1],
    )


def _operands(operator: Operator) -> tuple[Tensor, Tensor]:
    """The first is no constant: sums and products are turned round for that."""
    if len(operator.inputs) != 2 or operator.inputs[0] is None or operator.inputs[1] is None:
        raise misshapen(operator)
    source, other = operator.inputs[0], operator.inputs[1]
    if source.content is not None and operator.kind != "SUB":
        source, other = other, source
    if source.content is not None:
        raise Unsupported(operator.kind, gettext("whose first operand is a constant"))
    for tensor in (source, other):
        require_activation(operator.kind, tensor)
    return source, other


def _aligned(
    operator: Operator, source: Tensor, other: Tensor, result: Tensor
) -> tuple[Shape, tuple[Shape, Shape], tuple[Shape, Shape]]:
    """The output's shape; of both operands their shape and strides, which are 0 where they are repeated."""
    if source.shape == other.shape == result.shape:
        shape = flat_picture(result)
        return shape, _strides(shape, shape), _strides(shape, shape)
    rank = max(len(result.shape), 3)
    shapes = [(1,) * (rank - len(tensor.shape)) + tensor.shape for tensor in (source, other, result)]
    if any(size not in (1, out) for shape in shapes for size, out in zip(shape, shapes[2], strict=True)) or any(
        len(shape) != rank for shape in shapes
    ):
        raise misshapen(operator)
    if any(size != 1 for shape in shapes for size in shape[:-3]):
        raise Unsupported(operator.kind, gettext("of two tensors of different shapes and more than three axes"))
    in_shape, other_shape, out_shape = ((shape[-3], shape[-2], shape[-1]) for shape in shapes)
    return out_shape, _strides(in_shape, out_shape), _strides(other_shape, out_shape)


def _strides(shape: Shape, out: Shape) -> tuple[Shape, Shape]:
    """The shape, and its strides."""
    strides = (shape[1] * shape[2], shape[2], 1)
    height, width, channels = (
        stride if size == whole else 0 for stride, size, whole in zip(strides, shape, out, strict=True)
    )
    return shape, (height, width, channels)


def _sum_scalings(
    kind: int, source: Tensor, other: Tensor, result: Tensor
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Of both inputs and of the sum; a difference's are reckoned in single precision, as there."""
    number = np.float64 if kind == ADD else np.float32
    one, two, out = (number(tensor.scales[0]) for tensor in (source, other, result))
    twice_largest = number(2) * max(one, two)
    with np.errstate(over="ignore", under="ignore"):
        reals = one / twice_largest, two / twice_largest, twice_largest / (number(2**_LEFT_SHIFT) * out)
    first, second, third = (quantise_multiplier(float(real)) for real in reals)
    return first, second, third
