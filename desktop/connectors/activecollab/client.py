"""ActiveCollab's wire: one call, its answer's JSON, and its refusals in the domain's words.

Source: https://developers.activecollab.com/api-documentation (v1). Validation and most other failures of the
application come with a status of 500 and JSON (``type``, ``message``, ``field_errors``); an object that is not there is
a 404 without a body, a path that is not there a 404 or 500 that says ``Failed to match``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from desktop.connectors.activecollab.auth import meaning_of
from desktop.connectors.dialect import Answer, ServerError
from desktop.connectors.transport import Params, Transport
from desktop.connectors.trouble import sayable
from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    Duplicate,
    NotFound,
    NotSupported,
    OutcomeUnknown,
    PlatformUnavailable,
    RecordRefused,
    ScopeMissing,
    UnexpectedAnswer,
)

Row = Mapping[str, Any]

_TAKEN = re.compile(r"(?i)\balready\b|\bunique\b|\bin use\b|\btaken\b")
_KNOWN_HINTS = {
    "Job type is required for tasks with estimates": "Choose a job type as well, or leave the estimate out.",
    "Invalid timesheet period": "Check the dates and try again.",
}


class PathUnknown(NotSupported):
    """This ActiveCollab has nothing at a path."""


class Wire:
    """ActiveCollab's API as one person's token sees it."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        record: str = "",
        names: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one call.

        :param record: what the call writes or reads, for sentences ("the task 12").
        :param names: the domain's keys of the fields by their names on the wire, for refusals that name a field.
        :raises CrosswalkError: the domain's error for whatever went wrong.
        """
        answer = await self.transport.request(method, path, params=params, json=json, idempotent=method != "POST")
        if answer.status < 400:
            return answer
        raise self._failure(answer, record, names or {}, method)

    async def data(self, method: str, path: str, **more: Any) -> Any:
        """The JSON that a call answers."""
        return (await self.call(method, path, **more)).data

    async def single(self, method: str, path: str, **more: Any) -> Row:
        """The one object that a call answers, which comes wrapped.

        :raises OutcomeUnknown: when the answer to a create does not hold it.
        :raises UnexpectedAnswer: when the answer to another call does not hold it.
        """
        answer = await self.call(method, path, **more)
        row = answer.data.get("single") if isinstance(answer.data, dict) else None
        if isinstance(row, dict) and row.get("id"):
            return cast("Row", row)
        if method == "POST":
            raise self.unconfirmed()
        raise self.unexpected("the answer holds no single object")

    def said(self, answer: Answer) -> str:
        """What a refusal says, fit to be shown."""
        return sayable(self.transport.scrub(refusal_text(answer)))

    def unexpected(self, detail: str) -> UnexpectedAnswer:
        """An answer that is not what the documentation says."""
        return UnexpectedAnswer(
            f"ActiveCollab answered {self.transport.name} in a form that Crosswalk does not know.",
            "Try again. If it stays so, check the address under Connections.",
            detail,
        )

    def unconfirmed(self) -> OutcomeUnknown:
        """A create that was answered without what it made."""
        return OutcomeUnknown(
            f"ActiveCollab did not tell {self.transport.name} what it made of a new record, so it is not known whether "
            "it was saved.",
            "Look the record up before it is sent again.",
        )

    def missing(self, record: str, details: str = "") -> NotFound:
        """A record that is not there, or is in the trash."""
        return NotFound(
            f"{self.transport.name} does not have {record or 'what was asked for'} (any more).",
            "Refresh the list. If it was deleted, ActiveCollab keeps it in its trash for 30 days.",
            details,
        )

    def _failure(self, answer: Answer, record: str, names: Mapping[str, str], method: str) -> CrosswalkError:
        name, text = self.transport.name, self.said(answer)
        details = f"status {answer.status}: {text}"[:1000]
        if "Failed to match" in text:
            return PathUnknown(
                f"The ActiveCollab of {name} does not know what was asked of it: {text}",
                "Check the address under Connections. If it is right, this version of ActiveCollab can't do it.",
                details,
            )
        if answer.status == 401:
            return CredentialRefused(
                f"{name} refused its API token.",
                "Sign in again under Connections. ActiveCollab ends a token when another sign-in replaces it.",
                details,
            )
        if answer.status == 403:
            return ScopeMissing(
                f"The person whose token {name} uses may not do this in ActiveCollab: {text}",
                "Have an owner of the account give this person access, or sign in under Connections as somebody "
                "who has it.",
                details,
            )
        if answer.status == 404:
            return self.missing(record, details)
        refused = answer.status == 500 and meaning_of(answer) is ServerError.REFUSAL
        if method != "GET" and (refused or answer.status in (400, 409, 413, 422)):
            return self._refused(answer, record or "the record", text, details, names)
        if refused:
            return UnexpectedAnswer(
                f"ActiveCollab could not give {name} what was asked for: {text}",
                _KNOWN_HINTS.get(text.rstrip("."), "Try again. If it stays so, look for the problem in ActiveCollab."),
                details,
            )
        if answer.status >= 500:
            return self._failed(record, text, details, method)
        return self.unexpected(details)

    def _failed(self, record: str, text: str, details: str, method: str) -> CrosswalkError:
        """A failure of the application that is no refusal: it may have come after the record was saved."""
        if method == "POST":
            return OutcomeUnknown(
                f"ActiveCollab failed when {record or 'a record'} of {self.transport.name} was sent, so it is not "
                f"known whether it was saved: {text}",
                "Look the record up before it is sent again.",
                details,
            )
        return PlatformUnavailable(
            f"ActiveCollab failed at {record or 'what was asked for'} of {self.transport.name}: {text}",
            "Try again in a few minutes. If it stays so, look at it in ActiveCollab.",
            details,
        )

    def _refused(self, answer: Answer, record: str, text: str, details: str, names: Mapping[str, str]) -> RecordRefused:
        errors = field_errors(answer)
        wire_name = next(iter(errors), "")
        field = names.get(wire_name, wire_name) or None
        if answer.status == 409 or any(_TAKEN.search(sentence) for sentence in errors.values()):
            return Duplicate(
                f"{self.transport.name} already has {record}: {text}",
                "Match on the field that has to be unique, so that the record is found instead of created.",
                details,
                field,
            )
        return RecordRefused(
            f"{self.transport.name} did not accept {record}: {text}",
            _KNOWN_HINTS.get(text.rstrip("."), "Correct the value and try again."),
            details,
            field,
        )


def field_errors(answer: Answer) -> dict[str, str]:
    """What validation says, by the field's name on the wire."""
    found = answer.data.get("field_errors") if isinstance(answer.data, dict) else None
    if not isinstance(found, dict):
        return {}
    return {
        str(name): " ".join(map(str, said)) if isinstance(said, list) else str(said) for name, said in found.items()
    }


def refusal_text(answer: Answer) -> str:
    """What a refusal says: the sentences about fields, else its message, else its status."""
    body = answer.data if isinstance(answer.data, dict) else {}
    sentences = [text if text.endswith((".", "!", "?")) else f"{text}." for text in field_errors(answer).values()]
    text = " ".join(sentences) or str(body.get("message") or "") or answer.text[:200] or f"status {answer.status}"
    return text if text.endswith((".", "!", "?")) else f"{text}."
