"""What holds for all views: any size, either theme, twice the text, a name for screen readers, and no warning."""

import runpy
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui import theme
from studio.ui.widgets.painted import Painted
from studio.ui.widgets.signal_data import wait_for_views

GALLERY = runpy.run_path(str(Path(__file__).parents[1] / "gallery.py"))["VIEWS"]


@pytest.fixture(params=GALLERY)
def view(request, qtbot):
    made = GALLERY[request.param]()
    qtbot.addWidget(made)
    made.show()
    QApplication.processEvents()
    yield made
    made.hide()
    wait_for_views()


def parts(view):
    return [part for part in (view, *view.findChildren(QWidget)) if isinstance(part, Painted)]


def test_it_is_painted_at_any_size_and_in_either_theme(view):
    for width, height in ((1, 1), (60, 20), (300, 90), (1600, 900)):
        view.resize(width, height)
        view.grab()
    theme.current().choose(theme.Choice.DARK)
    view.grab()
    QApplication.processEvents()


def test_it_is_painted_with_text_twice_as_large(view, monkeypatch):
    made = theme.font
    monkeypatch.setattr(
        theme, "font", lambda size=theme.BODY, weight=theme.TEXT, **more: made(2 * size, weight, **more)
    )
    theme.current().changed.emit()
    view.resize(2 * view.width(), 2 * view.height())
    view.grab()


def test_what_takes_keys_has_a_name_and_shows_its_focus(view):
    for part in parts(view):
        if part.focusPolicy() == Qt.FocusPolicy.NoFocus or not part.isEnabled():
            continue
        assert part.accessibleName(), type(part).__name__
        view.activateWindow()
        part.clearFocus()
        QApplication.processEvents()
        before = part.grab().toImage()
        part.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        if part.hasFocus():
            assert part.grab().toImage() != before, f"{type(part).__name__} looks as without the focus"
