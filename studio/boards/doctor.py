"""The connection doctor: an address, step by step, until it answers or until the step that says why not. No Qt."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from studio.boards.obstacles import BoardNotReached, Case
from studio.core.errors import InvalidInput, StudioError
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.link.messages import Hello


class Outcome(Enum):
    NOT_TRIED = "not tried yet"
    TRYING = "trying"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Step:
    name: str
    outcome: Outcome = Outcome.NOT_TRIED
    detail: str = ""


@dataclass(frozen=True)
class Finding:
    """What is known so far. error: of the failed step. hello: when all went well."""

    steps: tuple[Step, ...]
    address: str = ""
    error: StudioError | None = None
    hello: "Hello | None" = None


def first_finding() -> Finding:
    names = (_("The address makes sense"), _("The port opens"), _("The board answers"), _("It speaks our protocol"))
    return Finding(tuple(Step(name) for name in names))


def reach(text: str, tell: Callable[[Finding], None]) -> Finding:
    """Tries an address; `tell` hears each step. Takes as long as the board may take to answer."""
    from studio.boards.address import parse_address
    from studio.boards.connection import Board, BoardLost, OtherProtocol
    from studio.boards.row_stream import recognise
    from studio.boards.transport import open_transport

    finding = replace(first_finding(), address=text)
    try:
        address = parse_address(text.strip())
    except InvalidInput as error:
        return _failed(finding, 0, error, tell)
    finding = _with(finding, 0, Outcome.DONE, address.scheme)
    finding = _with(finding, 1, Outcome.TRYING, "")
    tell(finding)
    place = 1
    with contextlib.ExitStack() as opened:
        try:
            transport = open_transport(address, None)
            opened.callback(transport.close)
            finding = _with(finding, 1, Outcome.DONE, address.target)
            finding, place = _with(finding, 2, Outcome.TRYING, ""), 2
            tell(finding)
            stream = recognise(address, transport)
            if stream is not None:
                finding = _with(finding, 2, Outcome.DONE, _(stream.decoder.name))
                return _failed(finding, 3, _prints(address.shown, stream.decoder.name), tell)
            hello = opened.enter_context(Board(address, transport)).hello
        except OtherProtocol as error:
            return _failed(_with(finding, 2, Outcome.DONE, ""), 3, error, tell)
        except BoardNotReached as error:
            if error.case is Case.FOREIGN and place == 2:
                finding, place = _with(finding, 2, Outcome.DONE, ""), 3
            return _failed(finding, place, error, tell)
        except StudioError as error:
            return _failed(finding, place, error, tell)
        except OSError:
            return _failed(finding, 2, BoardLost(address.named, 0.0), tell)
    major, minor = hello.version
    for step, detail in ((2, hello.name), (3, _("version {major}.{minor}"))):
        finding = _with(finding, step, Outcome.DONE, detail.format(major=major, minor=minor))
    finding = replace(finding, hello=hello)
    tell(finding)
    return finding


def _prints(shown: str, stream: str) -> BoardNotReached:
    return BoardNotReached(
        shown,
        _("its firmware is not this program's; it sends {stream}").format(stream=_(stream)),
        _("`record` takes what it sends. To run models on it, put this program's firmware on it."),
        Case.FOREIGN,
    )


def _with(finding: Finding, place: int, outcome: Outcome, detail: str) -> Finding:
    steps = list(finding.steps)
    steps[place] = replace(steps[place], outcome=outcome, detail=detail)
    return replace(finding, steps=tuple(steps))


def _failed(finding: Finding, place: int, error: StudioError, tell: Callable[[Finding], None]) -> Finding:
    ended = replace(_with(finding, place, Outcome.FAILED, ""), error=error)
    with contextlib.suppress(RuntimeError):
        tell(ended)
    return ended
