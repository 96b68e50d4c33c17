"""Recordings that lie in a project and are not in its catalogue: what a killed import left, or a lost catalogue.

They are entered from their sidecars. An import is made in a hidden folder: PARTIAL while its files are being written,
READY once all are on the disk, so that what is READY is finished and what is PARTIAL is cleared away.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.core.errors import StorageFailed, StudioError
from studio.core.files import sync_folder
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.dataset.catalogue import spans_as_json
from studio.dataset.contents import look
from studio.dataset.edits import NewRecording, Span, checked_label
from studio.dataset.json_fields import BrokenFile
from studio.dataset.project import RECORDINGS, Project
from studio.dataset.recordings import PARTIAL, SUFFIXES, Sidecar, new_id, read_sidecar, sha256_of, write_sidecar

IMPORTING = ".import-"
READY = ".ready"


@dataclass
class Entered:
    """recordings: paths, in the catalogue now. broken: sidecars that cannot be read. bare: recordings without one."""

    recordings: list[Path] = field(default_factory=list)
    broken: list[BrokenFile] = field(default_factory=list)
    bare: list[Path] = field(default_factory=list)


def enter_orphans(project: Project, report: Report = silent) -> Entered:
    """Finishes or clears away what killed imports left, and enters every recording that the catalogue does not know,
    but for those that somebody withdrew.

    One undo step. Raises StorageFailed, ReadOnly, BrokenSettings where the ledger does not tell who withdrew.
    """
    _end_imports(project)
    known = project.catalogue.known_files()
    keys = {there.id for there in known.values()}
    entered, new = Entered(), list[NewRecording]()
    orphans = [path for path in _recordings(project.recordings_folder) if f"{RECORDINGS}/{path.name}" not in known]
    people = project.people() if orphans else None
    for index, path in enumerate(orphans):
        report(index / len(orphans), _("Entering recordings found in the project"))
        if not path.with_suffix(".json").exists():
            entered.bare.append(path)
            continue
        try:
            sidecar = _as_found(path, keys)
        except BrokenFile as error:
            entered.broken.append(error)
            continue
        if people is not None and people.is_withdrawn(sidecar.person, sidecar.id):
            continue
        keys.add(sidecar.id)
        spans = [Span(label, start, end) for start, end, label in sidecar.spans]
        new.append(NewRecording(f"{RECORDINGS}/{path.name}", sidecar, spans_as_json(sidecar.gaps), spans))
        entered.recordings.append(path)
    if new:
        title = _("Enter {count:,} recordings found in the project").format(count=len(new))
        with project.catalogue.edit(title) as edit:
            edit.add(new)
    return entered


def move_in(staged: Path, recordings: Path) -> None:
    """Moves all files of an import's folder into `recordings/`, durably, and removes the folder. Raises OSError."""
    for path in sorted(staged.iterdir()):
        path.replace(recordings / path.name)
    sync_folder(recordings)
    staged.rmdir()


def _end_imports(project: Project) -> None:
    for staged in sorted(project.folder.glob(f"{IMPORTING}*")):
        try:
            if staged.suffix == READY:
                move_in(staged, project.recordings_folder)
            else:
                shutil.rmtree(staged)
        except OSError as error:
            raise StorageFailed(str(staged), error.strerror or str(error)) from error


def _recordings(recordings: Path) -> Iterator[Path]:
    """Finished ones, by name. One that still has its partial sidecar is recovery's."""
    names = {path.name for path in recordings.iterdir()}
    for name in sorted(names):
        stem, dot, suffix = name.rpartition(".")
        ours = dot + suffix in SUFFIXES and not stem.endswith(PARTIAL) and not name.startswith(".")
        if ours and f"{stem}{PARTIAL}.json" not in names:
            yield recordings / name


def _as_found(path: Path, keys: set[str]) -> Sidecar:
    """The sidecar, made to say what the catalogue needs where it does not. Raises BrokenFile."""
    sidecar_path = path.with_suffix(".json")
    sidecar = read_sidecar(sidecar_path)
    try:
        label = checked_label(sidecar.label)
        for _start, _end, said in sidecar.spans:
            checked_label(said)
        whole = sidecar
        if sidecar.samples is None:
            whole = replace(whole, samples=look(path).samples)
        if sidecar.sha256 is None:
            whole = replace(whole, sha256=sha256_of(path))
    except (StudioError, OSError) as error:
        raise BrokenFile(str(path), str(error)) from error
    if sidecar.id in keys:  # a copy made by hand of a recording and its sidecar
        whole = replace(whole, id=new_id())
    whole = replace(whole, label=label, finished=True, writer=None)
    if whole != sidecar:
        write_sidecar(sidecar_path, whole)
    return whole
