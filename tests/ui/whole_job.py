"""The steps of the whole job in the window that are the same for sound, movement and pictures, by keys and mouse."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from studio.capture.link_state import LinkState
from studio.ui.widgets.stages_row import StageState
from tests.ui.hands import Hands

BOARD = "virtual:nano33ble"
TRAINING_MS = 120_000


def make_a_project(hands: Hands, folder: Path, name: str, template: str = "") -> None:
    """The template by mouse, where it is not the usual one; the name by keys."""
    card = hands.window.page("start")._new  # type: ignore[attr-defined]
    card._parent = folder
    hands.press("Ctrl+N")
    if template:
        hands.click(next(button for button in card._group.buttons() if button.template == template))
        card.field.setFocus()
    hands.type(name)
    hands.until(lambda: hands.window.session.project is not None and hands.window.page_name == "devices")


def choose_a_board(hands: Hands) -> None:
    page = hands.go("Ctrl+1", "devices")
    hands.until(lambda: BOARD in page._cards)
    hands.click(page._cards[BOARD])
    hands.press("U")
    hands.until(lambda: hands.window.session.board == BOARD)


def let_it_sense(hands: Hands, entry: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an entry of Devices' menu, where the file dialog is the system's."""
    hands.go("Ctrl+1", "devices")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(path))
    hands.press("H")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    while menu.activeAction() is None or menu.activeAction().text() != entry:
        QTest.keyPress(menu, Qt.Key.Key_Down)
    QTest.keyPress(menu, Qt.Key.Key_Return)  # it goes with that, before the key comes up
    hands.window.activateWindow()
    hands.until(lambda: hands.window.session.board == f"{BOARD}?play={path}")


def collect(hands: Hands, shown: Callable[[Any], object] = lambda _page: True) -> Any:
    """Until the board is heard, and what is asked of the page is shown. Gives the page."""
    page = hands.go("Ctrl+2", "collect")
    hands.until(lambda: page.sources.hearing is page.listening.main.hearing)
    hands.until(lambda: page.sources.hearing.address == hands.window.session.board)
    hands.until(lambda: page.sources.hearing.state is LinkState.STREAMING and shown(page))
    return page


def name_classes(hands: Hands, classes: Sequence[str]) -> None:
    """A new project asks for them."""
    page: Any = hands.window.page("collect")
    hands.until(page.script.class_field.hasFocus)
    for each in classes:
        hands.type(each)
    hands.press("Esc")


def name_a_person(hands: Hands) -> None:
    page: Any = hands.window.page("collect")
    hands.press("Shift+P")
    hands.type("Anna")
    hands.press("Esc")
    hands.until(lambda: page.chosen.person == "P01")


def choose_class(hands: Hands, label: str) -> None:
    page: Any = hands.window.page("collect")
    hands.press(str([row.label for row in page.script.class_rows].index(label) + 1))


def take(hands: Hands, key: str, takes: int = 1, meanwhile: Callable[[Any], None] = lambda _page: None) -> None:
    """By a key until so many more are there, and keeps them. meanwhile: given the page, while it is recorded."""
    page: Any = hands.window.page("collect")
    whole = len(page._takes) + takes
    hands.press(key)
    meanwhile(page)
    hands.until(lambda: len(page._takes) == whole and bool(page.takes.pending))
    hands.press("Return")
    hands.until(lambda: not page.takes.pending)


def relabel_and_undo(hands: Hands, counts: dict[str, int], classes: Sequence[str]) -> None:
    """The first take gets another of the classes, and its own back. counts: of the takes of each label."""
    page = hands.go("Ctrl+3", "label")
    hands.until(lambda: page._editor.rows and page._total == sum(counts.values()))
    assert label_counts(hands) == counts
    new = next(each for each in classes if each != page._editor.rows[0].label)
    place = [each for each in page._editor.keys.accessibleDescription().split(", ") if each.endswith(f" {new}")]
    hands.press(place[0].split()[0])
    hands.until(lambda: label_counts(hands)[new] == counts[new] + 1)
    hands.press("Ctrl+Z")
    hands.until(lambda: label_counts(hands) == counts)


def label_counts(hands: Hands) -> dict[str | None, int]:
    return hands.window.session.ask(lambda project: project.catalogue.label_counts()).result(10)


def look_at_variants(hands: Hands) -> Any:
    """Others are drawn, all but the first, which is as it was recorded. Gives the page."""
    page = hands.go("Ctrl+4", "features")
    hands.until(lambda: page._varied is not None and not page._varying.busy)
    before = variants(page)
    assert len(before) == 5
    hands.press("D")
    hands.until(lambda: page._varied is not None and not page._varying.busy and variants(page) != before)
    assert variants(page)[0] == before[0]
    return page


def variants(page: Any) -> list[bytes]:
    return [take.samples.tobytes() for take in page._varied.takes]


def train(hands: Hands, network: str = "") -> None:
    """Quickly. network: the key of one; "": the one that is chosen."""
    page = hands.go("Ctrl+5", "train")
    hands.until(lambda: page.start_button.isVisible() and page.start_button.isEnabled())
    if network:
        hands.press(network)
    if not page.options.quick.isChecked():
        hands.press("Q")
    hands.press("T")
    hands.until(lambda: page.running)
    hands.until(lambda: not page.running, TRAINING_MS)
    hands.until(lambda: len(page.facts.runs) == 1)


def evaluate_on_all(hands: Hands, shown: Callable[[Any], object]) -> Any:
    """Until what is asked of the page is shown. Gives the page."""
    page = hands.go("Ctrl+6", "evaluate")
    hands.until(lambda: hands.window.commands.can("evaluate.all"))
    hands.press("2")
    hands.until(lambda: not page.running and shown(page), TRAINING_MS)
    return page


def deploy(hands: Hands) -> None:
    page = hands.go("Ctrl+7", "deploy")
    hands.until(lambda: page._found.survey is not None)
    hands.press("P")
    hands.until(lambda: page._band.text == "The board answers as expected.")


def watch_them_agree(hands: Hands) -> Any:
    """Board and computer, in five windows or more; it goes on. Gives the page."""
    page = hands.go("Ctrl+8", "live")
    hands.until(lambda: page._ready is not None)
    hands.press("S")
    hands.until(lambda: page._news is not None and page._news.windows >= 5)
    assert [stage.state for stage in page.stages._stages] == [StageState.EQUAL] * 5
    assert page._news.windows == page._news.equal
    return page


def stop(hands: Hands) -> None:
    page: Any = hands.window.page("live")
    hands.press("X")
    hands.until(lambda: not page.running)


def close_and_find_it_as_it_was(hands: Hands, open_window: Any, folder: Path, qtbot: QtBot) -> None:
    page = hands.go("Ctrl+3", "label")
    hands.until(lambda: page._editor.rows)
    first, counts = page._editor.rows[0].id, label_counts(hands)
    hands.press("Down")
    hands.until(lambda: page._editor.rows and page._editor.rows[0].id != first)
    chosen = page._editor.rows[0].id
    hands.press("Ctrl+Q")
    hands.until(lambda: not hands.window.isVisible())
    again = Hands(qtbot, open_window(folder))
    assert again.window.page_name == "label"
    there: Any = again.window.page("label")
    assert there.isVisible()
    again.until(lambda: there._editor.rows and there._editor.rows[0].id == chosen)
    assert again.window.session.board == hands.window.session.board
    assert label_counts(again) == counts
