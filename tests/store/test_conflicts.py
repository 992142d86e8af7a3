"""Conflicts: what is known of an open question stays, and what a later run learns of it is added."""

from __future__ import annotations

import pytest

from desktop.domain.conflict import UNNAMED, Conflict, ConflictKind
from desktop.domain.mapping import Side
from desktop.store import Store
from tests.store.examples import NOW


def question(by: str = "", run_id: str = "a", left_id: str = "l1") -> Conflict:
    return Conflict(
        0,
        ConflictKind.FIELD,
        Side.LEFT,
        left_id,
        "r1",
        "Ada",
        run_id,
        NOW,
        "city",
        "town",
        "Here",
        "There",
        left_at=NOW,
        left_by=by,
    )


@pytest.mark.parametrize(
    ("first", "second", "known"),
    [("", f"{UNNAMED}7", f"{UNNAMED}7"), ("Bo", f"{UNNAMED}7", "Bo"), ("Bo", "", "Bo"), ("", "", "")],
    ids=["told later", "named already", "told once", "never told"],
)
def test_who_changed_a_record_stays_known_and_is_learnt_later(
    store: Store, sync_id: int, first: str, second: str, known: str
) -> None:
    for by in (first, second):
        store.call_sync(store.conflicts.put_many, sync_id, [question(by)])
    (kept,) = store.call_sync(store.conflicts.page, sync_id)
    assert kept.left_by == known


def test_a_run_raised_what_it_found_and_what_it_found_to_be_still_open(store: Store, sync_id: int) -> None:
    store.call_sync(store.conflicts.put_many, sync_id, [question(), question(left_id="l2")])
    store.call_sync(store.conflicts.put_many, sync_id, [question(run_id="b")])
    raised = [store.call_sync(store.conflicts.raised, run_id) for run_id in ("a", "b", "c")]
    assert raised == [1, 1, 0]
