"""A hundred thousand recordings: what the window asks while one looks on."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from studio.dataset.catalogue import Catalogue
from studio.dataset.edits import NewRecording
from studio.dataset.recordings import Sidecar
from studio.dataset.schema import recording, segment
from studio.dataset.selection import everything, parse

COUNT = 100_000
PAGE = 50


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    path = Path(tmp_path_factory.mktemp("large")) / "studio.db"
    catalogue = Catalogue(path, write=True, create=True)
    new = [
        NewRecording(
            f"recordings/word{n % 20}_P{n % 97 + 1:02}_nohash_{n}.wav",
            Sidecar(
                source="import",
                rate_hz=16_000.0,
                label=f"word{n % 20}" if n % 1000 else None,
                person=f"P{n % 97 + 1:02}",
                samples=16_000,
            ),
            "[]",
        )
        for n in range(COUNT)
    ]
    with catalogue.edit("Add") as edit:
        edit.add(new)
    yield catalogue
    catalogue.close()


def seconds(act: Callable[[], Any]) -> float:
    """The least of three: other work on this machine only adds."""
    least = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        act()
        least = min(least, time.perf_counter() - began)
    return least


FILTERS = ["", "label:word3", "person:P05", "nohash_9999", "w3", "is:unlabelled", "nowhere", "person:P05 label:word3"]


@pytest.mark.parametrize("text", FILTERS)
def test_a_page_comes_in_a_blink_wherever_it_lies(large, text):
    # Measured: 1 to 50 ms; without `among` and the covering indices 230 to 640 ms.
    with large._engine.connect() as connection:
        middle = connection.scalar(select(recording.c.id).order_by(recording.c.id).offset(COUNT // 2).limit(1))
    assert seconds(lambda: large.recordings(parse(text), limit=PAGE)) < 0.2
    assert seconds(lambda: large.recordings(parse(text), limit=PAGE, after=middle)) < 0.2
    assert seconds(lambda: large.count(parse(text))) < 0.4


@pytest.mark.parametrize("text", FILTERS)
def test_a_page_of_segments_comes_in_a_blink_wherever_it_lies(large, text):
    # Measured: 1 to 60 ms; in the order of segment_in_order, so that nothing is sorted.
    after = large.segments(limit=1, after=large.segment_ends(COUNT // 2)[1][0])[0].key
    assert seconds(lambda: large.segments(parse(text), limit=PAGE)) < 0.2
    assert seconds(lambda: large.segments(parse(text), limit=PAGE, after=after)) < 0.2
    assert seconds(lambda: large.segment_ends(PAGE, parse(text))) < 1.5


def test_pages_one_after_another_are_all_rows_once(large):
    chosen, after, seen = parse("person:P05"), None, []
    while page := large.recordings(chosen, limit=300, after=after):
        seen += [row.id for row in page]
        after = page[-1].id
    assert len(seen) == len(set(seen)) == large.count(chosen) == len([n for n in range(COUNT) if n % 97 == 4])


def test_a_search_finds_what_is_named_so_and_nothing_else(large):
    found = {row.path.name for row in large.recordings(parse("nohash_9999"))}
    expected = {9_999, *range(99_990, 100_000)}
    assert found == {f"word{n % 20}_P{n % 97 + 1:02}_nohash_{n}.wav" for n in expected}


def test_relabelling_all_and_taking_it_back_takes_about_a_second(large):
    before = large.label_counts()
    began = time.perf_counter()
    with large.edit("All") as edit:
        assert edit.set_label(everything(), "same") == COUNT
    relabelled = time.perf_counter()
    large.undo()
    undone = time.perf_counter()
    assert large.label_counts() == before
    assert relabelled - began < 12  # 0.8 s alone; 27 s one by one
    assert undone - relabelled < 12  # 0.45 s alone


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("label:word3", "segment_by_label"),
        ("is:unlabelled", "segment_by_label"),
        ("person:P05", "recording_by_person"),
        ("nohash_9999", "recording_text"),
    ],
)
def test_a_filter_is_answered_by_its_index(large, text, index):
    query = recording.select().where(parse(text).where_recording).order_by(recording.c.id).limit(PAGE)
    with large._engine.connect() as connection:
        compiled = query.compile(connection)
        values = tuple(compiled.params[name] for name in compiled.positiontup or ())
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)]
    assert any(index in step for step in plan), plan
    assert not any(step.startswith(f"SCAN {segment.name}") for step in plan), plan
