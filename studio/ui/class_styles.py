"""How a label looks and is called everywhere in the window."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from studio.core.text import gettext as _
from studio.dataset.background import UNKNOWN, is_background

if TYPE_CHECKING:
    from studio.ui.widgets.painted import ClassStyle

_order: list[str] = []  # the open project's words, the first seen first; on the GUI thread
_keep: list[Callable[[list[str]], object]] = []  # at most one: has the project note words that are new


def use_classes(order: Iterable[str], keep: Callable[[list[str]], object] | None = None) -> None:
    """Another project is open: its words as it has them noted, and what is told of new ones."""
    _order[:] = order
    _keep[:] = [] if keep is None else [keep]


def class_styles(labels: Iterable[str]) -> "dict[str, ClassStyle]":
    """By label. Words take the hues first come, first served, and keep them; background takes none."""
    from studio.ui.widgets.painted import ClassStyle  # with numpy, which the first paint does without

    known = set(labels)
    new = sorted(word for word in known if not is_unnamed(word) and word not in _order)
    _order.extend(new)
    if new and _keep:
        _keep[0](list(_order))
    hues = {label: hue for hue, label in enumerate(_order)}
    return {
        label: ClassStyle(shown_label(label), hues.get(label), ring=is_background(label)) for label in sorted(known)
    }


def is_unnamed(label: str) -> bool:
    """Whether it is other words, or what is heard when nobody speaks: nothing that the user named."""
    return label == UNKNOWN or is_background(label)


def shown_label(label: str) -> str:
    """A label as people read it."""
    if label == UNKNOWN:
        return _("other words")
    return _("noise") if is_background(label) else label
