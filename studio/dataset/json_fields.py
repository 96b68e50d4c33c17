"""Reading JSON that people and other programs may have touched: each value is checked, each complaint names its key."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from studio.core.errors import StudioError
from studio.core.text import mark

LARGEST_BYTES = 64_000_000  # a file longer than this is not one of ours
LARGEST_INTEGER = 2**63 - 1  # that SQLite has; nanoseconds of a clock need most of it
LARGEST_COUNT = 2**53  # that every JSON reader has exactly


@dataclass(eq=False)
class BrokenFile(StudioError):
    path: str
    why: str
    advise: str = mark("Bring it back from a copy, or move it out of the project's folder.")
    message = mark("{path} cannot be read: {why}.")
    remedy = "{advise}"


class Fields:
    """Typed access to one JSON object. Raises BrokenFile, naming the file and the key."""

    def __init__(self, values: Mapping[str, Any], path: Path) -> None:
        self._values = values
        self._path = path

    @classmethod
    def load(cls, path: Path) -> "Fields":
        """Raises BrokenFile if `path` is not there, not UTF-8, not JSON or not an object."""
        try:
            if path.stat().st_size > LARGEST_BYTES:
                raise BrokenFile(str(path), "it is too long")
            values = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise BrokenFile(str(path), error.strerror or str(error)) from error
        except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
            raise BrokenFile(str(path), f"it is not JSON ({error})") from error
        if not isinstance(values, dict):
            raise BrokenFile(str(path), "it is not a JSON object")
        return cls(values, path)

    def keys(self) -> set[str]:
        return set(self._values)

    def raw(self, key: str) -> Any:
        return self._values.get(key)

    def text(self, key: str) -> str:
        value = self._values.get(key)
        if isinstance(value, str):
            return value
        raise self._wrong(key, "a text")

    def text_or_none(self, key: str) -> str | None:
        return None if self._values.get(key) is None else self.text(key)

    def integer(self, key: str) -> int:
        value = self._values.get(key)
        if _is_integer(value, -LARGEST_INTEGER, LARGEST_INTEGER):
            return value
        raise self._wrong(key, "a whole number")

    def integer_or_none(self, key: str) -> int | None:
        return None if self._values.get(key) is None else self.integer(key)

    def count(self, key: str) -> int:
        value = self._values.get(key)
        if _is_integer(value, 0, LARGEST_COUNT):
            return value
        raise self._wrong(key, "a count")

    def count_or_none(self, key: str) -> int | None:
        return None if self._values.get(key) is None else self.count(key)

    def counts(self, key: str) -> tuple[int, ...]:
        value = self._values.get(key, [])
        if isinstance(value, list) and all(_is_integer(item, 0, LARGEST_COUNT) for item in value):
            return tuple(value)
        raise self._wrong(key, "a list of counts")

    def number(self, key: str) -> float:
        value = self._values.get(key)
        if _is_number(value):
            return float(value)
        raise self._wrong(key, "a number")

    def number_or_none(self, key: str) -> float | None:
        return None if self._values.get(key) is None else self.number(key)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._values.get(key, default)
        if isinstance(value, bool):
            return value
        raise self._wrong(key, "true or false")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._values.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self._wrong(key, "a list of texts")

    def numbers(self, key: str) -> tuple[float, ...]:
        value = self._values.get(key, [])
        if isinstance(value, list) and all(_is_number(item) for item in value):
            return tuple(float(item) for item in value)
        raise self._wrong(key, "a list of numbers")

    def labelled(self, key: str) -> tuple[tuple[int, int, str], ...]:
        """[[start, end, label], ...] with 0 <= start < end."""
        value = self._values.get(key, [])
        if isinstance(value, list) and all(
            isinstance(item, list)
            and len(item) == 3
            and _is_span([item[0], item[1]])
            and isinstance(item[2], str)
            and item[0] < item[1]
            for item in value
        ):
            return tuple((item[0], item[1], item[2]) for item in value)
        raise self._wrong(key, "a list of [start, end, label]")

    def spans(self, key: str) -> tuple[tuple[int, int], ...]:
        """[[start, count], ...] with start >= 0 and count > 0, by start."""
        value = self._values.get(key, [])
        if isinstance(value, list) and all(_is_span(item) for item in value):
            return tuple(sorted((item[0], item[1]) for item in value))
        raise self._wrong(key, "a list of [start, count]")

    def inner(self, key: str) -> "Fields | None":
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, dict):
            return Fields(value, self._path)
        raise self._wrong(key, "an object")

    def _wrong(self, key: str, expected: str) -> BrokenFile:
        return BrokenFile(str(self._path), f"`{key}` is not {expected}")


def _is_span(item: Any) -> bool:
    return (
        isinstance(item, list)
        and len(item) == 2
        and _is_integer(item[0], 0, LARGEST_COUNT)
        and _is_integer(item[1], 1, LARGEST_COUNT)
    )


def _is_integer(value: Any, least: int, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: Any) -> TypeGuard[float]:
    """A finite one: JSON as Python reads it has Infinity and NaN too, and whole numbers of any length."""
    if isinstance(value, float):
        return math.isfinite(value)
    return _is_integer(value, -LARGEST_INTEGER, LARGEST_INTEGER)
