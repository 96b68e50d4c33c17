"""A job tells its progress, is cancelled at its next report, and hands its error to whoever asks."""

import pickle
import threading
from dataclasses import dataclass

import pytest

from studio.core.errors import Cancelled, StudioError
from studio.core.job import Job, JobState


def test_a_job_gives_its_result_and_its_states():
    seen: list[tuple[JobState, str]] = []
    go = threading.Event()

    def work(report):
        go.wait(10)
        report(0.5, "half")
        return 42

    job: Job[int] = Job("count", work)
    job.changed.connect(lambda j: seen.append((j.state, j.progress.text)))
    job.start()
    with pytest.raises(TimeoutError):
        job.result(0.01)
    go.set()
    assert job.result(10) == 42
    assert (JobState.RUNNING, "half") in seen
    assert job.state is JobState.DONE


def test_cancel_ends_it_at_its_next_report():
    started, cancelled = threading.Event(), threading.Event()

    def work(report):
        started.set()
        cancelled.wait(10)
        report(0.1, "on")
        raise AssertionError("not reached")

    job: Job[None] = Job("count", work)
    job.start()
    started.wait(10)
    job.cancel()
    cancelled.set()
    with pytest.raises(Cancelled, match="count was cancelled"):
        job.result(10)
    assert job.state is JobState.CANCELLED


def test_a_failure_reaches_the_caller():
    def work(report):
        return 1 // 0

    job: Job[int] = Job("fail", work)
    job.start()
    with pytest.raises(ZeroDivisionError):
        job.result(10)
    assert job.state is JobState.FAILED


@dataclass(eq=False)
class Broke(StudioError):
    what: str
    count: int
    message = "{what} broke {count:,} times."
    remedy = "Mend {what}."


def test_an_error_crosses_processes_whole():
    error = pickle.loads(pickle.dumps(Broke("It", 1234)))  # noqa: S301  our own bytes
    assert (str(error), error.advice()) == ("It broke 1,234 times.", "Mend It.")
