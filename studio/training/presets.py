"""Networks by size, for each template, and what each takes: what the page shows before training.

Built of the layers of `networks`, as the worker builds them; a test holds the two together through a model's plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from studio.core.errors import NotFound
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.templates import GESTURE, IMAGE, KEYWORD, REGRESSION
from studio.model.arena import Extent, place
from studio.model.operators import ADD, CONV, DEPTHWISE, MAX_POOL, MEAN, SOFTMAX, Planned
from studio.training import networks
from studio.training.networks import Layer, input_shape, layers_of

HOP_MS = 100  # from one window to the next, where a board is quick enough
_LONGEST_HOP = 0.5  # of a window: a word of half a window's length is then whole in one at least
FIRST_KERNEL, KERNEL = (10, 4), (3, 3)  # of networks for words
_MULTIPLIER_BYTES = 9  # bias, multiplier and shift of a channel
_OPERATOR_BYTES = 64
_SOFTMAX_TABLE_BYTES = 900  # about: its length follows from the scale of the logits


@dataclass(frozen=True)
class Preset:
    """title: marked for translation. architecture: as the worker takes it, see networks.layers_of."""

    name: str
    title: str
    architecture: dict[str, Any] = field(hash=False)

    @property
    def filters(self) -> int:
        """Of the first convolution of networks for words."""
        return int(self.architecture.get("filters", 0))

    @property
    def blocks(self) -> int:
        return int(self.architecture.get("blocks", 0))


def _ds_cnn(name: str, title: str, filters: int, blocks: int) -> Preset:
    return Preset(name, title, {"name": "ds_cnn", "filters": filters, "blocks": blocks})


PRESETS = (
    _ds_cnn("small", mark("Small"), 32, 3),
    _ds_cnn("medium", mark("Medium"), 64, 4),
    _ds_cnn("large", mark("Large"), 96, 5),
)
DEFAULT_PRESET = "medium"  # of every template
_BY_TEMPLATE: dict[str, tuple[Preset, ...]] = {
    KEYWORD: PRESETS,
    GESTURE: (
        Preset("small", mark("Small"), {"name": "conv1d", "filters": [8, 16, 16]}),
        Preset("medium", mark("Medium"), {"name": "conv1d", "filters": [16, 32, 32]}),
        Preset("large", mark("Large"), {"name": "conv1d", "filters": [24, 48, 64]}),
        Preset("dense", mark("Dense, as in tutorials"), {"name": "dense", "units": [50, 15]}),
    ),
    IMAGE: (
        Preset("small", mark("Small"), {"name": "small_cnn", "filters": [8, 16, 24, 32]}),
        Preset("medium", mark("Medium"), {"name": "small_cnn", "filters": [16, 24, 32, 48]}),
        Preset("large", mark("Large"), {"name": "small_cnn", "filters": [16, 32, 48, 64]}),
        Preset("mobilenet_v1", mark("MobileNetV1 0.25"), {"name": "mobilenet_v1", "width": 0.25}),
        Preset("mobilenet_v2", mark("MobileNetV2 0.35"), {"name": "mobilenet_v2", "width": 0.35}),
    ),
    REGRESSION: (
        Preset("small", mark("Small"), {"name": "dense", "units": [8]}),
        Preset("medium", mark("Medium"), {"name": "dense", "units": [32, 16]}),
        Preset("large", mark("Large"), {"name": "dense", "units": [64, 32, 16]}),
    ),
}


def presets_of(template: str, front_end_kind: str = "") -> tuple[Preset, ...]:
    """Of a project. A convolution over time needs time: of statistics there are dense networks alone."""
    found = _BY_TEMPLATE[template]
    return _BY_TEMPLATE[REGRESSION] if front_end_kind == "motion_statistics" else found


def find_preset(name: str, template: str = KEYWORD, front_end_kind: str = "") -> Preset:
    """Raises NotFound, naming those there are."""
    presets = presets_of(template, front_end_kind)
    for preset in presets:
        if preset.name == name:
            return preset
    names = ", ".join(preset.name for preset in presets)
    raise NotFound(_("The preset {name!r}").format(name=name), _("Use one of these: {names}.").format(names=names))


def preset_of(architecture: dict[str, Any]) -> Preset | None:
    """The preset that a run's `architecture` setting is, None for another network."""
    found = {"name": "ds_cnn", **architecture}
    return next((p for presets in _BY_TEMPLATE.values() for p in presets if p.architecture == found), None)


@dataclass(frozen=True)
class Block:
    """kind: input, softmax, or as a Layer's; a separable one is two operators, an inverted one up to four.

    shape: of its output. kernel, stride: of what moves over its input. weights: with biases.
    """

    kind: str
    shape: tuple[int, ...]
    weights: int = 0
    macs: int = 0
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1

    @property
    def bytes(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Sizes:
    """What a network needs before it is trained. arena_bytes and macs are those of the plan it will have; image_bytes
    is within 2 % of the image's, or 128 bytes of a small one, for a front end of `front_end_bytes`.
    """

    blocks: tuple[Block, ...]
    arena_bytes: int
    image_bytes: int

    @property
    def macs(self) -> int:
        return sum(block.macs for block in self.blocks)

    @property
    def weights(self) -> int:
        return sum(block.weights for block in self.blocks)


def sizes_of(preset: Preset, shape: Sequence[int], classes: int, front_end_bytes: int = 0) -> Sizes:
    """shape: of the features. classes: outputs; one is a value, which no softmax follows."""
    described = layers_of(preset.architecture, classes)
    sketch = _Sketch(input_shape(preset.architecture, tuple(shape)))
    for layer in described:
        sketch.add(layer)
    if classes > 1:
        sketch.softmax()
    golden = prod(shape) + classes
    image = 256 + _OPERATOR_BYTES * len(sketch.operators) + sketch.data_bytes + golden + front_end_bytes
    return Sizes(tuple(sketch.blocks), sketch.arena_bytes(), image)


def hops_ms(window_ms: int) -> tuple[int, ...]:
    """Those that a run has a decision rule for, ascending: whole times HOP_MS, so that they see the same windows."""
    longest = int(_LONGEST_HOP * window_ms)
    return tuple(range(HOP_MS, max(longest, HOP_MS) + 1, HOP_MS))


class _Sketch:
    """A network's operators as the planner will have them, for where in the arena their tensors may lie."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        rows, columns, channels = shape
        self.blocks = [Block("input", shape)]
        self.operators: list[Planned] = []
        self.data_bytes = 0
        self._now = (rows, columns, channels)
        self._tensor = 0  # the one that comes next reads
        self._reads: list[tuple[int, ...]] = []  # by operator
        self._sizes = [prod(shape)]

    def add(self, layer: Layer) -> None:
        before, weights, macs = self._now, 0, 0
        if layer.kind == networks.CONVOLUTION:
            weights, macs = self._convolution(layer.size, layer.kernel, layer.stride)
        elif layer.kind == networks.SEPARABLE:
            weights, macs = self._separable(layer)
        elif layer.kind == networks.INVERTED:
            weights, macs = self._inverted(layer)
        elif layer.kind == networks.POOL:
            after = tuple(size // stride for size, stride in zip(before[:2], layer.stride, strict=True))
            self._operator(MAX_POOL, (*after, before[2]), layer.kernel, layer.stride, padded=False)
        elif layer.kind == networks.AVERAGE:
            self._operator(MEAN, (1, 1, before[2]))
        elif layer.kind == networks.FLATTEN:
            self._now = (1, 1, prod(before))  # a view: no operator
        elif layer.kind in (networks.DENSE, networks.OUTPUT):
            weights, macs = self._convolution(layer.size)
        if layer.kind not in (networks.FLATTEN, networks.DROPOUT):
            kind = {networks.AVERAGE: "pool", networks.OUTPUT: "dense"}.get(layer.kind, layer.kind)
            flat = layer.kind in (networks.AVERAGE, networks.DENSE, networks.OUTPUT)
            shape = self._now[2:] if flat else self._now
            self.blocks.append(Block(kind, shape, weights, macs, layer.kernel, layer.stride[0]))

    def softmax(self) -> None:
        self._operator(SOFTMAX, self._now)
        self.data_bytes += _SOFTMAX_TABLE_BYTES
        self.blocks.append(Block("softmax", self._now[2:]))

    def arena_bytes(self) -> int:
        """Each tensor lives from the operator that writes it to the last that reads it, which may write over it."""
        last = {tensor: number for number, read in enumerate(self._reads) for tensor in read}
        extents = {
            tensor: Extent(size, max(tensor - 1, 0), last.get(tensor, len(self._reads)))
            for tensor, size in enumerate(self._sizes)
        }
        leads = {
            (tensor, number + 1): operator.lead
            for number, (operator, read) in enumerate(zip(self.operators, self._reads, strict=True))
            for tensor in read
            if last[tensor] == number
        }
        offsets = place(extents, {pair: lead for pair, lead in leads.items() if lead is not None})
        return max(at + self._sizes[tensor] for tensor, at in offsets.items())

    def _separable(self, layer: Layer) -> tuple[int, int]:
        by_channel = self._by_channel(layer)
        across = self._convolution(layer.size)
        return by_channel[0] + across[0], by_channel[1] + across[1]

    def _inverted(self, layer: Layer) -> tuple[int, int]:
        channels, source = self._now[2], self._tensor
        parts = [self._convolution(channels * layer.times)] if layer.times > 1 else []
        parts += [self._by_channel(layer), self._convolution(layer.size)]
        if layer.stride == (1, 1) and channels == layer.size:
            self._operator(ADD, self._now, also=source)
        return sum(part[0] for part in parts), sum(part[1] for part in parts)

    def _by_channel(self, layer: Layer) -> tuple[int, int]:
        channels = self._now[2]
        self._operator(DEPTHWISE, self._strided(channels, layer.stride), layer.kernel, layer.stride)
        return self._weighted(prod(layer.kernel) * channels, channels, prod(layer.kernel) * prod(self._now))

    def _convolution(
        self, filters: int, kernel: tuple[int, int] = (1, 1), stride: tuple[int, int] = (1, 1)
    ) -> tuple[int, int]:
        """(weights, macs)."""
        taps = prod(kernel) * self._now[2]
        self._operator(CONV, self._strided(filters, stride), kernel, stride)
        return self._weighted(taps * filters, filters, taps * prod(self._now))

    def _weighted(self, weights: int, channels: int, macs: int) -> tuple[int, int]:
        self.data_bytes += _stored(weights) + _stored(_MULTIPLIER_BYTES * channels)
        return weights + channels, macs

    def _strided(self, filters: int, stride: tuple[int, int]) -> tuple[int, int, int]:
        rows, columns = (-(-size // step) for size, step in zip(self._now[:2], stride, strict=True))
        return rows, columns, filters

    def _operator(
        self,
        kind: int,
        after: tuple[int, ...],
        kernel: tuple[int, int] = (1, 1),
        stride: tuple[int, int] = (1, 1),
        *,
        padded: bool = True,
        also: int | None = None,
    ) -> None:
        """padded: as Keras's `same` is. also: a second tensor that it reads."""
        rows, columns, channels = after
        steps = zip((rows, columns), kernel, stride, self._now[:2], strict=True)
        pad = [max((size - 1) * step + taps - source, 0) // 2 if padded else 0 for size, taps, step, source in steps]
        self.operators.append(
            Planned(kind, "", 0, 0, 0, self._now, (rows, columns, channels), filter=kernel, stride=stride,
                    pad=(pad[0], pad[1]))
        )  # fmt: skip
        self._reads.append((self._tensor,) if also is None else (self._tensor, also))
        self._now = (rows, columns, channels)
        self._tensor += 1
        self._sizes.append(prod(after))


def _stored(size: int) -> int:
    return size + -size % 4
