"""Whether values of one field can go into another: exactly, through a transformation, with a loss, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from desktop.domain.schema import Field
from desktop.domain.values import FieldType, type_names


class Fit(StrEnum):
    """How well a source field's values fit a target field."""

    EXACT = "exact"
    TRANSFORM = "transform"
    LOSSY = "lossy"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Compatibility:
    """The verdict on a pair of fields.

    :param reason: for the operator: what is lost, or why it can't be; blank for an exact fit.
    :param via: name of the transformation that is applied without being asked for, where there is one.
    """

    fit: Fit
    reason: str = ""
    via: str = ""


_T = FieldType
_LONG = (_T.TEXT, _T.LONG_TEXT)

_AUTOMATIC: dict[tuple[FieldType, FieldType], str] = {
    **{(source, target): "as_text" for source in (_T.NUMBER, _T.BOOLEAN, _T.DATE, _T.DATETIME) for target in _LONG},
    **{(_T.MONEY, target): "as_text" for target in _LONG},
    **{(source, target): "as_text" for source in (_T.CHOICE, _T.CHOICES) for target in _LONG},
    **{(source, _T.NUMBER): "as_number" for source in (_T.TEXT, _T.LONG_TEXT)},
    **{(source, _T.DATE): "as_date" for source in (_T.TEXT, _T.LONG_TEXT)},
    **{(source, _T.DATETIME): "as_datetime" for source in (_T.TEXT, _T.LONG_TEXT, _T.DATE)},
    **{(source, _T.BOOLEAN): "as_yes_no" for source in (_T.TEXT, _T.LONG_TEXT, _T.NUMBER)},
    (_T.NUMBER, _T.MONEY): "as_money",
    (_T.TEXT, _T.MONEY): "as_money",
    (_T.MONEY, _T.NUMBER): "amount",
    (_T.DATETIME, _T.DATE): "as_date",
    (_T.BOOLEAN, _T.NUMBER): "as_number",
    (_T.CHOICE, _T.CHOICES): "as_list",
    (_T.CHOICES, _T.CHOICE): "first",
    (_T.FILE, _T.URL): "file_address",
    (_T.FILE, _T.TEXT): "file_address",
    (_T.FILE, _T.LONG_TEXT): "file_address",
}

_LOSSES: dict[tuple[FieldType, FieldType], str] = {
    (_T.DATETIME, _T.DATE): "the time of day is left out",
    (_T.MONEY, _T.NUMBER): "the currency is left out",
    (_T.CHOICES, _T.CHOICE): "only the first option arrives",
    (_T.FILE, _T.URL): "only the first file's address arrives",
    (_T.FILE, _T.TEXT): "only the first file's address arrives",
    (_T.FILE, _T.LONG_TEXT): "only the first file's address arrives",
    (_T.LONG_TEXT, _T.TEXT): "line breaks may be lost",
}


def compatibility(source: Field, target: Field) -> Compatibility:
    """Whether the source's values can be written to the target, before any transformation of the operator's."""
    if target.read_only:
        return Compatibility(Fit.IMPOSSIBLE, f"{target.label} is kept by the platform and can't be written.")
    if source.type is _T.REFERENCE or target.type is _T.REFERENCE:
        return _references(source, target)
    if target.type is _T.FILE and source.type is not _T.FILE:
        return _impossible(source, target)
    via = _AUTOMATIC.get((source.type, target.type), "")
    loss = _LOSSES.get((source.type, target.type), "") or _narrowing(source, target)
    if loss:
        return Compatibility(Fit.LOSSY, f"{source.label} to {target.label}: {loss}.", via)
    if source.type is target.type or (source.type.is_textual and target.type.is_textual):
        return Compatibility(Fit.EXACT)
    if source.type.is_textual and target.type in (_T.CHOICE, _T.CHOICES):
        return Compatibility(Fit.TRANSFORM, f"{target.label} takes only its own options.", "as_option")
    if via:
        return Compatibility(Fit.TRANSFORM, "", via)
    return _impossible(source, target)


def _references(source: Field, target: Field) -> Compatibility:
    if source.type is target.type:
        if source.many and not target.many:
            return Compatibility(
                Fit.TRANSFORM, f"{target.label} takes one record; a record with several is reported.", "carry"
            )
        return Compatibility(Fit.TRANSFORM, "", "carry")
    return _impossible(source, target)


def _impossible(source: Field, target: Field) -> Compatibility:
    return Compatibility(
        Fit.IMPOSSIBLE,
        f"A {type_names[source.type]} can't become a {type_names[target.type]}.",
    )


def _narrowing(source: Field, target: Field) -> str:
    if source.type is target.type is _T.NUMBER and target.scale is not None:
        if source.scale is None:
            return f"{_decimals(target.scale)} kept" if target.scale < _COMMON_SCALE else ""
        return f"{_decimals(target.scale)} kept" if source.scale > target.scale else ""
    if target.max_length is not None and (source.max_length is None or source.max_length > target.max_length):
        textual = source.type.is_textual and target.type.is_textual
        return f"at most {target.max_length:,} characters fit" if textual else ""
    return ""


_COMMON_SCALE = 6


def _decimals(scale: int) -> str:
    return "no decimals are" if scale == 0 else ("1 decimal is" if scale == 1 else f"{scale} decimals are")
