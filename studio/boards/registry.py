"""Which boards are in reach: USB serial ports and the air where one answers, and the virtual ones."""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from studio.boards.address import Address
from studio.boards.ble import look_around
from studio.boards.board_table import load_boards
from studio.boards.connection import ask_hello
from studio.boards.obstacles import BoardNotReached, Case
from studio.boards.ports import USB_NAMES, in_bootloader, usb_ports
from studio.core.errors import StudioError
from studio.core.text import gettext
from studio.link.messages import Hello

_log = logging.getLogger(__name__)

SEARCH_TIMEOUT_S = 7.0  # a port may hang in being opened, which nothing can interrupt
ASK_AGAIN_S = 15.0  # what did not answer


@dataclass(frozen=True)
class BoardInReach:
    """image: SHA-256 of the model on it, None where there is none; a virtual board's is in its project."""

    address: Address
    name: str
    image: bytes | None


@dataclass(frozen=True)
class Search:
    """What was found, and a sentence for each port where something is plugged in, or board in the air, that did not
    answer. radio: why there is none, empty where there is.
    """

    boards: Sequence[BoardInReach]
    silent: Sequence[str]
    radio: str = ""


class Lookout:
    """Looks again and again, and asks what is new: to open a port resets many a board, and a radio link takes long."""

    def __init__(self) -> None:
        self._known: dict[_Place, _Answer] = {}

    def look(self, timeout_s: float = SEARCH_TIMEOUT_S, *, anew: bool = False) -> Search:
        """Asks ports and boards in the air at once, and waits for none longer than timeout_s. Who answered is not asked
        again while it stays plugged in, or is heard, and who did not, not soon; anew: all are.
        """
        if anew:
            self._known = {}
        now_s = time.monotonic()
        waiting: queue.Queue[tuple[_Place, Hello | StudioError]] = queue.Queue()
        places = [_Place(Address("serial", port.device), (port.vid, port.pid)) for port in usb_ports()]
        asked = self._ask(places, waiting, now_s)
        in_air, radio = _listen_around()
        places += in_air
        asked |= self._ask(in_air, waiting, now_s)
        while asked:
            try:
                place, answer = waiting.get(timeout=max(0.0, now_s + timeout_s - time.monotonic()))
            except queue.Empty:
                break
            asked.discard(place)
            self._known[place] = _Answer(answer, time.monotonic())
        self._known = {place: answer for place, answer in self._known.items() if place in places}
        found = sorted(self._known.items(), key=lambda each: str(each[0].address))
        boards = [BoardInReach(p.address, a.said.name, a.said.image) for p, a in found if isinstance(a.said, Hello)]
        silent = [f"{a.said} {a.said.advice()}" for _place, a in found if isinstance(a.said, StudioError)]
        hangs = gettext("{address} hangs when it is opened. Unplug it.")
        silent += [hangs.format(address=place.address) for place in asked]
        return Search([*boards, *virtual_boards()], sorted(silent), radio)

    def _ask(
        self, places: Sequence["_Place"], waiting: "queue.Queue[tuple[_Place, Hello | StudioError]]", now_s: float
    ) -> set["_Place"]:
        """Begins to ask those of which nothing is known that still holds."""
        asked = {place for place in places if place not in self._known or not self._known[place].holds(now_s)}
        for place in asked:
            # A daemon: one that hangs is left behind.
            name = f"ask {place.address}"
            threading.Thread(target=_ask, args=(place, waiting), name=name, daemon=True).start()
        return asked


class _Place(NamedTuple):
    """What is plugged in at a port, by its numbers; nothing else tells one board from the next that is put there."""

    address: Address
    numbers: tuple[int, int | None] | None = None


class _Answer(NamedTuple):
    said: Hello | StudioError
    at_s: float

    def holds(self, now_s: float) -> bool:
        """A program that has the port may give it up at any time; what is silent may be given our firmware."""
        if isinstance(self.said, Hello):
            return True
        busy = isinstance(self.said, BoardNotReached) and self.said.case in (Case.BUSY, Case.NO_PERMISSION)
        return not busy and now_s < self.at_s + ASK_AGAIN_S


def find_boards(timeout_s: float = SEARCH_TIMEOUT_S) -> Search:
    """What a Lookout sees at first."""
    return Lookout().look(timeout_s)


def virtual_boards() -> list[BoardInReach]:
    """One for each row of boards.toml: they need nothing but this machine."""
    return [
        BoardInReach(Address("virtual", row.key), gettext("{name} (virtual)").format(name=row.name), None)
        for row in load_boards().values()
    ]


def _listen_around() -> tuple[list[_Place], str]:
    """Boards in the air, and why nothing can be heard there."""
    try:
        return [_Place(Address("ble", board.address)) for board in look_around()], ""
    except BoardNotReached as error:
        return [], f"{error} {error.advice()}"


def _ask(place: _Place, waiting: "queue.Queue[tuple[_Place, Hello | StudioError]]") -> None:
    address = place.address
    try:
        waiting.put((place, ask_hello(address)))
    except StudioError as error:
        _log.info("%s did not answer: %s", address, error)
        usb = None if place.numbers is None else USB_NAMES.get(place.numbers)
        if usb is not None and usb.bootloader:
            waiting.put((place, in_bootloader(address.shown, usb.name)))
        else:
            waiting.put((place, error))
