"""``/customObjects/records`` (developers.activecampaign.com/reference/records and the Custom Objects guide).

One call writes: ``POST``, an upsert that replaces the whole record and answers 201 without the record's id or
times. The list is eventually consistent: for the delay that is set, it shows a written record as it was
before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from desktop.sandbox.activecampaign.errors import bad_request, forbidden, not_found
from desktop.sandbox.activecampaign.query import Query, whole
from desktop.sandbox.activecampaign.record_query import RecordQuery, compile_query
from desktop.sandbox.activecampaign.record_rules import checked_fields, checked_relationships
from desktop.sandbox.activecampaign.schemas import EMPTY, Schema, SchemaStore, new_id
from desktop.sandbox.activecampaign.state import State, payload
from desktop.sandbox.activecampaign.times import millisecond_time
from desktop.sandbox.kernel import Answer, Call, Endpoint, Refusal
from desktop.sandbox.storage import to_text

TABLE = "activecampaign_records"
WAITING = "activecampaign_unindexed"
_COLUMNS = "seq, schema_id, id, external_id, created, updated, document"
_DEEPEST_EXTERNAL_ID = 4
_NEVER_NULL = {"seq", "id", "created", "updated"}


class Records:
    """The record resource of every schema."""

    def __init__(self, state: State, schemas: SchemaStore) -> None:
        self._state = state
        self._db = state.db
        self._schemas = schemas

    def endpoints(self) -> list[Endpoint]:
        """Routes of this resource, and the wrong forms of its address."""
        root = "/api/3/customObjects/records"
        routes = [
            Endpoint("GET", f"{root}/{{schemaId}}", self.browse),
            Endpoint("POST", f"{root}/{{schemaId}}", self.upsert),
            Endpoint("GET", f"{root}/{{schemaId}}/{{recordId}}", self._reader(self._by_id)),
            Endpoint("DELETE", f"{root}/{{schemaId}}/{{recordId}}", self._remover(self._by_id)),
        ]
        for depth in range(_DEEPEST_EXTERNAL_ID):
            # An external id with a slash arrives as several segments.
            path = f"{root}/{{schemaId}}/external/{{externalId}}" + "".join(f"/{{rest{i}}}" for i in range(depth))
            routes += [
                Endpoint("GET", path, self._reader(self._by_external_id)),
                Endpoint("DELETE", path, self._remover(self._by_external_id)),
            ]
        for method in ("PUT", "PATCH"):
            for path in ("{schemaId}/{recordId}", "{schemaId}/external/{externalId}", "{schemaId}"):
                routes.append(Endpoint(method, f"{root}/{path}", self.not_allowed))
        for method in ("GET", "POST"):
            routes += [
                Endpoint(method, root, self.wrong_address),
                Endpoint(method, "/api/3/customObjects/{schemaId}/records", self.wrong_address),
            ]
        return routes

    def not_allowed(self, call: Call) -> Answer:
        """``PUT`` and ``PATCH``: 405; a record is updated by ``POST``."""
        return Answer(405, None, EMPTY)

    def wrong_address(self, call: Call) -> Answer:
        """``/records?schemaId=`` and ``/{schemaId}/records``: 400."""
        raise bad_request()

    def browse(self, call: Call) -> Answer:
        """``GET /customObjects/records/{schemaId}``. Without an order the records come in no useful one.

        Users who are not admins have to filter by a relationship.
        """
        schema = self._schema(call)
        query = Query(call.query_all)
        waiting = self._waiting(schema["id"])
        compiled = compile_query(schema, query, indexed=not waiting)
        if not call.caller.admin and not compiled.related:
            raise forbidden("Only admin users can list records without a relationship filter")
        if waiting:
            rows, total = self._lagging(schema["id"], compiled, query)
        else:
            rows, total = self._current(schema["id"], compiled, query)
        documents = ",".join(row["document"] for row in rows)
        meta = f'{{"total":{total},"count":{len(rows)},"limit":{query.limit},"offset":{query.offset}}}'
        return Answer(200, f'{{"records":[{documents}],"meta":{meta}}}'.encode())

    def _current(self, schema: str, compiled: RecordQuery, query: Query) -> tuple[list[sqlite3.Row], int]:
        """The list when it shows every record as it is; read page after page it goes on where it ended."""
        # The plus keeps SQLite from walking through the whole schema when a relationship picks a few records.
        own = "+schema_id = ?" if compiled.related else "schema_id = ?"
        where = " AND ".join([own, *compiled.conditions])
        params = (schema, *compiled.params)
        plus = "+" if compiled.related else ""
        order = ", ".join(f"{plus}{key} {word}" for key, word in zip(compiled.keys, compiled.words, strict=True))
        listing = (where, params, order)
        keys = ", ".join(compiled.keys)
        # Only values that are never null can be compared with where the page before has ended.
        uniform = len(set(compiled.words)) == 1 and set(compiled.keys) <= _NEVER_NULL
        end = self._db.seek(TABLE, listing, query.offset) if uniform and query.offset else None
        if end is None:
            sql = f"SELECT document, {keys} FROM {TABLE} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
            rows = self._db.rows(sql, *compiled.key_params, *params, *compiled.key_params, query.limit, query.offset)
        else:
            sign, marks = (">" if compiled.words[0] == "ASC" else "<"), ", ".join("?" * len(end))
            beyond = f"({keys}) {sign} ({marks})"
            sql = f"SELECT document, {keys} FROM {TABLE} WHERE {where} AND {beyond} ORDER BY {order} LIMIT ?"
            rows = self._db.rows(sql, *params, *end, query.limit)
        if rows and uniform:
            self._db.ended(TABLE, listing, query.offset + len(rows), tuple(rows[-1])[1:])
        if not compiled.conditions:
            return rows, self._schemas.record_count(schema)
        return rows, self._db.value(f"SELECT COUNT(*) FROM {TABLE} WHERE {where}", *params)

    def _lagging(self, schema: str, compiled: RecordQuery, query: Query) -> tuple[list[sqlite3.Row], int]:
        """The list while its index is behind: a record just written is missing, or shows what it was."""
        keys = ", ".join(compiled.keys)
        where = " AND ".join(["schema_id = ?", *compiled.conditions])
        arms = (
            f"SELECT document, {keys} FROM {TABLE} WHERE {where} AND seq NOT IN (SELECT seq FROM {WAITING})",
            f"SELECT document, {keys} FROM {WAITING} WHERE {where} AND document IS NOT NULL",
        )
        order = ", ".join(f"{position} {word}" for position, word in enumerate(compiled.words, start=2))
        params = (*compiled.key_params, schema, *compiled.params)
        sql = f"{arms[0]} UNION ALL {arms[1]} ORDER BY {order} LIMIT ? OFFSET ?"
        rows = self._db.rows(sql, *params, *params, query.limit, query.offset)
        if compiled.conditions:
            total = self._db.value(f"SELECT COUNT(*) FROM ({arms[0]} UNION ALL {arms[1]})", *params, *params)
        else:
            hidden = f"SELECT COUNT(*) FROM {WAITING} WHERE schema_id = ? AND document IS NULL"
            total = self._schemas.record_count(schema) - self._db.value(hidden, schema)
        return rows, total

    def upsert(self, call: Call) -> Answer:
        """``POST /customObjects/records/{schemaId}``: 201 whether the record is new or not.

        The external id decides first, then the id; an id that is unknown is ignored. Whatever is left out is
        cleared.
        """
        schema = self._schema(call)
        given = payload(call, "record")
        external = _external_id(given.get("externalId"))
        fields = checked_fields(schema, [] if given.get("fields") is None else given["fields"])
        related = checked_relationships(schema, given.get("relationships"))
        row = self._find(schema["id"], external, given.get("id"))
        if row is not None and external is None:
            external = row["external_id"]
        now = int(self._state.clock.now() * 1000)
        record = {
            "id": new_id() if row is None else row["id"],
            "externalId": external,
            "schemaId": schema["id"],
            "fields": fields,
            "relationships": related,
            "createdTimestamp": millisecond_time(now if row is None else row["created"]),
            "updatedTimestamp": millisecond_time(now),
        }
        if external is None:
            del record["externalId"]
        self._keep(row, record, now)
        answered = {key: record[key] for key in ("externalId", "schemaId", "fields", "relationships") if key in record}
        return Answer(201, {"record": answered})

    def _find(self, schema: str, external: str | None, identifier: object) -> sqlite3.Row | None:
        row = None if external is None else self._lookup(schema, "external_id", external)
        if row is None and isinstance(identifier, str):
            row = self._lookup(schema, "id", identifier)
        return row

    def _lookup(self, schema: str, column: str, value: str) -> sqlite3.Row | None:
        return self._db.row(f"SELECT {_COLUMNS} FROM {TABLE} WHERE schema_id = ? AND {column} = ?", schema, value)

    def _keep(self, row: sqlite3.Row | None, record: dict[str, Any], now: int) -> None:
        document, external = to_text(record), record.get("externalId")
        if row is None:
            cursor = self._db.run(
                f"INSERT INTO {TABLE} (schema_id, id, external_id, created, updated, document)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                record["schemaId"],
                record["id"],
                external,
                now,
                now,
                document,
            )
            seq = cursor.lastrowid
        else:
            seq = row["seq"]
            sql = f"UPDATE {TABLE} SET external_id = ?, updated = ?, document = ? WHERE seq = ?"
            self._db.run(sql, external, now, document, seq)
            self._db.run("DELETE FROM activecampaign_record_links WHERE seq = ?", seq)
        for relationship, targets in record["relationships"].items():
            for target in targets:
                self._db.run(
                    "INSERT INTO activecampaign_record_links VALUES (?, ?, ?, ?)",
                    seq,
                    record["schemaId"],
                    relationship,
                    target,
                )
        if self._state.settings.index_delay_seconds:
            self._delay(seq, record, row)

    def _delay(self, seq: int | None, record: dict[str, Any], before: sqlite3.Row | None) -> None:
        """Keep what the list shows until the index has caught up: the record as it was, or nothing for a new
        one.
        """
        due = self._state.clock.now() + self._state.settings.index_delay_seconds
        self._db.run(f"DELETE FROM {WAITING} WHERE seq = ? AND due <= ?", seq, self._state.clock.now())
        if self._db.run(f"UPDATE {WAITING} SET due = ? WHERE seq = ?", due, seq).rowcount:
            return
        shown = (None, None, None, None)
        if before is not None:
            shown = (before["external_id"], before["created"], before["updated"], before["document"])
        self._db.run(
            f"INSERT INTO {WAITING} (seq, schema_id, due, id, external_id, created, updated, document)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            seq,
            record["schemaId"],
            due,
            record["id"],
            *shown,
        )

    def _waiting(self, schema: str) -> bool:
        """Whether the list lags behind for this schema."""
        if self._db.value(f"SELECT 1 FROM {WAITING} LIMIT 1") is None:
            return False
        self._db.run(f"DELETE FROM {WAITING} WHERE due <= ?", self._state.clock.now())
        return self._db.value(f"SELECT 1 FROM {WAITING} WHERE schema_id = ? LIMIT 1", schema) is not None

    def _reader(self, find: Callable[[Call, Schema], sqlite3.Row | None]) -> Callable[[Call], Answer]:
        def read(call: Call) -> Answer:
            row = find(call, self._schema(call))
            if row is None:
                raise self._unknown_record()
            return Answer(200, f'{{"record":{row["document"]}}}'.encode())

        return read

    def _remover(self, find: Callable[[Call, Schema], sqlite3.Row | None]) -> Callable[[Call], Answer]:
        """Deletes are answered 202 without a body and show in the list at once."""

        def remove(call: Call) -> Answer:
            row = find(call, self._schema(call))
            if row is None:
                raise self._unknown_record()
            for table in (TABLE, "activecampaign_record_links", WAITING):
                self._db.run(f"DELETE FROM {table} WHERE seq = ?", row["seq"])
            return Answer(202, None, EMPTY)

        return remove

    def _by_id(self, call: Call, schema: Schema) -> sqlite3.Row | None:
        return self._lookup(schema["id"], "id", call.params["recordId"])

    def _by_external_id(self, call: Call, schema: Schema) -> sqlite3.Row | None:
        external = call.path.split("/external/", 1)[1]
        return self._lookup(schema["id"], "external_id", external)

    def _unknown_record(self) -> Refusal:
        return bad_request() if self._state.settings.unknown_record_status == 400 else not_found()

    def _schema(self, call: Call) -> Schema:
        schema = self._schemas.find(call.params["schemaId"])
        if schema is None:
            raise not_found()
        return schema


def _external_id(value: object) -> str | None:
    """The caller's own id as text; None when it is absent or blank.

    Raises 400 for anything but text or a number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    number = whole(value)
    if number is None:
        raise bad_request("externalId must be a string.")
    return str(number)
