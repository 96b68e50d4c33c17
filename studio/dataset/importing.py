"""Bringing a folder of recordings into a project: copied, made durable, then entered, in one step that undo takes back.

Files are written in a hidden folder of the project, which is renamed once all that is in it is on the disk; then they
move into `recordings/` and their rows are committed. Whatever a kill leaves of that, `orphans.py` ends at the next one.
"""

import itertools
import os
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from studio.core.errors import InvalidInput, StorageFailed
from studio.core.files import LONGEST_NAME, inside, safe_name, sync_files
from studio.core.job import Report, silent
from studio.core.samples import KINDS
from studio.core.text import gettext as _
from studio.dataset.catalogue import Known, spans_as_json
from studio.dataset.contents import Brought, Intake
from studio.dataset.edits import Edit, NewRecording, Span
from studio.dataset.formats import find_format
from studio.dataset.formats.layout import Found, How, Skipped, readable, shown
from studio.dataset.intakes import found_in, intake_for
from studio.dataset.orphans import IMPORTING, READY, enter_orphans, move_in
from studio.dataset.project import RECORDINGS, Project
from studio.dataset.recordings import PARTIAL, Sidecar, new_id, sidecar_text
from studio.dataset.row_files import RowIntake
from studio.dataset.selection import of_recordings

SOURCE = "import"
_NOTE = "import"


@dataclass(frozen=True)
class Imported:
    """recordings: brought in, those included that an undone import had brought before. people, groups: of how many.

    how: with the format that was found. by_label: segments of each, none of values; by_person: recordings; None: of
    none. notices: what is odd about recordings that were brought in, by their files.
    """

    recordings: int
    segments: int
    people: int
    skipped: list[Skipped]
    how: How
    groups: int = 0
    notices: list[Skipped] = field(default_factory=list)
    by_label: dict[str | None, int] = field(default_factory=dict)
    by_person: dict[str | None, int] = field(default_factory=dict)


def how_of_last_import(project: Project) -> How:
    """How a folder is read that belongs to this project and is not in it, such as one to evaluate on."""
    noted = project.catalogue.note(_NOTE)
    return How.from_dict(noted) if isinstance(noted, dict) else How()


def import_folder(
    project: Project, root: Path, how: How | None = None, *, dry_run: bool = False, report: Report = silent
) -> Imported:
    """Brings in all recordings at `root` or below. With `dry_run` it only tells what would be, and writes nothing.

    A file that the project has already (by SHA-256) is skipped, one that was removed comes back as it is read now.
    Cancelled or failed, the project is as it was. Raises NotFound, InvalidInput, StorageFailed, Cancelled, ReadOnly.
    """
    how = how or How()
    root = Path(os.path.abspath(root))  # noqa: PTH100  links stay as named
    how = replace(how, format=find_format(root, how.format, project.settings.template))
    skipped: list[Skipped] = []
    found = list(found_in(project, root, how, skipped, report))
    if not dry_run:
        enter_orphans(project, report)
    known = project.catalogue.count()
    intake = intake_for(project.settings, how, found, first=not known)
    incoming = _Incoming(project, skipped, intake)
    if dry_run:
        with tempfile.TemporaryDirectory() as folder:
            incoming.read(found, Path(folder), report, keep=False)
    else:
        with _staging(project) as folder:
            incoming.read(found, folder, report, keep=True)
            changes = intake.changes if isinstance(intake, RowIntake) and incoming.count and not known else {}
            if changes:  # first: what is in the catalogue goes by them
                project.change_settings(**changes)
            title = _("Import {count:,} recordings from {folder}").format(count=incoming.count, folder=root.name)
            incoming.enter(folder, title)
        project.catalogue.set_note(_NOTE, how.as_dict())
    return Imported(
        incoming.count,
        incoming.segments,
        incoming.people_count,
        skipped,
        how,
        incoming.groups_count,
        incoming.notices,
        by_label={} if project.settings.row.predicts_value else incoming.counted(_labels_of),
        by_person=incoming.counted(lambda sidecar: [sidecar.person]),
    )


@contextmanager
def _staging(project: Project) -> Iterator[Path]:
    """A hidden folder of the project for the files of one import; gone afterwards. The system's errors as ours."""
    inside(project.folder, RECORDINGS)
    name = f"{IMPORTING}{new_id()}"
    folder = project.folder / name
    try:
        folder.mkdir()
        yield folder
    except OSError as error:
        raise StorageFailed(str(project.folder), error.strerror or str(error)) from error
    finally:
        for left in (folder, folder.with_name(name + READY)):
            shutil.rmtree(left, ignore_errors=True)


class _Incoming:
    """The recordings of one import, before and while they are entered."""

    def __init__(self, project: Project, skipped: list[Skipped], intake: Intake) -> None:
        self.notices: list[Skipped] = []
        self._project = project
        self._skipped = skipped
        self._intake = intake
        self._known = project.catalogue.known_hashes()
        self._here: dict[str, str] = {}  # path by SHA-256, of this import
        self._names = {_taken_by(path.name) for path in project.recordings_folder.glob("*")}
        self._people = project.people()
        self._new: list[NewRecording] = []
        self._back: list[tuple[Known, Sidecar]] = []

    @property
    def count(self) -> int:
        return len(self._new) + len(self._back)

    @property
    def segments(self) -> int:
        return sum(len(new.spans) or 1 for new in self._new) + len(self._back)

    @property
    def people_count(self) -> int:
        return len({sidecar.person for sidecar in self._sidecars() if sidecar.person is not None})

    def counted(self, of: Callable[[Sidecar], Iterable[str | None]]) -> dict[str | None, int]:
        return dict(Counter(itertools.chain.from_iterable(map(of, self._sidecars()))))

    @property
    def groups_count(self) -> int:
        return len({sidecar.group for sidecar in self._sidecars() if sidecar.group is not None})

    def _sidecars(self) -> Iterator[Sidecar]:
        yield from (new.sidecar for new in self._new)
        yield from (sidecar for _known, sidecar in self._back)

    def read(self, found: list[Found], folder: Path, report: Report, *, keep: bool) -> None:
        """Copies what is new into `folder`, with its sidecar; with keep=False it only looks."""
        for index, file in enumerate(found):
            report(
                index / len(found),
                _("Importing: {done:,} of {count:,} files").format(done=index, count=len(found)),
            )
            self._read_one(file, folder, keep=keep)
        report(1, _("Importing: {count:,} files").format(count=len(found)))

    def _read_one(self, file: Found, folder: Path, *, keep: bool) -> None:
        try:
            brought = self._intake.bring_in(file, folder / new_id())
        except InvalidInput as error:
            self._skipped.append(Skipped(_named(file), error.why))
            return
        known, here = self._known.get(brought.sha256), self._here.get(brought.sha256)
        if known is not None and not known.removed:
            self._skipped.append(Skipped(_named(file), _("the project has it as {path}").format(path=known.path)))
        elif here is not None:
            self._skipped.append(Skipped(_named(file), _("it is the same as {path}").format(path=here)))
        else:
            self._here[brought.sha256] = f"{file.relative} {file.part}".strip()
            self.notices += [Skipped(_named(file), note) for note in brought.notes]
            self._take(file, brought, known, keep=keep)
        brought.path.unlink(missing_ok=True)

    def _take(self, file: Found, brought: Brought, known: Known | None, *, keep: bool) -> None:
        sidecar = self._sidecar(file, brought)
        if known is not None:
            self._back.append((known, sidecar))
            return
        name, suffix = self._free_name(sidecar.imported_from or "", file.part), brought.path.suffix
        spans = [Span(label, start, end) for start, end, label in brought.spans]
        self._new.append(NewRecording(f"{RECORDINGS}/{name}{suffix}", sidecar, spans_as_json(sidecar.gaps), spans))
        if keep:
            brought.path.rename(brought.path.with_name(f"{name}{suffix}"))
            brought.path.with_name(f"{name}.json").write_text(sidecar_text(sidecar), encoding="utf-8")

    def _sidecar(self, file: Found, brought: Brought) -> Sidecar:
        code = self._people.enter(file.person) if file.person is not None else None
        content = brought.content
        row = KINDS[content.kind]
        more: dict[str, Any] = {} if file.crop is None else {"crop": list(file.crop)}
        return Sidecar(
            source=SOURCE,
            rate_hz=content.rate_hz,
            kind=content.kind,
            channels=content.channels,
            unit=content.units[0] if content.units else row.unit,
            scale=content.scales[0] if content.scales else row.scale,
            units=content.units,
            scales=content.scales,
            spans=brought.spans,
            label=brought.label,
            person=code,
            group=None if file.group is None else _without_name(file.group, file.person, code),
            gaps=content.gaps,
            samples=content.samples,
            sha256=brought.sha256,
            finished=True,
            imported_from=_without_person(file, code),
            more=more,
        )

    def _free_name(self, imported_from: str, part: str) -> str:
        """From the path in the folder, so that the same files are called the same when imported anew."""
        stem = imported_from.rpartition(".")[0].replace("/", "_") + (part and f"-{part}")
        stem = safe_name(safe_name(stem[-LONGEST_NAME:]).removesuffix(PARTIAL))
        name, count = stem, 1
        while name.casefold() in self._names:
            count += 1
            name = f"{stem}-{count}"
        self._names.add(name.casefold())
        return name

    def enter(self, folder: Path, title: str) -> None:
        """Makes the files durable, moves them in and enters them. On any failure nothing is left of them."""
        project = self._project
        if not self.count:
            return
        self._people.save()
        sync_files(folder, folder.iterdir())
        ready = folder.rename(folder.with_name(folder.name + READY))
        try:
            with project.catalogue.edit(title) as edit:
                move_in(ready, project.recordings_folder)
                edit.add(self._new)
                self._bring_back(edit)
        except BaseException:
            if self._new and not project.catalogue.has(self._new[0].sidecar.id):  # it may fail after the commit too
                for new in self._new:
                    path = project.folder / new.path
                    path.unlink(missing_ok=True)
                    path.with_suffix(".json").unlink(missing_ok=True)
            raise

    def _bring_back(self, edit: Edit) -> None:
        """What was removed returns with the label, person and group that it is read with now."""
        edit.restore(known.id for known, _sidecar in self._back)
        by_label, by_person, by_group = (defaultdict[str | None, list[str]](list) for _ in range(3))
        for known, sidecar in self._back:
            if not sidecar.spans:  # segments that were cut in it have their own
                by_label[sidecar.label].append(known.id)
            by_person[sidecar.person].append(known.id)
            by_group[sidecar.group].append(known.id)
        for label, ids in by_label.items():
            edit.set_label(of_recordings(ids), label)
        for person, ids in by_person.items():
            edit.set_person(of_recordings(ids), person)
        for group, ids in by_group.items():
            edit.set_group(of_recordings(ids), group)


def _labels_of(sidecar: Sidecar) -> list[str | None]:
    return [label for *_span, label in sidecar.spans] or [sidecar.label]


def _named(file: Found) -> str:
    """Its absolute path, and which part of it."""
    return f"{shown(file.path)} ({file.part})" if file.part else shown(file.path)


def _taken_by(name: str) -> str:
    return name.rpartition(".")[0].removesuffix(PARTIAL).casefold()


def _without_person(file: Found, code: str | None) -> str:
    """The path in the folder, the person's code where their name stands."""
    if file.person_span is None or code is None:
        return readable(file.relative)
    start, end = file.person_span
    before, after = file.relative[:start], file.relative[end:]
    path = _without_name(before, file.person, code) + code + _without_name(after, file.person, code)
    return readable(path)


def _without_name(text: str, name: str | None, code: str | None) -> str:
    """`text` with the code where the name stands as a word of its own."""
    if not name or code is None:
        return text
    return re.sub(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", code, text)
