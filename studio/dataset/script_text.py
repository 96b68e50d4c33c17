"""The script as people write it: `yes 20, no 20, background 1 x 60 s`. What is read is written back by the inverse."""

import re

from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.background import BACKGROUND, UNKNOWN
from studio.dataset.script import (
    BACKGROUND_S,
    BACKGROUND_WANTED,
    LEAST_S,
    MOST_S,
    MOST_WANTED,
    TAKE_S,
    WANTED,
    ScriptClass,
)

_NAMES = {"background": BACKGROUND, "unknown": UNKNOWN}
_WRITTEN = {label: name for name, label in _NAMES.items()}
_UNITS = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "minute": 60.0, "minutes": 60.0}
_NUMBER = r"\d+(?:\.\d+)?"
_LENGTH = rf"(?P<value>{_NUMBER}|an?)\s*(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})"
# LABEL [[x] COUNT [times] [[x] LENGTH]] or LABEL LENGTH; the label may have spaces, or stand in quotes, of which "" is
# one in it
_ENTRY = re.compile(
    rf"""(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<label>[^\s"][^"]*?))(?:\s+(?:[x×]\s*|times\s+)?(?P<count>\d+)(?:\s*times)?)?(?:\s*(?:\s[x×]|(?<=\d)[x×]|\s)\s*{_LENGTH})?\s*""",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"(?:.*\s|(?:.*\s)?\d+)(?P<sign>[x×]|times)", re.IGNORECASE)
_PIECE = re.compile(r"""(?:[^",;\n]|"[^"]*(?:"|\Z))+""")  # up to a separator that is outside of quotes
_SHOWN_PIECE = 80
_LONGEST_PIECE = 240  # a label, each of its characters a quote that is doubled, with a count and a length


def parse_script(text: str) -> tuple[ScriptClass, ...]:
    """Classes in the order in which they stand, each `LABEL [COUNT] [x SECONDS s]`, with commas, semicolons or line
    breaks between them. A number without a unit is a count, also as `x 20` or `20 times`; a length alone is of one
    take; `background` and `unknown` are the classes that nobody names.

    Raises InvalidInput, which names the piece that is wrong.
    """
    classes: list[ScriptClass] = []
    for piece in _PIECE.findall(text):
        if not piece.strip():
            continue
        each = _parsed(piece.strip())
        if any(each.label == before.label for before in classes):
            raise InvalidInput(_piece(piece), _("{label} stands there twice").format(label=each.label))
        classes.append(each)
    if not classes:
        raise InvalidInput(mark("The script"), mark("no class stands in it"), mark("Write it as: yes 20, no 20"))
    return tuple(classes)


def script_text(classes: "tuple[ScriptClass, ...]") -> str:
    """What parse_script reads as these classes. Lengths are left out where they are the usual ones."""
    return ", ".join(_written(each) for each in classes)


def plain_name(label: str) -> str:
    """As the text has it: background rather than _background_."""
    return _WRITTEN.get(label, label)


def _parsed(piece: str) -> ScriptClass:
    from studio.dataset.edits import checked_label

    found = _matched(piece)
    bare: str = "" if found is None else found["label"] or ""
    if found is None:
        form = mark("Write it as LABEL COUNT x SECONDS s, such as: yes 20 x 1.5 s")
        raise InvalidInput(_piece(piece), mark("it is no class with a count and a length"), form)
    unfinished = _UNFINISHED.fullmatch(bare)
    if unfinished is not None:
        why = _("the number for its `{sign}` is missing").format(sign=unfinished["sign"])
        quotes = _('Write it as: yes 20 x 1.5 s, or in quotes where it is a word: "{label}"').format(label=bare)
        raise InvalidInput(_piece(piece), why, quotes)
    label = checked_label(_NAMES.get(bare.casefold(), bare) if bare else found["quoted"].replace('""', '"'))
    if label is None:
        raise InvalidInput(_piece(piece), mark("it has no label"))
    usual = usual_class(label)
    wanted = usual.wanted if found["count"] is None else int(found["count"])
    seconds = usual.seconds
    if found["unit"] is not None:
        value = 1.0 if found["value"].casefold() in ("a", "an") else float(found["value"])
        seconds = value * _UNITS[found["unit"].casefold()]
        wanted = 1 if found["count"] is None else wanted
    if not 1 <= wanted <= MOST_WANTED:
        raise InvalidInput(_piece(piece), _("a class has 1 to {most:,} takes").format(most=MOST_WANTED))
    if not LEAST_S <= seconds <= MOST_S:
        why = _("a take lasts {least:g} to {most:g} s").format(least=LEAST_S, most=MOST_S)
        raise InvalidInput(_piece(piece), why)
    return ScriptClass(label, wanted, seconds)


def _matched(piece: str) -> re.Match[str] | None:
    """Blanks are one, but in quotes: what could match in many ways would be tried in all of them."""
    plain = piece if piece.startswith('"') else " ".join(piece.split())
    if len(plain) > _LONGEST_PIECE:
        raise InvalidInput(
            _piece(plain[:_SHOWN_PIECE] + "…"), mark("it is too long for a label with a count and a length")
        )
    return _ENTRY.fullmatch(plain)


def usual_class(label: str) -> ScriptClass:
    """As many and as long as a class of that name has where nobody says."""
    if label == BACKGROUND:
        return ScriptClass(label, BACKGROUND_WANTED, BACKGROUND_S)
    return ScriptClass(label, WANTED, TAKE_S)


def _written(each: ScriptClass) -> str:
    length = "" if each.seconds == usual_class(each.label).seconds else f" x {each.seconds!r}".removesuffix(".0") + " s"
    label, takes = each.label, f" {each.wanted}{length}"
    quoted = '"' + label.replace('"', '""') + '"'
    return (_WRITTEN.get(label) or (label if _stands_bare(label, takes) else quoted)) + takes


def _stands_bare(label: str, takes: str) -> bool:
    """Whether the label is read as itself without quotes, before these takes."""
    if not _PIECE.fullmatch(label) or '"' in label or label.casefold() in _NAMES:
        return False
    found = _matched(label + takes)
    return found is not None and found["label"] == label and not _UNFINISHED.fullmatch(label)


def _piece(piece: str) -> str:
    return _("In the script, `{piece}`").format(piece=piece.strip())
