"""Syncs that go both ways and run by themselves: whole reads, rests and conflicts."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = (
    """
    CREATE TABLE mirror_whole (
        object_id INTEGER NOT NULL,
        at INTEGER NOT NULL,
        surplus INTEGER NOT NULL,
        PRIMARY KEY (object_id),
        FOREIGN KEY(object_id) REFERENCES mirror_object (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE sync_rest (
        sync_id INTEGER NOT NULL,
        paused BOOLEAN NOT NULL,
        scheduled_at INTEGER,
        PRIMARY KEY (sync_id),
        FOREIGN KEY(sync_id) REFERENCES sync (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE "conflict" (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        sync_id INTEGER NOT NULL,
        kind VARCHAR NOT NULL,
        side VARCHAR NOT NULL,
        left_id VARCHAR NOT NULL,
        right_id VARCHAR NOT NULL,
        left_field VARCHAR NOT NULL,
        right_field VARCHAR NOT NULL,
        title VARCHAR NOT NULL,
        left_value BLOB NOT NULL,
        right_value BLOB NOT NULL,
        left_at INTEGER,
        right_at INTEGER,
        left_by VARCHAR DEFAULT '' NOT NULL,
        right_by VARCHAR DEFAULT '' NOT NULL,
        candidates BLOB NOT NULL,
        run_id VARCHAR NOT NULL,
        since INTEGER NOT NULL,
        decision VARCHAR DEFAULT '' NOT NULL,
        UNIQUE (sync_id, kind, left_id, right_id, left_field, right_field),
        FOREIGN KEY(sync_id) REFERENCES sync (id) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    """Add what is new; nothing that is there changes."""
    for statement in _TABLES:
        op.execute(statement)
