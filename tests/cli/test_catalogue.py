"""The commands on a project's data, as a script uses them: JSON last on standard output, one sentence on an error."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from studio.cli.main import main

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with --json that succeeds; its last line on standard output."""

    def command(*arguments: object) -> dict[str, Any]:
        assert main([*map(str, arguments), "--json"]) == 0, capsys.readouterr().err
        result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return result

    return command


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that fails; what it says on standard error."""

    def command(*arguments: object) -> str:
        capsys.readouterr()
        assert main([*map(str, arguments)]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        return said.err.strip().splitlines()[-1]

    return command


@pytest.fixture
def words(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    for word in ("no", "yes"):
        for person in ("ann", "bob"):
            for take in range(3):
                path = tmp_path / "words" / word / f"{person}_nohash_{take}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(path, rng.normal(0, 2_000, 4_000).astype(np.int16), 8_000)
    (tmp_path / "words" / "LICENSE").write_text("free")
    return tmp_path / "words"


@pytest.fixture
def project(tmp_path: Path, run: Run, words: Path) -> Path:
    folder = tmp_path / "project"
    assert run("new", folder, "--template", "keyword")["project"] == str(folder)
    imported = run("import", folder, words)
    assert (imported["recordings"], imported["segments"]) == (12, 12)
    assert imported["skipped"] == [{"path": str(words / "LICENSE"), "why": "it is no sound file"}]
    return folder


def test_list_pages_through_all_recordings(run, project):
    first = run("list", project, "--limit", 5)
    assert first["total"] == 12
    assert len(first["rows"]) == 5
    rest = run("list", project, "--after", first["rows"][-1]["id"])
    assert len(rest["rows"]) == 7
    row = first["rows"][0]
    assert Path(row["path"]).is_file()
    assert (row["label"], row["person"], row["rate_hz"], row["samples"]) == ("no", "P01", 8_000, 4_000)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("label:yes", 6),
        ("person:ann", 6),
        ("person:P01 label:no", 3),
        ("nohash_2", 4),
        ("bob", 6),
        ("person:nobody", 0),
    ],
)
def test_a_filter_knows_people_by_name_and_code(run, project, text, total):
    assert run("list", project, "--filter", text)["total"] == total


def test_labelling_is_taken_back_and_done_again(run, project):
    changed = run("label", project, "nope", "--filter", "label:no")
    assert (changed["total"], changed["changed"]) == (6, 6)
    assert {row["label"] for row in changed["rows"]} == {"nope"}
    undone = run("undo", project)
    assert undone["title"] == "Label as nope"
    assert {"table": "segment", "column": "label", "changed": undone["changed"]} in undone["rows"]
    assert run("list", project, "--filter", "label:no")["total"] == 6
    assert run("undo", project, "--redo")["redo"] is None
    assert run("list", project, "--filter", "label:nope")["total"] == 6
    assert run("label", project, "--clear", "--filter", "label:nope")["changed"] == 6
    assert run("list", project, "--filter", "is:unlabelled")["total"] == 6
    assert run("label", project, "--remove", "--filter", "is:unlabelled")["changed"] == 6
    assert run("list", project)["total"] == 6
    run("undo", project)
    assert run("list", project)["total"] == 12


def test_spans_of_one_recording_are_labelled_in_seconds(run, fails, project):
    key = run("list", project, "--limit", 1)["rows"][0]["id"]
    run("label", project, "--clear", "--filter", f"id:{key}")
    spans = ("--span", "0.1..0.2", "--span", "0.3..")
    labelled = run("label", project, "up", "--filter", f"id:{key}", *spans)
    assert labelled["rows"][0]["labels"] == ["up", "up"]
    assert "overlaps" in fails("label", project, "no", "--filter", f"id:{key}", "--span", "0.15..0.4")
    assert "one" in fails("label", project, "no", "--filter", "", "--span", "0..1")
    assert "seconds" in fails("label", project, "no", "--filter", f"id:{key}", "--span", "soon")


def test_a_person_is_pinned_by_name_and_let_go(run, fails, project):
    split = run("split", project, "--person", "bob", "--pin", "test")
    assert split["pins"] == {"person:P02": "test"}
    assert {row["side"] for row in split["rows"] if row["person"] == "P02"} == {"test"}
    assert run("split", project, "--person", "P02", "--pin", "none")["pins"] == {}
    assert run("undo", project)["title"] == "Unpin person P02"
    assert run("split", project)["pins"] == {"person:P02": "test"}
    assert "nobody" in fails("split", project, "--person", "nobody", "--pin", "test")
    assert "kitchen" in fails("split", project, "--group", "kitchen", "--pin", "test")
    assert "--pin" in fails("split", project, "--person", "bob")


def test_a_dry_run_says_what_would_be_and_does_nothing(run, project, tmp_path, words):
    fresh = tmp_path / "fresh"
    run("new", fresh)
    told = run("import", fresh, words, "--dry-run")
    assert (told["recordings"], told["dry_run"], len(told["skipped"])) == (12, True, 1)
    assert run("list", fresh)["total"] == 0
    assert run("import", project, words, "--dry-run")["recordings"] == 0


def test_an_export_is_read_back_as_the_same_words(run, fails, project, tmp_path):
    exported = run("export", project, tmp_path / "out", "--format", "word-folders", "--filter", "label:yes")
    assert (exported["recordings"], exported["segments"], exported["skipped"]) == (6, 6, [])
    run("new", tmp_path / "again")
    back = run("import", tmp_path / "again", tmp_path / "out")
    assert (back["recordings"], back["people"]) == (6, 2)
    assert {row["person"] for row in run("list", tmp_path / "again")["rows"]} == {"P01", "P02"}
    assert "empty" in fails("export", project, tmp_path / "out")


def test_check_gives_findings_with_a_remedy_each(run, project):
    Path(run("list", project, "--limit", 1)["rows"][0]["path"]).unlink()
    findings = run("check", project)["findings"]
    assert {finding["kind"] for finding in findings} >= {"missing", "few-people"}
    assert all(finding[key] for finding in findings for key in ("kind", "severity", "where", "says", "remedy"))


def test_a_damaged_catalogue_is_told_and_check_repairs_it(run, fails, project):
    for beside in project.glob("studio.db-*"):
        beside.unlink()
    (project / "studio.db").write_bytes(b"not a database at all, but long enough to be read" * 50)
    assert "tinyml-studio check" in fails("list", project)
    assert any(finding["kind"] == "catalogue" for finding in run("check", project)["findings"])
    assert run("list", project, "--filter", "label:yes person:ann")["total"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "{project}", "--limit", "-1"], "negative"),
        (["list", "{project}", "--filter", "'open"], "quote"),
        (["list", "{project}/nothing"], "project.toml"),
        (["label", "{project}", "--filter", ""], "--clear"),
        (["label", "{project}", "x", "--clear", "--filter", ""], "--clear"),
        (["import", "{project}", "{project}/nothing"], "not found"),
        (["import", "{project}", "{project}", "--person-from", "(["], "regular expression"),
        (["import", "{project}", "{project}", "--format", "mystery"], "word-folders"),
        (["new", "{project}"], "empty"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_one(fails, project, arguments, said):
    assert said in fails(*[argument.format(project=project) for argument in arguments])


def test_people_read_lines_where_programs_read_json(project, capsys):
    for command in (["list"], ["split"], ["check"], ["undo"], ["list"]):
        assert main([command[0], str(project)]) == 0
        said = capsys.readouterr().out
        assert said.strip()
        assert "{" not in said


def test_a_person_who_is_recorded_by_name_is_the_one_who_was_imported(run, project, words, tmp_path):
    source = f"file:{words / 'yes' / 'ann_nohash_0.wav'}"
    recorded = run("record", project, "--source", source, "--label", "yes", "--seconds", "0.2", "--person", "Bob")
    assert recorded["recordings"][0]["person"] == "P02"
    assert "ob" not in Path(recorded["recordings"][0]["path"]).name
    assert run("list", project, "--filter", "person:bob")["total"] == 7


def test_a_label_that_changes_nothing_does_not_offer_an_undo_of_the_edit_before_it(run, words, tmp_path, capsys):
    run("new", tmp_path / "project")
    run("import", tmp_path / "project", words)
    assert main(["label", str(tmp_path / "project"), "typo", "--filter", "label:absent"]) == 0
    said = capsys.readouterr().out
    assert "Nothing was changed" in said
    assert "undo" not in said


def test_a_slip_in_a_filters_key_is_told_with_the_key_that_was_meant(project: Path, fails: Callable[..., str]):
    said = fails("list", project, "--filter", "lable:yes")
    assert "there is no key lable" in said
    assert "label:yes" in said
    assert "is:unlabelled" in fails("list", project, "--filter", "colour:red")


def test_one_of_a_thing_is_said_in_the_singular(
    tmp_path: Path, words: Path, run: Run, capsys: pytest.CaptureFixture[str]
):
    run("new", tmp_path / "small", "--template", "keyword")
    assert main(["import", str(tmp_path / "small"), str(next(words.glob("yes/*.wav")))]) == 0
    assert capsys.readouterr().out.startswith("1 recording brought in")
    assert main(["list", str(tmp_path / "small")]) == 0
    assert capsys.readouterr().out.endswith("1 of 1 recording.\n")
