"""A hundred thousand rows in table and grid, fetched as they are looked at."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from studio.ui.widgets.lazy_table import PAGE_ROWS, Column, LazyTable, RowSource, RowTable
from studio.ui.widgets.looks import WaveLook
from studio.ui.widgets.painted import ClassStyle
from studio.ui.widgets.thumbnail_grid import Thumbnail, ThumbnailGrid

COUNT = 100_000
LEFT = Qt.MouseButton.LeftButton


class Store:
    """Rows by key on a thread of their own, counting what is asked."""

    def __init__(self, count=COUNT):
        self.rows = [(f"{i:06d}", f"take {i}") for i in range(count)]
        self.asked = []
        self.thread = ThreadPoolExecutor(1)

    def source(self):
        return RowSource(
            lambda every: self.thread.submit(self.keys, every),
            lambda after, limit: self.thread.submit(self.page, after, limit),
            lambda row: row[0],
        )

    def keys(self, every):
        return len(self.rows), [row[0] for row in self.rows[every - 1 :: every]]

    def page(self, after, limit):
        first = 0 if after is None else next(i for i, row in enumerate(self.rows) if row[0] > after)
        self.asked.append(first)
        return self.rows[first : first + limit]


@pytest.fixture
def store():
    made = Store()
    yield made
    made.thread.shutdown()


@pytest.fixture
def model(store, qapp):
    return LazyTable(
        [Column("Name", lambda row: row[1], style=lambda _: ClassStyle("on", 0)), Column("Key", lambda row: row[0])]
    )


@pytest.fixture
def table(store, model, show, qtbot):
    view = show(RowTable(model), 500, 400)
    with qtbot.waitSignal(model.counted):
        model.set_source(store.source())
    return view


def shown(view, row):
    return view.model().index(row, 0).data()


def test_only_the_pages_in_view_are_fetched(table, store, qtbot):
    qtbot.waitUntil(lambda: shown(table, 0) == "take 0")
    table.scrollTo(table.model().index(70_000, 0), RowTable.ScrollHint.PositionAtTop)
    qtbot.waitUntil(lambda: shown(table, 70_003) == "take 70003")
    assert table.model().rowCount() == COUNT
    assert len(store.asked) <= 4


def test_the_first_rows_are_shown_before_all_are_counted(model, store, qtbot):
    counted = threading.Event()
    keys = store.keys
    store.keys = lambda every: (counted.wait(10), keys(every))[1]
    model.set_source(store.source())
    qtbot.waitUntil(lambda: model.index(3, 0).data() == "take 3")
    assert model.rowCount() == PAGE_ROWS
    with qtbot.waitSignal(model.counted):
        counted.set()
    assert model.rowCount() == COUNT
    assert model.index(3, 0).data() == "take 3"


def test_a_row_on_its_way_is_an_ellipsis_and_no_wait(table):
    start = time.perf_counter()
    assert shown(table, 50_000) == "…"
    assert time.perf_counter() - start < 0.05


def test_scrolling_through_all_keeps_few_pages(table, model, qtbot):
    for row in range(0, COUNT, 1000):
        shown(table, row)
        QApplication.processEvents()
    qtbot.waitUntil(lambda: shown(table, COUNT - 1000) != "…", timeout=10_000)
    assert len(model._pages) <= 30


def test_after_an_edit_rows_stay_while_they_are_asked_for_anew(table, model, store, qtbot):
    qtbot.waitUntil(lambda: shown(table, 3) == "take 3")
    store.rows[3] = (store.rows[3][0], "renamed")
    table.selectRow(3)
    with qtbot.waitSignal(model.counted):
        model.refresh()
    assert shown(table, 3) in ("take 3", "renamed")
    qtbot.waitUntil(lambda: shown(table, 3) == "renamed")
    assert table.chosen_rows() == [3]


def test_a_removed_row_is_gone_and_others_are_found_by_key(table, model, store, qtbot):
    qtbot.waitUntil(lambda: shown(table, 0) == "take 0")
    del store.rows[1]
    model.refresh()
    qtbot.waitUntil(lambda: shown(table, 1) == "take 2")
    assert model.rowCount() == COUNT - 1
    assert model.find("000002") == 1
    assert model.find("000001") is None


def test_answers_to_an_earlier_filter_are_not_shown(table, model, store, qtbot):
    few = Store(3)
    shown(table, 40_000)
    model.set_source(few.source())
    qtbot.waitUntil(lambda: model.rowCount() == 3 and shown(table, 2) == "take 2")
    few.thread.shutdown()


def test_a_page_more_or_less_is_counted_right(model, qtbot):
    for count in (0, 1, PAGE_ROWS, PAGE_ROWS + 1, 2 * PAGE_ROWS):
        store = Store(count)
        with qtbot.waitSignal(model.counted):
            model.set_source(store.source())
        assert model.rowCount() == count
        if count:
            model.index(count - 1, 0).data()
            qtbot.waitUntil(lambda last=count - 1: model.index(last, 0).data() == f"take {last}")
        store.thread.shutdown()


@pytest.fixture
def grid(model, table, show, settled, qtbot):
    made = ThumbnailGrid(
        model,
        lambda row: Thumbnail(row[0], row[1]),
        lambda _: settled(WaveLook(np.full(200, 9000, np.int16), 9000)),
        table.selectionModel(),
    )
    show(made, 600, 400)
    qtbot.waitUntil(lambda: model.index(0, 0).data() == "take 0")
    made.viewport().grab()
    QApplication.processEvents()
    return made


def test_table_and_grid_share_a_selection(grid, table, qtbot):
    qtbot.mouseClick(grid.viewport(), LEFT, pos=grid.cell_rect(2).center())
    assert table.chosen_rows() == [2]
    qtbot.mouseClick(grid.viewport(), LEFT, Qt.KeyboardModifier.ShiftModifier, grid.cell_rect(4).center())
    assert table.chosen_rows() == [2, 3, 4]
    qtbot.mouseClick(grid.viewport(), LEFT, Qt.KeyboardModifier.ControlModifier, grid.cell_rect(3).center())
    assert table.chosen_rows() == [2, 4]


def test_keys_walk_the_grid_and_open(grid, table, qtbot):
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down):
        qtbot.keyClick(grid, key)
    assert table.chosen_rows() == [grid.across()]
    with qtbot.waitSignal(grid.opened) as opened:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert opened.args == [grid.across()]
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert table.chosen_rows() == [COUNT - 1]
    assert grid.viewport().rect().contains(grid.cell_rect(COUNT - 1))


def test_the_grid_fetches_what_is_in_view(grid, store, qtbot):
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    grid.viewport().grab()
    qtbot.waitUntil(lambda: grid._model.index(COUNT - 1, 0).data() == f"take {COUNT - 1}")
    assert len(store.asked) <= 4


def test_a_double_click_on_a_row_opens_it(table, qtbot):
    qtbot.waitUntil(lambda: shown(table, 1) == "take 1")
    where = table.visualRect(table.model().index(1, 0)).center() + QPoint(0, 0)
    qtbot.mouseClick(table.viewport(), LEFT, pos=where)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [1]
