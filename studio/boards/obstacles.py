"""Why a board cannot be reached, told apart."""

from dataclasses import dataclass
from enum import Enum

from studio.core.errors import StudioError
from studio.core.text import mark


class Case(Enum):
    """What stands between us and a board, as far as it can be told apart."""

    NO_PORT = "no port"
    NO_RADIO = "no radio"
    NO_PERMISSION = "no permission"
    BUSY = "busy"
    WRONG_SPEED = "wrong speed"
    BOOTLOADER = "bootloader"
    SILENT = "silent"
    FOREIGN = "foreign firmware"
    OTHER = "other"


@dataclass(eq=False)
class BoardNotReached(StudioError):
    """`why` completes "... cannot be reached: ..."."""

    address: str
    why: str
    advise: str
    case: Case = Case.OTHER
    message = mark("{address} cannot be reached: {why}.")
    remedy = "{advise}"
