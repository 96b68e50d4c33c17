"""Cables pulled, full disks and failing writes, a few of each: see torture.py. `make torture` does 200."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fault
SCRIPT = Path(__file__).with_name("torture.py")
TIMES = int(os.environ.get("TINYML_KILLS", "4"))


@pytest.mark.timeout(60 + 30 * TIMES)
@pytest.mark.parametrize("fault", ["pull", "full", "failing"])
def test_what_was_written_stays_and_the_ledger_says_what_was_not(tmp_path, fault):
    if fault == "full" and os.system(f"mount -t tmpfs -o size=1m none {tmp_path} 2>/dev/null && umount {tmp_path}"):  # noqa: S605
        pytest.skip("a disk cannot be mounted here")
    command = [sys.executable, SCRIPT, "--fault", fault, "--times", str(TIMES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == TIMES
