"""Editing single records: the patch, the look whether the record changed meanwhile, and the history of edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from desktop.domain.change import FieldChange
from desktop.domain.errors import CrosswalkError, InvalidInput, NotSupported, Problem
from desktop.domain.record import Record, title_of
from desktop.domain.schema import ObjectSchema
from desktop.domain.validate import problem_with
from desktop.domain.values import Values, is_empty, same, to_json
from desktop.store import EditRow
from desktop.sync.endpoint import Place
from desktop.workspace.context import Context
from desktop.workspace.topics import Topic
from desktop.workspace.views import Collided, Collision, Saved

Choice = Literal["mine", "theirs"]


class Editing:
    """Reads, saves and deletes single records."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def record(self, connection: str, object_key: str, record_id: str) -> Record:
        """A record as it is on the platform now.

        :raises NotFound: when it is not there.
        """
        place = await self._context.place(connection, object_key)
        record = await place.connector.get(place.schema, record_id)
        await self._mirror(place, record)
        return record

    async def save(
        self,
        connection: str,
        object_key: str,
        base: Record | None,
        edits: Values,
        *,
        keep: Mapping[str, Choice] | None = None,
    ) -> Saved | Collided:
        """Send the edited fields of a record, or create one.

        :param base: the record as it was when editing began, ``None`` to create one.
        :param keep: for fields that changed on both sides, whose value stands.
        :raises InvalidInput: with a problem for each field that is wrong; nothing was sent.
        """
        place = await self._context.place(connection, object_key)
        _validate(place.schema, edits, new=base is None)
        if base is None:
            return Saved(await self._create(place, edits))
        current = await place.connector.get(place.schema, base.id)
        collisions = _collisions(place.schema, base, current, edits, keep or {})
        if collisions:
            await self._mirror(place, current)
            return Collided(current, collisions)
        theirs = {key for key, choice in (keep or {}).items() if choice == "theirs"}
        return Saved(await self._update(place, current, {k: v for k, v in edits.items() if k not in theirs}))

    async def delete(self, connection: str, object_key: str, record_id: str) -> None:
        """Delete a record on the platform; what it held stays in the history of edits."""
        place = await self._context.place(connection, object_key)
        refusal = place.schema.refusals.get("delete")
        if refusal:
            raise NotSupported(refusal)
        store = self._context.store
        record = await place.connector.get(place.schema, record_id)
        fields = {key: FieldChange(to_json(value), None) for key, value in record.values.items() if not is_empty(value)}
        await place.connector.delete(place.schema, record_id)
        await store.write(store.mirror.mark_gone, place.mirror, [record_id])
        await self._keep_edit(place, record_id, title_of(record, place.schema), "delete", fields, None)
        self._context.news.tell(Topic.RECORDS)

    async def _create(self, place: Place, edits: Values) -> Record:
        refusal = place.schema.refusals.get("create")
        if refusal:
            raise NotSupported(refusal)
        values = {key: value for key, value in edits.items() if not is_empty(value)}
        await self._refuse_taken(place, values)
        fields = {key: FieldChange(None, to_json(value)) for key, value in values.items()}
        try:
            record = await place.connector.create(place.schema, values)
            if not record.id and record.external_id:
                found = await place.connector.find_by_external_ids(place.schema, [record.external_id])
                record = found.get(record.external_id, record)
        except CrosswalkError as error:
            await self._keep_edit(place, "", "", "create", fields, error.report())
            raise
        if record.id:
            await self._mirror(place, record)
        await self._keep_edit(place, record.id, title_of(record, place.schema), "create", fields, None)
        return record

    async def _refuse_taken(self, place: Place, values: Values) -> None:
        """Where a create replaces the record that is there already, it is not sent for a key that is taken.

        :raises InvalidInput: when the key is taken.
        """
        field = place.schema.field(place.capabilities.upsert_key or "")
        wanted = str(values.get(field.key) or "") if field else ""
        if field is None or not wanted:
            return
        if wanted in await place.connector.find_by_external_ids(place.schema, [wanted]):
            message = f"{place.connection} already has a {place.schema.label} with the {field.label} {wanted}."
            problem = Problem("invalid_input", message, place=field.key)
            raise InvalidInput(message, (problem,), "Open that one to change it, or write another.")

    async def _update(self, place: Place, current: Record, edits: Values) -> Record:
        patch = {
            key: value
            for key, value in edits.items()
            if (field := place.schema.field(key)) and not same(value, current.get(key), field.type)
        }
        title = title_of(current, place.schema)
        if not patch:
            await self._mirror(place, current)
            return current
        fields = {key: FieldChange(to_json(current.get(key)), to_json(value)) for key, value in patch.items()}
        try:
            record = await place.connector.update(place.schema, current, patch)
        except CrosswalkError as error:
            await self._keep_edit(place, current.id, title, "update", fields, error.report())
            raise
        await self._mirror(place, record)
        await self._keep_edit(place, record.id, title, "update", fields, None)
        return record

    async def _mirror(self, place: Place, record: Record) -> None:
        store = self._context.store
        if await store.write(store.mirror.put, place.mirror, place.schema, [record]):
            self._context.news.tell(Topic.RECORDS)

    async def _keep_edit(
        self,
        place: Place,
        record_id: str,
        title: str,
        action: str,
        fields: Mapping[str, FieldChange],
        problem: Problem | None,
    ) -> None:
        connection_id = (await self._context.hub.row(place.connection)).id
        await self._context.store.write(self._note, connection_id, place, record_id, title, action, fields, problem)
        self._context.news.tell(Topic.EDITS)

    def _note(
        self,
        connection_id: int,
        place: Place,
        record_id: str,
        title: str,
        action: str,
        fields: Mapping[str, FieldChange],
        problem: Problem | None,
    ) -> None:
        row = EditRow(
            0,
            self._context.now(),
            connection_id,
            place.schema.key,
            record_id,
            title,
            action,
            dict(fields),
            problem,
        )
        self._context.store.edits.add(row)


def _validate(schema: ObjectSchema, edits: Values, *, new: bool) -> None:
    problems: list[Problem] = []
    checked = [field for field in schema.fields if field.key in edits or (new and field.required)]
    for field in checked:
        said = problem_with(field, edits.get(field.key))
        if field.read_only and field.key in edits:
            said = f"{field.label} is kept by the platform."
        if said:
            problems.append(Problem("invalid_input", said, place=field.key))
    if problems:
        raise InvalidInput(problems[0].message, tuple(problems), hint="Nothing was sent.")


def _collisions(
    schema: ObjectSchema, base: Record, current: Record, edits: Values, keep: Mapping[str, Choice]
) -> tuple[Collision, ...]:
    found: list[Collision] = []
    for key, mine in edits.items():
        field = schema.field(key)
        if field is None or key in keep:
            continue
        before, theirs = base.get(key), current.get(key)
        if not same(before, theirs, field.type) and not same(mine, theirs, field.type):
            found.append(Collision(key, before, theirs, mine))
    return tuple(found)
