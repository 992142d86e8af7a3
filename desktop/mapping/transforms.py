"""The catalogue of transformations: named, typed, total.

Each takes a value and returns a value or raises :class:`CannotTransform` with a sentence. A blank stays blank
except under ``default``. Formulas that need more than one field do not belong here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from desktop.domain.mapping import Argument, Step
from desktop.domain.record import display
from desktop.domain.values import FieldType, Money, Value, is_empty, parse_number


class CannotTransform(Exception):
    """The value does not fit the transformation; the text is a sentence for the operator."""


Apply = Callable[[Value, Mapping[str, Argument]], Value]
"""What a transformation does to a value, given its arguments."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument of a transformation.

    :param kind: ``text``, ``integer`` or ``number``.
    """

    name: str
    label: str
    kind: str
    default: Argument | None = None


@dataclass(frozen=True, slots=True)
class Transform:
    """An entry of the catalogue.

    :param label: what the operator reads in the list of transformations.
    :param takes: types that it can be given.
    :param gives: type that comes out, ``None`` for the type that went in.
    :param back: undoes it, for a value that travels the other way; ``None`` where nothing can.
    """

    name: str
    label: str
    takes: frozenset[FieldType]
    gives: FieldType | None
    apply: Apply
    parameters: tuple[Parameter, ...] = ()
    back: Apply | None = None


_TEXTS = frozenset(kind for kind in FieldType if kind.is_textual)
_ANY = frozenset(FieldType)
_NUMBERS = frozenset({FieldType.NUMBER, FieldType.MONEY})


def _on_text(change: Callable[[str, Mapping[str, Argument]], str]) -> Apply:
    def apply(value: Value, arguments: Mapping[str, Argument]) -> Value:
        return change(value if isinstance(value, str) else display(value), arguments)

    return apply


def _integer(arguments: Mapping[str, Argument], name: str) -> int:
    value = arguments.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CannotTransform(f"“{name}” must be a whole number, 0 or more.")
    return value


def _decimal(arguments: Mapping[str, Argument], name: str) -> Decimal:
    number = parse_number(str(arguments.get(name, "")))
    if number is None:
        raise CannotTransform(f"“{name}” must be a number.")
    return number


def _text_argument(arguments: Mapping[str, Argument], name: str, default: str = "") -> str:
    return str(arguments.get(name, default))


def _default(value: Value, arguments: Mapping[str, Argument]) -> Value:
    return _text_argument(arguments, "value") if is_empty(value) else value


def _round(value: Value, arguments: Mapping[str, Argument]) -> Value:
    quantum = Decimal(1).scaleb(-_integer(arguments, "decimals"))
    if isinstance(value, Money):
        return Money(value.amount.quantize(quantum, ROUND_HALF_UP), value.currency)
    return _number_of(value).quantize(quantum, ROUND_HALF_UP)


def _multiply(value: Value, arguments: Mapping[str, Argument]) -> Value:
    factor = _decimal(arguments, "by")
    if isinstance(value, Money):
        return Money(value.amount * factor, value.currency)
    return _number_of(value) * factor


def _number_of(value: Value) -> Decimal:
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Decimal):
        return value
    if isinstance(value, Money):
        return value.amount
    number = parse_number(display(value))
    if number is None:
        raise CannotTransform(f"“{display(value)}” is not a number.")
    return number


def _as_date(value: Value, arguments: Mapping[str, Argument]) -> Value:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return _parse_moment(display(value), _text_argument(arguments, "format")).date()


def _as_datetime(value: Value, arguments: Mapping[str, Argument]) -> Value:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    return _parse_moment(display(value), _text_argument(arguments, "format"))


def _parse_moment(text: str, pattern: str) -> datetime:
    try:
        moment = datetime.strptime(text.strip(), pattern) if pattern else datetime.fromisoformat(text.strip())  # noqa: DTZ007 - the zone is settled below
    except ValueError:
        wanted = f"in the form {pattern}" if pattern else "like 2026-11-19"
        raise CannotTransform(f"“{text}” is not a date {wanted}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _format_date(value: Value, arguments: Mapping[str, Argument]) -> Value:
    if not isinstance(value, date):
        raise CannotTransform(f"“{display(value)}” is not a date.")
    return value.strftime(_text_argument(arguments, "format", "%Y-%m-%d"))


def _read_date(value: Value, arguments: Mapping[str, Argument]) -> Value:
    pattern = _text_argument(arguments, "format", "%Y-%m-%d")
    moment = _parse_moment(display(value), pattern)
    return moment if any(mark in pattern for mark in ("%H", "%I", "%X", "%c")) else moment.date()


_YES = frozenset({"yes", "true", "1", "y", "on"})
_NO = frozenset({"no", "false", "0", "n", "off"})


def _as_yes_no(value: Value, arguments: Mapping[str, Argument]) -> Value:
    if isinstance(value, bool):
        return value
    word = display(value).strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CannotTransform(f"“{display(value)}” is neither yes nor no.")


def _as_money(value: Value, arguments: Mapping[str, Argument]) -> Value:
    if isinstance(value, Money):
        return value
    return Money(_number_of(value), _text_argument(arguments, "currency", "USD").upper())


def _first(value: Value, arguments: Mapping[str, Argument]) -> Value:
    if isinstance(value, frozenset):
        return min(value)
    return value


def _as_list(value: Value, arguments: Mapping[str, Argument]) -> Value:
    return value if isinstance(value, frozenset) else frozenset({display(value)})


def _split(value: Value, arguments: Mapping[str, Argument]) -> Value:
    separator = _text_argument(arguments, "separator", ",") or ","
    return frozenset(part.strip() for part in display(value).split(separator) if part.strip())


def _join(value: Value, arguments: Mapping[str, Argument]) -> Value:
    separator = _text_argument(arguments, "separator", ", ")
    return separator.join(sorted(value)) if isinstance(value, frozenset) else display(value)


def _file_address(value: Value, arguments: Mapping[str, Argument]) -> Value:
    return value[0].url if isinstance(value, tuple) and value else display(value)


def _as_phone(value: Value, arguments: Mapping[str, Argument]) -> Value:
    import phonenumbers

    region = _text_argument(arguments, "region", "US").upper()
    try:
        number = phonenumbers.parse(display(value), region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise CannotTransform(f"“{display(value)}” is not a phone number of {region}.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _as_it_is(value: Value, arguments: Mapping[str, Argument]) -> Value:
    """The way back of what only tidies a value: there is nothing to undo."""
    return value


def _without_prefix(text: str, arguments: Mapping[str, Argument]) -> str:
    prefix = _text_argument(arguments, "text")
    if not text.startswith(prefix):
        raise CannotTransform(f"“{text}” does not begin with “{prefix}”.")
    return text.removeprefix(prefix)


def _without_suffix(text: str, arguments: Mapping[str, Argument]) -> str:
    suffix = _text_argument(arguments, "text")
    if not text.endswith(suffix):
        raise CannotTransform(f"“{text}” does not end with “{suffix}”.")
    return text.removesuffix(suffix)


def _divide(value: Value, arguments: Mapping[str, Argument]) -> Value:
    factor = _decimal(arguments, "by")
    amount = value.amount if isinstance(value, Money) else _number_of(value)
    divided = amount / factor
    if divided * factor != amount:
        raise CannotTransform(f"{amount} can't be divided by {factor} without a remainder.")
    return Money(divided, value.currency) if isinstance(value, Money) else divided


def _entry(
    name: str,
    label: str,
    takes: frozenset[FieldType],
    gives: FieldType | None,
    apply: Apply,
    *parameters: Parameter,
    back: Apply | None = None,
) -> Transform:
    return Transform(name, label, takes, gives, apply, parameters, back)


_CATALOGUE = (
    _entry("trim", "Trim spaces", _TEXTS, None, _on_text(lambda text, _: text.strip()), back=_as_it_is),
    _entry(
        "squeeze",
        "Join spaces and lines",
        _TEXTS,
        None,
        _on_text(lambda text, _: re.sub(r"\s+", " ", text).strip()),
        back=_as_it_is,
    ),
    _entry("lower", "Lower case", _TEXTS, None, _on_text(lambda text, _: text.lower())),
    _entry("upper", "Upper case", _TEXTS, None, _on_text(lambda text, _: text.upper())),
    _entry("title", "Capitalise words", _TEXTS, None, _on_text(lambda text, _: text.title())),
    _entry(
        "plain_letters",
        "Remove accents",
        _TEXTS,
        None,
        _on_text(
            lambda text, _: "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        ),
    ),
    _entry(
        "truncate",
        "Shorten",
        _TEXTS,
        None,
        _on_text(lambda text, arguments: text[: _integer(arguments, "length")]),
        Parameter("length", "Characters", "integer", 255),
    ),
    _entry(
        "replace",
        "Replace text",
        _TEXTS,
        None,
        _on_text(
            lambda text, arguments: (
                text.replace(_text_argument(arguments, "find"), _text_argument(arguments, "with"))
                if arguments.get("find")
                else text
            )
        ),
        Parameter("find", "Find", "text"),
        Parameter("with", "Replace with", "text", ""),
    ),
    _entry(
        "prefix",
        "Put in front",
        _TEXTS,
        None,
        _on_text(lambda text, arguments: _text_argument(arguments, "text") + text),
        Parameter("text", "Text", "text"),
        back=_on_text(_without_prefix),
    ),
    _entry(
        "suffix",
        "Put behind",
        _TEXTS,
        None,
        _on_text(lambda text, arguments: text + _text_argument(arguments, "text")),
        Parameter("text", "Text", "text"),
        back=_on_text(_without_suffix),
    ),
    _entry("default", "Use when blank", _ANY, None, _default, Parameter("value", "Value", "text")),
    _entry("round", "Round", _NUMBERS, None, _round, Parameter("decimals", "Decimals", "integer", 2)),
    _entry("multiply", "Multiply", _NUMBERS, None, _multiply, Parameter("by", "By", "number", 1), back=_divide),
    _entry("as_text", "As text", _ANY, FieldType.TEXT, lambda value, _: display(value)),
    _entry(
        "as_number",
        "As a number",
        _ANY,
        FieldType.NUMBER,
        lambda value, _: _number_of(value),
        back=lambda value, _: display(value),
    ),
    _entry("as_yes_no", "As yes or no", _ANY, FieldType.BOOLEAN, _as_yes_no),
    _entry("as_date", "As a date", _ANY, FieldType.DATE, _as_date, Parameter("format", "Form", "text", "")),
    _entry(
        "as_datetime",
        "As date and time",
        _ANY,
        FieldType.DATETIME,
        _as_datetime,
        Parameter("format", "Form", "text", ""),
    ),
    _entry(
        "format_date",
        "Write the date as",
        frozenset({FieldType.DATE, FieldType.DATETIME}),
        FieldType.TEXT,
        _format_date,
        Parameter("format", "Form", "text", "%Y-%m-%d"),
        back=_read_date,
    ),
    _entry(
        "as_money",
        "As an amount",
        _ANY,
        FieldType.MONEY,
        _as_money,
        Parameter("currency", "Currency", "text", "USD"),
        back=lambda value, _: _number_of(value),
    ),
    _entry(
        "amount",
        "Amount without currency",
        frozenset({FieldType.MONEY}),
        FieldType.NUMBER,
        lambda value, _: _number_of(value),
    ),
    _entry("first", "First option", frozenset({FieldType.CHOICES}), FieldType.TEXT, _first),
    _entry("as_list", "As a list of one", _ANY, FieldType.CHOICES, _as_list, back=_first),
    _entry(
        "split",
        "Split into options",
        _TEXTS,
        FieldType.CHOICES,
        _split,
        Parameter("separator", "At", "text", ","),
        back=_join,
    ),
    _entry(
        "join",
        "Join options",
        frozenset({FieldType.CHOICES}),
        FieldType.TEXT,
        _join,
        Parameter("separator", "With", "text", ", "),
        back=_split,
    ),
    _entry(
        "as_phone",
        "With country code",
        _TEXTS,
        FieldType.PHONE,
        _as_phone,
        Parameter("region", "Country", "text", "US"),
        back=_as_it_is,
    ),
    _entry("file_address", "Address of the first file", frozenset({FieldType.FILE}), FieldType.URL, _file_address),
)

catalogue: Mapping[str, Transform] = {entry.name: entry for entry in _CATALOGUE}
"""Transformations by name, in the order in which they are offered."""


def apply_step(value: Value, step: Step) -> Value:
    """Apply one step. A blank passes through unchanged, except to ``default``.

    :raises CannotTransform: when the value or an argument does not fit, or there is no such transformation.
    """
    entry = catalogue.get(step.use)
    if entry is None:
        raise CannotTransform(f"There is no transformation “{step.use}”.")
    if is_empty(value) and step.use != "default":
        return value
    return entry.apply(value, step.arguments)


def apply_back(value: Value, step: Step) -> Value:
    """Undo one step, for a value that travels the other way. A blank stays blank.

    :raises CannotTransform: when the value does not fit, or nothing can undo the step.
    """
    entry = catalogue.get(step.use)
    if entry is None or entry.back is None:
        raise CannotTransform(f"“{entry.label if entry else step.use}” can't be undone.")
    return value if is_empty(value) else entry.back(value, step.arguments)


def irreversible(step: Step) -> str | None:
    """Why a value can't travel back through a step, in a sentence, or ``None``."""
    entry = catalogue.get(step.use)
    if entry is None:
        return None
    if entry.back is None:
        return f"“{entry.label}” can't be undone on the way back."
    if step.use == "multiply" and not parse_number(str(step.arguments.get("by", 1))):
        return f"“{entry.label}” by 0 can't be undone on the way back."
    return None


def step_problem(step: Step) -> str | None:
    """What is wrong with a step's name or arguments, in a sentence, or ``None``."""
    entry = catalogue.get(step.use)
    if entry is None:
        return f"there is no transformation “{step.use}”. Known are: {', '.join(catalogue)}."
    unknown = set(step.arguments) - {parameter.name for parameter in entry.parameters}
    if unknown:
        return f"“{step.use}” takes no “{min(unknown)}”."
    for parameter in entry.parameters:
        value = step.arguments.get(parameter.name, parameter.default)
        if value is None:
            return f"“{step.use}” needs “{parameter.name}”."
        if parameter.kind == "integer" and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            return f"“{parameter.name}” of “{step.use}” must be a whole number, 0 or more."
        if parameter.kind == "number" and parse_number(str(value)) is None:
            return f"“{parameter.name}” of “{step.use}” must be a number."
    return None
