"""Actions are one table: each has a key of its own, a place in the palette, and a row of the generated key map."""

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio.ui.commands import COMMANDS, Command, key_map, match
from studio.ui.pages.rows import PAGES, START
from studio.ui.theme import resource

KEYS = Path(__file__).resolve().parents[2] / "docs" / "KEYS.md"


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_action_has_a_key_qt_understands_and_an_icon_that_exists(row: Command) -> None:
    assert bool(row.keys) == (row.name != "collect.withdraw")  # of much at once: none that a finger could slip to
    assert all(QKeySequence(key).toString() for key in row.keys)
    assert resource(f"icons/{row.icon}.svg").is_file()


def test_no_two_actions_that_can_be_done_on_a_page_share_a_key() -> None:
    shared: dict[str, list[str]] = {}
    for page in [START, *(row.name for row in PAGES)]:
        rows = [row for row in COMMANDS if row.page in ("", page)]
        keys = Counter(QKeySequence(key).toString() for row in rows for key in row.keys)
        shared |= {key: [row.name for row in rows if key in row.keys] for key, count in keys.items() if count > 1}
    assert shared == {"Esc": ["notice.close", "collect.end"]}  # the page's, while there is something to be ended


def test_names_are_unique_and_pages_are_those_of_the_rail() -> None:
    assert len({row.name for row in COMMANDS}) == len(COMMANDS)
    pages = {row.name for row in PAGES}
    assert {row.page for row in COMMANDS} - {""} <= pages
    assert {f"page.{name}" for name in (START, *pages)} <= {row.name for row in COMMANDS}


def test_the_key_map_in_the_documents_is_the_table() -> None:
    """To make it anew: python -m studio.ui.commands > docs/KEYS.md."""
    assert KEYS.read_text(encoding="utf-8") == key_map()


def test_the_palette_finds_words_in_any_order_and_whole_beginnings_first() -> None:
    assert next(iter(match(COMMANDS, "again look"))).name == "devices.look"
    assert match(COMMANDS, "set")[0].name == "settings"
    assert match(COMMANDS, "no such thing") == []


def test_every_action_is_bound_once_its_page_was_shown(open_window) -> None:
    window = open_window()
    for row in PAGES:
        window.show_page(row.name)
    unbound = [row.name for row in COMMANDS if row.name not in window.commands._acts]
    assert unbound == []


def test_ctrl_k_then_words_and_enter_does_it(qtbot: QtBot, open_window) -> None:
    window = open_window()
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.palette_panel()
    qtbot.waitUntil(palette.isVisible)
    field = palette.findChild(QLineEdit)
    qtbot.keyClicks(field, "go devices")
    assert [entry.text for entry in palette.entries()] == ["Commands", "Go to Devices"]
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.page_name == "devices"
    assert not palette.isVisible()


def test_the_palette_shows_the_same_on_the_command_line(qtbot: QtBot, open_window, project_folder: Path) -> None:
    window = open_window(project_folder)
    palette = window.palette_panel()
    palette.open_with("undo")
    assert palette.entries()[1].cli == "tinyml-studio undo kitchen"


def test_escape_closes_the_palette_and_gives_the_focus_back(qtbot: QtBot, open_window) -> None:
    window = open_window()
    window.activateWindow()
    window.page(START)._new.field.setFocus()
    palette = window.palette_panel()
    palette.open_with()
    qtbot.waitUntil(lambda: palette.findChild(QLineEdit).hasFocus())
    qtbot.keyClick(palette.findChild(QLineEdit), Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.page(START)._new.field.hasFocus()


def test_space_presses_the_button_that_has_the_focus_whatever_command_has_that_key(qtbot: QtBot, open_window) -> None:
    window = open_window()
    window.show_page("devices")
    done = []
    window.commands.bind("devices.look", lambda: done.append("command"))
    window.commands.action("devices.look").setShortcut("Space")
    window.activateWindow()
    window._strip._disk.clicked.connect(lambda: done.append("button"))
    window._strip._disk.show()
    window._strip._disk.setFocus()
    qtbot.waitUntil(window._strip._disk.hasFocus)
    qtbot.keyClick(window._strip._disk, Qt.Key.Key_Space)
    window.centralWidget().setFocus()
    qtbot.keyClick(window.centralWidget(), Qt.Key.Key_Space)
    assert done == ["button", "command"]


def test_a_letter_that_is_a_key_is_typed_where_one_types(qtbot: QtBot, open_window) -> None:
    window = open_window()
    window.show_page("devices")
    used = []
    window.commands.bind("devices.look", lambda: used.append("look"))
    field = window.page("devices")._doctor._field
    field.setFocus()
    qtbot.keyClicks(field, "ua")
    assert field.text() == "ua"
    assert used == []


def test_the_palette_begins_with_what_the_page_in_front_can_do_and_does_not_offer_itself(open_window) -> None:
    window = open_window()
    window.show_page("devices")
    palette = window.palette_panel()
    palette.open_with()
    texts = [entry.text for entry in palette.entries()]
    assert texts[1] in {row.title for row in COMMANDS if row.page == "devices"}
    assert window.commands.rows["palette"].title not in texts
