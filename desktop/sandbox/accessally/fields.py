"""User meta that is registered for REST: the keys that the bridge plugin's ``fields`` route keeps.

developer.wordpress.org/reference/functions/register_meta/: only registered keys are shown and can be written;
others are accepted and ignored. Ours are shown in context ``edit`` alone, and writing one needs ``edit_users``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from desktop.sandbox.accessally.arguments import Arg, Wrong, valid
from desktop.sandbox.accessally.errors import not_allowed, refuse
from desktop.sandbox.accessally.store import User
from desktop.sandbox.kernel import Answer, Caller, Refusal
from desktop.sandbox.storage import Storage

TYPES = ("string", "number", "integer", "boolean", "array", "date")
DATE_PATTERN = r"^(\d{4}-\d{2}-\d{2})?$"
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,189}")
_DEFAULTS: dict[str, Any] = {"string": "", "date": "", "number": 0, "integer": 0, "boolean": False, "array": []}
_STORED = "accessally.fields"
_OWN_OF_CORE = frozenset({
    "nickname", "first_name", "last_name", "description", "rich_editing", "syntax_highlighting",
    "comment_shortcuts", "admin_color", "use_ssl", "show_admin_bar_front", "locale", "session_tokens",
    "community-events-location", "dismissed_wp_pointers", "show_welcome_panel", "default_password_nag",
    "persisted_preferences", "primary_blog", "source_domain",
})  # fmt: skip
_OWN_ENDINGS = (
    "capabilities",
    "user_level",
    "user-settings",
    "user-settings-time",
    "dashboard_quick_press_last_post_id",
)


@dataclass(frozen=True, slots=True)
class Field:
    """A registered key."""

    key: str
    type: str
    label: str

    def report(self) -> dict[str, str]:
        return {"key": self.key, "type": self.type, "label": self.label}

    @property
    def arg(self) -> Arg:
        """What its values have to be. A date is text for WordPress."""
        if self.type == "date":
            return Arg(self.key, pattern=DATE_PATTERN)
        return Arg(self.key, self.type, items="string" if self.type == "array" else "")

    def schema(self) -> dict[str, Any]:
        """What WordPress tells of the key's values."""
        told: dict[str, Any] = {"type": self.arg.kind, "description": self.label, "default": self.default}
        told |= {"title": self.label, "context": ["edit"]}
        if self.arg.items:
            told["items"] = {"type": self.arg.items}
        if self.arg.pattern:
            told["pattern"] = self.arg.pattern
        return told

    @property
    def default(self) -> Any:
        return _DEFAULTS[self.type]


class Fields:
    """The registered keys, in the order in which they were added."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._known: dict[str, Field] | None = None

    def all(self) -> dict[str, Field]:
        if self._known is None:
            kept = self._storage.get_value(_STORED) or []
            self._known = {given["key"]: Field(**given) for given in kept}
        return self._known

    def put(self, field: Field) -> None:
        self.all()[field.key] = field
        self._keep()

    def remove(self, key: str) -> Field | None:
        field = self.all().pop(key, None)
        self._keep()
        return field

    def _keep(self) -> None:
        self._storage.set_value(_STORED, [field.report() for field in self.all().values()])

    def values(self, user: User) -> dict[str, Any]:
        """A user's ``meta`` in context edit: what was never set shows its type's default."""
        shown = {key: user.meta.get(key, field.default) for key, field in self.all().items()}
        return {"persisted_preferences": user.meta.get("persisted_preferences") or [], **shown}

    def update(self, user: User, given: dict[str, Any], caller: Caller) -> None:
        """Take the registered ones of the given values, one after the other.

        Raises a refusal at the first that is wrong; those before it stay.
        """
        for key, field in self.all().items():
            if key in given:
                _update(user, field, given[key], caller)


def _update(user: User, field: Field, value: Any, caller: Caller) -> None:
    if value is None:
        _reset(user, field, caller)
        return
    try:
        value = valid(value, field.arg, f"meta.{field.key}")
    except Wrong as wrong:
        raise _wrong(wrong) from None
    if "edit_users" not in caller.scopes:
        raise _not_editable(field, caller)
    user.meta[field.key] = _whole(value)


def _reset(user: User, field: Field, caller: Caller) -> None:
    # What was never set reads as empty text, which is no number and neither true nor false.
    if field.key not in user.meta and field.type in ("number", "integer", "boolean"):
        message = f"The {field.key} property has an invalid stored value, and cannot be updated to null."
        raise refuse("rest_invalid_stored_value", message, 500)
    if field.key in user.meta:
        if "edit_users" not in caller.scopes:
            raise _not_editable(field, caller)
        del user.meta[field.key]


def _wrong(wrong: Wrong) -> Refusal:
    problem = wrong.problem
    body: dict[str, Any] = {"code": problem.code, "message": problem.message, "data": {"status": 400}}
    if problem.data:
        body["additional_data"] = [problem.data]
    return Refusal(Answer(400, body))


def _not_editable(field: Field, caller: Caller) -> Refusal:
    message = f"Sorry, you are not allowed to edit the {field.key} custom field."
    return not_allowed(caller, "rest_cannot_update", message, key=field.key)


def _whole(value: Any) -> Any:
    """A number without decimals is written without a point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_free_key(key: str) -> bool:
    """Whether a key can be registered: none that is hidden, that core uses itself, or that gives rights."""
    return bool(_KEY.fullmatch(key)) and key not in _OWN_OF_CORE and not key.endswith(_OWN_ENDINGS)
