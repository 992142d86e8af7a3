"""Which syncs use an object, a field or an option: what uses one has to be changed before it can be deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from desktop.domain.definition import Endpoint, SyncDefinition
from desktop.domain.errors import CrosswalkError
from desktop.domain.mapping import FieldPair, Side
from desktop.domain.schema import ObjectSchema

Known = Callable[[str, str], Awaitable[ObjectSchema]]
"""The schema of a connection's object, by their names."""


async def uses_object(definition: SyncDefinition, endpoint: Endpoint, known: Known) -> bool:
    """Whether a sync joins the object, or carries records of it over with a reference."""
    if any(_same(definition.endpoint(side), endpoint) for side in Side):
        return True
    return bool([pair async for _side, pair in _carried(definition, endpoint, known)])


async def uses_field(definition: SyncDefinition, endpoint: Endpoint, field_key: str, known: Known) -> bool:
    """Whether a sync matches by the field, maps it, filters by it, or carries it over with a reference."""
    for side in Side:
        if _same(definition.endpoint(side), endpoint) and field_key in _own_keys(definition, side):
            return True
    async for side, pair in _carried(definition, endpoint, known):
        carry = pair.carry
        if carry and field_key in {definition.key(item, side) for item in (*carry.match, *carry.fields)}:
            return True
    return False


def uses_option(definition: SyncDefinition, endpoint: Endpoint, field_key: str, options: Iterable[str]) -> bool:
    """Whether a sync translates one of the field's options, or filters by it."""
    wanted = frozenset(options)
    for side in Side:
        if not _same(definition.endpoint(side), endpoint):
            continue
        for pair in definition.fields:
            if pair.on(side) == field_key and wanted & set(pair.values if side is Side.LEFT else pair.values.values()):
                return True
        if any(item.field == field_key and item.value in wanted for item in definition.conditions(side)):
            return True
    return False


def _same(one: Endpoint, other: Endpoint) -> bool:
    return one.object == other.object and one.connection.casefold() == other.connection.casefold()


def _own_keys(definition: SyncDefinition, side: Side) -> set[str]:
    keys = {definition.key(pair, side) for pair in definition.match}
    keys |= {pair.on(side) for pair in definition.fields}
    return keys | {condition.field for condition in definition.conditions(side)}


async def _carried(definition: SyncDefinition, endpoint: Endpoint, known: Known):
    """The lines that carry records of the object over, with the side that it is on."""
    for side in Side:
        own = definition.endpoint(side)
        lines: list[FieldPair] = [pair for pair in definition.fields if pair.carry]
        if not lines or own.connection.casefold() != endpoint.connection.casefold():
            continue
        try:
            schema = await known(own.connection, own.object)
        except CrosswalkError:
            continue
        for pair in lines:
            field = schema.field(pair.on(side))
            if field is not None and field.target == endpoint.object:
                yield side, pair
