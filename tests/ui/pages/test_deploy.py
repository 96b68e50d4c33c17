"""Deploy in the real window: what fits, what it costs, onto a virtual board by key, what is asked, what is exported."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from studio.boards.address import parse_address
from studio.boards.board_table import load_board
from studio.boards.connection import open_board
from studio.core.settings import load_settings
from studio.dataset.runs import Run
from studio.deploy.bundle import make_bundle
from studio.deploy.upload import image_on, upload
from studio.ui.progress import Mark
from studio.ui.session import BoardStatus

BOARD = "virtual:nano33ble?pace=fast"
LONG_MS = 20_000


def deploy_page(qtbot: QtBot, open_window: Any, folder: Path, board: str | None = BOARD) -> tuple[Any, Any]:
    """The window with Deploy in front, its run surveyed."""
    window = open_window(folder)
    if board is not None:
        window.session.choose_board(board, "Nano (virtual)")
    window.show_page("deploy", by_key=True)
    page = window.page("deploy")
    qtbot.waitUntil(lambda: page._found.survey is not None, timeout=LONG_MS)
    return window, page


def image_on_board(folder: Path) -> bytes | None:
    with open_board(parse_address(BOARD), folder) as board:
        return image_on(board)


def test_without_a_run_it_says_what_will_be_here(qtbot: QtBot, open_window: Any, project_folder: Path) -> None:
    window = open_window(project_folder)
    window.show_page("deploy")
    page = window.page("deploy")
    qtbot.waitUntil(lambda: page._looked > 0)
    assert page._states.currentWidget().title.text() == "No model to put on a board yet"
    assert not page._put.isVisible()
    assert not window.commands.can("deploy.put")


def test_the_model_by_its_parts_and_each_board_by_what_fits(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run
) -> None:
    _window, page = deploy_page(qtbot, open_window, project_folder)
    image = make_bundle(trained, load_board("nano33ble")).image
    assert page._bytes.text == f"{len(image):,} bytes"
    assert "Weights and tables" in page._parts.accessibleDescription()
    assert "no placement goes below" in page._arena.accessibleDescription()
    assert page._verdict.text == "fits 4 of 4"
    names = [page._columns.card(key).accessibleName() for key in ("nano33ble", "himaxwei", "sparkfunedge2", "espeye")]
    assert all("the model fits" in name for name in names)
    assert "in use" in names[0]


def test_a_board_that_is_too_small_gives_its_reasons_and_is_not_sent_to(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run
) -> None:
    _window, page = deploy_page(qtbot, open_window, project_folder, "virtual:testboard64k")
    qtbot.waitUntil(page._reasons.isVisible, timeout=LONG_MS)
    assert "bytes too large for the RAM" in page._reasons.text()
    assert "Choose a smaller architecture" in page._reasons.text()
    assert not page._put.isEnabled()
    qtbot.mouseClick(page._columns.card("nano33ble"), Qt.MouseButton.LeftButton)
    assert not page._reasons.isVisible()


def test_a_small_board_that_is_chosen_later_is_shown_with_its_reasons(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run
) -> None:
    window, page = deploy_page(qtbot, open_window, project_folder)
    window.session.choose_board("virtual:testboard64k", "Test board (virtual)")
    qtbot.waitUntil(lambda: "bytes too large for the RAM" in page._reasons.text(), timeout=LONG_MS)
    assert page._columns.card("testboard64k").accessibleDescription() == "selected"
    assert not page._put.isEnabled()


def test_energy_is_summed_and_the_radio_is_an_assumption_that_can_be_edited(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run
) -> None:
    _window, page = deploy_page(qtbot, open_window, project_folder)
    energy = page._energy
    assert "2,560 million pJ" in energy._bars.accessibleDescription()
    macs = make_bundle(trained, load_board("nano33ble")).plan.macs
    assert f"{2.8 * macs / 1e6:.2f} million pJ" in energy._bars.accessibleDescription()
    assert energy._cells[3][0].text() == "Radio, per bit (assumed)"
    qtbot.keyClick(page.window(), Qt.Key.Key_E)
    qtbot.waitUntil(energy.radio.hasFocus)
    energy.radio.selectAll()
    qtbot.keyClicks(energy.radio, "2000")
    qtbot.keyClick(energy.radio, Qt.Key.Key_Return)
    assert "512 million pJ" in energy._bars.accessibleDescription()
    qtbot.waitUntil(lambda: load_settings().get("radio_pj_per_bit") == 2000, timeout=LONG_MS)
    assert energy._reset.isVisible()
    qtbot.mouseClick(energy._reset, Qt.MouseButton.LeftButton)
    assert energy.radio.value() == 10_000
    qtbot.waitUntil(lambda: load_settings().get("radio_pj_per_bit") == 10_000, timeout=LONG_MS)
    qtbot.mouseClick(page._columns.card("himaxwei"), Qt.MouseButton.LeftButton)
    assert "no radio" in energy._bars.accessibleDescription()
    assert not energy.radio.isVisible()


def test_a_key_puts_it_on_the_board_which_then_answers_as_expected(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run
) -> None:
    window, page = deploy_page(qtbot, open_window, project_folder)
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert page._put.text() == "Stop"
    qtbot.waitUntil(lambda: page._band.text == "The board answers as expected.", timeout=LONG_MS)
    assert page._put.text() == "Put it on the board"
    qtbot.waitUntil(lambda: window.session.states["deploy"].mark is Mark.DONE, timeout=LONG_MS)
    image = make_bundle(trained, load_board("nano33ble")).image
    assert image_on_board(project_folder) == hashlib.sha256(image).digest()


def test_sending_can_be_stopped_and_said_so(qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run) -> None:
    window, page = deploy_page(qtbot, open_window, project_folder, "virtual:nano33ble")
    qtbot.keyClick(window, Qt.Key.Key_P)
    qtbot.mouseClick(page._put, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "was stopped" in page._band.text, timeout=LONG_MS)
    assert page._put.text() == "Put it on the board"


def test_only_a_model_of_another_project_is_asked_about(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run
) -> None:
    other = make_bundle(replace(trained, labels=["a", "b", "c", "d"]), load_board("nano33ble")).image
    with open_board(parse_address(BOARD), project_folder) as board:
        upload(board, other)
    window, page = deploy_page(qtbot, open_window, project_folder)
    for answer, expected in (("Leave it", other), ("Replace it", None)):
        qtbot.mouseClick(page._put, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=LONG_MS)
        (box,) = window.findChildren(QMessageBox)
        assert "no run of this project" in box.text()
        button = next(button for button in box.findChildren(QPushButton) if button.text() == answer)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not window.findChildren(QMessageBox), timeout=LONG_MS)
        if expected is not None:
            assert image_on_board(project_folder) == hashlib.sha256(expected).digest()
    qtbot.waitUntil(lambda: page._band.text == "The board answers as expected.", timeout=LONG_MS)


def test_a_board_that_cannot_be_reached_is_a_sentence_and_the_page_goes_on(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run
) -> None:
    window, page = deploy_page(qtbot, open_window, project_folder, "serial:/dev/ttyNone7")
    window.session.show_status(BoardStatus("Somewhere"))
    qtbot.keyClick(window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: "ttyNone7" in page._band.text, timeout=LONG_MS)
    assert page._band._more.text
    assert window.commands.can("deploy.put")


def test_without_a_board_the_button_leads_to_devices(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run
) -> None:
    window, page = deploy_page(qtbot, open_window, project_folder, None)
    assert page._put.text() == "Choose a board"
    qtbot.mouseClick(page._put, Qt.MouseButton.LeftButton)
    assert window.page_name == "devices"
    assert not page._put.isVisible()


@pytest.mark.parametrize(
    ("key", "names"), [(Qt.Key.Key_T, ["model.tflite"]), (Qt.Key.Key_C, ["model_data.c", "model_data.h"])]
)
def test_an_export_is_written_where_one_says(
    qtbot: QtBot,
    open_window: Any,
    project_folder: Path,
    trained: Run,
    tmp_path: Path,
    monkeypatch: Any,
    key: Any,
    names: Any,
) -> None:
    window, _page = deploy_page(qtbot, open_window, project_folder)
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_arguments: str(folder))
    qtbot.keyClick(window, key)
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=LONG_MS)
    assert sorted(path.name for path in folder.iterdir()) == names
    before = (folder / names[0]).stat().st_mtime_ns
    refusals: list[str] = []

    def refuse(*arguments: Any) -> QMessageBox.StandardButton:
        refusals.append(arguments[2])
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "question", refuse)
    qtbot.keyClick(window, key)
    assert names[0] in refusals[0]
    assert (folder / names[0]).stat().st_mtime_ns == before


def test_a_run_that_is_no_model_is_a_sentence(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run
) -> None:
    trained.tflite_path.write_bytes(b"no model at all")
    window = open_window(project_folder)
    window.show_page("deploy")
    page = window.page("deploy")
    qtbot.waitUntil(lambda: page._found.problem is not None, timeout=LONG_MS)
    assert "cannot be used" in page._problem.title.text()
    assert page._problem.isVisible()


def test_the_chosen_board_is_remembered(qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run) -> None:
    window, page = deploy_page(qtbot, open_window, project_folder, None)
    qtbot.mouseClick(page._columns.card("espeye"), Qt.MouseButton.LeftButton)
    window.close()
    _window, page = deploy_page(qtbot, open_window, project_folder, None)
    assert page._chosen == "espeye"


def test_a_board_without_the_models_sensor_says_so(
    qtbot: QtBot, open_window: Any, tmp_path: Path, shared_data: Path
) -> None:
    from studio.dataset.project import create_project
    from studio.dataset.runs import begin_run, finish_run
    from studio.features.motion import MotionRaw

    with create_project(tmp_path / "wand", "gesture"):
        pass
    run_id, partial = begin_run(tmp_path / "wand/runs")
    (partial / "model.tflite").write_bytes((shared_data / "models/wand_gestures_int8.tflite").read_bytes())
    labels = ["flex", "punch", "circle", "lift", "_background_"]
    rule = {"smooth": 2, "threshold": 150, "refractory_ms": 600, "hop_samples": 60, "background": 4, "unknown": None}
    spec = MotionRaw(clip_samples=119).to_dict()
    finish_run(partial, Run(run_id, partial, labels=labels, front_end=spec, decision=rule))
    window = open_window(tmp_path / "wand")
    window.show_page("deploy")
    page: Any = window.page("deploy")
    qtbot.waitUntil(lambda: page._found.survey is not None, timeout=20_000)
    assert page._found.sensor == "imu"
    told = {key: page._columns.card(key).accessibleName() for key in ("nano33ble", "espeye")}
    assert "the model fits" in told["nano33ble"]
    assert "no sensor of kind imu" in told["espeye"]
    assert page._verdict.text == "fits 1 of 4"
