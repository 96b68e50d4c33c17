"""Tables of movement and of slow sensors from elsewhere: brought in as CSV of time and the project's channels.

Numbers stay what they are, in the file's own unit; which counts of int16 they become for a model is a scale in the
project's settings.
"""

import contextlib
import hashlib
import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.csv_file import TIME, read_csv
from studio.core.errors import InvalidInput, StudioError
from studio.core.samples import KINDS
from studio.core.text import gettext as _
from studio.dataset.columns import Columns, read_columns
from studio.dataset.contents import Brought, Content
from studio.dataset.edits import checked_label
from studio.dataset.formats.layout import Found, How
from studio.dataset.formats.table import read_table
from studio.dataset.json_fields import BrokenFile
from studio.dataset.recordings import read_sidecar, sidecar_path
from studio.dataset.scaling import brought_to, clipped_rows, fit_sensor, foreign_units
from studio.dataset.settings import ProjectSettings, SensorSettings
from studio.dataset.values import as_label, value_of

SUFFIX = ".csv"
_GAP = 1.5  # of the usual step between two rows; longer ones are gaps
_JITTER = 0.2  # of it, that a step may be off before it is told
_MOST_JITTERING = 0.05  # of the steps
_LONGEST_S = 1e9
_MANY_WINDOWS = 8  # in one take, before it is told
_FITTED_ROWS = 20_000  # of a file, that the first import looks at

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """t_us: (rows,) from 0. values: (rows, channels). steps_us: the usual one. notes: what is odd about them."""

    t_us: NDArray[np.int64]
    values: Floats
    rate_hz: float
    gaps: tuple[tuple[int, int], ...]
    labels: list[str] | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class RowIntake:
    """Brings tables in, as the project's settings and `how` have it. As Intake has it.

    sensor, rate_hz, window_ms, unit: as the settings have them, or fitted to what a project's first import finds.
    rate_hz: of tables without times. foreign: units, by channel, that later tables have instead of the sensor's.
    """

    settings: ProjectSettings
    how: How
    sensor: SensorSettings
    rate_hz: float
    window_ms: int
    unit: str
    foreign: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: ProjectSettings, how: How, found: Sequence[Found], *, first: bool) -> "RowIntake":
        """found: all that is to be brought in. first: by the project's first import; channels, scales, rate and the
        window are fitted to it.
        """
        rate_hz = how.rate_hz or float(settings.rate_hz)
        intake = cls(settings, how, settings.sensor, rate_hz, settings.window_ms, settings.unit)
        fitted = intake._fitted(found)
        return fitted if first else replace(intake, foreign=foreign_units(fitted.sensor, settings.sensor))

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from the project's settings, by Project.change_settings' names."""
        least, most = self.settings.row.rates_hz
        rate_hz = min(max(least, round(self.rate_hz)), most)
        wanted = {"sensor": self.sensor, "rate_hz": rate_hz, "window_ms": self.window_ms, "unit": self.unit}
        return {name: value for name, value in wanted.items() if getattr(self.settings, name) != value}

    def in_place(self, found: Found) -> Brought | None:  # noqa: ARG002  no table is as a recording is
        return None

    def bring_in(self, found: Found, target: Path) -> Brought:
        rows = self._rows(found)
        content = _text(self.sensor.channels, rows).encode()
        path = target.with_suffix(SUFFIX)
        path.write_bytes(content)
        sensor = self.sensor
        held = Content(
            sensor.kind, rows.rate_hz, len(rows.t_us), sensor.channels, sensor.units, sensor.scales, rows.gaps
        )
        labelled = rows.labels is not None
        return Brought(
            path,
            hashlib.sha256(content).hexdigest(),
            held,
            label=None if labelled else self._label(found.label),
            spans=self._spans(rows) if labelled else (),
            notes=rows.notes,
        )

    def _fitted(self, found: Sequence[Found]) -> "RowIntake":
        gathered: dict[str, list[Floats]] = {}
        units: Mapping[str, str] = {}
        rates, unit = list[float](), self.unit
        for path in dict.fromkeys(item.path for item in found):
            try:
                columns = self._columns(path)
            except (StudioError, OSError):
                continue  # told when it is brought in
            if not gathered:
                gathered, units = {name: [] for name in columns.channels}, columns.units
                unit = unit or columns.label_unit
            if all(name in columns.channels for name in gathered):
                for name, parts in gathered.items():
                    parts.append(columns.channels[name][:_FITTED_ROWS])
                if columns.time_s is not None and len(columns.time_s) > 1:
                    rates.append(_rate_of(columns.time_s))
        if not gathered:
            return self
        values = {name: np.concatenate(parts) for name, parts in gathered.items()}
        rate_hz = self.how.rate_hz or (float(np.median(rates)) if rates else self.rate_hz)
        window_ms = self.window_ms
        lengths = Counter(item.rows[1] - item.rows[0] for item in found if item.rows is not None)
        if lengths:  # a window is as long as the takes are
            low, high = self.settings.row.windows_ms
            rows = lengths.most_common(1)[0][0]
            window_ms = min(max(low, math.ceil(rows * 1000 / max(1, round(rate_hz)))), high)
        sensor = fit_sensor(self.settings.sensor.kind, values, units)
        return replace(self, sensor=sensor, rate_hz=rate_hz, window_ms=window_ms, unit=unit)

    def _columns(self, path: Path, rows: tuple[int, int] | None = None) -> Columns:
        table = read_table(path)
        part = table if rows is None else table.part(*rows)
        kind, row = KINDS[self.settings.sensor.kind], self.settings.row
        return read_columns(
            part, kind, row.rates_hz, predicts_value=row.predicts_value, label_column=self.how.label_column
        )

    def _rows(self, found: Found) -> Rows:
        table = read_table(found.path)
        if found.rows is not None:
            table = table.part(*found.rows)
        if not len(table.places):
            raise InvalidInput(str(found.path), _("there is no whole row in it"))
        columns = self._columns(found.path, found.rows)
        missing = [name for name in self.sensor.channels if name not in columns.channels]
        if missing:
            raise InvalidInput(str(found.path), _("it has no {names}").format(names=", ".join(missing)))
        values = np.stack([columns.channels[name] for name in self.sensor.channels], axis=1)
        notes = []
        if self.foreign:
            values = brought_to(values, self.foreign, self.sensor)
            what = _("its {channels} is in {units} and brought to the project's unit")
            notes.append(
                what.format(channels=", ".join(self.foreign), units=", ".join(sorted({*self.foreign.values()})))
            )
        if table.broken:
            what = _("{count:,} broken rows of {lines:,} are left out")
            notes.append(what.format(count=table.broken, lines=table.lines))
        ahead = np.ones(len(values), bool)
        if columns.time_s is None:
            rate_hz = self.rate_hz
            at_s = table.places / rate_hz
            if self.how.rate_hz is None:
                what = _("it has no column of time, and is taken to have {rate:g} rows a second; `--rate` says another")
                notes.append(what.format(rate=rate_hz))
        else:
            ahead[1:] = columns.time_s[1:] > np.maximum.accumulate(columns.time_s)[:-1]
            if not ahead.all():
                notes.append(_("{count:,} rows whose time runs back are left out").format(count=int((~ahead).sum())))
            at_s = columns.time_s[ahead]
            if at_s[-1] - at_s[0] > _LONGEST_S:
                raise InvalidInput(str(found.path), _("its times are none: from the first to the last are many years"))
            rate_hz = _rate_of(at_s) if len(at_s) > 1 else self.rate_hz
            notes += _irregular(at_s)
        values = values[ahead]
        clipped = clipped_rows(values, self.sensor.scales)
        if clipped:
            what = _("{count:,} of its {rows:,} rows are beyond the range that the project's scales have")
            notes.append(what.format(count=clipped, rows=len(values)))
        labels = None
        if columns.labels is not None:
            labels = _checked([label for label, kept in zip(columns.labels, ahead, strict=True) if kept], notes)
        windows = len(values) / max(1.0, self.window_ms * rate_hz / 1000)
        if labels is None and windows > _MANY_WINDOWS and not self.settings.row.predicts_value:
            what = _("it is {count:.0f} windows of the model long and one take; `--rows-per-sample` cuts it into takes")
            notes.append(what.format(count=windows))
        t_us = np.rint((at_s - at_s[0]) * 1e6).astype(np.int64)
        return Rows(t_us, values, rate_hz, _gaps(t_us, rate_hz), labels, tuple(notes))

    def _label(self, label: str | None) -> str | None:
        if label is None or not self.settings.row.predicts_value:
            return label
        if value_of(label) is None:
            raise InvalidInput(
                label, _("neither a column named `value` nor its folder or name gives the number to be predicted")
            )
        return label

    def _spans(self, rows: Rows) -> tuple[tuple[int, int, str], ...]:
        labels = rows.labels or []
        if self.settings.row.predicts_value:
            return _windows(labels, max(1, round(self.window_ms * rows.rate_hz / 1000)))
        edges = [0, *(i for i in range(1, len(labels)) if labels[i] != labels[i - 1]), len(labels)]
        runs = itertools.pairwise(edges)
        return tuple((start, end, labels[start]) for start, end in runs if labels[start])


def look(path: Path) -> Content:
    """What a recording's CSV holds, read alone. Raises InvalidInput, OSError."""
    rows = read_csv(path)
    if not len(rows.t_us):
        raise InvalidInput(str(path), _("it holds no rows"))
    rate_hz = _rate_of(rows.t_us / 1e6) if len(rows.t_us) > 1 else 1.0
    return Content("", rate_hz, len(rows.t_us), rows.channels, gaps=_gaps(rows.t_us, rate_hz))


def _checked(labels: Sequence[str], notes: list[str]) -> list[str]:
    """Labels as the catalogue takes them, "" for those that it does not."""
    known: dict[str, str] = {}
    for label in dict.fromkeys(labels):
        try:
            known[label] = checked_label(label) or ""
        except InvalidInput as error:
            known[label] = ""
            notes.append(_("a label in it is left out: {why}").format(why=error.why))
    return [known[label] for label in labels]


def cut_out(source: Path, start: int | None, end: int | None, target: Path) -> None:
    """Rows start..end of a recording as a CSV that other tools read: `timestamp` in ms from 0, then the channels, in
    their unit even where the recording has counts. Raises InvalidInput, OSError.
    """
    rows = read_csv(source)
    kept = slice(start, end)
    t_us, values = rows.t_us[kept], rows.values[kept]
    if not len(t_us):
        raise InvalidInput(str(source), _("there are no rows in this span"))
    if np.issubdtype(values.dtype, np.integer):
        with contextlib.suppress(BrokenFile):  # then they stay counts
            scales = read_sidecar(sidecar_path(source)).scales
            values = values * np.array(scales) if len(scales) == values.shape[1] else values
    lines = [",".join(("timestamp", *rows.channels))]
    for time_ms, row in zip(((t_us - t_us[0]) / 1000).tolist(), values.tolist(), strict=True):
        lines.append(",".join((f"{time_ms:.3f}", *(_decimal(float(value)) for value in row))))
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _windows(labels: Sequence[str], length: int) -> tuple[tuple[int, int, str], ...]:
    """Stretches of `length` rows, the last shorter one left out, each with the mean of its values."""
    values = np.array([value if value is not None else np.nan for value in map(value_of, labels)])
    spans = []
    for start in range(0, len(values) - length + 1, length):
        mean = float(values[start : start + length].mean())
        if np.isfinite(mean):
            spans.append((start, start + length, as_label(mean)))
    return tuple(spans)


def _rate_of(at_s: Floats) -> float:
    """From the usual step between rows: 100.0 rather than 99.99999."""
    steps = np.diff(at_s)
    steps = steps[steps > 0]
    return float(f"{1 / np.median(steps):.6g}") if len(steps) else 1.0


def _irregular(at_s: Floats) -> list[str]:
    steps = np.diff(at_s)
    if len(steps) < 2:
        return []
    usual = float(np.median(steps))
    off = (np.abs(steps - usual) > _JITTER * usual) & (steps < _GAP * usual)
    if np.mean(off) <= _MOST_JITTERING:
        return []
    low, high = np.quantile(steps[steps < _GAP * usual], (0.05, 0.95)) * 1000
    return [_("its times are irregular: rows are {low:.3g} to {high:.3g} ms apart").format(low=low, high=high)]


def _gaps(t_us: NDArray[np.int64], rate_hz: float) -> tuple[tuple[int, int], ...]:
    """(row, count): so many rows are absent before that row."""
    steps = np.diff(t_us) * rate_hz / 1e6
    return tuple((int(row) + 1, max(1, round(float(steps[row])) - 1)) for row in np.flatnonzero(steps > _GAP))


def _text(channels: Sequence[str], rows: Rows) -> str:
    lines = [",".join((TIME, *channels))]
    for t_us, row in zip(rows.t_us.tolist(), rows.values.tolist(), strict=True):
        lines.append(",".join((str(t_us), *(_decimal(value) for value in row))))
    return "\n".join(lines) + "\n"


def _decimal(value: float) -> str:
    """With a point, so that it is no count, and without an exponent."""
    text = repr(value)
    return np.format_float_positional(value, trim="0") if "e" in text else text
