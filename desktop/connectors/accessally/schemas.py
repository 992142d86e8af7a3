"""A site's members as the domain's object: WordPress's own fields, registered meta, and AccessAlly's tags.

Sources: https://developer.wordpress.org/rest-api/reference/users/#schema, and for registered meta the schema that the
site itself answers to ``OPTIONS /wp/v2/users``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from desktop.connectors.accessally.bridge import Bridge
from desktop.connectors.accessally.client import USERS, Wire
from desktop.connectors.accessally.convert import FORMATS, TYPES
from desktop.domain.errors import NotFound
from desktop.domain.schema import CREATED_AT, Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType

MEMBERS = "members"
TAGS = "tags"
"""Key of the field of AccessAlly's tags."""
DATE_PATTERN = r"^(\d{4}-\d{2}-\d{2})?$"
_ROLES = ("subscriber", "contributor", "author", "editor", "administrator")
_OF_CORE = frozenset({"persisted_preferences"})
_T = FieldType

CORE = (
    Field("email", "E-mail", _T.EMAIL, required=True, max_length=100),
    Field(
        "username",
        "User name",
        _T.TEXT,
        max_length=60,
        description="Blank takes the e-mail address. WordPress never changes it later.",
    ),
    Field("first_name", "First name", _T.TEXT),
    Field("last_name", "Last name", _T.TEXT),
    Field("name", "Display name", _T.TEXT, max_length=250, description="Never blank: WordPress fills it in."),
    Field("nickname", "Nickname", _T.TEXT, description="Never blank: WordPress fills in the user name."),
    Field("url", "Website", _T.URL, max_length=100),
    Field("description", "About", _T.LONG_TEXT),
    Field("locale", "Language", _T.CHOICE, description="Blank takes the site's language."),
    Field(
        "roles",
        "Roles",
        _T.CHOICES,
        options=tuple(Option(role, role.capitalize()) for role in _ROLES),
        open_choice=True,
        description="Plugins add roles of their own. A new member is a subscriber unless it is given others.",
    ),
    Field("slug", "Slug", _T.TEXT, read_only=True, description="The member's part of addresses on the site."),
)
"""WordPress's own fields of a user."""

KEPT = "Deleting a member also deletes what they wrote on the site, or gives it to somebody else, so it is turned off."
HOW_TO_DELETE = "To allow it, turn on “Allow members to be deleted” under Connections, Options."


class Schemas:
    """Reads what a site's members consist of.

    :param may_delete: whether the connection's options allow members to be deleted.
    :param with_tags: whether they allow AccessAlly's tags to be read.
    """

    def __init__(self, wire: Wire, bridge: Bridge, *, may_delete: bool, with_tags: bool) -> None:
        self._wire = wire
        self._bridge = bridge
        self._may_delete = may_delete
        self._with_tags = with_tags

    def members(self) -> ObjectSchema:
        """The members, without fields."""
        refusals = {} if self._may_delete else {"delete": f"{KEPT} {HOW_TO_DELETE}"}
        return ObjectSchema(MEMBERS, "Member", "Members", id="users", title="name", refusals=refusals)

    async def schema(self, key: str) -> ObjectSchema:
        """The members with their fields.

        :raises NotFound: for any other object.
        """
        if key != MEMBERS:
            raise NotFound(
                f"{self._wire.transport.name} has no object {key}.", "Choose one of the objects in the list."
            )
        properties = await self._properties()
        fields = [_with_options(field, properties.get(field.key)) for field in CORE]
        taken = {field.key for field in fields} | {TAGS}
        labels = await self._bridge.labels()
        meta = _mapping(_mapping(properties.get("meta")).get("properties"))
        fields += [
            meta_field(name, _mapping(spec), labels.get(name, ""), taken)
            for name, spec in meta.items()
            if name not in _OF_CORE
        ]
        if self._with_tags and (tags := await self._bridge.tags()) is not None:
            fields.append(Field(TAGS, "Tags", _T.CHOICES, options=tags, native_type="AccessAlly tags"))
        created = Field(CREATED_AT, "Registered", _T.DATETIME, read_only=True)
        return self.members().with_fields(*system_fields(times=False), created, *fields)

    async def _properties(self) -> Mapping[str, Any]:
        data = await self._wire.data("OPTIONS", USERS, record="the members' fields")
        properties = _mapping(_mapping(data.get("schema")).get("properties"))
        if "email" not in properties:
            raise self._wire.refusals.unexpected("the answer to OPTIONS holds no schema of users")
        return properties


def meta_field(name: str, spec: Mapping[str, Any], label: str, taken: set[str]) -> Field:
    """A registered key as a field; on the wire it is the key itself."""
    kind, type_ = _type(spec)
    options = tuple(Option(str(item), str(item)) for item in spec.get("enum") or [] if item != "")
    if options and type_ is FieldType.TEXT:
        type_ = FieldType.CHOICE
    longest = spec.get("maxLength")
    return Field(
        key=name if name not in taken else f"meta.{name}",
        label=label or str(spec.get("title") or "") or _words(name),
        type=type_ or FieldType.TEXT,
        read_only=type_ is None or bool(spec.get("readonly")),
        options=options,
        scale=0 if kind == "integer" else None,
        max_length=int(longest) if isinstance(longest, int) else None,
        open_choice=type_ is FieldType.CHOICES,
        description=str(spec.get("description") or ""),
        native_type=kind,
        wire=name,
    )


def _type(spec: Mapping[str, Any]) -> tuple[str, FieldType | None]:
    """A key's type by WordPress's name, and as the domain's where it can be written."""
    stated = spec.get("type")
    kinds = [str(kind) for kind in stated if kind != "null"] if isinstance(stated, list) else [str(stated or "")]
    kind = kinds[0] if len(kinds) == 1 else ""
    if kind == "array":
        return kind, TYPES[kind] if _mapping(spec.get("items")).get("type") == "string" else None
    if kind == "string":
        if spec.get("pattern") == DATE_PATTERN:
            return "date", FieldType.DATE
        return kind, FORMATS.get(str(spec.get("format") or ""), FieldType.TEXT)
    return kind, TYPES.get(kind)


def _with_options(field: Field, spec: object) -> Field:
    """A field of WordPress's own with the choices that this site states."""
    choices = _mapping(spec).get("enum")
    if not isinstance(choices, list) or field.type is not FieldType.CHOICE:
        return field if field.type is not FieldType.CHOICE else replace(field, type=FieldType.TEXT)
    return replace(field, options=tuple(Option(str(item), str(item)) for item in choices if item))


def _words(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] or name


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
