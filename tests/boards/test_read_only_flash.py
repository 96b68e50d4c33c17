"""A virtual board of a project that cannot be written: said so, with what to do."""

import os
from pathlib import Path

import pytest

from studio.boards.address import parse_address
from studio.boards.virtual import FlashNotWritable, start_virtual_board


@pytest.mark.parametrize("has_flash", [False, True])
def test_a_flash_that_cannot_be_written_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_flash: bool
) -> None:
    if has_flash:
        (tmp_path / "boards").mkdir()
        (tmp_path / "boards/nano33ble.flash").write_bytes(b"")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # to root, no file is read-only
    with pytest.raises(FlashNotWritable, match=r"nano33ble\.flash cannot be written") as caught:
        start_virtual_board(parse_address("virtual:nano33ble"), tmp_path)
    assert "Copy the project" in caught.value.advice()


def test_where_its_folder_cannot_be_made_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "boards").write_text("in the way")
    with pytest.raises(FlashNotWritable, match="boards cannot be written"):
        start_virtual_board(parse_address("virtual:nano33ble"), tmp_path)
