"""Each operator of a graph lowered to what the engine runs: shapes, padding, and its constants packed into the data.

Nothing here changes a value: multipliers, bounds and tables are those that TensorFlow Lite Micro computes when it
prepares a model.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, StudioError
from studio.core.text import gettext, mark
from studio.model.arithmetic import (
    Scale,
    activation_range,
    clamp_table,
    exp_table,
    fold_mean,
    logistic_table,
    quantise_multiplier,
    relu_table,
    requantise_table,
    tanh_table,
)
from studio.model.tflite import Operator, Tensor

# Kinds of operators in a model image; the names of stu_kernels.h.
CONV, DEPTHWISE, AVERAGE_POOL, MAX_POOL, MEAN, SOFTMAX, ADD, TRANSPOSE, PAD, TABLE = range(1, 11)
SAME = 0  # padding, as in schema.fbs
RELU6 = 3  # activation, as there
_LARGEST_PRODUCT = 255 * 128  # |input - zero point| times |weight|
_LARGEST_SIZE = 65_535  # along an axis
_MOST_SOFTMAX_CHANNELS = 511
_ADD_LEFT_SHIFT = 20
# They give their input another shape, and cost nothing.
_VIEWS = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE")
# Keras's Flatten computes the shape for a RESHAPE with them; every shape is known already.
_OF_SHAPES = ("SHAPE", "STRIDED_SLICE", "PACK")


@dataclass(eq=False)
class Unsupported(StudioError):
    """An operator, or a way of using one, that the engine does not have."""

    operator: str
    why: str
    message = mark("The engine cannot run this model: {operator}, {why}.")
    remedy = mark(
        "Build it of convolutions, depthwise convolutions, pooling, fully connected layers, sums and softmax, in int8."
    )


@dataclass(frozen=True)
class Planned:
    """One operator as the engine runs it. in_shape, out_shape: (height, width, channels); pairs are (vertical,
    horizontal). low, high: of the output. Tensors are named by their index in the graph; parts of the data by offset.
    """

    kind: int
    name: str  # the operator's kind in the graph
    index: int  # and its place there
    input: int
    output: int
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    other: int | None = None
    filter: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)
    input_zero_point: int = 0
    output_zero_point: int = 0
    low: int = -128
    high: int = 127
    weights_at: int = 0
    parameters_at: int = 0
    multiplier: int = 0
    shift: int = 0
    macs: int = 0

    @property
    def output_bytes(self) -> int:
        # A transpose's output has a fourth axis, which stands where other kinds have the filter's height.
        return math.prod(self.out_shape) * (self.filter[0] if self.kind == TRANSPOSE else 1)


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
            "ADD": self._add,
            "TRANSPOSE": self._transpose,
            "PAD": self._pad,
            **dict.fromkeys(("RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "QUANTIZE"), self._table),
        }

    def add(self, operator: Operator) -> None:
        if operator.kind in _VIEWS:
            source, result = _first_input(operator), operator.outputs[0]
            if source.count != result.count or source.dtype != result.dtype:
                raise Unsupported(operator.kind, gettext("whose output has another length than its input"))
            self.storage[result.index] = self.storage.get(source.index, source.index)
            return
        if operator.kind in _OF_SHAPES and all(tensor.dtype == "int32" for tensor in operator.outputs):
            return
        lower = self._lower.get(operator.kind)
        if lower is None:
            raise Unsupported(operator.kind, gettext("which the engine does not have"))
        _first_input(operator)
        require_activation(operator.kind, operator.outputs[0])
        planned = lower(operator)
        if planned.output_bytes != operator.outputs[0].count:
            raise _misshapen(operator)
        if (
            max(
                *planned.pad, *planned.in_shape, *planned.out_shape, *planned.filter, *planned.stride, *planned.dilation
            )
            > _LARGEST_SIZE
        ):
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
            raise _misshapen(operator)
        return self._weighted(operator, planned, weights, quantised_axis=3)

    def _fully_connected(self, operator: Operator) -> Planned:
        """A convolution of one pixel, over a row of pixels where there are several vectors."""
        weights = _weights(operator, 2)
        outputs, depth = weights.shape
        source, result = _first_input(operator), operator.outputs[0]
        rows = source.count // depth
        if operator.options["weights_format"] or rows * depth != source.count or rows * outputs != result.count:
            raise _misshapen(operator)
        planned = _planned(operator, CONV, (1, rows, depth), (1, rows, outputs))
        return self._weighted(operator, planned, weights.reshape(outputs, 1, 1, depth), quantised_axis=0)

    def _weighted(
        self, operator: Operator, planned: Planned, weights: NDArray[np.int8], *, quantised_axis: int
    ) -> Planned:
        """Weights, biases and multipliers go into the data. Where no window reaches over the edge, the input's zero
        point goes into the biases: sum((x - z) * w) = sum(x * w) - z * sum(w).
        """
        source, result = _first_input(operator), operator.outputs[0]
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
        planned = _planned(
            operator, 0, _picture(operator, _first_input(operator)), _picture(operator, operator.outputs[0])
        )
        stride = int(options["stride_h"]), int(options["stride_w"])
        dilation = int(options.get("dilation_h", 1)), int(options.get("dilation_w", 1))
        if min(*filter_size, *stride, *dilation) < 1:
            raise _misshapen(operator)
        pads = []
        for axis in range(2):
            size, out = planned.in_shape[axis], planned.out_shape[axis]
            extent = (filter_size[axis] - 1) * dilation[axis] + 1
            same = options["padding"] == SAME
            if out != (-(-size // stride[axis]) if same else (size - extent) // stride[axis] + 1):
                raise _misshapen(operator)
            pads.append(max((out - 1) * stride[axis] + extent - size, 0) // 2 if same else 0)
        return replace(planned, filter=filter_size, stride=stride, dilation=dilation, pad=(pads[0], pads[1]))

    def _pool(self, operator: Operator) -> Planned:
        options, result = operator.options, operator.outputs[0]
        planned = self._windowed(operator, (int(options["filter_h"]), int(options["filter_w"])))
        _same_scale(operator)
        if planned.in_shape[2] != planned.out_shape[2]:
            raise _misshapen(operator)
        low, high = activation_range(int(options["activation"]), result.scales[0], result.zero_points[0])
        kind = AVERAGE_POOL if operator.kind == "AVERAGE_POOL_2D" else MAX_POOL
        return replace(planned, kind=kind, low=low, high=high)

    def _mean(self, operator: Operator) -> Planned:
        source, result = _first_input(operator), operator.outputs[0]
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
        _same_scale(operator)
        planned = self._reduced(operator, MAX_POOL)
        return replace(planned, filter=planned.in_shape[:2])

    def _reduced(self, operator: Operator, kind: int) -> Planned:
        """Over every axis between the batch and the channels."""
        source, result = _first_input(operator), operator.outputs[0]
        rank = len(source.shape)
        axes = sorted({axis % rank for axis in _integers(operator, 1)})
        channels = source.shape[-1]
        if rank < 3 or axes != list(range(1, rank - 1)) or source.shape[0] != 1 or result.count != channels:
            raise Unsupported(operator.kind, gettext("over other axes than height and width"))
        height = source.shape[1]
        return _planned(operator, kind, (height, source.count // channels // height, channels), (1, 1, channels))

    def _softmax(self, operator: Operator) -> Planned:
        source = _first_input(operator)
        channels = source.shape[-1]
        if channels > _MOST_SOFTMAX_CHANNELS:
            raise Unsupported(operator.kind, gettext("of more than 511 values"))
        _require_scale(operator, Scale(1 / 256, -128))
        if not 0 < operator.options["beta"] < math.inf:
            raise Unsupported(operator.kind, gettext("whose beta is not a positive number"))
        table = exp_table(operator.options["beta"], source.scales[0])
        shape = (1, source.count // channels, channels)
        return replace(
            _planned(operator, SOFTMAX, shape, shape),
            parameters_at=self._store(np.array(table, "<i4").tobytes()),
            shift=len(table),
        )

    def _add(self, operator: Operator) -> Planned:
        source, result = _first_input(operator), operator.outputs[0]
        other = operator.inputs[1] if len(operator.inputs) > 1 else None
        if other is None or other.content is not None or not source.shape == other.shape == result.shape:
            raise Unsupported(operator.kind, gettext("of other things than two tensors of one shape"))
        require_activation(operator.kind, other)
        twice_largest = 2 * max(source.scales[0], other.scales[0])
        scalings = (
            quantise_multiplier(source.scales[0] / twice_largest),
            quantise_multiplier(other.scales[0] / twice_largest),
            quantise_multiplier(twice_largest / (2**_ADD_LEFT_SHIFT * result.scales[0])),
        )
        parameters = [number for scaling in scalings for number in scaling] + [other.zero_points[0]]
        low, high = activation_range(int(operator.options["activation"]), result.scales[0], result.zero_points[0])
        shape = _flat_picture(source)
        return replace(
            _planned(operator, ADD, shape, shape),
            other=other.index,
            input_zero_point=source.zero_points[0],
            output_zero_point=result.zero_points[0],
            low=low,
            high=high,
            parameters_at=self._store(np.array(parameters, "<i4").tobytes()),
        )

    def _transpose(self, operator: Operator) -> Planned:
        source = _first_input(operator)
        order = _integers(operator, 1)
        if sorted(order) != list(range(len(source.shape))) or len(order) > 4:
            raise Unsupported(operator.kind, gettext("of more than four axes"))
        _same_scale(operator)
        strides = [int(np.prod(source.shape[axis + 1 :], dtype=np.int64)) for axis in order]
        missing = 4 - len(order)
        sizes = [1] * missing + [source.shape[axis] for axis in order]
        return replace(
            _planned(operator, TRANSPOSE, _flat_picture(source), (sizes[1], sizes[2], sizes[3])),
            filter=(sizes[0], 1),
            parameters_at=self._store(np.array([0] * missing + strides, "<u4").tobytes()),
        )

    def _pad(self, operator: Operator) -> Planned:
        source = _first_input(operator)
        _same_scale(operator)
        numbers = _integers(operator, 1)
        amounts = [numbers[i : i + 2] for i in range(0, len(numbers), 2)]
        planned = _planned(operator, PAD, _picture(operator, source), _picture(operator, operator.outputs[0]))
        if len(amounts) != 4 or amounts[0] != [0, 0] or amounts[3] != [0, 0] or len(operator.inputs) > 2:
            raise Unsupported(operator.kind, gettext("of other axes than height and width"))
        for axis in range(2):
            before, after = amounts[axis + 1]
            if min(before, after) < 0 or planned.in_shape[axis] + before + after != planned.out_shape[axis]:
                raise _misshapen(operator)
        return replace(planned, pad=(amounts[1][0], amounts[2][0]), input_zero_point=source.zero_points[0])

    def _table(self, operator: Operator) -> Planned:
        """Any function of one value, as its results for all 256."""
        source, result = _first_input(operator), operator.outputs[0]
        shape = _flat_picture(source)
        planned = _planned(operator, TABLE, shape, shape)
        given, wanted = (Scale(tensor.scales[0], tensor.zero_points[0]) for tensor in (source, result))
        match operator.kind:
            case "RELU6":
                _same_scale(operator)
                table = clamp_table(given, RELU6)
            case "LOGISTIC":
                _require_scale(operator, Scale(1 / 256, -128))
                table = logistic_table(given)
            case "TANH":
                _require_scale(operator, Scale(1 / 128, 0))
                table = tanh_table(given)
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


def _planned(operator: Operator, kind: int, in_shape: tuple[int, int, int], out_shape: tuple[int, int, int]) -> Planned:
    source, result = _first_input(operator), operator.outputs[0]
    return Planned(kind, operator.kind, operator.index, source.index, result.index, in_shape, out_shape)


def _first_input(operator: Operator) -> Tensor:
    tensor = operator.inputs[0] if operator.inputs else None
    if tensor is None or not operator.outputs or tensor.content is not None or not tensor.shape:
        raise _misshapen(operator)
    require_activation(operator.kind, tensor)
    return tensor


def require_activation(operator: str, tensor: Tensor) -> None:
    """Raises Unsupported for what is not an int8 tensor with one scale."""
    if tensor.dtype != "int8":
        raise Unsupported(operator, gettext("on {dtype} where int8 is wanted").format(dtype=tensor.dtype))
    if len(tensor.scales) != 1 or len(tensor.zero_points) != 1 or not -128 <= tensor.zero_points[0] <= 127:
        raise Unsupported(operator, gettext("on a tensor that is not quantised as a whole"))
    if not 0 < tensor.scales[0] < math.inf or tensor.count < 1:
        raise Unsupported(operator, gettext("on a tensor without values or without a scale"))


def _constant(operator: Operator, position: int) -> Tensor:
    tensor = operator.inputs[position] if position < len(operator.inputs) else None
    if tensor is None or tensor.content is None:
        raise Unsupported(operator.kind, gettext("whose parameters are not constant"))
    return tensor


def _integers(operator: Operator, position: int) -> list[int]:
    tensor = _constant(operator, position)
    if tensor.dtype not in {"int32", "int64"}:
        raise _misshapen(operator)
    return [int(value) for value in tensor.values().ravel()]


def _weights(operator: Operator, rank: int) -> NDArray[np.int8]:
    tensor = _constant(operator, 1)
    if tensor.dtype != "int8" or any(tensor.zero_points):
        raise Unsupported(operator.kind, gettext("whose weights are not symmetric int8"))
    if len(tensor.shape) != rank or tensor.count < 1:
        raise _misshapen(operator)
    return tensor.values().astype(np.int8)


def _channel_scales(operator: Operator, channels: int) -> tuple[float, ...]:
    scales = _constant(operator, 1).scales
    if len(scales) not in (1, channels) or not all(0 <= scale < math.inf for scale in scales):
        raise _misshapen(operator)
    return scales if len(scales) == channels else scales * channels


def _biases(operator: Operator, channels: int) -> NDArray[np.int64]:
    tensor = operator.inputs[2] if len(operator.inputs) > 2 else None
    if tensor is None:
        return np.zeros(channels, np.int64)
    if tensor.dtype != "int32" or tensor.count != channels:
        raise Unsupported(operator.kind, gettext("whose biases are not int32"))
    return tensor.values().reshape(channels).astype(np.int64)


def _picture(operator: Operator, tensor: Tensor) -> tuple[int, int, int]:
    if len(tensor.shape) != 4 or tensor.shape[0] != 1:
        raise Unsupported(operator.kind, gettext("on a tensor that is not one picture"))
    return tensor.shape[1], tensor.shape[2], tensor.shape[3]


def _flat_picture(tensor: Tensor) -> tuple[int, int, int]:
    """All axes but the last two in the first, for operators that do not care."""
    channels = tensor.shape[-1] if tensor.shape else 1
    width = tensor.shape[-2] if len(tensor.shape) > 1 else 1
    return tensor.count // channels // width, width, channels


def _stays_inside(planned: Planned) -> bool:
    """Whether no window reaches over the edge of the input."""
    return all(
        planned.pad[axis] == 0
        and (planned.out_shape[axis] - 1) * planned.stride[axis] + (planned.filter[axis] - 1) * planned.dilation[axis]
        < planned.in_shape[axis]
        for axis in range(2)
    )


def _same_scale(operator: Operator) -> None:
    source, result = _first_input(operator), operator.outputs[0]
    if (source.scales, source.zero_points) != (result.scales, result.zero_points):
        raise Unsupported(operator.kind, gettext("between different scales"))


def _require_scale(operator: Operator, scale: Scale) -> None:
    result = operator.outputs[0]
    if (result.scales[0], result.zero_points[0]) != scale:
        raise Unsupported(
            operator.kind, gettext("whose output has another scale than {scale}").format(scale=scale.scale)
        )


def _misshapen(operator: Operator) -> InvalidInput:
    return InvalidInput(
        gettext("The model"),
        gettext("the tensors of {kind} (operator {index}) do not go together").format(
            kind=operator.kind, index=operator.index
        ),
    )
