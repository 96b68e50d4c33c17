"""Fixtures for all tests. Data of the project's shared folder is used where it lies, never copied in."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings; skips where it is absent, but fails where TINYML_REQUIRE_DATA is set (CI)."""
    if not SHARED_DATA.is_dir():
        if os.environ.get("TINYML_REQUIRE_DATA"):
            pytest.fail(f"{SHARED_DATA} is absent, and this run requires it")
        pytest.skip(f"needs the recordings in {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own settings, logs and caches."""
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path_factory.mktemp("home")))
