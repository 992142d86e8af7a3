"""``/wp/v2/users``: members one by one (developer.wordpress.org/rest-api/reference/users/)."""

from __future__ import annotations

from typing import Any

from desktop.sandbox.accessally.arguments import CONTEXT, Arg, Wrong, parameters, read
from desktop.sandbox.accessally.documents import select, show
from desktop.sandbox.accessally.errors import Problem, not_allowed, refuse, unworded
from desktop.sandbox.accessally.listing import ARGS, browse
from desktop.sandbox.accessally.roles import CAPABILITIES
from desktop.sandbox.accessally.routing import Route
from desktop.sandbox.accessally.site import (
    Site,
    caller_id,
    can,
    can_edit,
    existing,
    need,
    rest_url,
    self_or,
)
from desktop.sandbox.accessally.store import CONTACT, User
from desktop.sandbox.accessally.text import is_login, plain, slug
from desktop.sandbox.kernel import Answer, Call

_LONGEST_LOGIN = 60


def _login(value: str) -> str:
    if not is_login(value):
        message = "This username is invalid because it uses illegal characters. Please enter a valid username."
        raise Wrong(Problem("rest_user_invalid_username", message, {"status": 400}))
    return value


def _password(value: str) -> str:
    if not value:
        raise Wrong(Problem("rest_user_invalid_password", "Passwords cannot be empty.", {"status": 400}))
    if "\\" in value:
        message = 'Passwords cannot contain the "\\" character.'
        raise Wrong(Problem("rest_user_invalid_password", message, {"status": 400}))
    return value


def _address(value: str) -> str:
    cleaned = plain(value)
    return f"http://{cleaned}" if cleaned and "://" not in cleaned and not cleaned.startswith("/") else cleaned


def _meta(value: Any) -> Any:
    if not isinstance(value, dict) and value != []:
        raise Wrong(Problem("", "Invalid parameter."))
    return value or {}


def _heir(value: Any) -> int | bool:
    text = str(value)
    if text.isdigit():
        return int(text)
    if value is False or text in ("", "false"):
        return False
    raise Wrong(Problem("rest_invalid_param", "Invalid user parameter(s).", {"status": 400}))


def _profile(*, creating: bool) -> tuple[Arg, ...]:
    return (
        Arg("username", required=creating, check=_login),
        Arg("name", check=plain),
        Arg("first_name", check=plain),
        Arg("last_name", check=plain),
        Arg("email", email=True, required=creating),
        Arg("url", check=_address),
        Arg("description"),
        Arg("locale", enum=("", "en_US")),
        Arg("nickname", check=plain),
        Arg("slug", check=slug),
        Arg("roles", "array", items="string"),
        Arg("password", required=creating, check=_password),
        Arg("meta", "any", check=_meta),
    )


CREATE = _profile(creating=True)
UPDATE = _profile(creating=False)
DELETE = (Arg("force", "boolean", default=False), Arg("reassign", "any", required=True, check=_heir))
_PLAIN = ("first_name", "last_name", "email", "url", "description", "locale", "nickname")


class Users:
    """The users' routes."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        everybody, one, me = "/wp/v2/users", "/wp/v2/users/{id}", "/wp/v2/users/me"
        routes = [
            Route("GET", everybody, self.browse, ARGS, "user"),
            Route("POST", everybody, self.create, CREATE, "user"),
            Route("GET", one, self.get, (CONTEXT,), "user"),
            Route("DELETE", one, self.delete, DELETE, "user"),
            Route("GET", me, self.me, (CONTEXT,), "user"),
            Route("DELETE", me, self.delete, DELETE, "user"),
        ]
        for method in ("POST", "PUT", "PATCH"):
            routes += [Route(method, one, self.update, UPDATE, "user"), Route(method, me, self.update, UPDATE, "user")]
        return routes

    def browse(self, call: Call) -> Answer:
        """``GET /users``."""
        return browse(self._site, call)

    def get(self, call: Call) -> Answer:
        """``GET /users/{id}``: visitors see who has published something."""
        context = read(call, (CONTEXT,))["context"]
        user = existing(self._site, call.params["id"])
        if caller_id(call) != user.id:
            if context == "edit" and not can_edit(call, user):
                message = "Sorry, you are not allowed to edit this user."
                raise not_allowed(call.caller, "rest_forbidden_context", message)
            if not can_edit(call, user) and not can(call, "list_users") and not user.posts:
                message = "Sorry, you are not allowed to list users."
                raise not_allowed(call.caller, "rest_user_cannot_view", message)
        return Answer(200, select(show(self._site, user, call, context), call))

    def me(self, call: Call) -> Answer:
        """``GET /users/me``."""
        context = read(call, (CONTEXT,))["context"]
        user = self_or(call, self._site, "me")
        return Answer(200, select(show(self._site, user, call, context), call))

    def create(self, call: Call) -> Answer:
        """``POST /users``: when the meta is refused, the user has been made already."""
        given = read(call, CREATE)
        need(call, "create_users", "rest_cannot_create_user", "Sorry, you are not allowed to create new users.")
        if parameters(call).get("id"):
            raise refuse("rest_user_exists", "Cannot create existing user.")
        self._check_roles(call, given, None)
        user = self._made(given)
        self._take_meta(call, user, given)
        self._site.webhook.tell("user.created", user.id, call.base_url)
        body = select(show(self._site, user, call, "edit"), call)
        return Answer(201, body, (("Location", rest_url(call, f"/wp/v2/users/{user.id}")),))

    def _made(self, given: dict[str, Any]) -> User:
        store, login, email = self._site.store, given["username"], given["email"]
        if len(login) > _LONGEST_LOGIN:
            raise unworded("user_login_too_long", "Username may not be longer than 60 characters.")
        if store.by_login(login) is not None:
            raise unworded("existing_user_login", "Sorry, that username already exists!")
        if store.by_email(email) is not None:
            raise unworded("existing_user_email", "Sorry, that email address is already used!")
        user = User(0, login, email, nicename=given.get("slug", ""))
        _take(user, given)
        user.nickname = user.nickname or login
        if self._site.settings.mode == "managed":
            # A connected platform's contacts come to the site from there, not the other way.
            user.meta[CONTACT] = f"c{login}"
        full = f"{user.first_name} {user.last_name}".strip()
        user.name = given.get("name") or full or login
        return store.insert(user)

    def update(self, call: Call) -> Answer:
        """``POST``, ``PUT`` and ``PATCH /users/{id}``: what is not sent stays."""
        given = read(call, UPDATE)
        user = self._target(call)
        sent = set(parameters(call)) - {"id"}
        if given.get("roles"):
            message = "Sorry, you are not allowed to edit roles of this user."
            need(call, "promote_users", "rest_cannot_edit_roles", message)
        if sent != {"roles"} and not can_edit(call, user):
            raise not_allowed(call.caller, "rest_cannot_edit", "Sorry, you are not allowed to edit this user.")
        self._check_identity(user, given)
        self._check_roles(call, given, user)
        _take(user, given)
        user.name = given.get("name") or user.name
        user.nicename = given.get("slug") or user.nicename
        self._site.store.save(user)
        self._take_meta(call, user, given)
        self._site.webhook.tell("user.updated", user.id, call.base_url)
        return Answer(200, select(show(self._site, user, call, "edit"), call))

    def _target(self, call: Call) -> User:
        if "id" in call.params:
            return existing(self._site, call.params["id"])
        return existing(self._site, caller_id(call))

    def _check_identity(self, user: User, given: dict[str, Any]) -> None:
        store = self._site.store
        owner = store.by_email(given["email"]) if "email" in given else None
        if owner is not None and owner.id != user.id:
            raise refuse("rest_user_invalid_email", "Invalid email address.")
        if given.get("username") and given["username"] != user.login:
            raise refuse("rest_user_invalid_argument", "Username is not editable.")
        nicename = given.get("slug")
        if nicename and nicename != user.nicename and store.by_nicename(nicename) is not None:
            raise refuse("rest_user_invalid_slug", "Invalid slug.")

    def _check_roles(self, call: Call, given: dict[str, Any], user: User | None) -> None:
        for role in given.get("roles") or ():
            if role not in CAPABILITIES:
                raise refuse("rest_user_invalid_role", f"The role {role} does not exist.")
            if user is not None and user.id == caller_id(call) and "edit_users" not in CAPABILITIES[role]:
                message = "Sorry, you are not allowed to give users that role."
                raise not_allowed(call.caller, "rest_user_invalid_role", message)

    def _take_meta(self, call: Call, user: User, given: dict[str, Any]) -> None:
        if "meta" not in given:
            return
        try:
            self._site.fields.update(user, given["meta"], call.caller)
        finally:
            self._site.store.save_meta(user)

    def delete(self, call: Call) -> Answer:
        """``DELETE /users/{id}``: there is no trash, and it must be said what becomes of the user's content."""
        given = read(call, DELETE)
        user = self._target(call)
        if not can(call, "delete_users"):
            message = "Sorry, you are not allowed to delete this user."
            raise not_allowed(call.caller, "rest_user_cannot_delete", message)
        if not given["force"]:
            message = "Users do not support trashing. Set 'force=true' to delete."
            raise refuse("rest_trash_not_supported", message, 501)
        heir = int(given["reassign"])
        if heir and (heir == user.id or self._site.store.user(heir) is None):
            raise refuse("rest_user_invalid_reassign", "Invalid user ID for reassignment.")
        previous = show(self._site, user, call, "edit", links=False)
        self._site.store.delete(user, heir or None)
        self._site.webhook.tell("user.deleted", user.id, call.base_url)
        return Answer(200, select({"deleted": True, "previous": previous}, call))


def _take(user: User, given: dict[str, Any]) -> None:
    for name in _PLAIN:
        if name in given:
            setattr(user, name, given[name])
    if "roles" in given:
        user.roles = list(dict.fromkeys(given["roles"]))
