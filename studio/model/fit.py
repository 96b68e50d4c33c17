"""Whether a model image fits a board, how often the board can decide with it, and what a window costs: the slides'
energies, by what is computed and sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from studio.core.energy import ADD_32_BIT_PJ, MULTIPLY_8_BIT_PJ, SRAM_READ_32_BIT_PJ
from studio.core.errors import StudioError
from studio.core.text import gettext, mark
from studio.model.image import read_image
from studio.model.plan import Plan
from studio.native.engine import listening

CYCLES_PER_MAC = 4.0  # an assumption: portable C on a 32-bit core without vector instructions, not measured on any chip
# Of the time from one window to the next. The rest is for the front end, whose 14,600 multiplications and additions a
# frame (features/cost.py) are a few percent of a frame's time at 64 MHz, for the link, and for what is not estimated.
NETWORK_SHARE = 0.8


class BoardRow(Protocol):
    """What is needed of a board; studio.boards.board_table.BoardRow is one."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def clock_hz(self) -> int: ...
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
    also: tuple["DoesNotFit", ...] = ()
    message = mark("This model is {over_bytes:,} bytes too large for the {part} of {board}: it needs {needed_bytes:,}.")
    remedy = mark("Choose a smaller architecture on Train, a shorter window on Features, or a larger board.")

    def __str__(self) -> str:
        return " ".join([super().__str__(), *map(str, self.also)])


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
class Pace:
    """How often a board decides. window_ms: about how long the network computes on a window, see CYCLES_PER_MAC.

    hop_ms: from one window to the next. finest_ms: the shortest there is, on a board that is quick enough.
    """

    window_ms: float
    hop_ms: float
    finest_ms: float

    @property
    def keeps_up(self) -> bool:
        return self.window_ms <= NETWORK_SHARE * self.hop_ms

    @property
    def is_finest(self) -> bool:
        return self.hop_ms <= self.finest_ms

    def __str__(self) -> str:
        """A sentence, for people."""
        if not self.keeps_up:
            text = gettext(
                "Too slow for this board: a window takes about {window_ms:,.0f} ms, estimated at {cycles:g} cycles a "
                "multiply-add, and should take {most_ms:,.0f} of the {hop_ms:,.0f} ms to the next. Choose a smaller "
                "network."
            )
        elif self.is_finest:
            text = gettext(
                "It decides every {hop_ms:,.0f} ms: a window takes about {window_ms:,.0f} ms, estimated at {cycles:g} "
                "cycles a multiply-add."
            )
        else:
            text = gettext(
                "It decides every {hop_ms:,.0f} ms, not every {finest_ms:,.0f}: a window takes this board about "
                "{window_ms:,.0f} ms, estimated at {cycles:g} cycles a multiply-add."
            )
        return text.format(
            window_ms=self.window_ms,
            most_ms=NETWORK_SHARE * self.hop_ms,
            hop_ms=self.hop_ms,
            finest_ms=self.finest_ms,
            cycles=CYCLES_PER_MAC,
        )


def about_ms(macs: int, clock_hz: int) -> float:
    """How long a board computes on one window, by CYCLES_PER_MAC: an estimate, without the front end."""
    return 1000 * macs * CYCLES_PER_MAC / clock_hz


def pace(macs: int, clock_hz: int, hops_ms: Sequence[float]) -> Pace:
    """With the shortest of these hops (ascending, at least one) that the board keeps up with; else with the longest."""
    window_ms = about_ms(macs, clock_hz)
    paces = [Pace(window_ms, hop_ms, hops_ms[0]) for hop_ms in hops_ms]
    return next((found for found in paces if found.keeps_up), paces[-1])


@dataclass(frozen=True)
class Fit:
    """board: its key. reasons: a sentence for each part of the board that is too small, and for what else it lacks,
    which whoever knows of it adds to misfits. energy_pj: of one window.
    needs: flash, activations, and the window's samples and features where it listens. input_bits: of one window.
    """

    board: str
    energy_pj: dict[str, float | None]
    misfits: tuple[StudioError, ...] = field(default=(), compare=False)
    needs: tuple[Need, ...] = field(default=(), compare=False)
    input_bits: int = 0

    @property
    def fits(self) -> bool:
        return not self.misfits

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(str(misfit) for misfit in self.misfits)

    def require(self) -> None:
        """Raises DoesNotFit, which names every part that is too small; else what else the board lacks."""
        small = tuple(misfit for misfit in self.misfits if isinstance(misfit, DoesNotFit))
        if small:
            raise replace(small[0], also=small[1:])
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
        input_bits = 8 * window.input_bytes
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
