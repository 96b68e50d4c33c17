"""The command line as a user meets it: real processes, exit codes, one sentence with its remedy on standard error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.cli.main import _parser
from studio.dataset.project import create_project
from studio.ui.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "studio", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=60)


def test_help_names_every_command():
    from studio.cli.main import COMMANDS

    shown = run("--help")
    assert shown.returncode == 0
    for name in COMMANDS:
        assert f"\n    {name}" in shown.stdout


def test_wrong_usage_is_exit_code_2():
    assert run("nonsense").returncode == 2
    assert run("live").returncode == 2


def test_an_error_is_one_sentence_with_its_remedy_and_nothing_on_standard_output(tmp_path):
    failed = run("list", str(tmp_path / "absent"), "--json")
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert "was not found" in failed.stderr
    assert "tinyml-studio new" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_doctor_says_what_is_there():
    found = run("doctor", "--json")
    assert found.returncode == 0
    values = json.loads(found.stdout.splitlines()[-1])
    assert values["version"]
    assert {"kind", "severity", "where", "remedy"} >= {key for f in values["findings"] for key in f}
    assert not [f for f in values["findings"] if f["severity"] == "error"]


@pytest.mark.parametrize("command", ["boards", "record", "list", "live", "train", "doctor", "demo"])
def test_no_command_line_imports_qt_or_tensorflow_to_parse(command):
    code = (
        "import sys\nfrom studio.cli.main import _parser\n"
        f"_parser(['{command}'])\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('tensorflow', 'keras', 'PySide6')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["studio.cli.main", "studio.cli.output", "studio.cli.catalogue", "sqlalchemy"])
def test_ctrl_c_while_it_is_still_importing_gives_no_traceback(name):
    code = (
        "import sys\n"
        "class CtrlC:\n"
        "    def find_spec(self, name, *_rest):\n"
        f"        if name == {name!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, CtrlC())\n"
        "from studio.__main__ import main\n"
        "sys.argv[1:] = ['list', 'absent']\n"
        "sys.exit(main())"
    )
    stopped = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert stopped.returncode == 130
    assert "Traceback" not in stopped.stderr
    assert stopped.stdout == ""


def test_without_a_display_the_window_is_refused_in_a_sentence():
    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [sys.executable, "-m", "studio"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=bare, timeout=60)
    assert shown.returncode == 1
    assert "has no display" in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "named", [{"DISPLAY": ":987"}, {"DISPLAY": "nonsense"}, {"WAYLAND_DISPLAY": "wayland-987"}], ids=str
)
def test_a_display_that_is_not_there_is_named_in_a_sentence(named, tmp_path):
    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [sys.executable, "-m", "studio", "gui"]
    environment = {**bare, **named, "XDG_RUNTIME_DIR": str(tmp_path)}
    shown = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=60)
    assert shown.returncode == 1
    assert f"the display {next(iter(named.values()))} does not answer" in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


def test_options_stand_before_between_or_after_positional_arguments():
    for given in (["k", "--filter", "F", "no"], ["--filter", "F", "k", "no"], ["k", "no", "--filter", "F"]):
        parsed = _parser(["label", *given]).parse_args(["label", *given])
        assert (str(parsed.project), parsed.label, parsed.filter) == ("k", "no", "F")
    without = _parser(["label"]).parse_args(["label", "k", "--filter", "F", "--clear"])
    assert (without.label, without.clear) == (None, True)


@pytest.mark.parametrize("row", [row for row in COMMANDS if row.cli], ids=lambda row: row.name)
def test_what_the_window_shows_of_the_command_line_can_be_typed(row):
    given = row.cli.format(project="PROJECT", board="ADDR").replace(" N", " 3").split()
    assert _parser(given).parse_args(given).carry_out is not None


@pytest.mark.parametrize("name", ["collect.cut", "collect.consent", "collect.withdraw"])
def test_what_the_window_shows_lacks_nothing_that_the_command_asks_for(name, tmp_path):
    folder = tmp_path / "project"
    create_project(folder).close()
    sound = tmp_path / "sound.wav"
    soundfile.write(sound, np.zeros(16_000), 16_000, subtype="PCM_16")
    assert run("people", str(folder), "consent", "PERSON", "--scope", "this room").returncode == 0
    (cli,) = [row.cli for row in COMMANDS if row.name == name]
    done = run(*cli.format(project=folder, board=f"file:{sound}").split())
    assert done.returncode == 0, done.stderr
