"""Networks by size, described without TensorFlow: what the page shows before training, and what the worker builds.

The description is that of `worker/architectures.ds_cnn`; a test holds the two together through a trained model's plan.
"""

from dataclasses import dataclass
from math import prod
from typing import Any

from studio.core.errors import NotFound
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.model.arena import Extent, place
from studio.model.operators import CONV, DEPTHWISE, MEAN, SOFTMAX, Planned

HOP_MS = 100  # from one window to the next, where a board is quick enough
_LONGEST_HOP = 0.5  # of a window: a word of half a window's length is then whole in one at least
FIRST_KERNEL, KERNEL = (10, 4), (3, 3)
_MULTIPLIER_BYTES = 9  # bias, multiplier and shift of a channel
_OPERATOR_BYTES = 64
_SOFTMAX_TABLE_BYTES = 900  # about: its length follows from the scale of the logits


@dataclass(frozen=True)
class Preset:
    """title: marked for translation. filters: of every convolution. blocks: separable ones after the first."""

    name: str
    title: str
    filters: int
    blocks: int

    @property
    def architecture(self) -> dict[str, Any]:
        """As the worker takes it."""
        return {"filters": self.filters, "blocks": self.blocks}


PRESETS = (
    Preset("small", mark("Small"), filters=32, blocks=3),
    Preset("medium", mark("Medium"), filters=64, blocks=4),
    Preset("large", mark("Large"), filters=96, blocks=5),
)
DEFAULT_PRESET = "medium"


def find_preset(name: str) -> Preset:
    """Raises NotFound, naming those there are."""
    for preset in PRESETS:
        if preset.name == name:
            return preset
    names = ", ".join(preset.name for preset in PRESETS)
    raise NotFound(_("The preset {name!r}").format(name=name), _("Use one of these: {names}.").format(names=names))


def preset_of(architecture: dict[str, Any]) -> Preset | None:
    """The preset that a run's `architecture` setting is, None for another network."""
    found = architecture.get("filters"), architecture.get("blocks")
    return next((preset for preset in PRESETS if (preset.filters, preset.blocks) == found), None)


@dataclass(frozen=True)
class Block:
    """kind: input, convolution, separable, pool, dense or softmax; a separable one is two operators.

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
    is within 2 % of the image's, for a front end of `front_end_bytes`.
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


def sizes_of(preset: Preset, shape: tuple[int, int], classes: int, front_end_bytes: int = 0) -> Sizes:
    """shape: (frames, mels) of the features. classes: outputs."""
    filters = preset.filters
    rows, columns = _halved(shape[0]), _halved(shape[1])
    taps = prod(FIRST_KERNEL)
    blocks = [
        Block("input", (*shape, 1)),
        Block("convolution", (rows, columns, filters), (taps + 1) * filters, rows * columns * filters * taps,
              FIRST_KERNEL, 2),
    ]  # fmt: skip
    chain = [_moves_over(CONV, (*shape, 1), blocks[1].shape, FIRST_KERNEL, 2)]
    data = _stored(taps * filters) + _stored(_MULTIPLIER_BYTES * filters)
    for number in range(preset.blocks):
        stride = 2 if number == 0 else 1
        if number == 0:
            rows, columns = _halved(rows), _halved(columns)
        before, out = chain[-1].out_shape, (rows, columns, filters)
        weights = (prod(KERNEL) + 1) * filters + (filters + 1) * filters
        macs = prod(out) * (prod(KERNEL) + filters)
        blocks.append(Block("separable", out, weights, macs, KERNEL, stride))
        chain += [_moves_over(DEPTHWISE, before, out, KERNEL, stride), _moves_over(CONV, out, out, (1, 1), 1)]
        data += _stored(prod(KERNEL) * filters) + _stored(filters * filters) + 2 * _stored(_MULTIPLIER_BYTES * filters)
    blocks += [
        Block("pool", (filters,)),
        Block("dense", (classes,), (filters + 1) * classes, filters * classes),
        Block("softmax", (classes,)),
    ]
    chain += [
        _moves_over(MEAN, out, (1, 1, filters), (1, 1), 1),
        _moves_over(CONV, (1, 1, filters), (1, 1, classes), (1, 1), 1),
        _moves_over(SOFTMAX, (1, 1, classes), (1, 1, classes), (1, 1), 1),
    ]
    data += _stored(filters * classes) + _stored(_MULTIPLIER_BYTES * classes) + _SOFTMAX_TABLE_BYTES
    golden = prod(shape) + classes
    image = 256 + _OPERATOR_BYTES * len(chain) + data + golden + front_end_bytes
    return Sizes(tuple(blocks), _arena_bytes(chain), image)


def hops_ms(window_ms: int) -> tuple[int, ...]:
    """Those that a run has a decision rule for, ascending: whole times HOP_MS, so that they see the same windows."""
    longest = int(_LONGEST_HOP * window_ms)
    return tuple(range(HOP_MS, max(longest, HOP_MS) + 1, HOP_MS))


def _moves_over(
    kind: int, before: tuple[int, int, int], after: tuple[int, ...], kernel: tuple[int, int], stride: int
) -> Planned:
    """An operator as the planner will have it, for where its output may lie; padded as Keras's `same` is."""
    rows, columns, channels = after
    steps = zip((rows, columns), kernel, before[:2], strict=True)
    top, left = (max((size - 1) * stride + taps - source, 0) // 2 for size, taps, source in steps)
    return Planned(
        kind, "", 0, 0, 0, before, (rows, columns, channels), filter=kernel, stride=(stride, stride), pad=(top, left)
    )


def _arena_bytes(chain: list[Planned]) -> int:
    """Each tensor lives from the operator that writes it to the next, which may write over it."""
    tensors = [prod(chain[0].in_shape), *(operator.output_bytes for operator in chain)]
    extents = {i: Extent(size, max(i - 1, 0), i) for i, size in enumerate(tensors)}
    leads = {(i, i + 1): operator.lead for i, operator in enumerate(chain)}
    offsets = place(extents, {pair: lead for pair, lead in leads.items() if lead is not None})
    return max(at + tensors[i] for i, at in offsets.items())


def _halved(size: int) -> int:
    return -(-size // 2)


def _stored(size: int) -> int:
    return size + -size % 4
