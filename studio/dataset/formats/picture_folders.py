"""A folder a class, with its pictures: PNG, JPEG, BMP."""

from collections.abc import Iterator
from pathlib import Path

from studio.core.text import mark
from studio.dataset.formats.layout import Found, How, Skipped
from studio.dataset.formats.tree import Sort, read_tree

NAME = "picture-folders"
PICTURES = Sort((".png", ".jpg", ".jpeg", ".bmp"), mark("it is no picture that can be read (PNG, JPEG, BMP)"))


def recognises(root: Path) -> bool:
    """Whether there is a picture at `root` or below."""
    return any(isinstance(found, Found) for found in read(root, How()))


def read(root: Path, how: How) -> Iterator[Found | Skipped]:
    """As read_tree."""
    return read_tree(root, how, PICTURES)
