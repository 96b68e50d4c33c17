"""What is measured once of a recording of rows (movement, slow sensors), and what is odd about it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.core.csv_file import read_csv
from studio.core.errors import InvalidInput
from studio.core.samples import IMU
from studio.core.text import gettext as _
from studio.dataset.findings import ERROR, NOTE, WARNING, Finding, Recorded
from studio.dataset.json_fields import BrokenFile
from studio.dataset.recordings import read_sidecar, sidecar_path
from studio.dataset.settings import ProjectSettings

VERSION = 102.0  # of the figures; none of sound's
LEAST_ROWS = 10  # before a channel that stands still is told
LEAST_SLOW_ROWS = 100  # of a sensor whose value may well be the same for a while
CLIPPED_SHARE = 0.05
LIMIT = 32_767.0  # counts
RATE_APART = 0.05  # of a project's rate
JITTERING_SHARE = 0.05
_JITTER, _GAP = 0.2, 1.5  # of the usual step
_FLAT, _CHANNEL = "flat:", "channel:"
_FIGURES = ("version", "bytes", "samples", "rate_hz", "jittering", "clipped", "content")


@dataclass(frozen=True)
class MeasuredRows:
    """rate_hz: by the usual step between rows. jittering: share of the steps that are off it. clipped: share of the
    rows with a value at the limit of int16. content: of the values alone, the same for the same ones. flat: channels
    that never change, of `channels`.
    """

    bytes: float
    samples: float
    rate_hz: float
    jittering: float
    clipped: float
    content: float
    flat: tuple[str, ...]
    channels: tuple[str, ...]

    def as_dict(self) -> dict[str, float]:
        figures = {name: float(getattr(self, name)) for name in _FIGURES[1:]}
        named = [f"{_FLAT}{name}" for name in self.flat] + [f"{_CHANNEL}{name}" for name in self.channels]
        return {"version": VERSION, **figures, **dict.fromkeys(named, 1.0)}

    @classmethod
    def from_dict(cls, values: Mapping[str, float]) -> "MeasuredRows | None":
        """None for what another version has measured."""
        if values.get("version") != VERSION or any(name not in values for name in _FIGURES):
            return None
        flat, channels = (
            tuple(name.removeprefix(kind) for name in values if name.startswith(kind)) for kind in (_FLAT, _CHANNEL)
        )
        return cls(**{name: values[name] for name in _FIGURES[1:]}, flat=flat, channels=channels)

    @classmethod
    def of(cls, path: Path) -> "MeasuredRows":
        """Reads all of a recording. Raises InvalidInput for what cannot be read."""
        try:
            t_us, channels, values = read_csv(path)
            size = path.stat().st_size
        except OSError as error:
            raise InvalidInput(str(path), error.strerror or str(error)) from error
        if not len(t_us):
            raise InvalidInput(str(path), _("it holds no rows"))
        steps = np.diff(t_us)
        usual = float(np.median(steps)) if len(steps) else 0.0
        off = (np.abs(steps - usual) > _JITTER * usual) & (steps < _GAP * usual)
        flat = [name for name, column in zip(channels, values.T, strict=True) if np.all(column == column[0])]
        digest = hashlib.sha256(np.ascontiguousarray(values, np.float64).tobytes()).digest()
        return cls(
            bytes=float(size),
            samples=float(len(t_us)),
            rate_hz=1e6 / usual if usual > 0 else 0.0,
            jittering=float(np.mean(off)) if len(off) else 0.0,
            clipped=float(np.mean(np.any(np.abs(values) >= LIMIT * _scales(path, values), axis=1))),
            content=float(int.from_bytes(digest[:6], "big")),
            flat=tuple(flat),
            channels=channels,
        )

    def findings(self, row: Recorded, settings: ProjectSettings | None) -> Iterator[Finding]:
        """The worst first. settings: of the project; None: only what they have no say in."""
        where, slow = str(row.path), not set(self.channels) & set(IMU.channels)
        missing = [name for name in settings.sensor.channels if name not in self.channels] if settings else []
        if missing:
            says = _("It has no {channels}, which the project's model is given.").format(channels=", ".join(missing))
            yield Finding(
                "channels", ERROR, where, says, _("Take its label off, or bring all in with the same columns.")
            )
        if self.flat and self.samples >= (LEAST_SLOW_ROWS if slow else LEAST_ROWS):
            says = _("{channels} never changes in it.").format(channels=", ".join(self.flat))
            yield Finding("flat", WARNING, where, says, _("Look at the sensor, then record it again."))
        if self.clipped > CLIPPED_SHARE:
            says = _("It is clipped: {share:.1%} of its rows are at the limit of what the sensor measures.").format(
                share=self.clipped
            )
            yield Finding(
                "clipped", WARNING, where, says, _("Move less violently, or set the sensor to a wider range.")
            )
        if settings is not None:
            yield from self._beside(row, settings)
        if self.jittering > JITTERING_SHARE:
            says = _("Its times are irregular: {share:.0%} of the steps between rows are off the usual one.").format(
                share=self.jittering
            )
            yield Finding("irregular", NOTE, where, says, _("Read the sensor by a timer, not after other work."))
        if row.gaps:
            lost = sum(count for _row, count in row.gaps)
            says = _("{lost:,} rows are missing beside {rows:,}, in {gaps:,} gaps.").format(
                lost=lost, rows=row.samples, gaps=len(row.gaps)
            )
            remedy = _("Training keeps away from the gaps. Many of them: look at the cable.")
            yield Finding("gaps", NOTE, where, says, remedy)

    def _beside(self, row: Recorded, settings: ProjectSettings) -> Iterator[Finding]:
        where, rate_hz = str(row.path), float(settings.rate_hz)
        window_s, seconds = settings.window_samples / rate_hz, row.samples / row.rate_hz
        if settings.window_samples > 1 and seconds < window_s / 2:
            says = _("It is only {has:.2f} s long, and a window of the model {needs:.2f} s.").format(
                has=seconds, needs=window_s
            )
            yield Finding("short", WARNING, where, says, _("Record for longer, or choose a shorter window."))
        if self.rate_hz > 0 and settings.window_samples > 1 and abs(self.rate_hz / rate_hz - 1) > RATE_APART:
            says = _("It has {has:.4g} rows a second, and the project {needs:,}.").format(
                has=self.rate_hz, needs=settings.rate_hz
            )
            remedy = _("It is brought to the project's rate; record all classes at one rate where you can.")
            yield Finding("rate", WARNING, where, says, remedy)


def _scales(path: Path, values: np.ndarray) -> np.ndarray:
    """Of one count, in the unit of the values: 1 where they are counts."""
    columns = values.shape[1]
    if np.issubdtype(values.dtype, np.integer):
        return np.ones(columns)
    try:
        scales = read_sidecar(sidecar_path(path)).scales
    except BrokenFile:
        scales = ()
    return np.array(scales) if len(scales) == columns else np.full(columns, np.inf)
