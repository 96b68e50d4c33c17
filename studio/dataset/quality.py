"""`check`: what is wrong with a project's files and catalogue, mended where it can be, and what is odd in its data."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from studio.core.errors import InvalidInput
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.dataset.catalogue import Catalogue, Example, Listed
from studio.dataset.findings import ERROR, NOTE, WARNING, Finding
from studio.dataset.measuring import Measured, may_be_copies, measure
from studio.dataset.orphans import Entered, enter_orphans
from studio.dataset.picture_quality import FLAT, MeasuredPicture
from studio.dataset.project import Project
from studio.dataset.recordings import sha256_of, sidecar_path
from studio.dataset.row_quality import MeasuredRows
from studio.dataset.sound_quality import CheckedSound, likely_pairs, narrow_bands, played_again, same_sound
from studio.dataset.splits import split
from studio.dataset.values import value_of

GOOD = "good"
LEAST_PEOPLE = 5
LEAST_TAKES = 10
LEAST_VALUES = 100  # of a regression
NAMED = 5  # labels in one finding
MOST_IMBALANCE = 3.0
BAND_TAKES = 25  # of a class, that training looks at
_KEEP_EVERY = 2_000  # measurements, so that a check that is stopped goes on where it was


class TakeCheck(NamedTuple):
    """What `check` would say of one take. kind: "good", or of the Finding that counts most. like: the key of the
    recording that holds the same sound, for kind "copy". peak_db, rms_db: None for a file that cannot be measured.
    """

    kind: str
    says: str = ""
    like: str | None = None
    peak_db: float | None = None
    rms_db: float | None = None


@dataclass(frozen=True)
class _Seen:
    """Of rows and pictures."""

    row: Listed
    measured: MeasuredRows | MeasuredPicture


_MEASURED: dict[str, type[MeasuredRows | MeasuredPicture]] = {
    ".csv": MeasuredRows,
    ".png": MeasuredPicture,
    ".jpg": MeasuredPicture,
}  # else sound


def check(project: Project, *, deep: bool = False, report: Report = silent) -> list[Finding]:
    """Enters what the catalogue does not know, then looks at everything. deep: compares every file with its SHA-256.

    Unfinished recordings are capture's to recover, before this. Raises StorageFailed, ReadOnly, Cancelled.
    """
    catalogue = project.catalogue
    findings = [
        Finding(
            "catalogue", WARNING, str(catalogue.path), notice, _("Labels set since the import are to be set again.")
        )
        for notice in project.notices
    ]
    findings += _of_catalogue(catalogue)
    findings += _of_orphans(enter_orphans(project, report))
    rows = catalogue.recordings()
    checked, seen = list[CheckedSound](), list[_Seen]()
    for item in _measured(catalogue, rows, report):
        if isinstance(item, Finding):
            findings.append(item)
        elif isinstance(item, _Seen):
            seen.append(item)
            findings += item.measured.findings(item.row, project.settings)
        else:
            checked.append(item)
            findings += item.findings()
    findings += _bare(rows)
    if deep:
        findings += _changed(rows, report)
    examples = catalogue.examples()
    findings += _copies(checked, examples, report)
    findings += _same_content(seen, examples)
    if project.settings.row.predicts_value:
        findings += _of_values(examples)
    else:
        findings += _of_classes(checked, examples)
    findings += _of_people(rows, examples, project)
    return findings


def check_takes(catalogue: Catalogue, wanted: Sequence[Listed], others: Sequence[Listed] = ()) -> dict[str, TakeCheck]:
    """By the recording's key, for those wanted; copies are looked for among them and the others, and a sound that was
    played again among the last of its label.

    Of the others only those are read that are as long as one wanted, since none else can be its copy, and those last.
    """
    of_wanted = {row.id for row in wanted}
    seconds = [row.samples / row.rate_hz for row in wanted]
    left = [row for row in others if row.id not in of_wanted]
    alike = may_be_copies([row.samples / row.rate_hz for row in left], seconds)
    rows = [*wanted, *(row for row, may_be in zip(left, alike, strict=True) if may_be)]
    found: dict[str, TakeCheck] = {}
    checked: list[CheckedSound] = []
    for row, item in zip(rows, _measured(catalogue, rows, silent), strict=True):
        if isinstance(item, Finding):
            found[row.id] = TakeCheck(item.kind, item.says)
            continue
        if isinstance(item, _Seen):
            odd = next(item.measured.findings(item.row, None), None)
            found[row.id] = TakeCheck(odd.kind if odd else GOOD, odd.says if odd else "")
            continue
        checked.append(item)
        worst = next(item.findings(), None)
        m = item.measured
        found[row.id] = TakeCheck(worst.kind if worst else GOOD, worst.says if worst else "", None, m.peak_db, m.rms_db)
    for pair in likely_pairs(checked):
        newer, older = sorted(pair, key=lambda row: row.id, reverse=True)
        if newer.id in of_wanted and found[newer.id].kind == GOOD and same_sound(newer, older):
            says = _("It holds the same sound as {other}").format(other=older.path.name)
            found[newer.id] = found[newer.id]._replace(kind="copy", says=f"{says}.", like=older.id)
    for row in wanted:
        if found[row.id].kind != GOOD or row.path.suffix in _MEASURED:
            continue
        like = played_again(row, (*wanted, *others))
        if like is not None:
            says = _("It holds the sound of {other}, played again.").format(other=like.path.name)
            found[row.id] = found[row.id]._replace(kind="copy", says=says, like=like.id)
    return {row.id: found[row.id] for row in wanted}


def unequal_bands(catalogue: Catalogue, examples: Iterable[Example]) -> Finding | None:
    """What `check` says of classes that differ in bandwidth, from a few recordings of each: training must not wait."""
    by_label = defaultdict[str, set[Path]](set)
    for example in examples:
        by_label[example.label].add(example.clip.path)
    heard = {path for paths in by_label.values() for path in sorted(paths)[:: -(-len(paths) // BAND_TAKES)]}
    rows = [row for row in catalogue.recordings() if row.path in heard]
    checked = [item for item in _measured(catalogue, rows, silent) if isinstance(item, CheckedSound)]
    return next(narrow_bands(checked, by_label), None)


def _of_catalogue(catalogue: Catalogue) -> Iterator[Finding]:
    problem = catalogue.problem()
    if problem is not None:
        says = _("SQLite finds the catalogue damaged: {problem}.").format(problem=problem)
        remedy = _("Move studio.db elsewhere and run `check` again: it makes a new one from the recordings' own notes.")
        yield Finding("catalogue", ERROR, str(catalogue.path), says, remedy)


def _of_orphans(entered: Entered) -> Iterator[Finding]:
    for path in entered.recordings:
        says = _("It was not in the catalogue, and has been entered from its sidecar.")
        yield Finding("entered", NOTE, str(path), says, _("`undo` takes it out again."))
    for error in entered.broken:
        yield Finding("sidecar", ERROR, error.path, str(error), error.advice())
    for path in entered.bare:
        says = _("It has no sidecar, so nothing is known of it.")
        yield Finding(
            "unknown-file", WARNING, str(path), says, _("Move it out of the project, and bring it in with `import`.")
        )


def measured(path: Path) -> dict[str, float]:
    """What is measured once of a recording of any kind, as the catalogue keeps it. Raises InvalidInput."""
    kind = _MEASURED.get(path.suffix)
    return kind.of(path).as_dict() if kind else measure(path).as_dict()


def _measured(catalogue: Catalogue, rows: Sequence[Listed], report: Report) -> Iterator[CheckedSound | _Seen | Finding]:
    """Each recording with its figures, as measured now or before, or why there are none."""
    kept = catalogue.measurements(row.id for row in rows)
    new: dict[str, dict[str, float]] = {}
    restore = _("Bring it back from a copy, or take it out with `label --remove`.")
    for index, row in enumerate(rows):
        report(index / len(rows), _("Checking: {done:,} of {count:,} recordings").format(done=index, count=len(rows)))
        try:
            size = row.path.stat().st_size
        except OSError:
            yield Finding("missing", ERROR, str(row.path), _("The file is not there."), restore)
            continue
        kind = _MEASURED.get(row.path.suffix)
        measured = (kind or Measured).from_dict(kept.get(row.id, {}))
        if measured is None:
            try:
                measured = kind.of(row.path) if kind else measure(row.path)
            except InvalidInput as error:
                yield Finding("unreadable", ERROR, str(row.path), str(error), restore)
                continue
            new[row.id] = measured.as_dict()
            if len(new) >= _KEEP_EVERY and catalogue.writable:
                catalogue.keep_measurements(new)
                new = {}
        if size != measured.bytes or row.samples != measured.samples:
            yield Finding("changed", ERROR, str(row.path), _("The file is not the one that was entered."), restore)
            continue
        yield CheckedSound(row, measured) if isinstance(measured, Measured) else _Seen(row, measured)
    if catalogue.writable:
        catalogue.keep_measurements(new)


def _bare(rows: Sequence[Listed]) -> Iterator[Finding]:
    """Recordings whose sidecar is gone: nothing shows it as long as the catalogue is whole."""
    for row in rows:
        if row.path.exists() and not sidecar_path(row.path).exists():
            says = _("Its sidecar {name} is not there, so what is known of it is in the catalogue alone.")
            yield Finding(
                "sidecar",
                WARNING,
                str(row.path),
                says.format(name=sidecar_path(row.path).name),
                _("Bring it back from a copy: should the catalogue be lost too, label and person would be."),
            )


def _changed(rows: Sequence[Listed], report: Report) -> Iterator[Finding]:
    for index, row in enumerate(rows):
        report(index / len(rows), _("Reading: {done:,} of {count:,} files").format(done=index, count=len(rows)))
        try:
            same = row.sha256 is None or sha256_of(row.path) == row.sha256
        except OSError:
            continue  # told as missing or unreadable
        if not same:
            says, remedy = _("Its bytes are not those that were entered."), _("Bring the file back from a copy.")
            yield Finding("changed", ERROR, str(row.path), says, remedy)


def _copies(checked: Sequence[CheckedSound], examples: Sequence[Example], report: Report) -> Iterator[Finding]:
    side_of = _sides(examples)
    pairs = likely_pairs(checked)
    for index, (first, second) in enumerate(pairs):
        report(index / len(pairs), _("Comparing recordings that look alike"))
        if same_sound(first, second):
            yield _copy(first, second, _("It holds the same sound as {other}"), side_of)


def _same_content(seen: Sequence[_Seen], examples: Sequence[Example]) -> Iterator[Finding]:
    """Rows of the same numbers, pictures of the same outlines: each beside the first of them."""
    side_of = _sides(examples)
    first_of: dict[object, Listed] = {}
    for item in seen:
        if isinstance(item.measured, MeasuredPicture) and item.measured.deviation < FLAT:
            continue  # nothing is like anything there
        first = first_of.setdefault(item.measured.content, item.row)
        if first is not item.row:
            yield _copy(item.row, first, _("It shows the same as {other}"), side_of)


def _sides(examples: Sequence[Example]) -> dict[Path, str]:
    sides = split(examples)
    return {e.clip.path: side for side in ("train", "validation", "test") for e in getattr(sides, side)}


def _copy(first: Listed, second: Listed, says: str, side_of: Mapping[Path, str]) -> Finding:
    differ = [
        name
        for name, differs in (
            (_("person"), first.person != second.person),
            (_("label"), first.labels != second.labels),
            (_("side of the split"), side_of.get(first.path) != side_of.get(second.path)),
        )
        if differs
    ]
    says = says.format(other=second.path.name)
    says += _(", with another {what}.").format(what=_(" and another ").join(differ)) if differ else "."
    remedy = _("Take the label off one of them: what is trained on and tested on must not be the same.")
    return Finding("copy", WARNING if differ else NOTE, str(first.path), says, remedy)


def _of_classes(checked: Sequence[CheckedSound], examples: Sequence[Example]) -> Iterator[Finding]:
    counts = Counter(e.label for e in examples)
    if not counts:
        says, remedy = _("No recording has a label."), _("Label some with `label`, or import a folder that is.")
        yield Finding("no-labels", ERROR, "labels", says, remedy)
        return
    words = {label: count for label, count in counts.items() if not label.startswith("_")}
    if words and max(words.values()) > MOST_IMBALANCE * min(words.values()):
        (most, many), (least, few) = Counter(words).most_common(1)[0], Counter(words).most_common()[-1]
        says = _("There are {many:,} of {most} and {few:,} of {least}.").format(
            many=many, most=most, few=few, least=least
        )
        yield Finding("imbalance", WARNING, least, says, _("Record more of the rare ones."))
    for label, count in sorted(words.items()):
        if count < LEAST_TAKES:
            says = _("There are only {count:,} of {label}.").format(count=count, label=label)
            yield Finding("few-takes", WARNING, label, says, _("Record more of it: a few dozen by several people."))
    yield from _look_alikes(counts)
    yield from narrow_bands(checked, counts)


def _of_values(examples: Sequence[Example]) -> Iterator[Finding]:
    """Of a regression, whose labels are numbers."""
    values = [value for value in (value_of(e.label) for e in examples) if value is not None]
    others = sorted({e.label for e in examples if value_of(e.label) is None})
    if others:
        says = _("These labels are no numbers: {labels}.").format(labels=", ".join(others[:NAMED]))
        yield Finding("no-number", ERROR, others[0], says, _("Set the value as the label with `label`."))
    if not values:
        says, remedy = _("No recording has a value."), _("Import a table that has a column `value`.")
        yield Finding("no-labels", ERROR, "labels", says, remedy)
    elif max(values) == min(values):
        says = _("All values are the same: {value:g}.").format(value=values[0])
        yield Finding("one-value", ERROR, "labels", says, _("Record where the value is another."))
    elif len(values) < LEAST_VALUES:
        says = _("There are only {count:,} values.").format(count=len(values))
        yield Finding("few-takes", WARNING, "labels", says, _("Record more, over the whole range that matters."))


def _look_alikes(labels: Iterable[str]) -> Iterator[Finding]:
    """Labels that were probably meant to be one."""
    spelt = defaultdict[str, list[str]](list)
    for label in sorted(labels):
        spelt["".join(c for c in label.casefold() if c.isalnum()) or label].append(label)
    for same in spelt.values():
        if len(same) > 1:
            says = _("These labels differ in spelling only: {labels}.").format(labels=", ".join(same))
            yield Finding("spelling", WARNING, same[0], says, _("Set one label for all with `label`."))


def _of_people(rows: Sequence[Listed], examples: Sequence[Example], project: Project) -> Iterator[Finding]:
    unlabelled = sum(label is None for row in rows for label in row.labels)
    if unlabelled:
        says = _("{count:,} segments have no label and are not trained on.").format(count=unlabelled)
        yield Finding("unlabelled", NOTE, "labels", says, _("`list --filter is:unlabelled` shows them."))
    if project.settings.row.predicts_value:
        return  # of a place or a day, not of people
    if project.settings.row.sees_pictures:
        yield from _of_groups(examples)
        return
    words = [e for e in examples if not e.label.startswith("_")]
    nameless = sum(e.person is None for e in words)
    if nameless:
        says = _("Of {count:,} labelled segments nobody knows whose they are.").format(count=nameless)
        remedy = _("Import with --person-from: only whole people kept apart tell how it does on new ones.")
        yield Finding("no-person", WARNING, "people", says, remedy)
    people = {e.person for e in words if e.person is not None}
    if 0 < len(people) < LEAST_PEOPLE:
        says = _("There are only {count} people.").format(count=len(people))
        yield Finding(
            "few-people", WARNING, "people", says, _("Record more people: new voices are what a model fails on.")
        )
    by_label = defaultdict[str, set[str]](set)
    for e in words:
        if e.person is not None:
            by_label[e.label].add(e.person)
    for label, speakers in sorted(by_label.items()):
        if len(speakers) == 1 and len(people) > 1:
            says = _("Only {person} says {label}.").format(person=next(iter(speakers)), label=label)
            remedy = _("Let others say it too: the model may learn the voice for the word.")
            yield Finding("one-speaker", WARNING, label, says, remedy)


def _of_groups(examples: Sequence[Example]) -> Iterator[Finding]:
    alone = sum(e.group is None and e.person is None for e in examples)
    if alone:
        says = _("Of {count:,} labelled pictures nobody knows which belong together.").format(count=alone)
        remedy = _("Import with --group-from: crops of one photograph must not be trained on and tested on.")
        yield Finding("no-group", NOTE, "groups", says, remedy)
