"""Links, runs, the journal, due records and leases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from desktop.domain.change import Action, Change, ChangeState, RunStatus
from desktop.domain.errors import Ambiguous, CrosswalkError, NotFound, Problem
from desktop.domain.mapping import Side
from desktop.store import DueRow, Link, Store
from tests.store.examples import NOW, change, sync_row

_PROBLEM = Problem("record_refused", "The e-mail is not valid.", "Correct it.", place="email")
_LATER = NOW + timedelta(minutes=5)


def link(left: str, right: str, total: str = "1") -> Link:
    return Link(left, right, {"total": total, "tags": ["a"]}, {"amount": total, "tags": None}, NOW)


def test_links_are_found_from_both_sides(store: Store, sync_id: int) -> None:
    store.call_sync(store.links.put_many, sync_id, [link("l1", "r1"), link("l2", "r2")])
    other = store.call_sync(store.syncs.add, sync_row("Other"))
    store.call_sync(store.links.put_many, other, [link("l1", "r2")])
    assert store.call_sync(store.links.by_ids, sync_id, Side.LEFT, ["l1", "no"]) == {"l1": link("l1", "r1")}
    assert store.call_sync(store.links.by_ids, sync_id, Side.RIGHT, ["r2", "r1"]) == {
        "r1": link("l1", "r1"),
        "r2": link("l2", "r2"),
    }
    assert store.call_sync(store.links.count, sync_id) == 2


def test_a_link_is_replaced_by_its_left_id(store: Store, sync_id: int) -> None:
    store.call_sync(store.links.put_many, sync_id, [link("l1", "r1"), link("l2", "r2")])
    store.call_sync(store.links.put_many, sync_id, [link("l1", "r9", "2"), link("l1", "r2", "3"), link("l2", "r1")])
    assert store.call_sync(store.links.by_ids, sync_id, Side.LEFT, ["l1", "l2"]) == {
        "l1": link("l1", "r2", "3"),
        "l2": link("l2", "r1"),
    }


def test_a_record_is_linked_once_only(store: Store, sync_id: int) -> None:
    store.call_sync(store.links.put_many, sync_id, [link("l1", "r1")])
    with pytest.raises(Ambiguous, match="r1 is already linked to l1, so it can't be linked to l2"):
        store.call_sync(store.links.put_many, sync_id, [link("l3", "r3"), link("l2", "r1")])
    with pytest.raises(Ambiguous, match="r5"):
        store.call_sync(store.links.put_many, sync_id, [link("l5", "r5"), link("l6", "r5")])
    assert store.call_sync(store.links.count, sync_id) == 1


def test_a_links_id_can_follow_a_merge(store: Store, sync_id: int) -> None:
    store.call_sync(store.links.put_many, sync_id, [link("l1", "r1"), link("l2", "r2")])
    store.call_sync(store.links.replace_id, sync_id, Side.RIGHT, "r1", "r7")
    assert list(store.call_sync(store.links.by_ids, sync_id, Side.RIGHT, ["r1", "r7"])) == ["r7"]
    with pytest.raises(Ambiguous, match="r2"):
        store.call_sync(store.links.replace_id, sync_id, Side.RIGHT, "r7", "r2")
    store.call_sync(store.links.remove, sync_id, ["l1", "no"])
    assert store.call_sync(store.links.count, sync_id) == 1


def begin(store: Store, sync_id: int, *run_ids: str) -> None:
    for run_id in run_ids:
        store.call_sync(store.runs.begin, run_id, sync_id, NOW, RunStatus.RUNNING, "manual")


def test_runs_are_listed_newest_first(store: Store, sync_id: int) -> None:
    other = store.call_sync(store.syncs.add, sync_row("Other"))
    begin(store, sync_id, "a", "b")
    begin(store, other, "c")
    store.call_sync(store.runs.update_result, "a", RunStatus.RUNNING, {"conflicts": 1})
    store.call_sync(store.runs.end, "a", RunStatus.COMPLETED, {"conflicts": 2}, _LATER)
    ended = store.call_sync(store.runs.get, "a")
    assert (ended.status, ended.result, ended.started_at, ended.ended_at, ended.trigger) == (
        RunStatus.COMPLETED,
        {"conflicts": 2},
        NOW,
        _LATER,
        "manual",
    )
    assert [row.id for row in store.call_sync(store.runs.recent, None, 2)] == ["c", "b"]
    assert [row.id for row in store.call_sync(store.runs.recent, None, 9, "c")] == ["b", "a"]
    assert [row.id for row in store.call_sync(store.runs.recent, sync_id, 9)] == ["b", "a"]
    assert [row.id for row in store.call_sync(store.runs.unfinished, sync_id)] == ["b"]
    last = store.call_sync(store.runs.last, sync_id)
    assert last is not None
    assert last.id == "b"
    with pytest.raises(NotFound):
        store.call_sync(store.runs.end, "x", RunStatus.FAILED, None, NOW)


def test_the_journal_gives_back_what_was_noted(store: Store, sync_id: int) -> None:
    begin(store, sync_id, "a")
    changes = [change(1), replace(change(2), object="contact", action=Action.CREATE, left_id=None, problem=_PROBLEM)]
    store.call_sync(store.journal.add, "a", changes)
    assert store.call_sync(store.journal.page, "a") == changes
    with pytest.raises(NotFound):
        store.call_sync(store.journal.add, "x", changes)


def test_a_change_is_noted_once(store: Store, sync_id: int) -> None:
    begin(store, sync_id, "a")
    store.call_sync(store.journal.add, "a", [change(1)])
    with pytest.raises(CrosswalkError):
        store.call_sync(store.journal.add, "a", [change(2), change(1, "Another title")])
    assert store.call_sync(store.journal.page, "a") == [change(1)]


def test_a_changes_fate_is_filled_in_and_its_values_stay(store: Store, sync_id: int) -> None:
    begin(store, sync_id, "a")
    store.call_sync(store.journal.add, "a", [change(number) for number in range(1, 5)])
    store.call_sync(store.journal.mark_sent, "a", [1, 2, 3], NOW)
    store.call_sync(store.journal.mark_done, "a", [(1, None, "right-1")], _LATER)
    store.call_sync(store.journal.mark_failed, "a", [(2, _PROBLEM)], _LATER)
    store.call_sync(store.journal.mark_skipped, "a", [(4, None)], _LATER)
    sent = replace(change(1), sent_at=NOW)
    assert store.call_sync(store.journal.page, "a") == [
        replace(sent, state=ChangeState.DONE, right_id="right-1", done_at=_LATER),
        replace(change(2), state=ChangeState.FAILED, sent_at=NOW, done_at=_LATER, problem=_PROBLEM),
        replace(change(3), state=ChangeState.SENT, sent_at=NOW),
        replace(change(4), state=ChangeState.SKIPPED, done_at=_LATER),
    ]
    assert store.call_sync(store.journal.tally, "a") == {
        (Action.UPDATE, state): 1
        for state in (ChangeState.DONE, ChangeState.FAILED, ChangeState.SENT, ChangeState.SKIPPED)
    }


def numbers(changes: list[Change]) -> list[int]:
    return [item.id for item in changes]


def test_the_journal_is_paged_filtered_and_searched(store: Store, sync_id: int) -> None:
    begin(store, sync_id, "a", "b")
    actions = (Action.CREATE, Action.UPDATE)
    store.call_sync(
        store.journal.add, "a", [change(number, f"Ordér {number}", actions[number % 2]) for number in range(1, 31)]
    )
    store.call_sync(store.journal.add, "b", [change(1)])
    store.call_sync(store.journal.mark_failed, "a", [(4, _PROBLEM), (5, _PROBLEM)], NOW)
    page, journal = store.call_sync, store.journal
    assert numbers(page(journal.page, "a", after_id=10, limit=3)) == [11, 12, 13]
    assert numbers(page(journal.at_offset, "a", 28, 10)) == [29, 30]
    assert numbers(page(journal.page, "a", states=[ChangeState.FAILED])) == [4, 5]
    assert numbers(page(journal.page, "a", states=[ChangeState.FAILED], actions=[Action.CREATE])) == [4]
    assert numbers(page(journal.page, "a", states=[])) == []
    assert numbers(page(journal.page, "a", search="ORDÉR 2", limit=3)) == [2, 20, 21]
    assert numbers(page(journal.at_offset, "a", 1, 2, search="ordér 2")) == [20, 21]
    assert numbers(page(journal.page, "a", search="left-7")) == [7]
    assert page(journal.count, "a") == 30
    assert page(journal.count, "a", actions=[Action.CREATE], search="order") == 0
    assert page(journal.count, "a", states=[ChangeState.PLANNED], actions=[Action.CREATE]) == 14
    assert page(journal.get, "a", 7) == change(7, "Ordér 7", Action.UPDATE)
    assert page(journal.get, "a", 31) is None


def test_changes_of_unknown_outcome_are_found_but_for_the_run_under_way(store: Store, sync_id: int) -> None:
    begin(store, sync_id, "killed", "ended", "now")
    for run_id in ("killed", "ended", "now"):
        store.call_sync(store.journal.add, run_id, [change(1), change(2)])
        store.call_sync(store.journal.mark_sent, run_id, [2], NOW)
    store.call_sync(store.runs.end, "ended", RunStatus.CANCELLED, None, NOW)
    sent = replace(change(2), state=ChangeState.SENT, sent_at=NOW)
    assert store.call_sync(store.journal.unresolved, sync_id) == [("killed", sent), ("ended", sent)]
    store.call_sync(store.journal.mark_done, "ended", [(2, None, "r")], NOW)
    store.call_sync(store.runs.end, "now", RunStatus.INTERRUPTED, None, NOW)
    assert [run_id for run_id, _change in store.call_sync(store.journal.unresolved, sync_id)] == ["killed", "now"]


def due_row(record_id: str, run_id: str = "a", minutes: int = 0) -> DueRow:
    return DueRow(Side.LEFT, record_id, "Order", _PROBLEM, run_id, 1, NOW + timedelta(minutes=minutes))


def test_due_records_count_the_runs_that_failed_on_them(store: Store, sync_id: int) -> None:
    def page() -> list[DueRow]:
        return store.call_sync(store.due.page, sync_id, 0, 9)

    store.call_sync(store.due.put_many, sync_id, [due_row("2"), due_row("1", minutes=1)])
    store.call_sync(store.due.put_many, sync_id, [due_row("2")])
    assert page() == [due_row("2"), due_row("1", minutes=1)]
    store.call_sync(store.due.put_many, sync_id, [due_row("2", "b", 5), due_row("1", "b", 5)])
    assert page() == [replace(due_row("2", "b"), attempts=2), replace(due_row("1", "b", 1), attempts=2)]
    store.call_sync(store.due.put_many, sync_id, [replace(due_row("2", "c"), attempts=7, side=Side.RIGHT)])
    assert store.call_sync(store.due.count, sync_id) == 3
    assert sorted(store.call_sync(store.due.ids, sync_id)) == ["1", "2", "2"]
    assert store.call_sync(store.due.ids, sync_id, Side.RIGHT) == ["2"]
    assert len(store.call_sync(store.due.page, sync_id, 1, 1)) == 1
    store.call_sync(store.due.remove, sync_id, Side.LEFT, ["2", "no"])
    assert [(row.side, row.record_id) for row in page()] == [(Side.RIGHT, "2"), (Side.LEFT, "1")]


def test_a_lease_has_one_owner_until_it_expires(store: Store, sync_id: int) -> None:
    leases, call = store.leases, store.call_sync
    assert call(leases.acquire, sync_id, "one", NOW, 60)
    assert not call(leases.acquire, sync_id, "two", NOW + timedelta(seconds=59), 60)
    assert call(leases.holder, sync_id) == "one"
    assert call(leases.acquire, sync_id, "one", NOW, 60)
    assert call(leases.renew, sync_id, "one", NOW + timedelta(seconds=59), 60)
    assert not call(leases.acquire, sync_id, "two", NOW + timedelta(seconds=61), 60)
    assert call(leases.holder, sync_id, NOW + timedelta(seconds=200)) is None
    assert call(leases.acquire, sync_id, "two", NOW + timedelta(seconds=119), 60)
    assert not call(leases.renew, sync_id, "one", NOW, 60)
    call(leases.release, sync_id, "one")
    assert call(leases.holder, sync_id) == "two"
    call(leases.release, sync_id, "two")
    assert call(leases.holder, sync_id) is None


def test_removing_a_sync_takes_everything_of_it(store: Store, sync_id: int) -> None:
    begin(store, sync_id, "a")
    store.call_sync(store.journal.add, "a", [change(1)])
    store.call_sync(store.links.put_many, sync_id, [link("l", "r")])
    store.call_sync(store.due.put_many, sync_id, [due_row("1")])
    store.call_sync(store.leases.acquire, sync_id, "one", NOW, 60)
    store.call_sync(store.syncs.remove, sync_id)
    sizes = store.call_sync(store.sizes)
    assert (sizes.syncs, sizes.runs, sizes.changes, sizes.links) == (0, 0, 0, 0)
    assert store.call_sync(store.due.count, sync_id) == 0
    assert store.call_sync(store.leases.holder, sync_id) is None
