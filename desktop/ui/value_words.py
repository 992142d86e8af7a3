"""Values and types of fields in the operator's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from PySide6.QtCore import QCoreApplication

from desktop.domain.record import display
from desktop.domain.schema import Field
from desktop.domain.values import FieldType, Json, Money, Value, from_json, is_choices, is_empty, type_names
from desktop.ui.text import counted, day, moment, money, number


def _tr(text: str) -> str:
    return QCoreApplication.translate("values", text)


def type_words(field: Field) -> str:
    """A field's type, with what limits its values."""
    words = _tr(type_names[field.type])
    if field.scale is not None and field.type in (FieldType.NUMBER,):
        decimals = counted(field.scale, "%n decimal", "%n decimals", "values")
        return f"{words} · {decimals if field.scale else _tr('no decimals')}"
    if field.max_length is not None and field.type.is_textual:
        return f"{words} · {_tr('up to %1').replace('%1', number(field.max_length))}"
    return words


def value_text(value: Value, field: Field | None = None, titles: Mapping[str, str] | None = None) -> str:
    """A value as the operator reads it, on one line.

    :param titles: titles of referenced records by their ids.
    """
    if is_empty(value) or value is None:
        return ""
    if isinstance(value, bool):
        return _tr("yes") if value else _tr("no")
    if isinstance(value, Money):
        return money(value.amount, value.currency)
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else f"{day(value.date())}, {value:%H:%M}"
    if isinstance(value, date):
        return day(value)
    if is_choices(value):
        return ", ".join(sorted(_option_label(item, field, titles) for item in value))
    if isinstance(value, str):
        return _option_label(value, field, titles)
    return display(value)


def _option_label(key: str, field: Field | None, titles: Mapping[str, str] | None) -> str:
    if titles and key in titles:
        return titles[key]
    option = field.option(key) if field else None
    return option.label if option else key


def json_text(data: Json, field: Field | None = None) -> str:
    """A journalled value as the operator reads it."""
    if data is None:
        return ""
    if field is not None:
        try:
            return value_text(from_json(data, field.type), field)
        except ValueError:
            pass
    if isinstance(data, dict) and {"amount", "currency"} <= set(data):
        return value_text(from_json(data, FieldType.MONEY))
    if isinstance(data, bool):
        return _tr("yes") if data else _tr("no")
    if isinstance(data, list):
        return ", ".join(json_text(item) for item in data)
    if isinstance(data, dict):
        return str(data.get("name") or data.get("url") or "")
    return str(data)


FieldOf = Callable[[str], Field | None]
"""Finds a field by its label."""
