"""Segments as the window lists and works on them: in order, a page at a time, trimmed, split, joined, discarded."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InvalidInput, NotFound
from studio.dataset.catalogue import Catalogue
from studio.dataset.edits import NewRecording, Span
from studio.dataset.recordings import Sidecar
from studio.dataset.selection import of_recordings, of_segments, parse, unlabelled

SPANS = {"a": (Span("yes", 8_000, 9_000), Span("no", 0, 4_000)), "b": (), "c": (Span(None, None, 500), Span("on", 500))}


@pytest.fixture
def catalogue(tmp_path: Path):
    made = Catalogue(tmp_path / "studio.db", write=True, create=True, actor="ann")
    with made.edit("Add") as edit:
        edit.add([new(name, spans) for name, spans in SPANS.items()])
    yield made
    made.close()


def new(name: str, spans: tuple[Span, ...], gaps: str = "[]") -> NewRecording:
    sidecar = Sidecar(source="import", rate_hz=16_000.0, person=f"P0{len(spans) + 1}", samples=16_000)
    return NewRecording(f"recordings/{name}.wav", sidecar, gaps, spans)


def spans_of(catalogue: Catalogue, name: str) -> list[tuple[str | None, int, int]]:
    rows = catalogue.segments(parse(f"{name}.wav"))
    return [(row.label, row.start, row.end) for row in rows]


def only(catalogue: Catalogue, label: str) -> str:
    (row,) = catalogue.segments(parse(f"label:{label}"))
    return row.id


def test_segments_are_listed_by_recording_and_time_with_their_ends_filled_in(catalogue: Catalogue) -> None:
    rows = catalogue.segments()
    assert [(row.path.stem, row.label, row.start, row.end, row.whole) for row in rows] == [
        ("a", "no", 0, 4_000, False),
        ("a", "yes", 8_000, 9_000, False),
        ("b", None, 0, 16_000, True),
        ("c", None, 0, 500, False),
        ("c", "on", 500, 16_000, False),
    ]
    assert [row.key for row in rows] == sorted(row.key for row in rows)


@given(size=st.integers(1, 7), text=st.sampled_from(["", "label:yes label:on", "label:", "person:P03"]))
def test_pages_of_any_size_from_any_place_are_the_list(tmp_path_factory, size: int, text: str) -> None:
    catalogue = Catalogue(tmp_path_factory.mktemp("pages") / "studio.db", write=True, create=True)
    with catalogue.edit("Add") as edit:
        edit.add([new(name, spans) for name, spans in SPANS.items()])
    chosen = parse(text)
    everything = [row.key for row in catalogue.segments(chosen)]
    count, ends = catalogue.segment_ends(size, chosen)
    assert count == len(everything) == catalogue.count_segments(chosen)
    assert ends == everything[size - 1 :: size]
    for place, after in enumerate([None, *ends]):
        page = catalogue.segments(chosen, limit=size, after=after)
        assert [row.key for row in page] == everything[place * size : (place + 1) * size]
    ids = catalogue.segment_ids(chosen, 1, size)
    assert ids == [row.id for row in catalogue.segments(chosen)][1 : 1 + size]
    catalogue.close()


def test_one_key_twice_takes_either_and_an_empty_value_takes_none(catalogue: Catalogue) -> None:
    found = [row.label for row in catalogue.segments(parse("label:yes label:on"))]
    assert found == ["yes", "on"]
    assert catalogue.count_segments(parse("label:yes is:unlabelled")) == 3
    assert catalogue.count_segments(parse("label:yes person:P03")) == 1
    assert catalogue.count_segments(parse("session:")) == 5
    assert catalogue.count_segments(parse("label:yes").and_also(unlabelled())) == 0


def test_counts_by_person_are_of_segments(catalogue: Catalogue) -> None:
    assert catalogue.counts_by("person") == {"P01": 1, "P03": 4}


def test_a_segment_is_trimmed_in_one_step_that_undo_takes_back(catalogue: Catalogue) -> None:
    key = only(catalogue, "no")
    with catalogue.edit("Trim") as edit:
        assert edit.set_span(key, 100, 3_000) == 1
    assert spans_of(catalogue, "a")[0] == ("no", 100, 3_000)
    assert [change.title for change in catalogue.changes_of(key, 5)] == ["Trim"]
    catalogue.undo()
    assert spans_of(catalogue, "a")[0] == ("no", 0, 4_000)
    assert catalogue.changes_of(key, 5) == []


@pytest.mark.parametrize("span", [(0, 0), (-1, 5), (0, 16_001), (0, 8_001)])
def test_ends_that_cannot_be_are_refused(catalogue: Catalogue, span: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput), catalogue.edit("Trim") as edit:
        edit.set_span(only(catalogue, "no"), *span)
    with pytest.raises(NotFound), catalogue.edit("Trim") as edit:
        edit.set_span("0" * 26, 0, 5)
    assert spans_of(catalogue, "a")[0] == ("no", 0, 4_000)


def test_the_whole_of_a_recording_can_be_trimmed_and_becomes_a_part(catalogue: Catalogue) -> None:
    (row,) = catalogue.segments(parse("b.wav"))
    with catalogue.edit("Trim") as edit:
        edit.set_span(row.id, 10, 16_000)
    (row,) = catalogue.segments(parse("b.wav"))
    assert (row.start, row.end, row.whole) == (10, 16_000, False)
    catalogue.undo()
    assert catalogue.segments(parse("b.wav"))[0].whole


def test_splitting_gives_both_the_label_and_joining_them_gives_the_one_again(catalogue: Catalogue) -> None:
    key = only(catalogue, "on")
    with catalogue.edit("Split") as edit:
        second = edit.split_segment(key, 7_000)
    assert spans_of(catalogue, "c")[1:] == [("on", 500, 7_000), ("on", 7_000, 16_000)]
    with catalogue.edit("Join") as edit:
        edit.join_segments(key, second)
    assert spans_of(catalogue, "c")[1:] == [("on", 500, 16_000)]
    catalogue.undo()
    catalogue.undo()
    assert only(catalogue, "on") == key
    with pytest.raises(InvalidInput), catalogue.edit("Split") as edit:
        edit.split_segment(key, 500)


def test_joining_keeps_the_label_there_is_and_refuses_strangers(catalogue: Catalogue) -> None:
    first, second = (row.id for row in catalogue.segments(parse("c.wav")))
    with catalogue.edit("Join") as edit:
        edit.join_segments(first, second)
    assert spans_of(catalogue, "c") == [("on", 0, 16_000)]
    with pytest.raises(InvalidInput), catalogue.edit("Join") as edit:
        edit.join_segments(first, only(catalogue, "no"))


def test_joining_over_a_segment_with_a_label_is_refused(catalogue: Catalogue) -> None:
    owner = catalogue.segments(parse("a.wav"))[0].recording
    with catalogue.edit("Between") as edit:
        edit.add_segments(owner, [Span("up", 5_000, 6_000)])
    with pytest.raises(InvalidInput), catalogue.edit("Join") as edit:
        edit.join_segments(only(catalogue, "no"), only(catalogue, "yes"))


def test_discarding_parts_leaves_their_recording_unlabelled_and_the_whole_takes_it_along(catalogue: Catalogue) -> None:
    before = [row.key for row in catalogue.segments()]
    with catalogue.edit("Discard") as edit:
        chosen = of_recordings({row.recording for row in catalogue.segments(parse("a.wav"))})
        assert edit.discard(chosen) == (2, 0)
        assert edit.discard(parse("b.wav")) == (0, 1)
    assert spans_of(catalogue, "a") == [(None, 0, 16_000)]
    assert spans_of(catalogue, "b") == []
    catalogue.undo()
    assert [row.key for row in catalogue.segments()] == before


def test_one_part_of_several_goes_alone(catalogue: Catalogue) -> None:
    with catalogue.edit("Discard") as edit:
        assert edit.discard(of_segments([only(catalogue, "no")])) == (1, 0)
    assert spans_of(catalogue, "a") == [("yes", 8_000, 9_000)]


def test_what_is_lost_inside_a_segment_is_counted_by_it(catalogue: Catalogue) -> None:
    with catalogue.edit("Add") as edit:
        edit.add([new("gappy", (Span("yes", 0, 100), Span("no", 100, 300)), "[[90, 20]]")])
    assert [row.lost_inside for row in catalogue.segments(parse("gappy"))] == [10, 10]
