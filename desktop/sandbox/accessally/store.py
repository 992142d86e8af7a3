"""The site's tables: users with their meta, application passwords, and what the bridge plugin keeps."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.sandbox.accessally.text import fold, slug
from desktop.sandbox.clock import Clock
from desktop.sandbox.storage import Storage, from_text, to_text

TABLES = """
CREATE TABLE IF NOT EXISTS accessally_users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL, login_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE,
    nicename TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, name_key TEXT NOT NULL,
    first_name TEXT NOT NULL, last_name TEXT NOT NULL, nickname TEXT NOT NULL,
    url TEXT NOT NULL, description TEXT NOT NULL, locale TEXT NOT NULL,
    registered INTEGER NOT NULL, posts INTEGER NOT NULL,
    roles TEXT NOT NULL, meta TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS accessally_users_name ON accessally_users (name_key, id);
CREATE TABLE IF NOT EXISTS accessally_passwords (
    uuid TEXT PRIMARY KEY, user_id INTEGER NOT NULL, name TEXT NOT NULL, app_id TEXT NOT NULL,
    password TEXT NOT NULL, created INTEGER NOT NULL, last_used INTEGER
);
CREATE TABLE IF NOT EXISTS accessally_changes (
    user_id INTEGER PRIMARY KEY, changed_at INTEGER NOT NULL, deleted INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS accessally_changes_order ON accessally_changes (changed_at, user_id);
CREATE TABLE IF NOT EXISTS accessally_tags (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS accessally_user_tags (
    user_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, PRIMARY KEY (user_id, tag_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accessally_pending_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL,
    user_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, added INTEGER NOT NULL
);
"""
COLUMNS = (
    "id", "login", "email", "nicename", "name", "first_name", "last_name", "nickname", "url", "description",
    "locale", "registered", "posts", "roles", "meta",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM accessally_users"
_ALPHABET = string.ascii_letters + string.digits
_PASSWORD_LENGTH = 24
_DEFAULT_ROLE = "subscriber"
CONTACT = "_accessally_contact_id"
"""The hidden meta key of a member's contact; a name of the sandbox's own."""


@dataclass(slots=True)
class User:
    """A row of the users' table with its meta. ``registered``: epoch seconds; ``posts``: published ones."""

    id: int
    login: str
    email: str
    nicename: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    nickname: str = ""
    url: str = ""
    description: str = ""
    locale: str = ""
    registered: int = 0
    posts: int = 0
    roles: list[str] = field(default_factory=lambda: [_DEFAULT_ROLE])
    meta: dict[str, Any] = field(default_factory=dict)


class Store:
    """Reads and writes the tables. A written user is noted as changed, as the bridge plugin's hooks do."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        storage.script(TABLES)
        self.storage = storage
        self.clock = clock

    def now(self) -> int:
        """Epoch seconds on the sandbox's clock."""
        return int(self.clock.now())

    # --- users

    def user(self, user_id: int) -> User | None:
        return self._user("id = ?", user_id)

    def by_login(self, login: str) -> User | None:
        return self._user("login_key = ?", fold(login))

    def by_email(self, email: str) -> User | None:
        return self._user("email_key = ?", fold(email))

    def by_nicename(self, nicename: str) -> User | None:
        return self._user("nicename = ?", nicename)

    def _user(self, where: str, value: object) -> User | None:
        row = self.storage.one(f"{_SELECT} WHERE {where}", (value,))
        return None if row is None else _user(row)

    def page(self, where: str, params: Sequence[Any], order: str, limit: int, offset: int) -> list[User]:
        sql = f"{_SELECT} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        return [_user(row) for row in self.storage.all(sql, (*params, limit, offset))]

    def count(self, where: str, params: Sequence[Any]) -> int:
        row = self.storage.one(f"SELECT COUNT(*) FROM accessally_users WHERE {where}", params)
        return 0 if row is None else row[0]

    def insert(self, user: User) -> User:
        """A new user with the next number and a nicename of its own."""
        user.registered = user.registered or self.now()
        user.nicename = self._free_nicename(user.nicename or slug(user.login[:50]), 0)
        with self.storage.transaction():
            marks = ", ".join("?" * (len(COLUMNS) + 3))
            cursor = self.storage.execute(f"INSERT INTO accessally_users ({INSERTED}) VALUES ({marks})", row_of(user))
            user.id = cursor.lastrowid or 0
            self.changed(user.id)
        return user

    def save(self, user: User) -> None:
        """Write a changed user."""
        user.nicename = self._free_nicename(user.nicename or slug(user.login[:50]), user.id)
        names = [name.strip() for name in INSERTED.split(",")]
        settings = ", ".join(f"{name} = ?" for name in names[1:])
        with self.storage.transaction():
            self.storage.execute(f"UPDATE accessally_users SET {settings} WHERE id = ?", (*row_of(user)[1:], user.id))
            self.changed(user.id)

    def save_meta(self, user: User) -> None:
        """Write a user's meta alone."""
        with self.storage.transaction():
            self.storage.execute("UPDATE accessally_users SET meta = ? WHERE id = ?", (to_text(user.meta), user.id))
            self.changed(user.id)

    def delete(self, user: User, heir: int | None) -> None:
        """Remove a user; posts go to ``heir``, else away."""
        with self.storage.transaction():
            if heir:
                self.storage.execute("UPDATE accessally_users SET posts = posts + ? WHERE id = ?", (user.posts, heir))
            self.storage.execute("DELETE FROM accessally_users WHERE id = ?", (user.id,))
            for table in ("passwords", "user_tags", "pending_tags"):
                self.storage.execute(f"DELETE FROM accessally_{table} WHERE user_id = ?", (user.id,))
            self.changed(user.id, deleted=True)

    def _free_nicename(self, wanted: str, user_id: int) -> str:
        nicename, number = wanted, 2
        while (other := self.by_nicename(nicename)) is not None and other.id != user_id:
            nicename, number = f"{wanted}-{number}", number + 1
        return nicename

    # --- changes

    def changed(self, user_id: int, *, deleted: bool = False) -> None:
        sql = "INSERT OR REPLACE INTO accessally_changes VALUES (?, ?, ?)"
        self.storage.execute(sql, (user_id, self.now(), deleted))

    def changes(self, since: int, after: int, limit: int) -> list[tuple[int, int, int]]:
        """``(user id, changed at, deleted)`` in the order of time, then number, from after the given place."""
        return self.storage.all(
            "SELECT user_id, changed_at, deleted FROM accessally_changes"
            " WHERE changed_at > ? OR (changed_at = ? AND user_id > ?) ORDER BY changed_at, user_id LIMIT ?",
            (since, since, after, limit),
        )

    # --- application passwords

    def add_password(self, user_id: int, name: str, app_id: str = "", password: str = "") -> tuple[str, str]:
        """A new application password; its uuid and the password, without spaces."""
        password = password or "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH))
        identifier = str(uuid.uuid4())
        row = (identifier, user_id, name, app_id, password, self.now(), None)
        self.storage.execute("INSERT INTO accessally_passwords VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return identifier, password

    def login(self, name: str, password: str) -> tuple[User | None, str | None]:
        """The user of a name or address, and the uuid of the application password that fits."""
        user = self.by_login(name) or self.by_email(name)
        if user is None:
            return None, None
        given = re.sub(r"[^a-zA-Z0-9]", "", password)
        sql = "SELECT uuid FROM accessally_passwords WHERE user_id = ? AND password = ?"
        row = self.storage.one(sql, (user.id, given))
        if row is None:
            return user, None
        self.storage.execute("UPDATE accessally_passwords SET last_used = ? WHERE uuid = ?", (self.now(), row[0]))
        return user, row[0]

    # --- tags

    def tags(self) -> list[tuple[int, str]]:
        return self.storage.all("SELECT id, name FROM accessally_tags ORDER BY id")

    def tags_of(self, user_id: int) -> list[int]:
        sql = "SELECT tag_id FROM accessally_user_tags WHERE user_id = ? ORDER BY tag_id"
        return [row[0] for row in self.storage.all(sql, (user_id,))]

    def change_tags(self, user_id: int, ids: Iterable[int], *, added: bool, delay: float) -> None:
        """Give a member tags or take them; with a delay the site learns of it that much later."""
        with self.storage.transaction():
            for tag_id in ids:
                row = (self.clock.now() + delay, user_id, tag_id, added)
                self.storage.execute(
                    "INSERT INTO accessally_pending_tags (due, user_id, tag_id, added) VALUES (?, ?, ?, ?)", row
                )
        self.settle_tags()

    def settle_tags(self) -> None:
        """What the connected platform changed and is due reaches the site now."""
        due = self.storage.all(
            "SELECT id, user_id, tag_id, added FROM accessally_pending_tags WHERE due <= ? ORDER BY id",
            (self.clock.now(),),
        )
        for identifier, user_id, tag_id, added in due:
            with self.storage.transaction():
                verb = "INSERT OR IGNORE INTO accessally_user_tags VALUES (?, ?)"
                if not added:
                    verb = "DELETE FROM accessally_user_tags WHERE user_id = ? AND tag_id = ?"
                self.storage.execute(verb, (user_id, tag_id))
                self.storage.execute("DELETE FROM accessally_pending_tags WHERE id = ?", (identifier,))
                self.changed(user_id)


INSERTED = ", ".join((*COLUMNS, "login_key", "email_key", "name_key"))


def row_of(user: User) -> tuple[Any, ...]:
    """A user in the order of ``INSERTED``; number 0 takes the next one."""
    return (
        user.id or None, user.login, user.email, user.nicename, user.name, user.first_name, user.last_name,
        user.nickname, user.url, user.description, user.locale, user.registered, user.posts, to_text(user.roles),
        to_text(user.meta), fold(user.login), fold(user.email), fold(user.name),
    )  # fmt: skip


def _user(row: tuple[Any, ...]) -> User:
    return User(*row[:-2], roles=from_text(row[-2]), meta=from_text(row[-1]))


def spaced(password: str) -> str:
    """An application password as WordPress shows it: groups of four."""
    return " ".join(password[start : start + 4] for start in range(0, len(password), 4))


def seeded_password(text: str) -> str:
    """The same application password for the same text."""
    digest = hashlib.sha256(text.encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:_PASSWORD_LENGTH])
