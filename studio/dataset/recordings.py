"""A recording on disk: an immutable file, and beside it `NAME.json`, its sidecar, from which all else can be rebuilt.

While one is being written, both names carry `.partial`: `NAME.partial.wav` and `NAME.partial.json`. It is finished by
`finish`: the sound is renamed first, then the sidecar is written under its own name, and last, once the catalogue knows
the recording, `settle` takes the partial sidecar away. Whatever a kill leaves of that is found by names alone, without
opening the thousands of files that are finished.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ulid import ULID

from studio.core.clock import ClockFit
from studio.core.files import sync_folder, write_text
from studio.core.samples import MICROPHONE, NOTHING_LOST, Lost
from studio.dataset.holder import Holder
from studio.dataset.json_fields import BrokenFile, Fields

FORMAT = 1
FOLDER = "recordings"  # of a project
PARTIAL = ".partial"
SUFFIXES = (".wav", ".csv", ".png", ".jpg")  # of recordings; the sidecar replaces the suffix by .json


def new_id() -> str:
    """A key that sorts by time and never meets another's: 26 characters."""
    return str(ULID())


@dataclass(frozen=True)
class Sidecar:
    """What is known of one recording besides its samples. Frozen: use dataclasses.replace.

    rate_hz: nominal, the file's own; measured_rate_hz by the clock fit. One count stands for `scale` of `unit`, or in
    channel c for scales[c] of units[c] where channels differ; decimals in a CSV are of that unit already.
    stream: what a board with other firmware printed, such as text lines; declared_rate_hz: as it says, None if it does
    not. began_ns: when its first instant was, on the host's monotonic clock, which is one for all that was recorded
    together: by a fit over the whole recording, for a picture over what came before it. marks: samples of the file at
    which somebody marked it while it was recorded.
    gaps: (start, count) in samples of the file: zeros of sound; in a CSV so many rows are absent before row `start`.
    samples: instants, each of all channels, of a CSV its rows; None until known. spans: of its segments, (start, end,
    label), where they are other than one of the whole with `label`.
    person, group: codes such as P01, never names. take: a key that all recordings of one take have, also the files it
    rolled over into; beside: whether another than the first of its sources recorded it. writer: who is writing it, None
    once finished. cut_short: what ended it before its time, None where nothing did.
    """

    source: str
    rate_hz: float
    kind: str = MICROPHONE.name
    id: str = field(default_factory=new_id)
    channels: tuple[str, ...] = MICROPHONE.channels
    unit: str = MICROPHONE.unit
    scale: float = MICROPHONE.scale
    units: tuple[str, ...] = ()
    scales: tuple[float, ...] = ()
    spans: tuple[tuple[int, int, str], ...] = ()
    label: str | None = None
    person: str | None = None
    group: str | None = None
    session: str | None = None
    station: str | None = None
    take: str | None = None
    beside: bool = False
    consent: str | None = None
    place: str | None = None
    board: str | None = None
    board_id: str | None = None
    firmware: str | None = None
    stream: str | None = None
    declared_rate_hz: float | None = None
    measured_rate_hz: float | None = None
    clock: ClockFit | None = None
    began_ns: int | None = None
    gaps: tuple[tuple[int, int], ...] = ()
    marks: tuple[int, ...] = ()
    lost: Lost = NOTHING_LOST
    started_utc: str | None = None
    samples: int | None = None
    sha256: str | None = None
    finished: bool = False
    recovered: bool = False
    cut_short: str | None = None
    imported_from: str | None = None
    writer: Holder | None = None
    more: dict[str, Any] = field(default_factory=dict)  # keys of a newer version, kept as they are

    def host_ns(self, instant: float) -> int | None:
        """When an instant was, lost ones counted, on the host's monotonic clock; None where that is not known."""
        if self.began_ns is None:
            return None
        return self.began_ns + round(instant * 1e9 / (self.measured_rate_hz or self.rate_hz))


_PLAIN = {f.name for f in fields(Sidecar)} - {"more"}


def sidecar_path(recording: Path) -> Path:
    return recording.with_suffix(".json")


def partial_path(recording: Path) -> Path:
    """Where a recording lies while it is written: `a.wav` -> `a.partial.wav`."""
    return recording.with_name(recording.stem + PARTIAL + recording.suffix)


def final_path(partial: Path) -> Path:
    """The inverse of partial_path; a path that is not partial stays."""
    return partial.with_name(partial.stem.removesuffix(PARTIAL) + partial.suffix)


def write_sidecar(path: Path, sidecar: Sidecar) -> None:
    """Atomic and durable. `path` ends in .json."""
    write_text(path, sidecar_text(sidecar))


def sidecar_text(sidecar: Sidecar) -> str:
    return json.dumps(as_json(sidecar), indent=1, ensure_ascii=False) + "\n"


def as_json(sidecar: Sidecar) -> dict[str, Any]:
    values = {f.name: getattr(sidecar, f.name) for f in fields(Sidecar) if f.name != "more"}
    values["lost"] = sidecar.lost.as_dict()
    values["clock"] = None if sidecar.clock is None else asdict(sidecar.clock)
    values["writer"] = None if sidecar.writer is None else sidecar.writer.as_dict()
    return {"format": FORMAT, **values, **sidecar.more}


def read_sidecar(path: Path) -> Sidecar:
    """Raises BrokenFile, naming what is wrong. Keys that are absent take their defaults, unknown ones are kept."""
    values = Fields.load(path)
    given = values.keys()
    try:
        ULID.from_str(values.text("id"))
    except ValueError as error:
        raise BrokenFile(str(path), "`id` is not a ULID") from error
    clock, lost, writer = values.inner("clock"), values.inner("lost"), values.inner("writer")
    rate_hz = values.number("rate_hz")
    if not 0 < rate_hz < float("inf"):
        raise BrokenFile(str(path), "`rate_hz` is not a positive number")
    return Sidecar(
        source=values.text("source"),
        rate_hz=rate_hz,
        kind=values.text("kind"),
        id=values.text("id"),
        channels=values.texts("channels") or MICROPHONE.channels,
        unit=values.text_or_none("unit") or MICROPHONE.unit,
        scale=values.number("scale") if "scale" in given else MICROPHONE.scale,
        units=values.texts("units"),
        scales=values.numbers("scales"),
        spans=values.labelled("spans"),
        label=values.text_or_none("label"),
        person=values.text_or_none("person"),
        group=values.text_or_none("group"),
        session=values.text_or_none("session"),
        station=values.text_or_none("station"),
        take=values.text_or_none("take"),
        beside=values.flag("beside", default=False),
        consent=values.text_or_none("consent"),
        place=values.text_or_none("place"),
        board=values.text_or_none("board"),
        board_id=values.text_or_none("board_id"),
        firmware=values.text_or_none("firmware"),
        stream=values.text_or_none("stream"),
        declared_rate_hz=values.number_or_none("declared_rate_hz"),
        measured_rate_hz=values.number_or_none("measured_rate_hz"),
        clock=None if clock is None else _clock(clock),
        began_ns=values.integer_or_none("began_ns"),
        gaps=values.spans("gaps"),
        marks=values.counts("marks"),
        lost=NOTHING_LOST if lost is None else Lost(**{f.name: lost.count(f.name) for f in fields(Lost)}),
        started_utc=values.text_or_none("started_utc"),
        samples=values.count_or_none("samples"),
        sha256=values.text_or_none("sha256"),
        finished=values.flag("finished", default=False),
        recovered=values.flag("recovered", default=False),
        cut_short=values.text_or_none("cut_short"),
        imported_from=values.text_or_none("imported_from"),
        writer=None if writer is None else Holder.read(writer),
        more={key: values.raw(key) for key in given - _PLAIN - {"format"}},
    )


def _clock(values: Fields) -> ClockFit:
    return ClockFit(values.integer("offset_ns"), values.number("drift_ppm"), values.number("error_us"))


def finish(partial: Path, sidecar: Sidecar) -> Path:
    """Makes a written recording final. `sidecar` has finished=True, samples and sha256; `partial` is synced already.

    Returns its path. The partial sidecar stays until `settle`: killed before that, `check` does the rest.
    """
    final = final_path(partial)
    partial.replace(final)
    sync_folder(final.parent)
    write_sidecar(sidecar_path(final), sidecar)
    return final


def settle(final: Path) -> None:
    """To be called once the catalogue knows a finished recording: nothing is left to recover."""
    sidecar_path(partial_path(final)).unlink(missing_ok=True)


def free_path(folder: Path, name: str, suffix: str = ".wav") -> Path:
    """`folder/name.wav`, or `name-2.wav` and so on: a path that no recording, partial or not, and no sidecar has."""
    count = 1
    while True:
        path = folder / f"{name if count == 1 else f'{name}-{count}'}{suffix}"
        partial = partial_path(path)
        if not any(os.path.lexists(p) for p in (path, sidecar_path(path), partial, sidecar_path(partial))):
            return path
        count += 1


def sha256_of(path: Path) -> str:
    """Of the file's bytes, in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Unfinished:
    """A recording that was being written. `sidecar` is None where it cannot be read, `path` may not be there."""

    path: Path  # the sound: partial, or final where the kill came between the renames
    sidecar_path: Path
    sidecar: Sidecar | None

    @property
    def abandoned(self) -> bool:
        """Whether nobody is writing it any more."""
        return self.sidecar is None or self.sidecar.writer is None or not self.sidecar.writer.lives()


def find_unfinished(recordings: Path) -> Iterator[Unfinished]:
    """All partial recordings of a `recordings/` folder, also those that are being written now, by name."""
    for marker in sorted(recordings.glob(f"*{PARTIAL}.json")):
        sidecar = None
        with contextlib.suppress(BrokenFile):
            sidecar = read_sidecar(marker)
        partial = marker.with_suffix(_suffix_beside(marker))
        final = final_path(partial)
        yield Unfinished(final if final.exists() and not partial.exists() else partial, marker, sidecar)
    for partial in sorted(p for s in SUFFIXES for p in recordings.glob(f"*{PARTIAL}{s}")):
        if not sidecar_path(partial).exists():
            yield Unfinished(partial, sidecar_path(partial), None)


def _suffix_beside(marker: Path) -> str:
    found = (s for s in SUFFIXES if marker.with_suffix(s).exists() or final_path(marker.with_suffix(s)).exists())
    return next(found, SUFFIXES[0])
