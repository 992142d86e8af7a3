"""What a form holds: edits over a base, what is wrong, what collides."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from desktop.domain.errors import Problem
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType, Value
from desktop.ui.data.form_state import FormState, Typed
from desktop.ui.data.typing_in import number_problem, read_clock, read_day, read_number, write_number
from desktop.workspace.views import Collision

SCHEMA = ObjectSchema(
    key="orders",
    label="Order",
    plural="Orders",
    title="number",
    fields=(
        *system_fields(),
        Field("number", "Number", FieldType.TEXT, required=True),
        Field("note", "Note", FieldType.LONG_TEXT, max_length=5),
        Field("status", "Status", FieldType.CHOICE, options=(Option("new", "New"), Option("sent", "Sent"))),
        Field("weight", "Weight", FieldType.NUMBER, scale=1),
        Field("score", "Score", FieldType.NUMBER, read_only=True),
    ),
)


def record(**values: Value) -> Record:
    return Record("orders", "1", {"number": "10", "note": "hi", "status": "new", "weight": Decimal(2), **values})


def test_typing_the_old_value_again_is_no_edit() -> None:
    state = FormState(SCHEMA, record())
    state.put("number", Typed("11"))
    assert state.patch() == {"number": "11"}
    state.put("number", Typed(" 10 "))
    assert state.changes == 0


def test_text_that_is_no_value_stays_and_is_not_sent() -> None:
    state = FormState(SCHEMA, record())
    state.put("weight", Typed(text="much", problem="“much” is not a number."))
    state.put("number", Typed("11"))
    assert state.patch() == {"number": "11"}
    assert state.current("weight").text == "much"
    assert state.check() == {"weight": "“much” is not a number."}
    assert state.has_unreadable


def test_a_required_field_is_asked_for_only_once_saving_was_tried() -> None:
    state = FormState(SCHEMA, None)
    assert state.problems() == {}
    assert state.check() == {"number": "Number is required."}
    state.put("number", Typed("12"))
    assert state.problems() == {}


def test_limits_are_told_while_typing() -> None:
    state = FormState(SCHEMA, record())
    state.put("note", Typed("too long"))
    assert "at most 5" in state.problem("note")
    state.put("weight", Typed(Decimal("2.55")))
    assert state.problem("weight") == "Weight keeps 1 decimal; this has 2."


def test_a_refusal_is_marked_until_the_field_is_typed_in() -> None:
    state = FormState(SCHEMA, record())
    state.put("number", Typed("11"))
    elsewhere = Problem("x", "The account is closed.", place="")
    assert state.refuse([Problem("x", "Taken.", "Choose another.", place="number"), elsewhere]) == [elsewhere]
    assert state.problem("number") == "Taken. Choose another."
    state.put("number", Typed("12"))
    assert state.problem("number") == ""


def test_a_newer_copy_changes_all_fields_but_the_edited_ones_ground() -> None:
    state = FormState(SCHEMA, record())
    state.put("note", Typed("mine"))
    state.refresh(record(note="theirs", number="99"))
    assert state.current("number").value == "99"
    assert state.current("note").value == "mine"
    assert state.original("note") == "hi"


@pytest.mark.parametrize(("choice", "patch"), [("mine", {"note": "mine"}), ("theirs", {})])
def test_a_collision_waits_for_a_choice(choice, patch) -> None:
    state = FormState(SCHEMA, record())
    state.put("note", Typed("mine"))
    state.collide(record(note="them", number="99"), [Collision("note", "hi", "them", "mine")])
    assert state.unresolved() == ("note",)
    assert state.current("number").value == "99"
    state.put("note", state.resolve("note", choice))
    assert state.unresolved() == ()
    assert state.patch() == patch


def test_agreeing_by_hand_settles_a_collision() -> None:
    state = FormState(SCHEMA, record())
    state.put("note", Typed("mine"))
    state.collide(record(note="them"), [Collision("note", "hi", "them", "mine")])
    state.put("note", Typed("them"))
    assert state.unresolved() == ()
    assert state.changes == 0


def test_a_draft_is_typed_in_where_it_still_can_be() -> None:
    state = FormState(SCHEMA, record())
    state.restore({"note": "kept", "score": Decimal(5), "gone": "x"})
    assert state.patch() == {"note": "kept"}


@pytest.fixture
def locale(request: pytest.FixtureRequest):
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("locale", "text", "value"),
    [
        ("en_US", "1,204.50", "1204.50"),
        ("en_US", "1204.5", "1204.5"),
        ("en_US", "$ 89.90", "89.90"),
        ("en_US", "-3", "-3"),
        ("en_US", "89,90", None),
        ("en_US", "1,2,3", None),
        ("en_US", "", None),
        ("en_US", "12e3", None),
        ("de_DE", "1.204,50", "1204.50"),
        ("de_DE", "89,90", "89.90"),
        ("de_DE", "89.90", None),
        ("fr_FR", "1 204,5", "1204.5"),
        ("en_IN", "12,34,567.5", "1234567.5"),
    ],
    indirect=["locale"],
)
@pytest.mark.usefixtures("locale")
def test_numbers_are_read_as_the_locale_writes_them(text: str, value: str | None) -> None:
    assert read_number(text) == (Decimal(value) if value else None)


@pytest.mark.parametrize(
    ("locale", "text", "said"),
    [("en_US", "89,90", "Write 89.90."), ("de_DE", "89.9", "Write 89,90."), ("en_US", "x", "“x” is not a number.")],
    indirect=["locale"],
)
@pytest.mark.usefixtures("locale")
def test_a_number_of_another_locale_is_put_right(text: str, said: str) -> None:
    assert number_problem(text, 2).startswith(said)


@pytest.mark.parametrize(
    ("locale", "text", "value"),
    [
        ("en_US", "11/19/2026", date(2026, 11, 19)),
        ("en_US", "Nov 19, 2026", date(2026, 11, 19)),
        ("en_US", "11/19/26", date(2026, 11, 19)),
        ("en_US", "2026-11-19", date(2026, 11, 19)),
        ("en_US", "19/11/2026", None),
        ("de_DE", "19.11.2026", date(2026, 11, 19)),
        ("de_DE", "9.1.2026", date(2026, 1, 9)),
        ("en_US", "soon", None),
    ],
    indirect=["locale"],
)
@pytest.mark.usefixtures("locale")
def test_dates_are_read_as_the_locale_writes_them(text: str, value: date | None) -> None:
    assert read_day(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("16:02", time(16, 2)), ("9:05:30", time(9, 5, 30)), ("25:00", None), ("noon", None)]
)
def test_times_of_day_are_read(text: str, value: time | None) -> None:
    assert read_clock(text) == value


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "sv_SE"], indirect=True)
@pytest.mark.usefixtures("locale")
def test_what_is_written_is_read_back() -> None:
    @given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
    def read_back(value: Decimal) -> None:
        assert read_number(write_number(value)) == value

    read_back()
