"""The order in which a project's classes came, noted in its catalogue: a class keeps its place, and so its colour."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from studio.dataset.catalogue import Catalogue

_NOTE = "class_order"


def read_class_order(catalogue: "Catalogue") -> list[str]:
    """The classes noted until now, the first that came first. What makes no sense in the note is left out."""
    noted = catalogue.note(_NOTE)
    return list(dict.fromkeys(each for each in noted if isinstance(each, str))) if isinstance(noted, list) else []


def note_classes(catalogue: "Catalogue", classes: "Iterable[str]") -> list[str]:
    """Puts those that are new behind the others, as they are given. Returns all. Raises ReadOnly, StorageFailed."""
    known = read_class_order(catalogue)
    order = list(dict.fromkeys([*known, *classes]))
    if order != known:
        catalogue.set_note(_NOTE, order)
    return order
