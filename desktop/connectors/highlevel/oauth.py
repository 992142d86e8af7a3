"""HighLevel's OAuth: the page that asks a person, and the calls that give tokens.

Sources: https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0 and the vendor's OpenAPI document of OAuth.
HighLevel describes neither PKCE nor public clients: the app's secret goes with every exchange, and no challenge is
sent, since nobody says that one would be ignored.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlencode

from desktop.connectors.address import checked_address
from desktop.connectors.clock import Clock
from desktop.connectors.dialect import Answer
from desktop.connectors.guard import shaped
from desktop.connectors.highlevel.auth import scopes
from desktop.connectors.highlevel.grants import Grant, Token, token_of
from desktop.connectors.redaction import Secret, scrub
from desktop.connectors.transport import Transport
from desktop.domain.errors import CredentialRefused, CrosswalkError, UnexpectedAnswer

ADDRESS = "https://services.leadconnectorhq.com"
AGENCY_SCOPES = ("oauth.readonly", "oauth.write")
"""Listing the locations of an agency, and making tokens for them."""

_CHOOSE = "/v2/oauth/chooselocation"
_STANDARD = "https://marketplace.gohighlevel.com"
_WHITE_LABEL = "https://marketplace.leadconnectorhq.com"
_PAGE = 100


def wanted_scopes(*, agency: bool) -> list[str]:
    """The scopes that a sign-in asks for."""
    return [*scopes(), *(AGENCY_SCOPES if agency else ())]


def app_id(client_id: str) -> str:
    """The app's id (also its version's, in links of the developer portal): the part before the client id's dash."""
    return client_id.partition("-")[0]


def consent_address(
    base_url: str, client_id: str, redirect: str, state: str, *, agency: bool, white_label: bool
) -> str:
    """The page on which a person chooses a location and allows the app to use it.

    :param base_url: of the API; plain http leads to the sandbox, which has such a page of its own.
    """
    host = _WHITE_LABEL if white_label else _STANDARD
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect,
        "scope": " ".join(wanted_scopes(agency=agency)),
        "state": state,
    }
    if "-" in client_id:
        query["version_id"] = app_id(client_id)
    at = base_url if is_sandbox(base_url) else host
    return f"{at}{_CHOOSE}?{urlencode(query)}"


def is_sandbox(base_url: str) -> bool:
    """Whether the address is of this computer: plain http is taken for nothing else."""
    return checked_address(base_url).startswith("http://")


class Tokens:
    """The calls that give tokens.

    :param name: the connection's, for sentences.
    :param open_transport: opens a connection that sends that token, or none.
    """

    def __init__(self, name: str, clock: Clock, open_transport: Callable[[Secret | None], Transport]) -> None:
        self.name = self._name = name
        self._clock = clock
        self._open = open_transport

    @property
    def _transport(self) -> Tokens:
        """What failures name: every call has a connection of its own."""
        return self

    @staticmethod
    def scrub(text: str) -> str:
        """The text without what looks like a credential."""
        return scrub(text)

    @shaped
    async def of_code(self, grant: Grant, code: str, redirect: str, *, agency: bool) -> tuple[Grant, dict[str, Any]]:
        """The tokens that a code from the browser is worth, and all that the answer says.

        :raises CredentialRefused: when the code or the app's credentials are not accepted.
        """
        more = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        answer = await self._pair(grant, more, agency=agency)
        if answer.status >= 400:
            raise self._refused_code(answer, grant, code)
        data = self._object(answer)
        if data.get("userType") == "Company":
            grant = replace(grant, company=str(data["companyId"]), agency=Token(""))
        return grant.with_answer(data, self._clock.now()), data

    @shaped
    async def refreshed(self, grant: Grant) -> Grant:
        """A new pair of tokens; the refresh token that was used is worth nothing afterwards.

        A request whose answer was lost is sent again: if it had arrived, the second one is refused.

        :raises CredentialRefused: when the refresh token is not accepted any more.
        """
        more = {"grant_type": "refresh_token", "refresh_token": grant.refresh}
        answer = await self._pair(grant, more, agency=grant.agency is not None)
        if answer.status >= 400:
            raise self.no_longer_accepted(self._details(answer, grant))
        return grant.with_answer(self._object(answer), self._clock.now())

    @shaped
    async def of_location(self, grant: Grant) -> Grant | None:
        """With a new token of the location, made from the agency's; ``None`` when the agency's is not accepted."""
        form = {"companyId": grant.company, "locationId": grant.location}
        async with self._opened(grant, grant.agency) as transport:
            answer = await transport.request("POST", "/oauth/locationToken", form=form, idempotent=True)
        if answer.status == 401 and "scope" not in self._text(answer).lower():
            return None
        if answer.status >= 400:
            raise CredentialRefused(
                f"HighLevel gives the agency's app no access to the location {grant.location} of {self._name}.",
                "See in HighLevel that the app is installed in this location and has the scope oauth.write, then "
                "sign in again under Connections.",
                self._details(answer, grant),
            )
        return replace(grant, access=token_of(self._object(answer), self._clock.now()))

    @shaped
    async def locations(self, grant: Grant) -> dict[str, str]:
        """By id, the locations of the agency in which the app is installed.

        :raises CredentialRefused: when the agency's token may not list them.
        """
        found: dict[str, str] = {}
        about = {"companyId": grant.company, "appId": app_id(grant.client_id), "isInstalled": "true"}
        async with self._opened(grant, grant.agency) as transport:
            while True:
                params = {**about, "skip": len(found), "limit": _PAGE}
                answer = await transport.request("GET", "/oauth/installedLocations", params=params, idempotent=True)
                if answer.status >= 400:
                    raise CredentialRefused(
                        "HighLevel does not list the locations of this agency to the app.",
                        "Add the scopes oauth.readonly and oauth.write to the app, then sign in again.",
                        self._details(answer, grant),
                    )
                rows: Sequence[Mapping[str, Any]] = self._object(answer)["locations"]
                before = len(found)
                found.update({str(row["_id"]): _titled(row) for row in rows})
                if len(found) == before or len(rows) < _PAGE:
                    return found

    @asynccontextmanager
    async def _opened(self, grant: Grant, token: Token | None, *more: str) -> AsyncGenerator[Transport]:
        """A connection that sends that token, or none; its failures say neither anything of the grant nor ``more``."""
        transport = self._open(Secret(token.text) if token is not None else None)
        try:
            yield transport
        except CrosswalkError as error:
            error.details = scrub(error.details, {*grant.secrets(), *map(Secret, more)})
            raise
        finally:
            await transport.aclose()

    def no_longer_accepted(self, details: str = "") -> CredentialRefused:
        """The error of a sign-in that can't be renewed."""
        return CredentialRefused(
            f"HighLevel no longer accepts the sign-in of {self._name}.",
            f"Open Connections, choose {self._name}, replace its credentials and sign in again.",
            details,
        )

    async def _pair(self, grant: Grant, more: Mapping[str, str], *, agency: bool) -> Answer:
        form = {
            "client_id": grant.client_id,
            "client_secret": grant.client_secret,
            "user_type": "Company" if agency else "Location",
            **more,
        }
        async with self._opened(grant, None, *more.values()) as transport:
            return await transport.request("POST", "/oauth/token", form=form, idempotent=True)

    def _refused_code(self, answer: Answer, grant: Grant, code: str) -> CredentialRefused:
        text = self._text(answer)
        details = scrub(self._details(answer, grant), (Secret(code),))
        if "code" in text.lower():
            return CredentialRefused(
                "HighLevel did not accept the code that the browser brought back.",
                "Sign in again; a code is good for a few minutes and once.",
                details,
            )
        return CredentialRefused(
            "HighLevel did not accept the app's client id and client secret.",
            "Copy both again from the app's client keys in HighLevel's marketplace, then sign in again.",
            details,
        )

    def _object(self, answer: Answer) -> dict[str, Any]:
        if not isinstance(answer.data, dict):
            raise UnexpectedAnswer(
                "HighLevel answered the sign-in in a form that Crosswalk does not know.", "Try again.", answer.text
            )
        return cast("dict[str, Any]", answer.data)

    def _text(self, answer: Answer) -> str:
        if not isinstance(answer.data, dict):
            return answer.text
        body = cast("dict[str, Any]", answer.data)
        message: object = body.get("error_description") or body.get("message") or body.get("error") or ""
        return "; ".join(map(str, cast("list[object]", message))) if isinstance(message, list) else str(message)

    def _details(self, answer: Answer, grant: Grant) -> str:
        return scrub(f"status {answer.status}: {self._text(answer)}", grant.secrets())[:1000]


def _titled(row: Mapping[str, Any]) -> str:
    """A location as people know it."""
    return ", ".join(str(row[key]) for key in ("name", "address") if row.get(key)) or str(row["_id"])
