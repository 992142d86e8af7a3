"""Random edits, creates and deletes on both sides, random kills, faults and clocks; then everything is in step again.

The suite runs a few short sequences. The long mode, for a machine that has the time::

    CROSSWALK_SEQUENCES=2000 python -m pytest tests/sync/test_machine.py --timeout 0
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest import TestCase
from unittest.mock import patch

import anyio
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, seed, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from desktop.connectors.clock import SystemClock
from desktop.domain.change import Action, Change, ChangeState, Phase, Progress, RunResult, RunStatus
from desktop.domain.conflict import Conflict, ConflictKind, Decision
from desktop.domain.definition import DeleteRule
from desktop.domain.mapping import ConflictRule, Direction, Side
from desktop.sandbox.server import SandboxServer
from desktop.workspace.demo import CONTACTS, connect_both
from desktop.workspace.workspace import Workspace
from tests.sync.crash_driver import open_persistent
from tests.sync.fuse import Killed, fused
from tests.sync.people import FIELDS, PLATFORMS, People

T = TypeVar("T")

LONG = int(os.environ.get("CROSSWALK_SEQUENCES", "0"))
EACH = LONG or 4
"""Sequences of one test: the suite has three of them, so that each ends in time also on a busy machine."""
NAME = CONTACTS.name
PAIRS = tuple(pair for pair in CONTACTS.fields if pair.left in ("email", *FIELDS))
BOTH = replace(CONTACTS, direction=Direction.TWO_WAY, fields=PAIRS, delete_limit_percent=100)
SKEWS = [-7200, -90, 0, 90, 86_400]
"""By how many seconds a clock may be off: none of them is the right one."""
EMAILS = [f"{name}@example.com" for name in ("ada", "bo", "cy", "di")]
VALUES = ["Red", "Blue", "Green", ""]

sides, emails, fields = st.sampled_from(Side), st.sampled_from(EMAILS), st.sampled_from(FIELDS)


class Machine(RuleBasedStateMachine):
    """Two platforms, a workspace, and what people did on either side.

    :ivar said: what a person wrote last, by side, address and field, for the record that is there now.
    :ivar deleted: addresses that a person deleted on a side and nobody made again there.
    """

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal())
        self._server = self._stack.enter_context(SandboxServer(records=0, seed=3, limits="off"))
        self._folder = Path(tempfile.mkdtemp(prefix="crosswalk-machine-"))
        self._people = People(self._server)
        self._stack.callback(self._people.close)
        self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
        platforms = self._server.ready["platforms"]
        self._tokens = {1: platforms["highlevel"]["token"], 2: platforms["activecampaign"]["token"]}
        self._workspace: Workspace | None = None
        self._skew = timedelta()
        self._stack.enter_context(patch.object(SystemClock, "now", lambda _clock: self._now()))
        self._rule = ConflictRule.ASK
        self._delete = DeleteRule.KEEP
        self.said: dict[tuple[Side, str, str], str] = {}
        self.deleted: set[tuple[Side, str]] = set()

    @initialize(
        conflict=st.sampled_from(ConflictRule),
        delete=st.sampled_from(DeleteRule),
        skews=st.tuples(st.sampled_from(SKEWS), st.sampled_from(SKEWS)),
    )
    def open(self, conflict: ConflictRule, delete: DeleteRule, skews: tuple[int, int]) -> None:
        self._rule, self._delete = conflict, delete
        for side, seconds in zip(Side, skews, strict=True):
            self._people.control.configure(platform=PLATFORMS[side], clock_skew_seconds=seconds)

        async def begin() -> None:
            self._workspace = await open_persistent(self._folder, {}, self._now)
            await connect_both(self._workspace, self._server.ready)
            await self._workspace.syncs.save(replace(BOTH, conflict=conflict, delete=delete))

        self._do(begin)

    # What people do

    @rule(side=sides, email=emails, first=st.sampled_from(VALUES[:3]), last=st.sampled_from(VALUES[:3]))
    def create(self, side: Side, email: str, first: str, last: str) -> None:
        if email in self._people.on(side):
            return
        self._people.create(side, email, firstName=first, lastName=last)
        self.deleted.discard((side, email))
        self.said[side, email, "firstName"], self.said[side, email, "lastName"] = first, last

    @rule(side=sides, email=emails, field=fields, value=st.sampled_from(VALUES))
    def edit(self, side: Side, email: str, field: str, value: str) -> None:
        if email in self._people.on(side):
            self._people.change(side, email, **{field: value})
            self.said[side, email, field] = value

    @rule(side=sides, email=emails)
    def delete(self, side: Side, email: str) -> None:
        if email in self._people.on(side):
            self._people.delete(side, email)
            self.deleted.add((side, email))
            for field in FIELDS:
                self.said.pop((side, email, field), None)

    @rule(decision=st.sampled_from([Decision.LEFT, Decision.RIGHT, Decision.BOTH]))
    def decide(self, decision: Decision) -> None:
        for item in self._conflicts():
            if item.kind is ConflictKind.DELETED and decision is Decision.BOTH:
                continue
            self._do(self._syncs.settle, NAME, [item.id], decision.value)

    # What time does

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._skew

    @rule(seconds=st.sampled_from(SKEWS))
    def set_this_computers_clock(self, seconds: int) -> None:
        self._skew = timedelta(seconds=seconds)

    @rule(seconds=st.sampled_from([1, 60, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self._people.control.advance(seconds)

    # What the engine does

    @rule()
    def run(self) -> None:
        result = self._run()
        assert result.status in (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS, RunStatus.NEEDS_CONFIRMATION)

    @rule(side=sides, email=emails, field=fields, value=st.sampled_from(VALUES), phase=st.sampled_from(Phase))
    def run_while_somebody_edits(self, side: Side, email: str, field: str, value: str, phase: Phase) -> None:
        edits = iter([value])

        def watch(progress: Progress) -> None:
            if progress.phase is phase:
                for edit in edits:
                    self.edit(side, email, field, edit)

        self._run(watch=watch)

    @rule()
    def preview(self) -> None:
        before = self._people.writes()
        self._do(self._syncs.preview, NAME)
        assert self._people.writes() == before

    @rule(step=st.integers(1, 40))
    def killed_run(self, step: int) -> None:
        with fused(step) as fuse:
            self._do(self._dying)
        if fuse.blown:
            self._restart()

    @rule(
        side=sides,
        kind=st.sampled_from(["500", "429", "reset", "truncate"]),
        when=st.sampled_from(["before", "after"]),
        count=st.integers(1, 2),
    )
    def run_under_faults(self, side: Side, kind: str, when: str, count: int) -> None:
        if not (kind == "429" and when == "after"):
            self._people.control.fault(kind, platform=PLATFORMS[side], next=count, when=when)
        self._run()
        self._people.control.delete("faults")

    @precondition(lambda self: self._workspace is not None)
    @rule()
    def comes_into_step(self) -> None:
        """After at most three runs without trouble, all promises hold."""
        for _ in range(3):
            result = self._run(confirmed=True)
            assert result.status in (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS), result.error
        before = self._people.writes()
        again = self._run(confirmed=True)
        assert self._people.writes() == before, again
        self._agree()
        self._keep_what_people_wrote()
        self._delete_only_what_people_deleted()

    def teardown(self) -> None:
        try:
            if self._workspace is not None:
                self.comes_into_step()
        finally:
            if self._workspace is not None:
                self._do(self._workspace.aclose)
            self._stack.close()
            # Within one test nobody else does; the suite’s own objects are left alone.
            gc.collect(1)

    # The promises

    def _agree(self) -> None:
        left, right = self._people.on(Side.LEFT), self._people.on(Side.RIGHT)
        open_ = {(item.left_id, item.left_field) for item in self._conflicts() if item.kind is ConflictKind.FIELD}
        for email in left.keys() & right.keys():
            for field in FIELDS:
                here, there = left[email].get(field) or "", right[email].get(field) or ""
                asked = (left[email]["id"], field) in open_
                assert asked or not here or not there or here == there, (email, field, here, there)
        if self._delete is DeleteRule.PROPAGATE and not self._conflicts():
            failed = {item.title for item in self._do(self._syncs.failures, NAME)}
            assert (left.keys() ^ right.keys()) <= failed | {email for _side, email in self.deleted}

    def _keep_what_people_wrote(self) -> None:
        """What a person wrote last is there, or stands in the journal as what was overwritten."""
        overwritten = self._overwritten()
        for (side, email, field), value in self.said.items():
            record = self._people.on(side).get(email)
            now = (record or {}).get(field) or ""
            assert now == value or not value or (side, email, field, value) in overwritten, (side, email, field, value)

    def _delete_only_what_people_deleted(self) -> None:
        for side, email in {(side, email) for side, email, _field in self.said}:
            if email not in self._people.on(side):
                assert self._delete is DeleteRule.PROPAGATE, (side, email)
                assert (side.other, email) in self.deleted or email in self._people.on(side.other), (side, email)

    def _overwritten(self) -> set[tuple[Side, str, str, str]]:
        found: set[tuple[Side, str, str, str]] = set()
        emails_by_id: dict[tuple[Side, str], str] = {}
        for change in self._journal():
            own, email = change.id_on(change.side), change.fields.get("email")
            if change.action is not Action.UPDATE and own and email:
                emails_by_id[change.side, own] = str(email.after or email.before)
        for side in Side:
            emails_by_id.update({(side, item["id"]): email for email, item in self._people.on(side).items()})
        for change in self._journal():
            address = emails_by_id.get((change.side, change.id_on(change.side) or ""))
            for field, item in change.fields.items():
                found.add((change.side, str(address), field, str(item.before or "")))
        return found

    # The workspace

    @property
    def _syncs(self) -> Any:
        assert self._workspace is not None
        return self._workspace.syncs

    def _do(self, work: Callable[..., Awaitable[T]], *args: Any) -> T:
        return self._portal.call(work, *args)

    def _run(self, **options: Any) -> RunResult:
        result = self._do(lambda: self._syncs.run(NAME, **options))
        for side in Side if result.status is not RunStatus.NEEDS_CONFIRMATION else ():
            counts = result.counts(side)
            done = self._done(result.run_id, side)
            assert (counts.created, counts.updated, counts.deleted) == done, (side, counts, done)
        return result

    def _done(self, run_id: str, side: Side) -> tuple[int, int, int]:
        changes = [item for item in self._journal(run_id) if item.side is side and item.state is ChangeState.DONE]
        actions = [item.action for item in changes]
        created, deleted = actions.count(Action.CREATE), actions.count(Action.DELETE)
        return created, actions.count(Action.UPDATE), deleted

    async def _dying(self) -> None:
        try:
            await self._syncs.run(NAME, confirmed=True)
        except BaseException as error:
            if isinstance(error, anyio.get_cancelled_exc_class()) or not _is_kill(error):
                raise

    def _restart(self) -> None:
        async def again() -> None:
            if self._workspace is not None:
                await self._workspace.aclose()
            self._workspace = await open_persistent(self._folder, self._tokens, self._now)

        self._do(again)

    def _conflicts(self) -> list[Conflict]:
        async def read() -> list[Conflict]:
            store = self._syncs._store
            row = await self._syncs._row(NAME)
            return await store.read(store.conflicts.page, row.id)

        return self._do(read)

    def _journal(self, run_id: str | None = None) -> list[Change]:
        async def read() -> list[Change]:
            runs = [run_id] if run_id else [run.id for run in await self._workspace.activity.runs(NAME, 500)]  # type: ignore[union-attr]
            found: list[Change] = []
            for one in runs:
                found += await self._workspace.activity.raw_changes(one, 0, 1000)  # type: ignore[union-attr]
            return found

        return self._do(read)


def _is_kill(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is_kill(item) for item in error.exceptions)
    return isinstance(error, Killed)


_SETTINGS = settings(
    max_examples=EACH,
    stateful_step_count=12,
    deadline=None,
    # A story of a dozen steps is read as it is: making it shorter takes minutes.
    phases=(Stage.explicit, Stage.reuse, Stage.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
)


def part(number: int) -> type[TestCase]:
    """The test of one part; where sequences are always the same, each part has its own."""
    machine = type(f"Machine{number}", (Machine,), {})
    if os.environ.get("CI"):
        machine = seed(number)(machine)
    machine.TestCase.settings = _SETTINGS
    return machine.TestCase


TestMachine = part(1)
if not LONG:
    TestMachineToo, TestMachineAgain = part(2), part(3)
