"""Waveform, spectrogram, segments and overview, with real mouse and keys."""

import random

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from studio.ui import theme
from studio.ui.widgets.painted import ClassStyle
from studio.ui.widgets.sample_reader import ArraySamples, FileSamples
from studio.ui.widgets.segment_editor import SegmentEditor
from studio.ui.widgets.segments import Band
from studio.ui.widgets.signal_data import SignalData, wait_for_views
from studio.ui.widgets.time_axis import TimeAxis
from studio.ui.widgets.waveform import WaveformView

LEFT = Qt.MouseButton.LeftButton
ON, OFF = ClassStyle("on", 0), ClassStyle("off", 1)


@pytest.fixture
def editor(show, tone):
    made = SegmentEditor()
    made.open(ArraySamples(tone, 16_000))
    show(made, 700, 420)
    made.show_bands([Band("a", 0.5, 1.0, ON), Band("b", 1.3, 1.6, OFF, proposed=True)])
    yield made
    made.close_data()


def at(view, seconds, y=40):
    return QPoint(round(view.x_of(seconds)), y)


def drag(qtbot, view, first, last, y=40):
    qtbot.mousePress(view, LEFT, pos=at(view, first, y))
    for part in (0.3, 0.7, 1.0):
        qtbot.mouseMove(view, at(view, first + part * (last - first), y))
    QApplication.processEvents()
    qtbot.mouseRelease(view, LEFT, pos=at(view, last, y))


def pixel(view, x, y):
    return view.grab().toImage().pixelColor(round(x), round(y))


def test_a_click_sets_the_time_of_its_column(editor, qtbot):
    qtbot.mouseClick(editor.waveform, LEFT, pos=at(editor.waveform, 0.25))
    assert editor.axis.playhead_s == pytest.approx(0.25, abs=editor.axis.span_s / editor.waveform.plot().width())


def test_the_wave_is_drawn_where_the_sound_is(editor):
    view = editor.waveform
    ground, wave = pixel(view, view.x_of(0.2), 20), pixel(view, view.x_of(0.75), 20)
    assert ground == theme.current().role("well")
    assert wave.lightness() < 180


def test_the_spectrogram_is_dark_at_the_tone_alone(editor):
    view = editor.spectrogram
    view.grab()
    wait_for_views()
    QApplication.processEvents()
    plot = view.plot()
    row = plot.bottom() - plot.height() * 1000 / 8000
    assert pixel(view, view.x_of(0.75), row).lightness() < 100
    assert pixel(view, view.x_of(0.75), plot.top() + plot.height() * 0.3).lightness() > 200
    assert pixel(view, view.x_of(0.2), row).lightness() > 200


def test_a_drag_over_nothing_asks_for_a_segment(editor, qtbot):
    with qtbot.waitSignal(editor.tool.create_asked) as asked:
        drag(qtbot, editor.waveform, 0.1, 0.4)
    assert asked.args == pytest.approx([0.1, 0.4], abs=0.01)


def test_a_new_segment_stops_where_another_begins(editor, qtbot):
    with qtbot.waitSignal(editor.tool.create_asked) as asked:
        drag(qtbot, editor.spectrogram, 0.2, 0.8)
    assert asked.args == pytest.approx([0.2, 0.5], abs=0.01)


def test_dragging_an_edge_asks_to_move_it_and_changes_nothing_itself(editor, qtbot):
    with qtbot.waitSignal(editor.tool.move_asked) as asked:
        drag(qtbot, editor.waveform, 1.0, 1.2)
    assert asked.args == ["a", pytest.approx(0.5), pytest.approx(1.2, abs=0.01)]
    assert [b.end_s for b in editor.tool.bands if b.id == "a"] == [1.0]


def test_a_click_on_a_tab_selects_its_segment(editor, qtbot):
    with qtbot.waitSignal(editor.tool.selection_changed) as selected:
        qtbot.mouseClick(editor.lane, LEFT, pos=at(editor.lane, 0.7, 10))
    assert selected.args == ["a"]
    assert "on" in editor.lane.accessibleDescription()


@pytest.mark.parametrize(
    ("key", "signal", "args"),
    [
        (Qt.Key.Key_S, "split_asked", ["a", pytest.approx(0.75, abs=0.01)]),
        (Qt.Key.Key_J, "join_asked", ["a", "b"]),
        (Qt.Key.Key_2, "relabel_asked", ["a", 1]),
        (Qt.Key.Key_Delete, "remove_asked", ["a"]),
        (Qt.Key.Key_BracketLeft, "move_asked", ["a", pytest.approx(0.75, abs=0.01), 1.0]),
        (Qt.Key.Key_BracketRight, "move_asked", ["a", 0.5, pytest.approx(0.75, abs=0.01)]),
    ],
)
def test_keys_ask_for_changes_of_the_selected_segment(editor, qtbot, key, signal, args):
    qtbot.mouseClick(editor.waveform, LEFT, pos=at(editor.waveform, 0.75))
    with qtbot.waitSignal(getattr(editor.tool, signal)) as asked:
        qtbot.keyClick(editor.waveform, key)
    assert asked.args == args


@pytest.mark.parametrize(("key", "signal"), [(Qt.Key.Key_A, "accept_asked"), (Qt.Key.Key_X, "reject_asked")])
def test_only_proposals_are_accepted_or_rejected(editor, qtbot, key, signal):
    editor.tool.select("a")
    with qtbot.assertNotEmitted(getattr(editor.tool, signal)):
        qtbot.keyClick(editor.waveform, key)
    editor.tool.select("b")
    with qtbot.waitSignal(getattr(editor.tool, signal)) as asked:
        qtbot.keyClick(editor.waveform, key)
    assert asked.args == ["b"]


def test_a_segment_is_made_by_keys_alone(editor, qtbot):
    editor.axis.set_playhead(0.1)
    qtbot.keyClick(editor.waveform, Qt.Key.Key_BracketLeft)
    editor.axis.set_playhead(0.3)
    with qtbot.waitSignal(editor.tool.create_asked) as asked:
        qtbot.keyClick(editor.waveform, Qt.Key.Key_BracketRight)
    assert asked.args == pytest.approx([0.1, 0.3])


def test_control_arrows_step_through_segments(editor, qtbot):
    for expected in ("a", "b", "b"):
        qtbot.keyClick(editor.waveform, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
        assert editor.tool.selected_id == expected


def test_escape_leaves_a_drag_without_a_trace(editor, qtbot):
    qtbot.mousePress(editor.waveform, LEFT, pos=at(editor.waveform, 0.1))
    qtbot.mouseMove(editor.waveform, at(editor.waveform, 0.3))
    qtbot.keyClick(editor.waveform, Qt.Key.Key_Escape)
    with qtbot.assertNotEmitted(editor.tool.create_asked):
        qtbot.mouseRelease(editor.waveform, LEFT, pos=at(editor.waveform, 0.3))


def test_the_wheel_zooms_about_the_mouse_in_all_linked_plots(editor):
    view = editor.waveform
    where = QPointF(at(view, 0.5))
    none = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        where, view.mapToGlobal(where), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, none,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)
    assert editor.axis.span_s < 1.5
    assert editor.spectrogram.x_of(0.5) == pytest.approx(where.x(), abs=1)


def test_keys_zoom_pan_and_show_all(editor, qtbot):
    view, axis = editor.waveform, editor.axis
    for key, held in (
        (Qt.Key.Key_Plus, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier),
    ):
        qtbot.keyClick(view, key, held)
    assert (axis.span_s, axis.first_s) == (pytest.approx(1.6), pytest.approx(0.36))
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert (axis.first_s, axis.last_s) == (0, 2)


def test_dragging_the_overviews_box_moves_the_view(editor, qtbot):
    editor.axis.show(0.2, 0.6)
    overview = editor.overview
    start = overview.box().center().toPoint()
    qtbot.mousePress(overview, LEFT, pos=start)
    qtbot.mouseMove(overview, start + QPoint(100, 0))
    qtbot.mouseRelease(overview, LEFT, pos=start + QPoint(100, 0))
    moved = 100 * 2.0 / overview.plot().width()
    assert (editor.axis.first_s, editor.axis.last_s) == (pytest.approx(0.2 + moved), pytest.approx(0.6 + moved))


def test_a_moving_playhead_repaints_only_its_strips(editor, qtbot):
    view = editor.waveform
    view.grab()
    editor.axis.set_playhead(0.3)
    QApplication.processEvents()
    painted = []
    original = view.paintEvent

    def recorded(event):
        painted.append(event.region().boundingRect().width())
        original(event)

    view.paintEvent = recorded
    editor.axis.set_playhead(0.31)
    QApplication.processEvents()
    assert painted
    assert max(painted) < 60


def test_near_enough_the_samples_themselves_are_drawn(show, tone):
    axis = TimeAxis(2.0)
    view = WaveformView(axis)
    data = SignalData(ArraySamples(tone, 16_000))
    view.set_data(data)
    show(view, 700, 120)
    axis.show(0.7, 0.71)
    image = view.grab().toImage()
    dark = [sum(image.pixelColor(x, y).lightness() < 120 for y in range(120)) for x in range(100, 600, 7)]
    assert max(dark) < 60, "a line, not columns"
    assert min(dark) >= 1


def test_a_theme_change_repaints_with_its_own_colours(editor):
    view = editor.waveform
    theme.current().choose(theme.Choice.DARK)
    assert pixel(view, view.x_of(0.2), 20) == theme.current().role("well")
    assert pixel(view, view.x_of(0.75), 20).lightness() > 80


def test_at_twice_the_pixels_the_wave_is_drawn_twice_as_fine(editor):
    from PySide6.QtGui import QPixmap

    view = editor.waveform
    pixmap = QPixmap(view.size() * 2)
    pixmap.setDevicePixelRatio(2)
    view.render(pixmap)
    assert pixmap.toImage().pixelColor(round(2 * view.x_of(0.75)), 40).lightness() < 180


def test_a_long_file_is_made_ready_beside_the_gui_thread(tmp_path, qtbot):
    import soundfile

    samples = (np.arange(1_500_000) % 3000).astype(np.int16)
    soundfile.write(tmp_path / "long.wav", samples, 16_000)
    reader = FileSamples(tmp_path / "long.wav")
    data = SignalData(reader)
    with qtbot.waitSignal(data.wave_ready, timeout=10_000) if not data.ready else qtbot.captureExceptions():
        pass
    columns = data.columns(0, data.length_s, 100)
    assert columns is not None
    assert (columns.low.min(), columns.high.max()) == (0, 2999)
    data.close()
    reader.close()


def test_closing_while_a_file_is_read_ends_the_reading(tone):
    class Endless:
        rate_hz, count, reads = 16_000.0, 1 << 40, 0
        marks: tuple[int, ...] = ()

        def read(self, start, count):
            self.reads += 1
            return tone

    reader = Endless()
    data = SignalData(reader)
    data.close()
    wait_for_views()
    assert reader.reads < 1000


class Bands:
    """A page's part: makes each change that is asked for, and holds that no two labelled segments overlap."""

    def __init__(self, editor):
        self.editor, self.kept, self.made = editor, {}, 0
        tool = editor.tool
        tool.create_asked.connect(lambda first, last: self.put(self.next(), first, last))
        tool.move_asked.connect(self.put)
        tool.split_asked.connect(self.split)
        tool.join_asked.connect(self.join)
        tool.remove_asked.connect(self.drop)

    def next(self):
        self.made += 1
        return f"s{self.made}"

    def put(self, key, first, last):
        others = [band for band in self.kept.values() if band.id != key]
        assert 0 <= first < last <= self.editor.axis.length_s + 1e-9
        assert all(last <= o.start_s + 1e-9 or first >= o.end_s - 1e-9 for o in others)
        self.kept[key] = Band(key, first, last, ON)
        self.show()

    def split(self, key, at_s):
        band = self.kept.pop(key)
        for first, last in ((band.start_s, at_s), (at_s, band.end_s)):
            self.put(self.next(), first, last)

    def join(self, key, other):
        first, last = self.kept.pop(key), self.kept.pop(other)
        self.put(key, first.start_s, last.end_s)

    def drop(self, key):
        del self.kept[key]
        self.show()

    def show(self):
        self.editor.show_bands(self.kept.values())


@pytest.mark.parametrize("seed", range(4))
def test_no_mouse_or_key_makes_labelled_segments_overlap(editor, qtbot, seed):
    rng = random.Random(seed)
    page = Bands(editor)
    page.show()
    control, alt, shift, none = (
        getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("Control", "Alt", "Shift", "No")
    )
    keys = (*"SJ1[]+-0", Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Escape, Qt.Key.Key_Home, Qt.Key.Key_Delete)
    for _ in range(400):
        view = rng.choice([editor.waveform, editor.spectrogram, editor.lane, editor.overview])
        places = [QPoint(rng.randrange(-20, view.width() + 20), rng.randrange(view.height())) for _ in range(3)]
        if rng.random() < 0.4:
            qtbot.keyClick(view, rng.choice(keys), rng.choice([none, none, none, control, alt, alt | shift]))
        else:
            qtbot.mousePress(view, LEFT, pos=places[0])
            for place in places[1:]:
                qtbot.mouseMove(view, place)
            qtbot.mouseRelease(view, LEFT, pos=places[-1])
    assert page.made > 5
