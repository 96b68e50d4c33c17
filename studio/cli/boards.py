"""`boards`: what is in reach."""

import argparse

from studio.cli.output import Command, Output
from studio.core.text import gettext as _


def configure_boards(parser: argparse.ArgumentParser) -> None:
    """`boards` takes no arguments of its own."""


def run_boards(_args: argparse.Namespace, output: Output) -> None:
    from studio.boards.registry import find_boards

    search = find_boards()
    for sentence in search.silent:
        output.warn(sentence)
    if search.radio:
        output.warn(search.radio)
    rows = [
        {
            "address": str(board.address),
            "name": board.name,
            "image": None if board.image is None else board.image.hex(),
        }
        for board in search.boards
    ]
    width = max(len(str(board.address)) for board in search.boards)
    lines = [
        f"{board.address!s:<{width}}  {board.name}"
        + ("" if board.image is None else "  " + _("model {sha256}").format(sha256=board.image.hex()[:12]))
        for board in search.boards
    ]
    output.result({"boards": rows}, "\n".join(lines))


COMMANDS = {"boards": Command(configure_boards, run_boards)}
