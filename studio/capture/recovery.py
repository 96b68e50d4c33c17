"""What a kill left of recordings is made whole: header, gaps, sidecar, and its place in the catalogue."""

import contextlib
import glob
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studio.capture.filing import Take, sidecar_of
from studio.capture.recorder import entry
from studio.capture.recording_file import Recorded, gaps_in, reserve_path, spans_in
from studio.capture.source import Origin
from studio.capture.wav_file import HEADER_BYTES, WavFormat, repair
from studio.core import csv_file, picture_file
from studio.core.errors import InvalidInput, StorageFailed
from studio.core.files import trash
from studio.core.job import Report, silent
from studio.core.samples import CAMERA, IMU, KINDS, MICROPHONE, SampleFormat
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.json_fields import BrokenFile
from studio.dataset.project import Project, unfinished_recordings
from studio.dataset.recordings import (
    Sidecar,
    Unfinished,
    final_path,
    finish,
    partial_path,
    read_sidecar,
    settle,
    sha256_of,
    sidecar_path,
)

_log = logging.getLogger(__name__)

UNKNOWN_SOURCE = "unknown"
WAS_RECORDING = mark("the program ended while it was recording")
WAS_FINISHING = mark("the program ended while it was finishing it")


@dataclass(frozen=True)
class Recovered:
    """A recording that is in the catalogue again. why: what had happened to it."""

    path: Path
    samples: int
    seconds: float
    label: str | None
    why: str


def recover(project: Project, report: Report = silent) -> list[Recovered]:
    """Recovers all that a kill left unfinished, as one edit; what is still being written is left alone.

    A file that is no recording of ours is moved to the project's `.trash`, and `report` is told; what somebody withdrew
    is finished and not entered. Raises StorageFailed, ReadOnly, Cancelled, BrokenSettings.
    """
    known = project.catalogue.known_files()
    found: list[tuple[Recorded, str]] = []
    left = unfinished_recordings(project.folder)
    for number, unfinished in enumerate(left):
        report(number / len(left), _("Recovering {name}").format(name=unfinished.path.name))
        try:
            made_whole = _make_whole(unfinished)
            _sweep(unfinished)
        except InvalidInput as error:
            kept = trash(project.folder, unfinished.path)
            unfinished.sidecar_path.unlink(missing_ok=True)
            _log.warning("%s", error)
            report(None, _("{error} It is kept as {path}.").format(error=error, path=kept))
            continue
        except OSError as error:
            raise StorageFailed(str(unfinished.path), error.strerror or str(error)) from error
        if made_whole is not None:
            found.append(made_whole)
    people = project.people() if any(recorded.sidecar.person for recorded, _why in found) else None
    ours = [(r, why) for r, why in found if people is None or not people.is_withdrawn(r.sidecar.person, r.sidecar.id)]
    new = [r for r, _why in ours if r.path.relative_to(project.folder).as_posix() not in known]
    if new:
        with project.catalogue.edit(_("Recover {count} recordings").format(count=len(new))) as edit:
            edit.add([entry(project, recorded) for recorded in new])
    for recorded, _why in found:
        settle(recorded.path)
    return [Recovered(r.path, r.sidecar.samples or 0, r.seconds, r.sidecar.label, _(why)) for r, why in ours]


def _make_whole(unfinished: Unfinished) -> tuple[Recorded, str] | None:
    """The recording, finished and its marker still there; None where nothing was recorded. Raises InvalidInput."""
    path = unfinished.path
    if not path.exists() or path.stat().st_size <= (HEADER_BYTES if path.suffix == ".wav" else 0):
        _discard(unfinished)
        return None
    if final_path(path) == path and (finished := _finished_sidecar(path)) is not None:
        return Recorded(path, finished), WAS_FINISHING
    known, samples = _repaired(path, unfinished.sidecar)
    if not samples:
        _discard(unfinished)
        return None
    sidecar = replace(
        known,
        gaps=gaps_in(path, known.gaps, samples),
        spans=spans_in(known.spans, samples),
        samples=samples,
        sha256=sha256_of(path),
        finished=True,
        recovered=True,
        cut_short=WAS_RECORDING,
        writer=None,
    )
    final = finish(path, sidecar)
    return Recorded(final, sidecar), WAS_RECORDING


def _repaired(path: Path, known: Sidecar | None) -> tuple[Sidecar, int]:
    """What is known of the recording, and how many samples of it are whole. Raises InvalidInput, OSError."""
    if path.suffix == ".csv":
        channels, samples = csv_file.repair(path)
        return known or _of_rows(path, channels), samples
    if path.suffix in picture_file.ENDINGS:
        picture_file.read_picture(path)
        return known or sidecar_of(Origin(UNKNOWN_SOURCE, SampleFormat(CAMERA, 1)), Take()), 1
    form, samples = repair(path, None if known is None else WavFormat(round(known.rate_hz), len(known.channels)))
    return known or Sidecar(UNKNOWN_SOURCE, form.rate_hz, kind=MICROPHONE.name), samples


def _of_rows(path: Path, channels: tuple[str, ...]) -> Sidecar:
    """What the rows of a CSV say of themselves."""
    steps_us = np.diff(csv_file.read_csv(path).t_us)
    steps_us = steps_us[steps_us > 0]
    rate_hz = 1e6 / float(np.median(steps_us)) if len(steps_us) else 1.0
    kind = next((kind for kind in KINDS.values() if kind.channels == channels), IMU)
    return replace(sidecar_of(Origin(UNKNOWN_SOURCE, SampleFormat(kind, rate_hz)), Take()), channels=channels)


def _finished_sidecar(path: Path) -> Sidecar | None:
    with contextlib.suppress(BrokenFile):
        sidecar = read_sidecar(sidecar_path(path))
        if sidecar.finished:
            return sidecar
    return None


def _discard(unfinished: Unfinished) -> None:
    unfinished.path.unlink(missing_ok=True)
    unfinished.sidecar_path.unlink(missing_ok=True)


def _sweep(unfinished: Unfinished) -> None:
    """Removes what else the killed program left of it: the room that it kept, and sidecars not renamed yet."""
    folder, partial = unfinished.sidecar_path.parent, partial_path(final_path(unfinished.path))
    reserve_path(partial).unlink(missing_ok=True)
    for sidecar in (unfinished.sidecar_path, sidecar_path(final_path(partial))):
        for path in folder.glob(f".{glob.escape(sidecar.name)}.*.partial"):
            path.unlink(missing_ok=True)
