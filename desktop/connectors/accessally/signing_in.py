"""Getting an application password: the site's own page makes one, and the operator brings it back.

Source: https://make.wordpress.org/core/2020/11/05/application-passwords-integration-guide/. The page could send the
password on by itself, but only to an https address, and an application on a computer has none; without such an
address it shows the password to copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from desktop.connectors.accessally.auth import checked_credential, dialect, site_address
from desktop.connectors.accessally.client import Account, Site, Wire
from desktop.connectors.base import ConnectionSettings
from desktop.connectors.clock import Clock
from desktop.connectors.pacing import Pacers
from desktop.connectors.redaction import Secret
from desktop.connectors.settings import transport_for
from desktop.connectors.signing_in import Ask, Question, SignedIn, SignIn, Step, Visit
from desktop.domain.errors import CredentialRefused, InvalidInput, NotSupported, Problem

_NAME = "This sign-in"
_APP_ID = "5d1f7c0e-1a52-4f0c-9d5a-6f6a3c1b7e21"
_CONCURRENCY = 2

_ADDRESS = Ask(
    "Which site do you want to connect?",
    (Question("address", "Site address", "Such as https://members.example.com"),),
)
_PASSWORD = Ask(
    "Copy the password that the site shows now, before you close its page.",
    (
        Question("user", "User name or e-mail address", "Of the WordPress user who made the password."),
        Question(
            "password",
            "Application password",
            "24 letters and digits. In WordPress also under Users, Profile, Application Passwords. "
            "The password for logging in does not work here.",
            secret=True,
        ),
    ),
)


class SiteSignIn:
    """One sign-in: the site's address, its page for application passwords, then what it showed."""

    def __init__(self, address: str, clock: Clock) -> None:
        self._address = site_address(address)
        self._clock = clock
        self._next = self._take_address

    async def start(self) -> Step:
        """The site's page, or first the question for the address."""
        if not self._address:
            return _ADDRESS
        return await self._visit()

    async def answer(self, answers: Mapping[str, str]) -> Step:
        """The next step."""
        return await self._next(answers)

    async def aclose(self) -> None:
        """Nothing is held open between two steps."""

    async def _take_address(self, answers: Mapping[str, str]) -> Step:
        address = site_address(answers.get("address", ""))
        if not address:
            raise _missing({"address": "Enter the site's address."})
        self._address = address
        return await self._visit()

    async def _visit(self) -> Step:
        """The page that makes an application password.

        :raises NotSupported: when the site offers none.
        """
        site = await self._site()
        if not site.passwords:
            raise NotSupported(
                "This site offers no application passwords, which Crosswalk signs in with.",
                "The site has to be reached over https, and a security plugin can turn them off: ask whoever runs "
                "the site to allow them.",
            )
        self._next = self._ask_password
        if not site.authorize:
            return _PASSWORD
        joint = "&" if "?" in site.authorize else "?"
        page = f"{site.authorize}{joint}{urlencode({'app_name': 'Crosswalk', 'app_id': _APP_ID})}"
        return Visit("Log in to the site as an administrator there, and approve the connection for Crosswalk.", page)

    async def _ask_password(self, answers: Mapping[str, str]) -> Step:
        self._next = self._take_password
        return _PASSWORD if not answers else await self._take_password(answers)

    async def _take_password(self, answers: Mapping[str, str]) -> Step:
        user, password = answers.get("user", "").strip(), answers.get("password", "").strip()
        missing = {
            name: said
            for name, given, said in (
                ("user", user, "Enter the user name or e-mail address."),
                ("password", password, "Enter the application password."),
            )
            if not given
        }
        if ":" in user:
            missing["user"] = "A user name has no colon."
        if missing:
            raise _missing(missing)
        secret = checked_credential(_NAME, Secret(f"{user}:{password}"))
        await self._account(secret)
        return SignedIn(self._address, "", secret.reveal())

    async def _site(self) -> Site:
        wire = self._wire(None)
        try:
            return await wire.site()
        except CredentialRefused:
            # A site that is closed to visitors does not tell; the password will show whether it is right.
            return Site("", self._address, plain=False, passwords=True, namespaces=frozenset())
        finally:
            await wire.transport.aclose()

    async def _account(self, secret: Secret) -> Account:
        wire = self._wire(secret)
        try:
            return await wire.account()
        finally:
            await wire.transport.aclose()

    def _wire(self, secret: Secret | None) -> Wire:
        settings = ConnectionSettings(_NAME, self._address)
        transport = transport_for(settings, secret, dialect(), self._clock, Pacers(self._clock), _CONCURRENCY)
        return Wire(transport, (secret,) if secret else ())


def start_sign_in(base_url: str, clock: Clock) -> SignIn:
    """Start a sign-in at a site, or with a question for its address when that is blank."""
    return SiteSignIn(base_url, clock)


def _missing(problems: Mapping[str, str]) -> InvalidInput:
    return InvalidInput(
        " ".join(problems.values()),
        tuple(Problem("required", said, place=name) for name, said in problems.items()),
    )
