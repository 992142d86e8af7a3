"""ActiveCampaign's objects and fields as the domain's schemas.

Sources: https://developers.activecampaign.com/reference/list-fields (custom fields of contacts), .../reference/lists,
.../reference/list-schemas (custom objects). A field's tag is what stands for its value in an e-mail: ``%PERSTAG%``.
Fields of custom objects have one too, but the vendor publishes no form of it, so that they carry none here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.convert import CONTACT_TYPES, RECORD_TYPES
from desktop.connectors.activecampaign.listing import sweep
from desktop.connectors.activecampaign.standard_schemas import ACCOUNTS, DEALS, account_schema, deal_schema
from desktop.domain.errors import NotFound, ScopeMissing
from desktop.domain.schema import Association, Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType

CONTACTS = "contacts"
STANDARD_CONTACT = (
    Field("email", "E-mail", FieldType.EMAIL, required=True, tag="%EMAIL%"),
    Field("firstName", "First name", FieldType.TEXT, tag="%FIRSTNAME%"),
    Field("lastName", "Last name", FieldType.TEXT, tag="%LASTNAME%"),
    Field("phone", "Phone", FieldType.PHONE, tag="%PHONE%"),
)
TAGS = "tags"
LISTS = "lists"
SCHEMAS = "/customObjects/schemas"
_KEPT = frozenset({field.key for field in STANDARD_CONTACT} | {TAGS, LISTS})
_RELATIONSHIP = "relationships."


def is_custom_field(field: Field) -> bool:
    """Whether a field of contacts, accounts or deals is a custom one, whose values are named by its id: ``wire``."""
    return bool(field.wire)


def relationship_id(field: Field) -> str:
    """The id of the relationship that a reference of a custom object stands for."""
    return field.wire or field.key


class Schemas:
    """Reads the schemas of one account."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def objects(self) -> list[ObjectSchema]:
        """Contacts, accounts, deals and every custom object, without fields.

        Without the plan or permission for custom objects: the standard ones.
        """
        standard = [_contacts(), ACCOUNTS.with_fields(), DEALS.with_fields()]
        try:
            return [*standard, *[custom_schema(item).with_fields() async for item in self.custom()]]
        except (ScopeMissing, NotFound):
            return standard

    async def schema(self, key: str) -> ObjectSchema:
        """One object with its fields and associations.

        :raises NotFound: when there is none with that key.
        """
        if key == CONTACTS:
            custom, lists = await self._contact_fields(), await self._lists()
            return _contacts().with_fields(*system_fields(), *STANDARD_CONTACT, _tags(), *lists, *custom)
        if key == ACCOUNTS.key:
            return await account_schema(self._wire)
        if key == DEALS.key:
            return await deal_schema(self._wire)
        async for item in self.custom():
            if item.get("slug") == key:
                return custom_schema(item)
        raise NotFound(f"{self._wire.transport.name} has no object {key}.", "Choose one of the objects in the list.")

    async def custom(self) -> AsyncIterator[Mapping[str, Any]]:
        """Every custom object as the platform describes it, the oldest first."""
        async for listed in sweep(self._wire, SCHEMAS, "schemas", {"orders[createdTimestamp]": "ASC"}):
            for row in listed.rows:
                yield row

    async def _contact_fields(self) -> list[Field]:
        """The custom fields of contacts; their key is the personalisation tag in lower case where that is unique."""
        rows: list[Mapping[str, Any]] = []
        options: dict[str, list[Option]] = {}
        offset = 0
        while True:
            data = await self._wire.data("GET", "/fields", params={"limit": 100, "offset": offset})
            for option in data.get("fieldOptions") or []:
                text = str(option.get("value") or "")
                if text:
                    known = Option(text, str(option.get("label") or text))
                    options.setdefault(str(option.get("field")), []).append(known)
            found = data.get("fields")
            if not isinstance(found, list):
                raise self._wire.unexpected("the answer has no list of fields")
            known_ids = {str(row["id"]) for row in rows}
            fresh = [row for row in found if str(row["id"]) not in known_ids]
            rows.extend(fresh)
            offset += len(found)
            stated = str((data.get("meta") or {}).get("total") or "")
            if len(found) < 100 and not (fresh and stated.isdecimal() and offset < int(stated)):
                break
            if not fresh:
                raise self._wire.unexpected("the list of fields does not go on")
        taken = set(_KEPT)
        fields: list[Field] = []
        for row in rows:
            field = _contact_field(row, taken, options.get(str(row["id"]), []))
            taken.add(field.key)
            fields.append(field)
        return fields

    async def _lists(self) -> list[Field]:
        """The lists that a contact is subscribed to, as one field; none where the key's user may not see lists."""
        options: list[Option] = []
        try:
            async for listed in sweep(self._wire, "/lists", "lists", {"orders[id]": "ASC"}):
                options.extend(Option(str(row["id"]), str(row.get("name") or row["id"])) for row in listed.rows)
        except (ScopeMissing, NotFound):
            return []
        said = "The lists that the contact is subscribed to. Taking one away unsubscribes."
        return [Field(LISTS, "Lists", FieldType.CHOICES, options=tuple(options), description=said)]


def _contacts() -> ObjectSchema:
    return ObjectSchema(CONTACTS, "Contact", "Contacts", title="firstName lastName")


def _tags() -> Field:
    return Field(TAGS, "Tags", FieldType.CHOICES, open_choice=True)


def _contact_field(row: Mapping[str, Any], taken: set[str], options: Iterable[Option]) -> Field:
    id_, native = str(row["id"]), str(row.get("type") or "")
    tag = str(row.get("perstag") or "").strip("%").lower()
    key = tag if tag and tag not in taken else f"{tag or 'field'}_{id_}"
    type_ = CONTACT_TYPES.get(native)
    return Field(
        key=key,
        label=str(row.get("title") or key),
        type=type_ or FieldType.TEXT,
        required=str(row.get("isrequired")) == "1",
        read_only=type_ is None,
        options=tuple(dict.fromkeys(options)),
        description=str(row.get("descript") or ""),
        native_type=native,
        tag=f"%{tag.upper()}%" if tag else "",
        wire=id_,
    )


def custom_schema(item: Mapping[str, Any]) -> ObjectSchema:
    """A custom object from the platform's description of it."""
    labels = item.get("labels") or {}
    slug = str(item.get("slug") or item["id"])
    label = str(labels.get("singular") or slug)
    fields = [
        _record_field(row)
        for row in item.get("fields") or []
        if row.get("id") and row.get("status") != "marked_for_deletion"
    ]
    taken = {field.key for field in fields}
    relationships = [row for row in item.get("relationships") or [] if row.get("id")]
    return ObjectSchema(
        key=slug,
        label=label,
        plural=str(labels.get("plural") or label),
        id=str(item["id"]),
        title=_title(fields),
        custom=True,
        description=str(item.get("description") or ""),
        fields=(
            *system_fields(external_id=True),
            *fields,
            *(_reference(row, taken) for row in relationships),
        ),
        associations=tuple(
            Association(str(row["id"]), str(row["id"]), _label(row), slug, str(row.get("namespace") or ""))
            for row in relationships
        ),
    )


def _title(fields: Iterable[Field]) -> str:
    """What names a record: its first required text, or its first text, or its external id."""
    texts = [field for field in fields if field.type is FieldType.TEXT and not field.read_only]
    chosen = next((field for field in texts if field.required), next(iter(texts), None))
    return chosen.key if chosen else "@external_id"


def _record_field(row: Mapping[str, Any]) -> Field:
    native = str(row.get("type") or "")
    type_ = RECORD_TYPES.get(native)
    scale = row.get("scale")
    return Field(
        key=str(row["id"]),
        label=_label(row),
        type=type_ or FieldType.TEXT,
        required=bool(row.get("required")),
        read_only=type_ is None,
        options=tuple(
            Option(text, text) for option in row.get("options") or [] if (text := str(option.get("value") or ""))
        ),
        scale=int(scale) if type_ is FieldType.NUMBER and scale is not None else None,
        currency=str(row.get("defaultCurrency") or "").upper() or None,
        description=str(row.get("description") or ""),
        native_type=native,
    )


def _reference(row: Mapping[str, Any], taken: set[str]) -> Field:
    """A relationship as a field."""
    id_ = str(row["id"])
    return Field(
        key=f"{_RELATIONSHIP}{id_}" if id_ in taken else id_,
        label=_label(row),
        type=FieldType.REFERENCE,
        target=str(row.get("namespace") or ""),
        many=bool(row.get("hasMany")),
        native_type="relationship",
        wire=id_ if id_ in taken else "",
    )


def _label(row: Mapping[str, Any]) -> str:
    labels = row.get("labels") or {}
    return str(labels.get("singular") or row["id"])
