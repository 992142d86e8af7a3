"""``GET /wp/v2/users``: filters, order and pages (developer.wordpress.org/rest-api/reference/users/#list-users)."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from desktop.sandbox.accessally.arguments import CONTEXT, Arg, is_numeric, read
from desktop.sandbox.accessally.documents import select, show
from desktop.sandbox.accessally.errors import not_allowed
from desktop.sandbox.accessally.roles import AUTHORS, roles_with
from desktop.sandbox.accessally.site import Site, can, can_edit, need, rest_url
from desktop.sandbox.accessally.text import fold
from desktop.sandbox.kernel import Answer, Call

_ORDERS = {
    "id": "id {0}",
    "name": "name_key {0}, id",
    "registered_date": "registered {0}, id",
    "slug": "nicename {0}",
    "email": "email_key {0}",
    "url": "url {0}, id",
}
ARGS = (
    CONTEXT,
    Arg("page", "integer", default=1, minimum=1),
    Arg("per_page", "integer", default=10, minimum=1, maximum=100),
    Arg("search"),
    Arg("exclude", "array", items="integer", default=[]),
    Arg("include", "array", items="integer", default=[]),
    Arg("offset", "integer"),
    Arg("order", enum=("asc", "desc"), default="asc"),
    Arg(
        "orderby",
        enum=("id", "include", "name", "registered_date", "slug", "include_slugs", "email", "url"),
        default="name",
    ),
    Arg("slug", "array", items="string"),
    Arg("roles", "array", items="string"),
    Arg("capabilities", "array", items="string"),
    Arg("who", enum=("authors",)),
    Arg("has_published_posts", "boolean"),
)


def browse(site: Site, call: Call) -> Answer:
    """The page of users; totals are headers, a page past the end is empty."""
    query = read(call, ARGS)
    _check_rights(call, query)
    where, params = _where(call, query)
    size = query["per_page"]
    offset = query.get("offset") or (query["page"] - 1) * size
    order, order_params = _order(query)
    users = site.store.page(where, (*params, *order_params), order, size, max(offset, 0))
    total = site.store.count(where, params)
    context = query["context"]
    seen = [user for user in users if context != "edit" or can_edit(call, user)]
    shown = [show(site, user, call, context) for user in seen]
    headers = [("X-WP-Total", str(total)), ("X-WP-TotalPages", str(math.ceil(total / size)))]
    link = _links(call, offset // size + 1, math.ceil(total / size))
    if link:
        headers.append(("Link", link))
    return Answer(200, select(shown, call), tuple(headers))


def _check_rights(call: Call, query: dict[str, Any]) -> None:
    if query.get("roles"):
        need(call, "list_users", "rest_user_cannot_view", "Sorry, you are not allowed to filter users by role.")
    if query.get("capabilities"):
        need(call, "list_users", "rest_user_cannot_view", "Sorry, you are not allowed to filter users by capability.")
    if query["context"] == "edit":
        need(call, "list_users", "rest_forbidden_context", "Sorry, you are not allowed to edit users.")
    if query["orderby"] in ("email", "registered_date"):
        message = "Sorry, you are not allowed to order users by this parameter."
        need(call, "list_users", "rest_forbidden_orderby", message)
    if query.get("who") and not can(call, "edit_posts"):
        message = "Sorry, you are not allowed to query users by this parameter."
        raise not_allowed(call.caller, "rest_forbidden_who", message)


def _where(call: Call, query: dict[str, Any]) -> tuple[str, list[Any]]:
    parts: list[str] = ["1"]
    params: list[Any] = []

    def among(column: str, values: list[Any], negation: str = "") -> None:
        parts.append(f"{column} {negation} IN ({', '.join('?' * len(values))})")
        params.extend(values)

    def having(roles: list[str]) -> None:
        among("EXISTS (SELECT 1 FROM json_each(roles) WHERE value", roles)
        parts[-1] += ")"

    if query["include"]:
        among("id", query["include"])
    elif query["exclude"]:
        among("id", query["exclude"], "NOT")
    if query.get("slug"):
        among("nicename", query["slug"])
    if query.get("roles"):
        having(query["roles"])
    if query.get("capabilities"):
        having([role for capability in query["capabilities"] for role in roles_with(capability)])
    if query.get("who"):
        having(list(AUTHORS))
    elif query.get("has_published_posts") or not can(call, "list_users"):
        parts.append("posts > 0")
    if query.get("search"):
        found, values = _search(query["search"], everything=can(call, "list_users"))
        parts.append(found)
        params.extend(values)
    return " AND ".join(parts), params


def _search(given: str, *, everything: bool) -> tuple[str, list[Any]]:
    """Which columns are looked at depends on what is looked for (``WP_User_Query``)."""
    wanted = given.strip("*")
    if not everything:
        columns = ["id", "login_key", "nicename", "name_key"]
    elif "@" in wanted:
        columns = ["email_key"]
    elif is_numeric(wanted):
        columns = ["login_key", "id"]
    elif wanted.startswith(("http://", "https://")):
        columns = ["url"]
    else:
        columns = ["login_key", "url", "email_key", "nicename", "name_key"]
    parts: list[str] = []
    params: list[Any] = []
    for column in columns:
        parts.append("id = ?" if column == "id" else f"instr({column}, ?)")
        params.append(wanted if column == "id" else fold(wanted))
    return f"({' OR '.join(parts)})", params


def _order(query: dict[str, Any]) -> tuple[str, list[Any]]:
    chosen = query["orderby"]
    given = {"include": ("id", query["include"]), "include_slugs": ("nicename", query.get("slug") or [])}
    if chosen in given:
        column, values = given[chosen]
        if not values:
            return f"login_key {query['order']}", []
        cases = " ".join(f"WHEN ? THEN {position}" for position in range(len(values)))
        return f"CASE {column} {cases} END", list(values)
    return _ORDERS[chosen].format(query["order"]), []


def _links(call: Call, page: int, pages: int) -> str:
    def link(number: int, relation: str) -> str:
        query = dict(call.query_all) | {"page": str(number)}
        query.pop("rest_route", None)
        return f'<{rest_url(call, "/wp/v2/users")}?{urlencode(query)}>; rel="{relation}"'

    links = [link(min(page - 1, max(pages, 1)), "prev")] if page > 1 else []
    if pages > page:
        links.append(link(page + 1, "next"))
    return ", ".join(links)
