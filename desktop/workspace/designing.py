"""Changing schemas: objects, fields and options are made, changed and deleted, and what is kept here follows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.connectors.base import Connector, Designer
from desktop.connectors.registry import platforms
from desktop.domain.definition import Endpoint
from desktop.domain.design import Change, DesignRules, FieldDraft, ObjectDraft
from desktop.domain.errors import CrosswalkError, InvalidInput, NotFound, NotSupported, OutcomeUnknown, Problem
from desktop.domain.filters import Condition, Operator
from desktop.domain.query import RecordQuery
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType
from desktop.store import ConnectionRow
from desktop.sync.endpoint import Place
from desktop.workspace.context import Context
from desktop.workspace.definitions import definition_of
from desktop.workspace.topics import Topic
from desktop.workspace.uses import uses_field, uses_object, uses_option


@dataclass(frozen=True, slots=True)
class Loss:
    """What deleting an object, a field or options loses, told before it is asked.

    :param records: records that go with an object, or hold a value that goes; ``None`` where nobody knows.
    :param as_of: when they were last read, ``None`` where the platform was asked now.
    :param drafts: records with unsaved edits, which go with their object.
    :param syncs: names of the syncs that use it. They refuse the deletion of objects and fields.
    """

    records: int | None
    as_of: datetime | None
    drafts: int
    syncs: tuple[str, ...]


class Designing:
    """Changes the schemas of connections."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def design_rules(self, connection: str, object_key: str | None = None) -> DesignRules:
        """What can be changed of an object, or with ``None`` what a new one can have.

        A platform that lets nobody change its schemas refuses everything, with that reason.
        """
        connector = await self._context.hub.connector(connection)
        if connector.designer is None:
            refusal = f"{platforms[connector.platform].label} lets no other application change its objects and fields."
            return DesignRules(dict.fromkeys(Change, refusal))
        schema = None if object_key is None else await self._context.schema(connection, object_key)
        return await connector.designer.rules(schema)

    async def create_object(self, connection: str, draft: ObjectDraft) -> ObjectSchema:
        """Create an object. Returns it with its fields as the platform has them.

        :raises InvalidInput: with problems at ``label``, ``plural``, ``fields.0.label`` and so on; nothing was sent.
        """
        row = await self._context.hub.row(connection)
        connector = await self._context.hub.connector(connection)
        _check_object(draft, await self.design_rules(connection))
        try:
            schema = await _designer(connector).create_object(draft)
        except OutcomeUnknown:
            await self._relist(row, connector)
            raise
        await self._keep(row, schema)
        await self._relist(row, connector, schema)
        return schema

    async def change_object(self, connection: str, seen: ObjectSchema, draft: ObjectDraft) -> ObjectSchema:
        """Change an object's labels and description.

        :param seen: the object as it was when editing began. What somebody has changed since is not changed over.
        :raises InvalidInput: at ``label`` when there is such, at other places where the draft is wrong.
        """
        place = await self._context.place(connection, seen.key, fresh=True)
        row = await self._context.hub.row(connection)
        _raise(_label_problems(draft))
        now = place.schema
        if (now.label, now.plural, now.description) != (seen.label, seen.plural, seen.description):
            raise _changed_meanwhile(seen.plural, connection, "label")
        schema = await _designer(place.connector).change_object(place.schema, draft)
        await self._keep(row, schema)
        await self._relist(row, place.connector, schema)
        return schema

    async def object_loss(self, connection: str, object_key: str) -> Loss:
        """What deleting an object would lose."""
        place = await self._context.place(connection, object_key)
        row = await self._context.hub.row(connection)
        store = self._context.store
        records, as_of = await place.connector.count(place.schema), None
        if records is None:
            state = await store.read(store.mirror.state, place.mirror)
            records, as_of = (state.count, state.read_at) if state.complete else (None, None)
        drafts = await store.read(store.drafts.all, row.id, place.schema.key)
        return Loss(records, as_of, len(drafts), await self._users(place))

    async def delete_object(self, connection: str, object_key: str) -> None:
        """Delete an object with all of its records, there and here.

        :raises InvalidInput: when a sync uses it; nothing was deleted.
        """
        place = await self._context.place(connection, object_key)
        row = await self._context.hub.row(connection)
        _refuse_used(place.schema.plural, await self._users(place))
        await _designer(place.connector).delete_object(place.schema)
        await self._context.store.write(self._forget, row.id, place)
        await self._relist(row, place.connector, gone=place.schema.key)
        self._context.news.tell(Topic.RECORDS, Topic.DRAFTS)

    async def create_field(self, connection: str, object_key: str, draft: FieldDraft) -> ObjectSchema:
        """Add a field to an object.

        :raises InvalidInput: with a problem at ``label``, ``type``, ``key``, ``options`` and so on; nothing was sent.
        """
        place = await self._context.place(connection, object_key, fresh=True)
        designer = _designer(place.connector)
        _raise(_field_problems(draft, await designer.rules(place.schema)))
        try:
            schema = await designer.create_field(place.schema, draft)
        except OutcomeUnknown:
            await self._context.schema(connection, object_key, fresh=True)
            raise
        return await self._follow(place, schema)

    async def change_field(self, connection: str, object_key: str, field: Field, draft: FieldDraft) -> ObjectSchema:
        """Change a field's label, description and options.

        :param field: as it was when editing began. What somebody has changed since, such as an option that was added,
            is not changed over.
        :raises InvalidInput: at ``label`` or ``options`` when there is such, at other places where the draft is wrong.
        """
        place = await self._context.place(connection, object_key, fresh=True)
        current = _field(place, field.key)
        _raise(_label_problem(draft) + _option_problems(draft))
        _refuse_unseen(connection, field, current)
        schema = await _designer(place.connector).change_field(place.schema, current, draft)
        lost = {option.key for option in current.options} - {option.key for option in draft.options}
        return await self._follow(place, schema, values_lost=bool(lost))

    async def field_loss(
        self, connection: str, object_key: str, field_key: str, options: Sequence[str] | None = None
    ) -> Loss:
        """What deleting a field, or only some of its options, would lose; counted in the local copy."""
        place = await self._context.place(connection, object_key)
        field = _field(place, field_key)
        store = self._context.store
        state = await store.read(store.mirror.state, place.mirror)
        users = await self._users(place, field_key, options)
        if not state.complete:
            return Loss(None, None, 0, users)
        records = 0
        for condition in _holding(field, options):
            query = RecordQuery(conditions=(condition,))
            records += await store.read(store.mirror.count, place.mirror, query)
        return Loss(records, state.read_at, 0, users)

    async def delete_field(self, connection: str, object_key: str, field_key: str) -> ObjectSchema:
        """Delete a field with its values in all records.

        :raises InvalidInput: when a sync uses it; nothing was deleted.
        """
        place = await self._context.place(connection, object_key, fresh=True)
        field = _field(place, field_key)
        _refuse_used(field.label, await self._users(place, field_key))
        schema = await _designer(place.connector).delete_field(place.schema, field)
        return await self._follow(place, schema, values_lost=True)

    async def _users(
        self, place: Place, field_key: str | None = None, options: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """The names of the syncs that use an object, one of its fields or some of that field's options."""
        store, endpoint = self._context.store, Endpoint(place.connection, place.schema.key)
        users: list[str] = []
        for row in await store.read(store.syncs.using, place.connection):
            definition = definition_of(row)
            if field_key is None:
                used = await uses_object(definition, endpoint, self._context.schema)
            elif options is None:
                used = await uses_field(definition, endpoint, field_key, self._context.schema)
            else:
                used = uses_option(definition, endpoint, field_key, options)
            if used:
                users.append(row.name)
        return tuple(users)

    async def _follow(self, place: Place, schema: ObjectSchema, *, values_lost: bool = False) -> ObjectSchema:
        """Keep the schema, and let the mirror follow it.

        :param values_lost: values went on the platform, which reports no change of their records: the next read
            of the object is a whole one.
        """
        row = await self._context.hub.row(place.connection)
        await self._keep(row, schema)
        store = self._context.store

        def follow() -> None:
            store.mirror.put(place.mirror, schema, [])
            state = store.mirror.state(place.mirror)
            if values_lost and state.read_at is not None:
                store.mirror.checkpoint(place.mirror, None, state.read_at, state.complete)

        await store.write(follow)
        self._context.news.tell(Topic.OBJECTS, Topic.RECORDS)
        return schema

    async def _keep(self, row: ConnectionRow, schema: ObjectSchema) -> None:
        store = self._context.store
        await store.write(store.schemas.put_one, row.id, schema, self._context.now())

    async def _relist(
        self, row: ConnectionRow, connector: Connector, new: ObjectSchema | None = None, gone: str = ""
    ) -> None:
        """Read the listing of objects anew; what was just written stands in it as it was written.

        The platform's listing may lag behind, or fail, which is no reason to call the write a failure.
        """
        store = self._context.store
        try:
            listing = await connector.objects()
        except CrosswalkError:
            listing = await store.read(store.schemas.listing, row.id)
        listing = [schema for schema in listing if schema.key != gone]
        if new is not None:
            short = new.with_fields()
            known = [schema.key for schema in listing]
            if new.key in known:
                listing[known.index(new.key)] = short
            else:
                listing.append(short)
        await store.write(store.schemas.put, row.id, listing, self._context.now())
        self._context.news.tell(Topic.OBJECTS)

    def _forget(self, connection_id: int, place: Place) -> None:
        """Take what is kept of an object out of the workspace."""
        store, key = self._context.store, place.schema.key
        store.mirror.remove(place.mirror)
        for draft in store.drafts.all(connection_id, key):
            store.drafts.remove(connection_id, key, draft.record_id)
        for name in store.views.all(connection_id, key):
            store.views.remove(connection_id, key, name)


def _designer(connector: Connector) -> Designer:
    if connector.designer is None:
        raise NotSupported(
            f"{platforms[connector.platform].label} lets no other application change its objects and fields.",
            f"Change them in {platforms[connector.platform].label} itself.",
        )
    return connector.designer


def _field(place: Place, key: str) -> Field:
    field = place.schema.field(key)
    if field is None:
        raise NotFound(f"{place.schema.plural} have no field “{key}” any more.", "Read the object's fields again.")
    return field


def _holding(field: Field, options: Sequence[str] | None) -> list[Condition]:
    """What is true of records that lose a value with a field, or with some of its options."""
    if options is None:
        return [Condition(field.key, Operator.NOT_EMPTY)]
    operator = Operator.HAS if field.type is FieldType.CHOICES else Operator.IS
    return [Condition(field.key, operator, key) for key in options]


def _refuse_used(label: str, users: Sequence[str]) -> None:
    if users:
        names = ", ".join(f"“{name}”" for name in users)
        raise InvalidInput(
            f"{label} can't be deleted: {names} {'uses' if len(users) == 1 else 'use'} it. Nothing was deleted.",
            hint="Take it out of these syncs or delete them, then delete it.",
        )


def _refuse_unseen(connection: str, seen: Field, current: Field) -> None:
    if set(seen.options) != set(current.options):
        raise _changed_meanwhile(f"The options of {current.label}", connection, "options")
    if (seen.label, seen.description) != (current.label, current.description):
        raise _changed_meanwhile(seen.label, connection, "label")


def _changed_meanwhile(what: str, connection: str, place: str) -> InvalidInput:
    message = f"{what} changed in {connection} since you began to edit. Nothing was sent."
    return InvalidInput(message, (_problem(place, message),), "Begin to edit again: what you typed is still there.")


def _check_object(draft: ObjectDraft, rules: DesignRules) -> None:
    problems = _label_problems(draft)
    for at, item in enumerate(draft.fields):
        problems += [
            Problem(problem.code, problem.message, place=f"fields.{at}.{problem.place}")
            for problem in _field_problems(item, rules)
        ]
    if rules.title_types and not draft.fields:
        problems.append(_problem("fields.0.label", "Name the field that says what a record is called."))
    elif rules.title_types and draft.fields[0].type not in rules.title_types:
        problems.append(_problem("fields.0.type", "Choose another type: this one can't name records."))
    _raise(problems)


def _label_problems(draft: ObjectDraft) -> list[Problem]:
    problems: list[Problem] = []
    if not draft.label.strip():
        problems.append(_problem("label", "Say what one of them is called."))
    if not draft.plural.strip():
        problems.append(_problem("plural", "Say what several of them are called."))
    return problems


def _field_problems(draft: FieldDraft, rules: DesignRules) -> list[Problem]:
    problems = _label_problem(draft)
    if rules.choices and draft.type not in {choice.type for choice in rules.choices}:
        problems.append(_problem("type", "Choose a type that can be made here."))
    return problems + _option_problems(draft)


def _label_problem(draft: FieldDraft) -> list[Problem]:
    return [] if draft.label.strip() else [_problem("label", "Give the field a label.")]


def _option_problems(draft: FieldDraft) -> list[Problem]:
    labels = [option.label.strip().casefold() for option in draft.options]
    if "" in labels:
        return [_problem("options", "Every option needs a label.")]
    twice = next((option.label for option in draft.options if labels.count(option.label.strip().casefold()) > 1), "")
    return [_problem("options", f"“{twice}” is there twice.")] if twice else []


def _problem(place: str, message: str) -> Problem:
    return Problem("invalid_input", message, place=place)


def _raise(problems: Sequence[Problem]) -> None:
    if problems:
        raise InvalidInput(problems[0].message, tuple(problems), hint="Nothing was sent.")
