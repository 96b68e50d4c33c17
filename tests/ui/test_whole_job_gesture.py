"""Gestures from an empty Start to a board that agrees with the host, by keys and mouse, with a board that plays CSV."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.core.csv_file import CsvWriter, read_csv
from tests.ui.hands import Hands
from tests.ui.whole_job import (
    BOARD,
    choose_class,
    collect,
    deploy,
    evaluate_on_all,
    look_at_variants,
    make_a_project,
    name_a_person,
    name_classes,
    relabel_and_undo,
    stop,
    take,
    train,
    watch_them_agree,
)

RATE_HZ = 119
GESTURES = ("circle", "push")
TAKES = 2


@pytest.fixture(scope="module")
def movements(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What the board feels: each gesture of the starter data's arms again and again, and rest between."""
    from studio_datasets.gesture_starter.arm import circle, draw_arm, joined, measured, push, rest

    folder, paths = tmp_path_factory.mktemp("movements"), {}
    arm = draw_arm(np.random.default_rng(3))
    for name, movement in (("circle", circle), ("push", push)):
        rng = np.random.default_rng(5)
        parts = [part for _again in range(30) for part in (movement(arm, rng), rest(0.2))]
        rows = measured(joined(parts), arm, rng)
        paths[name] = folder / f"{name}.csv"
        writer = CsvWriter(paths[name], ("ax", "ay", "az", "gx", "gy", "gz"))
        writer.append(np.round(np.arange(len(rows)) * 1e6 / RATE_HZ).astype(np.int64), np.round(rows, 4))
        writer.close()
    return paths


@pytest.mark.timeout(300)
def test_gestures_go_all_the_way_by_keys_and_mouse(
    qtbot: QtBot, open_window: Any, tmp_path: Path, movements: dict[str, Path]
) -> None:
    hands = Hands(qtbot, open_window())
    make_a_project(hands, tmp_path, "Wand spells", "gesture")
    assert hands.window.session.project is not None
    assert hands.window.session.project.settings.front_end_kind == "motion_raw"
    for gesture in GESTURES:
        hands.window.session.choose_board(f"{BOARD}?play={movements[gesture]}", "Nano 33 BLE (virtual)")
        record(hands, gesture)
    see_what_was_felt(hands)
    relabel_and_undo(hands, dict.fromkeys(GESTURES, TAKES), GESTURES)
    look_at_variants(hands)
    train(hands, network="1")
    evaluate(hands)
    deploy(hands)
    page = watch_them_agree(hands)
    assert len(page.hearing.sensed.stream.values) > RATE_HZ
    stop(hands)


def record(hands: Hands, gesture: str) -> None:
    collect(hands, lambda page: page.stage.view.stream.end > 0)
    if gesture == GESTURES[0]:
        name_classes(hands, GESTURES)
        name_a_person(hands)
    choose_class(hands, gesture)
    for _take in range(TAKES):
        take(hands, "R")


def see_what_was_felt(hands: Hands) -> None:
    """Rows of all six axes, as long as the script has them; Label shows both sensors."""
    page: Any = hands.window.page("collect")
    assert [each.label for each in page._takes] == ["push"] * TAKES + ["circle"] * TAKES
    for each in page._takes:
        assert read_csv(each.path).channels == ("ax", "ay", "az", "gx", "gy", "gz")
        assert each.seconds == pytest.approx(1.5, abs=0.1)
        assert each.person == "P01"
    label = hands.go("Ctrl+3", "label")
    hands.until(lambda: label._editor.rows)
    assert [lane.well.title for lane in label._editor.plots.lanes] == ["Accelerometer", "Gyroscope"]


def evaluate(hands: Hands) -> None:
    page = evaluate_on_all(hands, lambda page: page.confusion.matrix._counts.sum() == len(GESTURES) * TAKES)
    matrix = page.confusion.matrix
    windows = dict(zip([each.name for each in matrix._classes], matrix._counts.sum(axis=1).tolist(), strict=True))
    assert windows == {**dict.fromkeys(GESTURES, TAKES), "no gesture": 0}
