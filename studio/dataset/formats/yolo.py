"""Photographs with boxes, as YOLO's tools keep them, cut to square crops with the object and without it.

`images/a.jpg` has its boxes in `labels/a.txt`, or beside it: a line a box, its class and its middle, width and height
as shares of the picture's. The object is `person` where the classes' names have one (`data.yaml`, `classes.txt`,
`obj.names`; without names the class 0, as in COCO). A crop's group is its photograph. A photograph gives the same crops
on every machine.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from studio.core.errors import InvalidInput
from studio.core.picture_file import decode, read_content
from studio.core.text import gettext as _
from studio.dataset.formats.layout import Found, How, Skipped, readable, shown, why_not
from studio.dataset.formats.picture_folders import PICTURES
from studio.dataset.formats.tree import read_tree

NAME = "yolo"
PERSON = "person"
_LARGEST_BOXES_BYTES = 4_000_000
_MARGIN = 1.15  # of a crop's side over its box's longer one
_SMALLEST_BOX = 12  # pixels of its shorter side: what is in smaller ones, nobody can tell
_SMALLEST_CROP = 48
_WITHOUT = 6  # crops without the object, of a photograph at most
_TRIES = 60
_SIDES = (0.25, 0.6)  # of the photograph's shorter side, of crops where there is no object of any class
_MOST_OF_CROP, _MOST_OF_PERSON = 0.02, 0.1  # that a crop without the object may show of it
_MOST_SHARED = 0.3  # between two crops without it, of their union


class _Box(NamedTuple):
    """In pixels. kind: number of the class."""

    kind: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def meets(self, other: "_Box") -> float:
        """The area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)


def recognises(root: Path) -> bool:
    """Whether there is a picture at `root` or below that has a file of boxes."""
    found = (item for item in read_tree(root, How(), PICTURES) if isinstance(item, Found))
    return any(_boxes_file(item.path) is not None for item in found)


def read(root: Path, how: How) -> Iterator[Found | Skipped]:
    """A Found for each crop, photographs in the order of their paths. One without a file of boxes has no object.

    Raises InvalidInput for a pattern that is none.
    """
    names = _class_names(root)
    wanted = names.index(PERSON) if PERSON in names else 0
    label = names[wanted] if names else PERSON
    for found in read_tree(root, how, PICTURES):
        if isinstance(found, Found):
            yield from _crops(found, label, wanted)
        elif Path(found.path).suffix.lower() not in (".txt", ".yaml", ".yml", ".names", ".cache"):
            yield found


def _crops(found: Found, label: str, wanted: int) -> Iterator[Found | Skipped]:
    try:
        height, width = decode(read_content(found.path)).shape
        boxes, broken = _boxes_of(found.path, width, height)
    except InvalidInput as error:
        yield Skipped(shown(found.path), error.why)
        return
    except OSError as error:
        yield Skipped(shown(found.path), why_not(error))
        return
    if broken:
        yield Skipped(shown(found.path), _("{count:,} lines of its boxes are no boxes").format(count=broken))
    group = found.group or readable(found.relative.rpartition(".")[0])
    there = [box for box in boxes if box.kind == wanted]
    others = [box for box in boxes if box.kind != wanted]
    large = [box for box in there if min(box.right - box.left, box.bottom - box.top) >= _SMALLEST_BOX]
    if len(large) < len(there):
        why = _("{count:,} boxes are too small").format(count=len(there) - len(large))
        yield Skipped(shown(found.path), why)
    for number, box in enumerate(large):
        crop = _whole_pixels(_square(box, width, height))
        yield replace(found, label=label, group=group, part=f"{label}{number}", crop=crop)
    rng = np.random.default_rng(list(hashlib.sha256(found.path.name.encode("utf-8", "replace")).digest()[:8]))
    for number, box in enumerate(_without(there, others, width, height, rng)):
        yield replace(found, label=f"not_{label}", group=group, part=f"not{number}", crop=_whole_pixels(box))


def _without(
    there: Sequence[_Box], others: Sequence[_Box], width: int, height: int, rng: np.random.Generator
) -> list[_Box]:
    """Squares that show next to nothing of the object: other objects first, then any place."""
    chosen: list[_Box] = []
    large = [box for box in others if min(box.right - box.left, box.bottom - box.top) >= _SMALLEST_BOX]
    candidates = [_square(box, width, height) for box in large]
    shorter = min(width, height)
    for _try in range(_TRIES):
        side = min(shorter, max(_SMALLEST_CROP, shorter * float(rng.uniform(*_SIDES))))
        left, top = float(rng.uniform(0, width - side)), float(rng.uniform(0, height - side))
        candidates.append(_Box(-1, left, top, left + side, top + side))
    for box in candidates:
        if len(chosen) == _WITHOUT:
            break
        if box.area < _SMALLEST_CROP**2 or any(_shows(box, person) for person in there):
            continue
        shared = [box.meets(other) / (box.area + other.area - box.meets(other)) for other in chosen]
        if max(shared, default=0.0) <= _MOST_SHARED:
            chosen.append(box)
    return chosen


def _shows(crop: _Box, person: _Box) -> bool:
    both = crop.meets(person)
    return both > _MOST_OF_CROP * crop.area or both > _MOST_OF_PERSON * person.area


def _square(box: _Box, width: int, height: int) -> _Box:
    """Around the box, or as much of it as a square inside the picture holds: its upper part, where faces are."""
    side = min(max(_SMALLEST_CROP, _MARGIN * max(box.right - box.left, box.bottom - box.top)), width, height)
    left = (box.left + box.right - side) / 2
    tall = box.bottom - box.top > side
    top = box.top if tall else (box.top + box.bottom - side) / 2
    left, top = min(max(0.0, left), width - side), min(max(0.0, top), height - side)
    return _Box(box.kind, left, top, left + side, top + side)


def _whole_pixels(box: _Box) -> tuple[int, int, int, int]:
    side = max(1, int(box.right - box.left))
    return int(box.left), int(box.top), side, side


def _boxes_of(picture: Path, width: int, height: int) -> tuple[list[_Box], int]:
    """The boxes as far as they lie in the picture, and how many lines are none. Raises InvalidInput, OSError."""
    path = _boxes_file(picture)
    if path is None:
        return [], 0
    if path.stat().st_size > _LARGEST_BOXES_BYTES:
        raise InvalidInput(str(path), _("its file of boxes is too long"))
    boxes, broken = list[_Box](), 0
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.strip():
            continue
        box = _box_of(line, width, height)
        if box is None:
            broken += 1
        elif box.area > 0:
            boxes.append(box)
    return boxes, broken


def _box_of(line: str, width: int, height: int) -> _Box | None:
    """A line of a class and four numbers, or of an outline: x and y of each of its corners."""
    try:
        kind, *numbers = (float(field) for field in line.split())
    except ValueError:
        return None
    shares = np.array(numbers)
    if kind != kind // 1 or not 0 <= kind < 1e6 or not np.all(np.abs(shares) <= 2):  # undefined ones too
        return None
    if len(numbers) == 4 or len(numbers) == 5:  # the fifth is a score
        x, y, w, h = numbers[:4]
        ends = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
    elif len(numbers) >= 6 and len(numbers) % 2 == 0:
        ends = (shares[0::2].min(), shares[1::2].min(), shares[0::2].max(), shares[1::2].max())
    else:
        return None
    left, top, right, bottom = (float(min(max(0.0, end), 1.0)) for end in ends)
    return _Box(int(kind), left * width, top * height, right * width, bottom * height)


def _boxes_file(picture: Path) -> Path | None:
    """`labels/…/a.txt` for `images/…/a.jpg`, the last `images` of the path; or `a.txt` beside."""
    parts = list(picture.parts[:-1])
    candidates = [picture.with_suffix(".txt")]
    if "images" in parts:
        place = len(parts) - 1 - parts[::-1].index("images")
        candidates.insert(0, Path(*parts[:place], "labels", *parts[place + 1 :], f"{picture.stem}.txt"))
    return next((path for path in candidates if path.is_file() and not path.is_symlink()), None)


def _class_names(root: Path) -> list[str]:
    """From the file that names them, a few lines of which are understood; none where there is no such file."""
    folder = root if root.is_dir() else root.parent
    for path in (folder / name for name in ("data.yaml", "dataset.yaml", "classes.txt", "obj.names")):
        try:
            if not path.is_file() or path.is_symlink() or path.stat().st_size > _LARGEST_BOXES_BYTES:
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        names = _names_in_yaml(text) if path.suffix == ".yaml" else [line.strip() for line in text.split("\n")]
        if any(names):
            return names
    return []


def _names_in_yaml(text: str) -> list[str]:
    """`names: [a, b]`, or a line a name under `names:`, with or without its number."""
    listed = re.search(r"^names:\s*\[([^\]]*)\]", text, re.MULTILINE)
    if listed:
        return [name.strip(" '\"\n\t") for name in listed[1].split(",")]
    under = re.search(r"^names:[ \t]*\n((?:[ \t]+[^\n]*\n?|[ \t]*-[^\n]*\n?)+)", text, re.MULTILINE)
    lines = under[1].splitlines() if under else []
    return [re.sub(r"^\s*(?:-|\d+\s*:)\s*", "", line).split("#")[0].strip(" '\"") for line in lines if line.strip()]
