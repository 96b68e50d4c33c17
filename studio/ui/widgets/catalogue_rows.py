"""Recordings of a project as rows of a LazyTable, and what each column says of one."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from studio.core.text import gettext
from studio.ui.widgets.lazy_table import ChipText, Column, RowSource
from studio.ui.widgets.painted import ClassStyle
from studio.ui.widgets.thumbnail_grid import Thumbnail

if TYPE_CHECKING:
    from studio.dataset.catalogue import Listed
    from studio.dataset.project import Project
    from studio.dataset.selection import Selection

Ask = Callable[[Callable[["Project"], Any]], Future[Any]]
StyleOf = Callable[[str | None], ClassStyle | None]


def recording_source(ask: Ask, selection: "Selection | None" = None) -> "RowSource[Listed]":
    """ask: runs work on the catalogue's thread, as Session.ask does. selection: which recordings; None: all."""
    return RowSource(
        keys=lambda every: ask(lambda project: project.catalogue.page_ends(every, selection)),
        page=lambda after, limit: ask(
            lambda project: project.catalogue.recordings(selection, limit=limit, after=after)
        ),
        key_of=lambda row: row.id,
    )


def recording_columns(style_of: StyleOf) -> "list[Column[Listed]]":
    """style_of: how a label is shown; None for a recording without one."""
    return [
        Column(gettext("Label"), label_of, 170, style=lambda row: style_of(row.labels[0] if row.labels else None)),
        Column(gettext("Recording"), lambda row: row.path.stem, 230, muted=True),
        Column(gettext("Length"), lambda row: f"{row.seconds:.3f} s", 90, right=True),
        Column(gettext("Person"), lambda row: row.person or "–", 90),
        Column(gettext("Session"), lambda row: row.session or "–", 110, muted=True),
        Column(gettext("Source"), lambda row: row.source, 170, muted=True),
        Column(gettext("Lost"), lambda row: f"{row.lost:,}" if row.lost else "–", 110, muted=True, chip=lost_chip),
    ]


def recording_thumbnail(style_of: StyleOf) -> "Callable[[Listed], Thumbnail]":
    def shown(row: "Listed") -> Thumbnail:
        style = style_of(row.labels[0] if row.labels else None)
        detail = " · ".join(filter(None, (row.person, f"{row.seconds:.2f} s", row.path.stem)))
        return Thumbnail(row.id, label_of(row), detail, style, lost_chip(row))

    return shown


def label_of(row: "Listed") -> str:
    """The recording's label, or how many it has."""
    named = [label for label in row.labels if label]
    if not named:
        return gettext("unlabelled")
    return (
        named[0] if len(named) == 1 else gettext("{label} and {more} more").format(label=named[0], more=len(named) - 1)
    )


def lost_chip(row: "Listed") -> ChipText | None:
    return ChipText(gettext("{count} lost").format(count=f"{row.lost:,}"), "warn", "warn") if row.lost else None
