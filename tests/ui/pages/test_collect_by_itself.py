"""Takes that begin by themselves at the sound or the movement, and class keys that are held while it happens."""

from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.core.picture_file import png
from studio.dataset.project import Project, create_project
from studio.dataset.script import Script, ScriptClass, keep_script
from studio.dataset.segments import ListedSegment
from studio.dataset.templates import GESTURE, IMAGE
from studio.ui.heard import Wanted
from studio.ui.session import Notice
from tests.ui.hands import do, press, wait

RATE_HZ = 16_000
TAKE_S = 0.6
SCRIPT = Script((ScriptClass("yes", 2, TAKE_S), ScriptClass("no", 2, TAKE_S)))


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A third of a second of sound every 1.1 s, in faint noise."""
    sound = np.random.default_rng(2).normal(0, 0.002, 60 * RATE_HZ)
    for number in range(52):
        at = round((1.0 + 1.1 * number) * RATE_HZ)
        count = min(RATE_HZ // 3, len(sound) - at)
        sound[at : at + count] += 0.2 * np.sin(np.arange(count) * (0.1 + 0.003 * number))
    path = tmp_path / "words.wav"
    soundfile.write(path, sound, RATE_HZ, subtype="PCM_16")
    return path


@pytest.fixture
def waves(tmp_path: Path) -> Path:
    """Half a second of movement every 1.7 s, at rest between."""
    rows = np.random.default_rng(3).normal(0, 12, (7_000, 6))
    rows[:, 2] += 8_192  # 1 g
    for at in range(200, 6_900, 202):
        rows[at : at + 60, :3] += 5_000 * np.sin(np.arange(60) * 0.4)[:, np.newaxis]
    path = tmp_path / "waves.csv"
    np.savetxt(path, np.rint(rows), "%d", ",", header="ax,ay,az,gx,gy,gz", comments="")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "kitchen"
    with create_project(folder, name="Kitchen light") as project:
        keep_script(project.catalogue, SCRIPT)
    return folder


@pytest.fixture
def other(qtbot: QtBot) -> QWidget:
    """Another window of the desk."""
    window = QWidget()
    qtbot.addWidget(window)
    return window


def collect(qtbot: QtBot, window: Any, address: str, *beside: Wanted) -> Any:
    window.session.choose_board(address, "Virtual board")
    window.show_page("collect")
    page = window.page("collect")
    wait(qtbot, lambda: page.listening.main.is_on and page.listening.main.seen and page.script.class_rows)
    for wanted in beside:
        page.sources.menu.chosen.emit(wanted)
    wait(qtbot, lambda: all(heard.is_on and heard.seen for heard in page.listening.sources))
    return page


def made(page: Any) -> list[str]:
    """Labels of the takes, oldest first."""
    return [take.label for take in reversed(page._takes)]


def lead_s(path: Path) -> float:
    """How long it is quiet in a take before the sound."""
    samples, rate_hz = soundfile.read(path)
    return float(np.flatnonzero(np.abs(samples) > 0.05)[0] / rate_hz)


def segments(window: Any) -> list[ListedSegment]:
    def look(project: Project) -> list[ListedSegment]:
        return sorted(project.catalogue.segments(), key=lambda row: (row.kind, row.start))

    return window.session.ask(look).result(10)  # type: ignore[no-any-return]


def test_each_sound_becomes_a_take_class_after_class_until_the_script_has_all(
    qtbot: QtBot, open_window: Any, words: Path, folder: Path
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={words}")
    press(qtbot, window, Qt.Key.Key_1)
    do(qtbot, window, "collect.cut")
    assert page.stage.foot.cut.isChecked()
    assert page.stage.prompt.accessibleDescription() == "Waiting for the sound… 1 of 2"
    assert page.stage.foot.record.text() == "Stop"
    wait(qtbot, lambda: page.listening.is_recording)
    wait(qtbot, lambda: page.stage.prompt.accessibleDescription() == "Waiting for the sound… 2 of 2")
    wait(qtbot, lambda: page.script.label == "no")
    wait(qtbot, lambda: not page.taking.cutting.is_on)
    wait(qtbot, lambda: len(page._takes) == 4)
    assert made(page) == ["yes", "yes", "no", "no"]
    assert not page.stage.foot.cut.isChecked()
    for take in page._takes:
        assert take.seconds == TAKE_S
        assert take.verdict == "good"
        assert 0.14 < lead_s(take.path) < 0.24  # 0.3 of the take lies before the sound
    do(qtbot, window, "undo")  # the last take
    wait(qtbot, lambda: made(page) == ["yes", "yes", "no"])


def test_no_class_has_a_take_too_many_while_the_catalogue_is_slow_to_take_the_last_one_in(
    qtbot: QtBot, open_window: Any, words: Path, tmp_path: Path
):
    with create_project(tmp_path / "slow") as project:
        keep_script(project.catalogue, Script((ScriptClass("yes", 1, TAKE_S), ScriptClass("no", 1, TAKE_S))))
    window = open_window(tmp_path / "slow")
    page = collect(qtbot, window, f"virtual:nano33ble?play={words}")
    heard: list[int] = []
    page.listening.onset.connect(heard.append)
    goes_on = Event()
    do(qtbot, window, "collect.cut")
    wait(qtbot, lambda: page.listening.recording is not None)
    window.session.ask(lambda _project: goes_on.wait(60))
    try:
        wait(qtbot, lambda: page.listening.recording.ended)
        after = len(heard)
        wait(qtbot, lambda: len(heard) > after + 1)
        assert not page.listening.is_recording
        assert page.script.label == "yes"
    finally:
        goes_on.set()
    wait(qtbot, lambda: not page.taking.cutting.is_on)
    wait(qtbot, lambda: len(page._takes) == 2)
    assert made(page) == ["yes", "no"]


def test_while_takes_are_cut_one_is_made_again_by_the_next_sound_and_record_stops(
    qtbot: QtBot, open_window: Any, words: Path, folder: Path
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={words}")
    qtbot.mouseClick(page.stage.foot.cut, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: len(page._takes) == 1 and not page.listening.is_recording)
    first = page._takes[0].id
    do(qtbot, window, "collect.redo")
    assert page.stage.prompt.accessibleDescription() == "Waiting for the sound… once more"
    wait(qtbot, lambda: page._takes and page._takes[0].id != first)
    assert made(page) == ["yes"]
    assert page.taking.cutting.is_on
    do(qtbot, window, "collect.record")
    assert not page.taking.cutting.is_on
    assert page.listening.main.onsets is None


def test_escape_ends_what_begins_takes_by_itself_before_it_dismisses_a_notice(
    qtbot: QtBot, open_window: Any, words: Path, folder: Path
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={words}")
    window.session.notify(Notice("It stays.", tone="warn"))
    wait(qtbot, lambda: window.notices.notice is not None)
    do(qtbot, window, "collect.hands_off")
    assert page.taking.hands_off.is_on
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not page.taking.hands_off.is_on
    assert not page.stage.foot.hands_off.isChecked()
    assert page.stage.shows_live
    do(qtbot, window, "collect.cut")
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not page.taking.cutting.is_on
    assert not page.stage.foot.cut.isChecked()
    assert window.notices.notice is not None
    press(qtbot, window, Qt.Key.Key_Escape)
    assert window.notices.notice is None


def test_a_movement_is_cut_as_a_sound_is(qtbot: QtBot, open_window: Any, waves: Path, tmp_path: Path):
    with create_project(tmp_path / "wand", template=GESTURE) as project:
        keep_script(project.catalogue, Script((ScriptClass("wave", 2, 1.2),)))
    window = open_window(tmp_path / "wand")
    page = collect(qtbot, window, f"virtual:nano33ble?play={waves}")
    do(qtbot, window, "collect.cut")
    assert page.stage.prompt.accessibleDescription() == "Waiting for the movement… 1 of 2"
    wait(qtbot, lambda: len(page._takes) == 2 and not page.taking.cutting.is_on)
    for take in page._takes:
        rows = np.loadtxt(take.path, delimiter=",", skiprows=1)
        moves = np.flatnonzero(np.abs(rows[:, 1] - np.median(rows[:, 1])) > np.ptp(rows[:, 1]) / 4)
        assert 0.2 < moves[0] / 119 < 0.5
        assert moves[-1] / 119 < 1.1


def test_what_is_recorded_beside_begins_as_long_before_the_sound(
    qtbot: QtBot, open_window: Any, words: Path, waves: Path, folder: Path
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:espeye?play={words}", Wanted(f"virtual:nano33ble?play={waves}", "imu"))
    do(qtbot, window, "collect.cut")
    wait(qtbot, lambda: len(page._takes) == 1)
    do(qtbot, window, "collect.cut")
    sound, motion = (heard.recording.recorded[0].sidecar for heard in page.listening.sources)
    assert sound.session == motion.session
    assert sound.began_ns is not None
    assert motion.began_ns is not None
    assert abs(sound.began_ns - motion.began_ns) < 0.15e9  # as near as blocks arrive
    assert motion.samples == round(TAKE_S * motion.rate_hz)


def test_keys_that_are_held_label_a_long_recording_in_all_its_sources(
    qtbot: QtBot, open_window: Any, words: Path, waves: Path, folder: Path
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:espeye?play={words}", Wanted(f"virtual:nano33ble?play={waves}", "imu"))
    do(qtbot, window, "collect.record_on")
    wait(qtbot, lambda: page.listening.recording_from is not None and page.listening.recording.seconds > 0.3)
    QTest.keyPress(QApplication.focusWidget() or window, Qt.Key.Key_1)
    assert page.stage.prompt.accessibleName() == "Until you stop yes"
    (mark,) = page.stage.view.stream.marks
    wait(qtbot, lambda: page.stage.view.stream.marks[-1].last > mark.last + RATE_HZ // 4)  # it grows
    repeated = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier, "1", True)
    let_go = QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier, "1", True)
    for event in (let_go, repeated):  # as X tells a key that repeats
        QApplication.sendEvent(QApplication.focusWidget() or window, event)
    at = page.listening.recording.seconds
    wait(qtbot, lambda: page.listening.recording.seconds > at + 0.2)
    QTest.keyRelease(QApplication.focusWidget() or window, Qt.Key.Key_1)
    assert page.stage.prompt.accessibleName() == "Until you stop …"
    QTest.keyPress(QApplication.focusWidget() or window, Qt.Key.Key_2)
    at = page.listening.recording.seconds
    wait(qtbot, lambda: page.listening.recording.seconds > at + 0.3)
    QTest.keyRelease(QApplication.focusWidget() or window, Qt.Key.Key_2)
    assert page.script.label == "yes"  # no class was chosen
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: len(segments(window)) == 4)
    motion, sound = segments(window)[:2], segments(window)[2:]
    assert [row.label for row in (*motion, *sound)] == ["yes", "no"] * 2
    for moved, said in zip(motion, sound, strict=True):
        seconds = (said.end - said.start) / RATE_HZ
        assert seconds > 0.2
        assert abs((moved.end - moved.start) / moved.rate_hz - seconds) < 0.15
    press(qtbot, window, Qt.Key.Key_2)
    assert page.script.label == "no"  # now one is
    wait(qtbot, lambda: len(page._takes) == 1)
    (take,) = page._takes
    assert (take.label, take.labels, take.number) == ("", ("yes", "no"), 0)  # it is no take of one class
    do(qtbot, window, "collect.redo")
    assert not page.listening.is_recording


def test_what_is_held_ends_when_another_window_comes_and_where_text_is_typed_nothing_is_held(
    qtbot: QtBot, open_window: Any, words: Path, folder: Path, other: QWidget
):
    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={words}")
    qtbot.mouseClick(page.stage.foot.record_on, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: page.listening.recording is not None and page.listening.recording.seconds > 0.2)
    do(qtbot, window, "collect.add_class")  # a new class
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyPress(field, Qt.Key.Key_1)
    QTest.keyRelease(field, Qt.Key.Key_1)
    assert (field.text(), page.taking.holding.label) == ("1", "")
    press(qtbot, window, Qt.Key.Key_Escape)
    page.setFocus()
    QTest.keyPress(QApplication.focusWidget() or window, Qt.Key.Key_1)
    assert page.taking.holding.label == "yes"
    wait(qtbot, lambda: page.listening.recording.seconds > 0.5)
    other.show()
    other.activateWindow()
    wait(qtbot, lambda: page.taking.holding.label == "")
    window.activateWindow()
    wait(qtbot, window.isActiveWindow)
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: [row.label for row in segments(window)] == ["yes"])
    wait(qtbot, lambda: [take.seconds > 0.5 for take in page._takes] == [True])


def test_closing_the_window_keeps_what_is_held_up_to_the_end(qtbot: QtBot, open_window: Any, words: Path, folder: Path):
    from studio.dataset.project import open_project

    window = open_window(folder)
    page = collect(qtbot, window, f"virtual:nano33ble?play={words}")
    do(qtbot, window, "collect.record_on")
    wait(qtbot, lambda: page.listening.recording is not None and page.listening.recording.seconds > 0.2)
    QTest.keyPress(QApplication.focusWidget() or window, Qt.Key.Key_2)
    at = page.listening.recording.seconds
    wait(qtbot, lambda: page.listening.recording.seconds > at + 0.2)
    window.close()
    with open_project(folder, write=False) as project:
        (row,) = project.catalogue.segments()
        assert (row.label, row.end > row.start) == ("no", True)


def test_pictures_that_are_taken_while_a_key_is_held_are_of_its_class(qtbot: QtBot, open_window: Any, tmp_path: Path):
    (tmp_path / "seen").mkdir()
    for number in range(10):
        pixels = np.random.default_rng(number).integers(0, 256, (48, 64), np.uint8)
        (tmp_path / "seen" / f"{number}.png").write_bytes(png(pixels))
    with create_project(tmp_path / "eye", template=IMAGE) as project:
        keep_script(project.catalogue, Script((ScriptClass("cat", 5), ScriptClass("dog", 5))))
    window = open_window(tmp_path / "eye")
    page = collect(qtbot, window, f"virtual:nano33ble?play={tmp_path / 'seen'}")
    assert not page.stage.foot.cut.isVisible()  # a picture has no beginning
    do(qtbot, window, "collect.record_on")
    wait(qtbot, lambda: page.listening.recording is not None and page.listening.recording.samples > 1)
    QTest.keyPress(QApplication.focusWidget() or window, Qt.Key.Key_2)
    at = page.listening.recording.samples
    wait(qtbot, lambda: page.listening.recording.samples > at + 2)
    QTest.keyRelease(QApplication.focusWidget() or window, Qt.Key.Key_2)
    at = page.listening.recording.samples
    wait(qtbot, lambda: page.listening.recording.samples > at + 1)
    do(qtbot, window, "collect.record")
    wait(qtbot, lambda: len(page._takes) >= 5)
    labels = made(page)
    assert labels.count("dog") >= 2
    assert (labels[0], labels[-1]) == ("", "")
