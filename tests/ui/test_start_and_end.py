"""The window as a process: what it loads before it paints, and that nothing is left however it ends."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.ui.pages.rows import PAGES

WAIT_S = 60
SLOW = ("sqlalchemy", "numpy", "tensorflow", "keras", "scipy", "serial", "soundfile", "sounddevice")
MOMENTS = 4


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TINYML_STUDIO_HOME": str(tmp_path / "own home")}


def run(script: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WAIT_S, check=False)


def test_what_is_slow_is_not_loaded_before_the_first_paint(environment: dict[str, str], project_folder: Path) -> None:
    script = (
        "import sys\nfrom studio.cli.main import main\n"
        f"code = main(['gui', {str(project_folder)!r}, '--exit-after-first-paint'])\n"
        f"loaded = [name for name in {SLOW!r} if name in sys.modules]\nprint(code, loaded)"
    )
    done = run(script, environment)
    assert (done.stdout.strip(), done.stderr) == ("0 []", "")


@pytest.mark.parametrize("page", [row.name for row in PAGES])
def test_no_page_loads_the_catalogue_or_a_trainer_where_it_is_shown(environment: dict[str, str], page: str) -> None:
    slow = [name for name in SLOW if name != "numpy"]
    script = (
        "import sys\nfrom studio.ui.pages.rows import PAGES\n"
        f"next(row for row in PAGES if row.name == {page!r}).load()\n"
        f"print([name for name in {slow!r} if name in sys.modules])"
    )
    done = run(script, environment)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_command_without_a_window_loads_no_qt(environment: dict[str, str], project_folder: Path) -> None:
    script = (
        "import sys\nfrom studio.cli.main import main\n"
        f"main(['list', {str(project_folder)!r}, '--json'])\nprint('PySide6' in sys.modules)"
    )
    done = run(script, environment)
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.fault
@pytest.mark.parametrize("seed", range(MOMENTS))
def test_ended_at_any_moment_it_leaves_no_process_and_lets_the_project_go(
    environment: dict[str, str], project_folder: Path, seed: int
) -> None:
    from studio.dataset.writer_lock import holder_of

    script = "import sys; from studio.cli.main import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", script, "gui", str(project_folder)],
        env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as window:  # fmt: skip
        log = Path(environment["TINYML_STUDIO_HOME"]) / "state" / "studio.log"
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline and not (log.is_file() and "painted" in log.read_text()):
            time.sleep(0.01)
        time.sleep(random.Random(seed).uniform(0, 1.5))
        window.send_signal(signal.SIGTERM)
        assert window.wait(WAIT_S) == 0
        assert window.stderr is not None
        assert window.stderr.read() == ""
    with pytest.raises(ProcessLookupError):
        os.killpg(window.pid, 0)
    assert holder_of(project_folder) is None
