"""`project.toml`: what people may set of a project. They may edit it; what is wrong with it is told with its line."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit
import tomlkit.exceptions
from tomlkit.toml_document import TOMLDocument

from studio.core.errors import NotFound, StudioError
from studio.core.files import write_text
from studio.core.samples import CAMERA, KINDS
from studio.core.text import mark
from studio.dataset.templates import KEYWORD, TEMPLATES, Template

if TYPE_CHECKING:
    from studio.features.choices import Value

FORMAT = 1
FILE_NAME = "project.toml"
WINDOWS_MS = TEMPLATES[KEYWORD].windows_ms
STRENGTHS = (0.0, 2.0)
_SENSOR, _FRONT_END, _AUGMENTATION = "sensor", "front_end", "augmentation"  # tables


@dataclass(eq=False)
class BrokenSettings(StudioError):
    path: str
    line: int
    why: str
    message = mark("Line {line} of {path} is wrong: {why}.")
    remedy = mark("Correct that line in any text editor.")


@dataclass(frozen=True)
class SensorSettings:
    """What a model is given, whatever the recordings hold. kind: the name of a SensorKind.

    channels: in the model's order; names of columns. One int16 count of channel i stands for scales[i] of units[i].
    """

    kind: str = "microphone"
    channels: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    scales: tuple[float, ...] = ()

    @classmethod
    def of_kind(cls, kind: str) -> "SensorSettings":
        """As our boards have it."""
        row = KINDS[kind]
        return cls(kind, row.channels, row.units, row.scales)


@dataclass(frozen=True)
class ProjectSettings:
    """template: a key of TEMPLATES. rate_hz: of the front end. window_ms: what the model sees at once (of a picture
    nothing). labels: the classes to train; empty: all.

    sensor: fixed by what is imported first. front_end_kind: one of the template's front ends; front_end: what was
    chosen of it, by its key in features/choices.py, the rest is as for_data has it. strength: of augmentation, over
    what is usual; 0: none. unit: of the value that a regression predicts.
    """

    name: str
    template: str = KEYWORD
    rate_hz: int = 16_000
    window_ms: int = 1_000
    labels: tuple[str, ...] = ()
    sensor: SensorSettings = field(default_factory=lambda: SensorSettings.of_kind("microphone"))
    front_end_kind: str = "log_mel"
    front_end: "Mapping[str, Value]" = field(default_factory=dict)
    strength: float = 1.0
    unit: str = ""
    format: int = FORMAT

    @classmethod
    def of_template(cls, name: str, template: str) -> "ProjectSettings":
        """What a new project begins with. template: a key of TEMPLATES."""
        row = TEMPLATES[template]
        return cls(
            name,
            template,
            row.rate_hz,
            row.window_ms,
            sensor=SensorSettings.of_kind(row.sensors[0]),
            front_end_kind=row.front_ends[0],
            front_end=dict(row.front_end),
        )

    @property
    def is_newer(self) -> bool:
        """Whether a later version of the studio made it; it is only read then, and its other keys are not looked at."""
        return self.format > FORMAT

    @property
    def row(self) -> Template:
        """What all projects of its template share."""
        return TEMPLATES[self.template]

    @property
    def window_samples(self) -> int:
        """Instants of one model window: 1 for a picture, and at least one."""
        return max(1, self.rate_hz * self.window_ms // 1000)


def read_settings(folder: Path) -> ProjectSettings:
    """Raises NotFound for a folder that is no project, BrokenSettings."""
    path = folder / FILE_NAME
    try:
        text = path.read_bytes().decode("utf-8")
        document = tomlkit.parse(text)
    except (FileNotFoundError, NotADirectoryError) as error:
        advise = mark("Make one with `tinyml-studio new`, or name a folder that has a project.toml.")
        raise NotFound(f"A project in {folder}", advise) from error
    except OSError as error:
        raise BrokenSettings(str(path), 1, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BrokenSettings(str(path), error.object[: error.start].count(b"\n") + 1, "it is not UTF-8") from error
    except tomlkit.exceptions.ParseError as error:
        why = re.sub(r" at line \d+ col \d+$", "", str(error)).rstrip(".")
        raise BrokenSettings(str(path), error.line, why[:1].lower() + why[1:]) from error
    return _Reader(path, text, document).settings()


def write_settings(folder: Path, settings: ProjectSettings) -> None:
    """A new project.toml, with a word on each key."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A project of TinyML Studio. You may edit this file."))
    document.add("format", _with_comment(FORMAT, "of this folder; leave it"))
    document.add("name", tomlkit.item(settings.name))
    document.add("template", tomlkit.item(settings.template))
    if settings.template == KEYWORD:
        document.add("rate_hz", _with_comment(settings.rate_hz, "what the model hears; recordings keep their own"))
    if not settings.row.sees_pictures:
        document.add("window_ms", _with_comment(settings.window_ms, "what the model sees at once"))
    if settings.row.predicts_value:
        document.add("unit", _with_comment(settings.unit, "of the value that is predicted"))
    else:
        document.add("labels", _with_comment(list(settings.labels), "to train; empty: all there are"))
    if settings.template != KEYWORD:
        _set_table(document, _SENSOR, _sensor_table(settings.sensor, settings.rate_hz))
        _set_table(document, _FRONT_END, {"kind": settings.front_end_kind, **settings.front_end})
    write_text(folder / FILE_NAME, tomlkit.dumps(document))


def change_settings(
    folder: Path,
    *,
    rate_hz: int | None = None,
    window_ms: int | None = None,
    sensor: SensorSettings | None = None,
    front_end_kind: str | None = None,
    front_end: "Mapping[str, Value] | None" = None,
    strength: float | None = None,
    unit: str | None = None,
) -> ProjectSettings:
    """Sets what is given, and leaves the rest of project.toml as people wrote it. front_end: all that is chosen of it.

    Raises BrokenSettings, for what was there as for what would be, and then writes nothing; StorageFailed.
    """
    path = folder / FILE_NAME
    before = read_settings(folder)
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    if window_ms is not None:
        document["window_ms"] = window_ms
    if unit is not None:
        document["unit"] = unit
    if before.template == KEYWORD:
        if rate_hz is not None:
            document["rate_hz"] = rate_hz
        if front_end is not None:
            _set_table(document, _FRONT_END, dict(front_end))
    else:
        if sensor is not None or rate_hz is not None:
            _set_table(document, _SENSOR, _sensor_table(sensor or before.sensor, rate_hz or before.rate_hz))
            document.pop("rate_hz", None)
        if front_end_kind is not None or front_end is not None:
            kind = front_end_kind or before.front_end_kind
            kept = before.front_end if kind == before.front_end_kind else {}
            _set_table(document, _FRONT_END, {"kind": kind, **(kept if front_end is None else front_end)})
    if strength is not None:
        _set_table(document, _AUGMENTATION, {} if strength == 1 else {"strength": round(strength, 2)})
    text = tomlkit.dumps(document)
    settings = _Reader(path, text, tomlkit.parse(text)).settings()
    write_text(path, text)
    return settings


def _sensor_table(sensor: SensorSettings, rate_hz: int) -> dict[str, Any]:
    values: dict[str, Any] = {"kind": sensor.kind, "rate_hz": rate_hz}
    if sensor.kind != CAMERA.name:
        values |= {"channels": list(sensor.channels), "units": list(sensor.units), "scales": list(sensor.scales)}
    return values


def _set_table(document: TOMLDocument, name: str, values: dict[str, Any]) -> None:
    """The table's keys are these; one that stays keeps its comment. An empty table goes."""
    if not values:
        document.pop(name, None)
        return
    table = document.setdefault(name, tomlkit.table())
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        if table.get(key) != value:
            table[key] = value


def _with_comment(value: Any, text: str) -> Any:
    return tomlkit.item(value).comment(text)


class _Reader:
    def __init__(self, path: Path, text: str, document: TOMLDocument) -> None:
        self._path = path
        self._text = text
        self._values: dict[str, Any] = document.unwrap()

    def settings(self) -> ProjectSettings:
        version = self._whole("format", None, 1, 1 << 30)
        if version > FORMAT:
            name = self._values.get("name")
            return ProjectSettings(name if isinstance(name, str) else self._path.parent.name, format=version)
        template = self._text_of("template", KEYWORD)
        if template not in TEMPLATES:
            raise self._wrong("template", f"`template` is one of: {', '.join(TEMPLATES)}")
        row = TEMPLATES[template]
        sensor, rate_hz = self._sensor(row)
        kind, front_end = self._front_end(row)
        return ProjectSettings(
            name=self._text_of("name", self._path.parent.name),
            template=template,
            rate_hz=rate_hz,
            window_ms=self._whole("window_ms", row.window_ms, *row.windows_ms),
            labels=self._labels(),
            sensor=sensor,
            front_end_kind=kind,
            front_end=front_end,
            strength=self._strength(),
            unit=self._unit(),
            format=version,
        )

    def _sensor(self, row: Template) -> tuple[SensorSettings, int]:
        """The sensor and the rate, which an older project of keywords has outside its table."""
        values = self._table(_SENSOR)
        rate_hz = self._whole("rate_hz", self._values.get("rate_hz", row.rate_hz), *row.rates_hz, table=values)
        kind = values.get("kind", row.sensors[0])
        if kind not in row.sensors:
            raise self._wrong("kind", f"`kind` of `{_SENSOR}` is one of: {', '.join(row.sensors)}")
        known = SensorSettings.of_kind(kind)
        channels = self._list("channels", known.channels, str, "texts", values)
        if len(set(channels)) < len(channels) or "" in channels or not channels:
            raise self._wrong("channels", "`channels` names each once")
        units = self._list("units", known.units, str, "texts", values)
        scales = self._list("scales", known.scales, float, "numbers", values)
        for key, items in (("units", units), ("scales", scales)):
            if len(items) != len(channels):
                raise self._wrong(key, f"`{key}` has one for each of `channels`")
        if not all(0 < scale < math.inf for scale in scales):
            raise self._wrong("scales", "`scales` are numbers greater than 0")
        return SensorSettings(kind, channels, units, scales), rate_hz

    def _list(self, key: str, default: tuple[Any, ...], of: type, what: str, table: dict[str, Any]) -> tuple[Any, ...]:
        value = table.get(key, list(default))
        fits = (of, int) if of is float else (of,)
        if not isinstance(value, list) or not all(type(item) in fits for item in value):
            raise self._wrong(key, f"`{key}` is a list of {what}")
        return tuple(of(item) for item in value)

    def _whole(self, key: str, default: Any, least: int, most: int, *, table: dict[str, Any] | None = None) -> int:
        value = (self._values if table is None else table).get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(key, f"`{key}` is a whole number from {least} to {most}")
        return value

    def _text_of(self, key: str, default: str) -> str:
        value = self._values.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, f"`{key}` is a text in quotes")
        return value.strip()

    def _labels(self) -> tuple[str, ...]:
        value = self._values.get("labels", [])
        if not isinstance(value, list) or not all(isinstance(label, str) and label.strip() for label in value):
            raise self._wrong("labels", "`labels` is a list of texts")
        if len(set(value)) < len(value):
            raise self._wrong("labels", "`labels` names one twice")
        return tuple(value)

    def _front_end(self, row: Template) -> "tuple[str, dict[str, Value]]":
        """Its kind, and what was chosen of it."""
        chosen = dict(self._table(_FRONT_END))
        kind = chosen.pop("kind", row.front_ends[0])
        if kind not in row.front_ends:
            raise self._wrong("kind", f"`kind` of `{_FRONT_END}` is one of: {', '.join(row.front_ends)}")
        if not chosen:
            return kind, chosen  # and NumPy, which comes with the next line, is not needed to open a project
        from studio.features.choices import CHOICES

        known = {choice.key: choice for choice in CHOICES[kind]}
        for key, value in chosen.items():
            choice = known.get(key)
            if choice is None:
                raise self._wrong(key, f"`{_FRONT_END}` of {kind} has no `{key}`, but: {', '.join(known)}")
            if choice.options:
                names = [option.value for option in choice.options]
                if value not in names:
                    raise self._wrong(key, f"`{key}` is one of: {', '.join(names)}")
            elif type(value) is not int or not choice.least <= value <= choice.most:
                raise self._wrong(key, f"`{key}` is a whole number from {choice.least} to {choice.most}")
        return kind, chosen

    def _unit(self) -> str:
        value = self._values.get("unit", "")
        if not isinstance(value, str):
            raise self._wrong("unit", "`unit` is a text in quotes")
        return value.strip()

    def _strength(self) -> float:
        value = self._table(_AUGMENTATION).get("strength", 1.0)
        least, most = STRENGTHS
        if type(value) not in (int, float) or not least <= value <= most:
            raise self._wrong("strength", f"`strength` is a number from {least:g} to {most:g}")
        return float(value)

    def _table(self, key: str) -> dict[str, Any]:
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, f"`{key}` is a table")
        return value

    def _wrong(self, key: str, why: str) -> BrokenSettings:
        lines = self._text.splitlines()
        found = (
            n
            for n, line in enumerate(lines, start=1)
            if re.match(rf"\s*\[?\s*[\"']?{re.escape(key)}[\"']?\s*[=\]]", line)
        )
        return BrokenSettings(str(self._path), next(found, 1), why)
