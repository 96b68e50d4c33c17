"""Ten thousand damaged images under the sanitisers; `make fuzz` does millions."""

import json
import runpy
from pathlib import Path

import pytest

FUZZ = runpy.run_path(str(Path(__file__).with_name("fuzz.py")))


def test_no_damaged_image_makes_the_core_read_outside_or_overflow(tmp_path):
    try:
        run = FUZZ["fuzz_images"](10_000, 1, tmp_path)
    except FUZZ["subprocess"].CalledProcessError as error:
        pytest.skip(f"this compiler has no sanitisers: {error}")
    assert run.returncode == 0, run.stderr[-4000:]
    told = json.loads(run.stdout)
    # Were nearly all refused at the door, or nearly none harmed, it would prove little.
    assert told["opened"] > 2000
    assert told["refused"] > 2000
