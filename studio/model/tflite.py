"""Reads the graph of a `.tflite` file: tensors, operators and their options. No TensorFlow, and nothing is believed.

The numbers below are those of the published schema (`schema.fbs`): the slot of each field in its table.
"""

from dataclasses import dataclass
from pathlib import Path
from struct import error as StructError  # noqa: N812  it is a class, whatever struct calls it

import numpy as np
from flatbuffers import encode, number_types
from flatbuffers.table import Table
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, NotFound
from studio.core.text import gettext

_MAGIC = b"TFL3"
_DTYPES = {
    0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 5: "string", 6: "bool", 7: "int16", 9: "int8",
    10: "float64", 12: "uint64", 15: "uint32", 16: "uint16", 17: "int4",
}  # fmt: skip
_KINDS = (
    "ADD", "AVERAGE_POOL_2D", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "DEQUANTIZE",
    "EMBEDDING_LOOKUP", "FLOOR", "FULLY_CONNECTED", "HASHTABLE_LOOKUP", "L2_NORMALIZATION", "L2_POOL_2D",
    "LOCAL_RESPONSE_NORMALIZATION", "LOGISTIC", "LSH_PROJECTION", "LSTM", "MAX_POOL_2D", "MUL", "RELU", "RELU_N1_TO_1",
    "RELU6", "RESHAPE", "RESIZE_BILINEAR", "RNN", "SOFTMAX", "SPACE_TO_DEPTH", "SVDF", "TANH", "CONCAT_EMBEDDINGS",
    "SKIP_GRAM", "CALL", "CUSTOM", "EMBEDDING_LOOKUP_SPARSE", "PAD", "UNIDIRECTIONAL_SEQUENCE_RNN", "GATHER",
    "BATCH_TO_SPACE_ND", "SPACE_TO_BATCH_ND", "TRANSPOSE", "MEAN", "SUB", "DIV", "SQUEEZE",
    "UNIDIRECTIONAL_SEQUENCE_LSTM", "STRIDED_SLICE", "BIDIRECTIONAL_SEQUENCE_RNN", "EXP", "TOPK_V2", "SPLIT",
    "LOG_SOFTMAX", "DELEGATE", "BIDIRECTIONAL_SEQUENCE_LSTM", "CAST", "PRELU", "MAXIMUM", "ARG_MAX", "MINIMUM",
)  # fmt: skip
_LATER_KINDS = {
    60: "PADV2", 65: "SLICE", 70: "EXPAND_DIMS", 73: "LOG", 77: "SHAPE", 82: "REDUCE_MAX", 83: "PACK",
    97: "RESIZE_NEAREST_NEIGHBOR", 98: "LEAKY_RELU", 111: "ELU", 114: "QUANTIZE", 117: "HARD_SWISH",
}  # fmt: skip
_CUSTOM = 32
_LARGEST_SHAPE = 8  # axes of a tensor

_BYTE = number_types.Int8Flags
_INT = number_types.Int32Flags
_FLOAT = number_types.Float32Flags
_BOOL = number_types.BoolFlags
# Options by operator: name, slot, type, default.
_STRIDES = (("padding", 0, _BYTE, 0), ("stride_w", 1, _INT, 0), ("stride_h", 2, _INT, 0))
_OPTIONS = {
    "CONV_2D": (*_STRIDES, ("activation", 3, _BYTE, 0), ("dilation_w", 4, _INT, 1), ("dilation_h", 5, _INT, 1)),
    "DEPTHWISE_CONV_2D": (
        *_STRIDES, ("depth_multiplier", 3, _INT, 0), ("activation", 4, _BYTE, 0),
        ("dilation_w", 5, _INT, 1), ("dilation_h", 6, _INT, 1),
    ),
    "AVERAGE_POOL_2D": (*_STRIDES, ("filter_w", 3, _INT, 0), ("filter_h", 4, _INT, 0), ("activation", 5, _BYTE, 0)),
    "MAX_POOL_2D": (*_STRIDES, ("filter_w", 3, _INT, 0), ("filter_h", 4, _INT, 0), ("activation", 5, _BYTE, 0)),
    "FULLY_CONNECTED": (("activation", 0, _BYTE, 0), ("weights_format", 1, _BYTE, 0)),
    "SOFTMAX": (("beta", 0, _FLOAT, 0.0),),
    **dict.fromkeys(("ADD", "MUL", "SUB"), (("activation", 0, _BYTE, 0),)),
    "STRIDED_SLICE": (
        ("begin", 0, _INT, 0), ("end", 1, _INT, 0), ("ellipsis", 2, _INT, 0), ("new_axis", 3, _INT, 0),
        ("shrink", 4, _INT, 0),
    ),
    "CONCATENATION": (("axis", 0, _INT, 0), ("activation", 1, _BYTE, 0)),
    "MEAN": (("keep_dims", 0, _BOOL, False),),
    "LEAKY_RELU": (("alpha", 0, _FLOAT, 0.0),),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tensor:
    """scales, zero_points: one for the tensor, one for each index along quantised_axis, or none.
    content: its bytes where it is constant.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    quantised_axis: int
    content: bytes | None

    @property
    def count(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    def values(self) -> NDArray[np.generic]:
        """A constant's values, (*shape,) of its dtype. Raises InvalidInput where it has none."""
        if self.content is None:
            raise _broken(gettext("the tensor {name} should be a constant").format(name=self.name))
        return np.frombuffer(self.content, np.dtype(self.dtype).newbyteorder("<")).reshape(self.shape)


@dataclass(frozen=True, eq=False)
class Operator:
    """inputs may hold None: an optional input that is not there. options: as schema.fbs has them, padding 0 = SAME."""

    index: int
    kind: str
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    options: dict[str, float]


@dataclass(frozen=True, eq=False)
class Graph:
    description: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def read_model_file(path: Path) -> bytes:
    """Raises NotFound where there is no such file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(str(path)) from error


def read_graph(tflite: bytes) -> Graph:
    """The first subgraph. Raises InvalidInput where the bytes are not a `.tflite` model."""
    if len(tflite) < 8 or tflite[4:8] != _MAGIC:
        raise _broken(gettext("it is not a .tflite file"))
    try:
        return _graph(_Reader(tflite, encode.Get(number_types.UOffsetTFlags.packer_type, tflite, 0)))
    except (StructError, IndexError, ValueError, TypeError, OverflowError, MemoryError, UnicodeDecodeError) as error:
        raise _broken(gettext("it is damaged ({error})").format(error=error)) from error


class _Reader:
    """One table. flatbuffers reads where offsets say: outside, struct raises, and negative positions are refused."""

    def __init__(self, buffer: bytes, position: int) -> None:
        if not 0 <= position < len(buffer):
            raise IndexError(position)
        self._table = Table(buffer, position)

    def number(self, slot: int, flags: type, default: float) -> float:
        value: float = self._table.GetSlot(4 + 2 * slot, default, flags)
        return value

    def integer(self, slot: int, default: int = 0) -> int:
        return int(self.number(slot, _INT, default))

    def text(self, slot: int) -> str:
        offset = self._offset(slot)
        return self._table.String(self._table.Pos + offset).decode() if offset else ""

    def table(self, slot: int) -> "_Reader | None":
        offset = self._offset(slot)
        return _Reader(self._table.Bytes, self._table.Indirect(self._table.Pos + offset)) if offset else None

    def tables(self, slot: int) -> list["_Reader"]:
        starts = self._vector(slot, 4)
        return [_Reader(self._table.Bytes, self._table.Indirect(at)) for at in starts]

    def array(self, slot: int, dtype: str) -> NDArray[np.generic]:
        item = np.dtype(dtype)
        positions = self._vector(slot, item.itemsize)
        if not positions:
            return np.zeros(0, item)
        return np.frombuffer(self._table.Bytes, item, count=len(positions), offset=positions.start)

    def integers(self, slot: int) -> tuple[int, ...]:
        return tuple(int(value) for value in self.array(slot, "<i4"))

    def _offset(self, slot: int) -> int:
        return int(self._table.Offset(4 + 2 * slot))

    def _vector(self, slot: int, item_bytes: int) -> range:
        """Positions of a vector's items."""
        offset = self._offset(slot)
        if not offset:
            return range(0)
        start, count = int(self._table.Vector(offset)), int(self._table.VectorLen(offset))
        if start + count * item_bytes > len(self._table.Bytes):
            raise IndexError(start)
        return range(start, start + count * item_bytes, item_bytes)


def _graph(model: _Reader) -> Graph:
    kinds = [_kind(code) for code in model.tables(1)]
    buffers = [buffer.array(0, "u1") for buffer in model.tables(4)]
    subgraphs = model.tables(2)
    if not subgraphs:
        raise _broken(gettext("it has no graph"))
    subgraph = subgraphs[0]
    tensors = tuple(_tensor(index, tensor, buffers) for index, tensor in enumerate(subgraph.tables(0)))
    operators = tuple(_operator(index, operator, kinds, tensors) for index, operator in enumerate(subgraph.tables(3)))
    inputs, outputs = _pick(tensors, subgraph.integers(1)), _pick(tensors, subgraph.integers(2))
    return Graph(model.text(3), tensors, operators, inputs, outputs)


def _kind(code: _Reader) -> str:
    # Files before schema 3a have the number in the old field of a byte; the larger of both is meant.
    number = max(int(code.number(0, _BYTE, 0)), code.integer(3))
    if number == _CUSTOM:
        return code.text(1) or "CUSTOM"
    return _KINDS[number] if 0 <= number < len(_KINDS) else _LATER_KINDS.get(number, f"BUILTIN_{number}")


def _tensor(index: int, tensor: _Reader, buffers: list[NDArray[np.generic]]) -> Tensor:
    shape = tensor.integers(0)
    if len(shape) > _LARGEST_SHAPE or any(not 0 <= size < 2**31 for size in shape):
        raise _broken(gettext("a tensor has the shape {shape}").format(shape=shape))
    dtype = _DTYPES.get(int(tensor.number(1, _BYTE, 0)), "unknown")
    content = buffers[tensor.integer(2)].tobytes()
    quantisation = tensor.table(4)
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    axis = 0
    if quantisation:
        scales = tuple(float(value) for value in quantisation.array(2, "<f4"))
        zero_points = tuple(int(value) for value in quantisation.array(3, "<i8"))
        axis = quantisation.integer(6)
    if content and dtype not in ("string", "int4", "unknown"):
        needed = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
        if len(content) != needed:
            raise _broken(gettext("a constant has {n} bytes instead of {needed}").format(n=len(content), needed=needed))
    return Tensor(index, tensor.text(3), shape, dtype, scales, zero_points, axis, content or None)


def _operator(index: int, operator: _Reader, kinds: list[str], tensors: tuple[Tensor, ...]) -> Operator:
    kind = kinds[int(operator.number(0, number_types.Uint32Flags, 0))]
    options = operator.table(4)
    fields = _OPTIONS.get(kind, ())
    values = {
        name: options.number(slot, flags, default) if options else default for name, slot, flags, default in fields
    }
    inputs = tuple(None if i < 0 else tensors[i] for i in operator.integers(1))
    return Operator(index, kind, inputs, _pick(tensors, operator.integers(2)), values)


def _pick(tensors: tuple[Tensor, ...], indices: tuple[int, ...]) -> tuple[Tensor, ...]:
    if any(index < 0 for index in indices):
        raise IndexError(min(indices))
    return tuple(tensors[index] for index in indices)


def _broken(why: str) -> InvalidInput:
    return InvalidInput(gettext("The model"), why, gettext("Give a .tflite file as TensorFlow's converter writes it."))
