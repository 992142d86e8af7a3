"""Edits: what people changed in records by hand, with each value before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desktop.domain.change import FieldChange
from desktop.domain.errors import Problem
from desktop.store.columns import micros, moment, pack, unpack_as
from desktop.store.database import Repository
from desktop.store.journal import pack_fields, unpack_fields


@dataclass(frozen=True, slots=True)
class EditRow:
    """One edit.

    :param id: given by the store; what is passed to :meth:`Edits.add` does not matter.
    :param action: ``create``, ``update`` or ``delete``.
    :param problem: why it failed.
    """

    id: int
    at: datetime
    connection_id: int
    object: str
    record_id: str
    title: str
    action: str
    fields: Mapping[str, FieldChange]
    problem: Problem | None = None


class Edits(Repository):
    """The edits of all connections, newest first. They outlive their connection."""

    def add(self, row: EditRow) -> int:
        """Note an edit; returns its id."""
        cursor = self._driver.execute(
            "INSERT INTO edit (at, connection_id, object, record_id, title, folded, action, fields, problem) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                micros(row.at),
                row.connection_id,
                row.object,
                row.record_id,
                row.title,
                row.title.casefold(),
                row.action,
                pack_fields(row.fields),
                row.problem and pack(row.problem),
            ),
        )
        return cursor.lastrowid

    def page(self, offset: int = 0, limit: int = 200, search: str = "") -> list[EditRow]:
        """Edits, newest first, leaving out the first ``offset`` ones.

        :param search: text that occurs in the title, or the record's id; case is ignored.
        """
        rows = self._driver.execute(
            f"{_SELECT} WHERE {_MATCHES} ORDER BY id DESC LIMIT ? OFFSET ?", (*_terms(search), limit, offset)
        )
        return [_row(row) for row in rows]

    def of_record(self, connection_id: int, object_key: str, record_id: str, limit: int) -> list[EditRow]:
        """The latest edits of one record that took effect, newest first."""
        rows = self._driver.execute(
            f"{_SELECT} WHERE connection_id = ? AND object = ? AND record_id = ? AND problem IS NULL "
            "ORDER BY id DESC LIMIT ?",
            (connection_id, object_key, record_id, limit),
        )
        return [_row(row) for row in rows]

    def count(self, search: str = "") -> int:
        """How many edits there are."""
        return self._driver.execute(f"SELECT count(*) FROM edit WHERE {_MATCHES}", _terms(search)).fetchone()[0]


_SELECT = "SELECT id, at, connection_id, object, record_id, title, action, fields, problem FROM edit"
_MATCHES = "(? = '' OR instr(folded, ?) OR record_id = ?)"


def _terms(search: str) -> tuple[str, str, str]:
    text = search.strip()
    return text, text.casefold(), text


def _row(row: tuple[Any, ...]) -> EditRow:
    edit_id, at, connection_id, object_key, record_id, title, action, fields, problem = row
    return EditRow(
        edit_id,
        moment(at),
        connection_id,
        object_key,
        record_id,
        title,
        action,
        unpack_fields(fields),
        None if problem is None else unpack_as(problem, Problem),
    )
