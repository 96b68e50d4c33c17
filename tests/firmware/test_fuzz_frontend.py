"""Twenty thousand damaged front ends of every kind under the sanitisers; `make fuzz` does more."""

import json
import runpy
from pathlib import Path

import pytest

FUZZ = runpy.run_path(str(Path(__file__).with_name("fuzz.py")))


def test_no_damaged_section_makes_the_core_read_outside_or_overflow(tmp_path):
    try:
        run = FUZZ["fuzz_front_ends"](20_000, 1, tmp_path)
    except FUZZ["subprocess"].CalledProcessError as error:
        pytest.skip(f"this compiler has no sanitisers: {error}")
    assert run.returncode == 0, run.stderr[-4000:]
    told = json.loads(run.stdout)
    # Were nearly all refused at the door, or nearly none harmed, it would prove little.
    assert told["opened"] > 4000
    assert told["refused"] > 4000
