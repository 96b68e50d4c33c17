"""Two sources recorded at once to be compared, and kept in a project only if somebody wants that."""

import contextlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studio.capture.paired import Heard
from studio.capture.recorder import Recorder, Recording, Take, enter
from studio.capture.recording_file import Recorded, failed, naming
from studio.capture.source import Source
from studio.core.errors import InvalidInput, StudioError
from studio.core.files import sync_files
from studio.core.job import Report, silent
from studio.core.samples import MICROPHONE
from studio.core.text import gettext, mark
from studio.dataset.project import Project
from studio.dataset.recordings import (
    Sidecar,
    finish,
    free_path,
    new_id,
    partial_path,
    settle,
    sidecar_path,
    write_sidecar,
)

SECONDS = 10.0
LOOK_EVERY_S = 0.1
OPEN_S = 5.0  # what a source may need to begin, beyond its seconds


@dataclass(eq=False)
class GaveNothing(StudioError):
    source: str
    seconds: float
    message = mark("{source} gave no sound in {seconds:.0f} s.")
    remedy = mark("Look whether it is plugged in, and whether another program has it. Then compare again.")


def record_both(
    sources: Sequence[Source], folder: Path, seconds: float = SECONDS, *, report: Report = silent
) -> list[Recorded]:
    """One recording of each in `folder`, of one session. Raises StudioError where one cannot be opened, is lost or
    silent, and what `report` raises; then none is left: half a pair is of no use.
    """
    recordings: list[Recording] = []
    try:
        _record(sources, folder, seconds, recordings, report)
    except BaseException:  # cancelled too
        for recording in recordings:
            recording.end()
            recording.wait()
            for each in recording.recorded:
                _discard(each.path)
        raise
    return [each for recording in recordings for each in recording.recorded]


def _record(
    sources: Sequence[Source], folder: Path, seconds: float, recordings: list[Recording], report: Report
) -> None:
    """Until all files are finished. recordings: those that have begun come in there. Raises as record_both."""
    take = Take(None, None, session=new_id())
    with contextlib.ExitStack() as stack:
        recorders = [stack.enter_context(Recorder(source, folder)) for source in sources]
        for recorder in recorders:
            recordings.append(recorder.begin(take, seconds))  # noqa: PERF401  those before a failure
        end_s = time.monotonic() + seconds + OPEN_S
        while not all(recording.ended for recording in recordings) and time.monotonic() < end_s:
            done_s = min(recording.seconds for recording in recordings)
            told = gettext("{done:.0f} of {all:.0f} s").format(done=done_s, all=seconds)
            report(min(done_s / seconds, 1.0), told)
            recordings[0].wait(LOOK_EVERY_S)
        for recorder in recorders:
            recorder.stop()
    for recording in recordings:
        recording.wait()
        if recording.problem is not None:
            raise recording.problem
        if not recording.recorded:
            raise GaveNothing(recording.origin.address, seconds + OPEN_S)


def _discard(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
        sidecar_path(path).unlink(missing_ok=True)
        settle(path)


def heard_in(path: Path, sidecar: Sidecar) -> Heard:
    """A recording of sound as `compare` takes it, with its clock. Raises InvalidInput for one that is none."""
    import soundfile

    if sidecar.kind != MICROPHONE.name:
        raise InvalidInput(path.name, gettext("it is no sound"), mark("Compare recordings of microphones."))
    try:
        samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise InvalidInput(str(path), str(error).rstrip("."), mark("Run `check` on the project.")) from error
    name = sidecar.board or sidecar.source
    first: np.ndarray[tuple[int], np.dtype[np.int16]] = np.ascontiguousarray(samples[:, 0])
    return Heard(name, first, rate_hz, sidecar.measured_rate_hz, sidecar.began_ns, sidecar.gaps)


def keep(project: Project, recorded: Sequence[Recorded], title: str) -> list[Recorded]:
    """Copies them into the project as one edit, with ids of their own: so they can be kept again after an undo. Raises
    StorageFailed, ReadOnly.
    """
    kept = []
    for each in (Recorded(each.path, replace(each.sidecar, id=new_id())) for each in recorded):
        with naming:
            path = free_path(project.recordings_folder, each.path.stem, each.path.suffix)
            partial = partial_path(path)
            try:
                write_sidecar(sidecar_path(partial), each.sidecar)
                shutil.copyfile(each.path, partial)
                sync_files(partial.parent, [partial])
            except OSError as error:
                raise failed(path, error) from error
        kept.append(Recorded(finish(partial, each.sidecar), each.sidecar))
    enter(project, kept, title)
    return kept
