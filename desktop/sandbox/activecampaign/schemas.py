"""``/customObjects/schemas`` (developers.activecampaign.com/reference/schemas).

Here ``meta`` holds numbers.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from typing import Any

from desktop.sandbox.activecampaign.errors import bad_request, forbidden, invalid_value, not_found, refuse
from desktop.sandbox.activecampaign.query import Filter, Query, whole
from desktop.sandbox.activecampaign.schema_rules import (
    DELETED,
    NewId,
    checked_labels,
    checked_slug,
    is_deleted,
    merged_fields,
    merged_relationships,
)
from desktop.sandbox.activecampaign.state import State, payload
from desktop.sandbox.activecampaign.times import nanosecond_time
from desktop.sandbox.kernel import Answer, Call, Endpoint, Refusal
from desktop.sandbox.storage import from_text, to_text

Schema = dict[str, Any]
TABLE = "activecampaign_schemas"
ICON = "https://cdn.example.com/customobject.png"
EMPTY = (("content-type", "text/plain; charset=utf-8"),)


def new_id() -> str:
    """A server-made UUID."""
    return str(uuid.uuid4())


class SchemaStore:
    """Schemas as they are kept: deleted fields included, each marked."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._db = state.db
        self._cache: dict[str, Schema] = {}

    def find(self, identifier: str) -> Schema | None:
        """A schema by id, not to be changed by the caller; None when there is none."""
        known = self._cache.get(identifier)
        if known is not None:
            return known
        kept = self._db.value(f"SELECT document FROM {TABLE} WHERE id = ?", identifier)
        if kept is None:
            return None
        self._cache[identifier] = from_text(kept)
        return self._cache[identifier]

    def editable(self, identifier: str, otherwise: Callable[[], Refusal] = not_found) -> Schema:
        """A copy of a schema. Raises `otherwise` when there is none."""
        schema = self.find(identifier)
        if schema is None:
            raise otherwise()
        return copy.deepcopy(schema)

    def all(self) -> list[Schema]:
        """Every schema, oldest first."""
        rows = self._db.rows(f"SELECT document FROM {TABLE} ORDER BY created, id")
        return [from_text(row["document"]) for row in rows]

    def record_count(self, identifier: str) -> int:
        """How many records a schema has."""
        return self._db.value(f"SELECT records FROM {TABLE} WHERE id = ?", identifier)

    def check_slug(self, slug: str, own: str | None) -> None:
        """Raises 422 when another schema has this slug."""
        if self._db.value(f"SELECT id FROM {TABLE} WHERE slug = ?", slug) not in (None, own):
            raise invalid_value("schema.slug", "Schema slug must be unique")

    def stamp(self) -> str:
        """The present time as schemas state it."""
        return nanosecond_time(int(self._state.clock.now() * 1_000_000_000))

    def build(self, given: Schema, new_id: NewId = new_id) -> Schema:
        """A new private schema from a request, not kept yet. Raises 422."""
        slug = checked_slug(given.get("slug"))
        self.check_slug(slug, None)
        stamp = self.stamp()
        return {
            "id": new_id(),
            "slug": slug,
            "visibility": "private",
            "customized": False,
            "labels": checked_labels(given.get("labels"), "schema.labels", "Schema"),
            "description": given.get("description", ""),
            "createdTimestamp": stamp,
            "updatedTimestamp": stamp,
            "fields": merged_fields([], given.get("fields", []), new_id),
            "icons": {"default": ICON},
            "relationships": merged_relationships([], given.get("relationships", [])),
        }

    def add(self, schema: Schema) -> None:
        """Keep a new schema."""
        self._db.run(
            f"INSERT INTO {TABLE} (id, slug, document, created) VALUES (?, ?, ?, ?)",
            schema["id"],
            schema["slug"],
            to_text(schema),
            int(self._state.clock.now() * 1000),
        )

    def save(self, schema: Schema) -> None:
        """Overwrite a schema; its ``updatedTimestamp`` moves."""
        schema["updatedTimestamp"] = self.stamp()
        sql = f"UPDATE {TABLE} SET slug = ?, document = ? WHERE id = ?"
        self._db.run(sql, schema["slug"], to_text(schema), schema["id"])
        self._cache.pop(schema["id"], None)

    def remove(self, identifier: str) -> None:
        """Forget a schema with all of its records."""
        for table in ("records", "record_links", "unindexed"):
            self._db.run(f"DELETE FROM activecampaign_{table} WHERE schema_id = ?", identifier)
        self._db.run(f"DELETE FROM {TABLE} WHERE id = ?", identifier)
        self._cache.pop(identifier, None)

    def forget_values(self, schema: str, field: str) -> None:
        """Remove one field's value from every record."""
        self._db.run(
            "UPDATE activecampaign_records SET document = json_set(document, '$.fields', json((SELECT"
            " json_group_array(json(f.value)) FROM json_each(document, '$.fields') f"
            " WHERE json_extract(f.value, '$.id') != ?))) WHERE schema_id = ?",
            field,
            schema,
        )


class Schemas:
    """The schema resource."""

    def __init__(self, state: State, store: SchemaStore) -> None:
        self._state = state
        self._store = store

    def endpoints(self) -> list[Endpoint]:
        """Routes of this resource."""
        root = "/api/3/customObjects/schemas"
        return [
            Endpoint("GET", root, self.browse),
            Endpoint("POST", root, self.create),
            Endpoint("POST", f"{root}/public", self.create_public),
            Endpoint("GET", f"{root}/{{id}}", self.get),
            Endpoint("PUT", f"{root}/{{id}}", self.update),
            Endpoint("DELETE", f"{root}/{{id}}", self.delete),
            Endpoint("POST", f"{root}/{{id}}/child", self.create_child),
            Endpoint("DELETE", f"{root}/{{id}}/fields/{{fieldId}}", self.delete_field),
        ]

    def browse(self, call: Call) -> Answer:
        """``GET /customObjects/schemas``. Raises 400 with an empty object for a limit that is no number."""
        query = Query(call.query_all)
        for name in ("limit", "offset"):
            if query.text(name) is not None and whole(query.text(name)) is None:
                raise refuse(400, {})
        filters = query.filters()
        found = [schema for schema in self._store.all() if all(_matches(schema, wanted) for wanted in filters)]
        for order in reversed(query.orders()):
            found.sort(key=lambda schema: str(schema.get(order.prop, "")), reverse=order.descending)
        schemas = [_document(schema, query) for schema in found[query.offset : query.offset + query.limit]]
        meta = {"total": len(found), "count": len(schemas), "limit": query.limit, "offset": query.offset}
        return Answer(200, {"schemas": schemas, "meta": meta})

    def get(self, call: Call) -> Answer:
        """``GET /customObjects/schemas/{id}``; deleted fields only with ``showFields=all``."""
        return self._answer(200, self._store.editable(call.params["id"]), call)

    def create(self, call: Call) -> Answer:
        """``POST /customObjects/schemas``: 201 or 422."""
        schema = self._store.build(payload(call, "schema"))
        self._store.add(schema)
        return self._answer(201, schema, call)

    def create_public(self, call: Call) -> Answer:
        """``POST /customObjects/schemas/public``: 200; the slug gets the app's id in front."""
        given = payload(call, "schema")
        app = given.get("appId")
        if not isinstance(app, str | int) or isinstance(app, bool) or app == "":
            raise refuse(400, {})
        slug = f"app-{app}-{checked_slug(given.get('slug'))}"
        schema = self._store.build({**given, "slug": slug}) | {"visibility": "public", "appId": str(app)}
        self._store.add(schema)
        return self._answer(200, schema, call)

    def create_child(self, call: Call) -> Answer:
        """``POST /customObjects/schemas/{id}/child``: 200; a private heir of a public schema."""
        parent = self._store.find(call.params["id"])
        slug = f"{parent['slug']}-child" if parent else ""
        if parent is None or parent["visibility"] != "public" or any(s["slug"] == slug for s in self._store.all()):
            raise refuse(400, {})
        stamp = self._store.stamp()
        child = copy.deepcopy(parent) | {
            "id": new_id(),
            "slug": slug,
            "visibility": "private",
            "parentId": parent["id"],
            "parentVersion": 1,
            "createdTimestamp": stamp,
            "updatedTimestamp": stamp,
        }
        for inherited in (*child["fields"], *child["relationships"]):
            inherited["inherited"] = True
        self._store.add(child)
        return self._answer(200, child, call)

    def update(self, call: Call) -> Answer:
        """``PUT /customObjects/schemas/{id}``: 200; 404 without a body; with ``validateOnly: true`` nothing
        is kept.
        """
        schema = self._store.editable(call.params["id"], lambda: Refusal(Answer(404, None, EMPTY)))
        given = payload(call, "schema")
        if "slug" in given:
            schema["slug"] = checked_slug(given["slug"])
            self._store.check_slug(schema["slug"], schema["id"])
        if "labels" in given:
            schema["labels"] = checked_labels(given["labels"], "schema.labels", "Schema")
        if "description" in given:
            schema["description"] = given["description"]
        if "fields" in given:
            schema["fields"] = merged_fields(schema["fields"], given["fields"], new_id)
        if "relationships" in given:
            schema["relationships"] = merged_relationships(schema["relationships"], given["relationships"])
        if "parentId" in schema:
            schema["customized"] = True
        if call.headers.get("validateonly", "").lower() != "true":
            self._store.save(schema)
        return self._answer(200, schema, call)

    def delete(self, call: Call) -> Answer:
        """``DELETE /customObjects/schemas/{id}``: 200 without a body; every record goes with it."""
        self._store.editable(call.params["id"])
        self._store.remove(call.params["id"])
        return Answer(200, None, EMPTY)

    def delete_field(self, call: Call) -> Answer:
        """``DELETE .../fields/{fieldId}``: 202; admin users and private schemas without a parent only, for
        good.
        """
        schema = self._store.editable(call.params["id"])
        if not call.caller.admin:
            raise forbidden("Only admin users can delete fields")
        if schema["visibility"] != "private" or "parentId" in schema:
            raise bad_request("Fields of public and child schemas cannot be deleted")
        for field in schema["fields"]:
            if field["id"] == call.params["fieldId"] and not is_deleted(field):
                field["status"] = DELETED
                break
        else:
            raise not_found()
        self._store.save(schema)
        self._store.forget_values(schema["id"], call.params["fieldId"])
        return self._answer(202, schema, call)

    @staticmethod
    def _answer(status: int, schema: Schema, call: Call) -> Answer:
        return Answer(status, {"schema": _document(schema, Query(call.query_all))})


def _document(schema: Schema, query: Query) -> Schema:
    if query.text("showFields") == "all":
        return schema
    return {**schema, "fields": [field for field in schema["fields"] if not is_deleted(field)]}


def _matches(schema: Schema, wanted: Filter) -> bool:
    """Whether a schema satisfies one filter; a property that does not exist satisfies none."""
    values = _values(schema, wanted.prop)
    if wanted.op == "eq":
        return wanted.value in values
    if wanted.op == "in":
        return any(part in values for part in wanted.value.split(","))
    if wanted.op == "contains":
        fragment = wanted.value.strip("*").casefold()
        return any(fragment in value.casefold() for value in values)
    if wanted.op in ("blank", "not_blank"):
        return any(values) == (wanted.op == "not_blank")
    raise refuse(400, {})


def _values(schema: Schema, prop: str) -> list[str]:
    found: list[Any] = [schema]
    for part in prop.split("."):
        inner: list[Any] = []
        for value in found:
            entries = value if isinstance(value, list) else [value]
            inner += [entry[part] for entry in entries if isinstance(entry, dict) and part in entry]
        found = inner
    return [str(value) for value in found if isinstance(value, str | int)]
