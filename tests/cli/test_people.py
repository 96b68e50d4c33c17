"""Consent, withdrawing and the script on the command line: names in the ledger alone, one undo for all of a person."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from studio.cli.main import main
from studio.dataset.people import FILE_NAME, People
from studio.dataset.project import open_project
from studio.dataset.runs import MODEL, Run, begin_run, finish_run
from studio.dataset.settings import BrokenSettings

Say = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """say(command...): its code, what it printed as JSON, and what it told."""

    def command(*arguments: object) -> tuple[int, dict[str, Any], str]:
        capsys.readouterr()
        code = main([*map(str, arguments), "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out.splitlines()[-1]) if said.out else {}, said.err

    return command


@pytest.fixture
def project(tmp_path: Path, say: Say) -> Path:
    """Two words by two people, two takes each."""
    rng = np.random.default_rng(1)
    for word in ("no", "yes"):
        for person in ("ann", "bob"):
            for take in range(2):
                path = tmp_path / "words" / word / f"{person}_nohash_{take}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(path, rng.normal(0, 2_000, 4_000).astype(np.int16), 8_000)
    folder = tmp_path / "project"
    say("new", folder)
    assert say("import", folder, tmp_path / "words")[0] == 0
    return folder


def test_a_consent_is_noted_listed_and_in_the_ledger_alone(project: Path, say: Say) -> None:
    code, noted, _err = say("people", project, "consent", "ann", "--scope", "class project", "--date", "2026-11-20")
    assert (code, noted["scope"], noted["date"]) == (0, "class project", "2026-11-20")
    _code, listed, _err = say("people", project)
    by_name = {each["name"]: each for each in listed["people"]}
    assert by_name["ann"] == {**noted, "name": "ann", "takes": 4}
    assert (by_name["bob"]["scope"], by_name["bob"]["takes"]) == (None, 4)
    elsewhere = [path for path in project.rglob("*") if path.is_file() and path.name != FILE_NAME]
    assert elsewhere
    assert not any(b"class project" in path.read_bytes() for path in elsewhere)


def test_a_consent_without_a_date_is_of_today_and_replaces_the_one_before(project: Path, say: Say) -> None:
    say("people", project, "consent", "ann", "--scope", "this project", "--date", "2026-01-01")
    say("people", project, "consent", "ann", "--scope", "may be published")
    people = People(project)
    consent = people.consent_of(people.find("ann"))
    assert consent is not None
    assert (consent.scope, consent.date) == ("may be published", dt.datetime.now().astimezone().date())


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("consent", "ann"), "--scope"),
        (("consent", "ann", "--scope", " "), "one line"),
        (("consent", "ann", "--scope", "x", "--date", "20.11."), "no day"),
        (("consent",), "nobody"),
        (("withdraw", "zoe"), "zoe"),
    ],
)
def test_what_cannot_be_noted_says_why(project: Path, say: Say, arguments: tuple[str, ...], why: str) -> None:
    code, _said, err = say("people", project, *arguments)
    assert code == 1
    assert why in err


def test_a_ledger_edited_wrongly_is_told_with_its_line(project: Path) -> None:
    ledger = project / FILE_NAME
    ledger.write_text(
        '[people]\nP01 = "Ann"\nP02 = "Bob"\n\n[consent]\nP01 = {scope = "x", date = 2026-11-20}\nP02 = 3\n'
    )
    with pytest.raises(BrokenSettings) as told:
        People(project)
    assert told.value.line == 7


def test_withdrawing_takes_all_takes_of_a_person_as_one_edit_and_names_the_runs(project: Path, say: Say) -> None:
    say("people", project, "consent", "ann", "--scope", "class project")
    with open_project(project, write=True) as opened:
        code = opened.people().find("ann")
        examples = opened.catalogue.examples()
        hers = [each.id for each in examples if each.person == code]
        others = [each.id for each in examples if each.person != code]
        made = []
        for train, test in ((hers, others), (others, hers), (others, [])):
            run_id, partial = begin_run(opened.runs_folder)
            (partial / MODEL).write_bytes(b"TFL3")
            run = Run(run_id, partial, ["no", "yes"], {}, {}, data={"train": train, "test": test})
            made.append(finish_run(partial, replace(run, folder=partial)).id)
    done, told, _err = say("people", project, "withdraw", "ann")
    assert (done, told["recordings"], told["runs"]) == (0, 4, made[:1])
    with open_project(project, write=True) as opened:
        assert {each.person for each in opened.catalogue.examples()} == {opened.people().find("bob")}
        assert opened.people().consent_of(code) is None
        opened.undo()
        assert len(opened.catalogue.examples()) == 8
        assert str(opened.people().consent_of(code)).startswith("class project, ")
        opened.redo()
        assert opened.people().consent_of(code) is None
    assert say("undo", project)[0] == 0
    assert People(project).consent_of(code) is not None


def test_a_script_is_set_as_text_and_shows_progress_by_class_and_person(project: Path, say: Say) -> None:
    code, said, _err = say("script", project, "yes 3, no 2, background 1 x 60 s")
    assert code == 0
    assert said["script"] == "yes 3, no 2, background 1 x 60 s"
    assert [(each["label"], each["made"], each["wanted"]) for each in said["classes"]] == [
        ("yes", 4, 3),
        ("no", 4, 2),
        ("_background_", 0, 1),
    ]
    assert sorted(said["classes"][0]["by_person"].values()) == [2, 2]
    assert say("script", project)[1] == said


def test_a_script_that_cannot_be_read_changes_nothing(project: Path, say: Say) -> None:
    before = say("script", project, "yes 3")[1]
    code, _said, err = say("script", project, "yes 3, no 0")
    assert code == 1
    assert "`no 0`" in err
    assert say("script", project)[1] == before
