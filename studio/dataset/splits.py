"""Who trains, who validates and who tests: whole people or groups on one side, the same when data is added later.

A side comes from a hash of the key (person, group or take), never from a place in a list: what is added moves
nothing, but for people who validate only because those before them in the order of hashes said too little.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.dataset.catalogue import Example

By = Literal["take", "person", "group", "place"]
ENOUGH_PEOPLE = 10  # with fewer, a person kept back for validation costs more than it tells
VALIDATION_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Split:
    """Examples by side. validation_by: what was kept whole for validation: takes of people who train, or people."""

    train: list[Example] = field(default_factory=list)
    validation: list[Example] = field(default_factory=list)
    test: list[Example] = field(default_factory=list)
    validation_by: By = "take"


def split(examples: Sequence[Example], *, hold_out: Iterable[str] = ()) -> Split:
    """Everybody trains whom neither `hold_out` (codes of people) nor a pin keeps out.

    With ten people or more in training, about a tenth of them validate, and as many more as it takes for a tenth of
    the takes; with fewer, about a tenth of each person's takes do. Nobody is taken away for a test. Raises InvalidInput
    if somebody held out has no example.
    """
    kept_out = set(hold_out)
    missing = kept_out - {e.person for e in examples}
    if missing:
        raise InvalidInput(
            _("Holding out {who}").format(who=", ".join(sorted(missing))),
            _("no labelled recording is theirs"),
            _("`list` shows whose recordings there are."),
        )
    test = [e for e in examples if e.person in kept_out or e.split_pin == "test"]
    rest = [e for e in examples if e.person not in kept_out and e.split_pin != "test"]
    people = {e.person for e in rest if e.person is not None and e.split_pin is None}
    by: By = "person" if len(people) >= ENOUGH_PEOPLE else "take"
    chosen = _validating_people(rest) if by == "person" else [e for e in rest if _validates(e, by)]
    picked = {id(e) for e in chosen}
    return Split([e for e in rest if id(e) not in picked], chosen, test, by)


def split_folds(examples: Sequence[Example], count: int, by: By) -> list[Split]:
    """`count` splits, whose test sides together are all examples that no pin keeps to another side.

    by: what stays whole. Keys are dealt out in the order of their hashes, so that folds are of a size; takes are dealt
    label by label. Raises InvalidInput if there are fewer keys than folds, or examples without a person or group.
    """
    free = [e for e in examples if e.split_pin is None]
    fold_of = _dealt(free, count, by)
    folds = []
    for fold in range(count):
        tested = {id(e) for e in free if fold_of[_key(e, by)] == fold}
        rest = split([e for e in examples if id(e) not in tested and e.split_pin != "test"])
        test = [e for e in free if id(e) in tested]
        folds.append(Split(rest.train, rest.validation, test, rest.validation_by))
    return folds


def usual_by(examples: Sequence[Example]) -> By:
    """What folds keep whole where nobody says: people, or else groups, as far as all examples have theirs."""
    free = [e for e in examples if e.split_pin is None]
    if free and all(e.person is not None for e in free):
        return "person"
    return "group" if free and all(e.group is not None for e in free) else "take"


def _dealt(examples: Sequence[Example], count: int, by: By) -> dict[str, int]:
    what = _("{count} folds by {by}").format(count=count, by=by)
    if count < 2:
        raise InvalidInput(what, _("cross-validation takes at least two"))
    if any(e.person is None for e in examples) and by == "person":
        raise InvalidInput(what, _("some recordings have no person"), _("Enter them, or use `--by take`."))
    if any(e.group is None for e in examples) and by == "group":
        raise InvalidInput(what, _("some recordings have no group"), _("Enter them, or use `--by take`."))
    if any(e.place is None for e in examples) and by == "place":
        raise InvalidInput(what, _("some recordings have no place"), _("Record with `--place`, or use `--by take`."))
    decks: dict[str, list[str]] = defaultdict(list)
    for key, label in {_key(e, by): e.label for e in examples}.items():
        decks[label if by == "take" else ""].append(key)
    keys = [key for label in sorted(decks) for key in sorted(decks[label], key=_fraction)]
    if len(keys) < count:
        raise InvalidInput(what, _("there are only {found}").format(found=len(keys)), _("Choose fewer folds."))
    return {key: place % count for place, key in enumerate(keys)}


def _validates(example: Example, by: By) -> bool:
    if example.split_pin is not None:
        return example.split_pin == "validation"
    return _fraction(_key(example, by)) < VALIDATION_SHARE


def _validating_people(rest: Sequence[Example]) -> list[Example]:
    """Whole people in the order of their hashes, and who is pinned: a few say too little to measure anything by."""
    takes: dict[str, int] = defaultdict(int)
    for example in rest:
        if example.split_pin is None:
            takes[_key(example, "person")] += 1
    wanted = VALIDATION_SHARE * sum(takes.values())
    people: set[str] = set()
    for key in sorted(takes, key=_fraction):
        if _fraction(key) >= VALIDATION_SHARE and sum(takes[each] for each in people) >= wanted:
            break
        people.add(key)
    return [e for e in rest if e.split_pin == "validation" or (e.split_pin is None and _key(e, "person") in people)]


def _key(example: Example, by: By) -> str:
    """What must stay on one side. Takes of one group (a session, a photograph) stay together whatever is cut."""
    if by == "place" and example.place is not None:
        return f"place:{example.place}"
    if by == "person" and example.person is not None:
        return f"person:{example.person}"
    if by != "person" and example.group is not None:
        return f"group:{example.group}"
    return f"take:{example.take}"


def _fraction(key: str) -> float:
    """0..1, the same on every machine."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
