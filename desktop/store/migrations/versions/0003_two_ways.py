"""Syncs that go both ways and run by themselves: whole reads, rests, conflicts, webhooks and alerts."""

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
    """
    CREATE TABLE hook (
        connection_id INTEGER NOT NULL,
        address VARCHAR NOT NULL,
        remote BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        heard_at INTEGER,
        problem BLOB,
        PRIMARY KEY (connection_id),
        FOREIGN KEY(connection_id) REFERENCES connection (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE hook_event (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        connection_id INTEGER NOT NULL,
        event VARCHAR NOT NULL,
        object VARCHAR NOT NULL,
        record_id VARCHAR NOT NULL,
        deleted BOOLEAN NOT NULL,
        received_at INTEGER NOT NULL,
        done_at INTEGER,
        UNIQUE (connection_id, event),
        FOREIGN KEY(connection_id) REFERENCES connection (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX hook_event_open ON hook_event (connection_id) WHERE done_at IS NULL",
    """
    CREATE TABLE alert (
        kind VARCHAR NOT NULL,
        subject VARCHAR NOT NULL,
        problem BLOB NOT NULL,
        raised_at INTEGER NOT NULL,
        told_at INTEGER,
        PRIMARY KEY (kind, subject)
    )
    """,
)


def upgrade() -> None:
    """Add what is new; nothing that is there changes."""
    for statement in _TABLES:
        op.execute(statement)
