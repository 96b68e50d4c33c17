"""How a label looks and is called everywhere in the window."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from studio.core.text import gettext as _
from studio.dataset.background import UNKNOWN, is_background

if TYPE_CHECKING:
    from studio.dataset.settings import ProjectSettings
    from studio.ui.widgets.painted import ClassStyle

_order: list[str] = []  # the open project's words, the first seen first; on the GUI thread
_UNNAMED = {"keyword": (_("other words"), _("noise")), "gesture": (_("other gestures"), _("no gesture"))}
_unnamed: list[str] = list(_UNNAMED["keyword"])  # what UNKNOWN and background are called in the open project
_keep: list[Callable[[list[str]], object]] = []  # at most one: has the project note words that are new


def use_classes(
    order: Iterable[str], keep: Callable[[list[str]], object] | None = None, template: str = "keyword"
) -> None:
    """Another project is open: its words as it has them noted, and what is told of new ones."""
    _order[:] = order
    _unnamed[:] = _UNNAMED.get(template, _UNNAMED["keyword"])
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


def styles_of(labels: Iterable[str], settings: "ProjectSettings") -> "dict[str, ClassStyle]":
    """The same of a project, whose labels may be values: those are no classes, have no colours, and name their unit."""
    if not settings.row.predicts_value:
        return class_styles(labels)
    from studio.ui.widgets.painted import ClassStyle

    return {label: ClassStyle(f"{label} {settings.unit}".strip().replace("-", "\N{MINUS SIGN}")) for label in labels}


def value_styles(labels: Iterable[str]) -> "dict[str, ClassStyle]":
    """Of labels that are numbers: there may be as many as segments, and none takes a hue."""
    from studio.ui.widgets.painted import ClassStyle

    return {label: ClassStyle(label) for label in labels}


def is_unnamed(label: str) -> bool:
    """Whether it is other words, or what is heard when nobody speaks: nothing that the user named."""
    return label == UNKNOWN or is_background(label)


def shown_label(label: str) -> str:
    """A label as people read it."""
    if label == UNKNOWN:
        return _unnamed[0]
    return _unnamed[1] if is_background(label) else label
