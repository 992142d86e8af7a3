"""What the table of changes shows of a change."""

from __future__ import annotations

import pytest

from desktop.domain.change import Action, ChangeState, FieldChange
from desktop.domain.errors import Problem
from desktop.domain.mapping import Side
from desktop.domain.values import Json
from desktop.ui.syncs.changes_model import FOLDED, line_count, lines_of
from desktop.workspace.views import ChangeView

pytestmark = pytest.mark.usefixtures("theme")

BLANKS: list[Json] = [None, "", [], {}]


@pytest.mark.parametrize("told", range(FOLDED + 4))
@pytest.mark.parametrize("unfolded", [False, True])
@pytest.mark.parametrize("problem", [None, Problem("refused", "It was refused.", "")])
def test_a_row_is_as_high_as_its_lines(told: int, unfolded: bool, problem: Problem | None) -> None:
    fields = {f"Field {number}": FieldChange(None, number % 2 == 0) for number in range(told)}
    fields |= {f"Blank {number}": FieldChange(value, None) for number, value in enumerate(BLANKS)}
    change = ChangeView(
        1, Action.UPDATE, ChangeState.DONE, Side.RIGHT, "Order", "10001", "a", "1", fields, problem, "a"
    )
    lines = lines_of(change, {}, unfolded=unfolded)
    assert line_count(change, unfolded=unfolded) == len(lines)
    shown = told if unfolded else min(told, FOLDED + 1)
    assert len(lines) == shown + (problem is not None)
    assert not any(line.field.startswith("Blank") for line in lines)
