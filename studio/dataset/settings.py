"""`project.toml`: what people may set of a project. They may edit it; what is wrong with it is told with its line."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.exceptions
from tomlkit.toml_document import TOMLDocument

from studio.core.errors import NotFound, StudioError
from studio.core.files import write_text
from studio.core.text import mark

FORMAT = 1
FILE_NAME = "project.toml"
TEMPLATES = ("keyword",)
_RATES_HZ = (4_000, 192_000)
_WINDOWS_MS = (20, 60_000)


@dataclass(eq=False)
class BrokenSettings(StudioError):
    path: str
    line: int
    why: str
    message = mark("Line {line} of {path} is wrong: {why}.")
    remedy = mark("Correct that line in any text editor.")


@dataclass(frozen=True)
class ProjectSettings:
    """rate_hz: of the front end. window_ms: what the model sees at once. labels: the classes to train; empty: all."""

    name: str
    template: str = "keyword"
    rate_hz: int = 16_000
    window_ms: int = 1_000
    labels: tuple[str, ...] = ()
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
            window_ms=self._whole("window_ms", ProjectSettings.window_ms, *_WINDOWS_MS),
            labels=self._labels(),
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

    def _wrong(self, key: str, why: str) -> BrokenSettings:
        lines = self._text.splitlines()
        found = (n for n, line in enumerate(lines, start=1) if re.match(rf"\s*[\"']?{key}[\"']?\s*=", line))
        return BrokenSettings(str(self._path), next(found, 1), why)
