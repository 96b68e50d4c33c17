"""Starter data in the user's cache: made once, whole or not at all, and made anew when what makes it has changed."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from studio.core.errors import StorageFailed
from studio.core.files import sync_folder
from studio.core.settings import cache_folder


def cached(maker: Path, asked: object, make_in: Callable[[Path], None]) -> Path:
    """The folder of data that `make_in` fills, if it is not there yet. Raises what it raises, StorageFailed.

    maker: a module of the package whose sources make it. asked: all else that decides what is made, by its repr.
    """
    folder = cache_folder() / maker.parent.name / _key(maker, asked)
    if not folder.is_dir():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as partial:
                made = Path(partial) / folder.name
                made.mkdir()
                make_in(made)
                _put_in_place(made, folder)
        except OSError as error:
            raise StorageFailed(str(folder), error.strerror or str(error)) from error
    return folder


def _key(maker: Path, asked: object) -> str:
    sources = b"".join(path.read_bytes() for path in sorted(maker.parent.glob("*.py")))
    return hashlib.sha256(repr((sources, asked)).encode()).hexdigest()[:16]


def _put_in_place(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was quicker, and made the same
            raise
    sync_folder(folder.parent)
