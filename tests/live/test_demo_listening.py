"""The demo fails where a single window is not equal, instead of summing it up."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from studio.boards import connection
from studio.boards.board_table import load_board
from studio.boards.connection import Board, open_board
from studio.cli.demo import DeviceDiffers, _listen
from studio.cli.output import Output
from studio.dataset.project import open_project
from studio.deploy.bundle import make_bundle
from studio.link.messages import Scores


class Lying:
    """A board one of whose windows is said to have been computed from another input."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def __getattr__(self, name: str) -> Any:
        return getattr(self._board, name)

    def messages(self, timeout_s: float) -> Iterator[Any]:
        for message in self._board.messages(timeout_s):
            if isinstance(message, Scores) and message.window_index == 4:
                yield replace(message, input_crc=message.input_crc ^ 1)
            else:
                yield message


@contextlib.contextmanager
def open_lying(*arguments: Any) -> Iterator[Lying]:
    with open_board(*arguments) as board:
        yield Lying(board)


def output() -> Output:
    return Output(as_json=True, out=io.StringIO(), err=io.StringIO())


def test_all_windows_of_the_stream_are_compared(project_with_run, speech_wav, tmp_path):
    with open_project(tmp_path / "project", write=False) as project:
        bundle = make_bundle(project_with_run, load_board("nano33ble"))
        listened = _listen(project, bundle, "nano33ble", speech_wav, output())
    assert listened.windows == 16
    assert [said.t_us % 200_000 for said in listened.heard] == [0] * len(listened.heard)
    assert all(1_000_000 <= said.t_us <= 4_000_000 for said in listened.heard)


def test_one_window_that_differs_fails_the_demo(project_with_run, speech_wav, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "open_board", open_lying)
    with open_project(tmp_path / "project", write=False) as project:
        bundle = make_bundle(project_with_run, load_board("nano33ble"))
        with pytest.raises(DeviceDiffers, match="1 of 16 windows differ between board and host, first at quantised"):
            _listen(project, bundle, "nano33ble", speech_wav, output())
