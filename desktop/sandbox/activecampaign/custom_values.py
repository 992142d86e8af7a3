"""Custom fields of accounts and deals: ``account|dealCustomFieldMeta`` and ``account|dealCustomFieldData``.

developers.activecampaign.com/reference/create-a-custom-field-account and its siblings for deals: a definition
has ``fieldLabel``, ``fieldType`` and ``fieldOptions``; a value of currency type is in cents with
``fieldCurrency``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.sandbox.activecampaign.documents import Documents, page
from desktop.sandbox.activecampaign.errors import bad_request, invalid, missing
from desktop.sandbox.activecampaign.query import Query, Selection, whole
from desktop.sandbox.activecampaign.state import State, payload, text
from desktop.sandbox.activecampaign.times import account_time
from desktop.sandbox.kernel import Answer, Call, Endpoint
from desktop.sandbox.storage import from_text, to_text

TABLE = "activecampaign_custom_values"
KINDS = ("account", "deal")
TYPES = (
    "text",
    "textarea",
    "date",
    "datetime",
    "dropdown",
    "multiselect",
    "radio",
    "checkbox",
    "hidden",
    "currency",
    "number",
)


class CustomValues:
    """Definitions and values of the custom fields of accounts and deals."""

    def __init__(self, state: State, documents: Documents) -> None:
        self._state = state
        self._documents = documents

    def endpoints(self) -> list[Endpoint]:
        """Routes for both kinds."""
        routes: list[Endpoint] = []
        for kind in KINDS:
            meta, data = f"/api/3/{kind}CustomFieldMeta", f"/api/3/{kind}CustomFieldData"
            routes += [
                Endpoint("GET", meta, self._bound(self.browse_fields, kind)),
                Endpoint("POST", meta, self._bound(self.create_field, kind)),
                Endpoint("GET", f"{meta}/{{id}}", self._bound(self.get_field, kind)),
                Endpoint("PUT", f"{meta}/{{id}}", self._bound(self.update_field, kind)),
                Endpoint("DELETE", f"{meta}/{{id}}", self._bound(self.delete_field, kind)),
                Endpoint("GET", data, self._bound(self.browse_values, kind)),
                Endpoint("POST", data, self._bound(self.create_value, kind)),
                Endpoint(
                    "GET",
                    f"/api/3/{kind}s/{{id}}/{kind}CustomFieldData",
                    self._bound(self.owner_values, kind),
                ),
            ]
        return routes

    @staticmethod
    def _bound(handle: Callable[[str, Call], Answer], kind: str) -> Callable[[Call], Answer]:
        return lambda call: handle(kind, call)

    def browse_fields(self, kind: str, call: Call) -> Answer:
        """``GET /accountCustomFieldMeta`` or ``/dealCustomFieldMeta``."""
        fields, total = page(Query(call.query_all), self._documents.all(f"{kind}Field"))
        return Answer(200, {f"{kind}CustomFieldMeta": fields, "meta": {"total": str(total)}})

    def get_field(self, kind: str, call: Call) -> Answer:
        """One definition."""
        return Answer(200, {f"{kind}CustomFieldMetum": self._field(kind, call.params["id"])})

    def create_field(self, kind: str, call: Call) -> Answer:
        """201; a definition needs a label and a known type."""
        given = payload(call, f"{kind}CustomFieldMetum")
        return Answer(201, {f"{kind}CustomFieldMetum": self.define(kind, given)})

    def define(self, kind: str, given: dict[str, Any], made: int | None = None) -> dict[str, Any]:
        """A new definition, made now or at epoch second `made`. Raises 422 for a wrong label or type."""
        label = text(given.get("fieldLabel")).strip()
        if not label:
            raise invalid("The field label was not provided.", "field_missing", "fieldLabel")
        if given.get("fieldType") not in TYPES:
            raise invalid("The field type is not valid.", "field_invalid", "fieldType")
        existing = self._documents.all(f"{kind}Field")
        if any(field["fieldLabel"].casefold() == label.casefold() for field in existing):
            raise invalid("A field with this label already exists.", "duplicate", "fieldLabel")
        stamp = account_time(self._state.now() if made is None else made)
        field = {
            "fieldLabel": label,
            "fieldType": given["fieldType"],
            "fieldOptions": given.get("fieldOptions"),
            "fieldDefault": given.get("fieldDefault"),
            "fieldDefaultCurrency": given.get("fieldDefaultCurrency"),
            "isFormVisible": 1 if given.get("isFormVisible") else 0,
            "isRequired": 1 if given.get("isRequired") else 0,
            "displayOrder": len(existing) + 1,
            "createdTimestamp": stamp,
            "updatedTimestamp": stamp,
            "links": {},
        }
        return self._documents.add(f"{kind}Field", field)

    def update_field(self, kind: str, call: Call) -> Answer:
        """Only the keys that are sent are touched; the type stays."""
        field = self._field(kind, call.params["id"])
        given = payload(call, f"{kind}CustomFieldMetum")
        keys = ("fieldLabel", "fieldOptions", "fieldDefault", "isFormVisible", "isRequired", "displayOrder")
        field |= {key: given[key] for key in keys if key in given}
        field["updatedTimestamp"] = account_time(self._state.now())
        self._documents.put(f"{kind}Field", field)
        return Answer(200, {f"{kind}CustomFieldMetum": field})

    def delete_field(self, kind: str, call: Call) -> Answer:
        """Removes the definition and its values."""
        field = int(self._field(kind, call.params["id"])["id"])
        self._state.db.run(f"DELETE FROM {TABLE} WHERE kind = ? AND field = ?", kind, field)
        self._documents.remove(f"{kind}Field", field)
        return Answer(200, {})

    def browse_values(self, kind: str, call: Call) -> Answer:
        """``GET /accountCustomFieldData``; filters ``customerAccountId`` or ``dealId``, and ``fieldId``."""
        query = Query(call.query_all)
        selection = Selection(TABLE)
        selection.where("kind = ?", kind)
        owner = query.filter("customerAccountId" if kind == "account" else "dealId")
        if owner:
            selection.where("owner = ?", whole(owner) or 0)
        field = query.filter("fieldId", "customFieldId")
        if field:
            selection.where("field = ?", whole(field) or 0)
        rows, total = selection.page(self._state.db, query, {"id": "id"})
        values = [self._document(kind, row) for row in rows]
        return Answer(200, {f"{kind}CustomFieldData": values, "meta": {"total": str(total)}})

    def owner_values(self, kind: str, call: Call) -> Answer:
        """The values of one account or deal."""
        sql = f"SELECT * FROM {TABLE} WHERE kind = ? AND owner = ? ORDER BY id"
        rows = self._state.db.rows(sql, kind, whole(call.params["id"]))
        return Answer(200, {f"{kind}CustomFieldData": [self._document(kind, row) for row in rows]})

    def create_value(self, kind: str, call: Call) -> Answer:
        """``POST /accountCustomFieldData`` creates or overwrites one value; 201."""
        given = payload(call, f"{kind}CustomFieldDatum")
        owner = whole(given.get("customerAccountId" if kind == "account" else "dealId"))
        field = whole(given.get("customFieldId"))
        if self._state.db.value(f"SELECT 1 FROM activecampaign_{kind}s WHERE id = ?", owner) is None:
            raise invalid(f"The related {kind} does not exist.", "related_missing", kind)
        if not self._documents.has(f"{kind}Field", field):
            raise invalid("The custom field does not exist.", "related_missing", "customFieldId")
        assert owner is not None
        assert field is not None
        self._set(kind, owner, field, given.get("fieldValue"), given.get("fieldCurrency"))
        sql = f"SELECT * FROM {TABLE} WHERE kind = ? AND owner = ? AND field = ?"
        row = self._state.db.row(sql, kind, owner, field)
        return Answer(201, {f"{kind}CustomFieldDatum": self._document(kind, row)})

    def set_all(self, kind: str, owner: int, entries: object) -> None:
        """The ``fields`` of an account or deal in a request. Raises 400 or 422 when an entry is wrong."""
        if entries is None:
            return
        if not isinstance(entries, list):
            raise bad_request("fields must be a list.")
        for entry in entries:
            field = whole(entry.get("customFieldId")) if isinstance(entry, dict) else None
            if field is None or not self._documents.has(f"{kind}Field", field):
                raise invalid("The custom field does not exist.", "field_invalid", "fields")
            self._set(kind, owner, field, entry.get("fieldValue"), entry.get("fieldCurrency"))

    def of_owner(self, kind: str, owner: int) -> list[dict[str, Any]]:
        """The values of an account or deal as its document lists them."""
        sql = f"SELECT * FROM {TABLE} WHERE kind = ? AND owner = ? ORDER BY id"
        values: list[dict[str, Any]] = []
        for row in self._state.db.rows(sql, kind, owner):
            value = {
                "customFieldId": row["field"],
                "fieldValue": from_text(row["value"]),
                f"{kind}Id": str(owner),
            }
            if row["currency"]:
                value["fieldCurrency"] = row["currency"]
            values.append(value)
        return values

    def forget_owner(self, kind: str, owner: int) -> None:
        """Remove the values of an account or deal."""
        self._state.db.run(f"DELETE FROM {TABLE} WHERE kind = ? AND owner = ?", kind, owner)

    def _set(self, kind: str, owner: int, field: int, value: object, currency: object) -> None:
        now = self._state.now()
        self._state.db.run(
            f"INSERT INTO {TABLE} (kind, owner, field, value, currency, created, updated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, owner, field) DO UPDATE"
            " SET value = excluded.value, currency = excluded.currency, updated = excluded.updated",
            kind,
            owner,
            field,
            to_text(value),
            text(currency) or None,
            now,
            now,
        )

    def _field(self, kind: str, identifier: object) -> dict[str, Any]:
        field = self._documents.get(f"{kind}Field", whole(identifier))
        if field is None:
            raise missing(f"{kind.title()}CustomFieldMeta", identifier)
        return field

    def _document(self, kind: str, row: Any) -> dict[str, Any]:
        owner = "customerAccountId" if kind == "account" else "dealId"
        return {
            "customFieldId": row["field"],
            owner: str(row["owner"]),
            "fieldValue": from_text(row["value"]),
            "fieldCurrency": row["currency"],
            "createdTimestamp": account_time(row["created"]),
            "updatedTimestamp": account_time(row["updated"]),
            "links": [],
            "id": str(row["id"]),
        }
