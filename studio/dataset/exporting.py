"""Writing labelled segments out as files for other tools, with a manifest that says what each is."""

import csv
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import InvalidInput, StorageFailed
from studio.core.files import inside, sync_files
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset import row_files, sound_files
from studio.dataset.catalogue import Example
from studio.dataset.formats import FORMATS, written_by
from studio.dataset.formats.layout import Skipped, shown
from studio.dataset.project import Project
from studio.dataset.selection import Selection
from studio.features.windows import Clip

MANIFEST = "manifest.csv"
_COLUMNS = ("path", "label", "person", "group", "recording", "start", "end", "rate_hz")


@dataclass(frozen=True)
class Exported:
    """folder: absolute. recordings: of how many the segments are."""

    folder: Path
    recordings: int
    segments: int
    skipped: list[Skipped]


def export_folder(
    project: Project,
    target: Path,
    format_name: str | None = None,
    *,
    selection: Selection | None = None,
    report: Report = silent,
) -> Exported:
    """Writes all labelled segments, or those selected, into a new folder, which is seen only when it is whole.

    format_name: by default the usual one of the project's kind. Sound and pictures that are all of their recording are
    copied byte for byte. Raises InvalidInput, StorageFailed, Cancelled.
    """
    formats = written_by(project.settings.template)
    format_name = format_name or formats[0]
    if format_name not in formats:
        known = ", ".join(formats)
        raise InvalidInput(f"--format {format_name}", _("there are these formats: {known}").format(known=known))
    target = target.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InvalidInput(str(target), mark("it is not an empty folder"), mark("Name a new folder to export into."))
    examples = project.catalogue.examples(selection=selection)
    with _new_folder(target) as folder:
        written, skipped = _write(examples, folder, format_name, report)
    recordings = {example.clip.path for example in written}
    return Exported(target, len(recordings), len(written), skipped)


def _write(
    examples: Sequence[Example], folder: Path, format_name: str, report: Report
) -> tuple[list[Example], list[Skipped]]:
    name_for = FORMATS[format_name].name_for
    assert name_for is not None  # noqa: S101  written_by has it
    written, skipped, taken = list[Example](), list[Skipped](), set[str]()
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        manifest = csv.writer(file)
        manifest.writerow(_COLUMNS)
        for index, example in enumerate(examples):
            report(index / len(examples), _("Exporting: {done:,} of {count:,}").format(done=index, count=len(examples)))
            name = _free(name_for(example.label, example.person, example.take, example.clip.path.suffix), taken)
            path = inside(folder, name)
            path.parent.mkdir(exist_ok=True)
            clip = example.clip
            try:
                _cut_out(clip, path)
            except InvalidInput as error:
                skipped.append(Skipped(shown(clip.path), error.why))
                continue
            written.append(example)
            manifest.writerow(
                (name, example.label, example.person, example.group, example.take, clip.start, clip.end, clip.rate_hz)
            )
    return written, skipped


def _cut_out(clip: Clip, path: Path) -> None:
    """By the recording's kind. Raises InvalidInput, OSError."""
    match clip.path.suffix:
        case ".wav":
            sound_files.cut_out(clip.path, clip.start, clip.end, path)
        case ".csv":
            row_files.cut_out(clip.path, clip.start, clip.end, path)
        case _:
            shutil.copyfile(clip.path, path)


def _free(name: str, taken: set[str]) -> str:
    stem, _dot, suffix = name.rpartition(".")
    free, count = name, 1
    while free.casefold() in taken:
        count += 1
        free = f"{stem}-{count}.{suffix}"
    taken.add(free.casefold())
    return free


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A hidden folder beside `target`, which takes its name when all went well and goes when not."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
        try:
            yield partial
            sync_files(partial, (path for path in partial.rglob("*") if path.is_file()))
            if target.exists():
                target.rmdir()
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise StorageFailed(str(target), error.strerror or str(error)) from error
