"""Deals, their pipelines and stages (developers.activecampaign.com/reference/deal).

Amounts are whole cents.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from desktop.sandbox.activecampaign.contact_store import ContactStore
from desktop.sandbox.activecampaign.custom_values import CustomValues
from desktop.sandbox.activecampaign.documents import Documents, page
from desktop.sandbox.activecampaign.errors import bad_request, invalid, missing
from desktop.sandbox.activecampaign.query import Query, Selection, like, whole
from desktop.sandbox.activecampaign.state import State, base, payload, text
from desktop.sandbox.activecampaign.times import account_time, parse_bound
from desktop.sandbox.kernel import Answer, Call, Endpoint

TABLE = "activecampaign_deals"
_ORDERS = {
    "id": "id",
    "title": "title COLLATE NOCASE",
    "value": "value",
    "cdate": "cdate",
    "mdate": "mdate",
    "status": "status",
}
_EQUAL = {"stage": "stage", "group": "pipeline", "status": "status", "owner": "owner"}
_BOUNDS = {
    "created_after": ("cdate", ">="),
    "created_before": ("cdate", "<="),
    "updated_after": ("mdate", ">="),
    "updated_before": ("mdate", "<="),
}
_VALUES = {"minimum_value": ">=", "maximum_value": "<="}


class Deals:
    """The resources ``deals``, ``dealGroups`` (pipelines) and ``dealStages``."""

    def __init__(self, state: State, store: ContactStore, documents: Documents, values: CustomValues) -> None:
        self._state = state
        self._db = state.db
        self._store = store
        self._documents = documents
        self._values = values

    def endpoints(self) -> list[Endpoint]:
        """Routes of these resources."""
        return [
            Endpoint("GET", "/api/3/deals", self.browse),
            Endpoint("POST", "/api/3/deals", self.create),
            Endpoint("GET", "/api/3/deals/{id}", self.get),
            Endpoint("PUT", "/api/3/deals/{id}", self.update),
            Endpoint("DELETE", "/api/3/deals/{id}", self.delete),
            Endpoint("GET", "/api/3/dealGroups", self.browse_pipelines),
            Endpoint("GET", "/api/3/dealStages", self.browse_stages),
        ]

    def browse(self, call: Call) -> Answer:
        """``GET /deals``; after and before are inclusive."""
        query = Query(call.query_all)
        selection = Selection(TABLE)
        title = query.filter("title", "search")
        if title:
            selection.where(r"title LIKE ? ESCAPE '\'", f"%{like(title)}%")
        for prop, column in _EQUAL.items():
            wanted = query.filter(prop)
            if wanted:
                selection.where(f"CAST({column} AS TEXT) = ?", wanted)
        for prop, (column, sign) in _BOUNDS.items():
            wanted = query.filter(prop)
            if wanted:
                bound = parse_bound(wanted, upper=sign == "<=")
                if bound is None:
                    raise bad_request(f"The filter {prop} is not a date.")
                selection.where(f"{column} {sign} ?", bound)
        for prop, sign in _VALUES.items():
            amount = whole(query.filter(prop))
            if amount is not None:
                selection.where(f"value {sign} ?", amount)
        rows, total = selection.page(self._db, query, _ORDERS)
        deals = [deal_document(row, base(call)) for row in rows]
        return Answer(200, {"deals": deals, "meta": {"total": str(total)}})

    def get(self, call: Call) -> Answer:
        """``GET /deals/{id}``."""
        return Answer(200, {"deal": self._document(self._row(call.params["id"]), base(call))})

    def create(self, call: Call) -> Answer:
        """``POST /deals``: 201; needs the five things that are checked first."""
        given = payload(call, "deal")
        for key in ("title", "currency"):
            if not text(given.get(key)).strip():
                raise invalid(f"The deal {key} was not provided.", "field_missing", key)
        for key in ("value", "owner"):
            if given.get(key) in (None, ""):
                raise invalid(f"The deal {key} was not provided.", "field_missing", key)
        if not given.get("contact") and not given.get("account"):
            raise invalid("The deal contact or account was not provided.", "field_missing", "contact")
        if not given.get("group") and not given.get("stage"):
            raise invalid("The deal pipeline or stage was not provided.", "field_missing", "group")
        now = self._state.now()
        columns = self._columns(given) | {"cdate": now, "mdate": now}
        columns = {"description": "", "contact": 0, "account": 0, "percent": "0", "status": 0} | columns
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        cursor = self._db.run(f"INSERT INTO {TABLE} ({names}) VALUES ({marks})", *columns.values())
        assert cursor.lastrowid is not None
        self._values.set_all("deal", cursor.lastrowid, given.get("fields"))
        return Answer(201, {"deal": self._document(self._row(cursor.lastrowid), base(call))})

    def update(self, call: Call) -> Answer:
        """``PUT /deals/{id}``: only the keys that are sent are touched."""
        row = self._row(call.params["id"])
        given = payload(call, "deal")
        columns = self._columns(given) | {"mdate": self._state.now()}
        assignments = ", ".join(f"{column} = ?" for column in columns)
        self._db.run(f"UPDATE {TABLE} SET {assignments} WHERE id = ?", *columns.values(), row["id"])
        self._values.set_all("deal", row["id"], given.get("fields"))
        return Answer(200, {"deal": self._document(self._row(row["id"]), base(call))})

    def delete(self, call: Call) -> Answer:
        """``DELETE /deals/{id}``."""
        identifier = self._row(call.params["id"])["id"]
        self._values.forget_owner("deal", identifier)
        self._db.run(f"DELETE FROM {TABLE} WHERE id = ?", identifier)
        return Answer(200, {})

    def browse_pipelines(self, call: Call) -> Answer:
        """``GET /dealGroups`` with the stages of each."""
        groups, total = page(Query(call.query_all), self._documents.all("dealGroup"))
        stages = self._documents.all("dealStage")
        return Answer(200, {"dealStages": stages, "dealGroups": groups, "meta": {"total": str(total)}})

    def browse_stages(self, call: Call) -> Answer:
        """``GET /dealStages``; filters ``title`` and ``d_groupid``."""
        query = Query(call.query_all)
        found = self._documents.all("dealStage")
        group, title = query.filter("d_groupid"), query.filter("title")
        if group:
            found = [stage for stage in found if stage["group"] == group]
        if title:
            found = [stage for stage in found if title.casefold() in stage["title"].casefold()]
        stages, total = page(query, found)
        return Answer(200, {"dealStages": stages, "meta": {"total": str(total)}})

    def _columns(self, given: dict[str, Any]) -> dict[str, object]:
        """The columns that a request sets, each checked."""
        columns: dict[str, object] = {}
        for key in ("title", "description", "owner", "percent"):
            if given.get(key) is not None:
                columns[key] = text(given[key])
        if "value" in given:
            amount = whole(given["value"])
            if amount is None or amount < 0:
                raise invalid("The deal value is not valid.", "field_invalid", "value")
            columns["value"] = amount
        if given.get("currency") is not None:
            currency = text(given["currency"]).lower()
            if re.fullmatch(r"[a-z]{3}", currency) is None:
                raise invalid("The deal currency is not valid.", "field_invalid", "currency")
            columns["currency"] = currency
        if given.get("status") is not None:
            status = whole(given["status"])
            if status not in (0, 1, 2):
                raise invalid("The deal status is not valid.", "field_invalid", "status")
            columns["status"] = status
        return columns | self._related(given) | self._place(given)

    def _related(self, given: dict[str, Any]) -> dict[str, object]:
        columns: dict[str, object] = {}
        if given.get("contact"):
            contact = self._store.find(given["contact"])
            if contact is None:
                raise invalid("The related contact does not exist.", "related_missing", "contact")
            columns["contact"] = contact["id"]
        if given.get("account"):
            account = whole(given["account"])
            if self._db.value("SELECT 1 FROM activecampaign_accounts WHERE id = ?", account) is None:
                raise invalid("The related account does not exist.", "related_missing", "account")
            columns["account"] = account
        return columns

    def _place(self, given: dict[str, Any]) -> dict[str, object]:
        """Pipeline and stage; either implies the other."""
        if not given.get("group") and not given.get("stage"):
            return {}
        stages = self._documents.all("dealStage")
        if given.get("stage"):
            stages = [stage for stage in stages if int(stage["id"]) == whole(given["stage"])]
        if given.get("group"):
            stages = [stage for stage in stages if int(stage["group"]) == whole(given["group"])]
        if not stages:
            raise invalid("The deal stage does not exist.", "related_missing", "stage")
        return {"pipeline": int(stages[0]["group"]), "stage": int(stages[0]["id"])}

    def _row(self, identifier: object) -> sqlite3.Row:
        row = self._db.row(f"SELECT * FROM {TABLE} WHERE id = ?", whole(identifier))
        if row is None:
            raise missing("Deal", identifier)
        return row

    def _document(self, row: sqlite3.Row, address: str) -> dict[str, Any]:
        return deal_document(row, address) | {"fields": self._values.of_owner("deal", row["id"])}


def deal_document(row: sqlite3.Row, address: str) -> dict[str, Any]:
    """A deal; ``value`` is cents as text, ``mdate`` the time of the last change."""
    identifier = str(row["id"])
    return {
        "owner": row["owner"],
        "contact": str(row["contact"]) if row["contact"] else None,
        "organization": None,
        "account": str(row["account"]) if row["account"] else None,
        "group": str(row["pipeline"]),
        "stage": str(row["stage"]),
        "title": row["title"],
        "description": row["description"],
        "percent": row["percent"],
        "cdate": account_time(row["cdate"]),
        "mdate": account_time(row["mdate"]),
        "nextdate": None,
        "value": str(row["value"]),
        "currency": row["currency"],
        "winProbability": None,
        "status": str(row["status"]),
        "isDisabled": False,
        "links": {
            "contact": f"{address}/deals/{identifier}/contact",
            "dealCustomFieldData": f"{address}/deals/{identifier}/dealCustomFieldData",
        },
        "id": identifier,
    }
