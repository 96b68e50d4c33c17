"""Operators that move values without changing them: transposing, slicing, padding, joining."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from studio.core.text import gettext
from studio.model.operators import (
    PAD,
    PLACE,
    TRANSPOSE,
    Planned,
    Unsupported,
    constant,
    first_input,
    flat_picture,
    integers,
    misshapen,
    planned_as,
    require_activation,
    require_same_scale,
)
from studio.model.tflite import Operator, Tensor


def lower_transpose(operator: Operator, store: Callable[[bytes], int]) -> Planned:
    """store: appends a part of the data and returns its offset."""
    source = first_input(operator)
    order = integers(operator, 1)
    if sorted(order) != list(range(len(source.shape))) or len(order) > 4:
        raise Unsupported(operator.kind, gettext("of more than four axes"))
    require_same_scale(operator)
    strides = [math.prod(source.shape[axis + 1 :]) for axis in order]
    missing = 4 - len(order)
    sizes = [1] * missing + [source.shape[axis] for axis in order]
    return replace(
        planned_as(operator, TRANSPOSE, flat_picture(source), (sizes[1], sizes[2], sizes[3])),
        filter=(sizes[0], 1),
        parameters_at=store(np.array([0] * missing + strides, "<u4").tobytes()),
    )


def lower_slice(operator: Operator, store: Callable[[bytes], int]) -> Planned:
    """A transpose that leaves the axes in order, and begins and steps where the slice does."""
    source = first_input(operator)
    require_same_scale(operator)
    rank = len(source.shape)
    begins, ends = integers(operator, 1), integers(operator, 2)
    steps = [1] * rank
    if operator.kind == "STRIDED_SLICE":
        steps = integers(operator, 3)
        if operator.options["ellipsis"] or operator.options["new_axis"] or min(steps, default=1) < 1:
            raise Unsupported(operator.kind, gettext("backwards, or with axes left out or added"))
    if rank > 4 or not len(begins) == len(ends) == len(steps) == rank:
        raise Unsupported(operator.kind, gettext("of more than four axes, or of fewer than the tensor has"))
    offset, sizes, strides = 0, [], []
    for axis, size in enumerate(source.shape):
        first, end = _span(operator, axis, size, begins[axis], ends[axis])
        stride = math.prod(source.shape[axis + 1 :])
        offset += first * stride
        sizes.append(max(-(-(end - first) // steps[axis]), 0))
        strides.append(stride * steps[axis])
    missing = 4 - rank
    sizes, strides = [1] * missing + sizes, [0] * missing + strides
    if min(sizes) < 1:
        raise misshapen(operator)
    return replace(
        planned_as(operator, TRANSPOSE, flat_picture(source), (sizes[1], sizes[2], sizes[3])),
        filter=(sizes[0], 1),
        multiplier=offset,
        parameters_at=store(np.array(strides, "<u4").tobytes()),
    )


def _span(operator: Operator, axis: int, size: int, begin: int, end: int) -> tuple[int, int]:
    """Where a slice begins and ends along an axis, as TensorFlow counts: from the other end where negative."""
    if operator.kind == "SLICE":
        return begin, size if end == -1 else begin + end
    masks = (int(operator.options[mask]) >> axis & 1 for mask in ("begin", "end", "shrink"))
    open_begin, open_end, one = masks
    first = 0 if open_begin else min(max(begin + size if begin < 0 else begin, 0), size)
    if one:
        return first, first + 1
    return first, size if open_end else min(max(end + size if end < 0 else end, 0), size)


def lower_pad(operator: Operator) -> Planned:
    """Along one axis, or two that are neighbours; what lies behind them counts as channels."""
    source, result = first_input(operator), operator.outputs[0]
    require_same_scale(operator)
    numbers = integers(operator, 1)
    rank = len(source.shape)
    amounts = [(numbers[i], numbers[i + 1]) for i in range(0, len(numbers) - 1, 2)]
    if len(amounts) != rank or len(result.shape) != rank or min(numbers) < 0:
        raise misshapen(operator)
    grown = zip(source.shape, amounts, result.shape, strict=True)
    if any(size + before + after != out for size, (before, after), out in grown):
        raise misshapen(operator)
    padded = [axis for axis in range(rank) if amounts[axis] != (0, 0)] or [rank - 1]
    last = padded[-1]
    row = last - 1  # the axis above it, and all that lie before, where they are not padded
    if any(axis < row for axis in padded) or (row in padded and math.prod(source.shape[:row]) != 1):
        raise Unsupported(operator.kind, gettext("of axes that are not neighbours"))
    channels = math.prod(source.shape[last + 1 :])
    return replace(
        planned_as(
            operator,
            PAD,
            (math.prod(source.shape[:last]), source.shape[last], channels),
            (math.prod(result.shape[:last]), result.shape[last], channels),
        ),
        pad=(amounts[row][0] if row in padded else 0, amounts[last][0]),
        input_zero_point=_filling(operator, source),
    )


def _filling(operator: Operator, source: Tensor) -> int:
    """The int8 that a pad fills with: its third input where it has one, nought where not."""
    if len(operator.inputs) < 3:
        return source.zero_points[0]
    value = constant(operator, 2)
    if (
        value.dtype != "int8"
        or value.count != 1
        or (value.scales, value.zero_points)
        != (
            source.scales,
            source.zero_points,
        )
    ):
        raise Unsupported(operator.kind, gettext("with a value of another scale"))
    return int(value.values().ravel()[0])


def lower_concatenation(operator: Operator) -> list[Planned]:
    """One after another, each input put into its place of the output."""
    result = operator.outputs[0]
    rank = len(result.shape)
    axis = int(operator.options["axis"])
    axis += rank if axis < 0 else 0
    if not 0 <= axis < rank or operator.options["activation"]:
        raise misshapen(operator)
    outer, inner = math.prod(result.shape[:axis]), math.prod(result.shape[axis + 1 :])
    placed, at = [], 0
    for tensor in operator.inputs:
        if tensor is None or tensor.content is not None:
            raise Unsupported(operator.kind, gettext("with a constant"))
        require_activation(operator.kind, tensor)
        if (tensor.scales, tensor.zero_points) != (result.scales, result.zero_points):
            raise Unsupported(operator.kind, gettext("between different scales"))
        if len(tensor.shape) != rank or (*tensor.shape[:axis], *tensor.shape[axis + 1 :]) != (
            *result.shape[:axis],
            *result.shape[axis + 1 :],
        ):
            raise misshapen(operator)
        length = tensor.shape[axis]
        shapes = (outer, length, inner), (outer, result.shape[axis], inner)
        placed.append(Planned(PLACE, operator.kind, operator.index, tensor.index, result.index, *shapes, pad=(0, at)))
        at += length
    if at != result.shape[axis]:
        raise misshapen(operator)
    return placed
