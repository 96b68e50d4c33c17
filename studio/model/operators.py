"""An operator as the engine runs it, and what every way of lowering one asks of the graph's tensors."""

import math
from dataclasses import dataclass

from studio.core.errors import InvalidInput, StudioError
from studio.core.text import gettext, mark
from studio.model.arena import Lead
from studio.model.arithmetic import Scale
from studio.model.tflite import Operator, Tensor

# Kinds of operators in a model image; the names of stu_kernels.h.
CONV, DEPTHWISE, AVERAGE_POOL, MAX_POOL, MEAN, SOFTMAX, ADD, TRANSPOSE, PAD, TABLE = range(1, 11)
SUBTRACT, MULTIPLY, PLACE = range(11, 14)


@dataclass(eq=False)
class Unsupported(StudioError):
    """An operator, or a way of using one, that the engine does not have."""

    operator: str
    why: str
    message = mark("The engine cannot run this model: {operator}, {why}.")
    remedy = mark(
        "Build it of convolutions, depthwise convolutions, pooling, fully connected layers, sums, products, joins and "
        "softmax, in int8."
    )


@dataclass(frozen=True)
class Planned:
    """One operator as the engine runs it. in_shape, out_shape: (height, width, channels); pairs are (vertical,
    horizontal). low, high: of the output. Tensors are named by their index in the graph; parts of the data by offset.
    other_constant: the other input lies in the data, at weights_at. backwards: from the last pixel to the first.
    """

    kind: int
    name: str  # the operator's kind in the graph
    index: int  # and its place there
    input: int
    output: int
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    other: int | None = None
    other_constant: bool = False
    backwards: bool = False
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

    @property
    def lead(self) -> Lead | None:
        """Where the output has to lie to be written over the input; None where it must not.

        As engine_check.c reckons it: no pixel, written whole, may reach what its own window or a later one has to read.
        """
        if self.kind in (TABLE, ADD, SUBTRACT, MULTIPLY):
            return Lead(0, None) if self.in_shape == self.out_shape else None
        if self.kind not in (CONV, DEPTHWISE, AVERAGE_POOL, MAX_POOL):
            return None
        behind = [
            (self.out_shape[axis] - 1) * self.stride[axis]
            + (self.filter[axis] - 1) * self.dilation[axis]
            + 1
            - self.in_shape[axis]
            - self.pad[axis]
            for axis in range(2)
        ]
        return Lead(self._ahead(self.pad), self._ahead((behind[0], behind[1])))

    def _ahead(self, pad: tuple[int, int]) -> int:
        (_, in_w, in_c), (out_h, out_w, out_c) = self.in_shape, self.out_shape
        rows = _most_ahead(out_w * out_c, in_w * in_c, out_h, self.stride[0], pad[0])
        return rows + _most_ahead(out_c, in_c, out_w, self.stride[1], pad[1]) + out_c


def _most_ahead(written: int, read: int, count: int, stride: int, pad: int) -> int:
    """Along one axis: the most by which writing index after index is ahead of where index * stride - pad is read."""
    return max(i * written - max(0, i * stride - pad) * read for i in range(count))


def planned_as(
    operator: Operator, kind: int, in_shape: tuple[int, int, int], out_shape: tuple[int, int, int]
) -> Planned:
    source, result = first_input(operator), operator.outputs[0]
    return Planned(kind, operator.kind, operator.index, source.index, result.index, in_shape, out_shape)


def first_input(operator: Operator) -> Tensor:
    tensor = operator.inputs[0] if operator.inputs else None
    if tensor is None or not operator.outputs or tensor.content is not None or not tensor.shape:
        raise misshapen(operator)
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


def constant(operator: Operator, position: int) -> Tensor:
    tensor = operator.inputs[position] if position < len(operator.inputs) else None
    if tensor is None or tensor.content is None:
        raise Unsupported(operator.kind, gettext("whose parameters are not constant"))
    return tensor


def integers(operator: Operator, position: int) -> list[int]:
    tensor = constant(operator, position)
    if tensor.dtype not in {"int32", "int64"}:
        raise misshapen(operator)
    return [int(value) for value in tensor.values().ravel()]


def picture(operator: Operator, tensor: Tensor) -> tuple[int, int, int]:
    if len(tensor.shape) != 4 or tensor.shape[0] != 1:
        raise Unsupported(operator.kind, gettext("on a tensor that is not one picture"))
    return tensor.shape[1], tensor.shape[2], tensor.shape[3]


def flat_picture(tensor: Tensor) -> tuple[int, int, int]:
    """All axes but the last two in the first, for operators that do not care."""
    channels = tensor.shape[-1] if tensor.shape else 1
    width = tensor.shape[-2] if len(tensor.shape) > 1 else 1
    return tensor.count // channels // width, width, channels


def require_same_scale(operator: Operator) -> None:
    source, result = first_input(operator), operator.outputs[0]
    if (source.scales, source.zero_points) != (result.scales, result.zero_points):
        raise Unsupported(operator.kind, gettext("between different scales"))


def require_scale(operator: Operator, scale: Scale) -> None:
    result = operator.outputs[0]
    if (result.scales[0], result.zero_points[0]) != scale:
        raise Unsupported(
            operator.kind, gettext("whose output has another scale than {scale}").format(scale=scale.scale)
        )


def misshapen(operator: Operator) -> InvalidInput:
    return InvalidInput(
        gettext("The model"),
        gettext("the tensors of {kind} (operator {index}) do not go together").format(
            kind=operator.kind, index=operator.index
        ),
    )
