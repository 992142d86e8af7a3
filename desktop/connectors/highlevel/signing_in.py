"""Signing in to HighLevel with a marketplace app of the agency's own.

HighLevel has no app for programs that run on people's computers: each agency registers one in its marketplace and
enters the app's client id and secret here. Sources: https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0 and
https://marketplace.gohighlevel.com/docs/oauth/CreateMarketplaceApp.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from desktop.connectors.clock import Clock
from desktop.connectors.highlevel.auth import dialect
from desktop.connectors.highlevel.grants import Grant, Token, write_grant
from desktop.connectors.highlevel.oauth import ADDRESS, Tokens, consent_address, is_sandbox, wanted_scopes
from desktop.connectors.loopback import Loopback
from desktop.connectors.pacing import Pacer
from desktop.connectors.redaction import Secret, scrub
from desktop.connectors.signing_in import Ask, Question, SignedIn, Step, Visit
from desktop.connectors.transport import Transport
from desktop.domain.errors import CredentialRefused, InvalidInput, Problem

PORT = 27493
"""Where the browser comes back to. It is always the same, since HighLevel compares the app's redirect URL exactly."""

_AGENCY = "agency"
_WHITE_LABEL = "white_label"
_NO_CODE = {
    "access_denied": "HighLevel was told not to allow the app.",
    "error.noversionid": "HighLevel does not know a version of this app.",
    "invalid_scope": "The app does not have all the scopes that Crosswalk needs.",
}


def start_sign_in(base_url: str, clock: Clock) -> HighLevelSignIn:
    """Start a sign-in.

    :raises InvalidInput: when the address can't be used.
    """
    address = base_url.strip().rstrip("/") or ADDRESS
    # The sandbox takes any redirect URL: there, several sign-ins may wait at once.
    return HighLevelSignIn(address, clock, 0 if is_sandbox(address) else PORT)


class HighLevelSignIn:
    """One sign-in: the app's credentials, the page in the browser, and with an agency the choice of a location."""

    def __init__(self, base_url: str, clock: Clock, port: int = PORT) -> None:
        self._base_url = base_url
        self._clock = clock
        self._state = secrets.token_urlsafe(32)
        self._loopback = Loopback(port, self._is_ours)
        self._tokens = Tokens("HighLevel", clock, self._open)
        self._grant = Grant(Token(""))
        self._agency = False
        self._step: Step | None = None
        self._choices: Mapping[str, str] = {}

    async def start(self) -> Step:
        """Ask for the app's credentials.

        :raises Unreachable: when another program has the port that the browser comes back to.
        """
        await self._loopback.open()
        self._step = self._app()
        return self._step

    async def answer(self, answers: Mapping[str, str]) -> Step:
        """The next step."""
        match self._step:
            case Ask() if self._choices:
                self._step = await self._with_location(answers)
            case Ask():
                self._step = self._consent(answers)
            case Visit():
                self._step = await self._returned()
            case _:
                raise InvalidInput("This sign-in has ended.", hint="Start it again.")
        return self._step

    async def aclose(self) -> None:
        """Stop waiting for the browser and forget everything."""
        self._grant, self._step, self._choices = Grant(Token("")), None, {}
        await self._loopback.aclose()

    def _open(self, token: Secret | None) -> Transport:
        how = dialect()
        pacer = Pacer(how.limit, how.interval_seconds, self._clock)
        return Transport("HighLevel", self._base_url, token, how, pacer=pacer, clock=self._clock)

    # The app

    def _app(self) -> Ask:
        scopes = ", ".join(wanted_scopes(agency=False))
        text = (
            "Sign in with an app of your agency. If there is none yet, create one in HighLevel's marketplace "
            "(https://marketplace.gohighlevel.com) under My Apps and give it, under Advanced Settings, Auth:\n"
            f"Redirect URL: {self._loopback.address}\n"
            f"Scopes: {scopes}"
        )
        where = {"location": "For one sub-account", _AGENCY: "For an agency and its sub-accounts"}
        kind = {"standard": "Standard", _WHITE_LABEL: "White-label"}
        questions = (
            Question("client_id", "Client ID", "Under Advanced Settings, Auth, Client Keys in the app."),
            Question("client_secret", "Client secret", "Shown once, when the client keys are made.", secret=True),
            Question(
                "installed",
                "Install the app",
                "For an agency the app also needs the scopes oauth.readonly and oauth.write.",
                required=False,
                choices=where,
            ),
            Question("listing", "Listing type", "As it is in the app's profile.", required=False, choices=kind),
        )
        return Ask(text, questions)

    def _consent(self, answers: Mapping[str, str]) -> Visit:
        given = {name: answers.get(name, "").strip() for name in ("client_id", "client_secret")}
        missing = {"client_id": "Enter the app's client id.", "client_secret": "Enter the app's client secret."}
        problems = tuple(Problem("invalid_input", missing[name], place=name) for name in given if not given[name])
        if problems:
            raise InvalidInput(problems[0].message, problems)
        self._agency = answers.get("installed") == _AGENCY
        self._grant = Grant(Token(""), client_id=given["client_id"], client_secret=given["client_secret"])
        url = consent_address(
            self._base_url,
            given["client_id"],
            self._loopback.address,
            self._state,
            agency=self._agency,
            white_label=answers.get("listing") == _WHITE_LABEL,
        )
        return Visit("Choose the sub-account in your browser and allow the app to use it.", url)

    # The browser

    def _is_ours(self, query: Mapping[str, str]) -> bool:
        """Whether the state is the one that was sent. An agency's installation comes back without any."""
        state = query.get("state", "")
        if not state and self._agency:
            return "code" in query or "error" in query
        return hmac.compare_digest(state.encode(), self._state.encode())

    async def _returned(self) -> Step:
        query = await self._loopback.arrival()
        if not query.get("code"):
            raise _no_code(query)
        grant, answer = await self._tokens.of_code(
            self._grant, query["code"], self._loopback.address, agency=self._agency
        )
        if grant.agency is None:
            return self._ended(grant, str(answer["locationId"]))
        self._grant = grant
        return await self._location()

    # The location of an agency

    async def _location(self) -> Step:
        choices = await self._tokens.locations(self._grant)
        if not choices:
            raise CredentialRefused(
                "The app is not installed in any location of this agency.",
                "Install it in a location in HighLevel, then sign in again.",
            )
        self._choices = choices
        if len(choices) == 1:
            return await self._with_location({"location": next(iter(choices))})
        return Ask(
            "Which location do you want to connect? Each one becomes a connection of its own.",
            (Question("location", "Location", choices=choices),),
        )

    async def _with_location(self, answers: Mapping[str, str]) -> SignedIn:
        location = answers.get("location", "")
        if location not in self._choices:
            problem = Problem("invalid_input", "Choose a location.", place="location")
            raise InvalidInput(problem.message, (problem,))
        grant = await self._tokens.of_location(replace(self._grant, location=location))
        if grant is None:
            raise CredentialRefused("HighLevel did not accept the agency's sign-in.", "Sign in again.")
        return self._ended(grant, location)

    def _ended(self, grant: Grant, location: str) -> SignedIn:
        return SignedIn(self._base_url, location, write_grant(grant))


def _no_code(query: Mapping[str, Any]) -> CredentialRefused:
    error = query.get("error", "")
    details = scrub(" ".join(filter(None, (error, query.get("error_description", "")))))[:500]
    return CredentialRefused(
        _NO_CODE.get(error, "HighLevel ended the sign-in without allowing it."),
        "See that the client id is whole and that the app has the redirect URL and the scopes named above, then try "
        "again."
        if error != "access_denied"
        else "Sign in again and allow it, as someone who may install apps in this account.",
        details,
    )
