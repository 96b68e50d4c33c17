"""A model image over the link into a board's flash, proved there by its own golden input."""

import hashlib
from collections import deque
from dataclasses import dataclass

from studio.boards.connection import Board
from studio.core.errors import StudioError
from studio.core.job import Report, silent
from studio.core.text import gettext as _
from studio.core.text import mark

CHUNK_BYTES = 1000
IN_FLIGHT = 4
ERASE_TIMEOUT_S = 20.0  # a megabyte of nRF52840 flash takes about 22 s to erase at its slowest, a slot less


@dataclass(eq=False)
class SelfTestFailed(StudioError):
    board: str
    message = mark("The model is on {board}, but the board's answer to its golden input is not the expected one.")
    remedy = mark("Deploy once more. If it happens again, the board's firmware does not match this studio: update it.")


def upload(board: Board, image: bytes, *, token: str | None = None, report: Report = silent) -> None:
    """Sends, checks and opens `image` on the board. Raises BoardRefused, BoardLost, SelfTestFailed."""
    begin: dict[str, object] = {"bytes": len(image), "sha256": hashlib.sha256(image).digest()}
    if token is not None:
        begin["token"] = token
    board.command("upload", timeout_s=ERASE_TIMEOUT_S, **begin)
    unanswered: deque[int] = deque()
    for offset in range(0, len(image), CHUNK_BYTES):
        report(
            offset / len(image),
            _("Sending the model: {sent:,} of {bytes:,} bytes").format(sent=offset, bytes=len(image)),
        )
        if len(unanswered) == IN_FLIGHT:
            board.chunk_accepted(unanswered.popleft())
        board.send_chunk(offset, image[offset : offset + CHUNK_BYTES])
        unanswered.append(offset)
    for offset in unanswered:
        board.chunk_accepted(offset)
    board.command("commit", timeout_s=ERASE_TIMEOUT_S)
    report(1.0, _("Testing the model on the board"))
    self_test(board)


def self_test(board: Board) -> bytes:
    """Runs the golden input on the board. Returns its int8 scores. Raises SelfTestFailed where they are others."""
    reply = board.command("selftest", timeout_s=ERASE_TIMEOUT_S)
    if not reply.fields.get("equal"):
        raise SelfTestFailed(str(board.address))
    return bytes(reply.fields.get("output", b""))


def image_on(board: Board) -> bytes | None:
    """SHA-256 of the image that the board runs, or None."""
    return board.hello.image


def is_deployed(board: Board, image: bytes) -> bool:
    return image_on(board) == hashlib.sha256(image).digest()
