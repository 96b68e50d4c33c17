"""The ledger of a project, `people.toml`: who the codes stand for, and what they have agreed to. The one place where
people's names are.

Paths, the catalogue, logs and exports say P01. A project that is passed on without its ledger names nobody.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.exceptions
import tomlkit.items

from studio.core.errors import InvalidInput, NotFound
from studio.core.files import write_text
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.settings import BrokenSettings

FILE_NAME = "people.toml"
_CODE = re.compile(r"P\d{2,6}")
_TABLE, _CONSENT, _WITHDRAWN = "people", "consent", "withdrawn"
LONGEST_SCOPE = 120
SCOPES = (mark("class project, stays in this room"), mark("this project alone"), mark("may be published"))  # to offer


@dataclass(frozen=True)
class Consent:
    """scope: what a person has agreed to that is done with the recordings, in one line."""

    scope: str
    date: dt.date

    def __str__(self) -> str:
        """As the recordings of that person say it."""
        return f"{self.scope}, {self.date.isoformat()}"


@dataclass(frozen=True)
class Withdrawn:
    """Somebody's recordings were taken out: those with keys up to `until`, by an edit of the catalogue. consent: what
    was noted until then. undone: whether that edit is, which makes this void.
    """

    until: str
    edit: int
    made_utc: str
    consent: Consent | None = None
    undone: bool = False


def checked_consent(scope: str, date: str | None = None) -> Consent:
    """date: YYYY-MM-DD; None: today. Raises InvalidInput."""
    scope = scope.strip()
    if not scope or len(scope) > LONGEST_SCOPE or not scope.isprintable():
        why = _("it is one line of at most {most} characters").format(most=LONGEST_SCOPE)
        raise InvalidInput(_("Scope {scope!r}").format(scope=scope[:LONGEST_SCOPE]), why)
    try:
        day = dt.date.today() if date is None else dt.date.fromisoformat(date.strip())  # noqa: DTZ011  where they are
    except ValueError as error:
        raise InvalidInput(_("Date {date}").format(date=date), mark("it is no day such as 2026-11-25")) from error
    return Consent(scope, day)


class People:
    """Codes, names and consents. Changes are kept by `save`; a name is the same whatever its case."""

    def __init__(self, folder: Path, used: Iterable[str] = ()) -> None:
        """folder: the project's. used: codes of recordings and of the script, also those without a name.

        Raises BrokenSettings.
        """
        self._path = folder / FILE_NAME
        self._names, self._consents, self._withdrawn = _read(self._path)
        self._codes = {_folded(name): code for code, name in reversed(self._names.items())}
        self._used = {code for code in (*self._names, *self._consents, *self._withdrawn, *used) if is_code(code)}
        self._saved = dict(self._names), dict(self._consents), dict(self._withdrawn)

    @property
    def codes(self) -> list[str]:
        """All there are, by number."""
        return sorted(self._used, key=_number)

    @property
    def names(self) -> dict[str, str]:
        """By code, of those who have one."""
        return dict(self._names)

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
                mark("Name one of the project by name or code; `people` lists them."),
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

    def consent_of(self, code: str) -> Consent | None:
        """None: none is noted."""
        return self._consents.get(code)

    @property
    def consents(self) -> dict[str, Consent]:
        return dict(self._consents)

    def set_consent(self, code: str, consent: Consent | None) -> None:
        """In the place of an earlier one; None takes it away."""
        if consent is None:
            self._consents.pop(code, None)
        else:
            self._consents[code] = consent

    @property
    def withdrawn(self) -> dict[str, tuple[Withdrawn, ...]]:
        """By code, all of each, oldest first; those that were undone too."""
        return dict(self._withdrawn)

    def withdraw(self, code: str, until: str, edit: int, made_utc: str) -> None:
        """The consent that was noted goes with it, until that is undone."""
        gone = Withdrawn(until, edit, made_utc, self._consents.pop(code, None))
        self._withdrawn[code] = (*self._withdrawn.get(code, ()), gone)

    def set_undone(self, code: str, which: Withdrawn, undone: bool) -> None:  # noqa: FBT001
        """which: one of `withdrawn`. A consent that was noted since then stays."""
        if not undone:
            now = replace(which, undone=False, consent=self._consents.pop(code, None))
        else:
            now = replace(which, undone=True)
            if which.consent is not None:
                self._consents.setdefault(code, which.consent)
        self._withdrawn[code] = tuple(now if each == which else each for each in self._withdrawn[code])

    def is_withdrawn(self, code: str | None, key: str) -> bool:
        """Whether a recording of somebody, by its key, is one of those that were taken out."""
        return any(not gone.undone and key <= gone.until for gone in self._withdrawn.get(code or "", ()))

    def save(self) -> None:
        """Atomic. Nothing is written where nothing is new. Raises StorageFailed."""
        if (self._names, self._consents, self._withdrawn) == self._saved:
            return
        document = tomlkit.document()
        document.add(tomlkit.comment("Who the codes of this project stand for. Names are nowhere else:"))
        document.add(tomlkit.comment("leave this file out when you pass the project on."))
        table = tomlkit.table()
        for code in sorted(self._names, key=_number):
            table.add(code, self._names[code])
        document.add(_TABLE, table)
        if self._consents:
            consents = tomlkit.table()
            for code in sorted(self._consents, key=_number):
                consents.add(code, _inline(_as_dict(self._consents[code])))
            document.add(_CONSENT, consents)
        if self._withdrawn:
            document.add(tomlkit.comment("Whose recordings were taken out, and are not to come back from their files:"))
            gone = tomlkit.table()
            for code in sorted(self._withdrawn, key=_number):
                gone.add(code, tomlkit.array())
                for each in self._withdrawn[code]:
                    values = {"until": each.until, "edit": each.edit, "made_utc": each.made_utc, "undone": each.undone}
                    gone[code].append(_inline(values | ({} if each.consent is None else _as_dict(each.consent))))
            document.add(_WITHDRAWN, gone)
        write_text(self._path, tomlkit.dumps(document))
        self._saved = dict(self._names), dict(self._consents), dict(self._withdrawn)

    def _next(self) -> str:
        return f"P{1 + max((int(code[1:]) for code in self._used), default=0):02}"


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def _number(code: str) -> int:
    return int(code[1:])


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _as_dict(consent: Consent) -> dict[str, Any]:
    return {"scope": consent.scope, "date": consent.date}


def _inline(values: dict[str, Any]) -> tomlkit.items.InlineTable:
    table = tomlkit.inline_table()
    table.update(values)
    return table


def _read(path: Path) -> tuple[dict[str, str], dict[str, Consent], dict[str, tuple[Withdrawn, ...]]]:
    try:
        text = path.read_bytes().decode("utf-8")
        document = tomlkit.parse(text).unwrap()
    except FileNotFoundError:
        return {}, {}, {}
    except OSError as error:
        raise BrokenSettings(str(path), 1, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BrokenSettings(
            str(path), error.object[: error.start].count(b"\n") + 1, mark("it is not UTF-8")
        ) from error
    except tomlkit.exceptions.ParseError as error:
        raise BrokenSettings(str(path), error.line, str(error)) from error
    values = document.get(_TABLE, {})
    if not isinstance(values, dict):
        raise BrokenSettings(str(path), _line_of(text, _TABLE), mark("`people` is a table of codes and names"))
    for code, name in values.items():
        if not is_code(code) or not isinstance(name, str) or not name.strip():
            raise BrokenSettings(str(path), _line_of(text, code), mark('a person stands there as P01 = "name"'))
    consents = _consents(path, text, document.get(_CONSENT, {}))
    return dict(values), consents, _withdrawn(path, text, document.get(_WITHDRAWN, {}))


def _consents(path: Path, text: str, values: Any) -> dict[str, Consent]:
    form = mark('a consent stands there as P01 = {scope = "this project", date = 2026-11-25}')
    head = next((n for n, line in enumerate(text.splitlines(), 1) if line.strip() == f"[{_CONSENT}]"), 1)
    if not isinstance(values, dict):
        raise BrokenSettings(str(path), _line_of(text, _CONSENT), form)
    found = {}
    for code, value in values.items():
        agreed = value if isinstance(value, dict) else {}
        try:
            consent = checked_consent(str(agreed.get("scope", "")), str(agreed.get("date", "")))
        except InvalidInput:
            consent = None
        if consent is None or not is_code(code):
            line = head - 1 + _line_of("\n".join(text.splitlines()[head - 1 :]), code)
            raise BrokenSettings(str(path), line, form)
        found[code] = consent
    return found


def _withdrawn(path: Path, text: str, values: Any) -> dict[str, tuple[Withdrawn, ...]]:
    found = {}
    for code, value in values.items() if isinstance(values, dict) else [("", None)]:
        each = value if isinstance(value, list) else [value]  # one alone: written so once
        gone = [one for one in (_one_withdrawn(path, text, code, entry) for entry in each) if one is not None]
        if not gone or len(gone) != len(each) or not is_code(code):
            why = mark("who withdrew stands there as the studio wrote it, and not otherwise")
            raise BrokenSettings(str(path), _line_of(text, f"{_WITHDRAWN}]"), why)
        found[code] = tuple(gone)
    return found


def _one_withdrawn(path: Path, text: str, code: str, entry: Any) -> Withdrawn | None:
    match entry:
        case {"until": str(until), "edit": int(edit), "made_utc": str(made_utc), "undone": bool(undone), **agreed}:
            consent = _consents(path, text, {code: agreed} if agreed else {}).get(code)
            return Withdrawn(until, edit, made_utc, consent, undone)
    return None


def _line_of(text: str, key: str) -> int:
    lines = text.splitlines()
    return next((n for n, line in enumerate(lines, start=1) if line.lstrip(" \t\"'[").startswith(key)), 1)
