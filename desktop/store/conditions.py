"""Conditions and order of a view, as SQL over a record's cells.

The meaning is that of :mod:`desktop.domain.filters`: comparisons that SQLite's numbers could get wrong near their
limit are decided by functions of ours (:func:`register_functions`), called for those few records only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from desktop.domain.filters import Condition, Operator
from desktop.domain.schema import Field, ObjectSchema, system_fields
from desktop.domain.values import FieldType, key_text, parse_number, plain_number
from desktop.store.columns import id_list
from desktop.store.record_codec import SYSTEM_CELLS, fold

_SETS = (FieldType.CHOICES, FieldType.REFERENCE, FieldType.FILE)
_AMOUNTS = (FieldType.NUMBER, FieldType.MONEY)
_MOMENTS = (FieldType.DATE, FieldType.DATETIME)
_SYSTEM = {item.key: item for item in system_fields(external_id=True)}
_DAY_LENGTH = 10
_NOTHING = "0"


@dataclass(slots=True)
class Clause:
    """SQL with its parameters, in their order."""

    sql: str
    parameters: list[Any] = field(default_factory=list[Any])


class Cells:
    """Where each field's cell is, for one object."""

    def __init__(self, schema: ObjectSchema, fields: Sequence[str]) -> None:
        self._schema = schema
        self._places = {key: place for place, key in enumerate((*SYSTEM_CELLS, *fields))}

    def cell(self, key: str) -> str:
        """The SQL of a field's cell."""
        return f"json_extract(c.cells, '$[{self._places[key]}]')"

    def path(self, key: str) -> str:
        """The JSON path of a field's cell."""
        return f"'$[{self._places[key]}]'"

    def field(self, key: str) -> Field | None:
        """The field, if records can have it."""
        return (self._schema.field(key) or _SYSTEM.get(key)) if key in self._places else None


def condition_clause(condition: Condition, cells: Cells, schema: ObjectSchema) -> Clause:
    """What a record must be to meet the condition. One on an unknown field is met by none."""
    known = schema.field(condition.field)
    if known is None or cells.field(condition.field) is None:
        return Clause(_NOTHING)
    operator, negated = _POSITIVE.get(condition.operator, (condition.operator, False))
    clause = _clauses[operator](condition.value, known, cells)
    return Clause(f"NOT coalesce({clause.sql}, 0)", clause.parameters) if negated else clause


def order_clause(key: str, cells: Cells, *, descending: bool) -> Clause:
    """Order by a field: numbers and amounts by size, moments by time, options by label, text without case; blanks
    last, equal ones in the order in which they were first seen."""
    known = cells.field(key)
    if known is None:
        return Clause("c.row")
    expression = _order_key(known, cells)
    direction = "DESC" if descending else "ASC"
    return Clause(f"{expression.sql} {direction} NULLS LAST, c.row", expression.parameters)


def _order_key(known: Field, cells: Cells) -> Clause:
    cell = cells.cell(known.key)
    if known.type in _AMOUNTS:
        return Clause(f"CAST({cell} AS REAL)")
    if known.type is FieldType.DATETIME:
        return Clause(f"unixepoch({cell}, 'subsec')")
    if known.type is FieldType.CHOICE:
        labels = {fold(item.key): fold(item.label) for item in known.options if fold(item.key) != fold(item.label)}
        if labels:
            whens = " ".join("WHEN ? THEN ?" for _ in labels)
            return Clause(f"CASE {cell} {whens} ELSE {cell} END", [part for pair in labels.items() for part in pair])
    return Clause(cell)


def _is(value: str, known: Field, cells: Cells) -> Clause:
    cell = cells.cell(known.key)
    wanted = value.strip()
    if not wanted:
        return Clause(f"{cell} IS NULL")
    if known.type is FieldType.BOOLEAN:
        word = _yes_or_no(wanted)
        return Clause(f"{cell} = ?", [word]) if word else Clause(_NOTHING)
    if known.type in _AMOUNTS:
        number = parse_number(wanted)
        if number is None:
            return Clause(_NOTHING)
        amount = cell if known.type is FieldType.NUMBER else f"substr({cell}, 1, instr({cell}, ' ') - 1)"
        return Clause(f"{amount} = ?", [plain_number(number)])
    if known.type in _MOMENTS:
        return _is_moment(wanted, known, cell)
    if known.options and known.type not in _SETS:
        return Clause(f"{cell} IN (SELECT value FROM json_each(?))", [id_list(_named(wanted, known))])
    if known.type is FieldType.PHONE:
        return Clause(f"phone_key({cell}) = ?", [key_text(wanted, FieldType.PHONE)])
    if known.type in _SETS:
        return Clause(f"joined({cell}) = ?", [key_text(wanted, known.type)])
    return Clause(f"{cell} = ?", [fold(wanted)])


def _is_moment(wanted: str, known: Field, cell: str) -> Clause:
    moment = _moment(wanted)
    if moment is None:
        return Clause(_NOTHING)
    if known.type is FieldType.DATE or len(wanted) <= _DAY_LENGTH:
        return Clause(f"substr({cell}, 1, {_DAY_LENGTH}) = ?", [moment.date().isoformat()])
    return _near(cell, "0", "same_moment", moment)


def _after(value: str, known: Field, cells: Cells) -> Clause:
    cell, wanted = cells.cell(known.key), value.strip()
    moment = _moment(wanted)
    if moment is None or known.type not in _MOMENTS:
        return Clause(_NOTHING)
    if len(wanted) <= _DAY_LENGTH:
        return Clause(f"substr({cell}, 1, {_DAY_LENGTH}) > ?", [moment.date().isoformat()])
    return _near(cell, "unixepoch(%s, 'subsec') > ? + 0.002", "later_moment", moment)


def _before(value: str, known: Field, cells: Cells) -> Clause:
    moment = _moment(value.strip())
    if moment is None or known.type not in _MOMENTS:
        return Clause(_NOTHING)
    return _near(cells.cell(known.key), "unixepoch(%s, 'subsec') < ? - 0.002", "earlier_moment", moment)


def _near(cell: str, surely: str, function: str, moment: datetime) -> Clause:
    """SQLite's times are exact to the millisecond: what is nearer than two is decided by a function of ours."""
    seconds = moment.timestamp()
    sure = [seconds] if "?" in surely else []
    close = f"(abs(unixepoch({cell}, 'subsec') - ?) <= 0.002 AND {function}({cell}, ?))"
    sql = f"({surely.replace('%s', cell)} OR {close})"
    return Clause(sql, [*sure, seconds, moment.isoformat()])


def _contains(value: str, known: Field, cells: Cells) -> Clause:
    cell, wanted = cells.cell(known.key), fold(value)
    if known.type in _SETS:
        shown = f"(SELECT group_concat(value, ', ') FROM json_each(c.cells, {cells.path(known.key)}))"
        return Clause(f"instr({shown}, ?) > 0", [wanted])
    if known.type in _MOMENTS:
        cell = f"lower({cell})"
    return Clause(f"instr({cell}, ?) > 0", [wanted])


def _compare(sign: str) -> Callable[[str, Field, Cells], Clause]:
    function = "larger_amount" if sign == ">" else "smaller_amount"

    def clause(value: str, known: Field, cells: Cells) -> Clause:
        number = parse_number(value)
        if number is None or known.type not in _AMOUNTS:
            return Clause(_NOTHING)
        cell = cells.cell(known.key)
        amount, limit = f"CAST({cell} AS REAL)", float(number)
        exact = f"({amount} = ? AND {function}({cell}, ?))"
        return Clause(f"({amount} {sign} ? OR {exact})", [limit, limit, plain_number(number)])

    return clause


def _has(value: str, known: Field, cells: Cells) -> Clause:
    if known.type not in (FieldType.CHOICES, FieldType.REFERENCE):
        return Clause(_NOTHING)
    wanted = id_list(_named(value.strip(), known))
    return Clause(
        f"EXISTS (SELECT 1 FROM json_each(c.cells, {cells.path(known.key)}) item "
        "WHERE item.value IN (SELECT value FROM json_each(?)))",
        [wanted],
    )


def _empty(_value: str, known: Field, cells: Cells) -> Clause:
    return Clause(f"{cells.cell(known.key)} IS NULL")


_clauses: dict[Operator, Callable[[str, Field, Cells], Clause]] = {
    Operator.IS: _is,
    Operator.EMPTY: _empty,
    Operator.CONTAINS: _contains,
    Operator.ABOVE: _compare(">"),
    Operator.BELOW: _compare("<"),
    Operator.AFTER: _after,
    Operator.BEFORE: _before,
    Operator.HAS: _has,
}

_POSITIVE = {
    Operator.IS_NOT: (Operator.IS, True),
    Operator.NOT_EMPTY: (Operator.EMPTY, True),
    Operator.NOT_CONTAINS: (Operator.CONTAINS, True),
    Operator.HAS_NOT: (Operator.HAS, True),
}


def _named(wanted: str, known: Field) -> list[str]:
    """The folded keys that a typed word stands for: itself, and those of the options that it labels."""
    word = wanted.casefold()
    folded = fold if known.type not in _SETS else str.casefold
    return [folded(wanted), *(folded(item.key) for item in known.options if item.label.casefold() == word)]


def _yes_or_no(wanted: str) -> str | None:
    word = wanted.casefold()
    if word in ("yes", "true", "1"):
        return "yes"
    return "no" if word in ("no", "false", "0") else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def register_functions(driver: Any) -> None:
    """Give a driver's connection the functions that the clauses call."""
    functions: dict[str, tuple[int, Callable[..., Any]]] = {
        "phone_key": (1, lambda cell: cell and key_text(cell, FieldType.PHONE)),
        "joined": (1, lambda cell: cell and " ".join(msgspec.json.decode(cell))),
        "same_moment": (2, lambda cell, limit: _cell_moment(cell) == _cell_moment(limit)),
        "later_moment": (2, lambda cell, limit: _cell_moment(cell) > _cell_moment(limit)),
        "earlier_moment": (2, lambda cell, limit: _cell_moment(cell) < _cell_moment(limit)),
        "larger_amount": (2, lambda cell, limit: _cell_amount(cell) > _cell_amount(limit)),
        "smaller_amount": (2, lambda cell, limit: _cell_amount(cell) < _cell_amount(limit)),
    }
    for name, (arguments, function) in functions.items():
        driver.create_function(name, arguments, function, deterministic=True)


def _cell_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _cell_amount(text: str) -> Any:
    return parse_number(text.split(" ", 1)[0])
