"""`project.toml`: what people may set of a project. They may edit it; what is wrong with it is told with its line."""

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
from studio.core.text import mark

if TYPE_CHECKING:
    from studio.features.choices import Value

FORMAT = 1
FILE_NAME = "project.toml"
TEMPLATES = ("keyword",)
_RATES_HZ = (4_000, 192_000)
WINDOWS_MS = (20, 60_000)
STRENGTHS = (0.0, 2.0)
_FRONT_END, _AUGMENTATION = "front_end", "augmentation"  # tables


@dataclass(eq=False)
class BrokenSettings(StudioError):
    path: str
    line: int
    why: str
    message = mark("Line {line} of {path} is wrong: {why}.")
    remedy = mark("Correct that line in any text editor.")


@dataclass(frozen=True)
class ProjectSettings:
    """rate_hz: of the front end. window_ms: what the model sees at once. labels: the classes to train; empty: all.

    front_end: what was chosen of it, by its key in features/choices.py; the rest is LogMel.for_data's.
    strength: of augmentation, over what is usual; 0: none.
    """

    name: str
    template: str = "keyword"
    rate_hz: int = 16_000
    window_ms: int = 1_000
    labels: tuple[str, ...] = ()
    front_end: "Mapping[str, Value]" = field(default_factory=dict)
    strength: float = 1.0
    format: int = FORMAT

    @property
    def is_newer(self) -> bool:
        """Whether a later version of the studio made it; it is only read then, and its other keys are not looked at."""
        return self.format > FORMAT


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
    document.add("rate_hz", _with_comment(settings.rate_hz, "what the model hears; recordings keep their own"))
    document.add("window_ms", _with_comment(settings.window_ms, "what the model sees at once"))
    document.add("labels", _with_comment(list(settings.labels), "to train; empty: all there are"))
    write_text(folder / FILE_NAME, tomlkit.dumps(document))


def change_settings(
    folder: Path,
    *,
    window_ms: int | None = None,
    front_end: "Mapping[str, Value] | None" = None,
    strength: float | None = None,
) -> ProjectSettings:
    """Sets what is given, and leaves the rest of project.toml as people wrote it. front_end: all that is chosen of it.

    Raises BrokenSettings, for what was there as for what would be, and then writes nothing; StorageFailed.
    """
    path = folder / FILE_NAME
    read_settings(folder)
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    if window_ms is not None:
        document["window_ms"] = window_ms
    if front_end is not None:
        _set_table(document, _FRONT_END, dict(front_end))
    if strength is not None:
        _set_table(document, _AUGMENTATION, {} if strength == 1 else {"strength": round(strength, 2)})
    text = tomlkit.dumps(document)
    settings = _Reader(path, text, tomlkit.parse(text)).settings()
    write_text(path, text)
    return settings


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
        template = self._text_of("template", TEMPLATES[0])
        if template not in TEMPLATES:
            raise self._wrong("template", f"`template` is one of: {', '.join(TEMPLATES)}")
        return ProjectSettings(
            name=self._text_of("name", self._path.parent.name),
            template=template,
            rate_hz=self._whole("rate_hz", ProjectSettings.rate_hz, *_RATES_HZ),
            window_ms=self._whole("window_ms", ProjectSettings.window_ms, *WINDOWS_MS),
            labels=self._labels(),
            front_end=self._front_end(),
            strength=self._strength(),
            format=version,
        )

    def _whole(self, key: str, default: int | None, least: int, most: int) -> int:
        value = self._values.get(key, default)
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

    def _front_end(self) -> "dict[str, Value]":
        chosen = self._table(_FRONT_END)
        if not chosen:
            return chosen  # and NumPy, which comes with the next line, is not needed to open a project
        from studio.features.choices import BY_KEY

        for key, value in chosen.items():
            choice = BY_KEY.get(key)
            if choice is None:
                raise self._wrong(key, f"`{_FRONT_END}` has no `{key}`, but: {', '.join(BY_KEY)}")
            if choice.options:
                names = [option.value for option in choice.options]
                if value not in names:
                    raise self._wrong(key, f"`{key}` is one of: {', '.join(names)}")
            elif type(value) is not int or not choice.least <= value <= choice.most:
                raise self._wrong(key, f"`{key}` is a whole number from {choice.least} to {choice.most}")
        return chosen

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
