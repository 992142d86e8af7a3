"""The schemas of accounts and deals: their own fields, and the custom fields that the account gave them.

Sources: https://developers.activecampaign.com/reference/accounts, .../deal, .../list-all-deal-stages,
.../list-all-users and .../list-all-custom-fields (of accounts, with its sibling of deals).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.listing import Row, sweep
from desktop.domain.errors import NotFound, ScopeMissing
from desktop.domain.schema import Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType

_T = FieldType
_TYPES: Mapping[str, FieldType] = {
    "text": _T.TEXT,
    "hidden": _T.TEXT,
    "textarea": _T.LONG_TEXT,
    "number": _T.NUMBER,
    "currency": _T.MONEY,
    "date": _T.DATE,
    "datetime": _T.DATETIME,
    "dropdown": _T.CHOICE,
    "radio": _T.CHOICE,
    "multiselect": _T.CHOICES,
    "checkbox": _T.CHOICES,
}
_CUSTOM = "field_"

ACCOUNTS = ObjectSchema("accounts", "Account", "Accounts", title="name")
DEALS = ObjectSchema("deals", "Deal", "Deals", title="title")
STATUSES = (Option("0", "Open"), Option("1", "Won"), Option("2", "Lost"))


async def account_schema(wire: Wire) -> ObjectSchema:
    """Accounts with their custom fields."""
    return ACCOUNTS.with_fields(
        *system_fields(),
        Field("name", "Name", _T.TEXT, required=True),
        Field("accountUrl", "Website", _T.URL),
        _owner(await _users(wire)),
        *await _custom_fields(wire, "account"),
    )


async def deal_schema(wire: Wire) -> ObjectSchema:
    """Deals with their stages and custom fields."""
    return DEALS.with_fields(
        *system_fields(),
        Field("title", "Title", _T.TEXT, required=True),
        Field("value", "Value", _T.MONEY, required=True),
        Field("status", "Status", _T.CHOICE, options=STATUSES),
        Field("stage", "Stage", _T.CHOICE, required=True, options=await _stages(wire)),
        Field(
            "contact", "Contact", _T.REFERENCE, target="contacts", description="A deal needs a contact or an account."
        ),
        Field(
            "account", "Account", _T.REFERENCE, target="accounts", description="A deal needs a contact or an account."
        ),
        Field("description", "Description", _T.LONG_TEXT),
        _owner(await _users(wire)),
        *await _custom_fields(wire, "deal"),
    )


def _owner(users: tuple[Option, ...]) -> Field:
    said = "The user who is responsible; whoever the API key belongs to when left blank at first."
    return Field("owner", "Owner", _T.CHOICE, options=users, open_choice=not users, description=said)


async def _users(wire: Wire) -> tuple[Option, ...]:
    return tuple(Option(str(row["id"]), _user_name(row)) for row in await _rows(wire, "/users", "users"))


def _user_name(row: Row) -> str:
    words = " ".join(str(row[key]) for key in ("firstName", "lastName") if row.get(key))
    return words or str(row.get("username") or row["id"])


async def _stages(wire: Wire) -> tuple[Option, ...]:
    """Every stage with its pipeline, in the order of the pipelines."""
    pipelines = {str(row["id"]): str(row.get("title") or "") for row in await _rows(wire, "/dealGroups", "dealGroups")}
    stages = await _rows(wire, "/dealStages", "dealStages")
    places = list(pipelines)

    def place(row: Row) -> tuple[int, int]:
        group, order = str(row.get("group")), str(row.get("order") or "")
        return places.index(group) if group in places else len(places), int(order) if order.isdecimal() else 0

    return tuple(
        Option(str(row["id"]), ": ".join(word for word in (pipelines.get(str(row.get("group"))), _title(row)) if word))
        for row in sorted(stages, key=place)
    )


def _title(row: Row) -> str:
    return str(row.get("title") or row["id"])


async def _custom_fields(wire: Wire, kind: str) -> list[Field]:
    key = f"{kind}CustomFieldMeta"
    return [_custom_field(row) for row in await _rows(wire, f"/{key}", key)]


def _custom_field(row: Row) -> Field:
    """A custom field. Several options at once are read only: the documents do not say how they are written."""
    native = str(row.get("fieldType") or "unknown")
    type_ = _TYPES.get(native)
    given: Any = row.get("fieldOptions")
    texts = [str(item) for item in given if item not in (None, "")] if isinstance(given, list) else []
    return Field(
        key=f"{_CUSTOM}{row['id']}",
        label=str(row.get("fieldLabel") or row["id"]),
        type=type_ or _T.TEXT,
        required=str(row.get("isRequired")) == "1",
        read_only=type_ in (None, _T.CHOICES),
        options=tuple(Option(text, text) for text in dict.fromkeys(texts)),
        currency=str(row.get("fieldDefaultCurrency") or "").upper() or None,
        native_type=native,
        wire=str(row["id"]),
    )


async def _rows(wire: Wire, path: str, key: str) -> list[Row]:
    """All rows of a small listing; none where the key's user may not read it."""
    rows: list[Row] = []
    try:
        async for listed in sweep(wire, path, key, {"orders[id]": "ASC"}):
            rows.extend(listed.rows)
    except (ScopeMissing, NotFound):
        return []
    return rows
