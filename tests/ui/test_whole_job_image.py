"""Pictures from an empty Start to a board that agrees with the host, by keys and mouse; the board is shown folders."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from studio.capture.link_state import LinkState
from studio.core.picture_file import png, read_picture
from studio.features.picture import PictureInput
from studio.features.picture_reference import fit_picture
from studio.ui.pages.collect_plan import BURST
from studio.ui.widgets.looks import PictureLook
from studio.ui.widgets.stages_row import StageState
from tests.ui.hands import Hands

CLASSES = ("person", "nobody")
PICTURES = 12  # in each folder that is shown to the board
TAKES = 1 + BURST  # of each class
SEEN = PictureInput(width=96, height=96)
TRAINING_MS = 120_000


@pytest.fixture
def shown(tmp_path: Path) -> dict[str, Path]:
    """What the board sees: scenes of the starter data's kind with somebody, without, and both in turn."""
    from studio_datasets.image_starter.scene import draw_scene, draw_somebody, picture

    rng = np.random.default_rng(7)
    folders = {name: tmp_path / name for name in (*CLASSES, "both")}
    for folder in folders.values():
        folder.mkdir()
    for number in range(PICTURES):
        scene = draw_scene(rng)
        for name in CLASSES:
            somebody = draw_somebody(rng) if name == "person" else None
            data = png(picture(scene, rng, 160, somebody))
            (folders[name] / f"{number:02}.png").write_bytes(data)
            (folders["both"] / f"{number:02}_{name}.png").write_bytes(data)
    return folders


@pytest.mark.timeout(300)
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of menus, without a screen
def test_pictures_go_all_the_way_by_keys_and_mouse(
    qtbot: QtBot, open_window: Any, tmp_path: Path, shown: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(qtbot, open_window())
    make_a_project(hands, tmp_path)
    choose_a_board(hands)
    for name in CLASSES:
        let_it_see(hands, shown[name], monkeypatch)
        take_pictures(hands, name)
    relabel_and_undo(hands)
    look_at_variants(hands)
    train(hands)
    evaluate(hands)
    deploy(hands)
    let_it_see(hands, shown["both"], monkeypatch)
    watch_them_agree(hands)
    close_and_find_it_as_it_was(hands, open_window, tmp_path / "Front_door", qtbot)


def make_a_project(hands: Hands, folder: Path) -> None:
    """The template by mouse, the name by keys."""
    card = hands.window.page("start")._new  # type: ignore[attr-defined]
    card._parent = folder
    hands.press("Ctrl+N")
    hands.click(next(button for button in card._group.buttons() if button.template == "image"))
    card.field.setFocus()
    hands.type("Front door")
    hands.until(lambda: hands.window.session.project is not None and hands.window.page_name == "devices")
    project = hands.window.session.project
    assert project is not None
    assert project.settings.front_end_kind == "picture"


def choose_a_board(hands: Hands) -> None:
    page = hands.go("Ctrl+1", "devices")
    hands.until(lambda: "virtual:nano33ble" in page._cards)
    hands.click(page._cards["virtual:nano33ble"])
    hands.press("U")
    hands.until(lambda: hands.window.session.board == "virtual:nano33ble")


def let_it_see(hands: Hands, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the inspector of Devices, where the file dialog is the system's."""
    hands.go("Ctrl+1", "devices")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(folder))
    hands.press("H")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    while menu.activeAction() is None or menu.activeAction().text() != "A folder of pictures…":
        QTest.keyPress(menu, Qt.Key.Key_Down)
    QTest.keyPress(menu, Qt.Key.Key_Return)  # it goes with that, before the key comes up
    hands.window.activateWindow()
    hands.until(lambda: hands.window.session.board == f"virtual:nano33ble?play={folder}")


def take_pictures(hands: Hands, name: str) -> None:
    """One, then as many as come."""
    page = hands.go("Ctrl+2", "collect")
    hands.until(
        lambda: (
            page.sources.hearing.state is LinkState.STREAMING
            and page.sources.hearing.address == hands.window.session.board
        )
    )
    hands.until(lambda: page.sources.hearing is page.listening.main.hearing and page.stage.view.picture is not None)
    if name == CLASSES[0]:
        hands.until(page.script.class_field.hasFocus)  # a new project asks for its classes
        for each in CLASSES:
            hands.type(each)
        hands.press("Esc")
    hands.press(str([row.label for row in page.script.class_rows].index(name) + 1))
    before = len(page._takes)
    for key, takes in (("C", 1), ("B", TAKES)):
        hands.press(key)
        hands.until(partial(taken, page, before + takes))
        hands.press("Return")
        hands.until(lambda: not page.takes.pending)
    for take in page._takes[:TAKES]:
        assert take.label == name
        assert isinstance(take.look, PictureLook)
        assert read_picture(take.path).shape == (120, 160)


def taken(page: Any, takes: int) -> bool:
    return len(page._takes) == takes and bool(page.takes.pending)


def relabel_and_undo(hands: Hands) -> None:
    page = hands.go("Ctrl+3", "label")
    hands.until(lambda: page._editor.rows and page._total == len(CLASSES) * TAKES)
    assert page._editor.picture.view._pixels.shape == (120, 160)
    counts = label_counts(hands)
    assert counts == dict.fromkeys(CLASSES, TAKES)
    old = page._editor.rows[0].label
    new = next(each for each in CLASSES if each != old)
    place = [each for each in page._editor.keys.accessibleDescription().split(", ") if each.endswith(f" {new}")]
    hands.press(place[0].split()[0])
    hands.until(lambda: label_counts(hands)[new] == TAKES + 1)
    hands.press("Ctrl+Z")
    hands.until(lambda: label_counts(hands) == counts)


def label_counts(hands: Hands) -> dict[str | None, int]:
    return hands.window.session.ask(lambda project: project.catalogue.label_counts()).result(10)


def look_at_variants(hands: Hands) -> None:
    page = hands.go("Ctrl+4", "features")
    hands.until(lambda: page._varied is not None and not page._varying.busy)
    before = [take.samples.tobytes() for take in page._varied.takes]
    assert len(set(before)) == 5
    hands.press("D")
    hands.until(lambda: [take.samples.tobytes() for take in page._varied.takes] != before)
    assert page._varied.takes[0].samples.tobytes() == before[0]
    for card, take in zip(page.variants._takes, page._varied.takes, strict=True):
        np.testing.assert_array_equal(card.stored._pixels, take.samples)


def train(hands: Hands) -> None:
    page = hands.go("Ctrl+5", "train")
    hands.until(lambda: page.start_button.isVisible() and page.start_button.isEnabled())
    hands.press("1")
    if not page.options.quick.isChecked():
        hands.press("Q")
    hands.press("T")
    hands.until(lambda: page.running)
    hands.until(lambda: not page.running, TRAINING_MS)
    hands.until(lambda: len(page.facts.runs) == 1)


def evaluate(hands: Hands) -> None:
    """On all pictures; the fullest cell of the matrix is opened, and has what the model saw of each."""
    page = hands.go("Ctrl+6", "evaluate")
    hands.until(lambda: hands.window.commands.can("evaluate.all"))
    hands.press("2")
    matrix = page.confusion.matrix
    hands.until(lambda: not page.running and matrix._counts.sum() == len(CLASSES) * TAKES, TRAINING_MS)
    assert matrix._counts.sum(axis=1).tolist() == [TAKES] * len(CLASSES)
    true, said = divmod(int(matrix._counts.argmax()), len(CLASSES))
    hands.click(matrix, matrix.cell(true, said).center().toPoint())
    assert matrix.opened == (true, said)
    strip = page.opened.strip
    assert len(strip._cards) == matrix._counts[true, said]
    hands.until(lambda: len(strip._thumbs) == min(len(strip._cards), len(strip._visible())))
    for place, thumb in strip._thumbs.items():
        example = page.opened._examples[place]
        assert example.label == matrix._classes[true].name
        assert strip._cards[place].first[0] == matrix._classes[said]
        np.testing.assert_array_equal(thumb.pixels, fit_picture(read_picture(example.clip.path), SEEN.pack()))


def deploy(hands: Hands) -> None:
    page = hands.go("Ctrl+7", "deploy")
    hands.until(lambda: page._found.survey is not None)
    hands.press("P")
    hands.until(lambda: page._band.text == "The board answers as expected.")


def watch_them_agree(hands: Hands) -> None:
    page = hands.go("Ctrl+8", "live")
    hands.until(lambda: page._ready is not None)
    hands.press("S")
    hands.until(lambda: page._news is not None and page._news.windows >= 5)
    assert [stage.state for stage in page.stages._stages] == [StageState.EQUAL] * 5
    assert page._news.windows == page._news.equal
    assert page.hearing.sensed.picture._pixels.shape == (120, 160)
    np.testing.assert_array_equal(page.hearing.stages.board._pixels, page.hearing.stages.host._pixels)
    hands.press("X")
    hands.until(lambda: not page.running)


def close_and_find_it_as_it_was(hands: Hands, open_window: Any, folder: Path, qtbot: QtBot) -> None:
    page = hands.go("Ctrl+3", "label")
    hands.until(lambda: page._editor.rows)
    first = page._editor.rows[0].id
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
    assert label_counts(again) == dict.fromkeys(CLASSES, TAKES)
