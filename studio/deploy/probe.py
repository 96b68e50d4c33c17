"""Any model's outputs on a board, for inputs of our choosing: one image an input, with it as the golden input."""

import numpy as np
from numpy.typing import NDArray

from studio.boards.board_table import load_board
from studio.boards.connection import Board
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.deploy.upload import SelfTestFailed, upload
from studio.model.fit import fit
from studio.model.image import build_image
from studio.model.plan import Plan


def board_outputs(
    board: Board, planned: Plan, inputs: NDArray[np.int8], *, token: str | None = None, report: Report = silent
) -> NDArray[np.int8]:
    """(rows, output bytes), as the board computes them. inputs: (rows, input bytes).

    The board keeps the last image. Raises DoesNotFit before anything is sent, BoardRefused, BoardLost.
    """
    fit(build_image(planned), planned, load_board(board.hello.board)).require()
    outputs = np.empty((len(inputs), planned.output.bytes), np.int8)
    for row, values in enumerate(inputs):
        report(row / len(inputs), _("Input {n} of {count} on the board").format(n=row + 1, count=len(inputs)))
        try:
            upload(board, build_image(planned, golden_input=values), token=token)
        except SelfTestFailed:  # its outputs are what is asked for, equal or not
            report(row / len(inputs), _("The board's answer to input {n} differs").format(n=row + 1))
        outputs[row] = _output(board, planned.output.bytes)
    return outputs


def _output(board: Board, values: int) -> NDArray[np.int8]:
    """(values,), which come in parts. Raises SelfTestFailed where the board gives none or too many."""
    output = b""
    while len(output) < values:
        part = bytes(board.command("selftest", **{"from": len(output)}).fields.get("output", b""))
        output += part
        if not part or len(output) > values:
            raise SelfTestFailed(str(board.address))
    return np.frombuffer(output, np.int8)
