"""A labelled folder that is no part of a project, read as the project's last import was: other people, to be scored."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.core.errors import InvalidInput
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.dataset.catalogue import Example
from studio.dataset.contents import Brought
from studio.dataset.formats import FORMATS, find_format
from studio.dataset.formats.layout import AUTO, Found, Skipped, shown
from studio.dataset.importing import how_of_last_import
from studio.dataset.intakes import found_in, intake_for
from studio.dataset.people import People
from studio.dataset.project import Project
from studio.features.windows import Clip


@dataclass(frozen=True)
class Outside:
    """examples: one for each labelled segment. skipped: what could not be read, and why."""

    examples: list[Example] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@contextmanager
def outside_examples(project: Project, root: Path, report: Report = silent) -> Iterator[Outside]:
    """The labelled segments of a folder; nothing is entered. Their files may be gone when this is left.

    Where the last import's format does not recognise it, another may: crops that lie in folders are of the same classes
    as those that are cut from photographs. Sound and whole pictures are read where they lie; takes in a table and crops
    are cut out as an import cuts them.
    Raises NotFound, InvalidInput, Cancelled.
    """
    how = how_of_last_import(project)
    root = Path(os.path.abspath(root))  # noqa: PTH100  links stay as named
    known = FORMATS.get(how.format)
    named = (
        how.format if known is not None and root.exists() and known.recognises(root) else AUTO
    )  # crops, say, as files
    how = replace(how, format=find_format(root, named, project.settings.template))
    outside = Outside()
    people = project.people()
    with tempfile.TemporaryDirectory(prefix="tinyml-studio-") as folder:
        found = list(found_in(project, root, how, outside.skipped, report))
        intake = intake_for(project.settings, how, found)
        for number, file in enumerate(found):
            report(number / len(found), _("Reading {count:,} files").format(count=len(found)))
            try:
                brought = intake.in_place(file) or intake.bring_in(file, Path(folder) / f"{number:06d}")
            except InvalidInput as error:
                outside.skipped.append(Skipped(shown(file.path), error.why))
                continue
            outside.examples.extend(_examples(file, brought, people))
        yield outside


def _examples(file: Found, brought: Brought, people: People) -> Iterator[Example]:
    spans: list[tuple[int | None, int | None, str]] = [*brought.spans]
    if brought.label is not None and not spans:
        spans = [(None, None, brought.label)]
    rate_hz = max(1, round(brought.content.rate_hz))
    name = f"{file.path}#{file.part}" if file.part else str(file.path)
    for start, end, label in spans:
        yield Example(
            id=name if start is None else f"{name}@{start}",
            clip=Clip(brought.path, start, end, rate_hz, brought.content.gaps),
            label=label,
            person=file.person and (people.code_of(file.person) or file.person),
            group=file.group,
            take=f"{file.path.stem}-{file.part}" if file.part else file.path.stem,
        )
