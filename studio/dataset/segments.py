"""Segments of a catalogue as a list shows them: by recording, and in it by time; a page at a time from any place."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, func, or_, select

from studio.dataset.schema import CLASS_TRACK, edit, edit_step, measurement, recording, segment, undo_row
from studio.dataset.selection import Selection

if TYPE_CHECKING:
    from studio.dataset.measuring import Measured

_OWNER, _DIGITS = 26, 12  # of a key's parts: a recording of a thousand hours has samples of eleven digits

_OF_RECORDING = (
    *("path", "kind", "person", "group", "session", "source", "board", "consent", "rate_hz", "channels", "samples"),
    *("place", "imported_from", "started_utc", "gaps", "lost"),
)


@dataclass(frozen=True)
class ListedSegment:
    """A segment and what its recording is. start, end: samples of the file, filled in; path: absolute. kind:
    of its sensor.

    key: its place in the list; keys ascend. whole: it stands for all of its recording. lost_inside: samples of it that
    are gaps. measured: what was measured of sound, None before it was. quality: the kind of the finding of
    `check` that counts most, "good", or "" as long as nothing was measured.
    """

    key: str
    id: str
    recording: str
    path: Path
    kind: str
    start: int
    end: int
    whole: bool
    label: str | None
    annotator: str | None
    person: str | None
    group: str | None
    session: str | None
    source: str
    board: str | None
    consent: str | None
    place: str | None
    rate_hz: float
    channels: int
    samples: int
    imported_from: str | None
    started_utc: str | None
    gaps: tuple[tuple[int, int], ...]
    lost: int
    lost_inside: int
    measured: "Measured | None"
    quality: str

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / self.rate_hz


class Change(NamedTuple):
    """One edit that changed a segment: its title, and when (ISO 8601, UTC) it was made."""

    title: str
    made_utc: str


def segment_page(
    connection: Connection, folder: Path, selection: Selection, *, limit: int, after: str | None = None
) -> list[ListedSegment]:
    """The selected segments that come after a key; from the first with None."""
    query = _query().where(selection.where).order_by(*_order()).limit(limit)
    if after is not None:
        query = query.where(_after(after))
    return [_listed(row, folder) for row in connection.execute(query)]


def segment_ends(connection: Connection, every: int, selection: Selection) -> tuple[int, list[str]]:
    """How many segments are selected, and the key of each `every`-th."""
    place = func.row_number().over(order_by=_order()).label("place")
    total = func.count().over().label("total")
    keyed = select(segment.c.recording, segment.c.start, segment.c.id, place, total)
    numbered = keyed.join_from(segment, recording).where(selection.where).subquery()
    ends = select(numbered).where(numbered.c.place % every == 0).order_by(numbered.c.place)
    rows = connection.execute(ends).all()
    count = select(func.count()).select_from(segment).join(recording).where(selection.where)
    total_count = int(rows[0].total) if rows else int(connection.scalar(count) or 0)
    return total_count, [_key(row) for row in rows]


def segments_of(connection: Connection, folder: Path, recording_id: str) -> list[ListedSegment]:
    """All segments of one recording, in order of time."""
    chosen = (segment.c.recording == recording_id, segment.c.track == CLASS_TRACK, segment.c.removed == 0)
    return [_listed(row, folder) for row in connection.execute(_query().where(*chosen).order_by(*_order()))]


def keys_between(connection: Connection, selection: Selection, first: int, count: int) -> list[str]:
    """Ids of the selected segments at places first, first + 1, ... of the list."""
    query = select(segment.c.id).join_from(segment, recording).where(selection.where)
    return [str(key) for key in connection.scalars(query.order_by(*_order()).offset(first).limit(count))]


def counts_by(connection: Connection, column: str) -> dict[str | None, int]:
    """Segments by a column of their recordings (person, group, session), by name; None: those without."""
    by: Column[Any] = recording.c[column]
    query = (
        select(by, func.count())
        .join_from(recording, segment)
        .where(segment.c.track == CLASS_TRACK, segment.c.removed == 0, recording.c.removed == 0)
        .group_by(by)
        .order_by(by)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def changes_of(connection: Connection, segment_id: str, limit: int) -> list[Change]:
    """The newest edits that stand and changed a segment, newest first."""
    steps = and_(undo_row.c.edit == edit_step.c.edit, undo_row.c.step == edit_step.c.step)
    touched = select(edit_step.c.edit).join(undo_row, steps)
    touched = touched.where(edit_step.c.table_name == segment.name, undo_row.c.row == segment_id)
    query = select(edit.c.title, edit.c.made_utc).where(edit.c.undone == 0, edit.c.number.in_(touched))
    return [Change(*row) for row in connection.execute(query.order_by(edit.c.number.desc()).limit(limit))]


def _query() -> Select[Any]:
    return (
        select(
            *(segment.c[k] for k in ("id", "recording", "start", "end", "label", "annotator")),
            *(recording.c[k] for k in _OF_RECORDING),
            measurement.c["values"].label("measured"),
        )
        .join_from(segment, recording)
        .outerjoin(measurement, measurement.c.recording == recording.c.id)
    )


def _order() -> tuple[Column[Any], ...]:
    return segment.c.recording, segment.c.start, segment.c.id  # null comes first, as in keys


def _after(key: str) -> ColumnElement[bool]:
    owner, place, own = key[:_OWNER], int(key[_OWNER : _OWNER + _DIGITS]), key[_OWNER + _DIGITS :]
    start = func.coalesce(segment.c.start + 1, 0)
    later = or_(start > place, and_(start == place, segment.c.id > own))
    return and_(segment.c.recording >= owner, or_(segment.c.recording > owner, later))


def _key(row: Row[Any]) -> str:
    place = 0 if row.start is None else row.start + 1
    return f"{row.recording}{place:0{_DIGITS}d}{row.id}"


def _listed(row: Row[Any], folder: Path) -> ListedSegment:
    from studio.dataset.measuring import Measured

    gaps = tuple((int(at), int(count)) for at, count in json.loads(row.gaps))
    start, end = row.start or 0, row.samples if row.end is None else row.end
    lost_inside = sum(max(min(at + count, end) - max(at, start), 0) for at, count in gaps)
    figures = {} if row.measured is None else json.loads(row.measured)
    measured = Measured.from_dict(figures)
    listed = ListedSegment(
        key=_key(row),
        id=row.id,
        recording=row.recording,
        path=folder / row.path,
        kind=row.kind,
        start=start,
        end=end,
        whole=row.start is None and row.end is None,
        label=row.label,
        annotator=row.annotator,
        person=row.person,
        group=row.group,
        session=row.session,
        source=row.source,
        board=row.board,
        consent=row.consent,
        place=row.place,
        rate_hz=row.rate_hz,
        channels=row.channels,
        samples=row.samples,
        imported_from=row.imported_from,
        started_utc=row.started_utc,
        gaps=gaps,
        lost=row.lost,
        measured=measured,
        lost_inside=lost_inside,
        quality=quality_of(measured, lost_inside),
    )
    return listed if measured is not None or not figures else replace(listed, quality=_quality_of_kind(listed, figures))


def _quality_of_kind(listed: ListedSegment, figures: dict[str, float]) -> str:
    """As quality_of, of rows or of a picture."""
    from studio.dataset.picture_quality import MeasuredPicture
    from studio.dataset.quality import GOOD
    from studio.dataset.row_quality import MeasuredRows

    known = MeasuredRows.from_dict(figures) or MeasuredPicture.from_dict(figures)
    if known is None:
        return ""
    worst = next(known.findings(listed, None), None)
    return worst.kind if worst is not None else GOOD


def quality_of(measured: "Measured | None", lost_inside: int) -> str:
    """The kind of finding that counts most, "good", or "" where nothing is known."""
    from studio.dataset.quality import GOOD
    from studio.dataset.sound_quality import CLIPPED_SHARE, SILENT_PEAK_DB

    if measured is not None and measured.peak_db < SILENT_PEAK_DB:
        return "silent"
    if measured is not None and measured.clipped / max(measured.samples, 1) > CLIPPED_SHARE:
        return "clipped"
    return "gaps" if lost_inside else GOOD if measured is not None else ""
