"""A part of the table of faults: each pair of platforms under one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.fault_table import KINDS, row
from tests.sync.test_platform_pairs import BOTH_WAYS, Pair

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("pair", "kind"),
    [(pair, KINDS[at % len(KINDS)]) for at, pair in enumerate(BOTH_WAYS)],
    ids=[f"{pair.definition().name} {KINDS[at % len(KINDS)]}" for at, pair in enumerate(BOTH_WAYS)],
)
async def test_a_pair_under_a_fault_ends_honestly_and_then_converges(pair: Pair, kind: str, tmp_path: Path) -> None:
    when = "after" if kind in ("reset", "truncate") else "before"
    assert (await row(pair, kind, when, tmp_path)).runs <= 3
