"""The catalogue's tables, and how an older database becomes one of today.

Keys are ULIDs as text, so that the catalogues of two laptops can be merged. Rows are never deleted by an edit:
`removed` hides them, so that every edit, adding included, is a change of cells, and undo is one UPDATE a step.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    column,
    table,
)

METADATA: Final = MetaData()
CLASS_TRACK: Final = "class"  # the one exclusive track that training uses
SIDES: Final = ("train", "validation", "test")

recording = Table(
    "recording",
    METADATA,
    Column("id", String(26), primary_key=True),
    Column("path", Text, nullable=False, unique=True),  # relative to the project's folder, with /
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("board", Text),
    Column("rate_hz", Float, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("sha256", Text),
    Column("person", Text),
    Column("group", Text),
    Column("session", Text),
    Column("station", Text),
    Column("consent", Text),
    Column("place", Text),
    Column("take", Text),  # the same for all that was recorded as one
    Column("beside", Integer, nullable=False, server_default="0"),  # 1: not by the first source of its take
    Column("started_utc", Text),
    Column("added_utc", Text, nullable=False),
    Column("imported_from", Text),
    Column("gaps", Text, nullable=False),  # JSON, [[start, count], ...]
    Column("lost", Integer, nullable=False),  # samples, all causes
    Column("removed", Integer, nullable=False),
    Index("recording_by_sha256", "sha256"),
    Index("recording_by_person", "person", "removed"),
    Index("recording_by_group", "group", "removed"),
    Index("recording_by_take", "take"),
    Index("recording_present", "removed"),  # as every index here it holds the key too: counts need no more
    sqlite_with_rowid=False,
)

segment = Table(
    "segment",
    METADATA,
    Column("id", String(26), primary_key=True),
    Column("recording", String(26), ForeignKey("recording.id"), nullable=False),
    Column("track", Text, nullable=False),
    Column("start", Integer),  # samples of the file; null: from its beginning
    Column("end", Integer),  # null: to its end
    Column("label", Text),  # null: not labelled yet
    Column("annotator", Text),
    Column("removed", Integer, nullable=False),
    Index("segment_by_recording", "recording", "track", "removed", "label"),
    Index("segment_by_label", "track", "removed", "label", "recording"),  # answers counts without the table
    Index("segment_in_order", "track", "removed", "recording", "start"),  # the order in which they are listed
    sqlite_with_rowid=False,
)

# Which side a person, a group or a recording is pinned to; null: none.
pin = Table(
    "pin",
    METADATA,
    Column("id", String, primary_key=True),  # KIND:KEY
    Column("side", Text),
    CheckConstraint("side IS NULL OR side IN ('train', 'validation', 'test')"),
    sqlite_with_rowid=False,
)

edit = Table(
    "edit",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("made_utc", Text, nullable=False),
    Column("undone", Integer, nullable=False),
    Index("edit_by_actor", "actor", "undone", "number"),
    sqlite_autoincrement=True,
)

edit_step = Table(
    "edit_step",
    METADATA,
    Column("edit", Integer, ForeignKey("edit.number", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("table_name", Text, nullable=False),
    Column("column_name", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# One changed cell. Values are text whatever the column's type; null is null.
undo_row = Table(
    "undo_row",
    METADATA,
    Column("edit", Integer, ForeignKey("edit.number", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("row", String, primary_key=True),
    Column("old", Text),
    Column("new", Text),
    sqlite_with_rowid=False,
)

# What was measured of a recording's samples; recordings do not change, so once is enough. JSON.
measurement = Table(
    "measurement",
    METADATA,
    Column("recording", String(26), ForeignKey("recording.id", ondelete="CASCADE"), primary_key=True),
    Column("values", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Facts about the project that are no edits, such as how the last import was read. JSON.
note = Table("note", METADATA, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

# The names of files, to be searched by pieces of three characters and more (FTS5, made by the migration).
recording_text: Final = table("recording_text", column("recording"), column("text"))

EDITABLE: Final = {
    (c.table.name, c.name): c
    for c in (
        recording.c.person,
        recording.c.group,
        recording.c.removed,
        segment.c.start,
        segment.c.end,
        segment.c.label,
        segment.c.annotator,
        segment.c.removed,
        pin.c.side,
    )
}


def _first(connection: Connection) -> None:
    METADATA.create_all(connection)
    connection.exec_driver_sql(
        "CREATE VIRTUAL TABLE recording_text USING fts5(recording UNINDEXED, text, tokenize='trigram')"
    )


def _with_takes(connection: Connection) -> None:
    columns = {row[1] for row in connection.exec_driver_sql("PRAGMA table_info(recording)")}
    if "place" in columns:  # what is new is made as it is today
        return
    for column_of in ("place TEXT", "take TEXT", "beside INTEGER NOT NULL DEFAULT 0"):
        connection.exec_driver_sql(f"ALTER TABLE recording ADD COLUMN {column_of}")
    connection.exec_driver_sql("CREATE INDEX recording_by_take ON recording (take)")


# Forward only, in order: the n-th brings user_version n - 1 to n. Never change one that was released; add the next.
MIGRATIONS: Final[tuple[Callable[[Connection], None], ...]] = (_first, _with_takes)
VERSION: Final = len(MIGRATIONS)

# What lets somebody who only reads see a database of an older version as one of today: views that stand before its
# tables, in that connection alone. The n-th is for those before version n + 1.
READ_AS: Final[tuple[str, ...]] = (
    "",
    "CREATE TEMP VIEW recording AS SELECT *, NULL AS place, NULL AS take, 0 AS beside FROM main.recording",
)
