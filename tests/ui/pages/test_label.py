"""Label in the real window: listened to, edited by mouse and keys, undone; and what it says when it cannot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from studio.dataset.edits import NewRecording, Span
from studio.dataset.project import create_project, open_project
from studio.dataset.recordings import Sidecar
from studio.ui import theme
from studio.ui.pages.label import LabelPage
from studio.ui.pages.label_filter import FilterChip

RATE = 16_000
Labelled = tuple[str | None, int, int]
PLAIN, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two takes of each of two words, one unlabelled take, and a recording of four seconds with two segments."""
    folder = tmp_path / "kitchen"
    rng = np.random.default_rng(1)
    with create_project(folder, name="Kitchen light") as project, project.catalogue.edit("Import") as edit:
        new = []

        def take(name: str, samples: int, person: str, spans: tuple[Span, ...] = ()) -> None:
            path = f"recordings/{name}.wav"
            soundfile.write(folder / path, rng.normal(0, 2_000, samples).astype(np.int16), RATE)
            sidecar = Sidecar(source="microphone", rate_hz=float(RATE), samples=samples, person=person)
            new.append(NewRecording(path, sidecar, "[]", spans))

        for label in ("yes", "no"):
            for person in ("P01", "P02"):
                take(f"{label}-{person}", 16_000, person, (Span(label),))
        take("unheard", 16_000, "P01")
        take("evening", 64_000, "P02", (Span("yes", 8_000, 16_000), Span("no", 24_000, 40_000)))
        edit.add(new)
    return folder


@pytest.fixture
def label(qtbot: QtBot, open_window: Callable[..., Any], folder: Path) -> LabelPage:
    return opened(qtbot, open_window(folder))


def opened(qtbot: QtBot, window: Any) -> LabelPage:
    """Label with its first recording in the editor, in an active window: keys are for that one."""
    window.activateWindow()
    window.show_page("label", by_key=True)
    page = window.page("label")
    assert isinstance(page, LabelPage)
    qtbot.waitUntil(lambda: bool(page._editor.rows) and page._total > 0, timeout=20_000)
    return page


def notice_of(page: LabelPage) -> Any:
    window: Any = page.window()
    return window.notices.notice


def press(qtbot: QtBot, page: LabelPage, key: Qt.Key, held: Qt.KeyboardModifier = PLAIN) -> None:
    qtbot.keyClick(page.window().focusWidget() or page.window(), key, held)


def go_to(qtbot: QtBot, page: LabelPage, name: str, label: str | None = None) -> None:
    """Takes a recording's segment in hand, as a click on its row does."""

    def rows() -> list[int]:
        found = range(page._list.model.rowCount())
        listed = [(n, page._list.model.row_at(n)) for n in found]
        return [n for n, row in listed if row is not None and row.path.stem == name and label in (None, row.label)]

    qtbot.waitUntil(lambda: bool(rows()))
    table = page._list.table
    index = page._list.model.index(rows()[0], 0)
    table.scrollTo(index)
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center())
    qtbot.waitUntil(lambda: bool(page._editor.rows) and page._editor.rows[0].path.stem == name)


def spans_of(page: LabelPage, name: str) -> list[Labelled]:
    """As the catalogue has them."""
    from studio.dataset.selection import parse

    rows = page.session.ask(lambda project: project.catalogue.segments(parse(name))).result(10)
    return [(row.label, row.start, row.end) for row in rows]


def becomes(qtbot: QtBot, page: LabelPage, name: str, spans: list[Labelled]) -> None:
    qtbot.waitUntil(lambda: spans_of(page, name) == spans, timeout=10_000)
    qtbot.waitUntil(
        lambda: [(row.label, row.start, row.end) for row in page._editor.rows] == spans or not page._editor.rows
    )


def drag(qtbot: QtBot, page: LabelPage, from_s: float, to_s: float) -> None:
    plot = page._editor.plots.waveform
    middle = plot.plot().center().y()
    start, end = (QPoint(round(plot.x_of(at)), middle) for at in (from_s, to_s))
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(plot, start + (end - start) * share)
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=end)


def test_the_first_recording_is_open_with_its_segments_and_the_classes_have_keys(label: LabelPage) -> None:
    assert label._bar.count.text() == "7 segments"
    assert [band.style.name for band in label._editor.plots.tool.bands] == ["yes"]
    assert label._editor.keys.accessibleDescription() == "1 no, 2 yes, 3 noise, 4 other words"
    assert label._inspector.label.line.text() == "yes"


def test_a_digit_labels_what_is_in_hand_and_undo_takes_it_back(qtbot: QtBot, label: LabelPage) -> None:
    press(qtbot, label, Qt.Key.Key_1)
    becomes(qtbot, label, "yes-P01", [("no", 0, 16_000)])
    assert notice_of(label).text == "Label yes-P01 as no"
    press(qtbot, label, Qt.Key.Key_Z, CTRL)
    becomes(qtbot, label, "yes-P01", [("yes", 0, 16_000)])
    press(qtbot, label, Qt.Key.Key_Z, CTRL | SHIFT)
    becomes(qtbot, label, "yes-P01", [("no", 0, 16_000)])


def test_many_rows_are_relabelled_in_one_step(qtbot: QtBot, label: LabelPage) -> None:
    press(qtbot, label, Qt.Key.Key_A, CTRL)
    qtbot.waitUntil(lambda: label._inspector._title.text() == "7 segments")
    press(qtbot, label, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: label.session.history.undo == "Label 7 segments as yes")
    assert {span[0] for span in spans_of(label, "")} == {"yes"}
    press(qtbot, label, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: label.session.history.redo == "Label 7 segments as yes")
    assert {span[0] for span in spans_of(label, "")} == {"yes", "no", None}


def test_some_rows_are_relabelled_and_no_other(qtbot: QtBot, label: LabelPage) -> None:
    press(qtbot, label, Qt.Key.Key_Down, SHIFT)
    press(qtbot, label, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: label.session.history.undo == "Take the label off 2 segments")
    assert spans_of(label, "label:") == [(None, 0, 16_000)] * 3


def test_tab_goes_to_the_next_unlabelled_and_says_when_there_is_none(qtbot: QtBot, label: LabelPage) -> None:
    press(qtbot, label, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: label._editor.rows[0].path.stem == "unheard")
    press(qtbot, label, Qt.Key.Key_1)
    becomes(qtbot, label, "unheard", [("no", 0, 16_000)])
    press(qtbot, label, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: notice_of(label).text == "Every segment shown has a label.")


def test_tab_moves_the_focus_outside_list_and_editor(qtbot: QtBot, label: LabelPage) -> None:
    press(qtbot, label, Qt.Key.Key_F, CTRL)
    assert label._bar.field.hasFocus()
    press(qtbot, label, Qt.Key.Key_Tab)
    assert not label._bar.field.hasFocus()
    assert label._editor.rows[0].path.stem == "yes-P01"


def test_dragging_makes_a_segment_that_a_digit_names(qtbot: QtBot, label: LabelPage) -> None:
    go_to(qtbot, label, "evening")
    drag(qtbot, label, 3.0, 3.5)
    qtbot.waitUntil(lambda: len(spans_of(label, "evening")) == 3)
    made = spans_of(label, "evening")[2]
    assert made[0] is None
    assert [round(at / RATE, 1) for at in made[1:]] == [3.0, 3.5]
    qtbot.waitUntil(lambda: (b := label._editor.plots.tool.selected) is not None and b.start_s > 2.9)
    press(qtbot, label, Qt.Key.Key_2)
    becomes(qtbot, label, "evening", [("yes", 8_000, 16_000), ("no", 24_000, 40_000), ("yes", *made[1:])])


def test_on_an_unlabelled_recording_a_segment_replaces_the_whole(qtbot: QtBot, label: LabelPage) -> None:
    go_to(qtbot, label, "unheard")
    assert label._editor.plots.tool.bands == []
    drag(qtbot, label, 0.2, 0.6)
    qtbot.waitUntil(lambda: [s[0] for s in spans_of(label, "unheard")] == [None])
    qtbot.waitUntil(lambda: label._editor.plots.tool.selected is not None)
    press(qtbot, label, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: [s[0] for s in spans_of(label, "unheard")] == ["no"])
    assert round(spans_of(label, "unheard")[0][1] / RATE, 1) == 0.2


def test_an_edge_is_dragged_and_stops_at_its_neighbour(qtbot: QtBot, label: LabelPage) -> None:
    go_to(qtbot, label, "evening", "yes")
    drag(qtbot, label, 1.0, 1.2)
    qtbot.waitUntil(lambda: abs(spans_of(label, "evening")[0][2] / RATE - 1.2) < 0.02)
    qtbot.waitUntil(lambda: label.session.history.undo == "Trim a segment")
    qtbot.waitUntil(lambda: abs(label._editor.plots.tool.bands[0].end_s - 1.2) < 0.02)
    drag(qtbot, label, label._editor.plots.tool.bands[0].end_s, 2.2)
    becomes(qtbot, label, "evening", [("yes", 8_000, 24_000), ("no", 24_000, 40_000)])


def test_split_and_join_by_key_at_the_playhead(qtbot: QtBot, label: LabelPage) -> None:
    go_to(qtbot, label, "evening", "no")
    label._editor.plots.axis.set_playhead(2.0)
    press(qtbot, label, Qt.Key.Key_S)
    split: list[Labelled] = [("yes", 8_000, 16_000), ("no", 24_000, 32_000), ("no", 32_000, 40_000)]
    becomes(qtbot, label, "evening", split)
    press(qtbot, label, Qt.Key.Key_J)
    becomes(qtbot, label, "evening", [("yes", 8_000, 16_000), ("no", 24_000, 40_000)])


def test_a_segment_is_made_moved_and_named_by_keys_alone(qtbot: QtBot, label: LabelPage) -> None:
    go_to(qtbot, label, "unheard")
    press(qtbot, label, Qt.Key.Key_F6)
    assert label._editor.plots.waveform.hasFocus()
    label._editor.plots.axis.set_playhead(0.25)
    press(qtbot, label, Qt.Key.Key_BracketLeft)
    label._editor.plots.axis.set_playhead(0.75)
    press(qtbot, label, Qt.Key.Key_BracketRight)
    becomes(qtbot, label, "unheard", [(None, 4_000, 12_000)])
    qtbot.waitUntil(lambda: label._editor.plots.tool.selected is not None)
    press(qtbot, label, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    becomes(qtbot, label, "unheard", [(None, 3_840, 12_000)])
    press(qtbot, label, Qt.Key.Key_L)
    qtbot.keyClicks(label._inspector.label.line, "maybe")
    press(qtbot, label, Qt.Key.Key_Return)
    becomes(qtbot, label, "unheard", [("maybe", 3_840, 12_000)])
    qtbot.waitUntil(
        lambda: label._editor.keys.accessibleDescription() == "1 maybe, 2 no, 3 yes, 4 noise, 5 other words"
    )
    assert label._list.view.hasFocus()


def test_delete_removes_a_part_or_the_recording_it_stands_for(qtbot: QtBot, label: LabelPage) -> None:
    go_to(qtbot, label, "evening", "yes")
    press(qtbot, label, Qt.Key.Key_Delete)
    becomes(qtbot, label, "evening", [("no", 24_000, 40_000)])
    qtbot.waitUntil(lambda: label._bar.count.text() == "6 segments")  # the list too is as it is now
    go_to(qtbot, label, "unheard")
    press(qtbot, label, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: spans_of(label, "unheard") == [])
    qtbot.waitUntil(lambda: label._bar.count.text() == "5 segments")
    press(qtbot, label, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: spans_of(label, "unheard") == [(None, 0, 16_000)])


def test_a_person_is_given_by_name_and_the_ledger_keeps_it(qtbot: QtBot, label: LabelPage, folder: Path) -> None:
    press(qtbot, label, Qt.Key.Key_P)
    qtbot.keyClicks(label._inspector.person.line, "Ann")
    press(qtbot, label, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(spans_of(label, "person:P03")) == 1, timeout=10_000)
    assert "Ann" in (folder / "people.toml").read_text(encoding="utf-8")
    qtbot.waitUntil(lambda: label._inspector.person.line.text() == "P03")


def test_a_click_on_a_bar_filters_and_its_chip_takes_the_filter_away(qtbot: QtBot, label: LabelPage) -> None:
    bar = label._bar.bars["person"]
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.rects()[0].center().toPoint())
    qtbot.waitUntil(lambda: label._bar.count.text() == "3 of 7 segments")
    bar = label._bar.bars["label"]
    for place in (0, 1):
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.rects()[place].center().toPoint())
    assert label._bar.text == "person:P01 label:no label:yes"
    qtbot.waitUntil(lambda: label._bar.count.text() == "2 of 7 segments")
    chips: list[Any] = label._bar.findChildren(FilterChip)
    assert [chip._text for chip in chips] == ["Person: P01", "Label: no, yes"]
    qtbot.mouseClick(chips[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: label._bar.count.text() == "6 of 7 segments")
    press(qtbot, label, Qt.Key.Key_Backspace, CTRL)
    qtbot.waitUntil(lambda: label._bar.count.text() == "7 segments")


def test_what_is_typed_filters_and_a_filter_without_rows_says_so(qtbot: QtBot, label: LabelPage) -> None:
    press(qtbot, label, Qt.Key.Key_F, CTRL)
    qtbot.keyClicks(label._bar.field, "even")
    qtbot.waitUntil(lambda: label._bar.count.text() == "2 of 7 segments")
    qtbot.keyClicks(label._bar.field, "zzz")
    qtbot.waitUntil(lambda: label._editor._message.text() == "No segment is like this filter.")
    label._bar.field.clear()
    qtbot.keyClicks(label._bar.field, "is:blue")
    qtbot.waitUntil(lambda: "cannot be used" in label._bar._problem.text)


def test_pictures_show_the_same_selection(qtbot: QtBot, label: LabelPage) -> None:
    press(qtbot, label, Qt.Key.Key_G)
    assert label._list.view is label._list.grid
    assert label._list.grid.hasFocus()
    press(qtbot, label, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: label._editor.rows[0].path.stem == "yes-P02")
    qtbot.waitUntil(lambda: len(label._list.grid._pictures) > 2)


class Speaker:
    """Stands for the device: takes a block of 10 ms whenever it is asked to."""

    latency = 0.0

    def __init__(self, callback: Callable[..., None], samplerate: int, **_: object) -> None:
        import threading

        self._callback, self._frames = callback, samplerate // 100
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(0.01):
            self._callback(bytearray(2 * self._frames), self._frames, None, None)

    def abort(self, **_: object) -> None:
        self._ended.set()
        self._thread.join()

    close = abort


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> None:
    import sounddevice

    monkeypatch.setattr(sounddevice, "RawOutputStream", Speaker)


def test_space_plays_with_a_moving_playhead_and_stops(qtbot: QtBot, label: LabelPage, speaker: None) -> None:
    axis = label._editor.plots.axis
    press(qtbot, label, Qt.Key.Key_Space)
    assert label._editor.play.accessibleName() == "Stop"
    qtbot.waitUntil(lambda: (axis.playhead_s or 0) > 0.1, timeout=10_000)
    assert label._editor.time.text() > "0:00.100"
    press(qtbot, label, Qt.Key.Key_Space)
    assert label._editor.play.accessibleName() == "Play"
    stood = axis.playhead_s
    assert stood is not None
    assert 0.1 < stood < 1.0


def test_a_segment_plays_to_its_end_and_the_playhead_returns(qtbot: QtBot, label: LabelPage, speaker: None) -> None:
    go_to(qtbot, label, "evening", "yes")
    axis = label._editor.plots.axis
    axis.set_playhead(0.8)
    heard: list[float] = []
    axis.playhead_changed.connect(lambda: heard.append(axis.playhead_s or 0.0))
    press(qtbot, label, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: label._editor.play.accessibleName() == "Play", timeout=10_000)
    assert axis.playhead_s == 0.8
    assert 0.9 < max(heard) <= 1.0


def test_without_a_loudspeaker_it_says_so(qtbot: QtBot, label: LabelPage, monkeypatch: pytest.MonkeyPatch) -> None:
    import sounddevice

    def refuse(**_: object) -> None:
        raise sounddevice.PortAudioError("no output device")

    monkeypatch.setattr(sounddevice, "RawOutputStream", refuse)
    press(qtbot, label, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: notice_of(label) is not None, timeout=10_000)
    assert "loudspeaker" in notice_of(label).text
    assert label._editor.play.accessibleName() == "Play"


def test_a_recording_whose_file_is_gone_is_told_and_can_be_removed(
    qtbot: QtBot, open_window: Callable[..., Any], folder: Path
) -> None:
    (folder / "recordings" / "yes-P01.wav").unlink()
    window = open_window(folder)
    window.show_page("label", by_key=True)
    page = window.page("label")
    qtbot.waitUntil(page._editor.remedy.isVisible, timeout=20_000)
    assert "the file is not there" in page._editor._message.text()
    qtbot.mouseClick(page._editor.remedy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page._editor.rows) and page._editor.rows[0].path.stem == "yes-P02", timeout=10_000)


def test_without_recordings_it_says_what_will_be_here(
    qtbot: QtBot, open_window: Callable[..., Any], tmp_path: Path
) -> None:
    create_project(tmp_path / "new", name="New").close()
    window = open_window(tmp_path / "new")
    window.show_page("label")
    page = window.page("label")
    qtbot.waitUntil(page._empty.isVisible, timeout=10_000)
    qtbot.mouseClick(page._empty.button, Qt.MouseButton.LeftButton)
    assert window.page_name == "collect"


def test_it_comes_back_to_its_filter_row_view_and_zoom(
    qtbot: QtBot, open_window: Callable[..., Any], folder: Path
) -> None:
    window = open_window(folder)
    page = opened(qtbot, window)
    page._bar.show_filter("person:P02", tell=True)
    go_to(qtbot, page, "evening", "no")
    page._editor.plots.axis.show(1.0, 3.0)
    window.close()
    again = opened(qtbot, open_window(folder))
    qtbot.waitUntil(lambda: again._editor.rows[0].path.stem == "evening")
    assert again._bar.text == "person:P02"
    assert (again._editor.plots.axis.first_s, again._editor.plots.axis.last_s) == (1.0, 3.0)
    current = again._list.current()
    assert current is not None
    assert current.label == "no"


def test_a_project_that_is_only_read_is_looked_at_and_not_changed(
    qtbot: QtBot, open_window: Callable[..., Any], folder: Path
) -> None:
    with open_project(folder, write=True):
        page = opened(qtbot, open_window(folder))
        commands = page.shell.commands
        assert not any(commands.can(f"label.{name}") for name in ("give1", "split", "discard", "name"))
        assert commands.can("label.play")


def test_an_edit_elsewhere_is_shown_here(qtbot: QtBot, label: LabelPage) -> None:
    from studio.dataset.selection import parse

    label.session.edit("Elsewhere", lambda edit: edit.set_label(parse("label:yes"), "up"))
    qtbot.waitUntil(lambda: [band.style.name for band in label._editor.plots.tool.bands] == ["up"], timeout=10_000)
    qtbot.waitUntil(lambda: label._inspector.label.line.text() == "up")


def test_history_and_quality_are_told_of_the_segment_in_hand(qtbot: QtBot, label: LabelPage) -> None:
    qtbot.waitUntil(lambda: label._inspector._check.text == "good", timeout=10_000)
    press(qtbot, label, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: "Label yes-P01 as no" in label._inspector._history.text(), timeout=10_000)


def test_all_of_a_recording_that_is_gone_is_removed_whatever_part_is_in_hand(
    qtbot: QtBot, open_window: Callable[..., Any], folder: Path
) -> None:
    (folder / "recordings" / "evening.wav").unlink()
    page = opened(qtbot, open_window(folder))
    page._bar.show_filter("evening", tell=True)
    qtbot.waitUntil(page._editor.remedy.isVisible, timeout=10_000)
    qtbot.mouseClick(page._editor.remedy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: spans_of(page, "evening") == [], timeout=10_000)


def test_many_rows_far_apart_are_relabelled_without_being_read(qtbot: QtBot, label: LabelPage) -> None:
    """As after Ctrl on two rows: those between them keep their label."""
    go_to(qtbot, label, "yes-P01")
    table = label._list.table
    last = label._list.model.index(label._list.model.rowCount() - 1, 0)
    table.scrollTo(last)
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, CTRL, table.visualRect(last).center())
    press(qtbot, label, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: label.session.history.undo == "Take the label off 2 segments", timeout=10_000)
    assert [span[0] for span in spans_of(label, "yes-P")] == [None, "yes"]


def test_holding_an_arrow_key_opens_only_the_last(qtbot: QtBot, label: LabelPage) -> None:
    names: list[str] = []
    label._model.opened.connect(lambda _rows, _reader: names.append(label._editor.rows[0].path.stem))
    for _ in range(4):
        press(qtbot, label, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: label._editor.rows[0].path.stem == "unheard", timeout=10_000)
    assert names == ["unheard"]


def test_edits_made_while_another_page_is_shown_are_there_on_return(qtbot: QtBot, label: LabelPage) -> None:
    from studio.dataset.selection import parse

    label.shell.show_page("devices")
    label.session.edit("Elsewhere", lambda edit: edit.set_label(parse("label:yes"), "up")).result(10)
    label.shell.show_page("label")
    qtbot.waitUntil(lambda: label._inspector.label.line.text() == "up", timeout=10_000)


def test_the_focus_goes_as_one_reads_filter_list_editor_inspector(qtbot: QtBot, label: LabelPage) -> None:
    label._bar.show_filter("person:P01", tell=True)
    qtbot.waitUntil(lambda: label._bar.count.text() == "3 of 7 segments")
    window: Any = label.window()
    chain = [window.nextInFocusChain()]
    while chain[-1] is not window:
        chain.append(chain[-1].nextInFocusChain())
    chip = label._bar.findChildren(FilterChip)[-1]
    editor, inspector = label._editor, label._inspector
    wanted = [label._bar.field, chip, label._list.table, editor.plots.waveform, editor.next, inspector.label]
    assert [widget for widget in chain if widget in wanted] == wanted


def test_in_another_theme_swatches_are_made_anew(themed: theme.Theme, label: LabelPage) -> None:
    before = label._inspector.label.itemIcon(0).pixmap(16, 16).toImage()
    themed.choose(theme.Choice.DARK)
    assert label._inspector.label.itemIcon(0).pixmap(16, 16).toImage() != before
    assert label._inspector.label.line.text() == "yes"


def test_buttons_that_can_do_nothing_now_are_off(qtbot: QtBot, open_window: Callable[..., Any], folder: Path) -> None:
    (folder / "recordings" / "yes-P01.wav").unlink()
    window = open_window(folder)
    window.show_page("label", by_key=True)
    editor = window.page("label")._editor
    qtbot.waitUntil(editor.remedy.isVisible, timeout=20_000)
    assert not any(editor._buttons[f"label.{name}"].isEnabled() for name in ("play", "split", "zoom_in"))
    assert editor._buttons["label.discard"].isEnabled()
    go_to(qtbot, window.page("label"), "yes-P02")
    qtbot.waitUntil(editor.play.isEnabled)


def test_in_a_small_window_the_inspector_gives_way_until_it_is_wanted(qtbot: QtBot, label: LabelPage) -> None:
    window: Any = label.window()
    window.resize(1440, 900)
    qtbot.waitUntil(label._inspector.isVisible)
    window.resize(1024, 700)
    qtbot.waitUntil(lambda: not label._inspector.isVisible())
    assert label.minimumSizeHint().width() <= label.width()  # nothing scrolls sideways
    press(qtbot, label, Qt.Key.Key_L)
    qtbot.waitUntil(label._inspector.isVisible)
