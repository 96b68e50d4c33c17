"""Whether a model image fits a board, and what a window costs: the slides' energies, by what is computed and sent."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from studio.core.energy import ADD_32_BIT_PJ, MULTIPLY_8_BIT_PJ, SRAM_READ_32_BIT_PJ
from studio.core.errors import StudioError
from studio.core.text import gettext, mark
from studio.model.image import read_image
from studio.model.plan import Plan
from studio.native.engine import listening

_BITS_PER_SAMPLE = 16


class BoardRow(Protocol):
    """What is needed of a board; studio.boards.board_table.BoardRow is one."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def image_slot_bytes(self) -> int: ...
    @property
    def arena_bytes(self) -> int: ...
    @property
    def window_bytes(self) -> int: ...
    @property
    def radio_pj_per_bit(self) -> float | None: ...


@dataclass(eq=False)
class DoesNotFit(StudioError):
    board: str
    part: str
    needed_bytes: int
    over_bytes: int
    message = mark("This model is {over_bytes:,} bytes too large for the {part} of {board}: it needs {needed_bytes:,}.")
    remedy = mark("Choose a smaller architecture on Train, a shorter window on Features, or a larger board.")


class Need(NamedTuple):
    """What the model takes of one part of a board, and what there is of it."""

    part: str
    needed_bytes: int
    available_bytes: int


class EnergyTerm(NamedTuple):
    """An operation of the slides' table, how often it is done, and what that comes to."""

    operation: str  # marked for translation
    each_pj: float
    times: float

    @property
    def pj(self) -> float:
        return self.each_pj * self.times


@dataclass(frozen=True)
class Fit:
    """board: its key. reasons: a sentence for each part of the board that is too small. energy_pj: of one window.
    needs: flash, activations, and the window's samples and features where it listens. input_bits: of one window.
    """

    board: str
    energy_pj: dict[str, float | None]
    misfits: tuple[DoesNotFit, ...] = field(default=(), compare=False)
    needs: tuple[Need, ...] = field(default=(), compare=False)
    input_bits: int = 0

    @property
    def fits(self) -> bool:
        return not self.misfits

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(str(misfit) for misfit in self.misfits)

    def require(self) -> None:
        """Raises DoesNotFit for the first part that is too small."""
        if self.misfits:
            raise self.misfits[0]


def fit(image: bytes, planned: Plan, board: BoardRow) -> Fit:
    """Compares what `image`, built from `planned`, needs with what the board has."""
    front_end = read_image(image).front_end
    needs = [
        Need(gettext("image slot in flash"), len(image), board.image_slot_bytes),
        Need(gettext("RAM that it has for activations"), planned.arena_bytes, board.arena_bytes),
    ]
    input_bits = 8 * planned.input.bytes
    if front_end is not None:
        window = listening(front_end)
        part = gettext("RAM that it has for samples and features")
        needs.append(Need(part, window.window_bytes, board.window_bytes))
        input_bits = _BITS_PER_SAMPLE * window.clip_samples
    misfits = tuple(
        DoesNotFit(board.name, part, needed, needed - available)
        for part, needed, available in needs
        if needed > available
    )
    energy = energy_pj(planned.macs, input_bits, board.radio_pj_per_bit)
    return Fit(board.key, energy, misfits, tuple(needs), input_bits)


def energy_pj(macs: int, input_bits: int, radio_pj_per_bit: float | None) -> dict[str, float | None]:
    """One window computed on the board, against its raw input sent away instead. pJ; no radio, no figure.

    compute: a multiply-accumulate is an 8-bit multiplication, a 32-bit addition, and a byte each of weight and input
    out of SRAM, four of which come in one 32-bit read: 0.2 + 0.1 + 2 / 4 * 5 = 2.8 pJ. The front end, leakage and all
    else that a real board spends are not in it.
    communicate: input_bits (raw samples, or pixels) times radio_pj_per_bit.
    """
    return {
        "compute": round(sum(term.pj for term in compute_terms(macs)), 1),
        "communicate": None if radio_pj_per_bit is None else input_bits * radio_pj_per_bit,
    }


def compute_terms(macs: int) -> tuple[EnergyTerm, ...]:
    """What `energy_pj` adds up for a window computed on the board."""
    return (
        EnergyTerm(mark("8b multiply"), MULTIPLY_8_BIT_PJ, macs),
        EnergyTerm(mark("32b add"), ADD_32_BIT_PJ, macs),
        EnergyTerm(mark("32b SRAM read (8 KB)"), SRAM_READ_32_BIT_PJ, macs * 2 / 4),
    )
