"""Gestures from an empty Start to a board that agrees with the host, by keys and mouse, with a board that plays CSV."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.capture.link_state import LinkState
from studio.core.csv_file import CsvWriter, read_csv
from studio.ui.widgets.stages_row import StageState
from tests.ui.hands import Hands

RATE_HZ = 119
GESTURES = ("circle", "push")
TAKES = 2
TRAINING_MS = 120_000


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
    make_a_project(hands, tmp_path)
    for gesture in GESTURES:
        hands.window.session.choose_board(f"virtual:nano33ble?play={movements[gesture]}", "Nano 33 BLE (virtual)")
        record(hands, gesture)
    see_what_was_felt(hands)
    relabel_and_undo(hands)
    look_at_variants(hands)
    train(hands)
    evaluate(hands)
    deploy(hands)
    watch_them_agree(hands)


def make_a_project(hands: Hands, folder: Path) -> None:
    """The template by mouse, the name by keys."""
    card = hands.window.page("start")._new  # type: ignore[attr-defined]
    card._parent = folder
    hands.press("Ctrl+N")
    hands.click(next(button for button in card._group.buttons() if button.template == "gesture"))
    card.field.setFocus()
    hands.type("Wand spells")
    hands.until(lambda: hands.window.session.project is not None and hands.window.page_name == "devices")
    project = hands.window.session.project
    assert project is not None
    assert project.settings.front_end_kind == "motion_raw"


def record(hands: Hands, gesture: str) -> None:
    page = hands.go("Ctrl+2", "collect")
    hands.until(
        lambda: (
            page.sources.hearing.state is LinkState.STREAMING
            and page.sources.hearing.address == hands.window.session.board
        )
    )
    hands.until(lambda: page.sources.hearing is page.listening.main.hearing and page.stage.view.stream.end > 0)
    if gesture == GESTURES[0]:
        hands.until(page.script.class_field.hasFocus)
        for each in GESTURES:
            hands.type(each)
        hands.press("Esc")
        hands.press("Shift+P")
        hands.type("Anna")
        hands.press("Esc")
        hands.until(lambda: page._person == "P01")
    hands.press(str([row.label for row in page.script.class_rows].index(gesture) + 1))
    before = len(page._takes)
    for take in range(TAKES):
        hands.press("R")
        hands.until(partial(taken, page, before + take + 1))
        hands.press("Return")
        hands.until(lambda: not page.takes.pending)


def taken(page: Any, takes: int) -> bool:
    return len(page._takes) == takes and bool(page.takes.pending)


def see_what_was_felt(hands: Hands) -> None:
    """Rows of all six axes, as long as the script has them."""
    page: Any = hands.window.page("collect")
    assert [take.label for take in page._takes] == ["push"] * TAKES + ["circle"] * TAKES
    for take in page._takes:
        assert read_csv(take.path).channels == ("ax", "ay", "az", "gx", "gy", "gz")
        assert take.seconds == pytest.approx(1.5, abs=0.1)
        assert take.person == "P01"


def relabel_and_undo(hands: Hands) -> None:
    page = hands.go("Ctrl+3", "label")
    hands.until(lambda: page._editor.rows and page._total == len(GESTURES) * TAKES)
    assert [lane.well.title for lane in page._editor.plots.lanes] == ["Accelerometer", "Gyroscope"]
    counts = label_counts(hands)
    assert counts == dict.fromkeys(GESTURES, TAKES)
    old = page._editor.rows[0].label
    new = next(each for each in GESTURES if each != old)
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
    hands.press("D")
    hands.until(lambda: page._varied is not None and not page._varying.busy)
    hands.until(lambda: [take.samples.tobytes() for take in page._varied.takes] != before)
    assert page._varied.takes[0].samples.tobytes() == before[0]


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
    page = hands.go("Ctrl+6", "evaluate")
    hands.until(lambda: hands.window.commands.can("evaluate.all"))
    hands.press("2")
    matrix = page.confusion.matrix
    hands.until(lambda: not page.running and matrix._counts.sum() == len(GESTURES) * TAKES, TRAINING_MS)
    windows = dict(zip([each.name for each in matrix._classes], matrix._counts.sum(axis=1).tolist(), strict=True))
    assert windows == {**dict.fromkeys(GESTURES, TAKES), "no gesture": 0}


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
    assert len(page.hearing.sensed.stream.values) > RATE_HZ
    hands.press("X")
    hands.until(lambda: not page.running)
