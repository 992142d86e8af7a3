"""The first tables."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    """
    CREATE TABLE setting (
        "key" VARCHAR NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY ("key")
    )
    """,
    """
    CREATE TABLE connection (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        name VARCHAR NOT NULL,
        folded_name VARCHAR NOT NULL,
        platform VARCHAR NOT NULL,
        base_url VARCHAR NOT NULL,
        account VARCHAR NOT NULL,
        options BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        checked_at INTEGER,
        identity BLOB,
        problem BLOB,
        UNIQUE (folded_name)
    )
    """,
    """
    CREATE TABLE mirror_record (
        "row" INTEGER NOT NULL,
        object_id INTEGER NOT NULL,
        record_id VARCHAR NOT NULL,
        seq INTEGER NOT NULL,
        gone INTEGER NOT NULL,
        external_id VARCHAR,
        body BLOB NOT NULL,
        PRIMARY KEY ("row"),
        UNIQUE (object_id, record_id)
    )
    """,
    """
    CREATE INDEX mirror_record_external_id ON mirror_record (object_id, external_id) WHERE external_id IS NOT NULL
    """,
    """
    CREATE INDEX mirror_record_order ON mirror_record (object_id, gone, seq)
    """,
    """
    CREATE TABLE mirror_cell (
        "row" INTEGER NOT NULL,
        cells BLOB NOT NULL,
        PRIMARY KEY ("row")
    )
    """,
    """
    CREATE TABLE mirror_text (
        "row" INTEGER NOT NULL,
        text VARCHAR NOT NULL,
        PRIMARY KEY ("row")
    )
    """,
    """
    CREATE TABLE mirror_seen (
        "row" INTEGER NOT NULL,
        PRIMARY KEY ("row")
    )
    """,
    """
    CREATE TABLE mirror_key (
        object_id INTEGER NOT NULL,
        field INTEGER NOT NULL,
        key_text VARCHAR NOT NULL,
        "row" INTEGER NOT NULL,
        PRIMARY KEY (object_id, field, key_text, "row")
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE sync (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        name VARCHAR NOT NULL,
        folded_name VARCHAR NOT NULL,
        document BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        left_seq INTEGER NOT NULL,
        right_seq INTEGER NOT NULL,
        fingerprint VARCHAR NOT NULL,
        approved BOOLEAN NOT NULL,
        UNIQUE (folded_name)
    )
    """,
    """
    CREATE TABLE edit (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        connection_id INTEGER NOT NULL,
        object VARCHAR NOT NULL,
        record_id VARCHAR NOT NULL,
        title VARCHAR NOT NULL,
        folded VARCHAR NOT NULL,
        action VARCHAR NOT NULL,
        fields BLOB NOT NULL,
        problem BLOB
    )
    """,
    """
    CREATE TABLE object_schema (
        connection_id INTEGER NOT NULL,
        "key" VARCHAR NOT NULL,
        position INTEGER,
        listing BLOB,
        listed_at INTEGER,
        document BLOB,
        read_at INTEGER,
        PRIMARY KEY (connection_id, "key"),
        FOREIGN KEY(connection_id) REFERENCES connection (id) ON DELETE CASCADE
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE mirror_object (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        connection_id INTEGER NOT NULL,
        "key" VARCHAR NOT NULL,
        schema BLOB,
        fields BLOB NOT NULL,
        match_keys BLOB NOT NULL,
        cursor BLOB,
        read_at INTEGER,
        complete BOOLEAN DEFAULT 0 NOT NULL,
        live INTEGER DEFAULT 0 NOT NULL,
        last_row INTEGER DEFAULT 0 NOT NULL,
        last_seq INTEGER DEFAULT 0 NOT NULL,
        sweep INTEGER DEFAULT 0 NOT NULL,
        sweep_seq INTEGER,
        index_made_seq INTEGER,
        indexed_seq INTEGER,
        UNIQUE (connection_id, "key"),
        FOREIGN KEY(connection_id) REFERENCES connection (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE link (
        "row" INTEGER NOT NULL,
        sync_id INTEGER NOT NULL,
        left_id VARCHAR NOT NULL,
        right_id VARCHAR NOT NULL,
        left_base BLOB NOT NULL,
        right_base BLOB NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY ("row"),
        UNIQUE (sync_id, left_id),
        UNIQUE (sync_id, right_id),
        FOREIGN KEY(sync_id) REFERENCES sync (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE run (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        id VARCHAR NOT NULL,
        sync_id INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        status VARCHAR NOT NULL,
        "trigger" VARCHAR NOT NULL,
        result BLOB,
        UNIQUE (id),
        FOREIGN KEY(sync_id) REFERENCES sync (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE INDEX run_of_sync ON run (sync_id, number)
    """,
    """
    CREATE TABLE due (
        sync_id INTEGER NOT NULL,
        side VARCHAR NOT NULL,
        record_id VARCHAR NOT NULL,
        title VARCHAR NOT NULL,
        problem BLOB NOT NULL,
        run_id VARCHAR NOT NULL,
        attempts INTEGER NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (sync_id, side, record_id),
        FOREIGN KEY(sync_id) REFERENCES sync (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE lease (
        sync_id INTEGER NOT NULL,
        owner VARCHAR NOT NULL,
        expires_at INTEGER NOT NULL,
        PRIMARY KEY (sync_id),
        FOREIGN KEY(sync_id) REFERENCES sync (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE draft (
        connection_id INTEGER NOT NULL,
        object VARCHAR NOT NULL,
        record_id VARCHAR NOT NULL,
        document BLOB NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (connection_id, object, record_id),
        FOREIGN KEY(connection_id) REFERENCES connection (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE "view" (
        connection_id INTEGER NOT NULL,
        object VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        document BLOB NOT NULL,
        PRIMARY KEY (connection_id, object, name),
        FOREIGN KEY(connection_id) REFERENCES connection (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE journal (
        "row" INTEGER NOT NULL,
        run INTEGER NOT NULL,
        id INTEGER NOT NULL,
        action VARCHAR NOT NULL,
        side VARCHAR NOT NULL,
        object VARCHAR NOT NULL,
        left_id VARCHAR,
        right_id VARCHAR,
        title VARCHAR NOT NULL,
        folded VARCHAR NOT NULL,
        fields BLOB NOT NULL,
        state VARCHAR NOT NULL,
        problem BLOB,
        sent_at INTEGER,
        done_at INTEGER,
        PRIMARY KEY ("row"),
        UNIQUE (run, id),
        FOREIGN KEY(run) REFERENCES run (number) ON DELETE CASCADE
    )
    """,
    """
    CREATE INDEX journal_sent ON journal (run) WHERE state = 'sent'
    """,
)


def upgrade() -> None:
    """Make all tables of the first version."""
    for statement in _TABLES:
        op.execute(statement)
