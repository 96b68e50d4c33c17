"""Rows of a real catalogue, fetched on a thread of its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from studio.dataset.edits import NewRecording, Span
from studio.dataset.project import create_project
from studio.dataset.recordings import Sidecar
from studio.dataset.selection import parse
from studio.ui.widgets.catalogue_rows import recording_columns, recording_source
from studio.ui.widgets.lazy_table import LazyTable, RowTable
from studio.ui.widgets.painted import ClassStyle

COUNT = 900


@pytest.fixture
def ask(tmp_path):
    thread = ThreadPoolExecutor(1)
    with create_project(tmp_path / "kitchen", name="Kitchen") as project:
        with project.catalogue.edit("Import") as edit:
            edit.add(
                [
                    NewRecording(
                        f"recordings/{i:05d}.wav",
                        Sidecar(source="virtual:nano33ble", rate_hz=16_000.0, samples=16_000 + i),
                        "[]",
                        (Span("yes" if i % 3 else "no"),),
                    )
                    for i in range(COUNT)
                ]
            )
        yield lambda work: thread.submit(work, project)
        thread.shutdown()


@pytest.mark.parametrize(("text", "count"), [("", COUNT), ("label:no", COUNT // 3)])
def test_pages_begin_where_the_catalogue_says_the_last_one_ended(ask, text, count):
    source = recording_source(ask, parse(text))
    found, ends = source.keys(100).result()
    assert found == count
    rows = source.page(None, COUNT).result()
    assert ends == [row.id for row in rows[99::100]]
    assert [row.id for row in source.page(ends[1], 100).result()] == [row.id for row in rows[200:300]]


def test_recordings_are_listed_and_filtered(ask, show, qtbot):
    model = LazyTable(recording_columns(lambda label: ClassStyle(label or "", 0)))
    table = show(RowTable(model), 900, 300)
    with qtbot.waitSignal(model.counted):
        model.set_source(recording_source(ask))
    table.scrollToBottom()
    last = COUNT - 1
    qtbot.waitUntil(lambda: model.index(last, 2).data() != "…")
    said = [model.index(last, column).data() for column in range(4)]
    assert said == ["yes" if last % 3 else "no", f"{last:05d}", f"{(16_000 + last) / 16_000:.3f} s", "–"]
    model.set_source(recording_source(ask, parse("label:no")))
    qtbot.waitUntil(lambda: model.rowCount() == COUNT // 3 and model.index(0, 0).data() == "no")
