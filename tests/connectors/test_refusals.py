"""Refusals that the vendors document or that live accounts gave, and the sentence that the operator reads of each.

Those that a platform's own tests read are not repeated here.
"""

from __future__ import annotations

import json

import pytest

from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    Duplicate,
    NotFound,
    NotSupported,
    PlatformUnavailable,
    RateLimited,
    RecordRefused,
    ScopeMissing,
    UnexpectedAnswer,
)
from tests.connectors.conftest import Connect
from tests.connectors.hostile import TARGETS, Target, ask, assert_sentence
from tests.connectors.raw_server import reply

pytestmark = pytest.mark.anyio

TARGET = {str(target): target for target in TARGETS}
CONTACT, ORDER = TARGET["highlevel-contact"], TARGET["highlevel-custom_objects.orders"]
SHOP, SHOP_ORDER = TARGET["activecampaign-contacts"], TARGET["activecampaign-orders"]
COMPANY, MEMBER = TARGET["activecollab-companies"], TARGET["accessally-members"]
MISSING_FIELD = {
    "message": "Missing required properties to create Order - order_number",
    "errorCode": "required_property_missing",
    "fieldKey": "custom_objects.orders.order_number",
}
SLUG = {
    "title": 'Invalid value for field "order-total"',
    "detail": "Not an option",
    "source": {"type": "pointer", "value": "/data/attributes/fields/order-total"},
}
BUSY = "keeps refusing requests of Blue Shop because there were too many."
AWAY = "does not answer Blue Shop properly at the moment (a failure on its side)."

Case = tuple[Target, str, int, object, type[CrosswalkError], str, str | None]
CASES: list[Case] = [
    (
        CONTACT,
        "create",
        400,
        {"message": "This location does not allow duplicated contacts."},
        Duplicate,
        "Blue Shop already has a contact with this e-mail address or phone number.",
        None,
    ),
    (
        CONTACT,
        "get",
        400,
        {"message": "Contact not found for id:1"},
        NotFound,
        "Blue Shop does not have the contact 1 (any more).",
        None,
    ),
    (
        CONTACT,
        "update",
        400,
        {"message": "Contact not found for id:1"},
        NotFound,
        "Blue Shop does not have the contact 1 (any more).",
        None,
    ),
    (
        ORDER,
        "create",
        400,
        MISSING_FIELD,
        RecordRefused,
        "did not accept the new Order: Missing required properties to create Order - order_number.",
        "order_number",
    ),
    (
        ORDER,
        "create",
        400,
        {"message": "Invalid Key Passed - order_nr"},
        RecordRefused,
        "did not accept the new Order: Invalid Key Passed - order_nr.",
        "order_nr",
    ),
    (
        ORDER,
        "update",
        400,
        {"message": "note exceeds the maximum length of 12000 characters"},
        RecordRefused,
        "did not accept the Order 1: note exceeds the maximum length of 12000 characters.",
        None,
    ),
    (
        ORDER,
        "update",
        404,
        {"message": "Custom Object (custom_objects.orders) not found", "error": "Not Found", "statusCode": 404},
        NotFound,
        "Blue Shop does not have the Order 1 (any more).",
        None,
    ),
    (
        ORDER,
        "create",
        400,
        {"message": "LocationId is not specified"},
        RecordRefused,
        "did not accept the new Order: LocationId is not specified.",
        None,
    ),
    (
        ORDER,
        "read",
        422,
        {"message": ["Invalid field - oid"]},
        UnexpectedAnswer,
        "HighLevel answered Blue Shop in a form that Crosswalk does not know.",
        None,
    ),
    (CONTACT, "read", 429, {"message": "Too Many Requests"}, RateLimited, f"HighLevel {BUSY}", None),
    (CONTACT, "read", 503, {"message": "Service Unavailable"}, PlatformUnavailable, f"HighLevel {AWAY}", None),
    (
        SHOP_ORDER,
        "read",
        404,
        {"message": "Not Found"},
        NotFound,
        "Blue Shop does not have what was asked for (any more).",
        None,
    ),
    (
        SHOP_ORDER,
        "get",
        400,
        {"errors": [{"status": 400, "title": "Bad Request", "detail": "x"}]},
        NotFound,
        "Blue Shop does not have the Order 1 (any more).",
        None,
    ),
    (
        SHOP_ORDER,
        "create",
        422,
        {"errors": [SLUG]},
        RecordRefused,
        'did not accept the new Order: Invalid value for field "order-total": Not an option.',
        "order-total",
    ),
    (
        SHOP,
        "read",
        422,
        {"errors": [{"title": "Not a filter", "detail": ""}]},
        UnexpectedAnswer,
        "ActiveCampaign answered Blue Shop in a form that Crosswalk does not know.",
        None,
    ),
    (
        SHOP,
        "update",
        422,
        {"errors": [{"title": "Taken.", "code": "duplicate", "source": {"pointer": "/data/attributes/email"}}]},
        Duplicate,
        "Blue Shop already has the contact 1: Taken.",
        "email",
    ),
    (SHOP, "read", 403, {"message": "Forbidden"}, CredentialRefused, "Blue Shop refused its API key.", None),
    (SHOP, "read", 429, None, RateLimited, f"ActiveCampaign {BUSY}", None),
    (COMPANY, "read", 401, {"type": "X"}, CredentialRefused, "Blue Shop refused its API token.", None),
    (
        COMPANY,
        "read",
        403,
        {"type": "X", "message": "You are not allowed"},
        ScopeMissing,
        "The person whose token Blue Shop uses may not do this in ActiveCollab: You are not allowed.",
        None,
    ),
    (COMPANY, "get", 404, None, NotFound, "Blue Shop does not have the company 1 (any more).", None),
    (
        COMPANY,
        "get",
        404,
        {"type": "RuntimeException", "message": "Failed to match 'companies/1' path."},
        NotSupported,
        "The ActiveCollab of Blue Shop does not know what was asked of it: Failed to match 'companies/1' path.",
        None,
    ),
    (
        COMPANY,
        "get",
        400,
        {"type": "X", "message": "Odd"},
        UnexpectedAnswer,
        "ActiveCollab answered Blue Shop in a form that Crosswalk does not know.",
        None,
    ),
    (
        COMPANY,
        "update",
        500,
        {"type": "ValidationErrors", "field_errors": {"name": ["Name is in use"]}},
        Duplicate,
        "Blue Shop already has the company 1: Name is in use.",
        "name",
    ),
    (COMPANY, "read", 503, None, PlatformUnavailable, f"ActiveCollab {AWAY}", None),
    (
        MEMBER,
        "create",
        500,
        {"code": "existing_user_email", "message": "Sorry, that email address is already used!", "data": None},
        Duplicate,
        "Blue Shop already has a member with the e-mail address of the member ada@example.com.",
        "email",
    ),
    (
        MEMBER,
        "update",
        404,
        {"code": "rest_user_invalid_id", "message": "Invalid user ID.", "data": {"status": 404}},
        NotFound,
        "Blue Shop does not have the member 2 (any more).",
        None,
    ),
    (
        MEMBER,
        "delete",
        501,
        {"code": "rest_trash_not_supported", "message": "Users do not support trashing.", "data": {"status": 501}},
        PlatformUnavailable,
        "could not save the member 2: Users do not support trashing.",
        None,
    ),
    (
        MEMBER,
        "read",
        403,
        {"code": "rest_forbidden_context", "message": "Sorry", "data": {"status": 403}},
        ScopeMissing,
        "The WordPress user of Blue Shop may not do this: it lacks the right list_users (seeing the members).",
        None,
    ),
    (MEMBER, "read", 429, None, RateLimited, f"WordPress {BUSY}", None),
    (MEMBER, "read", 503, None, PlatformUnavailable, f"WordPress {AWAY}", None),
]


@pytest.mark.parametrize(
    ("target", "call", "status", "body", "error", "sentence", "field"),
    CASES,
    ids=[f"{target}-{call}-{status}" for target, call, status, *_ in CASES],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
async def test_a_refusal_is_a_sentence(
    connect: Connect,
    target: Target,
    call: str,
    status: int,
    body: object,
    error: type[CrosswalkError],
    sentence: str,
    field: str | None,
    kind: str,
) -> None:
    refusal = reply("" if body is None else json.dumps(body), status=f"{status} Refused", kind=kind)
    heard = await ask(target, connect, call, refusal)
    assert isinstance(heard.error, error)
    assert sentence in heard.error.message
    assert_sentence(heard.error)
    if field is not None:
        assert heard.error.report().place == field
    if call == "create":
        assert len(heard.requests) == 1
