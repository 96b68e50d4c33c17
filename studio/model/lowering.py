"""Each operator of a graph lowered to what the engine runs: shapes, padding, and its constants packed into the data.

Nothing here changes a value: multipliers, bounds and tables are those that TensorFlow Lite Micro computes when it
prepares a model.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.core.text import gettext
from studio.model.arithmetic import (
    Scale,
    activation_range,
    clamp_table,
    exp_table,
    fold_mean,
    hard_swish_table,
    logistic_table,
    quantise_multiplier,
    relu_table,
    requantise_table,
    tanh_table,
)
from studio.model.moves import lower_concatenation, lower_pad, lower_slice, lower_transpose
from studio.model.operators import (
    AVERAGE_POOL,
    CONV,
    DEPTHWISE,
    MAX_POOL,
    MEAN,
    SOFTMAX,
    TABLE,
    Planned,
    Unsupported,
    constant,
    first_input,
    flat_picture,
    integers,
    misshapen,
    picture,
    planned_as,
    require_activation,
    require_same_scale,
    require_scale,
)
from studio.model.pairs import lower_pair
from studio.model.tflite import Operator

SAME = 0  # padding, as in schema.fbs
RELU6 = 3  # activation, as there
_LARGEST_PRODUCT = 255 * 128  # |input - zero point| times |weight|
_LARGEST_SIZE = 65_535  # along an axis
_MOST_SOFTMAX_CHANNELS = 511
# They give their input another shape, and cost nothing.
_VIEWS = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE")
# Keras's Flatten computes the shape for a RESHAPE with them; every shape is known already.
_OF_SHAPES = ("SHAPE", "STRIDED_SLICE", "PACK")
# What the converter makes of a dilated filter where it does not know the batch. The shapes in the file are then wrong,
# and TensorFlow Lite Micro, which believes them, leaves part of the output unwritten.
_OF_BATCHES = ("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND")
# Functions of one value.
_FUNCTIONS = ("RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "HARD_SWISH", "QUANTIZE")


class Lowering:
    """Goes through the graph's operators once; storage says which tensors are views of which."""

    def __init__(self) -> None:
        self.operators: list[Planned] = []
        self.data = bytearray()
        self.storage: dict[int, int] = {}
        self._lower: dict[str, Callable[[Operator], Planned]] = {
            "CONV_2D": self._conv,
            "DEPTHWISE_CONV_2D": self._depthwise,
            "FULLY_CONNECTED": self._fully_connected,
            "AVERAGE_POOL_2D": self._pool,
            "MAX_POOL_2D": self._pool,
            "MEAN": self._mean,
            "REDUCE_MAX": self._largest,
            "SOFTMAX": self._softmax,
            "TRANSPOSE": lambda operator: lower_transpose(operator, self._store),
            **dict.fromkeys(("SLICE", "STRIDED_SLICE"), lambda operator: lower_slice(operator, self._store)),
            **dict.fromkeys(("ADD", "SUB", "MUL"), lambda operator: lower_pair(operator, self._store)),
            **dict.fromkeys(("PAD", "PADV2"), lower_pad),
            **dict.fromkeys(_FUNCTIONS, self._table),
        }

    def add(self, operator: Operator) -> None:
        if operator.kind in _VIEWS:
            source, result = first_input(operator), operator.outputs[0]
            if source.count != result.count or source.dtype != result.dtype:
                raise Unsupported(operator.kind, gettext("whose output has another length than its input"))
            self.storage[result.index] = self.storage.get(source.index, source.index)
            return
        if operator.kind in _OF_SHAPES and all(tensor.dtype == "int32" for tensor in operator.outputs):
            return
        if not operator.outputs:
            raise misshapen(operator)
        require_activation(operator.kind, operator.outputs[0])
        if operator.kind == "CONCATENATION":
            lowered = lower_concatenation(operator)
        elif operator.kind in self._lower:
            lowered = [self._lower[operator.kind](operator)]
        elif operator.kind in _OF_BATCHES:
            raise Unsupported(
                operator.kind,
                gettext(
                    "of a dilated filter whose batch was left open: convert it anew with a batch of 1 that is fixed"
                ),
            )
        else:
            raise Unsupported(operator.kind, gettext("which the engine does not have"))
        for planned in lowered:
            self._append(operator, planned)

    def _append(self, operator: Operator, planned: Planned) -> None:
        if planned.output_bytes != operator.outputs[0].count:
            raise misshapen(operator)
        sizes = (*planned.in_shape, *planned.out_shape, *planned.filter, *planned.stride, *planned.dilation)
        if max(*planned.pad, *sizes) > _LARGEST_SIZE:
            raise Unsupported(operator.kind, gettext("with more than 65,535 values along an axis"))
        self.operators.append(planned)

    def _conv(self, operator: Operator) -> Planned:
        weights = _weights(operator, 4)
        filters, filter_h, filter_w, depth = weights.shape
        planned = replace(self._windowed(operator, (filter_h, filter_w)), kind=CONV)
        if planned.in_shape[2] != depth or planned.out_shape[2] != filters:
            raise Unsupported(operator.kind, gettext("in groups"))
        return self._weighted(operator, planned, weights, quantised_axis=0)

    def _depthwise(self, operator: Operator) -> Planned:
        weights = _weights(operator, 4)
        _, filter_h, filter_w, channels = weights.shape
        planned = replace(self._windowed(operator, (filter_h, filter_w)), kind=DEPTHWISE)
        if weights.shape[0] != 1 or planned.out_shape[2] != channels or channels % planned.in_shape[2]:
            raise misshapen(operator)
        return self._weighted(operator, planned, weights, quantised_axis=3)

    def _fully_connected(self, operator: Operator) -> Planned:
        """A convolution of one pixel, over a row of pixels where there are several vectors."""
        weights = _weights(operator, 2)
        outputs, depth = weights.shape
        source, result = first_input(operator), operator.outputs[0]
        rows = source.count // depth
        if operator.options["weights_format"] or rows * depth != source.count or rows * outputs != result.count:
            raise misshapen(operator)
        planned = planned_as(operator, CONV, (1, rows, depth), (1, rows, outputs))
        return self._weighted(operator, planned, weights.reshape(outputs, 1, 1, depth), quantised_axis=0)

    def _weighted(
        self, operator: Operator, planned: Planned, weights: NDArray[np.int8], *, quantised_axis: int
    ) -> Planned:
        """Weights, biases and multipliers go into the data. Where no window reaches over the edge, the input's zero
        point goes into the biases: sum((x - z) * w) = sum(x * w) - z * sum(w).
        """
        source, result = first_input(operator), operator.outputs[0]
        channels = weights.shape[quantised_axis]
        scales = _channel_scales(operator, channels)
        multipliers = [quantise_multiplier(source.scales[0] * scale / result.scales[0]) for scale in scales]
        per_channel = np.moveaxis(weights, quantised_axis, 0).reshape(channels, -1).astype(np.int64)
        biases = _biases(operator, channels)
        zero_point = source.zero_points[0]
        if _stays_inside(planned):
            biases = biases - zero_point * per_channel.sum(axis=1)
            zero_point = 0
        taps = per_channel.shape[1]
        if np.abs(biases).max() + taps * _LARGEST_PRODUCT >= 2**31:
            raise Unsupported(operator.kind, gettext("whose sums do not fit 32 bits"))
        low, high = activation_range(int(operator.options["activation"]), result.scales[0], result.zero_points[0])
        parameters = b"".join(
            (
                biases.astype("<i4").tobytes(),
                np.array([m for m, _ in multipliers], "<i4").tobytes(),
                np.array([s for _, s in multipliers], "i1").tobytes(),
            )
        )
        height, width, out_channels = planned.out_shape
        return replace(
            planned,
            input_zero_point=zero_point,
            output_zero_point=result.zero_points[0],
            low=low,
            high=high,
            weights_at=self._store(np.ascontiguousarray(weights).tobytes()),
            parameters_at=self._store(parameters),
            macs=height * width * out_channels * taps,
        )

    def _windowed(self, operator: Operator, filter_size: tuple[int, int]) -> Planned:
        """Shapes, strides and padding of an operator that moves a window over its input."""
        options = operator.options
        stride = int(options["stride_h"]), int(options["stride_w"])
        planned = planned_as(
            operator, 0, picture(operator, first_input(operator)), picture(operator, operator.outputs[0])
        )
        dilation = int(options.get("dilation_h", 1)), int(options.get("dilation_w", 1))
        if min(*filter_size, *stride, *dilation) < 1:
            raise misshapen(operator)
        pads = []
        for axis in range(2):
            size, out = planned.in_shape[axis], planned.out_shape[axis]
            extent = (filter_size[axis] - 1) * dilation[axis] + 1
            same = options["padding"] == SAME
            if out != (-(-size // stride[axis]) if same else (size - extent) // stride[axis] + 1):
                raise misshapen(operator)
            pads.append(max((out - 1) * stride[axis] + extent - size, 0) // 2 if same else 0)
        return replace(planned, filter=filter_size, stride=stride, dilation=dilation, pad=(pads[0], pads[1]))

    def _pool(self, operator: Operator) -> Planned:
        options, result = operator.options, operator.outputs[0]
        planned = self._windowed(operator, (int(options["filter_h"]), int(options["filter_w"])))
        require_same_scale(operator)
        if planned.in_shape[2] != planned.out_shape[2]:
            raise misshapen(operator)
        low, high = activation_range(int(options["activation"]), result.scales[0], result.zero_points[0])
        kind = AVERAGE_POOL if operator.kind == "AVERAGE_POOL_2D" else MAX_POOL
        return replace(planned, kind=kind, low=low, high=high)

    def _mean(self, operator: Operator) -> Planned:
        source, result = first_input(operator), operator.outputs[0]
        planned = self._reduced(operator, MEAN)
        height, width, _ = planned.in_shape
        multiplier, shift = quantise_multiplier(source.scales[0] / result.scales[0])
        multiplier, shift = fold_mean(multiplier, shift, height * width)
        return replace(
            planned,
            input_zero_point=source.zero_points[0],
            output_zero_point=result.zero_points[0],
            multiplier=multiplier,
            shift=shift,
        )

    def _largest(self, operator: Operator) -> Planned:
        """A maximum pool with one window."""
        require_same_scale(operator)
        planned = self._reduced(operator, MAX_POOL)
        return replace(planned, filter=planned.in_shape[:2])

    def _reduced(self, operator: Operator, kind: int) -> Planned:
        """Over every axis between the batch and the channels."""
        source, result = first_input(operator), operator.outputs[0]
        rank = len(source.shape)
        axes = sorted({axis % rank for axis in integers(operator, 1)})
        channels = source.shape[-1]
        if rank < 3 or axes != list(range(1, rank - 1)) or source.shape[0] != 1 or result.count != channels:
            raise Unsupported(operator.kind, gettext("over other axes than height and width"))
        height = source.shape[1]
        return planned_as(operator, kind, (height, source.count // channels // height, channels), (1, 1, channels))

    def _softmax(self, operator: Operator) -> Planned:
        source = first_input(operator)
        channels = source.shape[-1]
        if channels > _MOST_SOFTMAX_CHANNELS:
            raise Unsupported(operator.kind, gettext("of more than 511 values"))
        require_scale(operator, Scale(1 / 256, -128))
        if not 0 < operator.options["beta"] < math.inf:
            raise Unsupported(operator.kind, gettext("whose beta is not a positive number"))
        table = exp_table(operator.options["beta"], source.scales[0])
        shape = (1, source.count // channels, channels)
        return replace(
            planned_as(operator, SOFTMAX, shape, shape),
            parameters_at=self._store(np.array(table, "<i4").tobytes()),
            shift=len(table),
        )

    def _table(self, operator: Operator) -> Planned:
        """Any function of one value, as its results for all 256."""
        source, result = first_input(operator), operator.outputs[0]
        shape = flat_picture(source)
        planned = planned_as(operator, TABLE, shape, shape)
        given, wanted = (Scale(tensor.scales[0], tensor.zero_points[0]) for tensor in (source, result))
        match operator.kind:
            case "RELU6":
                require_same_scale(operator)
                table = clamp_table(given, RELU6)
            case "LOGISTIC":
                require_scale(operator, Scale(1 / 256, -128))
                table = logistic_table(given)
            case "TANH":
                require_scale(operator, Scale(1 / 128, 0))
                table = tanh_table(given)
            case "HARD_SWISH":
                table = hard_swish_table(given, wanted)
            case "QUANTIZE":
                table = requantise_table(given, wanted)
            case _:
                if not 0 <= operator.options.get("alpha", 0.0) < math.inf:
                    raise Unsupported(operator.kind, gettext("with a negative slope"))
                table = relu_table(given, wanted, operator.options.get("alpha", 0.0))
        return replace(planned, parameters_at=self._store(np.array(table, "i1").tobytes()))

    def _store(self, content: bytes) -> int:
        """Appends a part of the data, at a multiple of 4. Returns its offset."""
        self.data.extend(bytes(-len(self.data) % 4))
        at = len(self.data)
        self.data.extend(content)
        return at


def _weights(operator: Operator, rank: int) -> NDArray[np.int8]:
    tensor = constant(operator, 1)
    if tensor.dtype != "int8" or any(tensor.zero_points):
        raise Unsupported(operator.kind, gettext("whose weights are not symmetric int8"))
    if len(tensor.shape) != rank or tensor.count < 1:
        raise misshapen(operator)
    return tensor.values().astype(np.int8)


def _channel_scales(operator: Operator, channels: int) -> tuple[float, ...]:
    scales = constant(operator, 1).scales
    if len(scales) not in (1, channels) or not all(0 <= scale < math.inf for scale in scales):
        raise misshapen(operator)
    return scales if len(scales) == channels else scales * channels


def _biases(operator: Operator, channels: int) -> NDArray[np.int64]:
    tensor = operator.inputs[2] if len(operator.inputs) > 2 else None
    if tensor is None:
        return np.zeros(channels, np.int64)
    if tensor.dtype != "int32" or tensor.count != channels:
        raise Unsupported(operator.kind, gettext("whose biases are not int32"))
    return tensor.values().reshape(channels).astype(np.int64)


def _stays_inside(planned: Planned) -> bool:
    """Whether no window reaches over the edge of the input."""
    return all(
        planned.pad[axis] == 0
        and (planned.out_shape[axis] - 1) * planned.stride[axis] + (planned.filter[axis] - 1) * planned.dilation[axis]
        < planned.in_shape[axis]
        for axis in range(2)
    )
