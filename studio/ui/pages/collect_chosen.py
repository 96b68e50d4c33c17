"""What the next take is of: a class and a person of the script, beside what there is of each."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.samples import MICROPHONE
from studio.dataset.script import Progress, Script, ScriptClass
from studio.ui.class_styles import is_unnamed
from studio.ui.pages.collect_kinds import SENSORS
from studio.ui.pages.collect_plan import TIMED, Plan

if TYPE_CHECKING:
    from studio.dataset.project import Project


class Chosen(QObject):
    """project: where takes go. label, person: "" for none. sensor: what the project senses. progress: with what is
    made.

    changed: another class or person is chosen. counted: there is a take more than the catalogue was heard to have.
    """

    changed = Signal()
    counted = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.progress = Progress()
        self._begun: dict[str, tuple[str, str | None]] = {}  # label and person by key, of takes that have not ended
        self.label = self.person = ""
        self.sensor = SENSORS[MICROPHONE.name]

    def open(self, project: "Project | None") -> None:
        """Another project, of which nothing is known yet."""
        self.project, self.progress, self._begun = project, Progress(), {}
        self.label = self.person = ""
        if project is not None:
            self.sensor = SENSORS[project.settings.sensor.kind]

    @property
    def writable(self) -> bool:
        return self.project is not None and self.project.writable

    @property
    def script(self) -> Script:
        return self.progress.script

    @property
    def expected(self) -> Progress:
        """What there is once the takes that were begun are made."""
        expected = self.progress
        for label, person in self._begun.values():
            expected = expected.with_takes(label, person)
        return expected

    def label_at(self, place: int) -> str:
        """Of the script's classes, from 0; "" beyond the last."""
        classes = self.script.classes
        return classes[place].label if place < len(classes) else ""

    def following(self, label: str, *, round_again: bool) -> str:
        """The next class after it that misses takes. Where none does, "", or the next one to go `round_again`."""
        missing = self.progress.unfinished(label)
        if missing or not round_again:
            return missing[0] if missing else ""
        labels = [each.label for each in self.script.classes]
        return self.label_at((labels.index(label) + 1) % len(labels) if label in labels else 0)

    def see(self, progress: Progress, *, label: str | None = None, person: str | None = None) -> None:
        """What there is now. label, person: chosen with it, None for those before; one that is not in the script gives
        way to the first that is.
        """
        self.progress = progress
        self.label = self.label if label is None else label
        self.person = self.person if person is None else person
        labels, people = [each.label for each in self.script.classes], self.script.people
        if labels and self.label not in labels:
            self.label = next((each for each in labels if not is_unnamed(each)), "")
        if people and self.person not in people:
            self.person = people[0]

    def choose(self, label: str) -> None:
        self.label = label
        self.changed.emit()

    def choose_person(self, code: str) -> None:
        self.person = code
        self.changed.emit()

    def next_person(self) -> None:
        """After the last comes the first."""
        people = self.script.people
        place = people.index(self.person) + 1 if self.person in people else 0
        self.choose_person(people[place % len(people)])

    def go_on(self) -> bool:
        """To the next class, where the chosen one has its takes. False: all have."""
        coming = self.progress.unfinished(self.label)
        if coming and self.label not in coming:
            self.choose(coming[0])
        return bool(coming)

    def begin(self, key: str, label: str, person: str | None) -> None:
        """A take that is one more, until its `end`."""
        self._begun[key] = label, person

    def end(self, key: str, made: int) -> None:
        """made: what the catalogue has of it, which counts before it is read again."""
        begun = self._begun.pop(key, None)
        if begun is not None and made:
            self.progress = self.progress.with_takes(*begun, made)
            self.counted.emit()

    def plan_of(self, label: str) -> Plan:
        """How much a take of it is to be."""
        return TIMED if self.sensor.by_count else Plan((self.script.of(label) or ScriptClass(label)).seconds)
