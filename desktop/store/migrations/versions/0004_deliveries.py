"""Syncs that run as changes happen: the messages by which platforms tell of them."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_TABLE = """
    CREATE TABLE delivery (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        connection_id INTEGER NOT NULL,
        "key" VARCHAR NOT NULL,
        object VARCHAR NOT NULL,
        record_id VARCHAR NOT NULL,
        received_at INTEGER NOT NULL,
        handled_at INTEGER,
        UNIQUE (connection_id, "key", object, record_id),
        FOREIGN KEY(connection_id) REFERENCES connection (id) ON DELETE CASCADE
    )
    """
_WAITING = "CREATE INDEX delivery_waiting ON delivery (id) WHERE handled_at IS NULL"


def upgrade() -> None:
    """Add what is new; nothing that is there changes."""
    op.execute(_TABLE)
    op.execute(_WAITING)
