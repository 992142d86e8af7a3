"""Believable people, their orders and their memberships, the same for every platform: number ``i`` is
always the same person.

Everything follows from ``(seed, i)`` by integer mixing, so that any one of a million can be made without
the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

_T = TypeVar("_T")
_MASK = (1 << 64) - 1
DAY_MS = 86_400_000

FIRST_NAMES = (
    "Amelia", "Noah", "Sofia", "Liam", "Priya", "Mateo", "Grace", "Ethan", "Chloe", "Omar", "Hannah",
    "Lucas", "Zoë",
    "Daniel", "Maya", "Samuel", "Isabel", "Jonah", "Nora", "Felix", "Leila", "Oscar", "Ruth", "Adam",
    "Ingrid", "Marcus",
    "Elena", "Theo", "Alice", "Victor", "Clara", "Hugo", "Naomi", "Simon", "Tara", "Julian", "Esther",
    "Kofi", "Paula",
    "Owen", "Beatriz", "Henry", "Yuki", "Martin", "Fatima", "George", "Anneliese", "Peter", "Dalia",
    "Robert",
)  # fmt: skip
LAST_NAMES = (
    "Walker", "Nguyen", "García", "Patel", "Okafor", "Schmidt", "Rossi", "Kim", "Dubois", "Johansson",
    "Silva", "Murphy",
    "Cohen", "Tanaka", "Novak", "Hughes", "Moreau", "Fischer", "Ali", "Jensen", "O'Brien", "Costa",
    "Bauer", "Mensah",
    "Lindqvist", "Romero", "Sharma", "Baker", "Popescu", "Vargas", "Müller", "Clarke", "Haddad",
    "Kowalski", "Torres",
    "Andersson", "Bennett", "Ferrari", "Nakamura", "Castillo", "Wright", "Petrov", "Adeyemi", "Foster",
    "Weber", "Diaz",
    "Larsen", "Campbell", "Ibrahim", "Santos", "Reyes", "Keller", "Morgan", "Sato", "Hernández", "Price",
    "Blake",
    "Vasquez", "Young", "Zimmermann",
)  # fmt: skip
_ASCII = str.maketrans("äëíáéóúüñß", "aeiaeouuns")
CITIES = (
    ("Austin", "TX", "78701", 512), ("Portland", "OR", "97201", 503), ("Denver", "CO", "80202", 303),
    ("Chicago", "IL", "60601", 312), ("Boston", "MA", "02108", 617), ("Seattle", "WA", "98101", 206),
    ("Atlanta", "GA", "30303", 404), ("Phoenix", "AZ", "85003", 602), ("San Diego", "CA", "92101", 619),
    ("Nashville", "TN", "37201", 615), ("Minneapolis", "MN", "55401", 612), ("Raleigh", "NC", "27601", 919),
    ("Tampa", "FL", "33602", 813), ("Columbus", "OH", "43215", 614), ("Salt Lake City", "UT", "84101", 801),
    ("San Francisco", "CA", "94103", 415), ("Brooklyn", "NY", "11201", 718),
    ("Philadelphia", "PA", "19103", 215),
    ("Las Vegas", "NV", "89101", 702), ("Kansas City", "MO", "64105", 816),
)  # fmt: skip
COMPANIES = (
    "Blue Heron Studio", "Oak & Ember", "Fairway Dental", "Juniper Yoga", "Harbor Roofing",
    "Lumen Optics", "Paper Crane",
    "Northside Cycles", "Willow Bakery", "Summit Legal", "Coral Spa", "Redwood Realty",
    "Brightside Tutors", "Cedar Vet Clinic",
)  # fmt: skip
MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com")
COLOURS = ("red", "green", "blue", "teal", "orange", "violet", "yellow", "black")
INTERESTS = ("Gardening", "Cooking", "Travel", "Music", "Running", "Photography")
PLANS = ("Free", "Basic", "Pro", "Business")
TAGS = ("customer", "newsletter", "vip", "lead", "wholesale", "referral")
SOURCES = ("website", "referral", "facebook", "import", "walk-in")
STATUSES = ("received", "processing", "sent")
EXTRAS = ("gift_wrap", "insured", "express")
NOTES = (
    "Please leave the parcel with the neighbour.",
    "Ring the bell twice, the dog is friendly.",
    "Gift: no invoice in the box please.",
    "Deliver after 5 pm.\nThe gate code is 4711.",
    "Customer asked for recycled packaging.",
    "Second attempt, the first parcel was lost.",
    "Fragile: glass.",
)


def mix(seed: int, *parts: int) -> int:
    """64 well-mixed bits (SplitMix64's finaliser over each part in turn)."""
    state = seed & _MASK
    for part in parts:
        state = (state + part * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


@dataclass(frozen=True, slots=True)
class Person:
    """A customer. ``lifetime_cents`` is US cents; None stands for what nobody filled in."""

    number: int
    first_name: str
    last_name: str
    email: str
    phone: str
    company: str | None
    street: str
    city: str
    state: str
    postal_code: str
    country: str
    birthday: date
    favourite_colour: str | None
    interests: tuple[str, ...]
    lifetime_cents: int | None
    member_since: date | None
    plan: str | None
    tags: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order of person number ``person``. ``total_cents`` is US cents, ``weight_grams`` whole tens of
    grams.
    """

    number: int
    person: int
    order_number: str
    status: str
    total_cents: int
    receipt_link: str | None
    note: str | None
    extras: tuple[str, ...]
    weight_grams: int | None
    internal_score: int | None


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership of person number ``person``, with a value of every kind a field can hold."""

    number: int
    person: int
    name: str
    level: str
    fee_cents: int
    started_on: date
    perks: tuple[str, ...]
    visits: int
    contact_phone: str | None
    contact_email: str | None
    terms: str | None
    renewal: str
    answers: tuple[tuple[str, str], ...]
    card_url: str | None


def pick(bits: int, shift: int, options: Sequence[_T]) -> _T:
    return options[((bits >> shift) & 0xFFFF) % len(options)]


def subset(bits: int, shift: int, options: Sequence[str]) -> tuple[str, ...]:
    """Some of the options, in their order; the bits decide each, so none at all is possible."""
    return tuple(option for index, option in enumerate(options) if bits >> (shift + 2 * index) & 3 == 0)


def person(seed: int, i: int) -> Person:
    """Person number ``i`` (from 0). E-mail addresses and phone numbers are unique among the first million."""
    bits = mix(seed, 1, i)
    more = mix(seed, 2, i)
    first = pick(bits, 0, FIRST_NAMES)
    last = pick(bits, 16, LAST_NAMES)
    place = i % len(CITIES)
    city, state, postal_code, area = CITIES[place]
    local = 2_000_000 + (i // len(CITIES) * 104_729 + (seed % 9_973) * 613) % 7_900_000
    handle = f"{first}.{last}".lower().replace("'", "").translate(_ASCII)
    since = date(2015, 1, 1) + timedelta(days=(more >> 20) % 3900)
    return Person(
        number=i,
        first_name=first,
        last_name=last,
        email=f"{handle}{i + 1}@{pick(bits, 32, MAIL_DOMAINS)}",
        phone=f"+1{area}{local:07d}",
        company=pick(bits, 40, COMPANIES) if bits >> 60 < 6 else None,
        street=f"{1 + (more & 0x3FF)} {pick(more, 10, LAST_NAMES)} Street",
        city=city,
        state=state,
        postal_code=postal_code,
        country="US",
        birthday=date(1950, 1, 1) + timedelta(days=(bits >> 24) % 20_000),
        favourite_colour=pick(more, 4, COLOURS) if more >> 60 else None,
        interests=subset(more, 24, INTERESTS),
        lifetime_cents=(more >> 8) % 1_000_000 if (more >> 56) & 15 else None,
        member_since=since if (more >> 52) & 7 else None,
        plan=pick(more, 40, PLANS) if (more >> 48) & 7 else None,
        tags=subset(bits, 44, TAGS),
        source=pick(more, 14, SOURCES),
    )


def buyer(seed: int, i: int) -> int:
    """Who placed order number ``i``: person ``i`` or, one time in four, an earlier one."""
    bits = mix(seed, 8, i)
    return (bits >> 8) % (i + 1) if bits & 3 == 0 else i


def order(seed: int, i: int) -> Order:
    """Order number ``i`` (from 0)."""
    bits = mix(seed, 3, i)
    more = mix(seed, 4, i)
    number = str(10_001 + i)
    return Order(
        number=i,
        person=buyer(seed, i),
        order_number=number,
        status="draft" if (more >> 24) % 20 == 0 else pick(bits, 20, STATUSES),
        total_cents=499 + (bits >> 16) % 49_000,
        receipt_link=f"https://shop.example.com/receipts/{number}" if (bits >> 4) % 10 else None,
        note=pick(more, 32, NOTES) if (bits >> 36) % 3 == 0 else None,
        extras=subset(bits, 40, EXTRAS),
        weight_grams=10 * (1 + (more >> 40) % 2500) if (more >> 52) % 8 else None,
        internal_score=(more >> 44) % 101 if (bits >> 50) % 4 else None,
    )


def membership(seed: int, i: int, people: int) -> Membership:
    """Membership number ``i`` (from 0) of one of the first ``people`` persons."""
    bits = mix(seed, 5, i)
    holder = person(seed, bits % max(1, people))
    level = pick(bits, 8, ("bronze", "silver", "gold"))
    return Membership(
        number=i,
        person=holder.number,
        name=f"{holder.first_name} {holder.last_name}, {level.title()}",
        level=level,
        fee_cents={"bronze": 1900, "silver": 4900, "gold": 9900}[level],
        started_on=date(2022, 1, 1) + timedelta(days=(bits >> 12) % 1400),
        perks=subset(bits, 24, ("lounge", "parking", "guest_pass")),
        visits=(bits >> 30) % 200,
        contact_phone=holder.phone if bits >> 40 & 3 else None,
        contact_email=holder.email if bits >> 42 & 3 else None,
        terms="Paid yearly in advance. May be cancelled with one month's notice." if bits >> 44 & 1 else None,
        renewal=pick(bits, 46, ("yearly", "monthly")),
        answers=(("goal", pick(bits, 50, ("Fitness", "Company", "Rehabilitation"))),),
        card_url=f"https://files.example.com/cards/{i + 1}.pdf" if bits >> 54 & 1 else None,
    )


def created_ms(seed: int, i: int, total: int, now_ms: int) -> int:
    """When item ``i`` of ``total`` was made: growing with ``i``, from two years to one day before
    ``now_ms``.
    """
    span = 729 * DAY_MS
    step = span // max(1, total)
    return now_ms - 730 * DAY_MS + i * step + mix(seed, 6, i) % max(1, step)


def day_of(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).date()
