"""A WordPress site's REST API as one user sees it.

Sources: https://developer.wordpress.org/rest-api/ and https://developer.wordpress.org/rest-api/reference/users/.
Routes are reached as ``/wp-json/wp/v2/users`` or, on sites without permalinks, as ``/?rest_route=/wp/v2/users``.
With a wrong credential WordPress answers public routes with what any visitor sees and status 200, so who is asking is
verified before anything else, and every answer is looked at for what only a signed-in user is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from desktop.connectors.accessally.refusals import Refusals
from desktop.connectors.dialect import Answer
from desktop.connectors.redaction import Secret, scrub
from desktop.connectors.transport import Params, Transport
from desktop.domain.errors import CredentialRefused, CrosswalkError, UnexpectedAnswer

PAGE = 100
"""Members of one page at most."""
USERS = "/wp/v2/users"
BRIDGE = "crosswalk/v1"
_INDEX_FIELDS = "name,description,url,home,namespaces,authentication"
_ME_FIELDS = "id,name,username,email,roles,capabilities"


@dataclass(frozen=True, slots=True)
class Site:
    """What the site says of itself to anybody.

    :param plain: whether its routes are reached by ``?rest_route=``.
    :param passwords: whether it takes application passwords.
    :param authorize: the site's page that makes an application password, blank where it has none.
    """

    name: str
    url: str
    plain: bool
    passwords: bool
    namespaces: frozenset[str]
    authorize: str = ""

    @property
    def has_bridge(self) -> bool:
        """Whether the Crosswalk Bridge plugin is there."""
        return BRIDGE in self.namespaces


@dataclass(frozen=True, slots=True)
class Account:
    """The user that the connection signs in with.

    :param capabilities: WordPress's names of what the user may do.
    """

    id: str
    name: str
    email: str
    roles: tuple[str, ...]
    capabilities: frozenset[str]


class Wire:
    """The REST API of one site.

    :param secrets: texts to keep out of errors beside the credential as a whole.
    :param page_size: members of one page of a listing, 100 at most.
    """

    def __init__(self, transport: Transport, secrets: tuple[Secret, ...] = (), page_size: int = PAGE) -> None:
        self.transport = transport
        self.refusals = Refusals(transport.name, self.scrub)
        self.page_size = max(2, min(page_size, PAGE))
        self._secrets = secrets
        self._lock = asyncio.Lock()
        self._site: Site | None = None
        self._account: Account | None = None

    @property
    def has_bridge(self) -> bool:
        """Whether the Crosswalk Bridge plugin is there, as far as it is known by now."""
        return self._site is not None and self._site.has_bridge

    async def site(self) -> Site:
        """What the site says of itself; asked once.

        :raises UnexpectedAnswer: when it is no WordPress site, or its REST API is blocked.
        """
        async with self._lock:
            return await self._known_site()

    async def account(self, *, again: bool = False) -> Account:
        """Who the credential belongs to; asked once, or again, and what the site offers then as well.

        :raises CredentialRefused: when the site does not know who is asking.
        """
        async with self._lock:
            if again:
                self._site = self._account = None
            if self._account is None:
                self._account = await self._verified(await self._known_site())
            return self._account

    async def _known_site(self) -> Site:
        if self._site is None:
            self._site = await self._find_site()
        return self._site

    async def _find_site(self) -> Site:
        """The index by the usual address, else by the plain one."""
        problem = ""
        for plain in (False, True):
            try:
                answer = await self._send("GET", "/", plain=plain, params={"_fields": _INDEX_FIELDS}, idempotent=True)
            except UnexpectedAnswer as error:
                problem = f"{problem} {error.details}".strip()
                continue
            body = answer.data
            if isinstance(body, dict) and isinstance(body.get("namespaces"), list):
                return _site(body, plain=plain)
            if answer.status in (401, 403) and isinstance(body, dict) and body.get("code"):
                # Where a plugin closes the API to visitors, that is all that somebody unknown is told.
                raise self._error(answer, record="the site", writes=False)
            problem = f"{problem} status {answer.status} {answer.text[:200]}".strip()
        raise self.refusals.no_api(self.scrub(problem)[:1000])

    async def _verified(self, site: Site) -> Account:
        answer = await self._send(
            "GET",
            f"{USERS}/me",
            plain=site.plain,
            params={"context": "edit", "_fields": _ME_FIELDS},
            idempotent=True,
        )
        if answer.status >= 400:
            raise self._error(answer, record="its own user", writes=False)
        body = answer.data
        if not isinstance(body, dict) or not body.get("id") or "email" not in body:
            raise self.refusals.visitor("the answer lacks what only a signed-in user sees", passwords=site.passwords)
        rights = body.get("capabilities")
        return Account(
            id=str(body["id"]),
            name=str(body.get("name") or body.get("username") or ""),
            email=str(body.get("email") or ""),
            roles=tuple(str(role) for role in body.get("roles") or []),
            capabilities=frozenset(key for key, granted in rights.items() if granted)
            if isinstance(rights, dict)
            else frozenset(),
        )

    async def call(
        self,
        method: str,
        route: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        idempotent: bool = True,
        record: str = "what was asked for",
        writes: bool | None = None,
    ) -> Answer:
        """Send one call, once it is known who is asking.

        :param route: the route, such as ``/wp/v2/users``.
        :param record: what the call reads or writes, for sentences ("the member 12").
        :param writes: whether it changes something; by default what the method says.
        :raises CrosswalkError: the domain's error for whatever went wrong.
        """
        answer = await self.attempt(method, route, params=params, json=json, idempotent=idempotent)
        if answer.status < 400:
            return answer
        raise self.error(answer, record=record, writes=method not in ("GET", "OPTIONS") if writes is None else writes)

    async def attempt(
        self,
        method: str,
        route: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        idempotent: bool = True,
    ) -> Answer:
        """Send one call and return its answer, also a refusal."""
        await self.account()
        site = await self.site()
        return await self._send(method, route, plain=site.plain, params=params, json=json, idempotent=idempotent)

    async def data(self, method: str, route: str, **more: Any) -> dict[str, Any]:
        """The JSON object that a call answers.

        :raises UnexpectedAnswer: when the answer is none.
        """
        answer = await self.call(method, route, **more)
        if not isinstance(answer.data, dict):
            raise self.refusals.unexpected("no JSON object")
        return cast("dict[str, Any]", answer.data)

    def error(self, answer: Answer, *, record: str, writes: bool) -> CrosswalkError:
        """The error for an answer of 400 or more."""
        return self._error(answer, record=record, writes=writes)

    def not_signed_in(self) -> CredentialRefused:
        """An answer lacks what only a signed-in user is shown."""
        passwords = self._site.passwords if self._site else True
        return self.refusals.visitor("the answer lacks what only a signed-in user sees", passwords=passwords)

    def scrub(self, text: str) -> str:
        """The text without the connection's secret."""
        return scrub(self.transport.scrub(text), self._secrets)

    def _error(self, answer: Answer, *, record: str, writes: bool) -> CrosswalkError:
        return self.refusals.error(
            answer,
            record=record,
            writes=writes,
            capabilities=self._account.capabilities if self._account else frozenset(),
            passwords=self._site.passwords if self._site else True,
        )

    async def _send(
        self,
        method: str,
        route: str,
        *,
        plain: bool,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        idempotent: bool,
    ) -> Answer:
        path, query = f"/wp-json{route}", cast("Params", params or {})
        if plain:
            path, query = "/", {"rest_route": route, **(params or {})}
        return await self.transport.request(method, path, params=query or None, json=json, idempotent=idempotent)


def _site(body: Mapping[str, Any], *, plain: bool) -> Site:
    ways = body.get("authentication")
    passwords = ways.get("application-passwords") if isinstance(ways, dict) else None
    endpoints = passwords.get("endpoints") if isinstance(passwords, dict) else None
    authorize = endpoints.get("authorization") if isinstance(endpoints, dict) else None
    return Site(
        name=str(body.get("name") or ""),
        url=str(body.get("home") or body.get("url") or ""),
        plain=plain,
        passwords=passwords is not None,
        namespaces=frozenset(str(item) for item in body.get("namespaces") or []),
        authorize=str(authorize or ""),
    )
