"""Who may call a members' site and how it answers: the emulated site and a real WordPress alike."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.local_http import NO_CERTIFICATES
from tests.sandbox.accessally_site import BRIDGE, ME, PASSWORD, USERS, Caller, Site

PASSWORDS = f"{ME}/application-passwords"


def test_the_index_tells_that_application_passwords_can_be_used(site: Site, visitor: Caller) -> None:
    index = visitor.call("GET", "/wp-json/")
    page = index["authentication"]["application-passwords"]["endpoints"]["authorization"]
    assert page == f"{site.base_url}/wp-admin/authorize-application.php"
    assert {"wp/v2", "crosswalk/v1"} <= set(index["namespaces"])
    assert index["routes"][r"/wp/v2/users/(?P<id>[\d]+)"]["methods"] == ["GET", "POST", "PUT", "PATCH", "DELETE"]
    namespace = visitor.call("GET", "/wp-json/crosswalk/v1")
    assert r"/crosswalk/v1/members/(?P<id>[\d]+)/tags" in namespace["routes"]


def test_both_forms_of_an_address_lead_to_the_same(admin: Caller) -> None:
    plain = admin.call("GET", "/", rest_route="/wp/v2/users/me", context="edit")
    assert plain["username"] == "admin"
    assert plain == admin.call("GET", ME, context="edit")
    assert admin.refused("GET", "/", rest_route="/nowhere") == (404, "rest_no_route")


def test_who_calls_is_known_by_name_or_address_and_spaces_do_not_matter(site: Site) -> None:
    name, _, password = site.token("administrator").partition(":")
    for login in (name, "amelia.hart@example.com", "Amelia.Hart@EXAMPLE.com"):
        for form in (password, password.replace(" ", "")):
            answer = httpx.get(f"{site.base_url}{ME}", auth=httpx.BasicAuth(login, form), verify=NO_CERTIFICATES)
            assert (answer.status_code, answer.json().get("name")) == (200, "admin")


@pytest.mark.parametrize("login", ["admin", "nobody", "nobody@example.com"])
def test_wrong_credentials_make_a_visitor_where_visitors_may_come(site: Site, login: str) -> None:
    wrong = httpx.BasicAuth(login, "login-password")
    seen = httpx.get(f"{site.base_url}{USERS}", auth=wrong, verify=NO_CERTIFICATES)
    assert seen.status_code == 200
    assert [user["id"] for user in seen.json()] == [1]
    refused = httpx.get(f"{site.base_url}{ME}", auth=wrong, verify=NO_CERTIFICATES)
    assert (refused.status_code, refused.json()["code"]) == (401, "rest_not_logged_in")


@pytest.mark.parametrize(
    ("login", "code"),
    [
        ("admin", "incorrect_password"),
        ("nobody", "invalid_username"),
        ("nobody@example.com", "invalid_email"),
    ],
)
def test_a_strict_site_refuses_wrong_credentials_everywhere(site: Site, login: str, code: str) -> None:
    site.switch(strict_login=True)
    for path in ("/wp-json/", USERS, ME):
        answer = httpx.get(f"{site.base_url}{path}", auth=httpx.BasicAuth(login, "wrong"), verify=NO_CERTIFICATES)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.json()["data"] == {"status": 401}
    name, _, password = site.token("administrator").partition(":")
    assert (
        httpx.get(f"{site.base_url}{ME}", auth=httpx.BasicAuth(name, password), verify=NO_CERTIFICATES).status_code
        == 200
    )


def test_visitors_see_who_has_published_and_nothing_of_their_address(visitor: Caller, admin: Caller) -> None:
    admin.member("jane", meta={"crm_object_id": "rec-1"})
    (shown,) = visitor.call("GET", USERS)
    assert list(shown) == [
        "id", "name", "url", "description", "link", "slug", "avatar_urls", "meta", "_links",
    ]  # fmt: skip
    assert shown["meta"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "code"),
    [
        ("GET", USERS, None, {"context": "edit"}, "rest_forbidden_context"),
        ("GET", USERS, None, {"roles": "subscriber"}, "rest_user_cannot_view"),
        ("GET", USERS, None, {"orderby": "email"}, "rest_forbidden_orderby"),
        (
            "POST",
            USERS,
            {"username": "x", "email": "x@example.com", "password": PASSWORD},
            {},
            "rest_cannot_create_user",
        ),
        ("POST", f"{USERS}/1", {"first_name": "X"}, {}, "rest_cannot_edit"),
        ("POST", f"{USERS}/1", {"roles": ["editor"]}, {}, "rest_cannot_edit_roles"),
        ("GET", f"{USERS}/1", None, {"context": "edit"}, "rest_forbidden_context"),
        ("DELETE", f"{USERS}/1", None, {"force": "true", "reassign": "false"}, "rest_user_cannot_delete"),
        ("GET", f"{BRIDGE}/status", None, {}, "rest_forbidden"),
        ("GET", f"{BRIDGE}/changes", None, {}, "rest_forbidden"),
        ("GET", f"{BRIDGE}/fields", None, {}, "rest_forbidden"),
        ("POST", f"{BRIDGE}/fields", {"key": "a_key", "type": "string"}, {}, "rest_forbidden"),
        ("DELETE", f"{BRIDGE}/fields/crm_score", None, {}, "rest_forbidden"),
        ("GET", f"{BRIDGE}/tags", None, {}, "rest_forbidden"),
        ("POST", f"{BRIDGE}/members/1/tags", {"tags": [1]}, {}, "rest_forbidden"),
        ("GET", f"{BRIDGE}/webhooks", None, {}, "rest_forbidden"),
        (
            "PUT",
            f"{BRIDGE}/webhooks",
            {"url": "https://a.example.com", "secret": "x" * 16},
            {},
            "rest_forbidden",
        ),
        ("DELETE", f"{BRIDGE}/webhooks", None, {}, "rest_forbidden"),
    ],
)
def test_without_the_right_it_is_401_for_a_visitor_and_403_for_an_editor(
    visitor: Caller, editor: Caller, method: str, path: str, body: Any, query: dict[str, str], code: str
) -> None:
    assert visitor.refused(method, path, body, **query) == (401, code)
    assert editor.refused(method, path, body, **query) == (403, code)


def test_a_subscriber_reads_and_edits_itself_alone(admin: Caller, subscriber: Caller) -> None:
    me = subscriber.call("GET", ME, context="edit")
    assert me["roles"] == ["subscriber"]
    assert subscriber.call("POST", ME, {"first_name": "Sam"})["first_name"] == "Sam"
    assert subscriber.change(me, last_name="Sub")["last_name"] == "Sub"
    other = admin.member("jane")
    assert subscriber.refused("GET", f"{USERS}/{other['id']}") == (403, "rest_user_cannot_view")
    assert subscriber.refused("POST", ME, {"roles": ["administrator"]}) == (403, "rest_cannot_edit_roles")
    answer = subscriber.ask("POST", ME, {"meta": {"crm_score": 5}})
    assert (answer.status_code, answer.json()["code"]) == (403, "rest_cannot_update")
    assert answer.json()["data"] == {"key": "crm_score", "status": 403}


def test_application_passwords_are_shown_once_and_can_be_revoked(site: Site, admin: Caller) -> None:
    made = admin.call("POST", PASSWORDS, {"name": "Crosswalk"}, status=201)
    assert len(made["password"].replace(" ", "")) == 24
    again = httpx.BasicAuth("admin", made["password"])
    introspected = httpx.get(f"{site.base_url}{PASSWORDS}/introspect", auth=again, verify=NO_CERTIFICATES).json()
    assert (introspected["name"], introspected["uuid"]) == ("Crosswalk", made["uuid"])
    listed = admin.call("GET", PASSWORDS)
    assert [(item["name"], "password" in item) for item in listed] == [("sandbox", False), ("Crosswalk", False)]
    assert admin.refused("POST", PASSWORDS, {"name": "Crosswalk"}) == (409, "application_password_duplicate_name")
    assert admin.refused("POST", PASSWORDS, {}) == (400, "rest_missing_callback_param")
    assert admin.refused("POST", PASSWORDS, {"name": ""}) == (400, "rest_invalid_param")
    gone = admin.call("DELETE", f"{PASSWORDS}/{made['uuid']}")
    assert (gone["deleted"], gone["previous"]["name"]) == (True, "Crosswalk")
    assert httpx.get(f"{site.base_url}{ME}", auth=again, verify=NO_CERTIFICATES).status_code == 401
    unknown = (404, "rest_application_password_not_found")
    assert admin.refused("DELETE", f"{PASSWORDS}/{made['uuid']}") == unknown


def test_application_passwords_of_others_are_an_administrators(admin: Caller, subscriber: Caller) -> None:
    me = subscriber.call("GET", ME)["id"]
    theirs = f"{USERS}/{me}/application-passwords"
    assert [item["name"] for item in admin.call("GET", theirs)] == ["sandbox"]
    of_admin = f"{USERS}/1/application-passwords"
    assert subscriber.refused("GET", of_admin) == (403, "rest_cannot_list_application_passwords")
    refused = subscriber.refused("POST", of_admin, {"name": "x"})
    assert refused == (403, "rest_cannot_create_application_passwords")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/wp-json/accessally/v1/members"),
        ("GET", "/wp-json/wp/v2/users/abc"),
        ("PUT", "/wp-json/wp/v2/users"),
        ("GET", f"{BRIDGE}/nothing"),
        ("GET", f"{BRIDGE}/members/abc/tags"),
    ],
)
def test_what_is_not_there_has_no_route(admin: Caller, method: str, path: str) -> None:
    answer = admin.ask(method, path)
    message = "No route was found matching the URL and request method."
    assert answer.json() == {"code": "rest_no_route", "message": message, "data": {"status": 404}}
    assert answer.status_code == 404


def test_a_body_that_is_no_json(admin: Caller) -> None:
    answer = admin.http.post(USERS, content=b"{bad", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    data = {"status": 400, "json_error_code": 4, "json_error_message": "Syntax error"}
    assert answer.json() == {"code": "rest_invalid_json", "message": "Invalid JSON body passed.", "data": data}


def test_a_form_is_as_good_as_json_and_a_header_can_name_the_method(admin: Caller) -> None:
    form = {
        "username": "jane",
        "email": "jane@example.com",
        "password": PASSWORD,
        "roles[]": "author",
        "meta[crm_object_id]": "rec-1",
        "meta[crm_tags][]": ["gold", "silver"],
        "meta[crm_score]": "4.5",
    }
    answer = admin.http.post(USERS, data=form)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["roles"] == ["author"]
    assert [made["meta"][key] for key in ("crm_object_id", "crm_tags", "crm_score")] == [
        "rec-1",
        ["gold", "silver"],
        4.5,
    ]
    override = {"X-HTTP-Method-Override": "DELETE"}
    query = {"force": "true", "reassign": "false"}
    gone = admin.http.post(f"{USERS}/{made['id']}", params=query, headers=override)
    assert gone.json()["deleted"] is True


def test_batches_refuse_users(admin: Caller) -> None:
    requests = [{"path": "/wp/v2/users/1", "method": "POST"}, {"path": "/nowhere", "method": "POST"}]
    answers = admin.call("POST", "/wp-json/batch/v1", {"requests": requests}, status=207)["responses"]
    assert [(part["status"], part["body"]["code"]) for part in answers] == [
        (400, "rest_batch_not_allowed"),
        (404, "rest_no_route"),
    ]
    assert admin.refused("POST", "/wp-json/batch/v1", {}) == (400, "rest_missing_callback_param")


def test_options_tell_parameters_and_the_schema_with_the_registered_keys(visitor: Caller) -> None:
    told = visitor.call("OPTIONS", USERS)
    assert told["methods"] == ["GET", "POST"]
    by_method = {endpoint["methods"][0]: endpoint["args"] for endpoint in told["endpoints"]}
    assert by_method["GET"]["per_page"]["maximum"] == 100
    assert by_method["GET"]["orderby"]["enum"][:3] == ["id", "include", "name"]
    assert [name for name, arg in by_method["POST"].items() if arg["required"]] == ["username", "email", "password"]
    meta = told["schema"]["properties"]["meta"]["properties"]
    kinds = {key: (schema["type"], schema["context"]) for key, schema in meta.items()}
    assert kinds == {
        "persisted_preferences": ("object", ["edit"]),
        "crm_object_id": ("string", ["edit"]),
        "crm_score": ("number", ["edit"]),
        "crm_active": ("boolean", ["edit"]),
        "crm_tags": ("array", ["edit"]),
        "crm_joined": ("string", ["edit"]),
    }
    assert told["schema"]["properties"]["roles"]["context"] == ["edit"]


def test_head_gives_the_headers_alone(admin: Caller) -> None:
    for number in range(3):
        admin.member(f"jane{number}")
    answer = admin.http.head(USERS, params={"per_page": 2, "context": "edit", "search": "jane"})
    assert (answer.headers["x-wp-total"], answer.headers["x-wp-totalpages"]) == ("3", "2")
    assert answer.content == b""


def test_the_front_page_tells_where_the_interface_is(site: Site, visitor: Caller) -> None:
    answer = visitor.http.get("/")
    assert answer.headers["link"].startswith(f'<{site.base_url}/wp-json/>; rel="https://api.w.org/"')
    assert answer.headers["content-type"].startswith("text/html")
