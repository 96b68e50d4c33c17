"""Makes `.tflite` files of a few operators, so that each can be tried with any shape, scale and option."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import pytest
from numpy.typing import NDArray

# Numbers of schema.fbs: builtin operator, and which table of options it has.
_KINDS = {
    "ADD": (0, 11), "AVERAGE_POOL_2D": (1, 5), "CONCATENATION": (2, 10), "CONV_2D": (3, 1), "DEPTHWISE_CONV_2D": (4, 2),
    "FULLY_CONNECTED": (9, 8), "LOGISTIC": (14, 0), "MAX_POOL_2D": (17, 5), "MUL": (18, 21), "RELU": (19, 0),
    "RELU6": (21, 0), "RESHAPE": (22, 17), "SOFTMAX": (25, 9), "TANH": (28, 0), "PAD": (34, 22), "TRANSPOSE": (39, 26),
    "SPACE_TO_BATCH_ND": (38, 25), "MEAN": (40, 27), "SUB": (41, 28), "STRIDED_SLICE": (45, 32), "PADV2": (60, 43),
    "SLICE": (65, 48), "REDUCE_MAX": (82, 27),
    "LEAKY_RELU": (98, 75), "QUANTIZE": (114, 89), "HARD_SWISH": (117, 0),
}  # fmt: skip
_TYPES = {"float32": 0, "int32": 2, "int8": 9}
_MOST_OPTIONS = 8


@dataclass
class TensorOf:
    shape: Sequence[int]
    scales: Sequence[float] = (1.0,)
    zero_points: Sequence[int] = (0,)
    axis: int = 0
    values: NDArray[Any] | None = None  # a constant's
    dtype: str = "int8"


@dataclass
class OperatorOf:
    kind: str
    inputs: Sequence[int]
    output: int
    options: Sequence[tuple[int, str, float]] = field(default_factory=tuple)  # slot, "Int8" ..., value


class _Writer:
    def __init__(self) -> None:
        self.builder = flatbuffers.Builder(1024)
        self.builder.ForceDefaults(True)

    def vector(self, offsets: Sequence[int]) -> int:
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return int(self.builder.EndVector())

    def numbers(self, values: Sequence[float], dtype: str) -> int:
        return int(self.builder.CreateNumpyVector(np.array(values, dtype)))

    def table(self, slots: int, *fields: tuple[int, str, float]) -> int:
        self.builder.StartObject(slots)
        for slot, kind, value in fields:
            if kind == "Offset":
                self.builder.PrependUOffsetTRelativeSlot(slot, int(value), 0)
            else:
                getattr(self.builder, f"Prepend{kind}Slot")(slot, value, 0)
        return int(self.builder.EndObject())


def _write(tensors: Sequence[TensorOf], operators: Sequence[OperatorOf], source: int, result: int) -> bytes:
    w = _Writer()
    buffers = [w.table(3)]
    written = []
    for index, tensor in enumerate(tensors):
        buffer = 0
        if tensor.values is not None:
            content = w.numbers(list(tensor.values.tobytes()), "u1")
            buffer = len(buffers)
            buffers.append(w.table(3, (0, "Offset", content)))
        scales, zeros = w.numbers(tensor.scales, "<f4"), w.numbers(tensor.zero_points, "<i8")
        quantised = w.table(7, (2, "Offset", scales), (3, "Offset", zeros), (6, "Int32", tensor.axis))
        shape, name = w.numbers(tensor.shape, "<i4"), w.builder.CreateString(f"tensor {index}")
        fields = [(0, "Offset", shape), (1, "Int8", _TYPES[tensor.dtype]), (2, "Uint32", buffer), (3, "Offset", name)]
        written.append(w.table(8, *fields, (4, "Offset", quantised)))
    kinds = list(dict.fromkeys(operator.kind for operator in operators))
    codes = []
    for kind in kinds:
        number = _KINDS[kind][0]
        codes.append(w.table(4, (0, "Int8", min(127, number)), (2, "Int32", 1), (3, "Int32", number)))
    steps = []
    for operator in operators:
        options = w.table(_MOST_OPTIONS, *operator.options)
        inputs, outputs = w.numbers(operator.inputs, "<i4"), w.numbers([operator.output], "<i4")
        fields = [(0, "Uint32", kinds.index(operator.kind)), (1, "Offset", inputs), (2, "Offset", outputs)]
        table = _KINDS[operator.kind][1]
        if table:
            fields += [(3, "Uint8", table), (4, "Offset", options)]
        steps.append(w.table(8, *fields))
    parts = [w.vector(written), w.numbers([source], "<i4"), w.numbers([result], "<i4"), w.vector(steps)]
    graph = w.table(5, *((slot, "Offset", part) for slot, part in enumerate(parts)))
    codes_at, graphs_at, buffers_at = w.vector(codes), w.vector([graph]), w.vector(buffers)
    model = w.table(8, (0, "Uint32", 3), (1, "Offset", codes_at), (2, "Offset", graphs_at), (4, "Offset", buffers_at))
    w.builder.Finish(model, b"TFL3")
    return bytes(w.builder.Output())


class TfliteWriter:
    """Writes `.tflite` files. Tensor 0 is the model's input, the last operator's output the model's output."""

    Tensor = TensorOf
    Operator = OperatorOf

    def write(self, tensors: Sequence[TensorOf], operators: Sequence[OperatorOf]) -> bytes:
        return _write(tensors, operators, 0, operators[-1].output)


@pytest.fixture(scope="session")
def tflite_writer() -> TfliteWriter:
    return TfliteWriter()


@pytest.fixture(scope="session")
def tflm() -> Callable[[bytes], Any]:
    """Opens a model in TensorFlow Lite Micro with every tensor kept; skips where the wheel is not installed."""
    module = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="the tflite-micro wheel is absent")

    def open_model(tflite: bytes) -> Any:
        return module.Interpreter.from_bytes(
            tflite, arena_size=4_000_000, intrepreter_config=module.InterpreterConfig.kPreserveAllTensors
        )

    return open_model
