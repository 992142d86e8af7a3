"""What happened: runs with each change, and the edits that people made."""

from __future__ import annotations

from desktop.domain.change import Action, Change, ChangeState
from desktop.domain.definition import Endpoint
from desktop.domain.mapping import Side
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Json
from desktop.store import RunRow, SyncRow
from desktop.workspace.context import Context
from desktop.workspace.definitions import definition_of
from desktop.workspace.history import change_view, run_view
from desktop.workspace.record_history import RecordChange, record_history
from desktop.workspace.views import ChangeView, EditView, RunView, TodayView


class Activity:
    """The history of a workspace."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    async def runs(self, name: str | None = None, limit: int = 50, before: str | None = None) -> list[RunView]:
        """Runs, the newest first; of one sync, or of all. Previews are left out.

        :param before: id of a run: only runs that began before it.
        """

        def look() -> list[RunView]:
            names = {row.id: row.name for row in self._store.syncs.all()}
            sync_id = next((key for key, value in names.items() if name and value.casefold() == name.casefold()), None)
            if name and sync_id is None:
                return []
            rows = self._store.runs.recent(sync_id, limit, before, previews=False)
            return [run_view(row, names.get(row.sync_id, "")) for row in rows]

        return await self._store.read(look)

    async def run(self, run_id: str) -> RunView:
        """One run."""
        run, sync = await self._run(run_id)
        return run_view(run, sync.name)

    async def changes(
        self,
        run_id: str,
        offset: int = 0,
        limit: int = 200,
        *,
        action: str | None = None,
        state: str | None = None,
        search: str = "",
    ) -> list[ChangeView]:
        """The changes of a run, in the order in which they were planned."""
        _run, sync = await self._run(run_id)
        definition = definition_of(sync)
        written = await self._written(sync)
        changes = await self._store.read(
            lambda: self._store.journal.at_offset(
                run_id, offset, limit, states=_states(state), actions=_actions(action), search=search
            )
        )
        return [change_view(change, definition, written) for change in changes]

    async def raw_changes(self, run_id: str, offset: int, limit: int) -> list[Change]:
        """The changes of a run by field keys, for programs."""
        return await self._store.read(lambda: self._store.journal.at_offset(run_id, offset, limit))

    async def change_count(
        self, run_id: str, *, action: str | None = None, state: str | None = None, search: str = ""
    ) -> int:
        """How many changes there are under the same conditions."""
        return await self._store.read(
            lambda: self._store.journal.count(run_id, states=_states(state), actions=_actions(action), search=search)
        )

    async def edits(self, offset: int = 0, limit: int = 100, search: str = "") -> list[EditView]:
        """Edits of single records, the newest first."""

        def look() -> list[EditView]:
            names = {row.id: row.name for row in self._store.connections.all()}
            return [
                EditView(
                    row.id,
                    row.at,
                    names.get(row.connection_id, ""),
                    row.object,
                    row.record_id,
                    row.title,
                    row.action,
                    row.fields,
                    row.problem,
                )
                for row in self._store.edits.page(offset, limit, search)
            ]

        return await self._store.read(look)

    async def edit_count(self, search: str = "") -> int:
        """How many edits there are."""
        return await self._store.read(self._store.edits.count, search)

    async def of_record(self, connection: str, object_key: str, record_id: str, limit: int = 500) -> list[RecordChange]:
        """What became of one record through Crosswalk, the last change first."""
        row = await self._context.hub.row(connection)
        return await self._store.read(record_history, self._store, row, object_key, record_id, limit)

    async def today(self) -> TodayView:
        """What today's runs did, by the local calendar."""
        now = self._context.now()
        midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        runs = [run for run in await self.runs(limit=500) if run.started_at >= midnight]
        sides = [side for run in runs for side in (run.result.get("left"), run.result.get("right"))]
        return TodayView(
            _sum(sides, "created"),
            _sum(sides, "updated"),
            _sum(sides, "unchanged"),
            _sum(sides, "failed"),
            await self._quota_used(),
        )

    async def _quota_used(self) -> dict[str, float]:
        """By connection, the share of the daily quota that is used, where the platform states one."""
        used: dict[str, float] = {}
        for name, quota in self._context.hub.quotas().items():
            if quota.daily_limit and quota.daily_remaining is not None:
                used[name] = 1.0 - quota.daily_remaining / quota.daily_limit
        return used

    async def _run(self, run_id: str) -> tuple[RunRow, SyncRow]:
        def look() -> tuple[RunRow, SyncRow]:
            run = self._store.runs.get(run_id)
            return run, self._store.syncs.get(run.sync_id)

        return await self._store.read(look)

    async def _written(self, sync: SyncRow) -> dict[tuple[Side, str], ObjectSchema]:
        """Schemas of what the sync writes, as far as they are known here; its own under the blank key."""
        definition = definition_of(sync)

        def look() -> dict[tuple[Side, str], ObjectSchema]:
            found: dict[tuple[Side, str], ObjectSchema] = {}
            for side in definition.direction.written:
                found.update({(side, key): schema for key, schema in self._known(definition.endpoint(side)).items()})
            return found

        return await self._store.read(look)

    def _known(self, endpoint: Endpoint) -> dict[str, ObjectSchema]:
        connection = self._store.connections.by_name(endpoint.connection)
        own = self._store.schemas.get(connection.id, endpoint.object) if connection else None
        if connection is None or own is None:
            return {}
        found = {"": own[0]}
        for field in own[0].fields:
            other = self._store.schemas.get(connection.id, field.target) if field.target else None
            if other is not None:
                found[other[0].key] = other[0]
        return found


def _states(state: str | None) -> list[ChangeState] | None:
    return [ChangeState(state)] if state else None


def _actions(action: str | None) -> list[Action] | None:
    return [Action(action)] if action else None


def _sum(sides: list[Json], name: str) -> int:
    values = [side.get(name) for side in sides if isinstance(side, dict)]
    return sum(value for value in values if isinstance(value, int))
