"""The catalogue of a project: what its recordings are, who speaks, how they are labelled; edits with unlimited undo."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, insert, or_, select, true

from studio.core.errors import StudioError
from studio.core.signal import Signal
from studio.core.text import mark
from studio.dataset.database import is_newer, open_database, problem_of, translated, writing
from studio.dataset.edits import Edit, Touched, forget, last_edit, next_undone, play
from studio.dataset.holder import user_name
from studio.dataset.schema import CLASS_TRACK, edit, edit_step, measurement, note, pin, recording, segment, undo_row
from studio.dataset.segments import (
    Change,
    ListedSegment,
    changes_of,
    counts_by,
    keys_between,
    segment_ends,
    segment_page,
    segments_of,
)
from studio.dataset.selection import Selection, everything, keys

if TYPE_CHECKING:
    from studio.features.windows import Clip


@dataclass(eq=False)
class ReadOnly(StudioError):
    project: str
    message = mark("{project} was opened to be read only.")
    remedy = mark("Close it where it is open for writing, or update the studio, and open it again.")


@dataclass(frozen=True, eq=False)
class Example:
    """One labelled segment, as training takes it.

    take: the recording's name, the same again when the same files are imported anew. person, group: codes.
    split_pin: train, validation or test where the recording, its group or its person is pinned (in that order).
    """

    id: str
    clip: "Clip"
    label: str
    person: str | None
    group: str | None
    take: str
    split_pin: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Listed:
    """A recording as a list shows it. labels: of its segments, None for one without; path: absolute."""

    id: str
    path: Path
    labels: tuple[str | None, ...]
    person: str | None
    group: str | None
    session: str | None
    source: str
    kind: str
    rate_hz: float
    samples: int
    sha256: str | None
    imported_from: str | None
    gaps: tuple[tuple[int, int], ...]
    lost: int
    started_utc: str | None

    @property
    def seconds(self) -> float:
        return self.samples / self.rate_hz


class Known(NamedTuple):
    """A recording that was entered at some time. path: relative to the project's folder, with /."""

    id: str
    path: str
    removed: bool


class Catalogue:
    """Reads at any time; writes through `edit`. `changed` is emitted after each commit, on the editor's thread."""

    def __init__(self, path: Path, *, write: bool, create: bool = False, actor: str | None = None) -> None:
        """path: studio.db in the project's folder. Raises what open_database raises."""
        self.path = path
        self.folder = path.parent.resolve()
        self.writable = write
        self.changed: Signal[Touched] = Signal()
        self.sensed: str | None = None  # the kind of recording that takes and examples are of; None: any
        self._actor = actor or user_name()
        self._engine = open_database(path, write=write, create=create)

    def close(self) -> None:
        self._engine.dispose()

    def is_newer(self) -> bool:
        """Whether a later version of the studio wrote it; reading it may show less than there is."""
        return is_newer(self._engine)

    # Edits

    @contextlib.contextmanager
    def edit(self, title: str) -> Iterator[Edit]:
        """One transaction and one undo step, named by `title`; an exception inside leaves all as it was.

        What is read meanwhile through the catalogue is as it was before the edit.
        """
        with self._writing() as connection:
            edit = Edit(connection, title, self._actor)
            yield edit
            if not edit.touched.cells:
                forget(connection, edit.number)
        if edit.touched.cells:
            self.changed.emit(edit.touched)

    def undo(self) -> Touched | None:
        """Takes back this actor's last edit, whenever it was made. None: there is nothing left to take back."""
        return self._play(backwards=True)

    def redo(self) -> Touched | None:
        """Does again what undo took back last, unless something was edited since."""
        return self._play(backwards=False)

    def undo_title(self) -> str | None:
        with self._reading() as connection:
            found = last_edit(connection, self._actor)
        return None if found is None else found[1]

    def redo_title(self) -> str | None:
        with self._reading() as connection:
            found = next_undone(connection, self._actor)
        return None if found is None else found[1]

    def is_undone(self, number: int, made_utc: str) -> bool | None:
        """Whether an edit is taken back; None for one that is not there, or not any more."""
        with self._reading() as connection:
            query = select(edit.c.undone).where(edit.c.number == number, edit.c.made_utc == made_utc)
            undone = connection.scalar(query)
        return None if undone is None else bool(undone)

    def edited_utc(self) -> str | None:
        """When anybody last made an edit that stands; None: never."""
        with self._reading() as connection:
            made = connection.execute(select(func.max(edit.c.made_utc)).where(edit.c.undone == 0)).scalar()
        return None if made is None else str(made)

    def _play(self, *, backwards: bool) -> Touched | None:
        with self._writing() as connection:
            found = last_edit(connection, self._actor) if backwards else next_undone(connection, self._actor)
            if found is None:
                return None
            touched = Touched(found[1], play(connection, found[0], backwards=backwards))
        self.changed.emit(touched)
        return touched

    # What training takes

    def examples(self, labels: Iterable[str] | None = None, selection: Selection | None = None) -> list[Example]:
        """Labelled segments of what is sensed, all or those selected, or with one of `labels`; in the order of files
        and time. What other sources recorded beside it is none of them.
        """
        from studio.features.windows import Clip

        by_recording, by_group, by_person = (pin.alias(k) for k in ("pin_recording", "pin_group", "pin_person"))
        query = (
            select(
                *(segment.c[k] for k in ("id", "start", "end", "label")),
                *(recording.c[k] for k in ("path", "rate_hz", "gaps", "person", "group", "place")),
                func.coalesce(by_recording.c.side, by_group.c.side, by_person.c.side).label("side"),
            )
            .join_from(segment, recording)
            .outerjoin(by_recording, by_recording.c.id == "recording:" + recording.c.id)
            .outerjoin(by_group, by_group.c.id == "group:" + recording.c.group)
            .outerjoin(by_person, by_person.c.id == "person:" + recording.c.person)
            .where((selection or everything()).where, self._is_sensed, segment.c.label.is_not(None))
            .order_by(recording.c.path, segment.c.start, segment.c.id)
        )
        if labels is not None:
            query = query.where(segment.c.label.in_(list(labels)))
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [
            Example(
                id=row.id,
                clip=Clip(self.folder / row.path, row.start, row.end, _whole_hz(row.rate_hz), _spans(row.gaps)),
                label=row.label,
                person=row.person,
                group=row.group,
                take=row.path.rpartition("/")[2].rpartition(".")[0],
                split_pin=row.side,
                place=row.place,
            )
            for row in rows
        ]

    def lowest_rate_hz(self) -> int | None:
        """The lowest sample rate of what is labelled; None: nothing is."""
        query = (
            select(func.min(recording.c.rate_hz))
            .join_from(segment, recording)
            .where(everything().where, self._is_sensed, segment.c.label.is_not(None))
        )
        with self._reading() as connection:
            lowest = connection.execute(query).scalar()
        return None if lowest is None else _whole_hz(lowest)

    @property
    def _is_sensed(self) -> ColumnElement[bool]:
        kind = true() if self.sensed is None else recording.c.kind == self.sensed
        return and_(recording.c.beside == 0, kind)

    # Lists and counts

    def count(self, selection: Selection | None = None) -> int:
        """How many recordings have a segment that is selected."""
        chosen = selection or everything()
        return self._scalar(select(func.count()).select_from(recording).where(chosen.where_recording))

    def count_segments(self, selection: Selection | None = None) -> int:
        chosen = selection or everything()
        return self._scalar(select(func.count()).select_from(segment).join(recording).where(chosen.where))

    def label_counts(self, *, beside: bool = False) -> dict[str | None, int]:
        """Segments of the class track by label, None for those without, by name. beside: also of what other sources
        recorded beside what is sensed, which are no examples.
        """
        present = and_(recording.c.removed == 0, true() if beside else self._is_sensed)
        query = (
            select(segment.c.label, func.count())
            .join_from(segment, recording)
            .where(segment.c.track == CLASS_TRACK, segment.c.removed == 0, present)
            .group_by(segment.c.label)
            .order_by(segment.c.label)
        )
        with self._reading() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(query)}

    def take_counts(self) -> dict[tuple[str, str | None], int]:
        """Labelled segments of the class track by label and person, None for nobody's."""
        query = (
            select(segment.c.label, recording.c.person, func.count())
            .join_from(segment, recording)
            .where(segment.c.track == CLASS_TRACK, segment.c.removed == 0, recording.c.removed == 0)
            .where(self._is_sensed, segment.c.label.is_not(None))
            .group_by(segment.c.label, recording.c.person)
        )
        with self._reading() as connection:
            return {(row[0], row[1]): int(row[2]) for row in connection.execute(query)}

    def pins(self) -> dict[str, str]:
        """Side by KIND:KEY, of what is pinned."""
        query = select(pin.c.id, pin.c.side).where(pin.c.side.is_not(None)).order_by(pin.c.id)
        with self._reading() as connection:
            return {str(row[0]): str(row[1]) for row in connection.execute(query)}

    def recordings(
        self, selection: Selection | None = None, *, limit: int | None = None, after: str | None = None
    ) -> list[Listed]:
        """Recordings with a selected segment, oldest entry first. For the next page, `after` is the last one's id."""
        chosen = selection or everything()
        query = select(recording).where(chosen.where_recording)
        if after is not None:
            query = query.where(recording.c.id > after)
        query = query.order_by(recording.c.id)
        if limit is not None:
            query = query.limit(limit)
        with self._reading() as connection:
            rows = connection.execute(query).all()
            labels = self._labels_of(connection, [row.id for row in rows])
        return [self._listed(row, tuple(labels.get(row.id, ()))) for row in rows]

    def newest(self, count: int) -> list[Listed]:
        """The recordings that were entered last, newest first."""
        query = select(recording).where(recording.c.removed == 0, self._is_sensed)
        query = query.order_by(recording.c.id.desc()).limit(count)
        with self._reading() as connection:
            rows = connection.execute(query).all()
            labels = self._labels_of(connection, [row.id for row in rows])
        return [self._listed(row, tuple(labels.get(row.id, ()))) for row in rows]

    def page_ends(self, every: int, selection: Selection | None = None) -> tuple[int, list[str]]:
        """How many recordings are selected, and the id of each `every`-th: what `recordings` takes as `after` to begin
        at any page, so that a list can jump to its middle.
        """
        chosen = selection or everything()
        place = func.row_number().over(order_by=recording.c.id).label("place")
        total = func.count().over().label("total")
        numbered = select(recording.c.id, place, total).where(chosen.where_recording).subquery()
        ends = select(numbered.c.id, numbered.c.total).where(numbered.c.place % every == 0).order_by(numbered.c.id)
        with self._reading() as connection:
            rows = connection.execute(ends).all()
        return int(rows[0].total) if rows else self.count(chosen), [str(row.id) for row in rows]

    def segments(
        self, selection: Selection | None = None, *, limit: int = -1, after: str | None = None
    ) -> list[ListedSegment]:
        """Selected segments by recording and time. For the next page, `after` is the last one's key. limit: -1: all."""
        with self._reading() as connection:
            return segment_page(connection, self.folder, selection or everything(), limit=limit, after=after)

    def segment_ends(self, every: int, selection: Selection | None = None) -> tuple[int, list[str]]:
        """How many segments are selected, and the key of each `every`-th, as page_ends."""
        with self._reading() as connection:
            return segment_ends(connection, every, selection or everything())

    def segments_of(self, recording_id: str) -> list[ListedSegment]:
        """All segments of a recording, in order of time."""
        with self._reading() as connection:
            return segments_of(connection, self.folder, recording_id)

    def segment_ids(self, selection: Selection | None, first: int, count: int) -> list[str]:
        """Ids of those at places first, first + 1, ... of what `segments` lists."""
        with self._reading() as connection:
            return keys_between(connection, selection or everything(), first, count)

    def counts_by(self, column: str) -> dict[str | None, int]:
        """Segments by person, group or session, None for those without, by name."""
        with self._reading() as connection:
            return counts_by(connection, column)

    def changes_of(self, segment_id: str, limit: int) -> list[Change]:
        """The newest edits that stand and changed a segment."""
        with self._reading() as connection:
            return changes_of(connection, segment_id, limit)

    def _labels_of(self, connection: Connection, ids: Sequence[str]) -> dict[str, list[str | None]]:
        each = func.json_each(json.dumps(ids)).table_valued("value")
        query = (
            select(segment.c.recording, segment.c.label)
            .where(
                segment.c.recording.in_(select(each.c.value)), segment.c.track == CLASS_TRACK, segment.c.removed == 0
            )
            .order_by(segment.c.recording, segment.c.start, segment.c.id)
        )
        found: dict[str, list[str | None]] = {}
        for row in connection.execute(query):
            found.setdefault(row[0], []).append(row[1])
        return found

    def _listed(self, row: Row[Any], labels: tuple[str | None, ...]) -> Listed:
        return Listed(
            id=row.id,
            path=self.folder / row.path,
            labels=labels,
            person=row.person,
            group=row.group,
            session=row.session,
            source=row.source,
            kind=row.kind,
            rate_hz=row.rate_hz,
            samples=row.samples,
            sha256=row.sha256,
            imported_from=row.imported_from,
            gaps=_spans(row.gaps),
            lost=row.lost,
            started_utc=row.started_utc,
        )

    # What importing and checking ask

    def known_files(self) -> dict[str, Known]:
        """Every recording ever entered, by its path relative to the project."""
        with self._reading() as connection:
            query = select(recording.c.path, recording.c.id, recording.c.removed)
            return {row[0]: Known(row[1], row[0], bool(row[2])) for row in connection.execute(query)}

    def has(self, recording_id: str) -> bool:
        """Whether a recording of that key was ever entered."""
        return self._scalar(select(func.count()).select_from(recording).where(recording.c.id == recording_id)) > 0

    def people(self) -> set[str]:
        """Codes of all people who ever had a recording."""
        with self._reading() as connection:
            query = select(recording.c.person).where(recording.c.person.is_not(None)).distinct()
            return {str(code) for code in connection.scalars(query)}

    def ever_by(self, person: str) -> set[str]:
        """Keys of all segments of recordings that are or were a person's, also of those that are removed."""
        was = (
            select(undo_row.c.row)
            .join(edit_step, and_(edit_step.c.edit == undo_row.c.edit, edit_step.c.step == undo_row.c.step))
            .where(edit_step.c.table_name == recording.name, edit_step.c.column_name == recording.c.person.name)
            .where(or_(undo_row.c.old == person, undo_row.c.new == person))
        )
        theirs = or_(recording.c.person == person, recording.c.id.in_(was))
        query = select(segment.c.id).join_from(segment, recording).where(theirs)
        with self._reading() as connection:
            return {str(key) for key in connection.scalars(query)}

    def known_hashes(self) -> dict[str, Known]:
        """Every recording ever entered, by SHA-256; of several of one, one that is not removed."""
        query = select(recording.c.sha256, recording.c.id, recording.c.path, recording.c.removed)
        with self._reading() as connection:
            rows = connection.execute(query.where(recording.c.sha256.is_not(None)).order_by(recording.c.removed.desc()))
            return {row[0]: Known(row[1], row[2], bool(row[3])) for row in rows}

    def measurements(self, ids: Iterable[str] | None = None) -> dict[str, dict[str, float]]:
        """What was measured of each recording before, of all or of those named, by its key."""
        query = select(measurement.c.recording, measurement.c["values"])
        if ids is not None:
            query = query.where(measurement.c.recording.in_(keys(ids)))
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return {row[0]: json.loads(row[1]) for row in rows}

    def keep_measurements(self, measured: dict[str, dict[str, float]]) -> None:
        """Keeps them for the next check; no edit, since it says nothing that the files do not."""
        if not measured:
            return
        rows = [{"recording": key, "values": json.dumps(values)} for key, values in measured.items()]
        with self._writing() as connection:
            connection.execute(delete(measurement).where(measurement.c.recording.in_(list(measured))))
            connection.execute(insert(measurement), rows)

    def note(self, key: str) -> Any:
        """A fact noted about the project, or None."""
        with self._reading() as connection:
            value = connection.scalar(select(note.c.value).where(note.c.key == key))
        return None if value is None else json.loads(value)

    def set_note(self, key: str, value: Any) -> None:
        with self._writing() as connection:
            connection.execute(delete(note).where(note.c.key == key))
            connection.execute(insert(note).values(key=key, value=json.dumps(value)))

    def problem(self) -> str | None:
        """What SQLite finds wrong with the file, or None. Reads all of it."""
        return problem_of(self._engine)

    def _scalar(self, query: Select[Any]) -> int:
        with self._reading() as connection:
            return int(connection.scalar(query) or 0)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self.path), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        if not self.writable:
            raise ReadOnly(str(self.folder))
        with translated(self.path), writing(self._engine).begin() as connection:
            yield connection


def _whole_hz(rate_hz: float) -> int:
    """A sensor that is read once a minute has a rate all the same."""
    return max(1, round(rate_hz))


def _spans(text: str) -> tuple[tuple[int, int], ...]:
    return () if text == "[]" else tuple((int(start), int(count)) for start, count in json.loads(text))


def spans_as_json(spans: Iterable[tuple[int, int]]) -> str:
    return json.dumps([list(span) for span in spans], separators=(",", ":"))
