"""What is to be recorded: the classes with how many takes of each are wanted, and by whom. Noted in the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from studio.dataset.background import BACKGROUND, UNKNOWN

if TYPE_CHECKING:
    from studio.dataset.catalogue import Catalogue

NOTE = "script"
WANTED = 40  # takes of a class
TAKE_S = 1.5  # of a word
BACKGROUND_S = 10.0
BACKGROUND_WANTED = 20
MOST_WANTED = 9_999
LEAST_S, MOST_S = 0.3, 600.0


@dataclass(frozen=True)
class ScriptClass:
    """seconds: how long a take of it is recorded."""

    label: str
    wanted: int = WANTED
    seconds: float = TAKE_S


@dataclass(frozen=True)
class Script:
    """Frozen; what changes it gives another. people: codes, in the order in which they came."""

    classes: tuple[ScriptClass, ...] = ()
    people: tuple[str, ...] = ()

    def of(self, label: str) -> ScriptClass | None:
        return next((each for each in self.classes if each.label == label), None)

    def with_class(self, label: str, *, seconds: float = TAKE_S) -> "Script":
        """A new class comes after the user's others and before the background. Raises InvalidInput for no label."""
        from studio.dataset.edits import checked_label

        name = checked_label(label)
        if name is None or self.of(name) is not None:
            return self
        named = [each for each in self.classes if each.label not in (UNKNOWN, BACKGROUND)]
        background = [each for each in self.classes if each.label in (UNKNOWN, BACKGROUND)]
        return replace(self, classes=(*named, ScriptClass(name, seconds=seconds), *background))

    def without_class(self, label: str) -> "Script":
        return replace(self, classes=tuple(each for each in self.classes if each.label != label))

    def wanting(self, label: str, wanted: int) -> "Script":
        count = min(max(wanted, 1), MOST_WANTED)
        changed = (replace(each, wanted=count) if each.label == label else each for each in self.classes)
        return replace(self, classes=tuple(changed))

    def lasting(self, label: str, seconds: float) -> "Script":
        length = min(max(seconds, LEAST_S), MOST_S)
        changed = (replace(each, seconds=length) if each.label == label else each for each in self.classes)
        return replace(self, classes=tuple(changed))

    def having(self, classes: "tuple[ScriptClass, ...]") -> "Script":
        """These classes and no others."""
        return replace(self, classes=classes)

    def with_person(self, code: str) -> "Script":
        return self if code in self.people else replace(self, people=(*self.people, code))


@dataclass(frozen=True)
class Progress:
    """The script beside what there is. counts: takes by label and person, None for nobody's."""

    script: Script = Script()
    counts: Mapping[tuple[str, str | None], int] = field(default_factory=dict)

    def made(self, label: str, person: str | None = None) -> int:
        """Takes of a class: by a person, or by everybody."""
        if person is not None:
            return self.counts.get((label, person), 0)
        return sum(count for (of, _person), count in self.counts.items() if of == label)

    def with_takes(self, label: str, person: str | None, more: int = 1) -> "Progress":
        """With so many more of a class."""
        return replace(self, counts={**self.counts, (label, person): self.counts.get((label, person), 0) + more})

    def share(self, label: str, person: str) -> float:
        """How much of what a person owes to a class is made, 0 and up: all owe the same."""
        wanted = self.script.of(label)
        owed = (wanted.wanted if wanted else WANTED) / max(len(self.script.people), 1)
        return self.made(label, person) / owed

    @property
    def total(self) -> tuple[int, int]:
        """Takes made that are wanted, of those wanted."""
        made = sum(min(self.made(each.label), each.wanted) for each in self.script.classes)
        return made, sum(each.wanted for each in self.script.classes)

    def seconds_left(self, pause_s: float) -> float:
        """For the takes that are missing, each with a pause."""
        missing = ((each, max(each.wanted - self.made(each.label), 0)) for each in self.script.classes)
        return sum(count * (each.seconds + pause_s) for each, count in missing)

    def unfinished(self, after: str | None = None) -> list[str]:
        """Labels with takes missing, in the script's order, beginning after `after`."""
        labels = [each.label for each in self.script.classes]
        first = labels.index(after) + 1 if after in labels else 0
        turned = labels[first:] + labels[:first]
        return [label for label in turned if self.made(label) < (self.script.of(label) or ScriptClass(label)).wanted]


def read_progress(catalogue: "Catalogue", *, with_background: bool = True, with_recorded: bool = True) -> Progress:
    """The script as noted, or for a new project the background classes, where its template has them; with_recorded
    classes that recordings have, and the people that they have, added; and the counts.
    """
    counts = catalogue.take_counts()
    script = _parsed(catalogue.note(NOTE), with_background=with_background)
    for label in sorted({label for label, _person in counts if with_recorded}):
        script = script.with_class(label, seconds=BACKGROUND_S if label == BACKGROUND else TAKE_S)
    for person in sorted({person for _label, person in counts if person is not None}):
        script = script.with_person(person)
    return Progress(script, counts)


def script_people(catalogue: "Catalogue") -> tuple[str, ...]:
    """Codes of those whom the script asks for, whether there are takes of them or not."""
    return _parsed(catalogue.note(NOTE), with_background=False).people


def script_labels(catalogue: "Catalogue", *, with_background: bool = True) -> set[str]:
    """Labels that the script asks for, whether there are takes of them or not."""
    return {each.label for each in _parsed(catalogue.note(NOTE), with_background=with_background).classes}


def keep_script(catalogue: "Catalogue", script: Script) -> None:
    """Raises ReadOnly, StorageFailed."""
    classes = [{"label": each.label, "wanted": each.wanted, "seconds": each.seconds} for each in script.classes]
    catalogue.set_note(NOTE, {"classes": classes, "people": list(script.people)})


def _parsed(value: Any, *, with_background: bool) -> Script:
    """A note that another version wrote, or nobody: what makes no sense in it is left out."""
    if not isinstance(value, dict):
        background = (ScriptClass(UNKNOWN), ScriptClass(BACKGROUND, BACKGROUND_WANTED, BACKGROUND_S))
        return Script(background if with_background else ())
    classes = []
    for each in value.get("classes", []):
        try:
            classes.append(ScriptClass(str(each["label"]), int(each["wanted"]), float(each["seconds"])))
        except (TypeError, ValueError, KeyError):
            continue
    return Script(tuple(classes), tuple(str(code) for code in value.get("people", [])))
