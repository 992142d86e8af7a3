"""The inbox of a sync: the questions that its rules leave to a person, and what the person decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from desktop.domain.conflict import UNNAMED, Conflict, ConflictKind, Decision
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import InvalidInput, NotFound
from desktop.domain.mapping import Side
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import Json, Value, from_json
from desktop.store import Store, SyncRow
from desktop.workspace.context import Context
from desktop.workspace.definitions import definition_of
from desktop.workspace.topics import Topic
from desktop.workspace.views import ConflictView


class Inbox:
    """The open questions of a workspace's syncs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store: Store = context.store

    async def conflicts(self, name: str, offset: int = 0, limit: int = 200) -> list[ConflictView]:
        """Questions that wait for a person, the oldest first."""
        row = await self._row(name)
        definition = definition_of(row)
        schemas = {
            side: await self._context.schema(definition.endpoint(side).connection, definition.endpoint(side).object)
            for side in Side
        }
        found, counts = await self._store.read(self._page, row.id, offset, limit)
        return [_view(item, definition, schemas, counts[item.kind, item.side, item.left_field]) for item in found]

    async def conflict_count(self, name: str) -> int:
        """How many questions wait."""
        row = await self._row(name)
        return await self._store.read(self._store.conflicts.count, row.id)

    async def settle(self, name: str, ids: Sequence[int], decision: str) -> int:
        """Note what a person decided; the next run applies it. Returns of how many questions.

        :param decision: a :class:`~desktop.domain.conflict.Decision`, or of a match the chosen record's id.
        :raises InvalidInput: when a question can't be decided so; nothing was noted.
        """
        row = await self._row(name)

        def note() -> int:
            for item in self._store.conflicts.get(row.id, ids):
                _check(item, decision)
            return self._store.conflicts.decide(row.id, ids, decision)

        count = await self._store.write(note)
        self._context.news.tell(Topic.CONFLICTS, Topic.SYNCS)
        return count

    async def settle_alike(self, name: str, conflict_id: int, decision: str) -> int:
        """Decide a question and all of its kind about the same field. Returns how many."""
        row = await self._row(name)

        def alike() -> list[int]:
            (item,) = self._store.conflicts.get(row.id, [conflict_id]) or [None]
            return [] if item is None else self._store.conflicts.alike(row.id, item)

        return await self.settle(name, await self._store.read(alike), decision)

    def _page(
        self, sync_id: int, offset: int, limit: int
    ) -> tuple[list[Conflict], Mapping[tuple[ConflictKind, Side, str], int]]:
        found = self._store.conflicts.page(sync_id, offset, limit)
        firsts = {(item.kind, item.side, item.left_field): item for item in found}
        return found, {key: len(self._store.conflicts.alike(sync_id, item)) for key, item in firsts.items()}

    async def _row(self, name: str) -> SyncRow:
        row = await self._store.read(self._store.syncs.by_name, name)
        if row is None:
            raise NotFound(f"There is no sync “{name}”.", "See the list of syncs for their names.")
        return row


def _check(item: Conflict, decision: str) -> None:
    sides = {Decision.LEFT.value, Decision.RIGHT.value}
    allowed = {
        ConflictKind.FIELD: {*sides, Decision.BOTH.value},
        ConflictKind.DELETED: sides,
        ConflictKind.MATCH: set(item.candidates),
    }[item.kind]
    if decision not in allowed:
        raise InvalidInput(
            f"{item.title} can't be settled that way.", hint="Choose one of the answers that are offered."
        )


def _view(item: Conflict, definition: SyncDefinition, schemas: Mapping[Side, ObjectSchema], alike: int) -> ConflictView:
    left, right = schemas[Side.LEFT].field(item.left_field), schemas[Side.RIGHT].field(item.right_field)
    textual = item.kind is ConflictKind.FIELD and all(field and field.type.is_textual for field in (left, right))
    return ConflictView(
        item.id,
        item.kind,
        item.side,
        item.title,
        left.label if left else item.left_field,
        right.label if right else item.right_field,
        definition.left.connection,
        definition.right.connection,
        item.left_id,
        item.right_id,
        _value(item.left_value, left),
        _value(item.right_value, right),
        item.left_at,
        item.right_at,
        _name(item.left_by),
        _name(item.right_by),
        item.since,
        item.candidates,
        textual,
        1 if item.kind is ConflictKind.MATCH else alike,
    )


def _name(by: str) -> str:
    return "" if by.startswith(UNNAMED) else by


def _value(data: Json, field: Field | None) -> Value:
    """The value of a question about a field; of a deletion, the labels of what was changed."""
    if field is not None:
        return from_json(data, field.type)
    changed = data.get("changed") if isinstance(data, dict) else None
    return frozenset(str(label) for label in changed) if isinstance(changed, list) else None
