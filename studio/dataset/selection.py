"""Which segments an act is about: a filter as people type it, or keys. One `where` over segment and recording."""

import difflib
import json
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, String, and_, column, func, or_, select, true

from studio.core.errors import InvalidInput
from studio.core.samples import CAMERA
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.schema import CLASS_TRACK, recording, recording_text, segment

FILTER_HELP = mark(
    "words of the file's name, label:L, person:P, group:G, session:S, place:P, source:S, id:KEY, is:unlabelled; all "
    "must hold, but of one key given twice either; a value of several words stands in quotes, an empty one means none"
)
_TRIGRAM = 3  # the index knows no shorter pieces
_any = segment.alias("any_segment")
_COLUMNS = {
    "group": recording.c.group,
    "session": recording.c.session,
    "place": recording.c.place,
    "source": recording.c.source,
    "id": recording.c.id,
}
_KEYS = ("label", "person", "is", *_COLUMNS)


@dataclass(frozen=True, eq=False)
class Selection:
    """Segments of one track, not removed, of recordings not removed, for which `condition` holds.

    among: what follows from `condition` for the recording alone, so that an index finds the few that may have such a
    segment; without it a search in 100,000 recordings looks at each.
    """

    condition: ColumnElement[bool]
    among: ColumnElement[bool] = field(default_factory=true)
    track: str = CLASS_TRACK

    def and_also(self, other: "Selection") -> "Selection":
        """What both select."""
        return Selection(and_(self.condition, other.condition), and_(self.among, other.among), self.track)

    @property
    def where(self) -> ColumnElement[bool]:
        """For a select from segment joined with recording."""
        return and_(recording.c.removed == 0, self.among, self._chosen)

    @property
    def where_recording(self) -> ColumnElement[bool]:
        """For a select from recording alone: those that have a selected segment."""
        there = select(segment.c.id).where(segment.c.recording == recording.c.id, self._chosen)
        return and_(recording.c.removed == 0, self.among, there.correlate(recording).exists())

    @property
    def _chosen(self) -> ColumnElement[bool]:
        return and_(segment.c.track == self.track, segment.c.removed == 0, self.condition)


def everything() -> Selection:
    return Selection(true())


def taken_with(recording_id: str) -> Selection:
    """A recording, and all else of its take: what other sources recorded beside it, and the files it rolled over into.

    A picture of a series goes without the others, which are takes of their own; what is beside them, with the last.
    """
    it, other = recording.alias("it"), recording.alias("other")
    is_picture = [and_(each.c.kind == CAMERA.name, each.c.beside == 0) for each in (it, other)]
    left = select(other.c.id).where(other.c.take == it.c.take, other.c.id != it.c.id, other.c.removed == 0)
    in_series = and_(is_picture[0], left.where(is_picture[1]).correlate(it).exists())
    take = select(it.c.take).where(it.c.id == recording_id, ~in_series).scalar_subquery()
    return _of_recording(or_(recording.c.id == recording_id, recording.c.take == take))


def parse(text: str, code_of: Callable[[str], str | None] = str) -> Selection:
    """A filter such as `label:yes person:P01 kitchen`. code_of: a person's code by name, None for nobody's.

    Raises InvalidInput for a quote left open or an unknown key.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InvalidInput(f"Filter {text}", mark("a quote is left open"), mark("Close it.")) from error
    groups: dict[str, list[Selection]] = {}
    for place, word in enumerate(words):
        key = word.partition(":")[0] if ":" in word else f"{place} {word}"
        groups.setdefault("label" if key == "is" else key, []).append(_condition(word, code_of))
    each = [_any_of(group) for group in groups.values()]
    return Selection(and_(true(), *(part.condition for part in each)), and_(true(), *(part.among for part in each)))


def unlabelled() -> Selection:
    return Selection(segment.c.label.is_(None), _having(_any.c.label.is_(None)))


def by_person(code: str) -> Selection:
    return _of_recording(recording.c.person == code)


def of_recordings(ids: Iterable[str]) -> Selection:
    return _of_recording(recording.c.id.in_(keys(ids)))


def of_segments(ids: Iterable[str]) -> Selection:
    chosen = list(ids)
    return Selection(segment.c.id.in_(keys(chosen)), _having(_any.c.id.in_(keys(chosen))))


def keys(ids: Iterable[str]) -> Select[tuple[str]]:
    """Any number of keys as one bound parameter, where a list of them would have a limit."""
    each = func.json_each(json.dumps(list(ids))).table_valued(column("value", String))
    return select(each.c.value)


def _condition(word: str, code_of: Callable[[str], str | None]) -> Selection:
    key, colon, value = word.partition(":")
    if word in ("is:unlabelled", "is:unlabeled", "label:"):
        return unlabelled()
    if colon and key == "person":
        return _of_recording(recording.c.person.is_not_distinct_from(code_of(value) or value or None))
    if colon and key == "label":
        return Selection(segment.c.label == value, _having(_any.c.label == value))
    if colon and key in _COLUMNS:
        return _of_recording(_COLUMNS[key].is_not_distinct_from(value or None))
    if colon and key == "is":
        raise InvalidInput(f"Filter {word}", mark("only is:unlabelled is known"), FILTER_HELP)
    if colon and key.isalpha():  # rather than nothing found for a slip of the finger
        near = difflib.get_close_matches(key.casefold(), _KEYS, 1)
        advice = _("Did you mean {word}?").format(word=f"{near[0]}:{value}") if near else FILTER_HELP
        raise InvalidInput(f"Filter {word}", _("there is no key {key}").format(key=key), advice)
    of_recording = or_(_named(word), recording.c.person == (code_of(word) or word))
    return Selection(or_(of_recording, segment.c.label == word), or_(of_recording, _having(_any.c.label == word)))


def _any_of(parts: list[Selection]) -> Selection:
    return Selection(or_(*(part.condition for part in parts)), or_(*(part.among for part in parts)))


def _of_recording(condition: ColumnElement[bool]) -> Selection:
    return Selection(condition, condition)


def _having(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Recordings with any segment for which the condition on `_any` holds."""
    present = and_(_any.c.track == CLASS_TRACK, _any.c.removed == 0)
    return recording.c.id.in_(select(_any.c.recording).where(present, condition))


def _named(word: str) -> ColumnElement[bool]:
    if len(word) < _TRIGRAM:
        return recording.c.path.contains(word, autoescape=True)
    quoted = '"' + word.replace('"', '""') + '"'
    return recording.c.id.in_(select(recording_text.c.recording).where(recording_text.c.text.match(quoted)))
