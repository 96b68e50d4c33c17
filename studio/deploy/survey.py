"""A run before it goes onto a board: the bytes of its image by part, and how it fits each board there is."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.boards.board_table import BoardRow, load_boards
from studio.core.text import gettext as _
from studio.dataset.runs import Run
from studio.deploy.bundle import Bundle, bundle_of, make_bundle
from studio.model.fit import Fit
from studio.model.image import read_image


@dataclass(frozen=True, eq=False)
class Survey:
    """parts: of the model image, largest first, what is left of it last. boards and bundles: in the same order."""

    run: Run
    parts: tuple[tuple[str, int], ...]
    boards: tuple[BoardRow, ...]
    bundles: tuple[Bundle, ...]

    @property
    def bundle(self) -> Bundle:
        """For what is the same on all boards."""
        return self.bundles[0]

    @property
    def fits(self) -> tuple[Fit, ...]:
        return tuple(bundle.fit for bundle in self.bundles)

    def bundle_for(self, board: str) -> Bundle:
        """By the board's key; the first, where it is none of these."""
        return next((found for found in self.bundles if found.fit.board == board), self.bundle)

    def fit_of(self, board: str) -> Fit | None:
        """By the board's key."""
        return next((found for found in self.fits if found.board == board), None)


def real_boards() -> list[BoardRow]:
    """Those of the table that can be bought."""
    return [row for row in load_boards().values() if row.mcu != "none"]


def survey(run: Run, boards: Iterable[BoardRow]) -> Survey:
    """boards: at least one. Raises what make_bundle raises where the run's model cannot be planned."""
    rows = tuple(boards)
    first = make_bundle(run, rows[0])
    others = (bundle_of(run, first.tflite, first.plan, row) for row in rows[1:])
    return Survey(run, _parts(first.image), rows, (first, *others))


def _parts(image: bytes) -> tuple[tuple[str, int], ...]:
    names = {
        "DATA": _("Weights and tables"),
        "FEND": _("Front end"),
        "GOLD": _("Golden input"),
        "OPER": _("Operators"),
    }
    sections = read_image(image).sections
    parts = sorted(((name, sections.get(tag, 0)) for tag, name in names.items()), key=lambda part: -part[1])
    return (*parts, (_("Names, rule, header"), len(image) - sum(size for _name, size in parts)))
