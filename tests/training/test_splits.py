from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InvalidInput
from studio.dataset.catalogue import Example
from studio.dataset.splits import split, split_folds, usual_by
from studio.features.windows import Clip


def example(person: str | None, take: int, label: str = "yes", *, group: str | None = None, pin: str | None = None):
    name = f"{label}_{person}_{take}"
    return Example(name, Clip(Path(f"{name}.wav")), label, person, group, name, pin)


def people(count: int, takes: int = 20, **more: str) -> list[Example]:
    return [
        example(f"P{p:02}", t, label, **more) for p in range(count) for t in range(takes) for label in ("yes", "no")
    ]


def test_a_person_held_out_is_only_tested():
    sides = split(people(4), hold_out=["P02"])
    assert {e.person for e in sides.test} == {"P02"}
    assert "P02" not in {e.person for e in [*sides.train, *sides.validation]}
    assert len(sides.train) + len(sides.validation) + len(sides.test) == 160


def test_few_people_validate_by_take_and_all_of_them_train():
    sides = split(people(4))
    assert sides.validation_by == "take"
    assert {e.person for e in sides.train} == {f"P{p:02}" for p in range(4)}
    assert 0.03 < len(sides.validation) / 160 < 0.2
    assert sides.test == []


def test_many_people_validate_whole():
    sides = split(people(40, takes=3))
    assert sides.validation_by == "person"
    assert not {e.person for e in sides.validation} & {e.person for e in sides.train}
    assert 0 < len({e.person for e in sides.validation}) < 12


def test_people_who_say_little_are_joined_by_others_until_a_tenth_of_the_takes_validates():
    few_takes = [e for e in people(20, takes=1) if e in split(people(20, takes=1)).validation]
    quiet = {e.person for e in few_takes}
    examples = [e for e in people(20, takes=30) if e.person not in quiet] + few_takes
    sides = split(examples)
    assert quiet <= {e.person for e in sides.validation}
    assert 0.1 * len(examples) <= len(sides.validation) < 0.1 * len(examples) + 30


def test_pins_win():
    examples = people(3) + [example("P03", t, pin="test") for t in range(3)]
    examples += [example("P00", 90, pin="validation"), *(example("P01", t, pin="train") for t in range(90, 140))]
    sides = split(examples)
    assert {e.person for e in sides.test} == {"P03"}
    assert any(e.take.endswith("_90") and e.person == "P00" for e in sides.validation)
    assert not any(e.split_pin == "train" for e in sides.validation)


@given(st.integers(1, 30), st.integers(0, 30))
def test_data_added_later_moves_nobody_of_the_same_regime(before: int, more: int):
    examples = people(3, takes=before)
    sides = split(examples)
    later = split([*examples, *(example("P02", 100 + t) for t in range(more))])
    assert {e.id for e in sides.train} <= {e.id for e in later.train}
    assert {e.id for e in sides.validation} <= {e.id for e in later.validation}


@given(st.permutations(range(12)))
def test_the_order_of_examples_does_not_matter(order: list[int]):
    examples = [example(f"P{i % 3:02}", i) for i in range(12)]
    shuffled = split([examples[i] for i in order])
    assert {e.id for e in shuffled.validation} == {e.id for e in split(examples).validation}


def test_a_group_stays_on_one_side():
    examples = [example("P00", t, group=f"session{t % 30}") for t in range(300)]
    sides = split(examples)
    assert sides.validation
    assert not {e.group for e in sides.train} & {e.group for e in sides.validation}


def test_holding_out_somebody_without_recordings_is_refused():
    with pytest.raises(InvalidInput, match="P09"):
        split(people(2), hold_out=["P09"])


@pytest.mark.parametrize(("count", "by"), [(4, "person"), (5, "take"), (2, "person")])
def test_folds_test_everybody_once_and_never_train_on_whom_they_test(count: int, by: str):
    examples = people(4)
    folds = split_folds(examples, count, by)  # type: ignore[arg-type]
    tested = Counter(e.id for fold in folds for e in fold.test)
    assert set(tested.values()) == {1}
    assert len(tested) == len(examples)
    for fold in folds:
        used = {e.person if by == "person" else e.take for e in [*fold.train, *fold.validation]}
        assert not used & {e.person if by == "person" else e.take for e in fold.test}
        assert fold.train


def test_folds_by_take_have_every_label_in_every_fold():
    for fold in split_folds(people(4), 5, "take"):
        assert Counter(e.label for e in fold.test) == {"yes": 16, "no": 16}


def test_more_folds_than_people_are_refused():
    with pytest.raises(InvalidInput, match="only 4"):
        split_folds(people(4), 5, "person")


def test_folds_by_group_need_groups():
    with pytest.raises(InvalidInput, match="no group"):
        split_folds(people(4), 2, "group")


def test_folds_by_place_test_each_place_once_and_need_all_of_them():
    somewhere = [replace(e, place=("kitchen", "hall", "car")[n % 3]) for n, e in enumerate(people(4))]
    folds = split_folds(somewhere, 3, "place")
    assert sorted(str(where) for fold in folds for where in {e.place for e in fold.test}) == ["car", "hall", "kitchen"]
    for fold in folds:
        assert {e.place for e in fold.test}.isdisjoint(e.place for e in [*fold.train, *fold.validation])
    with pytest.raises(InvalidInput, match="no place"):
        split_folds([*somewhere, example("P09", 1)], 3, "place")


def test_folds_keep_people_whole_or_groups_or_takes_as_far_as_they_are_known():
    assert usual_by(people(4)) == "person"
    photographs = [example(None, t, group=f"photograph{t // 3}") for t in range(30)]
    assert usual_by(photographs) == "group"
    assert usual_by([*photographs, example(None, 99)]) == "take"


@given(st.integers(1, 60))
def test_more_photographs_move_none_to_another_side(more: int):
    def crops(count: int) -> list[Example]:
        return [example(None, t, group=f"photograph{t // 3}") for t in range(3 * count)]

    sides, later = split(crops(40)), split(crops(40 + more))
    assert sides.validation
    assert {e.id for e in sides.train} <= {e.id for e in later.train}
    assert {e.id for e in sides.validation} <= {e.id for e in later.validation}


def test_a_photograph_that_is_pinned_is_in_no_fold_of_another_side():
    pinned = [example(None, t, group=f"photograph{t // 3}", pin="train" if t // 3 == 3 else None) for t in range(30)]
    for fold in split_folds(pinned, 3, "group"):
        assert "photograph3" not in {e.group for e in fold.test}
        assert not {e.group for e in [*fold.train, *fold.validation]} & {e.group for e in fold.test}
