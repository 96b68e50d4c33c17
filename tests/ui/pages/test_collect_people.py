"""Collect asks what a person agrees to, where it is, and for the script as text; all of it clicked and typed."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from studio.dataset.people import FILE_NAME
from studio.dataset.project import create_project, open_project
from studio.dataset.recordings import read_sidecar
from studio.dataset.script import Script, keep_script
from studio.dataset.script_text import parse_script, script_text
from studio.ui.pages.collect_circumstances import MOST_PLACE
from studio.ui.window import MainWindow
from tests.ui.hands import wait

PATIENCE = 20_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with create_project(tmp_path / "project") as project:
        script = Script(parse_script("yes 3 x 0.3 s, no 2 x 0.3 s"))
        keep_script(project.catalogue, script.with_person("P01").with_person("P02"))
    return tmp_path / "project"


def shown(qtbot: QtBot, window: MainWindow) -> Any:
    window.session.choose_board("virtual:nano33ble", "Nano 33 BLE (virtual)")
    window.show_page("collect")
    page: Any = window.page("collect")
    qtbot.waitUntil(lambda: len(page.script.class_rows) == 2, timeout=PATIENCE)
    return page


def click(qtbot: QtBot, widget: Any) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_who_has_not_agreed_is_seen_asked_and_then_said_by_each_take(qtbot: QtBot, open_window: Any, folder: Path):
    window = open_window(folder)
    page = shown(qtbot, window)
    here = page.script.circumstances
    assert here.agreed.text == "P01: no consent noted"
    assert here.consent_of("P01") is None
    click(qtbot, here.note)
    assert here.scope.hasFocus()
    qtbot.keyClicks(here.scope, "this room")  # in the place of what is suggested
    qtbot.keyClick(here.scope, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: here.consent_of("P01") is not None, timeout=PATIENCE)
    assert here.scope.isHidden()
    assert "this room" in (folder / FILE_NAME).read_text()
    click(qtbot, here.place)
    here.place.setText("kit\u202echen" + "n" * 200)  # as pasted, or remembered
    assert here.where == "kitchen" + "n" * (MOST_PLACE - len("kit\u202echen"))
    here.place.clear()
    qtbot.keyClicks(here.place, "kitchen")
    qtbot.keyClick(here.place, Qt.Key.Key_Return)
    assert not here.place.hasFocus()
    qtbot.waitUntil(page.taking.can_record, timeout=PATIENCE)
    window.commands.run("collect.record")
    qtbot.waitUntil(lambda: len(page._takes) == 1, timeout=PATIENCE)
    sidecar = read_sidecar(page._takes[0].path.with_suffix(".json"))
    assert (sidecar.person, sidecar.consent, sidecar.place) == ("P01", here.consent_of("P01"), "kitchen")
    click(qtbot, page.script._person_rows["P02"])
    assert here.agreed.text == "P02: no consent noted"


def test_who_is_entered_by_name_is_shown_by_it_also_after_the_project_is_opened_again(
    qtbot: QtBot, open_window: Any, folder: Path
):
    window = open_window(folder)
    page = shown(qtbot, window)
    click(qtbot, page.script.add_person)
    qtbot.keyClicks(QApplication.focusWidget(), "Ann")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "P03" in page.script._person_rows, timeout=PATIENCE)
    assert page.script._person_rows["P03"].accessibleName() == "Person Ann, P03"
    assert page.script._person_rows["P02"].accessibleName() == "Person P02"
    window.close()
    page = shown(qtbot, open_window(folder))
    qtbot.waitUntil(lambda: "P03" in page.script._person_rows, timeout=PATIENCE)
    assert page.script._person_rows["P03"].accessibleName() == "Person Ann, P03"


def row_menu(row: Any) -> QMenu:
    """Of its row, opened by the mouse."""
    at = row.rect().center()
    QApplication.sendEvent(row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, row.mapToGlobal(at)))
    menu = row.findChild(QMenu)
    assert isinstance(menu, QMenu)
    return menu


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of its menu, without a screen
def test_who_has_a_name_is_called_by_it_where_consent_is_noted_and_taken_back(
    qtbot: QtBot, open_window: Any, folder: Path
):
    with open_project(folder, write=True) as project:
        people = project.people()
        code = people.enter("Ann")
        people.save()
        keep_script(project.catalogue, Script(parse_script("yes 3 x 0.3 s, no 2 x 0.3 s")).with_person(code))
    window = open_window(folder)
    page = shown(qtbot, window)
    here = page.script.circumstances
    wait(qtbot, lambda: here.agreed.text == "Ann: no consent noted")
    assert here.note.accessibleName() == "Note what Ann agrees to"
    click(qtbot, here.note)
    assert here.agreed.text.startswith("Ann agrees 2")
    qtbot.keyClicks(here.scope, "this room")
    qtbot.keyClick(here.scope, Qt.Key.Key_Return)
    wait(qtbot, lambda: here.agreed.text.startswith("Ann agreed 2") and here.agreed.text.endswith(": this room"))
    menu = row_menu(page.script._person_rows[code])
    assert [action.text() for action in menu.actions()] == ["Note consent of Ann", "Take all recordings of Ann out"]
    menu.actions()[1].trigger()
    menu.close()
    wait(qtbot, lambda: window.notices.notice is not None)
    assert window.notices.notice.text == "Ann is withdrawn, with 0 recordings."
    assert window.notices.notice.acts == ()  # an undo would be of the edit before


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of its menu, without a screen
def test_a_person_is_withdrawn_by_the_menu_and_undo_brings_the_takes_back(qtbot: QtBot, open_window: Any, folder: Path):
    window = open_window(folder)
    page = shown(qtbot, window)
    qtbot.waitUntil(page.taking.can_record, timeout=PATIENCE)
    window.commands.run("collect.record")
    qtbot.waitUntil(lambda: len(page._takes) == 1, timeout=PATIENCE)
    menu = row_menu(page.script._person_rows["P01"])
    menu.actions()[1].trigger()
    menu.close()
    qtbot.waitUntil(lambda: page._takes == [], timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=PATIENCE)
    assert window.notices.notice.text == "P01 is withdrawn, with 1 recording."
    qtbot.waitUntil(lambda: window.session.history.undo == "Withdraw P01", timeout=PATIENCE)
    window.commands.run("notice.act")
    qtbot.waitUntil(lambda: len(page._takes) == 1, timeout=PATIENCE)


def test_the_script_is_typed_as_text_and_undone(qtbot: QtBot, open_window: Any, folder: Path):
    window = open_window(folder)
    page = shown(qtbot, window)
    click(qtbot, page.script.edit)
    text = page.script.text
    assert text.toPlainText() == "yes 3 x 0.3 s, no 2 x 0.3 s"
    text.setFocus()
    text.selectAll()
    QApplication.clipboard().setText("go 5\nstop 4; background a minute")
    text.paste()
    qtbot.keyClick(text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(page.script.class_rows) == 3, timeout=PATIENCE)
    assert text.toPlainText() == "go 5, stop 4, background 1 x 60 s"

    def kept() -> str:
        with open_project(folder, write=False) as project:
            note = project.catalogue.note("script")
        return ", ".join(f"{each['label']} {each['wanted']}" for each in note["classes"])

    qtbot.waitUntil(lambda: kept() == "go 5, stop 4, _background_ 1", timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=PATIENCE)
    window.notices.notice.acts[0].run()
    qtbot.waitUntil(lambda: kept() == "yes 3, no 2", timeout=PATIENCE)
    assert script_text(page.script.progress.script.classes) == "yes 3 x 0.3 s, no 2 x 0.3 s"


def test_text_that_cannot_be_read_is_told_and_stays_to_be_mended(qtbot: QtBot, open_window: Any, folder: Path):
    window = open_window(folder)
    page = shown(qtbot, window)
    click(qtbot, page.script.edit)
    text = page.script.text
    text.setFocus()
    text.selectAll()
    qtbot.keyClicks(text, "go 5, stop 0")
    qtbot.keyClick(text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=PATIENCE)
    assert "`stop 0`" in window.notices.notice.text
    assert text.toPlainText() == "go 5, stop 0"
    assert len(page.script.class_rows) == 2
    qtbot.keyClick(text, Qt.Key.Key_Escape)
    assert text.toPlainText() == "yes 3 x 0.3 s, no 2 x 0.3 s"


def test_a_key_asks_for_consent_and_none_withdraws_a_person(qtbot: QtBot, open_window: Any, folder: Path):
    window = open_window(folder)
    page = shown(qtbot, window)
    qtbot.waitUntil(page.taking.can_record, timeout=PATIENCE)
    window.commands.run("collect.record")
    qtbot.waitUntil(lambda: len(page._takes) == 1, timeout=PATIENCE)
    page.setFocus()
    qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Y)
    assert page.script.circumstances.scope.hasFocus()
    qtbot.keyClick(page.script.circumstances.scope, Qt.Key.Key_Escape)
    assert window.commands.rows["collect.withdraw"].keys == ()
    qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert window.session.ask(lambda project: project.catalogue.count()).result(PATIENCE / 1000) == 1
    window.commands.run("collect.withdraw")
    qtbot.waitUntil(lambda: page._takes == [], timeout=PATIENCE)
