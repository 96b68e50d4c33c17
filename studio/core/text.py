"""Translatable text: every sentence a user sees passes through here."""

import gettext as _gettext
from pathlib import Path

_LOCALES = Path(__file__).resolve().parent.parent / "locale"
_catalogue: _gettext.NullTranslations = _gettext.translation("tinyml-studio", _LOCALES, fallback=True)


def gettext(message: str) -> str:
    """The message in the user's language, or as it is."""
    return _catalogue.gettext(message)


def counted(one: str, many: str, count: int) -> str:
    """The form that goes with `count`, which it may name as {n}; languages have other rules than one and many."""
    return _catalogue.ngettext(one, many, count).format(n=count)


def mark(message: str) -> str:
    """Marks a message for extraction where it is defined; it is translated where it is shown."""
    return message
