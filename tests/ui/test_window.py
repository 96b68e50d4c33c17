"""The frame in the real window: pages, places, jobs, notices, undo, and an end that leaves nothing behind."""

import subprocess
import sys
import threading
import time
import wave
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.core.errors import InvalidInput, StudioError
from studio.core.job import JobState
from studio.core.signal import Signal
from studio.dataset.project import Project
from studio.ui import places, theme
from studio.ui.bridge import on_gui_thread
from studio.ui.focus import reading_order, takes_tab
from studio.ui.importing import ImportPreview
from studio.ui.pages.rows import PAGES, START
from studio.ui.panels import saved_text_percent
from studio.ui.progress import Mark
from studio.ui.session import Act, BoardStatus, Notice, Session
from studio.ui.strip import Strip
from studio.ui.window import MainWindow


def test_without_a_project_start_is_shown_without_the_rail(open_window) -> None:
    window = open_window()
    assert window.page_name == START
    assert not window._rail.isVisible()


def test_a_new_project_is_made_by_keys_and_opened(qtbot: QtBot, open_window, tmp_path: Path) -> None:
    window = open_window()
    start = window.page(START)
    start._new._parent = tmp_path
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(start._new.field, "Garden gate")
    qtbot.keyClick(start._new.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.page_name == PAGES[0].name, timeout=20_000)
    assert (tmp_path / "Garden_gate" / "project.toml").is_file()
    assert window.windowTitle().startswith("Garden gate")


def test_what_is_wrong_with_a_new_project_is_said_beside_the_field(qtbot: QtBot, open_window, tmp_path: Path) -> None:
    (tmp_path / "Taken").mkdir()
    (tmp_path / "Taken" / "file").touch()
    window = open_window()
    form = window.page(START)._new
    form._parent = tmp_path
    form.field.setText("Taken")
    qtbot.mouseClick(form._make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "not an empty folder" in form._problem.text(), timeout=20_000)
    assert window.page_name == START


def test_the_rail_says_how_far_the_project_is(qtbot: QtBot, open_window, project_folder: Path) -> None:
    window = open_window(project_folder)
    assert window.session.states["collect"].mark is Mark.IN_WORK  # three takes of a class are few
    assert window.session.states["label"].mark is Mark.DONE
    assert window.session.states["train"].mark is Mark.NOTHING
    qtbot.waitUntil(lambda: "no board chosen" in window._rail.entry("devices").accessibleName())


def test_undo_and_redo_by_key_with_their_titles(qtbot: QtBot, open_window, project_folder: Path) -> None:
    window = open_window(project_folder)
    session = window.session
    qtbot.waitUntil(window._title._undo.isEnabled)
    assert "Import six takes" in window._title._undo.accessibleName()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: session.history.redo == "Import six takes")
    assert takes(session) == 0
    qtbot.waitUntil(window._title._redo.isEnabled)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: session.history.redo is None)
    assert takes(session) == 6


def takes(session: Session) -> int:
    def count(project: Project) -> int:
        return project.catalogue.count()

    return session.ask(count).result(10)


def test_an_edit_offers_undo_in_a_notice(qtbot: QtBot, open_window, project_folder: Path) -> None:
    from studio.dataset.selection import parse

    window = open_window(project_folder)
    window.session.edit("Relabel", lambda edit: edit.set_label(parse("label:yes"), "maybe"), said="3 takes are maybe")
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=10_000)
    assert window.notices.notice.text == "3 takes are maybe"
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.session.history.redo == "Relabel", timeout=10_000)
    counts = window.session.ask(lambda project: project.catalogue.label_counts()).result(10)
    assert counts == {"no": 3, "yes": 3}


def test_a_project_held_by_another_is_opened_to_look_at(qtbot: QtBot, open_window, project_folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from studio.dataset.project import open_project\n"
        "p = open_project(Path(sys.argv[1]), write=True); print('held', flush=True); sys.stdin.read(); p.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(project_folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        window = open_window(project_folder)
        assert not window.session.project.writable
        qtbot.waitUntil(lambda: window.notices.notice is not None)
        assert "is open for writing" in window.notices.notice.text
        assert other.stdin is not None
        other.stdin.close()


def test_a_damaged_catalogue_gets_a_sentence_and_a_way_on(qtbot: QtBot, open_window, project_folder: Path) -> None:
    (project_folder / "studio.db").write_bytes(b"not a database at all, by any means" * 100)
    window = open_window()
    window.session.open(project_folder)
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=20_000)
    assert "is damaged" in window.notices.notice.text
    window.commands.run("notice.act")
    qtbot.waitUntil(lambda: window.session.project is not None, timeout=20_000)


def test_a_folder_that_is_no_project_gets_a_sentence(qtbot: QtBot, open_window, tmp_path: Path) -> None:
    window = open_window()
    window.session.open(tmp_path)
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=20_000)
    assert "was not found" in window.notices.notice.text
    assert window.page_name == START


@pytest.fixture
def unfinished(project_folder: Path) -> Path:
    """The project with one recording of half a second that a kill left."""
    from studio.dataset.recordings import Sidecar, partial_path, sidecar_path, write_sidecar

    partial = partial_path(project_folder / "recordings" / "yes-9.wav")
    with wave.open(str(partial), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(range(256)) * 63)
    write_sidecar(sidecar_path(partial), Sidecar(source="virtual:nano33ble", rate_hz=16_000.0, label="yes"))
    return project_folder


def test_start_offers_what_was_not_finished_and_keeps_it(qtbot: QtBot, open_window, unfinished: Path) -> None:
    places.remember_recent(places.Recent(str(unfinished), "Kitchen light", time.time()))
    window = open_window()
    row = window.page(START)._unfinished
    qtbot.waitUntil(row.isVisible, timeout=20_000)
    assert row._more.text == "0.5 s from virtual:nano33ble in Kitchen light"
    qtbot.mouseClick(row._keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.project is not None and takes(window.session) == 7, timeout=20_000)
    assert (unfinished / "recordings" / "yes-9.wav").is_file()


def test_a_project_with_something_unfinished_offers_it_when_it_is_opened(
    qtbot: QtBot, open_window, unfinished: Path
) -> None:
    window = open_window(unfinished)
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=20_000)
    assert window.notices.notice.text == "A recording was not finished last time."
    window.commands.run("notice.act")
    qtbot.waitUntil(lambda: takes(window.session) == 7, timeout=20_000)


def test_a_project_comes_back_to_its_page_and_its_page_to_its_place(open_window, project_folder: Path) -> None:
    window = open_window(project_folder)
    window.show_page("devices")
    window.page("devices").restore({"chosen": "virtual:espeye", "hears": {"virtual:espeye": "mic"}})
    window.commands.run("rail")
    window.close()
    again = open_window(project_folder)
    assert again.page_name == "devices"
    assert again.page("devices").place() == {"chosen": "virtual:espeye", "hears": {"virtual:espeye": "mic"}}
    assert again._rail.narrow


def test_the_projects_opened_last_are_on_start(qtbot: QtBot, open_window, project_folder: Path) -> None:
    window = open_window(project_folder)
    takes(window.session)  # after the one that remembers it
    window.close()
    again = open_window()
    rows = [entry.name for entry in again.page(START)._recent]
    assert rows == ["Kitchen light"]
    assert again.page(START)._recent[0].counts == {"no": 3, "yes": 3}


def test_start_lists_an_open_project_as_it_is_by_now(qtbot: QtBot, open_window, project_folder: Path) -> None:
    from studio.dataset.selection import parse

    window = open_window(project_folder)
    window.session.edit("Relabel", lambda edit: edit.set_label(parse("label:yes"), "maybe"), said="3 takes are maybe")
    window.session.choose_board("virtual:nano33ble", "Nano")
    listed = ({"no": 3, "maybe": 3}, "Nano")
    qtbot.waitUntil(lambda: [(r.counts, r.board) for r in places.load_recent()] == [listed], timeout=20_000)


def test_a_job_is_in_the_strip_and_can_be_cancelled_by_key(qtbot: QtBot, open_window) -> None:
    window = open_window()
    begun = threading.Event()

    def work(report) -> None:
        while True:
            report(0.62, "window 800")
            begun.set()
            time.sleep(0.01)

    job = window.session.start("Proposing labels", work)
    assert begun.wait(5)
    qtbot.waitUntil(lambda: "62 %" in window._strip._job.accessibleName())
    qtbot.keyClick(window, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: job.state is JobState.CANCELLED)
    qtbot.waitUntil(lambda: not window._strip._job.isVisible())
    assert window.notices.notice is None


def test_the_demo_can_be_stopped_while_it_makes_its_data(qtbot: QtBot, open_window) -> None:
    window = open_window()
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    (job,) = window.session.jobs
    qtbot.waitUntil(lambda: bool(job.progress.text), timeout=20_000)
    window.commands.run("demo")
    assert len(window.session.jobs) == 1  # not twice at once
    window.commands.run("jobs.cancel")
    qtbot.waitUntil(lambda: job.state is JobState.CANCELLED, timeout=30_000)
    assert window.session.project is None


@pytest.mark.parametrize(
    ("error", "text"), [(InvalidInput("x.wav", "it is empty"), "x.wav cannot be used"), (ValueError("odd"), "odd")]
)
def test_a_job_that_fails_says_so(qtbot: QtBot, open_window, error: Exception, text: str) -> None:
    window = open_window()

    def work(report) -> None:
        raise error

    window.session.start("Importing", work)
    qtbot.waitUntil(lambda: window.notices.notice is not None)
    assert text in window.notices.notice.text
    assert window.notices.notice.tone == "err"


def test_notices_push_the_page_and_cover_nothing(qtbot: QtBot, open_window) -> None:
    window = open_window()
    before = window._stack.height()
    window.notify(Notice("Kept.", tone="warn"))
    qtbot.waitUntil(lambda: window._stack.height() < before)
    assert window._notices.geometry().bottom() < window._strip.geometry().top()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.notices.notice is None


def test_an_error_waits_behind_what_is_only_told(open_window) -> None:
    window = open_window()
    window.notify(Notice("The disk is full.", tone="err"))
    window.notify(Notice("3 takes relabelled."))
    assert window.notices.notice.text == "3 takes relabelled."
    window.notices.dismiss()
    assert window.notices.notice.text == "The disk is full."


def test_a_dropped_project_is_opened(qtbot: QtBot, open_window, project_folder: Path) -> None:
    window = open_window()
    drop(window, project_folder)
    qtbot.waitUntil(lambda: window.session.project is not None, timeout=20_000)


def test_a_dropped_folder_without_a_project_is_told_where_to(open_window, tmp_path: Path) -> None:
    window = open_window()
    drop(window, tmp_path)
    assert "Open a project first" in window.notices.notice.text


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    actions = Qt.DropAction.CopyAction
    event = QDropEvent(QPointF(10, 10), actions, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(event)


def test_the_strip_says_lost_samples_with_their_base(themed, qtbot: QtBot) -> None:
    strip = Strip()
    qtbot.addWidget(strip)
    strip.show_board(BoardStatus("Nano", rate_hz=16_000, lost=48, seen=16_000, level_db=-23.4))
    assert "48 lost" in strip._board.accessibleName()
    assert strip._board.toolTip() == "0.3 % lost (48 of 16,000 samples)"
    assert strip._level.accessibleDescription() == "−23 dBFS"


def test_choosing_a_board_is_told_in_the_strip_and_on_its_card(qtbot: QtBot, open_window) -> None:
    window = open_window()
    window.show_page("devices")
    page = window.page("devices")
    qtbot.waitUntil(lambda: "virtual:espeye" in page._cards, timeout=20_000)
    qtbot.mouseClick(page._cards["virtual:espeye"], Qt.MouseButton.LeftButton)
    qtbot.keyClick(window, Qt.Key.Key_U)
    assert window.session.board == "virtual:espeye"
    qtbot.waitUntil(lambda: "Espressif EYE" in window._strip._board.accessibleName())
    assert "in use" in page._cards["virtual:espeye"].accessibleName()
    assert not page._use.isEnabled()


@pytest.mark.parametrize(
    ("address", "failed"), [("nonsense", 0), ("serial:/dev/there-is-none", 1), ("tcp:127.0.0.1:1", 1)]
)
def test_the_doctor_names_the_step_that_fails_and_what_to_do(
    qtbot: QtBot, open_window, address: str, failed: int
) -> None:
    window = open_window()
    window.show_page("devices")
    doctor = window.page("devices")._doctor
    doctor._field.setText(address)
    qtbot.keyClick(doctor._field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: doctor._steps._finding.error is not None, timeout=20_000)
    outcomes = [step.outcome.value for step in doctor._steps._finding.steps]
    assert outcomes == ["done"] * failed + ["failed"] + ["not tried yet"] * (3 - failed)
    assert doctor._remedy._next.text()


def test_everything_one_can_reach_by_tab_has_a_name(qtbot: QtBot, open_window, project_folder: Path) -> None:
    window = open_window(project_folder)
    for name in (START, *(row.name for row in PAGES)):
        window.show_page(name)
        reachable = [
            widget
            for widget in window.findChildren(QWidget)
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        nameless = [widget for widget in reachable if not named(widget)]
        assert nameless == [], name


def named(widget: QWidget) -> bool:
    if widget.accessibleName():
        return True
    if isinstance(widget, QAbstractButton):
        return bool(widget.text())
    holder = widget.parentWidget()  # of a field that is part of a spin box
    return isinstance(widget, QLineEdit) and holder is not None and named(holder)


def test_tab_goes_from_the_rail_through_the_page_in_reading_order(qtbot: QtBot, open_window) -> None:
    window = open_window()
    window.show_page("devices")
    page = window.page("devices")
    qtbot.waitUntil(lambda: any(card.isVisible() for card in page._cards.values()), timeout=20_000)
    seen = [widget for widget in reading_order(window) if takes_tab(widget)]
    cards = list(page._cards.values())
    wanted = [window._rail.entry("devices"), page._again, *cards, page._doctor._field]
    assert [widget for widget in seen if widget in wanted] == wanted


def test_values_from_other_threads_arrive_on_the_gui_thread_until_the_owner_is_gone(qtbot: QtBot, qapp) -> None:
    signal: Signal[int] = Signal()
    owner = QWidget()
    heard: list[tuple[int, threading.Thread]] = []
    on_gui_thread(signal, lambda value: heard.append((value, threading.current_thread())), owner=owner)
    threads = [threading.Thread(target=signal.emit, args=(value,)) for value in range(5)]
    for thread in threads:
        thread.start()
    qtbot.waitUntil(lambda: len(heard) == 5)
    assert {thread for _value, thread in heard} == {threading.main_thread()}
    gone: list[bool] = []
    owner.destroyed.connect(lambda: gone.append(True))
    owner.deleteLater()
    qtbot.waitUntil(lambda: bool(gone))
    signal.emit(6)
    qapp.processEvents()
    assert len(heard) == 5


def test_of_values_that_come_faster_than_they_are_taken_the_latest_is_shown(qtbot: QtBot, qapp) -> None:
    signal: Signal[int] = Signal()
    owner = QWidget()
    qtbot.addWidget(owner)
    heard: list[int] = []
    on_gui_thread(signal, heard.append, owner=owner, latest=True)
    for value in range(1000):
        signal.emit(value)
    qtbot.waitUntil(lambda: len(heard) > 0)
    qapp.processEvents()
    assert heard == [999]


def test_closing_ends_jobs_and_threads_and_lets_the_project_go(qtbot: QtBot, open_window, project_folder: Path) -> None:
    from studio.dataset.writer_lock import holder_of

    window = open_window(project_folder)

    def work(report) -> None:
        while True:
            report(None, "")
            time.sleep(0.01)

    job = window.session.start("For ever", work)
    let_go = []
    window.session.on_close(lambda: let_go.append(window.session.project is not None))
    window.close()
    assert job.state is JobState.CANCELLED
    assert let_go == [True]
    assert holder_of(project_folder) is None
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("catalogue", "job"))]


def test_a_notice_can_act_after_the_window_was_closed_without_harm(open_window) -> None:
    window = open_window()
    window.notify(Notice("Kept.", acts=(Act("Undo", window.session.undo),)))
    window.close()
    assert window.session.board is None


def test_without_a_project_asking_says_so() -> None:
    session = Session()
    with pytest.raises(StudioError, match="No project is open"):
        session.ask(lambda project: project.folder).result(10)
    session.close()


def test_a_job_that_needs_the_project_when_the_window_has_closed_is_cancelled_and_no_failure(qtbot: QtBot) -> None:
    session = Session()
    session.close()
    job = session.start("Demo", lambda _report: session.ask(lambda project: project.folder).result())
    qtbot.waitUntil(lambda: not session.jobs)
    assert job.state is JobState.CANCELLED


def test_larger_text_is_kept_and_the_window_opened_again_with_it(qtbot: QtBot, open_window, project_folder) -> None:
    window = open_window(project_folder)
    window.show_page("label")
    qtbot.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert saved_text_percent() == 150
    qtbot.keyClick(window, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert saved_text_percent() == 125
    assert "125 %" in window.notices.notice.text
    window.commands.run("notice.act")
    assert window.opens_again
    assert window.folder == project_folder.resolve()
    theme.current().size_text(saved_text_percent())
    again = open_window(window.folder)
    assert again.page_name == "label"
    assert again._title.height() == theme.px(theme.TITLE_ROW) == 50


def test_with_text_doubled_no_page_asks_for_more_than_the_window(open_window, project_folder: Path) -> None:
    theme.current().size_text(200)
    window = open_window(project_folder)
    window.resize(1440, 900)
    for row in PAGES:
        window.show_page(row.name)
        assert (window.width(), window.height()) == (1440, 900), row.name


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder with two words by two people, a file that is no sound and one that says it is and is none."""
    for word, takes in (("yes", 2), ("maybe", 1)):
        (tmp_path / "archive" / word).mkdir(parents=True)
        for take in range(takes):
            with wave.open(str(tmp_path / "archive" / word / f"p{take}_nohash_0.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(16_000)
                file.writeframes(bytes([len(word), take]) * 16_000)
    (tmp_path / "archive" / "yes" / "broken.wav").write_bytes(b"none")
    (tmp_path / "archive" / "notes.txt").write_text("mine")
    return tmp_path / "archive"


def test_a_dropped_folder_is_shown_before_it_is_brought_in(
    qtbot: QtBot, open_window, project_folder: Path, archive: Path
) -> None:
    window = open_window(project_folder)
    drop(window, archive)
    qtbot.waitUntil(lambda: shown_import(window) is not None, timeout=20_000)
    preview = shown_import(window)
    assert preview is not None
    assert preview.found.by_label == {"yes": 2, "maybe": 1}
    assert sorted(preview.found.by_person.values()) == [1, 2]
    assert {Path(skipped.path).name for skipped in preview.found.skipped} == {"broken.wav", "notes.txt"}
    assert takes(window.session) == 6
    qtbot.keyClick(preview, Qt.Key.Key_Escape)
    assert shown_import(window) is None
    drop(window, archive)
    qtbot.waitUntil(lambda: shown_import(window) is not None, timeout=20_000)
    qtbot.keyClick(shown_import(window), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: takes(window.session) == 9, timeout=20_000)
    qtbot.waitUntil(lambda: window.notices.notice is not None)
    assert window.notices.notice.text == "3 recordings imported from archive."


def test_the_focus_stays_in_the_page_when_its_first_button_goes(qtbot: QtBot, open_window) -> None:
    start = open_window().page("start")
    start._unfinished.show()
    start._unfinished._keep.setFocus()
    qtbot.waitUntil(start._unfinished._keep.hasFocus)
    start._unfinished.hide()
    qtbot.waitUntil(lambda: start.isAncestorOf(QApplication.focusWidget()))


def shown_import(window: MainWindow) -> ImportPreview | None:
    return next((each for each in window.findChildren(ImportPreview) if each.isVisible()), None)


def test_a_window_that_is_killed_knows_its_board_the_next_time(qtbot: QtBot, open_window, project_folder: Path) -> None:
    window = open_window(project_folder)
    window.session.choose_board("virtual:nano33ble?play=a.wav", "Nano 33 BLE (virtual)")
    kept = {"address": "virtual:nano33ble?play=a.wav", "name": "Nano 33 BLE (virtual)"}
    qtbot.waitUntil(lambda: places.load_place(project_folder).get("board") == kept, timeout=20_000)  # it is still open


def test_a_project_whose_settings_are_wrong_is_opened_when_they_are_mended(
    qtbot: QtBot, open_window, project_folder: Path
) -> None:
    settings = project_folder / "project.toml"
    right = settings.read_text()
    settings.write_text(right + "rate_hz = = 3\n")
    window = open_window()
    window.session.open(project_folder)
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=20_000)
    settings.write_text(right)
    window.commands.run("notice.act")
    qtbot.waitUntil(lambda: window.session.project is not None, timeout=20_000)
