import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import Cancelled, InvalidInput
from studio.features.augment import Augmentation, variants
from studio.features.blocks import LogMel
from studio.features.extract import (
    SchedulerUnreachable,
    extract,
    extract_background,
    extract_variants,
    open_executor,
)
from studio.features.window_kinds import SoundWindows
from studio.features.windows import Clip, UnreadableRecording, cut_window
from studio.native.frontend import log_mel

SPEC = LogMel()
SOUND = SoundWindows(SPEC)


@pytest.fixture
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def expected(clips: list[Clip]) -> np.ndarray:
    rows = [cut_window(clip, SPEC, np.random.default_rng(1)) for clip in clips]
    return log_mel(np.array(rows), SPEC)


def test_processes_give_what_one_clip_at_a_time_gives(make_take: Callable[..., Clip]):
    clips = [make_take(f"t{i}", seconds=0.3 + 0.1 * i, burst=(0.1, 0.25), hz=200 + 90 * i) for i in range(7)]
    with open_executor() as executor:
        plain = extract(clips, SOUND, executor)
        varied = extract_variants(clips, SOUND, 3, executor, seed=4)
    np.testing.assert_array_equal(plain, expected(clips))
    assert varied.shape == (7, 3, *SPEC.shape)
    np.testing.assert_array_equal(varied[5], log_mel(variants(clips[5], SPEC, 3, (4, 5), Augmentation()), SPEC))


def test_a_dask_cluster_gives_the_same(make_take: Callable[..., Clip]):
    from distributed import LocalCluster

    clips = [make_take(f"t{i}", hz=200 + 90 * i) for i in range(4)]
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        open_executor(cluster.scheduler_address) as executor,
    ):
        np.testing.assert_array_equal(extract(clips, SOUND, executor), expected(clips))


def test_batches_cut_the_work_but_not_the_result(make_take: Callable[..., Clip], threads: Executor):
    clips = [make_take()] * 600
    features = extract(clips, SOUND, threads)
    assert features.shape == (600, *SPEC.shape)
    background = extract_background([], SOUND, 600, threads, seed=3)
    np.testing.assert_array_equal(background[:300], extract_background([], SOUND, 300, threads, seed=3))


def test_features_of_a_clip_do_not_depend_on_its_place(make_take: Callable[..., Clip], threads: Executor):
    clips = [make_take(f"t{i}", seconds=0.4, burst=(0.1, 0.3), hz=200 + 90 * i) for i in range(3)]
    np.testing.assert_array_equal(extract(clips, SOUND, threads)[::-1], extract(clips[::-1], SOUND, threads))


def test_nothing_to_extract_is_an_empty_array(threads: Executor):
    assert extract([], SOUND, threads).shape == (0, *SPEC.shape)
    assert extract_variants([], SOUND, 5, threads).shape == (0, 5, *SPEC.shape)


def test_an_unreadable_recording_comes_back_from_its_process_by_name(tmp_path: Path):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"not sound")
    with open_executor() as executor, pytest.raises(UnreadableRecording, match=r"bad\.wav"):
        extract([Clip(bad)], SOUND, executor)


def test_cancelling_stops_the_work(make_take: Callable[..., Clip], threads: Executor):
    clips = [make_take()] * 5_000

    def cancel(fraction: float | None, text: str) -> None:
        if fraction:
            raise Cancelled(text)

    with pytest.raises(Cancelled):
        extract_variants(clips, SOUND, 16, threads, report=cancel)


def test_a_scheduler_that_is_not_there_is_told_in_seconds():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(SchedulerUnreachable, match="127"), open_executor(address):
        pass


def test_a_scheduler_that_is_no_address_is_refused():
    with pytest.raises(InvalidInput), open_executor("elsewhere"):
        pass
