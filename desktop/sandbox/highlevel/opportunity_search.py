"""The two searches of opportunities: by query, and by a body of filters and order.

Source: https://doc.clickup.com/8631005/d/h/87cpx-424216/7bf11bc9b94f80f
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from desktop.sandbox.highlevel.documents import Document
from desktop.sandbox.highlevel.location import LocationFields
from desktop.sandbox.highlevel.records import CREATED, UPDATED
from desktop.sandbox.highlevel.search import (
    MAX_TEXT,
    MAX_WINDOW,
    Column,
    Compiler,
    Grammar,
    Query,
    SortKey,
    extract,
    pointer,
)
from desktop.sandbox.highlevel.wire import Key, Shape, check, is_v3, query_of, refuse, whole
from desktop.sandbox.kernel import Call

MAX_PAGE = 500
MAX_LIST = 100
_SEARCH: Shape = {
    "locationId": Key(required=True),
    "limit": Key("number", required=True),
    "page": Key("number"),
    "query": Key(),
    "searchAfter": Key("array"),
    "filters": Key("array"),
    "sort": Key("array"),
    "additionalDetails": Key("object"),
}
_COLUMNS: dict[str, Column] = {
    "id": Column("id", "exact", required=True, indexable=False),
    "name": Column(extract("name"), "text", ("name",)),
    "monetary_value": Column(extract("monetaryValue"), "number", ("monetaryValue",)),
    "date_added": CREATED,
    "date_updated": UPDATED,
    **{
        name: Column(extract(key), "exact", (key,))
        for name, key in (
            ("pipeline_id", "pipelineId"),
            ("pipeline_stage_id", "pipelineStageId"),
            ("status", "status"),
            ("lost_reason_id", "lostReasonId"),
            ("source", "source"),
            ("assigned_to", "assignedTo"),
            ("contact_id", "contactId"),
        )
    },
    "last_status_change_date": Column(extract("lastStatusChangeAt"), "time", ("lastStatusChangeAt",)),
    "last_stage_change_date": Column(extract("lastStageChangeAt"), "time", ("lastStageChangeAt",)),
}
_FAMILIES = {
    "NUMERICAL": "number",
    "MONETORY": "number",
    "DATE": "date",
    "MULTIPLE_OPTIONS": "many",
    "CHECKBOX": "many",
    "FILE_UPLOAD": "many",
}
# Name in dated versions, name in version 3, the kept key that it limits.
_LIMITS = (
    ("pipeline_id", "pipelineId", "pipelineId"),
    ("pipeline_stage_id", "pipelineStageId", "pipelineStageId"),
    ("contact_id", "contactId", "contactId"),
    ("assigned_to", "assignedTo", "assignedTo"),
    ("status", "status", "status"),
)
_PLAIN = (
    "q", "id", "order", "startAfter", "startAfterId", "page", "limit", "campaignId", "date", "endDate", "country",
    "getTasks", "getNotes", "getCalendarEvents",
)  # fmt: skip
_ORDERS = {
    "added_asc": SortKey(CREATED, descending=False),
    "added_desc": SortKey(CREATED, descending=True),
}


def grammar_of(fields: LocationFields) -> Grammar:
    """The search fields of opportunities, custom ones by their ids."""

    def column(name: str) -> Column | None:
        prefix, _, id_ = name.partition(".")
        if prefix != "custom_fields":
            return _COLUMNS.get(name)
        definition = fields.all.get(id_)
        if definition is None or definition.model != "opportunity":
            return None
        path = f'$."fields"."{definition.id}"'
        family = _FAMILIES.get(definition.data_type, "text")
        if family == "many":
            return Column(path, family)
        return Column(f"json_extract(doc, '{path}')", family, ("fields", definition.id))

    return Grammar(column, 422, "Invalid field - {name}", limit_name="limit")


def searched(body: Mapping[str, Any], grammar: Grammar) -> Query:
    """The search that a body asks for; refuses what the platform refuses."""
    check(body, _SEARCH)
    if body.get("page") is not None and body.get("searchAfter"):
        raise refuse(400, "Please provide either page or searchAfter, not both")
    return Compiler(grammar).compile(
        {**body, "pageLimit": body["limit"]},
        texts=[extract("name")],
        default=[SortKey(CREATED, descending=True)],
        max_page=MAX_PAGE,
        max_sort=MAX_PAGE,
    )


def listed(call: Call) -> tuple[str, Query]:
    """The location and the search that a query asks for. Both ``startAfter`` and ``startAfterId`` go on from a row."""
    v3 = is_v3(call)
    own = {new if v3 else old: key for old, new, key in _LIMITS}
    place = "locationId" if v3 else "location_id"
    given = query_of(call, {place: Key(required=True), **dict.fromkeys((*own, *_PLAIN), Key())})
    limit = whole(given.get("limit"), "limit", 20)
    if not 1 <= limit <= MAX_LIST:
        raise refuse(422, [f"limit must not be greater than {MAX_LIST}"])
    order = _ORDERS.get(given.get("order", "added_desc"))
    if order is None:
        raise refuse(422, [f"order must be one of the following values: {', '.join(_ORDERS)}"])
    query = Query(limit=limit, offset=(max(1, whole(given.get("page"), "page", 1)) - 1) * limit, keys=[order])
    sign, direction = ("<", " DESC") if order.descending else (">", "")
    query.order = f"created{direction}, id{direction}"
    _limit(query, given, own)
    if given.get("startAfter") and given.get("startAfterId"):
        query.after = f" AND (created, id) {sign} (?, ?)"
        query.after_params = [whole(given["startAfter"], "startAfter"), given["startAfterId"]]
        query.offset = 0
    elif query.offset + limit > MAX_WINDOW:
        raise refuse(400, f"Only the first {MAX_WINDOW} rows can be read by page.")
    return given[place], query


def _limit(query: Query, given: Mapping[str, str], own: Mapping[str, str]) -> None:
    for name, key in own.items():
        if given.get(name) and not (name == "status" and given[name] == "all"):
            query.where += f" AND json_extract(doc, '{pointer(key)}') = ?"
            query.params.append(given[name])
    if given.get("id"):
        query.where += " AND id = ?"
        query.params.append(given["id"])
    text = given.get("q", "")
    if len(text) > MAX_TEXT:
        raise refuse(422, [f"q must be shorter than or equal to {MAX_TEXT} characters"])
    if text:
        query.where += f" AND instr(fold({extract('name')}), ?) > 0"
        query.params.append(text.lower())


def last_of(page: Sequence[Document], limit: int) -> dict[str, Any]:
    """What a page's answer says of the next one; nothing after the last."""
    if len(page) < limit:
        return {}
    last = page[-1]
    return {"startAfter": last.created, "startAfterId": last.id, "nextPage": 2}
