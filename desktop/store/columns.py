"""Column types: moments as whole microseconds of UTC, and JSON documents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Integer, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from desktop.domain.errors import Problem
from desktop.domain.values import Json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

T = TypeVar("T")


def micros(moment: datetime) -> int:
    """An aware moment as microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros_: int) -> datetime:
    """The moment that :func:`micros` wrote, in UTC."""
    return _EPOCH + timedelta(microseconds=micros_)


def pack(document: object) -> bytes:
    """JSON data, or a frozen dataclass of the domain, as bytes."""
    return msgspec.json.encode(document)


def unpack(data: bytes) -> Json:
    """The JSON data that :func:`pack` wrote."""
    return msgspec.json.decode(data)


def unpack_as(data: bytes, kind: type[T]) -> T:
    """The dataclass that :func:`pack` wrote."""
    return msgspec.json.decode(data, type=kind, strict=False)


def id_list(ids: Iterable[object]) -> str:
    """Ids in the form that ``json_each`` takes: one parameter for any number of them."""
    return pack(list(ids)).decode()


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as an integer."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else moment(value)


class Document(TypeDecorator[Any]):
    """JSON data. ``None`` is stored as NULL."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else pack(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Json:
        return None if value is None else unpack(value)


class ProblemColumn(TypeDecorator[Problem]):
    """A failure written down."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Problem | None, dialect: Dialect) -> bytes | None:
        return None if value is None else pack(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Problem | None:
        return None if value is None else unpack_as(value, Problem)
