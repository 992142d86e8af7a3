"""Views of records as JSON, to be kept under a name."""

from __future__ import annotations

from typing import Any, cast

from desktop.domain.filters import Condition, Operator
from desktop.domain.query import RecordQuery
from desktop.domain.values import Json


def query_to_json(query: RecordQuery) -> Json:
    """A query as JSON data."""
    return {
        "search": query.search,
        "conditions": [[item.field, item.operator.value, item.value] for item in query.conditions],
        "sort": query.sort,
        "descending": query.descending,
    }


def query_from_json(data: Json) -> RecordQuery:
    """Read a query that :func:`query_to_json` wrote."""
    document = cast("dict[str, Any]", data)
    conditions = tuple(Condition(field, Operator(operator), value) for field, operator, value in document["conditions"])
    return RecordQuery(document["search"], conditions, document["sort"], document["descending"])
