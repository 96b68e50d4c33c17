"""Views of a running stream: columns against brute force, what the mouse and keys do, what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication

from studio.ui import theme
from studio.ui.widgets.decisions import DecisionMark, DecisionTimeline
from studio.ui.widgets.difference_panel import DifferencePanel, FirstDifference
from studio.ui.widgets.level_meter import LOWEST_DB, Level, LevelMeter, LevelTracker, StripMeter, level_of
from studio.ui.widgets.live_columns import LiveColumns
from studio.ui.widgets.live_stream import LiveMark, LiveStream
from studio.ui.widgets.live_trace import LiveTraces
from studio.ui.widgets.painted import ClassStyle
from studio.ui.widgets.scores import ScoresView, int8_as_scores
from studio.ui.widgets.stages_row import StageMark, StagesRow, StageState

LEFT = Qt.MouseButton.LeftButton
CLASSES = [ClassStyle("on", 0), ClassStyle("off", 1), ClassStyle("noise", ring=True)]


@given(st.integers(0, 2**31), st.lists(st.integers(1, 900), min_size=1, max_size=40), st.integers(20, 90))
@settings(max_examples=60, deadline=None)
def test_live_columns_equal_brute_force_however_the_stream_is_cut(seed, cuts, wide):
    rng = np.random.default_rng(seed)
    samples = rng.integers(-32768, 32768, sum(cuts)).astype(np.int16)
    live = LiveColumns(1000.0, 4.0, wide, fft=64)
    for block in np.split(samples, np.cumsum(cuts)[:-1]):
        live.append(block)
    for column in range(max(live.newest + 1 - live.columns, 0), live.newest + 1):
        span = samples[column * live.hop : (column + 1) * live.hop]
        place = column % live.columns
        assert (live.low[place], live.high[place]) == (span.min(), span.max())
        assert live.rms[place] == pytest.approx(np.sqrt(np.mean(span.astype(float) ** 2)), rel=1e-4)


def test_samples_that_were_lost_leave_their_columns_empty():
    live = LiveColumns(1000.0, 4.0, 100, fft=64)
    live.append(np.full(400, 100, np.int16), 0)
    live.append(np.full(400, 100, np.int16), 2000)
    gap = np.arange(401 // live.hop + 1, 2000 // live.hop) % live.columns
    assert (live.low[gap] > live.high[gap]).all()
    assert live.high[2001 // live.hop % live.columns] == 100


def test_a_stream_that_begins_anew_shows_nothing_of_the_old():
    live = LiveColumns(1000.0, 4.0, 100, fft=64)
    live.append(np.full(3000, 100, np.int16), 5000)
    live.append(np.full(10, 7, np.int16), 0)
    assert np.count_nonzero(live.low <= live.high) == 1


@pytest.fixture
def traces(show):
    stream = LiveStream(16_000, 4.0)
    view = LiveTraces(stream)
    show(view, 640, 420)
    return view


def fed(stream, seconds, tone=False):
    samples = np.zeros(int(16_000 * seconds), np.int16)
    if tone:
        samples[:] = np.round(12_000 * np.sin(2 * np.pi * 2000 * np.arange(len(samples)) / 16_000))
    for block in np.array_split(samples, max(int(seconds * 50), 1)):
        stream.append(block)


def colour(view, x, y):
    return view.grab().toImage().pixelColor(round(x), round(y))


def test_the_newest_sample_is_at_the_right_edge_and_moves_left(traces):
    fed(traces.stream, 3)
    fed(traces.stream, 0.5, tone=True)
    view = traces.waveform
    y, right = view.height() // 4 + 20, view.plot().right() - 4
    traces.stream.set_full_scale(0.5)
    assert colour(view, right, y).lightness() < 180
    fed(traces.stream, 1)
    assert colour(view, right, y) == theme.current().role("well")
    second = view.plot().width() / 4
    assert colour(view, right - 1.2 * second, y).lightness() < 180


def test_the_spectrogram_shows_a_tone_at_its_frequency(traces):
    fed(traces.stream, 2)
    fed(traces.stream, 1, tone=True)
    view = traces.spectrogram
    plot = view.plot()
    assert colour(view, plot.right() - 30, plot.bottom() - plot.height() * 2 / 8).lightness() < 120
    assert colour(view, plot.right() - 30, plot.top() + plot.height() * 0.3).lightness() > 200


def test_incremental_painting_equals_painting_anew(traces):
    rng = np.random.default_rng(1)
    for _ in range(90):
        traces.stream.append(rng.integers(-9000, 9000, 800).astype(np.int16))
        traces.waveform.grab()
    before = traces.waveform.grab().toImage()
    traces.waveform.restyle()
    assert traces.waveform.grab().toImage() == before


def test_recording_is_framed_and_marked_at_its_start(traces):
    fed(traces.stream, 4)
    box = traces.grab().toImage()
    traces.stream.set_recording(48_000)
    QApplication.processEvents()
    after = traces.grab().toImage()
    red = theme.current().role("record")
    assert after.pixelColor(after.width() // 2, 0).red() > 150 > after.pixelColor(after.width() // 2, 0).green()
    assert box != after
    x = traces.waveform.x_of(48_000)
    assert colour(traces.waveform, x, traces.waveform.height() - 30) == red


def test_a_stream_survives_another_width(traces):
    fed(traces.stream, 4, tone=True)
    traces.resize(333, 420)
    QApplication.processEvents()
    filled = np.count_nonzero(traces.stream.columns.low < traces.stream.columns.high)
    assert filled > traces.waveform.plot().width() * 0.9
    traces.stream.set_marks([LiveMark(40_000, 48_000, "take 1", CLASSES[0])])
    traces.grab()


def test_a_level_is_told_in_decibels():
    assert level_of(np.array([0, 16_384, -8000], np.int16)).peak_db == pytest.approx(-6.02, abs=0.01)
    assert level_of(np.zeros(5, np.int16)) == Level(LOWEST_DB, LOWEST_DB, clipped=False)
    assert level_of(np.array([-32_768], np.int16)).clipped


def test_the_peak_is_held_and_the_floor_follows_the_quietest():
    tracker = LevelTracker()
    tracker.show(Level(-50, -55, clipped=False), 0.0)
    tracker.show(Level(-10, -20, clipped=True), 0.1)
    tracker.show(Level(-50, -56, clipped=False), 0.2)
    assert tracker.held_db == -10
    assert tracker.floor_db == -56
    assert -20 < tracker.level_db < -10
    tracker.show(Level(-50, -56, clipped=False), 5.0)
    assert tracker.held_db == -50
    assert tracker.clipped


def test_clipping_stays_marked_until_it_is_seen(show, qtbot):
    meter = show(LevelMeter(), 60, 300)
    meter.show_level(Level(0, -3, clipped=True), 0.0)
    assert "clipped" in meter.accessibleDescription()
    assert colour(meter, 6, 2) == theme.current().role("err")
    qtbot.keyClick(meter, Qt.Key.Key_Space)
    assert "clipped" not in meter.accessibleDescription()


def test_the_strips_meter_says_its_level(show):
    meter = show(StripMeter(), 176, 16)
    meter.show_level(-17.3)
    assert meter.accessibleDescription() == "−17 dBFS"
    assert colour(meter, 2, 8) == theme.current().role("ok")


def test_the_board_and_the_host_are_said_and_drawn(show):
    view = ScoresView()
    view.set_classes(CLASSES)
    show(view, 560, 360)
    view.show_scores(int8_as_scores(np.array([127, -128, -127], np.int8)), np.array([0.2, 0.7, 0.1]))
    assert view.accessibleDescription() == "Board: on 1.00; Host: off 0.70"
    image = view.grab().toImage()
    blue = CLASSES[0].colour
    left = sum(image.pixelColor(x, y) == blue for x in range(0, 280, 3) for y in range(120, 360, 3))
    right = sum(image.pixelColor(x, y) == blue for x in range(280, 560, 3) for y in range(120, 360, 3))
    assert left > 3 * max(right, 1)


def test_of_many_classes_the_likeliest_have_rows_and_keep_their_places(show):
    few, many = ScoresView(), ScoresView()
    few.set_classes(CLASSES * 2)
    many.set_classes(CLASSES * 10)
    assert many.minimumHeight() < few.minimumHeight() * 2
    show(many, 560, 400)
    scores = np.zeros(10 * len(CLASSES))
    scores[[20, 4]] = 0.6, 0.3
    many.show_scores(scores, scores)
    rows = list(many._rows)
    assert {20, 4} < set(rows)
    assert rows.index(4) == 4
    scores[[20, 17]] = 0.1, 0.7
    many.show_scores(scores, None)
    assert [place for place in many._rows if place != 17] == [place for place in rows if place in many._rows]


def stages(*states):
    return [StageMark(f"Stage {i}", "detail", state) for i, state in enumerate(states)]


def test_the_parted_stage_opens_by_mouse_and_key(show, qtbot):
    row = show(StagesRow(), 1000, 90)
    row.show_stages(stages(StageState.EQUAL, StageState.PARTED, StageState.FOLLOWS))
    assert "parts here" in row.accessibleDescription()
    with qtbot.waitSignal(row.opened):
        qtbot.mouseClick(row, LEFT, pos=QPoint(round(row.mark_x(1)), 45))
    with qtbot.waitSignal(row.opened):
        qtbot.keyClick(row, Qt.Key.Key_Return)


def test_equal_stages_have_nothing_to_open(show, qtbot):
    row = show(StagesRow(), 1000, 90)
    row.show_stages(stages(StageState.EQUAL, StageState.EQUAL))
    with qtbot.assertNotEmitted(row.opened):
        qtbot.mouseClick(row, LEFT, pos=QPoint(20, 45))
        qtbot.keyClick(row, Qt.Key.Key_Return)


def test_the_first_difference_is_told_whole(show):
    panel = show(DifferencePanel(), 900, 230)
    panel.show_difference(
        FirstDifference("Parts", "Samples are equal.", "frame 0, band 1", 1, -83, -86, "", "", "Old.", "Send."), 200
    )
    assert panel.accessibleDescription() == "Samples are equal. frame 0, band 1: board -83, host -86. Old. Send."


@pytest.fixture
def timeline(show):
    view = DecisionTimeline()
    view.begin(CLASSES, 0.7)
    show(view, 800, 160)
    for at in np.arange(0, 60, 0.5):
        view.add_scores(float(at), np.array([0.1, 0.05, 0.85]))
    for mark in (DecisionMark(20.0, 0, 0.9), DecisionMark(40.0, 1, 0.8)):
        view.add_decision(mark)
    return view


def test_curves_that_were_painted_as_they_came_stand_at_their_times_and_scores(show):
    view = DecisionTimeline()
    view.begin(CLASSES, 0.0)
    show(view, 800, 160)
    for at in np.arange(0, 80, 0.25):
        view.add_scores(float(at), np.array([0.85 if 30 <= at <= 50 else 0.15, 0.0, 0.0]))
        if at % 1 == 0:
            view.grab()
    ink, image = CLASSES[0].colour, view.grab().toImage()

    def is_drawn(at_s, score):
        where = view.place_of(DecisionMark(at_s, 0, score)).toPoint()
        near = [image.pixelColor(where.x(), where.y() + off) for off in (-1, 0, 1)]
        return any(
            abs(c.red() - ink.red()) + abs(c.green() - ink.green()) + abs(c.blue() - ink.blue()) < 60 for c in near
        )

    for at_s in (25.0, 29.0, 51.0, 70.0, 78.0):
        assert is_drawn(at_s, 0.15)
        assert not is_drawn(at_s, 0.85)
    for at_s in (31.0, 40.0, 49.0):
        assert is_drawn(at_s, 0.85)
        assert not is_drawn(at_s, 0.15)


def test_a_click_on_a_decision_selects_it(timeline, qtbot):
    mark = DecisionMark(40.0, 1, 0.8)
    with qtbot.waitSignal(timeline.selection_changed) as selected:
        qtbot.mouseClick(timeline, LEFT, pos=timeline.place_of(mark).toPoint())
    assert selected.args == [mark]


def test_a_false_alarm_is_two_keys_from_a_recording(timeline, qtbot):
    qtbot.keyClick(timeline, Qt.Key.Key_Left)
    with qtbot.waitSignal(timeline.recording_asked) as asked:
        qtbot.keyClick(timeline, Qt.Key.Key_Return)
    assert asked.args == [DecisionMark(40.0, 1, 0.8)]
    timeline.mark_wrong(asked.args[0])
    assert timeline.selected.wrong


def test_sound_before_a_gap_is_still_there_when_the_width_changes():
    rng = np.random.default_rng(1)
    first, second = (rng.integers(-9_000, 9_000, 8_000).astype(np.int16) for _ in range(2))
    kept, whole = LiveStream(16_000, 2.0), LiveStream(16_000, 2.0)
    whole.set_width(400)
    for stream in (kept, whole):
        stream.append(first, 0)
        stream.append(second, 12_000)  # a quarter of a second was lost
        stream.skip_to(24_000)  # and then the source went
    kept.set_width(400)
    for name in ("low", "high"):
        assert np.array_equal(getattr(kept.columns, name), getattr(whole.columns, name))
    assert kept.end == 24_000
    assert np.count_nonzero(kept.columns.high > 0) > 150


def test_a_stream_that_is_aligned_shows_the_time_of_the_first_and_stands_back_by_its_lead():
    first, second = LiveStream(16_000, 2.0), LiveStream(8_000, 2.0)
    plot = QRect(0, 0, 400, 100)
    for stream in (first, second):
        stream.set_width(400)
    first.append(np.zeros(16_000, np.int16), 0)
    second.append(np.zeros(7_200, np.int16), 0)
    second.leader = first
    assert second.ticks(plot, 1.0) == first.ticks(plot, 1.0)
    before = second.x_of(4_000, plot, 1.0)
    second.set_lead(800)  # a tenth of a second of 2 s in 400 px
    assert before - second.x_of(4_000, plot, 1.0) == pytest.approx(20, abs=0.5)
    assert second.edge() == pytest.approx(8_000, abs=second.columns.hop)
