"""What the emulated site holds at first: an administrator and the people of every platform as members.

Person number ``i`` has the e-mail address that the other platforms know, now and then another spelling of the
name. Everybody was registered between two years and one day ago.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from desktop.sandbox.accessally.fields import Field
from desktop.sandbox.accessally.site import Site
from desktop.sandbox.accessally.store import COLUMNS, CONTACT, INSERTED, User, row_of, seeded_password
from desktop.sandbox.accessally.text import slug
from desktop.sandbox.people import TAGS, Person, created_ms, mix, person

_CHUNK = 5000
_FIELDS = (
    Field("crm_object_id", "string", "CRM record"),
    Field("crm_score", "number", "Score"),
    Field("crm_active", "boolean", "Active"),
    Field("crm_tags", "array", "CRM tags"),
    Field("crm_joined", "date", "Joined on"),
)
_ADMIN = 1
_FIRST_MEMBER = 2
_DAY = 86_400


def seed(site: Site, number: int, records: int) -> None:
    """Fill an empty site with about a fifth as many members as ``records``."""
    store = site.store
    now = store.now()
    for field in _FIELDS:
        site.fields.put(field)
    start = now - 730 * _DAY
    admin = User(0, "admin", "amelia.hart@example.com", name="admin", nickname="admin", registered=start, posts=1)
    admin.roles = ["administrator"]
    store.insert(admin)
    store.add_password(_ADMIN, "sandbox", password=seeded_password(f"accessally {number}"))
    store.storage.many("INSERT INTO accessally_tags (name) VALUES (?)", [(name,) for name in TAGS])
    members = max(1, records // 5) if records > 0 else 0
    people = _people(number, members, now)
    while chunk := list(islice(people, _CHUNK)):
        _write(site, chunk)
    store.storage.execute(
        "INSERT OR REPLACE INTO accessally_changes SELECT id, registered, 0 FROM accessally_users", ()
    )


def _people(number: int, members: int, now: int) -> Iterator[tuple[User, Person]]:
    for i in range(members):
        one = person(number, i)
        yield _member(number, one, created_ms(number, i, members, now * 1000) // 1000), one


def _member(number: int, one: Person, registered: int) -> User:
    bits = mix(number, 11, one.number)
    # A few wrote their name in capitals when they signed up.
    last_name = one.last_name.upper() if bits % 11 == 0 else one.last_name
    meta: dict[str, Any] = {CONTACT: str(1000 + one.number), "crm_active": bool(bits >> 8 & 3)}
    if bits >> 12 & 3:
        meta["crm_score"] = (bits >> 16) % 1001 / 10
    if one.tags:
        meta["crm_tags"] = list(one.tags)
    if one.member_since:
        meta["crm_joined"] = one.member_since.isoformat()
    return User(
        _FIRST_MEMBER + one.number,
        one.email,
        one.email,
        nicename=slug(one.email[:50]),
        name=f"{one.first_name} {last_name}",
        first_name=one.first_name,
        last_name=last_name,
        nickname=one.first_name,
        registered=registered,
        meta=meta,
    )


def _write(site: Site, people: list[tuple[User, Person]]) -> None:
    marks = ", ".join("?" * (len(COLUMNS) + 3))
    site.store.storage.many(
        f"INSERT INTO accessally_users ({INSERTED}) VALUES ({marks})", [row_of(user) for user, _ in people]
    )
    bonds = [(user.id, TAGS.index(name) + 1) for user, one in people for name in one.tags]
    site.store.storage.many("INSERT INTO accessally_user_tags VALUES (?, ?)", bonds)
