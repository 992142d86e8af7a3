"""What a contact or record is linked to: account, deals, tags and lists; the contact, account or deal of a record.

Sources: https://developers.activecampaign.com/reference/contact-tags, .../lists, .../account-contacts, .../deal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.schemas import relationship_id
from desktop.connectors.base import Related
from desktop.connectors.together import together
from desktop.domain.errors import NotFound, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType, is_choices


async def of_contact(wire: Wire, contact_id: str) -> list[Related]:
    """The account, deals, tags and lists of a contact."""
    data = await wire.data("GET", f"/contacts/{quote(contact_id, safe='')}", record=f"the contact {contact_id}")
    accounts = _rows(data, "accountContacts")
    deals = _rows(data, "deals")
    tags = _rows(data, "contactTags")
    lists = [row for row in _rows(data, "contactLists") if str(row.get("status")) == "1"]
    account_names, tag_names, list_names = await together(
        (
            _names(wire, "account", "name", [str(row.get("account")) for row in accounts]),
            _names(wire, "tag", "tag", [str(row.get("tag")) for row in tags]),
            _names(wire, "list", "name", [str(row.get("list")) for row in lists]),
        )
    )
    return [
        *(_link(row, "account", "Account", "accounts", account_names) for row in accounts),
        *(
            Related("", "deals", "Deal", "deals", str(row.get("id") or ""), str(row.get("title") or ""))
            for row in deals
        ),
        *(_link(row, "tag", "Tag", "tags", tag_names) for row in tags),
        *(_link(row, "list", "List", "lists", list_names) for row in lists),
    ]


def of_record(schema: ObjectSchema, record: Record) -> list[Related]:
    """The records that a record's references name."""
    found: list[Related] = []
    for field in schema.fields:
        value = record.values.get(field.key)
        if field.type is FieldType.REFERENCE and is_choices(value):
            found.extend(
                Related("", relationship_id(field), field.label, field.target or "", target) for target in sorted(value)
            )
    return found


def _rows(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = data.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _link(row: Mapping[str, Any], name: str, label: str, object_key: str, titles: Mapping[str, str]) -> Related:
    target = str(row.get(name) or "")
    return Related(str(row.get("id") or ""), object_key, label, object_key, target, titles.get(target, ""))


async def _names(wire: Wire, kind: str, key: str, ids: list[str]) -> Mapping[str, str]:
    async def name(id_: str) -> str:
        try:
            data = await wire.data("GET", f"/{kind}s/{quote(id_, safe='')}")
        except (NotFound, ScopeMissing):
            return ""
        return str((data.get(kind) or {}).get(key) or "")

    unique = list(dict.fromkeys(ids))
    return dict(zip(unique, await together(map(name, unique)), strict=True))
