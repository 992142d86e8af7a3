from __future__ import annotations

from desktop.domain.mapping import MatchPair, Side
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType
from desktop.mapping.suggest import suggest_fields, suggest_match

ORDERS = ObjectSchema(
    "custom_objects.orders",
    "Order",
    "Orders",
    title="order_number",
    fields=(
        *system_fields(),
        Field("order_number", "Order number", FieldType.TEXT, required=True),
        Field("order_date", "Order date", FieldType.DATE),
        Field("status", "Status", FieldType.CHOICE, options=(Option("received", "Received"), Option("sent", "Sent"))),
        Field("total", "Total", FieldType.MONEY),
        Field("receipt_link", "Receipt link", FieldType.TEXT),
        Field("note", "Note", FieldType.LONG_TEXT),
        Field("internal_score", "Internal score", FieldType.NUMBER),
        Field("order_contact", "Contact", FieldType.REFERENCE, target="contact"),
    ),
)
ONLINE_ORDERS = ObjectSchema(
    "orders",
    "Online Order",
    "Online Orders",
    title="order-number",
    fields=(
        *system_fields(external_id=True),
        Field("order-number", "Number", FieldType.TEXT),
        Field("order-date", "Date", FieldType.DATE),
        Field(
            "order-ship-status",
            "Shipping Status",
            FieldType.CHOICE,
            options=(Option("Received", "Received"), Option("Shipped", "Shipped")),
        ),
        Field("order-total", "Total", FieldType.MONEY),
        Field("order-receipt-link", "Receipt", FieldType.TEXT),
        Field("order-instructions", "Instructions", FieldType.LONG_TEXT),
        Field("warehouse", "Warehouse", FieldType.TEXT),
        Field("primary-contact", "Primary Contact", FieldType.REFERENCE, target="contacts"),
    ),
)


def pairs(source: ObjectSchema, target: ObjectSchema, side: Side) -> dict[str, str]:
    return {item.pair.left: item.pair.right for item in suggest_fields(source, target, source_side=side)}


def test_an_order_finds_the_fields_of_an_online_order() -> None:
    assert pairs(ORDERS, ONLINE_ORDERS, Side.LEFT) == {
        "order_number": "order-number",
        "order_date": "order-date",
        "status": "order-ship-status",
        "total": "order-total",
        "receipt_link": "order-receipt-link",
        "note": "order-instructions",
        "order_contact": "primary-contact",
    }


def test_the_other_way_round_the_same_fields_belong_together() -> None:
    assert pairs(ONLINE_ORDERS, ORDERS, Side.RIGHT) == pairs(ORDERS, ONLINE_ORDERS, Side.LEFT)


def test_orders_are_matched_by_their_number_and_the_external_id() -> None:
    assert suggest_match(ORDERS, ONLINE_ORDERS)[0].pair == MatchPair("order_number", "@external_id")


def test_people_are_matched_by_their_address() -> None:
    contact = ObjectSchema(
        "contact",
        "Contact",
        "Contacts",
        fields=(Field("firstName", "First name", FieldType.TEXT), Field("email", "E-mail", FieldType.EMAIL)),
    )
    assert suggest_match(contact, contact)[0].pair == MatchPair("email", "email")


def test_a_field_that_does_not_tell_records_apart_is_no_key() -> None:
    samples = [Record(ORDERS.key, str(number), {"order_number": "same"}) for number in range(10)]
    assert suggest_match(ORDERS, ONLINE_ORDERS, samples) == []


def test_sample_values_decide_where_names_do_not() -> None:
    left = ObjectSchema(
        "a", "A", "As", fields=(Field("code_one", "Code", FieldType.TEXT), Field("code_two", "Code", FieldType.TEXT))
    )
    right = ObjectSchema("b", "B", "Bs", fields=(Field("code", "Code", FieldType.TEXT),))
    values = [f"K{number}" for number in range(5)]
    here = [Record("a", value, {"code_one": f"X{value}", "code_two": value}) for value in values]
    there = [Record("b", value, {"code": value}) for value in values]
    assert [item.pair.left for item in suggest_fields(left, right, here, there)] == ["code_two"]
