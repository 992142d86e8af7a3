"""The query language of the records list as SQL.

Operators ``eq, lt, lte, gt, gte, contains, in, blank, not_blank`` on ``fields.<id>``, ``relationships.<id>``
and the record's own properties; everything is ANDed (developers.activecampaign.com/reference/list-records).
Seen on live accounts: a creation or change time can be asked for exactly, while every comparison of one, and
every property that does not exist, finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desktop.sandbox.activecampaign.errors import bad_request
from desktop.sandbox.activecampaign.query import Filter, Query, like, whole
from desktop.sandbox.activecampaign.schema_rules import is_deleted

_COMPARISONS = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_OPERATORS = (*_COMPARISONS, "contains", "in", "blank", "not_blank")
_COLUMNS = {"id": "id", "externalId": "external_id", "schemaId": "schema_id"}
_TIMES = {"createdTimestamp": "created", "updatedTimestamp": "updated"}
_NUMERIC = ("number", "currency")


@dataclass(slots=True)
class RecordQuery:
    """Conditions and order of one listing.

    `keys` are the expressions to sort by and `words` their directions. `related` says whether a relationship
    restricts it.
    """

    conditions: list[str] = field(default_factory=list)
    params: list[object] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    key_params: list[object] = field(default_factory=list)
    related: bool = False

    def add(self, condition: str, *params: object) -> None:
        """One more condition with the values of its question marks."""
        self.conditions.append(condition)
        self.params.extend(params)

    def sort(self, key: str, word: str, *params: object) -> None:
        """One more expression to sort by."""
        self.keys.append(key)
        self.words.append(word)
        self.key_params.extend(params)


def compile_query(schema: dict[str, Any], query: Query, *, indexed: bool) -> RecordQuery:
    """What to search for. With `indexed` relationships are looked up in their index, else in the documents.

    Raises 400 for an operator that does not exist or a number that is none.
    """
    compiled = RecordQuery()
    types = {definition["id"]: definition["type"] for definition in schema["fields"] if not is_deleted(definition)}
    for wanted in query.filters():
        if wanted.op not in _OPERATORS:
            raise bad_request(f"{wanted.op} is not an operator.")
        prop = wanted.prop
        if prop in _COLUMNS:
            _column(compiled, _COLUMNS[prop], wanted)
        elif prop in _TIMES:
            _time(compiled, _TIMES[prop], wanted)
        elif prop.startswith("fields.") and prop[7:] in types:
            _field(compiled, prop[7:], types[prop[7:]], wanted)
        elif prop.startswith("relationships."):
            _relationship(compiled, schema, prop[14:], wanted, indexed=indexed)
        else:
            compiled.add("0")
    _orders(compiled, query, types)
    return compiled


def _orders(compiled: RecordQuery, query: Query, types: dict[str, str]) -> None:
    for order in query.orders():
        column = _TIMES.get(order.prop) or _COLUMNS.get(order.prop)
        if column is not None:
            compiled.sort(column, order.word)
        elif order.prop.startswith("fields.") and order.prop[7:] in types:
            key = (
                "(SELECT v.value FROM json_each(document, '$.fields') f, json_each(f.value, '$.value') v"
                " WHERE json_extract(f.value, '$.id') = ? LIMIT 1)"
            )
            compiled.sort(key, order.word, order.prop[7:])
    if compiled.keys:
        compiled.sort("seq", compiled.words[-1])
    else:
        compiled.sort("id", "ASC")


def _column(compiled: RecordQuery, column: str, wanted: Filter) -> None:
    if wanted.op in _COMPARISONS:
        compiled.add(f"{column} {_COMPARISONS[wanted.op]} ?", wanted.value)
    elif wanted.op == "in":
        parts = _parts(wanted.value)
        compiled.add(f"{column} IN ({', '.join('?' * len(parts))})", *parts)
    elif wanted.op == "contains":
        compiled.add(rf"{column} LIKE ? ESCAPE '\'", _pattern(wanted.value))
    else:
        compiled.add(f"{column} IS {'NULL' if wanted.op == 'blank' else 'NOT NULL'}")


def _time(compiled: RecordQuery, column: str, wanted: Filter) -> None:
    if wanted.op != "eq":
        compiled.add("0")
        return
    try:
        moment = datetime.fromisoformat(wanted.value.replace(" ", "+"))
    except ValueError:
        raise bad_request(f"{wanted.prop} must be an ISO 8601 date and time.") from None
    if moment.tzinfo is None:
        compiled.add("0")
    else:
        compiled.add(f"{column} = ?", round(moment.timestamp() * 1000))


def _field(compiled: RecordQuery, identifier: str, kind: str, wanted: Filter) -> None:
    """A condition on a field's value, or on any of the values of a multiselect."""
    inside = (
        "EXISTS (SELECT 1 FROM json_each(document, '$.fields') f, json_each(f.value, '$.value') v"
        " WHERE json_extract(f.value, '$.id') = ? AND "
    )
    if wanted.op in _COMPARISONS:
        value = _typed(wanted.prop, kind, wanted.value)
        compiled.add(f"{inside}v.value {_COMPARISONS[wanted.op]} ?)", identifier, value)
    elif wanted.op == "in":
        values = [_typed(wanted.prop, kind, part) for part in _parts(wanted.value)]
        compiled.add(f"{inside}v.value IN ({', '.join('?' * len(values))}))", identifier, *values)
    elif wanted.op == "contains":
        compiled.add(rf"{inside}v.value LIKE ? ESCAPE '\')", identifier, _pattern(wanted.value))
    else:
        negation = "NOT " if wanted.op == "blank" else ""
        compiled.add(f"{negation}{inside}v.value != '')", identifier)


def _relationship(
    compiled: RecordQuery, schema: dict[str, Any], identifier: str, wanted: Filter, *, indexed: bool
) -> None:
    if wanted.op not in ("eq", "in"):
        raise bad_request("Relationships can be filtered with eq only.")
    compiled.related = True
    parts = [wanted.value] if wanted.op == "eq" else _parts(wanted.value)
    targets = [str(number) for part in parts if (number := whole(part)) is not None]
    marks = ", ".join("?" * len(targets))
    if indexed:
        compiled.add(
            "seq IN (SELECT seq FROM activecampaign_record_links"
            f" WHERE schema_id = ? AND relationship = ? AND target IN ({marks}))",
            schema["id"],
            identifier,
            *targets,
        )
    else:
        compiled.add(
            "EXISTS (SELECT 1 FROM json_each(document, '$.relationships') r, json_each(r.value) t"
            f" WHERE r.key = ? AND t.value IN ({marks}))",
            identifier,
            *targets,
        )


def _typed(prop: str, kind: str, value: str) -> object:
    if kind not in _NUMERIC:
        return value
    try:
        return float(value)
    except ValueError:
        raise bad_request(f"{prop} must be compared with a number.") from None


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _pattern(value: str) -> str:
    """A LIKE pattern: ``*`` stands for anything; without one the value may be anywhere."""
    pattern = like(value).replace("*", "%")
    return pattern if "*" in value else f"%{pattern}%"
