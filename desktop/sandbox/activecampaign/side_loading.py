"""``include`` of ``GET /contacts``: what belongs to the contacts of a page, in the same answer.

The vendor describes it in general (https://developers.activecampaign.com/reference/sideloading), clients rely on it
(``include=contactTags.tag,contactLists``): each contact then names the ids of its bonds, and the bonds themselves stand
beside the contacts, in the form in which ``GET /contacts/{id}`` has them. Names that are not known are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from desktop.sandbox.activecampaign.contact_store import field_value_document
from desktop.sandbox.activecampaign.lists import contact_list_document
from desktop.sandbox.activecampaign.state import Database
from desktop.sandbox.activecampaign.tags import contact_tag_document, tag_document

_SIDES: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "contactLists": ("activecampaign_contact_lists", contact_list_document),
    "contactTags": ("activecampaign_contact_tags", contact_tag_document),
    "fieldValues": ("activecampaign_field_values", field_value_document),
}


def side_load(db: Database, contacts: Sequence[dict[str, Any]], include: str, address: str) -> dict[str, Any]:
    """The collections that ``include`` names; the contacts are given the ids of what is theirs."""
    wanted = [name.strip() for name in include.split(",")]
    ids = [int(contact["id"]) for contact in contacts]
    marks = ", ".join("?" * len(ids))
    sides: dict[str, Any] = {}
    for name, (table, document) in _SIDES.items():
        if not any(entry.split(".")[0] == name for entry in wanted):
            continue
        rows = db.rows(f"SELECT * FROM {table} WHERE contact IN ({marks}) ORDER BY id", *ids)
        sides[name] = [document(row, address) for row in rows]
        for contact in contacts:
            contact[name] = [side["id"] for side in sides[name] if side["contact"] == contact["id"]]
    if "contactTags.tag" in wanted:
        tags = sorted({int(side["tag"]) for side in sides["contactTags"]})
        marks = ", ".join("?" * len(tags))
        rows = db.rows(f"SELECT * FROM activecampaign_tags WHERE id IN ({marks}) ORDER BY id", *tags)
        sides["tags"] = [tag_document(db, row, address) for row in rows]
    return sides
