"""Definitions as they are stored."""

from __future__ import annotations

import json

from desktop.domain.definition import SyncDefinition
from desktop.domain.sync_file import read_sync_file
from desktop.store import SyncRow


def definition_of(row: SyncRow) -> SyncDefinition:
    """The definition of a stored sync."""
    return read_sync_file(json.dumps(row.document))
