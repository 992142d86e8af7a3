"""What the operator reads when a members' site refuses, is closed, or is no such site at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from desktop.connectors.accessally.auth import meaning
from desktop.connectors.accessally.refusals import Refusals, read_refusal
from desktop.connectors.dialect import Answer, ServerError
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
from desktop.domain.schema import ObjectSchema
from tests.connectors.accessally_server import INDEX, ME, me, path_of, user
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect
from tests.connectors.raw_server import raw_server, reply

pytestmark = pytest.mark.anyio

MEMBERS = ObjectSchema("members", "Member", "Members")
PAGE_NOT_FOUND = reply("<!DOCTYPE html><title>Page not found</title>", status="404 Not Found", kind="text/html")


def refused(status: int, code: str, message: str = "Said so", data: Any = "status", **more: Any) -> Answer:
    body = {"code": code, "message": message, "data": {"status": status} if data == "status" else data, **more}
    return Answer(status, {}, body)


ADMIN = ("list_users", "create_users", "edit_users", "promote_users", "delete_users")


@pytest.mark.parametrize(
    ("answer", "error", "said", "field"),
    [
        (refused(401, "rest_not_logged_in"), CredentialRefused, "took Crosswalk for a visitor", None),
        (refused(401, "rest_forbidden_context"), CredentialRefused, "took Crosswalk for a visitor", None),
        (
            refused(401, "incorrect_password", "<strong>Error</strong>: The provided password is wrong."),
            CredentialRefused,
            "password: The provided password is wrong.",
            None,
        ),
        (refused(401, "invalid_username", "Unknown username"), CredentialRefused, "Unknown username.", None),
        (refused(401, "invalid_email", "Unknown email address"), CredentialRefused, "Unknown email address.", None),
        (refused(403, "rest_user_invalid_role", "Not that role"), RecordRefused, "Not that role.", "roles"),
        (
            refused(403, "rest_cannot_update", "Not allowed", {"key": "crm_score", "status": 403}),
            RecordRefused,
            "Not allowed.",
            "crm_score",
        ),
        (refused(403, "rest_cannot_edit", "Not this one"), RecordRefused, "Not this one.", None),
        (refused(403, "rest_cookie_invalid_nonce", "Closed"), ScopeMissing, "Closed", None),
        (
            refused(400, "rest_missing_callback_param", "Missing parameter(s): email", {"params": ["email"]}),
            RecordRefused,
            "Missing parameter(s): email.",
            "email",
        ),
        (
            refused(
                400,
                "rest_invalid_param",
                "Invalid parameter(s): email",
                {"params": {"email": "Invalid email address."}},
            ),
            RecordRefused,
            "Invalid parameter(s): email Invalid email address.",
            "email",
        ),
        (
            refused(
                400,
                "rest_invalid_type",
                "meta.crm_score is not of type number.",
                additional_data=[{"param": "meta.crm_score"}],
            ),
            RecordRefused,
            "not of type number.",
            "crm_score",
        ),
        (
            refused(400, "rest_invalid_pattern", "meta.crm_joined does not match pattern x."),
            RecordRefused,
            "does not match",
            "crm_joined",
        ),
        (
            refused(400, "rest_invalid_type", "x", additional_data=[{"param": "meta.crm_tags[0]"}]),
            RecordRefused,
            "x.",
            "crm_tags",
        ),
        (refused(400, "rest_invalid_json", "Invalid JSON body passed."), RecordRefused, "Invalid JSON", None),
        (
            refused(400, "rest_user_invalid_role", "The role x does not exist."),
            RecordRefused,
            "does not exist",
            "roles",
        ),
        (refused(400, "rest_user_invalid_email", "Invalid email address."), Duplicate, "e-mail address", "email"),
        (refused(400, "rest_user_invalid_argument"), RecordRefused, "never changes a user name", "username"),
        (refused(400, "rest_user_invalid_reassign"), RecordRefused, "no other user", None),
        (refused(404, "rest_user_invalid_id"), NotFound, "does not have the member 7", None),
        (refused(404, "rest_no_route"), NotSupported, "does not offer", None),
        (refused(500, "existing_user_login", data=None), Duplicate, "user name of the member 7", "username"),
        (refused(500, "existing_user_email", data=None), Duplicate, "e-mail address of the member 7", "email"),
        (refused(500, "user_login_too_long", "Too long", None), RecordRefused, "Too long.", "username"),
        (
            refused(500, "rest_invalid_stored_value", "The crm_score property has an invalid stored value, and so on."),
            RecordRefused,
            "blank already",
            "crm_score",
        ),
        (refused(501, "rest_trash_not_supported", "No trash"), PlatformUnavailable, "No trash.", None),
        (refused(501, "crosswalk_no_accessally"), NotSupported, "AccessAlly is not active", None),
        (refused(502, "crosswalk_accessally_failed"), PlatformUnavailable, "failed on the member 7", None),
        (Answer(403, {}, None, "<html><h1>Blocked by a firewall</h1>"), UnexpectedAnswer, "firewall", None),
        (Answer(406, {}, None, "Not acceptable"), UnexpectedAnswer, "firewall", None),
        (Answer(400, {}, ["odd"]), UnexpectedAnswer, "does not know", None),
    ],
    ids=lambda value: value.data.get("code") if isinstance(value, Answer) and isinstance(value.data, dict) else None,
)
def test_each_refusal_has_its_sentence(
    answer: Answer, error: type[CrosswalkError], said: str, field: str | None
) -> None:
    raised = Refusals("Club").error(answer, record="the member 7", writes=True, capabilities=ADMIN)
    assert type(raised) is error
    assert said in raised.message
    assert raised.hint
    assert not set("<>!") & set(raised.message + raised.hint)
    assert getattr(raised, "field", None) == field


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("rest_forbidden_context", "list_users"),
        ("rest_user_cannot_view", "list_users"),
        ("rest_cannot_create_user", "create_users"),
        ("rest_cannot_edit", "edit_users"),
        ("rest_cannot_edit_roles", "promote_users"),
        ("rest_user_cannot_delete", "delete_users"),
        ("rest_forbidden", "list_users"),
    ],
)
def test_a_missing_right_is_named(code: str, right: str) -> None:
    raised = Refusals("Club").error(refused(403, code), record="the member 7", writes=True, capabilities=())
    assert isinstance(raised, ScopeMissing)
    assert right in raised.message


def test_a_refused_read_is_no_refused_record() -> None:
    raised = Refusals("Club").error(
        refused(400, "rest_invalid_param"), record="the members", writes=False, capabilities=()
    )
    assert isinstance(raised, UnexpectedAnswer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refused(500, "existing_user_email", data=None), ServerError.REFUSAL),
        (refused(500, "rest_invalid_stored_value"), ServerError.REFUSAL),
        (refused(501, "rest_trash_not_supported"), ServerError.REFUSAL),
        (refused(502, "crosswalk_accessally_failed"), ServerError.EXPLAINED),
        (refused(500, "internal_server_error"), ServerError.FAILURE),
        (refused(500, "internal_server_error", data=None), ServerError.FAILURE),
        (refused(500, "db_insert_error", data=None), ServerError.FAILURE),
        (Answer(503, {}, None, "<html>Maintenance"), ServerError.FAILURE),
        (Answer(500, {}, {"message": "no code"}), ServerError.FAILURE),
    ],
)
def test_only_refusals_in_a_failures_clothes_are_not_asked_again(answer: Answer, expected: ServerError) -> None:
    assert meaning(answer) is expected


def test_a_refusal_of_no_known_shape_is_still_told() -> None:
    assert read_refusal(Answer(400, {}, None)).text == "status 400."
    assert read_refusal(Answer(400, {}, {"message": "&lt;b&gt; is wrong"})).text == "<b> is wrong."


async def test_a_site_without_permalinks_is_spoken_to_in_its_own_way(connect: Connect) -> None:
    people = reply(json.dumps([user(1, "a@club.example")]), "X-WP-Total: 1")
    async with raw_server([PAGE_NOT_FOUND, reply(INDEX), reply(ME), people]) as server:
        site = await connect("accessally", base_url=f"{server.url}/blog")
        records, _ = await read(site, MEMBERS)
        await read(site, MEMBERS)
    paths = [path_of(request) for request in server.requests]
    assert paths[0].startswith("/blog/wp-json/?_fields=")
    assert paths[1].startswith("/blog/?rest_route=%2F&")
    assert paths[2].startswith("/blog/?rest_route=%2Fwp%2Fv2%2Fusers%2Fme&context=edit")
    assert len(paths) == 5
    assert set(records) == {"1"}


@pytest.mark.parametrize(
    "answer",
    [
        PAGE_NOT_FOUND,
        reply("<html>Welcome", kind="text/html"),
        reply("", "Location: https://www.club.example/", status="301 Moved Permanently"),
        reply("<html>Request blocked", status="403 Forbidden", kind="text/html"),
        reply('{"something": "else"}'),
    ],
    ids=["not found", "web page", "elsewhere", "firewall", "another service"],
)
async def test_an_address_that_is_no_wordpress_site(connect: Connect, answer: bytes) -> None:
    async with raw_server([answer]) as server:
        site = await connect("accessally", base_url=server.url, name="Club")
        with pytest.raises(UnexpectedAnswer, match="does not answer as a WordPress site") as caught:
            await site.identify()
    assert "/wp-json/" in caught.value.hint


async def test_a_site_that_is_closed_to_visitors(connect: Connect) -> None:
    closed = json.dumps({"code": "rest_cannot_access", "message": "Only for members.", "data": {"status": 401}})
    async with raw_server([reply(closed, status="401 Unauthorized")]) as server:
        site = await connect("accessally", base_url=server.url, name="Club")
        with pytest.raises(CredentialRefused) as caught:
            await site.identify()
    assert "Only for members." in caught.value.details


async def test_a_visitors_view_with_status_200_is_a_refusal(connect: Connect) -> None:
    visitor = json.dumps({"id": 1, "name": "Amelia"})
    async with raw_server([reply(INDEX), reply(visitor)]) as server:
        with pytest.raises(CredentialRefused, match="visitor"):
            await read(await connect("accessally", base_url=server.url), MEMBERS)
    seen = reply(json.dumps([{"id": 1, "name": "Amelia"}]), "X-WP-Total: 1")
    async with raw_server([reply(INDEX), reply(ME), seen]) as server:
        with pytest.raises(CredentialRefused, match="visitor"):
            await read(await connect("accessally", base_url=server.url), MEMBERS)


async def test_members_who_are_held_back_are_not_taken_for_nobody(connect: Connect) -> None:
    nobody = reply("[]", "X-WP-Total: 3")
    async with raw_server([reply(INDEX), reply(me("list_users")), nobody]) as server:
        with pytest.raises(ScopeMissing, match="edit_users"):
            await read(await connect("accessally", base_url=server.url), MEMBERS)


async def test_administrators_of_a_network_of_sites_are_passed_over(connect: Connect) -> None:
    some = reply(json.dumps([user(2, "b@club.example"), user(3, "c@club.example")]), "X-WP-Total: 3")
    ids = reply(json.dumps([{"id": 1}, {"id": 2}, {"id": 3}]), "X-WP-Total: 3")
    async with raw_server([reply(INDEX), reply(ME), some, ids]) as server:
        records, _ = await read(await connect("accessally", base_url=server.url), MEMBERS)
    assert set(records) == {"2", "3"}
    assert "context=edit" not in path_of(server.requests[3])


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (reply("{}", "X-WP-Total: 1"), "none"),
        (reply(json.dumps([user(1, "a@club.example")])), "X-WP-Total"),
        (reply(json.dumps([user(2, "b@club.example"), user(1, "a@club.example")]), "X-WP-Total: 2"), "order"),
        (reply(json.dumps([user(1, "a@club.example"), {"id": None}]), "X-WP-Total: 2"), "no user"),
    ],
)
async def test_a_list_of_another_form_is_not_read(connect: Connect, answer: bytes, detail: str) -> None:
    async with raw_server([reply(INDEX), reply(ME), answer]) as server:
        with pytest.raises(UnexpectedAnswer) as caught:
            await read(await connect("accessally", base_url=server.url), MEMBERS)
    assert detail in caught.value.details


async def test_the_credential_is_in_no_error(connect: Connect) -> None:
    password = "abcd efgh ijkl mnop qrst uvwx"
    whole = password.replace(" ", "")
    said = json.dumps({"code": "rest_x", "message": f"no {whole}", "data": {"status": 403}})
    async with raw_server([reply(INDEX), reply(said, status="403 Forbidden")]) as server:
        with pytest.raises(ScopeMissing) as caught:
            await (await connect("accessally", base_url=server.url, token=f"admin:{password}")).identify()
    assert whole not in f"{caught.value} {caught.value.hint} {caught.value.details}"
