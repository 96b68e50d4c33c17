"""The window closed at random moments: see close_window.py. TINYML_CLOSINGS says how often."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fault
ROOT = Path(__file__).resolve().parents[2]
TIMES = int(os.environ.get("TINYML_CLOSINGS", "4"))


@pytest.mark.timeout(120 + 60 * TIMES)
def test_closed_at_any_moment_the_window_leaves_no_process_and_loses_no_edit():
    command = [sys.executable, "-m", "tests.faults.close_window", "--times", str(TIMES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == TIMES
