"""How a label looks and is called everywhere in the window."""

from collections.abc import Iterable

from studio.core.text import gettext as _
from studio.dataset.background import UNKNOWN, is_background
from studio.ui.widgets.painted import ClassStyle


def class_styles(labels: Iterable[str]) -> dict[str, ClassStyle]:
    """By label. Words take the hues in the order of the alphabet, however they come; background takes none."""
    known = set(labels)
    hues = {label: hue for hue, label in enumerate(sorted(word for word in known if not is_unnamed(word)))}
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
