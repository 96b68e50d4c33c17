"""SQLite under the catalogue: opening, journal, migrations, and what is said of a lost, damaged or newer file."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from studio.core.errors import StorageFailed, StudioError
from studio.core.text import mark
from studio.dataset.schema import MIGRATIONS, READ_AS, VERSION

BUSY_TIMEOUT_S = 10
_WRITES = "studio_writes"
_NOT_OURS = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(eq=False)
class CatalogueLost(StudioError):
    project: str
    message = mark("The catalogue of {project} (studio.db) is not there.")
    remedy = mark("Run `tinyml-studio check {project}`: it makes a new one from the recordings' own notes.")


@dataclass(eq=False)
class CatalogueDamaged(StudioError):
    project: str
    why: str
    message = mark("The catalogue of {project} (studio.db) is damaged: {why}.")
    remedy = mark("Run `tinyml-studio check {project}`: it keeps the old file and makes a new one from the recordings.")


@dataclass(eq=False)
class CatalogueNewer(StudioError):
    project: str
    message = mark("A newer version of the studio has written the catalogue of {project}.")
    remedy = mark(
        "Update the studio to change this project; until then it can only be read, and perhaps not all of it."
    )


def open_database(path: Path, *, write: bool, create: bool = False) -> Engine:
    """An engine on the file. With `write` it is migrated to today's version.

    Raises CatalogueLost if it is absent and not `create`, CatalogueDamaged, StorageFailed; CatalogueNewer to a writer.
    """
    project = str(path.parent)
    if not create and not path.is_file():
        raise CatalogueLost(project)
    # A pool, where the default for this address is one connection a thread: one may read while an edit is open.
    engine = create_engine("sqlite+pysqlite://", creator=lambda: _connect(path, write=write), poolclass=QueuePool)
    event.listen(engine, "begin", _begin)
    try:
        with translated(path):
            if not create:
                _refuse_empty(engine, project)
            if write:
                with engine.connect() as connection:
                    _set_journal(connection)
                _migrate(engine, project)
    except BaseException:
        engine.dispose()
        raise
    return engine


def is_newer(engine: Engine) -> bool:
    with engine.connect() as connection:
        return _version(connection) > VERSION


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except DatabaseError as error:
        cause = error.orig
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        # A table that is missing means another program's file, or one cut off before its first transaction.
        if code in _NOT_OURS or "no such table" in str(cause):
            raise CatalogueDamaged(str(path.parent), str(cause)) from error
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
            raise StorageFailed(str(path), str(cause)) from error
        if code == sqlite3.SQLITE_BUSY:
            raise StorageFailed(str(path), mark("another program is writing to it")) from error
        raise


def problem_of(engine: Engine) -> str | None:
    """What SQLite's own check finds wrong with the whole file, or None. Reads all of it."""
    try:
        with engine.connect() as connection:
            said = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    except DatabaseError as error:
        return str(error.orig)
    return None if said == "ok" else said


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    if not write and not os.access(path.parent, os.W_OK):
        # WAL needs a shared-memory file beside the database, which cannot be made there; nobody else writes there.
        connection = _open(f"{path.resolve().as_uri()}?immutable=1")
        _read_as_of_today(connection)
        return connection
    connection = _open(path.resolve().as_uri())
    connection.execute("PRAGMA foreign_keys = ON")
    if write:
        connection.execute("PRAGMA synchronous = FULL")  # an edit that was shown as done survives a power cut
    else:
        _read_as_of_today(connection)
        connection.execute("PRAGMA query_only = ON")
    return connection


def _read_as_of_today(connection: sqlite3.Connection) -> None:
    """Nothing of an older version is brought up to date by somebody who only reads."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for view in READ_AS[version:] if version else ():
        connection.execute(view)


def _open(uri: str) -> sqlite3.Connection:
    # isolation_level None: SQLAlchemy's BEGIN is ours (below), not the driver's guess.
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S)


def writing(engine: Engine) -> Engine:
    """For transactions that write: one that reads first and writes later could meet another's write in between."""
    return engine.execution_options(**{_WRITES: True})


def _begin(connection: Connection) -> None:
    immediately = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediately else "BEGIN")


def _set_journal(connection: Connection) -> None:
    """WAL, so that readers go on while one writes; on a network share, where it does not work, a plain journal."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise StorageFailed("studio.db", "it cannot be opened")
    connection.rollback()
    try:
        driver.execute("PRAGMA journal_mode = WAL").fetchall()
        driver.execute("BEGIN IMMEDIATE")
        driver.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise OperationalError("PRAGMA journal_mode", {}, error) from error
        driver.execute("PRAGMA journal_mode = DELETE").fetchall()


def _version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)


def _refuse_empty(engine: Engine, project: str) -> None:
    """An emptied file would open as a new catalogue, in which nothing is labelled."""
    with engine.connect() as connection:
        if _version(connection) == 0:
            raise CatalogueDamaged(project, mark("it is empty"))


def _migrate(engine: Engine, project: str) -> None:
    with writing(engine).begin() as connection:
        version = _version(connection)
        if version > VERSION:
            raise CatalogueNewer(project)
        for number, migrate in enumerate(MIGRATIONS[version:], start=version + 1):
            migrate(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {number}")
