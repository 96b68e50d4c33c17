"""Which segments an act is about: a filter as people type it, or keys. One `where` over segment and recording."""

import json
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, String, and_, column, func, or_, select, table, true

from studio.core.errors import InvalidInput
from studio.core.text import mark
from studio.dataset.schema import CLASS_TRACK, recording, segment

FILTER_HELP = mark(
    "words of the file's name, label:L, person:P, group:G, session:S, source:S, id:KEY, is:unlabelled; all must hold, "
    "and a value of several words stands in quotes"
)
_TRIGRAM = 3  # the index knows no shorter pieces
_text = table("recording_text", column("recording"), column("text"))
_COLUMNS = {
    "label": segment.c.label,
    "group": recording.c.group,
    "session": recording.c.session,
    "source": recording.c.source,
    "id": recording.c.id,
}


@dataclass(frozen=True, eq=False)
class Selection:
    """Segments of one track, not removed, of recordings not removed, for which `condition` holds."""

    condition: ColumnElement[bool]
    track: str = CLASS_TRACK

    @property
    def where(self) -> ColumnElement[bool]:
        """For a select from segment joined with recording."""
        present = and_(segment.c.removed == 0, recording.c.removed == 0)
        return and_(segment.c.track == self.track, present, self.condition)


def everything() -> Selection:
    return Selection(true())


def parse(text: str, code_of: Callable[[str], str | None] = str) -> Selection:
    """A filter such as `label:yes person:P01 kitchen`. code_of: a person's code by name, None for nobody's.

    Raises InvalidInput for a quote left open or an unknown key.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InvalidInput(f"Filter {text}", mark("a quote is left open"), mark("Close it.")) from error
    return Selection(and_(true(), *(_condition(word, code_of) for word in words)))


def of_recordings(ids: Iterable[str]) -> Selection:
    return Selection(recording.c.id.in_(keys(ids)))


def of_segments(ids: Iterable[str]) -> Selection:
    return Selection(segment.c.id.in_(keys(ids)))


def keys(ids: Iterable[str]) -> Select[tuple[str]]:
    """Any number of keys as one bound parameter, where a list of them would have a limit."""
    each = func.json_each(json.dumps(list(ids))).table_valued(column("value", String))
    return select(each.c.value)


def _condition(word: str, code_of: Callable[[str], str | None]) -> ColumnElement[bool]:
    key, colon, value = word.partition(":")
    if colon and key == "person":
        return recording.c.person == (code_of(value) or value)
    if colon and key in _COLUMNS:
        return _COLUMNS[key] == value
    if word in ("is:unlabelled", "is:unlabeled"):
        return segment.c.label.is_(None)
    if colon and key == "is":
        raise InvalidInput(f"Filter {word}", mark("only is:unlabelled is known"), FILTER_HELP)
    return or_(_named(word), segment.c.label == word, recording.c.person == (code_of(word) or word))


def _named(word: str) -> ColumnElement[bool]:
    if len(word) < _TRIGRAM:
        return recording.c.path.contains(word, autoescape=True)
    quoted = '"' + word.replace('"', '""') + '"'
    return recording.c.id.in_(select(_text.c.recording).where(_text.c.text.match(quoted)))
