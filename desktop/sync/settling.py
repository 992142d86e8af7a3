"""Settling: what became of a chunk of changes, stored in one transaction with links, mirrors and questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from desktop.domain.change import Action, Change, FieldChange, RunResult
from desktop.domain.conflict import ConflictKind
from desktop.domain.errors import Problem
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.store import DueRow, Store
from desktop.sync.comparing import Comparison, renewed_link
from desktop.sync.endpoint import Place, Places
from desktop.sync.sending import CHANGED, GONE, MADE, Outcome, Task

_UNKNOWN = Problem("outcome_unknown", "It was sent, but is not shown yet.", "The next run looks for it.")
_CANCELLED = Problem("cancelled", "The run was cancelled before this was sent.", "Sync again to send it.")


@dataclass(slots=True)
class _Ends:
    """What a chunk came to, gathered so that each table is written once.

    :ivar skipped: changes that were not sent, and why.
    :ivar narrowed: changes of which only some fields were written, and those fields.
    :ivar written: by mirror, the place and its written records.
    :ivar gone: by mirror, ids of records that are not there.
    :ivar agreed: left id, right id and what they agree on since.
    :ivar settled: records that are not due any more.
    """

    done: list[tuple[int, str | None, str | None]] = field(default_factory=list[tuple[int, str | None, str | None]])
    failed: list[tuple[int, Problem]] = field(default_factory=list[tuple[int, Problem]])
    skipped: list[tuple[int, Problem]] = field(default_factory=list[tuple[int, Problem]])
    narrowed: list[tuple[int, Mapping[str, FieldChange]]] = field(
        default_factory=list[tuple[int, Mapping[str, FieldChange]]]
    )
    due: list[DueRow] = field(default_factory=list[DueRow])
    written: dict[int, tuple[Place, list[Record]]] = field(default_factory=dict[int, tuple[Place, list[Record]]])
    gone: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    agreed: list[tuple[str, str, Comparison]] = field(default_factory=list[tuple[str, str, Comparison]])
    unlinked: list[str] = field(default_factory=list[str])
    settled: list[tuple[Side, str]] = field(default_factory=list[tuple[Side, str]])


class Settler:
    """Stores the outcomes of one run and counts them.

    :ivar done: changes dealt with.
    :ivar carried: referenced records that were created.
    :ivar again: by side, ids of records whose plan did not hold: they are to be planned once more.
    """

    def __init__(
        self, store: Store, sync_id: int, run_id: str, places: Places, result: RunResult, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._sync_id = sync_id
        self._run_id = run_id
        self._places = places
        self._result = result
        self._now = now
        self.done = 0
        self.carried = 0
        self.failed_linked = dict.fromkeys(Side, 0)
        self.again: dict[Side, list[str]] = {side: [] for side in Side}

    def settle(self, outcomes: Sequence[Outcome], unsent: Sequence[Change]) -> None:
        """Store all outcomes of a chunk. Runs in a transaction of the store."""
        now = self._now()
        ends = _Ends(skipped=[(change.id, _CANCELLED) for change in unsent])
        for outcome in outcomes:
            self._settle_one(outcome, now, ends)
        self._store_records(ends)
        self._store_links(ends, now)
        self._store.due.put_many(self._sync_id, ends.due)
        for side in Side:
            self._store.due.remove(self._sync_id, side, [item for on, item in ends.settled if on is side])
        journal = self._store.journal
        journal.mark_done(self._run_id, ends.done, now)
        journal.mark_failed(self._run_id, ends.failed, now)
        journal.mark_skipped(self._run_id, ends.skipped, now)
        journal.narrow(self._run_id, ends.narrowed)

    def _store_records(self, ends: _Ends) -> None:
        for place, records in ends.written.values():
            self._store.mirror.put(place.mirror, place.schema, records)
        for mirror, ids in ends.gone.items():
            self._store.mirror.mark_gone(mirror, ids)

    def _store_links(self, ends: _Ends, now: datetime) -> None:
        """Renew the links' bases as they are by now: two changes of one pair may end in one chunk."""
        links = self._store.links.by_ids(self._sync_id, Side.LEFT, [left_id for left_id, _right, _found in ends.agreed])
        for left_id, right_id, comparison in ends.agreed:
            known = links.get(left_id)
            known = known if known and known.right_id == right_id else None
            links[left_id] = renewed_link(known, left_id, right_id, comparison.bases, now)
        self._store.links.put_many(self._sync_id, [links[left_id] for left_id, _right, _found in ends.agreed])
        self._store.links.remove(self._sync_id, ends.unlinked)
        self._close_questions(ends)

    def _close_questions(self, ends: _Ends) -> None:
        """What a person decided and is written now is no question any more; nor is what was deleted."""
        if not self._store.conflicts.any(self._sync_id):
            return
        ids = [left_id for left_id, _right, _found in ends.agreed] + ends.unlinked
        found = self._store.conflicts.of_records(self._sync_id, Side.LEFT, ids)
        unlinked = set(ends.unlinked)
        over = [
            item.id
            for left_id, items in found.items()
            for item in items
            if left_id in unlinked or (item.decision and item.kind is ConflictKind.FIELD)
        ]
        self._store.conflicts.remove(self._sync_id, over)

    def _settle_one(self, outcome: Outcome, now: datetime, ends: _Ends) -> None:
        task, record = outcome.task, outcome.record
        self.done += 1
        self._note_presence(outcome, ends)
        if outcome.again and not task.carried:
            self._replan(task)
        if outcome.deleted or outcome.problem is GONE:
            self._settle_deleted(outcome, ends)
            return
        if record is None or outcome.awaits_id or (outcome.problem and outcome.again and outcome.comparison is None):
            self._fail(outcome, outcome.problem or _UNKNOWN, now, ends)
            return
        ends.written.setdefault(task.place.mirror, (task.place, []))[1].append(record)
        source_id = task.change.id_on(task.side.other) or ""
        left_id, right_id = (record.id, source_id) if task.side is Side.LEFT else (source_id, record.id)
        if outcome.comparison is not None:
            ends.agreed.append((left_id, right_id, outcome.comparison))
        if not outcome.again:
            ends.settled += [(task.side.other, source_id), (task.side, record.id)]
        self._journal(outcome, left_id, right_id, ends)
        self._count(outcome)

    def _journal(self, outcome: Outcome, left_id: str, right_id: str, ends: _Ends) -> None:
        """What was written, and nothing that was not."""
        change = outcome.task.change
        kept = {key: item for key, item in change.fields.items() if key not in outcome.left_out}
        if outcome.left_out and not kept:
            ends.skipped.append((change.id, MADE if change.action is Action.CREATE else CHANGED))
            return
        ends.done.append((change.id, left_id, right_id))
        if outcome.left_out:
            ends.narrowed.append((change.id, kept))

    def _note_presence(self, outcome: Outcome, ends: _Ends) -> None:
        task = outcome.task
        if outcome.gone and task.target_id:
            ends.gone.setdefault(task.place.mirror, []).append(task.target_id)
        if outcome.back is not None:
            other = self._places.on(task.side.other)
            ends.written.setdefault(other.mirror, (other, []))[1].append(outcome.back)
        if outcome.record is not None and outcome.problem and outcome.record.id:
            ends.written.setdefault(task.place.mirror, (task.place, []))[1].append(outcome.record)

    def _replan(self, task: Task) -> None:
        source_id = task.change.id_on(task.side.other)
        if task.change.action is Action.DELETE and task.target_id:
            self.again[task.side].append(task.target_id)
        elif source_id:
            self.again[task.side.other].append(source_id)

    def _settle_deleted(self, outcome: Outcome, ends: _Ends) -> None:
        task, change = outcome.task, outcome.task.change
        if task.target_id:
            ends.gone.setdefault(task.place.mirror, []).append(task.target_id)
            ends.settled.append((task.side, task.target_id))
        if change.left_id:
            ends.unlinked.append(change.left_id)
        if not outcome.deleted:
            ends.skipped.append((change.id, GONE))
            return
        ends.done.append((change.id, change.left_id, change.right_id))
        self._result.counts(task.side).deleted += 1

    def _fail(self, outcome: Outcome, problem: Problem, now: datetime, ends: _Ends) -> None:
        task = outcome.task
        if outcome.again and not task.carried:
            ends.skipped.append((task.change.id, problem))
            return
        ends.failed.append((task.change.id, problem))
        self._result.counts(task.side).failed += 1
        self.failed_linked[task.side] += task.link is not None
        if task.carried:
            return
        side = task.side if task.change.action is Action.DELETE else task.side.other
        record_id = task.change.id_on(side)
        if record_id:
            ends.due.append(DueRow(side, record_id, task.change.title, problem, self._run_id, 1, now))

    def _count(self, outcome: Outcome) -> None:
        if outcome.again and outcome.comparison is None:
            return
        counts = self._result.counts(outcome.task.side)
        if outcome.task.carried:
            self.carried += 1
        elif outcome.task.change.action is Action.CREATE:
            counts.created += 1
        elif outcome.comparison is not None and outcome.comparison.writes[outcome.task.side]:
            counts.updated += 1
