"""The project folder: made, opened, held by one writer, and what is said when something of it is wrong."""

import contextlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from studio.core.errors import InvalidInput, NotFound
from studio.dataset.catalogue import ReadOnly
from studio.dataset.database import CatalogueDamaged, CatalogueLost, CatalogueNewer
from studio.dataset.edits import NewRecording
from studio.dataset.formats.layout import How
from studio.dataset.importing import import_folder
from studio.dataset.project import create_project, open_project
from studio.dataset.quality import check
from studio.dataset.recordings import Sidecar
from studio.dataset.selection import parse, taken_with
from studio.dataset.settings import BrokenSettings
from studio.dataset.writer_lock import ProjectHeld


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_project(tmp_path / "project").close()
    return tmp_path / "project"


def test_a_new_project_opens_with_the_defaults(folder):
    with open_project(folder, write=False) as project:
        assert (project.settings.template, project.settings.rate_hz, project.settings.labels) == ("keyword", 16_000, ())
        assert project.notices == []
        assert not project.writable


def test_a_folder_with_something_in_it_is_not_made_a_project(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InvalidInput):
        create_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_that_is_no_project_is_told(tmp_path):
    with pytest.raises(NotFound):
        open_project(tmp_path, write=False)


def test_a_second_writer_is_told_who_holds_it_and_a_reader_is_let_in(folder):
    with open_project(folder, write=True):
        with pytest.raises(ProjectHeld, match="process"):
            open_project(folder, write=True)
        open_project(folder, write=False).close()
    open_project(folder, write=True).close()


def test_a_writer_that_was_killed_holds_nothing(folder):
    program = (
        "import os, sys; from pathlib import Path; from studio.dataset.project import open_project\n"
        "open_project(Path(sys.argv[1]), write=True); print('open', flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=False)
    assert killed.stdout == "open\n"
    assert (folder / ".writer.json").exists()
    open_project(folder, write=True).close()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("format = 1\nrate_hz = 16\n", 2),
        ("format = 1\nname = 'x'\n\nlabels = ['a', 'a']\n", 4),
        ("format = 1\ntemplate = 'mind-reading'\n", 2),
        ("format = 1\nwindow_ms = = 3\n", 2),
        ("name = 'x'\n", 1),
        ("format = 1\n[front_end]\nmels = 4000\n", 3),
        ("format = 1\n[front_end]\nmel = 40\n", 3),
        ("format = 1\n[front_end]\nnormalise = 'loud'\n", 3),
        ("format = 1\nfront_end = 3\n", 2),
        ("format = 1\n\n[augmentation]\nstrength = 3\n", 4),
    ],
)
def test_what_is_wrong_in_the_settings_is_told_with_its_line(folder, text, line):
    (folder / "project.toml").write_text(text)
    with pytest.raises(BrokenSettings) as caught:
        open_project(folder, write=False)
    assert caught.value.line == line
    assert str(folder / "project.toml") in str(caught.value)


def test_settings_are_changed_where_they_stand_and_the_rest_is_left(folder):
    path = folder / "project.toml"
    path.write_text(path.read_text() + "\n[front_end]\nmels = 32 # narrow\nlow_hz = 100\n")
    with open_project(folder, write=True) as project:
        project.change_settings(window_ms=500, front_end={"mels": 32, "frame_ms": 25}, strength=0.5)
        settings = project.settings
    assert (settings.window_ms, settings.front_end, settings.strength) == (500, {"mels": 32, "frame_ms": 25}, 0.5)
    assert "what the model sees at once" in path.read_text()
    assert "mels = 32 # narrow" in path.read_text()
    with open_project(folder, write=True) as project:
        assert project.settings == settings
        project.change_settings(front_end={}, strength=1.0)
    assert "[" not in path.read_text().replace("labels = []", "")


def test_a_change_that_cannot_be_leaves_the_settings_as_they_were(folder):
    before = (folder / "project.toml").read_bytes()
    with open_project(folder, write=True) as project:
        with pytest.raises(BrokenSettings):
            project.change_settings(front_end={"mels": 0})
        with pytest.raises(BrokenSettings):
            project.change_settings(window_ms=1)
        assert project.settings.window_ms == 1_000
    assert (folder / "project.toml").read_bytes() == before
    with open_project(folder, write=False) as project, pytest.raises(ReadOnly):
        project.change_settings(window_ms=500)


def test_settings_that_are_no_utf8_are_told_with_their_line(folder):
    (folder / "project.toml").write_bytes(b"format = 1\nname = '\xff'\n")
    with pytest.raises(BrokenSettings) as caught:
        open_project(folder, write=False)
    assert caught.value.line == 2


def test_a_newer_project_is_read_with_a_notice_and_not_written(folder):
    text = (folder / "project.toml").read_text().replace("format = 1", "format = 2")
    (folder / "project.toml").write_text(text + "wings = 4\n")
    with pytest.raises(CatalogueNewer):
        open_project(folder, write=True)
    with open_project(folder, write=False) as project:
        assert len(project.notices) == 1


def test_a_newer_catalogue_is_read_with_a_notice_and_not_written(folder):
    connection = sqlite3.connect(folder / "studio.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(CatalogueNewer):
        open_project(folder, write=True)
    with open_project(folder, write=False) as project:
        assert len(project.notices) == 1
        assert project.catalogue.count() == 0
    open_project(folder, write=False).close()


def _damage(folder: Path) -> None:
    (folder / "studio.db").write_bytes(b"\x00garbage" * 5_000)


def _lose(folder: Path) -> None:
    (folder / "studio.db").unlink()


def _empty(folder: Path) -> None:
    (folder / "studio.db").write_bytes(b"")


@pytest.mark.parametrize(
    ("harm", "error"), [(_damage, CatalogueDamaged), (_lose, CatalogueLost), (_empty, CatalogueDamaged)]
)
def test_a_catalogue_that_is_lost_or_damaged_is_told_and_check_makes_it_anew(folder, words, harm, error):
    with open_project(folder, write=True) as project:
        import_folder(project, words, How(group_from="(nohash)"))
        before = project.catalogue.recordings()
    harm(folder)
    for write in (True, False):
        with pytest.raises(error) as caught:
            open_project(folder, write=write)
        assert "check" in caught.value.advice()
    with open_project(folder, write=True, repair=True) as project:
        findings = check(project)
        after = project.catalogue.recordings()
    assert after == before
    assert len([finding for finding in findings if finding.kind == "entered"]) == 12
    assert any(finding.kind == "catalogue" for finding in findings)
    assert harm is _lose or any((folder / ".trash").rglob("studio.db"))


def test_names_survive_in_a_ledger_that_people_may_edit(folder, words):
    with open_project(folder, write=True) as project:
        import_folder(project, words)
        text = (folder / "people.toml").read_text()
        (folder / "people.toml").write_text(text.replace("bob", "Robert"))
        assert project.people().code_of("robert") == "P02"
        assert project.people().find("P02") == "P02"
        with pytest.raises(NotFound, match="nobody"):
            project.people().find("nobody")


def test_codes_that_are_in_use_are_not_given_again_when_the_ledger_is_gone(folder, words, write_sound, tmp_path):
    with open_project(folder, write=True) as project:
        import_folder(project, words)
        (folder / "people.toml").unlink()
        assert project.people().enter("dee") == "P04"
        assert project.people().enter("P02") == "P02"
        assert project.people().enter("P77") == "P77"


@pytest.mark.parametrize(
    ("text", "line"), [("[people]\nP01 = 3\n", 2), ("[people]\n\nann = 'x'\n", 3), ("people = 1\n", 1)]
)
def test_a_broken_ledger_is_told_with_its_line(folder, text, line):
    (folder / "people.toml").write_text(text)
    with open_project(folder, write=False) as project, pytest.raises(BrokenSettings) as caught:
        project.people()
    assert caught.value.line == line


def test_a_copied_folder_is_the_whole_project(folder, words, tmp_path):
    with open_project(folder, write=True) as project:
        import_folder(project, words)
    folder.rename(tmp_path / "moved")
    with open_project(tmp_path / "moved", write=True) as project:
        assert all(row.path.is_file() for row in project.catalogue.recordings())
        assert project.catalogue.undo() is not None
    assert json.dumps(str(folder)) not in (tmp_path / "moved" / "project.toml").read_text()


def test_a_catalogue_from_before_places_and_takes_is_read_as_it_is_and_brought_up_to_date_by_a_writer(project):
    folder = project.folder
    with project.catalogue.edit("Enter") as edit:
        edit.add([NewRecording("recordings/a.wav", Sidecar("test", 16_000, label="yes", samples=5), "[]")])
    project.close()
    with contextlib.closing(sqlite3.connect(folder / "studio.db")) as database:
        database.execute("DROP INDEX recording_by_take")
        for column in ("place", "take", "beside"):
            database.execute(f"ALTER TABLE recording DROP COLUMN {column}")
        database.execute("PRAGMA user_version = 1")
        database.commit()
    with open_project(folder, write=False) as reader:
        assert [row.place for row in reader.catalogue.segments()] == [None]
        assert [example.label for example in reader.catalogue.examples()] == ["yes"]
        assert reader.catalogue.count(taken_with(reader.catalogue.newest(1)[0].id)) == 1
        assert reader.catalogue.recordings(parse("place:kitchen")) == []
        with open_project(folder, write=True) as writer:
            with writer.catalogue.edit("Enter") as edit:
                new = Sidecar("test", 16_000, label="no", samples=5, place="kitchen", take="t", beside=True)
                edit.add([NewRecording("recordings/b.wav", new, "[]")])
            (row,) = writer.catalogue.segments(parse("place:kitchen"))
            assert (row.label, row.place) == ("no", "kitchen")
            assert writer.catalogue.take_counts() == {("yes", None): 1}
        (row,) = reader.catalogue.segments(parse("place:kitchen"))  # it was open meanwhile
        assert (row.label, row.place) == ("no", "kitchen")
