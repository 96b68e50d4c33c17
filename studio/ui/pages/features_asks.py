"""What Features asks of other threads. What answers is imported there: it takes a fifth of a second."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.ui.pages.features_variants import VARIANTS

if TYPE_CHECKING:
    from studio.dataset.catalogue import Example
    from studio.dataset.project import Project
    from studio.features.front_ends import AnyFrontEnd
    from studio.training.preview import Heard
    from studio.ui.pages.features_work import Seen, Varied


def found_in(folder: Path, seed: int, keep: str | None) -> "Heard":
    from studio.ui.pages.features_work import find

    return find(folder, seed, keep)


def seen_of(found: "Heard", spec: "AnyFrontEnd") -> "Seen":
    from studio.ui.pages.features_work import see

    return see(found, spec)


def varied_of(found: "Heard", example: "Example", spec: "AnyFrontEnd", **drawn: Any) -> "Varied":
    from studio.ui.pages.features_work import make_variants

    return make_variants(found, example, spec, VARIANTS, **drawn)


def key_of(segment: str, project: "Project") -> str:
    """The place of a segment in Label's list."""
    from studio.dataset.selection import of_segments

    found = project.catalogue.segments(of_segments([segment]))
    return found[0].key if found else ""
