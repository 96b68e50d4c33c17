"""A run onto the board at an address: reached, fitted, sent, proved. What the window and the command line both do."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from studio.boards.address import Address
from studio.boards.connection import Board, open_board
from studio.core.errors import StudioError
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.runs import Run
from studio.deploy.bundle import bundle_for, run_of_image
from studio.deploy.upload import image_on, upload


@dataclass(eq=False)
class HoldsAnother(StudioError):
    """Raised before anything is sent, unless the caller said that it may be replaced."""

    board: str
    message = mark("{board} holds a model that is of no run of this project.")
    remedy = mark("Putting this run's model there replaces it.")


@dataclass(frozen=True)
class Deployed:
    """What is on the board now, proved by its self-test. scores: how many the golden input gave, all as expected."""

    run: str
    board: str  # its name
    image_bytes: int
    sha256: str
    scores: int


def deploy(
    run: Run, address: Address, folder: Path, *, replace_another: bool = True, report: Report = silent
) -> Deployed:
    """folder: the project's. Raises HoldsAnother where the board has another project's model and `replace_another` is
    False; what open_board, bundle_for and upload raise.
    """
    report(None, _("Reaching the board"))
    with open_board(address, folder) as board:
        bundle = bundle_for(run, board.hello)
        if not replace_another and holds_another(board, run.folder.parent):
            raise HoldsAnother(board.hello.name)
        upload(board, bundle.image, token=address.token, report=report)
        name = board.hello.name
    digest = hashlib.sha256(bundle.image).hexdigest()
    return Deployed(run.id, name, len(bundle.image), digest, bundle.plan.output.bytes)


def holds_another(board: Board, runs_folder: Path) -> bool:
    """Whether it has a model that no run of this folder made."""
    image = image_on(board)
    return image is not None and run_of_image(runs_folder, image) is None
