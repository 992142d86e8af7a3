"""``/fieldValues``: the custom field values of contacts
(developers.activecampaign.com/reference/fieldvalues).
"""

from __future__ import annotations

import sqlite3

from desktop.sandbox.activecampaign.contact_store import ContactStore, field_value_document
from desktop.sandbox.activecampaign.documents import Documents
from desktop.sandbox.activecampaign.errors import missing, refuse
from desktop.sandbox.activecampaign.query import Query, Selection, whole
from desktop.sandbox.activecampaign.state import State, base, payload
from desktop.sandbox.kernel import Answer, Call, Endpoint

TABLE = "activecampaign_field_values"


class FieldValues:
    """The field value resource.

    Values of many contacts are read with ``filters[fieldid]``, in the order of their ids.
    """

    def __init__(self, state: State, store: ContactStore, documents: Documents) -> None:
        self._state = state
        self._store = store
        self._documents = documents

    def endpoints(self) -> list[Endpoint]:
        """Routes of this resource."""
        return [
            Endpoint("GET", "/api/3/fieldValues", self.browse),
            Endpoint("POST", "/api/3/fieldValues", self.create),
            Endpoint("GET", "/api/3/fieldValues/{id}", self.get),
            Endpoint("PUT", "/api/3/fieldValues/{id}", self.update),
            Endpoint("DELETE", "/api/3/fieldValues/{id}", self.delete),
        ]

    def browse(self, call: Call) -> Answer:
        """``GET /fieldValues``; filters ``fieldid`` and ``val`` (both: equals)."""
        query = Query(call.query_all)
        selection = Selection(TABLE)
        field = query.filter("fieldid")
        if field is not None:
            selection.where("field = ?", whole(field) or 0)
        value = query.filter("val")
        if value is not None:
            selection.where("value = ?", value)
        rows, total = selection.page(self._state.db, query, {"id": "id"})
        values = [field_value_document(row, base(call)) for row in rows]
        return Answer(200, {"fieldValues": values, "meta": {"total": str(total)}})

    def get(self, call: Call) -> Answer:
        """``GET /fieldValues/{id}``."""
        return Answer(200, {"fieldValue": field_value_document(self._row(call.params["id"]), base(call))})

    def create(self, call: Call) -> Answer:
        """``POST /fieldValues``: 200; creates or overwrites. ``field`` is the numeric id, nothing else."""
        given = payload(call, "fieldValue")
        field = whole(given.get("field"))
        if field is None or not self._documents.has("field", field):
            raise refuse(422, {"errors": [{"title": "Field id not valid"}]})
        contact = self._store.find(given.get("contact"))
        if contact is None:
            raise refuse(422, {"errors": [{"title": "Contact id not valid"}]})
        now = self._state.now()
        identifier = self._store.set_value(contact["id"], field, given.get("value"), now)
        if call.json().get("useDefaults") is True:
            self._fill_defaults(contact["id"], now)
        self._store.touch(contact["id"], now)
        return self._answer(identifier, call)

    def update(self, call: Call) -> Answer:
        """``PUT /fieldValues/{id}``: a new value for the same contact and field."""
        row = self._row(call.params["id"])
        given = payload(call, "fieldValue")
        now = self._state.now()
        if "value" in given:
            self._store.set_value(row["contact"], row["field"], given["value"], now)
        self._store.touch(row["contact"], now)
        return self._answer(row["id"], call)

    def delete(self, call: Call) -> Answer:
        """``DELETE /fieldValues/{id}``: 200 with an empty object."""
        row = self._row(call.params["id"])
        self._state.db.run(f"DELETE FROM {TABLE} WHERE id = ?", row["id"])
        self._store.touch(row["contact"], self._state.now())
        return Answer(200, {})

    def _fill_defaults(self, contact: int, now: int) -> None:
        sql = f"SELECT field FROM {TABLE} WHERE contact = ?"
        present = {row["field"] for row in self._state.db.rows(sql, contact)}
        for field in self._documents.all("field"):
            if field["defval"] and int(field["id"]) not in present:
                self._store.set_value(contact, int(field["id"]), field["defval"], now)

    def _row(self, identifier: object) -> sqlite3.Row:
        row = self._state.db.row(f"SELECT * FROM {TABLE} WHERE id = ?", whole(identifier))
        if row is None:
            raise missing("FieldValue", identifier)
        return row

    def _answer(self, identifier: int, call: Call) -> Answer:
        row = self._row(identifier)
        contact = self._store.document(row["contact"], base(call))
        return Answer(200, {"contacts": [contact], "fieldValue": field_value_document(row, base(call))})
