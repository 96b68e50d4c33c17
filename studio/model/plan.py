"""Plans an int8 `.tflite`: its operators as the engine runs them, and a place in the arena for every tensor."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.core.errors import InvalidInput
from studio.core.text import gettext
from studio.model.arena import Extent, Lead, lower_bound, place
from studio.model.lowering import Lowering
from studio.model.operators import Planned, Unsupported, require_activation
from studio.model.tflite import Graph, Tensor, read_graph

_LARGEST_ARENA_BYTES = 2**28


@dataclass(frozen=True)
class Port:
    """The model's input or output: an int8 tensor, its shape with the batch of 1, and its place in the arena."""

    name: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    at: int
    bytes: int


@dataclass(frozen=True, eq=False)
class Plan:
    """operators: in the order of the graph, views left out. places: by tensor, its offset in the arena.
    data: weights, biases, multipliers, shifts and tables. arena_lower_bound_bytes: the largest sum of live tensors at
    any operator, less what its output may lie over its input, which no placement goes below.
    """

    graph: Graph
    operators: tuple[Planned, ...]
    places: dict[int, int]
    data: bytes
    input: Port
    output: Port
    arena_bytes: int
    arena_lower_bound_bytes: int
    macs: int


def plan(tflite: bytes) -> Plan:
    """Raises InvalidInput where the bytes are not a model, Unsupported where the engine cannot run it."""
    graph = read_graph(tflite)
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise Unsupported(gettext("the graph"), gettext("which has more than one input or output"))
    source, result = graph.inputs[0], graph.outputs[0]
    lowering = Lowering()
    written = {source.index}
    for operator in graph.operators:
        for tensor in operator.outputs:
            if tensor.index in written or tensor.content is not None:
                raise InvalidInput(gettext("The model"), gettext("an operator writes what is there already"))
            written.add(tensor.index)
        lowering.add(operator)
    for tensor in (source, result):
        require_activation(gettext("the graph"), tensor)
    storage = lowering.storage
    extents = _extents(lowering.operators, storage, source, result)
    leads = _leads(lowering.operators, storage, extents)
    offsets = place(extents, leads)
    places = {tensor: offsets[storage.get(tensor, tensor)] for tensor in {*storage, *offsets}}
    arena_bytes = max(offsets[key] + extent.bytes for key, extent in extents.items())
    if arena_bytes > _LARGEST_ARENA_BYTES:
        raise Unsupported(gettext("the graph"), gettext("whose activations are larger than 256 MB"))
    return Plan(
        graph,
        tuple(_turned(operator, places) for operator in lowering.operators),
        places,
        bytes(lowering.data),
        _port(source, places),
        _port(result, places),
        arena_bytes,
        lower_bound(extents, leads),
        sum(operator.macs for operator in lowering.operators),
    )


def _port(tensor: Tensor, places: dict[int, int]) -> Port:
    return Port(tensor.name, tensor.shape, tensor.scales[0], tensor.zero_points[0], places[tensor.index], tensor.count)


def _extents(
    operators: Sequence[Planned], storage: dict[int, int], source: Tensor, result: Tensor
) -> dict[int, Extent]:
    """For each tensor with a place of its own: its length, and from which operator to which it lives."""

    def at(tensor: int) -> int:
        return storage.get(tensor, tensor)

    sizes = {at(source.index): source.count}
    first, last = {at(source.index): 0}, {at(source.index): 0}
    for step, operator in enumerate(operators):
        for tensor in (operator.input, operator.other):
            if tensor is None:
                continue
            if at(tensor) not in sizes:
                raise InvalidInput(gettext("The model"), gettext("an operator reads a tensor that nothing has written"))
            last[at(tensor)] = step
        sizes[operator.output] = operator.output_bytes
        first.setdefault(operator.output, step)  # several operators may each write a part
        last[operator.output] = step
    if at(result.index) not in sizes:
        raise InvalidInput(gettext("The model"), gettext("nothing writes its output"))
    last[at(result.index)] = len(operators)
    return {key: Extent(size, first[key], last[key]) for key, size in sizes.items()}


def _leads(
    operators: Sequence[Planned], storage: dict[int, int], extents: dict[int, Extent]
) -> dict[tuple[int, int], Lead]:
    """Of operators that may write over an input which nothing reads afterwards."""
    leads = {}
    for step, operator in enumerate(operators):
        lead = operator.lead
        for tensor in (operator.input, operator.other):
            if tensor is None or lead is None:
                continue
            source = storage.get(tensor, tensor)
            repeated = tensor == operator.other and extents[source].bytes != operator.output_bytes
            if extents[source].last == step and not repeated:
                leads[source, operator.output] = lead
    return leads


def _turned(operator: Planned, places: dict[int, int]) -> Planned:
    """Backwards, where its output lies over the input and behind it."""
    lead, source, result = operator.lead, places[operator.input], places[operator.output]
    meets = source < result + operator.output_bytes and result < source + math.prod(operator.in_shape)
    return replace(operator, backwards=bool(lead and meets and result + lead.forwards > source))
