"""Getting a token by signing in: at a server of one's own in one step, in the cloud in up to four.

Sources: https://developers.activecollab.com/api-documentation (authentication) and the vendor's own client,
https://github.com/activecollab/activecollab-feather-sdk (cloud accounts, two-factor codes, both places of the intent).
A server keeps one token for each client name, and a new one ends the one before. So the name tells the computer: a
sign-in on another one ends nothing here.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.connectors.activecollab.auth import API, CLOUD, REQUESTS_PER_SECOND, api_address, dialect, in_cloud
from desktop.connectors.activecollab.client import refusal_text
from desktop.connectors.address import checked_address, host_of
from desktop.connectors.clock import Clock
from desktop.connectors.dialect import Answer, ServerError
from desktop.connectors.pacing import Pacer
from desktop.connectors.redaction import Secret, scrub
from desktop.connectors.signing_in import Ask, Question, SignedIn, SignIn, Step
from desktop.connectors.transport import Transport
from desktop.domain.errors import CredentialRefused, CrosswalkError, InvalidInput, Problem, UnexpectedAnswer

CLIENT_VENDOR = "Crosswalk"
_LOGIN_ADDRESS = f"https://activecollab.com{API}"
_CLOUD_STAND_IN = re.compile(r"(?P<root>http://.*/cloud)(?:/\d+)?$")
_ACCOUNT_CLASSES = frozenset(
    {"FeatherApplicationInstance", r"ActiveCollab\Shepherd\Model\Account\ActiveCollab\FeatherAccount"}
)
_REFUSALS = {
    "2": (
        "{host} knows nobody who is active with this e-mail address.",
        "Check the address. Somebody who was archived can't sign in.",
    ),
    "3": ("The password is wrong.", "Type it again, or reset it in ActiveCollab."),
    "4": (
        "This person may not use other programs with ActiveCollab.",
        "Have an owner of the account allow it, or sign in as somebody else.",
    ),
}


@dataclass(frozen=True, slots=True)
class _Account:
    """An account of the cloud that the person may enter."""

    number: str
    label: str
    address: str
    intent: str


class ActiveCollabSignIn:
    """A sign-in at one address. The password goes to that server, is used once and forgotten.

    :param base_url: blank for the cloud.
    :raises InvalidInput: when the address can't be used.
    """

    def __init__(self, base_url: str, clock: Clock) -> None:
        self._clock = clock
        self._address = checked_address(base_url.strip() or CLOUD).removesuffix(API)
        self._login = login_address(self._address)
        self._secrets: list[Secret] = []
        self._intent_id = ""
        self._accounts: dict[str, _Account] = {}

    async def start(self) -> Step:
        """Ask who signs in."""
        where = "ActiveCollab's cloud" if self._login else f"ActiveCollab at {host_of(self._address)}"
        return Ask(
            f"Sign in to {where} as you do in the browser. Crosswalk gets a token of its own and keeps no password.",
            (Question("email", "E-mail"), Question("password", "Password", secret=True)),
        )

    async def answer(self, answers: Mapping[str, str]) -> Step:
        """Go on with what was asked last."""
        if self._accounts:
            return await self._enter(self._chosen(answers))
        if self._intent_id:
            return await self._with_code(answers)
        email, password = _given(answers, "email", "Fill in the e-mail address."), answers.get("password", "")
        _given(answers, "password", "Fill in the password.")
        self._secrets.append(Secret(password))
        if not self._login:
            return await self._own_server(email, password)
        return await self._welcomed(await self._post(self._login, "/external/login", email=email, password=password))

    async def aclose(self) -> None:
        """Forget everything."""
        self._secrets.clear()
        self._accounts.clear()
        self._intent_id = ""

    async def _own_server(self, email: str, password: str) -> Step:
        answer = await self._post(
            api_address(self._address), "/issue-token", username=email, password=password, **_client()
        )
        return SignedIn(self._address, "", self._token(answer, self._address))

    async def _with_code(self, answers: Mapping[str, str]) -> Step:
        code = _given(answers, "code", "Fill in the code.")
        self._secrets.append(Secret(code))
        return await self._welcomed(
            await self._post(self._login, "/external/login", intent_id=self._intent_id, code=code)
        )

    async def _welcomed(self, answer: Answer) -> Step:
        """What the cloud's sign-in says: a code is wanted, or these are the accounts."""
        body = answer.data if isinstance(answer.data, dict) else {}
        if body.get("intent_id") and not body.get("is_ok"):
            self._intent_id = str(body["intent_id"])
            return _ask_code()
        if not body.get("is_ok"):
            raise self._not_welcome(answer)
        accounts = _accounts(body)
        wanted = self._address.rpartition("/")[2]
        if wanted.isdecimal():
            accounts = [account for account in accounts if account.number == wanted]
        if not accounts:
            raise CredentialRefused(
                "This person has no account in ActiveCollab's cloud at this address.",
                f"Check the address: it is {CLOUD} and the account's number. A server of your own has its own address.",
            )
        self._intent_id = ""
        if len(accounts) == 1:
            return await self._enter(accounts[0])
        self._accounts = {account.number: account for account in accounts}
        choices = {account.number: account.label for account in accounts}
        return Ask("Which account should Crosswalk connect to?", (Question("account", "Account", choices=choices),))

    def _not_welcome(self, answer: Answer) -> CredentialRefused:
        details = self._scrub(refusal_text(answer))
        if self._intent_id:
            return CredentialRefused("The code is wrong or too old.", "Type the newest code that you got.", details)
        return CredentialRefused(
            "ActiveCollab's cloud does not accept this e-mail address with this password.",
            "Check both. If you sign in with Google or the like, set a password in your ActiveCollab profile first.",
            details,
        )

    def _chosen(self, answers: Mapping[str, str]) -> _Account:
        account = self._accounts.get(answers.get("account", ""))
        if account is None:
            raise _invalid("account", "Choose one of the accounts.")
        return account

    async def _enter(self, account: _Account) -> Step:
        """Change the intent into the account's token. Newer versions take it where passwords go."""
        sent = {**_client(), "intent": account.intent}
        self._secrets.append(Secret(account.intent))
        answer = await self._post(api_address(account.address), "/issue-token-intent", **sent)
        if answer.status >= 400 and "Failed to match" in refusal_text(answer):
            answer = await self._post(api_address(account.address), "/issue-token", **sent)
        return SignedIn(account.address, "", self._token(answer, account.address))

    def _token(self, answer: Answer, address: str) -> str:
        """The token that an answer gives.

        :raises CredentialRefused: with why it gives none.
        """
        body = answer.data if isinstance(answer.data, dict) else {}
        token = body.get("token")
        if answer.status < 300 and body.get("is_ok") and isinstance(token, str) and token:
            return token
        raise self._refused(answer, address)

    def _refused(self, answer: Answer, address: str) -> CrosswalkError:
        body = answer.data if isinstance(answer.data, dict) else {}
        text = self._scrub(refusal_text(answer))
        details = f"status {answer.status}: {text}"
        known = _REFUSALS.get(str(body.get("type")))
        if known:
            return CredentialRefused(known[0].format(host=host_of(address)), known[1], details)
        if "DOMDocument" in text:
            return CredentialRefused(
                "This is an account of ActiveCollab's cloud, where people sign in another way.",
                f"Use the address {CLOUD} and the account's number.",
                details,
            )
        if answer.status == 404 or "Failed to match" in text:
            return _nothing_at(address, details)
        return CredentialRefused(f"ActiveCollab did not sign this person in: {text}", "Check what you typed.", details)

    async def _post(self, base_url: str, path: str, **body: str) -> Answer:
        """Send a step. Sending it again at worst replaces the token that nobody has seen."""
        pacer = Pacer(REQUESTS_PER_SECOND, 1.0, self._clock)
        http = dialect(meaning=_meaning)
        transport = Transport("ActiveCollab", base_url, None, http, pacer=pacer, clock=self._clock, concurrency=1)
        try:
            return await transport.request("POST", path, json=body, idempotent=True)
        except UnexpectedAnswer as error:
            raise _nothing_at(base_url.removesuffix(API), self._scrub(error.details)) from None
        finally:
            await transport.aclose()

    def _scrub(self, text: str) -> str:
        return scrub(text, self._secrets)


def login_address(address: str) -> str:
    """Where the cloud signs people in, for an address of the cloud; blank for a server of one's own.

    On this computer an address that ends in ``/cloud``, perhaps with an account's number, stands in for the cloud.
    """
    if in_cloud(address):
        return _LOGIN_ADDRESS
    stand_in = _CLOUD_STAND_IN.match(address)
    return f"{stand_in['root']}{API}" if stand_in else ""


def start_sign_in(base_url: str, clock: Clock) -> SignIn:
    """Start a sign-in at an address, blank for the cloud.

    :raises InvalidInput: when the address can't be used.
    """
    return ActiveCollabSignIn(base_url, clock)


def _accounts(body: Mapping[str, Any]) -> list[_Account]:
    """The accounts of a sign-in that are ActiveCollab's; the intent stands on each of them or on the person."""
    user = body.get("user")
    shared = str(user.get("intent") or "") if isinstance(user, dict) else ""
    found: Sequence[Any] = body.get("accounts") or ()
    return [
        _Account(
            str(item["name"]),
            str(item.get("display_name") or item["name"]),
            str(item.get("url") or f"{CLOUD}/{item['name']}").rstrip("/"),
            str(item.get("intent") or shared),
        )
        for item in found
        if isinstance(item, dict) and item.get("name") and item.get("class") in _ACCOUNT_CLASSES
    ]


def _ask_code() -> Ask:
    return Ask(
        "This person signs in with a second step. Enter the code from your e-mail or authenticator app.",
        (Question("code", "Code"),),
    )


def _client() -> dict[str, str]:
    computer = platform.node()
    return {"client_name": f"Crosswalk on {computer}" if computer else "Crosswalk", "client_vendor": CLIENT_VENDOR}


def _nothing_at(address: str, details: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"There is no ActiveCollab to sign in to at {address}.",
        "Check the address. It is what the browser shows when you use ActiveCollab, up to where its pages begin; in "
        f"the cloud it is {CLOUD} and the account's number.",
        details,
    )


def _meaning(answer: Answer) -> ServerError:
    """While signing in, whatever the application says is its answer."""
    return ServerError.REFUSAL if isinstance(answer.data, dict) else ServerError.FAILURE


def _given(answers: Mapping[str, str], name: str, otherwise: str) -> str:
    text = answers.get(name, "").strip()
    if not text:
        raise _invalid(name, otherwise)
    return text


def _invalid(place: str, message: str) -> InvalidInput:
    return InvalidInput(message, (Problem("invalid_input", message, place=place),))
