"""``/crosswalk/v1``: what our bridge plugin adds to a site. The contract is in ``resources/wordpress/README.md``."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from desktop.sandbox.accessally.arguments import Arg, read
from desktop.sandbox.accessally.errors import no_route, not_allowed, refuse
from desktop.sandbox.accessally.fields import TYPES, Field, is_free_key
from desktop.sandbox.accessally.routing import Route
from desktop.sandbox.accessally.site import WORDPRESS, Site, existing, need
from desktop.sandbox.accessally.store import CONTACT, User
from desktop.sandbox.accessally.text import plain
from desktop.sandbox.accessally.webhooks import Target
from desktop.sandbox.kernel import Answer, Call
from desktop.sandbox.outgoing import LOOPBACK

VERSION, CONTRACT = "1.2.0", 3
OLD_VERSION, OLD_CONTRACT = "1.0.0", 1
ACCESSALLY = "4.1.2"
NAMESPACE = "/crosswalk/v1"
_FIELD = (
    Arg("key", required=True),
    Arg("type", enum=TYPES, required=True),
    Arg("label", check=plain),
)
_CHANGES = (
    Arg("since", "integer", default=0, minimum=0),
    Arg("after", "integer", default=0, minimum=0),
    Arg("limit", "integer", default=100, minimum=1, maximum=1000),
)
_TAGS = (Arg("tags", "array", items="integer", required=True),)
_MEMBERS = (Arg("ids", "array", items="integer", max_items=100, required=True),)
_HIGHEST_ID = 2**63 - 1
_WEBHOOK = (Arg("url", required=True), Arg("secret", required=True))
_SHORTEST_SECRET = 16
_CONTROLS = re.compile(r"[\x00-\x20\x7f]")


class Bridge:
    """The plugin's routes; who may call which is said at each."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        one_field, hook = f"{NAMESPACE}/fields/{{key}}", f"{NAMESPACE}/webhooks"
        tags = f"{NAMESPACE}/members/{{id}}/tags"
        return [
            Route("GET", f"{NAMESPACE}/status", self.status),
            Route("GET", f"{NAMESPACE}/fields", self.fields),
            Route("POST", f"{NAMESPACE}/fields", self.add_field, _FIELD),
            Route("DELETE", one_field, self.remove_field),
            Route("GET", f"{NAMESPACE}/tags", self.tags),
            Route("GET", f"{NAMESPACE}/members/tags", self.tags_of_members, _MEMBERS),
            Route("GET", tags, self.member_tags),
            Route("POST", tags, self.add_tags, _TAGS),
            Route("DELETE", tags, self.remove_tags, _TAGS),
            Route("GET", f"{NAMESPACE}/changes", self.changes, _CHANGES),
            Route("GET", hook, self.webhook),
            Route("PUT", hook, self.set_webhook, _WEBHOOK),
            Route("DELETE", hook, self.remove_webhook),
        ]

    def status(self, call: Call) -> Answer:
        """``GET /status`` (list_users): what is installed."""
        _need(call, "list_users")
        settings = self._site.settings
        version, contract = (OLD_VERSION, OLD_CONTRACT) if settings.old_bridge else (VERSION, CONTRACT)
        product: dict[str, Any] = {"present": False, "version": None, "system": None, "mode": None}
        if settings.accessally:
            system = "accessally" if settings.mode == "managed" else "activecampaign"
            product = {"present": True, "version": ACCESSALLY, "system": system, "mode": settings.mode}
        return Answer(
            200,
            {
                "plugin": version,
                "contract": contract,
                "wordpress": WORDPRESS,
                "accessally": product,
                "now": self._site.store.now(),
            },
        )

    # --- fields

    def fields(self, call: Call) -> Answer:
        """``GET /fields`` (list_users): the keys that are registered."""
        _need(call, "list_users")
        return Answer(200, {"fields": [field.report() for field in self._site.fields.all().values()]})

    def add_field(self, call: Call) -> Answer:
        """``POST /fields`` (manage_options): register a key, or give a registered one another label."""
        given = read(call, _FIELD)
        _need(call, "manage_options")
        key, kind = given["key"], given["type"]
        if not is_free_key(key):
            raise refuse("crosswalk_invalid_key", "This key is WordPress's own or cannot be a key.", key=key)
        known = self._site.fields.all().get(key)
        if known is not None and known.type != kind:
            message = f"This key is registered with the type {known.type}."
            raise refuse("crosswalk_field_exists", message, 409, key=key, type=known.type)
        field = Field(key, kind, given.get("label") or key)
        self._site.fields.put(field)
        return Answer(200 if known else 201, field.report())

    def remove_field(self, call: Call) -> Answer:
        """``DELETE /fields/{key}`` (manage_options): no longer registered; what members have of it stays."""
        _need(call, "manage_options")
        field = self._site.fields.remove(call.params["key"])
        if field is None:
            raise refuse("crosswalk_unknown_field", "This key is not registered here.", 404, key=call.params["key"])
        return Answer(200, {"deleted": True, "previous": field.report()})

    # --- tags

    def tags(self, call: Call) -> Answer:
        """``GET /tags`` (list_users): AccessAlly's tags."""
        _need(call, "list_users")
        self._need_product()
        return Answer(200, {"tags": [{"Id": number, "TagName": name} for number, name in self._site.store.tags()]})

    def tags_of_members(self, call: Call) -> Answer:
        """``GET /members/tags`` (list_users, from contract 2): the tags of several; who is not there is left out."""
        if self._site.settings.old_bridge:
            raise no_route()
        wanted = read(call, _MEMBERS)["ids"]
        _need(call, "list_users")
        self._need_product()
        users = [self._site.store.user(number) for number in dict.fromkeys(wanted) if 0 < number <= _HIGHEST_ID]
        return Answer(200, {"members": [self._tags_of(user) for user in users if user is not None]})

    def member_tags(self, call: Call) -> Answer:
        """``GET /members/{id}/tags`` (list_users): the tags that the site knows a member to have."""
        _need(call, "list_users")
        return Answer(200, self._tags_of(self._member(call)))

    def add_tags(self, call: Call) -> Answer:
        """``POST /members/{id}/tags`` (edit_users)."""
        return self._change_tags(call, added=True)

    def remove_tags(self, call: Call) -> Answer:
        """``DELETE /members/{id}/tags`` (edit_users)."""
        return self._change_tags(call, added=False)

    def _change_tags(self, call: Call, *, added: bool) -> Answer:
        wanted = read(call, _TAGS)["tags"]
        _need(call, "edit_users")
        user = self._member(call)
        if user.meta.get(CONTACT) is None:
            raise refuse("crosswalk_no_contact", "This member has no AccessAlly contact yet.", 409)
        known = {number for number, _ in self._site.store.tags()}
        unknown = [number for number in wanted if number not in known]
        if unknown:
            raise refuse("crosswalk_unknown_tag", "AccessAlly has no such tag.", tags=unknown)
        settings = self._site.settings
        delay = settings.sync_delay_seconds if settings.mode == "connected" else 0.0
        self._site.store.change_tags(user.id, wanted, added=added, delay=delay)
        answer = self._tags_of(user)
        pending = any((number in answer["tags"]) != added for number in wanted)
        if not pending:
            self._site.webhook.tell("user.tags", user.id, call.base_url)
        return Answer(200, answer | {"pending": pending})

    def _member(self, call: Call) -> User:
        self._need_product()
        return existing(self._site, call.params["id"])

    def _tags_of(self, user: User) -> dict[str, Any]:
        self._site.store.settle_tags()
        return {"id": user.id, "contact_id": user.meta.get(CONTACT), "tags": self._site.store.tags_of(user.id)}

    def _need_product(self) -> None:
        if not self._site.settings.accessally:
            raise refuse("crosswalk_no_accessally", "AccessAlly is not active on this site.", 501)

    # --- changes

    def changes(self, call: Call) -> Answer:
        """``GET /changes`` (list_users): who changed since a time, oldest first."""
        given = read(call, _CHANGES)
        _need(call, "list_users")
        store = self._site.store
        store.settle_tags()
        now = store.now()
        rows = store.changes(given["since"], given["after"], given["limit"] + 1)
        page = rows[: given["limit"]]
        shown = [{"id": number, "changed_at": at, "deleted": bool(gone)} for number, at, gone in page]
        more = len(rows) > len(page)
        following = {"since": page[-1][1], "after": page[-1][0]} if more else None
        return Answer(200, {"changes": shown, "next": following, "now": now})

    # --- webhooks

    def webhook(self, call: Call) -> Answer:
        """``GET /webhooks`` (manage_options): the target; the secret is never told."""
        _need(call, "manage_options")
        return self._told()

    def set_webhook(self, call: Call) -> Answer:
        """``PUT /webhooks`` (manage_options)."""
        given = read(call, _WEBHOOK)
        _need(call, "manage_options")
        if not _is_target(given["url"]):
            raise refuse("crosswalk_invalid_url", "The address must be https, or on this machine.")
        if len(given["secret"]) < _SHORTEST_SECRET:
            message = f"The secret must have {_SHORTEST_SECRET} characters or more."
            raise refuse("crosswalk_invalid_secret", message)
        self._site.webhook.set(Target(given["url"], given["secret"]))
        return self._told()

    def remove_webhook(self, call: Call) -> Answer:
        """``DELETE /webhooks`` (manage_options)."""
        _need(call, "manage_options")
        self._site.webhook.set(None)
        return Answer(200, {"deleted": True})

    def _told(self) -> Answer:
        target = self._site.webhook.target
        return Answer(200, {"url": target.url if target else None, "has_secret": target is not None})


def _need(call: Call, capability: str) -> None:
    if not call.caller.account:
        raise not_allowed(call.caller, "rest_forbidden", "Sorry, you are not allowed to do that.")
    need(call, capability, "rest_forbidden", "Sorry, you are not allowed to do that.")


def _is_target(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if _CONTROLS.search(url) or not host or parts.username or parts.password:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
