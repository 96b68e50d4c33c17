"""Features of many clips at once: picklable functions of (clips, specification, seed), run by any Executor.

Processes of this machine by default; a Dask cluster's workers where one machine is too small. They must see the same
files by the same paths.
"""

import concurrent.futures
import contextlib
import functools
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, StudioError
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.features.window_kinds import Windows
from studio.features.windows import Clip
from studio.native.frontend import features

Features = NDArray[np.int16]  # (windows, *spec.shape), or with a variant axis after the first

LOCAL = "local"
_BATCH_WINDOWS = 256
_REPORT_EVERY_S = 0.5


@dataclass(eq=False)
class SchedulerUnreachable(StudioError):
    address: str
    why: str
    message = mark("The scheduler {address} cannot be used: {why}.")
    remedy = mark("Start it with `dask scheduler` and a `dask worker`, or leave `--scheduler` out.")


@contextlib.contextmanager
def open_executor(scheduler: str = LOCAL) -> Iterator[Executor]:
    """Where extraction runs: `local`, or the address of a Dask scheduler such as tcp://HOST:8786.

    On leaving, work that has not begun is dropped. Raises SchedulerUnreachable, InvalidInput.
    """
    if scheduler == LOCAL:
        pool = ProcessPoolExecutor(
            max_workers=os.cpu_count(),
            mp_context=multiprocessing.get_context("spawn"),  # forking a process that has threads may hang it
            initializer=_end_with_parent,
        )
        try:
            yield pool
        except BaseException:  # who cancels does not wait for what is under way; it ends by itself, unused
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown(cancel_futures=True)
        return
    if "://" not in scheduler:
        raise InvalidInput(_("The scheduler"), _("{given} is no address").format(given=scheduler), _SCHEDULER_ADVICE)
    try:
        from distributed import Client
    except ImportError as error:
        why = _("the package `distributed` is not installed (pip install 'tinyml-studio[cluster]')")
        raise SchedulerUnreachable(scheduler, why) from error
    try:
        client = Client(scheduler, timeout="5s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise SchedulerUnreachable(scheduler, str(error)) from error
    with client, client.get_executor() as cluster:
        yield cluster


_SCHEDULER_ADVICE = mark("Say `local`, or an address such as tcp://192.168.1.10:8786.")


def extract(
    clips: Sequence[Clip],
    windows: Windows,
    executor: Executor,
    *,
    report: Report = silent,
) -> Features:
    """The window of each clip, as it was recorded: int16 (clips, *spec.shape).

    A clip's features depend on it alone, not on its place in the list. Raises UnreadableRecording, Cancelled.
    """
    work = [
        functools.partial(_plain_features, clips[i : i + _BATCH_WINDOWS], windows)
        for i in range(0, len(clips), _BATCH_WINDOWS)
    ]
    parts = _run(work, executor, report, _("Features of {count:,} windows").format(count=len(clips)))
    return np.concatenate(parts) if parts else np.empty((0, *windows.spec.shape), np.int16)


def extract_variants(
    clips: Sequence[Clip],
    windows: Windows,
    count: int,
    executor: Executor,
    *,
    seed: int = 0,
    noises: Sequence[Clip] = (),
    report: Report = silent,
) -> Features:
    """`count` augmented variants of each clip: int16 (clips, count, *spec.shape).

    noises: recorded backgrounds to mix in. Raises UnreadableRecording, Cancelled.
    """
    step = max(1, _BATCH_WINDOWS // max(1, count))
    work = [
        functools.partial(
            _variant_features, clips[i : i + step], windows, count, seed=seed, first=i, noises=tuple(noises)
        )
        for i in range(0, len(clips), step)
    ]
    text = _("Features of {count:,} variants").format(count=len(clips) * count)
    parts = _run(work, executor, report, text)
    return np.concatenate(parts) if parts else np.empty((0, count, *windows.spec.shape), np.int16)


def extract_background(
    recordings: Sequence[Clip],
    windows: Windows,
    count: int,
    executor: Executor,
    *,
    seed: int = 0,
    events: Sequence[Clip] = (),
    report: Report = silent,
) -> Features:
    """`count` windows of what lies between words or gestures: int16 (count, *spec.shape); see Windows.background."""
    work = [
        functools.partial(
            _background_features,
            tuple(recordings),
            windows,
            min(_BATCH_WINDOWS, count - i),
            seed=seed,
            first=i,
            events=tuple(events),
        )
        for i in range(0, count, _BATCH_WINDOWS)
    ]
    parts = _run(work, executor, report, _("Features of {count:,} background windows").format(count=count))
    return np.concatenate(parts) if parts else np.empty((0, *windows.spec.shape), np.int16)


def _plain_features(clips: Sequence[Clip], windows: Windows) -> Features:
    spec = windows.spec
    read = np.empty((len(clips), *spec.window_shape), spec.window_dtype)
    for window, clip in zip(read, clips, strict=True):
        window[:] = windows.read(clip)
    return features(read, spec)


def _variant_features(
    clips: Sequence[Clip], windows: Windows, count: int, *, seed: int, first: int, noises: tuple[Clip, ...]
) -> Features:
    spec = windows.spec
    made = np.empty((len(clips), count, *spec.window_shape), spec.window_dtype)
    for index, clip in enumerate(clips):
        variants = windows.variants(clip, count, (seed, first + index), noises=noises)
        for window, variant in zip(made[index], variants, strict=True):
            window[:] = variant.samples
    return features(made.reshape(-1, *spec.window_shape), spec).reshape(len(clips), count, *spec.shape)


def _background_features(
    recordings: Sequence[Clip], windows: Windows, count: int, *, seed: int, first: int, events: Sequence[Clip]
) -> Features:
    return features(windows.background(recordings, count, seed, first=first, events=events), windows.spec)


def _run(work: Sequence[Callable[[], Features]], executor: Executor, report: Report, text: str) -> list[Features]:
    """Results in order. What is not begun is dropped when one fails or the user cancels."""
    report(0.0, text)
    futures: list[Future[Any]] = [executor.submit(each) for each in work]
    waiting = set(futures)
    try:
        while waiting:
            done, waiting = concurrent.futures.wait(
                waiting, timeout=_REPORT_EVERY_S, return_when=concurrent.futures.FIRST_EXCEPTION
            )
            for future in done:
                future.result()
            report(1 - len(waiting) / len(futures), text)
    finally:
        for future in waiting:
            future.cancel()
    return [future.result() for future in futures]


def _end_with_parent() -> None:
    """Starts a thread in a pool's process that ends it when the studio is gone, even killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: Any) -> None:
    parent.join()
    os._exit(1)
