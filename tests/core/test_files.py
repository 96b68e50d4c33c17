"""Atomic writes, safe names, no way out of a folder, and a trash from which all comes back."""

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InvalidInput, StorageFailed
from studio.core.files import LONGEST_NAME, atomic, inside, safe_name, trash, write_bytes, write_json


def test_a_failed_write_leaves_the_old_file_and_no_partial_one(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})

    def fails_half_way() -> None:
        with atomic(path) as partial:
            partial.write_text("half")
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fails_half_way()
    assert path.read_text() == '{\n "old": 1\n}\n'
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_as_such(tmp_path):
    path = tmp_path / "a"
    with pytest.raises(StorageFailed) as caught, atomic(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "No space left on device" in str(caught.value)
    assert "Free some space" in caught.value.advice()
    assert not path.exists()


@given(st.text(max_size=200))
def test_a_safe_name_is_one_path_part_on_every_system(text):
    name = safe_name(text)
    assert name
    assert len(name) <= LONGEST_NAME + 1
    assert Path(name).name == name
    assert not set(name) & set('<>:"/\\|?*\0')
    assert name.rstrip(". ") == name
    assert name.split(".")[0].lower() not in {"con", "nul", "com1", "lpt9"}


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../out", "link/out"])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(InvalidInput):
        inside(folder, name)


def test_a_name_inside_stays(tmp_path):
    assert inside(tmp_path, "a/b.wav") == tmp_path.resolve() / "a/b.wav"


def test_two_files_of_one_name_in_the_trash_keep_both(tmp_path):
    places = []
    for content in (b"1", b"2"):
        write_bytes(tmp_path / "a.wav", content)
        places.append(trash(tmp_path, tmp_path / "a.wav"))
    assert [place.read_bytes() for place in places] == [b"1", b"2"]
    assert not (tmp_path / "a.wav").exists()
