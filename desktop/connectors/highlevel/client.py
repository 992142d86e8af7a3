"""HighLevel's wire: one call, its answer's JSON, and its refusals in the domain's words.

Sources: the error schemas of the vendor's OpenAPI documents, and texts seen on live accounts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from desktop.connectors.dialect import Answer
from desktop.connectors.highlevel.auth import ACCOUNT_TEXTS, SCOPE_TEXTS, Scope
from desktop.connectors.transport import Params, Transport
from desktop.connectors.trouble import sayable
from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    Duplicate,
    NotFound,
    RecordRefused,
    ScopeMissing,
    UnexpectedAnswer,
)

_NOT_FOUND = re.compile(r"(?i)\bnot found\b|no record found|does ?n.t exist")
_GONE = re.compile(r"(?i)(contact|opportunity|task|business|record \(.*\)) not found")
_FIELD = re.compile(r"(?i)(?:Invalid Key Passed - |passed for (?:custom field )?|updates to )([\w. ]+)")


class SearchRefused(UnexpectedAnswer):
    """The platform does not take a search's filter or order."""


class Wire:
    """HighLevel's API as one account's token sees it.

    :param location: the sub-account's id, which most calls want.
    """

    def __init__(self, transport: Transport, location: str) -> None:
        self.transport = transport
        self.location = location

    async def call(
        self,
        method: str,
        path: str,
        scope: Scope,
        *,
        params: Params | None = None,
        json: object = None,
        idempotent: bool | None = None,
        record: str | None = None,
    ) -> Answer:
        """Send one call.

        :param idempotent: by default what the method says; a search is a POST that changes nothing.
        :param record: what the call writes or reads, for sentences ("the record 66f0...", "the new contact").
        :raises CrosswalkError: the domain's error for whatever went wrong.
        """
        if idempotent is None:
            idempotent = method != "POST"
        answer = await self.transport.request(method, path, params=params, json=json, idempotent=idempotent)
        if answer.status >= 400:
            raise self._failure(answer, method, path, scope, record)
        if method == "DELETE" and _denied(answer):
            text, _ = self._text(answer)
            raise self.unexpected(f"status {answer.status}, but not done: {text}")
        return answer

    async def data(self, method: str, path: str, scope: Scope, **more: Any) -> dict[str, Any]:
        """The JSON object that a call answers.

        :raises UnexpectedAnswer: when the answer is none.
        """
        answer = await self.call(method, path, scope, **more)
        return self.as_object(answer)

    def as_object(self, answer: Answer) -> dict[str, Any]:
        """The answer's JSON object."""
        if not isinstance(answer.data, dict):
            raise self.unexpected("no JSON object")
        return cast("dict[str, Any]", answer.data)

    def rows(self, data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """The objects that an answer lists under a key.

        :raises UnexpectedAnswer: when there is no such list: that is not the same as none.
        """
        found = data.get(key)
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self.unexpected(f"the answer has no list of {key}")
        return cast("list[dict[str, Any]]", found)

    def unexpected(self, detail: str) -> UnexpectedAnswer:
        """An answer that is not what the documentation says."""
        return UnexpectedAnswer(
            f"HighLevel answered {self.transport.name} in a form that Crosswalk does not know.",
            "Try again. If it stays so, HighLevel may have changed, and a newer Crosswalk may be needed.",
            detail,
        )

    def _failure(self, answer: Answer, method: str, path: str, scope: Scope, record: str | None) -> CrosswalkError:
        text, body = self._text(answer)
        details = self.transport.scrub(f"status {answer.status}: {text}")[:1000]
        what = record or "what was asked for"
        writes = method != "GET" and not path.endswith("/search")
        if answer.status in (401, 403):
            return self._refused(answer.status, text, scope, details)
        if answer.status == 404 or (answer.status == 400 and not writes and _NOT_FOUND.search(text)):
            return self._not_found(what, details)
        if answer.status == 400 and method != "POST" and _GONE.search(text):
            return self._not_found(what, details)
        if writes and answer.status in (400, 409, 413, 415, 422):
            return self._not_accepted(what, text, body, details)
        if answer.status in (400, 422):
            known = self.unexpected(details)
            return SearchRefused(known.message, known.hint, details)
        return self.unexpected(details)

    def _not_accepted(self, what: str, text: str, body: dict[str, Any], details: str) -> CrosswalkError:
        """A write that is refused for what it holds."""
        name = self.transport.name
        if "does not allow duplicated contacts" in text:
            return Duplicate(
                f"{name} already has a contact with this e-mail address or phone number.",
                "Match on the e-mail address or phone number, so that the contact is found instead of created.",
                details,
            )
        if body.get("code") == "OPPORTUNITY_NO_DUPLICATE" or "duplicate opportunity" in text:
            return Duplicate(
                f"{name} allows one open opportunity for a contact, and this contact has one.",
                "Change the opportunity that is there, or allow more of them in HighLevel under Settings, Business "
                "Profile.",
                details,
            )
        return RecordRefused(
            f"{name} did not accept {what}: {_sentence(text)}",
            "Correct the value and try again.",
            details,
            _field_named(text, body),
        )

    def _refused(self, status: int, text: str, scope: Scope, details: str) -> CrosswalkError:
        name, lowered = self.transport.name, text.lower()
        if any(known in lowered for known in ACCOUNT_TEXTS):
            return CredentialRefused(
                f"The token of {name} is not for the location {self.location}.",
                "Check the location id and the token under Connections.",
                details,
            )
        if any(known in lowered for known in SCOPE_TEXTS) or status == 403:
            return ScopeMissing(
                f"The token of {name} lacks the permission {scope.name}. It is needed for: {scope.needed_for}.",
                "Add the permission to the private integration in HighLevel, then try again. After adding it to an "
                "app, sign in again under Connections.",
                details,
            )
        if "user type mismatch" in lowered:
            return CredentialRefused(
                f"The token of {name} is one of an agency, and this needs one of the sub-account {self.location}.",
                "Make a token in the sub-account and replace it under Connections.",
                details,
            )
        return CredentialRefused(f"{name} refused its token.", "Replace it under Connections.", details)

    def _not_found(self, what: str, details: str) -> NotFound:
        return NotFound(
            f"{self.transport.name} does not have {what} (any more).",
            "Refresh the list: it may have been deleted or moved.",
            details,
        )

    def _text(self, answer: Answer) -> tuple[str, dict[str, Any]]:
        """The message of a refusal, which is one text or several."""
        if not isinstance(answer.data, dict):
            return sayable(answer.text) or f"status {answer.status}", {}
        body = cast("dict[str, Any]", answer.data)
        message = body.get("message") or body.get("error_description") or body.get("error") or ""
        if isinstance(message, list):
            message = "; ".join(str(item) for item in message)
        return sayable(self.transport.scrub(str(message))), body


def _denied(answer: Answer) -> bool:
    """Whether an answer with a good status says that nothing was done."""
    body = cast("dict[str, Any]", answer.data) if isinstance(answer.data, dict) else {}
    status = body.get("statusCode")
    # The second spelling is the vendor's.
    return (isinstance(status, int) and status >= 400) or any(
        body.get(key) is False for key in ("success", "succeded", "succeeded", "deleted")
    )


def _field_named(text: str, body: dict[str, Any]) -> str | None:
    key = body.get("fieldKey")
    if isinstance(key, str):
        return key.rpartition(".")[2]
    match = _FIELD.search(text)
    return match[1].strip() if match else None


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
