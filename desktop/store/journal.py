"""The journal: every change that a run means to make or made, with each value before and after.

A row is inserted once. Afterwards only its state, problem, times and learned ids are filled in, and fields that were
not written after all are taken out; a value never changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from desktop.domain.change import Action, Change, ChangeState, FieldChange
from desktop.domain.errors import NotFound, Problem
from desktop.domain.mapping import Side
from desktop.store.columns import id_list, micros, moment, pack, unpack_as
from desktop.store.database import Repository

_SELECT = (
    "SELECT j.id, j.action, j.side, j.left_id, j.right_id, j.title, j.fields, j.state, j.problem, j.sent_at, j.done_at,"
    " j.object"
)
_INSERT = (
    "INSERT INTO journal (run, id, action, side, left_id, right_id, title, folded, fields, state, problem, sent_at,"
    " done_at, object) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Journal(Repository):
    """The changes of each run, by their position in it."""

    def add(self, run_id: str, changes: Sequence[Change]) -> None:
        """Note changes. Their ids are new in the run.

        :raises NotFound: when the run was not begun.
        """
        run = self._number(run_id)
        self._driver.executemany(_INSERT, [_parameters(run, change) for change in changes])

    def mark_sent(self, run_id: str, ids: Iterable[int], at: datetime) -> None:
        """Note that changes are being sent: until they have an end, their outcome is not known."""
        run = self._number(run_id)
        self._driver.executemany(
            "UPDATE journal SET state = 'sent', sent_at = ? WHERE run = ? AND id = ?",
            [(micros(at), run, change_id) for change_id in ids],
        )

    def mark_done(self, run_id: str, done: Iterable[tuple[int, str | None, str | None]], at: datetime) -> None:
        """Note that changes took effect: ``(change id, left id, right id)``. An id of ``None`` leaves what is known."""
        run = self._number(run_id)
        self._driver.executemany(
            "UPDATE journal SET state = 'done', done_at = ?, problem = NULL, left_id = coalesce(?, left_id), "
            "right_id = coalesce(?, right_id) WHERE run = ? AND id = ?",
            [(micros(at), left_id, right_id, run, change_id) for change_id, left_id, right_id in done],
        )

    def narrow(self, run_id: str, narrowed: Iterable[tuple[int, Mapping[str, FieldChange]]]) -> None:
        """Keep of changes only the fields that took effect."""
        run = self._number(run_id)
        self._driver.executemany(
            "UPDATE journal SET fields = ? WHERE run = ? AND id = ?",
            [(pack_fields(fields), run, change_id) for change_id, fields in narrowed],
        )

    def mark_failed(self, run_id: str, failed: Iterable[tuple[int, Problem]], at: datetime) -> None:
        """Note that changes did not take effect, and why."""
        self._mark(run_id, ChangeState.FAILED, failed, at)

    def mark_skipped(self, run_id: str, skipped: Iterable[tuple[int, Problem | None]], at: datetime) -> None:
        """Note that changes were left out, and why."""
        self._mark(run_id, ChangeState.SKIPPED, skipped, at)

    def page(
        self,
        run_id: str,
        *,
        after_id: int = 0,
        limit: int = 200,
        states: Collection[ChangeState] | None = None,
        actions: Collection[Action] | None = None,
        search: str = "",
    ) -> list[Change]:
        """Changes of a run in their order, from the one after ``after_id``.

        :param search: text that occurs in the title or is one of the ids; case is ignored.
        """
        where, parameters = _conditions(run_id, states, actions, search)
        rows = self._driver.execute(
            f"{_SELECT} FROM journal j WHERE {where} AND j.id > ? ORDER BY j.id LIMIT ?",
            (*parameters, after_id, limit),
        )
        return [_change(row) for row in rows]

    def at_offset(
        self,
        run_id: str,
        offset: int,
        limit: int,
        *,
        states: Collection[ChangeState] | None = None,
        actions: Collection[Action] | None = None,
        search: str = "",
    ) -> list[Change]:
        """Changes of a run in their order, leaving out the first ``offset`` ones."""
        where, parameters = _conditions(run_id, states, actions, search)
        rows = self._driver.execute(
            f"{_SELECT} FROM journal j WHERE {where} ORDER BY j.id LIMIT ? OFFSET ?",
            (*parameters, limit, offset),
        )
        return [_change(row) for row in rows]

    def of_record(self, sync_id: int, side: Side, object_key: str, record_id: str, limit: int) -> list[Change]:
        """Changes of one record that took effect, in all runs of a sync, the last one first.

        :param object_key: blank for the object that the sync writes itself.
        """
        rows = self._driver.execute(
            f"{_SELECT} FROM journal j JOIN run r ON r.number = j.run WHERE r.sync_id = ? AND j.side = ? "
            f"AND j.object = ? AND j.{side.value}_id = ? AND j.state = 'done' ORDER BY j.row DESC LIMIT ?",
            (sync_id, side.value, object_key, record_id, limit),
        )
        return [_change(row) for row in rows]

    def backwards(self, run_id: str, before_id: int | None, limit: int) -> list[Change]:
        """Changes of a run that took effect, the last one first, from the one before ``before_id``."""
        rows = self._driver.execute(
            f"{_SELECT} FROM journal j WHERE j.run = ?1 AND j.state = 'done' AND (?2 IS NULL OR j.id < ?2) "
            "ORDER BY j.id DESC LIMIT ?3",
            (self._number(run_id), before_id, limit),
        )
        return [_change(row) for row in rows]

    def get(self, run_id: str, change_id: int) -> Change | None:
        """One change of a run."""
        return next(iter(self.page(run_id, after_id=change_id - 1, limit=1)), None)

    def count(
        self,
        run_id: str,
        *,
        states: Collection[ChangeState] | None = None,
        actions: Collection[Action] | None = None,
        search: str = "",
    ) -> int:
        """How many changes of a run meet the conditions."""
        where, parameters = _conditions(run_id, states, actions, search)
        return self._driver.execute(f"SELECT count(*) FROM journal j WHERE {where}", parameters).fetchone()[0]

    def unresolved(self, sync_id: int) -> list[tuple[str, Change]]:
        """Changes whose outcome is not known: sent, without an end, oldest first, each with its run's id.

        Those of the latest run are left out while that run is under way.
        """
        rows = self._driver.execute(
            f"{_SELECT}, r.id FROM run r JOIN journal j ON j.run = r.number WHERE r.sync_id = ? AND j.state = 'sent' "
            "AND NOT (r.status = 'running' AND r.number = (SELECT max(number) FROM run WHERE sync_id = r.sync_id)) "
            "ORDER BY r.number, j.id",
            (sync_id,),
        )
        return [(row[-1], _change(row[:-1])) for row in rows]

    def tally(self, run_id: str) -> dict[tuple[Action, ChangeState], int]:
        """How many changes there are of each action and state."""
        rows = self._driver.execute(
            "SELECT action, state, count(*) FROM journal WHERE run = (SELECT number FROM run WHERE id = ?) "
            "GROUP BY action, state",
            (run_id,),
        )
        return {(Action(action), ChangeState(state)): count for action, state, count in rows}

    def _mark(self, run_id: str, state: ChangeState, ended: Iterable[tuple[int, Problem | None]], at: datetime) -> None:
        run = self._number(run_id)
        self._driver.executemany(
            "UPDATE journal SET state = ?, problem = ?, done_at = ? WHERE run = ? AND id = ?",
            [(state.value, problem and pack(problem), micros(at), run, change_id) for change_id, problem in ended],
        )

    def _number(self, run_id: str) -> int:
        row = self._driver.execute("SELECT number FROM run WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise NotFound("This run is not in the history any more.", "Start the sync again.")
        return row[0]


def _conditions(
    run_id: str, states: Collection[ChangeState] | None, actions: Collection[Action] | None, search: str
) -> tuple[str, list[Any]]:
    where, parameters = ["j.run = (SELECT number FROM run WHERE id = ?)"], [run_id]
    if states is not None:
        where.append("j.state IN (SELECT value FROM json_each(?))")
        parameters.append(id_list(states))
    if actions is not None:
        where.append("j.action IN (SELECT value FROM json_each(?))")
        parameters.append(id_list(actions))
    if search.strip():
        where.append("(instr(j.folded, ?) OR ? IN (j.left_id, j.right_id))")
        parameters += [search.strip().casefold(), search.strip()]
    return " AND ".join(where), parameters


def _parameters(run: int, change: Change) -> tuple[object, ...]:
    return (
        run,
        change.id,
        change.action.value,
        change.side.value,
        change.left_id,
        change.right_id,
        change.title,
        change.title.casefold(),
        pack_fields(change.fields),
        change.state.value,
        change.problem and pack(change.problem),
        change.sent_at and micros(change.sent_at),
        change.done_at and micros(change.done_at),
        change.object,
    )


def _change(row: Sequence[Any]) -> Change:
    (
        change_id,
        action,
        side,
        left_id,
        right_id,
        title,
        fields,
        state,
        problem,
        sent_at,
        done_at,
        object_key,
    ) = row
    return Change(
        change_id,
        Action(action),
        Side(side),
        left_id,
        right_id,
        title,
        unpack_fields(fields),
        ChangeState(state),
        problem and unpack_as(problem, Problem),
        None if sent_at is None else moment(sent_at),
        None if done_at is None else moment(done_at),
        object_key,
    )


def pack_fields(fields: Mapping[str, FieldChange]) -> bytes:
    """Changed fields as JSON, ``{key: [before, after]}``."""
    return pack({key: (change.before, change.after) for key, change in fields.items()})


def unpack_fields(data: bytes) -> dict[str, FieldChange]:
    """The changed fields that :func:`pack_fields` wrote."""
    pairs = unpack_as(data, dict[str, list[Any]])
    return {key: FieldChange(before, after) for key, (before, after) in pairs.items()}
