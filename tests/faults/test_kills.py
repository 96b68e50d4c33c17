"""`record` killed at random moments: see kill_record.py. TINYML_KILLS says how often; `make torture` sets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fault
SCRIPT = Path(__file__).with_name("kill_record.py")
TIMES = int(os.environ.get("TINYML_KILLS", "5"))


@pytest.mark.timeout(60 + 30 * TIMES)
@pytest.mark.parametrize(
    ("sensor", "times"), [("microphone", TIMES), ("imu", -(-TIMES // 2)), ("camera", -(-TIMES // 2))]
)
def test_a_killed_recording_is_named_recovered_and_at_most_250_ms_short(sensor, times):
    command = [sys.executable, SCRIPT, "--times", str(times), "--sensor", sensor]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == times
