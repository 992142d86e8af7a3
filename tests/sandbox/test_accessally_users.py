"""Members of a site: lists, one by one, and what goes wrong, on the emulated site and on a real WordPress alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.accessally_site import PASSWORD, USERS, Caller

SHOWN = [
    "id", "username", "name", "first_name", "last_name", "email", "url", "description", "link", "locale",
    "nickname", "slug", "roles", "registered_date", "capabilities", "extra_capabilities", "avatar_urls", "meta",
    "_links",
]  # fmt: skip


def test_a_member_is_made_with_the_role_of_a_subscriber(admin: Caller) -> None:
    body = {
        "username": "jane.doe@example.com",
        "email": "jane.doe@example.com",
        "password": PASSWORD,
        "first_name": "Jane",
        "last_name": "Doe",
    }
    answer = admin.ask("POST", USERS, body)
    assert answer.status_code == 201
    made = answer.json()
    assert list(made) == SHOWN
    assert answer.headers["location"].endswith(f"/wp-json/wp/v2/users/{made['id']}")
    chosen = ("username", "name", "nickname", "slug", "roles", "locale", "url", "description")
    assert [made[key] for key in chosen] == [
        "jane.doe@example.com", "Jane Doe", "jane.doe@example.com", "jane-doeexample-com", ["subscriber"],
        "en_US", "", "",
    ]  # fmt: skip
    assert made["registered_date"].endswith("+00:00")
    assert made["capabilities"] == {"read": True, "level_0": True, "subscriber": True}
    assert made["extra_capabilities"] == {"subscriber": True}
    assert list(made["avatar_urls"]) == ["24", "48", "96"]
    assert admin.show(made) == made


@pytest.mark.parametrize(
    ("given", "code", "params"),
    [
        ({}, "rest_missing_callback_param", ["username", "email", "password"]),
        ({"username": "a", "email": None}, "rest_missing_callback_param", ["email", "password"]),
        (
            {"username": "a", "email": "no-address", "password": PASSWORD},
            "rest_invalid_param",
            {"email": "Invalid email address."},
        ),
        (
            {"username": "a", "email": "a@host", "password": PASSWORD},
            "rest_invalid_param",
            {"email": "Invalid email address."},
        ),
        (
            {"username": "jane+x@example.com", "email": "jane+x@example.com", "password": PASSWORD},
            "rest_invalid_param",
            {"username": "This username is invalid because it uses illegal characters. Please enter a valid username."},
        ),
        (
            {"username": "a", "email": "a@example.com", "password": ""},
            "rest_invalid_param",
            {"password": "Passwords cannot be empty."},
        ),
        (
            {"username": "a", "email": "a@example.com", "password": PASSWORD, "roles": 5, "locale": "xx"},
            "rest_invalid_param",
            {"locale": "locale is not one of  and en_US."},
        ),
        (
            {"username": "a", "email": "a@example.com", "password": PASSWORD, "meta": "x"},
            "rest_invalid_param",
            {"meta": "Invalid parameter."},
        ),
        (
            {"username": 5, "email": "a@example.com", "password": PASSWORD},
            "rest_invalid_param",
            {"username": "username is not of type string."},
        ),
    ],
)
def test_what_is_wrong_with_a_new_member_is_named(admin: Caller, given: dict[str, Any], code: str, params: Any) -> None:
    refusal = admin.call("POST", USERS, given, status=400)
    assert (refusal["code"], refusal["data"]["params"]) == (code, params)


def test_a_name_or_address_that_is_taken_is_a_500_without_data(admin: Caller) -> None:
    admin.member("jane")
    same_name = {"username": "JANE", "email": "other@example.com", "password": PASSWORD}
    answer = admin.call("POST", USERS, same_name, status=500)
    assert answer == {
        "code": "existing_user_login",
        "message": "Sorry, that username already exists!",
        "data": None,
    }
    same_address = {"username": "other", "email": "Jane@Example.com", "password": PASSWORD}
    answer = admin.call("POST", USERS, same_address, status=500)
    assert (answer["code"], answer["data"]) == ("existing_user_email", None)
    long = {"username": "x" * 61, "email": "long@example.com", "password": PASSWORD}
    assert admin.call("POST", USERS, long, status=500)["code"] == "user_login_too_long"


def test_roles(admin: Caller) -> None:
    body = {"username": "jane", "email": "jane@example.com", "password": PASSWORD, "roles": ["nope"]}
    refusal = admin.call("POST", USERS, body, status=400)
    assert (refusal["code"], refusal["message"]) == ("rest_user_invalid_role", "The role nope does not exist.")
    jane = admin.member("jane", roles="author,editor")
    assert jane["roles"] == ["author", "editor"]
    assert admin.change(jane, roles=["contributor"])["roles"] == ["contributor"]
    assert admin.change(jane, roles=[])["roles"] == []
    me = {"roles": ["subscriber"]}
    assert admin.refused("POST", f"{USERS}/1", me) == (403, "rest_user_invalid_role")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_every_method_of_change_leaves_alone_what_is_not_sent(admin: Caller, method: str) -> None:
    jane = admin.member("jane", first_name="Jane", last_name="Doe", meta={"crm_object_id": "rec-1"})
    changed = admin.call(method, f"{USERS}/{jane['id']}", {"last_name": "Roe", "url": "example.com/jane"})
    chosen = [changed[key] for key in ("first_name", "last_name", "name", "url", "email")]
    assert chosen == ["Jane", "Roe", "Jane Doe", "http://example.com/jane", "jane@example.com"]
    assert changed["meta"]["crm_object_id"] == "rec-1"


def test_text_is_kept_as_it_is_sent(admin: Caller) -> None:
    jane = admin.member("jane", first_name='Zoë \\ O\'Neil "the" 🎉', meta={"crm_object_id": "a\\b'c\"ü 🎉"})
    assert jane["first_name"] == 'Zoë \\ O\'Neil "the" 🎉'
    assert jane["meta"]["crm_object_id"] == "a\\b'c\"ü 🎉"
    assert admin.change(jane, name="  <b>Jane</b>  Doe\n")["name"] == "Jane Doe"


def test_who_a_member_is_cannot_be_taken_from_another(admin: Caller) -> None:
    jane = admin.member("jane")
    admin.member("john")
    place = f"{USERS}/{jane['id']}"
    assert admin.refused("POST", place, {"email": "john@example.com"}) == (400, "rest_user_invalid_email")
    assert admin.refused("POST", place, {"username": "june"}) == (400, "rest_user_invalid_argument")
    assert admin.refused("POST", place, {"slug": "john"}) == (400, "rest_user_invalid_slug")
    assert admin.change(jane, email="jane@example.com", username="jane", slug="jane")["email"] == "jane@example.com"
    assert admin.change(jane, email="new@example.com")["email"] == "new@example.com"
    unknown = (404, "rest_user_invalid_id")
    assert admin.refused("POST", f"{USERS}/9999", {}) == unknown
    assert admin.refused("GET", f"{USERS}/9999") == unknown
    assert admin.refused("GET", f"{USERS}/0") == unknown


def test_deleting_needs_force_and_an_heir_and_happens_once(admin: Caller) -> None:
    jane = admin.member("jane")
    place = f"{USERS}/{jane['id']}"
    refusal = admin.call("DELETE", place, status=400)
    assert refusal["data"] == {"status": 400, "params": ["reassign"]}
    assert admin.refused("DELETE", place, reassign="1") == (501, "rest_trash_not_supported")
    own = (400, "rest_user_invalid_reassign")
    assert admin.refused("DELETE", place, force="true", reassign=jane["id"]) == own
    assert admin.refused("DELETE", place, force="true", reassign="9999") == own
    assert admin.refused("DELETE", place, force="true", reassign="abc") == (400, "rest_invalid_param")
    gone = admin.call("DELETE", place, force="true", reassign="1")
    assert gone["deleted"] is True
    assert gone["previous"] == {key: jane[key] for key in SHOWN if key != "_links"}
    assert admin.refused("DELETE", place, force="true", reassign="1") == (404, "rest_user_invalid_id")


@pytest.fixture
def crowd(admin: Caller) -> list[dict[str, Any]]:
    """Four members; the names sort in another way than the numbers."""
    return [
        admin.member("m-dora", first_name="Dora", last_name="Ames", url="https://dora.example.com"),
        admin.member("m-carl", first_name="Carl", last_name="Zoll", roles=["author"]),
        admin.member("m-beth", first_name="Béth", last_name="Kim"),
        admin.member("m-adam", first_name="Adam", last_name="Kim"),
    ]


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"search": "m-"}, ["m-adam", "m-beth", "m-carl", "m-dora"]),
        ({"search": "m-", "orderby": "id"}, ["m-dora", "m-carl", "m-beth", "m-adam"]),
        ({"search": "m-", "orderby": "id", "order": "desc"}, ["m-adam", "m-beth", "m-carl", "m-dora"]),
        ({"search": "m-", "orderby": "email"}, ["m-adam", "m-beth", "m-carl", "m-dora"]),
        ({"search": "m-", "orderby": "slug", "order": "desc"}, ["m-dora", "m-carl", "m-beth", "m-adam"]),
        ({"search": "KIM", "orderby": "id"}, ["m-beth", "m-adam"]),
        ({"search": "beth kim"}, ["m-beth"]),
        ({"search": "M-CARL@example"}, ["m-carl"]),
        ({"search": "dora.example"}, ["m-dora"]),
        ({"search": "nobody"}, []),
        ({"roles": "author"}, ["m-carl"]),
        ({"roles": "author,administrator"}, ["admin", "m-carl"]),
        ({"slug": "m-beth,m-adam"}, ["m-adam", "m-beth"]),
        ({"slug": "m-beth,m-adam", "orderby": "include_slugs"}, ["m-beth", "m-adam"]),
        ({"capabilities": "publish_posts", "search": "m-"}, ["m-carl"]),
        ({"has_published_posts": "true"}, ["admin"]),
        ({"who": "authors", "search": "m-"}, ["m-carl"]),
        ({"search": "m-", "per_page": 3, "page": 2, "orderby": "id"}, ["m-adam"]),
        ({"search": "m-", "offset": 1, "per_page": 2, "orderby": "id"}, ["m-carl", "m-beth"]),
    ],
)
def test_members_are_found_and_sorted(admin: Caller, query: dict[str, Any], expected: list[str]) -> None:
    assert admin.list(**query) == expected


def test_members_by_number(admin: Caller, crowd: list[dict[str, Any]]) -> None:
    first, second, third, fourth = (user["id"] for user in crowd)
    assert admin.list(include=f"{third},{first}", orderby="include") == ["m-beth", "m-dora"]
    assert admin.list(**{"include[]": [third, first]}, orderby="id") == ["m-dora", "m-beth"]
    assert admin.list(search="m-", exclude=f"{first},{second}", orderby="id") == ["m-beth", "m-adam"]
    assert admin.list(search=str(fourth)) == ["m-adam"]


def test_totals_and_neighbours_are_headers_and_a_page_past_the_end_is_empty(
    admin: Caller, crowd: list[dict[str, Any]]
) -> None:
    query: dict[str, Any] = {"per_page": 3, "search": "m-", "orderby": "id"}
    first = admin.ask("GET", USERS, **query)
    assert (first.headers["x-wp-total"], first.headers["x-wp-totalpages"]) == ("4", "2")
    assert list(first.links) == ["next"]
    last = admin.http.get(first.links["next"]["url"])
    assert [user["id"] for user in last.json()] == [crowd[-1]["id"]]
    assert list(last.links) == ["prev"]
    past = admin.ask("GET", USERS, **query, page=9)
    assert (past.status_code, past.json()) == (200, [])
    assert (past.headers["x-wp-total"], past.headers["x-wp-totalpages"]) == ("4", "2")
    assert past.links["prev"]["url"].endswith("page=2")


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ({"per_page": 101}, {"per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)"}),
        (
            {"per_page": 0, "page": "x"},
            {
                "page": "page is not of type integer.",
                "per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)",
            },
        ),
        ({"page": 0}, {"page": "page must be greater than or equal to 1"}),
        (
            {"orderby": "modified"},
            {
                "orderby": "orderby is not one of"
                " id, include, name, registered_date, slug, include_slugs, email, and url."
            },
        ),
        ({"order": "up"}, {"order": "order is not one of asc and desc."}),
        ({"include": "1,a"}, {"include": "include[1] is not of type integer."}),
        ({"context": "all"}, {"context": "context is not one of view, embed, and edit."}),
    ],
)
def test_a_query_that_is_wrong(admin: Caller, query: dict[str, Any], params: dict[str, str]) -> None:
    refusal = admin.call("GET", USERS, status=400, **query)
    assert refusal["code"] == "rest_invalid_param"
    assert refusal["message"] == f"Invalid parameter(s): {', '.join(params)}"
    assert refusal["data"]["params"] == params
    assert list(refusal["data"]["details"]) == list(params)


def test_contexts_show_more_or_less(admin: Caller) -> None:
    jane = admin.member("jane")
    place = f"{USERS}/{jane['id']}"
    embed = admin.call("GET", place, context="embed")
    assert list(embed) == ["id", "name", "url", "description", "link", "slug", "avatar_urls", "_links"]
    view = admin.call("GET", place)
    assert list(view) == [*list(embed)[:-1], "meta", "_links"]
    assert view["meta"] == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("id,email", {"id": "?", "email": "jane@example.com"}),
        ("username", {"username": "jane"}),
        ("meta.crm_object_id", []),
        ("nothing", []),
        ("id,avatar_urls.24", {"id": "?"}),
    ],
)
def test_fields_can_be_chosen_but_not_a_part_of_meta(admin: Caller, fields: str, expected: Any) -> None:
    jane = admin.member("jane", meta={"crm_object_id": "rec-1"})
    shown = admin.call("GET", f"{USERS}/{jane['id']}", context="edit", _fields=fields)
    if isinstance(shown, dict) and "id" in shown:
        assert shown["id"] == jane["id"]
        shown["id"] = "?"
    assert shown == expected
    listed = admin.call("GET", USERS, context="edit", _fields="id,meta", search="jane")
    assert listed == [{"id": jane["id"], "meta": jane["meta"]}]
