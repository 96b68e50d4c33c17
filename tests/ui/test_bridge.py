"""From other threads to the window: nothing is missed, nothing comes after its owner is gone."""

import threading

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.job import Job, JobState
from studio.ui.bridge import Relay, follow, when_done
from studio.ui.session import NoProject, Session


def test_a_job_that_ended_before_anybody_listened_is_told(qtbot: QtBot) -> None:
    job: Job[int] = Job("quick", lambda _report: 7)
    job.start()
    assert job.result(10) == 7
    owner = QObject()
    told: list[JobState] = []
    follow(job, lambda changed: told.append(changed.state), owner=owner)
    assert told == []  # through the event loop, not at once
    qtbot.waitUntil(lambda: told == [JobState.DONE])


def test_a_job_is_followed_to_its_end_on_the_gui_thread(qtbot: QtBot) -> None:
    go = threading.Event()
    job: Job[bool] = Job("slow", lambda _report: go.wait(10))
    owner = QObject()
    told: list[tuple[JobState, bool]] = []
    follow(job, lambda c: told.append((c.state, threading.current_thread() is threading.main_thread())), owner=owner)
    job.start()
    go.set()
    qtbot.waitUntil(lambda: (JobState.DONE, True) in told)
    assert all(on_gui for _state, on_gui in told)


def test_what_is_posted_while_its_owner_goes_is_dropped(qtbot: QtBot) -> None:
    """From threads that go on posting: an object must not go while it is being used on another thread."""
    told: list[int] = []
    over = threading.Event()
    relays: list[Relay] = []

    def post() -> None:
        while not over.is_set():
            for relay in relays[-3:]:
                relay.post(1)
            over.wait(0.0001)

    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        owner = QObject()
        relays.append(Relay(told.append, owner, latest=True))
        QApplication.processEvents()
        owner.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    over.set()
    for thread in threads:
        thread.join()
    QApplication.processEvents()
    told.clear()
    relays[0].post(2)
    QApplication.processEvents()
    assert told == []


def test_what_a_project_was_asked_that_is_closed_by_then_is_dropped(qtbot: QtBot) -> None:
    session, owner = Session(), QObject()
    told: list[object] = []
    asked = session.ask(lambda project: project.folder)
    when_done(asked, told.append, owner=owner)
    later = session.ask(lambda project: project.folder)
    when_done(later, told.append, owner=owner, failed=lambda error: told.append(type(error)))
    qtbot.waitUntil(lambda: told == [NoProject])
    session.close()
