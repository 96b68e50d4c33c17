import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from studio.core.errors import Cancelled
from studio.training.process import Worker, WorkerDied, WorkerFailed


def nothing(answer: dict[str, object] | None) -> None:
    pass


def is_running(process_id: int) -> bool:
    """Whether it runs: a zombie does not."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_end(process_id: int, timeout_s: float = 10) -> None:
    until = time.monotonic() + timeout_s
    while is_running(process_id):
        assert time.monotonic() < until, "the process goes on"
        time.sleep(0.02)


def test_a_worker_that_is_killed_gives_a_sentence_and_a_remedy():
    def kill(answer: dict[str, object] | None) -> None:
        os.kill(worker.process_id, signal.SIGKILL)

    with Worker() as worker, pytest.raises(WorkerDied) as raised:
        worker.ask({"do": "score"}, kill)
    assert "status -9" in str(raised.value)
    assert "training-worker.log" in raised.value.advice()


def test_cancelling_ends_the_process_at_once():
    def cancel(answer: dict[str, object] | None) -> None:
        raise Cancelled("Training")

    with Worker() as worker:
        begun = time.monotonic()
        with pytest.raises(Cancelled):
            worker.ask({"do": "score"}, cancel)
        assert not is_running(worker.process_id)
        assert time.monotonic() - begun < 2  # it was still importing TensorFlow


def test_nothing_temporary_is_left_of_a_worker_that_is_ended_while_it_works(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Worker() as worker:
        with pytest.raises(WorkerFailed):  # it is there, with TensorFlow in it
            worker.ask({"do": "sing"}, nothing)
        environment = Path(f"/proc/{worker.process_id}/environ").read_bytes().split(b"\0")
        assert f"TMPDIR={worker.scratch}".encode() in environment
        assert list(tmp_path.iterdir()) == [worker.scratch]
        (worker.scratch / "__autograph_generated_file.py").write_text("left")
        worker.kill()
    assert list(tmp_path.iterdir()) == []


def test_what_fails_in_the_worker_is_told_and_it_goes_on():
    with Worker() as worker:
        for _ in range(2):
            with pytest.raises(WorkerFailed, match="unknown request"):
                worker.ask({"do": "sing"}, nothing)
        assert is_running(worker.process_id)
    assert not is_running(worker.process_id)


def test_neither_the_worker_nor_its_files_outlive_a_parent_that_is_killed():
    program = textwrap.dedent("""
        import time
        from studio.training.process import Worker
        worker = Worker()
        print(worker.process_id, worker.scratch, flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        process, scratch = parent.stdout.readline().decode().split()
        process_id = int(process)
        assert is_running(process_id)
        parent.kill()
        parent.wait()
    wait_for_end(process_id)
    assert not Path(scratch).exists()
