"""`import`, `export`, `list`, `label`, `split`, `undo`, `check`: what is in a project."""

import argparse
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli.output import Command, Output
from studio.cli.project import open_for_command
from studio.core.errors import InvalidInput, NotFound
from studio.core.text import counted, mark
from studio.core.text import gettext as _
from studio.dataset.catalogue import Catalogue, Example, Listed
from studio.dataset.edits import PIN_KINDS
from studio.dataset.project import Project
from studio.dataset.schema import SIDES
from studio.dataset.selection import FILTER_HELP, Selection, of_recordings, parse

if TYPE_CHECKING:
    from studio.dataset.edits import Span, Touched
    from studio.dataset.findings import Finding
    from studio.dataset.formats.layout import Skipped

SKIPPED_SHOWN = 20
ROWS_SHOWN = 50
FINDINGS_SHOWN = 10  # of a kind
MOST_RATE_HZ = 1e6


def configure_import(parser: argparse.ArgumentParser) -> None:
    from studio.dataset.formats import FORMATS
    from studio.dataset.formats.layout import AUTO

    parser.add_argument("project", type=Path)
    parser.add_argument(
        "path", type=Path, help=_("a folder with a folder for each class, or with its files, or one file")
    )
    parser.add_argument("--format", default=AUTO, help=", ".join((AUTO, *FORMATS)))
    parser.add_argument("--dry-run", action="store_true", help=_("only tell what would be brought in"))
    parser.add_argument(
        "--person-from",
        metavar="REGEX",
        help=_("whose it is: the first group, or all, of what this matches in a file's path below PATH"),
    )
    parser.add_argument("--group-from", metavar="REGEX", help=_("what belongs on one side of a split, likewise"))
    parser.add_argument(
        "--rows-per-sample", type=int, metavar="N", help=_("of a CSV with takes one after another: rows of one take")
    )
    parser.add_argument("--rate", type=float, metavar="HZ", help=_("of a CSV without a column of time"))
    parser.add_argument(
        "--label-column", metavar="NAME", help=_("of a CSV, where it is not called label, class or value")
    )


def run_import(args: argparse.Namespace, output: Output) -> None:
    from studio.dataset.formats.layout import How
    from studio.dataset.importing import import_folder

    if args.rate is not None and not 0 < args.rate < MOST_RATE_HZ:
        raise InvalidInput(f"--rate {args.rate:g}", mark("it is no rate in Hz"))
    how = How(args.format, args.person_from, args.group_from, args.rows_per_sample, args.rate, args.label_column)
    with open_for_command(args.project, output, write=not args.dry_run) as project:
        imported = import_folder(project, args.path, how, dry_run=args.dry_run, report=output.progress)
    if imported.recordings and not imported.people and not imported.groups:
        output.warn(_("No file's path says whose it is. With --person-from a split can keep people apart."))
    for notice in imported.notices[:SKIPPED_SHOWN]:
        output.warn(f"{notice.path}: {notice.why}.")
    many = imported.recordings
    if args.dry_run:
        done = counted("{n:,} recording would be brought in", "{n:,} recordings would be brought in", many)
    else:
        done = counted("{n:,} recording brought in", "{n:,} recordings brought in", many)
    output.result(
        {
            "recordings": imported.recordings,
            "segments": imported.segments,
            "people": imported.people,
            "groups": imported.groups,
            "format": imported.how.format,
            "dry_run": args.dry_run,
            "skipped": [skipped._asdict() for skipped in imported.skipped],
            "notices": [notice._asdict() for notice in imported.notices],
        },
        _("{done}, people: {people:,}, files skipped: {skipped:,}.").format(
            done=done, people=imported.people, skipped=len(imported.skipped)
        )
        + _skipped_text(imported.skipped),
    )


def configure_export(parser: argparse.ArgumentParser) -> None:
    from studio.dataset.formats import FORMATS

    parser.add_argument("project", type=Path)
    parser.add_argument("path", type=Path, help=_("a new folder"))
    written = [name for name, known in FORMATS.items() if known.name_for is not None]
    parser.add_argument("--format", help=_("{names}; by default as the project is").format(names=", ".join(written)))
    _add_filter(parser)


def run_export(args: argparse.Namespace, output: Output) -> None:
    from studio.dataset.exporting import export_folder

    with open_for_command(args.project, output, write=False) as project:
        selection = _selection(project, args.filter)
        exported = export_folder(project, args.path, args.format, selection=selection, report=output.progress)
    output.result(
        {
            "folder": str(exported.folder),
            "recordings": exported.recordings,
            "segments": exported.segments,
            "skipped": [skipped._asdict() for skipped in exported.skipped],
        },
        _("{segments} of {recordings}, in {folder}.").format(
            segments=counted("{n:,} segment", "{n:,} segments", exported.segments),
            recordings=_recordings(exported.recordings),
            folder=exported.folder,
        )
        + _skipped_text(exported.skipped),
    )


def configure_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    _add_filter(parser)
    parser.add_argument("--limit", type=int, metavar="N", help=_("at most so many rows"))
    parser.add_argument("--after", metavar="ID", help=_("the next rows after this one's"))


def run_list(args: argparse.Namespace, output: Output) -> None:
    if args.limit is not None and args.limit < 0:
        raise InvalidInput(f"--limit {args.limit}", mark("it is negative"))
    with open_for_command(args.project, output, write=False) as project:
        selection = _selection(project, args.filter)
        total = project.catalogue.count(selection)
        shown = args.limit if args.limit is not None or args.json else ROWS_SHOWN
        rows = project.catalogue.recordings(selection, limit=shown, after=args.after)
    foot = _("{shown:,} of {recordings}.").format(shown=len(rows), recordings=_recordings(total))
    text = "\n".join([*_table(rows), foot])
    output.result({"total": total, "rows": [as_row(row) for row in rows]}, text)


def configure_label(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("label", nargs="?", help=_("the label to set"))
    parser.add_argument("--clear", action="store_true", help=_("take the label off"))
    parser.add_argument("--remove", action="store_true", help=_("take the recordings out; their files stay"))
    _add_filter(parser, required=True)
    parser.add_argument(
        "--span",
        action="append",
        default=[],
        metavar="FROM..TO",
        help=_("in seconds: label this span of the one recording that the filter names; may be given again"),
    )


def run_label(args: argparse.Namespace, output: Output) -> None:
    if (args.label is not None) + args.clear + args.remove != 1:
        raise InvalidInput("label", mark("it takes one of a label, --clear and --remove"))
    if args.span and args.label is None:
        raise InvalidInput("--span", mark("it goes with a label"))
    label = args.label
    with open_for_command(args.project, output, write=True) as project:
        catalogue, selection = project.catalogue, _selection(project, args.filter)
        # Asked for by key afterwards: a filter by label no longer finds what was relabelled.
        ids = [row.id for row in catalogue.recordings(selection)] if args.json or args.span else []
        title = _("Remove recordings") if args.remove else _("Take labels off")
        with catalogue.edit(title if label is None else _("Label as {label}").format(label=label)) as edit:
            if args.remove:
                changed = edit.remove(selection)
            elif args.span:
                changed = edit.add_segments(*_spans_of_one(catalogue, ids, args, label))
            else:
                changed = edit.set_label(selection, label)
        rows = catalogue.recordings(of_recordings(ids)) if args.json else []
    output.result(
        {"total": len(ids), "changed": changed, "rows": [as_row(row) for row in rows]},
        _("{changed:,} changed. `undo` takes it back.").format(changed=changed)
        if changed  # an edit that changes nothing is none: `undo` would take back the one before it
        else _(
            "Nothing was changed: no recording that the filter finds needs it. `list --filter` shows those it finds."
        ),
    )


def configure_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    kind = parser.add_mutually_exclusive_group()
    for name, text in (
        ("person", _("a person, by code or name")),
        ("group", _("a group")),
        ("recording", _("a recording, by its id")),
    ):
        kind.add_argument(f"--{name}", metavar=name.upper(), help=_("whom --pin is about: {what}").format(what=text))
    parser.add_argument("--pin", choices=[*SIDES, "none"], help=_("keep it on this side; none: let it go"))


def run_split(args: argparse.Namespace, output: Output) -> None:
    from studio.dataset.splits import split

    kind = next((name for name in PIN_KINDS if getattr(args, name) is not None), None)
    if (kind is None) != (args.pin is None):
        raise InvalidInput("split", mark("--pin goes with one of --person, --group and --recording"))
    with open_for_command(args.project, output, write=kind is not None) as project:
        if kind is not None:
            _pin(project, kind, getattr(args, kind), None if args.pin == "none" else args.pin)
        sides = split(project.catalogue.examples())
        pins = project.catalogue.pins()
    by_side = {"train": sides.train, "validation": sides.validation, "test": sides.test}
    rows = [_side_row(example, side) for side, examples in by_side.items() for example in examples]
    rows.sort(key=lambda row: str(row["path"]))
    output.result(
        {
            "total": len(rows),
            "validation_by": sides.validation_by,
            "pins": pins,
            "people": _by_person(rows),
            "rows": rows,
        },
        _split_text(_by_person(rows), pins),
    )


def configure_undo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("--redo", action="store_true", help=_("do again what undo took back last"))


def run_undo(args: argparse.Namespace, output: Output) -> None:
    with open_for_command(args.project, output, write=True) as project:
        catalogue = project.catalogue
        touched = project.redo() if args.redo else project.undo()
        total, next_undo, next_redo = catalogue.count(), catalogue.undo_title(), catalogue.redo_title()
    output.result(
        {
            "total": total,
            "rows": []
            if touched is None
            else [{"table": t, "column": c, "changed": n} for (t, c), n in touched.cells.items()],
            "changed": 0 if touched is None else touched.rows,
            "title": None if touched is None else touched.title,
            "undo": next_undo,
            "redo": next_redo,
        },
        _undo_text(touched, redo=args.redo),
    )


def configure_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("--deep", action="store_true", help=_("read all files and compare them with their SHA-256"))


def run_check(args: argparse.Namespace, output: Output) -> None:
    from studio.dataset.quality import check

    with open_for_command(args.project, output, write=True, repair=True) as project:
        findings = _recovered(project, output) + check(project, deep=args.deep, report=output.progress)
        total = project.catalogue.count()
    lines = _finding_lines(findings)
    counts = Counter(finding.severity for finding in findings)
    lines.append(
        _("{recordings}: {errors}, {warnings}, {notes}.").format(
            recordings=_recordings(total),
            errors=counted("{n:,} error", "{n:,} errors", counts["error"]),
            warnings=counted("{n:,} warning", "{n:,} warnings", counts["warning"]),
            notes=counted("{n:,} note", "{n:,} notes", counts["note"]),
        )
    )
    output.result({"total": total, "findings": [finding._asdict() for finding in findings]}, "\n".join(lines))


def _recordings(count: int) -> str:
    return counted("{n:,} recording", "{n:,} recordings", count)


def _finding_lines(findings: Sequence["Finding"]) -> list[str]:
    """A line a finding, the first few of each kind."""
    seen = Counter[str]()
    lines = []
    for finding in findings:
        seen[finding.kind] += 1
        if seen[finding.kind] <= FINDINGS_SHOWN:
            lines.append(f"{finding.severity}: {finding.where}: {finding.says} {finding.remedy}")
    more = _("{kind}: {count:,} more; --json tells all.")
    lines += [more.format(kind=k, count=n - FINDINGS_SHOWN) for k, n in seen.items() if n > FINDINGS_SHOWN]
    return lines


def _recovered(project: Project, output: Output) -> list["Finding"]:
    from studio.capture.recovery import recover
    from studio.dataset.findings import NOTE, Finding

    says = _("Recovered: {seconds:.1f} s with the label {label}; {why}.")
    return [
        Finding(
            "recovered",
            NOTE,
            str(found.path),
            says.format(seconds=found.seconds, label=found.label or "-", why=_(found.why)),
            _("Listen to its end."),
        )
        for found in recover(project, output.progress)
    ]


def as_row(row: Listed) -> dict[str, Any]:
    """A recording as JSON. label: its only segment's; labels: of all segments."""
    return {
        "id": row.id,
        "path": str(row.path),
        "label": row.labels[0] if len(row.labels) == 1 else None,
        "labels": list(row.labels),
        "person": row.person,
        "group": row.group,
        "session": row.session,
        "source": row.source,
        "rate_hz": row.rate_hz,
        "samples": row.samples,
        "seconds": round(row.seconds, 3),
        "gaps": [list(gap) for gap in row.gaps],
        "lost": row.lost,
        "imported_from": row.imported_from,
        "started_utc": row.started_utc,
        "sha256": row.sha256,
    }


def _table(rows: Sequence[Listed]) -> list[str]:
    return [
        f"{row.id}  {row.seconds:8.2f} s  {row.rate_hz:6.0f} Hz  {row.person or '-':6}  "
        f"{', '.join(label or '-' for label in row.labels) or '-':16}  {row.path.name}"
        for row in rows
    ]


def _add_filter(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument("--filter", default="", required=required, metavar="F", help=_(FILTER_HELP))


def _selection(project: Project, text: str) -> Selection:
    return parse(text, project.people().code_of)


def _spans_of_one(
    catalogue: Catalogue, ids: Sequence[str], args: argparse.Namespace, label: str | None
) -> tuple[str, list["Span"]]:
    """The one recording that --filter names, and the spans of --span in its samples."""
    from studio.dataset.edits import Span

    if len(ids) != 1:
        raise InvalidInput(
            f"--filter {args.filter}",
            _("{count:,} recordings are found, and --span is about one").format(count=len(ids)),
            mark("Name it as id:KEY; `list` shows the keys."),
        )
    row = catalogue.recordings(of_recordings(ids))[0]
    spans = []
    for text in args.span:
        start, dots, end = text.partition("..")
        try:
            spans.append(Span(label, round(float(start or 0) * row.rate_hz), _to(end, row.rate_hz)))
        except (ValueError, OverflowError) as error:
            raise InvalidInput(f"--span {text}", mark("it is not FROM..TO in seconds")) from error
        if not dots:
            raise InvalidInput(f"--span {text}", mark("it is not FROM..TO in seconds"))
    return row.id, spans


def _to(text: str, rate_hz: float) -> int | None:
    return round(float(text) * rate_hz) if text else None


def _pin(project: Project, kind: str, key: str, side: str | None) -> None:
    if kind == "person":
        key = project.people().find(key)
    elif project.catalogue.count(parse(shlex.join([f"{'id' if kind == 'recording' else kind}:{key}"]))) == 0:
        raise NotFound(_("The {kind} {key}").format(kind=kind, key=key), mark("`list` shows those there are."))
    title = _("Pin {kind} {key}") if side else _("Unpin {kind} {key}")
    with project.catalogue.edit(title.format(kind=kind, key=key)) as edit:
        edit.set_pin(kind, key, side)


def _side_row(example: Example, side: str) -> dict[str, Any]:
    return {
        "id": example.id,
        "path": str(example.clip.path),
        "label": example.label,
        "person": example.person,
        "group": example.group,
        "side": side,
        "pinned": example.split_pin is not None,
    }


def _split_text(people: Sequence[dict[str, Any]], pins: dict[str, str]) -> str:
    line = _("{who:8} train {train:6,}  validation {validation:6,}  test {test:6,}")
    lines = [line.format(who=person["person"] or "-", **person) for person in people]
    lines += [_("{what} is pinned to {side}.").format(what=what, side=side) for what, side in pins.items()]
    return "\n".join(lines) or _("No recording has a label yet.")


def _by_person(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter((row["person"] or "", row["side"]) for row in rows)
    people = sorted({person for person, _side in counts})
    return [{"person": person or None, **{side: counts[person, side] for side in SIDES}} for person in people]


def _undo_text(touched: "Touched | None", *, redo: bool) -> str:
    if touched is None:
        return _("There is nothing to do again.") if redo else _("There is nothing to take back.")
    done = _("Done again: {title}.") if redo else _("Taken back: {title}. `undo --redo` does it again.")
    return done.format(title=touched.title)


def _skipped_text(skipped: Sequence["Skipped"]) -> str:
    lines = [f"\n  {path}: {why}" for path, why in skipped[:SKIPPED_SHOWN]]
    if len(skipped) > SKIPPED_SHOWN:
        lines.append(_("\n  and {count:,} more").format(count=len(skipped) - SKIPPED_SHOWN))
    return "".join(lines)


COMMANDS = {
    "import": Command(configure_import, run_import),
    "export": Command(configure_export, run_export),
    "list": Command(configure_list, run_list),
    "label": Command(configure_label, run_label),
    "split": Command(configure_split, run_split),
    "undo": Command(configure_undo, run_undo),
    "check": Command(configure_check, run_check),
}
