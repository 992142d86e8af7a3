"""A WordPress site's refusals in the operator's words.

Source: https://developer.wordpress.org/rest-api/reference/users/ and WordPress's own error codes. A refusal is
``{"code", "message", "data": {"status", ...}}``; ``data`` may be null, and a message may hold HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from desktop.connectors.accessally.auth import CAPABILITIES, WHERE_TO_MAKE_ONE
from desktop.connectors.dialect import Answer
from desktop.connectors.trouble import sayable
from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    Duplicate,
    NotFound,
    NotSupported,
    PlatformUnavailable,
    RecordRefused,
    ScopeMissing,
    UnexpectedAnswer,
)

BEFORE_SAVING = frozenset(
    {
        "rest_invalid_param",
        "rest_missing_callback_param",
        "rest_invalid_json",
        "rest_user_exists",
        "rest_user_invalid_role",
        "rest_cannot_create_user",
        "existing_user_login",
        "existing_user_email",
    }
)
"""Refusals of a new member that come before anything is saved. After others the member may be there."""

_RIGHTS = {
    "rest_cannot_create_user": "create_users",
    "rest_cannot_edit": "edit_users",
    "rest_user_cannot_view": "list_users",
    "rest_user_cannot_delete": "delete_users",
    "rest_cannot_edit_roles": "promote_users",
    "rest_forbidden_context": "list_users",
}
_PLACES = {
    "rest_user_invalid_role": "roles",
    "rest_cannot_edit_roles": "roles",
    "rest_user_invalid_email": "email",
    "rest_user_invalid_username": "username",
    "rest_user_invalid_argument": "username",
    "rest_user_invalid_slug": "slug",
    "existing_user_login": "username",
    "existing_user_email": "email",
    "user_login_too_long": "username",
    "invalid_username": "username",
}
_UNKNOWN_USER = frozenset(
    {"incorrect_password", "invalid_username", "invalid_email", "invalid_application_password", "invalid_authcookie"}
)
_FIREWALL = frozenset({403, 405, 406, 412, 415, 418, 451})
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refusal says.

    :param code: WordPress's word for it, blank when the answer is not WordPress's.
    :param text: its sentence without HTML.
    :param field: the key that it names, or blank.
    """

    status: int
    code: str
    text: str
    field: str = ""

    @property
    def details(self) -> str:
        """All of it, for whoever helps."""
        return f"status {self.status} {self.code}: {self.text}"[:1000]


def read_refusal(answer: Answer) -> Refusal:
    """The refusal in an answer, whatever its shape."""
    body = cast("Mapping[str, Any]", answer.data) if isinstance(answer.data, dict) else {}
    code = str(body.get("code") or "")
    data = body.get("data")
    data = cast("Mapping[str, Any]", data) if isinstance(data, dict) else {}
    said = _plain(str(body.get("message") or "")) or _plain(answer.text[:300]) or f"status {answer.status}"
    params = data.get("params")
    if isinstance(params, dict) and params:
        reasons = [_plain(str(reason)) for reason in params.values() if reason]
        said = " ".join([said, *(reason for reason in reasons if reason not in said)])
    text = said if said.endswith((".", "!", "?")) else f"{said}."
    return Refusal(answer.status, code, text, _field(code, body, data))


def _plain(text: str) -> str:
    words = " ".join(html.unescape(_TAG.sub(" ", text)).split()).replace(" :", ":")
    return words[len("Error:") :].strip() if words.lower().startswith("error:") else words


def _field(code: str, body: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """The key of the field that a refusal names: ``data.params``, ``data.key``, ``additional_data`` or by its code."""
    if code in _PLACES:
        return _PLACES[code]
    if data.get("key"):
        return str(data["key"])
    places: list[str] = []
    params = data.get("params")
    if isinstance(params, dict | list):
        places = [str(place) for place in params]
    details = data.get("details")
    extra = [*(details.values() if isinstance(details, dict) else ()), *_list(body.get("additional_data")), data]
    for item in extra:
        inner = item.get("data") if isinstance(item.get("data"), dict) else item
        if isinstance(inner, dict) and inner.get("param"):
            places.insert(0, str(inner["param"]))
    if not places:
        named = re.search(
            r"\bmeta\.([A-Za-z0-9_-]+)|^The (\S+) property has an invalid", str(body.get("message") or "")
        )
        places = [named[1] or named[2]] if named else []
    place = places[0] if places else ""
    return re.sub(r"\[.*$", "", place.removeprefix("meta.")).removeprefix("meta[").rstrip("]")


def _list(value: object) -> list[Any]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class Refusals:
    """Refusals of one connection as the domain's errors.

    :param name: the connection's name.
    :param scrub: takes the connection's secret out of a text.
    """

    def __init__(self, name: str, scrub: Callable[[str], str] = str) -> None:
        self._name = name
        self._scrub = scrub

    def read(self, answer: Answer) -> Refusal:
        """The refusal in an answer, without the connection's secret."""
        found = read_refusal(answer)
        return replace(found, text=sayable(self._scrub(found.text)))

    def unexpected(self, detail: str) -> UnexpectedAnswer:
        """An answer that is not what the documentation says."""
        return UnexpectedAnswer(
            f"The WordPress site of {self._name} answered in a form that Crosswalk does not know.",
            "Try again. If it stays so, check the address under Connections, and ask whoever runs the site whether "
            "a plugin changes its REST API.",
            detail,
        )

    def no_api(self, details: str) -> UnexpectedAnswer:
        """The address answers, but not with WordPress's REST API."""
        return UnexpectedAnswer(
            f"The address of {self._name} does not answer as a WordPress site does.",
            "Check the address under Connections, with or without www. If it is right, a security plugin or the host "
            "may be blocking the REST API: ask whoever runs the site to allow the addresses under /wp-json/.",
            details,
        )

    def visitor(self, details: str, *, passwords: bool) -> CredentialRefused:
        """The site does not know who is asking.

        :param passwords: whether the site says that it takes application passwords.
        """
        if not passwords:
            return CredentialRefused(
                f"The site of {self._name} takes no application passwords, so it does not know who is asking.",
                "The site has to be reached over https, and a security plugin can turn application passwords off: "
                "ask whoever runs the site to allow them.",
                details,
            )
        return CredentialRefused(
            f"The site of {self._name} took Crosswalk for a visitor: the user name or the application password is "
            "wrong, or it never reached WordPress.",
            f"Replace it under Connections. {WHERE_TO_MAKE_ONE} If it is right, the site's host removes the "
            "Authorization header from requests: ask the host to pass it on.",
            details,
        )

    def error(
        self,
        answer: Answer,
        *,
        record: str,
        writes: bool,
        capabilities: Collection[str],
        passwords: bool = True,
    ) -> CrosswalkError:
        """The error for an answer of 400 or more.

        :param record: what the call reads or writes, for sentences ("the member 12").
        :param capabilities: what the connection's user may do, as far as it is known.
        """
        said = self.read(answer)
        if said.code in ("crosswalk_no_accessally", "crosswalk_accessally_failed"):
            return self._accessally(said, record)
        if not said.code and answer.status != 401:
            return self._foreign(answer, said)
        if said.status == 401:
            return self._unknown_user(said, passwords=passwords)
        if said.status == 403:
            return self._forbidden(said, record, capabilities, writes=writes)
        if said.code == "rest_no_route":
            return NotSupported(
                f"The site of {self._name} does not offer what was asked for.",
                "A plugin may have turned off this part of WordPress's REST API, or the Crosswalk Bridge plugin is "
                "missing or too old.",
                said.details,
            )
        if said.status in (404, 410):
            return NotFound(
                f"{self._name} does not have {record} (any more).",
                "Refresh the list: it may have been deleted.",
                said.details,
            )
        if not writes:
            return self.unexpected(said.details)
        return self._refused(said, record)

    def _accessally(self, said: Refusal, record: str) -> CrosswalkError:
        """The bridge plugin could not get what was asked for from AccessAlly."""
        if said.code == "crosswalk_no_accessally":
            return NotSupported(
                f"AccessAlly is not active on the site of {self._name}, so there are no tags.",
                "Activate it in WordPress under Plugins.",
                said.details,
            )
        return PlatformUnavailable(
            f"AccessAlly, on the site of {self._name}, failed on {record}.",
            "Try again in a few minutes. If it stays so, look at AccessAlly's Detailed Log in WordPress.",
            said.details,
        )

    def _foreign(self, answer: Answer, said: Refusal) -> CrosswalkError:
        """An answer that does not come from WordPress: a firewall, a host, a plugin that shows a page."""
        if answer.status in _FIREWALL:
            return UnexpectedAnswer(
                f"A firewall or security plugin of the site of {self._name} turned the request away.",
                "Ask whoever runs the site to allow the REST API (addresses under /wp-json/) for this computer, and "
                "requests that change members.",
                said.details,
            )
        return self.unexpected(said.details)

    def _unknown_user(self, said: Refusal, *, passwords: bool) -> CrosswalkError:
        if said.code in _UNKNOWN_USER:
            return CredentialRefused(
                f"The site of {self._name} refused the user name or application password: {said.text}",
                f"Replace it under Connections. {WHERE_TO_MAKE_ONE}",
                said.details,
            )
        return self.visitor(said.details, passwords=passwords)

    def _forbidden(self, said: Refusal, record: str, capabilities: Collection[str], *, writes: bool) -> CrosswalkError:
        right = _RIGHTS.get(said.code, "")
        if said.code == "rest_forbidden":
            # The bridge plugin words it so, whichever right it looked for.
            right = next((needed for needed in ("list_users", "edit_users") if needed not in capabilities), "")
        only_this = said.code in ("rest_cannot_update", "rest_user_invalid_role") or right in capabilities
        if writes and only_this:
            return RecordRefused(
                f"{self._name} does not let its user change this of {record}: {said.text}",
                "Leave the field out, or use the application password of a user who may change it.",
                said.details,
                said.field or None,
            )
        missing = f": it lacks the right {right} ({CAPABILITIES[right].lower()})" if right else f": {said.text}"
        return ScopeMissing(
            f"The WordPress user of {self._name} may not do this{missing.rstrip('.')}.",
            "Use the application password of an administrator, or have the user given the right in WordPress.",
            said.details,
        )

    def _refused(self, said: Refusal, record: str) -> CrosswalkError:
        field = said.field or None
        if said.code in ("existing_user_login", "existing_user_email", "rest_user_invalid_email"):
            what = "user name" if said.code == "existing_user_login" else "e-mail address"
            return Duplicate(
                f"{self._name} already has a member with the {what} of {record}.",
                "Match on the e-mail address, so that the member is found instead of created. Two members can't share "
                f"one {what}.",
                said.details,
                field,
            )
        if said.code == "rest_user_invalid_argument":
            return RecordRefused(
                f"WordPress never changes a user name, so {record} keeps its own.",
                "Leave the user name out of the change.",
                said.details,
                field,
            )
        if said.code == "rest_user_invalid_reassign":
            return RecordRefused(
                f"{record.capitalize()} was not deleted: there is no other user who could take over its content.",
                "Set the option reassign_to of the connection to the id of a user who stays.",
                said.details,
            )
        if said.code == "rest_invalid_stored_value":
            return RecordRefused(
                f"{record.capitalize()} was not saved whole: its field {said.field} is blank already and WordPress "
                "can't empty it again.",
                "Read the member again and try once more.",
                said.details,
                field,
            )
        if said.status >= 500:
            if field is None:
                return PlatformUnavailable(
                    f"The site of {self._name} could not save {record}: {said.text}",
                    "Try again in a few minutes. If it stays so, ask whoever runs the site.",
                    said.details,
                )
            return RecordRefused(f"{self._name} did not accept {record}: {said.text}", _CORRECT, said.details, field)
        return RecordRefused(f"{self._name} did not accept {record}: {said.text}", _CORRECT, said.details, field)


_CORRECT = "Correct the value and try again."
