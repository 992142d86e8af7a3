"""Fills an empty location: contacts, orders, memberships, businesses, opportunities and tasks, and what links them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from desktop.sandbox import people
from desktop.sandbox.clock import Clock, iso_ms
from desktop.sandbox.highlevel.associations import Association, Associations, Relations
from desktop.sandbox.highlevel.catalogue import Catalogue, FieldDef, Folder, ObjectDef
from desktop.sandbox.highlevel.documents import Documents
from desktop.sandbox.highlevel.ids import hex_id, short_id
from desktop.sandbox.highlevel.location import LocationField, LocationFields
from desktop.sandbox.highlevel.pipelines import Pipelines
from desktop.sandbox.highlevel.seed_values import (
    CHANNELS,
    PRODUCTS,
    contact_doc,
    membership_doc,
    opportunity_doc,
    order_doc,
)
from desktop.sandbox.storage import to_text

TASK, CONTACT, OPPORTUNITY, BUSINESS, ORDERS, MEMBERSHIPS = 0, 1, 2, 3, 4, 5
MOST_MEMBERSHIPS = 36
ORDERS_KEY = "custom_objects.orders"
MEMBERSHIPS_KEY = "custom_objects.memberships"
_TASKS = ("Call back", "Send the offer", "Check the address")
_V1_FIELDS = (
    ("Favourite colour", "favourite_colour", "TEXT", ()),
    ("Interests", "interests", "MULTIPLE_OPTIONS", people.INTERESTS),
    ("Lifetime value", "lifetime_value", "MONETORY", ()),
    ("Member since", "member_since", "DATE", ()),
    ("Plan", "plan", "SINGLE_OPTIONS", people.PLANS),
)
_OPPORTUNITY_FIELDS = (
    ("Expected close", "expected_close", "DATE", ()),
    ("Channel", "channel", "SINGLE_OPTIONS", CHANNELS),
    ("Products", "products", "MULTIPLE_OPTIONS", PRODUCTS),
    ("Likelihood", "likelihood", "NUMERICAL", ()),
    ("Setup fee", "setup_fee", "MONETORY", ()),
    ("Remarks", "remarks", "LARGE_TEXT", ()),
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
        pipelines: Pipelines,
    ) -> None:
        self._catalogue = catalogue
        self._documents = documents
        self._relations = relations
        self._associations = associations
        self._v1_fields = v1_fields
        self._index = index
        self._seed = seed
        self._pipelines = pipelines
        self._now = clock.ms()
        self._born = self._now - 730 * people.DAY_MS
        self._made = 0

    def fill(self, records: int) -> None:
        """``records`` contacts and as many orders, a few dozen memberships, a tenth as many opportunities and tasks,
        and a handful of businesses or a twentieth as many.
        """
        self._standard()
        self._orders_object()
        self._memberships_object()
        self._contact_fields()
        contact_ids = self._contacts(records)
        order_ids = self._orders(records)
        memberships = min(records, MOST_MEMBERSHIPS)
        membership_ids = self._memberships(memberships, records)
        business_ids = self._businesses(max(records // 20, min(records, len(people.COMPANIES))))
        self._opportunities(records // 10, contact_ids)
        self._tasks(records // 10, contact_ids)
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
        self._relations.load(
            (hex_id(self._seed, 207, i), "BUSINESSES_CONTACTS_ASSOCIATION", id_, contact_ids[i])
            for i, id_ in enumerate(business_ids[: records // 20])
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
        every = [("contact", item) for item in _V1_FIELDS] + [("opportunity", item) for item in _OPPORTUNITY_FIELDS]
        for position, (model, (name, key, data_type, options)) in enumerate(every):
            id_ = short_id(self._seed, 201, position)
            self._v1_fields.put(LocationField(id_, name, key, data_type, model, position * 50, options=list(options)))

    def _keys(self, model: str) -> dict[str, str]:
        """The V1 fields of a model: key to id."""
        return {field.key: field.id for field in self._v1_fields.all.values() if field.model == model}

    # Records

    def _times(self, i: int, total: int) -> tuple[int, int]:
        """When item ``i`` was made and last changed, both at least a day ago."""
        created = people.created_ms(self._seed, i, total, self._now)
        room = min(30 * people.DAY_MS, self._now - people.DAY_MS - created)
        changed = people.mix(self._seed, 7, i)
        return created, created + (changed % max(1, room) if changed >> 62 else 0)

    def _contacts(self, total: int) -> list[str]:
        ids = [short_id(self._seed, 202, i) for i in range(total)]
        keys = self._keys("contact")

        def rows() -> Iterator[Row]:
            for i, id_ in enumerate(ids):
                created, updated = self._times(i, total)
                doc = contact_doc(people.person(self._seed, i), keys)
                if i < total // 20:
                    doc["businessId"] = hex_id(self._seed, 205, i)
                yield id_, CONTACT, created, updated, 0, "", to_text(doc)

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

    def _businesses(self, total: int) -> list[str]:
        ids = [hex_id(self._seed, 205, i) for i in range(total)]

        def rows() -> Iterator[Row]:
            for i, id_ in enumerate(ids):
                keeper = people.person(self._seed, i)
                branch, company = divmod(i, len(people.COMPANIES))
                doc = {
                    "name": people.COMPANIES[company] + (f" {branch + 1}" if branch else ""),
                    "phone": keeper.phone,
                    "email": keeper.email,
                    "address": keeper.street,
                    "city": keeper.city,
                    "state": keeper.state,
                    "postal_code": keeper.postal_code,
                    "country": keeper.country,
                }
                yield id_, BUSINESS, *self._times(i, total), 0, "", to_text(doc)

        self._documents.load(rows())
        return ids

    def _opportunities(self, total: int, contacts: list[str]) -> None:
        keys = self._keys("opportunity")
        reasons = list(self._pipelines.reasons)

        def rows() -> Iterator[Row]:
            for i in range(total):
                created, updated = self._times(i, total)
                bits = people.mix(self._seed, 8, i)
                pipeline = people.pick(bits, 4, self._pipelines.all)
                doc = opportunity_doc(bits, i, keys)
                doc |= {
                    "contactId": contacts[i],
                    "pipelineId": pipeline.id,
                    "pipelineStageId": people.pick(bits, 20, list(pipeline.stages)),
                    "lastStatusChangeAt": created,
                    "lastStageChangeAt": created,
                }
                if doc["status"] == "lost":
                    doc["lostReasonId"] = people.pick(bits, 28, reasons)
                yield short_id(self._seed, 208, i), OPPORTUNITY, created, updated, 0, "", to_text(doc)

        self._documents.load(rows())

    def _tasks(self, total: int, contacts: list[str]) -> None:
        def rows() -> Iterator[Row]:
            for i in range(total):
                created, updated = self._times(i, total)
                bits = people.mix(self._seed, 9, i)
                doc = {
                    "title": f"{people.pick(bits, 4, _TASKS)} {i + 1}",
                    "dueDate": iso_ms(created + 7 * people.DAY_MS),
                    "completed": bits >> 62 > 1,
                    "contactId": contacts[i],
                }
                if bits >> 40 & 1:
                    doc["body"] = "Ask how the last order went."
                yield short_id(self._seed, 209, i), TASK, created, updated, 0, "", to_text(doc)

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
