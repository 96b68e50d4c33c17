"""Starter data, made once for all tests of a module, which imports the `make` that it is about."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Contents = Callable[[Path], dict[str, bytes]]


@pytest.fixture(scope="module")
def starter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYML_STUDIO_HOME", str(tmp_path_factory.mktemp("starter")))
        yield request.module.make(quick=True)


@pytest.fixture(scope="session")
def contents() -> Contents:
    """Each file's bytes by its path in a folder."""
    return lambda folder: {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
