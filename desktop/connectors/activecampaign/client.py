"""ActiveCampaign's wire: one call, its answer's JSON, and its refusals in the domain's words.

Sources: https://developers.activecampaign.com/reference/authentication, .../rate-limits and the error examples of each
operation. There is no single shape of an error, and a wrong key is 403 like a missing permission.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from desktop.connectors.base import Quota
from desktop.connectors.dialect import Answer, Dialect
from desktop.connectors.pacing import header_number
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

PAGE = 100
"""Rows of one page at most."""
_PREFIX = "/api/3"
_ME = "/users/me"


class QueryRefused(UnexpectedAnswer):
    """The platform does not take a listing's filter or order."""


def dialect() -> Dialect:
    """The platform's HTTP: five requests a second for the account, and refusals that come and go."""
    return Dialect(
        label="ActiveCampaign",
        authorize=lambda key: ("Api-Token", key),
        read_quota=read_quota,
        limit=5,
        interval_seconds=1.0,
        doubtful=frozenset({403}),
    )


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """``RateLimit-Limit`` (requests a second) and ``RateLimit-Remaining``."""
    limit = header_number(headers, "ratelimit-limit")
    return Quota(limit, 1.0, header_number(headers, "ratelimit-remaining")) if limit else None


def api_address(text: str) -> str:
    """The address of the API's third version, from the account's address with or without ``/api/3``."""
    address = text.strip().rstrip("/")
    return (address if address.endswith(_PREFIX) else address + _PREFIX) if address else address


class Wire:
    """ActiveCampaign's API as one user's key sees it.

    :param page_size: rows of one page of a listing, 100 at most.
    """

    def __init__(self, transport: Transport, page_size: int = PAGE) -> None:
        self.transport = transport
        self.page_size = max(2, min(page_size, PAGE))

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        idempotent: bool | None = None,
        record: str | None = None,
        gone: frozenset[int] = frozenset({404}),
        accept: frozenset[int] = frozenset(),
    ) -> Answer:
        """Send one call.

        :param idempotent: by default what the method says.
        :param record: what the call writes or reads, for sentences ("the contact 12").
        :param gone: statuses that say that it is not there.
        :param accept: statuses of refusals that the caller reads itself.
        :raises CrosswalkError: the domain's error for whatever went wrong.
        """
        if idempotent is None:
            idempotent = method != "POST"
        answer = await self.transport.request(method, path, params=params, json=json, idempotent=idempotent)
        if answer.status < 400 or answer.status in accept:
            if method == "DELETE" and answer.status < 400 and _entries(answer):
                raise self.unexpected(f"status {answer.status}, but not done: {self.said(answer)}")
            return answer
        if answer.status in (401, 403):
            raise await self._forbidden(answer, path)
        raise self._failure(answer, record, gone, writes=method != "GET")

    async def data(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The JSON object that a call answers.

        :raises UnexpectedAnswer: when the answer is none.
        """
        return self.as_object(await self.call(method, path, **more))

    def as_object(self, answer: Answer) -> dict[str, Any]:
        """The answer's JSON object."""
        if not isinstance(answer.data, dict):
            raise self.unexpected("no JSON object")
        return cast("dict[str, Any]", answer.data)

    def unexpected(self, detail: str) -> UnexpectedAnswer:
        """An answer that is not what the documentation says."""
        return UnexpectedAnswer(
            f"ActiveCampaign answered {self.transport.name} in a form that Crosswalk does not know.",
            "Try again. If it stays so, check the address under Connections.",
            detail,
        )

    def said(self, answer: Answer) -> str:
        """What a refusal says, fit to be shown."""
        return sayable(self.transport.scrub(refusal_text(answer)))

    async def _forbidden(self, answer: Answer, path: str) -> CrosswalkError:
        """A wrong key or a missing permission: whether the key is known tells them apart."""
        text = self.said(answer)
        details = f"status {answer.status}: {text}"
        if path != _ME:
            known = await self.transport.request("GET", _ME, idempotent=True)
            if known.status < 300:
                return ScopeMissing(
                    f"The API key of {self.transport.name} belongs to a user who may not do this: {text}",
                    "Use the key of an admin user, or have the user's group given the permission in ActiveCampaign.",
                    details,
                )
        return CredentialRefused(
            f"{self.transport.name} refused its API key.", "Replace it under Connections.", details
        )

    def _failure(self, answer: Answer, record: str | None, gone: frozenset[int], *, writes: bool) -> CrosswalkError:
        text = self.said(answer)
        details = f"status {answer.status}: {text}"
        what = record or "what was asked for"
        if answer.status in gone:
            return NotFound(
                f"{self.transport.name} does not have {what} (any more).",
                "Refresh the list: it may have been deleted.",
                details,
            )
        if not writes:
            known = self.unexpected(details)
            if answer.status in (400, 422):
                return QueryRefused(known.message, known.hint, details)
            return known
        entries = _entries(answer)
        if any(entry.get("code") == "duplicate" for entry in entries):
            return Duplicate(
                f"{self.transport.name} already has {what}: {text}",
                "Match on the field that has to be unique, so that the record is found instead of created.",
                details,
                _field_named(entries),
            )
        if answer.status in (400, 409, 413, 422):
            return RecordRefused(
                f"{self.transport.name} did not accept {what}: {text}",
                "Correct the value and try again.",
                details,
                _field_named(entries),
            )
        return self.unexpected(details)


def refusal_text(answer: Answer) -> str:
    """What a refusal says, whatever its shape: a list of errors, one text, a message, or nothing."""
    body = answer.data if isinstance(answer.data, dict) else {}
    errors = body.get("errors")
    if isinstance(errors, str) and errors:
        return errors
    parts: list[str] = []
    for entry in _entries(answer):
        words = [str(entry[key]) for key in ("title", "detail", "error") if entry.get(key)]
        if words:
            parts.append(": ".join(dict.fromkeys(words)))
    if not parts:
        reasons = [_reason(item) for item in body.get("failureReasons") or []]
        parts = [text for text in (str(body.get("message") or ""), *reasons) if text]
    text = "; ".join(parts) or answer.text[:200] or f"status {answer.status}"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _reason(item: object) -> str:
    """Why an import was refused: a text, or one with the number of the contact."""
    return str(item.get("failureReason") or item) if isinstance(item, dict) else str(item)


def _entries(answer: Answer) -> list[Mapping[str, Any]]:
    errors = answer.data.get("errors") if isinstance(answer.data, dict) else None
    return [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []


def _field_named(entries: list[Mapping[str, Any]]) -> str | None:
    for entry in entries:
        source = entry.get("source")
        pointer = (source.get("pointer") or source.get("value")) if isinstance(source, dict) else None
        match = re.search(r"([^/]+)$", str(pointer or ""))
        if match:
            return match[1]
    return None
