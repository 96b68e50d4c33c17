"""Where tensors lie in the arena: two that live at the same time never overlap, and what is over makes room."""

import random
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)

ALIGNMENT = 4  # bytes, so that kernels may read whole words
_SHUFFLES = 200


class Extent(NamedTuple):
    """A tensor's length, and the first and last operator at which it lives."""

    bytes: int
    first: int
    last: int

    def meets(self, other: "Extent") -> bool:
        return self.first <= other.last and other.first <= self.last


def lower_bound(extents: Mapping[Key, Extent]) -> int:
    """The largest sum of tensors that live at one operator. Bytes."""
    steps = {extent.first for extent in extents.values()}
    return max((sum(e.bytes for e in extents.values() if e.first <= step <= e.last) for step in steps), default=0)


def place(extents: Mapping[Key, Extent]) -> dict[Key, int]:
    """Offsets, multiples of ALIGNMENT. Same extents, same offsets.

    First fit in the order of decreasing size, as others do it. Where that misses the lower bound, other orders are
    tried, at random but always the same ones: on a network whose tensors shrink and widen, the largest first leaves
    holes that nothing later fits (73,728 bytes instead of 55,296 on the 96 x 96 person detector).
    """
    order = sorted(extents, key=lambda key: (-extents[key].bytes, extents[key].first))
    best = _first_fit(extents, order)
    bound = lower_bound({key: extent._replace(bytes=_aligned(extent.bytes)) for key, extent in extents.items()})
    shuffler = random.Random(1)
    for _ in range(_SHUFFLES):
        if _end(extents, best) <= bound:
            break
        shuffler.shuffle(order)
        offsets = _first_fit(extents, order)
        best = min(best, offsets, key=lambda found: _end(extents, found))
    return best


def _first_fit(extents: Mapping[Key, Extent], order: Sequence[Key]) -> dict[Key, int]:
    offsets: dict[Key, int] = {}
    for key in order:
        extent = extents[key]
        taken = sorted((offsets[k], offsets[k] + extents[k].bytes) for k in offsets if extent.meets(extents[k]))
        at = 0
        for start, end in taken:
            if at + extent.bytes <= start:
                break
            at = max(at, _aligned(end))
        offsets[key] = at
    return offsets


def _end(extents: Mapping[Key, Extent], offsets: Mapping[Key, int]) -> int:
    return max((offset + extents[key].bytes for key, offset in offsets.items()), default=0)


def _aligned(size: int) -> int:
    return size + -size % ALIGNMENT
