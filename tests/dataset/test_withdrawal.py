"""Somebody withdraws: all of theirs goes and stays gone, and one undo brings it back with what they agreed to."""

from pathlib import Path

import pytest

from studio.core.errors import StorageFailed
from studio.dataset.importing import import_folder
from studio.dataset.orphans import enter_orphans
from studio.dataset.people import FILE_NAME, Consent, People, checked_consent
from studio.dataset.project import DATABASE, Project, open_project
from studio.dataset.runs import MODEL, Run, begin_run, finish_run
from studio.dataset.selection import by_person, of_recordings
from studio.dataset.settings import BrokenSettings
from studio.dataset.withdrawal import trained_on, withdraw


@pytest.fixture
def ann(project: Project, words: Path) -> str:
    """The code of one of three people, who has agreed."""
    import_folder(project, words)
    people = project.people()
    code = people.find("ann")
    people.set_consent(code, checked_consent("class project", "2026-11-20"))
    people.save()
    return code


def made_anew(project: Project) -> Project:
    """As `check` does it, once studio.db is lost."""
    project.close()
    for path in project.folder.glob(f"{DATABASE}*"):
        path.unlink()
    opened = open_project(project.folder, write=True, repair=True)
    enter_orphans(opened)
    return opened


def counts(project: Project, code: str) -> tuple[int, int]:
    """Recordings of that person, and of all."""
    return project.catalogue.count(by_person(code)), project.catalogue.count()


def test_what_was_withdrawn_does_not_come_back_from_its_files(project, ann):
    withdraw(project, ann)
    with made_anew(project) as opened:
        assert counts(opened, ann) == (0, 8)
        assert opened.people().consent_of(ann) is None
        opened.undo()  # of what was entered: the withdrawal is none of the new catalogue's edits
        opened.redo()
        assert counts(opened, ann) == (0, 8)
    with made_anew(opened) as again:
        assert counts(again, ann) == (0, 8)


def test_one_undo_brings_recordings_and_consent_back_for_good_and_redo_takes_both(project, ann):
    withdraw(project, ann)
    project.undo()
    agreed = Consent("class project", checked_consent("x", "2026-11-20").date)
    assert (counts(project, ann), project.people().consent_of(ann)) == ((4, 12), agreed)
    project.redo()
    assert (counts(project, ann), project.people().consent_of(ann)) == ((0, 8), None)
    project.undo()
    with made_anew(project) as opened:
        assert (counts(opened, ann), opened.people().consent_of(ann)) == ((4, 12), agreed)


def test_who_comes_back_agrees_anew_and_only_what_is_recorded_from_then_on_stays(project, ann, write_sound, tmp_path):
    withdraw(project, ann)
    people = project.people()
    people.set_consent(ann, checked_consent("may be published"))
    people.save()
    for take in range(3):
        write_sound(tmp_path / "more" / "yes" / f"ann_nohash_{take + 7}.wav", seed=900 + take)
    import_folder(project, tmp_path / "more")
    with made_anew(project) as opened:
        assert counts(opened, ann) == (3, 11)
        assert opened.people().consents[ann].scope == "may be published"


def test_who_withdraws_twice_stays_withdrawn_when_the_second_time_is_undone(project, ann, write_sound, tmp_path):
    withdraw(project, ann)
    people = project.people()
    people.set_consent(ann, checked_consent("may be published"))
    people.save()
    write_sound(tmp_path / "more" / "yes" / "ann_nohash_7.wav", seed=907)
    import_folder(project, tmp_path / "more")
    withdraw(project, ann)
    assert counts(project, ann) == (0, 8)
    project.undo()
    assert [gone.undone for gone in project.people().withdrawn[ann]] == [False, True]
    with made_anew(project) as opened:
        assert counts(opened, ann) == (1, 9)
        assert opened.people().consents[ann].scope == "may be published"


def test_a_ledger_that_tells_of_one_withdrawal_alone_is_read(project, ann):
    withdraw(project, ann)
    ledger = project.folder / FILE_NAME
    kept = project.people().withdrawn
    ledger.write_text(ledger.read_text().replace("[{", "{").replace("}]", "}"))
    assert project.people().withdrawn == kept
    assert kept[ann]


def test_a_ledger_that_cannot_be_written_leaves_the_recordings_too(project, ann, monkeypatch):
    def fail(_people):
        raise StorageFailed(FILE_NAME, "no room")

    with monkeypatch.context() as patched:
        patched.setattr(People, "save", fail)
        with pytest.raises(StorageFailed):
            withdraw(project, ann)
    assert (counts(project, ann), project.people().withdrawn) == ((4, 12), {})
    assert project.people().consent_of(ann) is not None


def test_a_ledger_that_does_not_tell_who_withdrew_lets_nobody_back_in(project, ann):
    withdraw(project, ann)
    ledger = project.folder / FILE_NAME
    ledger.write_text(ledger.read_text().replace("undone = false", 'undone = "no"'))
    with pytest.raises(BrokenSettings) as told:
        made_anew(project)
    assert told.value.line == ledger.read_text().splitlines().index("[withdrawn]") + 1


def test_runs_are_named_also_where_the_recordings_were_given_to_another_since(project, ann):
    bob = project.people().find("bob")
    example = next(each for each in project.catalogue.examples() if each.person == ann)
    run_id, partial = begin_run(project.runs_folder)
    (partial / MODEL).write_bytes(b"TFL3")
    made = finish_run(partial, Run(run_id, partial, ["no", "yes"], {}, {}, data={"train": [example.id]}))
    owner = next(s.recording for s in project.catalogue.segments() if s.id == example.id)
    with project.catalogue.edit("Give it to another") as edit:
        edit.set_person(of_recordings([owner]), bob)
    assert [run.id for run in trained_on(project, ann)] == [made.id]
    assert [run.id for run in trained_on(project, bob)] == [made.id]
