"""What the seeded contacts, orders, memberships and opportunities hold, as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.sandbox import people

CHANNELS = ("Web shop", "Trade fair", "Recommendation")
PRODUCTS = ("Subscription", "Installation", "Training")


def contact_doc(who: people.Person, keys: dict[str, str]) -> dict[str, Any]:
    """A person as a kept contact; ``keys``: V1 field key to field id."""
    values = {
        "favourite_colour": who.favourite_colour,
        "interests": list(who.interests),
        "lifetime_value": None if who.lifetime_cents is None else who.lifetime_cents / 100,
        "member_since": who.member_since.isoformat() if who.member_since else None,
        "plan": who.plan,
    }
    doc: dict[str, Any] = {
        "firstName": who.first_name,
        "lastName": who.last_name,
        "email": who.email,
        "phone": who.phone,
        "address1": who.street,
        "city": who.city,
        "state": who.state,
        "postalCode": who.postal_code,
        "country": who.country,
        "source": who.source,
        "dateOfBirth": who.birthday.isoformat(),
        "firstNameLowerCase": who.first_name.lower(),
        "lastNameLowerCase": who.last_name.lower(),
        "emailLowerCase": who.email.lower(),
        "fields": {keys[key]: value for key, value in values.items() if value not in (None, [])},
    }
    if who.company:
        doc["companyName"] = who.company
    if who.tags:
        doc["tags"] = list(who.tags)
    return doc


def order_doc(order: people.Order, day: str) -> dict[str, Any]:
    doc: dict[str, Any] = {
        "order_number": order.order_number,
        "order_date": day,
        "status": order.status,
        "total": {"currency": "default", "value": order.total_cents / 100},
        "receipt_link": order.receipt_link,
        "note": order.note,
        "extras": list(order.extras) or None,
        "weight": None if order.weight_grams is None else order.weight_grams / 1000,
        "internal_score": order.internal_score,
    }
    return {key: value for key, value in doc.items() if value is not None}


def membership_doc(item: people.Membership) -> dict[str, Any]:
    doc: dict[str, Any] = {
        "name": item.name,
        "level": item.level,
        "fee": {"currency": "default", "value": item.fee_cents / 100},
        "started_on": item.started_on.isoformat(),
        "perks": list(item.perks) or None,
        "visits": item.visits,
        "phone": item.contact_phone,
        "terms": item.terms,
        "renewal": item.renewal,
        **{f"answers.{key}": value for key, value in item.answers},
    }
    if item.card_url:
        name = item.card_url.rpartition("/")[2]
        doc["card"] = [{"url": item.card_url, "meta": {"name": name, "extension": "pdf", "size": 0}}]
    return {key: value for key, value in doc.items() if value is not None}


def opportunity_doc(bits: int, number: int, keys: Mapping[str, str]) -> dict[str, Any]:
    """An opportunity without its contact and pipeline; ``keys``: V1 field key to field id."""
    values = {
        "expected_close": f"2026-{1 + (bits >> 8) % 12:02d}-{1 + (bits >> 12) % 28:02d}",
        "channel": people.pick(bits, 16, CHANNELS) if bits >> 50 & 3 else None,
        "products": list(people.subset(bits, 24, PRODUCTS)) or None,
        "likelihood": (bits >> 32) % 101,
        "setup_fee": ((bits >> 36) % 50_000) / 100 if bits >> 52 & 1 else None,
    }
    doc: dict[str, Any] = {
        "name": f"Opportunity {number + 1}",
        "status": people.pick(bits, 40, ("open", "open", "won", "lost", "abandoned")),
        "source": people.pick(bits, 44, people.SOURCES),
        "fields": {keys[key]: value for key, value in values.items() if value is not None},
    }
    if bits >> 54 & 3:
        doc["monetaryValue"] = ((bits >> 10) % 1_000_000) / 100
    return doc
