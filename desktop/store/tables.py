"""The workspace database's tables, as a new workspace gets them.

A mirrored record's row number is ``object << 36 | n``: the records of one object lie together, so that a scan
of one object touches nothing else. ``mirror_cell`` and ``mirror_text`` repeat a live record's values in the
narrow forms that sorting, conditions and search read; a record that is gone has no row there.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from desktop.store.columns import Document, Moment, ProblemColumn

metadata = MetaData()


def _of(target: str, *, cascade: bool = True) -> ForeignKey:
    return ForeignKey(target, ondelete="CASCADE" if cascade else "RESTRICT")


setting = Table(
    "setting",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

connection = Table(
    "connection",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("folded_name", String, nullable=False, unique=True),
    Column("platform", String, nullable=False),
    Column("base_url", String, nullable=False),
    Column("account", String, nullable=False),
    Column("options", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("checked_at", Moment),
    Column("identity", Document),
    Column("problem", ProblemColumn),
    sqlite_autoincrement=True,
)

object_schema = Table(
    "object_schema",
    metadata,
    Column("connection_id", Integer, _of("connection.id"), nullable=False),
    Column("key", String, nullable=False),
    Column("position", Integer),
    Column("listing", LargeBinary),
    Column("listed_at", Moment),
    Column("document", LargeBinary),
    Column("read_at", Moment),
    PrimaryKeyConstraint("connection_id", "key"),
    sqlite_with_rowid=False,
)

mirror_object = Table(
    "mirror_object",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection_id", Integer, _of("connection.id"), nullable=False),
    Column("key", String, nullable=False),
    Column("schema", LargeBinary),
    Column("fields", Document, nullable=False),
    Column("match_keys", Document, nullable=False),
    Column("cursor", Document),
    Column("read_at", Moment),
    Column("complete", Boolean, nullable=False, server_default=text("0")),
    Column("live", Integer, nullable=False, server_default=text("0")),
    Column("last_row", Integer, nullable=False, server_default=text("0")),
    Column("last_seq", Integer, nullable=False, server_default=text("0")),
    Column("sweep", Integer, nullable=False, server_default=text("0")),
    Column("sweep_seq", Integer),
    Column("index_made_seq", Integer),
    Column("indexed_seq", Integer),
    UniqueConstraint("connection_id", "key"),
    sqlite_autoincrement=True,
)

mirror_record = Table(
    "mirror_record",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("object_id", Integer, nullable=False),
    Column("record_id", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("gone", Integer, nullable=False),
    Column("external_id", String),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("object_id", "record_id"),
)
Index("mirror_record_order", mirror_record.c.object_id, mirror_record.c.gone, mirror_record.c.seq)
Index(
    "mirror_record_external_id",
    mirror_record.c.object_id,
    mirror_record.c.external_id,
    sqlite_where=mirror_record.c.external_id.is_not(None),
)

mirror_cell = Table(
    "mirror_cell",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("cells", LargeBinary, nullable=False),
)

mirror_text = Table(
    "mirror_text",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("text", String, nullable=False),
)

mirror_seen = Table(
    "mirror_seen",
    metadata,
    Column("row", Integer, primary_key=True),
)

mirror_key = Table(
    "mirror_key",
    metadata,
    Column("object_id", Integer, nullable=False),
    Column("field", Integer, nullable=False),
    Column("key_text", String, nullable=False),
    Column("row", Integer, nullable=False),
    PrimaryKeyConstraint("object_id", "field", "key_text", "row"),
    sqlite_with_rowid=False,
)

sync = Table(
    "sync",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("folded_name", String, nullable=False, unique=True),
    Column("document", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("left_seq", Integer, nullable=False),
    Column("right_seq", Integer, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("approved", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

link = Table(
    "link",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("sync_id", Integer, _of("sync.id"), nullable=False),
    Column("left_id", String, nullable=False),
    Column("right_id", String, nullable=False),
    Column("left_base", LargeBinary, nullable=False),
    Column("right_base", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("sync_id", "left_id"),
    UniqueConstraint("sync_id", "right_id"),
)

run = Table(
    "run",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("sync_id", Integer, _of("sync.id"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("status", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("result", Document),
    sqlite_autoincrement=True,
)
Index("run_of_sync", run.c.sync_id, run.c.number)

journal = Table(
    "journal",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("run", Integer, _of("run.number"), nullable=False),
    Column("id", Integer, nullable=False),
    Column("action", String, nullable=False),
    Column("side", String, nullable=False),
    Column("object", String, nullable=False),
    Column("left_id", String),
    Column("right_id", String),
    Column("title", String, nullable=False),
    Column("folded", String, nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("problem", ProblemColumn),
    Column("sent_at", Moment),
    Column("done_at", Moment),
    UniqueConstraint("run", "id"),
)
Index("journal_sent", journal.c.run, sqlite_where=journal.c.state == text("'sent'"))

due = Table(
    "due",
    metadata,
    Column("sync_id", Integer, _of("sync.id"), nullable=False),
    Column("side", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("title", String, nullable=False),
    Column("problem", ProblemColumn, nullable=False),
    Column("run_id", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    PrimaryKeyConstraint("sync_id", "side", "record_id"),
)

mirror_whole = Table(
    "mirror_whole",
    metadata,
    Column("object_id", Integer, _of("mirror_object.id"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("surplus", Integer, nullable=False),
)

sync_rest = Table(
    "sync_rest",
    metadata,
    Column("sync_id", Integer, _of("sync.id"), primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("scheduled_at", Moment),
)

conflict = Table(
    "conflict",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sync_id", Integer, _of("sync.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("side", String, nullable=False),
    Column("left_id", String, nullable=False),
    Column("right_id", String, nullable=False),
    Column("left_field", String, nullable=False),
    Column("right_field", String, nullable=False),
    Column("title", String, nullable=False),
    Column("left_value", LargeBinary, nullable=False),
    Column("right_value", LargeBinary, nullable=False),
    Column("left_at", Moment),
    Column("right_at", Moment),
    Column("left_by", String, nullable=False, server_default=""),
    Column("right_by", String, nullable=False, server_default=""),
    Column("candidates", Document, nullable=False),
    Column("run_id", String, nullable=False),
    Column("since", Moment, nullable=False),
    Column("decision", String, nullable=False, server_default=""),
    UniqueConstraint("sync_id", "kind", "left_id", "right_id", "left_field", "right_field"),
    sqlite_autoincrement=True,
)

lease = Table(
    "lease",
    metadata,
    Column("sync_id", Integer, _of("sync.id"), primary_key=True),
    Column("owner", String, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

draft = Table(
    "draft",
    metadata,
    Column("connection_id", Integer, _of("connection.id"), nullable=False),
    Column("object", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("connection_id", "object", "record_id"),
)

edit = Table(
    "edit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("connection_id", Integer, nullable=False),
    Column("object", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("title", String, nullable=False),
    Column("folded", String, nullable=False),
    Column("action", String, nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("problem", ProblemColumn),
    sqlite_autoincrement=True,
)

view = Table(
    "view",
    metadata,
    Column("connection_id", Integer, _of("connection.id"), nullable=False),
    Column("object", String, nullable=False),
    Column("name", String, nullable=False),
    Column("document", LargeBinary, nullable=False),
    PrimaryKeyConstraint("connection_id", "object", "name"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection_id", Integer, _of("connection.id"), nullable=False),
    Column("key", String, nullable=False),
    Column("object", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("handled_at", Moment),
    UniqueConstraint("connection_id", "key", "object", "record_id"),
    sqlite_autoincrement=True,
)
Index("delivery_waiting", delivery.c.id, sqlite_where=delivery.c.handled_at.is_(None))
