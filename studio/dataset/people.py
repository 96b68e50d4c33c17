"""The ledger of a project, `people.toml`: who the codes stand for. The one place where people's names are.

Paths, the catalogue, logs and exports say P01. A project that is passed on without its ledger names nobody.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import tomlkit
import tomlkit.exceptions

from studio.core.errors import NotFound
from studio.core.files import write_text
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.settings import BrokenSettings

FILE_NAME = "people.toml"
_CODE = re.compile(r"P\d{2,6}")
_TABLE = "people"


class People:
    """Codes and names. Changes are kept by `save`; a name is the same whatever its case."""

    def __init__(self, folder: Path, used: Iterable[str] = ()) -> None:
        """folder: the project's. used: codes that recordings have, which may be more than the ledger names.

        Raises BrokenSettings.
        """
        self._path = folder / FILE_NAME
        self._names = _read(self._path)
        self._codes = {_folded(name): code for code, name in reversed(self._names.items())}
        self._used = {code for code in (*self._names, *used) if is_code(code)}
        self._saved = len(self._names)

    def name_of(self, code: str) -> str | None:
        return self._names.get(code)

    def code_of(self, who: str) -> str | None:
        """The code of a person, by code or by name; None: nobody here is called so."""
        who = who.strip()
        return who if who in self._used else self._codes.get(_folded(who))

    def find(self, who: str) -> str:
        """As code_of. Raises NotFound."""
        code = self.code_of(who)
        if code is None:
            raise NotFound(
                _("A person {who}").format(who=who),
                mark("Name one of the project by name or code; `split` lists them."),
            )
        return code

    def enter(self, who: str) -> str:
        """The code of a person, who gets the next one if not known yet. A code that is free stands for itself."""
        who = unicodedata.normalize("NFC", who.strip())
        code = self.code_of(who)
        if code is None:
            code = who if is_code(who) else self._next()
            self._used.add(code)
            if not is_code(who):
                self._names[code] = who
                self._codes[_folded(who)] = code
        return code

    def save(self) -> None:
        """Atomic. Nothing is written where nobody is new. Raises StorageFailed."""
        if len(self._names) == self._saved:
            return
        document = tomlkit.document()
        document.add(tomlkit.comment("Who the codes of this project stand for. Names are nowhere else:"))
        document.add(tomlkit.comment("leave this file out when you pass the project on."))
        table = tomlkit.table()
        for code, name in sorted(self._names.items(), key=lambda item: int(item[0][1:])):
            table.add(code, name)
        document.add(_TABLE, table)
        write_text(self._path, tomlkit.dumps(document))
        self._saved = len(self._names)

    def _next(self) -> str:
        return f"P{1 + max((int(code[1:]) for code in self._used), default=0):02}"


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_bytes().decode("utf-8")
        values = tomlkit.parse(text).unwrap().get(_TABLE, {})
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BrokenSettings(str(path), 1, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BrokenSettings(
            str(path), error.object[: error.start].count(b"\n") + 1, mark("it is not UTF-8")
        ) from error
    except tomlkit.exceptions.ParseError as error:
        raise BrokenSettings(str(path), error.line, str(error)) from error
    if not isinstance(values, dict):
        raise BrokenSettings(str(path), _line_of(text, _TABLE), mark("`people` is a table of codes and names"))
    for code, name in values.items():
        if not is_code(code) or not isinstance(name, str) or not name.strip():
            raise BrokenSettings(str(path), _line_of(text, code), mark('a person stands there as P01 = "name"'))
    return dict(values)


def _line_of(text: str, key: str) -> int:
    lines = text.splitlines()
    return next((n for n, line in enumerate(lines, start=1) if line.lstrip(" \t\"'[").startswith(key)), 1)
