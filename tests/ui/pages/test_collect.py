"""Collect in the real window, with a virtual board that hears sound made here: by mouse and by keys."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.boards.address import parse_address
from studio.boards.virtual import VirtualBoard, start_virtual_board
from studio.capture.link_state import LinkState
from studio.capture.source import SourceLost
from studio.core.errors import InvalidInput, StudioError
from studio.dataset.project import Project, create_project, open_project
from studio.dataset.script import Script, ScriptClass, keep_script, read_progress
from studio.ui.pages import hands_off
from studio.ui.pages.collect import CollectPage
from studio.ui.pages.collect_problem import lost_problem
from studio.ui.pages.collect_reading import look_at_takes
from studio.ui.pages.collect_views import SoundView
from studio.ui.pages.deploy_work import LIVE_JOB
from studio.ui.together import TakeMade
from studio.ui.widgets.sample_reader import FileSamples
from studio.ui.window import MainWindow
from tests.ui.hands import do, press, wait

RATE_HZ = 16_000
TAKE_S = 0.4
PATIENCE = 20_000  # ms
SHORT = Script((ScriptClass("yes", 4, TAKE_S), ScriptClass("no", 4, TAKE_S), ScriptClass("_background_", 2, TAKE_S)))


def tone(seconds: float, level: float = 0.3, hz: float = 440.0) -> np.ndarray:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(round(hz)).normal(0, 0.01, len(at))
    return level * np.sin(2 * np.pi * hz * at) + noise


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """What the board hears: a minute of a tone in noise."""
    path = tmp_path / "heard.wav"
    soundfile.write(path, tone(60), RATE_HZ, subtype="PCM_16")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with nothing in it but a script of short takes."""
    folder = tmp_path / "kitchen"
    with create_project(folder, name="Kitchen light") as project:
        keep_script(project.catalogue, SHORT)
    return folder


@pytest.fixture
def cable(sound: Path, folder: Path) -> Iterator[VirtualBoard]:
    """A board that is not the window's: closing it pulls its cable."""
    with start_virtual_board(parse_address(f"virtual:nano33ble?play={sound}"), folder, tcp=True) as board:
        yield board


def collect(qtbot: QtBot, window: MainWindow, address: str) -> CollectPage:
    """The page, listening to a board."""
    window.session.choose_board(address, "Nano 33 BLE (virtual)")
    window.show_page("collect")
    page: Any = window.page("collect")
    wait(qtbot, lambda: page.sources.hearing.state is LinkState.STREAMING and page.stage.view.stream.columns.end > 0)
    wait(qtbot, lambda: bool(page.script.class_rows))
    return page  # type: ignore[no-any-return]


def record(qtbot: QtBot, window: MainWindow, page: CollectPage) -> None:
    """One take, by key."""
    newest = page._takes[0].id if page._takes else None
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: bool(page._takes) and page._takes[0].id != newest)
    wait(qtbot, lambda: page.takes.pending == page._takes[0].id)


def recorded_s(page: CollectPage) -> float:
    """Of the take that is on."""
    recording = page.listening.recording
    return 0.0 if recording is None or recording.ended else recording.seconds


def takes_of(window: MainWindow) -> list[tuple[str, str | None]]:
    def look(project: Project) -> list[tuple[str, str | None]]:
        return [(row.labels[0] or "", row.person) for row in project.catalogue.recordings()]

    return window.session.ask(look).result(10)


def test_a_word_is_added_and_a_take_of_it_recorded_by_keys(qtbot: QtBot, open_window, sound: Path, folder: Path):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    assert list((folder / "recordings").iterdir()) == []  # it listens, and keeps nothing
    assert isinstance(page.stage.view, SoundView)
    assert page.stage.view.meter.tracker.level_db > -20
    do(qtbot, window, "collect.add_class")
    qtbot.keyClicks(QApplication.focusWidget(), "stop")
    press(qtbot, window, Qt.Key.Key_Return)
    press(qtbot, window, Qt.Key.Key_Return)  # nothing more: out of the field
    do(qtbot, window, "collect.add_person")
    qtbot.keyClicks(QApplication.focusWidget(), "Anna")
    press(qtbot, window, Qt.Key.Key_Return)
    wait(qtbot, lambda: page.chosen.person == "P01")
    press(qtbot, window, Qt.Key.Key_Escape)
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: page.listening.is_recording)
    wait(qtbot, lambda: page.stage.view.stream.recording_from is not None)
    do(qtbot, window, "collect.mark")
    wait(qtbot, lambda: recorded_s(page) > TAKE_S)
    do(qtbot, window, "collect.record")  # a take of a new word would be longer
    wait(qtbot, lambda: len(page._takes) == 1)
    take = page._takes[0]
    (mark,) = FileSamples(take.path).marks
    assert 0 <= mark < take.seconds * RATE_HZ
    assert (take.label, take.person, take.verdict) == ("stop", "P01", "good")
    assert soundfile.info(take.path).frames == pytest.approx(take.seconds * RATE_HZ)
    assert "Anna" not in take.path.name
    assert page.stage.view.stream.recording_from is None
    do(qtbot, window, "undo")
    wait(qtbot, lambda: page._takes == [])


def test_redo_puts_a_new_take_in_the_old_ones_place_and_one_undo_brings_it_back(
    qtbot: QtBot, open_window, sound: Path, folder: Path
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    record(qtbot, window, page)
    old = page._takes[0].id
    do(qtbot, window, "collect.redo")
    wait(qtbot, lambda: bool(page._takes) and page._takes[0].id != old)
    assert [take.label for take in page._takes] == ["yes"]
    wait(qtbot, lambda: window.session.history.undo == "Record yes again")
    do(qtbot, window, "undo")
    wait(qtbot, lambda: [take.id for take in page._takes] == [old])


def test_space_plays_the_take_or_says_why_it_cannot_be_heard(qtbot: QtBot, open_window, sound: Path, folder: Path):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    record(qtbot, window, page)
    told: list[str | None] = []
    page._playback._player.changed.connect(lambda playing: told.append(playing.what))
    do(qtbot, window, "collect.play")
    wait(qtbot, lambda: len(told) > 0 and told[-1] is None)
    assert page._takes[0].id in told
    if page._playback._player.playing.error is not None:  # this machine has no loudspeaker
        wait(qtbot, lambda: window.notices.notice is not None)
        assert "loudspeaker" in window.notices.notice.text


def test_the_end_of_a_take_that_is_told_late_leaves_the_next_one_alone(
    qtbot: QtBot, open_window, sound: Path, folder: Path
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    made: list[TakeMade] = []
    page.listening.take_made.connect(made.append)
    record(qtbot, window, page)
    page._script_changed(page.chosen.script.lasting("yes", 20.0))
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: recorded_s(page) > 0.1)
    with qtbot.waitSignal(page.taking.ended):
        page.listening.take_made.emit(made[0])
    assert page.takes.pending == ""
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: len(made) == 3 and page.takes.pending == made[2].recorded[0].sidecar.id)


def test_keeping_goes_on_to_the_next_class_when_one_has_its_takes(qtbot: QtBot, open_window, sound: Path, folder: Path):
    with open_project(folder, write=True) as project:
        keep_script(project.catalogue, SHORT.wanting("yes", 2))
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    record(qtbot, window, page)
    press(qtbot, window, Qt.Key.Key_Return)
    assert (page.chosen.label, page.takes.pending) == ("yes", "")
    record(qtbot, window, page)
    card: Any = page.takes.first_card()
    qtbot.mouseClick(card._keep, Qt.MouseButton.LeftButton)
    assert page.chosen.label == "no"
    press(qtbot, window, Qt.Key.Key_3)
    assert page.chosen.label == "_background_"
    assert page.stage.prompt.accessibleName() == "Record noise"
    qtbot.mouseClick(page.script.class_rows[0], Qt.MouseButton.LeftButton)
    assert page.chosen.label == "yes"
    do(qtbot, window, "collect.remove")
    wait(qtbot, lambda: len(page._takes) == 1)
    wait(qtbot, lambda: window.notices.notice is not None)
    assert window.notices.notice.text == "yes, take 2 is removed."


def test_a_board_that_is_pulled_out_while_recording_leaves_what_was_saved_and_a_way_on(
    qtbot: QtBot, open_window, folder: Path, cable: VirtualBoard
):
    with open_project(folder, write=True) as project:
        keep_script(project.catalogue, Script((ScriptClass("yes", 4, 30.0),)))
    window = open_window(folder)
    page = collect(qtbot, window, f"tcp:127.0.0.1:{cable.port}?token={cable.token}")
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: recorded_s(page) > 0.5)
    cable.close()
    wait(qtbot, lambda: page.taking.cut is not None and len(page._takes) == 1)
    shown = page.stage.problem.shown
    assert shown is not None
    assert page.stage.problem.isVisible()
    assert "is gone" in shown.what or "stopped answering" in shown.what
    assert "on disk" in shown.saved
    assert not page.stage.foot.record.isVisible()
    assert page.stage.foot.keep.text().startswith("Keep 0.") or page.stage.foot.keep.text().startswith("Keep 1.")
    assert page.stage.view.stream.recording_from is None  # a red frame means recording
    press(qtbot, window, Qt.Key.Key_Return)
    assert not page.stage.foot.keep.isVisible()
    wait(qtbot, lambda: "looked for" in (page.stage.problem.shown or shown).next)
    assert len(takes_of(window)) == 1
    assert not page.stage.foot.record.isEnabled()


def test_a_take_that_cannot_be_written_is_told_under_the_traces(qtbot: QtBot, open_window, sound: Path, folder: Path):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    shutil.rmtree(folder / "recordings")
    (folder / "recordings").write_text("a file in its place")
    do(qtbot, window, "collect.record")
    wait(qtbot, page.stage.problem.isVisible)
    assert page.stage.problem.shown is not None
    assert "could not be written" in page.stage.problem.shown.what
    assert "Free some space" in page.stage.problem.shown.next
    assert page.stage.foot.record.isVisible()
    assert page.sources.hearing.state is LinkState.STREAMING


def test_a_take_goes_on_to_its_end_when_another_page_is_shown(qtbot: QtBot, open_window, sound: Path, folder: Path):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: page.listening.is_recording)
    window.show_page("devices")
    wait(qtbot, lambda: takes_of(window) == [("yes", None)])
    wait(qtbot, lambda: page.listening.hearing.state is LinkState.ENDED)
    assert not page._live.is_running


def test_closing_the_window_while_recording_loses_nothing(qtbot: QtBot, open_window, sound: Path, folder: Path):
    with open_project(folder, write=True) as project:
        keep_script(project.catalogue, Script((ScriptClass("yes", 4, 30.0),)))
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: recorded_s(page) > 0)
    window.close()
    with open_project(folder, write=False) as project:
        assert [row.labels for row in project.catalogue.recordings()] == [("yes",)]
    assert list((folder / "recordings").glob("*.partial.*")) == []


def test_hands_off_prompts_and_records_each_class_in_turn(
    qtbot: QtBot, open_window, sound: Path, folder: Path, monkeypatch
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    monkeypatch.setattr(hands_off, "COUNT_FROM", 1)
    monkeypatch.setattr(hands_off, "TICK_MS", 30)
    heard: list[str | None] = []
    page._playback._beeper.changed.connect(lambda playing: heard.append(playing.what or str(playing.error)))
    do(qtbot, window, "collect.hands_off")
    assert page.stage._stack.currentWidget() is page.stage.cue
    assert page.stage.cue.accessibleName() == "yes 1"
    wait(qtbot, lambda: len(page._takes) >= 3)
    assert page.stage.foot.hands_off.isChecked()
    do(qtbot, window, "collect.hands_off")
    assert not page.stage.foot.hands_off.isChecked()
    assert page.stage.shows_live
    assert {label for label, _person in takes_of(window)} == {"yes", "no", "_background_"}
    assert heard[0] == "beep" or "loudspeaker" in str(heard[0])  # where this machine has none


def test_hands_off_goes_by_what_is_wanted_and_ends_with_a_word_when_the_script_is_complete(
    qtbot: QtBot, open_window, sound: Path, folder: Path, monkeypatch
):
    with open_project(folder, write=True) as project:
        keep_script(project.catalogue, Script((ScriptClass("yes", 3, TAKE_S), ScriptClass("no", 1, TAKE_S))))
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    monkeypatch.setattr(hands_off, "COUNT_FROM", 1)
    monkeypatch.setattr(hands_off, "TICK_MS", 30)
    do(qtbot, window, "collect.hands_off")
    wait(qtbot, lambda: not page.taking.hands_off.is_on)
    wait(qtbot, lambda: window.notices.notice is not None)
    assert window.notices.notice.text == "The script is complete."
    assert page.stage.shows_live
    wait(qtbot, lambda: len(page._takes) == 4)
    assert [take.label for take in reversed(page._takes)] == ["yes", "no", "yes", "yes"]
    do(qtbot, window, "collect.hands_off")  # it goes round what is complete
    wait(qtbot, lambda: len(page._takes) == 6)
    do(qtbot, window, "collect.hands_off")
    assert [take.label for take in reversed(page._takes)][4:] == ["yes", "no"]


def test_without_a_board_it_says_so_and_leads_to_one(qtbot: QtBot, open_window, folder: Path):
    window = open_window(folder)
    window.show_page("collect")
    page: Any = window.page("collect")
    wait(qtbot, lambda: bool(page.script.class_rows))
    assert not page.stage.shows_live
    assert not page.stage.foot.record.isEnabled()
    offer = page.stage._waiting._offer
    qtbot.mouseClick(offer.button, Qt.MouseButton.LeftButton)
    assert window.page_name == "devices"
    window.show_page("collect")
    qtbot.mouseClick(offer.links[-1], Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: page.sources.hearing.state is LinkState.STREAMING)
    assert page.stage.foot.record.isEnabled()


def test_without_a_board_this_computers_microphone_is_a_way_on(qtbot: QtBot, open_window, folder: Path):
    window = open_window(folder)
    window.show_page("collect")
    page: Any = window.page("collect")
    wait(qtbot, lambda: bool(page.script.class_rows))
    own, _virtual = page.stage._waiting._offer.links
    qtbot.mouseClick(own, Qt.MouseButton.LeftButton)
    assert (page.sources.first.address, page.sources.choice.currentText()) == ("mic", "This computer's microphone")


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (SourceLost("mic", 0.0), "This computer's microphone is gone."),
        (InvalidInput("mic", "it is busy"), "This computer's microphone cannot be used: it is busy."),
    ],
)
def test_what_is_this_computers_own_is_told_by_its_name(error: StudioError, what: str):
    told = lost_problem(error, own="This computer's microphone", goes_on=False)
    assert told.what == what
    assert not told.offers_other


def test_a_project_that_another_holds_is_only_looked_at(qtbot: QtBot, open_window, folder: Path):
    with open_project(folder, write=True):
        window = open_window(folder)
        window.session.choose_board("virtual:nano33ble", "Nano 33 BLE (virtual)")
        window.show_page("collect")
        page: Any = window.page("collect")
        wait(qtbot, lambda: bool(page.script.class_rows))
        assert page.listening.hearing.state is LinkState.ENDED
        assert not page.stage.foot.record.isEnabled()
        assert "look at" in page.stage._waiting._plain.accessibleName()


def test_class_and_person_and_source_are_remembered(qtbot: QtBot, open_window, sound: Path, folder: Path):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    page.script.person_added.emit("Anna")
    page.script.person_added.emit("Ben")
    wait(qtbot, lambda: page.chosen.script.people == ("P01", "P02"))
    press(qtbot, window, Qt.Key.Key_2)
    assert page.chosen.person == "P02"
    window.close()
    again = open_window(folder)
    assert again.page_name == "collect"
    page = again.page("collect")
    wait(qtbot, lambda: page.chosen.label == "no" and page.chosen.person == "P02")
    assert page.sources.first.address == f"virtual:nano33ble?play={sound}"


def test_each_take_says_what_check_would_say_of_it(folder: Path):
    from studio.dataset.edits import NewRecording
    from studio.dataset.recordings import Sidecar

    clipped = np.clip(tone(1, 4.0, 300), -1, 1)
    sounds = {"good": tone(1), "silent": tone(1) * 1e-4, "clipped": clipped, "again": tone(1) * 0.5}
    with open_project(folder, write=True) as project:
        for name, samples in sounds.items():
            soundfile.write(project.recordings_folder / f"{name}.wav", samples, RATE_HZ, subtype="PCM_16")
            with project.catalogue.edit(name) as edit:
                sidecar = Sidecar(source="mic", rate_hz=RATE_HZ, samples=RATE_HZ, label="yes")
                edit.add([NewRecording(f"recordings/{name}.wav", sidecar, "[]")])
        takes = look_at_takes(project, {"yes": 4}, {})
        verdicts = {take.path.stem: take.verdict for take in takes}
        assert verdicts == {"good": "good", "silent": "silent", "clipped": "clipped", "again": "like take 1"}
        assert [take.number for take in takes] == [4, 3, 2, 1]
        again = look_at_takes(project, {"yes": 4}, {take.id: take for take in takes})
        assert [take.look is before.look for take, before in zip(again, takes, strict=True)] == [True] * 4


def test_the_script_is_kept_and_knows_what_recordings_have(folder: Path):
    from studio.dataset.edits import NewRecording
    from studio.dataset.recordings import Sidecar

    with open_project(folder, write=True) as project:
        with project.catalogue.edit("Import") as edit:
            sidecars = [
                Sidecar(source="mic", rate_hz=RATE_HZ, samples=RATE_HZ, label=label, person=person)
                for label, person in (("yes", "P02"), ("yes", "P02"), ("left", "P03"), ("left", None))
            ]
            edit.add([NewRecording(f"recordings/{n}.wav", each, "[]") for n, each in enumerate(sidecars)])
        progress = read_progress(project.catalogue)
        assert [each.label for each in progress.script.classes] == ["yes", "no", "left", "_background_"]
        assert progress.script.people == ("P02", "P03")
        assert (progress.made("yes"), progress.made("yes", "P02"), progress.made("left")) == (2, 2, 2)
        assert progress.share("yes", "P02") == 1.0  # half of four takes is each one's
        assert progress.total == (4, 4 + 4 + 40 + 2)
        assert progress.unfinished("no") == ["left", "_background_", "yes", "no"]
        keep_script(project.catalogue, progress.script.wanting("yes", 2).without_class("no"))
        kept = read_progress(project.catalogue)
        assert [(each.label, each.wanted) for each in kept.script.classes][:2] == [("yes", 2), ("left", 40)]
        project.catalogue.set_note("script", {"classes": [{"label": "x"}, 7], "people": []})
        assert [each.label for each in read_progress(project.catalogue).script.classes] == ["left", "yes"]


def test_tab_goes_from_the_source_through_script_and_traces_to_the_takes(
    qtbot: QtBot, open_window, sound: Path, folder: Path
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    record(qtbot, window, page)
    card: Any = page.takes.first_card()
    wait(qtbot, card.isVisible)
    chain = [window.nextInFocusChain()]
    while chain[-1] is not window:
        chain.append(chain[-1].nextInFocusChain())
    seen = [w for w in chain if w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    script, stage = page.script, page.stage
    wanted: list[Any] = [
        page.sources.choice,
        script.edit,
        script.add_class,
        *script.class_rows,
        script.add_person,
        stage.view.meter,
    ]
    wanted += [stage.foot.hands_off, stage.foot.record, card]
    assert [widget for widget in seen if widget in wanted] == wanted
    assert all(w.accessibleName() or w.text() for w in seen if page.isAncestorOf(w))


def test_a_new_project_asks_for_its_first_word(qtbot: QtBot, open_window, tmp_path: Path):
    with create_project(tmp_path / "new", name="New"):
        pass
    window = open_window(tmp_path / "new")
    window.show_page("collect")
    page: Any = window.page("collect")
    wait(qtbot, lambda: QApplication.focusWidget() is page.script.class_field)
    assert page.stage.prompt.accessibleName() == "To begin Name the first word"
    window.show_page("devices")
    press(qtbot, window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    field = page.script.class_field
    assert field.hasFocus()
    qtbot.keyClicks(field, "lamp")
    press(qtbot, window, Qt.Key.Key_Return)
    assert page.chosen.label == "lamp"
    assert "Enter to end" in field.placeholderText()
    press(qtbot, window, Qt.Key.Key_Return)
    assert not field.isVisible()
    assert [row.label for row in page.script.class_rows] == ["lamp", "_unknown_", "_background_"]


def test_a_new_project_records_nothing_before_a_class_is_chosen(qtbot: QtBot, open_window, tmp_path: Path, sound: Path):
    with create_project(tmp_path / "new", name="New"):
        pass
    window = open_window(tmp_path / "new")
    page: Any = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    wait(qtbot, page.script.class_field.isVisible)
    assert not window.commands.can("collect.record")
    qtbot.mouseClick(
        next(row for row in page.script.class_rows if row.label == "_background_"), Qt.MouseButton.LeftButton
    )
    assert page.stage.prompt.accessibleName() == "Record noise"
    assert window.commands.can("collect.record")


def test_the_number_of_takes_wanted_is_edited_in_its_row(qtbot: QtBot, open_window, folder: Path):
    window = open_window(folder)
    window.show_page("collect")
    page: Any = window.page("collect")
    wait(qtbot, lambda: bool(page.script.class_rows))
    do(qtbot, window, "collect.edit")
    row = page.script.class_rows[0]
    row._field.setValue(12)
    row._length.setValue(2.5)
    qtbot.mouseClick(page.script.class_rows[1]._remove, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: window.notices.notice is not None)
    assert window.notices.notice.text == "no is off the script."
    do(qtbot, window, "collect.edit")
    kept = window.session.ask(lambda project: read_progress(project.catalogue)).result(10).script
    assert [(each.label, each.wanted, each.seconds) for each in kept.classes] == [
        ("yes", 12, 2.5),
        ("_background_", 2, TAKE_S),
    ]
    wait(qtbot, lambda: page.script._made.text == "0 of 14 takes")  # a reading from before may still be on its way
    window.commands.run("notice.act")
    assert [row.label for row in page.script.class_rows] == ["yes", "no", "_background_"]


def test_a_project_that_is_opened_on_collect_names_the_board_it_was_used_with(
    qtbot: QtBot, open_window, folder: Path, sound: Path
):
    window = open_window(folder)
    window.session.choose_board(f"virtual:nano33ble?play={sound}", "Nano 33 BLE (virtual)")
    window.show_page("collect")
    window.close()
    window = open_window()
    window.show_page("collect")  # which is made before there is a board
    window.show_page("start")
    window.session.open(folder)
    page: Any = window.page("collect")
    wait(qtbot, lambda: page.sources.hearing.state is LinkState.STREAMING and page.stage.view.stream.columns.end > 0)
    wait(qtbot, lambda: window.session.status.rate_hz is not None)
    assert window.session.status.name == page.sources.choice.currentText() == "Nano 33 BLE (virtual)"


def test_a_board_that_live_uses_is_waited_for_and_then_heard(qtbot: QtBot, open_window, folder: Path, sound: Path):
    window = open_window(folder)
    page: Any = collect(qtbot, window, f"virtual:nano33ble?play={sound}")
    window.show_page("live")
    stopped = threading.Event()
    window.session.start(LIVE_JOB, lambda _report: stopped.wait(60))
    window.show_page("collect")
    assert page.stage._waiting._plain.isVisible()
    assert not page.stage.problem.isVisible()
    assert not window.commands.can("collect.record")
    stopped.set()
    wait(qtbot, lambda: page.sources.hearing.state is LinkState.STREAMING and page.stage.shows_live)
