"""The schema of users, which ``OPTIONS`` answers: from it a caller learns which meta keys are registered."""

from __future__ import annotations

from typing import Any

from desktop.sandbox.accessally.documents import CONTEXTS, EDIT
from desktop.sandbox.accessally.fields import Fields

_KINDS = {"id": "integer", "roles": "array", "capabilities": "object", "extra_capabilities": "object"}
_READ_ONLY = ("id", "link", "registered_date", "capabilities", "extra_capabilities", "avatar_urls")
_REQUIRED = ("username", "email", "password")
_FORMATS = {"email": "email", "url": "uri", "link": "uri", "registered_date": "date-time"}
_PREFERENCES = {"type": "object", "description": "", "default": [], "context": ["edit"], "additionalProperties": True}


def user_schema(fields: Fields) -> dict[str, Any]:
    """A user's properties with their kinds and the contexts that show them."""
    properties = {name: _property(name) for name in (*EDIT, "password") if name not in ("avatar_urls", "meta")}
    sizes = {str(size): {"type": "string", "format": "uri"} for size in (24, 48, 96)}
    everywhere = ["embed", "view", "edit"]
    properties["avatar_urls"] = {"type": "object", "context": everywhere, "readonly": True, "properties": sizes}
    registered = {key: field.schema() for key, field in fields.all().items()}
    properties["meta"] = {
        "description": "Meta fields.",
        "type": "object",
        "context": ["view", "edit"],
        "properties": {"persisted_preferences": _PREFERENCES, **registered},
    }
    title = {"$schema": "http://json-schema.org/draft-04/schema#", "title": "user", "type": "object"}
    return title | {"properties": properties}


def _property(name: str) -> dict[str, Any]:
    told: dict[str, Any] = {"type": _KINDS.get(name, "string")}
    told["context"] = [context for context in ("embed", "view", "edit") if name in CONTEXTS[context]]
    if name == "roles":
        told["items"] = {"type": "string"}
    if name in _FORMATS:
        told["format"] = _FORMATS[name]
    if name in _READ_ONLY:
        told["readonly"] = True
    if name in _REQUIRED:
        told["required"] = True
    return told
