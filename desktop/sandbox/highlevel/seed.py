"""Fills an empty location: contacts, orders, memberships and businesses, with what links them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from desktop.sandbox import people
from desktop.sandbox.clock import Clock
from desktop.sandbox.highlevel.associations import Association, Associations, Relations
from desktop.sandbox.highlevel.catalogue import Catalogue, FieldDef, Folder, ObjectDef
from desktop.sandbox.highlevel.documents import Documents
from desktop.sandbox.highlevel.ids import hex_id, short_id
from desktop.sandbox.highlevel.location import LocationField, LocationFields
from desktop.sandbox.storage import to_text

CONTACT, OPPORTUNITY, BUSINESS, ORDERS, MEMBERSHIPS = 1, 2, 3, 4, 5
MOST_MEMBERSHIPS = 36
ORDERS_KEY = "custom_objects.orders"
MEMBERSHIPS_KEY = "custom_objects.memberships"
_V1_FIELDS = (
    ("Favourite colour", "favourite_colour", "TEXT", ()),
    ("Interests", "interests", "MULTIPLE_OPTIONS", people.INTERESTS),
    ("Lifetime value", "lifetime_value", "MONETORY", ()),
    ("Member since", "member_since", "DATE", ()),
    ("Plan", "plan", "SINGLE_OPTIONS", people.PLANS),
)

Options = tuple[tuple[str, str], ...]
Row = tuple[Any, ...]


class Seeder:
    """Defines what the location has, then loads its records in bulk."""

    def __init__(
        self,
        catalogue: Catalogue,
        documents: Documents,
        relations: Relations,
        associations: Associations,
        v1_fields: LocationFields,
        clock: Clock,
        index: Callable[[ObjectDef], None],
        seed: int,
    ) -> None:
        self._catalogue = catalogue
        self._documents = documents
        self._relations = relations
        self._associations = associations
        self._v1_fields = v1_fields
        self._index = index
        self._seed = seed
        self._now = clock.ms()
        self._born = self._now - 730 * people.DAY_MS
        self._made = 0

    def fill(self, records: int) -> None:
        """``records`` contacts and as many orders, a few dozen memberships and a handful of businesses."""
        self._standard()
        self._orders_object()
        self._memberships_object()
        self._contact_fields()
        contact_ids = self._contacts(records)
        order_ids = self._orders(records)
        memberships = min(records, MOST_MEMBERSHIPS)
        membership_ids = self._memberships(memberships, records)
        self._businesses(min(records, len(people.COMPANIES)))
        self._documents.loaded()
        for item in self._catalogue.objects.values():
            self._index(item)
        self._link("order_contact", "Orders", ORDERS_KEY, self._order_links(order_ids, contact_ids))
        self._link(
            "membership_contact",
            "Memberships",
            MEMBERSHIPS_KEY,
            self._membership_links(membership_ids, contact_ids, records),
        )
        self._relations.add_indexes()

    # Definitions

    def _id(self) -> str:
        self._made += 1
        return hex_id(self._seed, 200, self._made)

    def _object(
        self, kind: int, key: str, singular: str, plural: str, primary: str, *, standard: bool = False
    ) -> ObjectDef:
        made = ObjectDef(
            kind=kind,
            id=self._id(),
            key=key,
            singular=singular,
            plural=plural,
            primary=f"{key}.{primary}",
            created=self._born,
            updated=self._born,
            searchable=[f"{key}.{primary}"],
            standard=standard,
        )
        self._catalogue.put(made)
        return made

    def _folder(self, owner: ObjectDef, name: str) -> Folder:
        made = Folder(self._id(), owner.key, name, self._born, self._born)
        self._catalogue.put(made)
        return made

    def _field(self, folder: Folder, key: str, name: str, data_type: str, options: Options = (), **more: Any) -> None:
        made = FieldDef(self._id(), folder.object_key, key, name, data_type, folder.id, self._born, self._born, **more)
        made.options = [{"key": option, "label": label} for option, label in options]
        self._catalogue.put(made)

    def _standard(self) -> None:
        self._object(CONTACT, "contact", "Contact", "Contacts", "name", standard=True)
        self._object(OPPORTUNITY, "opportunity", "Opportunity", "Opportunities", "name", standard=True)
        business = self._object(BUSINESS, "business", "Company", "Companies", "name", standard=True)
        folder = self._folder(business, "Company Info")
        for key, name, data_type in (
            ("name", "Company Name", "TEXT"),
            ("phone", "Phone", "PHONE"),
            ("email", "Email", "EMAIL"),
            ("website", "Website", "TEXT"),
            ("address", "Address", "TEXT"),
            ("city", "City", "TEXT"),
            ("state", "State", "TEXT"),
            ("postal_code", "Postal Code", "TEXT"),
            ("country", "Country", "TEXT"),
            ("description", "Description", "LARGE_TEXT"),
        ):
            self._field(folder, key, name, data_type)

    def _orders_object(self) -> None:
        orders = self._object(ORDERS, ORDERS_KEY, "Order", "Orders", "order_number")
        orders.description = "Orders of the online shop"
        self._catalogue.put(orders)
        folder = self._folder(orders, "Order Details")
        self._field(folder, "order_number", "Order number", "TEXT")
        self._field(folder, "order_date", "Order date", "DATE")
        states = ("draft", "received", "processing", "sent")
        self._field(folder, "status", "Status", "SINGLE_OPTIONS", tuple((key, key.title()) for key in states))
        self._field(folder, "total", "Total", "MONETORY")
        self._field(folder, "receipt_link", "Receipt link", "TEXT")
        self._field(folder, "note", "Note", "LARGE_TEXT")
        extras = (("gift_wrap", "gift wrap"), ("insured", "insured"), ("express", "express"))
        self._field(folder, "extras", "Extras", "MULTIPLE_OPTIONS", extras)
        self._field(folder, "weight", "Weight", "NUMERICAL")
        self._field(folder, "internal_score", "Internal score", "NUMERICAL")

    def _memberships_object(self) -> None:
        memberships = self._object(MEMBERSHIPS, MEMBERSHIPS_KEY, "Membership", "Memberships", "name")
        folder = self._folder(memberships, "Membership Details")
        self._field(folder, "name", "Name", "TEXT")
        levels = (("bronze", "Bronze"), ("silver", "Silver"), ("gold", "Gold"))
        self._field(folder, "level", "Level", "RADIO", levels, allow_custom_option=True)
        self._field(folder, "fee", "Yearly fee", "MONETORY")
        self._field(folder, "started_on", "Started on", "DATE")
        perks = (("lounge", "Lounge"), ("parking", "Parking"), ("guest_pass", "Guest pass"))
        self._field(folder, "perks", "Perks", "CHECKBOX", perks)
        self._field(folder, "visits", "Visits", "NUMERICAL")
        self._field(folder, "phone", "Phone", "PHONE")
        self._field(folder, "terms", "Terms", "LARGE_TEXT")
        self._field(folder, "renewal", "Renewal", "SINGLE_OPTIONS", (("yearly", "Yearly"), ("monthly", "Monthly")))
        self._field(folder, "answers", "Answers", "TEXTBOX_LIST", (("goal", "Goal"), ("referred_by", "Referred by")))
        self._field(folder, "card", "Card", "FILE_UPLOAD", accepted_formats=".pdf", max_file_limit=1)

    def _contact_fields(self) -> None:
        for position, (name, key, data_type, options) in enumerate(_V1_FIELDS):
            id_ = short_id(self._seed, 201, position)
            self._v1_fields.put(
                LocationField(id_, name, key, data_type, "contact", position * 50, options=list(options))
            )

    # Records

    def _times(self, i: int, total: int) -> tuple[int, int]:
        """When item ``i`` was made and last changed, both at least a day ago."""
        created = people.created_ms(self._seed, i, total, self._now)
        room = min(30 * people.DAY_MS, self._now - people.DAY_MS - created)
        changed = people.mix(self._seed, 7, i)
        return created, created + (changed % max(1, room) if changed >> 62 else 0)

    def _contacts(self, total: int) -> list[str]:
        ids = [short_id(self._seed, 202, i) for i in range(total)]
        keys = {field.key: field.id for field in self._v1_fields.all.values()}

        def rows() -> Iterator[Row]:
            for i, id_ in enumerate(ids):
                created, updated = self._times(i, total)
                doc = to_text(contact_doc(people.person(self._seed, i), keys))
                yield id_, CONTACT, created, updated, 0, "", doc

        self._documents.load(rows())
        return ids

    def _orders(self, total: int) -> list[str]:
        ids = [hex_id(self._seed, 203, i) for i in range(total)]

        def rows() -> Iterator[Row]:
            for i, id_ in enumerate(ids):
                created, updated = self._times(i, total)
                doc = to_text(order_doc(people.order(self._seed, i), people.day_of(created).isoformat()))
                yield id_, ORDERS, created, updated, 0, "", doc

        self._documents.load(rows())
        return ids

    def _memberships(self, total: int, persons: int) -> list[str]:
        ids = [hex_id(self._seed, 204, i) for i in range(total)]
        self._documents.load(
            (
                id_,
                MEMBERSHIPS,
                *self._times(i, total),
                0,
                "",
                to_text(membership_doc(people.membership(self._seed, i, persons))),
            )
            for i, id_ in enumerate(ids)
        )
        return ids

    def _businesses(self, total: int) -> None:
        def rows() -> Iterator[Row]:
            for i in range(total):
                keeper = people.person(self._seed, i)
                doc = {
                    "name": people.COMPANIES[i],
                    "phone": keeper.phone,
                    "email": keeper.email,
                    "address": keeper.street,
                    "city": keeper.city,
                    "state": keeper.state,
                    "postal_code": keeper.postal_code,
                    "country": keeper.country,
                }
                yield hex_id(self._seed, 205, i), BUSINESS, *self._times(i, total), 0, "", to_text(doc)

        self._documents.load(rows())

    # Links

    def _link(self, key: str, label: str, object_key: str, pairs: Iterator[tuple[str, str]]) -> None:
        made = Association(self._id(), key, label, object_key, "Contact", "contact")
        self._associations.define(made)
        series = 1000 + self._made
        self._relations.load(
            (hex_id(self._seed, series, i), made.id, first, second) for i, (first, second) in enumerate(pairs)
        )

    def _order_links(self, orders: list[str], contacts: list[str]) -> Iterator[tuple[str, str]]:
        for i, id_ in enumerate(orders):
            yield id_, contacts[people.buyer(self._seed, i)]

    def _membership_links(self, memberships: list[str], contacts: list[str], total: int) -> Iterator[tuple[str, str]]:
        for i, id_ in enumerate(memberships):
            yield id_, contacts[people.membership(self._seed, i, total).person]


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
