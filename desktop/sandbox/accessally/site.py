"""What every part of the emulated site works on: its store, settings and the rights of who is calling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from desktop.sandbox import inputs
from desktop.sandbox.accessally.errors import not_allowed, refuse
from desktop.sandbox.accessally.fields import Fields
from desktop.sandbox.accessally.store import Store, User
from desktop.sandbox.accessally.webhooks import Webhook
from desktop.sandbox.kernel import Call

WORDPRESS = "6.1.9"


@dataclass(slots=True)
class Settings:
    """What the control address may change.

    `strict_login`: wrong credentials are refused on every route, as where a plugin asks early who is calling;
    otherwise a public route takes the caller for a visitor. `application_passwords`, `bridge`, `accessally`:
    whether the site offers the passwords, and whether our plugin and the product are installed. `old_bridge`: our
    plugin is the one of contract 1. `mode`: where AccessAlly keeps contacts. `sync_delay_seconds`: how late tags of a
    connected platform reach the site. `approves_sign_in`: what the site's administrator answers to an application
    that asks for a password.
    """

    strict_login: bool = False
    application_passwords: bool = True
    bridge: bool = True
    old_bridge: bool = False
    accessally: bool = True
    approves_sign_in: bool = True
    mode: str = "managed"
    sync_delay_seconds: float = 30.0

    def change(self, given: Mapping[str, object]) -> None:
        """Take the given settings. Raises ``ValueError`` for an unknown name or a wrong value."""
        inputs.only(given, self.report())
        for name, value in given.items():
            match name:
                case "mode":
                    self.mode = inputs.one_of(name, value, ("managed", "connected"))
                case "sync_delay_seconds":
                    self.sync_delay_seconds = inputs.number(name, value)
                case _:
                    setattr(self, name, inputs.flag(name, value))

    def report(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Site:
    """The site: what it holds and how it is set up."""

    store: Store
    fields: Fields
    webhook: Webhook
    settings: Settings = field(default_factory=Settings)


def can(call: Call, capability: str) -> bool:
    """Whether the caller has a capability."""
    return capability in call.caller.scopes


def caller_id(call: Call) -> int:
    """The caller's number, 0 for a visitor."""
    return int(call.caller.account or 0)


def can_edit(call: Call, user: User) -> bool:
    """Everybody may edit themselves; others need the right."""
    return caller_id(call) == user.id or can(call, "edit_users")


def rest_url(call: Call, path: str = "/") -> str:
    """The address of a route."""
    return f"{call.base_url}/wp-json{path}"


def existing(site: Site, identifier: object) -> User:
    """The user with this number. Raises 404."""
    text = str(identifier)
    user = site.store.user(int(text)) if text.isdigit() and len(text) < 19 else None
    if user is None:
        raise refuse("rest_user_invalid_id", "Invalid user ID.", 404)
    return user


def self_or(call: Call, site: Site, identifier: str) -> User:
    """The user that a path names by number or as ``me``."""
    if identifier != "me":
        return existing(site, identifier)
    user = site.store.user(caller_id(call))
    if user is None:
        raise refuse("rest_not_logged_in", "You are not currently logged in.", 401)
    return user


def need(call: Call, capability: str, code: str, message: str, **data: Any) -> None:
    """Raises unless the caller has a capability."""
    if not can(call, capability):
        raise not_allowed(call.caller, code, message, **data)
