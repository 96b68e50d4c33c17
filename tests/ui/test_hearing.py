"""Several sources recorded together without a window: what a source that goes, or a project that closes, leaves."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.boards.connection import BoardLost
from studio.capture.link_state import LinkState
from studio.capture.recorder import Recorder, Take
from studio.capture.source import Origin, SourceLost
from studio.core.errors import StorageFailed
from studio.core.samples import Block, Item, SampleFormat, SensorKind
from studio.dataset.project import Project
from studio.ui.heard import Ear, Heard, Wanted
from studio.ui.hearing import Listening
from studio.ui.pages.collect_cutting import Cutting
from studio.ui.pages.collect_editing import discard_cut
from studio.ui.session import Notice, Session
from studio.ui.together import TakeMade

RATE_HZ, BLOCK = 16_000, 320
FIRST, BESIDE = "tcp:first:1", "tcp:beside:1"
LONG_S = 31.0  # it waits for a source that is lost


class Stream:
    """A source at an address: zeros, in real time or as fast as they are taken, until it is stopped or `lost`."""

    def __init__(self, desk: "Desk", address: str, kind: SensorKind) -> None:
        self.lost = threading.Event()
        self._desk, self._address, self._kind = desk, address, kind
        self._stopped = threading.Event()

    @property
    def origin(self) -> Origin:
        return Origin(self._address, SampleFormat(self._kind, RATE_HZ))

    def __enter__(self) -> Self:
        if self._address in self._desk.gone:
            self._desk.opens.wait(20)
            raise BoardLost(self._address, 0.0)
        self._desk.open[self._address] = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._desk.closes.wait(20)

    def stop(self) -> None:
        self._stopped.set()

    def blocks(self) -> Iterator[Item]:
        index = 0
        if self._address in self._desk.silent:
            self.lost.wait(20)
        while not self._stopped.is_set():
            if self.lost.is_set():
                raise BoardLost(self._address, 0.0)
            yield Block(np.zeros((BLOCK, 1), np.int16), index, round(index * 1e6 / RATE_HZ), time.monotonic_ns())
            index += BLOCK
            if not self._desk.hurries.is_set():
                self._stopped.wait(BLOCK / RATE_HZ)


class Desk:
    """Sources, and what they are made to do; a session that hears them."""

    def __init__(self, folder: Path) -> None:
        self.open: dict[str, Stream] = {}
        self.gone: set[str] = set()  # cannot be opened
        self.silent: set[str] = set()  # give nothing until they are lost, which then is for good
        self.hurries, self.opens, self.closes = threading.Event(), threading.Event(), threading.Event()
        self.opens.set()
        self.closes.set()
        self.session = Session()
        self.notices: list[Notice] = []
        self.session.noticed.connect(self.notices.append)
        self.project = self.session.create(folder, "keyword", "Kitchen light").result(20)
        self.listening = Listening(self.session)
        self.made: list[TakeMade] = []
        self.listening.take_made.connect(self.made.append)

    def make(self, address: str, *, kind: SensorKind, **_options: Any) -> Stream:
        return Stream(self, address, kind)

    def hear(self, *beside: str) -> None:
        self.listening.listen(FIRST, self.project)
        self.listening.listen_beside([Wanted(each) for each in beside], self.project)
        until(lambda: all(heard.is_on for heard in self.listening.sources))

    def begin(self, seconds: float | None) -> None:
        self.listening.begin(Take("yes"), seconds)

    def lose(self, address: str) -> None:
        self.gone.add(address)
        self.open[address].lost.set()
        until(lambda: all(not heard.is_on for heard in self.listening.sources if heard.wanted.address == address))

    def entered(self) -> list[str]:
        """The source of each recording in the catalogue."""

        def look(project: Project) -> list[str]:
            return [each.source for each in project.catalogue.recordings()]

        return sorted(self.session.ask(look).result(20))


def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    over_s = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < over_s, "it did not come"
        threading.Event().wait(0.005)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(tmp_path / "kitchen")
    monkeypatch.setattr("studio.capture.source.make_source", desk.make)
    yield desk
    desk.opens.set()
    desk.closes.set()
    desk.listening.close()
    desk.session.close()


def recording(*heard: Heard) -> bool:
    return all(each.recording is not None and each.recording.samples > 0 for each in heard)


def test_a_take_has_one_key_and_says_what_was_beside(desk: Desk) -> None:
    desk.hear(BESIDE)
    desk.begin(0.1)
    until(lambda: desk.made)
    assert desk.entered() == [BESIDE, FIRST]
    (first,), (beside,) = desk.made[0].recorded, desk.made[0].beside
    assert first.sidecar.take == beside.sidecar.take == desk.listening.newest
    assert desk.made[0].take.take == desk.listening.newest
    assert first.sidecar.session == beside.sidecar.session
    assert (first.sidecar.beside, beside.sidecar.beside) == (False, True)


def test_a_source_that_is_lost_for_good_as_a_take_begins_holds_nothing_back(desk: Desk) -> None:
    desk.silent.add(BESIDE)
    desk.hear(BESIDE)
    (beside,) = desk.listening.beside
    desk.closes.clear()  # it is slow to be closed, and looks as if it were on until then
    desk.silent.clear()
    desk.open[BESIDE].lost.set()
    ear = beside.ear
    assert ear is not None
    until(lambda: not ear._serves)
    assert beside.is_on
    desk.begin(0.1)
    until(lambda: desk.made)
    assert desk.entered() == [FIRST]
    assert isinstance(desk.made[0].beside_cut, SourceLost)
    desk.closes.set()
    until(lambda: beside.is_on and beside.seen)
    assert beside.recording is None  # and what it was asked for is forgotten


def test_a_wish_that_is_still_waiting_when_its_source_goes_is_answered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ear makes a file, slowly, while the next take is asked for and the source goes."""
    made, goes_on = threading.Event(), threading.Event()
    begin = Recorder.begin

    def slow(self: Recorder, *args: Any, **options: Any) -> Any:
        if self.origin.address == BESIDE:
            made.set()
            assert goes_on.wait(20)
        return begin(self, *args, **options)

    monkeypatch.setattr(Recorder, "begin", slow)
    desk.silent.add(BESIDE)
    desk.hear(BESIDE)
    desk.begin(0.05)
    assert made.wait(20)
    until(lambda: recording(desk.listening.main) and not desk.listening.is_recording)
    desk.begin(0.05)
    desk.open[BESIDE].lost.set()
    until(lambda: all(each.name != f"recorder of {BESIDE}" for each in threading.enumerate()))
    goes_on.set()
    until(lambda: len(desk.made) == 2)
    assert desk.entered().count(FIRST) == 2


def test_what_is_lost_beside_a_long_take_does_not_keep_it_from_the_catalogue(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hear(BESIDE)
    desk.begin(LONG_S)
    until(lambda: recording(*desk.listening.sources))
    desk.lose(BESIDE)
    assert desk.listening.beside[0].is_recording  # it would be waited for
    desk.hurries.set()
    until(lambda: desk.made)
    (made,) = desk.made
    assert made.cut is None
    assert sum(each.sidecar.samples or 0 for each in made.recorded) == LONG_S * RATE_HZ
    assert "are saved" in str(made.beside_cut)
    assert desk.entered() == [BESIDE, FIRST]


def test_what_is_lost_after_the_first_source_has_ended_ends_too(desk: Desk) -> None:
    desk.hear(BESIDE)
    desk.begin(LONG_S)
    until(lambda: recording(*desk.listening.sources))
    first = desk.listening.main.recording
    assert first is not None
    first.end()
    assert desk.listening.beside[0].is_recording
    desk.lose(BESIDE)
    until(lambda: desk.made)
    assert "are saved" in str(desk.made[0].beside_cut)


def test_a_short_take_ends_where_its_first_source_is_lost(desk: Desk) -> None:
    desk.hear(BESIDE)
    desk.begin(20.0)
    until(lambda: recording(*desk.listening.sources))
    desk.lose(FIRST)
    until(lambda: desk.made)
    assert "are saved" in str(desk.made[0].cut)
    assert desk.entered() == [BESIDE, FIRST]


def test_a_source_beside_that_cannot_begin_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Recorder.begin

    def full(self: Recorder, *args: Any, **options: Any) -> Any:
        if self.origin.address == BESIDE:
            raise StorageFailed("b.wav", "No space left on device")
        return begin(self, *args, **options)

    monkeypatch.setattr(Recorder, "begin", full)
    desk.hear(BESIDE)
    desk.begin(0.1)
    until(lambda: desk.made)
    assert isinstance(desk.made[0].beside_cut, StorageFailed)
    assert desk.made[0].cut is None


def test_stop_before_the_file_is_made_ends_the_take(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, goes_on = threading.Event(), threading.Event()
    begin = Recorder.begin

    def slow(self: Recorder, *args: Any, **options: Any) -> Any:
        asked.set()
        assert goes_on.wait(20)
        return begin(self, *args, **options)

    monkeypatch.setattr(Recorder, "begin", slow)
    desk.hear()
    desk.begin(None)
    assert asked.wait(20)
    desk.listening.end()
    goes_on.set()
    until(lambda: desk.made)
    assert desk.made[0].cut is None


def test_marks_labels_and_the_end_do_not_wait_for_a_recording_and_keep_their_order(desk: Desk) -> None:
    desk.hear()
    desk.begin(None)
    until(lambda: recording(desk.listening.main))
    on = desk.listening.main.recording
    assert on is not None
    held, asked = threading.Event(), threading.Event()

    def write_a_long_gap() -> None:
        with on._lock:
            held.set()
            asked.wait(10)

    writer = threading.Thread(target=write_a_long_gap)
    writer.start()
    assert held.wait(10)
    assert desk.listening.mark()
    desk.listening.hold("no")
    desk.listening.release("no")
    desk.listening.end()
    assert writer.is_alive()
    assert desk.listening.is_recording
    asked.set()
    writer.join()
    until(lambda: desk.made)
    assert len(desk.made[0].recorded[0].sidecar.marks) == 1


def test_a_take_that_is_cut_has_nothing_of_one_that_was_begun_by_hand(desk: Desk, qtbot: QtBot) -> None:
    desk.hear()
    desk.begin(0.2)
    until(lambda: desk.made)
    by_hand, first = desk.listening.recording, desk.listening.recording_from
    assert by_hand is not None
    assert first is not None
    page = QObject()
    cutting = Cutting(desk.listening, lambda: 1.0, page)
    cutting.start()
    end = first + by_hand.samples
    with qtbot.waitSignal(cutting.begins) as begun:
        desk.listening.onset.emit(end - 1)  # still in it: none
        desk.listening.onset.emit(end + 100)
    assert begun.args == [end]


def test_a_project_that_gives_way_to_another_has_its_take(desk: Desk, tmp_path: Path) -> None:
    desk.hear(BESIDE)
    desk.begin(None)
    until(lambda: recording(*desk.listening.sources))
    before = desk.project.folder
    desk.session.create(tmp_path / "garden", "keyword", "Garden gate").result(20)
    assert len(desk.made) == 1
    desk.session.open(before).result(20)
    assert desk.entered() == [BESIDE, FIRST]
    assert not desk.notices


def test_a_project_that_is_closed_has_its_take(desk: Desk) -> None:
    desk.hear()
    desk.begin(5.0)
    until(lambda: recording(desk.listening.main))
    desk.session.close_project().result(20)
    assert [each.cut for each in desk.made] == [None]
    assert not list((desk.project.folder / "recordings").glob("*.partial*"))


def test_a_fault_while_a_take_is_entered_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("studio.capture.recorder.enter", fail)
    desk.hear()
    desk.begin(0.1)
    until(lambda: desk.made)
    assert "by nought" in str(desk.made[0].cut)
    assert not desk.made[0].entered
    discard_cut(desk.session, desk.made[0])
    assert [notice.text for notice in desk.notices] == ["The take is not in the catalogue."]
    assert "a take could not be entered" in caplog.text


def test_closing_does_not_wait_for_a_source_that_is_slow_to_come_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.ui.hearing.END_TIMEOUT_S", 1.0)
    desk.hear()
    desk.begin(None)
    until(lambda: recording(desk.listening.main))
    desk.opens.clear()
    desk.lose(FIRST)
    until(lambda: desk.listening.main.hearing.state is LinkState.RECONNECTING)
    began_s = time.monotonic()
    desk.listening.close()
    assert time.monotonic() - began_s < 5.0  # of 20 that it takes to be opened
    assert desk.entered() == [FIRST]


def test_a_fault_in_a_source_is_told_and_it_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("studio.ui.heard.TRY_AGAIN_S", 0.1)
    tried = threading.Event()
    make = Ear._make

    def fail(self: Ear, address: str) -> Any:
        if not tried.is_set():
            tried.set()
            raise KeyError("sensor")
        return make(self, address)

    monkeypatch.setattr(Ear, "_make", fail)
    states: list[tuple[LinkState, object]] = []
    desk.listening.hearing_changed.connect(lambda heard: states.append((heard.hearing.state, heard.hearing.problem)))
    desk.listening.listen(FIRST, desk.project)
    until(lambda: desk.listening.main.is_on)
    assert [isinstance(problem, SourceLost) for state, problem in states if state is LinkState.LOST] == [True]
    assert "failed" in caplog.text


def test_of_two_sensors_at_one_address_the_one_that_is_not_well_is_shown(desk: Desk) -> None:
    show = desk.session.show_link
    show(BESIDE, LinkState.LOST, "imu")
    show(BESIDE, LinkState.STREAMING, "microphone")
    assert desk.session.links == {BESIDE: LinkState.LOST}
    show(BESIDE, None, "imu")
    assert desk.session.links == {BESIDE: LinkState.STREAMING}
    show(BESIDE, None, "microphone")
    assert desk.session.links == {}
