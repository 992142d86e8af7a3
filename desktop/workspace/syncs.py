"""Saved syncs: making, checking, changing, sharing and removing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from desktop.domain.change import RunStatus
from desktop.domain.compatibility import Fit
from desktop.domain.definition import Endpoint, SyncDefinition
from desktop.domain.errors import InvalidInput, NotFound, Problem
from desktop.domain.mapping import Argument, Carry, Direction, FieldPair, MatchPair, Side
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.sync_file import as_document, read_sync_file, write_sync_file
from desktop.domain.values import FieldType, Json, is_empty
from desktop.mapping.route import Route, as_far_as_it_goes, check_line, check_pair
from desktop.mapping.suggest import suggest_fields, suggest_match, suggested_pair
from desktop.mapping.transforms import catalogue
from desktop.store import Rest, SyncRow
from desktop.sync.carrying import default_carry
from desktop.sync.routes import itinerary
from desktop.workspace.automatic import next_of
from desktop.workspace.connection_views import PlatformView
from desktop.workspace.connections import platform_view
from desktop.workspace.context import Context
from desktop.workspace.definitions import definition_of
from desktop.workspace.history import run_view
from desktop.workspace.running import Running
from desktop.workspace.topics import Topic
from desktop.workspace.trial import Trial
from desktop.workspace.undoable import last_undoable
from desktop.workspace.views import Health, LineCheck, RunView, SyncView, TrialField, TrialRecord

_WIZARD = "wizard"
_SAMPLES = 20
_BARS = 10


@dataclass(frozen=True, slots=True)
class ParameterView:
    """An argument of a transformation; ``kind`` is ``text``, ``integer`` or ``number``."""

    name: str
    label: str
    kind: str
    default: Argument | None


@dataclass(frozen=True, slots=True)
class TransformView:
    """A transformation that can be added to a line; ``gives`` is ``None`` for the type that went in."""

    name: str
    label: str
    takes: frozenset[FieldType]
    gives: FieldType | None
    parameters: tuple[ParameterView, ...]


@dataclass(frozen=True, slots=True)
class Suggested:
    """A mapping as it is suggested; ``scores`` from 0 to 100 by left and right key of a line."""

    match: tuple[MatchPair, ...]
    fields: tuple[FieldPair, ...]
    scores: Mapping[tuple[str, str], float]


class Syncs(Running):
    """What the Syncs page and its wizard show and do."""

    def __init__(self, context: Context, owner: str) -> None:
        super().__init__(context, owner)
        self._trial = Trial(context)

    async def all(self) -> list[SyncView]:
        """Every sync, by name."""
        rows = await self._store.read(self._store.syncs.all)
        return [await self._view(row) for row in sorted(rows, key=lambda row: row.name.casefold())]

    async def get(self, name: str) -> SyncView:
        """One sync."""
        return await self._view(await self._row(name))

    async def save(self, definition: SyncDefinition, replaces: str | None = None) -> SyncView:
        """Keep a sync, in the place of another where one is named.

        :raises InvalidInput: with each problem at its place; nothing was kept.
        """
        name = definition.name.strip()
        taken = await self._store.read(self._store.syncs.by_name, name)
        if taken is not None and (replaces is None or taken.name.casefold() != replaces.casefold()):
            message = f"There is already a sync “{taken.name}”."
            raise InvalidInput(message, (Problem("invalid_input", message, place="name"),), "Choose another name.")
        definition = replace(definition, name=name)
        await self._check_endpoints(definition)
        left, right = await self._schemas(definition)
        itinerary(definition, left, right)
        document = cast("Json", as_document(definition))
        now = self._context.now()
        if replaces is None:
            row = SyncRow(0, name, document, now, now, 0, 0, "", False)
            await self._store.write(self._store.syncs.add, row)
        else:
            old = await self._row(replaces)
            await self._store.write(
                self._store.syncs.update, replace(old, name=name, document=document, updated_at=now)
            )
        self._context.news.tell(Topic.SYNCS)
        return await self.get(name)

    async def removal(self, name: str) -> str:
        """What removing a sync loses, in a sentence."""
        row = await self._row(name)
        linked = await self._store.read(self._store.links.count, row.id)
        return (
            f"The mapping of “{row.name}”, its history and the {linked:,} remembered pairs are deleted. "
            "No record is deleted on either side."
        )

    async def remove(self, name: str) -> None:
        """Delete a sync, its links and its history; records stay as they are."""
        row = await self._row(name)
        if row.name in await self.running():
            raise InvalidInput(f"“{row.name}” is running.", hint="Cancel the run first.")
        await self._store.write(self._store.syncs.remove, row.id)
        self._context.news.tell(Topic.SYNCS, Topic.RUNS)

    async def add_file(self, text: str) -> SyncView:
        """Add a sync from a sync file.

        :raises InvalidInput: with every problem and its place in the file; nothing was changed.
        """
        return await self.save(read_sync_file(text))

    async def export(self, name: str) -> str:
        """A sync as a sync file, free of secrets."""
        return write_sync_file(definition_of(await self._row(name)))

    async def transforms(self) -> list[TransformView]:
        """The catalogue of transformations."""
        return [
            TransformView(
                item.name,
                item.label,
                item.takes,
                item.gives,
                tuple(ParameterView(p.name, p.label, p.kind, p.default) for p in item.parameters),
            )
            for item in catalogue.values()
        ]

    async def suggest(self, left: Endpoint, right: Endpoint, direction: Direction) -> Suggested:
        """Which fields belong together, and by what records are matched."""
        here, there = (left, right) if direction.source is Side.LEFT else (right, left)
        source, target = await self._object(here), await self._object(there)
        source_samples = await self.samples(here)
        target_samples = await self.samples(there)
        matches = suggest_match(source, target, source_samples, target_samples, source_side=direction.source)
        lines = suggest_fields(source, target, source_samples, target_samples, source_side=direction.source)
        fields: list[FieldPair] = []
        for line in lines:
            carry = await self._carry(line.pair, here, there, direction) if line.fit.via == "carry" else None
            pair = replace(line.pair, carry=carry) if carry else line.pair
            fields.append(_for_direction(pair, direction, source, target))
        scores = {(line.pair.left, line.pair.right): line.score for line in lines}
        return Suggested(tuple(item.pair for item in matches), tuple(fields), scores)

    async def compatible(
        self, direction: Direction, left: Endpoint, left_field: str, right: Endpoint, right_field: str
    ) -> LineCheck:
        """Whether two fields may be joined, and the line that would join them."""
        here, there = (left, right) if direction.source is Side.LEFT else (right, left)
        here_key, there_key = (left_field, right_field) if direction.source is Side.LEFT else (right_field, left_field)
        source, target = await self._field(here, here_key), await self._field(there, there_key)
        fit = check_pair(FieldPair(left_field, right_field), source, target, direction.target)
        pair = suggested_pair(source, target, fit, direction.source)
        if fit.via == "carry":
            pair = replace(pair, carry=await self._carry(pair, here, there, direction))
        if direction.two_way:
            pair = as_far_as_it_goes(pair, source, target)
            fit = check_line(pair, source, target, (pair.one_way or direction).written)
        return LineCheck(pair, fit.fit.value, fit.reason)

    async def check(self, definition: SyncDefinition) -> list[LineCheck]:
        """The verdict on each line of a mapping."""
        left, right = await self._schemas(definition)
        checks: list[LineCheck] = []
        for pair in definition.fields:
            here, there = left.field(pair.left), right.field(pair.right)
            written = [side for side in Side if definition.writes(pair, side)]
            if here is None or there is None:
                missing = pair.left if here is None else pair.right
                checks.append(LineCheck(pair, Fit.IMPOSSIBLE.value, f"There is no field “{missing}” any more."))
                continue
            if not written:
                reason = "It goes the way that the sync does not go."
                checks.append(LineCheck(pair, Fit.IMPOSSIBLE.value, reason))
                continue
            fit = check_line(pair, here, there, written)
            checks.append(LineCheck(pair, fit.fit.value, fit.reason))
        return checks

    async def required(self, definition: SyncDefinition) -> list[Field]:
        """The required fields of each written side that no line fills."""
        missing: list[Field] = []
        for side, schema in zip(Side, await self._schemas(definition), strict=True):
            if side not in definition.direction.written:
                continue
            filled = {pair.on(side) for pair in definition.fields if definition.writes(pair, side)}
            filled |= {definition.key(pair, side) for pair in definition.match}
            missing += [field for field in schema.fields if field.required and field.key not in filled]
        return missing

    async def samples(self, endpoint: Endpoint, count: int = _SAMPLES) -> list[Record]:
        """Some real records: from the mirror, or a first page from the platform where it was never read."""
        return await self._trial.samples(endpoint, count)

    async def show(self, definition: SyncDefinition, record: Record) -> list[TrialField]:
        """How a source record's values arrive, line by line."""
        source, target = await self._ends(definition)
        shown: list[TrialField] = []
        for pair in definition.fields:
            here = source.field(pair.on(definition.direction.source))
            there = target.field(pair.on(definition.direction.target))
            if here is None or there is None:
                continue
            value = record.get(here.key)
            if here.type is FieldType.REFERENCE:
                shown.append(TrialField(pair, value, value, None))
                continue
            arrival = Route(pair, here, there, definition.direction.target).arrival(value)
            problem = arrival.problem.message if arrival.problem else None
            if problem is None and there.required and is_empty(arrival.value):
                problem = f"{here.label} is blank, and {there.label} is required."
            shown.append(TrialField(pair, value, arrival.value, problem))
        return shown

    async def try_out(self, definition: SyncDefinition, count: int = 5) -> list[TrialRecord]:
        """What the sync would do with some real records; nothing is written."""
        await self._check_endpoints(definition)
        left, right = await self._schemas(definition)
        return await self._trial.run(definition, itinerary(definition, left, right), count)

    async def keep_wizard(self, document: Json) -> None:
        """Keep a sync that is still being made."""
        await self._store.write(self._store.settings.put, _WIZARD, document)

    async def wizard(self) -> Json:
        """The sync that was being made, ``None`` when there is none."""
        return await self._store.read(self._store.settings.get, _WIZARD, None)

    async def drop_wizard(self) -> None:
        """Forget the sync that was being made."""
        await self._store.write(self._store.settings.put, _WIZARD, None)

    async def _check_endpoints(self, definition: SyncDefinition) -> None:
        problems: list[Problem] = []
        for side in Side:
            endpoint = definition.endpoint(side)
            try:
                await self._context.schema(endpoint.connection, endpoint.object)
            except NotFound as error:
                known = await self._store.read(self._store.connections.by_name, endpoint.connection)
                place = f"{side}.{'object' if known else 'connection'}"
                problems.append(Problem("invalid_input", error.message, error.hint, place=place))
        if problems:
            raise InvalidInput(problems[0].message, tuple(problems), problems[0].hint)

    async def _schemas(self, definition: SyncDefinition) -> tuple[ObjectSchema, ObjectSchema]:
        return await self._object(definition.left), await self._object(definition.right)

    async def _ends(self, definition: SyncDefinition) -> tuple[ObjectSchema, ObjectSchema]:
        """Source and target."""
        left, right = await self._schemas(definition)
        return (left, right) if definition.direction.source is Side.LEFT else (right, left)

    async def _object(self, endpoint: Endpoint) -> ObjectSchema:
        return await self._context.schema(endpoint.connection, endpoint.object)

    async def _field(self, endpoint: Endpoint, key: str) -> Field:
        schema = await self._object(endpoint)
        field = schema.field(key)
        if field is None:
            raise NotFound(f"There is no field “{key}” in {schema.plural}.", "Read the object's fields again.")
        return field

    async def _carry(self, pair: FieldPair, here: Endpoint, there: Endpoint, direction: Direction) -> Carry | None:
        source_key, target_key = pair.on(direction.source), pair.on(direction.target)
        source, target = await self._field(here, source_key), await self._field(there, target_key)
        if not (source.target and target.target):
            return None
        referenced = await self._context.schema(here.connection, source.target)
        counterpart = await self._context.schema(there.connection, target.target)
        return default_carry(referenced, counterpart, direction.source)

    async def _view(self, row: SyncRow) -> SyncView:
        definition = definition_of(row)

        def look() -> _Facts:
            runs = self._store.runs.recent(row.id, _BARS, previews=False)
            return _Facts(
                self._store.links.count(row.id),
                self._store.due.count(row.id),
                self._store.conflicts.count(row.id),
                self._store.rests.get(row.id),
                last_undoable(self._store, row) is not None,
                [run_view(run, row.name) for run in runs],
            )

        facts = await self._store.read(look)
        runs = facts.runs
        left_platform, left_label = await self._side(definition.left)
        right_platform, right_label = await self._side(definition.right)
        last = runs[0] if runs else None
        return SyncView(
            row.name,
            definition,
            left_platform,
            right_platform,
            left_label,
            right_label,
            self._health(row.name, last, facts.due + facts.conflicts),
            facts.linked,
            facts.due,
            row.approved,
            last,
            tuple(_written(run) for run in reversed(runs)),
            facts.conflicts,
            facts.rest.paused,
            self._next_run(row, definition, facts, last),
            can_undo=facts.can_undo,
        )

    def _next_run(
        self, row: SyncRow, definition: SyncDefinition, facts: _Facts, last: RunView | None
    ) -> datetime | None:
        waits = last is not None and last.status is RunStatus.NEEDS_CONFIRMATION
        allowed = row.approved or last is not None
        return next_of(row, definition, facts.rest, self._context.now()) if allowed and not waits else None

    async def _side(self, endpoint: Endpoint) -> tuple[PlatformView | None, str]:
        row = await self._store.read(self._store.connections.by_name, endpoint.connection)
        if row is None:
            return None, endpoint.object
        known = await self._store.read(self._store.schemas.get, row.id, endpoint.object)
        return platform_view(row.platform), known[0].plural if known else endpoint.object

    def _health(self, name: str, last: RunView | None, waiting: int) -> Health:
        if self.is_running(name):
            return Health.RUNNING
        if last is None:
            return Health.NEW
        if last.status in (RunStatus.FAILED, RunStatus.INTERRUPTED):
            return Health.STOPPED
        if waiting or last.status in (RunStatus.NEEDS_CONFIRMATION, RunStatus.CANCELLED):
            return Health.ATTENTION
        return Health.RUNNING if last.status is RunStatus.RUNNING else Health.IN_STEP


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the store knows of a sync."""

    linked: int
    due: int
    conflicts: int
    rest: Rest
    can_undo: bool
    runs: list[RunView]


def _for_direction(pair: FieldPair, direction: Direction, source: ObjectSchema, target: ObjectSchema) -> FieldPair:
    """A suggested line, one way only where the sync goes both ways and its values can't come back."""
    left, right = source.field(pair.left), target.field(pair.right)
    return as_far_as_it_goes(pair, left, right) if direction.two_way and left and right else pair


def _written(run: RunView) -> int:
    counts = [run.result.get("left"), run.result.get("right")]
    return sum(_count(side, "created") + _count(side, "updated") + _count(side, "deleted") for side in counts)


def _count(side: Json, name: str) -> int:
    value = side.get(name) if isinstance(side, dict) else 0
    return value if isinstance(value, int) else 0
