"""What ./demo and ./check do on a machine that lacks something, with stand-ins for its system programs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = " ".join(
    f"lib{name}"
    for name in (
        *["portaudio", "EGL", "GL", "xkbcommon", "fontconfig", "dbus-1"],
        *["xcb-cursor", "xcb-icccm", "xcb-keysyms", "xkbcommon-x11"],
    )
)
STAND_INS = {
    "make": 'echo "make $*"',
    "python3": "exit 0",
    "cc": "exit 0",
    "espeak-ng": "exit 0",
    "ldconfig": f"printf '%s.so.1\\n' {LIBRARIES}",
    "find": "echo Inter.otf",
    "dbus-daemon": "exit 0",
    "pulseaudio": "exit 0",
    "pactl": "exit 0",
    "id": "echo 1000",
    "sudo": "exit 1",
    "apt-get": 'echo "apt-get $*" >&2',
}


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder to be all of PATH: nothing is missing, and the user is not root."""
    for name in ("sh", "grep", "dirname", "env"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / name).symlink_to(found)
    for name, does in STAND_INS.items():
        put(tmp_path / name, does)
    return tmp_path


def put(path: Path, does: str) -> None:
    path.write_text(f"#!{shutil.which('sh')}\n{does}\n")
    path.chmod(0o755)


def run(machine: Path, script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PATH": str(machine)}
    command = [str(machine / "sh"), str(ROOT / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd="/", timeout=30)


@pytest.mark.parametrize(
    ("script", "arguments", "target"),
    [
        ("demo", (), "demo ARGS="),
        ("demo", ("--quick",), "demo ARGS=--quick"),
        ("check", (), "test ARGS="),
        ("check", ("-k", "link"), "test ARGS=-k link"),
    ],
)
def test_where_nothing_is_missing_it_says_nothing_and_makes(machine, script, arguments, target):
    done = run(machine, script, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"make --no-print-directory {target}\n"


@pytest.mark.parametrize(("target", "argument"), [("demo", "--quick"), ("test", "-k link")])
def test_make_hands_on_what_the_scripts_are_given(target, argument):
    command = ["make", "--dry-run", "--always-make", target, f"ARGS={argument}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=30)
    assert done.stdout.splitlines()[-1].endswith(f" {argument}")


def test_a_user_who_may_not_install_is_given_the_one_line(machine):
    (machine / "espeak-ng").unlink()
    put(machine / "ldconfig", f"printf '%s.so.1\\n' {LIBRARIES.replace('libportaudio ', '')}")
    done = run(machine, "demo")
    assert done.returncode == 0
    assert "sudo apt-get install espeak-ng libportaudio2" in done.stderr
    assert "make --no-print-directory demo" in done.stdout


@pytest.mark.parametrize("who", ["root", "sudo"])
def test_one_who_may_install_has_it_installed(machine, who):
    (machine / "espeak-ng").unlink()
    if who == "root":
        put(machine / "id", "echo 0")
    else:
        put(machine / "sudo", '[ "$1" = -n ] || exec "$@"')
    done = run(machine, "demo")
    assert done.returncode == 0
    assert "apt-get install -y -qq --no-install-recommends espeak-ng" in done.stderr
    assert "make --no-print-directory demo" in done.stdout


def test_a_compiler_without_headers_counts_as_missing(machine):
    put(machine / "cc", "exit 1")
    assert "gcc libc6-dev" in run(machine, "check").stderr


def test_only_the_tests_want_an_audio_server(machine):
    (machine / "pactl").unlink()
    assert "pulseaudio-utils" in run(machine, "check").stderr
    assert run(machine, "demo").stderr == ""


def test_without_make_it_ends_there_with_what_to_do(machine):
    (machine / "make").unlink()
    done = run(machine, "demo")
    assert done.returncode == 1
    assert "sudo apt-get install make" in done.stderr.splitlines()[-1]


def test_an_older_python_is_named(machine):
    put(machine / "python3", 'case "$*" in *version_info*) exit 1;; --version) echo Python 3.9.2;; esac')
    done = run(machine, "demo")
    assert done.returncode == 1
    assert "this is Python 3.9.2" in done.stderr
    assert done.stdout == ""
