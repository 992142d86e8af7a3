"""How values show in a cell: their text by the operator's locale, their side, their tint."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from PySide6.QtCore import QCoreApplication, Qt

from desktop.domain.schema import Field
from desktop.domain.values import FieldType, Money, Value, is_empty
from desktop.ui.text import counted, day, moment, money, number
from desktop.ui.theme import Tone

_NUMERIC = frozenset({FieldType.NUMBER, FieldType.MONEY})
_TONES: tuple[tuple[Tone, tuple[str, ...]], ...] = (
    (
        Tone.BAD,
        (
            "cancel",
            "fail",
            "reject",
            "lost",
            "abandon",
            "refund",
            "error",
            "bounced",
            "unsubscribed",
            "overdue",
        ),
    ),
    (
        Tone.WARNING,
        ("process", "progress", "pending", "hold", "wait", "backorder", "partial", "review", "unconfirmed"),
    ),
    (
        Tone.GOOD,
        (
            "ship",
            "sent",
            "done",
            "deliver",
            "complete",
            "won",
            "paid",
            "active",
            "approved",
            "success",
            "fulfil",
        ),
    ),
    (Tone.ACCENT, ("receiv", "new", "open", "lead", "start", "placed")),
)


def _tr(text: str) -> str:
    return QCoreApplication.translate("DataCell", text)


def is_numeric(item: Field) -> bool:
    """Whether the field's values stand at the right."""
    return item.type in _NUMERIC


def alignment(item: Field) -> Qt.AlignmentFlag:
    """The side at which the field's values and its name stand."""
    side = Qt.AlignmentFlag.AlignRight if is_numeric(item) else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def text_of(value: Value, item: Field, titles: Mapping[str, str] | None = None) -> str:
    """The value as people read it; blank for a blank one.

    :param titles: what the records that a reference points to are called, by id.
    """
    if is_empty(value):
        return ""
    if isinstance(value, bool):
        return _tr("Yes") if value else _tr("No")
    if isinstance(value, Money):
        return money(value.amount, value.currency)
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, tuple):
        return ", ".join(file.name or file.url for file in value)
    if isinstance(value, frozenset):
        return _several(value, item, titles or {})
    option = item.option(value) if isinstance(value, str) and item.options else None
    return option.label if option else str(value)


def _several(keys: frozenset[str], item: Field, titles: Mapping[str, str]) -> str:
    if item.type is FieldType.REFERENCE:
        unknown = [key for key in keys if key not in titles]
        if len(unknown) > 1:
            return counted(len(keys), "%n record", "%n records", "DataCell")
        return ", ".join(sorted((titles.get(key, key) for key in keys), key=str.casefold))
    order = {option.key: at for at, option in enumerate(item.options)}
    labels = {option.key: option.label for option in item.options}
    return ", ".join(labels.get(key, key) for key in sorted(keys, key=lambda key: (order.get(key, 1000), key)))


def tone_of(value: Value, item: Field) -> Tone | None:
    """The tint of a single choice, by what its label commonly means; ``None`` for every other type."""
    if item.type is not FieldType.CHOICE or not isinstance(value, str) or not value.strip():
        return None
    words = text_of(value, item).casefold()
    if words.startswith(("not ", "un", "in")) and any(stem in words for stem in ("active", "paid", "complete")):
        return Tone.NEUTRAL
    return next((tone for tone, stems in _TONES if any(stem in words for stem in stems)), Tone.NEUTRAL)


def title_texts(item: Field, titles: Mapping[str, str], keys: frozenset[str]) -> list[tuple[str, str]]:
    """Ids and names of a reference's records, by name."""
    return sorted(((key, titles.get(key, key)) for key in keys), key=lambda pair: pair[1].casefold())


def type_name(item: Field) -> str:
    """The operator's word for the field's type."""
    from desktop.domain.values import type_names

    return _tr(type_names[item.type])
