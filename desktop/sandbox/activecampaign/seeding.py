"""What the emulated account holds at first: the people of every platform, and two custom object schemas.

Person number ``i`` has the e-mail address that the other platforms know, now and then another spelling of the
name or phone. Everything was made between two years and one day ago.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from desktop.sandbox.activecampaign import seed_schemas
from desktop.sandbox.activecampaign.contact_store import contact_hash
from desktop.sandbox.activecampaign.custom_values import CustomValues
from desktop.sandbox.activecampaign.documents import Documents
from desktop.sandbox.activecampaign.schemas import SchemaStore
from desktop.sandbox.activecampaign.state import State
from desktop.sandbox.activecampaign.times import account_time, millisecond_time, nanosecond_time
from desktop.sandbox.people import COMPANIES, INTERESTS, NOTES, PLANS, TAGS, Person, created_ms, mix, person
from desktop.sandbox.storage import to_text

_CHUNK = 5000
_FIELDS = (
    ("Favourite colour", "text", "FAVOURITE_COLOUR", ()),
    ("Interests", "checkbox", "INTERESTS", INTERESTS),
    ("Lifetime value", "number", "LIFETIME_VALUE", ()),
    ("Member since", "date", "MEMBER_SINCE", ()),
    ("Plan", "dropdown", "PLAN", PLANS),
    ("City", "text", "CITY", ()),
    ("Birthday", "date", "BIRTHDAY", ()),
    ("Last order at", "datetime", "LAST_ORDER_AT", ()),
    ("Notes", "textarea", "NOTES", ()),
)
_LISTS = ("Newsletter", "Customers")
_STAGES = ("To Contact", "In Contact", "Follow Up")
_DEALS = 8
_SUBSCRIPTIONS = 6


class Seeding:
    """Fills an empty account, the same way for the same seed."""

    def __init__(
        self, state: State, documents: Documents, schemas: SchemaStore, values: CustomValues, seed: int
    ) -> None:
        self._state = state
        self._db = state.db
        self._documents = documents
        self._schemas = schemas
        self._values = values
        self._seed = seed
        self._random = random.Random(f"activecampaign {seed}")
        self._now_ms = int(state.clock.now() * 1000)
        self._start = int(state.clock.now()) - 730 * 86_400

    def fill(self, records: int) -> None:
        """Fields, tags, lists and schemas always; people, accounts and deals by the number of `records`."""
        contacts = max(1, records // 5) if records > 0 else 0
        self._definitions()
        self._contacts(contacts)
        self._accounts(contacts)
        self._deals(contacts)
        self._custom_objects(contacts)

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _definitions(self) -> None:
        stamp = account_time(self._start)
        times = {"cdate": stamp, "udate": stamp}
        for number, (title, kind, tag, options) in enumerate(_FIELDS, 1):
            field = {
                "title": title,
                "descript": "",
                "type": kind,
                "isrequired": "0",
                "perstag": tag,
                "defval": None if options else "",
                "show_in_list": "0",
                "rows": "0",
                "cols": "0",
                "visible": "1",
                "service": "",
                "ordernum": str(number),
                **times,
            }
            identifier = self._documents.add("field", field)["id"]
            for order, option in enumerate(options, 1):
                self._documents.add("fieldOption", _option(identifier, order, option) | times)
            relation = {"field": identifier, "relid": "0", "dorder": "0", "cdate": stamp, "links": []}
            self._documents.add("fieldRel", relation)
        for name in _LISTS:
            self._documents.add("list", _list(name) | times)
        for name in TAGS:
            self._db.run(
                "INSERT INTO activecampaign_tags (tag, tag_type, description, cdate) VALUES (?, 'contact', '', ?)",
                name,
                self._start,
            )
        self._pipeline(times)
        self._values.define("account", {"fieldLabel": "Industry", "fieldType": "text"}, self._start)
        expected = {"fieldLabel": "Expected value", "fieldType": "currency", "fieldDefaultCurrency": "USD"}
        self._values.define("deal", expected, self._start)

    def _pipeline(self, times: dict[str, str]) -> None:
        group = {
            "title": "Sales",
            "currency": "usd",
            "autoassign": "0",
            "allusers": "1",
            "links": {},
            **times,
        }
        identifier = self._documents.add("dealGroup", group)["id"]
        stages: list[str] = []
        for order, title in enumerate(_STAGES, 1):
            stage = {
                "group": identifier,
                "title": title,
                "order": str(order),
                "color": "32B0FC",
                "links": {},
                **times,
            }
            stages.append(self._documents.add("dealStage", stage)["id"])
        self._documents.put("dealGroup", {**group, "id": identifier, "stages": stages})

    def _contacts(self, count: int) -> None:
        people: list[tuple[object, ...]] = []
        values: list[tuple[object, ...]] = []
        tags: list[tuple[object, ...]] = []
        lists: list[tuple[object, ...]] = []
        for i in range(count):
            someone, contact = person(self._seed, i), i + 1
            made = created_ms(self._seed, i, count, self._now_ms) // 1000
            newest = self._now_ms // 1000 - 86_400
            changed = made + mix(self._seed, 20, i) % max(1, newest - made)
            first, last, phone = _spelling(someone)
            people.append((contact, someone.email, phone, first, last, contact_hash(someone.email), made, changed))
            values += [(contact, field, value, made, changed) for field, value in self._values_of(someone, changed)]
            tags += [(contact, TAGS.index(tag) + 1, made) for tag in someone.tags]
            lists += [(contact, number, status, made, made) for number, status in _standing(i)]
            if len(people) == _CHUNK:
                self._insert(people, values, tags, lists)
        self._insert(people, values, tags, lists)

    def _insert(self, people: list[Any], values: list[Any], tags: list[Any], lists: list[Any]) -> None:
        storage = self._db.storage
        storage.many(
            "INSERT INTO activecampaign_contacts"
            " (id, email, phone, first_name, last_name, hash, cdate, udate) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            people,
        )
        storage.many(
            "INSERT INTO activecampaign_field_values (contact, field, value, cdate, udate) VALUES (?, ?, ?, ?, ?)",
            values,
        )
        storage.many("INSERT INTO activecampaign_contact_tags (contact, tag, cdate) VALUES (?, ?, ?)", tags)
        storage.many(
            "INSERT INTO activecampaign_contact_lists (contact, list, status, sdate, cdate) VALUES (?, ?, ?, ?, ?)",
            lists,
        )
        for rows in (people, values, tags, lists):
            rows.clear()

    def _values_of(self, someone: Person, changed: int) -> Iterator[tuple[int, str]]:
        """Field number and value of what is filled in."""
        bits = mix(self._seed, 21, someone.number)
        if someone.favourite_colour:
            yield 1, someone.favourite_colour
        if someone.interests:
            yield 2, "||" + "||".join(someone.interests) + "||"
        if someone.lifetime_cents is not None:
            yield 3, f"{someone.lifetime_cents // 100}.{someone.lifetime_cents % 100:02d}"
        if someone.member_since:
            yield 4, someone.member_since.isoformat()
        if someone.plan:
            yield 5, someone.plan
        yield 6, someone.city
        if bits & 3:
            yield 7, someone.birthday.isoformat()
        if bits >> 2 & 1:
            yield 8, account_time(changed - (bits >> 8) % 2_000_000)
        if bits >> 3 & 7 == 0:
            yield 9, NOTES[(bits >> 32) % len(NOTES)]

    def _accounts(self, contacts: int) -> None:
        names = COMPANIES[:contacts]
        storage = self._db.storage
        storage.many(
            "INSERT INTO activecampaign_accounts (id, name, account_url, owner, created, updated)"
            " VALUES (?, ?, ?, '1', ?, ?)",
            [
                (i, name, f"https://www.example.com/{i}", self._start + i * 3600, self._start + i * 3600)
                for i, name in enumerate(names, 1)
            ],
        )
        storage.many(
            "INSERT INTO activecampaign_account_contacts (account, contact, job_title, created, updated)"
            " VALUES (?, ?, 'Owner', ?, ?)",
            self._employments(contacts, names),
        )

    def _employments(self, contacts: int, names: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
        for i in range(contacts):
            company = person(self._seed, i).company
            if company in names:
                made = created_ms(self._seed, i, contacts, self._now_ms) // 1000
                yield names.index(company) + 1, i + 1, made, made

    def _deals(self, contacts: int) -> None:
        for i in range(min(contacts, _DEALS)):
            made = created_ms(self._seed, i, _DEALS, self._now_ms) // 1000
            self._db.run(
                "INSERT INTO activecampaign_deals (title, description, contact, account, pipeline, stage,"
                " owner, value, currency, percent, status, cdate, mdate)"
                " VALUES (?, '', ?, 0, 1, ?, '1', ?, 'usd', '0', ?, ?, ?)",
                f"{person(self._seed, i).last_name} renewal",
                i + 1,
                1 + i % len(_STAGES),
                (mix(self._seed, 22, i) % 90_000) + 10_000,
                i % 3,
                made,
                made,
            )

    def _custom_objects(self, contacts: int) -> None:
        stamp = nanosecond_time(self._start * 1_000_000_000 + 386_123_456)
        made = {"createdTimestamp": stamp, "updatedTimestamp": stamp}
        for given in (seed_schemas.ORDERS, seed_schemas.SUBSCRIPTIONS):
            schema = self._schemas.build(given, self._new_id) | made
            self._schemas.add(schema)
        accounts = min(contacts, len(COMPANIES))
        for i in range(min(accounts, _SUBSCRIPTIONS)):
            self._subscription(schema["id"], i)

    def _subscription(self, schema: str, i: int) -> None:
        made = created_ms(self._seed, i, _SUBSCRIPTIONS, self._now_ms)
        record = {
            "id": self._new_id(),
            "externalId": f"subscription-{i + 1}",
            "schemaId": schema,
            "fields": seed_schemas.subscription(i, datetime.fromtimestamp(made / 1000, UTC) + timedelta(days=1)),
            "relationships": {"account": [str(i + 1)]},
            "createdTimestamp": millisecond_time(made),
            "updatedTimestamp": millisecond_time(made),
        }
        cursor = self._db.run(
            "INSERT INTO activecampaign_records (schema_id, id, external_id, created, updated, document)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            schema,
            record["id"],
            record["externalId"],
            made,
            made,
            to_text(record),
        )
        sql = "INSERT INTO activecampaign_record_links VALUES (?, ?, 'account', ?)"
        self._db.run(sql, cursor.lastrowid, schema, str(i + 1))


def _option(field: str, order: int, value: str) -> dict[str, str]:
    return {"field": field, "orderid": str(order), "value": value, "label": value, "isdefault": "0"}


def _list(name: str) -> dict[str, Any]:
    return {
        "stringid": name.lower(),
        "userid": "1",
        "name": name,
        "private": "0",
        "deletestamp": None,
        "links": [],
    }


def _spelling(someone: Person) -> tuple[str, str, str]:
    """First name, last name and phone as this account has them: one in ten differs in each of two ways."""
    first, last, phone = someone.first_name, someone.last_name, someone.phone
    if someone.number % 10 == 3:
        first = f"{first[0]}."
    if someone.number % 10 == 7:
        phone = f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    return first, last, phone


def _standing(i: int) -> Iterator[tuple[int, int]]:
    """List number and status: most take the newsletter, some have left it, every other is a customer."""
    if i % 4:
        yield 1, 2 if i % 9 == 0 else 1
    if i % 2 == 0:
        yield 2, 1
