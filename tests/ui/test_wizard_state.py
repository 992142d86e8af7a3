"""The wizard's state: steps, what is missing, what stays when one goes back, and the draft."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from desktop.domain.compatibility import Fit
from desktop.domain.definition import DeleteRule, Endpoint, SideCondition, SyncDefinition
from desktop.domain.errors import InvalidInput
from desktop.domain.filters import Condition, Operator
from desktop.domain.mapping import Carry, ConflictRule, Direction, FieldPair, MatchPair, Side, Step
from desktop.domain.schedule import Schedule
from desktop.domain.schema import Field, ObjectSchema, system_fields
from desktop.domain.values import FieldType, Json
from desktop.ui.wizard.document import from_document, to_document
from desktop.ui.wizard.state import STEPS, Gap, Known, Verdict, WizardState, WizardStep

ORDERS = ObjectSchema(
    "custom_objects.orders",
    "Order",
    "Orders",
    fields=(
        *system_fields(),
        Field("number", "Number", FieldType.TEXT),
        Field("total", "Total", FieldType.NUMBER),
        Field("buyer", "Buyer", FieldType.REFERENCE, target="contact"),
    ),
)
SHOP_ORDERS = ObjectSchema(
    "orders",
    "Online Order",
    "Online Orders",
    fields=(
        *system_fields(external_id=True),
        Field("code", "Code", FieldType.TEXT, required=True),
        Field("sum", "Sum", FieldType.NUMBER),
        Field("contact", "Contact", FieldType.REFERENCE, target="contacts"),
    ),
)
KNOWN = Known(ORDERS, SHOP_ORDERS, taken=frozenset({"Taken"}))
NUMBER = FieldPair("number", "code")
TOTAL = FieldPair("total", "sum", transform=(Step("round", {"decimals": 1}),))


def complete(**changes: object) -> WizardState:
    state = WizardState(
        name="Orders",
        left=Endpoint("Agency", "custom_objects.orders"),
        right=Endpoint("Shop", "orders"),
        match=(MatchPair("number", "@external_id"),),
        fields=(NUMBER, TOTAL),
    )
    for name, value in changes.items():
        setattr(state, name, value)
    return state


def gaps(state: WizardState, step: WizardStep, known: Known = KNOWN) -> list[Gap]:
    return [item.gap for item in state.missing(step, known)]


def test_an_empty_state_asks_for_both_systems_first() -> None:
    state = WizardState()
    assert gaps(state, WizardStep.SYSTEMS) == [Gap.NO_SOURCE_CONNECTION, Gap.NO_TARGET_CONNECTION]
    assert not state.next(KNOWN)
    assert state.step is WizardStep.SYSTEMS
    assert state.is_blank


def test_next_leads_through_every_step_once_everything_is_chosen() -> None:
    state = complete()
    seen = [state.step]
    while state.next(KNOWN):
        seen.append(state.step)
    assert tuple(seen) == STEPS


def test_a_step_is_not_reached_over_one_that_misses_something() -> None:
    state = complete(match=())
    assert not state.go(WizardStep.RULES, KNOWN)
    assert state.go(WizardStep.MATCHING, KNOWN)
    assert state.first_unfinished(KNOWN) is WizardStep.MATCHING


def test_going_back_keeps_every_choice() -> None:
    state = complete(step=WizardStep.FINISH)
    before = state.definition()
    while state.back():
        pass
    assert state.step is WizardStep.SYSTEMS
    assert state.definition() == before


@pytest.mark.parametrize(
    ("changes", "step", "gap"),
    [
        ({"right": Endpoint("Shop", "")}, WizardStep.OBJECTS, Gap.NO_TARGET_OBJECT),
        ({"left": Endpoint("Agency", "")}, WizardStep.OBJECTS, Gap.NO_SOURCE_OBJECT),
        ({"right": Endpoint("Agency", "custom_objects.orders")}, WizardStep.OBJECTS, Gap.SAME_OBJECT),
        ({"match": ()}, WizardStep.MATCHING, Gap.NO_MATCH),
        ({"match": (MatchPair("number", ""),)}, WizardStep.MATCHING, Gap.HALF_MATCH),
        ({"fields": ()}, WizardStep.FIELDS, Gap.NO_LINES),
        ({"fields": (NUMBER, FieldPair("buyer", "contact"))}, WizardStep.FIELDS, Gap.NO_CARRY),
        ({"name": "  "}, WizardStep.FINISH, Gap.NO_NAME),
        ({"name": "Taken"}, WizardStep.FINISH, Gap.NAME_TAKEN),
        (
            {"filter": (SideCondition(Side.LEFT, Condition("total", Operator.ABOVE, "many")),)},
            WizardStep.RULES,
            Gap.BAD_CONDITION,
        ),
    ],
)
def test_it_says_what_is_missing(changes: dict[str, object], step: WizardStep, gap: Gap) -> None:
    assert gaps(complete(**changes), step) == [gap]


def test_a_name_that_the_changed_sync_has_itself_is_not_taken() -> None:
    assert gaps(complete(name="Taken", replaces="Taken"), WizardStep.FINISH) == []


def test_required_fields_that_nothing_fills_and_lines_that_cannot_work_block_next() -> None:
    known = replace(
        KNOWN,
        unfilled=(SHOP_ORDERS.fields[-3],),
        verdicts={("total", "sum"): Verdict(Fit.IMPOSSIBLE, "It can't be.")},
    )
    state = complete()
    missing = state.missing(WizardStep.FIELDS, known)
    assert [(item.gap, item.subject) for item in missing] == [
        (Gap.UNFILLED, "Code"),
        (Gap.IMPOSSIBLE, "It can't be."),
    ]


def test_an_object_that_can_be_neither_created_nor_changed_is_no_target() -> None:
    fixed = replace(SHOP_ORDERS, refusals={"create": "It is read only.", "update": "It is read only."})
    missing = complete().missing(WizardStep.OBJECTS, replace(KNOWN, right=fixed))
    assert [(item.gap, item.subject) for item in missing] == [(Gap.TARGET_FIXED, "It is read only.")]


def test_another_object_sets_the_mapping_aside_and_the_first_brings_it_back() -> None:
    state = complete(step=WizardStep.OBJECTS)
    state.choose_object(Side.RIGHT, "invoices")
    assert state.fields == ()
    assert state.match == ()
    state.choose_object(Side.RIGHT, "orders")
    assert state.fields == (NUMBER, TOTAL)
    assert state.match == (MatchPair("number", "@external_id"),)


def test_another_connection_forgets_its_object_and_the_same_one_does_not() -> None:
    state = complete()
    state.choose_connection(Side.LEFT, "Agency")
    assert state.left.object == "custom_objects.orders"
    state.choose_connection(Side.LEFT, "Branch")
    assert state.left == Endpoint("Branch", "")


def test_swapping_turns_source_and_target_and_keeps_the_lines() -> None:
    state = complete()
    state.swap()
    assert state.direction is Direction.RIGHT_TO_LEFT
    assert state.source == Endpoint("Shop", "orders")
    assert state.fields == (NUMBER, TOTAL)


def test_a_target_field_takes_one_line_and_a_source_field_may_have_several() -> None:
    state = complete()
    state.join(FieldPair("total", "code"))
    assert state.fields == (TOTAL, FieldPair("total", "code"))
    state.swap()
    state.join(FieldPair("number", "sum"))
    assert FieldPair("number", "sum") in state.fields


def test_lines_are_changed_and_removed() -> None:
    state = complete()
    better = replace(NUMBER, blank_erases=True)
    state.change_line(NUMBER, better)
    assert state.line_of(Side.RIGHT, "code") == better
    state.remove_line(better)
    assert state.fields == (TOTAL,)


def test_suggestions_do_not_replace_what_was_chosen() -> None:
    state = complete(fields=())
    state.accept([MatchPair("total", "sum")], [TOTAL])
    assert state.match == (MatchPair("number", "@external_id"),)
    assert state.fields == (TOTAL,)


def test_a_name_is_suggested_that_no_other_sync_has() -> None:
    state = complete(name="")
    assert state.suggested_name(KNOWN, "ActiveCampaign") == "Orders to ActiveCampaign"
    known = replace(KNOWN, taken=frozenset({"Orders to ActiveCampaign"}))
    assert state.suggested_name(known, "ActiveCampaign") == "Orders to ActiveCampaign 2"


def test_editing_begins_with_the_definition() -> None:
    definition = SyncDefinition(
        "Orders",
        Endpoint("Agency", "custom_objects.orders"),
        Endpoint("Shop", "orders"),
        Direction.RIGHT_TO_LEFT,
        (MatchPair("number", "code"),),
        (TOTAL,),
        (SideCondition(Side.RIGHT, Condition("sum", Operator.ABOVE, "1")),),
        ConflictRule.NEWEST,
        DeleteRule.PROPAGATE,
        25,
        Schedule(every_minutes=15),
    )
    state = WizardState.editing(definition)
    assert state.definition() == definition
    assert state.replaces == "Orders"


@pytest.mark.parametrize(
    "state",
    [
        WizardState(),
        WizardState(left=Endpoint("Agency", "")),
        WizardState(left=Endpoint("Same", ""), right=Endpoint("Same", ""), step=WizardStep.OBJECTS),
        complete(match=(MatchPair("number", ""),), step=WizardStep.MATCHING, furthest=WizardStep.FIELDS),
        complete(direction=Direction.RIGHT_TO_LEFT, conflict=ConflictRule.LEFT, step=WizardStep.RULES),
        complete(fields=(FieldPair("buyer", "contact", carry=Carry((MatchPair("email", "email"),))),)),
        complete(name="", replaces="Old", delete_limit_percent=3),
    ],
    ids=["blank", "one system", "same system", "half a pair", "other way", "reference", "unnamed"],
)
def test_the_draft_brings_everything_back(state: WizardState) -> None:
    document: Json = json.loads(json.dumps(to_document(state)))
    back = from_document(document)
    assert back.definition() == state.definition()
    assert back.match == state.match
    assert (back.name, back.replaces, back.step) == (state.name, state.replaces, state.step)
    assert (back.left, back.right) == (state.left, state.right)


def test_what_is_only_half_chosen_is_left_out_of_the_draft() -> None:
    state = complete(
        fields=(FieldPair("buyer", "contact", carry=Carry((MatchPair("email", ""),))),),
        filter=(SideCondition(Side.LEFT, Condition("total", Operator.ABOVE, " ")),),
    )
    back = from_document(to_document(state))
    assert back.fields == (FieldPair("buyer", "contact"),)
    assert back.filter == ()


@pytest.mark.parametrize("document", [None, [], {}, {"wizard": 99}, {"wizard": 1, "sync": {"name": 1}}])
def test_a_draft_that_is_none_is_refused(document: Json) -> None:
    with pytest.raises(InvalidInput):
        from_document(document)
