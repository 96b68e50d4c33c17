"""Edits: one transaction and one undo step each, across restarts, for each actor of their own."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from studio.core.errors import InvalidInput, NotFound
from studio.dataset.catalogue import Catalogue, ReadOnly
from studio.dataset.edits import NewRecording, Span
from studio.dataset.holder import user_name
from studio.dataset.recordings import Sidecar
from studio.dataset.selection import everything, of_recordings, of_segments, parse

State = tuple[object, ...]


def add(catalogue: Catalogue, count: int, first: int = 0, label: str | None = "yes") -> list[str]:
    new = [
        NewRecording(
            f"recordings/r{n}.wav",
            Sidecar(source="import", rate_hz=16_000.0, label=label, person=f"P0{n % 3 + 1}", samples=16_000),
            "[]",
        )
        for n in range(first, first + count)
    ]
    with catalogue.edit(f"Add {count}") as edit:
        edit.add(new)
    return [recording.sidecar.id for recording in new]


def state_of(catalogue: Catalogue) -> State:
    """All that an edit may change, as a reader sees it."""
    rows = catalogue.recordings()
    examples = [(e.id, e.label, e.clip.start, e.clip.end, e.person, e.group, e.split_pin) for e in catalogue.examples()]
    segments = [(s.id, s.start, s.end, s.whole, s.label, s.annotator) for s in catalogue.segments()]
    return (
        tuple((r.id, r.labels, r.person, r.group) for r in rows),
        tuple(examples),
        tuple(catalogue.pins().items()),
        tuple(segments),
    )


@pytest.fixture
def catalogue(project):
    return project.catalogue


def test_an_exception_inside_an_edit_leaves_all_as_it_was(catalogue):
    add(catalogue, 5)
    before, title = state_of(catalogue), catalogue.undo_title()
    with pytest.raises(RuntimeError), catalogue.edit("Half") as edit:  # noqa: PT012
        edit.set_label(everything(), "no")
        edit.set_person(everything(), "P09")
        raise RuntimeError
    assert state_of(catalogue) == before
    assert catalogue.undo_title() == title


def test_a_label_that_a_take_came_with_is_set_by_whoever_entered_it(catalogue):
    add(catalogue, 1)
    add(catalogue, 1, first=1, label=None)
    assert [(s.label, s.annotator) for s in catalogue.segments()] == [("yes", user_name()), (None, None)]


def test_reading_during_an_edit_sees_what_was_before(catalogue):
    add(catalogue, 2)
    with catalogue.edit("Relabel") as edit:
        edit.set_label(everything(), "no")
        assert catalogue.label_counts() == {"yes": 2}
    assert catalogue.label_counts() == {"no": 2}


def test_an_edit_that_changes_nothing_is_no_step_and_keeps_what_can_be_redone(catalogue):
    add(catalogue, 3)
    with catalogue.edit("Relabel") as edit:
        edit.set_label(everything(), "no")
    catalogue.undo()
    with catalogue.edit("Nothing") as edit:
        assert edit.set_label(everything(), "yes") == 0
    assert catalogue.undo_title() == "Add 3"
    assert catalogue.redo_title() == "Relabel"


def test_undo_reaches_back_over_a_restart(project):
    add(project.catalogue, 3)
    path = project.catalogue.path
    project.catalogue.close()
    again = Catalogue(path, write=True)
    assert again.undo_title() == "Add 3"
    assert again.undo() is not None
    assert again.count() == 0
    again.close()
    once_more = Catalogue(path, write=True)
    assert once_more.redo() is not None
    assert once_more.count() == 3
    once_more.close()


def test_each_actor_takes_back_their_own_and_not_what_another_changed_since(project):
    catalogue = project.catalogue
    ids = add(catalogue, 2)
    ann, bob = (Catalogue(catalogue.path, write=True, actor=name) for name in ("ann", "bob"))
    with ann.edit("ann's") as edit:
        edit.set_label(everything(), "no")
    with bob.edit("bob's") as edit:
        edit.set_label(of_recordings(ids[:1]), "up")
    ann.undo()
    assert {row.id: row.labels for row in catalogue.recordings()} == {ids[0]: ("up",), ids[1]: ("yes",)}
    assert bob.undo_title() == "bob's"
    assert ann.undo_title() is None
    ann.close()
    bob.close()


def test_a_span_replaces_the_unlabelled_whole_and_undo_brings_that_back(catalogue):
    (key,) = add(catalogue, 1, label=None)
    before = state_of(catalogue)
    with catalogue.edit("Spans") as edit:
        assert edit.add_segments(key, [Span("yes", 0, 4_000), Span("no", 8_000, None)]) == 2
    assert [(e.label, e.clip.start, e.clip.end) for e in catalogue.examples()] == [
        ("yes", 0, 4_000),
        ("no", 8_000, None),
    ]
    catalogue.undo()
    assert state_of(catalogue) == before


@pytest.mark.parametrize("span", [Span("a", 100, 100), Span("a", -1, 5), Span("a", 0, 16_001), Span("a", 3_000, 5_000)])
def test_a_span_that_is_empty_outside_or_overlapping_is_refused(catalogue, span):
    (key,) = add(catalogue, 1, label=None)
    with catalogue.edit("One") as edit:
        edit.add_segments(key, [Span("yes", 0, 4_000)])
    before = state_of(catalogue)
    with pytest.raises(InvalidInput), catalogue.edit("Bad") as edit:
        edit.add_segments(key, [span])
    with pytest.raises(NotFound), catalogue.edit("Nobody") as edit:
        edit.add_segments("0" * 26, [Span("a")])
    assert state_of(catalogue) == before


@pytest.mark.parametrize("label", ["a\nb", "x" * 81, "\x00"])
def test_a_label_is_one_line_that_can_be_shown(catalogue, label):
    add(catalogue, 1)
    with pytest.raises(InvalidInput), catalogue.edit("Bad") as edit:
        edit.set_label(everything(), label)


def test_reading_alone_does_not_write(project):
    add(project.catalogue, 1)
    reader = Catalogue(project.catalogue.path, write=False)
    assert reader.count() == 1
    with pytest.raises(ReadOnly), reader.edit("x"):
        pass
    with pytest.raises(ReadOnly):
        reader.undo()
    reader.close()


class AnyEdits(RuleBasedStateMachine):
    """Whatever is edited: undoing all gives the beginning, redoing all gives the end, at every step between too."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.catalogue = Catalogue(self.folder / "studio.db", write=True, create=True)
        self.states = [state_of(self.catalogue)]
        self.undone: list[State] = []
        self.added = 0

    def teardown(self) -> None:
        if not hasattr(self, "catalogue"):
            return
        final = list(self.states)
        for state in reversed(final[:-1]):
            assert self.catalogue.undo() is not None
            assert state_of(self.catalogue) == state
        assert self.catalogue.undo() is None
        for state in [*final[1:], *reversed(self.undone)]:
            assert self.catalogue.redo() is not None
            assert state_of(self.catalogue) == state
        assert self.catalogue.redo() is None
        self.catalogue.close()
        shutil.rmtree(self.folder)

    def _edited(self) -> None:
        """Remembers the state if the last edit was a step (a state may come again by another way)."""
        if self.catalogue.undo_title() == self._title:
            self.states.append(state_of(self.catalogue))
            self.undone = []

    @property
    def _title(self) -> str:
        return f"step {len(self.states)}"

    @rule(count=st.integers(1, 4), label=st.sampled_from(["yes", "no", None]))
    def add(self, count: int, label: str | None) -> None:
        new = [
            NewRecording(
                f"recordings/{self.added + n}.wav",
                Sidecar(source="import", rate_hz=8_000.0, label=label, samples=1_000),
                "[]",
                (Span(label, 0, 400), Span(None, 500)) if n % 2 else (),
            )
            for n in range(count)
        ]
        self.added += count
        with self.catalogue.edit(self._title) as edit:
            edit.add(new)
        self._edited()

    @rule(
        text=st.sampled_from(["", "label:yes", "is:unlabelled", "person:P01"]),
        label=st.sampled_from(["no", "up", None]),
    )
    def label(self, text: str, label: str | None) -> None:
        with self.catalogue.edit(self._title) as edit:
            edit.set_label(parse(text), label)
        self._edited()

    @rule(place=st.integers(0, 20), label=st.sampled_from(["a", "b", None]))
    def label_one_and_group_it(self, place: int, label: str | None) -> None:
        examples = self.catalogue.examples()
        if examples:
            chosen = of_segments([examples[place % len(examples)].id])
            with self.catalogue.edit(self._title) as edit:
                edit.set_label(chosen, label)
                edit.set_group(chosen, label)
                edit.set_label(chosen, "twice in one edit")
            self._edited()

    @rule(person=st.sampled_from(["P01", "P02", None]), text=st.sampled_from(["label:no", ""]))
    def person(self, person: str | None, text: str) -> None:
        with self.catalogue.edit(self._title) as edit:
            edit.set_person(parse(text), person)
        self._edited()

    @rule(side=st.sampled_from(["train", "test", None]), key=st.sampled_from(["P01", "P02"]))
    def pin(self, side: str | None, key: str) -> None:
        with self.catalogue.edit(self._title) as edit:
            edit.set_pin("person", key, side)
        self._edited()

    @rule(text=st.sampled_from(["label:yes", "person:P02"]))
    def remove(self, text: str) -> None:
        with self.catalogue.edit(self._title) as edit:
            edit.remove(parse(text))
        self._edited()

    @rule(place=st.integers(0, 20), act=st.sampled_from(["trim", "split", "join", "discard"]), at=st.integers(1, 999))
    def work_on_a_segment(self, place: int, act: str, at: int) -> None:
        there = self.catalogue.segments()
        if not there:
            return
        own, following = there[place % len(there)], there[(place + 1) % len(there)]
        try:
            with self.catalogue.edit(self._title) as edit:
                if act == "trim":
                    edit.set_span(own.id, at // 2, at)
                elif act == "split":
                    edit.split_segment(own.id, at)
                elif act == "join":
                    edit.join_segments(own.id, following.id)
                else:
                    edit.discard(of_segments([own.id]))
        except InvalidInput:
            return
        self._edited()

    @rule()
    def fail(self) -> None:
        with pytest.raises(RuntimeError), self.catalogue.edit("fails") as edit:  # noqa: PT012
            edit.set_label(everything(), "never")
            raise RuntimeError

    @rule()
    def undo(self) -> None:
        touched = self.catalogue.undo()
        assert (touched is None) == (len(self.states) == 1)
        if touched is not None:
            self.undone.append(self.states.pop())

    @invariant()
    def nothing_else_changes(self) -> None:
        if hasattr(self, "states"):
            assert state_of(self.catalogue) == self.states[-1]


TestAnyEdits = AnyEdits.TestCase
TestAnyEdits.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
