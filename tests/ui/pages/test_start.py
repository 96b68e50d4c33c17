"""Start in the real window: a project of each template is begun from its picture."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from studio.dataset.templates import TEMPLATES


def test_start_offers_every_template_with_a_picture_of_its_own(qtbot: QtBot, open_window):
    window = open_window()
    page: Any = window.page("start")
    buttons = page._new._group.buttons()
    assert {button.template for button in buttons} == set(TEMPLATES)
    pictures: list[QImage] = [button.grab().toImage().copy(12, 4, 84, 60) for button in buttons]
    assert all(a != b for place, a in enumerate(pictures) for b in pictures[:place])


def test_a_project_of_a_chosen_template_is_made_and_opened(qtbot: QtBot, open_window, tmp_path: Path):
    window = open_window()
    page: Any = window.page("start")
    page._new._parent = tmp_path
    choice = next(button for button in page._new._group.buttons() if button.template == "gesture")
    qtbot.mouseClick(choice, Qt.MouseButton.LeftButton)
    assert page._new.field.placeholderText() == "Wand spells"
    page._new.field.setFocus()
    qtbot.keyClicks(page._new.field, "Spells")
    qtbot.keyClick(page._new.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.project is not None, timeout=20_000)
    assert window.session.project.settings.template == "gesture"
    assert window.session.project.settings.name == "Spells"
