"""Live in the real window with a virtual board: equal, parted, lost, stopped; a false alarm becomes a recording."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.dataset.runs import Run
from studio.ui.progress import Mark
from studio.ui.widgets.stages_row import StageState

LONG_MS = 20_000


@pytest.fixture
def speech_wav(tmp_path: Path, shared_data: Path) -> Path:
    words = [min((shared_data / "speech-commands-mini" / word).glob("*.wav")) for word in ("yes", "no", "up", "go")]
    said = np.concatenate([soundfile.read(path, dtype="int16")[0] for path in words])
    soundfile.write(tmp_path / "speech.wav", np.resize(said, 8 * 16_000), 16_000, subtype="PCM_16")
    return tmp_path / "speech.wav"


@pytest.fixture
def eager(trained: Run) -> Run:
    """The run, with a rule that decides for nearly everything."""
    text = (trained.folder / "run.json").read_text()
    (trained.folder / "run.json").write_text(
        text.replace('"threshold": 150', '"threshold": 1').replace('"smooth": 2', '"smooth": 1')
    )
    return trained


def live_page(qtbot: QtBot, open_window: Any, folder: Path, plays: Path) -> tuple[Any, Any]:
    window = open_window(folder)
    window.session.choose_board(f"virtual:nano33ble?play={plays}", "Nano (virtual)")
    window.show_page("live", by_key=True)
    page = window.page("live")
    qtbot.waitUntil(lambda: page._ready is not None, timeout=LONG_MS)
    return window, page


def states(page: Any) -> list[StageState]:
    return [stage.state for stage in page.stages._stages]


def heard(page: Any, windows: int) -> bool:
    return page._news is not None and page._news.windows >= windows


def test_without_a_model_or_a_board_it_says_where_to_go(
    qtbot: QtBot, open_window: Any, project_folder: Path, request: pytest.FixtureRequest
) -> None:
    window = open_window(project_folder)
    window.show_page("live")
    page = window.page("live")
    qtbot.waitUntil(lambda: page._ready is not None, timeout=LONG_MS)
    assert page._states.currentWidget().title.text() == "No model to listen with yet"
    assert not page._start.isVisible()
    run = request.getfixturevalue("trained")
    window.session.run_made(run.id)
    qtbot.waitUntil(lambda: page._states.currentWidget().title.text() == "Which board shall listen?", timeout=LONG_MS)
    window.session.choose_board("virtual:nano33ble", "Nano (virtual)")
    qtbot.waitUntil(page._start.isVisible, timeout=LONG_MS)


def test_board_and_host_are_equal_and_the_page_says_so_at_every_stage(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run, speech_wav: Path
) -> None:
    window, page = live_page(qtbot, open_window, project_folder, speech_wav)
    assert states(page) == [StageState.WAITING] * 5
    qtbot.keyClick(window, Qt.Key.Key_S)
    assert page._start.text() == "Stop"
    qtbot.waitUntil(lambda: heard(page, 4), timeout=LONG_MS)
    assert states(page) == [StageState.EQUAL] * 5
    assert page.stages._summary == f"Equal in {page._news.windows} of {page._news.windows} windows"
    assert page.hearing.difference.accessibleDescription() == "identical"
    said = page.scores.accessibleDescription()
    board, host = said.split("; ")
    assert board.removeprefix("Board: ") == host.removeprefix("Host: ")
    qtbot.waitUntil(lambda: window.session.status.rate_hz == 16_000, timeout=LONG_MS)
    assert window.session.status.lost == 0
    qtbot.keyClick(window, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: not page.running, timeout=LONG_MS)
    assert page._start.text() == "Start"
    assert page.stages._summary.startswith("Was equal in")
    assert page._start.text() == "Start"
    qtbot.waitUntil(lambda: window.session.states["live"].mark is Mark.DONE, timeout=LONG_MS)
    assert window.session.states["live"].words.startswith("was equal in")
    assert window.session.jobs == []


def test_it_goes_on_while_another_page_is_shown_and_ends_with_the_window(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run, speech_wav: Path
) -> None:
    window, page = live_page(qtbot, open_window, project_folder, speech_wav)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: heard(page, 1), timeout=LONG_MS)
    window.show_page("devices")
    assert not page._start.isVisible()
    before = page._news.windows
    qtbot.waitUntil(lambda: window.session.states["live"].words == "listening", timeout=LONG_MS)
    qtbot.waitUntil(lambda: heard(page, before + 3), timeout=LONG_MS)
    job = window.session.jobs[0]
    window.close()
    with pytest.raises(Exception, match="cancelled"):
        job.result(10)


@pytest.fixture
def holds_the_first_run(monkeypatch: pytest.MonkeyPatch, trained: Run) -> Iterator[pytest.MonkeyPatch]:
    """The board is given the first run's model whatever is sent, while the host has the second's, with another front
    end. Undone, sending is as ever.
    """
    from studio.dataset.runs import begin_run, finish_run
    from studio.deploy.bundle import bundle_for
    from studio.deploy.upload import upload
    from studio.features.blocks import LogMel
    from studio.live import listening

    run_id, partial = begin_run(trained.folder.parent)
    (partial / "model.tflite").write_bytes(trained.tflite_path.read_bytes())
    spec = replace(LogMel(), high_hz=7_000).to_dict()
    finish_run(partial, replace(trained, id=run_id, folder=partial, front_end=spec))

    def other(board: Any, _image: bytes, **how: Any) -> None:
        upload(board, bundle_for(trained, board.hello).image, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listening, "upload", other)
        yield patch


def test_where_they_part_the_row_opens_with_both_values_cause_settings_and_remedy(
    qtbot: QtBot,
    open_window: Any,
    project_folder: Path,
    speech_wav: Path,
    holds_the_first_run: pytest.MonkeyPatch,
) -> None:
    window, page = live_page(qtbot, open_window, project_folder, speech_wav)
    qtbot.keyClick(window, Qt.Key.Key_S)
    below = page.below
    qtbot.waitUntil(lambda: below.difference is not None and below.difference.difference is not None, timeout=LONG_MS)
    assert states(page) == [StageState.EQUAL, StageState.PARTED, *[StageState.FOLLOWS] * 3]
    assert below.opened.isVisible()
    qtbot.waitUntil(lambda: "another run" in below.opened.said, timeout=LONG_MS)
    found = below.difference.difference
    for part in (
        "part at features",
        "Samples are equal",
        f"board {found.device}, host {found.host}",
        "Put the model on the board again",
        "frequency: board 7,600 Hz, host 7,000 Hz. Settings from: board run 1, host run 2.",
    ):
        assert part in below.opened.said
    qtbot.keyClick(window, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: list((project_folder / "exports").glob("*.npz")) != [], timeout=LONG_MS)
    qtbot.keyClick(window, Qt.Key.Key_D)
    assert not below.opened.isVisible()
    holds_the_first_run.undo()
    qtbot.keyClick(window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: heard(page, 2) and page._news.equal >= 2, timeout=LONG_MS)
    assert page._begun.deployed
    assert states(page) == [StageState.EQUAL] * 5


def test_samples_lost_on_the_way_are_told_as_such_and_nothing_is_made_up(
    qtbot: QtBot,
    open_window: Any,
    project_folder: Path,
    trained: Run,
    speech_wav: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from studio.live import listening
    from studio.live.live import LiveSession

    class Leaky(LiveSession):
        def _take_samples(self, message: Any) -> None:
            if message.first_index != 16_000:
                super()._take_samples(message)

    window, page = live_page(qtbot, open_window, project_folder, speech_wav)
    monkeypatch.setattr(listening, "LiveSession", Leaky)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(page.below.opened.isVisible, timeout=LONG_MS)
    assert "Samples of this window were lost" in page.below.opened.said
    assert "320 samples lost on the way" in page.stages._detail
    qtbot.waitUntil(lambda: states(page) == [StageState.EQUAL] * 5, timeout=LONG_MS)  # those after it are whole


def test_a_false_alarm_becomes_a_recording_of_noise_and_undo_takes_it_back(
    qtbot: QtBot, open_window: Any, project_folder: Path, eager: Run, speech_wav: Path
) -> None:
    window, page = live_page(qtbot, open_window, project_folder, speech_wav)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: page.below.decisions.chosen is not None, timeout=LONG_MS)
    mark = page.below.decisions.chosen
    page.below.decisions.timeline.select(mark)
    assert "false alarm?" in page.below.decisions._asked.text()
    first = page.below.decisions.scored_of(mark).first_sample
    qtbot.mouseClick(page.below.decisions._background, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(m.wrong for m in page.below.decisions.timeline.marks), timeout=LONG_MS)
    counts = window.session.ask(lambda project: project.catalogue.label_counts()).result(10)
    assert counts["_background_"] == 1
    (path,) = (project_folder / "recordings").glob("*.wav")
    played = soundfile.read(speech_wav, dtype="int16")[0]
    assert np.array_equal(soundfile.read(path, dtype="int16")[0], played[first : first + 16_000])
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(
        lambda: "_background_" not in window.session.ask(lambda p: p.catalogue.label_counts()).result(10),
        timeout=LONG_MS,
    )


def test_a_board_that_is_gone_is_a_sentence_with_a_way_on(
    qtbot: QtBot,
    open_window: Any,
    project_folder: Path,
    trained: Run,
    speech_wav: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from studio.boards.connection import open_board
    from studio.live import listening

    opened: list[Any] = []

    def noting(*arguments: Any) -> Any:
        opened.append(open_board(*arguments))
        return opened[-1]

    monkeypatch.setattr(listening, "open_board", noting)
    window, page = live_page(qtbot, open_window, project_folder, speech_wav)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: heard(page, 2), timeout=LONG_MS)
    os.kill(opened[0]._transport._board.board_pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not page.running, timeout=LONG_MS)
    qtbot.waitUntil(lambda: window.notices.notice is not None, timeout=LONG_MS)
    assert "is gone" in window.notices.notice.text or "stopped answering" in window.notices.notice.text
    assert str(speech_wav) not in window.notices.notice.text
    assert [act.label for act in window.notices.notice.acts] == ["Start again", "Devices"]
    assert window.session.status.problem
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)  # the notice's first act
    qtbot.waitUntil(lambda: heard(page, 1) and page.running, timeout=LONG_MS)
    os.kill(opened[1]._transport._board.board_pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not page.running and window.notices.notice is not None, timeout=LONG_MS)
    qtbot.keyClick(window, Qt.Key.Key_S)  # the board is there again, and no notice says otherwise
    qtbot.waitUntil(lambda: window.notices.notice is None, timeout=LONG_MS)
    qtbot.waitUntil(lambda: heard(page, 1) and page.running, timeout=LONG_MS)


def test_what_the_virtual_board_hears_can_be_changed_while_it_listens(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run, speech_wav: Path
) -> None:
    window, page = live_page(qtbot, open_window, project_folder, speech_wav)
    assert page._hears.text() == "Hears speech.wav"
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: heard(page, 1), timeout=LONG_MS)
    page._hear("")
    assert page._hears.text() == "Hears silence"
    qtbot.waitUntil(lambda: page._begun is None, timeout=LONG_MS)
    qtbot.waitUntil(lambda: heard(page, 1), timeout=LONG_MS)
    assert not page._news.newest.host.samples.any()


def test_deploying_while_it_listens_ends_it_first(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run, speech_wav: Path
) -> None:
    window, page = live_page(qtbot, open_window, project_folder, speech_wav)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: heard(page, 1), timeout=LONG_MS)
    window.show_page("deploy")
    deploy = window.page("deploy")
    qtbot.waitUntil(lambda: deploy._put.isEnabled() and deploy._found.survey is not None, timeout=LONG_MS)
    window.commands.run("deploy.put")
    qtbot.waitUntil(lambda: deploy._band.text == "The board answers as expected.", timeout=LONG_MS)
    assert not page.running


@pytest.mark.parametrize("page_name", ["live", "deploy"])
def test_the_focus_stays_beside_a_cancel_that_goes(
    qtbot: QtBot, open_window: Any, project_folder: Path, trained: Run, speech_wav: Path, page_name: str
) -> None:
    window, live = live_page(qtbot, open_window, project_folder, speech_wav)
    window.show_page(page_name, by_key=True)
    page = window.page(page_name)
    if page_name == "live":
        qtbot.keyClick(window, Qt.Key.Key_S)
        qtbot.waitUntil(lambda: heard(live, 1), timeout=LONG_MS)
        cancel, beside = page._start, page._start
    else:
        qtbot.waitUntil(lambda: page._found.survey is not None, timeout=LONG_MS)
        qtbot.keyClick(window, Qt.Key.Key_P)
        cancel, beside = page._band._cancel, page._put
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG_MS)
    cancel.setFocus()
    qtbot.keyClick(cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not (page.running if page_name == "live" else page._sending), timeout=LONG_MS)
    qtbot.waitUntil(beside.hasFocus, timeout=LONG_MS)


def test_from_a_run_to_a_kept_false_alarm_by_keys_alone(
    qtbot: QtBot, open_window: Any, project_folder: Path, eager: Run, speech_wav: Path
) -> None:
    window = open_window(project_folder)
    window.session.choose_board(f"virtual:nano33ble?play={speech_wav}", "Nano (virtual)")
    control = Qt.KeyboardModifier.ControlModifier

    def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)

    def tab_to(widget: Any) -> None:
        for _step in range(60):
            if widget.hasFocus():
                return
            press(Qt.Key.Key_Tab)
        pytest.fail(f"Tab never comes to {widget.accessibleName()}")

    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG_MS)
    press(window_key(window, "deploy"), control)
    deploy = window.page("deploy")
    qtbot.waitUntil(lambda: deploy._found.survey is not None, timeout=LONG_MS)
    qtbot.waitUntil(deploy._columns.card("espeye").isVisible, timeout=LONG_MS)  # laid out, with the next event
    tab_to(deploy._columns.card("espeye"))
    press(Qt.Key.Key_Return)
    assert deploy._chosen == "espeye"
    tab_to(deploy._arena)
    press(Qt.Key.Key_Right)
    assert deploy._arena.accessibleDescription().startswith("input: ")
    tab_to(deploy._energy.radio)
    tab_to(deploy._exports.button("image"))
    tab_to(deploy._put)
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: deploy._band.text == "The board answers as expected.", timeout=LONG_MS)
    tab_to(deploy._band._follow)
    press(Qt.Key.Key_Space)
    assert window.page_name == "live"
    live = window.page("live")
    qtbot.waitUntil(lambda: live._ready is not None, timeout=LONG_MS)
    tab_to(live._start)
    press(Qt.Key.Key_Space)
    timeline = live.below.decisions.timeline
    qtbot.waitUntil(lambda: timeline.marks != [], timeout=LONG_MS)
    assert states(live) == [StageState.EQUAL] * 5
    tab_to(timeline)
    press(Qt.Key.Key_Left)
    assert timeline.selected is not None
    press(Qt.Key.Key_Return)  # one key: it is a recording of noise
    qtbot.waitUntil(lambda: any(mark.wrong for mark in timeline.marks), timeout=LONG_MS)
    counts = window.session.ask(lambda project: project.catalogue.label_counts()).result(10)
    assert counts["_background_"] == 1
    tab_to(live._start)
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not live.running, timeout=LONG_MS)
    assert live._start.hasFocus()


def window_key(window: Any, page: str) -> Qt.Key:
    """The digit that shows a page with Ctrl."""
    return Qt.Key(Qt.Key.Key_0 + int(window.commands.key(f"page.{page}").rpartition("+")[2]))
