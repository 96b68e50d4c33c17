"""Files that survive: atomic writes, a trash, names that are safe on every system, and no way out of a folder."""

import contextlib
import ctypes
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from studio.core.errors import InvalidInput, StorageFailed

_RESERVED = {"con", "prn", "aux", "nul", *(f"{p}{i}" for p in ("com", "lpt") for i in range(1, 10))}
LONGEST_NAME = 80


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yields a path to write; on leaving, it is synced and renamed to `path`, which is never seen half written.

    On an exception the partial file is removed and `path` is as it was. Raises StorageFailed for the disk's errors.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StorageFailed(str(path), error.strerror or str(error)) from error
    finally:
        partial.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Makes a folder that the user named, and those above it, where it is not there. Raises StorageFailed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(str(folder), error.strerror or str(error)) from error


def write_bytes(path: Path, content: bytes) -> None:
    with atomic(path) as partial:
        partial.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    write_bytes(path, content.encode())


def write_json(path: Path, value: Any) -> None:
    """One value, indented, keys as given, with a final newline."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def sync_folder(folder: Path) -> None:
    """Makes a rename durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(folder: Path, paths: Iterable[Path]) -> None:
    """Makes files that were written in `folder` durable, and their names. Raises OSError.

    On Linux with one call for the whole file system, whatever their number: 4,000 small files take 0.04 s so, and 0.7 s
    on a fast disk, half a minute on a slow one, when each is waited for.
    """
    if platform.system() == "Linux":
        system = ctypes.CDLL(None, use_errno=True)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if system.syncfs(descriptor) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
        finally:
            os.close(descriptor)
        return
    for path in paths:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    sync_folder(folder)


def safe_name(text: str) -> str:
    """A file name for `text` on Linux, macOS and Windows: letters, digits, - _ and dots inside."""
    name = re.sub(r"[^\w.-]+", "_", text, flags=re.UNICODE).strip("._ ")[:LONGEST_NAME].rstrip("._ ")
    if not name or name.split(".")[0].lower() in _RESERVED:
        name = f"_{name}"
    return name


def inside(folder: Path, name: str) -> Path:
    """`folder / name`, resolved. Raises InvalidInput if that lies outside `folder`, links followed."""
    root = folder.resolve()
    path = (root / name).resolve()
    if path != root and root not in path.parents:
        raise InvalidInput(name, "it lies outside the project's folder")
    return path


def trash(root: Path, path: Path) -> Path:
    """Moves a file or folder of a project into its `.trash/`, to be brought back if need be. Returns its new place."""
    folder = root / ".trash" / time.strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    count = 1
    while target.exists():
        count += 1
        target = folder / f"{path.stem}-{count}{path.suffix}"
    shutil.move(path, target)
    return target
