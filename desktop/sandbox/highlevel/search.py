"""The filter, sort and paging grammar that record search and contact search share, compiled to SQL.

Source: the vendor's advanced search guides
(https://doc.clickup.com/8631005/d/h/87cpx-158396/6e629989abe7fad for contacts).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.sandbox.clock import parse_ms
from desktop.sandbox.highlevel.wire import refuse

MAX_TEXT = 75
MAX_WINDOW = 10_000
MAX_DEPTH = 5

_PRESENCE = frozenset({"exists", "not_exists"})
_EQUAL = frozenset({"eq", "not_eq"})
OPERATORS: Mapping[str, frozenset[str]] = {
    "text": _EQUAL | {"contains", "not_contains"} | _PRESENCE,
    "exact": _EQUAL | _PRESENCE,
    "many": _EQUAL | _PRESENCE,
    "number": _EQUAL | {"range"} | _PRESENCE,
    "boolean": _EQUAL | _PRESENCE,
    "date": frozenset({"range"}) | _PRESENCE,
    "time": frozenset({"range"}) | _PRESENCE,
    "relations": frozenset({"nested"}),
}
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True, slots=True)
class Column:
    """A field as search sees it. ``sql``: an expression (for "many" the JSON path). ``family``: a key of
    ``OPERATORS``.

    ``path``: where the value is in the document, for ``searchAfter``. ``folded`` compares without regard to
    case; ``indexable`` gives equality an index in large tables.
    """

    sql: str
    family: str
    path: tuple[str, ...] = ()
    required: bool = False
    folded: bool = False
    indexable: bool = True


@dataclass(frozen=True, slots=True)
class Grammar:
    """What differs between the searches: how a field is found, the status of refusals, the least length of
    ``contains``, and what the number of rows is called.
    """

    resolve: Callable[[str], Column | None]
    status: int
    unknown: str
    least_contains: int = 1
    limit_name: str = "pageLimit"


@dataclass(slots=True)
class Query:
    """A compiled search; every SQL part begins with `` AND`` or is empty."""

    where: str = ""
    params: list[Any] = field(default_factory=list)
    after: str = ""
    after_params: list[Any] = field(default_factory=list)
    order: str = ""
    keys: list[SortKey] = field(default_factory=list)
    limit: int = 20
    offset: int = 0
    equals: str | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    column: Column
    descending: bool


def pointer(key: str) -> str:
    """The JSON path of a top-level key."""
    return '$."' + key.replace('"', '\\"') + '"'


def extract(key: str) -> str:
    """The SQL expression of a top-level key's value."""
    return "json_extract(doc, '" + pointer(key).replace("'", "''") + "')"


class Compiler:
    """Turns a search body into a ``Query``; refuses what the platform refuses."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    def compile(
        self,
        body: Mapping[str, Any],
        *,
        texts: Sequence[str],
        default: Sequence[SortKey],
        max_page: int,
        max_sort: int,
    ) -> Query:
        """``texts``: the SQL expressions that ``query`` looks in. ``default``: the order without ``sort``."""
        query = Query()
        self._page(body, query, max_page)
        for item in body.get("filters") or []:
            query.where += f" AND {self._filter(item, query, top=True, depth=0)}"
        self._text(body.get("query"), texts, query)
        query.keys = self._sort(body.get("sort") or [], max_sort) or list(default)
        query.order = _order(query.keys)
        if body.get("searchAfter"):
            query.after, query.after_params = self._after(body["searchAfter"], query.keys)
            query.offset = 0
        if not all(_plain(value) for value in (*query.params, *query.after_params)):
            raise refuse(400, "Invalid value passed: texts and numbers of ordinary size only")
        return query

    def _page(self, body: Mapping[str, Any], query: Query, max_page: int) -> None:
        limit = body["pageLimit"]
        if limit != int(limit) or not 1 <= limit <= max_page:
            bound = f"greater than {max_page}" if limit > 1 else "less than 1"
            raise refuse(422, [f"{self._grammar.limit_name} must not be {bound}"])
        page = 1 if body.get("page") is None else body["page"]
        if page != int(page) or page < 1:
            raise refuse(422, ["page must not be less than 1"])
        query.limit = int(limit)
        query.offset = (int(page) - 1) * query.limit
        if query.offset + query.limit > MAX_WINDOW and not body.get("searchAfter"):
            raise refuse(400, f"Only the first {MAX_WINDOW} rows can be read by page. Please use searchAfter.")

    def _text(self, text: object, texts: Sequence[str], query: Query) -> None:
        if not text:
            return
        if len(str(text)) > MAX_TEXT:
            raise refuse(422, [f"query must be shorter than or equal to {MAX_TEXT} characters"])
        if not texts:
            query.where += " AND 0"
            return
        wanted = str(text).lower()
        # SQLite's own function knows the ASCII letters only, but is much quicker.
        fold = "lower" if wanted.isascii() else "fold"
        query.where += f" AND ({' OR '.join(f'instr({fold}({sql}), ?) > 0' for sql in texts)})"
        query.params += [wanted] * len(texts)

    # Filters

    def _filter(self, item: object, query: Query, *, top: bool, depth: int) -> str:
        if not isinstance(item, dict) or depth > MAX_DEPTH:
            raise refuse(422, ["filters must be an array of filter objects"])
        if "group" in item:
            return self._group(item, query, top=top, depth=depth)
        unknown = set(item) - {"field", "operator", "value"}
        if unknown:
            raise refuse(422, [f"property {name} should not exist" for name in sorted(unknown)])
        name, operator, value = str(item.get("field", "")), str(item.get("operator", "")), item.get("value")
        column = self._column(name)
        if operator not in OPERATORS[column.family]:
            raise refuse(self._grammar.status, f"Invalid Operator ({operator}) passed for field {name}")
        sql = self._leaf(name, column, operator, value, query)
        if top and operator == "eq" and column.indexable and column.family in ("text", "exact", "number"):
            query.equals = query.equals or column.sql
        return sql

    def _group(self, item: Mapping[str, Any], query: Query, *, top: bool, depth: int) -> str:
        inner = item.get("filters")
        if item["group"] not in ("AND", "OR") or not isinstance(inner, list) or not inner:
            raise refuse(422, ["group must be one of the following values: AND, OR", "filters should not be empty"])
        top = top and item["group"] == "AND"
        joint = f" {item['group']} "
        return f"({joint.join(self._filter(part, query, top=top, depth=depth + 1) for part in inner)})"

    def _column(self, name: str) -> Column:
        column = self._grammar.resolve(name)
        if column is None:
            raise refuse(self._grammar.status, self._grammar.unknown.format(name=name))
        return column

    def _leaf(self, name: str, column: Column, operator: str, value: Any, query: Query) -> str:
        if operator == "nested":
            return _nested(value, query)
        value_sql = f"json_type(doc, '{column.sql}')" if column.family == "many" else column.sql
        present = f"{value_sql} IS NOT NULL"
        if operator == "exists":
            return f"({present})"
        if operator == "not_exists":
            return f"(NOT ({present}))"
        if operator == "range":
            return self._range(name, column, value, query)
        if operator in ("contains", "not_contains"):
            return self._contains(name, column, operator, value, query)
        return self._equal(name, column, operator, value, query)

    def _range(self, name: str, column: Column, value: Any, query: Query) -> str:
        if not isinstance(value, dict) or not value or set(value) - set(_COMPARISONS):
            raise refuse(self._grammar.status, f"Invalid value passed for field {name}: range needs gt, gte, lt or lte")
        parts = []
        for comparison, bound in value.items():
            parts.append(f"{column.sql} {_COMPARISONS[comparison]} ?")
            query.params.append(self._bound(name, column.family, bound))
        return f"({' AND '.join(parts)})"

    def _bound(self, name: str, family: str, bound: Any) -> Any:
        try:
            if family == "time":
                return bound if isinstance(bound, int | float) else parse_ms(str(bound))
            if family == "date":
                parse_ms(str(bound))
                return str(bound)[:10]
        except ValueError:
            raise refuse(self._grammar.status, f"Invalid value passed for field {name}") from None
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            raise refuse(self._grammar.status, f"Invalid value passed for field {name}: it must be a number")
        return bound

    def _contains(self, name: str, column: Column, operator: str, value: Any, query: Query) -> str:
        least = self._grammar.least_contains
        if not isinstance(value, str) or not least <= len(value) <= MAX_TEXT:
            raise refuse(
                self._grammar.status,
                f"Invalid value passed for field {name}: between {least} and {MAX_TEXT} characters",
            )
        query.params.append(value.lower() if column.folded else value)
        if operator == "contains":
            return f"(instr({column.sql}, ?) > 0)"
        return f"({column.sql} IS NULL OR instr({column.sql}, ?) = 0)"

    def _equal(self, name: str, column: Column, operator: str, value: Any, query: Query) -> str:
        if column.family == "many":
            return _many(column, operator, value, query)
        if isinstance(value, list | dict) or value is None:
            raise refuse(self._grammar.status, f"Invalid value passed for field {name}")
        if column.family == "boolean":
            value = int(value is True or value == "true")
        elif column.folded:
            value = str(value).lower()
        query.params.append(value)
        return f"({column.sql} = ?)" if operator == "eq" else f"({column.sql} IS NULL OR {column.sql} <> ?)"

    # Order

    def _sort(self, given: Sequence[Any], most: int) -> list[SortKey]:
        if len(given) > most:
            raise refuse(422, [f"sort must contain no more than {most} elements"])
        keys = []
        for item in given:
            if not isinstance(item, dict) or set(item) - {"field", "direction"} or "field" not in item:
                raise refuse(422, ["each value in sort must have field and direction"])
            direction = item.get("direction", "desc")
            if direction not in ("asc", "desc"):
                raise refuse(422, ["direction must be one of the following values: asc, desc"])
            column = self._column(str(item["field"]))
            if column.family in ("many", "relations"):
                raise refuse(self._grammar.status, self._grammar.unknown.format(name=item["field"]))
            keys.append(SortKey(column, direction == "desc"))
        return keys

    def _after(self, given: Any, keys: Sequence[SortKey]) -> tuple[str, list[Any]]:
        if not isinstance(given, list) or len(given) != len(keys) + 1:
            raise refuse(400, "searchAfter does not fit the sort of this search")
        *values, last_id = given
        if len(keys) == 1 and keys[0].column.required:
            sign = "<" if keys[0].descending else ">"
            return f" AND ({keys[0].column.sql}, id) {sign} (?, ?)", [values[0], last_id]
        return _keyset(keys, values, last_id)


def _plain(value: object) -> bool:
    """Whether a value can be compared: no list or object, no number beyond 64 bits."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value is None or isinstance(value, str | float)


def _order(keys: Sequence[SortKey]) -> str:
    parts = []
    for key in keys:
        if not key.column.required:
            parts.append(f"{key.column.sql} IS NULL")
        parts.append(f"{key.column.sql}{' DESC' if key.descending else ''}")
    parts.append("id DESC" if keys[-1].descending else "id")
    return ", ".join(parts)


def _keyset(keys: Sequence[SortKey], values: Sequence[Any], last_id: Any) -> tuple[str, list[Any]]:
    """Rows that come after the given ones, absent values last."""
    choices: list[str] = []
    params: list[Any] = []
    equal: list[str] = []
    equal_params: list[Any] = []
    for key, value in zip(keys, values, strict=True):
        sql, sign = key.column.sql, "<" if key.descending else ">"
        if value is not None:
            choices.append(" AND ".join([*equal, f"({sql} {sign} ? OR {sql} IS NULL)"]))
            params += [*equal_params, value]
        equal.append(f"{sql} IS ?")
        equal_params.append(value)
    sign = "<" if keys[-1].descending else ">"
    choices.append(" AND ".join([*equal, f"id {sign} ?"]))
    params += [*equal_params, last_id]
    return f" AND ({' OR '.join(f'({choice})' for choice in choices)})", params


def _many(column: Column, operator: str, value: Any, query: Query) -> str:
    """Equality on a list of options: it holds every given one."""
    wanted = value if isinstance(value, list) else [value]
    parts = []
    for item in wanted:
        parts.append(f"EXISTS (SELECT 1 FROM json_each(doc, '{column.sql}') AS option WHERE option.value = ?)")
        query.params.append(item)
    held = " AND ".join(parts) or "1"
    return f"({held})" if operator == "eq" else f"(NOT ({held}))"


def _nested(value: Any, query: Query) -> str:
    """Records that are related to given ones, by given associations."""
    if not isinstance(value, list) or not value:
        raise refuse(422, "Invalid value passed for field relations")
    limits: dict[str, list[str]] = {}
    for item in value:
        if not isinstance(item, dict) or item.get("field") not in ("recordId", "associationId"):
            raise refuse(422, f"Invalid field - {item.get('field') if isinstance(item, dict) else item}")
        if item.get("operator") != "eq":
            raise refuse(422, f"Invalid Operator ({item.get('operator')}) passed for field relations")
        wanted = item.get("value")
        limits[item["field"]] = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    sides = []
    for own, other in (("first", "second"), ("second", "first")):
        conditions = []
        for name, sql in (("recordId", f"{other}_id"), ("associationId", "association_id")):
            if name in limits:
                conditions.append(f"{sql} IN ({', '.join('?' * len(limits[name]))})")
                query.params += limits[name]
        sides.append(f"SELECT {own}_id FROM highlevel_relations WHERE {' AND '.join(conditions)}")
    return f"(id IN ({' UNION ALL '.join(sides)}))"
