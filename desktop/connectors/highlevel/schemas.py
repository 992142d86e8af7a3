"""HighLevel's objects, fields and associations as the domain's schemas.

Sources: https://marketplace.gohighlevel.com/docs/ghl/objects/, .../custom-fields/, .../associations/ and
.../locations/ (custom fields of contacts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from desktop.connectors.highlevel.auth import ASSOCIATION_READ, FIELD_READ, LOCATION_READ, SCHEMA_READ
from desktop.connectors.highlevel.client import Wire
from desktop.connectors.highlevel.convert import TYPES
from desktop.domain.errors import NotFound, ScopeMissing
from desktop.domain.schema import Association, Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType

CONTACT = "contact"
LONG_TEXT_LIMIT = 12_000
FALLBACK_CURRENCY = "USD"
_T = FieldType

_STANDARD = (
    Field("firstName", "First name", _T.TEXT),
    Field("lastName", "Last name", _T.TEXT),
    Field("email", "E-mail", _T.EMAIL),
    Field("phone", "Phone", _T.PHONE),
    Field(
        "companyName",
        "Company",
        _T.TEXT,
        read_only=True,
        description="HighLevel takes the company's name only while a contact is created.",
    ),
    Field("address1", "Street address", _T.TEXT),
    Field("city", "City", _T.TEXT),
    Field("state", "State", _T.TEXT),
    Field("postalCode", "Postal code", _T.TEXT),
    Field("country", "Country", _T.TEXT, description="Two capital letters, as in US."),
    Field("website", "Website", _T.URL),
    Field("timezone", "Time zone", _T.TEXT),
    Field("dateOfBirth", "Date of birth", _T.DATE),
    Field("source", "Source", _T.TEXT),
    Field("assignedTo", "Assigned to", _T.TEXT, description="The id of a HighLevel user."),
    Field("dnd", "Do not disturb", _T.BOOLEAN),
    Field("type", "Type", _T.TEXT, read_only=True),
    Field("tags", "Tags", _T.CHOICES, open_choice=True),
)


class Schemas:
    """Reads the schemas of one account.

    :param currency: the currency that the operator stated for amounts without one, blank when none.
    """

    def __init__(self, wire: Wire, currency: str = "") -> None:
        self._wire = wire
        self._stated_currency = currency.strip().upper()
        self._currency: str | None = None

    async def objects(self) -> list[ObjectSchema]:
        """Contacts and every custom object, without fields. Without the permission to see custom objects: contacts."""
        try:
            data = await self._wire.data("GET", "/objects/", SCHEMA_READ, params={"locationId": self._wire.location})
        except ScopeMissing:
            return [_contact()]
        customs = [item for item in data.get("objects") or [] if not item.get("standard")]
        return [_contact(), *(_object(item) for item in customs)]

    async def schema(self, key: str) -> ObjectSchema:
        """One object with its fields and associations.

        :raises NotFound: when it is neither a custom object nor ``contact``.
        """
        if key == CONTACT:
            return await self._contact_schema()
        if not key.startswith("custom_objects."):
            raise NotFound(
                f"{self._wire.transport.name} offers no object {key} to Crosswalk.",
                "Choose one of the objects in the list.",
            )
        location = self._wire.location
        data = await self._wire.data(
            "GET",
            f"/objects/{quote(key, safe='')}",
            SCHEMA_READ,
            params={"locationId": location, "fetchProperties": "true"},
            record=f"the object {key}",
        )
        fields = data.get("fields")
        if not fields:
            path = f"/custom-fields/object-key/{quote(key, safe='')}"
            fields = (await self._wire.data("GET", path, FIELD_READ, params={"locationId": location})).get("fields")
        described = data.get("object") or {}
        associations = await self.associations(key)
        schema = _object(described)
        own = tuple(self._record_fields(described, fields or [], await self.currency(fields or [])))
        taken = {field.key for field in own}
        references = tuple(_reference(item, key, taken) for item in associations)
        return ObjectSchema(
            key=schema.key,
            label=schema.label,
            plural=schema.plural,
            id=schema.id,
            title=schema.title,
            custom=True,
            description=schema.description,
            fields=(*system_fields(), *own, *references),
            associations=tuple(_association(item) for item in associations),
        )

    async def _contact_schema(self) -> ObjectSchema:
        wire = self._wire
        path = f"/locations/{quote(wire.location, safe='')}/customFields"
        try:
            data = await wire.data("GET", path, FIELD_READ, params={"model": CONTACT})
        except ScopeMissing:
            data = {}
        customs = [item for item in data.get("customFields") or [] if item.get("model", CONTACT) == CONTACT]
        currency = await self.currency(customs)
        taken = {field.key for field in _STANDARD}
        fields: list[Field] = []
        for item in sorted(customs, key=lambda known: known.get("position") or 0):
            field = _contact_field(item, taken, currency)
            taken.add(field.key)
            fields.append(field)
        schema = _contact()
        return ObjectSchema(
            key=schema.key,
            label=schema.label,
            plural=schema.plural,
            title=schema.title,
            fields=(*system_fields(), *_STANDARD, *fields),
            associations=tuple(_association(item) for item in await self.associations(CONTACT)),
        )

    async def currency(self, fields: Iterable[Mapping[str, Any]]) -> str:
        """The currency of amounts without one: the operator's, else the location's, else US dollars.

        Nothing is asked where none of the fields holds an amount.
        """
        if self._stated_currency:
            return self._stated_currency
        if not any(item.get("dataType") == "MONETORY" for item in fields):
            return FALLBACK_CURRENCY
        if self._currency is None:
            self._currency = await self._location_currency() or FALLBACK_CURRENCY
        return self._currency

    async def _location_currency(self) -> str:
        try:
            data = await self._wire.data("GET", f"/locations/{quote(self._wire.location, safe='')}", LOCATION_READ)
        except (ScopeMissing, NotFound):
            return ""
        return stated_currency(data)

    async def associations(self, key: str) -> list[dict[str, Any]]:
        """The associations of an object, as the platform describes them; none without the permission."""
        path = f"/associations/objectKey/{quote(key, safe='')}"
        try:
            answer = await self._wire.call("GET", path, ASSOCIATION_READ, params={"locationId": self._wire.location})
        except (ScopeMissing, NotFound):
            return []
        data = answer.data
        # The vendor's document shows one association here, live accounts answer a list under a key.
        listed = data.get("associations", data) if isinstance(data, dict) else data
        items = listed if isinstance(listed, list) else [listed]
        return [item for item in items if isinstance(item, dict) and item.get("id") and item.get("key")]

    def _record_fields(
        self, described: Mapping[str, Any], fields: Iterable[Mapping[str, Any]], currency: str
    ) -> Iterable[Field]:
        required = {short(key) for key in described.get("requiredProperties") or []}
        required.add(short(described.get("primaryDisplayProperty") or ""))
        for item in fields:
            if item.get("dataType") == "TEXTBOX_LIST":
                yield from _rows(item)
            elif item.get("fieldKey"):
                yield _record_field(item, required, currency)


def stated_currency(data: Mapping[str, Any]) -> str:
    """The currency in the answer about a location, blank where the platform states none."""
    location = data.get("location") or data
    settings = location.get("settings") or {}
    code = str(location.get("currency") or settings.get("currency") or "").upper()
    return code if len(code) == 3 and code.isalpha() else ""


def short(full_key: str) -> str:
    """``custom_objects.pet.name`` as ``name``, which is what records call it."""
    return full_key.rpartition(".")[2]


def _contact() -> ObjectSchema:
    return ObjectSchema(CONTACT, "Contact", "Contacts", title="firstName lastName")


def _object(item: Mapping[str, Any]) -> ObjectSchema:
    labels = item.get("labels") or {}
    key = str(item.get("key") or "")
    label = str(labels.get("singular") or key)
    return ObjectSchema(
        key=key,
        label=label,
        plural=str(labels.get("plural") or label),
        id=str(item.get("id") or ""),
        title=short(str(item.get("primaryDisplayProperty") or "")) or "@id",
        custom=True,
        description=str(item.get("description") or ""),
    )


def _record_field(item: Mapping[str, Any], required: set[str], currency: str) -> Field:
    key, native = short(str(item["fieldKey"])), str(item.get("dataType") or "")
    type_ = TYPES.get(native)
    return Field(
        key=key,
        label=str(item.get("name") or key),
        type=type_ or FieldType.TEXT,
        required=key in required,
        read_only=type_ is None or type_ is FieldType.FILE,
        options=_options(item.get("options") or []),
        max_length=LONG_TEXT_LIMIT if type_ is FieldType.LONG_TEXT else None,
        currency=currency if type_ is FieldType.MONEY else None,
        open_choice=bool(item.get("allowCustomOption")),
        description=str(item.get("description") or ""),
        native_type=native,
    )


def _rows(item: Mapping[str, Any]) -> Iterable[Field]:
    """A text box list is one text for each of its rows: ``field.option_key``."""
    key, label = short(str(item["fieldKey"])), str(item.get("name") or item["fieldKey"])
    for option in _options(item.get("options") or []):
        yield Field(f"{key}.{option.key}", f"{label}: {option.label}", FieldType.TEXT, native_type="TEXTBOX_LIST")


def _contact_field(item: Mapping[str, Any], taken: set[str], currency: str) -> Field:
    id_, native = str(item["id"]), str(item.get("dataType") or "")
    key = str(item.get("fieldKey") or id_).removeprefix(f"{CONTACT}.")
    type_ = TYPES.get(native) if native != "TEXTBOX_LIST" else None
    return Field(
        key=id_ if key in taken else key,
        label=str(item.get("name") or key),
        type=type_ or FieldType.TEXT,
        read_only=type_ is None or type_ is FieldType.FILE,
        options=tuple(Option(str(text), str(text)) for text in item.get("picklistOptions") or []),
        currency=currency if type_ is FieldType.MONEY else None,
        open_choice=bool(item.get("isAllowedCustomOption")),
        native_type=native,
        tag=id_,
    )


def _options(items: Iterable[Mapping[str, Any]]) -> tuple[Option, ...]:
    return tuple(Option(str(item["key"]), str(item.get("label") or item["key"])) for item in items if item.get("key"))


def _association(item: Mapping[str, Any]) -> Association:
    return Association(
        id=str(item["id"]),
        key=str(item["key"]),
        label=f"{item.get('firstObjectLabel') or ''} - {item.get('secondObjectLabel') or ''}",
        first=str(item.get("firstObjectKey") or ""),
        second=str(item.get("secondObjectKey") or ""),
    )


def _reference(item: Mapping[str, Any], key: str, taken: set[str]) -> Field:
    """An association as a field of one of its objects; its tag is the association's id."""
    is_first = item.get("firstObjectKey") == key
    side = "second" if is_first else "first"
    cardinality = item.get("cardinality")
    single = cardinality == "ONE_TO_ONE" or (cardinality == "ONE_TO_MANY" and not is_first)
    own = str(item["key"])
    return Field(
        key=f"{own}.{item['id']}" if own in taken else own,
        label=str(item.get(f"{side}ObjectLabel") or own),
        type=FieldType.REFERENCE,
        read_only=item.get("associationType") == "SYSTEM_DEFINED",
        target=str(item.get(f"{side}ObjectKey") or ""),
        many=not single,
        native_type="ASSOCIATION",
        tag=str(item["id"]),
    )
