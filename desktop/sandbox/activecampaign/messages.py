"""Messages to the addresses of the account's webhooks: forms with PHP's brackets, without any signature.

Source: developers.activecampaign.com/page/webhooks. Subscriptions are to https addresses, and a sandbox has no host of
that kind: the control address's ``webhook_tunnel`` is where they lead instead, with their path. An API call that makes
a contact without a list, takes a tag away, or writes a custom object's record tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from desktop.sandbox.activecampaign.times import account_time
from desktop.sandbox.outgoing import Outgoing

if TYPE_CHECKING:
    from desktop.sandbox.activecampaign.documents import Documents
    from desktop.sandbox.activecampaign.state import State
    from desktop.sandbox.kernel import Answer, Call

_API = "/api/3"
_EVENTS: Mapping[str, tuple[str, str]] = {
    f"PUT {_API}/contacts/{{id}}": ("update", "contact"),
    f"POST {_API}/contact/sync": ("update", "contact"),
    f"POST {_API}/fieldValues": ("update", "fieldValue"),
    f"PUT {_API}/fieldValues/{{id}}": ("update", "fieldValue"),
    f"POST {_API}/contactTags": ("contact_tag_added", "contactTag"),
    f"POST {_API}/contactLists": ("subscribe", "contactList"),
    f"POST {_API}/deals": ("deal_add", "deal"),
    f"PUT {_API}/deals/{{id}}": ("deal_update", "deal"),
    f"POST {_API}/accounts": ("account_add", "account"),
    f"PUT {_API}/accounts/{{id}}": ("account_update", "account"),
    f"POST {_API}/accountContacts": ("account_contact_add", "accountContact"),
    f"PUT {_API}/accountContacts/{{id}}": ("account_contact_update", "accountContact"),
}
"""By endpoint: the event, and the object of the answer that it is about."""
_CONTACT_FORM = {
    "id": "id",
    "email": "email",
    "first_name": "firstName",
    "last_name": "lastName",
    "phone": "phone",
    "orgname": "orgname",
}


class Messages:
    """Sends what is done through the API."""

    def __init__(self, state: State, documents: Documents) -> None:
        self._state = state
        self._documents = documents
        self._outgoing = Outgoing("activecampaign-webhooks")

    def tell(self, call: Call, answer: Answer) -> None:
        """Send what a call did to the webhooks that are for it."""
        tunnel = self._state.settings.webhook_tunnel
        if not tunnel or call.endpoint is None or answer.status >= 400 or not isinstance(answer.body, dict):
            return
        event, where = _EVENTS.get(call.endpoint.name, ("", ""))
        if not event or (call.endpoint.path.endswith("/contact/sync") and answer.status == 201):
            return
        about = answer.body[where]
        if event == "subscribe" and str(about.get("status")) == "2":
            event = "unsubscribe"
        form = {
            "type": event,
            "date_time": account_time(self._state.now()),
            "initiated_from": "api",
            "initiated_by": "api",
            "list": str(about.get("list", "0")),
            **_form(where, about),
        }
        body = urlencode(form).encode()
        for webhook in self._documents.all("webhook"):
            if event in webhook["events"] and "api" in webhook["sources"]:
                url = tunnel.rstrip("/") + urlsplit(webhook["url"]).path
                self._outgoing.send(url, {"Content-Type": "application/x-www-form-urlencoded"}, body)


def _form(where: str, about: Mapping[str, Any]) -> dict[str, str]:
    """The record's part of a form."""
    match where:
        case "contact":
            shown = {key: about.get(name) for key, name in _CONTACT_FORM.items()}
            return {f"contact[{key}]": str(value) for key, value in shown.items() if value is not None}
        case "deal":
            return {"deal[id]": str(about["id"]), "deal[title]": str(about.get("title", ""))}
        case "account":
            return {"account[id]": str(about["id"]), "account[name]": str(about.get("name", ""))}
        case "accountContact":
            return {"account[id]": str(about["account"]), "contact[id]": str(about["contact"])}
        case _:
            return {"contact[id]": str(about["contact"])}
