"""A platform in memory whose schemas can be changed, with the troubles that a real one has now and then."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from desktop.connectors.base import (
    ConnectionSettings,
    Designer,
    Identity,
    ObjectCapabilities,
    Page,
    Quota,
    Related,
    Traffic,
)
from desktop.connectors.registry import PlatformInfo, platforms
from desktop.domain.design import Change, DesignRules, FieldChoice, FieldDraft, ObjectDraft, OptionDraft
from desktop.domain.errors import CrosswalkError, InvalidInput, NotFound, NotSupported, Problem
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType, Json, Value, Values

CHOICES = (
    FieldChoice(FieldType.TEXT, "TEXT", "text, one line"),
    FieldChoice(FieldType.NUMBER, "NUMBER", "number"),
    FieldChoice(FieldType.MONEY, "MONEY", "amount of money"),
    FieldChoice(FieldType.CHOICE, "SELECT", "one of several options"),
)


@dataclass(slots=True)
class Board:
    """What the platform holds.

    :param lagging: the listing as it is still shown, ``None`` where it keeps up.
    :param failures: raised by the next changes, one each, after they took effect.
    :param fixed: nobody may change schemas.
    """

    schemas: dict[str, ObjectSchema] = field(default_factory=dict[str, ObjectSchema])
    records: dict[str, list[Record]] = field(default_factory=dict[str, list[Record]])
    lagging: list[ObjectSchema] | None = None
    failures: list[CrosswalkError] = field(default_factory=list[CrosswalkError])
    refusals: dict[Change, str] = field(default_factory=dict[Change, str])
    losses: dict[Change, str] = field(default_factory=dict[Change, str])
    fixed: bool = False
    whole_reads: int = 0

    def add(self, key: str, label: str, *fields: Field, records: Sequence[Values] = ()) -> None:
        """Put an object there, with its records."""
        schema = ObjectSchema(key, label, f"{label}s", custom=True, fields=(*system_fields(times=False), *fields))
        self.schemas[key] = schema
        self.records[key] = [Record(key, str(at), values) for at, values in enumerate(records, 1)]

    def listing(self) -> list[ObjectSchema]:
        """The objects without their fields."""
        return [schema.with_fields() for schema in self.schemas.values()]

    def done(self) -> None:
        """A change took effect; its answer may be lost."""
        if self.failures:
            raise self.failures.pop(0)


class BoardDesigner:
    """Changes what is on the board."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def rules(self, schema: ObjectSchema | None) -> DesignRules:
        return DesignRules(
            self._board.refusals,
            CHOICES,
            frozenset({FieldType.TEXT, FieldType.NUMBER}),
            ("people",),
            ("An account has at most 10 objects.",),
            ("General", "Internal"),
            self._board.losses,
        )

    async def create_object(self, draft: ObjectDraft) -> ObjectSchema:
        fields = tuple(_field(item) for item in draft.fields)
        schema = ObjectSchema(draft.key, draft.label, draft.plural, custom=True, description=draft.description)
        self._board.schemas[draft.key] = schema.with_fields(*system_fields(times=False), *fields)
        self._board.records[draft.key] = []
        self._board.done()
        return self._board.schemas[draft.key]

    async def change_object(self, schema: ObjectSchema, draft: ObjectDraft) -> ObjectSchema:
        changed = replace(schema, label=draft.label, plural=draft.plural, description=draft.description)
        return self._put(changed)

    async def delete_object(self, schema: ObjectSchema) -> None:
        self._board.schemas.pop(schema.key, None)
        self._board.records.pop(schema.key, None)
        self._board.done()

    async def create_field(self, schema: ObjectSchema, draft: FieldDraft) -> ObjectSchema:
        if draft.type is FieldType.CHOICE and not draft.options:
            message = "Add at least one option."
            raise InvalidInput(message, (Problem("invalid_input", message, place="options"),))
        return self._put(schema.with_fields(*schema.fields, _field(draft)))

    async def change_field(self, schema: ObjectSchema, field: Field, draft: FieldDraft) -> ObjectSchema:
        changed = replace(field, label=draft.label, options=_options(draft.options), description=draft.description)
        return self._put(schema.with_fields(*(changed if item is field else item for item in schema.fields)))

    async def delete_field(self, schema: ObjectSchema, field: Field) -> ObjectSchema:
        records = self._board.records[schema.key]
        self._board.records[schema.key] = [
            replace(record, values={key: value for key, value in record.values.items() if key != field.key})
            for record in records
        ]
        return self._put(schema.with_fields(*(item for item in schema.fields if item.key != field.key)))

    def _put(self, schema: ObjectSchema) -> ObjectSchema:
        self._board.schemas[schema.key] = schema
        self._board.done()
        return schema


class BoardConnector:
    """Reads the board; each read after the first costs nothing, as where changes can be asked for."""

    platform = "board"

    def __init__(self, board: Board) -> None:
        self._board = board
        self.traffic = Traffic()
        self.quota: Quota | None = None

    @property
    def designer(self) -> Designer | None:
        return None if self._board.fixed else BoardDesigner(self._board)

    def capabilities(self, schema: ObjectSchema) -> ObjectCapabilities:
        return ObjectCapabilities()

    async def aclose(self) -> None:
        pass

    async def identify(self) -> Identity:
        return Identity("Board", "")

    async def objects(self) -> list[ObjectSchema]:
        return self._board.listing() if self._board.lagging is None else self._board.lagging

    async def schema(self, object_key: str) -> ObjectSchema:
        if object_key not in self._board.schemas:
            raise NotFound(f"There is no object {object_key}.")
        return self._board.schemas[object_key]

    async def read(self, schema: ObjectSchema, cursor: Json = None) -> AsyncIterator[Page]:
        self._board.whole_reads += cursor is None
        yield Page([] if cursor else self._board.records[schema.key], cursor="read", last=True)

    async def count(self, schema: ObjectSchema) -> int | None:
        return len(self._board.records[schema.key])

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        return next(record for record in self._board.records[schema.key] if record.id == record_id)

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        return []

    async def find_by_external_ids(self, schema: ObjectSchema, external_ids: Sequence[str]) -> dict[str, Record]:
        return {}

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        raise NotSupported("Records are only read here.")

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        raise NotSupported("Records are only read here.")

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        raise NotSupported("Records are only read here.")

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        return []


def _field(draft: FieldDraft) -> Field:
    return Field(
        draft.key or draft.label.casefold(),
        draft.label,
        draft.type,
        draft.required,
        options=_options(draft.options),
        scale=draft.scale,
        currency=draft.currency,
        description=draft.description,
        native_type=draft.native_type,
    )


def _options(drafts: Sequence[OptionDraft]) -> tuple[Option, ...]:
    return tuple(Option(draft.key or draft.label.casefold(), draft.label) for draft in drafts)


_boards: dict[str, Board] = {}


def open_board(settings: ConnectionSettings, *_: Any) -> BoardConnector:
    """Open a connection to the board at an address."""
    return BoardConnector(_boards[settings.base_url])


@contextmanager
def board_platform(board: Board) -> Iterator[str]:
    """The platform "board" can be connected at the address that is yielded, until the end."""
    address = f"board://{id(board)}"
    _boards[address] = board
    platforms["board"] = PlatformInfo(
        "board", "Drawing Board", "D", "Password", None, "", "", "tests.workspace.drawing_board:open_board"
    )
    try:
        yield address
    finally:
        del platforms["board"], _boards[address]
