"""The emulator's tables. What is searched, sorted or counted is a column with an index; the rest is JSON."""

from __future__ import annotations

TABLES = """
CREATE TABLE IF NOT EXISTS activecampaign_contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL COLLATE NOCASE UNIQUE,
    phone TEXT NOT NULL DEFAULT '',
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    hash TEXT NOT NULL,
    bounced_hard INTEGER NOT NULL DEFAULT 0,
    cdate INTEGER NOT NULL,
    udate INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS activecampaign_contacts_udate
    ON activecampaign_contacts (udate);
CREATE INDEX IF NOT EXISTS activecampaign_contacts_cdate
    ON activecampaign_contacts (cdate);

CREATE TABLE IF NOT EXISTS activecampaign_field_values (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact INTEGER NOT NULL,
    field INTEGER NOT NULL,
    value TEXT NOT NULL,
    cdate INTEGER NOT NULL,
    udate INTEGER NOT NULL,
    UNIQUE (contact, field)
);
CREATE INDEX IF NOT EXISTS activecampaign_field_values_field
    ON activecampaign_field_values (field);

CREATE TABLE IF NOT EXISTS activecampaign_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tag TEXT NOT NULL COLLATE NOCASE UNIQUE,
    tag_type TEXT NOT NULL,
    description TEXT NOT NULL,
    cdate INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS activecampaign_contact_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    cdate INTEGER NOT NULL,
    UNIQUE (contact, tag)
);
CREATE INDEX IF NOT EXISTS activecampaign_contact_tags_tag
    ON activecampaign_contact_tags (tag, contact);

CREATE TABLE IF NOT EXISTS activecampaign_contact_lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact INTEGER NOT NULL,
    list INTEGER NOT NULL,
    status INTEGER NOT NULL,
    sourceid TEXT NOT NULL DEFAULT '0',
    sdate INTEGER,
    udate INTEGER,
    cdate INTEGER NOT NULL,
    UNIQUE (contact, list)
);
CREATE INDEX IF NOT EXISTS activecampaign_contact_lists_list
    ON activecampaign_contact_lists (list, status, contact);
CREATE INDEX IF NOT EXISTS activecampaign_contact_lists_status
    ON activecampaign_contact_lists (status, contact);

CREATE TABLE IF NOT EXISTS activecampaign_accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    account_url TEXT NOT NULL,
    owner TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS activecampaign_account_contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    contact INTEGER NOT NULL UNIQUE,
    job_title TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS activecampaign_account_contacts_account
    ON activecampaign_account_contacts (account);

CREATE TABLE IF NOT EXISTS activecampaign_deals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    contact INTEGER NOT NULL,
    account INTEGER NOT NULL,
    pipeline INTEGER NOT NULL,
    stage INTEGER NOT NULL,
    owner TEXT NOT NULL,
    value INTEGER NOT NULL,
    currency TEXT NOT NULL,
    percent TEXT NOT NULL,
    status INTEGER NOT NULL,
    cdate INTEGER NOT NULL,
    mdate INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS activecampaign_deals_contact
    ON activecampaign_deals (contact);
CREATE INDEX IF NOT EXISTS activecampaign_deals_account
    ON activecampaign_deals (account);
CREATE INDEX IF NOT EXISTS activecampaign_deals_mdate
    ON activecampaign_deals (mdate);

CREATE TABLE IF NOT EXISTS activecampaign_custom_values (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    owner INTEGER NOT NULL,
    field INTEGER NOT NULL,
    value TEXT NOT NULL,
    currency TEXT,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    UNIQUE (kind, owner, field)
);

CREATE TABLE IF NOT EXISTS activecampaign_documents (
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS activecampaign_sequences (
    kind TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS activecampaign_schemas (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL,
    created INTEGER NOT NULL,
    records INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS activecampaign_records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    schema_id TEXT NOT NULL,
    id TEXT NOT NULL,
    external_id TEXT,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS activecampaign_records_id ON activecampaign_records (schema_id, id);
CREATE UNIQUE INDEX IF NOT EXISTS activecampaign_records_external
    ON activecampaign_records (schema_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS activecampaign_records_created
    ON activecampaign_records (schema_id, created);
CREATE INDEX IF NOT EXISTS activecampaign_records_updated
    ON activecampaign_records (schema_id, updated);
CREATE TRIGGER IF NOT EXISTS activecampaign_records_added AFTER INSERT ON activecampaign_records BEGIN
    UPDATE activecampaign_schemas SET records = records + 1 WHERE id = NEW.schema_id;
END;
CREATE TRIGGER IF NOT EXISTS activecampaign_records_removed AFTER DELETE ON activecampaign_records BEGIN
    UPDATE activecampaign_schemas SET records = records - 1 WHERE id = OLD.schema_id;
END;

CREATE TABLE IF NOT EXISTS activecampaign_record_links (
    seq INTEGER NOT NULL,
    schema_id TEXT NOT NULL,
    relationship TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (seq, relationship, target)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS activecampaign_record_links_target
    ON activecampaign_record_links (schema_id, relationship, target);

CREATE TABLE IF NOT EXISTS activecampaign_unindexed (
    seq INTEGER PRIMARY KEY,
    schema_id TEXT NOT NULL,
    due REAL NOT NULL,
    id TEXT NOT NULL,
    external_id TEXT,
    created INTEGER,
    updated INTEGER,
    document TEXT
);
CREATE INDEX IF NOT EXISTS activecampaign_unindexed_due
    ON activecampaign_unindexed (due);
"""
