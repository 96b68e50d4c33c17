"""What can go wrong, as a user is told it: a sentence of what happened to what, and a remedy.

StudioError
├── Cancelled            the user stopped a job
├── InvalidInput         an argument, file or message that is not what it should be
├── NotFound             a file, recording, run or board that is not there
├── StorageFailed        the disk is full, read-only or gone
└── (each package defines its own beside the code that raises them)
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from studio.core.text import gettext, mark


class StudioError(Exception):
    """An expected failure. A subclass is a dataclass(eq=False) whose fields fill `message` and `remedy`.

    Crosses process boundaries whole: it pickles by class and fields, and is worded where it is shown.
    """

    message: ClassVar[str] = ""
    remedy: ClassVar[str] = ""

    def __str__(self) -> str:
        return gettext(self.message).format(**vars(self))

    def advice(self) -> str:
        """What to do next, worded for the user."""
        return gettext(self.remedy).format(**vars(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(vars(self)))


def _rebuild(kind: type[StudioError], fields: dict[str, Any]) -> StudioError:
    error = kind.__new__(kind)
    vars(error).update(fields)
    return error


@dataclass(eq=False)
class Cancelled(StudioError):
    what: str
    message = mark("{what} was cancelled.")
    remedy = mark("Start it again when you like; nothing was changed.")


@dataclass(eq=False)
class InvalidInput(StudioError):
    """`what` names the thing, `why` completes "... cannot be used: ..."."""

    what: str
    why: str
    advise: str = mark("Correct it and try again.")
    message = mark("{what} cannot be used: {why}.")
    remedy = "{advise}"


@dataclass(eq=False)
class NotFound(StudioError):
    what: str
    advise: str = mark("Check the name and try again.")
    message = mark("{what} was not found.")
    remedy = "{advise}"


@dataclass(eq=False)
class StorageFailed(StudioError):
    path: str
    why: str
    message = mark("{path} could not be written: {why}.")
    remedy = mark("Free some space, or choose another folder, and try again.")
