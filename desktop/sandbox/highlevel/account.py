"""The one sub-account that the sandbox has: its tokens with their scopes, its settings and who may see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from desktop.sandbox import inputs
from desktop.sandbox.clock import Clock
from desktop.sandbox.highlevel.ids import new_uuid, short_id, uuid_text
from desktop.sandbox.highlevel.wire import refuse
from desktop.sandbox.kernel import Call, Caller
from desktop.sandbox.outgoing import is_here
from desktop.sandbox.storage import Storage

SCOPES = frozenset(
    {
        "objects/schema.readonly",
        "objects/schema.write",
        "objects/record.readonly",
        "objects/record.write",
        "locations.readonly",
        "locations/customFields.readonly",
        "locations/customFields.write",
        "associations.readonly",
        "associations.write",
        "associations/relation.readonly",
        "associations/relation.write",
        "contacts.readonly",
        "contacts.write",
        "opportunities.readonly",
        "opportunities.write",
        "businesses.readonly",
        "businesses.write",
        "locations/tasks.readonly",
        "users.readonly",
    }
)
VERSIONS = frozenset({"2021-04-15", "2021-07-28", "2023-02-21", "v3"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between live accounts, or is not settled; the control address changes it.

    ``burst_limit`` per 10 seconds, ``daily_limit`` per day. ``sliding_window`` looks back 10 seconds from
    every request instead of opening a window with the first. ``search_status``: 201 as measured, or 200 as
    specified. ``owner_writable`` admits owner and followers in record bodies. ``duplicate_rule``: what
    makes two contacts the same, in order. ``opportunity_search`` and ``schema_delete``: whether the advanced search of
    opportunities, and the web app's own call that deletes an object, are open to API tokens. ``webhook_url``: an
    address of this computer that events are sent to, blank for nowhere.
    """

    burst_limit: int = 100
    daily_limit: int = 200_000
    retry_after: bool = False
    sliding_window: bool = False
    index_delay_seconds: float = 0.0
    search_status: int = 201
    owner_writable: bool = False
    allow_duplicate_contacts: bool = False
    duplicate_rule: tuple[str, ...] = ("email", "phone")
    allow_duplicate_opportunities: bool = True
    opportunity_search: bool = True
    schema_delete: bool = True
    webhook_url: str = ""


class Account:
    """Tokens and settings, kept in storage."""

    def __init__(self, storage: Storage, clock: Clock, seed: int) -> None:
        self._storage = storage
        self._clock = clock
        stored = storage.get_value("highlevel_account")
        if stored is None:
            stored = {
                "location": short_id(seed, 101, 0),
                "company": short_id(seed, 102, 0),
                "token": f"pit-{uuid_text(seed, 103)}",
            }
            storage.set_value("highlevel_account", stored)
        self.location: str = stored["location"]
        self.company: str = stored["company"]
        self.token: str = stored["token"]
        self._callers = {self.token: Caller(token=self.token, account=self.location, scopes=SCOPES)}
        self._expires: dict[str, float] = {}
        for token, made in (storage.get_value("highlevel_tokens") or {}).items():
            self._admit_token(token, made)
        kept = storage.get_value("highlevel_settings") or {}
        if "duplicate_rule" in kept:
            kept["duplicate_rule"] = tuple(kept["duplicate_rule"])
        self.settings = Settings(**kept)

    def new_token(self, options: Mapping[str, object]) -> str:
        """A token with ``scopes`` (all when left out) for ``location`` (ours when left out).

        Raises ``ValueError`` for an unknown option or scope.
        """
        inputs.only(options, ("scopes", "location"))
        location = str(options.get("location") or self.location)
        return self.issue(f"pit-{new_uuid()}", chosen_scopes(options.get("scopes")), location=location)

    def issue(
        self,
        token: str,
        scopes: Collection[str],
        *,
        location: str = "",
        owner: str = "",
        expires: float | None = None,
    ) -> str:
        """Make ``token`` valid, until ``expires`` (seconds on the sandbox's clock) if given.

        ``owner``: whose allowance it uses (its own when empty).
        """
        made = {
            "scopes": sorted(scopes),
            "location": location or self.location,
            "owner": owner or token,
            "expires": expires,
        }
        self._admit_token(token, made)
        known = self._storage.get_value("highlevel_tokens") or {}
        self._storage.set_value("highlevel_tokens", known | {token: made})
        return token

    def _admit_token(self, token: str, made: Mapping[str, Any]) -> None:
        self._callers[token] = Caller(token=made["owner"], account=made["location"], scopes=frozenset(made["scopes"]))
        if made["expires"] is not None:
            self._expires[token] = made["expires"]

    def configure(self, given: Mapping[str, object]) -> None:
        """Change settings. Raises ``ValueError`` for an unknown name or a value of the wrong type."""
        changes: dict[str, object] = {}
        known = {item.name: getattr(self.settings, item.name) for item in fields(Settings)}
        inputs.only(given, known)
        for name, value in given.items():
            changes[name] = _setting(name, value, known[name])
        self.settings = replace(self.settings, **changes)  # pyright: ignore[reportArgumentType]
        self._storage.set_value("highlevel_settings", asdict(self.settings))

    def authenticate(self, call: Call) -> Caller:
        """Check bearer token, ``Version`` header and the endpoint's scope, in that order."""
        if call.endpoint is not None and call.endpoint.tag == "public":
            return Caller(token="", account=self.location)
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        caller = self._callers.get(token.strip())
        expires = self._expires.get(token.strip())
        if expires is not None and self._clock.now() >= expires:
            caller = None
        if caller is None or scheme.lower() != "bearer":
            raise refuse(401, "Invalid JWT")
        version = call.headers.get("version")
        if version is None:
            raise refuse(401, "version header was not found.")
        if version not in VERSIONS:
            raise refuse(400, f"Invalid API version segment '{version}' at position 0")
        if call.endpoint is not None and call.endpoint.scope and call.endpoint.scope not in caller.scopes:
            raise refuse(401, "The token is not authorized for this scope.")
        return caller

    def admit(self, call: Call, location: str | None = None) -> None:
        """Refuse a token of another location, and a ``locationId`` that is not the token's."""
        own = call.caller.account
        if own != self.location or (location is not None and location != own):
            raise refuse(403, "The token does not have access to this location.")


def chosen_scopes(given: object) -> list[str]:
    """A list of scopes from outside, all when None. Raises ``ValueError`` for an unknown one."""
    if given is None:
        return sorted(SCOPES)
    if not isinstance(given, list) or not set(given) <= SCOPES:
        raise ValueError(f"scopes must be a list of: {', '.join(sorted(SCOPES))}")
    return given


def _setting(name: str, value: object, present: Any) -> object:
    if name == "duplicate_rule":
        if not isinstance(value, list) or not set(value) <= {"email", "phone"}:
            raise ValueError("duplicate_rule must be a list of email and phone")
        return tuple(value)
    if name == "webhook_url":
        if not isinstance(value, str) or (value and not is_here(value)):
            raise ValueError("webhook_url must be an address of this computer")
        return value
    if name == "search_status" and value not in (200, 201):
        raise ValueError("search_status must be 200 or 201")
    if isinstance(present, bool):
        return inputs.flag(name, value)
    return type(present)(inputs.number(name, value))
