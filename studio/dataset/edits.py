"""One act of the user: one transaction, one undo step. Every operation is set-based and leaves the cells it changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Select, Text, cast, delete, func, insert, literal, select, update

from studio.core.errors import InvalidInput, NotFound
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.holder import utc_now
from studio.dataset.recordings import FOLDER, Sidecar, new_id
from studio.dataset.schema import (
    CLASS_TRACK,
    EDITABLE,
    SIDES,
    edit,
    edit_step,
    pin,
    recording,
    recording_text,
    segment,
    undo_row,
)
from studio.dataset.selection import Selection, keys

LONGEST_LABEL = 80


class Touched(NamedTuple):
    """What a committed edit, undo or redo changed: cells by (table, column)."""

    title: str
    cells: dict[tuple[str, str], int]

    @property
    def rows(self) -> int:
        """The largest number of rows that one of its steps changed: what a user counts."""
        return max(self.cells.values(), default=0)


@dataclass(frozen=True)
class Span:
    """A labelled span of a recording to be added, in samples of the file; None: from its beginning, to its end."""

    label: str | None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class NewRecording:
    """A finished file of `recordings/` to be entered. path: relative to the project, with /.

    spans: its segments; with none given, one of the whole recording with the sidecar's label, or without any.
    """

    path: str
    sidecar: Sidecar
    json_gaps: str
    spans: Sequence[Span] = ()


class _Placed(NamedTuple):
    """A segment with its ends in samples. is_blank: it stands for the whole recording and has no label."""

    id: str
    first: int
    last: int
    label: str | None
    annotator: str | None
    recording: str = ""
    is_blank: bool = False


class Edit:
    """Made by Catalogue.edit; use its methods inside that `with`, and not after."""

    def __init__(self, connection: Connection, title: str, actor: str) -> None:
        self._connection = connection
        self._actor = actor
        self._steps = 0
        self._cells: dict[tuple[str, str], int] = {}
        self.title = title
        self.made_utc = utc_now()
        inserted = connection.execute(insert(edit).values(title=title, actor=actor, made_utc=self.made_utc, undone=0))
        self.number = int((inserted.inserted_primary_key or (0,))[0])

    @property
    def touched(self) -> Touched:
        return Touched(self.title, dict(self._cells))

    def set_label(self, selection: Selection, label: str | None) -> int:
        """Labels the selected segments, as this actor; None: takes the label off. Returns how many changed."""
        chosen = _segments(selection)
        step, count = self._change(segment.c.label, chosen, checked_label(label))
        rows = select(undo_row.c.row).where(undo_row.c.edit == self.number, undo_row.c.step == step)
        self._change(segment.c.annotator, rows, self._actor)
        return count

    def set_person(self, selection: Selection, person: str | None) -> int:
        """Gives the selected recordings to a person (a code such as P01). Returns how many changed."""
        return self._change(recording.c.person, _recordings(selection), person or None)[1]

    def set_group(self, selection: Selection, group: str | None) -> int:
        return self._change(recording.c.group, _recordings(selection), group or None)[1]

    def set_pin(self, kind: str, key: str, side: str | None) -> int:
        """Keeps a person, a group or a recording on one side of the split; None: lets it go. kind: see PIN_KINDS."""
        if kind not in PIN_KINDS:
            raise InvalidInput(kind, mark("it is not a person, group or recording"))
        if side is not None and side not in SIDES:
            raise InvalidInput(side, mark("a side is train, validation or test"))
        name = f"{kind}:{key}"
        if self._connection.scalar(select(pin.c.id).where(pin.c.id == name)) is None:
            self._connection.execute(insert(pin).values(id=name, side=None))
        return self._change(pin.c.side, select(pin.c.id).where(pin.c.id == name), side)[1]

    def remove(self, selection: Selection) -> int:
        """Takes the selected recordings out of the project's sight. Their files stay where they are."""
        return self._change(recording.c.removed, _recordings(selection), 1)[1]

    def restore(self, ids: Iterable[str]) -> int:
        """Brings removed recordings back."""
        return self._show(recording.c.removed, list(ids))

    def add_segments(self, recording_id: str, spans: Sequence[Span]) -> int:
        """Labelled spans of a recording, beside those it has. What stood for all of it without a label goes.

        Raises InvalidInput for one that is empty or overlaps another with a label: training's track is exclusive.
        """
        there, samples = self._segments_of(recording_id)
        taken = [row for row in there if row.label is not None]
        for span in spans:
            start, end = span.start or 0, samples if span.end is None else span.end
            _check_span(start, end, samples, [(row.first, row.last) for row in taken])
            taken.append(_Placed("", start, end, span.label, None))
        self._change(segment.c.removed, _keyed(row.id for row in there if row.is_blank), 1)
        rows = [{**_segment_row(recording_id, span), "annotator": self._actor, "removed": 1} for span in spans]
        self._connection.execute(insert(segment), rows)
        return self._show(segment.c.removed, [row["id"] for row in rows])

    def set_span(self, segment_id: str, start: int, end: int) -> int:
        """Moves a segment's ends, in samples of the file. Returns how many segments changed: one or none.

        Raises NotFound; InvalidInput where it would be empty, reach past the recording, or meet one with a label while
        it has one itself.
        """
        own, others, samples = self._segment(segment_id)
        taken = [(row.first, row.last) for row in others if None not in (row.label, own.label)]
        _check_span(start, end, samples, taken)
        rows = _keyed([segment_id])
        moved = self._change(segment.c.start, rows, start)[1], self._change(segment.c.end, rows, end)[1]
        return max(moved)

    def split_segment(self, segment_id: str, at: int) -> str:
        """Cuts a segment in two with its label. Returns the key of the second; the first keeps its own.

        Raises NotFound; InvalidInput where `at` is not inside it.
        """
        own, _others, _samples = self._segment(segment_id)
        if not own.first < at < own.last:
            raise InvalidInput(f"{at:,}", mark("it is not inside the segment"))
        rows = _keyed([segment_id])
        self._change(segment.c.start, rows, own.first)
        self._change(segment.c.end, rows, at)
        row = _segment_row(own.recording, Span(own.label, at, own.last))
        self._connection.execute(insert(segment), [{**row, "annotator": own.annotator, "removed": 1}])
        self._show(segment.c.removed, [row["id"]])
        return str(row["id"])

    def join_segments(self, first_id: str, second_id: str) -> int:
        """Makes one of two segments of a recording, from the start of one to the end of the other, as the first.

        It keeps the first's label, or has the second's if the first has none. Raises NotFound; InvalidInput for
        segments of two recordings, or with one that has a label between them.
        """
        first, others, samples = self._segment(first_id)
        second = next((row for row in others if row.id == second_id), None)
        if second is None:
            raise InvalidInput(second_id, mark("it is not a segment of the same recording"))
        start, end = min(first.first, second.first), max(first.last, second.last)
        taken = [(row.first, row.last) for row in others if row.label is not None and row.id != second_id]
        _check_span(start, end, samples, taken)
        rows = _keyed([first_id])
        self._change(segment.c.removed, _keyed([second_id]), 1)
        self._change(segment.c.start, rows, start)
        self._change(segment.c.end, rows, end)
        if first.label is None:
            self._change(segment.c.label, rows, second.label)
            self._change(segment.c.annotator, rows, second.annotator)
        return 1

    def discard(self, selection: Selection) -> tuple[int, int]:
        """Takes the selected segments away. Returns how many of them, and how many recordings, went.

        A segment that stands for a whole recording takes the recording with it, as `remove` does; one that was a part
        and the last of its recording leaves the recording unlabelled.
        """
        chosen = _segments(selection)
        whole = chosen.where(segment.c.start.is_(None), segment.c.end.is_(None))
        owners = select(segment.c.recording).where(segment.c.id.in_(whole))
        _step, recordings = self._change(recording.c.removed, owners, 1)
        step, segments = self._change(segment.c.removed, chosen, 1)
        gone = select(undo_row.c.row).where(undo_row.c.edit == self.number, undo_row.c.step == step)
        left = segment.alias("left")
        bare = (
            select(segment.c.recording)
            .distinct()
            .join(recording)
            .where(segment.c.id.in_(gone), recording.c.removed == 0)
            .where(~select(left.c.id).where(left.c.recording == recording.c.id, left.c.removed == 0).exists())
        )
        rows = [{**_segment_row(key, Span(None)), "removed": 1} for key in self._connection.scalars(bare).all()]
        if rows:
            self._connection.execute(insert(segment), rows)
            self._show(segment.c.removed, [row["id"] for row in rows])
        return segments, recordings

    def _segments_of(self, recording_id: str) -> "tuple[list[_Placed], int]":
        """Segments of the class track with their ends filled in, and the samples there are. Raises NotFound."""
        samples = self._connection.scalar(select(recording.c.samples).where(recording.c.id == recording_id))
        if samples is None:
            raise NotFound(f"Recording {recording_id}")
        rows = self._connection.execute(
            select(*(segment.c[k] for k in ("id", "start", "end", "label", "annotator"))).where(
                segment.c.recording == recording_id, segment.c.track == CLASS_TRACK, segment.c.removed == 0
            )
        )
        return [
            _Placed(
                row.id,
                row.start or 0,
                samples if row.end is None else row.end,
                row.label,
                row.annotator,
                recording_id,
                is_blank=row.label is None and row.start is None and row.end is None,
            )
            for row in rows
        ], int(samples)

    def _segment(self, segment_id: str) -> "tuple[_Placed, list[_Placed], int]":
        """A segment, the others of its recording, and the samples there are. Raises NotFound."""
        owner = self._connection.scalar(select(segment.c.recording).where(segment.c.id == segment_id))
        rows, samples = self._segments_of(owner) if owner is not None else ([], 0)
        own = next((row for row in rows if row.id == segment_id), None)
        if own is None:
            raise NotFound(f"Segment {segment_id}")
        return own, [row for row in rows if row.id != segment_id], samples

    def add(self, recordings: Sequence[NewRecording]) -> int:
        """Enters finished recordings and their segments, whose labels this actor has set."""
        if not recordings:
            return 0
        now = utc_now()
        rows = [_recording_row(new, now) for new in recordings]
        segments = [
            {**_segment_row(new.sidecar.id, span), "annotator": self._actor if span.label else None}
            for new in recordings
            for span in _spans(new)
        ]
        self._connection.execute(insert(recording), rows)
        # All at once: 1.2 s for 100,000, where a trigger, or a statement each, takes 7 s.
        named = select(recording.c.id, func.replace(recording.c.path, f"{FOLDER}/", ""))
        named = named.where(recording.c.id.in_(keys(row["id"] for row in rows)))
        self._connection.execute(insert(recording_text).from_select(["recording", "text"], named))
        self._connection.execute(insert(segment), segments)
        return self._show(recording.c.removed, [row["id"] for row in rows])

    def _show(self, column: Column[Any], ids: Sequence[str]) -> int:
        """`removed` to 0 for rows known by key: as _change, without a select of them."""
        if not ids:
            return 0
        step = self._next_step()
        rows = [{"edit": self.number, "step": step, "row": i, "old": "1", "new": "0"} for i in ids]
        self._connection.execute(insert(undo_row), rows)
        return self._apply(column, step, 0)

    def _change(self, column: Column[Any], rows: Select[Any], value: str | int | None) -> tuple[int, int]:
        """Sets the column of the rows that `rows` selects by key, where it differs. Returns the step and the count."""
        table, step = column.table, self._next_step()
        new = literal(None if value is None else str(value), Text)
        old = select(literal(self.number), literal(step), table.c.id, cast(column, Text), new).where(
            table.c.id.in_(rows), column.is_distinct_from(value)
        )
        self._connection.execute(insert(undo_row).from_select(["edit", "step", "row", "old", "new"], old))
        return step, self._apply(column, step, value)

    def _apply(self, column: Column[Any], step: int, value: str | int | None) -> int:
        table = column.table
        changed = select(undo_row.c.row).where(undo_row.c.edit == self.number, undo_row.c.step == step)
        count = self._connection.execute(update(table).where(table.c.id.in_(changed)).values({column: value})).rowcount
        self._connection.execute(
            insert(edit_step).values(
                edit=self.number, step=step, table_name=table.name, column_name=column.name, rows=count
            )
        )
        if count and not self._cells:
            forget_undone(self._connection, self._actor)
        if count:
            key = (table.name, column.name)
            self._cells[key] = self._cells.get(key, 0) + count
        return count

    def _next_step(self) -> int:
        self._steps += 1
        return self._steps


PIN_KINDS = ("person", "group", "recording")


def checked_label(label: str | None) -> str | None:
    """The label without spaces around it; empty is none. Raises InvalidInput for one too long or with line breaks."""
    label = (label or "").strip()
    if len(label) > LONGEST_LABEL or any(not c.isprintable() for c in label):
        raise InvalidInput(f"Label {label[:LONGEST_LABEL]!r}", mark("a label is one line of at most 80 characters"))
    return label or None


def _check_span(start: int, end: int, samples: int, taken: Iterable[tuple[int, int]]) -> None:
    """Raises InvalidInput for a span that is empty, outside 0..samples, or overlaps one that is taken."""
    what = _("A segment from sample {start:,} to {end:,}").format(start=start, end=end)
    if not 0 <= start < end <= samples:
        raise InvalidInput(what, _("the recording has {samples:,} samples").format(samples=samples))
    if any(low < end and start < high for low, high in taken):
        raise InvalidInput(what, mark("it overlaps a segment with a label"), mark("Take that label off first."))


def _keyed(ids: Iterable[str]) -> Select[Any]:
    return select(segment.c.id).where(segment.c.id.in_(keys(ids)))


def _segments(selection: Selection) -> Select[Any]:
    return select(segment.c.id).join_from(segment, recording).where(selection.where)


def _recordings(selection: Selection) -> Select[Any]:
    return select(segment.c.recording).join_from(segment, recording).where(selection.where)


def _spans(new: NewRecording) -> Sequence[Span]:
    """As far as they lie in the recording, by time; of two that overlap the earlier. Without any: one of the whole."""
    samples, reached = new.sidecar.samples or 0, 0
    kept = []
    for span in sorted(new.spans, key=lambda span: span.start or 0):
        start, end = span.start or 0, samples if span.end is None else span.end
        if reached <= start < min(end, samples):
            kept.append(span if end <= samples else replace(span, end=samples))
            reached = end
    return kept or (Span(new.sidecar.label),)


def _recording_row(new: NewRecording, now: str) -> dict[str, Any]:
    sidecar = new.sidecar
    return {
        "id": sidecar.id,
        "path": new.path,
        "kind": sidecar.kind,
        "source": sidecar.source,
        "board": sidecar.board,
        "rate_hz": sidecar.rate_hz,
        "channels": len(sidecar.channels),
        "samples": sidecar.samples or 0,
        "sha256": sidecar.sha256,
        "person": sidecar.person,
        "group": sidecar.group,
        "session": sidecar.session,
        "station": sidecar.station,
        "consent": sidecar.consent,
        "place": sidecar.place,
        "take": sidecar.take,
        "beside": int(sidecar.beside),
        "started_utc": sidecar.started_utc,
        "added_utc": now,
        "imported_from": sidecar.imported_from,
        "gaps": new.json_gaps,
        "lost": sidecar.lost.total,
        "removed": 1,
    }


def _segment_row(recording_id: str, span: Span) -> dict[str, Any]:
    return {
        "id": new_id(),
        "recording": recording_id,
        "track": CLASS_TRACK,
        "start": span.start,
        "end": span.end,
        "label": checked_label(span.label),
        "annotator": None,
        "removed": 0,
    }


def last_edit(connection: Connection, actor: str) -> tuple[int, str] | None:
    """Number and title of what undo would take back."""
    query = select(edit.c.number, edit.c.title).where(edit.c.actor == actor, edit.c.undone == 0)
    return _number_and_title(connection, query.order_by(edit.c.number.desc()))


def next_undone(connection: Connection, actor: str) -> tuple[int, str] | None:
    """Number and title of what redo would do again."""
    query = select(edit.c.number, edit.c.title).where(edit.c.actor == actor, edit.c.undone == 1)
    return _number_and_title(connection, query.order_by(edit.c.number))


def _number_and_title(connection: Connection, query: Select[Any]) -> tuple[int, str] | None:
    row = connection.execute(query.limit(1)).first()
    return None if row is None else (int(row[0]), str(row[1]))


def forget_undone(connection: Connection, actor: str) -> None:
    """After a new edit nothing that was undone can be done again."""
    connection.execute(delete(edit).where(edit.c.actor == actor, edit.c.undone == 1))


def play(connection: Connection, number: int, *, backwards: bool) -> dict[tuple[str, str], int]:
    """Puts the cells of an edit back (or forth again), and marks it. Returns how many changed, by table and column.

    A cell that another actor has changed since keeps what that one set.
    """
    steps = connection.execute(select(edit_step).where(edit_step.c.edit == number).order_by(edit_step.c.step)).all()
    cells: dict[tuple[str, str], int] = {}
    for step in reversed(steps) if backwards else steps:
        column = EDITABLE[step.table_name, step.column_name]
        table = column.table
        found, put = (undo_row.c.new, undo_row.c.old) if backwards else (undo_row.c.old, undo_row.c.new)
        result = connection.execute(
            update(table)
            .values({column: cast(put, column.type)})
            .where(undo_row.c.edit == number, undo_row.c.step == step.step, undo_row.c.row == table.c.id)
            .where(cast(column, Text).is_not_distinct_from(found))
        )
        key = (step.table_name, step.column_name)
        cells[key] = cells.get(key, 0) + result.rowcount
    connection.execute(update(edit).where(edit.c.number == number).values(undone=int(backwards)))
    return cells


def forget(connection: Connection, number: int) -> None:
    """An edit that changed nothing is no step to undo."""
    connection.execute(delete(edit).where(edit.c.number == number))
