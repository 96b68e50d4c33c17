"""Matrix, intervals, curves, network, arena, bars, pictures and empty states."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt

from studio.ui import theme
from studio.ui.controls import Button
from studio.ui.widgets.arena import ArenaView, arena_of
from studio.ui.widgets.bars import Budget, BudgetBars, EnergyBars, EnergyRow, Part, PartsBar
from studio.ui.widgets.confusion import ConfusionMatrix
from studio.ui.widgets.curves import TrainingCurves
from studio.ui.widgets.distribution import Distribution, Portion
from studio.ui.widgets.dots import ProgressDots, SharePies
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.feature_picture import FeaturePicture
from studio.ui.widgets.interval_bars import IntervalBars, Share
from studio.ui.widgets.network import NetworkDiagram, network_of
from studio.ui.widgets.painted import ClassStyle
from studio.ui.widgets.wilson import wilson

LEFT = Qt.MouseButton.LeftButton
CLASSES = [ClassStyle("on", 0), ClassStyle("off", 1), ClassStyle("noise", ring=True)]
COUNTS = np.array([[9, 1, 0], [2, 7, 0], [0, 0, 5]])


def colour(view, where):
    return view.grab().toImage().pixelColor(where.toPoint() if hasattr(where, "toPoint") else where)


@pytest.fixture
def matrix(show):
    view = ConfusionMatrix()
    view.show_counts(CLASSES, COUNTS)
    return show(view, 400, 300)


def test_a_click_opens_the_cell_under_it(matrix, qtbot):
    with qtbot.waitSignal(matrix.cell_opened) as opened:
        qtbot.mouseClick(matrix, LEFT, pos=matrix.cell(1, 0).center().toPoint())
    assert opened.args == [1, 0]
    assert matrix.opened == (1, 0)


def test_keys_walk_the_cells_and_open_one(matrix, qtbot):
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up):
        qtbot.keyClick(matrix, key)
    assert matrix.accessibleDescription() == "Said on, heard off: 1"
    with qtbot.waitSignal(matrix.cell_opened) as opened:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert opened.args == [0, 1]


def test_right_answers_are_blue_errors_red_and_nothing_is_blank(matrix):
    right, wrong, none = (matrix.cell(*c).topLeft().toPoint() + QPoint(7, 7) for c in ((0, 0), (1, 0), (0, 2)))
    assert colour(matrix, right).blue() > colour(matrix, right).red() + 20
    assert colour(matrix, wrong).red() > colour(matrix, wrong).blue() + 20
    assert colour(matrix, none) == theme.current().role("well")


def test_the_matrix_says_how_many_were_right(matrix):
    assert matrix.accessibleDescription() == "21 of 24 right"


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_share_and_narrows_with_more(right, more):
    total = right + more
    low, high = wilson(right, total)
    assert 0 <= low <= right / total <= high <= 1
    wider = wilson(right * 4, total * 4)
    assert wider[1] - wider[0] < high - low


def test_wilsons_interval_is_the_published_one():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I, method 3
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0, 1)


def test_a_person_is_chosen_by_mouse_and_keys(show, qtbot):
    view = IntervalBars()
    view.show_rows([Share("P01", 90, 100, "unheard"), Share("P02", 70, 100, "trained", strong=False)])
    show(view, 320, 160)
    with qtbot.waitSignal(view.chosen) as chosen:
        qtbot.mouseClick(view, LEFT, pos=QPoint(40, 60))
    assert chosen.args == ["P02"]
    qtbot.keyClick(view, Qt.Key.Key_Up)
    with qtbot.waitSignal(view.chosen) as chosen:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert chosen.args == ["P01"]
    assert "82.6 to 94.5" in view.accessibleDescription()


def test_the_best_epoch_is_ringed_where_its_value_is(show):
    view = show(TrainingCurves("Loss"), 400, 300)
    view.show_epochs([2.0, 1.0, 0.6, 0.5], [2.0, 1.2, 0.9, 1.0], epochs=10, best=3)
    assert colour(view, view.point(3, 0.9)) == theme.current().role("surface")
    assert view.accessibleDescription() == "Epoch 4 of 10: training 0.500, validation 1.000"
    assert view.point(1, 2.0).y() < view.point(1, 1.0).y()


def test_curves_without_an_epoch_yet_are_drawn(show):
    show(TrainingCurves("Accuracy", percent=True), 300, 200).show_epochs([], [], epochs=5)


@pytest.fixture(scope="session")
def a_plan(request):
    from studio.model.plan import plan

    folder = request.getfixturevalue("shared_data")
    return plan(next(iter(sorted((folder / "models").rglob("*speech*.tflite")))).read_bytes())


@pytest.mark.data
def test_a_network_has_all_the_work_of_its_plan(a_plan, show, qtbot):
    blocks = network_of(a_plan)
    assert sum(block.macs for block in blocks) == a_plan.macs
    assert blocks[0].bytes == a_plan.input.bytes
    view = NetworkDiagram()
    view.show_blocks(blocks)
    show(view, 372, 420)
    with qtbot.waitSignal(view.chosen) as chosen:
        qtbot.mouseClick(view, LEFT, pos=view.row_rect(1).center().toPoint())
    assert chosen.args == [1]


@pytest.mark.data
def test_tensors_overlap_in_the_picture_only_where_one_is_written_over_the_other(a_plan, show):
    picture = arena_of(a_plan)
    assert max(t.at + t.bytes for t in picture.tensors) == picture.arena_bytes
    view = ArenaView()
    view.show_arena(picture)
    show(view, 420, 400)
    rects = [view.tensor_rect(i).adjusted(1, 1, -1, -1) for i in range(len(picture.tensors))]
    for i, later in enumerate(rects):
        for j, earlier in enumerate(rects[:i]):
            if later.intersects(earlier) and not (later.isEmpty() or earlier.isEmpty()):
                assert picture.tensors[i].first == picture.tensors[j].last


@pytest.mark.data
def test_a_tensor_is_chosen_by_mouse_and_keys(a_plan, show, qtbot):
    view = ArenaView()
    view.show_arena(arena_of(a_plan))
    show(view, 420, 400)
    with qtbot.waitSignal(view.chosen) as chosen:
        qtbot.mouseClick(view, LEFT, pos=view.tensor_rect(1).center().toPoint())
    assert chosen.args == [1]
    with qtbot.waitSignal(view.chosen) as chosen:
        qtbot.keyClick(view, Qt.Key.Key_Left)
    assert chosen.args == [0]
    assert "input" in view.accessibleDescription()


def test_what_does_not_fit_is_red_and_said(show):
    view = BudgetBars()
    view.show_budgets([Budget("Flash", 10, 100, "10 of 100 kB"), Budget("RAM", 300, 256, "300 of 256 kB")])
    show(view, 300, 44)
    assert view.accessibleDescription() == "Flash 10 of 100 kB; RAM 300 of 256 kB, too large"
    image = view.grab().toImage()
    red = theme.current().role("err")
    assert [any(image.pixelColor(x, y) == red for x in range(60, 180)) for y in (11, 33)] == [False, True]


def test_what_fits_by_giving_way_is_amber_with_an_icon_and_said(show):
    view = BudgetBars()
    budget = Budget("Time", 232, 300, "about 232 of 300 ms", gives_way="it decides every 300 ms")
    view.show_budgets([budget])
    show(view, 300, 22)
    assert view.accessibleDescription() == "Time about 232 of 300 ms, it decides every 300 ms"
    plain = BudgetBars()
    plain.show_budgets([Budget("Time", 232, 300, "about 232 of 300 ms")])
    show(plain, 300, 22)
    amber = theme.current().role("warn")
    inks = [sum(v.grab().toImage().pixelColor(x, 11) == amber for x in range(300)) for v in (view, plain)]
    assert inks[0] > 20
    assert inks[1] == 0


def test_parts_and_energies_are_to_scale(show):
    parts = PartsBar()
    parts.show_parts([Part("Weights", 300), Part("Rest", 100), Part("Nothing", 0)])
    show(parts, 402, 80)
    accent = theme.current().role("accent")
    image = parts.grab().toImage()
    assert sum(image.pixelColor(x, 6) == accent for x in range(402)) == pytest.approx(300, abs=3)
    energy = EnergyBars()
    energy.show_rows(
        [
            EnergyRow("Here", "", 1e6, "1 M"),
            EnergyRow("Sent", "", 1e9, "1,000 M"),
            EnergyRow("None", "", None, "no radio"),
        ]
    )
    show(energy, 700, 186)
    image = energy.grab().toImage()
    assert 1 <= sum(image.pixelColor(x, 31) == accent for x in range(700)) <= 4


def test_a_distribution_filters_by_mouse_and_keys(show, qtbot):
    view = Distribution("Class")
    view.show_portions([Portion(s.name, s.name, n, s) for s, n in zip(CLASSES, (50, 30, 20), strict=True)])
    show(view, 220, 52)
    with qtbot.waitSignal(view.clicked) as clicked:
        qtbot.mouseClick(view, LEFT, pos=view.rects()[1].center().toPoint())
    assert clicked.args == ["off"]
    qtbot.keyClick(view, Qt.Key.Key_Right)
    with qtbot.waitSignal(view.clicked) as clicked:
        qtbot.keyClick(view, Qt.Key.Key_Space)
    assert clicked.args == ["noise"]
    assert view.rects()[0].width() > 2 * view.rects()[2].width()


def test_a_picture_has_low_bands_below_and_time_to_the_right(show, qtbot):
    values = np.full((10, 8), -100, np.int8)
    values[9, 0] = 100
    view = show(FeaturePicture(), 202, 162)
    view.show_values(values, -128, 127)
    loud, quiet = view.cell_rect(9, 0).center(), view.cell_rect(0, 7).center()
    assert loud.x() > quiet.x()
    assert loud.y() > quiet.y()
    assert colour(view, loud).lightness() < 90
    assert colour(view, quiet).lightness() > 200
    with qtbot.waitSignal(view.pointed) as pointed:
        qtbot.mouseClick(view, LEFT, pos=loud.toPoint())
    assert pointed.args == [9, 0]
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.accessibleDescription() == "Frame 9, band 1: -100"


def test_a_difference_rings_the_first_value_that_differs(show):
    host = np.zeros((6, 5), np.int8)
    board = host.copy()
    board[2, 3], board[4, 1] = 3, -3
    view = show(FeaturePicture(), 122, 102)
    view.show_difference(board, host)
    assert view.cell == (2, 3)
    assert view.accessibleDescription() == "2 of 30 differ"
    low = colour(view, view.cell_rect(4, 1).center())
    assert low.red() > low.blue()
    view.show_difference(host, host)
    assert view.accessibleDescription() == "identical"


@pytest.mark.parametrize(
    ("done", "wanted", "filled"), [(0, 40, 0), (1, 40, 1), (39, 40, 19), (40, 40, 20), (55, 40, 20), (7, 10, 7)]
)
def test_dots_are_all_filled_only_when_all_is_done(show, done, wanted, filled):
    view = show(ProgressDots(), 180, 9)
    view.show_takes(CLASSES[0], done, wanted)
    assert view.dots() == (min(wanted, 20), filled)
    assert view.accessibleName() == f"on: {done} of {wanted} takes"


def test_a_persons_pies_are_filled_by_their_share(show):
    view = SharePies()
    view.show_shares([(CLASSES[0], 0.5), (CLASSES[1], 0.0), (CLASSES[1], 1.4)])
    show(view, 57, 18)
    blue, orange = CLASSES[0].colour, CLASSES[1].colour
    assert colour(view, QPoint(12, 9)) == blue
    assert colour(view, QPoint(7, 9)) != blue
    assert colour(view, QPoint(28, 9)) != orange
    assert colour(view, QPoint(47, 9)) == orange


def test_an_empty_state_says_what_will_be_here_and_acts(show, qtbot):
    button = Button("Choose a board", "devices", "primary")
    view = show(EmptyState("devices", "No board yet", "Sound will run here.", button), 600, 320)
    with qtbot.waitSignal(button.clicked):
        qtbot.mouseClick(button, LEFT)
    view.show_words("No project is open", "Open one on Start.")
    assert view.title.text() == view.accessibleName() == "No project is open"
