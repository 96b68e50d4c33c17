"""Other engines on the same model: TensorFlow Lite Micro, whose reference ours equals bit by bit, and LiteRT.

Both are optional: each function says how to get what is missing. LiteRT rounds fully connected layers once where
TensorFlow Lite Micro rounds twice, so there it may differ by 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, NotFound
from studio.core.job import Report, silent
from studio.core.text import gettext
from studio.model.image import build_image
from studio.model.plan import Plan, Port, plan
from studio.model.tflite import Graph, read_graph
from studio.native.engine import Engine

_ARENA_SPARE_BYTES = 262_144
_SEED = 1


@dataclass(frozen=True)
class FirstDifference:
    """operator: place in the graph and kind. tensor: its name. index: into the flattened tensor."""

    operator: str
    tensor: str
    index: int
    engine: int
    reference: int


@dataclass(frozen=True)
class Comparison:
    """values: compared, over all inputs and all operators' outputs. differing: of them."""

    inputs: int
    values: int
    differing: int
    first: FirstDifference | None


def rows_of(inputs: NDArray[np.int8], values: int) -> NDArray[np.int8]:
    """(rows, values) of (rows, ...). Raises InvalidInput where they are not int8, or have another number of values."""
    if inputs.dtype != np.int8 or inputs.ndim < 1 or inputs[:1].size not in (0, values):
        why = gettext("it is {dtype} {shape} and the model wants int8 rows of {values} values")
        raise InvalidInput(gettext("The input"), why.format(dtype=inputs.dtype, shape=inputs.shape, values=values))
    return inputs.reshape(len(inputs), values)


def run_core(tflite: bytes, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    """Our engine. inputs: (rows, ...), as many values a row as the model's input. Returns (rows, *output's shape).

    Raises Unsupported, and InvalidInput where the inputs do not fit.
    """
    planned = plan(tflite)
    rows = rows_of(inputs, planned.input.bytes)
    return Engine(build_image(planned)).run(rows).reshape(len(rows), *planned.output.shape[1:])


def run_tflm(tflite: bytes, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    """As run_core, with the tflite-micro wheel. Raises NotFound where it is not installed."""
    graph = _one_in_one_out(tflite)
    interpreter = _tflm(tflite, graph)
    shape = graph.inputs[0].shape
    outputs = []
    for row in rows_of(inputs, graph.inputs[0].count):
        interpreter.reset()
        interpreter.set_input(row.reshape(shape), 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0).reshape(graph.outputs[0].shape[1:]))
    return _stacked(outputs, graph)


def run_litert(tflite: bytes, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    """As run_core, with LiteRT's reference kernels. Raises NotFound where ai-edge-litert is not installed."""
    try:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ImportError as error:
        raise NotFound("LiteRT", gettext("Install it with `pip install ai-edge-litert`.")) from error
    graph = _one_in_one_out(tflite)
    interpreter = Interpreter(model_content=tflite, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    outputs = []
    for row in rows_of(inputs, graph.inputs[0].count):
        interpreter.reset_all_variables()
        interpreter.set_tensor(graph.inputs[0].index, row.reshape(graph.inputs[0].shape))
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(graph.outputs[0].index).reshape(graph.outputs[0].shape[1:]))
    return _stacked(outputs, graph)


RUNNERS = {"core": run_core, "litert": run_litert, "tflm": run_tflm}


def probing_inputs(port: Port, count: int) -> NDArray[np.int8]:
    """(count, port.bytes): random walks along the tensor and white noise by turns, always the same for the same model.

    Noise alone saturates most networks; walks reach deep into them.
    """
    rng = np.random.default_rng(_SEED)
    inputs = np.empty((count, port.bytes), np.int8)
    for i in range(count):
        if i % 2:
            inputs[i] = rng.integers(-128, 128, port.bytes)
        else:
            walk = np.cumsum(rng.normal(0, rng.uniform(1, 12), port.bytes)) + rng.integers(-100, 100)
            inputs[i] = np.clip(np.round(walk), -128, 127)
    return inputs


def compare_with_tflm(planned: Plan, tflite: bytes, inputs: NDArray[np.int8], report: Report = silent) -> Comparison:
    """Every operator's output, for each of the inputs (rows, ...), in our engine and in TensorFlow Lite Micro.

    Raises InvalidInput where the inputs do not fit, NotFound where the tflite-micro wheel is not installed.
    """
    rows = rows_of(inputs, planned.input.bytes)
    engine = Engine(build_image(planned))
    interpreter = _tflm(tflite, planned.graph, keep_tensors=True)
    completed = {operator.output: step for step, operator in enumerate(planned.operators)}
    values = differing = 0
    first: FirstDifference | None = None
    for done, row in enumerate(rows):
        report(done / len(rows), gettext("Input {n} of {count}").format(n=done + 1, count=len(rows)))
        interpreter.set_input(row.reshape(planned.input.shape), 0)
        interpreter.invoke()
        for step, (operator, ours) in enumerate(zip(planned.operators, engine.tap(row), strict=True)):
            if completed[operator.output] != step:  # a part of a tensor
                continue
            theirs = interpreter.GetTensor(operator.output, 0)["tensor_data"].ravel()
            unequal = np.flatnonzero(ours != theirs)
            values += len(ours)
            differing += len(unequal)
            if len(unequal) and first is None:
                at = int(unequal[0])
                name = planned.graph.tensors[operator.output].name
                first = FirstDifference(f"{operator.index} {operator.name}", name, at, int(ours[at]), int(theirs[at]))
    return Comparison(len(rows), values, differing, first)


def compare_outputs(planned: Plan, theirs: NDArray[np.int8], inputs: NDArray[np.int8]) -> Comparison:
    """Only the model's outputs: ours beside those that another gave for the same inputs. Both (rows, ...)."""
    ours = Engine(build_image(planned)).run(rows_of(inputs, planned.input.bytes))
    unequal = np.argwhere(ours != theirs.reshape(ours.shape))
    first = None
    if len(unequal):
        row, at = (int(index) for index in unequal[0])
        last = planned.graph.operators[-1]
        values = int(ours[row, at]), int(theirs.reshape(ours.shape)[row, at])
        first = FirstDifference(f"{last.index} {last.kind}", planned.output.name, at, *values)
    return Comparison(len(inputs), ours.size, len(unequal), first)


def _tflm(tflite: bytes, graph: Graph, *, keep_tensors: bool = False) -> Any:
    try:
        from tflite_micro.python.tflite_micro import runtime
    except ImportError as error:
        advice = gettext("Install it with `pip install tflite-micro` (Linux on x86-64 only).")
        raise NotFound("TensorFlow Lite Micro", advice) from error
    config = runtime.InterpreterConfig
    # Its own default, ten times the model, is too little for a small model with large activations.
    arena_bytes = 16 * len(tflite) + 4 * sum(tensor.count for tensor in graph.tensors) + _ARENA_SPARE_BYTES
    try:
        return runtime.Interpreter.from_bytes(
            tflite,
            arena_size=arena_bytes,
            intrepreter_config=config.kPreserveAllTensors if keep_tensors else config.kAllocationRecording,
        )
    except RuntimeError as error:
        raise InvalidInput(
            gettext("The model"), gettext("TensorFlow Lite Micro refuses it ({error})").format(error=error)
        ) from error


def _one_in_one_out(tflite: bytes) -> Graph:
    graph = read_graph(tflite)
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or graph.inputs[0].dtype != "int8":
        raise InvalidInput(gettext("The model"), gettext("it does not have one int8 input and one output"))
    return graph


def _stacked(outputs: list[NDArray[np.int8]], graph: Graph) -> NDArray[np.int8]:
    return np.stack(outputs) if outputs else np.empty((0, *graph.outputs[0].shape[1:]), np.int8)
