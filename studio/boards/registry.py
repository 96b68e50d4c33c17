"""Which boards are in reach: USB serial ports and the air where one answers, and the virtual ones."""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from studio.boards.address import Address
from studio.boards.ble import look_around
from studio.boards.board_table import load_boards
from studio.boards.connection import ask_hello
from studio.boards.obstacles import BoardNotReached
from studio.boards.ports import in_bootloader, usb_port, usb_ports
from studio.core.errors import StudioError
from studio.core.text import gettext
from studio.link.messages import Hello

_log = logging.getLogger(__name__)

SEARCH_TIMEOUT_S = 7.0  # a port may hang in being opened, which nothing can interrupt


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


def find_boards(timeout_s: float = SEARCH_TIMEOUT_S) -> Search:
    """Asks all ports and all boards in the air at once, and waits for none longer than timeout_s."""
    answers: queue.Queue[tuple[Address, Hello | StudioError]] = queue.Queue()
    asked = {Address("serial", port.device) for port in usb_ports()}
    for address in asked:
        _begin_to_ask(address, answers)
    boards: list[BoardInReach] = []
    silent: list[str] = []
    end_s = time.monotonic() + timeout_s
    in_air, radio = _listen_around()
    for address in in_air:
        _begin_to_ask(address, answers)
    asked |= set(in_air)
    while asked:
        try:
            address, answer = answers.get(timeout=max(0.0, end_s - time.monotonic()))
        except queue.Empty:
            break
        asked.discard(address)
        if isinstance(answer, Hello):
            boards.append(BoardInReach(address, answer.name, answer.image))
        else:
            silent.append(f"{answer} {answer.advice()}")
    silent += [gettext("{address} hangs when it is opened. Unplug it.").format(address=address) for address in asked]
    boards.sort(key=lambda board: str(board.address))
    return Search([*boards, *virtual_boards()], sorted(silent), radio)


def virtual_boards() -> list[BoardInReach]:
    """One for each row of boards.toml: they need nothing but this machine."""
    return [
        BoardInReach(Address("virtual", row.key), gettext("{name} (virtual)").format(name=row.name), None)
        for row in load_boards().values()
    ]


def _listen_around() -> tuple[list[Address], str]:
    """Boards in the air, and why nothing can be heard there."""
    try:
        return [Address("ble", board.address) for board in look_around()], ""
    except BoardNotReached as error:
        return [], f"{error} {error.advice()}"


def _begin_to_ask(address: Address, answers: "queue.Queue[tuple[Address, Hello | StudioError]]") -> None:
    """On a daemon: one that hangs is left behind."""
    threading.Thread(target=_ask, args=(address, answers), name=f"ask {address}", daemon=True).start()


def _ask(address: Address, answers: "queue.Queue[tuple[Address, Hello | StudioError]]") -> None:
    try:
        answers.put((address, ask_hello(address)))
    except StudioError as error:
        _log.info("%s did not answer: %s", address, error)
        port = usb_port(address.target) if address.scheme == "serial" else None
        if port is not None and port.usb is not None and port.usb.bootloader:
            answers.put((address, in_bootloader(address.shown, port.usb.name)))
        else:
            answers.put((address, error))
