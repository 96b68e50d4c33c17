"""The boards that studio knows: `resources/boards.toml`, read and checked."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.core.errors import InvalidInput, NotFound
from studio.core.samples import CAMERA, KINDS
from studio.core.text import gettext

DEFAULT_BOARD = "nano33ble"


@dataclass(frozen=True)
class BoardRow:
    """One board. Sizes in bytes; what is the course's figure and what is ours stands in boards.toml.

    rates: by the name of a SensorKind, in Hz, the usual one first. camera_size: width and height of its pictures.
    """

    key: str
    name: str
    mcu: str
    core: str
    clock_hz: int
    flash_bytes: int
    ram_bytes: int
    sensors: tuple[str, ...]
    radios: tuple[str, ...]
    image_slot_bytes: int
    arena_bytes: int
    window_bytes: int
    queue_bytes: int
    link_bytes_per_s: int
    rates: Mapping[str, tuple[int, ...]] = field(hash=False)
    camera_size: tuple[int, int] | None = None
    radio_pj_per_bit: float | None = None

    @property
    def system_bytes(self) -> int:
        """RAM that a model cannot have: stack, drivers, and the node's context."""
        return self.ram_bytes - self.arena_bytes - self.window_bytes - self.queue_bytes


def table_path() -> Path:
    # Beside studio/ in a checkout, a package of its own when installed.
    beside = Path(__file__).resolve().parents[2]
    for folder in ("resources", "studio_resources"):
        path = beside / folder / "boards.toml"
        if path.is_file():
            return path
    raise NotFound("resources/boards.toml", gettext("Install studio again: this installation is not whole."))


def read_boards(path: Path) -> dict[str, BoardRow]:
    """The rows of a table, in its order. Raises InvalidInput naming the row that makes no sense."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(str(path), str(error)) from error
    return {key: _row(path, key, fields) for key, fields in content.items()}


@functools.cache
def load_boards() -> dict[str, BoardRow]:
    """Every board by its key."""
    return read_boards(table_path())


def load_board(key: str) -> BoardRow:
    """Raises NotFound, naming the boards that there are."""
    boards = load_boards()
    if key not in boards:
        advice = gettext("Use one of these: {names}.").format(names=", ".join(boards))
        raise NotFound(gettext("The board {key!r}").format(key=key), advice)
    return boards[key]


def _row(path: Path, key: str, fields: object) -> BoardRow:
    what = f"{path.name} [{key}]"
    if not isinstance(fields, dict):
        raise InvalidInput(what, gettext("it is not a table"))
    lists = {name: tuple(fields.get(name, ())) for name in ("sensors", "radios")}
    rates = {name: tuple(of_one) for name, of_one in fields.get("rates", {}).items()}
    size = fields.get("camera_size")
    try:
        row = BoardRow(
            **{**fields, **lists, "rates": rates, "camera_size": None if size is None else tuple(size), "key": key}
        )
    except TypeError as error:
        raise InvalidInput(what, str(error)) from error
    if not set(rates) <= set(KINDS) or not all(rates.values()):
        raise InvalidInput(what, gettext("`rates` names what is no kind of sensor, or gives no rate"))
    if (CAMERA.name in rates) != (size is not None):
        raise InvalidInput(what, gettext("a camera has a size and rates"))
    if row.system_bytes <= 0:
        raise InvalidInput(what, gettext("arena, window and queue are larger than its RAM"))
    if row.image_slot_bytes > row.flash_bytes:
        raise InvalidInput(what, gettext("its image slot is larger than its flash"))
    return row
