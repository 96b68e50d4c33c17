"""Devices in the real window: its cards, the board in use, what a virtual one hears, the doctor, a silent port, links,
the comparison with this computer's microphone.
"""

import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from studio.boards.board_table import load_boards
from studio.boards.doctor import Outcome
from studio.boards.ports import UsbPort
from studio.capture.link_state import LinkState
from studio.ui.controls import Label
from studio.ui.pages import devices_pair
from studio.ui.pages.devices_card import LINKS

LONG_MS = 20_000
NANO, EYE, SMALL = "virtual:nano33ble", "virtual:espeye", "virtual:testboard64k"


@pytest.fixture
def devices(qtbot: QtBot, open_window: Any, project_folder: Path) -> Any:
    """The page in the window, which has looked once."""
    window = open_window(project_folder)
    window.show_page("devices", by_key=True)
    page = window.page("devices")
    qtbot.waitUntil(lambda: bool(page._cards), timeout=LONG_MS)
    return page


def outcomes(page: Any) -> list[Outcome]:
    return [step.outcome for step in page._doctor._steps._finding.steps]


def test_every_board_of_the_table_has_a_card_and_the_test_board_is_last(devices: Any) -> None:
    addresses = list(devices._cards)
    assert {f"virtual:{key}" for key in load_boards()} == set(addresses)
    assert addresses[-1] == SMALL
    assert ("Colour", "colour") in devices._cards[NANO].board.sensors
    assert devices._cards[NANO]._model()[0] == "kept with the open project"
    assert "looked at every 3 s" in devices._count.text


def test_a_double_click_uses_a_board_and_the_button_then_says_so(qtbot: QtBot, devices: Any) -> None:
    card = devices._cards[EYE]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert card.accessibleDescription() == "selected"
    qtbot.mouseDClick(card, Qt.MouseButton.LeftButton)
    assert devices.session.board == EYE
    assert "in use" in card.accessibleName()
    assert devices._use.text() == "In use"
    assert not devices._use.isEnabled()
    qtbot.waitUntil(lambda: devices.session.states["devices"].words == "a board is chosen", timeout=LONG_MS)


def test_a_board_is_chosen_and_used_by_keys_alone(qtbot: QtBot, devices: Any) -> None:
    window = devices.window()
    first, second = list(devices._cards)[:2]
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG_MS)
    for _step in range(40):
        if devices._cards[first].hasFocus():
            break
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
    qtbot.keyClick(devices._cards[first], Qt.Key.Key_Right)
    assert devices._cards[second].hasFocus()
    qtbot.keyClick(devices._cards[second], Qt.Key.Key_Return)
    qtbot.keyClick(window, Qt.Key.Key_U)
    assert devices.session.board == second


def choose_sound(qtbot: QtBot, devices: Any, words: str) -> None:
    """By the key and the menu."""
    qtbot.keyClick(devices.window(), Qt.Key.Key_H)
    menu: Any = QApplication.activePopupWidget()
    next(action for action in menu.actions() if words in action.text()).trigger()
    menu.close()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of its menu, without a screen
def test_what_the_board_in_use_hears_is_changed_at_once(
    qtbot: QtBot, devices: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = devices.window()
    devices._cards[NANO].click()
    window.commands.run("devices.use")
    choose_sound(qtbot, devices, "microphone")
    assert devices.session.board == f"{NANO}?play=mic"
    assert devices._details.hears.text() == "Hears the microphone"
    assert devices._use.text() == "In use"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    choose_sound(qtbot, devices, "A folder")
    assert devices.session.board == f"{NANO}?play={tmp_path}"
    assert devices._cards[NANO]._where() == f"hears {tmp_path.name}"


def test_a_board_hears_what_another_page_has_it_hear(qtbot: QtBot, devices: Any) -> None:
    devices._cards[NANO].click()
    devices.session.choose_board(f"{NANO}?play=/sounds/stream.wav", "Nano (virtual)")
    qtbot.waitUntil(lambda: devices._cards[NANO]._where() == "hears stream.wav", timeout=LONG_MS)
    assert devices._details.hears.text() == "Hears stream.wav"
    assert not devices._use.isEnabled()


@pytest.mark.parametrize(
    ("address", "failed", "said"),
    [
        ("carrier pigeon", 0, "cannot be used"),
        ("serial:/dev/ttyNone7", 1, "there is no such port"),
    ],
)
def test_the_doctor_names_the_step_that_fails_and_what_to_do(
    qtbot: QtBot, devices: Any, address: str, failed: int, said: str
) -> None:
    window, doctor = devices.window(), devices._doctor
    window.commands.run("devices.address")
    qtbot.waitUntil(doctor._field.hasFocus)
    qtbot.keyClicks(doctor._field, address)
    qtbot.keyClick(doctor._field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: doctor._steps._finding.error is not None, timeout=LONG_MS)
    expected = [Outcome.DONE] * failed + [Outcome.FAILED] + [Outcome.NOT_TRIED] * (3 - failed)
    assert outcomes(devices) == expected
    assert said in doctor._remedy._what.text()
    assert doctor._remedy._next.text()
    assert doctor._try_button.text() == "Try again"


def test_a_board_that_answers_the_doctor_stays_among_the_cards(qtbot: QtBot, devices: Any) -> None:
    address = "virtual:nano33ble?pace=fast"
    devices._doctor._field.setText(address)
    qtbot.mouseClick(devices._doctor._try_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: address in devices._cards, timeout=LONG_MS)
    assert outcomes(devices) == [Outcome.DONE] * 4
    assert devices._chosen == address
    with qtbot.waitCallback(timeout=LONG_MS) as looked:
        found = devices._show_silent
        devices._show_silent = lambda *said: (found(*said), looked())
        devices.window().commands.run("devices.look")
    assert address in devices._cards
    qtbot.mouseClick(devices._use, Qt.MouseButton.LeftButton)
    assert devices.session.board == address


def test_a_port_that_does_not_answer_is_a_sentence_above_the_doctor(
    qtbot: QtBot, devices: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.boards import registry

    monkeypatch.setattr(registry, "usb_ports", lambda: [UsbPort("/dev/ttyNone7", 0x2341, None, None)])
    devices.window().commands.run("devices.look")

    def told() -> list[str]:
        return [label.text() for label in devices.findChildren(Label) if "ttyNone7" in label.text()]

    qtbot.waitUntil(lambda: len(told()) == 1, timeout=LONG_MS)
    assert "there is no such port" in told()[0]
    monkeypatch.setattr(registry, "usb_ports", list)
    devices.window().commands.run("devices.look")
    qtbot.waitUntil(lambda: told() == [], timeout=LONG_MS)


def test_what_was_chosen_is_remembered_with_the_project(
    qtbot: QtBot, devices: Any, open_window: Any, project_folder: Path
) -> None:
    devices._cards[EYE].click()
    devices.window().close()
    again = open_window(project_folder)
    again.show_page("devices")
    qtbot.waitUntil(lambda: bool(again.page("devices")._cards), timeout=LONG_MS)
    assert again.page("devices")._chosen == EYE


def test_a_board_that_lacks_what_the_project_senses_says_so(qtbot: QtBot, open_window, tmp_path: Path):
    from studio.dataset.project import create_project

    create_project(tmp_path / "wand", "gesture", name="Wand").close()
    window = open_window(tmp_path / "wand")
    window.show_page("devices")
    page: Any = window.page("devices")
    qtbot.waitUntil(lambda: len(page._cards) > 3, timeout=20_000)
    assert "no motion sensor" in page._cards[EYE].accessibleName()
    assert "no motion sensor" not in page._cards[NANO].accessibleName()
    page._choose(NANO)
    assert page._details.hears.text() == "Feels rest"


def test_a_board_by_any_way_has_a_card_that_says_it() -> None:
    from studio.boards.address import OPTIONS

    assert set(LINKS) == set(OPTIONS)


def test_the_first_card_gets_the_focus_when_the_cards_come_after_the_key(
    qtbot: QtBot, open_window: Any, project_folder: Path
) -> None:
    window = open_window(project_folder)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG_MS)
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    page: Any = window.page("devices")
    qtbot.waitUntil(lambda: bool(page._cards), timeout=LONG_MS)
    assert page._cards[page._chosen].hasFocus()


def test_without_bleak_the_rest_is_listed_and_why_is_said(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, open_window: Any, project_folder: Path
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "bleak"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "bleak", None)
    window = open_window(project_folder)
    window.show_page("devices")
    page: Any = window.page("devices")
    qtbot.waitUntil(lambda: NANO in page._cards, timeout=LONG_MS)
    said = [label.text() for label in page.findChildren(Label)]
    assert any("Bluetooth" in text and "bleak" in text and "not installed" in text for text in said)


def shows(card: Any, words: str) -> bool:
    return words in card.accessibleName()


def test_a_link_is_shown_on_card_and_inspector_in_words(qtbot: QtBot, devices: Any) -> None:
    devices._cards[NANO].click()
    address = f"{NANO}?play=/sounds/stream.wav"
    for state, words in (
        (LinkState.CONNECTING, "connecting"),
        (LinkState.STREAMING, "streaming"),
        (LinkState.LOST, "lost 0 s ago"),
        (LinkState.RECONNECTING, "reconnecting, 0 s"),
    ):
        devices.session.show_link(address, state)
        qtbot.waitUntil(partial(shows, devices._cards[NANO], words), timeout=LONG_MS)
        assert devices._details._link.text == words
        assert "streaming" not in devices._cards[EYE].accessibleName()
    devices.session.show_link(address, LinkState.LOST)
    qtbot.waitUntil(lambda: "lost 1 s ago" in devices._cards[NANO].accessibleName(), timeout=LONG_MS)
    devices.session.show_link(address, None)
    with qtbot.waitCallback(timeout=LONG_MS) as looked:
        found = devices._show_silent
        devices._show_silent = lambda *said: (found(*said), looked())
        devices._look()
    qtbot.waitUntil(lambda: "lost" not in devices._cards[NANO].accessibleName(), timeout=LONG_MS)
    assert not devices._details._link.isVisible()


def test_a_board_that_goes_stays_as_lost_until_somebody_looks_again(
    qtbot: QtBot, devices: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.boards import registry

    left = [board for board in registry.virtual_boards() if str(board.address) != EYE]
    monkeypatch.setattr(registry, "virtual_boards", lambda: left)
    qtbot.waitUntil(lambda: "lost" in devices._cards[EYE].accessibleName(), timeout=LONG_MS)
    assert next(iter(devices._cards)) == EYE
    qtbot.mouseClick(devices._cards[EYE], Qt.MouseButton.LeftButton)
    assert "It is lost" in devices._pair._said.text()
    qtbot.keyClick(devices.window(), Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: EYE not in devices._cards, timeout=LONG_MS)


def test_the_inspector_scrolls_where_text_is_large_and_the_window_low(qtbot: QtBot, devices: Any, themed: Any) -> None:
    window = devices.window()
    window.resize(1366, 700)
    themed.size_text(200)
    window.show_inspector(True)
    devices._cards[NANO].click()
    content = devices._details.widget()

    def whole() -> bool:
        return bool(content.height() >= content.layout().totalMinimumHeightForWidth(content.width()))

    qtbot.waitUntil(whole, timeout=LONG_MS)
    assert content.height() > devices._details.viewport().height()


def test_the_clock_of_a_board_is_told_by_its_last_recording(qtbot: QtBot, devices: Any, project_folder: Path) -> None:
    from studio.core.clock import ClockFit
    from studio.dataset.edits import NewRecording
    from studio.dataset.recordings import Sidecar, sidecar_path, write_sidecar

    devices._cards[NANO].click()
    drift = devices._details._values["drift"]
    qtbot.waitUntil(lambda: drift.text == "not measured", timeout=LONG_MS)
    sidecar = Sidecar(f"{NANO}?play=a.wav", 16_000.0, samples=16_000, clock=ClockFit(0, -42.5, 300.0))
    write_sidecar(sidecar_path(project_folder / "recordings" / "a.wav"), sidecar)
    devices.session.edit("Add", lambda edit: edit.add([NewRecording("recordings/a.wav", sidecar, "[]", ())]))
    qtbot.waitUntil(lambda: drift.text == "+42.5 ppm, within 0.3 ms", timeout=LONG_MS)
    devices._cards[EYE].click()
    qtbot.waitUntil(lambda: drift.text == "not measured", timeout=LONG_MS)


@pytest.fixture
def one_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that two virtual boards hear, one of them in place of this computer's microphone, for four seconds."""
    path = tmp_path / "sound.wav"
    noise = np.random.default_rng(1).normal(0, 3000, 16_000 * 20)
    soundfile.write(path, noise.clip(-32768, 32767).astype(np.int16), 16_000, subtype="PCM_16")
    monkeypatch.setattr(devices_pair, "REFERENCE", f"{EYE}?play={path}")
    monkeypatch.setattr(devices_pair, "SECONDS", 4.0)
    return path


def recordings(devices: Any) -> int:
    return int(devices.session.ask(lambda project: len(project.catalogue.recordings())).result(20))


def test_a_boards_microphone_is_compared_by_key_and_both_recordings_are_kept(
    qtbot: QtBot, devices: Any, one_sound: Path
) -> None:
    window, pair, before = devices.window(), devices._pair, recordings(devices)
    window.show_inspector(True)
    devices._cards[NANO].click()
    assert not pair.button.isEnabled()
    assert "It hears silence" in pair._said.text()
    devices._set_hears(NANO, str(one_sound))
    qtbot.keyClick(window, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: pair._bar.value() > 0, timeout=LONG_MS)
    assert pair.cancel_button.isVisible()
    qtbot.waitUntil(pair._judgement.isVisible, timeout=LONG_MS)
    assert pair._judgement.text().startswith("Arduino Nano 33 BLE Sense hears as loudly as this computer")
    assert pair._values["common"].text == "100 %"
    assert "1,000 Hz +0 dB" in pair._view.accessibleDescription().replace("-0", "+0")
    assert recordings(devices) == before
    devices._cards[EYE].click()
    assert not pair._judgement.isVisible()
    devices._cards[NANO].click()
    go_on = threading.Event()
    devices.session.ask(lambda _project: go_on.wait(20))
    qtbot.mouseClick(pair.keep_button, Qt.MouseButton.LeftButton)
    assert not pair.button.isEnabled()  # what is being copied is not removed by another comparison
    qtbot.keyClick(window, Qt.Key.Key_C)
    assert not pair.running
    go_on.set()
    qtbot.waitUntil(lambda: recordings(devices) == before + 2, timeout=LONG_MS)
    qtbot.waitUntil(pair.button.isEnabled, timeout=LONG_MS)
    assert (pair.keep_button.isEnabled(), pair.keep_button.text()) == (False, "Kept")
    devices.session.undo().result(20)
    assert recordings(devices) == before
    qtbot.waitUntil(pair.keep_button.isEnabled, timeout=LONG_MS)
    qtbot.mouseClick(pair.keep_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: recordings(devices) == before + 2, timeout=LONG_MS)
    folder = pair._folder
    assert folder.exists()
    window.close()
    assert not folder.exists()


def test_a_comparison_is_cancelled_and_one_that_fails_says_why(
    qtbot: QtBot, devices: Any, one_sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = devices._pair
    devices.window().show_inspector(True)
    devices._cards[NANO].click()
    devices._set_hears(NANO, str(one_sound))
    devices._details.ensureWidgetVisible(pair.button)
    qtbot.mouseClick(pair.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: pair._bar.value() > 0, timeout=LONG_MS)
    qtbot.mouseClick(pair.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(pair.button.isVisible, timeout=LONG_MS)
    assert "Both listen for" in pair._said.text()
    assert not pair._folder.exists()
    monkeypatch.setattr(devices_pair, "REFERENCE", EYE)
    qtbot.mouseClick(pair.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "heard nothing in common" in pair._said.text(), timeout=LONG_MS)
    assert pair.button.text() == "Compare again"


def test_without_a_project_boards_are_compared_and_nothing_can_be_kept(
    qtbot: QtBot, open_window: Any, one_sound: Path
) -> None:
    window = open_window()
    window.show_page("devices")
    page: Any = window.page("devices")
    qtbot.waitUntil(lambda: NANO in page._cards, timeout=LONG_MS)
    window.show_inspector(True)
    page._cards[NANO].click()
    page._set_hears(NANO, str(one_sound))
    qtbot.mouseClick(page._pair.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page._pair._judgement.isVisible, timeout=LONG_MS)
    assert not page._pair.keep_button.isEnabled()
    assert "Open a project" in page._pair.keep_button.toolTip()
