"""What a window on the screen sees of a live session: all of it, bounded, and a second of it made a recording."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.boards.address import parse_address
from studio.boards.connection import open_board
from studio.core.errors import NotFound
from studio.core.job import Job, JobState
from studio.dataset.project import open_project
from studio.dataset.runs import Run, find_run
from studio.deploy.upload import image_on
from studio.live.keeping import keep
from studio.live.listening import HELD_WINDOWS, Listening, News

FAST = "virtual:nano33ble?pace=fast"
REAL = "virtual:nano33ble"


@contextmanager
def listening(run: Run, speech_wav: Path, address: str = FAST) -> Iterator[tuple[Listening, Job[None]]]:
    found = Listening(lambda: run, parse_address(address).playing(str(speech_wav)), run.folder.parents[1])
    job = Job("Live", found.run)
    job.start()
    yield found, job
    job.cancel()
    with pytest.raises(Exception, match="cancelled"):
        job.result(20)
    assert job.state is JobState.CANCELLED


def looked_at(found: Listening, enough: Callable[[News], bool]) -> list[News]:
    """Looks every few milliseconds, as a display does, until a look is enough."""
    looks: list[News] = []
    pause = threading.Event()
    while not (looks and enough(looks[-1])):
        assert len(looks) < 4_000
        looks.append(found.take())
        pause.wait(0.005)
    return looks


def test_it_deploys_first_and_every_look_gives_what_is_new(
    project_with_run: Run, speech_wav: Path, speech: NDArray[np.int16]
):
    with listening(project_with_run, speech_wav) as (found, _job):
        looks = looked_at(found, lambda news: news.windows >= 10)
        assert found.begun is not None
        assert found.begun.deployed
    blocks = [block for look in looks for block in look.blocks]
    heard = np.concatenate([block.samples[:, 0] for block in blocks])
    assert np.array_equal(heard[:44_800], speech[:44_800])  # all of ten windows
    scored = [row for look in looks for row in look.scored]
    assert len(scored) == looks[-1].windows == looks[-1].equal
    assert [round(row.at_s - scored[0].at_s, 3) for row in scored[:5]] == [0, 0.2, 0.4, 0.6, 0.8]
    with listening(project_with_run, speech_wav) as (again, _job):
        looked_at(again, lambda news: news.windows >= 1)
        assert again.begun is not None
        assert not again.begun.deployed


def test_what_nobody_looks_at_is_not_held_for_ever(project_with_run: Run, speech_wav: Path):
    with listening(project_with_run, speech_wav) as (found, job):
        while job.progress.fraction is not None or found._windows <= HELD_WINDOWS + 20:
            assert job.state in (JobState.RUNNING, JobState.WAITING)
            threading.Event().wait(0.02)
        news = found.take()
    assert len(news.scored) == HELD_WINDOWS
    assert news.windows > HELD_WINDOWS


def test_a_second_that_was_heard_becomes_a_recording_that_undo_takes_back(
    project_with_run: Run, speech_wav: Path, speech: NDArray[np.int16]
):
    with listening(project_with_run, speech_wav, REAL) as (found, _job):
        looks = looked_at(found, lambda news: news.windows >= 3)
        first = [row for look in looks for row in look.scored][1].first_sample
        samples = found.sensed(first)
        assert found.sensed(first + 10_000_000) is None
        origin = found.begun and found.begun.origin
    assert samples is not None
    assert origin
    assert np.array_equal(samples, speech[first : first + 16_000])
    with open_project(project_with_run.folder.parents[1], write=True) as project:
        (kept,) = keep(project, origin, samples, "_background_", "Keep a false alarm")
        assert project.catalogue.label_counts() == {"_background_": 1}
        assert kept.sidecar.board == "nano33ble"
        assert kept.path.read_bytes()[-32_000:] == samples.astype("<i2").tobytes()
        project.catalogue.undo()
        assert project.catalogue.count() == 0


def test_a_project_without_a_run_says_so_and_leaves_the_board_as_it_was(tmp_path: Path, project_with_run: Run):
    folder = project_with_run.folder.parents[1]
    found = Listening(lambda: find_run(folder / "runs", "0000"), parse_address(FAST), folder)
    job = Job("Live", found.run)
    job.start()
    with pytest.raises(NotFound):
        job.result(20)
    assert isinstance(found.problem, NotFound)
    with open_board(parse_address(FAST), folder) as board:
        assert image_on(board) is None
