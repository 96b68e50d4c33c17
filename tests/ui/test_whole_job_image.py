"""Pictures from an empty Start to a board that agrees with the host, by keys and mouse; the board is shown folders."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.core.picture_file import png, read_picture
from studio.features.picture import PictureInput
from studio.features.picture_reference import fit_picture
from studio.ui.pages.collect_plan import BURST
from studio.ui.widgets.looks import PictureLook
from tests.ui.hands import Hands
from tests.ui.whole_job import (
    choose_a_board,
    choose_class,
    close_and_find_it_as_it_was,
    collect,
    deploy,
    evaluate_on_all,
    let_it_sense,
    look_at_variants,
    make_a_project,
    name_classes,
    relabel_and_undo,
    stop,
    take,
    train,
    variants,
    watch_them_agree,
)

CLASSES = ("person", "nobody")
PICTURES = 12  # in each folder that is shown to the board
TAKES = 1 + BURST  # of each class
SEEN = PictureInput(width=96, height=96)


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
    make_a_project(hands, tmp_path, "Front door", "image")
    assert hands.window.session.project is not None
    assert hands.window.session.project.settings.front_end_kind == "picture"
    choose_a_board(hands)
    for name in CLASSES:
        let_it_sense(hands, "A folder of pictures…", shown[name], monkeypatch)
        take_pictures(hands, name)
    relabel_and_undo(hands, dict.fromkeys(CLASSES, TAKES), CLASSES)
    see_variants(hands)
    train(hands, network="1")
    evaluate(hands)
    deploy(hands)
    let_it_sense(hands, "A folder of pictures…", shown["both"], monkeypatch)
    page = watch_them_agree(hands)
    assert page.hearing.sensed.picture._pixels.shape == (120, 160)
    np.testing.assert_array_equal(page.hearing.stages.board._pixels, page.hearing.stages.host._pixels)
    stop(hands)
    close_and_find_it_as_it_was(hands, open_window, tmp_path / "Front_door", qtbot)


def take_pictures(hands: Hands, name: str) -> None:
    """One, then as many as come."""
    page = collect(hands, lambda page: page.stage.view.picture is not None)
    if name == CLASSES[0]:
        name_classes(hands, CLASSES)
    choose_class(hands, name)
    take(hands, "C")
    take(hands, "B", BURST)
    for each in page._takes[:TAKES]:
        assert each.label == name
        assert isinstance(each.look, PictureLook)
        assert read_picture(each.path).shape == (120, 160)


def see_variants(hands: Hands) -> None:
    """Five that differ, after the first take was seen whole in Label."""
    label: Any = hands.window.page("label")
    hands.until(lambda: label._editor.rows)
    assert label._editor.picture.view._pixels.shape == (120, 160)
    page = look_at_variants(hands)
    assert len(set(variants(page))) == 5
    for card, each in zip(page.variants._takes, page._varied.takes, strict=True):
        np.testing.assert_array_equal(card.stored._pixels, each.samples)


def evaluate(hands: Hands) -> None:
    """On all pictures; the fullest cell of the matrix is opened, and has what the model saw of each."""
    page = evaluate_on_all(hands, lambda page: page.confusion.matrix._counts.sum() == len(CLASSES) * TAKES)
    matrix = page.confusion.matrix
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
