"""Custom contact fields, their options and their relations to lists
(developers.activecampaign.com/reference/fields).
"""

from __future__ import annotations

import re
from typing import Any

from desktop.sandbox.activecampaign.documents import Documents, page
from desktop.sandbox.activecampaign.errors import invalid, missing, refuse
from desktop.sandbox.activecampaign.query import Query, whole
from desktop.sandbox.activecampaign.state import State, base, payload, text
from desktop.sandbox.activecampaign.times import account_time
from desktop.sandbox.kernel import Answer, Call, Endpoint

TYPES = (
    "text",
    "textarea",
    "date",
    "datetime",
    "dropdown",
    "listbox",
    "radio",
    "checkbox",
    "hidden",
    "number",
)
_TEXTS = (
    "title",
    "descript",
    "type",
    "perstag",
    "defval",
    "visible",
    "ordernum",
    "isrequired",
    "show_in_list",
)


class Fields:
    """The resources ``fields``, ``fieldOption`` and ``fieldRels``."""

    def __init__(self, state: State, documents: Documents) -> None:
        self._state = state
        self._documents = documents

    def endpoints(self) -> list[Endpoint]:
        """Routes of these resources."""
        return [
            Endpoint("GET", "/api/3/fields", self.browse),
            Endpoint("POST", "/api/3/fields", self.create),
            Endpoint("GET", "/api/3/fields/{id}", self.get),
            Endpoint("PUT", "/api/3/fields/{id}", self.update),
            Endpoint("DELETE", "/api/3/fields/{id}", self.delete),
            Endpoint("GET", "/api/3/fields/{id}/options", self.options),
            Endpoint("GET", "/api/3/fields/{id}/relations", self.relations),
            Endpoint("POST", "/api/3/fieldOption/bulk", self.add_options),
            Endpoint("POST", "/api/3/fieldRels", self.add_relation),
        ]

    def browse(self, call: Call) -> Answer:
        """``GET /fields`` with the options and relations of the fields on this page."""
        query = Query(call.query_all)
        found = self._documents.all("field")
        perstag = query.filter("perstag")
        if perstag:
            found = [field for field in found if field["perstag"].casefold() == perstag.strip("%").casefold()]
        fields, total = page(query, found)
        ids = {field["id"] for field in fields}
        options = [option for option in self._documents.all("fieldOption") if option["field"] in ids]
        relations = [relation for relation in self._documents.all("fieldRel") if relation["field"] in ids]
        body = {
            "fieldOptions": [_option_document(option, base(call)) for option in options],
            "fieldRels": relations,
            "fields": [_field_document(field, options, relations, base(call)) for field in fields],
            "meta": {"total": str(total)},
        }
        return Answer(200, body)

    def get(self, call: Call) -> Answer:
        """``GET /fields/{id}``."""
        return self._answer(200, self._field(call), call)

    def create(self, call: Call) -> Answer:
        """``POST /fields``: 201; the same title again is 422 ``duplicate``."""
        given = payload(call, "field")
        title, kind = text(given.get("title")).strip(), given.get("type")
        if not title:
            raise invalid("The field title was not provided.", "field_missing", "title")
        if not kind:
            raise invalid("The field type was not provided.", "field_missing", "type")
        self._check(given, None)
        now = self._state.now()
        field: dict[str, Any] = {
            "title": title,
            "descript": "",
            "type": kind,
            "isrequired": "0",
            "perstag": self._perstag(title),
            "defval": "",
            "show_in_list": "0",
            "rows": "0",
            "cols": "0",
            "visible": "1",
            "service": "",
            "ordernum": str(len(self._documents.all("field")) + 1),
            "cdate": account_time(now),
            "udate": account_time(now),
        }
        field |= {key: text(given[key]) for key in _TEXTS if given.get(key) is not None}
        return self._answer(201, self._documents.add("field", field), call)

    def update(self, call: Call) -> Answer:
        """``PUT /fields/{id}``: only the keys that are sent are touched."""
        field = self._field(call)
        given = payload(call, "field")
        self._check(given, field["id"])
        field |= {key: text(given[key]) for key in _TEXTS if given.get(key) is not None}
        field["udate"] = account_time(self._state.now())
        self._documents.put("field", field)
        return self._answer(200, field, call)

    def delete(self, call: Call) -> Answer:
        """``DELETE /fields/{id}`` removes the field and every value of it."""
        field = self._field(call)
        number = int(field["id"])
        for kind in ("fieldOption", "fieldRel"):
            for document in self._documents.all(kind):
                if document["field"] == field["id"]:
                    self._documents.remove(kind, int(document["id"]))
        self._state.db.run("DELETE FROM activecampaign_field_values WHERE field = ?", number)
        self._documents.remove("field", number)
        return Answer(200, {})

    def options(self, call: Call) -> Answer:
        """``GET /fields/{id}/options``."""
        field = self._field(call)
        found = [option for option in self._documents.all("fieldOption") if option["field"] == field["id"]]
        return Answer(200, {"fieldOptions": [_option_document(option, base(call)) for option in found]})

    def relations(self, call: Call) -> Answer:
        """``GET /fields/{id}/relations``."""
        field = self._field(call)
        found = [relation for relation in self._documents.all("fieldRel") if relation["field"] == field["id"]]
        return Answer(200, {"fieldRels": found})

    def add_options(self, call: Call) -> Answer:
        """``POST /fieldOption/bulk``: 201, or 422 whose ``errors`` is a text and nothing is kept."""
        body = call.json()
        entries = body.get("fieldOptions") if isinstance(body, dict) else None
        if not isinstance(entries, list) or not entries:
            raise _bulk_failed("No field options were provided.")
        stamp = account_time(self._state.now())
        checked: list[dict[str, Any]] = []
        for position, entry in enumerate(entries, start=1):
            field = whole(entry.get("field")) if isinstance(entry, dict) else None
            if field is None or not self._documents.has("field", field):
                raise _bulk_failed(f"Field option {position} names no existing field.")
            if entry.get("value") in (None, ""):
                raise _bulk_failed(f"Field option {position} has no value.")
            option = {
                "field": str(field),
                "orderid": text(entry.get("orderid", position)),
                "value": text(entry["value"]),
                "label": text(entry.get("label", entry["value"])),
                "isdefault": text(entry.get("isdefault", False)),
                "cdate": stamp,
                "udate": stamp,
            }
            checked.append(option)
        options = [self._documents.add("fieldOption", option) for option in checked]
        return Answer(201, {"fieldOptions": [_option_document(option, base(call)) for option in options]})

    def add_relation(self, call: Call) -> Answer:
        """``POST /fieldRels``: shows a field on a list, or on all of them with ``relid`` 0."""
        given = payload(call, "fieldRel")
        field, target = whole(given.get("field")), whole(given.get("relid", 0))
        if field is None or not self._documents.has("field", field):
            raise invalid("The field does not exist.", "related_missing", "field")
        if target is None or (target and not self._documents.has("list", target)):
            raise invalid("The list does not exist.", "related_missing", "relid")
        relation = {
            "field": str(field),
            "relid": str(target),
            "dorder": text(given.get("dorder", 0)),
            "cdate": account_time(self._state.now()),
            "links": [],
        }
        return Answer(201, {"fieldRel": self._documents.add("fieldRel", relation)})

    def _field(self, call: Call) -> dict[str, Any]:
        field = self._documents.get("field", whole(call.params["id"]))
        if field is None:
            raise missing("Field", call.params["id"])
        return field

    def _check(self, given: dict[str, Any], own: str | None) -> None:
        if given.get("type") is not None and given["type"] not in TYPES:
            raise invalid("The field type is not valid.", "field_invalid", "type")
        if given.get("title") is None:
            return
        title = text(given["title"]).strip().casefold()
        for field in self._documents.all("field"):
            if field["id"] != own and field["title"].casefold() == title:
                raise invalid("A field with this title already exists.", "duplicate", "title")

    def _perstag(self, title: str) -> str:
        taken = {field["perstag"] for field in self._documents.all("field")}
        stem = re.sub(r"[^A-Z0-9]+", "_", title.upper()).strip("_") or "FIELD"
        tag, number = stem, 1
        while tag in taken:
            number += 1
            tag = f"{stem}_{number}"
        return tag

    def _answer(self, status: int, field: dict[str, Any], call: Call) -> Answer:
        options = [option for option in self._documents.all("fieldOption") if option["field"] == field["id"]]
        relations = [relation for relation in self._documents.all("fieldRel") if relation["field"] == field["id"]]
        body = {
            "fieldOptions": [_option_document(option, base(call)) for option in options],
            "fieldRels": relations,
            "field": _field_document(field, options, relations, base(call)),
        }
        return Answer(status, body)


def _bulk_failed(reason: str) -> Exception:
    return refuse(422, {"errors": f"Bulk operation failed. {reason}"})


def _field_document(
    field: dict[str, Any], options: list[dict[str, Any]], relations: list[dict[str, Any]], address: str
) -> dict[str, Any]:
    own = field["id"]
    return {
        **field,
        "options": [option["id"] for option in options if option["field"] == own],
        "relations": [relation["id"] for relation in relations if relation["field"] == own],
        "links": {
            "options": f"{address}/fields/{own}/options",
            "relations": f"{address}/fields/{own}/relations",
        },
    }


def _option_document(option: dict[str, Any], address: str) -> dict[str, Any]:
    return {**option, "links": {"field": f"{address}/fieldOptions/{option['id']}/field"}}
